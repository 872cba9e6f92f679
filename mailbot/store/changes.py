"""What may happen to a ticket after it was opened; each leaves an entry with who, why and what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from mailbot.deciding.effects import Assign, EntryKind, Flag, Rise, TicketState
from mailbot.errors import NotFound
from mailbot.rules import Severity
from mailbot.store.columns import AnyRow
from mailbot.store.tables import ENTRY, TICKET
from mailbot.store.tickets import NewEntry, append_entry


def rise(
    conn: Connection, ticket_id: int, effect: Rise, *, author: str, reason: str, now: datetime, caused_by: str = ""
) -> int:
    """Raise the severity and set the promises anew; `caused_by` is the address whose mail did it, for `rises_by`."""
    change = {
        "severity": effect.severity,
        "response_due_at": effect.response_due_at,
        "resolution_due_at": effect.resolution_due_at,
    }
    return _change(conn, ticket_id, change, author, reason, now, caused_by)


def set_severity(
    conn: Connection,
    ticket_id: int,
    severity: Severity,
    response_due_at: datetime | None,
    resolution_due_at: datetime | None,
    *,
    author: str,
    reason: str,
    now: datetime,
) -> int:
    """Set the severity, worse or milder, and the promises that follow from it."""
    return rise(
        conn, ticket_id, Rise(severity, response_due_at, resolution_due_at), author=author, reason=reason, now=now
    )


def reopen(conn: Connection, ticket_id: int, *, author: str, reason: str, now: datetime, waits: bool = True) -> int:
    """Open a closed ticket again, on its own; whoever waited when it was closed does so again if he `waits`.

    It was escalated to nobody yet.
    """
    row = _row(conn, ticket_id)
    opened: dict[str, Any] = {"state": TicketState.OPEN, "closed_at": None, **no_tier(row)}
    if not waits:
        opened["waiting_since"] = None
    if row.merged_into is not None:
        opened["merged_into"] = None
    if row.solved_by is not None:
        opened["solved_by"] = None
    return _change(conn, ticket_id, opened, author, reason, now)


def no_tier(row: AnyRow) -> Mapping[str, None]:
    """Return the columns by which a ticket was escalated to no tier; none for one that was not."""
    return {} if row.tier is None else {"tier": None}


def escalate(conn: Connection, ticket_id: int, tier: int, *, author: str, reason: str, now: datetime) -> int:
    """Say that the next tier knows of the ticket; it stays whose it is."""
    return _change(conn, ticket_id, {"tier": tier}, author, reason, now)


def see(conn: Connection, ticket_id: int, agent: str, *, reason: str, now: datetime) -> int:
    """Say that an agent (his id) has seen the outage."""
    return _change(conn, ticket_id, {"seen_by": agent, "seen_at": now}, agent, reason, now)


def set_case(
    conn: Connection, ticket_id: int, change: Mapping[str, Any], *, author: str, reason: str, now: datetime
) -> int:
    """Set what is known of the ticket's case with a vendor: `vendor`, `vendor_since`, `vendor_case`, some of them."""
    return _change(conn, ticket_id, change, author, reason, now)


def survey(conn: Connection, ticket_id: int, *, author: str, reason: str, now: datetime) -> int:
    """Say that the requester of the ticket is asked how satisfied they are."""
    return _change(conn, ticket_id, {"surveyed_at": now}, author, reason, now)


def close(
    conn: Connection, ticket_id: int, *, author: str, reason: str, now: datetime, solved_by: str | None = None
) -> int:
    """Close the ticket; `solved_by` is the id of the article that solved it, "" for one of several, None for none."""
    closed: dict[str, Any] = {"state": TicketState.CLOSED, "closed_at": now}
    if solved_by is not None:
        closed["solved_by"] = solved_by
    return _change(conn, ticket_id, closed, author, reason, now)


