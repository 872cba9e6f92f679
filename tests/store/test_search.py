"""Full-text search: what people type finds what they mean, and is never query language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.effects import EntryKind
from mailbot.store import search
from mailbot.store.database import open_database
from mailbot.store.queries import TicketFilter, tickets
from tests.store.conftest import Store

TEXTS = {
    1001: ("No dial tone", "Our phones are dead since 9:00. ann@acme.example"),
    1002: ("Re: Störung", "Die Anlage in Ümlaut-Straße 5 ist tot; C++ hilft nicht."),
    1003: ("Invoice 4711", "Please send the invoices again: it's the 'March' one (NOT paid), AND NEAR the end."),
    1004: ("日本語 の 電話", "नमस्ते दुनिया, 电话 坏了"),
    1005: ("Port-in +1 (206) 555-0143", "LOA attached; caf\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}"),
}


@pytest.fixture
def filled(store: Store) -> Store:
    for number, (subject, words) in TEXTS.items():
        assert store.open(subject=subject) == number
        store.append(number, subject=subject, text=words, from_address="ann@acme.example", from_name="Ann Example")
    return store


def found(store: Store, typed: str) -> list[int]:
    with store.database.read() as conn:
        return [ticket.id for ticket in tickets(conn, store.partner, TicketFilter(search=typed))]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("dial tone", [1001]),
        ("DIAL", [1001]),
        ("tone dial", [1001]),  # the order of words does not matter
        ("dial storung", []),  # all words, in one entry
        ("storung", [1002]),  # without the umlaut
        ("STÖRUNG", [1002]),
        ("stor", [1002]),  # the beginning of a word
        ("strasse", []),  # ß is a letter of its own
        ("Ümlaut-Straße", [1002]),
        ("C++", [1002]),
        ("電", [1004]),
        ("invoice", [1003]),
        ("it's", [1003]),
        ("'March'", [1003]),
        ("NOT paid", [1003]),  # words, no operators
        ("AND", [1003]),
        ("OR", []),
        ("NEAR", [1003]),
        ("(NOT", [1003]),
        ("電話", [1004]),
        ("नमस्ते", [1004]),
        ("café", [1005]),
        ("555-0143", [1005]),
        ("+1 (206) 555-0143", [1005]),
        ("subject:dial", []),  # no columns either
        ("phones*", [1001]),
        ("^No", [1001, 1003]),
        ('"dial tone"', [1001]),
        ('dial "tone', [1001]),
        ("1003", [1003]),  # the ticket's number
        ("#1002", [1002]),
        (" 1001 ", [1001]),
        ("4711", [1003]),
        ("9999999999999999999999", []),
        ("...", []),
        ('"', []),
        ("*", []),
        ("dial ...", [1001]),
        ("-- ;DROP TABLE entry", []),
        ("dial\x00tone", [1001]),
        ("\ud83d dial", [1001]),
        ("{dial} [tone] dial~1", []),
    ],
)
def test_what_is_typed_finds(filled: Store, typed: str, numbers: list[int]) -> None:
    assert sorted(found(filled, typed)) == numbers


def test_an_address_finds_all_its_tickets(filled: Store) -> None:
    assert sorted(found(filled, "ann@acme.example")) == sorted(TEXTS)


def test_a_ticket_of_that_number_stands_first(filled: Store) -> None:
    other = filled.open(subject="See 1001")
    filled.append(other, subject="See 1001", text="1001 1001 1001")
    assert found(filled, "1001") == [1001, other]


def test_a_hit_in_the_subject_stands_before_one_in_the_text(filled: Store) -> None:
    in_text, in_subject = filled.open(), filled.open()
    filled.append(in_text, subject="other", text="voicemail")
    filled.append(in_subject, subject="voicemail", text="other")
    assert found(filled, "voicemail") == [in_subject, in_text]


def test_a_ticket_with_many_hits_is_listed_once(filled: Store) -> None:
    for _ in range(5):
        filled.append(1001, kind=EntryKind.AGENT, text="dial tone again")
    assert found(filled, "dial") == [1001]


def test_no_partner_finds_anothers_tickets(filled: Store) -> None:
    filled.partner = "other"
    assert found(filled, "dial") == []
    assert found(filled, "1001") == []


def test_changes_are_not_searched(filled: Store) -> None:
    filled.append(1001, kind=EntryKind.CHANGE, text="escalated by zebra")
    assert found(filled, "zebra") == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_database(tmp_path_factory.mktemp("search") / "mailbot.db") as database:
        yield Store(database)


@given(typed=st.text(max_size=60) | st.text(alphabet="\"'*^:-+(){}[]~ANDORNT aé\u0301\x00_.,@", max_size=30))
def test_nothing_typed_is_an_error(shared: Store, typed: str) -> None:
    assert isinstance(found(shared, typed), list)


@given(words=st.text(alphabet=st.characters(categories=["L", "N"], max_codepoint=0x24F), min_size=1, max_size=12))
def test_every_word_is_found_by_itself(shared: Store, words: str) -> None:
    number = shared.open()
    shared.append(number, text=f"before {words} after")
    typed = TicketFilter(search=words, limit=10_000)
    with shared.database.read() as conn:
        assert number in [ticket.id for ticket in tickets(conn, shared.partner, typed)]


def test_endless_queries_are_cut() -> None:
    assert search.match_expression("word " * 10_000).count("AND") < 50
