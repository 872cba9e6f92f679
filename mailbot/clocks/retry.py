"""When to offer a mail to the relay again after a transient failure.

Pauses grow from a minute to four hours; after five days the mail is given up, as RFC 5321
section 4.5.4.1 advises. Jitter only shortens a pause, by up to a fifth, so that many mails
that failed together do not come back together.
"""

from __future__ import annotations

from datetime import datetime, timedelta

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
GIVE_UP_AFTER = timedelta(days=5)
_JITTER_SHARE = 0.2


def next_attempt_at(attempts: int, first_attempt_at: datetime, now: datetime, jitter: float) -> datetime | None:
    """Return when to try again after `attempts` failed ones; None: give up.

    `jitter` lies from 0 to 1 and is drawn anew for each attempt. The last attempt is made
    when five days have passed since the first one. Without an attempt yet it is due `now`.
    """
    if attempts < 1:
        return now
    last_at = first_attempt_at + GIVE_UP_AFTER
    if now >= last_at:
        return None
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    return min(now + pause * (1 - _JITTER_SHARE * jitter), last_at)
