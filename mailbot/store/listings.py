"""Lists of tickets that agents get by mail: what stands in them, and which ticket each number of a list is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select

from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.deciding.listed import Listing, ListKind
from mailbot.rules import Playbook, Severity
from mailbot.store import due
from mailbot.store.clocks import promised_anew
from mailbot.store.columns import AnyRow
from mailbot.store.counting import counted
from mailbot.store.given import lost_mails
from mailbot.store.queries import urgency
from mailbot.store.rereading import read_back
from mailbot.store.tables import ABSENCE, BURST, ENTRY, LISTING, LISTING_ITEM, OUTBOX, TICKET

_READ_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket as a list shows it, with the newest message of its customers.

    `waiting_since` is None where nobody waits for an answer; `due_at` is by when one is promised, None where none is.
    `lost_by` is the agent (his id) whose answer did not arrive, "" for none; `seen_by` is, alike, who has seen what is
    waited for. It may be `escalated` to the next tier.
    """

    ticket: int
    tenant: str | None
    severity: Severity
    playbook: Playbook | None
    subject: str
    assignee: str
    waiting_since: datetime | None
    due_at: datetime | None
    sender: str
    sender_name: str
    words: str
    flags: tuple[Flag, ...]
    lost_by: str
    escalated: bool
    seen_by: str = ""
    vendor: str = ""
    vendor_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that one of us gave: `author` is an agent's id where it is known, `sender` the address it came from."""

    ticket: int
    tenant: str | None
    state: TicketState
    subject: str
    requester: str
    requester_name: str
    at: datetime
    author: str
    sender: str
    sender_name: str


def standing(
    conn: Connection,
    partner: str,
    kind: ListKind,
    agent: str,
    tenants: Collection[str],
    now: datetime,
    limit: int,
    only: Collection[int] | None = None,
) -> tuple[tuple[Standing, ...], int]:
    """Return the tickets that belong into such a list for this agent, the most pressing first, and how many there are.

    `tenants` are the ids of those whose tickets are his, beside nobody's; none named are all. Of these `only` some may
    be meant.
    """
    wanted = and_(
        TICKET.c.partner == partner, TICKET.c.state == TicketState.OPEN, _his(tenants), _belongs(kind, agent, now)
    )
    if only is not None:
        wanted = and_(wanted, TICKET.c.id.in_(list(only)))
    count: int = conn.execute(select(func.count()).select_from(TICKET).where(wanted)).scalar_one()
    rows = conn.execute(
        select(TICKET)
        .where(wanted)
        .order_by(*urgency(now), TICKET.c.waiting_since.asc().nulls_last(), TICKET.c.id)
        .limit(limit)
    ).all()
    numbers = [row.id for row in rows]
    newest, anew, lost_by = _newest(conn, numbers), promised_anew(conn, numbers), _lost_by(conn, numbers)
    promised = {row.id: row.response_due_at for row in rows if row.first_response_at is None or row.id in anew}
    promised = {**due.answers_by(conn, numbers), **promised}
    return tuple(
        _standing(row, newest.get(row.id), promised.get(row.id), lost_by.get(row.id, "")) for row in rows
    ), count


def _his(tenants: Collection[str]) -> ColumnElement[bool]:
    return or_(TICKET.c.tenant.is_(None), TICKET.c.tenant.in_(sorted(tenants))) if tenants else TICKET.c.id.is_not(None)


def _belongs(kind: ListKind, agent: str, now: datetime) -> ColumnElement[bool]:
    match kind:
        case ListKind.OPEN | ListKind.DUE | ListKind.RADAR:
            return TICKET.c.id.is_not(None)
        case ListKind.TURN:
            return TICKET.c.severity == Severity.CRITICAL
        case ListKind.MINE:
            return TICKET.c.assignee == agent
        case _:
            paused = and_(TICKET.c.waits_until.is_not(None), TICKET.c.waits_until > now)
            return and_(TICKET.c.waiting_since.is_not(None), ~paused, TICKET.c.id.not_in(_muted(agent, now)))


