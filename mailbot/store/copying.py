"""A copy of the log as it was at one instant, taken while it is written to, and whether a copy is sound.

The copy is made over a read-only connection that holds one snapshot from the first page to
the last: the writer goes on committing, and only the WAL grows until the copy is done. So the
rule that one connection writes and moves the WAL stands (see `database`).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailbot.errors import StoreDamaged, StoreFull
from mailbot.store.database import connect_readonly, unusable
from mailbot.store.packing import decompress
from mailbot.store.tables import METADATA

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""

_PAGES_AT_ONCE = 1024
_ROWS_BETWEEN_TELLINGS = 256
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file holds: its form, the rows of each table, and what is wrong with it (nothing, when it is sound)."""

    form: str
    rows: dict[str, int]
    problems: tuple[str, ...]


def _untold(_done: int, _of: int) -> None:
    pass


def copy(source: Path, into: Path, progress: Progress = _untold) -> None:
    """Copy the log to a new file, which becomes whole or raises StoreError; its octets are not yet on the disk."""
    with _plain_errors(source), closing(connect_readonly(source)) as log, closing(sqlite3.connect(into)) as target:
        # Nobody needs the copy after a crash, and what it is worth is examined when it is whole.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        log.execute("BEGIN")
        log.execute("SELECT count(*) FROM sqlite_master").fetchall()
        log.backup(target, pages=_PAGES_AT_ONCE, progress=lambda _status, left, pages: progress(pages - left, pages))


def examine(path: Path, progress: Progress = _untold) -> Examined:
    """Return what is in a log that nobody writes to; every page, reference, message and mail in it is looked at."""
    try:
        with closing(connect_readonly(path, immutable=True)) as log:
            problems = list(_problems(log, progress))
            form = _form(log)
            rows = {name: _count(log, name) for name in sorted(METADATA.tables) if _is_there(log, name)}
    except sqlite3.Error as error:
        return Examined("", {}, (str(error),))
    return Examined(form, rows, tuple(problems))


def quick_check(path: Path) -> tuple[str, ...]:
    """What SQLite finds wrong with the pages of a log that nobody writes to, its WAL included; empty when all is well.

    Unlike `examine` it does not compare indices with their tables, which takes several times as long.
    """
    try:
        with closing(connect_readonly(path)) as log:
            found = log.execute(f"PRAGMA quick_check({_MOST_PROBLEMS})").fetchall()
    except sqlite3.Error as error:
        return (str(error),)
    return tuple(words for (words,) in found if words != "ok")


def form_of(path: Path) -> str:
    """The form of the tables of a log, "" of an empty one; raise StoreError when it cannot be read.

    Where nobody has it open no file is made beside it.
    """
    at_rest = not path.with_name(f"{path.name}-wal").exists()
    with _plain_errors(path), closing(connect_readonly(path, immutable=at_rest)) as log:
        return _form(log)


def last_ticket(path: Path) -> int:
    """The highest number of a ticket in a log, 0 when there is none; raise StoreError when it cannot be read."""
    with _plain_errors(path), closing(connect_readonly(path)) as log:
        return int(log.execute("SELECT coalesce(max(id), 0) FROM ticket").fetchone()[0])


def _problems(log: sqlite3.Connection, progress: Progress) -> Iterator[str]:
    for (words,) in log.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})"):
        if words != "ok":
            yield words
    for table, row, other, _key in log.execute("PRAGMA foreign_key_check"):
        yield f"a reference of {table} {row} to {other} leads nowhere"
    total = sum(_count(log, name) for name in ("raw", "outbox") if _is_there(log, name))
    done = 0
    for name, statement in _PACKED.items():
        if not _is_there(log, name):
            continue
        for label, digest, packed in log.execute(statement):
            if words := _is_damaged(digest, packed):
                yield f"{name} {label}: {words}"
            done += 1
            if done % _ROWS_BETWEEN_TELLINGS == 0:
                progress(done, total)
    progress(total, total)


_PACKED = {
    "raw": "SELECT sha256, sha256, packed FROM raw",
    "outbox": "SELECT id, NULL, packed FROM outbox",
}


def _is_damaged(digest: str | None, packed: bytes) -> str:
    if not packed:
        return ""  # Forgotten, as the retention has it.
    try:
        octets = decompress(packed)
    except StoreDamaged as error:
        return str(error)
    if digest is not None and hashlib.sha256(octets).hexdigest() != digest:
        return "the message differs from what was stored"
    return ""


def _form(log: sqlite3.Connection) -> str:
    if not _is_there(log, "alembic_version"):
        return ""
    row = log.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def _is_there(log: sqlite3.Connection, table: str) -> bool:
    return log.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None


def _count(log: sqlite3.Connection, table: str) -> int:
    (number,) = log.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a name of ours
    return int(number)


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise StoreFull("there is no room for a copy of the log; free some space, or name another place") from error
        raise unusable(path, error) from error
