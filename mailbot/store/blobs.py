"""Large octets into a row piece by piece, as SQLite can: a message of any size is never whole in memory.

The row is made with room of the right size, in which zeros stand, and the octets are written over
them in the same transaction. PostgreSQL would take them as a large object.
"""

from __future__ import annotations

import sqlite3
from typing import IO, cast

from sqlalchemy import Connection, Integer, Text, bindparam, text

from mailbot.store.packing import Packed
from mailbot.store.statements import Prepared, insert_unless_known
from mailbot.store.tables import RAW

_BLOCK_OCTETS = 1_048_576
_KEEP = Prepared(insert_unless_known(RAW))
_MAKE_ROOM = Prepared(
    text(
        "INSERT INTO raw (sha256, size, packed) VALUES (:sha256, :size, zeroblob(:length))"
        " ON CONFLICT DO NOTHING RETURNING rowid"
    ).bindparams(
        bindparam("sha256", type_=Text()), bindparam("size", type_=Integer()), bindparam("length", type_=Integer())
    )
)


def keep_raw(conn: Connection, packed: Packed) -> bool:
    """Keep a message's octets unless they are there already; return whether they were new."""
    if isinstance(packed.data, bytes):
        row = {"sha256": packed.sha256, "size": packed.size, "packed": packed.data}
        return _KEEP.change(conn, row) == 1
    length = packed.data.seek(0, 2)
    number = _MAKE_ROOM.scalar(conn, {"sha256": packed.sha256, "size": packed.size, "length": length})
    if number is None:
        return False
    packed.data.seek(0)
    _fill(conn, number, packed.data)
    return True


def _fill(conn: Connection, number: int, source: IO[bytes]) -> None:
    driver = cast("sqlite3.Connection", conn.connection.driver_connection)
    with driver.blobopen("raw", "packed", number) as blob:
        while block := source.read(_BLOCK_OCTETS):
            blob.write(block)
