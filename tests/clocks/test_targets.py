"""By when something is promised: the shipped promises, by day, by night and over a holiday."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.hours import OpeningHours
from mailbot.clocks.targets import due_at
from mailbot.rules import BusinessDay, Hours, Weekly

ZONE = ZoneInfo("America/New_York")
OFFICE = OpeningHours(Hours(region="US"), ZONE)
NEVER = OpeningHours(Hours(week=Weekly()), ZONE)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("promise", "clock", "since", "opening", "expected"),
    [
        # Critical at 2 a.m. on Sunday is due at a quarter past two, whatever the hours.
        (timedelta(minutes=15), "always", "2026-11-22T02:00", OFFICE, "2026-11-22T02:15"),
        (timedelta(hours=4), "always", "2026-11-22T02:00", NEVER, "2026-11-22T06:00"),
        # High at 2 a.m. on Sunday is due an hour after Monday's opening.
        (timedelta(hours=1), "business", "2026-11-22T02:00", OFFICE, "2026-11-23T10:00"),
        (timedelta(hours=4), "business", "2026-11-20T16:00", OFFICE, "2026-11-23T11:30"),
        # Three business days from Tuesday, with Thanksgiving on Thursday.
        (BusinessDay(days=3), "business", "2026-11-24T11:00", OFFICE, "2026-11-30T11:00"),
        # Business days are open days on either clock.
        (BusinessDay(days=1), "always", "2026-11-20T18:00", OFFICE, "2026-11-24T09:00"),
        # Best effort is no promise, and a clock that never runs keeps none.
        (None, "business", "2026-11-20T10:00", OFFICE, None),
        (timedelta(hours=1), "business", "2026-11-20T10:00", NEVER, None),
        (BusinessDay(days=1), "business", "2026-11-20T10:00", NEVER, None),
    ],
)
def test_due(
    promise: timedelta | BusinessDay | None,
    clock: Literal["always", "business"],
    since: str,
    opening: OpeningHours,
    expected: str | None,
) -> None:
    assert due_at(promise, clock, local(since), opening) == (expected and local(expected))
