"""What the tests of IMAP share: a real store to accept into, mail to send, and watchers that run for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import structlog
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import text
from structlog.testing import LogCapture
from structlog.typing import FilteringBoundLogger

from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.folder import Folder, FolderReader
from mailbot.intake.imap.watcher import Surroundings, watchers
from mailbot.intake.room import Room
from mailbot.intake.sink import Sink
from mailbot.rules import Limits, Mailbox, Partner, Rules, Tenant
from mailbot.store import spool
from mailbot.store.database import Database, open_database
from tests.servers.dovecot import Dovecot
from tests.servers.scripted_imap import ScriptedImap

PARTNER = "brightline"
RULES = Rules(
    partner=Partner(id=PARTNER, brand="Brightline Voice", address="support@example.com"),
    tenant=(Tenant(id="oakfield", name="Oakfield Dental", domains=("oakfield.example",)),),
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def mail(
    number: int, *, sender: str = "ann@oakfield.example", body: str = "The desk phone is silent.", fields: str = ""
) -> bytes:
    """A small message with its own Message-ID and subject."""
    lines = [
        *([fields] if fields else []),
        f"From: Ann Reed <{sender}>",
        "To: support@example.com",
        f"Subject: No dial tone {number}",
        f"Message-ID: <call-{number}@{sender.partition('@')[2]}>",
        f"Date: {utc_now():%a, %d %b %Y %H:%M:%S +0000}",
        "",
        f"{body} ({number})",
        "",
    ]
    return "\r\n".join(lines).encode()


@dataclass(frozen=True)
class Row:
    id: int
    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    received_at: datetime
    junk: bool
    history: bool
    oversize: int
    raw: bytes

    @property
    def number(self) -> int:
        """The number that `mail` put into the subject."""
        subject = next(line for line in self.raw.split(b"\r\n") if line.startswith(b"Subject:"))
        return int(subject.split()[-1])


class Spool(Sink):
    """A real store in a folder, and what was accepted into it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now, limits: Limits | None = None) -> None:
        super().__init__(database, PARTNER, now, Room(limits or Limits(), database, PARTNER))
        self.database = database

    def rows(self) -> list[Row]:
        with self.database.read() as conn:
            arrivals = spool.waiting(conn, PARTNER, 100_000)
            return [
                Row(
                    one.id,
                    one.mailbox,
                    one.folder,
                    one.uidvalidity or 0,
                    one.uid or 0,
                    one.received_at,
                    one.junk,
                    one.history,
                    one.oversize,
                    spool.raw_of(conn, one.id),
                )
                for one in arrivals
            ]

    def numbers(self) -> list[int]:
        """The numbers of the mails accepted, in order of acceptance."""
        return [row.number for row in self.rows()]

    def count(self) -> int:
        with self.database.read() as conn:
            return int(conn.execute(text("SELECT count(*) FROM arrival")).scalar_one())

    def finish(self) -> None:
        """Mark all that waits as decided, as processing would."""
        waiting = [row.id for row in self.rows()]

        def work(conn: SqlConnection) -> None:
            for number in waiting:
                spool.finish(conn, number, entry=None)

        self.database.writer.write(work)


@contextmanager
def open_spool(folder: Path) -> Iterator[Spool]:
    with open_database(folder / "mailbot.db") as database:
        yield Spool(database)


def capture() -> tuple[FilteringBoundLogger, list[Any]]:
    """A log and what was written to it."""
    kept = LogCapture()
    return structlog.wrap_logger(None, processors=[kept], wrapper_class=structlog.BoundLogger), kept.entries


class Desk:
    """One folder of a mailbox, read step by step as the watcher would, without its thread."""

    def __init__(self, server: Dovecot | ScriptedImap, spool: Spool, **changes: Any) -> None:
        self.server = server
        self.spool = spool
        self.mailbox: Mailbox = server.rules()
        log, self.log = capture()
        settings: dict[str, Any] = {
            "mailbox": "support",
            "name": "INBOX",
            "limit_octets": Limits().message_bytes,
            "reconcile_every": self.mailbox.reconcile,
        }
        self.folder = Folder(**(settings | changes))
        self.bound = log
        self.reader = FolderReader(self.folder, spool, utc_now, lambda: False, log)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with Connection.open(self.mailbox, self.server.secrets) as connection:
            yield connection

    def sync(self) -> None:
        with self.connection() as connection:
            self.reader.sync(connection)

    def reconcile(self) -> None:
        with self.connection() as connection:
            self.reader.reconcile(connection)

    def events(self) -> list[str]:
        return [entry["event"] for entry in self.log]


@contextmanager
def watching(
    mailbox: Mailbox,
    sink: Sink,
    secrets: Callable[[Any], str],
    *,
    rules: Rules = RULES,
    look_up_seconds: float = 0.1,
    **changes: Any,
) -> Iterator[list[Any]]:
    """Run the watchers of a mailbox for a while; give what they log. They must end as soon as a daemon has to.

    During IDLE they ask ten times as often as they are shipped whether they are to end, or have something to move.
    """
    log, entries = capture()
    stop = threading.Event()
    settings: dict[str, Any] = {"jitter": lambda: 0.5} | changes
    around = Surroundings(now=utc_now, stop=stop, secrets=secrets, log=log, **settings)
    with (
        mock.patch("mailbot.intake.imap.connection._LOOK_UP_SECONDS", look_up_seconds),
        mock.patch("mailbot.intake.imap.watcher._MOVE_LOOK_SECONDS", 2 * look_up_seconds),
    ):
        running = [
            threading.Thread(target=watcher.run, name=watcher.name, daemon=True)
            for watcher in watchers(mailbox, rules, sink, around)
        ]
        for thread in running:
            thread.start()
        try:
            yield entries
        finally:
            stop.set()
            for thread in running:
                thread.join(timeout=10)
                assert not thread.is_alive(), f"{thread.name} does not end"


def eventually(happened: Callable[[], bool], seconds: float = 20.0) -> float:
    """Wait until it has happened and return the seconds it took; fail when it takes longer."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - began
