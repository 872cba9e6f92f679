"""A row that a disk gives back otherwise than it was written: it is told, and stops nobody else's mail.

Which rows and columns there are is taken from the tables themselves, and each is damaged in every way that it can be.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, get_type_hints

import pytest
from sqlalchemy import Column, Connection, LargeBinary, Table
from sqlalchemy.exc import DBAPIError

from mailbot.deciding.effects import EntryKind
from mailbot.desk.damage import look_through
from mailbot.desk.tick import tick
from mailbot.errors import MailbotError
from mailbot.service.folder import putting_aside, recover
from mailbot.store import absences, awaited, bursts, conditions, cursors, incidents, participants, team, tickets
from mailbot.store.columns import Instant, Json, Switch, Whole
from mailbot.store.soundness import _WORDS
from mailbot.store.tables import METADATA
from mailbot.store.tables.row import Row
from tests.service.office import OPEN_AT, RULES, Office, mail, office
from tests.service.test_relays import DANA, JANE, asked, relays, reply
from tests.service.test_together import BOB

RAJ = "Raj <raj@bolt.example>"
ANN = "ann@acme-dental.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
tenants = ["acme"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
tenants = ["bolt"]
"""
# The fence ends a process that reads another number there; the octets of messages have a digest of their own.
TABLES = [table for table in METADATA.sorted_tables if table.name not in {"epoch", "raw"}]
MOST_ROUNDS, MOST_STARTS = 400, 2
NIGHT = OPEN_AT + timedelta(hours=14)
WAITING = ((1003, DANA, "And the volume?"), (1004, BOB, "And how do I remove one?"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk, not open, in whose tables everything waits that a tick does."""
    folder = tmp_path_factory.mktemp("model") / "desk"
    with office(folder, rules=RULES + TEAM) as desk:
        writer, partner = desk.here.database.writer, desk.here.desk.partner
        desk.let_pass(timedelta(0))
        asked(desk, JANE, message_id="q1@acme-dental.example")
        asked(desk, RAJ, "How do I add a user?", message_id="q2@bolt.example", subject="A user")
        # What falls due is planned some seconds after the mail.
        desk.let_pass(timedelta(seconds=2))
        [relay] = relays(desk)
        desk.receive(reply(relay, "#wait carrier until tue", verdict="pass"))
        desk.receive(reply(relay, "Is it the lobby, Jane?", verdict=""))
        desk.receive(reply(relay, "#open"))
        away = desk.now + timedelta(days=1)
        writer.write(lambda conn: absences.begin(conn, partner, "bob", 1001, desk.now, away))
        writer.write(lambda conn: team.learn(conn, partner, "dana@home.example", "dana", desk.now))
        writer.write(lambda conn: cursors.watched(conn, partner, "imap/INBOX", desk.now, tolerance=timedelta(0)))
        writer.write(lambda conn: awaited.add(conn, partner, 2, "late@acme-dental.example", [ANN], desk.now))
        first = cursors.Cursor("imap", "INBOX", 1, 0, desk.now, checked_at=desk.now)
        writer.write(lambda conn: cursors.put_cursor(conn, partner, first))
        writer.write(lambda conn: participants.let_in(conn, partner, 1001, ANN, "dana", desk.now))
        writer.write(lambda conn: an_incident(conn, partner, desk.now))
        desk.now = NIGHT
        for sender, words in ((JANE, "And the volume?"), (RAJ, "And how do I remove one?")):
            desk.accept(mail(sender, words, message_id=f"{len(words)}@{sender[:3]}.example", subject=words))
            desk.processor.step()
        desk.accept(mail(ANN, "Another thing.", message_id="q5@acme-dental.example", subject="Another"))
    return folder


def an_incident(conn: Connection, partner: str, now: datetime) -> None:
    """Have an incident last that a ticket is about, and the radar have seen two."""
    bursts.raise_burst(conn, partner, "Hold music fails", [1001, 1002], 2, now, now)
    number = incidents.open_incident(conn, partner, "Hold music fails", None, words="We look.", author="dana", now=now)
    same = tickets.NewEntry(
        partner=partner,
        kind=EntryKind.CHANGE,
        at=now,
        recorded_at=now,
        ticket_id=1001,
        author="dana",
        change={"incident": number},
    )
    tickets.append_entry(conn, same)


def ways(column: Column[Any]) -> Iterator[object]:
    """Yield what a column may hold that is damaged, each of a kind that nobody stores there."""
    if not column.nullable:
        yield None
    match column.type:
        case Whole() | Switch():
            yield from ("x", b"\xff")
        case LargeBinary():
            yield from (7, "x", b"\x00\xff")
        case Instant():
            yield from (7, b"\xff", "garbage", "2026-02-31T10:00:00.000000+00:00")
        case Json():
            yield from (7, b"\xff", "[", '"x"', "[[3]]", '["x"]' if _holds_numbers(column) else "[7]")
        case _ if column in _WORDS:
            yield from (7, b"\xff", "no-such-word")
        case _:
            yield from (7, b"\xff")


def _holds_numbers(column: Column[Any]) -> bool:
    [of] = [kind for kind in Row.__subclasses__() if kind.__tablename__ == column.table.name]
    held: object = get_type_hints(of)[column.name]
    return held == list[int]


def change(log: Path, table: Table, row: int, column: str, value: object) -> None:
    """Have the file hold that value, which SQLite itself would refuse to store."""
    with closing(sqlite3.connect(log, isolation_level=None)) as conn:
        [(declared,)] = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table.name,)).fetchall()
        lax = re.sub(r" NOT NULL(?! PRIMARY)|(?<!\tid) (TEXT|BLOB|INTEGER)\b", "", declared)
        lax = re.sub(r"\s*STRICT\s*$", "", lax)
        triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (lax, table.name))
        conn.execute("PRAGMA writable_schema = RESET")
        conn.execute(f'UPDATE "{table.name}" SET "{column}" = ? WHERE rowid = ?', (value, row))  # noqa: S608 - our names
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (declared, table.name))
        conn.execute("PRAGMA writable_schema = RESET")
        for _, statement in triggers:
            conn.execute(statement)


def live(desk: Office, span: timedelta) -> None:
    """Let time pass as the daemon does: what fails ends it, and it starts again; what stays due is tried less often."""
    until, starts, steps = desk.now + span, 0, 0
    for _ in range(MOST_ROUNDS):
        try:
            with putting_aside(desk.here, lambda: desk.now):
                due_at = desk._next_due_at()
                if due_at is None or due_at > until:
                    break
                desk.now = max(desk.now, due_at)
                if not desk.here.database.writer.write(lambda conn: tick(conn, desk.here.desk, desk.now)):
                    desk.now += timedelta(minutes=1)
                desk.deliver()
                for _ in iter(desk.processor.step, ()):
                    desk.deliver()
                    steps += 1
                    if steps > MOST_ROUNDS:
                        pytest.fail("a message is decided on for ever")
        except (ValueError, TypeError, AttributeError, MailbotError, DBAPIError, LookupError):
            starts += 1
            if starts > MOST_STARTS:
                raise
            recover(desk.here, desk.now)
    else:
        pytest.fail("something is tried for ever")


def rows(log: Path, table: Table) -> list[int]:
    with closing(sqlite3.connect(log)) as conn:
        return [number for (number,) in conn.execute(f'SELECT rowid FROM "{table.name}" ORDER BY 1')]  # noqa: S608 - our names


def ticket_of(log: Path, table: Table, row: int) -> int | None:
    """Return the ticket to which a row belongs, None for none."""
    statement = {
        "ticket": "SELECT id FROM ticket WHERE id = ?",
        "arrival": "SELECT ticket_id FROM entry WHERE arrival_id = ?",
    }.get(table.name, f'SELECT ticket_id FROM "{table.name}" WHERE rowid = ?')  # noqa: S608 - our names
    if table.name not in {"ticket", "arrival"} and "ticket_id" not in table.c:
        return None
    with closing(sqlite3.connect(log)) as conn:
        found: tuple[int | None] | None = conn.execute(statement, (row,)).fetchone()
        return found[0] if found else None


def is_written_anew(log: Path, table: Table, row: int, column: Column[Any], value: object) -> bool:
    """Return whether a row is where it was, with another value in that column: what is due has put one there."""
    partner = "partner" if "partner" in table.c else "'partner'"
    statement = f'SELECT {partner}, "{column.name}" FROM "{table.name}" WHERE rowid = ?'  # noqa: S608 - our names
    with closing(sqlite3.connect(log)) as conn:
        found = conn.execute(statement, (row,)).fetchone()
    return found is not None and found[0] == "partner" and found[1] != value


def damaged(model: Path, folder: Path, table: Table, row: int, column: Column[Any], value: object) -> str:
    """Return what is wrong with a desk whose row was damaged so, "" for nothing."""
    shutil.copytree(model, folder)
    log = folder / "data" / "tickets.db"
    ticket = ticket_of(log, table, row)
    change(log, table, row, column.name, value)
    with office(folder, rules=RULES + TEAM, at=NIGHT) as desk:
        live(desk, timedelta(days=2))
        desk.here.database.writer.write(lambda conn: look_through(conn, desk.here.desk, desk.now))
        live(desk, timedelta(hours=1))
        with desk.here.database.read() as conn:
            known = conditions.current(conn, desk.here.desk.partner)
        told = [sent for sent in desk.sent if "damaged" in sent.text or "could not be delivered" in sent.text]
        wrong = [
            f"{agent} was not handed {words!r}"
            for number, agent, words in WAITING
            if ticket not in {number, None}
            and not any(sent.recipient == agent and words in sent.text for sent in desk.sent)
        ]
        wrong += [f"cannot be done: {one}" for one in known if one.part.startswith(conditions.STEP)]
        if not told and not is_written_anew(log, table, row, column, value):
            wrong.append(f"told {len(told)} times, known {known}")
        if sum(sent.text.count("is put aside") for sent in told) > 1:
            wrong.append("told more than once")
        return "; ".join(wrong)


def cases(table: Table) -> list[tuple[Column[Any], object]]:
    """Return each column of a table with each way in which it can be damaged; the number of a row cannot be."""
    numbers = [column for column in table.primary_key if isinstance(column.type, Whole)]
    own = numbers[0] if len(table.primary_key) == len(numbers) == 1 else None
    return [(column, value) for column in table.c if column is not own for value in ways(column)]


def all_wrong(model: Path, folder: Path, table: Table, chosen: list[tuple[Column[Any], object]]) -> list[str]:
    found = rows(model / "data" / "tickets.db", table)
    assert found, "the story fills every table"
    wrong = []
    for number, (column, value) in enumerate(chosen):
        said = damaged(model, folder / str(number), table, found[-1], column, value)
        wrong += [f"{table.name}.{column.name} = {value!r}: {said}"] if said else []
        shutil.rmtree(folder / str(number))
    return wrong


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_damaged_row_stops_no_other_mail_and_is_told(table: Table, model: Path, tmp_path: Path) -> None:
    """One way of each table; the next test has all of them."""
    assert all_wrong(model, tmp_path, table, Random(table.name).sample(cases(table), 1)) == []


def test_a_message_that_waits_and_does_not_say_which_octets_are_its_own_stops_no_other(
    model: Path, tmp_path: Path
) -> None:
    found = rows(model / "data" / "tickets.db", METADATA.tables["arrival"])
    digest = METADATA.tables["arrival"].c.raw_sha256
    assert damaged(model, tmp_path / "desk", METADATA.tables["arrival"], found[-1], digest, 7) == ""


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_damage_of_any_column_stops_other_mail(table: Table, model: Path, tmp_path: Path) -> None:
    assert all_wrong(model, tmp_path, table, cases(table)) == []
