"""Who is on call when: turns of a week, one after the other, with exceptions.

A turn begins on the weekday of the first one, at a time on the clock of the rota's zone; where the clock jumps past
that time it is the instant of the jump, where it shows it twice the first. Each instant is somebody's, and one's alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import instant_of

_DAY = timedelta(days=1)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Shift:
    """An exception: from the change of the `first` day until that of the day after the `last` it is this one's."""

    who: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Turn:
    """A span that is one's, its end not included; `exceptional` if it is by an exception."""

    who: str
    start_at: datetime
    end_at: datetime
    exceptional: bool = False


@dataclass(frozen=True, slots=True)
class Rota:
    """Those who take turns, in their order, and the day of the first one's first turn. Takes and gives aware instants.

    Of exceptions for the same day the last counts. Before the first turn the order goes on backwards. Those `ahead` are
    called before whoever's turn it is, but for one who is on call by an exception.
    """

    order: tuple[str, ...]
    first: date
    change_at: time
    zone: ZoneInfo
    shifts: tuple[Shift, ...] = ()
    ahead: tuple[str, ...] = ()

    def at(self, now: datetime) -> str:
        """Return whose turn it is, "" where nobody takes turns."""
        return self._of(self._day(now)) if self.order else ""

    def order_at(self, now: datetime) -> tuple[str, ...]:
        """Return who is called first, and then, in their order from there on, the others."""
        day = self._day(now)
        shift = self._shift(day)
        first = (shift.who, *self.ahead) if shift else self.ahead
        if not self.order:
            return tuple(dict.fromkeys(first))
        turn = self._of(day)
        place = self.order.index(turn) if turn in self.order else self._place(day) - 1
        rest = (self.order[(place + step) % len(self.order)] for step in range(1, len(self.order) + 1))
        return tuple(dict.fromkeys((*first, turn, *rest)))

    def turns(self, since: datetime, until: datetime) -> Iterator[Turn]:
        """Yield the turns from that of `since` on to that before `until`, each as long as it lasts, in their order."""
        if not self.order:
            return
        day = self._day(since)
        while self._key(day - _DAY) == self._key(day):
            day -= _DAY
        start = self._begins(day)
        while start < until:
            end = day + _DAY
            while self._key(end) == self._key(day):
                end += _DAY
            yield Turn(self._of(day), start, self._begins(end), exceptional=self._shift(day) is not None)
            day, start = end, self._begins(end)

    def _day(self, now: datetime) -> date:
        """Return the day whose change was last."""
        day = now.astimezone(self.zone).date()
        return day if self._begins(day) <= now else day - _DAY

    def _begins(self, day: date) -> datetime:
        return instant_of(day, self.change_at, self.zone)

    def _shift(self, day: date) -> Shift | None:
        return next((one for one in reversed(self.shifts) if one.first <= day <= one.last), None)

    def _place(self, day: date) -> int:
        return (day - self.first).days // _WEEK % len(self.order)

    def _of(self, day: date) -> str:
        shift = self._shift(day)
        return shift.who if shift else self.order[self._place(day)]

    def _key(self, day: date) -> tuple[object, ...]:
        """Return what is the same for the days of one turn."""
        shift = self._shift(day)
        return (shift,) if shift else ((day - self.first).days // _WEEK,)
