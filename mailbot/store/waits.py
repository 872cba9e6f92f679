"""Tickets that wait for something until an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from mailbot.deciding.effects import EntryKind
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import OutboxState
from mailbot.store.tables import ENTRY, OUTBOX, TICKET

TOLD = "waiting"
"""The outbox kind of the mail that tells a customer the day."""
_WAITS = text("ticket.waits_until IS NOT NULL")


def waiting(conn: Connection, ticket: int) -> AnyRow | None:
    """Return the row of a ticket that waits, None for one that does not."""
    return conn.execute(select(TICKET).where(TICKET.c.id == ticket, TICKET.c.waits_until.is_not(None))).first()


def next_end(conn: Connection, partner: str) -> datetime | None:
    """Return when the next ticket is to come back, None for none."""
    at: datetime | None = conn.execute(
        select(func.min(TICKET.c.waits_until)).where(_WAITS, TICKET.c.partner == partner)
    ).scalar()
    return at


def over(conn: Connection, partner: str, now: datetime) -> Sequence[AnyRow]:
    """Return the rows of the tickets whose wait is over at `now`."""
    return conn.execute(
        select(TICKET).where(_WAITS, TICKET.c.partner == partner, TICKET.c.waits_until <= now).order_by(TICKET.c.id)
    ).all()


def ended_as(conn: Connection, ticket: int) -> str:
    """Return what the log says of the end of the ticket's last wait, "" where that was forgotten."""
    ends = select(ENTRY.c.text).where(
        ENTRY.c.ticket_id == ticket,
        ENTRY.c.kind == EntryKind.CHANGE,
        func.json_type(ENTRY.c.change, "$.waits_until") == "null",
    )
    return conn.execute(ends.order_by(ENTRY.c.id.desc()).limit(1)).scalar() or ""


def waiting_mails(conn: Connection, ticket: int | None, entry: int) -> list[tuple[int, bool]]:
    """Return the mails that tell customers of the wait which that entry of a ticket began, and which are still here."""
    rows = conn.execute(
        select(OUTBOX.c.id, OUTBOX.c.state).where(
            OUTBOX.c.ticket_id == ticket, OUTBOX.c.entry_id == entry, OUTBOX.c.kind == TOLD
        )
    )
    return [(number, state in {OutboxState.HELD, OutboxState.QUEUED}) for number, state in rows]


def pauses(conn: Connection, ticket: int, until: datetime | None) -> list[tuple[datetime, datetime]]:
    """Return the spans for which the ticket waited, the running one as if it ended as planned, `until` then."""
    spans: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    entries = conn.execute(
        select(ENTRY.c.recorded_at, ENTRY.c.change, ENTRY.c.decision)
        .where(ENTRY.c.ticket_id == ticket, ENTRY.c.kind == EntryKind.CHANGE)
        .order_by(ENTRY.c.id)
    )
    for at, change, decision in entries:
        if "waits_until" not in (change or {}):
            continue
        if since is not None and "undoes" not in (decision or {}):
            spans.append((since, at))
        since = at if change["waits_until"] else None
    if since is not None and until is not None:
        spans.append((since, until))
    return spans
