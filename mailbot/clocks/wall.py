"""How an instant and a day are written for people: short, by what Babel (CLDR) knows of their language and country.

"Thu, Nov 26, 10:00 AM" in the United States, "Thu, 26 Nov, 10:00" in Britain; the year only where it may not be clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from mailbot.rules import Rules

if TYPE_CHECKING:
    from babel import Locale

# Babel takes a tenth of a second to load, which only those spend who have something to write.

_YEAR_IS_CLEAR = timedelta(days=270)
_MIDNIGHT = time.min


@lru_cache(maxsize=256)
def locale_of(language: str, country: str) -> Locale:
    """Return the locale of that language as written in that country, else of the language alone."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see above

    for name in (f"{language}_{country.upper()}", f"{language}_001", language):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en")


@lru_cache(maxsize=4096)
def written_time(of_day: time, locale: Locale) -> str:
    """Return a time of day to the minute: "9:00", "9:00 AM"."""
    from babel.dates import format_time  # noqa: PLC0415 - see above

    # CLDR puts a narrow no-break space before AM; many mail fonts have no glyph for it.
    written = format_time(of_day.replace(second=0, microsecond=0), "short", locale=locale).replace("\u202f", "\xa0")
    return re.sub(r"^0(?=\d[^\d])", "", written)


@lru_cache(maxsize=4096)
def written_day(day: date, today: date, locale: Locale) -> str:
    """Return a day, short: "Mon, Nov 23"; with its year where that may not be clear `today`."""
    from babel.dates import format_skeleton  # noqa: PLC0415 - see above

    skeleton = "MMMEd" if abs(day - today) < _YEAR_IS_CLEAR else "yMMMEd"
    return str(format_skeleton(skeleton, day, locale=locale))


def written_instant(at: datetime, now: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """Return an instant on the clock of a zone: "Mon, Nov 23, 9:45 AM"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    return f"{written_day(local.date(), today, locale)}, {written_time(local.time(), locale)}"


@dataclass(frozen=True)
class WallClock:
    """The clock that our own people read, in English as their country writes it; `now` is aware."""

    zone: ZoneInfo
    country: str
    now: datetime

    @classmethod
    def of(cls, rules: Rules, now: datetime) -> Self:
        """Return the partner's."""
        return cls(rules.partner.zone, rules.partner.country, now)

    @cached_property
    def _locale(self) -> Locale:
        return locale_of("en", self.country)

    def instant(self, at: datetime) -> str:
        """Return an aware instant: "Mon, Nov 23, 9:45 AM"."""
        return written_instant(at, self.now, self.zone, self._locale)

    def until(self, at: datetime) -> str:
        """Return an instant until which something is so: the day alone where it begins then."""
        local = at.astimezone(self.zone)
        return self.day(local.date()) if local.time() == _MIDNIGHT else self.instant(at)

    def time(self, at: datetime) -> str:
        """Return the time of day of an aware instant, where its day is clear: "9:45 AM"."""
        return written_time(at.astimezone(self.zone).time(), self._locale)

    def day(self, day: date) -> str:
        """Return a day: "Mon, Nov 23"."""
        return written_day(day, self.now.astimezone(self.zone).date(), self._locale)
