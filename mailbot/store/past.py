"""The mails of past tickets, ticket by ticket, a few at a time: for whoever goes through the whole log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, select, tuple_

from mailbot.deciding.effects import EntryKind
from mailbot.rules import Severity
from mailbot.store.tables import ENTRY, TICKET

BATCH = 100
_KINDS = (EntryKind.CUSTOMER, EntryKind.AUTOMATIC, EntryKind.CHANGE)


@dataclass(frozen=True, slots=True)
class PastEntry:
    """A mail of a ticket, or a change of it; `tenant` and `severity` are those of the ticket as it stands."""

    ticket: int
    id: int
    kind: EntryKind
    at: datetime
    from_address: str
    flags: tuple[str, ...]
    subject: str
    text: str
    reply_text: str
    arrival_id: int | None
    change: dict[str, Any] | None
    tenant: str | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tickets in which anything happened since then, of one tenant or of all."""

    partner: str
    since: datetime
    tenant: str | None = None


def count_tickets(conn: Connection, wanted: Wanted) -> int:
    """Return how many tickets there are to go through."""
    return conn.execute(select(func.count()).select_from(TICKET).where(*_fitting(wanted))).scalar_one()


def entries_after(conn: Connection, wanted: Wanted, ticket: int, entry: int) -> list[PastEntry]:
    """Return the next entries behind this one, by ticket and then in their order, at most `BATCH`."""
    chosen = (
        select(
            ENTRY.c.ticket_id,
            ENTRY.c.id,
            ENTRY.c.kind,
            ENTRY.c.at,
            ENTRY.c.from_address,
            ENTRY.c.flags,
            ENTRY.c.subject,
            ENTRY.c.text,
            func.coalesce(ENTRY.c.reply_text, ENTRY.c.text).label("reply_text"),
            ENTRY.c.arrival_id,
            ENTRY.c.change,
            TICKET.c.tenant,
            TICKET.c.severity,
        )
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
        .where(
            tuple_(ENTRY.c.ticket_id, ENTRY.c.id) > tuple_(ticket, entry),
            ENTRY.c.kind.in_(_KINDS),
            *map(_looked_at_last, _fitting(wanted)),
        )
        .order_by(ENTRY.c.ticket_id, ENTRY.c.id)
        .limit(BATCH)
    )
    return [
        PastEntry(
            row.ticket_id,
            row.id,
            EntryKind(row.kind),
            row.at,
            row.from_address,
            tuple(row.flags),
            row.subject,
            row.text,
            row.reply_text,
            row.arrival_id,
            row.change,
            row.tenant,
            Severity(row.severity),
        )
        for row in conn.execute(chosen)
    ]


def _fitting(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    fitting = (TICKET.c.partner == wanted.partner, TICKET.c.updated_at >= wanted.since)
    return fitting if wanted.tenant is None else (*fitting, TICKET.c.tenant == wanted.tenant)


def _looked_at_last(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the same condition so that it chooses no index: by that of `updated_at` every batch sorts all tickets."""
    return func.coalesce(condition, false())
