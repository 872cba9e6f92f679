"""How the file is opened, what form its tables have, and what they refuse."""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Text, cast, create_engine, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.schema import CreateIndex, CreateTable

from mailbot.deciding.effects import EntryKind, NoticeKind
from mailbot.errors import StoreError
from mailbot.store import changes, cursors, migrations, notices, outbox, quarantine, spool, unconfirmed
from mailbot.store.columns import Instant, storable
from mailbot.store.counting import taken_back
from mailbot.store.cursors import set_fact
from mailbot.store.database import open_database
from mailbot.store.tables import ARRIVAL, FACT, METADATA
from tests.store.conftest import NOW, Store

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


def schema(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Each thing's SQL, in pieces: in which order a table names its references says nothing."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
    return {name: sorted(re.split(r",|(?=\)\s*STRICT)", re.sub(r"\s+", "", sql))) for name, sql in rows}


def test_tables_are_what_the_migrations_make(store: Store, tmp_path: Path) -> None:
    store.database.close()
    made = tmp_path / "made.db"
    engine = create_engine(f"sqlite:///{made}")
    METADATA.create_all(engine)
    engine.dispose()
    with sqlite3.connect(store.database.path) as migrated, sqlite3.connect(made) as created:
        assert schema(migrated) == schema(created)
    migrated.close()
    created.close()


def test_alembic_finds_no_difference(store: Store) -> None:
    ours = set(METADATA.tables) | {"alembic_version"}

    def is_ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or name in ours

    with store.database.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "include_object": is_ours})
        assert compare_metadata(context, METADATA) == []


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_every_table_of_ours_is_strict(store: Store) -> None:
    with store.database.read() as conn:
        strict = {row.name: row.strict for row in conn.exec_driver_sql("PRAGMA table_list")}
    assert [name for name in METADATA.tables if not strict[name]] == []


def test_the_tables_can_be_said_to_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.tables.values():
        assert str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: a 250 stands for what is on the disk
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
    ],
)
def test_writing_connection(store: Store, pragma: str, value: object) -> None:
    assert store.write(lambda conn: conn.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()) == value


