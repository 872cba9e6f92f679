"""What holds for every text: it is read without a failure and in time, and nothing in it is lost or added."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.agents.commands import COMMANDS, Orders, kinds, parse, parse_numbered, says_send, transcript
from mailbot.deciding.agents.commands.firstlines import begins_with_command
from mailbot.deciding.agents.commands.kinds import Command
from mailbot.deciding.agents.commands.leave import Away, Mute
from mailbot.deciding.agents.commands.onincident import IncidentStep, OnIncident
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.rules import Playbook, Severity
from tests.deciding.agents.agent_mail import CLOCK, DANA, IN_BERLIN, NOW

TODAY = NOW.date()
PIECES = st.sampled_from(
    (
        *(f"#{word}" for word in COMMANDS),
        *(kind.example for kind in COMMANDS.values()),
        *(
            "#colse",
            "#1",
            "#",
            "\uff03take",
            "\u200b",
            "\xa0",
            "\u2022",
            "*",
            "\u201c",
            "> ",
            ">",
            "until",
            "for",
            "send",
        ),
        *(
            "12 dec",
            "12.12.",
            "1/2",
            "next fri",
            "02:25",
            "at 17:00",
            "1d",
            "2m",
            "bob",
            "acme",
            "all",
            "and",
            ",",
            ";",
        ),
        *(
            "Hi Jane,",
            "take",
            "3",
            "3 5 9",
            "3-5",
            "close",
            "-- ",
            "jane@acme.example",
            "\u0660",
            "\u2028",
            "\x00",
            "\ud800",
        ),
    )
)
SPACES = st.sampled_from((" ", " ", " ", "\n", "\n", "\n\n", "\r\n", "", "\t"))
MAILS = st.lists(st.tuples(PIECES, SPACES), max_size=12).map(lambda parts: "".join(map("".join, parts)))
TEXTS = st.one_of(MAILS, st.text(max_size=200))


def whole_or_nothing(orders: Orders) -> None:
    if orders.problems:
        assert (orders.commands, orders.understood, orders.text) == ((), (), "")
        assert all(problem.text for problem in orders.problems)
        assert transcript(orders, CLOCK)
    else:
        assert transcript(orders, CLOCK) == ()


@given(TEXTS)
def test_any_text_is_read_as_a_whole_or_not_at_all(text: str) -> None:
    for moment in (DANA, IN_BERLIN):
        orders = parse(text, moment)
        whole_or_nothing(orders)
        assert set(orders.as_text.split("\n")) <= {"", *text.split("\n")}
        assert text.endswith(orders.text)
        whole_or_nothing(parse_numbered(text, {number: 1000 + number for number in range(1, 10)}, moment))
    says_send(text)


@given(TEXTS)
def test_what_does_not_begin_with_a_hash_comes_back_unchanged(text: str) -> None:
    own = [line for line in text.split("\n") if not line.lstrip(" \t").startswith(">")]
    if any(map(begins_with_command, own)):
        text = f"Hi Jane,\n{text}"
    orders = parse(text, DANA)
    assert (orders.steps, orders.text) == ((), text)


@given(TEXTS)
def test_what_stands_below_a_command_comes_back_unchanged(text: str) -> None:
    orders = parse(f"#take\nHi Jane,\n{text}", DANA)
    assert (orders.commands, orders.text) == ((kinds.Take(),), f"Hi Jane,\n{text}")


@given(TEXTS)
def test_no_word_below_a_note_reaches_anybody_else(text: str) -> None:
    orders = parse(f"#note keep this\nHi Bob,\n{text}", DANA)
    assert (orders.commands, orders.text) == ((kinds.Note(f"keep this\nHi Bob,\n{text}".strip()),), "")


INSTANTS_AHEAD = st.integers(1, 366 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
ADDRESSES = st.sampled_from(("jane@acme.example", "J.Park+x@acme.example", "o'hara@acme-dental.example"))
WORDS = st.text("abcdefghij KLM,äß", min_size=1, max_size=40).map(lambda text: " ".join(text.split()).strip(", "))
WRITTEN = WORDS.filter(lambda words: bool(words) and not words.casefold().startswith(("for ", "on ")))
VALUES: dict[type[Command], st.SearchStrategy[Command]] = {
    kinds.Note: st.builds(kinds.Note, st.lists(WRITTEN, min_size=1, max_size=3).map("\n\n".join)),
    kinds.SetSeverity: st.builds(kinds.SetSeverity, st.sampled_from(Severity)),
    kinds.Assign: st.builds(kinds.Assign, st.sampled_from([agent.id for agent in DANA.agents])),
    kinds.Called: st.builds(
        kinds.Called,
        st.just("") | WRITTEN,
        st.datetimes(datetime(2020, 1, 1), NOW.replace(tzinfo=None), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    ),
    kinds.Wait: st.builds(kinds.Wait, WRITTEN, st.dates(TODAY + timedelta(days=1), date(2027, 11, 20))),
    kinds.SetTenant: st.builds(kinds.SetTenant, st.sampled_from([tenant.id for tenant in DANA.tenants])),
    kinds.Merge: st.builds(kinds.Merge, st.integers(1, 2**63 - 1)),
    kinds.For: st.builds(kinds.For, ADDRESSES),
    kinds.New: st.builds(kinds.New, ADDRESSES),
    kinds.Allow: st.builds(kinds.Allow, ADDRESSES),
    Mute: st.builds(Mute, INSTANTS_AHEAD),
    Away: st.builds(Away, INSTANTS_AHEAD),
    kinds.Why: st.builds(kinds.Why, st.just("") | ADDRESSES, st.none() | st.dates(date(2000, 1, 1), TODAY)),
    ToVendor: st.builds(
        ToVendor,
        st.sampled_from([one.id for one in DANA.vendors]),
        st.lists(WRITTEN, max_size=3).map("\n\n".join),
    ),
    OnIncident: st.builds(
        OnIncident,
        st.sampled_from([IncidentStep.OPEN, IncidentStep.UPDATE, IncidentStep.RESOLVE]),
        st.lists(WRITTEN, max_size=3).map("\n\n".join),
        incident=st.none() | st.integers(1, 999_999_999),
    )
    | st.builds(
        OnIncident,
        st.sampled_from([IncidentStep.OPEN, IncidentStep.ADD, IncidentStep.REMOVE]),
        tickets=st.lists(st.integers(1, 10**18 - 1), unique=True, max_size=5).map(tuple),
    ),
    kinds.SetPlaybook: st.builds(kinds.SetPlaybook, st.sampled_from(Playbook)),
}


def any_of(kind: Any) -> st.SearchStrategy[Command]:
    return VALUES[kind] if kind in VALUES else st.just(kind())


@given(st.sampled_from(list(COMMANDS.values())).flatmap(any_of))
def test_a_command_as_it_is_written_is_read_as_the_same_command(command: Command) -> None:
    for moment in (DANA, IN_BERLIN):
        orders = parse(str(command), moment)
        assert orders.problems == ()
        assert orders.commands == (command,)


MIB = 1 << 20


@pytest.mark.parametrize(
    "unit",
    [
        *("#take ", "#take\n", "#x ", "#x\n", "#colse ", "# ", "#", "\n", " ", "\u200b", "> #take\n", "> ", "a", "a\n"),
        *("* ", "\u201c", "3 ", "3 take\n", "take 3 ", "take 3, ", "1,", "1-9 ", "and ", "\xa0", "\u0301", "\ufdfa"),
    ],
)
@pytest.mark.parametrize("before", ["", "#take ", "#note ", "#wait x until ", "3 note "])
def test_a_mebibyte_takes_no_time_that_grows_faster_than_it(before: str, unit: str) -> None:
    """A message may take ten seconds in all; half of that for reading one twice shows what is not linear."""
    text = before + unit * (MIB // len(unit.encode()))
    began = time.process_time()
    whole_or_nothing(parse(text, DANA))
    whole_or_nothing(parse_numbered(text, {number: 1000 + number for number in range(1, 10)}, DANA))
    assert time.process_time() - began < 5
