"""Who of us gets no mail for a while: of one ticket ("muted"), or of any customer ("away"). A span ends by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from mailbot.store.tables import ABSENCE


@dataclass(frozen=True, slots=True)
class Absence:
    """One span of an agent (his id); `ticket` None is every customer's mail."""

    id: int
    agent: str
    ticket: int | None
    until: datetime


def begin(conn: Connection, partner: str, agent: str, ticket: int | None, now: datetime, until: datetime) -> int:
    """Begin a span and return its number."""
    started = insert(ABSENCE).values(partner=partner, agent=agent, ticket_id=ticket, from_at=now, until_at=until)
    number: int = conn.execute(started.returning(ABSENCE.c.id)).scalar_one()
    return number


def present(conn: Connection, partner: str, now: datetime, agent: str | None = None) -> list[Absence]:
    """Return the spans that run at `now`, of one agent or of all, those that end last first."""
    rows = conn.execute(
        select(ABSENCE.c.id, ABSENCE.c.agent, ABSENCE.c.ticket_id, ABSENCE.c.until_at)
        .where(
            ABSENCE.c.partner == partner,
            ABSENCE.c.from_at <= now,
            ABSENCE.c.until_at > now,
            *([ABSENCE.c.agent == agent] if agent is not None else []),
        )
        .order_by(ABSENCE.c.until_at.desc(), ABSENCE.c.id)
    )
    return [Absence(*row) for row in rows]


def silent_until(conn: Connection, partner: str, agent: str, ticket: int, now: datetime) -> datetime | None:
    """Return until when the agent gets nothing of that ticket, because he is away or has muted it; None for neither."""
    until: datetime | None = conn.execute(
        select(ABSENCE.c.until_at)
        .where(
            ABSENCE.c.partner == partner,
            ABSENCE.c.agent == agent,
            ABSENCE.c.from_at <= now,
            ABSENCE.c.until_at > now,
            or_(ABSENCE.c.ticket_id.is_(None), ABSENCE.c.ticket_id == ticket),
        )
        .order_by(ABSENCE.c.until_at.desc())
        .limit(1)
    ).scalar()
    return until


def end(conn: Connection, number: int, at: datetime) -> None:
    """Have a span end then."""
    conn.execute(update(ABSENCE).where(ABSENCE.c.id == number).values(until_at=at))


def forget(conn: Connection, numbers: Iterable[int]) -> None:
    """Have spans never have been."""
    conn.execute(delete(ABSENCE).where(ABSENCE.c.id.in_(list(numbers))))
