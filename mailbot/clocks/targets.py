"""By when something is promised.

A promise on the clock "always" runs day and night. One on the clock "business" runs only in
opening hours, so made at night it starts to run at the next opening. Business days are open
days on either clock; "best effort" is no promise.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from mailbot.clocks.hours import OpeningHours
from mailbot.rules import BusinessDay, SeverityRules


def due_at(
    promise: timedelta | BusinessDay | None,
    clock: Literal["always", "business"],
    since: datetime,
    opening: OpeningHours,
) -> datetime | None:
    """Return the aware UTC instant by which the promise made at `since` is to be kept.

    None: nothing is promised, or the business clock never runs again.
    """
    match promise:
        case None:
            return None
        case BusinessDay(days=days):
            return opening.add_days(since, days)
        case timedelta() if clock == "always":
            return since + promise
        case timedelta():
            return opening.add(since, promise)


def moved(
    due: datetime | None,
    clock: Literal["always", "business"],
    paused_at: datetime,
    resumed_at: datetime,
    opening: OpeningHours,
) -> datetime | None:
    """Return the instant by which a promise is due whose clock stood between these two; one that was past then stays.

    What was left of it then runs from `resumed_at` on. So with the two exchanged the end of a pause is brought forward.
    """
    if due is None or due <= min(paused_at, resumed_at):
        return due
    if clock == "always":
        return resumed_at + (due - paused_at)
    return opening.add(resumed_at, opening.between(paused_at, due))


def runs_from(
    opened_at: datetime, first_response_at: datetime | None, waiting_since: datetime | None
) -> datetime | None:
    """Return since when a ticket's clock of an answer runs, None where it stands: who asked was answered.

    That is its opening until one of us answers, and after that when the customer asked again, who waits since.
    """
    return opened_at if first_response_at is None else waiting_since


def promised(promise: SeverityRules, since: datetime, opening: OpeningHours) -> tuple[datetime | None, datetime | None]:
    """Return by when a severity promises, at `since`, an answer and the end; None as with `due_at`."""
    return (
        due_at(promise.response, promise.clock, since, opening),
        due_at(promise.resolution, promise.clock, since, opening),
    )
