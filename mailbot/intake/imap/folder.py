"""What is taken from one folder, and in which order.

First contact starts at now: what is there stays untouched, unless `--since` asks for it as history. From then on every
message with a higher UID is taken, whatever its flags; one that the mailbox had before first contact, as its
INTERNALDATE tells, was put back by somebody and is history. When the UIDVALIDITY changes, UIDs mean nothing any more:
everything dated at or after the first contact is fetched again, and processing knows by content what it has had before.
Where a rebuild gave old mail a new INTERNALDATE, its own Received or Date tells, and it becomes history. In a junk
folder only mail from listed senders is taken. While there is no room (`intake.room`) nothing is fetched; what was not
taken is found by the next look. What our own people write from the mailbox stands in its folder of sent mail.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from structlog.typing import FilteringBoundLogger

from mailbot.deciding.context import Source
from mailbot.intake.imap.connection import Connection, FolderState, Found
from mailbot.intake.imap.fetching import BATCH_MESSAGES, Fetched, Fetcher
from mailbot.intake.sink import Sink
from mailbot.store.cursors import Cursor
from mailbot.store.spool import NewArrival

_SIZES_AT_ONCE = 500
# What could not be had at all may have been a matter of the line, not of the message.
_LEFT_AGAIN_AFTER = timedelta(hours=1)
_CLOCKS_APART = timedelta(days=1)
# The server that dates mail is one machine; a stranger's Received or Date may be off by a zone.
_SERVER_CLOCK_APART = timedelta(minutes=10)
_TRACE_OCTETS = 16_384
_RECEIVED = re.compile(rb"^Received:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(rb"^Date:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of one mailbox. `listed`, for the junk folder, says whether From fields name a tenant.

    `sent` is the folder of what is written from the mailbox; its `name` may be "" until the server has told it.
    """

    mailbox: str
    name: str
    limit_octets: int
    reconcile_every: timedelta
    since: datetime | None = None
    writable: bool = False
    listed: Callable[[bytes], bool] | None = None
    sent: bool = False


class Claim(Enum):
    """What a message in the folder is to us."""

    NEW = auto()
    HISTORY = auto()
    NOT_OURS = auto()


