"""What somebody did at once, by one mail or one command: its entries bear the same number, so that it can be undone.

The number is that of the entry of the mail that asked for it, so that a mail that said words as well is one act with
what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select, text

from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.store import counting, relays
from mailbot.store.columns import AnyRow
from mailbot.store.projection import folded
from mailbot.store.tables import ENTRY, TICKET

_PAGE = 50
_NOT_STATE = frozenset({"entries", "updated_at"})
# What messages change, too: who writes on changes them, and undoes nothing of what was done.
_BY_MESSAGES = frozenset({"first_response_at", "waiting_since"})


def row(conn: Connection, partner: str, ticket: int) -> AnyRow | None:
    """Return the present row of a ticket, None for an unknown one."""
    return conn.execute(select(TICKET).where(TICKET.c.id == ticket, TICKET.c.partner == partner)).first()


def next_act(conn: Connection) -> int:
    """Return a number for what is done next: no entry of the log bears it yet."""
    return int(conn.execute(select(func.coalesce(func.max(ENTRY.c.id), 0) + 1)).scalar_one())


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of an act: the ticket that it changed (None for none), and what else it did, as JSON."""

    entry: int
    ticket: int | None
    beside: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did at once, its steps in their order. `mailed` is the ticket where it answered a customer."""

    id: int
    at: datetime
    steps: tuple[Step, ...]
    mailed: int | None = None

    @property
    def tickets(self) -> frozenset[int]:
        """Return the tickets that it changed, or whose customer it answered; none for what belongs to no ticket."""
        return frozenset(one for one in (*(step.ticket for step in self.steps), self.mailed) if one is not None)


def last_act(conn: Connection, partner: str, author: str, since: datetime, ticket: int | None = None) -> Act | None:
    """Return what that author did last since then and has not taken back, None for nothing.

    Where a ticket is given, nothing counts that was done to others alone.
    """
    undone: set[int] = set()
    for number, entries in groupby(_by(conn, partner, author, since), key=_number):
        found = list(entries)[::-1]
        if number is None:
            undone |= {one.decision["undoes"] for one in found if "undoes" in (one.decision or {})}
        elif number not in undone:
            act = _act(number, found)
            if ticket is None or ticket in act.tickets or not act.tickets:
                return act
    return None


def _number(entry: AnyRow) -> int | None:
    """Return the number of the act that an entry is of, None for none."""
    said = entry.decision or {}
    if "undoes" in said or "act" in said:
        return said.get("act") if "undoes" not in said else None
    return int(entry.id) if entry.kind == EntryKind.AGENT and entry.arrival_id is not None else None


def _act(number: int, entries: list[AnyRow]) -> Act:
    steps = tuple(Step(one.id, one.ticket_id, one.decision) for one in entries if "act" in (one.decision or {}))
    mailed = next((one.ticket_id for one in entries if one.id == number and one.kind == EntryKind.AGENT), None)
    return Act(number, entries[0].recorded_at, steps, mailed)


def _by(conn: Connection, partner: str, author: str, since: datetime) -> Iterator[AnyRow]:
    """Yield the author's entries since then, the newest first."""
    columns = (ENTRY.c.id, ENTRY.c.ticket_id, ENTRY.c.kind, ENTRY.c.arrival_id, ENTRY.c.recorded_at, ENTRY.c.decision)
    before = next_act(conn)
    while True:
        page = conn.execute(
            select(*columns, ENTRY.c.author)
            .where(ENTRY.c.partner == partner, ENTRY.c.id < before)
            .order_by(ENTRY.c.id.desc())
            .limit(_PAGE)
        ).all()
        for entry in page:
            if entry.recorded_at < since:
                return
            if entry.author == author:
                yield entry
        if len(page) < _PAGE:
            return
        before = page[-1].id


@dataclass(frozen=True, slots=True)
class Touched:
    """Columns of a ticket's row that an act changed: as they were `before`, as it left them, and as they are `now`.

    Those that messages change as well are `before` as they would be without the act.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    now: Mapping[str, Any]

    @property
    def changed_since(self) -> frozenset[str]:
        """Return the columns that are no longer as the act left them."""
        return frozenset(name for name in self.after if self.after[name] != self.now[name]) - _BY_MESSAGES


def touched(conn: Connection, act: Act, ticket: int) -> Touched:
    """Return what the act changed of that ticket."""
    entries = [step.entry for step in act.steps if step.ticket == ticket]
    before, after = folded(conn, ticket, before=entries[0]), folded(conn, ticket, before=entries[-1] + 1)
    now = folded(conn, ticket)
    names = [name for name in after if name not in _NOT_STATE and before.get(name) != after[name]]
    if not _BY_MESSAGES.isdisjoint(names):
        before |= counting.standing(conn, ticket, without=entries)
    return Touched({name: before.get(name) for name in names}, {name: after[name] for name in names}, now)


def closed_with(conn: Connection, answer: int, ticket: int) -> bool:
    """Return whether the ticket is closed, and was by the mail that said the words of that entry."""
    return _set_with(conn, answer, ticket, "state") == TicketState.CLOSED


def waits_with(conn: Connection, answer: int, ticket: int) -> bool:
    """Return whether the ticket waits for a day since the mail that said the words of that entry, or by that entry."""
    return _set_with(conn, answer, ticket, "waits_until") is not None


def _set_with(conn: Connection, answer: int, ticket: int, column: str) -> object:
    """Return to what a column was set last, None where that was done by something else than the mail of that entry."""
    changes = select(ENTRY.c.id, ENTRY.c.change, ENTRY.c.decision).where(
        ENTRY.c.ticket_id == ticket,
        ENTRY.c.kind == EntryKind.CHANGE,
        text("entry.change LIKE :named").bindparams(named=f'%"{column}"%'),
    )
    last = conn.execute(changes.order_by(ENTRY.c.id.desc()).limit(1)).first()
    if last is None:
        return None
    act = (last.decision or {}).get("act")
    arrivals = {number: relays.arrival_of(conn, number) for number in (act, answer) if number is not None}
    is_its_own = act in arrivals and arrivals[act] is not None and arrivals[act] == arrivals[answer]
    return last.change.get(column) if is_its_own or last.id == answer else None


def changed_by(conn: Connection, ticket: int, columns: frozenset[str], after: int) -> AnyRow | None:
    """Return the last entry after that one which set one of these columns, None where none did so outright."""
    entries = conn.execute(
        select(ENTRY.c.author, ENTRY.c.from_address, ENTRY.c.at, ENTRY.c.change)
        .where(ENTRY.c.ticket_id == ticket, ENTRY.c.id > after)
        .order_by(ENTRY.c.id.desc())
    )
    return next((entry for entry in entries if columns & set(entry.change or ())), None)
