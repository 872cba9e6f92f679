"""What is done once a week at a time of day: when it was due last, and when it is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import instant_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A day of the week (0 = Monday) and a time on the clock of a zone. Takes and gives aware instants, in UTC.

    On a day on which the clock jumps past that time it is the instant of the jump; where the clock shows it twice it is
    the first.
    """

    weekday: int
    at: time
    zone: ZoneInfo

    def last(self, now: datetime) -> datetime:
        """Return the last such instant that is not after `now`."""
        day = now.astimezone(self.zone).date()
        days = (day - back * _DAY for back in range(8))
        instants = (instant_of(one, self.at, self.zone) for one in days if one.weekday() == self.weekday)
        return next(at for at in instants if at <= now)

    def next(self, now: datetime) -> datetime:
        """Return the first such instant after `now`."""
        day = now.astimezone(self.zone).date()
        days = (day + ahead * _DAY for ahead in range(8))
        instants = (instant_of(one, self.at, self.zone) for one in days if one.weekday() == self.weekday)
        return next(at for at in instants if at > now)
