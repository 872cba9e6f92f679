"""Rows that are not what was stored: found by what their columns may hold, made anew from the log, or put aside.

SQLite keeps what a disk gives back: a changed bit makes a number of a word, or a word of which nobody knows. Such a row
stops whoever reads it, and all that waits behind it, so it is taken out of the way: a ticket's row is made anew from
its log where that says all; a row of the log, or one that others refer to, is emptied and given to a partner that
there is not; any other is removed. What it held is kept as a fact.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, delete, text, update
from sqlalchemy.exc import IntegrityError

from mailbot.deciding.effects import EntryKind, EventKind, Flag, NoticeKind, TicketState
from mailbot.errors import MailbotError, StoreBroken, StoreDamaged, StoreUnavailable
from mailbot.rules import Playbook, Severity
from mailbot.store.columns import Instant, Json, Switch, Whole
from mailbot.store.cursors import set_fact
from mailbot.store.outbox import Audience, OutboxState
from mailbot.store.projection import folded
from mailbot.store.spool import ArrivalState
from mailbot.store.tables import ARRIVAL, ENTRY, METADATA, NOTICE, OUTBOX, RAW, TICKET
from mailbot.store.tables.row import Row
from mailbot.store.writer import is_of_the_store

_FACT = "damaged."
_THE_ROW = text("rowid = :row")
# What is checked in ways of its own: octets against their digest, and the fence before each write.
_TABLES = [table for table in METADATA.sorted_tables if table.name not in {"raw", "epoch"}]
_REFERRED_TO = frozenset(key.column.table for table in _TABLES for key in table.foreign_keys) - {RAW}
_WORDS: Mapping[Column[Any], type[StrEnum]] = {
    TICKET.c.state: TicketState,
    TICKET.c.severity: Severity,
    TICKET.c.playbook: Playbook,
    TICKET.c.flags: Flag,
    ENTRY.c.kind: EntryKind,
    ENTRY.c.event: EventKind,
    ENTRY.c.flags: Flag,
    NOTICE.c.kind: NoticeKind,
    OUTBOX.c.state: OutboxState,
    OUTBOX.c.audience: Audience,
    ARRIVAL.c.state: ArrivalState,
}
# What SQLite calls the elements of a list in JSON; what is neither is a table of keys.
_ELEMENTS: Mapping[type, str] = {str: "text", int: "integer"}
_INSTANT_CHARACTERS = 32
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that did not hold what was stored: which `columns`, what it `was`, and whether it was made anew."""

    table: str
    row: int
    columns: tuple[str, ...]
    was: Mapping[str, Any]
    anew: bool


def is_of_rows(error: Exception) -> bool:
    """Return whether single rows may be to blame for an error, and not the store as a whole."""
    return not isinstance(error, (StoreUnavailable, StoreBroken)) and not is_of_the_store(error)


def may_have_ended(error: Exception) -> bool:
    """Return whether a damaged row may have ended what no error of mailbot's own does."""
    return isinstance(error, StoreDamaged) or (is_of_rows(error) and not isinstance(error, (MailbotError, OSError)))


def changes(conn: Connection) -> int:
    """Return how many rows this connection has changed since it was opened."""
    driver = conn.connection.driver_connection
    return 0 if driver is None else driver.total_changes


def are_damaged(conn: Connection, partner: str) -> bool:
    """Return whether any row of the partner is not sound; a connection that only reads will do."""
    _prepare(conn)
    return any(next(_unsound(conn, partner, table), None) for table in _TABLES)


def set_aside(conn: Connection, partner: str, now: datetime) -> list[Damaged]:
    """Take every row of the partner that is not sound out of the way; return them."""
    _prepare(conn)
    aside: list[Damaged] = []
    for table in _TABLES:
        found = list(_unsound(conn, partner, table))
        if found:
            # What an index holds is what the row held: SQLite would call the file broken.
            conn.exec_driver_sql(f'REINDEX "{table.name}"')
        aside += [_set_aside(conn, partner, table, row, columns, now) for row, columns in found]
    return aside


