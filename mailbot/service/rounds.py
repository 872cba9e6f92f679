"""What the desk does by the clock: tell our people, note that the doors are open, look for damage, forget what is old.

Both rounds wait a full disk out, and both say on the board that they live.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.desk import Desk
from mailbot.desk.damage import look_through
from mailbot.desk.mails.duty import heed_hours
from mailbot.desk.retaining import forget_old
from mailbot.desk.tick import WEEKLY, is_due, look_ahead, next_due_at, tick
from mailbot.errors import StoreUnavailable
from mailbot.health import BEAT_WITHIN_SECONDS, Board
from mailbot.rules import Rules
from mailbot.service.folder import OpenFolder
from mailbot.store import conditions, cursors, mending, soundness

_log = structlog.get_logger(__name__)

_CLOCK_SECONDS = 1.0
_CLOCK_PAUSE_SECONDS = 0.2
_FULL_SECONDS = 5.0
_FAILED_SECONDS = 60.0
_HEARTBEAT = timedelta(minutes=1)
_CLOCK_SLIP = timedelta(seconds=30)
_RETENTION_SECONDS = 3_600.0
_RETENTION_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of one desk; `doors` gives the names of those of our own that are open."""

    here: OpenFolder
    board: Board
    doors: Callable[[], Collection[str]]
    now: Callable[[], datetime]

    def clock(self, stop: threading.Event, wake: threading.Event) -> None:
        """Do what falls due, until `stop`."""
        beat_due_at = before = self.now()
        self._heed_clock()
        heeded: Rules | None = None
        part = self.board.part("clock")
        wake.clear()
        # Looked at after each `clear`, so that the wake that comes with `stop` is never cleared away unseen.
        while not stop.is_set():
            now = self.now()
            part.beat(_HEARTBEAT.total_seconds() + BEAT_WITHIN_SECONDS)
            if now < before - _CLOCK_SLIP:
                beat_due_at = now
                self._heed_clock()
            before = now
            desk = self.here.desk
            if desk.rules is not heeded and self._heed_hours(desk):
                heeded = desk.rules
            if self.doors() and now >= beat_due_at:
                with suppress(StoreUnavailable):
                    self.here.database.writer.write(self._note_watch)
                beat_due_at = now + _HEARTBEAT
            with self.here.database.read() as conn:
                due_at = next_due_at(conn, self.here.desk, now)
            if due_at is not None and due_at <= now:
                self._tick(stop)
            else:
                # Each of a thousand commits would wake it, to find that the mail about them is not due yet.
                stop.wait(_CLOCK_PAUSE_SECONDS)
                wake.wait(_CLOCK_SECONDS if due_at else _HEARTBEAT.total_seconds())
            wake.clear()
        part.rest()

    def retain(self, stop: threading.Event, _wake: threading.Event) -> None:
        """Forget what is kept no longer, once an hour, in pieces between which mail goes on, until `stop`."""
        part = self.board.part("retention")

        def pause() -> bool:
            part.beat()
            return stop.wait(_RETENTION_PAUSE_SECONDS)

        while not stop.is_set():
            part.beat()
            with suppress(StoreUnavailable):
                self._look_through()
                forgotten = forget_old(self.here.database, self.here.desk.rules, self.now(), pause)
                if any(forgotten.values()):
                    _log.info("forgotten", **{str(kind): number for kind, number in forgotten.items()})
            part.beat(_RETENTION_SECONDS + BEAT_WITHIN_SECONDS)
            stop.wait(_RETENTION_SECONDS)
        part.rest()

    def _look_through(self) -> None:
        """Look for damaged rows; to find none holds no mail up."""
        database, desk = self.here.database, self.here.desk
        with database.read() as conn:
            known = conditions.of(conn, desk.partner, conditions.DAMAGE)
            look = known is not None or soundness.are_damaged(conn, desk.partner)
        if look:
            database.writer.write(lambda conn: look_through(conn, desk, self.now()))

    def _heed_clock(self) -> None:
        """Set right what was put off by a clock that was ahead; called at the start and when it is set back."""
        with suppress(StoreUnavailable):
            self.here.database.writer.write(
                lambda conn: mending.forget_wrong_clock(conn, self.here.desk.partner, self.now())
            )

    def _heed_hours(self, desk: Desk) -> bool:
        """Have what waits for agents follow hours that were changed; return whether that is done."""
        try:
            self.here.database.writer.write(lambda conn: heed_hours(conn, desk, self.now()))
        except StoreUnavailable:
            return False
        return True

    def _tick(self, stop: threading.Event) -> None:
        try:
            done = self.here.database.writer.write(lambda conn: tick(conn, self.here.desk, self.now(), WEEKLY))
            # What the week was like, with all that was just done, is found out while mail goes on.
            with self.here.database.read() as conn:
                is_week_due = is_due(conn, self.here.desk, self.now(), WEEKLY)
                ahead = look_ahead(conn, self.here.desk, self.now()) if is_week_due else None
            if is_week_due:
                done &= self.here.database.writer.write(
                    lambda conn: tick(conn, self.here.desk, self.now(), only=WEEKLY, ahead=ahead)
                )
        except StoreUnavailable:
            stop.wait(_FULL_SECONDS)
        else:
            # What cannot be done stays due.
            stop.wait(0 if done else _FAILED_SECONDS)

    def _note_watch(self, conn: Connection) -> None:
        """Note that our doors are open now, for `mailbot why`; a pause of two heartbeats is a gap."""
        for door in self.doors():
            cursors.watched(conn, self.here.desk.partner, door, self.now(), tolerance=2 * _HEARTBEAT)
