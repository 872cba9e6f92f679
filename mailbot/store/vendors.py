"""Cases that were filed with vendors: what the conversation about them says, and the mails to and from each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from mailbot.deciding.effects import EntryKind
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import Audience
from mailbot.store.tables import ENTRY, KNOWN_ID, OUTBOX, PARTICIPANT, TICKET

KIND = "vendor"
"""The outbox kind of a mail that files a case, or goes on with one."""
ANSWERED = "vendor-answer"
"""The outbox kind of a mail that tells an agent what a vendor answered."""
_MOST_WORDS = 20_000
# What opens a ticket names all columns.
_FILING = text("entry.change LIKE '%\"vendor_since\"%' AND entry.change NOT LIKE '%\"opened_at\"%'")
_MOST_IDS = 50


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of a ticket: of one of us, or of the customer, and when."""

    text: str
    at: datetime
    by_us: bool


def spoken(conn: Connection, tickets: Collection[int], by: datetime, *, without: int) -> list[Spoken]:
    """Return what customers and we wrote in these tickets and was logged by then, in its order; `without` one entry."""
    words = func.substr(func.coalesce(ENTRY.c.reply_text, ENTRY.c.text), 1, _MOST_WORDS, type_=ENTRY.c.text.type)
    kinds = (EntryKind.CUSTOMER, EntryKind.AGENT, EntryKind.NOTE)
    rows = conn.execute(
        select(ENTRY.c.kind, ENTRY.c.at, ENTRY.c.author, words.label("words"))
        .where(
            ENTRY.c.ticket_id.in_(tickets), ENTRY.c.kind.in_(kinds), ENTRY.c.recorded_at <= by, ENTRY.c.id != without
        )
        .order_by(ENTRY.c.id)
    )
    # A note without an author is a program's, or of somebody whom nothing proves.
    kept = (row for row in rows if row.kind != EntryKind.NOTE or row.author)
    return [Spoken(row.words, row.at, row.kind != EntryKind.CUSTOMER) for row in kept]


