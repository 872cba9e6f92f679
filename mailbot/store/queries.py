"""The read side: what the command line shows, from one snapshot, never changing anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, TextClause, and_, case, func, or_, select, text

from mailbot.deciding.effects import TicketState
from mailbot.errors import NotFound
from mailbot.rules import Severity
from mailbot.store import search
from mailbot.store.outbox import Audience, OutboxState
from mailbot.store.packing import decompress
from mailbot.store.spool import ArrivalState
from mailbot.store.tables import ARRIVAL, ENTRY, NOTICE, OUTBOX, RAW, TICKET
from mailbot.store.views import (
    ARRIVAL_COLUMNS,
    ENTRY_COLUMNS,
    MAIL_COLUMNS,
    TICKET_COLUMNS,
    ArrivalView,
    EntryView,
    MailView,
    TicketView,
    arrival_view,
    entry_view,
    mail_view,
    ticket_view,
)

_Condition: TypeAlias = ColumnElement[bool] | TextClause
_MOST = 1000
# Of the others there are more and more.
_NOT_DONE = (
    OutboxState.HELD,
    OutboxState.QUEUED,
    OutboxState.SUBMITTING,
    OutboxState.DEFERRED,
    OutboxState.FAILED,
    OutboxState.UNCLEAR,
)


NOBODY = "nobody"
"""The `assignee` of a TicketFilter that means tickets which no agent has."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; None and "" mean any. `search` are words as people type them, or a number.

    With `waiting` only those that somebody of us is to answer, the paused ones left out; `assignee` is the id of an
    agent, or `NOBODY`. With `urgent_at` the most urgent at that instant come first.
    """

    state: TicketState | None = None
    severity: Severity | None = None
    tenant: str | None = None
    search: str = ""
    limit: int = 50
    offset: int = 0
    urgent_at: datetime | None = None
    waiting: bool = False
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with all that belongs to it, each list in its order in time."""

    ticket: TicketView
    entries: tuple[EntryView, ...]
    mails: tuple[MailView, ...]
    arrivals: tuple[ArrivalView, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Everything the store knows about what was asked for, each list in its order in time."""

    arrivals: tuple[ArrivalView, ...]
    entries: tuple[EntryView, ...]
    mails: tuple[MailView, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits and what needs people; `outbox` has the states of mails, not of pages, that are not done with."""

    waiting: int
    slow: int
    quarantined: int
    open_tickets: int
    waiting_tickets: int
    outbox: dict[OutboxState, int]
    oldest_waiting_at: datetime | None
    notices: int


def tickets(conn: Connection, partner: str, wanted: TicketFilter) -> tuple[TicketView, ...]:
    """The tickets that fit: best fit first for words to search for, else the most urgent or the last changed."""
    chosen = select(*TICKET_COLUMNS).where(TICKET.c.partner == partner)
    if wanted.state is not None:
        chosen = chosen.where(TICKET.c.state == wanted.state)
    if wanted.severity is not None:
        chosen = chosen.where(TICKET.c.severity == wanted.severity)
    if wanted.tenant is not None:
        chosen = chosen.where(TICKET.c.tenant == wanted.tenant)
    if wanted.waiting:
        chosen = chosen.where(_waits(), TICKET.c.waits_until.is_(None))
    if wanted.assignee:
        chosen = chosen.where(TICKET.c.assignee == ("" if wanted.assignee == NOBODY else wanted.assignee))
    parameters: dict[str, Any] = {}
    if wanted.search.strip():
        expression = search.match_expression(wanted.search)
        if not expression:
            return ()
        parameters = {"expression": expression, "partner": partner}
        chosen = _fitting(chosen, search.ticket_number(wanted.search))
    else:
        urgent_first = urgency(wanted.urgent_at) if wanted.urgent_at else ()
        chosen = chosen.order_by(*urgent_first, TICKET.c.updated_at.desc(), TICKET.c.id.desc())
    rows = conn.execute(chosen.limit(wanted.limit).offset(wanted.offset), parameters)
    return tuple(ticket_view(row) for row in rows)


def urgency(at: datetime) -> tuple[ColumnElement[Any], ...]:
    """Return an order: open before closed, critical first, then what is overdue, what waits, and by what was promised.

    Who was answered and waits again comes among those who wait, from when he wrote on.
    """
    is_open = TICKET.c.state == TicketState.OPEN
    unanswered = and_(is_open, TICKET.c.first_response_at.is_(None))
    return (
        case((is_open, 0), else_=1),
        case((and_(is_open, TICKET.c.severity == Severity.CRITICAL), 0), else_=1),
        case((and_(unanswered, TICKET.c.response_due_at <= at), 0), else_=1),
        case((_waits(), 0), else_=1),
        case((unanswered, TICKET.c.response_due_at), (is_open, TICKET.c.waiting_since)).asc().nulls_last(),
    )


def _waits() -> ColumnElement[bool]:
    """Whether somebody of us is to answer: nobody ever did, or the customer wrote again."""
    unanswered = or_(TICKET.c.first_response_at.is_(None), TICKET.c.waiting_since.is_not(None))
    return and_(TICKET.c.state == TicketState.OPEN, unanswered)


def _fitting(chosen: Select[*tuple[Any, ...]], number: int | None) -> Select[*tuple[Any, ...]]:
    matches = search.matching_tickets().subquery("matches")
    chosen = chosen.outerjoin(matches, matches.c.ticket_id == TICKET.c.id)
    fits: ColumnElement[bool] = matches.c.ticket_id.is_not(None)
    if number is not None:
        fits = or_(fits, TICKET.c.id == number)
        chosen = chosen.order_by((TICKET.c.id == number).desc())
    return chosen.where(fits).order_by(matches.c.rank, TICKET.c.id.desc())


def ticket(conn: Connection, partner: str, ticket_id: int) -> TicketDetail | None:
    """One ticket, None when the partner has none of that number."""
    row = conn.execute(select(*TICKET_COLUMNS).where(TICKET.c.partner == partner, TICKET.c.id == ticket_id)).first()
    if row is None:
        return None
    entries = _entries(conn, ENTRY.c.ticket_id == ticket_id)
    return TicketDetail(
        ticket_view(row),
        entries,
        _mails(conn, OUTBOX.c.ticket_id == ticket_id),
        _arrivals(conn, ARRIVAL.c.entry_id.in_([entry.id for entry in entries])),
    )


def merged_into(conn: Connection, partner: str, ticket_id: int) -> tuple[TicketDetail, ...]:
    """The tickets that bear the mark of a merge into this one, also across customers, by number."""
    chosen = select(TICKET.c.id).where(TICKET.c.partner == partner, TICKET.c.merged_into == ticket_id)
    numbers = conn.execute(chosen.order_by(TICKET.c.id)).scalars().all()
    return tuple(filter(None, (ticket(conn, partner, number) for number in numbers)))


def why_message(conn: Connection, partner: str, message_id: str) -> Why:
    """What came in, was decided and went out under a Message-ID (without angle brackets)."""
    return _why(
        conn,
        _arrivals(conn, ARRIVAL.c.partner == partner, ARRIVAL.c.message_id == message_id),
        _mails(conn, OUTBOX.c.partner == partner, OUTBOX.c.message_id == message_id),
    )


def why_ticket(conn: Connection, partner: str, ticket_id: int) -> Why:
    """All that happened in a ticket."""
    found = ticket(conn, partner, ticket_id)
    return Why((), (), ()) if found is None else Why(found.arrivals, found.entries, found.mails)


def why_address(conn: Connection, partner: str, address: str, start_at: datetime, end_at: datetime) -> Why:
    """What came from an address, and what was put into the outbox for it, from `start_at` until before `end_at`."""
    return _why(
        conn,
        _arrivals(
            conn,
            text("arrival.from_address <> ''"),
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.from_address == address,
            ARRIVAL.c.received_at >= start_at,
            ARRIVAL.c.received_at < end_at,
        ),
        _mails(
            conn,
            OUTBOX.c.partner == partner,
            OUTBOX.c.recipient == address,
            OUTBOX.c.created_at >= start_at,
            OUTBOX.c.created_at < end_at,
        ),
    )


def outbox(
    conn: Connection, partner: str, states: Iterable[OutboxState] = (), limit: int = 100
) -> tuple[MailView, ...]:
    """Outgoing mails in these states (none named: in all), newest first."""
    chosen = select(*MAIL_COLUMNS).where(OUTBOX.c.partner == partner)
    if wanted := list(states):
        chosen = chosen.where(OUTBOX.c.state.in_(wanted))
    rows = conn.execute(chosen.order_by(OUTBOX.c.id.desc()).limit(limit))
    return tuple(mail_view(row) for row in rows)


def mail(conn: Connection, partner: str, outbox_id: int) -> MailView | None:
    """One outgoing mail, None when the partner has none of that number."""
    found = _mails(conn, OUTBOX.c.partner == partner, OUTBOX.c.id == outbox_id)
    return found[0] if found else None


def mail_bytes(conn: Connection, outbox_id: int) -> bytes:
    """The octets of an outgoing mail; raise NotFound."""
    packed = conn.execute(select(OUTBOX.c.packed).where(OUTBOX.c.id == outbox_id)).scalar()
    if packed is None:
        raise NotFound(f"there is no outgoing mail {outbox_id}")
    if not packed:
        raise NotFound(f"the octets of outgoing mail {outbox_id} are gone: its time in [retention] is over")
    return decompress(packed)


def counts(conn: Connection, partner: str) -> Counts:
    """Count what waits and what needs people."""
    pending = text("arrival.state <> 'done'")
    arrivals = {
        row.state: row
        for row in conn.execute(
            select(ARRIVAL.c.state, func.count().label("number"), func.min(ARRIVAL.c.id).label("first"))
            .where(pending, ARRIVAL.c.partner == partner)
            .group_by(ARRIVAL.c.state)
        )
    }
    mails = dict.fromkeys(_NOT_DONE, 0) | {
        OutboxState(state): number
        for state, number in conn.execute(
            select(OUTBOX.c.state, func.count())
            .where(OUTBOX.c.partner == partner, OUTBOX.c.state.in_(_NOT_DONE), OUTBOX.c.audience != Audience.PAGER)
            .group_by(OUTBOX.c.state)
        )
    }
    oldest = arrivals[ArrivalState.WAITING].first if ArrivalState.WAITING in arrivals else None
    return Counts(
        waiting=_number(arrivals, ArrivalState.WAITING),
        slow=_number(arrivals, ArrivalState.SLOW),
        quarantined=_number(arrivals, ArrivalState.QUARANTINED),
        open_tickets=_count(conn, TICKET.c.partner == partner, TICKET.c.state == TicketState.OPEN),
        waiting_tickets=_count(conn, TICKET.c.partner == partner, _waits()),
        outbox=mails,
        oldest_waiting_at=conn.execute(select(ARRIVAL.c.accepted_at).where(ARRIVAL.c.id == oldest)).scalar(),
        notices=_count(conn, text("notice.outbox_key IS NULL"), NOTICE.c.partner == partner),
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tickets there are by severity, and outgoing mails by kind, the most frequent kind first."""

    tickets: dict[str, int]
    mails: dict[str, int]


def tally(conn: Connection, partner: str) -> Tally:
    """Return how many there are of each in the whole log."""
    by_severity = select(TICKET.c.severity, func.count()).where(TICKET.c.partner == partner)
    by_kind = select(OUTBOX.c.kind, func.count()).where(OUTBOX.c.partner == partner)
    return Tally(
        {str(name): count for name, count in conn.execute(by_severity.group_by(TICKET.c.severity))},
        {
            str(name): count
            for name, count in conn.execute(
                by_kind.group_by(OUTBOX.c.kind).order_by(func.count().desc(), OUTBOX.c.kind)
            )
        },
    )


def events(conn: Connection, partner: str, limit: int = 50) -> tuple[EntryView, ...]:
    """The newest messages that have an entry but no ticket, newest first."""
    rows = conn.execute(
        select(*ENTRY_COLUMNS)
        .where(text("entry.event IS NOT NULL"), ENTRY.c.partner == partner)
        .order_by(ENTRY.c.id.desc())
        .limit(limit)
    )
    return tuple(entry_view(row) for row in rows)


def quarantined(conn: Connection, partner: str, limit: int = 100) -> tuple[ArrivalView, ...]:
    """What is kept apart for the operator, in order of arrival."""
    return _arrivals(
        conn,
        text("arrival.state <> 'done'"),
        ARRIVAL.c.partner == partner,
        ARRIVAL.c.state == ArrivalState.QUARANTINED,
        limit=limit,
    )


def _why(conn: Connection, arrivals: tuple[ArrivalView, ...], mails: tuple[MailView, ...]) -> Why:
    numbers = {arrival.entry_id for arrival in arrivals} | {mail.entry_id for mail in mails}
    entries = _entries(
        conn,
        or_(
            ENTRY.c.id.in_([number for number in numbers if number is not None]),
            ENTRY.c.arrival_id.in_([arrival.id for arrival in arrivals]),
        ),
    )
    return Why(arrivals, entries, mails)


def _entries(conn: Connection, *where: _Condition) -> tuple[EntryView, ...]:
    rows = conn.execute(select(*ENTRY_COLUMNS).where(*where).order_by(ENTRY.c.id))
    return tuple(entry_view(row) for row in rows)


def _mails(conn: Connection, *where: _Condition) -> tuple[MailView, ...]:
    rows = conn.execute(select(*MAIL_COLUMNS).where(*where).order_by(OUTBOX.c.id).limit(_MOST))
    return tuple(mail_view(row) for row in rows)


def _arrivals(conn: Connection, *where: _Condition, limit: int = _MOST) -> tuple[ArrivalView, ...]:
    rows = conn.execute(
        select(*ARRIVAL_COLUMNS)
        .join(RAW, RAW.c.sha256 == ARRIVAL.c.raw_sha256)
        .where(*where)
        .order_by(ARRIVAL.c.id)
        .limit(limit)
    )
    return tuple(arrival_view(row) for row in rows)


def _count(conn: Connection, *where: _Condition) -> int:
    return conn.execute(select(func.count()).where(*where)).scalar_one()


def _number(rows: dict[str, Any], state: ArrivalState) -> int:
    return rows[state].number if state in rows else 0


def partners(conn: Connection) -> tuple[str, ...]:
    """Return whose tickets are in this log."""
    return tuple(conn.execute(select(TICKET.c.partner).distinct().order_by(TICKET.c.partner)).scalars())
