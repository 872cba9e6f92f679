"""The one thread that writes: it commits whatever waits together, then lets all of them go on.

A work that comes alone is committed alone, at once. Works that come while one is being written
or committed share the next commit. Only where a crowd has come is the next one waited for, for a
moment: more are on their way then, and a commit costs more than all their writing. A work is all or
nothing: one that raises is undone by itself and gets its own exception back, the others stay.

When the commit itself fails, nobody gets an answer other than that failure. A full disk
passes (StoreFull). After any other I/O error the file and the system's cache of it may
differ, so that the writer stops for good (StoreBroken); so it does when somebody else has
opened the same store after us (the fence).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailbot.errors import StoreBroken, StoreError, StoreFull, StoreLocked
from mailbot.store import fence

T = TypeVar("T")

_BATCH_WORKS = 500
_BATCH_SECONDS = 0.05
_CROWD_WORKS = 5
_NEXT_OF_CROWD_SECONDS = 0.003
_STUCK_SECONDS = 60.0
# Checkpoints wait for a quiet moment; SQLite's own, during a commit, is the backstop.
_QUIET_COMMITS = 50
_DAMAGE = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FATAL = _DAMAGE | {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL}

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]
    value: Any = None
    error: BaseException | None = None


def _nobody_asks(_seconds: float) -> None:
    pass


class Writer:
    """Runs works on the writing connection; made by `open_database`, which hands the connection over."""

    def __init__(self, connection: Connection, epoch: int) -> None:
        self._connection = connection
        self._driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        self._epoch = epoch
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._listeners: list[Callable[[], None]] = []
        self._gate = threading.Lock()
        self._closed = False
        self._broken: StoreBroken | None = None
        self.distrusted = ""
        """Why what is on the disk may differ from what was written; "" while nothing speaks for that."""
        self._commits_since_checkpoint = 0
        self.commits = 0
        self.took: Callable[[float], object] = _nobody_asks
        """Told, in the writer's thread, how many seconds each commit took, from the first of its works on."""
        self.busy_since_s: float | None = None
        """When the batch that is being written was begun, by time.monotonic(); None between batches."""
        self.submissions = 0
        self._thread = threading.Thread(target=self._run, name="mailbot-writer", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> StoreBroken | None:
        """Why the writer refuses all work, None while it works."""
        return self._broken

    @property
    def lives(self) -> bool:
        """Whether its thread runs, and has not been at one batch for longer than a minute."""
        since = self.busy_since_s
        return self._thread.is_alive() and (since is None or time.monotonic() - since < _STUCK_SECONDS)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Return the future of `work`'s result; it is done only once the result is committed.

        The future fails with the work's own exception, with StoreUnavailable, or with StoreBroken.
        """
        future: Future[T] = Future()
        with self._gate:
            refusal = self._broken or (StoreBroken("the store is closed") if self._closed else None)
            if refusal is None:
                self.submissions += 1
                self._queue.put(_Job(work, future))
        if refusal is not None:
            future.set_exception(refusal)
        return future

    def write(self, work: Callable[[Connection], T]) -> T:
        """Return `work`'s result once it is committed; not to be called from a work or a listener."""
        if threading.current_thread() is self._thread:
            msg = "a work must not wait for another work"
            raise RuntimeError(msg)
        return self.submit(work).result()

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Call `callback` in the writer's thread after each commit, and once when the writer breaks."""
        self._listeners.append(callback)

    def close(self) -> None:
        """Write what waits, then end the thread and close the connection."""
        with self._gate:
            already, self._closed = self._closed, True
            if not already:
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if self._broken is None:
                self.busy_since_s = time.monotonic()
                last = self._serve(job)
                seconds = time.monotonic() - self.busy_since_s
                self.busy_since_s = None
                self.took(seconds)
                if last:
                    break
            else:
                _fail([job], self._broken)
        try:
            self._connection.close()
        except (DBAPIError, sqlite3.Error) as error:
            self.distrusted = self.distrusted or words_of(error)
            _log.exception("store-not-closed")

    def _serve(self, first: _Job) -> bool:
        """Commit one batch that starts with `first`, answer it, tell the listeners; True when the queue has ended."""
        batch: list[_Job] = []
        ended = False
        try:
            ended = self._fill(first, batch)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the waiters get it
            failure = self._judge(error)
            self._undo()
            _fail(batch, failure)
        else:
            for job in batch:
                if job.error is None:
                    job.future.set_result(job.value)
                else:
                    job.future.set_exception(job.error)
        self._tell()
        self._checkpoint_when_quiet()
        return ended

    def _fill(self, first: _Job, batch: list[_Job]) -> bool:
        """Run `first` and all that waits in one transaction and commit it; True when the queue has ended."""
        until = time.monotonic() + _BATCH_SECONDS
        job: _Job | None = first
        kept = 0
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                batch.append(job)
                kept += self._attempt(job, alone=kept == 0)
            if len(batch) >= _BATCH_WORKS or time.monotonic() > until:
                break
            try:
                crowd = len(batch) >= _CROWD_WORKS
                job = self._queue.get(timeout=_NEXT_OF_CROWD_SECONDS) if crowd else self._queue.get_nowait()
            except Empty:
                break
        if kept:
            self._connection.commit()
            self.commits += 1
            self._commits_since_checkpoint += 1
        return job is None

    def _attempt(self, job: _Job, *, alone: bool) -> bool:
        """Run one work inside the batch's transaction; False when it raised and was undone."""
        if alone:
            self._connection.begin()
            fence.check(self._driver, self._epoch)
        else:
            self._driver.execute("SAVEPOINT work")
        try:
            job.value = job.work(self._connection)
        except BaseException as error:
            # A full disk is no fault of this work: SQLite may have undone the others of the batch, too.
            if _is_fatal(error) or _code(error) == sqlite3.SQLITE_FULL or not self._driver.in_transaction:
                raise
            job.error = error
            if alone:
                self._connection.rollback()
            else:
                self._driver.execute("ROLLBACK TO work")
                self._driver.execute("RELEASE work")
            return False
        if not self._driver.in_transaction:
            msg = "a work ended the transaction that it shares with others"
            raise StoreError(msg)
        if not alone:
            self._driver.execute("RELEASE work")
        return True

    def _judge(self, error: BaseException) -> BaseException:
        """What the waiters of a lost batch get; the writer is broken from now on where it must be."""
        if isinstance(error, StoreBroken):
            self._broken = error
        elif _is_fatal(error):
            self._broken = StoreBroken(f"the database failed and is not used any more: {words_of(error)}")
            self._broken.__cause__ = error
            self.distrusted = words_of(error) if speaks_of_damage(error) else ""
        elif _code(error) == sqlite3.SQLITE_FULL:
            full = StoreFull("the disk is full; nothing was written")
            full.__cause__ = error
            return full
        elif _code(error) == sqlite3.SQLITE_BUSY:
            locked = StoreLocked("another program keeps the database locked; nothing was written")
            locked.__cause__ = error
            return locked
        if self._broken is not None:
            _log.critical("store-broken", error=str(self._broken))
            return self._broken
        return error

    def _undo(self) -> None:
        try:
            self._connection.rollback()
            if self._driver.in_transaction:
                self._driver.rollback()
        except (DBAPIError, sqlite3.Error) as error:
            self._broken = self._broken or StoreBroken(f"the database did not undo a failed write: {words_of(error)}")
            self.distrusted = self.distrusted or words_of(error)

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            try:
                callback()
            except Exception:  # noqa: BLE001 - no listener may end the writer
                _log.exception("subscriber-failed")

    def _checkpoint_when_quiet(self) -> None:
        if self._commits_since_checkpoint < _QUIET_COMMITS or not self._queue.empty() or self._broken:
            return
        self._commits_since_checkpoint = 0
        try:
            self._driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            self._judge(error)
            self._tell()


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code, None for other errors."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_fatal(error: BaseException) -> bool:
    return _code(error) in _FATAL


def is_of_the_store(error: BaseException) -> bool:
    """Whether an error of the database is none of the statement that met it: the disk, a lock, the file as a whole."""
    return _code(error) not in {None, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}


def speaks_of_damage(error: BaseException, *, by_the_disk: bool = True) -> bool:
    """Whether after this error the file may not hold what was written to it; without `by_the_disk`: it does not."""
    return _code(error) in (_DAMAGE if by_the_disk else _DAMAGE - {sqlite3.SQLITE_IOERR})


def words_of(error: BaseException) -> str:
    """What SQLite said, with the name of its code."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return f"{origin} ({getattr(origin, 'sqlite_errorname', type(origin).__name__)})"


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        if not job.future.done() and not job.future.cancelled():
            job.future.set_exception(error)
