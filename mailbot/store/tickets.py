"""Tickets and their log. The log is what is true; a ticket's row is folded from it.

Every entry may carry a `change`: the columns of the ticket's row that it sets. The row is
updated in the transaction that appends the entry, by the same rule with which `projection`
makes all rows anew, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, exists, func, insert, or_, select, text, update

from mailbot.deciding.context import Earlier, KnownId, TicketFacts
from mailbot.deciding.effects import EntryKind, EventKind, Evidence, Flag, OpenTicket, Reason, Repetition, TicketState
from mailbot.errors import NotFound
from mailbot.rules import Severity
from mailbot.store import participants
from mailbot.store.columns import AnyRow, plain
from mailbot.store.projection import UNTOUCHED
from mailbot.store.statements import Prepared, insert_unless_known, some, some_values
from mailbot.store.tables import ENTRY, KNOWN_ID, TICKET

FIRST_TICKET = 1001


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One line for the log.

    `at` is when the message arrived or the thing happened, `recorded_at` the present.
    `reply_text` empty means: as `text`. `author` is who made a note or a change. `change`
    sets columns of the ticket's row (instants as datetimes); `decision` is kept as it is.
    """

    partner: str
    kind: EntryKind
    at: datetime
    recorded_at: datetime
    ticket_id: int | None = None
    event: EventKind | None = None
    arrival_id: int | None = None
    message_id: str | None = None
    fingerprint: str | None = None
    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    text: str = ""
    reply_text: str = ""
    author: str = ""
    flags: tuple[Flag, ...] = ()
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    change: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None


_NEXT = select((func.coalesce(func.max(TICKET.c.id), 0) + 1).label("number")).subquery()
_AT_LEAST = bindparam("at_least", type_=TICKET.c.id.type)
_OPEN = Prepared(
    insert(TICKET)
    .values(id=select(case((_NEXT.c.number > _AT_LEAST, _NEXT.c.number), else_=_AT_LEAST)).scalar_subquery())
    .returning(TICKET.c.id),
    columns=[column.name for column in TICKET.c if column.name != "id"],
)
_APPEND = Prepared(
    insert(ENTRY).returning(ENTRY.c.id), columns=[column.name for column in ENTRY.c if column.name != "id"]
)
_COUNTED = (
    update(TICKET)
    .where(TICKET.c.id == bindparam("ticket"))
    .values(entries=TICKET.c.entries + 1, updated_at=bindparam("recorded_at"))
)
_AT = bindparam("at", type_=ENTRY.c.at.type)
_COUNT = Prepared(_COUNTED)
_COUNT_ANSWER = Prepared(
    _COUNTED.values(first_response_at=func.coalesce(TICKET.c.first_response_at, _AT), waiting_since=None)
)
_COUNT_QUESTION = Prepared(_COUNTED.values(waiting_since=func.coalesce(TICKET.c.waiting_since, _AT)))
_COUNTS = {EntryKind.AGENT: _COUNT_ANSWER, EntryKind.CUSTOMER: _COUNT_QUESTION}
_BY_FINGERPRINT = Prepared(
    select(ENTRY.c.id).where(ENTRY.c.partner == bindparam("partner"), ENTRY.c.fingerprint == bindparam("fingerprint"))
)
_KNOWN = Prepared(
    select(KNOWN_ID.c.message_id, KNOWN_ID.c.ticket_id, KNOWN_ID.c.address, KNOWN_ID.c.outgoing).where(
        KNOWN_ID.c.partner == bindparam("partner"),
        KNOWN_ID.c.message_id.in_(some("id", KNOWN_ID.c.message_id.type)),
    )
)
_REMEMBER = Prepared(insert_unless_known(KNOWN_ID, without=("id",)))
# With the partner in it SQLite would go through all tickets of the partner by that index.
_FACTS = Prepared(select(TICKET).where(TICKET.c.id.in_(some("id", TICKET.c.id.type))).order_by(TICKET.c.id))
_EARLIER = Prepared(
    select(TICKET)
    .where(
        TICKET.c.partner == bindparam("partner"),
        TICKET.c.requester == bindparam("address"),
        TICKET.c.topic == bindparam("topic"),
    )
    .order_by(TICKET.c.id.desc())
    .limit(1)
)
_LAST_TEXT = Prepared(
    select(func.coalesce(ENTRY.c.reply_text, ENTRY.c.text))
    .where(ENTRY.c.ticket_id == bindparam("ticket"), text("entry.kind IN ('automatic', 'customer')"))
    .order_by(ENTRY.c.id.desc())
    .limit(1)
)
_PARTIES = Prepared(
    select(KNOWN_ID.c.ticket_id, KNOWN_ID.c.address, KNOWN_ID.c.outgoing)
    .where(KNOWN_ID.c.ticket_id.in_(some("id", TICKET.c.id.type)))
    .distinct()
)
_ANSWERED = Prepared(
    select(
        or_(
            exists(
                select(KNOWN_ID.c.id)
                .select_from(KNOWN_ID.join(ENTRY, KNOWN_ID.c.entry_id == ENTRY.c.id))
                .where(
                    text("known_id.outgoing"),
                    KNOWN_ID.c.partner == bindparam("partner"),
                    KNOWN_ID.c.address == bindparam("address"),
                    ENTRY.c.kind == EntryKind.AGENT,
                )
            ),
            exists(
                select(TICKET.c.id).where(
                    TICKET.c.partner == bindparam("partner"),
                    TICKET.c.requester == bindparam("address"),
                    TICKET.c.first_response_at.is_not(None),
                )
            ),
        )
    )
)
_CAUSED = Prepared(
    select(ENTRY.c.change).where(
        text("entry.kind = 'change'"),
        ENTRY.c.partner == bindparam("partner"),
        ENTRY.c.from_address == bindparam("address"),
        ENTRY.c.recorded_at >= bindparam("since"),
    )
)


