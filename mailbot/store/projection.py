"""The rows of tickets, made anew from their log: by the rule that `tickets.append_entry` follows in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, select, update

from mailbot.deciding.effects import EntryKind
from mailbot.store.columns import Instant
from mailbot.store.tables import ENTRY, TICKET

UNTOUCHED: Mapping[str, str | list[str] | None] = MappingProxyType(
    {
        "closed_at": None,
        "first_response_at": None,
        "waiting_since": None,
        "assignee": "",
        "waits_for": "",
        "waits_until": None,
        "merged_into": None,
        "seen_by": "",
        "seen_at": None,
        "tier": None,
        "vendor": "",
        "vendor_since": None,
        "vendor_case": "",
        "incident": None,
        "surveyed_at": None,
        "vote": None,
        "voted_at": None,
        "offered": [],
        "solved_by": None,
    }
)
"""What stands in a ticket's row before anything happened to it."""
_AS_LOGGED: Mapping[int, datetime] = MappingProxyType({})
_INSTANTS = tuple(column.name for column in TICKET.c if isinstance(column.type, Instant))


def project(
    row: dict[str, Any], kind: str, at: datetime, recorded_at: datetime, change: Mapping[str, Any] | None
) -> None:
    """Bring a ticket's row forward by one entry, in place: the rule that `append_entry` follows in SQL."""
    row["entries"] = row.get("entries", 0) + 1
    row["updated_at"] = recorded_at
    if kind == EntryKind.AGENT:
        row["first_response_at"] = row.get("first_response_at") or at
        row["waiting_since"] = None
    elif kind == EntryKind.CUSTOMER:
        row["waiting_since"] = row.get("waiting_since") or at
    row.update(change or {})


def rebuild_projection(conn: Connection, ticket_ids: Iterable[int] | None = None) -> int:
    """Make these tickets' rows (None: every ticket's) anew from the log; return how many that were."""
    wanted = conn.execute(select(TICKET.c.id)).scalars().all() if ticket_ids is None else list(ticket_ids)
    for ticket in wanted:
        conn.execute(update(TICKET).where(TICKET.c.id == ticket).values(**folded(conn, ticket)))
    return len(wanted)


def folded(
    conn: Connection,
    ticket: int,
    *,
    before: int | None = None,
    without: Collection[int] = (),
    at: Mapping[int, datetime] = _AS_LOGGED,
) -> dict[str, Any]:
    """Return the row of a ticket as its log makes it.

    As it was before that entry; as if some had not been; or as if some had been `at` other instants.
    """
    row: dict[str, Any] = {}
    entries = select(ENTRY.c.id, ENTRY.c.kind, ENTRY.c.at, ENTRY.c.recorded_at, ENTRY.c.change)
    if before is not None:
        entries = entries.where(ENTRY.c.id < before)
    if without:
        entries = entries.where(ENTRY.c.id.not_in(list(without)))
    for entry in conn.execute(entries.where(ENTRY.c.ticket_id == ticket).order_by(ENTRY.c.id)):
        change = entry.change and _from_json(entry.change)
        if entry.id in at and change and change.get("first_response_at"):
            change["first_response_at"] = at[entry.id]
        project(row, entry.kind, at.get(entry.id, entry.at), entry.recorded_at, change)
    return row


def _from_json(change: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if value is not None and name in _INSTANTS else value
        for name, value in change.items()
    }
