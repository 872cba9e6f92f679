"""Stable names for stretches of time, so that something is done once in each.

A name is made of instants alone: it stays the same over restarts, clock changes and a wall
clock that is set back.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.clocks.hours import OpeningHours


def closed_period_key(opening: OpeningHours, at: datetime) -> str:
    """Return the name of the closed period that `at` lies in, "" while open.

    It is the instant of the last closing, such as "2026-11-20T22:30:00+00:00", or "always"
    for hours that have not been open before.
    """
    period = opening.closed_period(at)
    if period is None:
        return ""
    return "always" if period.start_at is None else period.start_at.isoformat()