def open_ticket(
    conn: Connection,
    partner: str,
    opening: OpenTicket,
    now: datetime,
    *,
    author: str = "mailbot",
    reason: str = "",
    at_least: int = FIRST_TICKET,
) -> int:
    """Make a ticket and return its number, `at_least` or more; its log begins with the change that says so.

    The message itself is to be appended next, as an entry of kind `opening.kind`.
    """
    row = {
        "partner": partner,
        "tenant": opening.tenant,
        "state": TicketState.OPEN,
        "severity": opening.severity,
        "playbook": opening.playbook,
        "subject": opening.subject,
        "requester": opening.requester,
        "requester_name": opening.requester_name,
        "opened_at": opening.opened_at,
        "response_due_at": opening.response_due_at,
        "resolution_due_at": opening.resolution_due_at,
        "linked_to": opening.linked_to,
        "flags": list(opening.flags),
        "topic": opening.topic,
        **repetition_columns(opening.repetition),
        **UNTOUCHED,
        "incident": opening.incident,
    }
    # The row begins as it is after its first entry, so that this entry need not be brought along.
    ticket: int = _OPEN.scalar(conn, {**row, "updated_at": now, "entries": 1, "at_least": at_least})
    _append(
        conn,
        NewEntry(
            partner=partner,
            kind=EntryKind.CHANGE,
            at=opening.opened_at,
            recorded_at=now,
            ticket_id=ticket,
            text=reason or "opened",
            author=author,
            change=row,
        ),
    )
    return ticket


def repetition_columns(repetition: Repetition) -> dict[str, Any]:
    """Return the columns of a ticket's row that say how it repeats itself."""
    return {"times": repetition.times, "told_at": repetition.told_at, "ailing": list(repetition.ailing)}


def append_entry(conn: Connection, entry: NewEntry) -> int:
    """Append to the log, bring the ticket's row along, and return the entry's number.

    Raise NotFound for an unknown ticket; IntegrityError for a fingerprint that is there already.
    """
    number = _append(conn, entry)
    if entry.ticket_id is not None:
        _bring_along(conn, entry, entry.ticket_id)
    return number


def _append(conn: Connection, entry: NewEntry) -> int:
    number: int = _APPEND.scalar(
        conn,
        {
            "partner": entry.partner,
            "ticket_id": entry.ticket_id,
            "kind": entry.kind,
            "event": entry.event,
            "at": entry.at,
            "recorded_at": entry.recorded_at,
            "arrival_id": entry.arrival_id,
            "message_id": entry.message_id,
            "fingerprint": entry.fingerprint,
            "from_address": entry.from_address,
            "from_name": entry.from_name,
            "subject": entry.subject,
            "text": entry.text,
            "reply_text": None if entry.reply_text in {"", entry.text} else entry.reply_text,
            "author": entry.author,
            "flags": list(entry.flags),
            "reasons": plain(entry.reasons),
            "evidence": plain(entry.evidence),
            "change": None if entry.change is None else _as_json(entry.change),
            "decision": entry.decision,
        },
    )
    return number


def _bring_along(conn: Connection, entry: NewEntry, ticket: int) -> None:
    counting = {"ticket": ticket, "recorded_at": entry.recorded_at, "at": entry.at}
    if _COUNTS.get(entry.kind, _COUNT).change(conn, counting) != 1:
        raise NotFound(f"there is no ticket {ticket}")
    if entry.change:
        conn.execute(update(TICKET).where(TICKET.c.id == ticket).values(**entry.change))