def test_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_database(folder / "mailbot.db") as database:
        database.writer.write(lambda conn: set_fact(conn, "p", "a", "b", NOW))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()} == {
            "mailbot.db": "0o600",
            "mailbot.db-wal": "0o600",
            "mailbot.db-shm": "0o600",
        }


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "mailbot.db"
    path.touch(0o644)
    open_database(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writers_begin_at_once(store: Store) -> None:
    """A work that reads first holds the right to write already, so that nothing can come in between."""

    def work(_conn: object) -> None:
        other = sqlite3.connect(store.database.path, timeout=0, isolation_level=None)
        try:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()

    store.write(work)


def test_readers_cannot_write_and_see_one_snapshot(store: Store) -> None:
    with store.database.read() as conn:
        assert conn.execute(select(FACT)).all() == []
        store.write(lambda writing: set_fact(writing, "p", "a", "b", NOW))
        assert conn.execute(select(FACT)).all() == []
        with pytest.raises(OperationalError, match="readonly"):
            set_fact(conn, "p", "c", "d", NOW)
    with store.database.read() as conn:
        assert conn.execute(select(FACT.c.name)).scalars().all() == ["a"]


def test_readonly_beside_a_running_writer_and_without_one(store: Store) -> None:
    store.write(lambda conn: set_fact(conn, "p", "a", "b", NOW))
    for _running in (True, False):
        with open_database(store.database.path, readonly=True) as reader:
            with reader.read() as conn:
                assert conn.execute(select(FACT.c.value)).scalar() == "b"
            with pytest.raises(StoreError, match="reading only"):
                _ = reader.writer
        store.database.close()


def test_reading_where_there_is_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        open_database(tmp_path / "mailbot.db", readonly=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "mailbot.db"
    path.write_bytes(b"not a database, and longer than a header of one would be: " * 50)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_found_out(store: Store) -> None:
    for number in range(50):
        store.accept(b"%d" % number + b"x" * number * 50, source="smtp")
    assert store.database.verify() == ()
    with store.database.read() as conn:
        first = conn.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'raw'").scalar_one()
    store.database.close()
    with store.database.path.open("r+b") as file:
        file.seek((first - 1) * 4096)
        file.write(b"\xff" * 200)
    with open_database(store.database.path, readonly=True) as database:
        assert database.verify() != ()


def test_a_store_of_a_newer_mailbot_is_refused(store: Store) -> None:
    store.write(lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    store.database.close()
    with pytest.raises(StoreError, match="newer mailbot"):
        open_database(store.database.path)
    with pytest.raises(StoreError, match="form 9999"):
        open_database(store.database.path, readonly=True)


def test_without_migrating_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="needs"):
        open_database(tmp_path / "mailbot.db", migrate=False)


def test_a_migration_that_fails_leaves_the_form_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mailbot.db"
    folder = tmp_path / "migrations"
    folder.mkdir()
    source = Path(migrations.__file__).parent
    for known in (source / "env.py", *source.glob("versions/*.py")):
        target = folder / known.relative_to(source)
        target.parent.mkdir(exist_ok=True)
        target.write_text(known.read_text("utf-8"), "utf-8")
    last = folder / "versions" / "9999_half.py"
    last.write_text(
        "from alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = '9999', '{migrations.HEAD}', None, None\n"
        "def upgrade():\n"
        "    op.execute('ALTER TABLE fact ADD COLUMN half TEXT')\n"
        "    raise KeyError('power cut')\n",
        "utf-8",
    )
    open_database(path).close()
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "__file__", str(folder / "__init__.py"))
        patch.setattr(migrations, "HEAD", "9999")
        with pytest.raises(KeyError):
            open_database(path)
    with open_database(path, migrate=False) as database, database.read() as conn:
        assert "half" not in [row.name for row in conn.exec_driver_sql("PRAGMA table_info(fact)")]


def test_who_is_to_be_asked_later_is_taken_out_of_the_words_of_an_older_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mailbot.db"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", "0012")
        open_database(path).close()
    details = {
        1: "to be asked about later: dana about #1042",
        2: "to be asked about later: bob",
        3: "listed to dana",
        4: "damaged: subject",
    }
    with closing(sqlite3.connect(path)) as log, log:
        log.execute("INSERT INTO raw (sha256, size, packed) VALUES ('ab', 0, x'')")
        for number, detail in details.items():
            log.execute(
                "INSERT INTO arrival (id, partner, source, mailbox, folder, recipients, received_at, accepted_at, junk,"
                " history, silent, oversize, raw_sha256, state, cause, detail, from_address)"
                " VALUES (?, 'p', 'imap', '', '', '[]', ?, ?, 0, 0, 0, 0, 'ab', 'quarantined', 'unconfirmed', ?, '')",
                (number, *["2026-11-23T15:00:00.000000+00:00"] * 2, detail),
            )
    with open_database(path) as database, database.read() as conn:
        waiting = quarantine.put_off_mails(conn, "p")
        assert [(one.arrival, one.agent, one.ticket) for one in waiting] == [(2, "bob", None), (1, "dana", 1042)]
        known = unconfirmed.unconfirmed(conn, "p")
        assert [(one.arrival, one.asked) for one in known] == [(1, "dana"), (2, "bob"), (3, "dana"), (4, "")]


