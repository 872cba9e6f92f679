"""Arrivals: raw octets and envelope first, committed before anything is acknowledged or moved.

The octets are kept once by their SHA-256, compressed, and come back bit for bit or not at all. An arrival is `waiting`
until its decision is committed (`done`), or it is kept apart with its cause (`quarantined`); `slow` ones wait for a
longer look while later mail overtakes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from mailbot.deciding.context import Arrival, Source
from mailbot.deciding.effects import Reason
from mailbot.errors import NotFound, StoreDamaged
from mailbot.reading.model import Envelope
from mailbot.store.blobs import keep_raw
from mailbot.store.columns import AnyRow, plain
from mailbot.store.packing import Packed, decompress, pack, pack_file
from mailbot.store.statements import Prepared, insert_unless_known
from mailbot.store.tables import ARRIVAL, RAW

# `Packed` and what makes one belong to what intake needs to say, wherever they are written.
__all__ = [
    "NOT_DONE",
    "ArrivalState",
    "NewArrival",
    "Packed",
    "accept",
    "are_waiting",
    "arrival",
    "finish",
    "mark_moved",
    "pack",
    "pack_file",
    "postpone",
    "raw_of",
    "settle",
    "to_move",
    "waiting",
]


class ArrivalState(StrEnum):
    """Where an arrival stands."""

    WAITING = "waiting"
    SLOW = "slow"
    DONE = "done"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class NewArrival:
    """What intake knows of one delivery; the fields are those of `context.Arrival`.

    `from_address` is for searching only, empty where intake did not look. Where `packed` is given, `raw` is empty.
    """

    source: Source
    received_at: datetime
    raw: bytes
    envelope: Envelope = field(default_factory=Envelope)
    mailbox: str = ""
    folder: str = ""
    uidvalidity: int | None = None
    uid: int | None = None
    junk: bool = False
    sent: bool = False
    history: bool = False
    silent: bool = False
    oversize: int = 0
    from_address: str = ""
    packed: Packed | None = None


# The only conflict there can be is that of the UID.
_ADD = Prepared(
    insert_unless_known(
        ARRIVAL,
        without=(
            *("id", "entry_id", "fingerprint", "message_id", "reasons", "moved_at"),
            *("ask_later", "ask_about", "listed"),
        ),
        returning="id",
    )
)
_ARRIVAL = select(
    ARRIVAL.c.id,
    ARRIVAL.c.source,
    ARRIVAL.c.received_at,
    ARRIVAL.c.reverse_path,
    ARRIVAL.c.recipients,
    ARRIVAL.c.mailbox,
    ARRIVAL.c.folder,
    ARRIVAL.c.uidvalidity,
    ARRIVAL.c.uid,
    ARRIVAL.c.junk,
    ARRIVAL.c.sent,
    ARRIVAL.c.confirmed_by,
    ARRIVAL.c.history,
    ARRIVAL.c.silent,
    ARRIVAL.c.oversize,
)
NOT_DONE = text("arrival.state <> 'done'")
_WAITING = Prepared(
    _ARRIVAL.where(
        NOT_DONE,
        ARRIVAL.c.partner == bindparam("partner"),
        ARRIVAL.c.state == bindparam("state"),
        ARRIVAL.c.id > bindparam("after"),
    )
    .order_by(ARRIVAL.c.id)
    .limit(bindparam("limit"))
)
_WAITING_AT = Prepared(
    select(ARRIVAL.c.id)
    .where(
        NOT_DONE,
        ARRIVAL.c.partner == bindparam("partner"),
        ARRIVAL.c.state == ArrivalState.WAITING,
    )
    .limit(1)
    .offset(bindparam("offset"))
)
_RAW = Prepared(
    select(RAW.c.sha256, RAW.c.packed)
    .join(ARRIVAL, ARRIVAL.c.raw_sha256 == RAW.c.sha256)
    .where(ARRIVAL.c.id == bindparam("arrival"))
)
_FINISH = Prepared(
    update(ARRIVAL)
    .where(ARRIVAL.c.id == bindparam("arrival"))
    .values(
        state=bindparam("new_state"),
        entry_id=bindparam("entry"),
        fingerprint=bindparam("new_fingerprint"),
        message_id=bindparam("new_message_id"),
        from_address=func.coalesce(
            func.nullif(bindparam("new_from_address", type_=ARRIVAL.c.from_address.type), ""), ARRIVAL.c.from_address
        ),
        reasons=bindparam("new_reasons", type_=ARRIVAL.c.reasons.type),
        cause=bindparam("new_cause"),
        detail=bindparam("new_detail"),
    )
)


def accept(conn: Connection, partner: str, new: NewArrival, now: datetime) -> int | None:
    """Record one delivery and return its number; None when that UID of that folder is known already."""
    packed = new.packed or pack(new.raw)
    row = {
        "partner": partner,
        "source": new.source,
        "mailbox": new.mailbox,
        "folder": new.folder,
        "uidvalidity": new.uidvalidity,
        "uid": new.uid,
        "reverse_path": new.envelope.reverse_path,
        "recipients": list(new.envelope.recipients),
        "received_at": new.received_at,
        "accepted_at": now,
        "junk": new.junk,
        "sent": new.sent,
        "history": new.history,
        "silent": new.silent,
        "oversize": new.oversize,
        "raw_sha256": packed.sha256,
        "state": ArrivalState.WAITING,
        "confirmed_by": "",
        "cause": "",
        "detail": "",
        "from_address": new.from_address,
    }
    is_new = keep_raw(conn, packed)
    number: int | None = _ADD.scalar(conn, row)
    if number is None and is_new:
        # A server gave other octets under a UID that it had used (against RFC 9051 section 2.3.1.1).
        conn.execute(delete(RAW).where(RAW.c.sha256 == packed.sha256))
    return number


def waiting(conn: Connection, partner: str, limit: int = 50, *, after: int = 0, slow: bool = False) -> list[Arrival]:
    """The oldest arrivals without a decision, numbered above `after`; with `slow`, those of the slow slot instead."""
    state = ArrivalState.SLOW if slow else ArrivalState.WAITING
    rows = _WAITING.rows(conn, {"partner": partner, "state": state, "after": after, "limit": limit})
    return [_arrival(row) for row in rows]


def are_waiting(conn: Connection, partner: str, number: int) -> bool:
    """Whether at least that many arrivals (1 or more) wait for a decision; costs no more than `number` rows."""
    return _WAITING_AT.scalar(conn, {"partner": partner, "offset": number - 1}) is not None


def arrival(conn: Connection, arrival_id: int) -> Arrival:
    """The arrival of that number; raise NotFound."""
    row = conn.execute(_ARRIVAL.where(ARRIVAL.c.id == arrival_id)).first()
    if row is None:
        raise NotFound(f"there is no arrival {arrival_id}")
    return _arrival(row)


def raw_of(conn: Connection, arrival_id: int) -> bytes:
    """The message as it came, bit for bit; raise NotFound, or StoreDamaged when the disk gives other octets back."""
    row = _RAW.first(conn, {"arrival": arrival_id})
    if row is None:
        if conn.execute(select(ARRIVAL.c.id).where(ARRIVAL.c.id == arrival_id)).first() is not None:
            raise StoreDamaged(f"arrival {arrival_id} does not say which octets are its own")
        raise NotFound(f"there is no arrival {arrival_id}")
    if not row.packed:
        raise NotFound(f"the octets of arrival {arrival_id} are gone: its time in [retention] is over")
    octets = decompress(row.packed)
    if hashlib.sha256(octets).hexdigest() != row.sha256:
        raise StoreDamaged(f"the raw message of arrival {arrival_id} differs from what was stored")
    return octets


def postpone(conn: Connection, arrival_id: int) -> None:
    """Leave the arrival to the slow slot."""
    conn.execute(update(ARRIVAL).where(ARRIVAL.c.id == arrival_id).values(state=ArrivalState.SLOW))


def settle(conn: Connection, arrival_id: int, values: dict[str, object]) -> None:
    """Write down what was decided of an arrival; `values` are those of `_FINISH`. Raise NotFound."""
    if _FINISH.change(conn, {"arrival": arrival_id, **values}) != 1:
        raise NotFound(f"there is no arrival {arrival_id}")


def finish(
    conn: Connection,
    arrival_id: int,
    *,
    entry: int | None,
    fingerprint: str | None = None,
    message_id: str | None = None,
    from_address: str = "",
    reasons: Sequence[Reason] = (),
) -> None:
    """Note that the arrival is decided and which entry it became, or was there already (then with `reasons`)."""
    settle(
        conn,
        arrival_id,
        {
            "new_state": ArrivalState.DONE,
            "entry": entry,
            "new_fingerprint": fingerprint,
            "new_message_id": message_id,
            "new_from_address": from_address,
            "new_reasons": plain(reasons) or None,
            "new_cause": "",
            "new_detail": "",
        },
    )


def to_move(conn: Connection, partner: str, mailbox: str, folder: str, limit: int = 100) -> list[Arrival]:
    """Decided arrivals of a folder that still lie there, oldest first; history stays where it always was."""
    rows = conn.execute(
        _ARRIVAL.where(
            text("arrival.uid IS NOT NULL AND arrival.moved_at IS NULL AND NOT arrival.history"),
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.mailbox == mailbox,
            ARRIVAL.c.folder == folder,
            ARRIVAL.c.state == ArrivalState.DONE,
        )
        .order_by(ARRIVAL.c.id)
        .limit(limit)
    )
    return [_arrival(row) for row in rows]


def mark_moved(conn: Connection, arrival_ids: Iterable[int], now: datetime) -> None:
    """Note that these need not be moved any more: they were, or somebody else took them away."""
    conn.execute(update(ARRIVAL).where(ARRIVAL.c.id.in_(list(arrival_ids))).values(moved_at=now))


def _arrival(row: AnyRow) -> Arrival:
    return Arrival(
        id=row.id,
        source=Source(row.source),
        received_at=row.received_at,
        envelope=Envelope(row.reverse_path, tuple(row.recipients)),
        mailbox=row.mailbox,
        folder=row.folder,
        uidvalidity=row.uidvalidity,
        uid=row.uid,
        junk=row.junk,
        sent=row.sent,
        confirmed_by=row.confirmed_by.partition(":")[0],
        confirmed_as=row.confirmed_by.partition(":")[2],
        history=row.history,
        silent=row.silent,
        oversize=row.oversize,
    )
