"""An incident that lasts and of which nobody of us says anything: when our own people are reminded of it.

Its tickets are silent meanwhile: nobody is called about them, and their customers are neither reminded nor closed. So
who opened it and forgot it would have switched the desk off for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mailbot.clocks.hours import OpeningHours
from mailbot.deciding.incidents.incident import Incident

FORGOTTEN_AFTER = timedelta(days=1)
"""After so long without a word of ours to all it may have been forgotten."""


def remind_at(spoken_of_at: datetime, reminded_at: datetime | None, now: datetime, opening: OpeningHours) -> datetime:
    """Return when our own people are to be reminded next: a day after the last word of ours, or the last reminder.

    It is mail that can wait: it comes in opening hours, so that a weekend brings one, and not one a day. A desk that
    never opens gets it by the calendar. A reminder by a clock that was ahead of `now` holds nothing up.
    """
    last = max(spoken_of_at, reminded_at) if reminded_at and reminded_at <= now else spoken_of_at
    at = last + FORGOTTEN_AFTER
    return opening.next_opening(at) or at


def silent_for(incident: Incident, now: datetime) -> timedelta | None:
    """Return for how long nobody of us has said anything of an incident that lasts, None for less than a day."""
    silent = now - incident.spoken_of_at
    return silent if incident.resolved_at is None and silent >= FORGOTTEN_AFTER else None
