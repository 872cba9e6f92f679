"""No name, address or domain of a customer survives what is written to a vendor, in whichever form it stands there."""

from __future__ import annotations

import html
import random
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.deciding.vendors.hiding import Customer, Kind, Veil, marks, searched

_CUSTOMER = Customer(
    companies=("Acme Dental", "acme", "Bücher & Söhne GmbH"),
    people=("Jane Roe", "José Ñandú", "Will Mark Smith"),
    addresses=("jane@acme-dental.example", "j.roe@gmail.example"),
    domains=("acme-dental.example", "bücher.example"),
)
_VEIL = Veil(_CUSTOMER, own=("dana@harborvoice.example",), ours="support@harborvoice.example")
_KNOWN_BY = re.compile(
    r"acme|dental\.example|jane|\broe\b|jose|nandu|smith|bucher|buecher|sohne|soehne|j\.roe|xn--bcher|dana@"
)


def _as_read(text: str) -> str:
    """Return a text as a careful reader compares it: entities undone, no accents, no case, nothing invisible."""
    bare = unicodedata.normalize("NFKD", html.unescape(text)).casefold()
    return "".join(one for one in bare if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane says that Acme Dental's phones fail.", "the customer says that the customer's phones fail."),
        ("alice@acme-dental.example cannot call", "the customer's address cannot call"),
        ("server sip.acme-dental.example", "server the customer's domain"),
        ("User acme_204 at acme.pbx.example:5060", "User customer_204 at customer.pbx.example:5060"),
        ("Söhne, SOEHNE and Bucher und Sohne", "the customer, the customer and the customer"),
        ("Jane\nRoe rang", "the customer rang"),
        ("j.roe+phone@gmail.example wrote", "the customer's address wrote"),
        ("will you mark it? Will did.", "will you mark it? the customer did."),
        ("dana@harborvoice.example looked", "support@harborvoice.example looked"),
        ("Calls to +1 212 555 0142 from 203.0.113.7", "Calls to +1 212 555 0142 from 203.0.113.7"),
        ("The dental chair and the gmail user janet", "The dental chair and the gmail user janet"),
    ],
)
def test_what_stands_for_a_customer(text: str, expected: str) -> None:
    assert _VEIL.over(text) == expected


def test_what_is_not_to_be_hidden_stays() -> None:
    text = "Jane Roe (jane@acme-dental.example) uses sip.acme-dental.example."
    names = Veil(_CUSTOMER, frozenset({"names"})).over(text)
    assert names == "the customer (customer@customer.example) uses sip.customer.example."
    assert Veil(_CUSTOMER, frozenset()).over(text) == text
    assert "jane@" not in Veil(_CUSTOMER, frozenset({"addresses"})).over(text)


def test_a_tenant_whose_name_is_an_ordinary_word_leaves_the_words_alone() -> None:
    veil = Veil(Customer(companies=("Phones Direct",), domains=("phones-direct.example",)))
    assert veil.over("All phones of Phones Direct are dead.") == "All phones of the customer are dead."
    assert Veil(Customer(companies=("Phones Ltd",))).over("All phones are dead.") == "All phones are dead."


def test_what_stands_around_a_name_in_addresses_and_domains_is_left_alone() -> None:
    people = ("Kim Osei <kim@contoso.com>", "jo@contoso.com")
    veil = Veil(Customer(people=people, addresses=("kim@contoso.com",), domains=("mail.contoso.co.uk", "contoso.com")))
    text = "Kim rang. The mail server is smtp.pbx.com, the web page www.pbx.co.uk, and Contoso's is dead."
    said = "the customer rang. The mail server is smtp.pbx.com, the web page www.pbx.co.uk, and the customer's is dead."
    assert veil.over(text) == said


_INVISIBLE = ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u034f"]


def _disguised(word: str, rng: random.Random) -> str:
    """Return a word as people and programs write it: in any case, accented, broken up by what cannot be seen."""
    letters = []
    for letter in word:
        one = rng.choice([letter, letter.upper(), letter.lower()])
        if one.isascii() and one.isalpha() and rng.random() < 0.1:
            one = rng.choice([f"{one}\u0301", chr(ord(one) + 0xFEE0), f"&#{ord(one)};"])
        letters.append(one)
        if rng.random() < 0.1:
            letters.append(rng.choice(_INVISIBLE))
    return "".join(letters)


