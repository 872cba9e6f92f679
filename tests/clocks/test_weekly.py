"""Once a week at a time of day: in every zone, over both clock changes, whatever the clock does in between."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.weekly import Weekly

ZONES = """UTC America/New_York America/Los_Angeles America/St_Johns America/Sao_Paulo America/Santiago America/Havana
America/Asuncion Atlantic/Azores Europe/London Europe/Berlin Europe/Lisbon Europe/Athens Europe/Chisinau Africa/Cairo
Africa/Casablanca Asia/Beirut Asia/Tehran Asia/Kolkata Asia/Kathmandu Asia/Tokyo Asia/Gaza Australia/Sydney
Australia/Lord_Howe Australia/Eucla Pacific/Auckland Pacific/Chatham Pacific/Apia Pacific/Kiritimati Pacific/Honolulu
""".split()
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
TWO_YEARS = timedelta(days=731)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(8), time(0), time(2, 30)])
def test_in_two_years_it_comes_every_week_on_its_day(zone: str, at: time) -> None:
    weekly, now = Weekly(0, at, ZoneInfo(zone)), BEGINS
    came: list[datetime] = []
    while (following := weekly.next(now)) < BEGINS + TWO_YEARS:
        assert weekly.last(following) == following
        assert weekly.last(following - timedelta(microseconds=1)) == (came[-1] if came else weekly.last(now))
        came.append(following)
        now = following
    local = [one.astimezone(weekly.zone) for one in came]
    assert len(came) in {104, 105}
    assert {one.weekday() for one in local} == {0}
    assert {(b.date() - a.date()).days for a, b in pairwise(local)} == {7}
    # Where the clock jumps past the time, it comes with the jump.
    assert all(one.time() >= at and (one.hour, one.minute) < (at.hour + 1, at.minute + 1) for one in local)


@pytest.mark.parametrize("weekday", range(7))
def test_what_comes_next_is_what_was_last_a_moment_later(weekday: int) -> None:
    weekly = Weekly(weekday, time(8), ZoneInfo("Europe/Berlin"))
    for hours in range(24 * 15):
        now = BEGINS + timedelta(hours=hours)
        assert weekly.last(now) <= now < weekly.next(now)
        assert weekly.last(weekly.next(now)) == weekly.next(now)
        assert weekly.next(now) - weekly.last(now) <= timedelta(days=7, hours=1)
