"""Which words of customers may be said to others: common ones, by which nobody is known.

A word is common that several customers wrote in their own mails, and that is either one of those by which mail is
recognised (`vocabulary`), or was written with a small letter by at least `FEWEST_KNOWING` of them, and seldom as a name
is. What a customer is called does not count in his own mails. Whatever is part of a name, an address, a domain or a
number of anybody is none, nor is what stands in a line that may hold a password. At most two such words follow each
other, so that no sentence of anybody's comes back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from mailbot.deciding.facts.passwords import secret_lines
from mailbot.deciding.likeness.senses import SENSES
from mailbot.deciding.phrases import PASSED_OVER
from mailbot.deciding.tenants import contact_of
from mailbot.deciding.vendors.hiding import Customer, Kind, Veil, marks, searched
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.fields.address import a_label, domain_of
from mailbot.rules import PlaybookRules, Rules, SeverityRules
from mailbot.rules.same import Same

FEWEST_KNOWING = 3
"""So many customers have to know a word that no rule does."""
_FEWEST = 2
_SHORTEST = 3
_LONGEST_TEXT = 4_000
_SHORTEST_BEGINNING, _LONGEST_ENDING = 5, 5
# Whole words of letters: none that is part of an address, a path, a number or a name of a file.
_SURFACE = re.compile(r"(?<![\w@.:/\\+#&=%~-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w@/\\+&=%~-]|[.:'’]\w)")
_GAP = re.compile(r" +")


@dataclass(frozen=True, slots=True)
class Written:
    """Words that somebody wrote, whose he is (a tenant's id, or what else tells customers apart), and his names.

    Where it is not `proven` who wrote, they bring no word that no rule knows: anybody may write in three names.
    """

    customer: str
    text: str
    names: tuple[str, ...] = ()
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Common:
    """A word, or two that follow each other, as most write it, and how many customers did."""

    surface: str
    customers: int


@dataclass(frozen=True, slots=True)
class _Named:
    """Names by which one side is known, each with its marks."""

    kind: Kind
    names: tuple[tuple[str, frozenset[str]], ...]

    @classmethod
    def of(cls, kind: Kind, names: Iterable[str]) -> _Named:
        """Return these names."""
        return cls(kind, tuple((name, marks(kind, name)) for name in sorted(set(names) - {""})))

    def near(self, seen: str) -> tuple[str, ...]:
        """Return those that may stand in a text as it is searched."""
        return tuple(name for name, words in self.names if any(word in seen for word in words))


@dataclass(frozen=True)
class Sayable:
    """What tells words that may be said from others: `known` are comparable words of the rules.

    No word is said that is of a name of `companies`, and none that is not known of one of `people`.
    """

    known: frozenset[str]
    companies: tuple[_Named, ...]
    people: tuple[_Named, ...]

    @classmethod
    def of(cls, rules: Rules, people: Iterable[str] = (), addresses: Iterable[str] = ()) -> Sayable:
        """Return what it is for a desk, with the names and the addresses of who wrote to it besides those it lists."""
        contacts = [contact_of(tenant) for tenant in rules.tenant]
        tenants, vendors = rules.tenant, rules.vendor
        listed = [
            *(address for tenant in tenants for address in tenant.addresses),
            *(address for agent in rules.agent for address in agent.addresses),
        ]
        known = {*addresses, *listed, *(contact.address for contact in contacts)} - {""}
        public = {"", *map(a_label, rules.public_domains), domain_of(rules.partner.address)}
        domains = {domain for tenant in tenants for domain in tenant.domains}
        domains |= {domain for vendor in vendors for domain in vendor.domains}
        domains |= {domain_of(address) for address in known} - public
        companies = [name for tenant in tenants for name in (tenant.name, tenant.id)]
        companies += [name for vendor in vendors for name in (vendor.name, vendor.id)]
        named = {*people, *(contact.name for contact in contacts), *(agent.name for agent in rules.agent)}
        return cls(
            vocabulary(Same(rules)),
            (_Named.of("companies", companies), _Named.of("domains", domains)),
            (_Named.of("people", named), _Named.of("addresses", known)),
        )

    def common(self, written: Iterable[Written]) -> tuple[Common, ...]:
        """Return the words that may be said, those of most customers first."""
        seen = _Seen()
        for one in written:
            seen.read(one)
        several = {
            word: seen.surface(word) for word, by in seen.by.items() if len(by) >= _FEWEST and len(word) >= _SHORTEST
        }
        companies, people = (_veil(side, " ".join(several.values())) for side in (self.companies, self.people))
        found = []
        for word, surface in several.items():
            is_known = word in self.known or _is_of_the_trade(word)
            is_common = is_known or (len(seen.small[word]) >= FEWEST_KNOWING and not seen.is_a_name(word))
            if is_common and not _hides(companies, surface) and (is_known or not _hides(people, surface)):
                found.append(Common(surface, len(seen.by[word])))
        return tuple(sorted(found, key=lambda one: (-one.customers, one.surface)))

    def pairs(self, written: Iterable[Written]) -> tuple[Common, ...]:
        """Return two words that follow each other in the texts of several, each of which may be said."""
        texts = tuple(written)
        alone = {word for one in self.common(texts) for word in comparable_words(one.surface)}
        seen = _Seen(pairs=True)
        for one in texts:
            seen.read(one)
        found = (
            Common(surface, len(by))
            for pair, by in seen.by.items()
            if len(by) >= _FEWEST and alone.issuperset(pair.split(" "))
            for surface in [seen.surface(pair)]
            if self.may_stand(surface)
        )
        return tuple(sorted(found, key=lambda one: (-one.customers, one.surface)))

    def may_stand(self, text: str) -> bool:
        """Return whether a line made of such words names nobody, as a whole."""
        return not any(_hides(_veil(side, text), text) for side in (self.companies, self.people))


def _veil(named: Iterable[_Named], text: str) -> Veil | None:
    """Return what hides those of the names that may stand in a text, None where none may."""
    seen = searched(text)
    near = {one.kind: one.near(seen) for one in named}
    return Veil(Customer(**near)) if any(near.values()) else None


def _hides(veil: Veil | None, surface: str) -> bool:
    return veil is not None and veil.over(surface) != surface


@lru_cache(maxsize=4)
def vocabulary(same: Same[Rules]) -> frozenset[str]:
    """Return the words, in comparable form, by which rules and senses recognise mail; no tenant's own.

    Of those with any ending only the beginning is known, see `_is_of_the_trade`.
    """
    rules = same.object
    tables: list[SeverityRules | PlaybookRules] = [*rules.severity.values(), *rules.playbook.values()]
    phrases = [
        *(phrase for table in tables for phrase in (*table.unless, *table.unless_anywhere)),
        *(phrase for table in tables for rule in table.rule for phrase in (*rule.state, *rule.scope, *rule.unless)),
    ]
    senses = (phrase for one in SENSES for phrase in one.phrases)
    words = (
        word for phrase in (*phrases, *senses) for part in phrase.split("|") for word in part.split() if "*" not in word
    )
    return frozenset(bare for word in words for bare in comparable_words(clean(word))) - PASSED_OVER


@lru_cache(maxsize=1)
def _beginnings() -> tuple[str, ...]:
    """Return the beginnings of words by which senses recognise mail whatever their ending, the long ones."""
    words = (word for one in SENSES for phrase in one.phrases for word in phrase.split() if word.endswith("*"))
    begun = {bare for word in words for bare in comparable_words(clean(word[:-1]))}
    return tuple(sorted(one for one in begun if len(one) >= _SHORTEST_BEGINNING))


def _is_of_the_trade(word: str) -> bool:
    """Return whether a word is one of those with any ending, and not much longer than its beginning."""
    return any(word.startswith(one) and len(word) <= len(one) + _LONGEST_ENDING for one in _beginnings())


@dataclass(slots=True)
class _Seen:
    """Who wrote which word, or which two that follow each other, and in which letters."""

    pairs: bool = False
    by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    small: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _surfaces: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def read(self, one: Written) -> None:
        """Take in a text, without what its writer is called."""
        named = {word for name in one.names for word in comparable_words(clean(name))}
        for surface in self._in(one.text):
            words = comparable_words(surface)
            word = " ".join(words)
            if not word or (" " in word) != self.pairs or not named.isdisjoint(words):
                continue
            self.by[word].add(one.customer)
            if one.proven and surface == surface.lower():
                self.small[word].add(one.customer)
            self._surfaces[word][surface] += 1

    def surface(self, word: str) -> str:
        """Return how most write it: with small letters where anybody does, a noun of German's with its capital."""
        written = self._surfaces[word]
        small = [one for one in written if one == one.lower()]
        among = small or [one for one in written if not one.isupper()] or list(written)
        best = max(among, key=lambda one: (written[one], one))
        return best.lower() if best.isupper() else best

    def is_a_name(self, word: str) -> bool:
        """Return whether it was often written as a name is: with a capital, by at least a third."""
        written = self._surfaces[word]
        small = sum(number for surface, number in written.items() if surface == surface.lower())
        return 3 * small < 2 * written.total()

    def _in(self, text: str) -> Iterator[str]:
        lines = clean(text[:_LONGEST_TEXT]).split("\n")
        hidden = secret_lines("\n".join(lines))
        for number, line in enumerate(lines):
            if number in hidden:
                continue
            found = list(_SURFACE.finditer(line))
            if not self.pairs:
                yield from (one[0] for one in found)
                continue
            for first, second in pairwise(found):
                if _GAP.fullmatch(line[first.end() : second.start()]):
                    yield f"{first[0]} {second[0]}"