def people(conn: Connection, partner: str, tickets: Collection[int]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names and the addresses of all who wrote to these tickets, were written to, or were let in."""
    opened = select(TICKET.c.requester, TICKET.c.requester_name).where(TICKET.c.id.in_(tickets))
    theirs = (EntryKind.CUSTOMER, EntryKind.AUTOMATIC)
    wrote = select(ENTRY.c.from_address, ENTRY.c.from_name).where(
        ENTRY.c.ticket_id.in_(tickets), ENTRY.c.kind.in_(theirs)
    )
    known = [*conn.execute(opened), *conn.execute(wrote.distinct())]
    others = (
        select(KNOWN_ID.c.address).where(KNOWN_ID.c.ticket_id.in_(tickets)),
        select(PARTICIPANT.c.address).where(PARTICIPANT.c.partner == partner, PARTICIPANT.c.ticket_id.in_(tickets)),
    )
    addresses = {address for address, _ in known}.union(*(conn.execute(one).scalars() for one in others))
    return frozenset(name for _, name in known) - {""}, frozenset(addresses) - {""}


@dataclass(frozen=True, slots=True)
class Thread:
    """The mails of a case so far: their Message-IDs in order, the vendor's last one (None for none) and its subject."""

    ids: tuple[str, ...] = ()
    last_id: str | None = None
    subject: str = ""


def thread(conn: Connection, tickets: Collection[int], recipient: str, senders: Collection[str]) -> Thread:
    """Return the mails of these tickets to that address of a vendor, and those of these addresses of its."""
    sent = conn.execute(
        select(OUTBOX.c.message_id, OUTBOX.c.created_at)
        .where(OUTBOX.c.ticket_id.in_(list(tickets)), OUTBOX.c.kind == KIND, OUTBOX.c.recipient == recipient)
        .order_by(OUTBOX.c.id)
    ).all()
    came = [row for row in _from_vendors(conn, tickets) if row.from_address in senders and row.message_id]
    ids = sorted([*((at, one) for one, at in sent), *((row.recorded_at, row.message_id) for row in came)])
    last = came[-1] if came else None
    return Thread(
        tuple(dict.fromkeys(one for _, one in ids)),
        last.message_id if last else None,
        last.subject if last else "",
    )


def senders_of(conn: Connection, tickets: Collection[int]) -> frozenset[str]:
    """Return the addresses from which vendors have written to these tickets."""
    return frozenset(row.from_address for row in _from_vendors(conn, tickets))


def tenants_of(conn: Connection, tickets: Collection[int]) -> frozenset[str]:
    """Return the tenants (their ids) whose these tickets are, or were."""
    rows = conn.execute(
        select(ENTRY.c.change).where(ENTRY.c.ticket_id.in_(tickets), text("entry.change LIKE '%\"tenant\"%'"))
    )
    return frozenset(change["tenant"] for (change,) in rows if change.get("tenant"))


def _from_vendors(conn: Connection, tickets: Collection[int]) -> Sequence[AnyRow]:
    columns = (ENTRY.c.from_address, ENTRY.c.message_id, ENTRY.c.subject, ENTRY.c.recorded_at)
    wanted = (ENTRY.c.ticket_id.in_(tickets), ENTRY.c.kind == EntryKind.VENDOR)
    return conn.execute(select(*columns).where(*wanted).order_by(ENTRY.c.id)).all()


def tickets_by_ids(conn: Connection, partner: str, message_ids: Iterable[str]) -> tuple[tuple[int, str], ...]:
    """Return the tickets in which these Message-IDs are those of vendors' mails, each with who wrote it."""
    wanted = (ENTRY.c.partner == partner, text("entry.message_id IS NOT NULL"))
    rows = conn.execute(
        select(ENTRY.c.ticket_id, ENTRY.c.from_address)
        .where(*wanted, ENTRY.c.message_id.in_(list(message_ids)[:_MOST_IDS]), ENTRY.c.kind == EntryKind.VENDOR)
        .order_by(ENTRY.c.id.desc())
    )
    return tuple((row.ticket_id, row.from_address) for row in rows if row.ticket_id is not None)


@dataclass(frozen=True, slots=True)
class Span:
    """For how long a ticket was with a vendor (its id); None for `until` while it is."""

    vendor: str
    since: datetime
    until: datetime | None


def spans(conn: Connection, tickets: Collection[int]) -> dict[int, tuple[Span, ...]]:
    """Return for how long each of these tickets was with which vendor; nothing for those that never were."""
    rows = conn.execute(
        select(ENTRY.c.ticket_id, ENTRY.c.at, ENTRY.c.change)
        .where(ENTRY.c.ticket_id.in_(tickets), _FILING)
        .order_by(ENTRY.c.id)
    )
    found: dict[int, list[Span]] = {}
    for ticket, at, change in rows:
        of_ticket = found.setdefault(ticket, [])
        if of_ticket and of_ticket[-1].until is None:
            last = of_ticket.pop()
            # Who never got it, owed nothing; nor does one whose case went on with another ticket.
            of_ticket += [Span(last.vendor, last.since, at)] if change.get("vendor") else []
        if change["vendor_since"]:
            of_ticket.append(Span(change["vendor"], datetime.fromisoformat(change["vendor_since"]), None))
    return {ticket: tuple(each) for ticket, each in found.items() if each}


def to_a_vendor(conn: Connection, outbox_id: int) -> AnyRow | None:
    """Return the ticket, the recipient and the author of an outgoing mail to a vendor, None for any other mail."""
    return conn.execute(
        select(OUTBOX.c.ticket_id, OUTBOX.c.recipient, ENTRY.c.author)
        .join(ENTRY, ENTRY.c.id == OUTBOX.c.entry_id)
        .where(OUTBOX.c.id == outbox_id, OUTBOX.c.audience == Audience.VENDOR)
    ).first()


def filed_by(conn: Connection, ticket: int) -> str:
    """Return who of us (his id) wrote to a vendor about that ticket last, "" for nobody."""
    wrote = select(ENTRY.c.author).join(OUTBOX, OUTBOX.c.entry_id == ENTRY.c.id)
    last = wrote.where(OUTBOX.c.ticket_id == ticket, OUTBOX.c.audience == Audience.VENDOR).order_by(OUTBOX.c.id.desc())
    return conn.execute(last.limit(1)).scalar() or ""


def answer(conn: Connection, entry_id: int) -> AnyRow | None:
    """Return the words of a vendor's mail, by whom and when, None for any other entry."""
    words = func.coalesce(ENTRY.c.reply_text, ENTRY.c.text, type_=ENTRY.c.text.type).label("words")
    columns = (ENTRY.c.from_address, ENTRY.c.from_name, ENTRY.c.at, ENTRY.c.flags, words)
    return conn.execute(select(*columns).where(ENTRY.c.id == entry_id, ENTRY.c.kind == EntryKind.VENDOR)).first()
