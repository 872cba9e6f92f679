"""The processing step: waiting messages are read, decided on, and written down.

Messages are taken in the order of their arrival and handed to the reader, which works in a
process of its own (`mailbot.worker`); what it gives back goes to the writer at once, and what has
gathered there is committed together, so that a backlog shares its commits while a lone message
waits for nobody. A batch is read, decided and answered by one desk, whatever is put in force
meanwhile.

The keys of signatures that are ours to verify are looked up for the whole batch at once, before it is read, so that
name servers which say nothing hold mail up for one limit (`desk.keylookup`).

A message that ends the reader is left to the slow slot while later mail overtakes it; what ends the
reader there is quarantined with the cause. What fails in a way that nobody foresaw is quarantined
with the failure as its cause. In both cases somebody is told, and the next message goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import structlog
from sqlalchemy import Connection

from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import NoticeKind, Reason
from mailbot.deciding.understanding import Understood
from mailbot.desk import Desk
from mailbot.desk.learned import with_learned
from mailbot.desk.process import Processed, ReadArrival, process
from mailbot.errors import StoreDamaged, StoreUnavailable
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.reading.model import Keys
from mailbot.reading.verdicts.dkimtags import MAX_SECTION, key_names
from mailbot.store import quarantine, spool
from mailbot.store.blobs import beginning_of
from mailbot.store.database import Database
from mailbot.worker import HERE, Died, Reader, ReadingChildFailed, Task

if TYPE_CHECKING:
    # It loads dnspython, which nobody needs who looks no keys up.
    from mailbot.desk.keylookup import KeyLookup

_BATCH = 50
_IDLE_SECONDS = 30.0
_PAUSE_SECONDS = 5.0
_SLOW_PAUSE_SECONDS = 1.0

_log = structlog.get_logger(__name__)

_TOLD = {
    "too-slow": "reading it takes longer than any message may; it is kept",
    "too-large": "reading it takes more memory than any message may; it is kept",
    "crashed": "reading it ended the process that reads mail; it is kept",
}

Result: TypeAlias = Processed | None
"""What became of one arrival; None when it was quarantined unread, or left to the slow slot."""


class Processor:
    """Turns the waiting arrivals of one slot into entries of the log."""

    def __init__(
        self,
        database: Database,
        desk: Callable[[], Desk],
        now: Callable[[], datetime],
        reader: Reader = HERE,
        *,
        keys: KeyLookup | None = None,
        slow: bool = False,
        part: Part | None = None,
    ) -> None:
        """`desk` gives the desk in force, asked once a batch; `now` the instant at which each message is decided on.

        `keys` looks up the keys of signatures, and without it none are verified. `slow` makes it the slow slot.
        `part` is told that it lives, and of a full disk.
        """
        self._database = database
        self._desk = desk
        self._now = now
        self._reader = reader
        self._lookup = keys
        self._slow = slow
        self._part = part or Part("processor", now)

    def step(self) -> tuple[Result, ...]:
        """Process one batch; return what became of each.

        Raise StoreError when the log itself cannot be written to: then nothing is lost, and what
        was not written is taken again.
        """
        desk = self._desk()
        with self._database.read() as conn:
            desk = with_learned(conn, desk)
            arrivals = {one.id: one for one in spool.waiting(conn, desk.partner, _BATCH, slow=self._slow)}
        keys = self._keys(desk, arrivals.values())
        damaged: list[tuple[Arrival, StoreDamaged]] = []
        under_way: list[tuple[Arrival, Future[Result]]] = []
        try:
            for number, outcome in self._reader.read(self._tasks(desk, arrivals.values(), keys, damaged), desk.rules):
                self._part.beat()
                under_way.append((arrivals[number], self._submit(desk, arrivals[number], outcome)))
        finally:
            # The same messages must not be taken again while they are still being written.
            wait([future for _, future in under_way])
        done = tuple(self._finished(desk, arrival, future) for arrival, future in under_way)
        for arrival, error in damaged:
            _log.error("message-failed", arrival=arrival.id, error=str(error))
            self._give_up(desk, arrival, "failed", str(error))
        return (*done, *(None for _ in damaged))

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Work until `stop`; `wake` says that something may have come in.

        A full disk and a locked database are waited out, and so is a machine that starts no more processes. Raise
        StoreBroken when the log cannot be trusted any more.
        """
        wake.clear()
        # Looked at after each `clear`, so that the wake that comes with `stop` is never cleared away unseen.
        while not stop.is_set():
            if self._database.writer.broken:
                raise self._database.writer.broken
            self._part.beat()
            try:
                idle = not self.step()
            except StoreUnavailable as error:
                next_step = f"{error.next_step}; the mail waits until then"
                self._part.troubled(str(error), next_step)
                _log.error("store-unavailable", error=str(error), next_step=next_step)
                stop.wait(_PAUSE_SECONDS)
                continue
            except ReadingChildFailed as error:
                next_step = "let it start processes; the mail waits until then"
                self._part.troubled(str(error), next_step)
                _log.error("reader-failed", error=str(error), next_step=next_step)
                stop.wait(_PAUSE_SECONDS)
                continue
            self._part.well()
            if idle:
                self._part.beat(_IDLE_SECONDS + BEAT_WITHIN_SECONDS)
                if self._slow:
                    # Needed once in a while: no process is kept for it, and not every commit is looked at.
                    self._reader.close()
                    stop.wait(_SLOW_PAUSE_SECONDS)
                wake.wait(_IDLE_SECONDS)
            wake.clear()
        self._part.rest()

    def _keys(self, desk: Desk, arrivals: Iterable[Arrival]) -> dict[int, Keys]:
        """Return the keys of each message whose signatures are ours to verify."""
        if self._lookup is None:
            return {}
        with self._database.read() as conn:
            names = {
                arrival.id: key_names(beginning_of(conn, arrival.id, MAX_SECTION))
                for arrival in arrivals
                if desk.verifies_dkim(arrival.mailbox) and not (arrival.history or arrival.oversize)
            }
        found = self._lookup.find(chain.from_iterable(names.values()), desk.rules.dkim.nameservers)
        return {
            arrival.id: Keys(arrival.received_at, {name: found[name] for name in names[arrival.id] if name in found})
            for arrival in arrivals
            if arrival.id in names
        }

    def _tasks(
        self,
        desk: Desk,
        arrivals: Iterable[Arrival],
        keys: Mapping[int, Keys],
        damaged: list[tuple[Arrival, StoreDamaged]],
    ) -> Iterator[Task]:
        """Yield what to read; only the octets that the reader has room for are held. Note what is damaged."""
        for arrival in arrivals:
            try:
                with self._database.read() as conn:
                    raw = spool.raw_of(conn, arrival.id)
            except StoreDamaged as error:
                damaged.append((arrival, error))
            else:
                yield Task(arrival.id, raw, arrival.envelope, desk.border(arrival.mailbox), keys.get(arrival.id))

    def _submit(self, desk: Desk, arrival: Arrival, outcome: Understood | Died) -> Future[Result]:
        writer = self._database.writer
        if isinstance(outcome, Died):
            return writer.submit(lambda conn: self._set_aside(conn, desk, arrival, outcome))
        item = ReadArrival(arrival, outcome)
        return writer.submit(lambda conn: process(conn, desk, item, self._now()))

    def _set_aside(self, conn: Connection, desk: Desk, arrival: Arrival, died: Died) -> None:
        """Leave what ended the reader to the slow slot; what did it there, to the operator."""
        if self._slow:
            _log.warning("quarantined", arrival=arrival.id, cause=died.cause)
            self._quarantine(conn, desk, arrival, died.cause, died.detail)
        else:
            _log.warning("postponed", arrival=arrival.id, cause=died.cause)
            spool.postpone(conn, arrival.id)

    def _finished(self, desk: Desk, arrival: Arrival, future: Future[Result]) -> Result:
        try:
            processed = future.result()
        except Exception as error:
            if self._database.writer.broken or isinstance(error, StoreUnavailable):
                raise
            _log.exception("message-failed", arrival=arrival.id)
            self._give_up(desk, arrival, "failed", f"{type(error).__name__}: {error}"[:500])
            return None
        if processed is not None:
            _log.info(
                "decided",
                door=arrival.source,
                arrival=processed.arrival,
                entry=processed.entry,
                ticket=processed.ticket,
                place=type(processed.decision.place).__name__,
                reasons=[reason.code for reason in processed.decision.reasons],
            )
        return processed

    def _give_up(self, desk: Desk, arrival: Arrival, cause: str, detail: str) -> None:
        self._database.writer.write(lambda conn: self._quarantine(conn, desk, arrival, cause, detail))

    def _quarantine(self, conn: Connection, desk: Desk, arrival: Arrival, cause: str, detail: str) -> None:
        text = _TOLD.get(cause, "mailbot itself failed on this message; it is kept")
        now = self._now()
        reason = Reason(f"quarantine.{cause}", text)
        entry = quarantine.quarantine(conn, arrival.id, cause, detail, now=now, reasons=(reason,))
        desk.tell(conn, NoticeKind.QUARANTINED, text=text, entry_id=entry, now=now)


def until_done(*slots: Processor) -> Iterator[Result]:
    """Process until nothing waits in any of the slots, the first ones first; yield what became of each message."""
    while done := next(filter(None, (slot.step() for slot in slots)), None):
        yield from done