def close_all(
    conn: Connection, tickets: Iterable[int], *, author: str, reason: str, now: datetime, solved_by: str | None = None
) -> None:
    """Close each of the tickets, as `close` does."""
    for one in tickets:
        close(conn, one, author=author, reason=reason, now=now, solved_by=solved_by)


def assign(conn: Connection, ticket_id: int, effect: Assign, *, author: str, reason: str, now: datetime) -> int:
    """Say whose ticket it is, and set the promises anew."""
    change = {
        "tenant": effect.tenant,
        "response_due_at": effect.response_due_at,
        "resolution_due_at": effect.resolution_due_at,
    }
    return _change(conn, ticket_id, change, author, reason, now)


def set_assignee(conn: Connection, ticket_id: int, agent: str, *, author: str, reason: str, now: datetime) -> int:
    """Say which agent (his id) has the ticket; "" is nobody."""
    return _change(conn, ticket_id, {"assignee": agent}, author, reason, now)


def take(conn: Connection, ticket_id: int, agent: str, *, reason: str, now: datetime) -> int | None:
    """Give the ticket to this agent if nobody has it; None where somebody does."""
    if _row(conn, ticket_id).assignee:
        return None
    return set_assignee(conn, ticket_id, agent, author=agent, reason=reason, now=now)


def waits_again(conn: Connection, ticket_id: int, *, author: str, reason: str, now: datetime) -> int | None:
    """Say that the customer waits as before the last answer; None where nobody wrote, or somebody waits already."""
    if _row(conn, ticket_id).waiting_since:
        return None
    asked_at = conn.execute(
        select(func.max(ENTRY.c.at)).where(ENTRY.c.ticket_id == ticket_id, ENTRY.c.kind == EntryKind.CUSTOMER)
    ).scalar()
    return _change(conn, ticket_id, {"waiting_since": asked_at}, author, reason, now) if asked_at else None


def set_tenant(conn: Connection, ticket_id: int, tenant: str | None, *, author: str, reason: str, now: datetime) -> int:
    """Say whose ticket it is; None is nobody's."""
    return _change(conn, ticket_id, {"tenant": tenant}, author, reason, now)


def add_flags(
    conn: Connection, ticket_id: int, flags: Iterable[Flag], *, author: str, reason: str, now: datetime
) -> int | None:
    """Add what agents must know; None where the ticket has these flags already."""
    present = _row(conn, ticket_id).flags
    wanted = _with(present, flags)
    return _change(conn, ticket_id, {"flags": wanted}, author, reason, now) if wanted != present else None


def mark_spam(conn: Connection, ticket_id: int, *, author: str, reason: str, now: datetime) -> int:
    """Flag the ticket as spam and close it."""
    change = {
        "state": TicketState.CLOSED,
        "closed_at": now,
        "flags": _with(_row(conn, ticket_id).flags, (Flag.SPAM,)),
    }
    return _change(conn, ticket_id, change, author, reason, now)


def remark(conn: Connection, ticket_id: int, *, author: str, reason: str, now: datetime) -> int:
    """Note in the log what happened to a ticket by which nothing of it changes."""
    return _change(conn, ticket_id, {}, author, reason, now)


def _with(present: list[str], flags: Iterable[Flag]) -> list[str]:
    return list(dict.fromkeys([*present, *(flag.value for flag in flags)]))


def _row(conn: Connection, ticket_id: int) -> AnyRow:
    row = conn.execute(select(TICKET).where(TICKET.c.id == ticket_id)).first()
    if row is None:
        raise NotFound(f"there is no ticket {ticket_id}")
    return row


def _change(
    conn: Connection,
    ticket_id: int,
    change: Mapping[str, Any],
    author: str,
    reason: str,
    now: datetime,
    caused_by: str = "",
) -> int:
    return append_entry(
        conn,
        NewEntry(
            partner=_row(conn, ticket_id).partner,
            kind=EntryKind.CHANGE,
            at=now,
            recorded_at=now,
            ticket_id=ticket_id,
            text=reason,
            author=author,
            from_address=caused_by,
            change=change,
        ),
    )