def _muted(agent: str, now: datetime) -> Select[int]:
    """Return the tickets of which the agent wants to hear nothing at present."""
    return select(ABSENCE.c.ticket_id).where(
        ABSENCE.c.partner == TICKET.c.partner,
        ABSENCE.c.agent == agent,
        ABSENCE.c.from_at <= now,
        ABSENCE.c.until_at > now,
        ABSENCE.c.ticket_id.is_not(None),
    )


def _newest(conn: Connection, tickets: Sequence[int]) -> dict[int, AnyRow]:
    """Return the newest entry of each ticket that none of us wrote."""
    newest = (
        select(func.max(ENTRY.c.id))
        .where(ENTRY.c.ticket_id.in_(tickets), ENTRY.c.kind.in_([EntryKind.CUSTOMER, EntryKind.AUTOMATIC]))
        .group_by(ENTRY.c.ticket_id)
    )
    words = func.substr(func.coalesce(ENTRY.c.reply_text, ENTRY.c.text), 1, _READ_CHARACTERS, type_=ENTRY.c.text.type)
    chosen = select(ENTRY.c.ticket_id, ENTRY.c.from_address, ENTRY.c.from_name, ENTRY.c.flags, words.label("words"))
    return {row.ticket_id: row for row in conn.execute(chosen.where(ENTRY.c.id.in_(newest)))}


def _lost_by(conn: Connection, tickets: Sequence[int]) -> dict[int, str]:
    """Return whose answer did not arrive, in those of the tickets that wait since before it, where it was the last."""
    last = (
        select(func.max(ENTRY.c.id))
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
        .where(TICKET.c.id.in_(tickets), ENTRY.c.kind == EntryKind.AGENT, ENTRY.c.at >= TICKET.c.waiting_since)
        .group_by(ENTRY.c.ticket_id)
    )
    answers = conn.execute(select(ENTRY.c.ticket_id, ENTRY.c.id, ENTRY.c.author).where(ENTRY.c.id.in_(last)))
    return {row.ticket_id: row.author for row in answers.all() if lost_mails(conn, row.ticket_id, row.id)}


def _standing(ticket: AnyRow, entry: AnyRow | None, due_at: datetime | None, lost_by: str) -> Standing:
    return Standing(
        ticket=ticket.id,
        tenant=ticket.tenant,
        severity=Severity(ticket.severity),
        playbook=Playbook(ticket.playbook) if ticket.playbook else None,
        subject=ticket.subject,
        assignee=ticket.assignee,
        waiting_since=ticket.waiting_since,
        due_at=due_at,
        sender=entry.from_address if entry else ticket.requester,
        sender_name=entry.from_name if entry else ticket.requester_name,
        words=entry.words if entry else "",
        flags=tuple(Flag(flag) for flag in entry.flags) if entry else (),
        lost_by=lost_by,
        escalated=ticket.tier is not None,
        seen_by=ticket.seen_by if _is_seen(ticket) else "",
        vendor=ticket.vendor,
        vendor_since=ticket.vendor_since,
    )


def _is_seen(ticket: AnyRow) -> bool:
    return ticket.seen_at is not None and ticket.waiting_since is not None and ticket.seen_at >= ticket.waiting_since


