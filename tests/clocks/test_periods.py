"""The name of a closed period: one for all of it, another for the next."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.hours import OpeningHours
from mailbot.clocks.periods import closed_period_key
from mailbot.rules import Hours, Weekly

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = OpeningHours(Hours(), BERLIN)
NEVER = OpeningHours(Hours(week=Weekly()), BERLIN)


@pytest.mark.parametrize(
    ("opening", "at", "expected"),
    [
        (OFFICE, "2026-11-20T10:00", ""),
        # From Friday's closing to Monday's opening.
        (OFFICE, "2026-11-20T17:30", "2026-11-20T16:30:00+00:00"),
        (OFFICE, "2026-11-22T23:59", "2026-11-20T16:30:00+00:00"),
        (OFFICE, "2026-11-23T08:59:59", "2026-11-20T16:30:00+00:00"),
        (OFFICE, "2026-11-23T09:00", ""),
        (OFFICE, "2026-11-23T18:00", "2026-11-23T16:30:00+00:00"),
        # The clock change on Sunday makes no second period of the weekend.
        (OFFICE, "2026-10-24T12:00", "2026-10-23T15:30:00+00:00"),
        (OFFICE, "2026-10-25T12:00", "2026-10-23T15:30:00+00:00"),
        (NEVER, "2026-11-20T10:00", "always"),
    ],
)
def test_key(opening: OpeningHours, at: str, expected: str) -> None:
    assert closed_period_key(opening, datetime.fromisoformat(at).replace(tzinfo=BERLIN).astimezone(UTC)) == expected
