"""What the outage radar looks at, and what it saw: bursts of tickets that are of one trouble.

All of it is of the newest tickets, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update

from mailbot.deciding.effects import EntryKind, Flag
from mailbot.rules import Playbook
from mailbot.store.statements import Prepared, by_no_index
from mailbot.store.tables import BURST, ENTRY, LISTING, TICKET

MOST_SEEN = 200
"""So many of the newest tickets are looked at."""
_READ_CHARACTERS = 4_000
_MOST_GOING_ON = 20
# What nobody may have written, and what came of another time or place.
_NOT_COUNTED = frozenset(
    {Flag.MACHINE, Flag.HISTORY, Flag.SPAM, Flag.FROM_JUNK, Flag.AUTHENTICATION_FAILED, Flag.UNCLEAR_SENDER}
)


_NEWEST = Prepared(
    select(TICKET.c.id).where(by_no_index(TICKET.c.partner, bindparam("partner"))).order_by(TICKET.c.id.desc()).limit(1)
)
_GOING_ON = Prepared(
    select(BURST).where(BURST.c.partner == bindparam("partner")).order_by(BURST.c.id.desc()).limit(_MOST_GOING_ON)
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket of a tenant's with the message that opened it, whole enough to tell what it is about.

    `rules` are the ids of those of severity and common issue that hit.
    """

    ticket: int
    tenant: str
    at: datetime
    playbook: Playbook | None
    subject: str
    text: str
    names: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A burst that was raised: its tickets by time, and of how many tenants our people were told, and when."""

    id: int
    title: str
    tickets: tuple[int, ...]
    last_at: datetime
    told: int
    told_at: datetime


def newest_ticket(conn: Connection, partner: str) -> int:
    """Return the highest number of a ticket, 0 for none."""
    number: int | None = _NEWEST.scalar(conn, {"partner": partner})
    return number or 0


def opened(
    conn: Connection, partner: str, before: int, limit: int, *, near: tuple[int, timedelta] | None = None
) -> list[Opened]:
    """Return the newest tickets up to that number, by number, that a tenant opened: at most `limit` are looked at.

    What was merged, and what is about an incident already, is none of them. With `near`, a ticket and a time, only
    those are read that were opened no longer than that before the first with a higher number than that ticket's.
    """
    until = (by_no_index(TICKET.c.partner, partner), TICKET.c.id <= before)
    newest = select(TICKET.c.id).where(*until).order_by(TICKET.c.id.desc()).limit(limit)
    return _opened(conn, partner, list(conn.execute(newest).scalars()), near)


def opened_of(conn: Connection, partner: str, tickets: Sequence[int]) -> list[Opened]:
    """Return those of the tickets, by number, that still count, as with `opened`."""
    return _opened(conn, partner, tickets)


def _opened(
    conn: Connection, partner: str, tickets: Sequence[int], near: tuple[int, timedelta] | None = None
) -> list[Opened]:
    columns = ("id", "tenant", "opened_at", "playbook", "requester_name", "flags")
    counts = (TICKET.c.tenant.is_not(None), TICKET.c.merged_into.is_(None), TICKET.c.incident.is_(None))
    among = (TICKET.c.id.in_(tickets), by_no_index(TICKET.c.partner, partner))
    wanted = select(*(TICKET.c[name] for name in columns)).where(*among, *counts)
    rows = {row.id: row for row in conn.execute(wanted) if _NOT_COUNTED.isdisjoint(row.flags)}
    if near is not None:
        last, within = near
        since = min((row.opened_at for row in rows.values() if row.id > last), default=None)
        rows = {row.id: row for row in rows.values() if since is not None and row.opened_at >= since - within}
    if not rows:
        return []
    written = (ENTRY.c.ticket_id.in_(list(rows)), ENTRY.c.kind != EntryKind.CHANGE)
    first = select(func.min(ENTRY.c.id)).where(*written).group_by(ENTRY.c.ticket_id)
    words = func.substr(func.coalesce(ENTRY.c.reply_text, ENTRY.c.text), 1, _READ_CHARACTERS, type_=ENTRY.c.text.type)
    entries = conn.execute(
        select(
            ENTRY.c.ticket_id, ENTRY.c.kind, ENTRY.c.subject, ENTRY.c.from_name, ENTRY.c.evidence, words.label("words")
        )
        .where(ENTRY.c.id.in_(first))
        .order_by(ENTRY.c.ticket_id)
    )
    return [
        Opened(
            ticket=entry.ticket_id,
            tenant=row.tenant,
            at=row.opened_at,
            playbook=Playbook(row.playbook) if row.playbook else None,
            subject=entry.subject,
            text=entry.words,
            names=tuple(filter(None, (row.requester_name, entry.from_name))),
            rules=tuple(one["rule"] for one in entry.evidence),
        )
        for entry in entries
        if entry.kind == EntryKind.CUSTOMER
        for row in (rows[entry.ticket_id],)
    ]


def raise_burst(
    conn: Connection, partner: str, title: str, tickets: Sequence[int], tenants: int, last_at: datetime, now: datetime
) -> int:
    """Write down a burst of which our people are told now, and return its number."""
    row = {"partner": partner, "title": title, "tickets": list(tickets), "raised_at": now, "last_at": last_at}
    number: int = conn.execute(
        insert(BURST).values({**row, "told": tenants, "told_at": now}).returning(BURST.c.id)
    ).scalar_one()
    return number


def going_on(conn: Connection, partner: str, since: datetime) -> list[Seen]:
    """Return the bursts whose last ticket was opened since then, the oldest first."""
    found = [
        Seen(row.id, row.title, tuple(row.tickets), row.last_at, row.told, row.told_at)
        for row in _GOING_ON.rows(conn, {"partner": partner})
    ]
    return [one for one in reversed(found) if one.last_at >= since]


def counted_since(conn: Connection, partner: str, tickets: Collection[int]) -> tuple[int, ...]:
    """Return the tickets that were counted to the burst of these after the last of them."""
    bursts = (tuple(row.tickets) for row in _GOING_ON.rows(conn, {"partner": partner}))
    same = (one for one in bursts if not set(one).isdisjoint(tickets))
    return tuple(number for one in same for number in one if number > max(tickets))


def take_in(conn: Connection, burst: int, tickets: Collection[int], last_at: datetime) -> None:
    """Write down that these are the tickets of a burst."""
    conn.execute(update(BURST).where(BURST.c.id == burst).values(tickets=list(tickets), last_at=last_at))


def told(conn: Connection, burst: int, tenants: int, now: datetime) -> None:
    """Write down that our people were told of so many tenants of a burst."""
    conn.execute(update(BURST).where(BURST.c.id == burst).values(told=tenants, told_at=now))


def list_of(conn: Connection, listing: int, burst: int) -> None:
    """Write down that a list tells of a burst."""
    conn.execute(update(LISTING).where(LISTING.c.id == listing).values(burst=burst))


def is_known(conn: Connection, tickets: Collection[int]) -> bool:
    """Return whether one of these tickets is about an incident, so that our people know of their trouble."""
    about = select(TICKET.c.id).where(TICKET.c.id.in_(list(tickets)), TICKET.c.incident.is_not(None))
    return conn.execute(about.limit(1)).first() is not None


def tenants_of(conn: Connection, tickets: Collection[int]) -> int:
    """Return of how many tenants these tickets are."""
    counted = select(func.count(TICKET.c.tenant.distinct())).where(TICKET.c.id.in_(list(tickets)))
    return conn.execute(counted).scalar_one()
