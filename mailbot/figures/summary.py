"""What a report says in a few words: the verdict on the week, and what in it needs the partner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.figures.cases import Case
from mailbot.figures.figures import Figures, Report, Setting

FEW = 5
"""Of fewer tickets than these no shares and averages are told, but each by itself."""
_MONTH_WEEKS = 4
_HELPDESK_TICKETS = 50


def verdict(found: Figures, older: int = 0) -> str:
    """Return the week in a few words, for a subject: "23 tickets, 2 late, 1 older one waits".

    So many `older` tickets, of earlier weeks, wait longer than promised.
    """
    waits = "" if not older else ", 1 older one waits" if older == 1 else f", {older} older ones wait"
    return f"{_verdict(found)}{waits}"


def _verdict(found: Figures) -> str:
    number, late = len(found.opened), len(found.in_time.did_not)
    if not number:
        return "no tickets"
    tickets = "1 ticket" if number == 1 else f"{number} tickets"
    if late:
        return f"{tickets}, {late} late"
    return f"{tickets}, none late" if found.in_time.of else tickets


@dataclass(frozen=True, slots=True)
class Overdue:
    """A ticket in which somebody waits for an answer, and for how long beyond when he was to have it."""

    case: Case
    by: timedelta


def overdue(cases: Iterable[Case], setting: Setting) -> tuple[Overdue, ...]:
    """Return the open tickets in which somebody waits too long, for the first or a further answer.

    The gravest come first, and of these who waits the longest.
    """
    late = (Overdue(case, setting.now - due_at) for case in cases if (due_at := setting.overdue_since(case)))
    return tuple(sorted(late, key=lambda one: (one.case.severity.rank, -one.by, one.case.ticket)))


def late(cases: Iterable[Case], report: Report) -> tuple[Case, ...]:
    """Return the week's tickets that were not answered in time, as the figures have them, the gravest first."""
    numbers = set(report.total.in_time.did_not)
    return tuple(sorted((case for case in cases if case.ticket in numbers), key=lambda case: case.severity.rank))


def oldest_open(cases: Iterable[Case], now: datetime, most: int) -> tuple[Case, ...]:
    """Return the open tickets that were opened first, so many at most."""
    return tuple(sorted((case for case in cases if case.is_open(now)), key=lambda case: case.opened_at)[:most])


def tickets_a_month(report: Report) -> int:
    """Return how many tickets the last four weeks brought."""
    return sum(len(found.opened) for _, found in report.trend[-_MONTH_WEEKS:])


def wants_a_helpdesk(report: Report) -> bool:
    """Return whether there are so many that a helpdesk may pay off: from about fifty a month."""
    return tickets_a_month(report) >= _HELPDESK_TICKETS
