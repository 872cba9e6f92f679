"""Doing what agents write: by the same requests that the command line makes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.effects import Called, Do, EntryKind
from mailbot.desk import Desk
from mailbot.desk.operations import perform
from mailbot.store import changes, tickets

FIRST_ANSWER = "answered first"
"""The reason in the log for which a ticket that was nobody's is an agent's."""


def do(conn: Connection, desk: Desk, effect: Do, ticket: int, now: datetime) -> str:
    """Do it to the ticket; return what was done, as the command line says it."""
    request = {"verb": effect.verb, "ticket": ticket, "author": effect.agent, "reason": effect.written}
    return perform(conn, desk, {**request, **dict(effect.values)}, now)


def note_call(conn: Connection, desk: Desk, effect: Called, ticket: int, now: datetime) -> None:
    """Write down that the customer was answered by telephone: it counts as an answer, and takes the ticket."""
    text = effect.text or "answered by telephone"
    entry = tickets.NewEntry(
        desk.partner,
        EntryKind.AGENT,
        effect.at,
        now,
        ticket,
        text=text,
        reply_text=text,
        author=effect.agent,
    )
    tickets.append_entry(conn, entry)
    changes.take(conn, ticket, effect.agent, reason=FIRST_ANSWER, now=now)
