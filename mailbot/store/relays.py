"""Messages that agents are to get, each from its own instant on, until a mail that brings it is in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, TextClause, case, func, insert, select, text, update

from mailbot.deciding.agents.handed import Handed
from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.errors import StoreDamaged
from mailbot.store.packing import decompress
from mailbot.store.tables import ENTRY, KNOWN_ID, OUTBOX, RELAY, TICKET

KIND = "relay"
"""The outbox kind of a mail that hands a message on to an agent."""
MOST_IDS = 50
"""So many ids of a reply are looked for."""
_PENDING = text("relay.outbox_key IS NULL")
_BROUGHT = text("relay.outbox_key <> ''")


@dataclass(frozen=True, slots=True)
class Besides:
    """What a message has besides its words: files, and others to whom it went."""

    files: tuple[Handed, ...] = ()
    copied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relay:
    """One message for one agent (his id); he may have `asked` for it. It is `late` where it had to wait for him."""

    id: int
    agent: str
    ticket_id: int
    entry_id: int
    urgent: bool
    besides: Besides
    asked: bool = False
    late: bool = False


def add(
    conn: Connection,
    partner: str,
    agent: str,
    *,
    ticket_id: int,
    entry_id: int,
    urgent: bool,
    due_at: datetime,
    besides: Besides = Besides(),
) -> None:
    """Note that this agent is to get the message of that entry."""
    conn.execute(
        insert(RELAY).values(
            partner=partner,
            agent=agent,
            ticket_id=ticket_id,
            entry_id=entry_id,
            urgent=urgent,
            due_at=due_at,
            files=msgspec.to_builtins(besides.files) or None,
            copied=list(besides.copied) or None,
        )
    )


def again(conn: Connection, partner: str, agent: str, ticket_id: int, now: datetime) -> Relay | None:
    """Note that this agent is to get the newest message of a ticket, whether he got it or not; None for no message.

    Its files come along unless a mail has brought them.
    """
    newest = select(func.max(ENTRY.c.id)).where(
        ENTRY.c.ticket_id == ticket_id, ENTRY.c.kind.in_([EntryKind.CUSTOMER, EntryKind.AUTOMATIC])
    )
    entry: int | None = conn.execute(newest).scalar()
    if entry is None:
        return None
    files, others = _known_besides(conn, entry)
    values = {"partner": partner, "agent": agent, "ticket_id": ticket_id, "entry_id": entry, "urgent": True}
    number: int = conn.execute(
        insert(RELAY).values(**values, due_at=now, files=files, copied=others).returning(RELAY.c.id)
    ).scalar_one()
    return Relay(number, agent, ticket_id, entry, urgent=True, besides=_besides(files, others), asked=True)


def besides_of(conn: Connection, entry_id: int) -> Besides:
    """Return what the message of that entry has besides its words; its files unless a mail has brought them."""
    return _besides(*_known_besides(conn, entry_id))


def _known_besides(conn: Connection, entry_id: int) -> tuple[list[dict[str, Any]] | None, list[str] | None]:
    rows = select(RELAY.c.files, RELAY.c.copied).where(RELAY.c.entry_id == entry_id)
    known = conn.execute(rows.order_by(RELAY.c.files.is_(None), RELAY.c.id).limit(1)).first()
    return (known.files, known.copied) if known else (None, None)


def is_under_way(conn: Connection, agent: str, entry_id: int) -> bool:
    """Return whether this agent is still to get the message of that entry."""
    waits = select(RELAY.c.id).where(_PENDING, RELAY.c.agent == agent, RELAY.c.entry_id == entry_id)
    return conn.execute(waits.limit(1)).first() is not None


def next_due_at(conn: Connection, partner: str) -> datetime | None:
    """When `due` finds something; None when nothing waits."""
    at: datetime | None = conn.execute(
        select(func.min(RELAY.c.due_at)).where(_PENDING, RELAY.c.partner == partner)
    ).scalar()
    return at


@dataclass(frozen=True, slots=True)
class Due:
    """How many messages are to leave to an agent (his id), urgent or not; `put_off` tickets had to wait for it."""

    agent: str
    urgent: bool
    count: int
    put_off: int


def due(conn: Connection, partner: str, now: datetime) -> list[Due]:
    """What is to leave at `now` to whom, the most pressing first."""
    late = case((RELAY.c.due_at > ENTRY.c.recorded_at, RELAY.c.ticket_id))
    rows = conn.execute(
        select(RELAY.c.agent, RELAY.c.urgent, func.count(), func.count(late.distinct()))
        .join(ENTRY, ENTRY.c.id == RELAY.c.entry_id)
        .where(_PENDING, RELAY.c.partner == partner, RELAY.c.due_at <= now)
        .group_by(RELAY.c.agent, RELAY.c.urgent)
        .order_by(RELAY.c.urgent.desc(), func.min(RELAY.c.id))
    )
    found = [Due(*row) for row in rows]
    if not all(isinstance(one.agent, str) for one in found):
        raise StoreDamaged("a message that is to be handed on names no agent")
    return found


def _these(partner: str, due: Due, now: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    to_whom = (RELAY.c.partner == partner, RELAY.c.agent == due.agent, RELAY.c.urgent == due.urgent)
    return (_PENDING, *to_whom, RELAY.c.due_at <= now)


def each(conn: Connection, partner: str, due: Due, now: datetime, limit: int) -> list[Relay]:
    """Return these messages one by one, the oldest first."""
    columns = (RELAY.c.id, RELAY.c.agent, RELAY.c.ticket_id, RELAY.c.entry_id, RELAY.c.urgent)
    rows = conn.execute(
        select(*columns, RELAY.c.files, RELAY.c.copied, (RELAY.c.due_at > ENTRY.c.recorded_at).label("late"))
        .join(ENTRY, ENTRY.c.id == RELAY.c.entry_id)
        .where(*_these(partner, due, now))
        .order_by(RELAY.c.id)
        .limit(limit)
    )
    return [
        Relay(
            row.id, row.agent, row.ticket_id, row.entry_id, row.urgent, _besides(row.files, row.copied), late=row.late
        )
        for row in rows
    ]


def waits(conn: Connection, ticket_id: int, entry_id: int) -> bool:
    """Return whether the customer still waits for an answer to that message, which that open ticket holds."""
    asked = select(ENTRY.c.id).join(TICKET, TICKET.c.id == ticket_id).where(ENTRY.c.id == entry_id)
    still = asked.where(TICKET.c.state == TicketState.OPEN, TICKET.c.waiting_since <= ENTRY.c.at)
    return conn.execute(still).first() is not None


def _besides(files: list[dict[str, Any]] | None, copied: list[str] | None) -> Besides:
    return Besides(msgspec.convert(files or (), tuple[Handed, ...]), tuple(copied or ()))


def put_off(conn: Connection, partner: str, due: Due, now: datetime, until: datetime) -> None:
    """Have these messages leave no earlier than `until`."""
    conn.execute(update(RELAY).where(*_these(partner, due, now)).values(due_at=until))


def assign_all(conn: Connection, partner: str, due: Due, now: datetime, outbox_key: str) -> None:
    """Note which mail stands for all of these; "" for none, since there is nobody left to bring them to.

    Their files stay named, for whoever has one of them sent.
    """
    conn.execute(update(RELAY).where(*_these(partner, due, now)).values(outbox_key=outbox_key))


def assign(conn: Connection, relay_ids: Iterable[int], outbox_key: str) -> None:
    """Note which mail brings them, "" for none. No file is named for longer."""
    conn.execute(update(RELAY).where(RELAY.c.id.in_(list(relay_ids))).values(outbox_key=outbox_key, files=None))


def arrival_of(conn: Connection, entry_id: int) -> int | None:
    """Return the arrival whose message an entry holds, None for none."""
    return conn.execute(select(ENTRY.c.arrival_id).where(ENTRY.c.id == entry_id)).scalar()


def put_off_until(conn: Connection, partner: str, agent: str, ticket_id: int | None, until: datetime) -> None:
    """Have what can wait, of a ticket or of all, reach this agent no earlier than then."""
    conn.execute(
        update(RELAY)
        .where(
            _PENDING,
            RELAY.c.partner == partner,
            RELAY.c.agent == agent,
            RELAY.c.due_at < until,
            RELAY.c.urgent.is_(False),
            *([] if ticket_id is None else [RELAY.c.ticket_id == ticket_id]),
        )
        .values(due_at=until)
    )


def waits_for(conn: Connection, partner: str, agent: str, now: datetime) -> list[int]:
    """Return the tickets of which something that can wait is to reach this agent later than now."""
    return list(conn.execute(select(RELAY.c.ticket_id).where(*_later(partner, agent, now)).distinct()).scalars())


def reschedule(conn: Connection, partner: str, agent: str, ticket_id: int, at: datetime, now: datetime) -> None:
    """Have what is to reach this agent of a ticket later than now, and can wait, reach him then."""
    of_ticket = (*_later(partner, agent, now), RELAY.c.ticket_id == ticket_id)
    conn.execute(update(RELAY).where(*of_ticket).values(due_at=at))


def _later(partner: str, agent: str, at: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    to_whom = (RELAY.c.partner == partner, RELAY.c.agent == agent)
    return (_PENDING, *to_whom, RELAY.c.due_at > at, RELAY.c.urgent.is_(False))


def is_handed(conn: Connection, agent: str, entry_id: int, by: datetime | None = None) -> bool:
    """Whether this agent was handed, or is to be handed by then, the message of that entry; None for ever."""
    handed = select(RELAY.c.id).where(
        RELAY.c.entry_id == entry_id,
        RELAY.c.agent == agent,
        RELAY.c.outbox_key.is_distinct_from(""),
        *([] if by is None else [RELAY.c.outbox_key.is_not(None) | (RELAY.c.due_at <= by)]),
    )
    return conn.execute(handed.limit(1)).first() is not None


def handed_since(conn: Connection, agent: str, entry_id: int, since: datetime) -> bool:
    """Whether this agent was handed the message of that entry at `since` or later."""
    handed = (RELAY.c.entry_id == entry_id, RELAY.c.agent == agent, RELAY.c.due_at >= since)
    return conn.execute(select(RELAY.c.id).where(*handed).limit(1)).first() is not None


def brought_by(conn: Connection, outbox_id: int) -> list[Relay]:
    """Return what an outgoing mail is to bring to an agent: nothing, one message, or all for which a list stands."""
    columns = (RELAY.c.id, RELAY.c.agent, RELAY.c.ticket_id, RELAY.c.entry_id, RELAY.c.urgent)
    rows = conn.execute(
        select(*columns, RELAY.c.files, RELAY.c.copied)
        .join(OUTBOX, (OUTBOX.c.partner == RELAY.c.partner) & (OUTBOX.c.key == RELAY.c.outbox_key))
        .where(_BROUGHT, OUTBOX.c.id == outbox_id)
        .order_by(RELAY.c.id)
    )
    return [Relay(*row[:-2], _besides(row.files, row.copied)) for row in rows]


def agents_of(conn: Connection, entry_id: int) -> frozenset[str]:
    """Return the agents (their ids) who were ever to get the message of that entry, whether it reached them or not."""
    return frozenset(conn.execute(select(RELAY.c.agent).where(RELAY.c.entry_id == entry_id)).scalars())


def told_of(conn: Connection, entry_id: int) -> frozenset[str]:
    """Return the agents (their ids) whom a mail of ours told of that entry."""
    return frozenset(conn.execute(select(RELAY.c.agent).where(RELAY.c.entry_id == entry_id, _BROUGHT)).scalars())


def relayed_entry(conn: Connection, partner: str, ticket_id: int, message_ids: Iterable[str]) -> int | None:
    """The entry that was handed on in one of these mails of ours, else the customer's last one; None for none."""
    answered: int | None = conn.execute(
        select(OUTBOX.c.entry_id)
        .where(
            OUTBOX.c.partner == partner,
            OUTBOX.c.ticket_id == ticket_id,
            OUTBOX.c.kind == KIND,
            OUTBOX.c.message_id.in_(list(message_ids)[:MOST_IDS]),
        )
        .order_by(OUTBOX.c.id.desc())
        .limit(1)
    ).scalar()
    return (
        answered
        or conn.execute(
            select(func.max(ENTRY.c.id)).where(ENTRY.c.ticket_id == ticket_id, ENTRY.c.kind == EntryKind.CUSTOMER)
        ).scalar()
    )


