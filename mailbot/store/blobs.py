"""Large octets into a row piece by piece, as SQLite can, and the first ones out of it.

A message of any size is never whole in memory for that.
The row is made with room of the right size, in which zeros stand, and the octets are written over
them in the same transaction. PostgreSQL would take them as a large object.
"""

from __future__ import annotations

import sqlite3
from typing import IO, cast

from sqlalchemy import Connection, Integer, LargeBinary, Text, bindparam, func, select, text

from mailbot.store.packing import ZSTD_BLOCK_OCTETS, Packed, beginning
from mailbot.store.statements import Prepared, insert_unless_known
from mailbot.store.tables import ARRIVAL, RAW

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
# What came before, and whose octets were forgotten since.
_KEEP_AGAIN = Prepared(
    text("UPDATE raw SET packed = :packed WHERE sha256 = :sha256 AND length(packed) = 0").bindparams(
        bindparam("sha256", type_=Text()), bindparam("packed", type_=LargeBinary())
    )
)
_MAKE_ROOM_AGAIN = Prepared(
    text(
        "UPDATE raw SET packed = zeroblob(:length) WHERE sha256 = :sha256 AND length(packed) = 0 RETURNING rowid"
    ).bindparams(bindparam("sha256", type_=Text()), bindparam("length", type_=Integer()))
)

_BEGINNING = Prepared(
    select(func.substr(RAW.c.packed, 1, bindparam("most", type_=Integer()), type_=LargeBinary()).label("packed"))
    .join(ARRIVAL, ARRIVAL.c.raw_sha256 == RAW.c.sha256)
    .where(ARRIVAL.c.id == bindparam("arrival"))
)


def beginning_of(conn: Connection, arrival_id: int, octets: int) -> bytes:
    """Return the first octets of an arrival's message, at most so many; none when they are gone, or damaged."""
    packed = _BEGINNING.scalar(conn, {"arrival": arrival_id, "most": octets + ZSTD_BLOCK_OCTETS})
    return beginning(packed, octets) if packed else b""


def keep_raw(conn: Connection, packed: Packed) -> bool:
    """Keep a message's octets unless they are there already; return whether they were new."""
    if isinstance(packed.data, bytes):
        row = {"sha256": packed.sha256, "size": packed.size, "packed": packed.data}
        is_new = _KEEP.change(conn, row) == 1
        if not is_new:
            _KEEP_AGAIN.change(conn, row)
        return is_new
    row = {"sha256": packed.sha256, "size": packed.size, "length": packed.data.seek(0, 2)}
    number = _MAKE_ROOM.scalar(conn, row)
    room = _MAKE_ROOM_AGAIN.scalar(conn, row) if number is None else number
    if room is not None:
        packed.data.seek(0)
        _fill(conn, room, packed.data)
    return number is not None


def _fill(conn: Connection, number: int, source: IO[bytes]) -> None:
    driver = cast("sqlite3.Connection", conn.connection.driver_connection)
    with driver.blobopen("raw", "packed", number) as blob:
        while block := source.read(_BLOCK_OCTETS):
            blob.write(block)
