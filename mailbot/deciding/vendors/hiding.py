"""What a vendor learns of a customer: nothing by which he is known, wherever it stands in what is written to it.

Names, addresses and domains are found whatever their case, accents and disguises, across the ends of lines, and within
user names and names of servers. What stands in their place reads as part of a sentence ("the customer") or of a
name ("customer.pbx.example").
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import regex

from mailbot.deciding.facts.passwords import folded
from mailbot.reading.fields.address import a_label
from mailbot.rules.vendors import Hides

_SHORTEST, _SHORTEST_WITHIN = 3, 6
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Mn}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]")
_SPELLED_OUT = {"ä": "ae", "ö": "oe", "ü": "ue"}
_HOST = r"(?:[a-z0-9_-]{1,63}\.){0,8}"
_LOCAL = r"[a-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}"
# Between the words of a name, and around the signs of an address as people write them so that no program reads them.
_GAP = r"[\W_]{0,3}"
_AND = rf"{_GAP}(?:(?:and|und|et|y|e)[\W_]{{1,3}})?"
_AT = r"\s{0,2}(?:@|[\[(]\s?at\s?[\])])\s{0,2}"
_FORMS = frozenset(
    """
    ag and bv co company corp corporation cv e.k gbr gmbh group gruppe grupo groupe holding inc incorporated kg
    kgaa limited llc llp ltd ltda me mbh ohg oy plc sa sarl sas se sl sociedad societe spa srl ug und the der die
    das le la el los les et y e of for de du da do des dos von zu
    """.split()
)
_ORDINARY = frozenset(
    """
    com corp edu email example gov imap intern intranet mail net org pbx sip smtp voip web www
    account admin air alpha american animal art auto bank bar bay best big bill black blue board book box bright
    broadband brown business cafe call calls car card care carrier case center central centre chance charity chase
    christian church city classic clear clinic clinics cloud club coast college comfort computer connect
    construction consulting corner customer customers data dental desk design digital direct doctor dom don door
    dr drew east eastern education electric energy engineering estate express faith fast field film finance fire
    first fish food france frank garden general german germany global gold grace grand grant great green guy hall
    harbor health help herr high hill home hope hospital hotel house industries info insurance international
    internet island it jack jo job king lab lake land law legal life light line lines link logistics main
    management mark market may media medical metro mobile motor mr mrs ms name national net network new news nick
    north northern number office offices one online open pat path peace phone phones plan plus point port post
    power practice prime print private pro property public quick ray real red restaurant rich river rob rock rod
    rose round royal safe sales school sea secure security server service services shop silver sip sky smart
    software solar solutions son sound south star state station stone store street studio sue summer sun support
    system systems team tech technical technology telecom telefon telefono telephone test time top town trade
    trading transport travel trust united university user valley van victor vision voice water way web welcome
    well west white will wood work world worth young your zoom firma kunde kunden praxis kanzlei haus stadt neue
    neu nord sud ost cabinet maison ville casa ciudad cidade servicio servicios servico servicos soluciones
    solucoes empresa entreprise societe
    """.split()
)
"""Words that say who somebody is only as part of a longer name, or of a person with a capital."""
_JOINING = frozenset("and und et y e".split())
_NO_NAMES = frozenset(
    """
    an am as at be by da de di do du el er es et he if in is it la le lo me mr mrs ms my no of on or os so su to
    un up us we dr herr frau mme
    """.split()
)


Kind = Literal["companies", "people", "addresses", "domains"]
"""A kind of names by which a customer is known."""


@dataclass(frozen=True, slots=True)
class Customer:
    """By what a customer is known: names of companies, with the ids we know them by, of people, addresses, domains."""

    companies: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_named_in(self, text: str, seen: str) -> bool:
        """Return whether a `Veil` finds anything of it in a text; `seen` is that text as `marks` stand in it."""
        names: tuple[tuple[Kind, tuple[str, ...]], ...] = (
            ("companies", self.companies),
            ("people", self.people),
            ("addresses", self.addresses),
            ("domains", self.domains),
        )
        known = ((kind, name) for kind, those in names for name in those if name)
        return any(mark in seen for kind, name in known for mark in marks(kind, name)) and Veil(self).over(text) != text


@dataclass(frozen=True)
class Veil:
    """What hides a customer from a vendor; `hide` says what of him, and `ours` stands for each of `own` addresses."""

    customer: Customer
    hide: frozenset[Hides] = frozenset({"names", "addresses", "domains"})
    own: tuple[str, ...] = ()
    ours: str = ""

    def over(self, text: str) -> str:
        """Return a text in which nothing of it can be recognised any more."""
        done = self._once(text)
        # A program that shows HTML would read it so.
        seen = self._once(html.unescape(text))
        return done if html.unescape(done) == seen else seen

    def _once(self, text: str) -> str:
        for pattern, instead, within in self._patterns:
            text = _replaced(text, pattern, instead, within)
        return self._capitals.sub("the customer", text) if self._capitals.pattern else text

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str, str], ...]:
        """What is looked for in folded text, in this order, what stands for it in a sentence, and what in a name."""
        found: list[tuple[Iterable[str], str, str]] = [(_addresses(self.own), self.ours, self.ours)]
        if "addresses" in self.hide:
            of_domains = (rf"{_LOCAL}{_AT}{_HOST}{_written(one)}" for one in _domains(self.customer.domains))
            address = "the customer's address"
            found.append(((*_addresses(self.customer.addresses), *of_domains), address, address))
        if "domains" in self.hide:
            hosts = (rf"{_HOST}{_written(one)}" for one in _domains(self.customer.domains))
            found.append((hosts, "the customer's domain", "the customer's domain"))
        if "names" in self.hide:
            wholes = map(_phrase, (*self.customer.companies, *self.customer.people))
            found.append(((*wholes, *self._words()), "the customer", "customer"))
        compiled = ((_any_of(patterns), instead, within) for patterns, instead, within in found)
        return tuple((pattern, instead, within) for pattern, instead, within in compiled if pattern is not None)

    @cached_property
    def _capitals(self) -> re.Pattern[str]:
        """What finds names of people that are ordinary words, too, or very short: written with a capital."""
        words = {word for name in self.customer.people for word in _split(name) if not _tells(word)}
        named = sorted(word for word in words - _NO_NAMES - _FORMS if len(word) > 1 and "names" in self.hide)
        forms = (form for word in named for form in (word.capitalize(), word.upper()))
        return re.compile("|".join(rf"(?<![^\W_]){re.escape(form)}(?![^\W_]|[ .]{{0,2}}\d)" for form in forms))

    def _words(self) -> Iterator[str]:
        """Yield what finds a single word of a name, as far as that says whose it is."""
        labels = (label for one in _domains(self.customer.domains) for label in one.split(".")[:-1])
        of_company = {*self.customer.companies, *labels}
        for word in sorted({word for name in of_company for word in (name, *_split(name)) if _tells(word)}):
            yield from _word(word, anywhere=len(word) >= _SHORTEST_WITHIN)
        local = (address.partition("@")[0] for address in self.customer.addresses)
        for word in sorted({word for name in (*self.customer.people, *local) for word in _split(name) if _tells(word)}):
            yield from _word(word, anywhere=False)


def marks(kind: Kind, name: str) -> frozenset[str]:
    """Return words of which one stands, be it within another, in each text in which a `Veil` finds any of that name.

    They stand so in the text as it is `searched`. Of the thousands of names of a desk few are near any text, and what
    finds a name exactly takes long to make.
    """
    forms = _domains((name,)) if kind == "domains" else _spellings(name)
    return frozenset(mark for form in forms for part in _parts(kind, form) for mark in _marks(kind, part))


def searched(text: str) -> str:
    """Return a text as `marks` stand in it, with what a program reads that shows HTML."""
    read = html.unescape(text)
    return "\n".join(_folded_with_places(one)[0] for one in dict.fromkeys((text, read)))


def _parts(kind: Kind, form: str) -> list[str]:
    """Return the parts of a name in folded form of which a `Veil` finds each by itself."""
    if kind == "addresses":
        return [form.partition("@")[0]]
    labels = form.split(".")
    return labels[:-1] or labels if kind == "domains" else [form]


def _marks(kind: Kind, part: str) -> list[str]:
    """Return the words of a part that say whose it is, else the longest one; of people any may be a name."""
    telling = [word for word in _split(part) if _tells(word) or (kind == "people" and len(word) > 1)]
    pieces = re.findall(r"[^\W_]+", part)
    whole = [piece for piece in pieces if piece not in _FORMS | _JOINING] or pieces
    return telling or sorted(whole, key=len)[-1:]


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds each of them, the longest first, None for none."""
    wanted = sorted(filter(None, patterns), key=len, reverse=True)
    return re.compile("|".join(f"(?:{one})" for one in wanted)) if wanted else None


