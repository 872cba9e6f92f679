"""Whose questions an answer answers where tickets were merged: each keeps a clock of its own, for a merge may end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import Answered, EntryKind
from mailbot.reading.fields.address import canonical
from mailbot.store import counting
from mailbot.store.columns import AnyRow
from mailbot.store.merged import going_on_as
from mailbot.store.tables import ENTRY, KNOWN_ID, OUTBOX, TICKET
from mailbot.store.tickets import NewEntry, append_entry

_FIELDS = (ENTRY.c.id, ENTRY.c.kind, ENTRY.c.at, ENTRY.c.from_address, ENTRY.c.change)


def left_running(conn: Connection, home: int, effect: Answered) -> dict[str, Any]:
    """Return the columns of a ticket that an answer within one which was merged into it leaves as they are.

    There are none where all who wait there get it, or where it is no such answer.
    """
    if effect.within is None:
        return {}
    row = _row(conn, home)
    waiting = [at for address, at in _waiting(conn, home).items() if address not in effect.readers]
    beside = (one for one in _waiting_in(conn, home) if one.id != effect.within and one.requester not in effect.readers)
    waiting += [one.waiting_since for one in beside if one.waiting_since]
    if row.waiting_since is None or not waiting:
        return {}
    return {"waiting_since": min(waiting), "first_response_at": row.first_response_at}


def stop_merged(
    conn: Connection,
    home: int,
    answer: int,
    effect: Answered,
    now: datetime,
    decision: Mapping[str, Any] | None = None,
) -> None:
    """Stop the clocks of tickets that were merged into one, at that answer to their question, or to their requester.

    Each entry that does so bears that `decision`, and which answer it was.
    """
    at = conn.execute(select(ENTRY.c.at).where(ENTRY.c.id == answer)).scalar_one()
    partner = _row(conn, home).partner
    for merged in _waiting_in(conn, home):
        if merged.id == effect.within or merged.requester in effect.readers:
            first = {} if merged.answered else {"first_response_at": at}
            entry = NewEntry(
                partner=partner,
                kind=EntryKind.CHANGE,
                at=at,
                recorded_at=now,
                ticket_id=merged.id,
                text=f"answered in #{home}",
                author=effect.agent or "mailbot",
                change={"waiting_since": None, **first},
                decision={**(decision or {}), "answer": answer},
            )
            append_entry(conn, entry)


def promised_anew(conn: Connection, tickets: Collection[int]) -> frozenset[int]:
    """Return those of the tickets whose answered customer waits again, and was promised an answer to that.

    His words raised it, or one of us said since then how bad it is; what was taken back is no promise.
    """
    since = select(ENTRY.c.ticket_id, ENTRY.c.decision).join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
    promises = since.where(
        ENTRY.c.ticket_id.in_(list(tickets)),
        ENTRY.c.kind == EntryKind.CHANGE,
        ENTRY.c.recorded_at >= TICKET.c.waiting_since,
        TICKET.c.first_response_at.is_not(None),
        TICKET.c.response_due_at > TICKET.c.waiting_since,
        func.json_type(ENTRY.c.change, "$.response_due_at").is_not(None),
        func.json_type(ENTRY.c.change, "$.opened_at").is_(None),
    )
    last = {row.ticket_id: row.decision or {} for row in conn.execute(promises.order_by(ENTRY.c.id))}
    return frozenset(ticket for ticket, decision in last.items() if "undoes" not in decision)


def within_of(conn: Connection, home: int, entry: int) -> list[int]:
    """Return the merged tickets within which an answer in that one stands."""
    threads = select(KNOWN_ID.c.ticket_id).join(OUTBOX, KNOWN_ID.c.outbox_id == OUTBOX.c.id)
    of_answer = threads.where(OUTBOX.c.entry_id == entry, KNOWN_ID.c.ticket_id != home)
    return list(conn.execute(of_answer.distinct()).scalars())


def _row(conn: Connection, ticket: int) -> AnyRow:
    return conn.execute(select(TICKET).where(TICKET.c.id == ticket)).one()


def _waiting_in(conn: Connection, home: int) -> list[TicketFacts]:
    """Return the tickets that go on as that one and whose clocks run."""
    return [one for one in going_on_as(conn, _row(conn, home).partner, home) if one.waiting_since]


def _waiting(conn: Connection, ticket: int) -> dict[str, datetime]:
    """Return who wrote in the ticket and waits for an answer, and since when."""
    asked: list[tuple[datetime, str]] = []
    waiting: dict[str, datetime] = {}
    void = counting.counted(conn, [ticket]).void
    for entry in conn.execute(select(*_FIELDS).where(ENTRY.c.ticket_id == ticket).order_by(ENTRY.c.id)):
        changed = entry.change or {}
        if entry.id in void:
            continue
        if entry.kind == EntryKind.CUSTOMER and "waiting_since" not in changed:
            asked.append((entry.at, canonical(entry.from_address)))
            waiting.setdefault(canonical(entry.from_address), entry.at)
        elif entry.kind == EntryKind.AGENT and "waiting_since" not in changed:
            waiting.clear()
        elif "waiting_since" in changed and entry.kind != EntryKind.CUSTOMER:
            since = changed["waiting_since"]
            again = datetime.fromisoformat(since) if since else None
            waiting = {one: at for one, at in waiting.items() if again and at >= again}
            waiting |= {one: at for at, one in reversed(asked) if at == again}
    return waiting
