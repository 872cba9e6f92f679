"""How a burst of events becomes few mails: the first at once, then ever larger groups.

After each mail a pause starts. What comes within the pause waits for its end and makes the
next pause twice as long, up to `LONGEST_PAUSE`; so does what comes soon after its end. A quiet
time of twice the pause sets it back to the shortest. With a shortest pause of one minute a
burst of four hours makes 13 mails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Burst:
    """When the last mail was sent (None: never) and how long the pause after it is."""

    last_at: datetime | None = None
    pause: timedelta = timedelta(0)

    def due_at(self, now: datetime) -> datetime:
        """Return the instant from which the next mail may be sent; `now` when nothing holds it.

        A last mail that lies in the future (the clock was set back) holds nothing.
        """
        if self.last_at is None or self.last_at > now:
            return now
        return max(now, self.last_at + self.pause)

    def to_text(self) -> str:
        """Return the burst as one word for keeping."""
        return f"{self.last_at.isoformat()}|{int(self.pause.total_seconds())}" if self.last_at else ""

    @classmethod
    def from_text(cls, text: str) -> Burst:
        """Return the burst that `to_text` wrote, a fresh one for "" or for what it did not write."""
        instant, _, seconds = text.partition("|")
        try:
            return cls(datetime.fromisoformat(instant), timedelta(seconds=int(seconds)))
        except ValueError:
            return cls()


def told(burst: Burst, now: datetime, shortest: timedelta) -> Burst:
    """Return the burst after a mail was sent at `now`: a longer pause unless it was quiet for twice the last one."""
    if burst.last_at is None or now - burst.last_at > max(2 * burst.pause, shortest):
        return Burst(now, shortest)
    return Burst(now, min(max(2 * burst.pause, shortest), LONGEST_PAUSE))
