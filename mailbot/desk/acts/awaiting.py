"""Answers that one of us wrote past mailbot, and that were here before the customer's message which they answer."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from mailbot.deciding.agents.direct import customers
from mailbot.deciding.early import TakeIn
from mailbot.deciding.effects import Answered, EntryKind, EventKind, FileEvent, JoinTicket, Place
from mailbot.desk import Desk
from mailbot.desk.mails import sharing
from mailbot.reading.model import Message
from mailbot.store import awaited, counting, tickets

_MOST_PEOPLE = 10


def await_questions(conn: Connection, desk: Desk, message: Message, place: Place, entry: int, now: datetime) -> None:
    """Note which mail an answer of ours, which became that entry, is the answer to, if that has not come.

    That is the one in In-Reply-To: References name all that came before it, and what of these is late was not answered.
    """
    filed = isinstance(place, FileEvent) and place.kind is EventKind.AGENT
    if not filed and not (isinstance(place, JoinTicket) and place.kind is EntryKind.AGENT):
        return
    people = sorted(customers(message, desk.rules))[:_MOST_PEOPLE]
    question = message.in_reply_to
    if people and question and not tickets.known_ids(conn, desk.partner, (question,)):
        awaited.add(conn, desk.partner, entry, question, people, now)


def take_in(conn: Connection, desk: Desk, effect: TakeIn, ticket: int, now: datetime) -> None:
    """Log the answers in the ticket of what they answer; one that was guessed to be about another is none there."""
    for one in effect.answers:
        entry, message_id = awaited.take_in(conn, one.entry, ticket, now)
        remember = partial(tickets.remember_id, conn, desk.partner, ticket_id=ticket, outgoing=True, entry_id=entry)
        for address in sorted(one.addresses) if message_id else ():
            remember(message_id or "", address=address)
        sharing.answered(conn, desk, ticket, entry, Answered(one.agent), now)
        if one.ticket is not None and one.guessed:
            reason = f"the answer was about #{ticket}"
            counting.restate(conn, one.entry, author="mailbot", reason=reason, now=now)