def _replaced(text: str, pattern: re.Pattern[str], instead: str, within: str) -> str:
    """Return the text with what the pattern finds in its folded form replaced."""
    seen, places = _folded_with_places(text)
    pieces: list[str] = []
    done = 0
    for found in pattern.finditer(seen):
        if not found[0]:
            continue
        start, end = places[found.start()], places[found.end() - 1] + 1
        while end < len(text) and _INVISIBLE.match(text[end]):
            end += 1
        if start < done:
            continue
        is_part = bool(re.match(r"[\w@.-]", text[start - 1 : start])) or bool(
            re.match(r"[\w@-]|\.\w", text[end : end + 2])
        )
        pieces += [text[done:start], within if is_part else instead]
        done = end
    return "".join((*pieces, text[done:]))


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """Return the text as it is compared, and for each of its characters the place of the one that it comes from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    seen: list[str] = []
    places: list[int] = []
    for place, one in enumerate(text):
        for form in "" if _INVISIBLE.match(one) else folded(one) or (one if one.isspace() else ""):
            seen.append(form)
            places.append(place)
    return "".join(seen), places


def _split(name: str) -> list[str]:
    """Return the words of a name, without addresses that stand in it: these are hidden as such."""
    words = re.sub(r"\S*@\S*", " ", name.casefold())
    return [word for word in re.split(r"[\W\d_]+", words) if word]


def _tells(word: str) -> bool:
    said = folded(word)
    return len(said) >= _SHORTEST and said not in _ORDINARY and said not in _FORMS and any(map(str.isalpha, said))


def _word(word: str, *, anywhere: bool) -> Iterator[str]:
    """Yield what finds one word, `anywhere` also within longer ones; else with the letter that a genitive adds."""
    for form in _spellings(word):
        pattern = _GAP.join(map(re.escape, re.findall(r"[^\W_]+", form)))
        if pattern:
            yield pattern if anywhere else rf"(?<![a-z]){pattern}s?(?![a-z])"


def _phrase(name: str) -> str:
    """Return what finds a whole name, however its words are joined; "" for one that would find too much."""
    forms = []
    for form in _spellings(name):
        words = [word for word in re.findall(r"[^\W_]+", form) if word not in _JOINING] or [form]
        # Without what says the form of a company, too: people leave it away.
        while len(words) > 1 and words[-1] in _FORMS:
            words.pop()
        if len("".join(words)) >= _SHORTEST and not (len(words) == 1 and words[0] in _ORDINARY | _FORMS):
            forms.append(rf"(?<![a-z]){_AND.join(map(re.escape, words))}s?(?![a-z])")
    return "|".join(forms)


def _spellings(name: str) -> dict[str, None]:
    spelled_out = name.casefold()
    for letter, letters in _SPELLED_OUT.items():
        spelled_out = spelled_out.replace(letter, letters)
    return dict.fromkeys((folded(name), folded(spelled_out)))


def _addresses(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return what finds each address, also where its local part has a tag behind a "+"."""
    found = []
    for address in addresses:
        local, _, domain = address.rpartition("@")
        user = rf"(?<![a-z0-9]){re.escape(folded(local))}(?:\+[\w.-]*)?"
        found += [f"{user}{_AT}{_written(form)}" for form in _domains((domain,))]
    return tuple(found)


def _domains(domains: Iterable[str]) -> dict[str, None]:
    """Return domains in folded form, in their own letters and in A-labels."""
    forms: dict[str, None] = {}
    for domain in filter(None, domains):
        label = a_label(domain)
        letters = label.encode().decode("idna") if "xn--" in label else domain
        for form in (*_spellings(letters), label.casefold()):
            forms[form] = None
    return forms


def _written(domain: str) -> str:
    """Return what finds a domain, and none that goes on."""
    dots = r"\s{0,2}(?:\.|[\[(]\s?dot\s?[\])])\s{0,2}"
    return rf"{dots.join(map(re.escape, domain.split('.')))}(?![a-z0-9-]|\.[a-z0-9])"
