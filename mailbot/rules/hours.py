"""When support is open."""

from __future__ import annotations

from datetime import time

from pydantic import Field

from mailbot.rules.recognising import Table
from mailbot.rules.values import Days, Line, Names, Period, Spans


class Weekly(Table):
    """Opening hours by weekday, in local time; several spans make breaks, an empty list is closed."""

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()

    def day(self, weekday: int) -> tuple[Period, ...]:
        """Return the spans of a weekday, 0 = Monday."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)[weekday]

    def is_empty(self) -> bool:
        """Return whether there is no span on any day."""
        return not any(map(self.day, range(7)))


def _office() -> Weekly:
    day = (Period(start=time(9), end=time(17, 30)),)
    return Weekly(mon=day, tue=day, wed=day, thu=day, fri=day)


class Hours(Table):
    """When support is open: weekly hours, minus public holidays of `region`, minus `closed` days.

    `region` is "US", "US-CA", "DE-BY" (ISO 3166, empty for none); `not_holidays` are names or
    dates of holidays on which you work after all.
    """

    week: Weekly = Field(default_factory=_office)
    region: Line = ""
    closed: Days = ()
    not_holidays: Names = ()
