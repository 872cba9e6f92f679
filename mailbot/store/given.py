"""What our own people answered: who, when, and in which words; and who of them was handed the question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from mailbot.deciding.effects import EntryKind
from mailbot.deciding.given import Given
from mailbot.reading.model import BounceAction
from mailbot.store.outbox import OutboxState
from mailbot.store.rereading import read_back
from mailbot.store.tables import ENTRY, OUTBOX, RELAY
from mailbot.store.waits import TOLD

REPLY = "reply"
"""The outbox kind of a mail in which an agent answers a customer."""


def given(conn: Connection, entry_id: int) -> Given | None:
    """Return the answer of ours that this entry is, None for every other entry."""
    found = _given(conn, ENTRY.c.id == entry_id)
    return found[0] if found else None


def given_since(conn: Connection, ticket_id: int, since: datetime, *, after: int) -> tuple[Given, ...]:
    """Return the answers that were logged in a ticket since then, after that entry, the newest first."""
    return _given(conn, ENTRY.c.ticket_id == ticket_id, ENTRY.c.id > after, ENTRY.c.recorded_at >= since)


def is_handed_anew(conn: Connection, relay_id: int) -> bool:
    """Return whether the ticket came back, or was given to the agent, after the message and by when he is to get it."""
    changes = conn.execute(
        select(ENTRY.c.author, ENTRY.c.change, RELAY.c.agent)
        .join(RELAY, RELAY.c.ticket_id == ENTRY.c.ticket_id)
        .where(
            RELAY.c.id == relay_id,
            ENTRY.c.kind == EntryKind.CHANGE,
            ENTRY.c.id > RELAY.c.entry_id,
            ENTRY.c.recorded_at <= RELAY.c.due_at,
        )
    )
    return any(
        change.get("assignee") == agent or (author == "mailbot" and change.get("waits_until", "") is None)
        for author, change, agent in changes
        if change
    )


def handed_to(conn: Connection, ticket_id: int) -> frozenset[str]:
    """Return the agents (their ids) who were handed, or are to be handed, what the customer wrote in a ticket."""
    rows = conn.execute(
        select(RELAY.c.agent)
        .join(ENTRY, ENTRY.c.id == RELAY.c.entry_id)
        .where(
            RELAY.c.ticket_id == ticket_id,
            ENTRY.c.kind == EntryKind.CUSTOMER,
            RELAY.c.outbox_key.is_distinct_from(""),
        )
        .distinct()
    )
    return frozenset(rows.scalars())


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer of ours as a mail to one recipient, or one `of_wait`: ours that tells the day which an agent set."""

    given: Given
    recipient: str
    of_wait: bool = False


def answer_in(conn: Connection, outbox_id: int) -> Outgoing | None:
    """Return the agent's answer that an outgoing mail brings, or the day that he set, None for any other mail."""
    row = conn.execute(
        select(OUTBOX.c.entry_id, OUTBOX.c.recipient, OUTBOX.c.kind, OUTBOX.c.packed).where(
            OUTBOX.c.id == outbox_id, OUTBOX.c.kind.in_([REPLY, TOLD]), OUTBOX.c.entry_id.is_not(None)
        )
    ).first()
    if row is None:
        return None
    if row.kind == REPLY:
        answer = given(conn, row.entry_id)
        return Outgoing(answer, row.recipient) if answer is not None else None
    entry = conn.execute(select(ENTRY).where(ENTRY.c.id == row.entry_id)).one()
    words = read_back(row.packed).text
    day = Given(entry=entry.id, ticket=entry.ticket_id, agent=entry.author, at=entry.at, words=words)
    return Outgoing(day, row.recipient, of_wait=True)


def lost_mails(conn: Connection, ticket: int, entry: int) -> tuple[tuple[str, str, str], ...]:
    """Return the mails of an answer in a ticket that did not arrive: the recipient, the status, what a server said."""
    columns = (OUTBOX.c.recipient, OUTBOX.c.state, OUTBOX.c.bounced, OUTBOX.c.reply_text)
    # Found by its ticket: no index has the entry.
    of_answer = (OUTBOX.c.ticket_id == ticket, OUTBOX.c.entry_id == entry, OUTBOX.c.kind == REPLY)
    mails = select(*columns).where(*of_answer).order_by(OUTBOX.c.id)
    lost: list[tuple[str, str, str]] = []
    for recipient, state, bounced, said in conn.execute(mails):
        back = bounced or {}
        if back.get("action") == BounceAction.FAILED:
            lost.append((recipient, back.get("status", ""), back.get("diagnostic", "")))
        elif state in {OutboxState.FAILED, OutboxState.EXPIRED}:
            lost.append((recipient, "", said or ""))
    return tuple(lost)


def said_of(conn: Connection, outbox_id: int) -> str:
    """Return what the relay last said about an outgoing mail, "" for nothing."""
    said: str | None = conn.execute(select(OUTBOX.c.reply_text).where(OUTBOX.c.id == outbox_id)).scalar()
    return said or ""


def _given(conn: Connection, *where: ColumnElement[bool]) -> tuple[Given, ...]:
    rows = conn.execute(
        select(
            ENTRY.c.id,
            ENTRY.c.ticket_id,
            ENTRY.c.author,
            ENTRY.c.at,
            ENTRY.c.message_id,
            ENTRY.c.from_address,
            ENTRY.c.text,
            ENTRY.c.reply_text,
        )
        .where(ENTRY.c.kind == EntryKind.AGENT, ENTRY.c.ticket_id.is_not(None), *where)
        .order_by(ENTRY.c.id.desc())
        .limit(_MOST)
    ).all()
    return tuple(
        Given(
            entry=row.id,
            ticket=row.ticket_id,
            agent=row.author,
            at=row.at,
            words=_sent_words(conn, row.ticket_id, row.id) or (row.text if row.reply_text is None else row.reply_text),
            by_phone=not row.from_address and row.message_id is None,
        )
        for row in rows
    )


_MOST = 20


def _sent_words(conn: Connection, ticket_id: int, entry_id: int) -> str:
    """Return the text of the mail that left because of that entry, "" where none did or its octets are gone."""
    of_entry = (OUTBOX.c.ticket_id == ticket_id, OUTBOX.c.entry_id == entry_id, OUTBOX.c.kind == REPLY)
    return read_back(conn.execute(select(OUTBOX.c.packed).where(*of_entry).limit(1)).scalar()).text
