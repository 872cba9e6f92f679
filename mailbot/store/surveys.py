"""Whose tickets have ended, who was asked how satisfied they are, and that somebody is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, select, text

from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.deciding.satisfaction.surveys import Ended
from mailbot.deciding.satisfaction.votes import vote_in
from mailbot.figures.votes import Said
from mailbot.reading.model import Mailbox, Message
from mailbot.rules import Severity
from mailbot.store.tables import ENTRY, TICKET

_GAVE_A_VOTE = text("entry.kind = 'customer' AND entry.change LIKE '%\"vote\"%'")


def ended(conn: Connection, tickets: Collection[int]) -> Iterator[Ended]:
    """Yield those of the tickets that are closed."""
    closed = (TICKET.c.state == TicketState.CLOSED, TICKET.c.closed_at.is_not(None))
    for row in conn.execute(select(TICKET).where(TICKET.c.id.in_(list(tickets)), *closed)):
        yield Ended(
            ticket=row.id,
            severity=Severity(row.severity),
            tenant=row.tenant,
            closed_at=row.closed_at,
            answered=row.first_response_at is not None or row.solved_by is not None,
            flags=frozenset(map(Flag, row.flags)),
            merged=row.merged_into is not None,
            surveyed=row.surveyed_at is not None,
        )


def was_asked(conn: Connection, partner: str, address: str, since: datetime) -> bool:
    """Return whether somebody was asked about any ticket of theirs since then."""
    theirs = (TICKET.c.partner == partner, TICKET.c.requester == address, TICKET.c.surveyed_at > since)
    return conn.execute(select(TICKET.c.id).where(*theirs).limit(1)).first() is not None


def waits(conn: Connection, partner: str, address: str) -> bool:
    """Return whether somebody waits for an answer of ours about something critical or high of theirs."""
    theirs = (TICKET.c.partner == partner, TICKET.c.requester == address, TICKET.c.waiting_since.is_not(None))
    pressing = (TICKET.c.state == TicketState.OPEN, TICKET.c.severity.in_((Severity.CRITICAL, Severity.HIGH)))
    return conn.execute(select(TICKET.c.id).where(*theirs, *pressing).limit(1)).first() is not None


def has_words_of_customer(conn: Connection, ticket: int) -> bool:
    """Return whether a customer wrote in a ticket at all; one that we began may have our words alone."""
    wrote = (ENTRY.c.ticket_id == ticket, ENTRY.c.kind == EntryKind.CUSTOMER)
    return conn.execute(select(ENTRY.c.id).where(*wrote).limit(1)).first() is not None


def said(conn: Connection, votes: Iterable[tuple[int, int]]) -> list[Said]:
    """Return what was written beside these votes, each a ticket and a mark, in their order.

    The words are read out of the messages that gave them; where those were forgotten there are none.
    """
    marks = dict(votes)
    fields = (ENTRY.c.ticket_id, ENTRY.c.text, ENTRY.c.reply_text, ENTRY.c.from_name, ENTRY.c.from_address)
    gave = select(*fields).where(ENTRY.c.ticket_id.in_(list(marks)), _GAVE_A_VOTE).order_by(ENTRY.c.id)
    words: dict[int, str] = {}
    for row in conn.execute(gave):
        sender = Mailbox(row.from_name, row.from_address)
        read = vote_in(Message(reply_text=row.text if row.reply_text is None else row.reply_text, sender=sender))
        words.setdefault(row.ticket_id, read.comment if read else "")
    return [Said(ticket, mark, words.get(ticket, "")) for ticket, mark in marks.items()]
