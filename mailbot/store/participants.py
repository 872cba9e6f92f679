"""Addresses that agents let into tickets, and whose a ticket was when its people came to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, text
from sqlalchemy.dialects.sqlite import insert

from mailbot.deciding.context import Came, TicketFacts
from mailbot.store.columns import AnyRow
from mailbot.store.statements import Prepared, some, some_values
from mailbot.store.tables import ENTRY, KNOWN_ID, OUTBOX, PARTICIPANT

_OF = Prepared(
    select(PARTICIPANT.c.ticket_id, PARTICIPANT.c.address).where(
        PARTICIPANT.c.partner == bindparam("of"),
        PARTICIPANT.c.ticket_id.in_(some("id", PARTICIPANT.c.ticket_id.type)),
    )
)

_LAST_MAIL = Prepared(
    select(
        KNOWN_ID.c.address,
        # What we sent says less than what was written: it went to whoever took part then.
        func.coalesce(func.max(KNOWN_ID.c.entry_id), func.max(OUTBOX.c.entry_id), 0).label("entry"),
    )
    .select_from(KNOWN_ID.outerjoin(OUTBOX, OUTBOX.c.id == KNOWN_ID.c.outbox_id))
    .where(KNOWN_ID.c.ticket_id == bindparam("ticket"))
    .group_by(KNOWN_ID.c.address)
)
_CHANGES = Prepared(
    select(ENTRY.c.id, ENTRY.c.change, ENTRY.c.decision)
    .where(
        ENTRY.c.ticket_id == bindparam("ticket"),
        text("entry.kind = 'change'"),
        text("(entry.change LIKE '%\"tenant\"%' OR entry.decision LIKE '%\"let_in\"%')"),
    )
    .order_by(ENTRY.c.id)
)


def with_came(conn: Connection, partner: str, ticket: TicketFacts) -> TicketFacts:
    """Return a ticket with its people besides the requester, each with whose it was when he last came to it.

    They come by a mail of theirs, or of one of us to them, and by being let in.
    """
    others = sorted(ticket.parties - {ticket.requester})
    changes = _CHANGES.rows(conn, {"ticket": ticket.id}) if others else []
    whose = [(row.id, row.change["tenant"]) for row in changes if "tenant" in (row.change or {})]
    if not whose:
        return ticket
    last = dict(_LAST_MAIL.rows(conn, {"ticket": ticket.id}))
    # Whoever was put out again is let in by nothing.
    present = {address for _, address in of(conn, partner, [ticket.id])}
    for row in changes:
        last |= {one: max(row.id, last.get(one, 0)) for one in present.intersection(_let_in(row, ticket.id))}
    return replace(ticket, came=tuple(_came(one, whose, last.get(one, 0)) for one in others))


def put_out_of(conn: Connection, partner: str, ticket: int) -> frozenset[str]:
    """Return whom one of us had let into a ticket, and lets in no longer."""
    once = {one for row in _CHANGES.rows(conn, {"ticket": ticket}) for one in _let_in(row, ticket)}
    return frozenset(once.difference(address for _, address in of(conn, partner, [ticket])))


def _let_in(change: AnyRow, ticket: int) -> Collection[str]:
    """Return whom that change let into the ticket."""
    number, addresses = (change.decision or {}).get("let_in") or (0, ())
    return addresses if number == ticket else ()


def _came(address: str, whose: list[tuple[int, str | None]], entry: int) -> Came:
    before = [tenant for number, tenant in whose if number < entry] or [whose[0][1]]
    after = [tenant for number, tenant in whose if number > entry]
    return Came(address, before[-1], next(filter(None, (before[-1], *after)), None))


def of(conn: Connection, partner: str, tickets: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield who was let into these tickets: ticket and address."""
    for part in some_values("id", list(tickets)):
        yield from _OF.rows(conn, {"of": partner, **part})


def let_in(conn: Connection, partner: str, ticket: int, address: str, author: str, now: datetime) -> None:
    """Let an address into a ticket; one that had been let in before is let in anew."""
    row = insert(PARTICIPANT).values(partner=partner, ticket_id=ticket, address=address, author=author, at=now)
    anew = {"author": author, "at": now}
    conn.execute(row.on_conflict_do_update(index_elements=["partner", "ticket_id", "address"], set_=anew))


def put_out(conn: Connection, partner: str, ticket: int, addresses: Iterable[str]) -> None:
    """Let these in no longer."""
    conn.execute(
        delete(PARTICIPANT).where(
            PARTICIPANT.c.partner == partner,
            PARTICIPANT.c.ticket_id == ticket,
            PARTICIPANT.c.address.in_(list(addresses)),
        )
    )
