"""One SQLite file, opened so that what is acknowledged is on the disk and no two connections ever write.

WAL with synchronous FULL: a commit is one fsync. BEGIN IMMEDIATE, because a transaction that
turns to writing later loses updates or fails. Readers open the file read-only and see one
snapshot each. Only the writer's connection writes and moves the WAL into the file: SQLite
before 3.51.3 may damage a WAL that two connections reset at once, and Debian 12 has 3.40.1.
Only here, in `blobs` and in `search` is anything said that PostgreSQL would not understand.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from mailbot.errors import StoreBroken, StoreDamaged, StoreError
from mailbot.store import migrations
from mailbot.store.fence import Fence
from mailbot.store.writer import Writer, speaks_of_damage, words_of

_OLDEST = (3, 37, 0)
_BUSY_MS = 5000
_READERS = 8
# 16 MiB of WAL at the usual page size.
_BACKSTOP_PAGES = 4000
_WAL_LIMIT_BYTES = 64 * 1024 * 1024
_NEXT_EPOCH = "UPDATE epoch SET number = number + 1"


class Database:
    """An open store; close it, or use it as a context manager."""

    def __init__(self, path: Path, readers: Engine, writer: Writer | None, fence: Fence | None) -> None:
        self.path = path
        self._readers = readers
        self._writer = writer
        self._fence = fence
        self._distrusted = ""

    @property
    def writer(self) -> Writer:
        """The one writer; raise StoreError when the store was opened for reading only."""
        if self._writer is None:
            raise StoreError(f"{self.path} was opened for reading only")
        return self._writer

    def require_ours(self) -> None:
        """Raise StoreBroken when another process has opened the store for writing since.

        For what must not be done twice and is no write, such as sending a mail.
        """
        if self._fence is None:
            raise StoreError(f"{self.path} was opened for reading only")
        self._fence.check()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one snapshot and cannot write; keep it for a moment only.

        Raise StoreBroken when what is read shows that the file is damaged.
        """
        try:
            with self._readers.connect() as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            if not speaks_of_damage(error):
                raise
            self._distrusted = words_of(error)
            raise StoreBroken(f"the database cannot be read: {self._distrusted}") from error

    @property
    def distrusted(self) -> str:
        """Why what is on the disk may differ from what was written; "" while nothing speaks for that."""
        return self._distrusted or (self._writer.distrusted if self._writer else "")

    def verify(self) -> tuple[str, ...]:
        """What SQLite finds wrong with the file, in its words; empty when all is well. Reads the whole file."""
        try:
            with self.read() as connection:
                found = list(connection.exec_driver_sql("PRAGMA integrity_check").scalars())
                dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        except StoreBroken as error:
            return (str(error),)
        found += [f"a reference of {row[0]} {row[1]} to {row[2]} leads nowhere" for row in dangling]
        return tuple(line for line in found if line != "ok")

    def close(self) -> None:
        """End the readers, then write what waits and end the writer, who leaves no WAL behind."""
        self._readers.dispose()
        if self._fence is not None:
            self._fence.close()
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(path: Path, *, migrate: bool = True, readonly: bool = False) -> Database:
    """Open the database file, making it (0600, its folder 0700) when there is none.

    With `migrate` the tables are brought to the present form first; without, raise StoreError
    unless they have it. `readonly` opens an existing file beside a running mailbot. Who opens
    for writing must hold the FolderLock; whoever had the file open for writing before is
    fenced off. Raise StoreError in plain words for a file that cannot be used, StoreDamaged for one
    that is no database any more.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; mailbot needs 3.37 or newer")
    if readonly and not path.is_file():
        raise StoreError(f"there is no database {path} yet; start mailbot once, or check the data folder")
    try:
        writer, guard = (None, None) if readonly else _open_writer(path, migrate=migrate)
        readers = _engine(lambda: connect_readonly(path), "BEGIN", readers=True)
        if readonly:
            with readers.connect() as connection:
                migrations.require_present(connection)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise unusable(path, error) from error
    return Database(path, readers, writer, guard)


def unusable(path: Path, error: Exception) -> StoreError:
    """Return why the log cannot be opened; StoreDamaged, with the next step, for one that is no database any more."""
    words = f"{path} cannot be opened: {reason(path, error)}"
    if not speaks_of_damage(error, by_the_disk=False):
        return StoreError(words)
    return StoreDamaged(f"{words}; {bring_back(path)}")


def bring_back(path: Path) -> str:
    """Return what to do about a damaged log."""
    return f"bring the last backup back: mailbot -C {path.parent.parent} restore FILE --replace"


def reason(path: Path, error: Exception) -> str:
    """Why the file cannot be used; where its disk is full that is said, for SQLite calls it an I/O error at times."""
    words = str(error.orig if isinstance(error, DBAPIError) else error)
    with suppress(OSError):
        if not os.statvfs(path.parent).f_bavail:
            words += "; the disk is full: free some space, nothing else is wrong"
    return words


def fence(path: Path) -> None:
    """Keep everybody from writing who has this log open now; raise StoreError when that cannot be written down."""
    try:
        connection = _engine(lambda: _connect_writing(path), "BEGIN IMMEDIATE", readers=False).connect()
        try:
            with connection.begin():
                connection.exec_driver_sql(_NEXT_EPOCH)
        finally:
            connection.close()
    except (DBAPIError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be fenced off: {error}") from error


def _open_writer(path: Path, *, migrate: bool) -> tuple[Writer, Fence]:
    _make_file(path)
    connection = _engine(lambda: _connect_writing(path), "BEGIN IMMEDIATE", readers=False).connect()
    try:
        if migrate:
            migrations.upgrade(connection)
        else:
            migrations.require_present(connection)
        with connection.begin():
            connection.exec_driver_sql(_NEXT_EPOCH)
            epoch = connection.exec_driver_sql("SELECT number FROM epoch").scalar_one()
    except BaseException:
        connection.close()
        raise
    return Writer(connection, epoch), Fence(connect_readonly(path), epoch)


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _engine(connect: Callable[[], sqlite3.Connection], begin: str, *, readers: bool) -> Engine:
    # Parameters are what people wrote: no error repeats them.
    shared: dict[str, Any] = {"creator": connect, "hide_parameters": True}
    if readers:
        engine = create_engine("sqlite://", poolclass=QueuePool, pool_size=2, max_overflow=_READERS, **shared)
    else:
        engine = create_engine("sqlite://", poolclass=NullPool, **shared)

    def do_begin(dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's wrapper of the driver's connection
        dbapi_connection.execute(begin)

    # An event listener would do the same, at a fifth more time for every statement.
    engine.dialect.do_begin = do_begin  # type: ignore[method-assign]
    return engine


def _connect_writing(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {_BACKSTOP_PAGES}",
        f"journal_size_limit = {_WAL_LIMIT_BYTES}",
        "cache_size = -16000",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def connect_readonly(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """Return a connection that cannot write; of an `immutable` file that nobody writes no other file is looked at."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
    )
    connection.execute("PRAGMA query_only = ON")
    return connection
