"""How fast the relay is used: how many mails at a time, and how long nothing leaves after a trouble of its own.

At the start and after a trouble one mail goes alone; once the relay has taken one, as many as are
allowed go side by side. What tells against the relay as a whole, and not against a mail:

- it refuses our sign-in: everything waits, longer at once, for providers lock accounts;
- it asks for patience: everything waits, and half as many mails go at a time afterwards;
- it cannot be reached, or takes no further connection: while others are at work there are as many as it
  takes; else everything waits.

The pauses grow from failure to failure and end with the first mail that is taken. What began
before a pause tells nothing new. A number of connections that was found too large is tried again after a
minute, one more at a time.
"""

from __future__ import annotations

from datetime import timedelta

from mailbot.errors import RelayUnusable, SlowDown, TransientFailure

HOLD_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
"""How long the queue waits after the first, second, … failure in a row of the relay itself."""
_REFUSED_PAUSES_SKIPPED = 2
_WIDEN_AFTER_SECONDS = 60.0


class Pace:
    """Keeps no clock: instants are seconds of the monotonic one, given by the caller."""

    def __init__(self, connections: int, *, proven: bool = False) -> None:
        """Allow at most so many mails at a time, from the first one on if it is `proven` that they are taken."""
        self._connections = connections
        self._most = connections
        self._changed_at_s = 0.0
        self._proven = proven
        self._failures_in_a_row = 0
        self._held_since_s = 0.0
        self._held_until_s = 0.0

    def held_for(self, now_s: float) -> timedelta:
        """Return how long nothing may begin; zero when something may."""
        return timedelta(seconds=max(0.0, self._held_until_s - now_s))

    def room(self, now_s: float, under_way: int) -> int:
        """Return how many mails more may begin now."""
        if now_s < self._held_until_s:
            return 0
        return max(0, (self._most if self._proven else 1) - under_way)

    def works(self, now_s: float) -> bool:
        """Note that the relay took a mail; return whether that ends a pause's aftermath."""
        again, self._proven = not self._proven, True
        self._failures_in_a_row = 0
        if self._most < self._connections and now_s - self._changed_at_s >= _WIDEN_AFTER_SECONDS:
            self._narrow(self._most + 1, now_s)
        return again

    def trouble(self, failure: TransientFailure, began_s: float, now_s: float, others: int) -> bool:
        """Note a failure of the relay itself in handing over a mail that began then.

        Return whether it is in trouble: the queue waits, or nothing was taken since it did. `others` is how many mails
        are under way beside it.
        """
        if began_s < self._held_since_s or now_s < self._held_until_s:
            return not self._proven
        if isinstance(failure, RelayUnusable) and others and not failure.refused_us:
            self._narrow(others, now_s)
            return False
        if isinstance(failure, SlowDown):
            self._narrow(self._most // 2, now_s)
        refused = isinstance(failure, RelayUnusable) and failure.refused_us
        place = self._failures_in_a_row + (_REFUSED_PAUSES_SKIPPED if refused else 0)
        self._failures_in_a_row += 1
        self._proven = False
        self._held_since_s = now_s
        self._held_until_s = now_s + HOLD_PAUSES[min(place, len(HOLD_PAUSES) - 1)].total_seconds()
        return True

    def resume(self) -> None:
        """Begin anew at once: what was wrong may have been mended."""
        self._failures_in_a_row = 0
        self._held_until_s = 0.0

    def _narrow(self, most: int, now_s: float) -> None:
        self._most = max(1, min(most, self._connections))
        self._changed_at_s = now_s
