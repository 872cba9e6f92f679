"""The processing step: waiting messages in batches, each its own part of a shared commit.

Messages are taken in the order of their arrival, read outside the writer, and handed to it
together, so that a backlog shares its commits while a lone message waits for nobody. A batch is
read, decided and answered by one desk, whatever is put in force meanwhile. What fails in a way
that nobody foresaw is quarantined with the failure as its cause, somebody is told, and the next
message goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import NoticeKind, Reason
from mailbot.desk import Desk
from mailbot.desk.process import Processed, ReadArrival, process, read_arrival
from mailbot.errors import StoreDamaged, StoreFull
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.store import spool
from mailbot.store.database import Database

_BATCH = 50
_IDLE_SECONDS = 30.0
_FULL_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Processor:
    """Turns waiting arrivals into entries of the log."""

    def __init__(
        self,
        database: Database,
        desk: Callable[[], Desk],
        now: Callable[[], datetime],
        *,
        part: Part | None = None,
    ) -> None:
        """`desk` gives the desk in force, asked once a batch; `now` the instant at which each message is decided on.

        `part` is told that it lives, and of a full disk.
        """
        self._database = database
        self._desk = desk
        self._now = now
        self._part = part or Part("processor", now)

    def step(self) -> tuple[Processed | None, ...]:
        """Process one batch; return what became of each (None: it failed and was quarantined).

        Raise StoreError when the log itself cannot be written to.
        """
        desk = self._desk()
        with self._database.read() as conn:
            arrivals = spool.waiting(conn, desk.partner, _BATCH)
            # Only one message's octets are held at a time.
            items = [(arrival, self._read(conn, desk, arrival)) for arrival in arrivals]
        submitted = [(arrival, self._submit(desk, item)) for arrival, item in items]
        return tuple(self._finished(arrival, future.result) for arrival, future in submitted)

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Work until `stop`; `wake` says that something may have come in.

        A full disk is waited out. Raise StoreBroken when the log cannot be trusted any more.
        """
        wake.clear()
        # Looked at after each `clear`, so that the wake that comes with `stop` is never cleared away unseen.
        while not stop.is_set():
            if self._database.writer.broken:
                raise self._database.writer.broken
            self._part.beat()
            try:
                idle = not self.step()
            except StoreFull as error:
                self._part.troubled(str(error), "free some space; the mail waits until then")
                _log.error("disk-full", error=str(error), next_step="free some space; the mail waits until then")
                stop.wait(_FULL_SECONDS)
                continue
            self._part.well()
            if idle:
                self._part.beat(_IDLE_SECONDS + BEAT_WITHIN_SECONDS)
                wake.wait(_IDLE_SECONDS)
            wake.clear()
        self._part.rest()

    def _read(self, conn: Connection, desk: Desk, arrival: Arrival) -> ReadArrival | Exception:
        try:
            raw = spool.raw_of(conn, arrival.id)
        except StoreDamaged as error:
            return error
        try:
            return read_arrival(arrival, raw, desk)
        except Exception as error:  # noqa: BLE001 - whatever it was, the message is kept and the next goes on
            return error

    def _submit(self, desk: Desk, item: ReadArrival | Exception) -> Future[Processed]:
        if isinstance(item, Exception):
            failed: Future[Processed] = Future()
            failed.set_exception(item)
            return failed
        return self._database.writer.submit(lambda conn: process(conn, desk, item, self._now()))

    def _finished(self, arrival: Arrival, result: Callable[[], Processed]) -> Processed | None:
        try:
            processed = result()
        except Exception as error:
            if self._database.writer.broken or isinstance(error, StoreFull):
                raise
            _log.exception("message-failed", arrival=arrival.id)
            self._database.writer.write(partial(self._give_up, arrival=arrival, error=error))
            return None
        _log.info(
            "decided",
            arrival=processed.arrival,
            entry=processed.entry,
            ticket=processed.ticket,
            place=type(processed.decision.place).__name__,
            reasons=[reason.code for reason in processed.decision.reasons],
        )
        return processed

    def _give_up(self, conn: Connection, *, arrival: Arrival, error: Exception) -> None:
        detail = f"{type(error).__name__}: {error}"[:500]
        text = "mailbot itself failed on this message; it is kept"
        now = self._now()
        entry = spool.quarantine(
            conn, arrival.id, "failed", detail, now=now, reasons=(Reason("quarantine.failed", text),)
        )
        self._desk().tell(conn, NoticeKind.QUARANTINED, text=text, entry_id=entry, now=now)
