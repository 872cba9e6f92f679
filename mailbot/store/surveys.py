"""Whose tickets have ended, who was asked how satisfied they are, and that somebody is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.deciding.satisfaction.surveys import Ended
from mailbot.rules import Severity
from mailbot.store.tables import ENTRY, TICKET


def ended(conn: Connection, tickets: Collection[int]) -> Iterator[Ended]:
    """Yield those of the tickets that are closed."""
    closed = (TICKET.c.state == TicketState.CLOSED, TICKET.c.closed_at.is_not(None))
    for row in conn.execute(select(TICKET).where(TICKET.c.id.in_(list(tickets)), *closed)):
        yield Ended(
            ticket=row.id,
            severity=Severity(row.severity),
            tenant=row.tenant,
            closed_at=row.closed_at,
            answered=row.first_response_at is not None,
            flags=frozenset(map(Flag, row.flags)),
            merged=row.merged_into is not None,
            surveyed=row.surveyed_at is not None,
        )


def was_asked(conn: Connection, partner: str, address: str, since: datetime) -> bool:
    """Return whether somebody was asked about any ticket of theirs since then."""
    theirs = (TICKET.c.partner == partner, TICKET.c.requester == address, TICKET.c.surveyed_at > since)
    return conn.execute(select(TICKET.c.id).where(*theirs).limit(1)).first() is not None


def has_words_of_customer(conn: Connection, ticket: int) -> bool:
    """Return whether a customer wrote in a ticket at all; one that we began may have our words alone."""
    wrote = (ENTRY.c.ticket_id == ticket, ENTRY.c.kind == EntryKind.CUSTOMER)
    return conn.execute(select(ENTRY.c.id).where(*wrote).limit(1)).first() is not None
