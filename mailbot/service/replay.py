"""Past mail through exactly the daemon's code, on a virtual clock that follows arrival times.

It answers every new operator's question: what would mailbot have done with last month's mail?
Each message comes as if through the mailbox that the operator names, or else through the
listener: the same border vouches for its sender, and it is cut at the same size. It arrives when
it really did: its topmost Received field, else its Date, else what its mbox or Maildir says
(exporters often write the time of the export there), else with the one before it; times before
1982 or after 2099 are not believed. Before each arrival, and once after the last,
everything that falls due is done at its due time: notices, retries, expiries. Outgoing mail is
written to a folder instead of sent, answers that the rules hold as well: they are what the
operator wants to see. Nothing depends on the real clock or on chance, so two runs give the same
log and the same mails.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailbot.deciding.context import Source
from mailbot.deciding.tokens import Keyring
from mailbot.delivery.courier import Courier
from mailbot.delivery.transport import Accepted
from mailbot.desk import Desk, Provider
from mailbot.desk.processor import Processor, until_done
from mailbot.desk.tick import CLOCKS, next_due_at, tick
from mailbot.errors import MailbotError
from mailbot.intake.files import StoredMessage, messages_in
from mailbot.intake.imap.fetching import within_limit
from mailbot.reading.arriving import arrived_at
from mailbot.reading.model import Envelope
from mailbot.render import Templates
from mailbot.rules import Mailbox, Rules
from mailbot.store import outbox, spool
from mailbot.store.database import Database, open_database
from mailbot.worker import FAST, SLOW, ReadingChild

# Nothing that a replay writes is ever sent, so its tokens open nothing; a fixed key makes them repeatable.
_KEYRING = Keyring(0, {0: hashlib.sha256(b"replay").digest()})
_SETTLE = timedelta(days=7)
# When mail of which nobody knows the time arrives, if that is all there is.
_UNKNOWN_AT = datetime(2000, 1, 1, tzinfo=UTC)


class ReplayError(MailbotError):
    """The replay cannot be done as asked."""


@dataclass(frozen=True, slots=True)
class _Past:
    """Where one message lies in the scratch file, and when it arrived."""

    arrived_at: datetime
    path: str
    reverse_path: str | None
    offset: int
    size: int


class SentFolder:
    """Takes outgoing mail as files, in order, named so that people find theirs."""

    def __init__(self, folder: Path) -> None:
        """Make the folder; it must be empty, or two replays would be mixed up."""
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ReplayError(f"{folder} is not empty; name a new folder")
        self._folder = folder
        self.count = 0

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Write one mail; the reverse-path stands in a field of its own above it, as in a mailbox."""
        self.count += 1
        name = "".join(char if char.isalnum() or char in "@.-_" else "_" for char in recipient)[:80]
        path = self._folder / f"{self.count:05d}-{name}.eml"
        path.write_bytes(f"Return-Path: <{reverse_path}>\r\n".encode() + raw)
        return Accepted(250, f"written to {path.name}")

    def rest(self) -> None:
        """Nothing to close between two mails."""

    def close(self) -> None:
        """Nothing to close."""


