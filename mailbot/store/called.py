"""For which tickets answering services were called, and when, and which they hold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from mailbot.deciding.context import Called
from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.store.tables import ENTRY, RELAY, TICKET


def calls(
    conn: Connection, partner: str, agents: Collection[str], tickets: Collection[int]
) -> dict[int, tuple[Called, ...]]:
    """Return when which of these agents (their ids) were called for each of these tickets."""
    found: dict[int, list[Called]] = {}
    handed = (
        select(RELAY.c.ticket_id, RELAY.c.agent, RELAY.c.due_at)
        .join(ENTRY, ENTRY.c.id == RELAY.c.entry_id)
        .where(
            RELAY.c.partner == partner,
            RELAY.c.ticket_id.in_(list(tickets)),
            RELAY.c.agent.in_(list(agents)),
            RELAY.c.outbox_key.is_distinct_from(""),
            ENTRY.c.kind == EntryKind.CUSTOMER,
        )
    )
    answered = select(ENTRY.c.ticket_id, ENTRY.c.author, ENTRY.c.recorded_at).where(
        ENTRY.c.partner == partner,
        ENTRY.c.ticket_id.in_(list(tickets)),
        ENTRY.c.author.in_(list(agents)),
        ENTRY.c.kind == EntryKind.AGENT,
    )
    for query in (handed, answered):
        for ticket, agent, at in conn.execute(query):
            found.setdefault(ticket, []).append(Called(agent, at))
    return {ticket: tuple(called) for ticket, called in found.items()}


def called_for(conn: Connection, partner: str, agent: str, since: datetime) -> frozenset[int]:
    """Return the tickets for which this agent (his id) was called since then."""
    # A call stands in the ticket's log as well; asked for alone, SQLite would go through all relays there ever were.
    grown = (TICKET.c.partner == partner, TICKET.c.updated_at >= since)
    handed = (
        select(RELAY.c.ticket_id)
        .join(TICKET, TICKET.c.id == RELAY.c.ticket_id)
        .where(*grown, RELAY.c.agent == agent, RELAY.c.due_at >= since)
    )
    return frozenset(conn.execute(handed.distinct()).scalars())


def held_by(conn: Connection, partner: str, agent: str) -> tuple[int, ...]:
    """Return the open tickets that this agent (his id) has."""
    held = select(TICKET.c.id).where(
        TICKET.c.partner == partner, TICKET.c.state == TicketState.OPEN, TICKET.c.assignee == agent
    )
    return tuple(conn.execute(held.order_by(TICKET.c.id)).scalars())
