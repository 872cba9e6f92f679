"""Where accepted mail goes: the committed spool.

Every door hands its mail to a sink, and only when the sink returns is the mail ours: then an SMTP session may say 250,
and an IMAP cursor has moved, because it moves in the transaction that holds the mail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.intake.room import Room
from mailbot.store import cursors, restoring, spool
from mailbot.store.cursors import Cursor
from mailbot.store.database import Database
from mailbot.store.spool import NewArrival

_PACKED_HERE_FROM = 16_384


@dataclass(frozen=True, slots=True)
class Movable:
    """An arrival that is done with and may leave its folder."""

    arrival: int
    uidvalidity: int
    uid: int


class Sink:
    """The sink of one partner's mail on a store. Its methods may be called in any thread; they wait for the disk."""

    def __init__(self, database: Database, partner: str, now: Callable[[], datetime], room: Room) -> None:
        """Keep the store and the judge of its room; `now` gives aware UTC instants."""
        self._database = database
        self._room = room
        self._partner = partner
        self._now = now

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        """Return how far that folder was read, None before the first contact."""
        with self._database.read() as conn:
            return cursors.cursor(conn, self._partner, mailbox, folder)

    def has_room(self, octets: int) -> bool:
        """Return whether mail of so many octets may be taken now; if not, it stays where it is until it may."""
        return self._room.shortage(octets) is None

    def accept(self, batch: Sequence[NewArrival], cursor: Cursor) -> list[int | None]:
        """Commit the mail and the cursor together; None stands for a UID that was known.

        Nothing is committed when this raises.
        """
        # Packing takes longer than writing, and the one writer serves everybody.
        packed = [_packed(new) for new in batch]
        now = self._now()

        def work(conn: Connection) -> list[int | None]:
            numbers = [spool.accept(conn, self._partner, new, now) for new in packed]
            cursors.put_cursor(conn, self._partner, cursor)
            restoring.note_seen(conn, self._partner, cursor, now)
            return numbers

        return self._database.writer.write(work)

    def known_uids(self, mailbox: str, folder: str, uidvalidity: int) -> set[int]:
        """Return the UIDs that were accepted under that UIDVALIDITY."""
        with self._database.read() as conn:
            return cursors.known_uids(conn, self._partner, mailbox, folder, uidvalidity)

    def to_move(self, mailbox: str, folder: str) -> list[Movable]:
        """Return what is committed for good, but not moved yet."""
        with self._database.read() as conn:
            arrivals = spool.to_move(conn, self._partner, mailbox, folder)
        return [
            Movable(one.id, one.uidvalidity, one.uid)
            for one in arrivals
            if one.uidvalidity is not None and one.uid is not None
        ]

    def moved(self, arrivals: Sequence[int]) -> None:
        """Record that these have left their folder."""
        self._database.writer.write(lambda conn: spool.mark_moved(conn, arrivals, self._now()))

    def watched(self, mailbox: str, folder: str, at: datetime, tolerance: timedelta) -> None:
        """Record that the folder was seen to be watched at this instant; longer pauses than `tolerance` are gaps."""
        name = f"{mailbox}/{folder}"
        self._database.writer.write(lambda conn: cursors.watched(conn, self._partner, name, at, tolerance=tolerance))

    def failed(self, mailbox: str, folder: str, error: str) -> None:
        """Record why the folder cannot be read at present, "" once it can; nothing before the first contact."""

        def work(conn: Connection) -> None:
            if known := cursors.cursor(conn, self._partner, mailbox, folder):
                cursors.put_cursor(conn, self._partner, replace(known, error=error))

        self._database.writer.write(work)


def _packed(new: NewArrival) -> NewArrival:
    small = len(new.raw) < _PACKED_HERE_FROM
    return new if small or new.packed else replace(new, packed=spool.pack(new.raw))
