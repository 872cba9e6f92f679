"""Opening hours against a model that knows nothing of intervals: it looks at the wall clock every minute.

A minute is open if it lies from the first to the last minute of its day at which the clock shows a time within
a span. Thirty zones, with clock changes at midnight, by half an hour, and none; the years 2025 and 2026.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailbot.clocks.hours import ClosedPeriod, OpeningHours
from mailbot.rules import Hours, Period, Weekly

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WINDOW_DAYS = 8
# Each example looks at the clock 14,000 times.
SOME = settings(max_examples=settings.default.max_examples // 4 if settings.default else 25)
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Chicago", "America/Havana", "America/Los_Angeles",
    "America/New_York", "America/Nuuk", "America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/St_Johns",
    "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran",
    "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin",
    "Europe/Dublin", "Europe/London", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham",
)  # fmt: skip


def wall(minute: int) -> time:
    return time.max if minute == 24 * 60 else time(minute // 60, minute % 60)


@cache
def clock_changes(zone: str) -> tuple[date, ...]:
    """Return the days of both years on which the zone's offset changes."""
    days = [FIRST + DAY * count for count in range((LAST - FIRST).days)]
    noons = [datetime.combine(day, time(12), UTC).astimezone(ZoneInfo(zone)) for day in days]
    return tuple(later.date() for earlier, later in pairwise(noons) if earlier.utcoffset() != later.utcoffset())


@dataclass
class Minutes:
    """Every minute of some days: its local date and time, and whether it is open."""

    start: datetime
    shown: list[tuple[date, time]]
    is_open: list[bool]
    of_day: dict[date, list[int]]

    def at(self, index: int) -> datetime:
        return self.start + index * MINUTE

    def first_open(self, index: int) -> int | None:
        return next((one for one in range(index, len(self.is_open)) if self.is_open[one]), None)


def look_at_the_clock(hours: Hours, zone: ZoneInfo, first: date, days: int) -> Minutes:
    start = datetime.combine(first - DAY, time(), UTC)
    local = [(start + index * MINUTE).astimezone(zone) for index in range((days + 2) * 24 * 60)]
    shown = [(one.date(), one.time()) for one in local]
    within: dict[tuple[date, Period], list[int]] = defaultdict(list)
    for index, (day, now) in enumerate(shown):
        for span in hours.week.day(day.weekday()):
            if day not in hours.closed and span.start <= now < span.end:
                within[day, span].append(index)
    is_open = [False] * len(shown)
    of_day: dict[date, set[int]] = defaultdict(set)
    for (day, _), indexes in within.items():
        for index in range(indexes[0], indexes[-1] + 1):
            is_open[index] = True
            of_day[day].add(index)
    return Minutes(start, shown, is_open, {day: sorted(indexes) for day, indexes in of_day.items()})