def given(
    conn: Connection,
    partner: str,
    tenants: Collection[str],
    since: datetime,
    limit: int,
    without: Collection[int] = (),
) -> tuple[tuple[Given, ...], int]:
    """Return the last answer of each ticket that was answered since then, the newest first, and how many those are.

    One that does not count is none: the customer of one that came back still waits. Nor is a ticket among them in which
    somebody waits, or one of those that it is asked for `without`.
    """
    # Said with more, or asked for in order, SQLite would go through all tickets that nobody waits in, or all entries.
    found = conn.execute(
        select(ENTRY.c.ticket_id, ENTRY.c.id, TICKET.c.waiting_since)
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
        .where(
            TICKET.c.partner == partner,
            TICKET.c.updated_at > since,
            _his(tenants),
            ENTRY.c.kind == EntryKind.AGENT,
            ENTRY.c.recorded_at > since,
        )
    )
    silent = (row for row in found if row.waiting_since is None and row.ticket_id not in without)
    answers = sorted(silent, key=lambda row: row.id)
    void = counted(conn, {row.ticket_id for row in answers}).void
    last = {row.ticket_id: row.id for row in answers if row.id not in void}
    newest = sorted(last.values(), reverse=True)[:limit]
    columns = [TICKET.c[name] for name in ("tenant", "state", "subject", "requester", "requester_name")]
    rows = conn.execute(
        select(ENTRY.c.ticket_id, ENTRY.c.at, ENTRY.c.author, ENTRY.c.from_address, ENTRY.c.from_name, *columns)
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
        .where(ENTRY.c.id.in_(newest))
        .order_by(ENTRY.c.id.desc())
    )
    named = tuple(
        Given(
            ticket=row.ticket_id,
            tenant=row.tenant,
            state=TicketState(row.state),
            subject=row.subject,
            requester=row.requester,
            requester_name=row.requester_name,
            at=row.at,
            author=row.author,
            sender=row.from_address,
            sender_name=row.from_name,
        )
        for row in rows
    )
    return named, len(last)


def keep(conn: Connection, partner: str, agent: str, kind: ListKind, tickets: Iterable[int], now: datetime) -> Listing:
    """Note a list of these tickets, numbered from 1 in their order."""
    numbered = dict(enumerate(tickets, 1))
    number: int = conn.execute(
        insert(LISTING).values(partner=partner, agent=agent, kind=kind, at=now).returning(LISTING.c.id)
    ).scalar_one()
    if numbered:
        rows = [{"listing_id": number, "number": place, "ticket_id": one} for place, one in numbered.items()]
        conn.execute(insert(LISTING_ITEM), rows)
    return Listing(number, agent, now, numbered, kind=kind)


def listing(conn: Connection, partner: str, listing_id: int) -> Listing | None:
    """Return the list of that number, None where there is none."""
    row = conn.execute(
        select(LISTING.c.agent, LISTING.c.at, LISTING.c.kind, BURST.c.title)
        .outerjoin(BURST, BURST.c.id == LISTING.c.burst)
        .where(LISTING.c.partner == partner, LISTING.c.id == listing_id)
    ).first()
    if row is None:
        return None
    items = select(LISTING_ITEM.c.number, LISTING_ITEM.c.ticket_id).where(LISTING_ITEM.c.listing_id == listing_id)
    packed = conn.execute(
        select(OUTBOX.c.packed).where(OUTBOX.c.partner == partner, OUTBOX.c.key == f"list:{listing_id}")
    ).scalar()
    numbered = {row.number: row.ticket_id for row in conn.execute(items)}
    return Listing(listing_id, row.agent, row.at, numbered, read_back(packed).text, ListKind(row.kind), row.title or "")


def told_since(conn: Connection, partner: str, agent: str, kind: ListKind, since: datetime) -> frozenset[int]:
    """Return the tickets that stand in lists of that kind which the agent got since then."""
    lists = (LISTING.c.partner == partner, LISTING.c.agent == agent, LISTING.c.kind == kind, LISTING.c.at >= since)
    items = select(LISTING_ITEM.c.ticket_id).join(LISTING, LISTING.c.id == LISTING_ITEM.c.listing_id)
    return frozenset(conn.execute(items.where(*lists)).scalars())


def last_of_week(conn: Connection, partner: str, reader: str, by: datetime) -> tuple[int, ...]:
    """Return the number of the list in the last weekly mail to that address by then, none where there was none."""
    wanted = (LISTING.c.partner == partner, LISTING.c.agent == reader, LISTING.c.kind == ListKind.DIGEST)
    found = select(LISTING.c.id).where(*wanted, LISTING.c.at <= by).order_by(LISTING.c.id.desc()).limit(1)
    return tuple(conn.execute(found).scalars())


def last_at(conn: Connection, partner: str, agent: str) -> datetime | None:
    """Return when the agent last got a list, None for never."""
    at: datetime | None = conn.execute(
        select(LISTING.c.at)
        .where(LISTING.c.partner == partner, LISTING.c.agent == agent)
        .order_by(LISTING.c.id.desc())
        .limit(1)
    ).scalar()
    return at
