"""What counts as an answer of ours: one definition for the ticket's row, its clock, the figures, and the weekly mail.

An answer counts once it was given and while it stands. None is what was taken back, what reaches nobody, since each of
its mails waits for a release, failed, or came back, and what was guessed to be about this ticket and turned out to be
about another. One that was let go by hand was given then. The row is brought in line (`restate`) whenever that changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, TextClause, select, text

from mailbot.deciding.effects import EntryKind
from mailbot.reading.model import BounceAction
from mailbot.store import awaited
from mailbot.store.columns import AnyRow
from mailbot.store.given import REPLY
from mailbot.store.merged import marked_into
from mailbot.store.outbox import OutboxState
from mailbot.store.projection import folded
from mailbot.store.tables import ENTRY, OUTBOX, TICKET
from mailbot.store.tickets import NewEntry, append_entry

_NOT_GIVEN = frozenset({OutboxState.HELD, OutboxState.FAILED, OutboxState.EXPIRED, OutboxState.DROPPED})
_TOLD = ("first_response_at", "waiting_since")
_RESTATED = {"restates": True}
# In the words by which SQLite reads the entries of the tickets alone.
_OF_UNDO = text("entry.kind = 'change' AND entry.decision LIKE '%\"undoes\"%'")
_OF_ACT = text("entry.kind IN ('agent', 'change') AND entry.decision LIKE '%\"act\"%'")
_OF_ANSWER = text("entry.kind = 'change' AND entry.decision LIKE '%\"answer\"%'")
_OF_MAIL = text("entry.kind = 'change' AND entry.decision LIKE '%\"outbox\"%'")
_OF_RESTATING = text("entry.kind = 'change' AND entry.decision LIKE '%\"restates\"%'")


@dataclass(frozen=True, slots=True)
class Counted:
    """What of the log of some tickets does not count: `void` are entries that are as if they had not been.

    `given_at` are the instants of answers that were given later than they were written, and of what these stopped.
    """

    void: frozenset[int]
    given_at: Mapping[int, datetime]


def counted(conn: Connection, tickets: Collection[int]) -> Counted:
    """Return what of the log of these tickets does not count."""
    links = {row.id: row.decision.get("answer") for row in _entries(conn, tickets, _OF_ANSWER)}
    others = select(ENTRY.c.ticket_id).where(ENTRY.c.id.in_(set(links.values())), ENTRY.c.ticket_id.is_not(None))
    wanted = {*tickets, *(conn.execute(others).scalars() if links else ())}
    unreached, given_at = _mailed(conn, wanted)
    void = unreached | taken_back(conn, wanted) | awaited.moved(conn, wanted)
    given_at |= {entry: given_at[answer] for entry, answer in links.items() if answer in given_at}
    return Counted(void | {entry for entry, answer in links.items() if answer in void}, given_at)


def taken_back(conn: Connection, tickets: Collection[int]) -> frozenset[int]:
    """Return the entries of these tickets that were taken back, and those that did so."""
    undoing = {
        row.id: row.decision["undoes"] for row in _entries(conn, tickets, _OF_UNDO) if "kept" not in row.decision
    }
    if not undoing:
        return frozenset()
    undone = set(undoing.values())
    return frozenset(undoing) | {
        row.id for row in _entries(conn, tickets, _OF_ACT) if row.decision.get("act") in undone
    }


def standing(conn: Connection, ticket: int, without: Iterable[int] = ()) -> dict[str, Any]:
    """Return when the ticket was answered first, and since when it waits, by what counts; without some entries."""
    found = counted(conn, [ticket])
    said = {row.id for row in _entries(conn, [ticket], _OF_RESTATING)}
    row = folded(conn, ticket, without={*without, *found.void, *said}, at=found.given_at)
    return {name: row.get(name) for name in _TOLD}


def restate(conn: Connection, answer: int, *, author: str, reason: str, now: datetime) -> None:
    """Bring the rows of the tickets in which that answer stands in line with what counts of it."""
    home = conn.execute(select(ENTRY.c.ticket_id).where(ENTRY.c.id == answer)).scalar()
    if home is None:
        return
    for ticket in (home, *_stopped_by(conn, home, answer)):
        row = conn.execute(select(TICKET).where(TICKET.c.id == ticket)).one()
        said = standing(conn, ticket)
        if change := {name: at for name, at in said.items() if at != getattr(row, name)}:
            entry = NewEntry(
                partner=row.partner,
                kind=EntryKind.CHANGE,
                at=now,
                recorded_at=now,
                ticket_id=ticket,
                text=reason,
                author=author,
                change=change,
                decision=_RESTATED,
            )
            append_entry(conn, entry)


def is_held(conn: Connection, ticket: int, answer: int) -> bool:
    """Return whether a mail with that answer of the ticket waits for a release."""
    mails = (OUTBOX.c.ticket_id == ticket, OUTBOX.c.entry_id == answer, OUTBOX.c.kind == REPLY)
    held = select(OUTBOX.c.id).where(*mails, OUTBOX.c.state == OutboxState.HELD)
    return conn.execute(held.limit(1)).first() is not None


def reaches_nobody(conn: Connection, ticket: int, entry: int, kind: str) -> bool:
    """Return whether none of the mails of that kind and entry of a ticket went to anybody whom it may have reached."""
    unreached, _ = _mailed(conn, [ticket], kind)
    return entry in unreached


def _stopped_by(conn: Connection, home: int, answer: int) -> list[int]:
    """Return the tickets merged into that one whose clocks the answer stopped."""
    stopping = _entries(conn, marked_into(conn, home), _OF_ANSWER)
    return sorted({row.ticket_id for row in stopping if row.decision.get("answer") == answer})


def _mailed(
    conn: Connection, tickets: Collection[int], kind: str = REPLY
) -> tuple[frozenset[int], dict[int, datetime]]:
    """Return the answers by mail that reach nobody, and when those were given that were let go by hand."""
    columns = (OUTBOX.c.id, OUTBOX.c.entry_id, OUTBOX.c.state, OUTBOX.c.bounced)
    mails = conn.execute(select(*columns).where(OUTBOX.c.ticket_id.in_(list(tickets)), OUTBOX.c.kind == kind)).all()
    let_go = {
        row.decision["outbox"]: row.at
        for row in (_entries(conn, tickets, _OF_MAIL) if mails else ())
        if row.decision["to"] == OutboxState.QUEUED and row.decision["from"] in _NOT_GIVEN
    }
    given: dict[int, list[datetime | None]] = {}
    for mail, entry, state, bounced in mails:
        sent = given.setdefault(entry, [])
        if state not in _NOT_GIVEN and (bounced or {}).get("action") != BounceAction.FAILED:
            sent.append(let_go.get(mail))
    late = {entry: [at for at in sent if at is not None] for entry, sent in given.items() if None not in sent}
    given_at = {entry: min(at) for entry, at in late.items() if at}
    return frozenset(late) - frozenset(given_at), given_at


def _entries(conn: Connection, tickets: Collection[int], which: TextClause) -> list[AnyRow]:
    columns = (ENTRY.c.id, ENTRY.c.ticket_id, ENTRY.c.at, ENTRY.c.decision)
    return list(conn.execute(select(*columns).where(ENTRY.c.ticket_id.in_(list(tickets)), which).order_by(ENTRY.c.id)))
