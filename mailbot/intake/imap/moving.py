"""Moving messages to another folder once their tickets are committed, when the operator wants that.

Nothing depends on it: a message that was moved, or not, is known by its content. A server with neither MOVE nor
UIDPLUS could only expunge what somebody else has marked as well, so there messages stay where they are. After a failure
(a full mailbox, a missing folder) the next attempt waits longer each time, and what is known to be copied is not copied
again. When the connection ends in the middle nobody knows: after the third time messages that have to be copied stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.trouble import CommandRefused, ConnectionLost, SessionRefused
from mailbot.intake.sink import Movable, Sink

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBTS = 3


class Mover:
    """Moves what is done with out of one folder, which must be open for writing."""

    def __init__(
        self, mailbox: str, folder: str, target: str, sink: Sink, now: Callable[[], datetime], log: FilteringBoundLogger
    ) -> None:
        self._mailbox = mailbox
        self._folder = folder
        self._target = target
        self._sink = sink
        self._now = now
        self._log = log
        self._copied: set[int] = set()
        self._copied_under = 0
        self._doubts = 0
        self._pause = timedelta(0)
        self._resume_at: datetime | None = None
        self._told_impossible = False

    def due(self) -> bool:
        """Return whether something is to be moved now."""
        waits = self._resume_at is not None and self._now() < self._resume_at
        return bool(self._target) and not waits and bool(self._sink.to_move(self._mailbox, self._folder))

    def move(self, connection: Connection, uidvalidity: int) -> None:
        """Move what is done with; the folder is open under this UIDVALIDITY. Raise ConnectionLost only."""
        if not self.due():
            return
        if not connection.can_move():
            if not self._told_impossible:
                self._told_impossible = True
                self._log.warning("move-impossible", next_step="take `move_to` out of rules.toml")
            self._wait()
            return
        if uidvalidity != self._copied_under:
            # These numbers are other messages' now, which nobody has copied.
            self._copied.clear()
            self._copied_under = uidvalidity
        movable = self._sink.to_move(self._mailbox, self._folder)
        uids = [one.uid for one in movable if one.uidvalidity == uidvalidity]
        try:
            if uids:
                connection.move(uids, self._target, self._copied)
        except (CommandRefused, SessionRefused) as refusal:
            self._wait()
            self._log.warning(
                "move-failed",
                error=str(refusal),
                again_at=self._resume_at,
                next_step=f"does the folder {self._target} exist, and has the mailbox room?",
            )
            return
        except ConnectionLost:
            self._wait()
            self._doubt(connection, movable)
            raise
        self._doubts = 0
        # Under an older UIDVALIDITY nobody can say any more which message that was.
        self._sink.moved([one.arrival for one in movable])
        self._pause, self._resume_at = timedelta(0), None

    def _doubt(self, connection: Connection, movable: Sequence[Movable]) -> None:
        """Leave messages where they are before a server that never says that it has copied makes ever more copies."""
        self._doubts += 1
        if self._doubts < _MOST_DOUBTS or connection.can_move_at_once():
            return
        self._doubts = 0
        self._sink.moved([one.arrival for one in movable])
        self._log.error(
            "move-given-up", messages=len(movable), next_step=f"move it by hand, and look for copies in {self._target}"
        )

    def _wait(self) -> None:
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._resume_at = self._now() + self._pause