def test_what_was_waited_for_is_forgotten_where_an_older_form_forgot_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mailbot.db"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", "0014")
        open_database(path).close()
    at = "2026-11-23T15:00:00.000000+00:00"
    change = '{"waits_for": "the okapi", "waits_until": "2026-12-02T15:00:00.000000+00:00"}'
    with closing(sqlite3.connect(path)) as log, log:
        for text in ("", "#wait the okapi until 2 dec"):
            log.execute(
                "INSERT INTO entry (partner, kind, at, recorded_at, from_address, from_name, subject, text, author,"
                " flags, reasons, evidence, change)"
                " VALUES ('p', 'change', ?, ?, '', '', '', ?, 'dana', '[]', '[]', '[]', ?)",
                (at, at, text, change),
            )
        log.execute(
            "INSERT INTO notice (partner, kind, urgent, text, created_at, outbox_key)"
            " VALUES ('p', 'waited', 0, 'It waited for the okapi until today.', ?, 'notice:1')",
            (at,),
        )
    open_database(path).close()
    with closing(sqlite3.connect(path)) as log:
        kept = log.execute("SELECT json_extract(change, '$.waits_for') FROM entry ORDER BY id").fetchall()
        assert kept == [("",), ("the okapi",)], "what is not forgotten yet stays as it is"
        assert log.execute("SELECT text FROM notice").fetchall() == [("",)]


def test_words_that_were_passed_on_go_from_the_notices_of_an_older_form_once_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mailbot.db"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", "0016")
        open_database(path).close()
    rows = [("passed-on", "notice:1"), ("passed-on", None), ("bounced", "notice:1")]
    with closing(sqlite3.connect(path)) as log, log:
        log.executemany(
            "INSERT INTO notice (partner, kind, urgent, text, created_at, outbox_key)"
            " VALUES ('p', ?, 1, 'the okapi', '2026-11-23T15:00:00.000000+00:00', ?)",
            rows,
        )
    open_database(path).close()
    with closing(sqlite3.connect(path)) as log:
        assert log.execute("SELECT text FROM notice ORDER BY id").fetchall() == [("",), ("the okapi",), ("the okapi",)]


def test_what_an_older_form_says_was_not_taken_back_counts_on_once_its_words_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mailbot.db"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", "0015")
        open_database(path).close()
    at = "2026-11-23T15:00:00.000000+00:00"
    rows = (
        ("agent", "she knows", '{"act": 7}'),
        ("change", "not taken back: Bob Lind has changed #1001 since", '{"undoes": 7}'),
        ("agent", "she was told", '{"act": 9}'),
        ("change", "#called is taken back", '{"undoes": 9}'),
    )
    with closing(sqlite3.connect(path)) as log, log:
        for kind, text, decision in rows:
            log.execute(
                "INSERT INTO entry (partner, kind, at, recorded_at, ticket_id, from_address, from_name, subject, text,"
                " author, flags, reasons, evidence, decision)"
                " VALUES ('p', ?, ?, ?, 1001, '', '', '', ?, 'dana', '[]', '[]', '[]', ?)",
                (kind, at, at, text, decision),
            )
    open_database(path).close()
    with closing(sqlite3.connect(path)) as log, log:
        log.execute("UPDATE entry SET text = ''")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            log.execute("UPDATE entry SET decision = NULL")
    with open_database(path) as database, database.read() as conn:
        assert taken_back(conn, [1001]) == frozenset({3, 4})


def test_naive_instants_are_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        store.write(lambda conn: set_fact(conn, "p", "a", "b", datetime(2026, 3, 2)))  # noqa: DTZ001 - the point


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 2, 9, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC),  # microseconds stay
        datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=-8))),  # another zone, the same instant
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_instants_come_back_in_utc(store: Store, at: datetime) -> None:
    store.write(lambda conn: set_fact(conn, "p", "a", "b", at))
    back = store.read(lambda conn: conn.execute(select(FACT.c.at)).scalar_one())
    assert back == at
    assert back.utcoffset() == timedelta(0)


def test_instants_compare_as_they_follow_each_other(store: Store) -> None:
    moments = [NOW + timedelta(microseconds=number * 333_333) for number in (-9, -3, 0, 1, 3, 4, 300)]
    for number, at in enumerate(moments):
        store.write(lambda conn, number=number, at=at: set_fact(conn, "p", str(number), "", at))  # type: ignore[misc]
    with store.database.read() as conn:
        assert conn.execute(select(FACT.c.at).order_by(FACT.c.at)).scalars().all() == moments
        assert len(conn.execute(select(FACT).where(FACT.c.at > NOW)).all()) == 4


