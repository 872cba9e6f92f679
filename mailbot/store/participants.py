"""Addresses that agents let into tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from mailbot.store.statements import Prepared, some, some_values
from mailbot.store.tables import PARTICIPANT

_OF = Prepared(
    select(PARTICIPANT.c.ticket_id, PARTICIPANT.c.address).where(
        PARTICIPANT.c.partner == bindparam("of"),
        PARTICIPANT.c.ticket_id.in_(some("id", PARTICIPANT.c.ticket_id.type)),
    )
)


def of(conn: Connection, partner: str, tickets: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield who was let into these tickets: ticket and address."""
    for part in some_values("id", list(tickets)):
        yield from _OF.rows(conn, {"of": partner, **part})


def let_in(conn: Connection, partner: str, ticket: int, address: str, author: str, now: datetime) -> None:
    """Let an address into a ticket that has not been let in."""
    conn.execute(insert(PARTICIPANT).values(partner=partner, ticket_id=ticket, address=address, author=author, at=now))


def put_out(conn: Connection, partner: str, ticket: int, addresses: Iterable[str]) -> None:
    """Let these in no longer."""
    conn.execute(
        delete(PARTICIPANT).where(
            PARTICIPANT.c.partner == partner,
            PARTICIPANT.c.ticket_id == ticket,
            PARTICIPANT.c.address.in_(list(addresses)),
        )
    )
