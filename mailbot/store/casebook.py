"""The tickets that figures are made of, with what happened to each and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, text

from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.figures.cases import Case, Promise
from mailbot.rules import Severity
from mailbot.store import counting, vendors
from mailbot.store.columns import AnyRow
from mailbot.store.merged import going_on_as
from mailbot.store.tables import ENTRY, TICKET

_BATCH = 500
_OPEN = TICKET.c.state == TicketState.OPEN
_NOT_COUNTED = frozenset({Flag.SPAM.value, Flag.MACHINE.value, Flag.HISTORY.value})
_MESSAGES = text("entry.kind <> 'change'")
_CHANGED = ("state", "response_due_at", "waits_until", "first_response_at")
# Said otherwise, SQLite takes its index of all changes.
_TELLING = text(
    "entry.kind IN ('agent', 'change') AND (entry.change IS NULL OR "
    + " OR ".join(f"entry.change LIKE '%\"{name}\"%'" for name in _CHANGED)
    + ")"
)


def cases(conn: Connection, partner: str, since: datetime, *, tenant: str | None = None) -> tuple[Case, ...]:
    """Return the tickets that are open, or to which anything happened since then, by number; of one tenant or of all.

    What systems opened, spam, past mail that was read in, and what was merged into another ticket are no cases. What
    does not count of the log (`counting`) is as if it had not been. Of a customer's tickets that became one, the case
    begins with the first, and whatever was answered in any counts.
    """
    # Each by an index of its own; asked for together, all tickets would be gone through.
    rows = {
        row.id: row for which in (_OPEN, TICKET.c.updated_at >= since) for row in _rows(conn, partner, which, tenant)
    }
    counted = [row for _, row in sorted(rows.items()) if _NOT_COUNTED.isdisjoint(row.flags)]
    parts = (counted[start : start + _BATCH] for start in range(0, len(counted), _BATCH))
    return tuple(case for part in parts for case in _told(conn, part))


def case_of(conn: Connection, partner: str, ticket: int) -> Case | None:
    """Return what one ticket is to figures, None where it is no case, or goes on as another."""
    rows = [row for row in _rows(conn, partner, TICKET.c.id == ticket, None) if _NOT_COUNTED.isdisjoint(row.flags)]
    return next(iter(_told(conn, rows)), None) if rows else None


def _rows(conn: Connection, partner: str, which: ColumnElement[bool], tenant: str | None) -> Iterable[AnyRow]:
    wanted = select(TICKET).where(TICKET.c.partner == partner, TICKET.c.merged_into.is_(None), which)
    return conn.execute(wanted if tenant is None else wanted.where(TICKET.c.tenant == tenant))


def _told(conn: Connection, rows: Sequence[AnyRow]) -> Iterator[Case]:
    merged = _merged(conn, rows)
    numbers = [*(row.id for row in rows), *(part.id for parts in merged.values() for part in parts)]
    entries = conn.execute(
        select(ENTRY.c.id, ENTRY.c.ticket_id, ENTRY.c.kind, ENTRY.c.at, ENTRY.c.change, ENTRY.c.from_address)
        .where(ENTRY.c.ticket_id.in_(numbers), _TELLING)
        .order_by(ENTRY.c.ticket_id, ENTRY.c.id)
    )
    ours = _begun_by_us(conn, numbers)
    counted, with_vendors = counting.counted(conn, numbers), vendors.spans(conn, numbers)
    told: dict[int, _Told] = {number: _Told() for number in numbers}
    for entry in entries:
        if entry.id not in counted.void:
            told[entry.ticket_id].add(entry, counted.given_at.get(entry.id, entry.at))
    for row in rows:
        parts = [_Part(one, told[one.id], ours=one.id in ours) for one in (row, *merged.get(row.id, ()))]
        filed = (span for part in parts for span in with_vendors.get(part.row.id, ()))
        yield replace(_case(row, parts), with_vendors=tuple((span.since, span.until) for span in filed))


def _merged(conn: Connection, rows: Sequence[AnyRow]) -> dict[int, list[AnyRow]]:
    """Return the rows of the tickets that go on as these."""
    homes = {row.id: row.partner for row in rows}
    into = select(TICKET.c.merged_into).where(TICKET.c.merged_into.in_(homes)).distinct()
    found: dict[int, list[AnyRow]] = {}
    for home in conn.execute(into).scalars().all():
        numbers = [one.id for one in going_on_as(conn, homes[home], home)]
        parts = conn.execute(select(TICKET).where(TICKET.c.id.in_(numbers)))
        found[home] = [part for part in parts if _NOT_COUNTED.isdisjoint(part.flags)]
    return found


@dataclass(slots=True)
class _Told:
    """What the log tells of a ticket: its answers, what it became and what was promised when, and the end of a wait.

    `beside` are answers in it to tickets that were merged into it, which left its own question open.
    """

    answers: list[datetime] = field(default_factory=list)
    beside: list[datetime] = field(default_factory=list)
    states: list[tuple[datetime, TicketState]] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    resumed_at: datetime | None = None

    def add(self, entry: AnyRow, at: datetime) -> None:
        """Take in an entry of its log, of that instant."""
        if entry.kind == EntryKind.AGENT:
            (self.beside if entry.change else self.answers).append(at)
            return
        changed = entry.change or {}
        if "state" in changed:
            self.states.append((entry.at, TicketState(changed["state"])))
        if "response_due_at" in changed:
            due, asked = changed["response_due_at"], "opened_at" in changed or bool(entry.from_address)
            self.promises.append(Promise(entry.at, datetime.fromisoformat(due) if due else None, asked))
        if "waits_until" in changed:
            self.resumed_at = entry.at


def _begun_by_us(conn: Connection, tickets: Sequence[int]) -> frozenset[int]:
    """Return those of the tickets whose first message is one of ours."""
    first = select(func.min(ENTRY.c.id)).where(ENTRY.c.ticket_id.in_(tickets), _MESSAGES).group_by(ENTRY.c.ticket_id)
    ours = select(ENTRY.c.ticket_id).where(ENTRY.c.id.in_(first), ENTRY.c.kind == EntryKind.AGENT)
    return frozenset(conn.execute(ours).scalars())


@dataclass(frozen=True, slots=True)
class _Part:
    """A ticket of a case: its row, what its log tells, and whether it was begun by one of us."""

    row: AnyRow
    told: _Told
    ours: bool


def _case(row: AnyRow, parts: Sequence[_Part]) -> Case:
    """Return the case of a ticket, which is the first of the parts, and of what was merged into it."""
    told, first = parts[0].told, min(parts, key=lambda part: (part.row.opened_at, part.row.id))
    answers = [at for part in parts for at in (*part.told.answers, *(part.told.beside if len(parts) > 1 else ()))]
    before = () if first is parts[0] and told.states else ((first.row.opened_at, TicketState.OPEN),)
    # The clock of who waits stands while the ticket does.
    waits = [at for at in (row.waiting_since, told.resumed_at) if at] if row.waiting_since else []
    return Case(
        ticket=row.id,
        tenant=row.tenant,
        severity=Severity(row.severity),
        subject=row.subject,
        requester=row.requester,
        opened_at=first.row.opened_at,
        states=(*before, *told.states),
        answers=tuple(sorted(answers)),
        promises=tuple(told.promises),
        merged=tuple(tuple(part.told.promises) for part in parts[1:]),
        asked_again_at=max(waits, default=None) if row.waits_until is None else None,
        resolution_due_at=row.resolution_due_at,
        requester_name=row.requester_name,
        assignee=row.assignee,
        playbook=row.playbook,
        flags=frozenset(map(Flag, row.flags)),
        ours=first.ours,
        surveyed_at=row.surveyed_at,
        vote=row.vote,
        voted_at=row.voted_at,
        self_served=row.solved_by is not None,
    )
