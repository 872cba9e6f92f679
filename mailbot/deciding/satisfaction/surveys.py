"""After which tickets the customer is asked how satisfied they are, and when.

Once a ticket, an hour after it was closed, in opening hours, since it is mail and people see it. Not of one that became
another, that is spam, a machine's or past mail, or that neither one of us answered nor an article. Which make up a
share of the tickets goes by their numbers alone, whoever wrote and whatever it was: with a quarter it is every fourth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.duetimes import SILENT, Due, DueKind
from mailbot.deciding.effects import Flag
from mailbot.rules import Rules, Severity

_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ended:
    """A closed ticket: whether one of us `answered` it, or an article, it goes on as another, and was asked about."""

    ticket: int
    severity: Severity
    tenant: str | None
    closed_at: datetime
    answered: bool
    flags: frozenset[Flag] = frozenset()
    merged: bool = False
    surveyed: bool = False


def falling_due(ended: Ended, rules: Rules) -> tuple[Due, ...]:
    """Return when the customer of a closed ticket is to be asked, if nothing happens to it; nothing for never."""
    if ended.surveyed or ended.merged or not ended.answered or not SILENT.isdisjoint(ended.flags):
        return ()
    if rules.survey is None or not is_chosen(ended.ticket, rules.survey.share):
        return ()
    at = opening_hours(rules, rules.tenant_by_id(ended.tenant)).next_opening(ended.closed_at + _PAUSE)
    return () if at is None else (Due(DueKind.SURVEY, 0, ended.closed_at, at, at),)


def is_chosen(ticket: int, share: float) -> bool:
    """Return whether a ticket of that number is one of such a share of them."""
    exact = Fraction(str(share))
    return floor(ticket * exact) > floor((ticket - 1) * exact)
