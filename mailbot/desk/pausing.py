"""The clock of a ticket that waits for something: it stands still until a day, and runs again once the wait is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.targets import moved
from mailbot.deciding.effects import EntryKind
from mailbot.desk import Desk
from mailbot.rules import Severity
from mailbot.store import tickets, waits
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


def paused(desk: Desk, row: AnyRow, paused_at: datetime, resumed_at: datetime) -> dict[str, datetime | None]:
    """Return the promised instants of a ticket whose clock stands between these two."""
    clock = desk.rules.severity[Severity(row.severity)].clock
    opening = opening_hours(desk.rules, desk.rules.tenant_by_id(row.tenant))
    return {
        name: moved(getattr(row, name), clock, paused_at, resumed_at, opening)
        for name in ("response_due_at", "resolution_due_at")
    }
