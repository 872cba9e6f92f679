"""Who opened tickets, and which are whose: senders that are nobody's yet, and those that were added by mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, delete, func, select, text

from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.rules import Severity
from mailbot.store.columns import AnyRow
from mailbot.store.cursors import set_fact
from mailbot.store.tables import ENTRY, FACT, TICKET

_LATEST, _READ = 20, 50
_ADDED = "sender:"
# A machine's, spam, and what names no sender beyond doubt tell nothing of who somebody is.
_BY_A_PERSON = text(
    "ticket.requester <> '' AND ticket.flags NOT LIKE '%\"machine\"%' AND ticket.flags NOT LIKE '%\"spam\"%' "
    "AND ticket.flags NOT LIKE '%\"unclear-sender\"%'"
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who opened tickets: how many there are, how many of them are open, and when the last was opened."""

    address: str
    tickets: int
    open: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """The last tickets of a sender: of the last its number, subject and flags; whose they are; subjects and texts."""

    last_ticket: int
    subject: str
    flags: tuple[str, ...]
    tenants: frozenset[str]
    mails: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """An open ticket: whose it is, and by which reasons; `decided` says that this was said since it was opened.

    `first_response_at` is when one of us answered, `waiting_since` since when somebody waits; None for neither.
    """

    id: int
    requester: str
    tenant: str | None
    severity: Severity
    opened_at: datetime
    response_due_at: datetime | None
    first_response_at: datetime | None
    waiting_since: datetime | None
    codes: frozenset[str]
    decided: bool


def senders(conn: Connection, partner: str) -> Iterator[Sender]:
    """Yield who opened tickets, whoever opened one last first."""
    last_at = func.max(TICKET.c.opened_at)
    is_open = func.sum(case((TICKET.c.state == TicketState.OPEN, 1), else_=0))
    rows = conn.execute(
        select(TICKET.c.requester, func.count(), is_open, last_at)
        .where(TICKET.c.partner == partner, _BY_A_PERSON)
        .group_by(TICKET.c.requester)
        .order_by(last_at.desc(), TICKET.c.requester)
    )
    return (Sender(*row) for row in rows)


def waiting_senders(conn: Connection, partner: str) -> Iterator[Sender]:
    """Yield who opened tickets that are open, counting these alone, whoever opened one last first."""
    # Grouped by the database it would go through the tickets of all requesters, in their order.
    rows = conn.execute(
        select(TICKET.c.requester, TICKET.c.opened_at)
        .where(TICKET.c.partner == partner, TICKET.c.state == TicketState.OPEN, _BY_A_PERSON)
        .order_by(TICKET.c.updated_at)
    )
    opened: dict[str, list[datetime]] = {}
    for requester, at in rows:
        opened.setdefault(requester, []).append(at)
    found = (Sender(requester, len(ats), len(ats), max(ats)) for requester, ats in opened.items())
    return iter(sorted(found, key=lambda one: one.last_at, reverse=True))


def written(conn: Connection, partner: str, address: str) -> Written:
    """Return what the last tickets of a sender of `senders` tell."""
    rows = conn.execute(
        select(TICKET.c.id, TICKET.c.subject, TICKET.c.flags, TICKET.c.tenant)
        .where(TICKET.c.partner == partner, TICKET.c.requester == address, _BY_A_PERSON)
        .order_by(TICKET.c.opened_at.desc(), TICKET.c.id.desc())
        .limit(_LATEST)
    ).all()
    mails = conn.execute(
        select(ENTRY.c.subject, func.coalesce(ENTRY.c.reply_text, ENTRY.c.text))
        .where(
            ENTRY.c.ticket_id.in_([row.id for row in rows]),
            ENTRY.c.kind == EntryKind.CUSTOMER,
            ENTRY.c.from_address == address,
        )
        .order_by(ENTRY.c.id.desc())
        .limit(_READ)
    )
    tenants = frozenset(row.tenant for row in rows if row.tenant is not None)
    last = rows[0]
    texts = tuple((subject, body) for subject, body in mails)
    return Written(last.id, last.subject, tuple(last.flags), tenants, texts)


def has_written(conn: Connection, partner: str, sender: str) -> bool:
    """Return whether an address, or any address at a domain, opened a ticket."""
    theirs = select(TICKET.c.id).where(TICKET.c.partner == partner, _BY_A_PERSON, _is_of(sender))
    return conn.execute(theirs.limit(1)).first() is not None


def _is_of(sender: str) -> ColumnElement[bool]:
    if "@" in sender:
        return TICKET.c.requester == sender
    return TICKET.c.requester.endswith(f"@{sender}", autoescape=True)


def open_tickets(conn: Connection, partner: str, sender: str) -> list[OpenTicket]:
    """Return the open tickets of an address, or of all addresses at a domain."""
    rows = conn.execute(
        select(TICKET)
        .where(TICKET.c.partner == partner, TICKET.c.state == TicketState.OPEN, _BY_A_PERSON, _is_of(sender))
        .order_by(TICKET.c.id)
    ).all()
    return [_open_ticket(row, *how(conn, row.id)) for row in rows]


def _open_ticket(row: AnyRow, codes: frozenset[str], decided: bool) -> OpenTicket:  # noqa: FBT001 - as `how` says
    return OpenTicket(
        id=row.id,
        requester=row.requester,
        tenant=row.tenant,
        severity=Severity(row.severity),
        opened_at=row.opened_at,
        response_due_at=row.response_due_at,
        first_response_at=row.first_response_at,
        waiting_since=row.waiting_since,
        codes=codes,
        decided=decided,
    )


def how(conn: Connection, ticket: int) -> tuple[frozenset[str], bool]:
    """Return the codes of the reasons of the ticket's first message, and whether its tenant was set later on."""
    codes: frozenset[str] | None = None
    decided = False
    entries = select(ENTRY.c.kind, ENTRY.c.reasons, ENTRY.c.change).where(ENTRY.c.ticket_id == ticket)
    for entry in conn.execute(entries.order_by(ENTRY.c.id)):
        if entry.kind == EntryKind.CHANGE:
            change = entry.change or {}
            decided = decided or ("tenant" in change and "opened_at" not in change)
        elif codes is None:
            codes = frozenset(reason["code"] for reason in entry.reasons)
    return codes or frozenset(), decided


def add(conn: Connection, partner: str, sender: str, tenant: str, now: datetime) -> None:
    """Note that an address or a domain writes for that tenant (its id)."""
    set_fact(conn, partner, f"{_ADDED}{sender}", tenant, now)


def added(conn: Connection, partner: str) -> tuple[tuple[str, str], ...]:
    """Return the addresses and domains that were added, each with the id of its tenant, in their order."""
    rows = conn.execute(
        select(FACT.c.name, FACT.c.value)
        .where(FACT.c.partner == partner, FACT.c.name.between(_ADDED, f"{_ADDED[:-1]};"))
        .order_by(FACT.c.name)
    )
    return tuple((name.removeprefix(_ADDED), tenant) for name, tenant in rows)


def forget(conn: Connection, partner: str, sender: str) -> bool:
    """Forget that an address or a domain was added; return whether it was."""
    gone = conn.execute(delete(FACT).where(FACT.c.partner == partner, FACT.c.name == f"{_ADDED}{sender}"))
    return gone.rowcount > 0
