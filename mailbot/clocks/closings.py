"""Days on which support is closed though the week says otherwise, as they are told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mailbot.clocks.hours import holiday_name, is_closed_day
from mailbot.rules import Hours

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closing:
    """Closed days with no open one between them; `name` is that of a single holiday, "" for none to tell."""

    first: date
    last: date
    name: str = ""


def closings(hours: Hours, first: date, last: date, language: str) -> Iterator[Closing]:
    """Yield when we are closed from the first to the last day, in their order; a holiday by its name in this language.

    Days on which the week has no hours are none, and part none.
    """
    found: Closing | None = None
    for day in (first + _DAY * count for count in range((last - first).days + 1)):
        if not hours.week.day(day.weekday()):
            continue
        if is_closed_day(hours, day):
            name = holiday_name(hours, day, language)
            found = replace(found, last=day, name="") if found else Closing(day, day, name)
        elif found:
            yield found
            found = None
    if found:
        yield found
