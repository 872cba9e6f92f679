"""When to offer something again after a transient failure.

Pauses between tries at a mail grow from a minute to four hours; after five days it is given up, as RFC 5321 section
4.5.4.1 advises. A page is tried again within seconds, and for half an hour only: nobody is helped by one that comes
later. Jitter only shortens a pause, by up to a fifth, so that what failed together does not come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_JITTER_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Schedule:
    """The pauses after the first, second, … try that failed, the last one for all that follow, and when it ends."""

    pauses: tuple[timedelta, ...]
    give_up_after: timedelta


MAIL = Schedule(tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240)), timedelta(days=5))
PAGE = Schedule(tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120)), timedelta(minutes=30))


def next_attempt_at(
    attempts: int, first_attempt_at: datetime, now: datetime, jitter: float, schedule: Schedule = MAIL
) -> datetime | None:
    """Return when to try again after `attempts` failed ones; None: give up.

    `jitter` lies from 0 to 1 and is drawn anew for each attempt. The last attempt is made when the schedule's time
    has passed since the first one. Without an attempt yet it is due `now`.
    """
    if attempts < 1:
        return now
    last_at = first_attempt_at + schedule.give_up_after
    if now >= last_at:
        return None
    pause = schedule.pauses[min(attempts, len(schedule.pauses)) - 1]
    return min(now + pause * (1 - _JITTER_SHARE * jitter), last_at)
