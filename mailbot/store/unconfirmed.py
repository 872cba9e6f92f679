"""What is known of messages that are kept apart: their subjects, and what those of agents wait for.

An agent's mail that waits names its ticket, since when it waits, who was asked for which word, and the answer of
another of us beside which it waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from mailbot.deciding.agents.asking import UNREAD
from mailbot.deciding.effects import UNCONFIRMED
from mailbot.store import quarantine, team
from mailbot.store.spool import NOT_DONE, ArrivalState
from mailbot.store.tables import ARRIVAL, ENTRY, OUTBOX


@dataclass(frozen=True, slots=True)
class Beside:
    """The answer of another of us (his id, "" where the shared mailbox does not tell) beside which a mail waits.

    One `by_phone` that was typed at the server has an operator's account for an id.
    """

    entry: int
    agent: str
    at: datetime
    by_phone: bool


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """An agent's mail that waits: who wrote it when, about which ticket, and the word that lets it go.

    `subject` is the ticket's, else its own. `asked` is the address that was asked for that word at `asked_at`, the
    agent's id while he has not been asked.
    """

    arrival: int
    writer: str
    since: datetime
    ticket: int | None
    subject: str
    needs: str
    asked: str
    asked_at: datetime | None
    beside: Beside | None


def unconfirmed(
    conn: Connection, partner: str, *, arrival: int | None = None, limit: int = 1_000
) -> tuple[Unconfirmed, ...]:
    """Return what waits for words of agents, the oldest first: all, or that arrival alone."""
    only = () if arrival is None else (ARRIVAL.c.id == arrival,)
    rows = conn.execute(
        select(
            ARRIVAL.c.id,
            ARRIVAL.c.from_address,
            ARRIVAL.c.received_at,
            ARRIVAL.c.entry_id,
            ARRIVAL.c.ask_later,
            ARRIVAL.c.ask_about,
            ARRIVAL.c.reasons,
        )
        .where(
            NOT_DONE,
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.state == ArrivalState.QUARANTINED,
            ARRIVAL.c.cause == UNCONFIRMED,
            *only,
        )
        .order_by(ARRIVAL.c.id)
        .limit(limit)
    ).all()
    own = subjects(conn, (row.entry_id for row in rows))
    found = []
    for row in rows:
        asked, asked_at, ticket, beside = row.ask_later, None, row.ask_about, None
        if question := _question(conn, partner, row.id):
            asked, asked_at, ticket = question.recipient, question.created_at, question.ticket_id
            beside = _beside(conn, question.entry_id)
        named = team.named(conn, partner, ticket) if ticket else None
        codes = [reason["code"] for reason in row.reasons or ()]
        found.append(
            Unconfirmed(
                arrival=row.id,
                writer=row.from_address,
                since=row.received_at,
                ticket=ticket,
                subject=named.subject if named else own.get(row.entry_id, ""),
                needs="send" if UNREAD in codes or beside else "yes",
                asked=asked,
                asked_at=asked_at,
                beside=beside,
            )
        )
    return tuple(found)


def subjects(conn: Connection, entries: Iterable[int | None]) -> dict[int, str]:
    """Return the subjects of the messages that these entries say were kept apart, by entry."""
    wanted = [entry for entry in entries if entry is not None]
    rows = conn.execute(select(ENTRY.c.id, ENTRY.c.subject).where(ENTRY.c.id.in_(wanted)))
    return {row.id: row.subject for row in rows}


@dataclass(frozen=True, slots=True)
class _Question:
    recipient: str
    created_at: datetime
    ticket_id: int | None
    entry_id: int | None


def _question(conn: Connection, partner: str, arrival: int) -> _Question | None:
    """Return the last question about an arrival, None where nobody was asked."""
    row = conn.execute(
        select(OUTBOX.c.recipient, OUTBOX.c.created_at, OUTBOX.c.ticket_id, OUTBOX.c.entry_id)
        .where(*quarantine.questions_about(partner, arrival))
        .order_by(OUTBOX.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _Question(*row)


def _beside(conn: Connection, entry: int | None) -> Beside | None:
    by_phone = and_(ENTRY.c.from_address == "", ENTRY.c.message_id.is_(None))
    row = conn.execute(select(ENTRY.c.id, ENTRY.c.author, ENTRY.c.at, by_phone).where(ENTRY.c.id == entry)).first()
    return None if row is None else Beside(*row)
