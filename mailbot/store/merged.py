"""Tickets that were merged into another of their customer's, and go on as that."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mailbot.deciding.context import Context, TicketFacts
from mailbot.store.tables import TICKET
from mailbot.store.tickets import facts


def going_on_as(conn: Connection, partner: str, home: int) -> list[TicketFacts]:
    """Return the tickets that go on as that one, by number."""
    known = {home}
    while more := set(conn.execute(select(TICKET.c.id).where(TICKET.c.merged_into.in_(known))).scalars()) - known:
        known |= more
    if known == {home}:
        return []
    context = Context(tickets=facts(conn, partner, known))
    found = (one for one in context.tickets if one.id != home and context.home(one).id == home)
    return sorted(found, key=lambda one: one.id)
