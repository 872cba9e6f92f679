"""What the clocks of tickets depend on, out of their log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from mailbot.clocks.running import Span, without
from mailbot.deciding.duetimes import SILENT, Clocked
from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.deciding.tiers import PRESSING, Held, Holder
from mailbot.rules import Severity
from mailbot.store import counting, incidents
from mailbot.store.columns import AnyRow
from mailbot.store.tables import ENTRY, TICKET

_FIELDS = (ENTRY.c.id, ENTRY.c.ticket_id, ENTRY.c.kind, ENTRY.c.at, ENTRY.c.recorded_at, ENTRY.c.from_address)


def clocked(conn: Connection, tickets: Collection[int]) -> Iterator[Clocked]:
    """Yield what the clocks of these tickets depend on, of those that are open and have any."""
    opened = conn.execute(select(TICKET).where(TICKET.c.id.in_(list(tickets)), TICKET.c.state == TicketState.OPEN))
    # A machine may write to its ticket a thousand times, and each time all of its log would be read.
    rows = [row for row in opened if SILENT.isdisjoint(row.flags)]
    told = _told(conn, [row.id for row in rows])
    about = incidents.standing(conn, [row.id for row in rows if row.incident is not None])
    for row in rows:
        yield _clocked(row, told[row.id], known=row.id in about and about[row.id].lasts)


def silence(conn: Connection, ticket: int, until: datetime) -> tuple[Span, ...]:
    """Return the spans in which the customer has had our answer and not written, until then, without those of waits.

    There are none where nobody has it, or somebody waits.
    """
    told = _told(conn, [ticket])[ticket]
    return () if told.silent_since is None else without((told.silent_since, until), told.pauses)


def silences(conn: Connection, ticket: int) -> tuple[Span, ...]:
    """Return the spans for which the customer had our answer, before he wrote again."""
    return tuple(_told(conn, [ticket])[ticket].silences)


def held(conn: Connection, tickets: Collection[int]) -> dict[int, Held]:
    """Return who has each of these tickets, and since when."""
    told = _told(conn, tickets)
    rows = conn.execute(select(TICKET.c.id, TICKET.c.tier).where(TICKET.c.id.in_(list(tickets))))
    return {row.id: told[row.id].holding.held(escalated=row.tier is not None) for row in rows}


@dataclass(slots=True)
class _Holding:
    """Who of us had a ticket one after the other, since when it is critical or high, and when it was with a vendor."""

    holders: list[Holder] = field(default_factory=list)
    pressing_since: datetime | None = None
    vendor_since: datetime | None = None
    with_vendors: list[Span] = field(default_factory=list)

    def add(self, changed: Mapping[str, str | None], at: datetime) -> None:
        """Take in what the next entry, of that instant, changed."""
        if changed.get("severity") in PRESSING:
            self.pressing_since = self.pressing_since or at
        elif "severity" in changed:
            self.pressing_since = None
        if changed.get("state") == TicketState.OPEN:
            self.holders = [Holder(one.agent, at) for one in self.holders[-1:]]
        if agent := changed.get("assignee"):
            self.holders.append(Holder(agent, at))
        elif "assignee" in changed:
            self.holders = []
        if "vendor_since" in changed:
            # Who never got it, owed nothing.
            got_it = self.vendor_since is not None and changed.get("vendor") != ""
            self.with_vendors += [(self.vendor_since, at)] if self.vendor_since and got_it else []
            self.vendor_since = at if changed["vendor_since"] else None

    def held(self, *, escalated: bool) -> Held:
        """Return it as what the tiers go by."""
        is_with_vendor = self.vendor_since is not None
        return Held(tuple(self.holders), self.pressing_since, escalated, is_with_vendor, tuple(self.with_vendors))


@dataclass(slots=True)
class _Told:
    """What the log of a ticket tells of its clocks, entry by entry."""

    answered_at: datetime | None = None
    raised_at: datetime | None = None
    known_at: datetime | None = None
    taken_at: datetime | None = None
    silent_since: datetime | None = None
    silences: list[Span] = field(default_factory=list)
    waits_since: datetime | None = None
    is_ours: bool = False
    back_at: datetime | None = None
    pauses: list[Span] = field(default_factory=list)
    holding: _Holding = field(default_factory=_Holding)

    def add(self, entry: AnyRow, at: datetime) -> None:
        """Take in the next entry, which counts as of that instant."""
        changed = entry.change or {}
        if entry.kind == EntryKind.AGENT:
            self.answered_at, self.is_ours, self.back_at = at, False, None
        if changed.get("state") == TicketState.OPEN or changed.get("tier"):
            self.is_ours = True
        self.back_at = at if changed.get("tier") else self.back_at
        self.holding.add(changed, at)
        if "assignee" in changed:
            self.taken_at = at
        if changed.get("incident"):
            self.known_at = at
        if "severity" in changed and entry.from_address:
            self.raised_at = at
        self._wait(entry, changed)
        if "waiting_since" in changed:
            if changed["waiting_since"] is None:
                self._fall_silent(at)
            else:
                self.silent_since = None
        elif entry.kind == EntryKind.AGENT:
            self._fall_silent(at)
        elif entry.kind == EntryKind.CUSTOMER and self.silent_since is not None:
            self.silences.append((self.silent_since, at))
            self.silent_since = None

    def _fall_silent(self, at: datetime) -> None:
        self.silent_since = self.silent_since or at

    def _wait(self, entry: AnyRow, changed: dict[str, str | None]) -> None:
        if "waits_until" not in changed:
            return
        if self.waits_since is not None:
            self.pauses.append((self.waits_since, entry.recorded_at))
            self.is_ours, self.back_at = True, entry.recorded_at
        self.waits_since = entry.recorded_at if changed["waits_until"] else None


def _told(conn: Connection, tickets: Iterable[int]) -> dict[int, _Told]:
    told = {ticket: _Told() for ticket in tickets}
    counted = counting.counted(conn, list(told))
    entries = select(*_FIELDS, ENTRY.c.change).where(ENTRY.c.ticket_id.in_(list(told))).order_by(ENTRY.c.id)
    for entry in conn.execute(entries):
        if entry.id not in counted.void:
            told[entry.ticket_id].add(entry, counted.given_at.get(entry.id, entry.at))
    return told


def _clocked(row: AnyRow, told: _Told, *, known: bool) -> Clocked:
    raised_at = told.raised_at
    asked_at = row.waiting_since
    if asked_at is not None and raised_at is not None:
        asked_at = max(asked_at, raised_at)
    return Clocked(
        ticket=row.id,
        severity=Severity(row.severity),
        tenant=row.tenant,
        since=max(row.opened_at, raised_at or row.opened_at),
        asked_at=asked_at,
        answered=row.first_response_at is not None,
        answer_due_at=row.response_due_at,
        resolution_due_at=row.resolution_due_at,
        answered_at=told.answered_at,
        waits=row.waits_until is not None,
        taken=bool(row.assignee) and (asked_at is None or told.taken_at is None or told.taken_at >= asked_at),
        seen_at=row.seen_at,
        ours=told.is_ours,
        back_at=told.back_at,
        pauses=tuple(told.pauses),
        silences=tuple(told.silences),
        held=told.holding.held(escalated=row.tier is not None),
        # What the customer tells worse since then, may be another trouble.
        known=known and (raised_at is None or told.known_at is None or raised_at <= told.known_at),
    )