def kept_aside(conn: Connection, partner: str) -> int:
    """Return how many rows were ever put aside."""
    facts = METADATA.tables["fact"]
    names = facts.c.name.between(_FACT, _FACT[:-1] + "/")
    return len(
        conn.execute(facts.select().with_only_columns(facts.c.name).where(facts.c.partner == partner, names)).all()
    )


def _prepare(conn: Connection) -> None:
    """Give SQLite what tells octets that are a text; other databases hold no others."""
    driver = conn.connection.driver_connection
    if driver is not None:
        driver.create_function("is_legible", 1, _is_legible, deterministic=True)


def _unsound(
    conn: Connection, partner: str, table: Table, row: int | None = None
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows that hold what they may not, with the columns that do; the one row if it is named."""
    checks = ", ".join(_check(column) for column in table.c)
    ours = "partner = ? OR typeof(partner) <> 'text'" if "partner" in table.c else "? IS NOT NULL"
    which = "" if row is None else f" AND rowid = {row:d}"
    # Nothing but our own names of tables, columns and words is put together here.
    statement = f'SELECT rowid, {checks} FROM "{table.name}" WHERE ({ours}){which}'  # noqa: S608
    for number, *sound in conn.exec_driver_sql(statement, (partner,)):
        if not all(sound):
            yield number, tuple(column.name for column, is_sound in zip(table.c, sound, strict=True) if not is_sound)


def _check(column: Column[Any]) -> str:
    """Return the SQL that is 1 where a column's value is one that may have been stored, and else 0."""
    name, of = f'"{column.name}"', "integer" if isinstance(column.type, (Whole, Switch)) else "text"
    of = "blob" if isinstance(column.type, LargeBinary) else of
    ways = [f"WHEN typeof({name}) <> '{of}' THEN 0"]
    if column.nullable:
        ways.insert(0, f"WHEN {name} IS NULL THEN 1")
    match column.type:
        case Instant():
            ways += [f"WHEN length({name}) <> {_INSTANT_CHARACTERS} THEN 0"]
            ways += [f"WHEN strftime('%Y-%m-%dT%H:%M', {name}, '+0 days') IS NOT substr({name}, 1, 16) THEN 0"]
        case Json():
            shape, inner = _shape(column)
            ways += [f"WHEN NOT json_valid({name}) THEN 0", f"WHEN json_type({name}) <> '{shape}' THEN 0"]
            ways += [f"WHEN {_has(name, inner)} THEN 0"] if inner else []
        case _ if column in _WORDS:
            ways += [f"WHEN {name} NOT IN ({_listed(column)}) THEN 0"]
        case _ if of == "text":
            # A text of octets that are none would not reach us.
            ways += [f"WHEN NOT is_legible(CAST({name} AS BLOB)) THEN 0"]
    return f"CASE {' '.join(ways)} ELSE 1 END"


def _shape(column: Column[Any]) -> tuple[str, str]:
    """Return what the JSON of a column is, and the SQL that is true of an element that does not belong there."""
    [of] = [kind for kind in Row.__subclasses__() if kind.__tablename__ == column.table.name]
    annotation = typing.get_type_hints(of)[column.name]
    held = next(one for one in (annotation, *typing.get_args(annotation)) if typing.get_origin(one) in {list, dict})
    if typing.get_origin(held) is dict:
        return "object", ""
    if column in _WORDS:
        return "array", f"value NOT IN ({_listed(column)})"
    [element] = typing.get_args(held)
    return "array", f"type <> '{_ELEMENTS.get(element, 'object')}'"


def _has(name: str, inner: str) -> str:
    # Nothing but our own names of columns and words is put together here.
    return f"EXISTS (SELECT 1 FROM json_each({name}) WHERE {inner})"  # noqa: S608


def _listed(column: Column[Any]) -> str:
    return ", ".join(f"'{word}'" for word in _WORDS[column])


def _is_legible(octets: bytes | None) -> bool:
    try:
        (octets or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _set_aside(
    conn: Connection, partner: str, table: Table, row: int, columns: tuple[str, ...], now: datetime
) -> Damaged:
    was = _as_it_is(conn, table, row)
    anew = table is TICKET and _is_made_anew(conn, partner, row)
    if not anew:
        with _unguarded(conn, table):
            if table is ARRIVAL:
                _keep_apart(conn, partner, row, columns)
            elif table in _REFERRED_TO:
                _empty(conn, partner, table, row, now)
            else:
                conn.execute(delete(table).where(_THE_ROW.bindparams(row=row)))
    set_fact(conn, partner, f"{_FACT}{table.name}.{row}", json.dumps(was)[:_MOST_KEPT], now)
    return Damaged(table.name, row, columns, was, anew)


def _as_it_is(conn: Connection, table: Table, row: int) -> dict[str, Any]:
    """Return what a row holds, octets and what is no text any more as hexadecimal digits."""
    hexed = "CASE WHEN typeof({0}) = 'blob' OR NOT is_legible(CAST({0} AS BLOB)) THEN hex({0}) ELSE {0} END"
    names = [column.name for column in table.c]
    values = ", ".join(hexed.format(f'"{name}"') for name in names)
    # Nothing but our own names of tables and columns is put together here.
    statement = f'SELECT {values} FROM "{table.name}" WHERE rowid = ?'  # noqa: S608
    return dict(zip(names, conn.exec_driver_sql(statement, (row,)).one(), strict=True))


def _is_made_anew(conn: Connection, partner: str, ticket: int) -> bool:
    """Make the row of a ticket anew from its log; return whether that could be done."""
    try:
        with conn.begin_nested():
            row = folded(conn, ticket)
            # What a log says in part only would make somebody else's ticket of it.
            if not {column.name for column in TICKET.c if not column.nullable} <= {"id", *row}:
                return False
            conn.execute(update(TICKET).where(TICKET.c.id == ticket).values(**row))
    except Exception as error:
        if not is_of_rows(error):
            raise
        return False
    return row["partner"] == partner and not any(_unsound(conn, partner, TICKET, ticket))


def _keep_apart(conn: Connection, partner: str, row: int, columns: tuple[str, ...]) -> None:
    """Leave an arrival that is not done with to the operator, with nothing in the columns that are damaged."""
    empty = {name: _nothing(ARRIVAL.c[name], row) for name in columns} | {"partner": partner}
    state = conn.execute(ARRIVAL.select().with_only_columns(ARRIVAL.c.state).where(ARRIVAL.c.id == row)).scalar()
    if state != ArrivalState.DONE:
        empty |= {"state": ArrivalState.QUARANTINED, "cause": "failed", "detail": f"damaged: {', '.join(columns)}"}
    try:
        with conn.begin_nested():
            conn.execute(update(ARRIVAL).where(ARRIVAL.c.id == row).values(**empty))
    except IntegrityError:
        # Nobody knows whose octets it was; from a mailbox it comes again.
        conn.execute(delete(ARRIVAL).where(ARRIVAL.c.id == row))


def _empty(conn: Connection, partner: str, table: Table, row: int, now: datetime) -> None:
    """Empty a row, and give it to a partner that there is not."""
    empty = {column.name: _nothing(column, row, now) for column in table.c if not column.primary_key}
    conn.execute(
        update(table).where(_THE_ROW.bindparams(row=row)).values(**empty | {"partner": f"{partner} (damaged)"})
    )


def _nothing(column: Column[Any], row: int, now: datetime | None = None) -> Any:  # noqa: ANN401 - of the column's type
    """Return the value of a column that says nothing, and is no other row's where it must be its own."""
    if column.nullable:
        return None
    match column.type:
        case Whole() | Switch():
            return 0
        case Instant():
            return now or datetime.fromtimestamp(0, UTC)
        case Json():
            return [] if _shape(column)[0] == "array" else {}
        case LargeBinary():
            return b""
        case _:
            pass
    is_unique = any(index.unique and column.name in index.columns for index in column.table.indexes)
    return f"damaged {row}" if is_unique else ""


@contextmanager
def _unguarded(conn: Connection, table: Table) -> Iterator[None]:
    """Let a row of the log be changed that is none any more."""
    guards = conn.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table.name,)
    ).all()
    for name, _ in guards:
        conn.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in guards:
        conn.exec_driver_sql(statement)
