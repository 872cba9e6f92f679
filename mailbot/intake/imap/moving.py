"""Moving messages to another folder once their tickets are committed, when the operator wants that.

Nothing depends on it: a message that was moved, or not, is known by its content. A server with neither MOVE nor
UIDPLUS could only expunge what somebody else has marked as well, so there messages stay where they are. After a failure
(a full mailbox, a missing folder) the next attempt waits longer each time, and nothing is copied twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.trouble import CommandRefused
from mailbot.intake.sink import Sink

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)


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
                self._log.warning(
                    "move-impossible",
                    next_step="take `move_to` out of rules.toml",
                )
            self._wait()
            return
        movable = self._sink.to_move(self._mailbox, self._folder)
        uids = [one.uid for one in movable if one.uidvalidity == uidvalidity]
        try:
            if uids:
                connection.move(uids, self._target, self._copied)
        except CommandRefused as refusal:
            self._wait()
            self._log.warning(
                "move-failed",
                error=str(refusal),
                again_at=self._resume_at,
                next_step=f"does the folder {self._target} exist, and has the mailbox room?",
            )
            return
        # Under an older UIDVALIDITY nobody can say any more which message that was.
        self._sink.moved([one.arrival for one in movable])
        self._pause, self._resume_at = timedelta(0), None

    def _wait(self) -> None:
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._resume_at = self._now() + self._pause
