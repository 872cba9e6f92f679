"""Earlier tickets of somebody who writes, or else of his company: what an agent may want to look up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.store.columns import AnyRow
from mailbot.store.tables import ENTRY, TICKET

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class FormerTicket:
    """An earlier ticket; `answered` are the addresses and authors of the entries that answer there."""

    id: int
    subject: str
    state: TicketState
    updated_at: datetime
    answered: tuple[tuple[str, str], ...]


def former_tickets(
    conn: Connection, partner: str, ticket_id: int, most: int, without: Collection[int] = ()
) -> tuple[tuple[FormerTicket, ...], bool]:
    """Return the newest other tickets of that ticket's requester, else of its tenant, and whether it is the latter.

    They are of the very tenant that the ticket is of, and of nobody's where it is of nobody. Spam is none, nor are
    those `without` which they are wanted.
    """
    asked = conn.execute(
        select(TICKET.c.tenant, TICKET.c.requester).where(TICKET.c.partner == partner, TICKET.c.id == ticket_id)
    ).first()
    if asked is None:
        return (), False
    partners = (TICKET.c.partner == partner, TICKET.c.id.not_in([ticket_id, *without]))
    if asked.requester:
        hers = _newest(conn, (*partners, TICKET.c.requester == asked.requester), _LOOKED_AT)
        if found := [row for row in hers if row.tenant == asked.tenant][:most]:
            return _answered(conn, found), False
    if asked.tenant is None:
        return (), False
    return _answered(conn, _newest(conn, (*partners, TICKET.c.tenant == asked.tenant), most)), True


def _newest(conn: Connection, where: tuple[ColumnElement[bool], ...], most: int) -> list[AnyRow]:
    columns = [TICKET.c[name] for name in ("id", "subject", "state", "tenant", "updated_at", "flags")]
    rows = conn.execute(
        select(*columns).where(*where).order_by(TICKET.c.opened_at.desc(), TICKET.c.id.desc()).limit(most * 2)
    )
    return [row for row in rows if Flag.SPAM not in row.flags][:most]


def _answered(conn: Connection, found: list[AnyRow]) -> tuple[FormerTicket, ...]:
    answers: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = conn.execute(
        select(ENTRY.c.ticket_id, ENTRY.c.from_address, ENTRY.c.author)
        .where(ENTRY.c.ticket_id.in_([row.id for row in found]), ENTRY.c.kind == EntryKind.AGENT)
        .order_by(ENTRY.c.id)
    )
    for number, address, author in rows:
        answers[number].append((address, author))
    return tuple(
        FormerTicket(row.id, row.subject, TicketState(row.state), row.updated_at, tuple(dict.fromkeys(answers[row.id])))
        for row in found
    )