class FolderReader:
    """Reads a folder, over one connection after the other. `now` gives aware UTC instants.

    `waits_for_room` says that the last look ended early because nothing more could be taken.
    """

    def __init__(
        self,
        folder: Folder,
        sink: Sink,
        now: Callable[[], datetime],
        stopped: Callable[[], bool],
        log: FilteringBoundLogger,
    ) -> None:
        self._folder = folder
        self._sink = sink
        self._now = now
        self._stopped = stopped
        self._log = log
        self._fetcher = Fetcher(folder.limit_octets, log)
        self.waits_for_room = False

    def sync(self, connection: Connection) -> Cursor:
        """Take what is new; return the cursor as committed."""
        state = self._open(connection)
        self.waits_for_room = False
        cursor = self._begin(connection, state)
        uids = connection.search(cursor.last_uid + 1, state.exists)
        return self._take(connection, cursor, uids, advance=True)

    def reconcile_due(self, cursor: Cursor) -> bool:
        """Return whether the whole folder is to be compared with what was accepted."""
        every = self._folder.reconcile_every
        if self._fetcher.left:
            every = min(every, _LEFT_AGAIN_AFTER)
        # One that lies ahead was made by a wrong clock.
        return cursor.reconciled_at is None or not timedelta(0) <= self._now() - cursor.reconciled_at < every

    def reconcile(self, connection: Connection) -> Cursor:
        """Take what is ours and was missed, looking for new mail in between; return the cursor as committed."""
        cursor = self.sync(connection)
        for uids in _slices(self._missed(connection, cursor), BATCH_MESSAGES):
            self._take(connection, cursor, uids, advance=False)
            if self.waits_for_room:
                return cursor
            latest = self.sync(connection)
            if self._ends_early() or latest.uidvalidity != cursor.uidvalidity:
                return latest
            cursor = latest
        cursor = replace(cursor, reconciled_at=self._now())
        self._sink.accept([], cursor)
        # Not before: a message that ends connections would otherwise begin its chances anew each time.
        self._fetcher.forgive()
        return cursor

    def _ends_early(self) -> bool:
        return self.waits_for_room or self._stopped()

    def _open(self, connection: Connection) -> FolderState:
        return connection.examine(self._folder.name, writable=self._folder.writable)

    def _begin(self, connection: Connection, state: FolderState) -> Cursor:
        """Return the cursor to go on from, committed: after a first contact or a renumbering it is a new one."""
        cursor = self._sink.cursor(self._folder.mailbox, self._folder.name)
        if cursor is None:
            cursor = self._first_cursor(connection, state)
        elif cursor.uidvalidity != state.uidvalidity:
            self._log.warning("folder-renumbered", before=cursor.uidvalidity, now=state.uidvalidity)
            highest = _highest_uid(connection, state)
            cursor = replace(
                cursor,
                uidvalidity=state.uidvalidity,
                baseline_uid=highest,
                last_uid=highest,
                renumbered=True,
                reconciled_at=None,
            )
        elif self._folder.since and (cursor.since is None or self._folder.since < cursor.since):
            cursor = replace(cursor, since=self._folder.since, reconciled_at=None)
        else:
            return cursor
        self._sink.accept([], cursor)
        return cursor

    def _first_cursor(self, connection: Connection, state: FolderState) -> Cursor:
        now = self._now()
        since = self._folder.since
        highest = _highest_uid(connection, state)
        self._log.info("first-contact", messages=state.exists, since=since)
        return Cursor(
            mailbox=self._folder.mailbox,
            folder=self._folder.name,
            uidvalidity=state.uidvalidity,
            baseline_uid=highest,
            # INTERNALDATE has whole seconds: mail of this very second must not look older than our arrival.
            first_contact_at=now.replace(microsecond=0),
            last_uid=highest,
            since=since,
            reconciled_at=None if since else now,
            checked_at=now,
        )

    def _missed(self, connection: Connection, cursor: Cursor) -> list[int]:
        """Return the UIDs that may be ours and were never accepted, ascending."""
        # Not opened anew: what came since `sync` looked is then news, and no part of what was there.
        exists = connection.exists
        uids = connection.search(cursor.baseline_uid + 1, exists)
        floors = [cursor.first_contact_at] if cursor.renumbered else []
        floors += [cursor.since] if cursor.since else []
        if floors and cursor.baseline_uid:
            # A day earlier, since SEARCH counts days in the server's zone; the exact instant is compared later.
            older = connection.search(1, exists, since=(min(floors) - timedelta(days=1)).date())
            uids = [uid for uid in older if uid <= cursor.baseline_uid] + uids
        known = self._sink.known_uids(self._folder.mailbox, self._folder.name, cursor.uidvalidity)
        # What lies above last_uid is for the next sync.
        return [uid for uid in uids if uid not in known and uid <= cursor.last_uid]

    def _take(self, connection: Connection, cursor: Cursor, uids: Sequence[int], *, advance: bool) -> Cursor:
        """Fetch and commit these UIDs, batch by batch; with `advance` the cursor follows them."""
        for some in _slices(uids, _SIZES_AT_ONCE):
            ours = [one for one in self._fetcher.find(connection, some) if _claim(one, cursor) is not Claim.NOT_OURS]
            for batch in self._fetcher.batches(self._listed(connection, ours)):
                self.waits_for_room = not self._sink.has_room(self._fetcher.octets(batch))
                if self._ends_early():
                    return cursor
                fetched = self._fetcher.fetch(connection, batch)
                arrivals = [self._arrival(one, fetched[one.uid], cursor) for one in batch if one.uid in fetched]
                cursor = self._commit(arrivals, cursor, batch[-1].uid if advance else 0)
            if advance and cursor.last_uid < some[-1]:
                cursor = self._commit([], cursor, some[-1])
        return cursor

    def _commit(self, arrivals: Sequence[NewArrival], cursor: Cursor, reached_uid: int) -> Cursor:
        cursor = replace(cursor, last_uid=max(cursor.last_uid, reached_uid), checked_at=self._now(), error="")
        self._sink.accept(arrivals, cursor)
        return cursor

    def _listed(self, connection: Connection, found: Collection[Found]) -> Collection[Found]:
        if self._folder.listed is None:
            return found
        fields = self._fetcher.from_fields(connection, found)
        return [one for one in found if self._folder.listed(fields.get(one.uid, b""))]

    def _arrival(self, one: Found, fetched: Fetched, cursor: Cursor) -> NewArrival:
        now = self._now()
        history = _claim(one, cursor) is Claim.HISTORY
        if cursor.renumbered and one.uid <= cursor.baseline_uid:
            travelled_at = _travelled_at(fetched.octets)
            history |= travelled_at is not None and travelled_at < cursor.first_contact_at - _CLOCKS_APART
        return NewArrival(
            source=Source.IMAP,
            # A server whose clock is ahead must not make mail of the future.
            received_at=min(one.internal_date or now, now),
            raw=fetched.octets,
            mailbox=self._folder.mailbox,
            folder=self._folder.name,
            uidvalidity=cursor.uidvalidity,
            uid=one.uid,
            junk=self._folder.listed is not None,
            sent=self._folder.sent,
            history=history,
            oversize=fetched.oversize,
        )


def _highest_uid(connection: Connection, state: FolderState) -> int:
    """Return the UID of the last message that the folder held when it was opened, 0 if it held none."""
    # One that came since then stands behind these, and is new.
    there = connection.search(1, state.exists)[: state.exists]
    return there[-1] if there else 0


def _claim(one: Found, cursor: Cursor) -> Claim:
    dated_at = one.internal_date
    if one.uid > cursor.baseline_uid:
        # MOVE and COPY keep INTERNALDATE (RFC 9051 section 6.4.7), delivery sets it.
        put_back = dated_at is not None and dated_at < cursor.first_contact_at - _SERVER_CLOCK_APART
        return Claim.HISTORY if put_back else Claim.NEW
    if cursor.renumbered and (dated_at is None or dated_at >= cursor.first_contact_at):
        return Claim.NEW
    if cursor.since and dated_at is not None and dated_at >= cursor.since:
        return Claim.HISTORY
    return Claim.NOT_OURS


def _travelled_at(raw: bytes) -> datetime | None:
    """Return when the last server, or else the sender, says that it handled the message."""
    header = raw[:_TRACE_OCTETS].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if found := _RECEIVED.search(header):
        stamp = found[0].rpartition(b";")[2]
    elif found := _DATE.search(header):
        stamp = found[0].partition(b":")[2]
    else:
        return None
    try:
        instant = email.utils.parsedate_to_datetime(stamp.decode("ascii", "replace"))
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _slices(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]