def test_every_instant_is_kept_in_one_width(store: Store) -> None:
    """Comparing their text compares time only when all are written alike."""
    arrival = store.accept(from_address="ann@acme.example", mailbox="support", folder="INBOX", uidvalidity=1, uid=1)
    ticket = store.open(resolution_due_at=NOW)
    entry = store.append(ticket, kind=EntryKind.AGENT)
    mail = store.queue(expires_at=NOW + timedelta(days=1))
    assert arrival is not None
    assert mail is not None

    def all_kinds_of_writing(conn: Connection) -> None:
        spool.finish(conn, arrival, entry=entry)
        spool.mark_moved(conn, [arrival], NOW)
        changes.close(conn, ticket, author="ops", reason="", now=NOW)
        outbox.claim(conn, store.partner, NOW)
        outbox.mark_deferred(conn, mail, NOW)
        outbox.claim(conn, store.partner, NOW)
        outbox.mark_sent(conn, mail, now=NOW)
        notices.add_notice(conn, store.partner, NoticeKind.REPLY, now=NOW)
        cursors.put_cursor(conn, store.partner, cursors.Cursor("support", "INBOX", 1, 0, NOW, checked_at=NOW))
        cursors.watched(conn, store.partner, "support", NOW, tolerance=timedelta(minutes=1))
        set_fact(conn, store.partner, "a", "b", NOW)

    store.write(all_kinds_of_writing)
    with store.database.read() as conn:
        for table in METADATA.sorted_tables:
            for column in table.c:
                if isinstance(column.type, Instant):
                    kept = conn.execute(select(cast(column, Text)).where(column.is_not(None))).scalars()
                    odd = [text for text in kept if not INSTANT.fullmatch(text)]
                    assert odd == [], f"{table.name}.{column.name}"


def test_wrong_types_are_refused_by_the_database_itself(store: Store) -> None:
    with pytest.raises(IntegrityError, match="cannot store TEXT value in INTEGER"):
        store.write(lambda conn: conn.exec_driver_sql("UPDATE epoch SET number = 'soon'"))


def test_references_must_exist(store: Store) -> None:
    number = store.accept()
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        store.write(lambda conn: conn.execute(ARRIVAL.update().where(ARRIVAL.c.id == number).values(entry_id=12345)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET text = 'rewritten'",
        "UPDATE entry SET recorded_at = at",
        "DELETE FROM entry",
        "UPDATE entry SET subject = '', text = '', from_name = '', evidence = '[]', message_id = NULL",
        "UPDATE entry SET subject = '', text = '', from_name = '', evidence = '[]', change = '{}'",
        "UPDATE raw SET packed = x'00'",
        "UPDATE raw SET packed = x'', size = 0",
        "UPDATE arrival SET received_at = accepted_at",
        "UPDATE arrival SET reverse_path = 'other@example.com'",
        "DELETE FROM arrival",
        "DELETE FROM raw",  # its arrival is there
    ],
)
def test_history_cannot_be_rewritten(store: Store, statement: str) -> None:
    store.accept()
    store.append(store.open(), text="as it was")
    with pytest.raises(IntegrityError, match=r"append-only|stay as they came|FOREIGN KEY"):
        store.write(lambda conn: conn.exec_driver_sql(statement))


@pytest.mark.parametrize(
    ("words", "stored"),
    [
        ("plain", "plain"),
        ("ümlaut \N{GRINNING FACE}", "ümlaut \N{GRINNING FACE}"),
        ("nul\x00l", "nul\N{REPLACEMENT CHARACTER}l"),  # PostgreSQL knows no NUL in text
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),  # no UTF-8 for half a pair
    ],
)
def test_words_that_no_database_can_hold(store: Store, words: str, stored: str) -> None:
    assert storable(words) == stored
    store.write(lambda conn: conn.execute(insert(FACT).values(partner="p", name="n", value=words, at=NOW)))
    assert store.read(lambda conn: conn.execute(select(FACT.c.value)).scalar_one()) == stored
