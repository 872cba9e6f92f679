"""What falls due of tickets by their clocks: planned anew with each change of a ticket, and claimed once.

The log says which tickets have changed since it was planned last, so nothing that writes to it has to think of clocks.
What was claimed stays, so that it is not planned again for the same promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from mailbot.deciding.duetimes import WHOLE, Due, DueKind
from mailbot.deciding.effects import TicketState
from mailbot.rules import Severity
from mailbot.store import cursors, standing
from mailbot.store.statements import Prepared, insert_unless_known
from mailbot.store.tables import DUE, ENTRY, FACT, TICKET

_PLANNED = "clocks.entry"
_RULES = "clocks.rules"
_BEGUN = "clocks.begun"
_UNDONE = text("due.done_at IS NULL")
_PLAN = Prepared(insert_unless_known(DUE, without=("id",)))


@dataclass(frozen=True, slots=True)
class Claim:
    """Something of a ticket that is due, by its number."""

    id: int
    ticket: int
    due: Due


def next_at(conn: Connection, partner: str) -> datetime | None:
    """Return when the next of what is planned is due, None for nothing."""
    at: datetime | None = conn.execute(select(func.min(DUE.c.due_at)).where(_UNDONE, DUE.c.partner == partner)).scalar()
    return at


@dataclass(frozen=True, slots=True)
class Behind:
    """How many entries the log has grown by since it was planned, and when that was; None: by other rules, or never."""

    entries: int
    planned_at: datetime | None


def behind(conn: Connection, partner: str, rules: str) -> Behind:
    """Return how far the plan is behind the log."""
    known = select(FACT.c.name, FACT.c.value, FACT.c.at).where(FACT.c.partner == partner)
    facts = {row.name: row for row in conn.execute(known.where(FACT.c.name.in_([_PLANNED, _RULES])))}
    newest = standing.newest_entry(conn)
    if len(facts) < len((_PLANNED, _RULES)) or facts[_RULES].value != rules:
        return Behind(newest, None)
    return Behind(newest - int(facts[_PLANNED].value), facts[_PLANNED].at)


@dataclass(frozen=True, slots=True)
class Portion:
    """Tickets that are to be planned anew, and up to which `entry` the log is planned once no portion follows.

    `last` is the last ticket of one that others follow, None where none does.
    """

    tickets: Sequence[int]
    entry: int
    last: int | None = None


def to_plan(conn: Connection, partner: str, rules: str, entries: int, tickets: int) -> Portion:
    """Return what is to be planned anew: at most so many entries by which the log has grown.

    Where other `rules` count, all that are open are, so many tickets at a time. What changes meanwhile follows then.
    """
    if cursors.fact(conn, partner, _RULES) != rules:
        entry, last = _begun(conn, partner, rules) or (standing.newest_entry(conn), 0)
        opened = (TICKET.c.partner == partner, TICKET.c.state == TicketState.OPEN, TICKET.c.id > last)
        found = list(conn.execute(select(TICKET.c.id).where(*opened).order_by(TICKET.c.id).limit(tickets)).scalars())
        return Portion(found, entry, found[-1] if len(found) == tickets else None)
    planned = int(cursors.fact(conn, partner, _PLANNED) or 0)
    grown = select(ENTRY.c.id, ENTRY.c.ticket_id).where(ENTRY.c.id > planned).order_by(ENTRY.c.id).limit(entries)
    rows = conn.execute(grown).all()
    changed = {row.ticket_id for row in rows if row.ticket_id is not None}
    return Portion(sorted(changed), rows[-1].id if rows else planned)


def _begun(conn: Connection, partner: str, rules: str) -> tuple[int, int] | None:
    """Return up to which entry and which ticket open tickets were planned by these rules so far, None for none."""
    try:
        by, entry, ticket = (cursors.fact(conn, partner, _BEGUN) or "").split("|")
        return (int(entry), int(ticket)) if by == rules else None
    except ValueError:
        return None


def note_planned(conn: Connection, partner: str, rules: str, portion: Portion, now: datetime) -> None:
    """Note that a portion is planned by these rules; until the last one is, by none at all."""
    if portion.last is not None:
        facts = {_RULES: "", _BEGUN: f"{rules}|{portion.entry}|{portion.last}"}
    elif cursors.fact(conn, partner, _RULES) != rules:
        facts = {_RULES: rules, _BEGUN: "", _PLANNED: str(portion.entry)}
    else:
        facts = {_PLANNED: str(portion.entry)}
    for name, value in facts.items():
        cursors.set_fact(conn, partner, name, value, now)


def plan(conn: Connection, partner: str, planned: Mapping[int, tuple[Severity, Sequence[Due]]]) -> None:
    """Put what falls due of these tickets, with their severity, in the place of what was planned and is not done."""
    conn.execute(delete(DUE).where(_UNDONE, DUE.c.ticket_id.in_(list(planned))))
    rows = [
        {
            "partner": partner,
            "ticket_id": ticket,
            "kind": due.kind,
            "share": due.share,
            "about": due.about,
            "severity": severity,
            "promised_at": due.promised_at,
            "due_at": due.at,
            "done_at": None,
        }
        for ticket, (severity, dues) in planned.items()
        for due in dues
    ]
    if rows:
        for row in rows:
            _PLAN.change(conn, row)


def claim(conn: Connection, partner: str, now: datetime) -> list[Claim]:
    """Return all that is due by `now`, in the order of its instants."""
    rows = conn.execute(
        select(DUE).where(_UNDONE, DUE.c.partner == partner, DUE.c.due_at <= now).order_by(DUE.c.due_at, DUE.c.id)
    )
    return [
        Claim(row.id, row.ticket_id, Due(DueKind(row.kind), row.share, row.about, row.due_at, row.promised_at))
        for row in rows
    ]


def done(conn: Connection, claims: Iterable[Claim], now: datetime) -> None:
    """Note that these are done."""
    numbers = [{"number": one.id, "at": now} for one in claims]
    if numbers:
        change = (
            update(DUE).where(DUE.c.id == bindparam("number")).values(done_at=bindparam("at", type_=DUE.c.done_at.type))
        )
        conn.execute(change, numbers)


def done_steps(conn: Connection, claim: Claim) -> list[tuple[datetime, datetime]]:
    """Return when the steps of the same kind before that one, about the same, were due, and when they were done."""
    before = (DUE.c.ticket_id == claim.ticket, DUE.c.kind == claim.due.kind, DUE.c.about == claim.due.about)
    done = select(DUE.c.promised_at, DUE.c.done_at).where(*before, DUE.c.done_at.is_not(None))
    rows = conn.execute(done.where(DUE.c.promised_at < claim.due.promised_at))
    return [(row.promised_at, row.done_at) for row in rows]


def put_off(conn: Connection, claims: Iterable[Claim], until: datetime) -> None:
    """Have these be due then, and not be done."""
    numbers = [{"number": one.id, "at": until} for one in claims]
    if numbers:
        change = (
            update(DUE)
            .where(DUE.c.id == bindparam("number"))
            .values(due_at=bindparam("at", type_=DUE.c.due_at.type), done_at=None)
        )
        conn.execute(change, numbers)


def answers_by(conn: Connection, tickets: Iterable[int]) -> dict[int, datetime]:
    """Return by when an answer is promised in each of these tickets whose customer waits for one."""
    promised = (DUE.c.ticket_id.in_(list(tickets)), DUE.c.kind == DueKind.ANSWER, DUE.c.share == WHOLE)
    rows = conn.execute(select(DUE.c.ticket_id, DUE.c.promised_at, DUE.c.done_at).where(*promised).order_by(DUE.c.id))
    # What is to come before what was told.
    return {row.ticket_id: row.promised_at for row in sorted(rows, key=lambda one: one.done_at is None)}
