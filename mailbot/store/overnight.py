"""What happened to outages within a span: who wrote, who was called, who answered, took, noted and closed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, union

from mailbot.deciding.duetimes import SILENT
from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.rules import Severity
from mailbot.store.tables import ENTRY, RELAY, TICKET

# Of what bears the same instant.
_ORDER = {EntryKind.CUSTOMER: 0, None: 1}


@dataclass(frozen=True, slots=True)
class NightTicket:
    """A ticket as it stands after the night."""

    id: int
    tenant: str | None
    severity: Severity
    state: TicketState
    subject: str
    requester: str
    requester_name: str
    assignee: str


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a ticket's log, or that an agent (`author`, his id) was called: `kind` is None then.

    `words` are what was newly written, "" where the entry holds none. `by_phone` is an answer that no mail says.
    """

    ticket: int
    at: datetime
    kind: EntryKind | None
    author: str
    from_address: str = ""
    from_name: str = ""
    words: str = ""
    change: dict[str, Any] | None = None
    by_phone: bool = False


def outages(
    conn: Connection, partner: str, services: Collection[str], since: datetime, until: datetime
) -> tuple[NightTicket, ...]:
    """Return the tickets in which a customer wrote of an outage in that span, or a service (its id) answered.

    In the order of their opening; those that were merged into another are not among them, nor spam, machines' and past
    mail.
    """
    grown = (TICKET.c.partner == partner, TICKET.c.updated_at >= since)
    # Asked for by themselves, SQLite would go through all entries and all relays there ever were.
    entries = TICKET.join(ENTRY, ENTRY.c.ticket_id == TICKET.c.id)
    relays = TICKET.join(RELAY, RELAY.c.ticket_id == TICKET.c.id).join(ENTRY, ENTRY.c.id == RELAY.c.entry_id)
    of_customer = (*grown, ENTRY.c.kind == EntryKind.CUSTOMER)
    in_span = (ENTRY.c.recorded_at >= since, ENTRY.c.recorded_at < until)
    called = (
        select(RELAY.c.ticket_id)
        .select_from(relays)
        .where(*of_customer, RELAY.c.urgent, RELAY.c.due_at >= since, RELAY.c.due_at < until)
    )
    critical = (
        select(ENTRY.c.ticket_id)
        .select_from(entries)
        .where(*of_customer, *in_span, TICKET.c.severity == Severity.CRITICAL)
    )
    served = (
        select(ENTRY.c.ticket_id)
        .select_from(entries)
        .where(*grown, ENTRY.c.kind == EntryKind.AGENT, ENTRY.c.author.in_(list(services)), *in_span)
    )
    named = {number for number in conn.execute(union(called, critical, served)).scalars() if number is not None}
    columns = ("id", "tenant", "severity", "state", "subject", "requester", "requester_name", "assignee", "flags")
    rows = conn.execute(
        select(*(TICKET.c[name] for name in columns))
        .where(TICKET.c.id.in_(named), TICKET.c.merged_into.is_(None))
        .order_by(TICKET.c.id)
    )
    return tuple(
        NightTicket(
            row.id,
            row.tenant,
            Severity(row.severity),
            TicketState(row.state),
            row.subject,
            row.requester,
            row.requester_name,
            row.assignee,
        )
        for row in rows
        if SILENT.isdisjoint(row.flags)
    )


def steps(conn: Connection, tickets: Collection[int], since: datetime, until: datetime) -> tuple[Step, ...]:
    """Return what happened to these tickets in that span, in its order."""
    entries = conn.execute(
        select(ENTRY)
        .where(ENTRY.c.ticket_id.in_(list(tickets)), ENTRY.c.recorded_at >= since, ENTRY.c.recorded_at < until)
        .order_by(ENTRY.c.id)
    )
    found = [
        Step(
            row.ticket_id,
            row.at,
            EntryKind(row.kind),
            row.author,
            row.from_address,
            row.from_name,
            row.text if row.reply_text is None else row.reply_text,
            row.change,
            by_phone=not row.from_address and row.message_id is None,
        )
        for row in entries
    ]
    called = conn.execute(
        select(RELAY.c.ticket_id, RELAY.c.due_at, RELAY.c.agent)
        .join(ENTRY, ENTRY.c.id == RELAY.c.entry_id)
        .where(
            RELAY.c.ticket_id.in_(list(tickets)),
            RELAY.c.urgent,
            ENTRY.c.kind == EntryKind.CUSTOMER,
            RELAY.c.due_at >= since,
            RELAY.c.due_at < until,
        )
        .order_by(RELAY.c.id)
    )
    found += [Step(row.ticket_id, row.due_at, None, row.agent) for row in called]
    return tuple(sorted(found, key=lambda step: (step.at, _ORDER.get(step.kind, len(_ORDER)))))
