"""No mail is taken while the disk or the queue is beyond its limit, and it goes on without help."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from mailbot.deciding.context import Source
from mailbot.intake import room
from mailbot.intake.room import Room, Shortage, judged
from mailbot.rules import Limits
from mailbot.store import spool
from mailbot.store.database import Database, open_database

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MIB = 1024 * 1024


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(room, "_COUNT_SECONDS", 0)
    with open_database(tmp_path / "mailbot.db") as opened:
        yield opened


def add(database: Database, number: int) -> None:
    new = spool.NewArrival(source=Source.SMTP, received_at=NOW, raw=b"Subject: %d\r\n\r\n" % number)
    database.writer.write(lambda conn: spool.accept(conn, "partner", new, NOW))


@pytest.mark.parametrize(
    ("limits", "free", "octets", "long", "shortage"),
    [
        (Limits(free_disk_bytes=100), 100, 0, False, None),
        (Limits(free_disk_bytes=100), 99, 0, False, Shortage.DISK),
        (Limits(free_disk_bytes=100), 110, 11, False, Shortage.DISK),
        (Limits(free_disk_bytes=0), 0, 11, False, None),
        (Limits(free_disk_bytes=100), 99, 0, True, Shortage.DISK),
        (Limits(free_disk_bytes=0), 0, 0, True, Shortage.QUEUE),
        (Limits(free_disk_bytes=0, waiting_messages=0), 0, 0, True, None),
    ],
)
def test_how_room_is_judged(limits: Limits, free: int, octets: int, shortage: Shortage | None, *, long: bool) -> None:
    assert judged(limits, free, octets, queue_is_long=long) is shortage


def test_a_long_queue_stops_and_a_shorter_one_goes_on(database: Database) -> None:
    here = Room(Limits(free_disk_bytes=0, waiting_messages=3), database, "partner")
    with capture_logs() as logged:
        for number in range(3):
            assert here.shortage() is None
            add(database, number)
        assert here.shortage() is Shortage.QUEUE
        assert here.shortage() is Shortage.QUEUE
        database.writer.write(lambda conn: spool.finish(conn, 1, entry=None))
        assert here.shortage() is None
    assert [line["event"] for line in logged] == ["taking-no-mail", "taking-mail-again"]


def test_what_another_partner_or_the_slow_slot_holds_does_not_count(database: Database) -> None:
    here = Room(Limits(free_disk_bytes=0, waiting_messages=1), database, "partner")
    elsewhere = spool.NewArrival(source=Source.SMTP, received_at=NOW, raw=b"x")
    database.writer.write(lambda conn: spool.accept(conn, "other", elsewhere, NOW))
    add(database, 1)
    database.writer.write(lambda conn: spool.postpone(conn, 2))
    assert here.shortage() is None


def test_the_disk_of_the_log_is_looked_at(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[object] = []
    real = os.statvfs

    def statvfs(path: Any) -> os.statvfs_result:
        looked_at.append(path)
        return real(path)

    monkeypatch.setattr(os, "statvfs", statvfs)
    free = real(database.path).f_bavail * real(database.path).f_frsize
    assert Room(Limits(free_disk_bytes=MIB), database, "partner").shortage(free // 2) is None
    assert Room(Limits(free_disk_bytes=MIB), database, "partner").shortage(2 * free) is Shortage.DISK
    assert looked_at == [database.path.parent] * 2
