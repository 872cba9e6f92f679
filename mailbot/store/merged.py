"""Tickets that were merged into another of their customer's, and go on as that."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from mailbot.deciding.context import Context, TicketFacts
from mailbot.store.tables import TICKET
from mailbot.store.tickets import facts


def marked_into(conn: Connection, home: int) -> frozenset[int]:
    """Return the tickets that bear the mark of a merge into that one, or into one of these; also across customers."""
    known: frozenset[int] = frozenset([home])
    while more := frozenset(_merged(conn, known)) - known:
        known |= more
    return known - {home}


def _merged(conn: Connection, into: Iterable[int]) -> Iterable[int]:
    return conn.execute(select(TICKET.c.id).where(TICKET.c.merged_into.in_(into))).scalars()


def going_on_as(conn: Connection, partner: str, home: int) -> list[TicketFacts]:
    """Return the tickets that go on as that one, by number."""
    marked = marked_into(conn, home)
    if not marked:
        return []
    context = Context(tickets=facts(conn, partner, {home, *marked}))
    found = (one for one in context.tickets if one.id != home and context.home(one).id == home)
    return sorted(found, key=lambda one: one.id)
