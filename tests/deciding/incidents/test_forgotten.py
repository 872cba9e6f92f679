"""When our own people are reminded of an incident of which nobody says anything."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.hours import OpeningHours
from mailbot.deciding.incidents.forgotten import remind_at
from mailbot.rules import Hours, Weekly

OFFICE, NEVER = Hours(), Hours(week=Weekly())


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of a week in November 2026 that begins with Monday the 2nd."""
    return datetime(2026, 11, 1 + day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "reminded", "due"),
    [
        (at(1, 10), None, at(2, 10)),
        (at(1, 20), None, at(3, 9)),
        (at(1, 10), at(2, 10), at(3, 10)),
        (at(2, 12), at(2, 10), at(3, 12)),
        (at(5, 11), None, at(8, 9)),
        (at(1, 10), at(5, 10), at(8, 9)),
        (at(1, 10), at(8, 9), at(9, 9)),
        (at(1, 10), at(29, 9), at(2, 10)),
    ],
    ids=[
        "day",
        "evening",
        "further day",
        "a word since",
        "on a Friday",
        "over a weekend",
        "after a weekend",
        "by a clock that was ahead",
    ],
)
def test_a_day_after_the_last_word_or_reminder_in_opening_hours(
    said: datetime, reminded: datetime | None, due: datetime
) -> None:
    assert remind_at(said, reminded, at(9, 12), OpeningHours(OFFICE, ZoneInfo("UTC"))) == due


def test_a_desk_that_never_opens_is_reminded_by_the_calendar() -> None:
    assert remind_at(at(5, 20), None, at(6, 20), OpeningHours(NEVER, ZoneInfo("UTC"))) == at(6, 20)