def last_relay(conn: Connection, partner: str, ticket_id: int, address: str) -> bytes | None:
    """The octets of the last mail that handed something of a ticket on to that address, None for none."""
    packed: bytes | None = conn.execute(
        select(OUTBOX.c.packed)
        .where(
            OUTBOX.c.partner == partner,
            OUTBOX.c.ticket_id == ticket_id,
            OUTBOX.c.kind == KIND,
            OUTBOX.c.recipient == address,
        )
        .order_by(OUTBOX.c.id.desc())
        .limit(1)
    ).scalar()
    try:
        return decompress(packed) if packed else None
    except StoreDamaged:
        return None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent's mail follows: the subject, the Message-ID (None for none), and the ids of the ticket in order."""

    subject: str
    message_id: str | None
    references: tuple[str, ...]


def answered(conn: Connection, ticket_id: int, entry_id: int | None, is_ours: Callable[[str], bool]) -> Answered:
    """Return what an answer to that entry of the ticket follows.

    No id is among it of a mail that `is_ours` says one of us wrote, or got: it names his machine, and no customer has
    that mail.
    """
    columns = (ENTRY.c.subject, ENTRY.c.message_id, ENTRY.c.from_address)
    entry = conn.execute(select(*columns).where(ENTRY.c.id == entry_id)).first()
    known = conn.execute(
        select(KNOWN_ID.c.message_id, KNOWN_ID.c.address)
        .where(KNOWN_ID.c.ticket_id == ticket_id)
        .order_by(KNOWN_ID.c.id)
    )
    ids = [row.message_id for row in known if not is_ours(row.address)]
    last = entry.message_id if entry is not None and not is_ours(entry.from_address) else None
    others = (one for one in dict.fromkeys(ids) if one != last)
    return Answered(entry.subject if entry else "", last, (*others, *filter(None, [last])))


def brought_since(conn: Connection, partner: str, address: str, priority: int, since: datetime) -> int:
    """How many such mails of that priority were written to the address since then."""
    brought: int = conn.execute(
        select(func.count()).where(
            OUTBOX.c.partner == partner,
            OUTBOX.c.recipient == address,
            OUTBOX.c.created_at > since,
            OUTBOX.c.kind == KIND,
            OUTBOX.c.priority == priority,
        )
    ).scalar_one()
    return brought
