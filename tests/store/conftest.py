"""Real SQLite files, one per test, and short ways to fill them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from mailbot.deciding.context import Source
from mailbot.deciding.effects import EntryKind, OpenTicket
from mailbot.rules import Severity
from mailbot.store import spool, tickets
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience, NewMail, queue

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Store:
    """A database with one partner, and a clock that tests move by hand."""

    database: Database
    now: datetime = NOW
    partner: str = "northwind"
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.database.writer.write(work)

    def read(self, work: Callable[[Connection], T]) -> T:
        with self.database.read() as conn:
            return work(conn)

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def accept(self, raw: bytes = b"Subject: dial tone\r\n\r\nnone\r\n", **values: Any) -> int | None:
        given: dict[str, Any] = {"source": Source.IMAP, "received_at": self.now, "raw": raw} | values
        new = spool.NewArrival(**given)
        return self.write(lambda conn: spool.accept(conn, self.partner, new, self.now))

    def open(self, **values: Any) -> int:
        given: dict[str, Any] = {
            "tenant": "acme",
            "severity": Severity.NORMAL,
            "playbook": None,
            "subject": "No dial tone",
            "requester": "ann@acme.example",
            "requester_name": "Ann",
            "opened_at": self.now,
            "response_due_at": self.now + timedelta(hours=4),
            "resolution_due_at": None,
        }
        opening = OpenTicket(**(given | values))
        return self.write(lambda conn: tickets.open_ticket(conn, self.partner, opening, self.now))

    def append(self, ticket: int | None, **values: Any) -> int:
        given: dict[str, Any] = {
            "partner": self.partner,
            "kind": EntryKind.CUSTOMER,
            "at": self.now,
            "recorded_at": self.now,
            "ticket_id": ticket,
        }
        entry = tickets.NewEntry(**(given | values))
        return self.write(lambda conn: tickets.append_entry(conn, entry))

    def queue(self, **values: Any) -> int | None:
        number = next(self.numbers)
        given: dict[str, Any] = {
            "key": f"key-{number}",
            "kind": "acknowledgement",
            "audience": Audience.CUSTOMER,
            "recipient": "ann@acme.example",
            "message_id": f"{number}@northwind.example",
            "raw": b"Subject: we have it\r\n\r\nThank you.\r\n",
        }
        mail = NewMail(**(given | values))
        return self.write(lambda conn: queue(conn, self.partner, mail, self.now))


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with empty tables; copying it is faster than making it."""
    path = tmp_path_factory.mktemp("blank") / "mailbot.db"
    open_database(path).close()
    return path


@pytest.fixture
def store(tmp_path: Path, blank: Path) -> Iterator[Store]:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    with open_database(Path(shutil.copy(blank, folder))) as database:
        yield Store(database)
