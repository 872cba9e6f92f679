"""Whether another message may be taken now; every door asks before it takes one.

Two things run short: free octets on the disk of the log (`limits.free_disk_bytes`), and patience,
when more messages wait for their decision than `limits.waiting_messages`. What was taken is never
touched; nothing new comes in until there is room again, without anybody's help. SMTP says 452, so
that the sender tries again; IMAP leaves the message where it is and looks again later:

    room = Room(rules.limits, database, partner)
    if (shortage := room.shortage(octets)) is not None:
        …  # not now; ask again in `LOOK_AGAIN`

The log has a line when a shortage begins, changes, and ends, however often it is asked. A full
disk that was not foreseen is still told by the commit itself: StoreFull.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from enum import StrEnum

import structlog

from mailbot.rules import Limits
from mailbot.store import spool
from mailbot.store.database import Database

LOOK_AGAIN = timedelta(seconds=5)
"""How long a door that can wait does so before it asks again."""

_COUNT_SECONDS = 0.5
log = structlog.get_logger("mailbot.intake")


class Shortage(StrEnum):
    """What there is too little room for."""

    DISK = "disk"
    QUEUE = "queue"


def judged(limits: Limits, free_octets: int, octets: int, *, queue_is_long: bool) -> Shortage | None:
    """Return why a message of so many octets may not be taken, None when it may. A limit of 0 is none."""
    if limits.free_disk_bytes and free_octets - octets < limits.free_disk_bytes:
        return Shortage.DISK
    return Shortage.QUEUE if limits.waiting_messages and queue_is_long else None


class Room:
    """The room that the log of one partner has. Its methods may be called in any thread, and are quick."""

    def __init__(self, limits: Limits, database: Database, partner: str) -> None:
        """Look at the disk on which the database lies, and at that partner's waiting arrivals."""
        self.limits = limits
        """May be replaced at any time."""
        self._database = database
        self._partner = partner
        self._lock = threading.Lock()
        self._queue_is_long = False
        self._counted_at = float("-inf")
        self._last: Shortage | None = None

    def shortage(self, octets: int = 0) -> Shortage | None:
        """Return why a message of so many octets may not be taken now, None when it may.

        The disk is looked at each time, the queue twice a second.
        """
        with self._lock:
            limits = self.limits
            is_long = self._is_queue_long(limits.waiting_messages)
            found = judged(limits, self._free_octets(), octets, queue_is_long=is_long)
            if found is not self._last:
                self._tell(found)
            self._last = found
            return found

    def _free_octets(self) -> int:
        disk = os.statvfs(self._database.path.parent)
        return disk.f_bavail * disk.f_frsize

    def _is_queue_long(self, most: int) -> bool:
        now = time.monotonic()
        if most and now - self._counted_at >= _COUNT_SECONDS:
            with self._database.read() as conn:
                self._queue_is_long = spool.are_waiting(conn, self._partner, most)
            self._counted_at = now
        return self._queue_is_long

    def _tell(self, found: Shortage | None) -> None:
        if found is None:
            log.info("taking-mail-again")
        else:
            key = "limits.free_disk_bytes" if found is Shortage.DISK else "limits.waiting_messages"
            log.error("taking-no-mail", shortage=str(found), limit=key)
