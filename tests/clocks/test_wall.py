"""How instants and days are written for our own people: one short way, as their country writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.wall import WallClock, locale_of, written_day, written_instant
from mailbot.render.wording import Wording

NOW = datetime(2026, 12, 30, 20, 0, tzinfo=UTC)


def clock(country: str, zone: str = "America/New_York") -> WallClock:
    return WallClock(ZoneInfo(zone), country, NOW)


@pytest.mark.parametrize(
    ("country", "zone", "at", "written"),
    [
        ("US", "America/New_York", datetime(2026, 11, 23, 14, 45, 59, tzinfo=UTC), "Mon, Nov 23, 9:45\xa0AM"),
        ("us", "America/New_York", datetime(2026, 12, 31, 4, 30, tzinfo=UTC), "Wed, Dec 30, 11:30\xa0PM"),
        ("GB", "Europe/London", datetime(2026, 11, 23, 14, 45, tzinfo=UTC), "Mon 23 Nov, 14:45"),
        ("DE", "Europe/Berlin", datetime(2026, 11, 23, 7, 45, tzinfo=UTC), "Mon, 23 Nov, 8:45"),
        # A country of which CLDR knows no English.
        ("XX", "UTC", datetime(2026, 11, 23, 7, 45, tzinfo=UTC), "Mon, 23 Nov, 7:45\xa0am"),
        # The next year is clear within some months, and is written after that.
        ("US", "America/New_York", datetime(2027, 1, 4, 15, 0, tzinfo=UTC), "Mon, Jan 4, 10:00\xa0AM"),
        ("US", "America/New_York", datetime(2027, 12, 6, 15, 0, tzinfo=UTC), "Mon, Dec 6, 2027, 10:00\xa0AM"),
        ("GB", "Europe/London", datetime(2025, 12, 8, 15, 0, tzinfo=UTC), "Mon, 8 Dec 2025, 15:00"),
    ],
)
def test_an_instant(country: str, zone: str, at: datetime, written: str) -> None:
    assert clock(country, zone).instant(at) == written


def test_until_when_somebody_is_away_is_a_day_where_that_is_meant() -> None:
    here = clock("US")
    assert here.until(datetime(2027, 1, 4, 5, 0, tzinfo=UTC)) == "Mon, Jan 4"
    assert here.until(datetime(2027, 1, 4, 5, 1, tzinfo=UTC)) == "Mon, Jan 4, 12:01\xa0AM"
    assert here.instant(datetime(2027, 1, 4, 5, 0, tzinfo=UTC)) == "Mon, Jan 4, 12:00\xa0AM"
    assert here.day(date(2027, 1, 4)) == "Mon, Jan 4"
    assert here.time(NOW) == "3:00\xa0PM"


def test_templates_write_it_alike() -> None:
    here = clock("US")
    wording = Wording("en", "US", here.zone, {})
    at = datetime(2027, 12, 6, 15, 0, tzinfo=UTC)
    assert wording.stamp(at, NOW) == here.instant(at)
    assert wording.day(at, NOW) == here.day(date(2027, 12, 6))


def test_every_language_of_customers_can_be_written() -> None:
    for language, country, written in [
        ("de", "DE", "Mo., 23. Nov., 14:45"),
        ("fr", "FR", "lun. 23 nov., 14:45"),
        ("xx", "US", "Mon, Nov 23, 2:45\xa0PM"),
    ]:
        locale = locale_of(language, country)
        at = datetime(2026, 11, 23, 14, 45, tzinfo=UTC)
        assert written_instant(at, at, ZoneInfo("UTC"), locale) == written
        assert written_day(at.date(), at.date(), locale) == written.rpartition(",")[0]
