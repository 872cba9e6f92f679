"""Incidents as the status page shows them: what lasts, and the history by month, on the operator's clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.deciding.incidents import Incident, is_said_as_issue
from mailbot.render.public.facts import Month, Said, Trouble

MONTHS = 3
"""How many months the status page itself shows, the present one among them."""

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
# What neither HTML nor XML 1.0 (section 2.2) has a place for.
_NOT_TEXT = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class History:
    """All incidents: those that last, newest first, the last months, and all months with incidents, newest first."""

    lasting: tuple[Trouble, ...]
    months: tuple[Month, ...]
    all: tuple[Month, ...]

    @property
    def earlier(self) -> tuple[Month, ...]:
        """Return the months with incidents before the last ones."""
        return tuple(month for month in self.all if month.first < self.months[-1].first)


def history(incidents: Iterable[Incident], language: str, ours: str, zone: ZoneInfo, now: datetime) -> History:
    """Return the history as the public reads it at `now` in that language, on the clock of that zone.

    Titles are in `ours`; who reads another language is told the common issue where there is one.
    """
    troubles = sorted(
        (_trouble(one, language, ours) for one in incidents), key=lambda one: (one.since, one.number), reverse=True
    )
    began: dict[date, list[Trouble]] = {}
    for trouble in troubles:
        began.setdefault(month_of(trouble.since, zone), []).append(trouble)
    months = tuple(
        Month(first, tuple(replace(one, page=f"{page}#{one.anchor}") for one in found), page)
        for first, found in began.items()
        for page in (f"{language}/status/{first:%Y-%m}.html",)
    )
    # A clock that was ahead has left incidents in months to come.
    newest = max([month_of(now, zone), *began])
    lasting = tuple(one for month in months for one in month.troubles if one.lasted is None)
    return History(lasting, tuple(_past(months, first) for first in _back_from(newest)), months)


def month_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the first day of the month of an instant there."""
    return at.astimezone(zone).date().replace(day=1)


def neighbours(months: Sequence[Month], month: Month) -> tuple[Month | None, Month | None]:
    """Return the months with incidents before and after this one, None for none; `months` are newest first."""
    before = next((one for one in months if one.first < month.first), None)
    after = next((one for one in reversed(months) if one.first > month.first), None)
    return before, after


def _past(months: Iterable[Month], first: date) -> Month:
    """Return that month with those of its incidents that are over."""
    found = next((one for one in months if one.first == first), Month(first))
    return replace(found, troubles=tuple(one for one in found.troubles if one.lasted is not None))


def _back_from(first: date) -> Iterable[date]:
    for _ in range(MONTHS):
        yield first
        first = (first - _DAY).replace(day=1)


def _trouble(incident: Incident, language: str, ours: str) -> Trouble:
    over = incident.resolved_at
    title = plain(incident.title)
    return Trouble(
        number=incident.number,
        title="" if is_said_as_issue(title, incident.playbook, language, ours) else title,
        playbook=incident.playbook,
        since=incident.opened_at,
        lasted=None if over is None else _lasted(over - incident.opened_at),
        said=tuple(Said(one.at, one.kind, plain(one.text)) for one in reversed(incident.updates)),
        page="",
    )


def _lasted(length: timedelta) -> timedelta:
    """Return a length in whole minutes, at least one, and in whole days where minutes mean nothing any more."""
    unit = _DAY if length >= 2 * _DAY else _MINUTE
    return max(_MINUTE, (length + unit / 2) // unit * unit)


def plain(text: str) -> str:
    """Return the text without control characters and what is no character, outer spaces taken off."""
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
