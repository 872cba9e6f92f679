"""What our own people's mail is about: the tickets of those whom they write to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, cast, delete, func, select, text
from sqlalchemy.dialects.sqlite import insert

from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import UNCONFIRMED, TicketState
from mailbot.store.rereading import read_back
from mailbot.store.spool import ArrivalState
from mailbot.store.tables import AGENT_ADDRESS, ARRIVAL, OUTBOX, TICKET
from mailbot.store.tickets import facts

_MOST_REQUESTERS = 50
_MOST_OPEN = 20
_MOST_UNANSWERED = 50


def open_of(conn: Connection, partner: str, requesters: Iterable[str]) -> tuple[TicketFacts, ...]:
    """The newest open tickets of these requesters, twenty at most."""
    wanted = sorted(set(requesters))[:_MOST_REQUESTERS]
    if not wanted:
        return ()
    rows = conn.execute(
        select(TICKET.c.id)
        .where(TICKET.c.partner == partner, TICKET.c.requester.in_(wanted), TICKET.c.state == TicketState.OPEN)
        .order_by(TICKET.c.id.desc())
        .limit(_MOST_OPEN)
    )
    return facts(conn, partner, rows.scalars())


@dataclass(frozen=True, slots=True)
class Named:
    """What a ticket is called by when we speak of it to one of us."""

    subject: str
    requester: str
    requester_name: str
    tenant: str | None


def named(conn: Connection, partner: str, ticket: int) -> Named | None:
    """Return what that ticket is called by, None where there is none."""
    row = conn.execute(
        select(TICKET.c.subject, TICKET.c.requester, TICKET.c.requester_name, TICKET.c.tenant).where(
            TICKET.c.partner == partner, TICKET.c.id == ticket
        )
    ).first()
    return None if row is None else Named(*row)


@dataclass(frozen=True, slots=True)
class Learned:
    """An address that an agent (his id) said is his as well, and since when."""

    address: str
    agent: str
    at: datetime


def learn(conn: Connection, partner: str, address: str, agent: str, now: datetime) -> None:
    """Note that this address is that agent's as well."""
    conn.execute(
        insert(AGENT_ADDRESS)
        .values(partner=partner, address=address, agent=agent, at=now)
        .on_conflict_do_update(index_elements=["partner", "address"], set_={"agent": agent, "at": now})
    )


def learned(conn: Connection, partner: str) -> tuple[Learned, ...]:
    """Return the addresses that agents said are theirs as well, by address."""
    rows = conn.execute(
        select(AGENT_ADDRESS.c.address, AGENT_ADDRESS.c.agent, AGENT_ADDRESS.c.at)
        .where(AGENT_ADDRESS.c.partner == partner)
        .order_by(AGENT_ADDRESS.c.address)
    )
    return tuple(Learned(*row) for row in rows)


def forget(conn: Connection, partner: str, address: str) -> bool:
    """Forget that an address is an agent's as well; return whether it was."""
    gone = conn.execute(
        delete(AGENT_ADDRESS).where(AGENT_ADDRESS.c.partner == partner, AGENT_ADDRESS.c.address == address)
    )
    return gone.rowcount > 0


def asked_since(conn: Connection, partner: str, address: str, since: datetime) -> int:
    """Return how many questions an agent was asked at that address since then, and that there were too many."""
    return conn.execute(
        select(func.count()).where(
            OUTBOX.c.partner == partner,
            OUTBOX.c.recipient == address,
            OUTBOX.c.created_at > since,
            OUTBOX.c.key.between("ask:", "ask;"),
        )
    ).scalar_one()


def asked_of_others(conn: Connection, partner: str, address: str, own: Iterable[str], since: datetime) -> int:
    """Return about how many mails from none of his `own` addresses an agent was asked since then, and has not answered.

    `address` is the one at which he is asked.
    """
    number = cast(ARRIVAL.c.id, Text)
    return conn.execute(
        select(func.count(ARRIVAL.c.id.distinct()))
        .join(OUTBOX, OUTBOX.c.key.between("ask:" + number + ":", "ask:" + number + ";"))
        .where(
            text("arrival.state <> 'done'"),
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.state == ArrivalState.QUARANTINED,
            ARRIVAL.c.cause == UNCONFIRMED,
            ARRIVAL.c.ask_later == "",
            ARRIVAL.c.from_address.not_in(sorted(own)),
            OUTBOX.c.partner == partner,
            OUTBOX.c.recipient == address,
            OUTBOX.c.created_at > since,
        )
    ).scalar_one()


