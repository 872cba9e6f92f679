"""Message-IDs that our answers reply to, of mails that have not come: by them a late question finds its answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, text, update

from mailbot.deciding.early import Early
from mailbot.deciding.effects import EntryKind, Reason
from mailbot.store.statements import Prepared
from mailbot.store.tables import ARRIVAL, AWAITED, ENTRY
from mailbot.store.tickets import NewEntry, append_entry

KEPT = timedelta(days=30)
"""How long a question may be late; an answer to none stays what it is, an event of its own."""
_GUESSED = "thread.recipient"
_PLACED = ENTRY.alias()
_TAKEN_IN = exists(
    select(_PLACED.c.id).where(
        _PLACED.c.arrival_id == ENTRY.c.arrival_id,
        _PLACED.c.id > ENTRY.c.id,
        _PLACED.c.kind == EntryKind.AGENT,
        _PLACED.c.ticket_id.is_not(None),
    )
)
_OF = Prepared(
    select(ENTRY.c.id, ENTRY.c.author, ENTRY.c.at, ENTRY.c.ticket_id, ENTRY.c.reasons)
    .join(AWAITED, AWAITED.c.entry_id == ENTRY.c.id)
    .where(
        AWAITED.c.partner == bindparam("of"),
        AWAITED.c.message_id == bindparam("message_id"),
        AWAITED.c.address == bindparam("address"),
        # One that was taken into a ticket is not taken into another.
        ~_TAKEN_IN,
    )
    .order_by(ENTRY.c.id)
)


def add(
    conn: Connection, partner: str, entry_id: int, message_id: str, addresses: Iterable[str], now: datetime
) -> None:
    """Note that this answer, which went to these addresses, replies to a mail that has not come."""
    conn.execute(delete(AWAITED).where(AWAITED.c.partner == partner, AWAITED.c.at < now - KEPT))
    rows = [
        {"partner": partner, "message_id": message_id, "address": address, "entry_id": entry_id, "at": now}
        for address in sorted(addresses)
    ]
    if rows:
        conn.execute(insert(AWAITED), rows)


def of(conn: Connection, partner: str, message_id: str, address: str) -> tuple[Early, ...]:
    """Return the answers to that address that reply to this mail and were here before it, the oldest first."""
    rows = _OF.rows(conn, {"of": partner, "message_id": message_id, "address": address})
    return tuple(
        Early(row.id, row.author, row.at, _addresses(conn, row.id), row.ticket_id, _is_guessed(row.reasons))
        for row in rows
    )


def _addresses(conn: Connection, entry_id: int) -> frozenset[str]:
    """Return to whom the answer of that entry went."""
    return frozenset(conn.execute(select(AWAITED.c.address).where(AWAITED.c.entry_id == entry_id)).scalars())


def _is_guessed(reasons: list[dict[str, str]]) -> bool:
    return any(reason["code"] == _GUESSED for reason in reasons)


def moved(conn: Connection, tickets: Collection[int]) -> frozenset[int]:
    """Return the answers in these tickets that were guessed to be about them, and were taken into another since."""
    guessed = text(f"entry.kind = 'agent' AND entry.reasons LIKE '%\"{_GUESSED}\"%'")
    rows = conn.execute(select(ENTRY.c.id).where(ENTRY.c.ticket_id.in_(list(tickets)), guessed, _TAKEN_IN))
    return frozenset(rows.scalars())


def take_in(conn: Connection, entry_id: int, ticket: int, now: datetime) -> tuple[int, str | None]:
    """Log the answer of that entry in a ticket, too, at its own time; return its number there and its Message-ID.

    What its arrival became is that from then on.
    """
    row = conn.execute(select(ENTRY).where(ENTRY.c.id == entry_id)).one()
    reason = Reason("answer.early", f"it answers a message of #{ticket} that came after it")
    entry = NewEntry(
        partner=row.partner,
        kind=EntryKind.AGENT,
        at=row.at,
        recorded_at=now,
        ticket_id=ticket,
        arrival_id=row.arrival_id,
        message_id=row.message_id,
        from_address=row.from_address,
        from_name=row.from_name,
        subject=row.subject,
        text=row.text,
        reply_text=row.reply_text or "",
        author=row.author,
        reasons=(reason,),
    )
    number = append_entry(conn, entry)
    conn.execute(update(ARRIVAL).where(ARRIVAL.c.id == row.arrival_id).values(entry_id=number))
    return number, row.message_id
