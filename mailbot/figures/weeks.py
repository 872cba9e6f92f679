"""Weeks as ISO 8601 counts them, on the clock of a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import instant_of

_WRITTEN = re.compile(r"([0-9]{4})-?W([0-9]{1,2})", re.IGNORECASE)
# Weeks on both sides of these, and their first instants in every zone, are dates as well.
_YEARS = range(1970, 3000)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week, by its Monday."""

    monday: date

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Self:
        """Return the week that an aware instant lies in, on the clock of `zone`."""
        day = at.astimezone(zone).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, written: str) -> Self:
        """Return the week that is written "2026-W46". Raise ValueError for what is no week."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            raise ValueError(f'"{written}" is no week; write it as 2026-W46')
        if int(found[1]) not in _YEARS:
            raise ValueError(f"no week of the year {found[1]} has figures")
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError as error:
            raise ValueError(f"the year {found[1]} has no week {int(found[2])}") from error

    def __str__(self) -> str:
        """Return it as ISO 8601 writes it."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def number(self) -> int:
        """The number that people say."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def back(self, weeks: int) -> Week:
        """Return the week so many before."""
        return Week(self.monday - weeks * _WEEK)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return its first instant, in UTC."""
        return instant_of(self.monday, time(), zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Return the first instant of the week that follows, in UTC."""
        return instant_of(self.monday + _WEEK, time(), zone)
