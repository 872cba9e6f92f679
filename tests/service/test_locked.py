"""F36: another program has the log open, to write or to read for a long time; mail waits, and nothing is lost."""

from __future__ import annotations

import random
import smtplib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mailbot.deciding.context import Source
from mailbot.store import database, spool
from mailbot.store.database import Database, open_database
from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.smtp import Relay

LISTENING = '[listen]\nsmtp = "127.0.0.1:0"\n'


def send(port: int, raw: bytes) -> int:
    """Send one message; return the code of the last reply."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        try:
            client.sendmail("person@acme-dental.example", ["support@example.com"], raw)
        except smtplib.SMTPDataError as error:
            return int(error.smtp_code)
    return 250


@contextmanager
def locked(log: Path) -> Iterator[None]:
    """Keep everybody else from writing, as a program does that forgets to end its transaction."""
    with closing(sqlite3.connect(log, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_while_another_program_keeps_the_log_locked_senders_come_again_and_no_mail_leaves_twice(tmp_path: Path) -> None:
    reached, reply = threading.Event(), threading.Event()

    def wait(stage: str) -> None:
        if stage == "FINAL" and not reached.is_set():
            reached.set()
            assert reply.wait(60)

    with Relay(pause=wait) as relay, Desk(tmp_path, rules_for(relay=relay, more=LISTENING)) as desk:
        desk.wait_until_started()
        first, second = numbered(range(2))
        assert send(desk.port("smtp"), first) == 250
        assert reached.wait(30)
        with locked(desk.log):
            # What became of the first answer cannot be noted meanwhile.
            reply.set()
            began_s = time.monotonic()
            assert send(desk.port("smtp"), second) == 451
            took_s = time.monotonic() - began_s
            assert 4 < took_s < 30, "it is waited for a while before a sender is told to come again"
            assert desk.process is not None
            assert desk.process.poll() is None
        assert send(desk.port("smtp"), second) == 250
        relay.wait_for(2)
        sent = "SELECT count(*) FROM outbox WHERE state = 'sent'"
        desk.wait_for(lambda: desk.count(sent) == 2, "both answers to be marked")
        assert desk.process.poll() is None
        assert len({mail.recipients for mail in relay.mails}) == len(relay.mails) == 2
        assert desk.count("SELECT count(*) FROM outbox WHERE state = 'unclear' OR repeats > 0") == 0
        assert desk.count("SELECT count(*) FROM arrival WHERE state = 'quarantined'") == 0
        assert desk.stop() == 0
    print(f"told to come again after {took_s:.1f} s")  # noqa: T201


def test_a_reader_that_never_ends_keeps_no_mail_out_and_the_write_ahead_log_shrinks_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_WAL_LIMIT_BYTES", 1024 * 1024)
    path = tmp_path / "tickets.db"
    wal = path.with_name("tickets.db-wal")
    chance = random.Random(1)
    now = datetime.now(UTC)

    def take(store: Database, number: int) -> None:
        for _ in range(number):
            new = spool.NewArrival(Source.SMTP, now, chance.randbytes(20_000))
            assert store.writer.write(partial(spool.accept, partner="partner", new=new, now=now)) is not None

    with open_database(path) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM arrival").fetchone() == (0,)
            take(store, 200)
            assert reader.execute("SELECT count(*) FROM arrival").fetchone() == (0,), "it still sees its snapshot"
            swollen = wal.stat().st_size
            assert swollen > 4_000_000
        take(store, 200)
        assert wal.stat().st_size <= swollen / 2
        with store.read() as conn:
            assert conn.exec_driver_sql("SELECT count(*) FROM arrival").scalar_one() == 400
    print(f"{swollen:,} octets while it was read")  # noqa: T201