def facts(conn: Connection, partner: str, ids: Iterable[int]) -> tuple[TicketFacts, ...]:
    """What is true of these tickets now, by number; unknown ones are left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return ()
    parties: dict[int, set[str]] = {}
    writers: dict[int, set[str]] = {}
    rows: list[AnyRow] = []
    for part in some_values("id", wanted):
        rows += [row for row in _FACTS.rows(conn, part) if row.partner == partner]
        for ticket, address, outgoing in _PARTIES.rows(conn, part):
            parties.setdefault(ticket, set()).add(address)
            if not outgoing:
                writers.setdefault(ticket, set()).add(address)
    for ticket, address in participants.of(conn, partner, wanted):
        for people in (parties, writers):
            people.setdefault(ticket, set()).add(address)
    found = (_ticket_facts(row, parties.get(row.id, set()), writers.get(row.id, set())) for row in rows)
    return tuple(participants.with_came(conn, partner, one) for one in found)


def _ticket_facts(row: AnyRow, parties: set[str], writers: set[str]) -> TicketFacts:
    return TicketFacts(
        id=row.id,
        state=TicketState(row.state),
        severity=Severity(row.severity),
        tenant=row.tenant,
        requester=row.requester,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        parties=frozenset(parties),
        writers=frozenset(writers),
        history=Flag.HISTORY in row.flags,
        response_due_at=row.response_due_at,
        answered=row.first_response_at is not None,
        topic=row.topic,
        by_machine=Flag.MACHINE in row.flags,
        repetition=Repetition(row.times, row.told_at, tuple(row.ailing)),
        waiting_since=row.waiting_since,
        assignee=row.assignee,
        waits_until=row.waits_until,
        merged_into=row.merged_into,
        vendor=row.vendor,
        vote=row.vote,
        offered=tuple(row.offered),
        incident=row.incident,
    )


def waiting_since(conn: Connection, ticket_id: int) -> datetime | None:
    """When the customer wrote what nobody has answered yet, None where nobody waits."""
    at: datetime | None = conn.execute(select(TICKET.c.waiting_since).where(TICKET.c.id == ticket_id)).scalar()
    return at


def earlier(conn: Connection, partner: str, address: str, topic: str) -> Earlier | None:
    """The newest ticket that this address opened on this topic, None when there is none."""
    row = _EARLIER.first(conn, {"partner": partner, "address": address, "topic": topic})
    if row is None:
        return None
    return Earlier(
        _ticket_facts(row, {address}, {address}), row.subject, _LAST_TEXT.scalar(conn, {"ticket": row.id}) or ""
    )


def arrival_of(conn: Connection, entry_id: int) -> int | None:
    """The arrival that an entry was made of, None for what nobody sent."""
    number: int | None = conn.execute(select(ENTRY.c.arrival_id).where(ENTRY.c.id == entry_id)).scalar()
    return number


def entry_by_fingerprint(conn: Connection, partner: str, fingerprint: str) -> int | None:
    """The entry of the same message, None when there is none."""
    number: int | None = _BY_FINGERPRINT.scalar(conn, {"partner": partner, "fingerprint": fingerprint})
    return number


def answer_by_fingerprint(conn: Connection, partner: str, fingerprint: str) -> int | None:
    """The entry of the same message if it counts as an answer of one of us, None when there is none."""
    of_us = (ENTRY.c.partner == partner, ENTRY.c.fingerprint == fingerprint, ENTRY.c.kind == EntryKind.AGENT)
    number: int | None = conn.execute(select(ENTRY.c.id).where(*of_us)).scalar()
    return number


def known_ids(conn: Connection, partner: str, message_ids: Iterable[str]) -> tuple[KnownId, ...]:
    """Those of the ids that are in tickets, once per ticket, address and direction."""
    wanted = list(dict.fromkeys(message_ids))
    return tuple(
        KnownId(row.message_id, row.ticket_id, row.address, row.outgoing)
        for part in some_values("id", wanted)
        for row in _KNOWN.rows(conn, {"partner": partner, **part})
    )


def remember_id(
    conn: Connection,
    partner: str,
    message_id: str,
    *,
    ticket_id: int,
    address: str,
    outgoing: bool,
    entry_id: int | None = None,
    outbox_id: int | None = None,
) -> None:
    """Note that this Message-ID was exchanged with `address` in that ticket; once is enough."""
    _REMEMBER.change(
        conn,
        {
            "partner": partner,
            "message_id": message_id,
            "ticket_id": ticket_id,
            "address": address,
            "outgoing": outgoing,
            "entry_id": entry_id,
            "outbox_id": outbox_id,
        },
    )


def answered_by_human(conn: Connection, partner: str, address: str) -> bool:
    """Whether one of us has written to this address, or answered a ticket that it opened."""
    return bool(_ANSWERED.scalar(conn, {"partner": partner, "address": address}))


def rises_by(conn: Connection, partner: str, address: str, since: datetime) -> int:
    """How often mail from this address has raised a severity since then."""
    caused = _CAUSED.rows(conn, {"partner": partner, "address": address, "since": since})
    return sum(1 for (change,) in caused if change and "severity" in change)


def _as_json(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in change.items()}
