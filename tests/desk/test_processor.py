"""What the processor does when the log cannot be written to: mail waits, nothing is blamed on it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mailbot.errors import StoreBroken, StoreFull
from mailbot.store.database import open_database
from tests.service.office import mail, office


def test_a_full_disk_puts_no_mail_into_quarantine(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        writer = desk.here.database.writer
        [(pages,)] = desk.rows("PRAGMA page_count")
        writer.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}"))
        many = [
            mail("jane@acme-dental.example", f"Question {n}. " * 900, message_id=f"{n}@x.example") for n in range(20)
        ]
        with pytest.raises(StoreFull):
            list(map(desk.receive, many))
        waiting = desk.one("SELECT count(*) FROM arrival WHERE state = 'waiting'")
        assert desk.one("SELECT count(*) FROM arrival WHERE state = 'quarantined'") == 0
        writer.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1000000"))
        while desk.processor.step():
            pass
        assert desk.one("SELECT count(*) FROM arrival WHERE state = 'waiting'") == 0
        assert desk.one("SELECT count(*) FROM ticket") >= waiting


def test_a_log_that_is_not_ours_any_more_ends_the_processor(tmp_path: Path) -> None:
    """Another process opened the log: the fence refuses every write, and the daemon must end, not idle on."""
    with office(tmp_path) as desk:
        open_database(desk.log).close()
        with pytest.raises(StoreBroken):
            desk.do(verb="facts", facts={"x": "y"})
        with pytest.raises(StoreBroken):
            desk.processor.run(threading.Event(), threading.Event())
