"""Forgetting what the operator does not want to keep: the octets of messages and mails, the words of entries.

Rows stay, with their instants, Message-IDs, addresses and fingerprints, so that copies are still recognised
and what was decided can still be seen. Each kind is gone through in rounds, in order of its numbers. A row that is
not done with yet, such as the words of a ticket that stays open, is passed over and looked at again in the next round,
which begins there; what was forgotten behind it is passed over as well, and not written again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, Select, func, select, text, update

from mailbot.deciding.effects import TicketState
from mailbot.errors import NotFound
from mailbot.store import cursors, quarantine
from mailbot.store.outbox import OutboxState
from mailbot.store.spool import ArrivalState
from mailbot.store.tables import ARRIVAL, ENTRY, FACT, OUTBOX, RAW, RELAY, TICKET

BATCH = 50
LOOKED_AT_ONCE = 200
_DONE = (OutboxState.SENT, OutboxState.FAILED, OutboxState.UNCLEAR, OutboxState.DROPPED, OutboxState.EXPIRED)
_HOLDS_WORDS = (ENTRY.c.subject != "") | (ENTRY.c.text != "") | (ENTRY.c.from_name != "")
_HOLDS_MESSAGE = func.length(RAW.c.packed) > 0
_HOLDS_OCTETS = func.length(OUTBOX.c.packed) > 0
_FACT = "retention."
_INDEX = f"{_FACT}index"


class Kept(StrEnum):
    """What has a time of its own in `[retention]`."""

    MESSAGES = "messages"
    ENTRIES = "entries"
    MAILS = "mails"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Old:
    """A row that has come of age.

    `holds` says that something of it is left to forget, `ready` that it is done with, and may be forgotten.
    """

    id: int
    holds: bool
    ready: bool


@dataclass(frozen=True, slots=True)
class Place:
    """How far a round has come: up to `left` nothing is left to forget, up to `reached` all was looked at."""

    left: int = 0
    reached: int = 0


def place(conn: Connection, partner: str, kind: Kept) -> Place:
    """Return how far the round has come, as `note_place` kept it."""
    said = cursors.fact(conn, partner, _FACT + kind) or "0"
    left, _, reached = said.partition(" ")
    return Place(int(left), int(reached or left))


def note_place(conn: Connection, partner: str, kind: Kept, new: Place, now: datetime) -> None:
    """Keep how far the round has come."""
    cursors.set_fact(conn, partner, _FACT + kind, f"{new.left} {new.reached}", now)


def of_age(conn: Connection, partner: str, kind: Kept, after: int, before: datetime) -> list[Old]:
    """Return the rows numbered above `after` that are older than `before`, in order, at most `LOOKED_AT_ONCE`."""
    rows = {Kept.MESSAGES: _messages, Kept.ENTRIES: _entries, Kept.MAILS: _mails}[kind](conn, after, before)
    # Numbers and instants grow together; a clock that was wrong for a while only delays.
    old = itertools.takewhile(lambda row: row.at < before, rows)
    return [Old(row.id, bool(row.holds) and row.partner == partner, bool(row.ready)) for row in old]


def _messages(conn: Connection, after: int, _before: datetime) -> list[Any]:
    chosen = select(
        ARRIVAL.c.id,
        ARRIVAL.c.partner,
        ARRIVAL.c.accepted_at.label("at"),
        _HOLDS_MESSAGE.label("holds"),
        (ARRIVAL.c.state == ArrivalState.DONE).label("ready"),
    ).join(RAW, RAW.c.sha256 == ARRIVAL.c.raw_sha256)
    return _next(conn, chosen, ARRIVAL.c.id, after)


def _entries(conn: Connection, after: int, before: datetime) -> list[Any]:
    over = (TICKET.c.state != TicketState.OPEN) & (func.coalesce(TICKET.c.closed_at, TICKET.c.updated_at) < before)
    chosen = select(
        ENTRY.c.id,
        ENTRY.c.partner,
        ENTRY.c.recorded_at.label("at"),
        _HOLDS_WORDS.label("holds"),
        (ENTRY.c.ticket_id.is_(None) | over).label("ready"),
    ).outerjoin(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
    return _next(conn, chosen, ENTRY.c.id, after)


def _mails(conn: Connection, after: int, before: datetime) -> list[Any]:
    chosen = select(
        OUTBOX.c.id,
        OUTBOX.c.partner,
        OUTBOX.c.created_at.label("at"),
        _HOLDS_OCTETS.label("holds"),
        (OUTBOX.c.state.in_(_DONE) & (OUTBOX.c.done_at < before)).label("ready"),
    )
    return _next(conn, chosen, OUTBOX.c.id, after)


def _next(conn: Connection, chosen: Select[*tuple[Any, ...]], number: Column[Any], after: int) -> list[Any]:
    return list(conn.execute(chosen.where(number > after).order_by(number).limit(LOOKED_AT_ONCE)))


def index_left_since(conn: Connection, partner: str) -> datetime | None:
    """Return since when the index of words holds some that were forgotten, None where it holds none."""
    at: datetime | None = conn.execute(
        select(FACT.c.at).where(FACT.c.partner == partner, FACT.c.name == _INDEX, FACT.c.value == "left")
    ).scalar()
    return at


def note_index(conn: Connection, partner: str, now: datetime, *, left: bool) -> None:
    """Keep whether the index holds words that were forgotten; that it still does is known already."""
    if not (left and index_left_since(conn, partner)):
        cursors.set_fact(conn, partner, _INDEX, "left" if left else "none", now)


def quarantined_before(conn: Connection, partner: str, before: datetime) -> list[int]:
    """Return at most `BATCH` arrivals that are in quarantine and came before that instant, oldest first."""
    rows = conn.execute(
        select(ARRIVAL.c.id)
        .where(
            text("arrival.state <> 'done'"),
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.state == ArrivalState.QUARANTINED,
            ARRIVAL.c.accepted_at < before,
        )
        .order_by(ARRIVAL.c.id)
        .limit(BATCH)
    )
    return list(rows.scalars())


def forget(conn: Connection, kind: Kept, numbers: Iterable[int], now: datetime, reason: str) -> int:
    """Forget these; return how many still held something. What somebody needs again meanwhile stays."""
    ids = list(numbers)
    if kind is Kept.MESSAGES:
        return _forget_messages(conn, ids)
    if kind is Kept.ENTRIES:
        return _forget_entries(conn, ids)
    if kind is Kept.MAILS:
        still_done = (OUTBOX.c.id.in_(ids), OUTBOX.c.state.in_(_DONE), _HOLDS_OCTETS)
        return conn.execute(update(OUTBOX).where(*still_done).values(packed=b"")).rowcount
    return sum(_drop(conn, number, now, reason) for number in ids)


def _drop(conn: Connection, number: int, now: datetime, reason: str) -> bool:
    try:
        quarantine.drop_quarantined(conn, number, author="mailbot", reason=reason, now=now)
    except NotFound:
        return False  # Somebody has taken it out meanwhile.
    return True


def _forget_messages(conn: Connection, ids: list[int]) -> int:
    digests = select(ARRIVAL.c.raw_sha256).where(ARRIVAL.c.id.in_(ids), ARRIVAL.c.state == ArrivalState.DONE)
    # The same octets may have come again, and wait for a decision or for a person.
    needed = select(ARRIVAL.c.raw_sha256).where(text("arrival.state <> 'done'"))
    chosen = (RAW.c.sha256.in_(digests), RAW.c.sha256.not_in(needed), _HOLDS_MESSAGE)
    return conn.execute(update(RAW).where(*chosen).values(packed=b"")).rowcount


def _forget_entries(conn: Connection, ids: list[int]) -> int:
    words = (part for name in ("subject", "requester_name", "waits_for") for part in (f"$.{name}", ""))
    change = func.json_replace(ENTRY.c.change, *words, type_=ENTRY.c.change.type)
    opened = select(ENTRY.c.ticket_id).where(
        ENTRY.c.id.in_(ids), func.json_extract(ENTRY.c.change, "$.subject").is_not(None)
    )
    conn.execute(update(TICKET).where(TICKET.c.id.in_(opened)).values(subject="", requester_name=""))
    empty: dict[str, Any] = {
        "subject": "",
        "text": "",
        "reply_text": None,
        "from_name": "",
        "evidence": [],
        "change": change,
    }
    # What files are called are words of who sent them.
    conn.execute(update(RELAY).where(RELAY.c.entry_id.in_(ids), RELAY.c.files.is_not(None)).values(files=None))
    return conn.execute(update(ENTRY).where(ENTRY.c.id.in_(ids), _HOLDS_WORDS).values(**empty)).rowcount
