"""A year of an invented desk, in a real log: tickets of two companies and of strangers, answered, merged, or not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from mailbot.deciding.effects import EntryKind, Flag, OpenTicket, TicketState
from mailbot.rules import Severity
from mailbot.store import changes, tickets

PARTNER = "harbor"
BEGINS = datetime(2025, 12, 15, tzinfo=UTC)
TENANTS = ("acme", "bolt", None)
SEVERITIES = tuple(Severity)


def write_year(conn: Connection, number: int, seed: int) -> None:
    """Write so many tickets into the log, at whole minutes, in the order in which they were opened."""
    rng = random.Random(seed)
    for opened_at in sorted(BEGINS + timedelta(minutes=rng.randrange(365 * 24 * 60)) for _ in range(number)):
        _write(conn, rng, opened_at)


def _write(conn: Connection, rng: random.Random, opened_at: datetime) -> None:
    flag = rng.choices(((), (Flag.SPAM,), (Flag.MACHINE,), (Flag.HISTORY,), (Flag.UNVERIFIED,)), (80, 4, 6, 4, 6))[0]
    ticket = tickets.open_ticket(
        conn,
        PARTNER,
        OpenTicket(
            tenant=rng.choice(TENANTS),
            severity=rng.choice(SEVERITIES),
            playbook=None,
            subject="A question",
            requester="jane@acme.example",
            requester_name="Jane",
            opened_at=opened_at,
            response_due_at=_after(rng, opened_at, 600) if rng.random() < 0.9 else None,
            resolution_due_at=_after(rng, opened_at, 6000) if rng.random() < 0.8 else None,
            flags=flag,
        ),
        opened_at,
    )
    _append(conn, ticket, EntryKind.CUSTOMER, opened_at)
    at, closed = opened_at, False
    for _ in range(rng.randrange(7)):
        at = _after(rng, at, rng.choice((30, 600, 9000)))
        match rng.choice(("answer", "answer", "robot", "close", "customer")):
            case "answer":
                _append(conn, ticket, EntryKind.AGENT, at)
            case "robot":
                _append(conn, ticket, EntryKind.AUTOMATIC, at)
            case "close" if not closed:
                changes.close(conn, ticket, author="bob", reason="done", now=at)
                closed = True
            case "customer" if closed:
                changes.reopen(conn, ticket, author="jane@acme.example", reason="a new message", now=at)
                closed = False
                _append(conn, ticket, EntryKind.CUSTOMER, at)
            case _:
                _append(conn, ticket, EntryKind.NOTE, at)
    if rng.random() < 0.03 and not closed:
        merged = {"merged_into": ticket - 1, "state": TicketState.CLOSED, "closed_at": at}
        tickets.append_entry(conn, tickets.NewEntry(PARTNER, EntryKind.CHANGE, at, at, ticket, change=merged))


def _append(conn: Connection, ticket: int, kind: EntryKind, at: datetime) -> None:
    tickets.append_entry(conn, tickets.NewEntry(PARTNER, kind, at, at, ticket))


def _after(rng: random.Random, at: datetime, most: int) -> datetime:
    return at + timedelta(minutes=rng.randrange(1, most))
