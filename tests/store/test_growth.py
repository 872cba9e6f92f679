"""What a mail costs, and what is done by the clock, does not grow with the log: what is done with is not read again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mailbot.deciding.context import Source
from mailbot.desk.retaining import forget_old
from mailbot.desk.tick import next_due_at, tick
from mailbot.store import cursors, database, mending, notices, outbox, retention, spool, standing
from mailbot.store.outbox import Audience
from mailbot.store.retention import Kept
from tests.bench.growing import grow
from tests.service.office import OPEN_AT, RULES, Office, Sent, mail, office

KEEP = "[retention]\nmessages = 30\nentries = 30\nmails = 30\nquarantine = 30\n"
# The figures of the weekly mail reach back twelve weeks.
LATER = OPEN_AT + timedelta(days=120)
TICKETS, TIMES = 6, 60
NUMBERS = count(1000)


class Steps:
    """Counts the instructions of SQLite's virtual machine, on every connection that is opened meanwhile."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.done = 0
        for name in ("_connect_writing", "connect_readonly"):
            patch.setattr(database, name, partial(self._connected, getattr(database, name)))

    def _connected(self, connect: Callable[..., sqlite3.Connection], path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_progress_handler(self._step, 1)
        return connection

    def _step(self) -> int:
        self.done += 1
        return 0

    def of(self, work: Callable[[], object]) -> int:
        """Return how many a work takes."""
        before = self.done
        work()
        return self.done - before


def fill(folder: Path) -> Path:
    """Make a log in which everything is done with, and of age; return it."""
    with office(folder, rules=RULES + KEEP) as desk:
        partner, write = desk.here.desk.partner, desk.here.database.writer.write
        for number in range(TICKETS):
            processed = desk.receive(_question(number), mailbox="inbox", folder="INBOX", uidvalidity=1, uid=number + 1)
            desk.do(verb="close", ticket=processed.ticket)
            history = spool.NewArrival(
                Source.IMAP,
                desk.now,
                b"",
                mailbox="inbox",
                folder="INBOX",
                uidvalidity=1,
                uid=number + 100,
                history=True,
            )
            arrival = write(partial(spool.accept, partner=partner, new=history, now=desk.now))
            assert arrival is not None
            write(partial(spool.finish, arrival_id=arrival, entry=None))
        desk.let_pass(timedelta(hours=2))
        write(lambda conn: spool.mark_moved(conn, range(1, 100), desk.now))
        write(lambda conn: conn.exec_driver_sql("UPDATE outbox SET state = 'expired' WHERE id % 4 = 1"))
        write(lambda conn: conn.exec_driver_sql("UPDATE outbox SET state = 'dropped' WHERE id % 4 = 2"))
        desk.now = LATER
        forget_old(desk.here.database, desk.here.desk.rules, LATER, lambda: False)
        # As if one row at the beginning were kept still.
        for kind in (Kept.MESSAGES, Kept.ENTRIES, Kept.MAILS):
            write(partial(retention.note_place, partner=partner, kind=kind, new=retention.Place(), now=LATER))
        return desk.log


def _question(number: int, *, sender: str = "Ann Bell <ann@acme-dental.example>", follows: str = "") -> bytes:
    fields = (f"In-Reply-To: <{follows}>", f"References: <{follows}>") if follows else ()
    text = f"How do I add extension {number}?"
    return mail(sender, text, message_id=f"q{number}@acme.example", fields=fields)


def _bounce(message_id: str) -> bytes:
    fields = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "Auto-Submitted: auto-replied",
    )
    report = "Final-Recipient: rfc822; ann@acme-dental.example\nAction: failed\nStatus: 5.1.1"
    status = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{report}"
    body = f"--b\n{status}\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <{message_id}>\n\n--b--"
    return mail("Mail system <mailer-daemon@mx.example>", body, fields=fields)


