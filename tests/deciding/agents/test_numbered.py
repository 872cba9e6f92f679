"""What an answer to a list orders, number by number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.agents.commands import kinds, parse_numbered, transcript
from mailbot.deciding.agents.commands.kinds import Command
from mailbot.rules import Severity
from tests.deciding.agents.agent_mail import CLOCK, DANA

LISTED = {number: 1000 + number for number in range(1, 10)}
TAKE, CLOSE, BOB = kinds.Take(), kinds.Close(), kinds.Assign("bob")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("take 3 5 9", [(3, TAKE), (5, TAKE), (9, TAKE)]),
        ("Take 3, 5 and 9.", [(3, TAKE), (5, TAKE), (9, TAKE)]),
        ("#take 3,5", [(3, TAKE), (5, TAKE)]),
        ("3 5 take", [(3, TAKE), (5, TAKE)]),
        ("take 3-5", [(3, TAKE), (4, TAKE), (5, TAKE)]),
        ("1 close", [(1, CLOSE)]),
        ("1003 close", [(3, CLOSE)]),
        ("take 1 1004", [(1, TAKE), (4, TAKE)]),
        ("1. close", [(1, CLOSE)]),
        ("1 #close", [(1, CLOSE)]),
        ("\u2022 1 Close!", [(1, CLOSE)]),
        ("3 assign bob", [(3, BOB)]),
        ("assign 3 5 bob", [(3, BOB), (5, BOB)]),
        ("1 close\n3 assign bob", [(1, CLOSE), (3, BOB)]),
        ("1 close, 3 assign bob", [(1, CLOSE), (3, BOB)]),
        ("3 note 5 phones are dead", [(3, kinds.Note("5 phones are dead"))]),
        ("note 3 call back", [(3, kinds.Note("call back"))]),
        ("severity 3 high", [(3, kinds.SetSeverity(Severity.HIGH))]),
        ("3 wait carrier until 12 dec", [(3, kinds.Wait("carrier", date(2026, 12, 12)))]),
        ("3 merge 41", [(3, kinds.Merge(41))]),
        ("3 merge 5", [(3, kinds.Merge(LISTED[5]))]),
        ("#3 merge #1005", [(3, kinds.Merge(1005))]),
        ("take 3 3", [(3, TAKE)]),
        ("#mine", [(None, kinds.ListMine())]),
        ("mine", [(None, kinds.ListMine())]),
        ("#undo", [(None, kinds.Undo())]),
        ("3", [(3, kinds.Show())]),
        ("#3, 5", [(3, kinds.Show()), (5, kinds.Show())]),
        ("show 3", [(3, kinds.Show())]),
        ("3 5 answer", [(3, kinds.Answer()), (5, kinds.Answer())]),
    ],
)
def test_orders(text: str, expected: list[tuple[int | None, Command]]) -> None:
    orders = parse_numbered(text, LISTED, DANA)
    assert orders.problems == ()
    assert [(step.number, step.command) for step in orders.understood] == expected
    assert orders.text == ""


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("tkae 3 5", "3 take"),
        ("3 colse", "3 close"),
        ("3 done", "3 close"),
        ("5 phones are dead", ""),
        ("77 close", ""),
        ("take 3 77", ""),
        ("take 7-3", ""),
        ("take 3-77777", ""),
        ("take all", "take 1 2"),
        ("close", "1 close"),
        ("#close", "1 close"),
        ("3 assign bbo", "bob"),
        ("3 close thanks", ""),
        ("3 mine", "mine"),
        ("note 3 5 phones are dead", "3 note"),
        ("merge 3 41", "3 merge"),
        ("1 close\n1 reopen", ""),
        ("1 severity high\n1 severity low", ""),
        ("3 " * 5000, ""),
    ],
)
def test_what_cannot_be_read_stops_all_of_it(text: str, nearest: str) -> None:
    for whole in (text, f"2 take\n{text}"):
        orders = parse_numbered(whole, LISTED, DANA)
        assert (orders.understood, orders.text, orders.as_text) == ((), "", "")
        assert orders.problems[-1].nearest == nearest


@pytest.mark.parametrize(
    "text",
    ["Take care\nDana", "See you at 5", "> 1 close", "2pm is when I am back\n1 close", "Thanks, all clear", ""],
)
def test_all_else_is_text(text: str) -> None:
    orders = parse_numbered(text, LISTED, DANA)
    assert (orders.steps, orders.text) == ((), text)


def test_words_below_are_kept() -> None:
    orders = parse_numbered("\n1 close\n\nBack at five.\n2 close", LISTED, DANA)
    assert (orders.commands, orders.text) == ((CLOSE,), "Back at five.\n2 close")


def test_two_tickets_may_get_what_one_may_not() -> None:
    assert parse_numbered("1 close\n2 reopen", LISTED, DANA).problems == ()


def test_the_transcript_offers_no_customer() -> None:
    told = transcript(parse_numbered("take 1 2\n3 colse", LISTED, DANA), CLOCK)
    assert told[2:] == (
        "✓ take 1 2 (1): understood, make the ticket yours.",
        "✓ take 1 2 (2): understood, make the ticket yours.",
        "✗ 3 colse: this is no command. Did you mean 3 close?",
        "",
        "Please write it again with the right words; #help sends you all of them.",
    )


@given(
    numbers=st.lists(st.sampled_from(sorted(LISTED)), min_size=1, unique=True),
    between=st.sampled_from([" ", ", ", ",", " and ", " & ", "; "]),
    first=st.booleans(),
    bullet=st.sampled_from(["", "- ", "• ", "> "]),
)
def test_just_the_numbers_that_are_written_are_meant(
    numbers: list[int], between: str, bullet: str, *, first: bool
) -> None:
    named = between.join(map(str, numbers))
    line = f"{bullet}take {named}" if first else f"{bullet}{named} take"
    orders = parse_numbered(f"{line}\nBack at five.", LISTED, DANA)
    meant = [] if bullet == "> " else [(number, TAKE) for number in numbers]
    assert [(step.number, step.command) for step in orders.understood] == meant
