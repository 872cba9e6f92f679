"""What our own people's mail is about: the tickets of those whom they write to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import TicketState
from mailbot.store.tables import TICKET
from mailbot.store.tickets import facts

_MOST_REQUESTERS = 50
_MOST_OPEN = 20


def open_of(conn: Connection, partner: str, requesters: Iterable[str]) -> tuple[TicketFacts, ...]:
    """The newest open tickets of these requesters, twenty at most."""
    wanted = sorted(set(requesters))[:_MOST_REQUESTERS]
    if not wanted:
        return ()
    rows = conn.execute(
        select(TICKET.c.id)
        .where(TICKET.c.partner == partner, TICKET.c.requester.in_(wanted), TICKET.c.state == TicketState.OPEN)
        .order_by(TICKET.c.id.desc())
        .limit(_MOST_OPEN)
    )
    return facts(conn, partner, rows.scalars())


@dataclass(frozen=True, slots=True)
class Named:
    """What a ticket is called by when we speak of it to one of us."""

    subject: str
    requester: str
    requester_name: str
    tenant: str | None


def named(conn: Connection, partner: str, ticket: int) -> Named | None:
    """Return what that ticket is called by, None where there is none."""
    row = conn.execute(
        select(TICKET.c.subject, TICKET.c.requester, TICKET.c.requester_name, TICKET.c.tenant).where(
            TICKET.c.partner == partner, TICKET.c.id == ticket
        )
    ).first()
    return None if row is None else Named(*row)
