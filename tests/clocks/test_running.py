"""A clock that stands at times, against a count of each minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.clocks.hours import OpeningHours
from mailbot.clocks.running import RunningClock, Span, joined
from mailbot.rules import Hours, Period, Weekly

ZONE = ZoneInfo("America/New_York")
OFFICE = OpeningHours(Hours(region="US"), ZONE)
MINUTE = timedelta(minutes=1)
BEGINNING = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)  # The clock jumps on the 8th.


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE).astimezone(UTC)


def span(start: str, end: str) -> Span:
    return local(start), local(end)


@pytest.mark.parametrize(
    ("pauses", "since", "hours", "expected"),
    [
        ((), "23T10:00", 4, "23T14:00"),
        ((), "23T16:00", 4, "24T11:30"),
        ((span("23T11:00", "24T11:00"),), "23T10:00", 4, "24T14:00"),
        ((span("23T11:00", "24T11:00"), span("24T12:00", "24T13:00")), "23T10:00", 4, "24T15:00"),
        ((span("23T11:00", "23T13:00"), span("23T12:00", "23T14:00")), "23T10:00", 4, "23T17:00"),
        ((span("23T09:00", "23T12:00"),), "23T10:00", 1, "23T13:00"),  # it stood when it began
        ((span("23T14:00", "23T15:00"),), "23T10:00", 4, "23T14:00"),  # what is due as it stops is due then
        ((span("22T09:00", "22T12:00"),), "23T10:00", 4, "23T14:00"),
    ],
)
def test_so_much_time_in_office_hours(pauses: tuple[Span, ...], since: str, hours: int, expected: str) -> None:
    clock = RunningClock("business", OFFICE, pauses)
    assert clock.after(local(since), timedelta(hours=hours)) == local(expected)
    assert clock.between(local(since), local(expected)) == timedelta(hours=hours)


def test_what_is_counted_backwards_is_no_time() -> None:
    assert RunningClock("always", OFFICE).between(BEGINNING, BEGINNING - MINUTE) == timedelta(0)


def test_a_clock_that_never_runs_again() -> None:
    assert RunningClock("business", OpeningHours(Hours(week=Weekly()), ZONE)).after(BEGINNING, MINUTE) is None


def test_shares_of_a_promise() -> None:
    always, office = RunningClock("always", OFFICE), RunningClock("business", OFFICE, (span("23T11:00", "23T12:00"),))
    assert always.share(local("23T02:00"), local("23T02:20"), 80) == local("23T02:16")
    assert office.share(local("23T10:00"), local("23T15:00"), 50) == local("23T13:00")


def test_spans_are_joined() -> None:
    one, two, three = span("23T10:00", "23T11:00"), span("23T11:00", "23T12:00"), span("23T14:00", "23T15:00")
    assert joined([three, two, one, (two[1], two[0])]) == ((one[0], two[1]), three)


instants = st.integers(0, 6 * 24 * 60).map(lambda minutes: BEGINNING + minutes * MINUTE)
some_pauses = st.lists(st.tuples(instants, instants), max_size=4).map(tuple)
weeks = st.sampled_from(
    [
        OFFICE,
        OpeningHours(Hours(week=Weekly(sun=(Period.model_validate({"start": "01:00", "end": "04:00"}),))), ZONE),
    ]
)


@given(
    pauses=some_pauses,
    ends=st.tuples(instants, instants).map(sorted),
    clock=st.sampled_from(["always", "business"]),
    opening=weeks,
)
def test_it_runs_for_each_minute_that_is_open_and_in_no_pause(
    pauses: tuple[Span, ...],
    ends: list[datetime],
    clock: Literal["always", "business"],
    opening: OpeningHours,
) -> None:
    since, until = ends
    minutes = 0
    at = since
    while at < until:
        runs = clock == "always" or opening.is_open(at)
        minutes += runs and not any(start <= at < end for start, end in pauses)
        at += MINUTE
    running = RunningClock(clock, opening, pauses)
    assert running.between(since, until) == minutes * MINUTE
    if minutes:
        reached = running.after(since, minutes * MINUTE)
        assert reached is not None
        assert since < reached <= until
        assert running.between(since, reached) == minutes * MINUTE
        assert running.between(since, reached - MINUTE) < minutes * MINUTE