LATER = "later:"
"""The outbox key of a mail that lists what an agent was not asked about begins so."""


def question_at(conn: Connection, partner: str, address: str, number: int) -> datetime | None:
    """Return when the last question but so many less one went to that address; None where there were fewer."""
    return _written_at(conn, partner, address, "ask:", number)


def listed_at(conn: Connection, partner: str, address: str) -> datetime | None:
    """Return when the last list of what waits for his word went to that address, None for never."""
    return _written_at(conn, partner, address, LATER, 1)


def _written_at(conn: Connection, partner: str, address: str, key: str, number: int) -> datetime | None:
    at: datetime | None = conn.execute(
        select(OUTBOX.c.created_at)
        .where(
            OUTBOX.c.partner == partner,
            OUTBOX.c.recipient == address,
            OUTBOX.c.key.between(key, f"{key[:-1]};"),
        )
        .order_by(OUTBOX.c.created_at.desc())
        .offset(number - 1)
        .limit(1)
    ).scalar()
    return at


def asked_about(conn: Connection, partner: str, arrival: int) -> tuple[str, datetime] | None:
    """Return who was asked about that arrival, by the address, and when; None for nobody."""
    row = conn.execute(
        select(OUTBOX.c.recipient, OUTBOX.c.created_at)
        .where(OUTBOX.c.partner == partner, OUTBOX.c.key.between(f"ask:{arrival}:", f"ask:{arrival};"))
        .order_by(OUTBOX.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.recipient, row.created_at)


def question(conn: Connection, partner: str, arrival: int) -> str:
    """Return the text of the last question about that arrival, "" where it is kept no more."""
    packed = conn.execute(
        select(OUTBOX.c.packed)
        .where(OUTBOX.c.partner == partner, OUTBOX.c.key.between(f"ask:{arrival}:", f"ask:{arrival};"))
        .order_by(OUTBOX.c.id.desc())
        .limit(1)
    ).scalar()
    return read_back(packed).text


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question about an arrival that waits on: whom we asked, by the address, when, and about which ticket."""

    arrival: int
    address: str
    asked_at: datetime
    ticket: int | None


_NUMBER = cast(ARRIVAL.c.id, Text)
_AGAIN = OUTBOX.alias()
# Looked for each time that something is due by the clock: to put it together takes far longer than to find nothing.
_UNANSWERED = (
    select(ARRIVAL.c.id, func.max(OUTBOX.c.recipient), func.max(OUTBOX.c.created_at), func.max(OUTBOX.c.ticket_id))
    .join(OUTBOX, OUTBOX.c.key.between("ask:" + _NUMBER + ":", "ask:" + _NUMBER + ";"))
    .where(
        text("arrival.state <> 'done'"),
        ARRIVAL.c.partner == bindparam("of"),
        ARRIVAL.c.state == ArrivalState.QUARANTINED,
        ARRIVAL.c.cause == UNCONFIRMED,
        OUTBOX.c.partner == bindparam("of"),
        OUTBOX.c.recipient.in_(bindparam("addresses", expanding=True)),
        ~select(_AGAIN.c.id).where(_AGAIN.c.partner == bindparam("of"), _AGAIN.c.key == "again:" + _NUMBER).exists(),
    )
    .group_by(ARRIVAL.c.id)
    .order_by(ARRIVAL.c.id)
    .limit(_MOST_UNANSWERED)
)


def unanswered(conn: Connection, partner: str, addresses: Iterable[str]) -> tuple[Unanswered, ...]:
    """Return the questions to these that nobody has answered and of which nobody was reminded, the oldest first."""
    rows = conn.execute(_UNANSWERED, {"of": partner, "addresses": sorted(addresses)})
    return tuple(Unanswered(*row) for row in rows)


def told_since(conn: Connection, partner: str, address: str, since: datetime) -> int:
    """Return how many mails told this address since then what became of a mail of his."""
    return conn.execute(
        select(func.count()).where(
            OUTBOX.c.partner == partner,
            OUTBOX.c.recipient == address,
            OUTBOX.c.created_at > since,
            OUTBOX.c.key.between("told:", "told;"),
        )
    ).scalar_one()