@st.composite
def days_of_spans(draw: st.DrawFn) -> tuple[Period, ...]:
    """Up to two spans that do not overlap; hours around midnight, where clocks change, are drawn more often."""
    edge = st.one_of(st.integers(0, 24 * 60), st.integers(0, 12).map(lambda quarter: quarter * 15), st.just(24 * 60))
    edges = sorted(draw(st.sets(edge, max_size=4)))
    return tuple(Period(start=wall(a), end=wall(b)) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def cases(draw: st.DrawFn) -> tuple[OpeningHours, Minutes, int]:
    """Hours, the minutes of some days, and one minute in their middle."""
    zone = draw(st.sampled_from(ZONES))
    changes = clock_changes(zone)
    ordinary = st.dates(FIRST + DAY, LAST - WINDOW_DAYS * DAY)
    near_change = st.sampled_from(changes).flatmap(
        lambda day: st.integers(1, WINDOW_DAYS // 2).map(lambda before: day - before * DAY)
    )
    first = draw(st.one_of(near_change, ordinary) if changes else ordinary)
    everyday = draw(days_of_spans())
    week = [draw(st.one_of(st.just(everyday), days_of_spans())) for _ in range(7)]
    closed = draw(st.sets(st.dates(first, first + WINDOW_DAYS * DAY), max_size=3))
    weekly = Weekly(mon=week[0], tue=week[1], wed=week[2], thu=week[3], fri=week[4], sat=week[5], sun=week[6])
    hours = Hours(week=weekly, closed=tuple(sorted(closed)))
    minutes = look_at_the_clock(hours, ZoneInfo(zone), first, WINDOW_DAYS)
    index = draw(st.integers(24 * 60, len(minutes.shown) - 2 * 24 * 60))
    return OpeningHours(hours, ZoneInfo(zone)), minutes, index


@SOME
@given(cases(), st.integers(0, 59))
def test_open_and_the_edges_around(case: tuple[OpeningHours, Minutes, int], second: int) -> None:
    opening, minutes, index = case
    at = minutes.at(index) + timedelta(seconds=second)
    assert opening.is_open(at) is minutes.is_open[index]
    if minutes.is_open[index]:
        assert opening.next_opening(at) == at
        assert opening.closed_period(at) is None
        closing = next((one for one in range(index, len(minutes.is_open)) if not minutes.is_open[one]), None)
        if closing is not None:
            assert opening.next_closing(at) == minutes.at(closing)
        return
    assert opening.next_closing(at) == at
    following = minutes.first_open(index)
    before = next((one + 1 for one in range(index, -1, -1) if minutes.is_open[one]), None)
    if following is not None:
        assert opening.next_opening(at) == minutes.at(following)
    if following is not None and before is not None:
        assert opening.closed_period(at) == ClosedPeriod(minutes.at(before), minutes.at(following))


@SOME
@given(cases(), st.data())
def test_adding_open_time_and_counting_it(case: tuple[OpeningHours, Minutes, int], data: st.DataObject) -> None:
    opening, minutes, index = case
    ahead = [one for one in range(index, len(minutes.is_open) - 24 * 60) if minutes.is_open[one]]
    assume(ahead)
    count = data.draw(st.integers(1, len(ahead)))
    due_at = opening.add(minutes.at(index), count * MINUTE)
    assert due_at == minutes.at(ahead[count - 1] + 1)
    assert opening.between(minutes.at(index), due_at) == count * MINUTE
    later = data.draw(st.integers(index, len(minutes.is_open) - 24 * 60))
    assert opening.between(minutes.at(index), minutes.at(later)) == sum(minutes.is_open[index:later]) * MINUTE


@SOME
@given(cases(), st.integers(0, 3))
def test_adding_open_days(case: tuple[OpeningHours, Minutes, int], days: int) -> None:
    opening, minutes, index = case
    start = minutes.first_open(index)
    assume(start is not None)
    assert start is not None
    today, now = minutes.shown[start]
    due_at = opening.add_days(minutes.at(index), days)
    if days == 0:
        assert due_at == minutes.at(start)
        return
    last_whole_day = minutes.shown[-24 * 60][0] - DAY
    open_days = [day for day in sorted(minutes.of_day) if today < day <= last_whole_day]
    assume(len(open_days) >= days)
    day = open_days[days - 1]
    not_before = [one for one, (shown, at) in enumerate(minutes.shown) if shown == day and at >= now]
    wanted = (
        not_before[0] if not_before else max(one for one, (shown, _) in enumerate(minutes.shown) if shown == day) + 1
    )
    reached = [one for one in minutes.of_day[day] if one <= wanted]
    expected = min(wanted, reached[-1] + 1) if reached else minutes.of_day[day][0]
    assert due_at == minutes.at(expected)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=3)
@given(everyday=days_of_spans(), sunday=days_of_spans())
def test_two_whole_years(zone: str, everyday: tuple[Period, ...], sunday: tuple[Period, ...]) -> None:
    weekly = Weekly(mon=everyday, tue=everyday, wed=everyday, thu=everyday, fri=everyday, sat=everyday, sun=sunday)
    opening = OpeningHours(Hours(week=weekly), ZoneInfo(zone))
    minutes = look_at_the_clock(opening.hours, opening.zone, FIRST, (LAST - FIRST).days)
    edges = [one for one in range(1, len(minutes.is_open)) if minutes.is_open[one] is not minutes.is_open[one - 1]]
    for here, following in pairwise(edges):
        closed = None if minutes.is_open[here] else ClosedPeriod(minutes.at(here), minutes.at(following))
        assert opening.closed_period(minutes.at(here)) == closed
    if edges:
        total = sum(minutes.is_open[edges[0] : edges[-1]]) * MINUTE
        assert opening.between(minutes.at(edges[0]), minutes.at(edges[-1])) == total
