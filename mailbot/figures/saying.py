"""Figures in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailbot.figures.cases import Case
    from mailbot.figures.figures import Share, Spans
    from mailbot.figures.votes import Votes
    from mailbot.rules import Severity

NONE = "–"
"""What stands where there is nothing to tell."""
BEST = 5
"""The best vote that there is."""
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MANY_HOURS = 100
_WHOLE = 100


def day_and_night(severities: Iterable[Severity]) -> str:
    """Return that spans of these severities run day and night, as the end of a sentence; "" for none."""
    ranked = sorted(severities, key=lambda one: one.rank)
    return f", of {' and '.join(ranked)} tickets day and night" if ranked else ""


def average(of: Spans) -> str:
    """Return the average alone."""
    return NONE if of.average is None else span(of.average)


def satisfaction(of: Votes) -> str:
    """Return an average vote as "4.3 of 5"."""
    return NONE if of.average is None else f"{of.average:.1f} of {BEST}"


def few_votes(of: Votes) -> str:
    """Return each of few votes by itself, the best first: "5, 5 and 2"."""
    *others, last = sorted((str(mark) for _, mark in of.of), reverse=True)
    return f"{', '.join(others)} and {last}" if others else last


def share(of: Share) -> str:
    """Return a share in hundredths: all of them for all alone, and none for none."""
    if of.fraction is None:
        return NONE
    hundredths = round(of.fraction * _WHOLE)
    least, most = int(bool(of.did)), _WHOLE - int(bool(of.did_not))
    return f"{min(max(hundredths, least), most)}%"


def span(length: timedelta) -> str:
    """Return a span of support's time: minutes, or hours and minutes; days of support differ in length."""
    hours, minutes = divmod(round(length / _MINUTE), 60)
    if not hours:
        return f"{minutes} min"
    if not minutes:
        return f"{hours:,} h"
    return f"{hours} h {minutes:02} min" if hours < _MANY_HOURS else f"{hours:,} h"


def calendar(length: timedelta) -> str:
    """Return a span of the calendar: minutes, hours, or days."""
    if length >= 2 * _DAY:
        return f"{length // _DAY} days"
    return span(length)


def days(length: timedelta) -> str:
    """Return an age in whole days."""
    number = max(length // _DAY, 0)
    return "less than a day" if not number else "1 day" if number == 1 else f"{number} days"


def promises(case: Case, now: datetime) -> Iterator[str]:
    """Yield which promised times of a ticket were kept, and which were not and by how much, by the calendar."""
    answered = [one for one in case.questions if one.answered_at]
    late = [one.answered_at - one.due_at for one in answered if one.answered_at and not one.was_kept]
    if late:
        yield f"answered {calendar(max(late))} late"
    elif answered:
        yield "answered in time"
    due_at, resolved_at = case.resolution_due_at, case.resolved_at
    if due_at and resolved_at:
        yield "solved in time" if resolved_at <= due_at else f"solved {calendar(resolved_at - due_at)} late"
    elif due_at and case.closed_at is None and case.asked_again_at is not None and due_at < now:
        yield f"was to be solved {calendar(now - due_at)} ago"