_SAID = [
    "jane",
    "Jane Roe",
    "José",
    "Ñandú",
    "Smith",
    "Acme",
    "Acme Dental",
    "acme-dental",
    "Bücher & Söhne",
    "Söhne",
    "Buecher",
]
_ADDRESSED = [
    "jane@acme-dental.example",
    "alice@acme-dental.example",
    "bob@mail.acme-dental.example",
    "j.roe@gmail.example",
]
_NAMED = [
    "acme-dental.example",
    "sip.acme-dental.example",
    "bücher.example",
    "xn--bcher-kva.example",
    "acme.pbx.example",
]
_AROUND = st.sampled_from(
    ["", " ", "\n", "(", ")", '"', ", ", ": ", "'s ", "_", "-", "/", "204", " calls +1 212 555 0142 ", "—"]
)


@settings(max_examples=3 * (settings.default or settings()).max_examples)
@given(
    st.lists(st.tuples(_AROUND, st.sampled_from([*_SAID, *_ADDRESSED, *_NAMED]), _AROUND), max_size=6), st.integers()
)
def test_none_survives_in_any_disguise(pieces: list[tuple[str, str, str]], seed: int) -> None:
    rng = random.Random(seed)
    text = " ".join(f"{before}{_disguised(word, rng)}{after}" for before, word, after in pieces)
    assert _KNOWN_BY.findall(_as_read(_VEIL.over(text))) == [], _VEIL.over(text)


_OF_ONE_NAME: list[tuple[Kind, str]] = [
    *(("companies", one) for one in (*_CUSTOMER.companies, "A.B.C. GmbH", "3CX", "Phones Direct", "Roe4711")),
    *(("people", one) for one in (*_CUSTOMER.people, "Jo Li", "X Y Z", "kim@acme-dental.example")),
    *(("addresses", one) for one in (*_CUSTOMER.addresses, "info@direct-line.insurance")),
    *(("domains", one) for one in (*_CUSTOMER.domains, "www.direct-line.insurance", "xn--bcher-kva.example")),
]
_OTHER_FORMS = [
    "ABC",
    "3CX",
    "phones-direct",
    "Roe4711",
    "Direct Line",
    "info@direct-line.insurance",
    "Will",
    "Jo",
    "X Y Z",
]


@settings(max_examples=3 * (settings.default or settings()).max_examples)
@given(
    st.sampled_from(_OF_ONE_NAME),
    st.lists(st.tuples(_AROUND, st.sampled_from([*_SAID, *_ADDRESSED, *_NAMED, *_OTHER_FORMS]), _AROUND), max_size=6),
    st.integers(),
)
def test_whatever_is_hidden_has_a_mark_of_its_name(
    named: tuple[Kind, str], pieces: list[tuple[str, str, str]], seed: int
) -> None:
    rng = random.Random(seed)
    text = "".join(f"{before}{_disguised(word, rng)}{after}" for before, word, after in pieces)
    kind, name = named
    if Veil(Customer(**{kind: (name,)})).over(text) != text:
        assert any(mark in searched(text) for mark in marks(kind, name))


_NEARLY = """
    The dental chair will mark gmail example a.example sip.example.net roer Smithson janet joss ex@b.example 204 SIP 503
    +1 212 555 0142 203.0.113.7 Sohn buch Denta l. Dana dana@b.example support@harborvoice.example
    """.split()


@given(st.lists(st.tuples(_AROUND, st.sampled_from(_NEARLY), _AROUND), max_size=20))
def test_what_names_nobody_is_left_as_it_is(pieces: list[tuple[str, str, str]]) -> None:
    text = " ".join(f"{before}{word}{after}" for before, word, after in pieces)
    assert _VEIL.over(text) == text


@given(st.text(max_size=200))
def test_of_any_text_that_names_nobody_no_character_is_lost(text: str) -> None:
    if not _KNOWN_BY.search(_as_read(text)) and "&" not in text and not re.search(r"Will|WILL|Mark|MARK", text):
        assert _VEIL.over(text) == text
