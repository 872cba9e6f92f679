"""What the processor does when the log cannot be written to, or a message cannot be read: the others go on."""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.processor import until_done
from mailbot.errors import StoreBroken, StoreFull
from mailbot.store.database import open_database
from mailbot.worker import HERE, Limits
from tests.servers.commands import reading_child
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


TOILSOME = "All phones, are down? \n" * 120_000


def test_what_takes_long_is_overtaken_and_read_in_the_slow_slot(tmp_path: Path) -> None:
    with office(tmp_path) as desk, reading_child(Limits(0.1, 400 << 20)) as fast:
        slots = [desk.processor_with(fast), desk.processor_with(HERE, slow=True)]
        desk.accept(mail("jane@acme-dental.example", TOILSOME, subject="Long"))
        desk.accept(mail("joe@acme-dental.example", "How do I change the hold music?", subject="Short"))
        assert len(slots[0].step()) == 2
        assert desk.rows("SELECT subject FROM ticket") == [("Short",)]
        deque(until_done(*slots), maxlen=0)
        assert desk.rows("SELECT subject FROM ticket ORDER BY id") == [("Short",), ("Long",)]


def test_what_the_slow_slot_cannot_read_is_kept_apart_and_told(tmp_path: Path) -> None:
    with office(tmp_path) as desk, reading_child(Limits(0.1, 400 << 20)) as strict:
        desk.accept(mail("jane@acme-dental.example", TOILSOME, subject="Long"))
        desk.accept(mail("joe@acme-dental.example", "How do I change the hold music?", subject="Short"))
        deque(until_done(desk.processor_with(strict), desk.processor_with(strict, slow=True)), maxlen=0)
        assert desk.rows("SELECT cause, detail FROM arrival WHERE state = 'quarantined'") == [
            ("too-slow", "reading it took more than 0.1 seconds")
        ]
        assert desk.rows("SELECT subject FROM ticket") == [("Short",)]
        desk.let_pass(timedelta(hours=1))
        assert any("takes longer than any message may" in notice.text for notice in desk.notices)


def test_what_fails_in_a_way_that_nobody_foresaw_is_kept_apart_and_told(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        refusing = "CREATE TRIGGER refusing BEFORE INSERT ON ticket WHEN NEW.subject = 'Poison'"
        desk.here.database.writer.write(
            lambda conn: conn.exec_driver_sql(f"{refusing} BEGIN SELECT RAISE(ABORT, 'a defect of ours'); END")
        )
        for subject in ("Before", "Poison", "After"):
            desk.accept(mail("jane@acme-dental.example", "How do I change the hold music?", subject=subject))
        deque(until_done(desk.processor), maxlen=0)
        assert desk.rows("SELECT subject FROM ticket ORDER BY id") == [("Before",), ("After",)]
        [(cause, detail)] = desk.rows("SELECT cause, detail FROM arrival WHERE state = 'quarantined'")
        assert cause == "failed"
        assert "a defect of ours" in detail
        desk.let_pass(timedelta(hours=1))
        assert any("mailbot itself failed on this message" in notice.text for notice in desk.notices)
