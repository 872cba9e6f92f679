"""What a page says: one line that a text message holds, with the number to call whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.pagewords import Outage, outages, seen
from mailbot.deciding.paging import MOST_CHARACTERS, plain

ACME = Outage("Acme", "all phones down", "+1 555 0100")
BLUEBIRD, HARBOR = Outage("Bluebird", "no dial tone"), Outage("Harbor", "nobody … can call")
LONG = st.text("ab c…", min_size=30, max_size=160)
NUMBERS = st.text("0123456789 +", max_size=40)
OUTAGES = st.builds(Outage, st.text() | LONG, st.text() | LONG, st.text() | NUMBERS)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([ACME], "Acme: all phones down. Call +1 555 0100"),
        ([HARBOR], "Harbor: nobody ... can call"),
        ([ACME, BLUEBIRD, HARBOR], "3 outages: Acme, Bluebird, Harbor. Acme: all phones down. Call +1 555 0100"),
        ([ACME, ACME], "2 outages: Acme. Acme: all phones down. Call +1 555 0100"),
        ([Outage("Café “L’Été”", "phones — down", "")], 'Café "L\'Été": phones - down'),
        ([Outage("Acme", "down", "ask at the desk for the number of the house")], "Acme: down"),
    ],
)
def test_it_says_whose_what_and_the_number(told: list[Outage], said: str) -> None:
    assert outages(told) == said


def test_of_many_it_names_as_many_as_there_is_room_for() -> None:
    many = [Outage(f"Customer number {number}", "the phones are down", "+1 212 555 0142") for number in range(40)]
    said = outages(many)
    assert said.startswith("40 outages: Customer number 0, Customer number 1")
    assert " more. Customer number 0: the phones are down. Call +1 212 555 0142" in said
    assert len(said) <= MOST_CHARACTERS


def test_words_are_cut_and_the_number_is_not() -> None:
    said = outages([Outage("Acme " * 20, "phones are down " * 40, "+1 212 555 0142")])
    assert said.endswith("phones are... Call +1 212 555 0142")
    assert len(said) <= MOST_CHARACTERS


@given(st.lists(OUTAGES, min_size=1, max_size=30))
def test_whatever_it_tells_it_is_one_line_that_fits(told: list[Outage]) -> None:
    said = outages(told)
    assert len(said) <= MOST_CHARACTERS
    assert said.isprintable()
    assert said.strip()
    number = plain(told[0].number)
    assert said.endswith(f"Call {number}") or not number or len(number) > 30


@given(st.lists(st.text() | LONG, min_size=1, max_size=30), st.text(min_size=1))
def test_so_is_what_says_that_it_was_seen(whose: list[str], news: str) -> None:
    said = seen(whose, news)
    assert len(said) <= MOST_CHARACTERS
    assert said.isprintable()
    assert said.strip()