class Replay:
    """One run over past mail, into a new log."""

    def __init__(self, rules: Rules, templates: Templates, into: Path, sent: SentFolder, mailbox: str) -> None:
        """Prepare a run of mail that came through this mailbox ("" is the listener).

        Raise ReplayError if the log exists already.
        """
        if into.exists():
            raise ReplayError(f"{into} exists already; name a new file")
        self._into = into
        self._sent = sent
        self._now = _UNKNOWN_AT
        self._mailbox = next((one for one in rules.mailbox if one.id == mailbox), None)
        plus = rules.relay.plus_addressing == "yes"
        rules = rules.model_copy(update={"answers": rules.answers.model_copy(update={"outgoing": "send"})})
        self._desk = Desk(rules, _KEYRING, templates, Provider(plus_addressing=plus))

    def run(self, sources: Iterable[Path]) -> Iterator[str]:
        """Replay everything in the sources; yield the path of each message when it is done."""
        with tempfile.TemporaryFile() as scratch, open_database(self._into) as database, ExitStack() as stack:
            past = sorted(_laid_out(messages_in(sources), scratch.write), key=lambda one: one.arrived_at)
            self._now = past[0].arrived_at if past else self._now
            slots = self._slots(database, stack)
            courier = self._courier(database)
            for one in past:
                self._let_pass(database, courier, one.arrived_at)
                scratch.seek(one.offset)
                self._arrive(database, one, scratch.read(one.size))
                deque(until_done(*slots), maxlen=0)
                self._deliver(courier)
                yield one.path
            if past:
                self._let_pass(database, courier, self._now + _SETTLE)

    def _slots(self, database: Database, stack: ExitStack) -> list[Processor]:
        return [
            Processor(
                database,
                lambda: self._desk,
                lambda: self._now,
                stack.enter_context(closing(ReadingChild(limits))),
                slow=limits is SLOW,
            )
            for limits in (FAST, SLOW)
        ]

    def _courier(self, database: Database) -> Courier:
        return Courier(database, [self._sent], self._desk.partner, now=lambda: self._now, jitter=lambda: 0.5)

    def _arrive(self, database: Database, one: _Past, raw: bytes) -> None:
        box = self._mailbox
        new = self._through_listener(one, raw) if box is None else self._through_mailbox(box, one, raw)
        database.writer.write(lambda conn: spool.accept(conn, self._desk.partner, new, self._now))

    def _through_mailbox(self, mailbox: Mailbox, one: _Past, raw: bytes) -> spool.NewArrival:
        """Return what the daemon would have fetched; of the envelope a mailbox knows what the message says."""
        fetched = within_limit(raw, self._desk.rules.limits.message_bytes)
        return spool.NewArrival(
            source=Source.IMAP,
            received_at=one.arrived_at,
            raw=fetched.octets,
            mailbox=mailbox.id,
            folder=next(iter(mailbox.folders), ""),
            oversize=fetched.oversize,
        )

    def _through_listener(self, one: _Past, raw: bytes) -> spool.NewArrival:
        listen = self._desk.rules.listen
        return spool.NewArrival(
            source=Source.LMTP if listen.lmtp and not listen.smtp else Source.SMTP,
            received_at=one.arrived_at,
            raw=raw,
            envelope=Envelope(one.reverse_path),
        )

    def _let_pass(self, database: Database, courier: Courier, until: datetime) -> None:
        """Move the clock to `until`, doing on the way what falls due, each at its time."""
        while (due_at := self._next_due_at(database)) is not None and due_at <= until:
            self._now = max(self._now, due_at)
            database.writer.write(lambda conn: tick(conn, self._desk, self._now, CLOCKS))
            self._deliver(courier)
        self._now = max(self._now, until)

    def _next_due_at(self, database: Database) -> datetime | None:
        with database.read() as conn:
            due = (
                next_due_at(conn, self._desk, self._now, CLOCKS),
                outbox.next_due_at(conn, self._desk.partner),
            )
        return min((at for at in due if at is not None), default=None)

    @staticmethod
    def _deliver(courier: Courier) -> None:
        while courier.deliver_once():
            pass


def _laid_out(messages: Iterable[StoredMessage], write: Callable[[bytes], int]) -> list[_Past]:
    """Return where each message was put; one without a time arrives with the one before it, the first with the next."""
    laid: list[_Past] = []
    timeless = 0
    offset, previous = 0, _UNKNOWN_AT
    for stored in messages:
        write(stored.raw)
        told = arrived_at(stored.raw) or stored.received_at
        if told and timeless == len(laid):
            laid = [replace(one, arrived_at=told) for one in laid]
        timeless += told is None
        previous = told or previous
        laid.append(_Past(previous, stored.path, stored.reverse_path, offset, len(stored.raw)))
        offset += len(stored.raw)
    return laid
