"""Pages of outages, as lists that went to agents' pagers: who was told of which outage, by which pager, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from mailbot.deciding.listed import ListKind
from mailbot.deciding.paging import SENT_AS, PageKind
from mailbot.store import listings
from mailbot.store.outbox import OutboxState
from mailbot.store.tables import ENTRY, LISTING, LISTING_ITEM, OUTBOX


@dataclass(frozen=True, slots=True)
class Rung:
    """An agent's pager, by its number, told of a ticket by a page of that spell, last at that instant."""

    agent: str
    pager: int
    ticket: int
    spell: int
    at: datetime


def keep(
    conn: Connection, partner: str, agent: str, pager: int, tickets: Iterable[int], spell: int | None, now: datetime
) -> tuple[int, int]:
    """Note a page about these tickets; return its number, and that of its spell, which it begins where that is None."""
    number = listings.keep(conn, partner, agent, ListKind.PAGE, tickets, now).id
    spell = spell or number
    conn.execute(update(LISTING).where(LISTING.c.id == number).values(pager=pager, spell=spell))
    return number, spell


def last_at(conn: Connection, partner: str, agent: str, pager: int) -> datetime | None:
    """Return when that pager of the agent's was last rung, None for never."""
    wanted = (LISTING.c.partner == partner, LISTING.c.agent == agent, LISTING.c.pager == pager)
    at: datetime | None = conn.execute(
        select(LISTING.c.at).where(*wanted).order_by(LISTING.c.id.desc()).limit(1)
    ).scalar()
    return at


def rung_for(conn: Connection, partner: str, agent: str, since: datetime) -> list[Rung]:
    """Return all pagers of an agent's that were rung since then, for each ticket."""
    return _rung(conn, LISTING.c.partner == partner, LISTING.c.agent == agent, LISTING.c.at >= since)


def rung_about(conn: Connection, tickets: Collection[int], since: datetime) -> list[Rung]:
    """Return all pagers that were rung for these tickets since then."""
    about = select(LISTING_ITEM.c.listing_id).where(LISTING_ITEM.c.ticket_id.in_(list(tickets)))
    return _rung(conn, LISTING.c.id.in_(about), LISTING_ITEM.c.ticket_id.in_(list(tickets)), LISTING.c.at >= since)


def rung_in(conn: Connection, spell: int) -> list[Rung]:
    """Return all pagers that were rung in a spell, for each ticket."""
    return _rung(conn, LISTING.c.id >= spell, LISTING.c.spell == spell)


def waiting_trials(conn: Connection, partner: str, recipient: str, before: datetime) -> list[int]:
    """Return the rows of trials from before then that still wait for a pager or an address, as the outbox names it."""
    waits = (OUTBOX.c.next_attempt_at.is_not(None), OUTBOX.c.state.in_((OutboxState.QUEUED, OutboxState.DEFERRED)))
    which = (OUTBOX.c.partner == partner, OUTBOX.c.recipient == recipient, OUTBOX.c.kind == SENT_AS[PageKind.TEST])
    wanted = select(OUTBOX.c.id).where(*which, *waits, OUTBOX.c.created_at < before).order_by(OUTBOX.c.id)
    return list(conn.execute(wanted).scalars())


def _rung(conn: Connection, *wanted: object) -> list[Rung]:
    last = func.max(LISTING.c.at, type_=LISTING.c.at.type)
    columns = (LISTING.c.agent, LISTING.c.pager, LISTING_ITEM.c.ticket_id, LISTING.c.spell)
    rows = conn.execute(
        select(*columns, last.label("at"))
        .join(LISTING_ITEM, LISTING_ITEM.c.listing_id == LISTING.c.id)
        .where(LISTING.c.kind == ListKind.PAGE, *wanted)  # type: ignore[arg-type]
        .group_by(*columns)
        .order_by(func.min(LISTING.c.id))
    )
    return [Rung(row.agent, row.pager, row.ticket_id, row.spell, row.at) for row in rows]


def evidence(conn: Connection, tickets: Collection[int]) -> list[dict[str, str]]:
    """Return the words that rules found in the messages of these tickets, those of the newest message first."""
    found = select(ENTRY.c.evidence).where(ENTRY.c.ticket_id.in_(list(tickets))).order_by(ENTRY.c.id.desc())
    return [one for (evidence,) in conn.execute(found) for one in evidence]