def works(desk: Office) -> dict[str, Callable[[], object]]:
    """Return what is done for each mail, at each look and by the clock."""
    partner, base = desk.here.desk.partner, desk.here.database
    writing: dict[str, Callable[[Connection], object]] = {
        "expire": lambda conn: outbox.expire(conn, partner, LATER),
        "claim": lambda conn: outbox.claim(conn, partner, LATER),
        "claim for the team": lambda conn: outbox.claim(conn, partner, LATER, audience=Audience.TEAM),
        "recover": lambda conn: mending.recover(conn, partner, LATER),
        "hasten": lambda conn: mending.hasten(conn, partner, LATER, 5),
        "forget a wrong clock": lambda conn: mending.forget_wrong_clock(conn, partner, LATER),
        "note that a door is open": lambda conn: cursors.watched(
            conn, partner, "smtp", LATER, tolerance=timedelta(minutes=2)
        ),
        "tick": lambda conn: tick(conn, desk.here.desk, LATER),
    }
    reading: dict[str, Callable[[Connection], object]] = {
        "standing": lambda conn: standing.standing(conn, partner),
        "delayed": lambda conn: standing.delayed(conn, partner, LATER),
        "next due of the outbox": lambda conn: outbox.next_due_at(conn, partner),
        "next due of the clock": lambda conn: next_due_at(conn, desk.here.desk, LATER),
        "notices": lambda conn: notices.pending_notices(conn, partner, 40),
        "to move": lambda conn: spool.to_move(conn, partner, "inbox", "INBOX"),
        "waiting": lambda conn: spool.waiting(conn, partner),
        "quarantined": lambda conn: retention.quarantined_before(conn, partner, LATER),
    }

    def read(work: Callable[[Connection], object]) -> object:
        with base.read() as conn:
            return work(conn)

    number = next(NUMBERS)
    begun, opened = _question(number), f"q{number}@acme.example"
    first = desk.receive(begun).ticket or 0
    answered = desk.one("SELECT message_id FROM outbox WHERE ticket_id = ? AND audience = 'customer'", first)
    stranger = "Eve Poe <eve@elsewhere.example>"
    return {
        "a mail, its answer and its notice": lambda: desk.receive(_question(next(NUMBERS))),
        "a reply": lambda: desk.receive(_question(next(NUMBERS), follows=opened)),
        "another copy": lambda: desk.receive(begun),
        "a stranger's mail": lambda: desk.receive(_question(next(NUMBERS), sender=stranger)),
        "a bounce": lambda: desk.receive(_bounce(answered), reverse_path=""),
        **{name: partial(base.writer.write, work) for name, work in writing.items()},
        **{name: partial(read, work) for name, work in reading.items()},
        "retention": lambda: forget_old(base, desk.here.desk.rules, LATER, lambda: False),
    }


def test_nothing_reads_more_because_the_log_has_grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LOOKED_AT_ONCE", 4)
    monkeypatch.setattr("mailbot.desk.retaining.MOST_PASSED_OVER", 8)
    small, large = tmp_path / "small", tmp_path / "large"
    log = fill(small)
    shutil.copytree(small, large)
    assert grow(large / log.relative_to(small), TICKETS * TIMES) >= TICKETS * TIMES
    steps = Steps(monkeypatch)

    def measured(folder: Path) -> dict[str, int]:
        with office(folder, rules=RULES + KEEP, at=LATER) as desk:
            desk.receive(_question(next(NUMBERS)))
            # What the log was grown by is planned first, a part at a time.
            for _ in range(TICKETS * TIMES // 50):
                desk.let_pass(timedelta(0))
            return {name: steps.of(work) for name, work in works(desk).items()}

    before, after = measured(small), measured(large)
    grown = {name: (before[name], after[name]) for name in before if after[name] > 1.1 * before[name] + 20}
    assert grown == {}


AGENTS = """
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["dana@harborvoice.example"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["bob@harborvoice.example"]
"""


def handed(desk: Office) -> Sent:
    """Have a customer ask, and return the mail that hands it on to Dana."""
    desk.receive(_question(next(NUMBERS)))
    desk.let_pass(timedelta(minutes=1))
    return [sent for sent in desk.sent if sent.recipient == "dana@harborvoice.example" and "r@" in sent.message_id][-1]


def replied(desk: Office, answered: Sent, text: str, number: int, *, verdict: str = "pass") -> None:
    refers = (f"In-Reply-To: <{answered.message_id}>", f"References: <{answered.message_id}>")
    dana = "Dana <dana@harborvoice.example>"
    desk.receive(mail(dana, text, message_id=f"a{number}@phone.example", fields=refers, verdict=verdict))
    desk.let_pass(timedelta(minutes=1))


def test_answering_reads_no_more_because_more_was_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large, rules = tmp_path / "small", tmp_path / "large", RULES + AGENTS
    with office(small, rules=rules) as desk:
        for _ in range(TICKETS):
            replied(desk, handed(desk), "#close\nIt works again.\n\nDana", next(NUMBERS))
        replied(desk, handed(desk), "#close #mine\nBye.\n\nDana", next(NUMBERS))
        log = desk.log
    shutil.copytree(small, large)
    grow(large / log.relative_to(small), TICKETS * TIMES)
    steps = Steps(monkeypatch)

    def measured(folder: Path) -> dict[str, int]:
        with office(folder, rules=rules, at=OPEN_AT + timedelta(days=7)) as desk:
            relay = handed(desk)
            works = {
                "a message handed on": lambda: handed(desk),
                "a reply, of which a colleague is told": lambda: replied(desk, relay, "Like this.\n\nDana", 1),
                "a reply of no proof, which is asked about": lambda: replied(desk, relay, "Or so.", 2, verdict=""),
                "a ticket that waits": lambda: replied(desk, relay, "#wait carrier until 24 dec", 3),
                "what is taken back": lambda: replied(desk, relay, "#undo", 4),
                "a list": lambda: replied(desk, relay, "#mine", 5),
                "a relay that comes back": lambda: desk.receive(_bounce(relay.message_id), reverse_path=""),
            }
            return {name: steps.of(work) for name, work in works.items()}

    before, after = measured(small), measured(large)
    grown = {name: (before[name], after[name]) for name in before if after[name] > 1.1 * before[name] + 100}
    assert grown == {}
