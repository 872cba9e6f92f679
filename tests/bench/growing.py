"""A log grown to many tickets by copying what is in it, in minutes instead of hours.

Copies have other numbers, ids, addresses and fingerprints; their raw messages are shared. The daemon must not
run meanwhile.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# Columns whose values differ from copy to copy.
_NUMBERS = (
    *("id", "ticket_id", "entry_id", "arrival_id", "outbox_id", "linked_to", "merged_into", "uid"),
    *("incident", "incident_id"),
)
_WORDS = ("message_id", "fingerprint", "key", "outbox_key")
_ADDRESSES = ("from_address", "requester", "recipient", "address")
_TABLES = (
    *("ticket", "entry", "arrival", "outbox", "known_id", "notice", "relay", "listing"),
    *("incident", "incident_update", "burst"),
)
_STRIDE = 1_000_000


def grow(log: Path, tickets: int) -> int:
    """Copy until there are at least so many tickets; return how many there are."""
    with closing(sqlite3.connect(log)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA foreign_keys = OFF")
        (there,) = conn.execute("SELECT count(*) FROM ticket").fetchone()
        for number in range(1, -(-tickets // there)):
            for table in _TABLES:
                conn.execute(_copy(conn, table, number))
            conn.commit()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(conn.execute("SELECT count(*) FROM ticket").fetchone()[0])


def _copy(conn: sqlite3.Connection, table: str, number: int) -> str:
    columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
    made = ", ".join(_made(column, number) for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({names}) SELECT {made} FROM {table} WHERE id < {_STRIDE}"  # noqa: S608 - our own names


def _made(column: str, number: int) -> str:
    if column in _NUMBERS:
        return f'"{column}" + {number * _STRIDE}'
    if column in _WORDS:
        return f"\"{column}\" || '-{number}'"
    if column in _ADDRESSES:
        return f"CASE \"{column}\" WHEN '' THEN '' ELSE '{number}-' || \"{column}\" END"
    return f'"{column}"'
