"""The clock of a ticket that waits for something: it stands still until a day, and runs again once the wait is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.clocks.targets import moved
from mailbot.deciding.effects import EntryKind
from mailbot.desk import Desk
from mailbot.rules import Severity
from mailbot.store import acts, tickets, waits
from mailbot.store.clocked import silence
from mailbot.store.columns import AnyRow


def ended(desk: Desk, row: AnyRow, now: datetime) -> Mapping[str, Any]:
    """Return the columns of a ticket that waits no longer, and whose clock runs again; none for one that does not."""
    if row.waits_until is None:
        return {}
    resumed = paused(desk, row, row.waits_until, now) if now < row.waits_until else {}
    return {"waits_for": "", "waits_until": None, **resumed}


def end(conn: Connection, desk: Desk, ticket: int, now: datetime, *, author: str, reason: str) -> None:
    """End the wait of a ticket that waits."""
    row = waits.waiting(conn, ticket)
    if row is not None:
        change = ended(desk, row, now)
        tickets.append_entry(
            conn,
            tickets.NewEntry(
                desk.partner, EntryKind.CHANGE, now, now, ticket, text=reason, author=author, change=change
            ),
        )


def resumed(conn: Connection, desk: Desk, ticket: int, now: datetime) -> dict[str, datetime | None]:
    """Return the promised end of a ticket whose customer, who had our answer, writes again; nothing for any other."""
    row = acts.row(conn, desk.partner, ticket)
    if row is None or row.waiting_since is not None or row.resolution_due_at is None or row.waits_until is not None:
        return {}
    clock, opening = _runs_by(desk, row)
    due: datetime | None = row.resolution_due_at
    for since, until in silence(conn, ticket, now):
        due = moved(due, clock, since, until, opening)
    return {"resolution_due_at": due} if due != row.resolution_due_at else {}


def paused(desk: Desk, row: AnyRow, paused_at: datetime, resumed_at: datetime) -> dict[str, datetime | None]:
    """Return the promised instants of a ticket whose clock stands between these two."""
    clock, opening = _runs_by(desk, row)
    return {
        name: moved(getattr(row, name), clock, paused_at, resumed_at, opening)
        for name in ("response_due_at", "resolution_due_at")
    }


def _runs_by(desk: Desk, row: AnyRow) -> tuple[Literal["always", "business"], OpeningHours]:
    """Return by which clock the promises of a ticket run, and its hours."""
    tenant = desk.rules.tenant_by_id(row.tenant)
    return desk.rules.promise(Severity(row.severity), tenant).clock, opening_hours(desk.rules, tenant)
