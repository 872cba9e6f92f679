"""The tickets that figures are made of, with what happened to each and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, text

from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.figures.cases import Case
from mailbot.rules import Severity
from mailbot.store import given
from mailbot.store.columns import AnyRow
from mailbot.store.tables import ENTRY, TICKET

_BATCH = 500
_OPEN = TICKET.c.state == TicketState.OPEN
_NOT_COUNTED = frozenset({Flag.SPAM.value, Flag.MACHINE.value, Flag.HISTORY.value})
# Said otherwise, SQLite takes its index of all changes.
_TELLING = text("entry.kind IN ('agent', 'change') AND (entry.change IS NULL OR entry.change LIKE '%\"state\"%')")


def cases(conn: Connection, partner: str, since: datetime, *, tenant: str | None = None) -> tuple[Case, ...]:
    """Return the tickets that are open, or to which anything happened since then, by number; of one tenant or of all.

    What systems opened, spam, past mail that was read in, and what was merged into another ticket are no cases, and an
    answer that reached nobody is none.
    """
    # Each by an index of its own; asked for together, all tickets would be gone through.
    rows = {
        row.id: row for which in (_OPEN, TICKET.c.updated_at >= since) for row in _rows(conn, partner, which, tenant)
    }
    counted = [row for _, row in sorted(rows.items()) if _NOT_COUNTED.isdisjoint(row.flags)]
    parts = (counted[start : start + _BATCH] for start in range(0, len(counted), _BATCH))
    return tuple(case for part in parts for case in _told(conn, part))


def _rows(conn: Connection, partner: str, which: ColumnElement[bool], tenant: str | None) -> Iterable[AnyRow]:
    wanted = select(TICKET).where(TICKET.c.partner == partner, TICKET.c.merged_into.is_(None), which)
    return conn.execute(wanted if tenant is None else wanted.where(TICKET.c.tenant == tenant))


def _told(conn: Connection, rows: Sequence[AnyRow]) -> Iterator[Case]:
    entries = conn.execute(
        select(ENTRY.c.id, ENTRY.c.ticket_id, ENTRY.c.kind, ENTRY.c.at, ENTRY.c.change)
        .where(ENTRY.c.ticket_id.in_([row.id for row in rows]), _TELLING)
        .order_by(ENTRY.c.ticket_id, ENTRY.c.id)
    )
    unreached = given.unreached(conn, [row.id for row in rows])
    answers: dict[int, list[datetime]] = {}
    states: dict[int, list[tuple[datetime, TicketState]]] = {}
    for entry in entries:
        if entry.id in unreached:
            continue
        if entry.kind == EntryKind.AGENT:
            answers.setdefault(entry.ticket_id, []).append(entry.at)
        elif became := _state(entry.change):
            states.setdefault(entry.ticket_id, []).append((entry.at, became))
    for row in rows:
        yield _case(row, sorted(answers.get(row.id, ())), states.get(row.id, [(row.opened_at, TicketState.OPEN)]))


def _state(change: dict[str, Any] | None) -> TicketState | None:
    return TicketState(change["state"]) if change and "state" in change else None


def _case(row: AnyRow, answers: Sequence[datetime], states: Sequence[tuple[datetime, TicketState]]) -> Case:
    return Case(
        ticket=row.id,
        tenant=row.tenant,
        severity=Severity(row.severity),
        subject=row.subject,
        requester=row.requester,
        opened_at=row.opened_at,
        states=tuple(states),
        answers=tuple(answers),
        response_due_at=row.response_due_at,
        resolution_due_at=row.resolution_due_at,
        requester_name=row.requester_name,
        assignee=row.assignee,
        playbook=row.playbook,
    )
