"""What we have sent to an address before, and what bounces say about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, func, literal, or_, select, text, update

from mailbot.deciding.context import PastAnswer, SentMail
from mailbot.deciding.effects import AnswerKind, MarkBounced
from mailbot.errors import NotFound
from mailbot.store.outbox import FOUND_SENT, Audience, OutboxState
from mailbot.store.statements import Prepared
from mailbot.store.tables import OUTBOX

REMINDER = "reminder"
"""The outbox kind of the mail that asks a customer whether all is well."""
SURVEY = "survey"
"""The outbox kind of the mail that asks a customer how satisfied they are."""
SEEN = "seen"
"""The outbox kind of the mail that tells a customer who has seen an outage."""


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Automatic answers to addresses that no tenant lists: to one domain, and to all."""

    domain: int
    unknown: int


def sent_mail_by_message_id(conn: Connection, partner: str, message_id: str) -> SentMail | None:
    """The outgoing mail of that Message-ID, None when it is not ours."""
    row = conn.execute(
        select(
            OUTBOX.c.id, OUTBOX.c.ticket_id, OUTBOX.c.recipient, OUTBOX.c.message_id, OUTBOX.c.audience, OUTBOX.c.kind
        ).where(OUTBOX.c.partner == partner, OUTBOX.c.message_id == message_id)
    ).first()
    if row is None:
        return None
    for_team = row.audience == Audience.TEAM
    return SentMail(row.id, row.ticket_id, row.recipient, row.message_id, for_team=for_team, kind=row.kind)


def mark_bounced(conn: Connection, effect: MarkBounced, now: datetime) -> None:
    """Note what a bounce said about a mail; its state stays, for the relay did take it."""
    told = {
        "action": effect.action,
        "status": effect.status,
        "diagnostic": effect.diagnostic,
        "at": now.isoformat(),
    }
    if conn.execute(update(OUTBOX).where(OUTBOX.c.id == effect.outbox).values(bounced=told)).rowcount != 1:
        raise NotFound(f"there is no outgoing mail {effect.outbox}")


def mark_found_sent(conn: Connection, outbox_id: int, now: datetime) -> None:
    """Note that a mail of unclear fate did leave, since our folder of sent mail holds it; it goes no second time."""
    conn.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.id == outbox_id,
            or_(
                OUTBOX.c.state == OutboxState.UNCLEAR,
                and_(OUTBOX.c.state == OutboxState.QUEUED, OUTBOX.c.repeats > 0),
            ),
        )
        .values(state=OutboxState.SENT, next_attempt_at=None, reply_text=FOUND_SENT, done_at=now)
    )


def automatic_since(conn: Connection, partner: str, address: str, kinds: Collection[str], since: datetime) -> int:
    """Return how many mails of these kinds were put into the outbox for an address since then."""
    to_whom = (OUTBOX.c.partner == partner, OUTBOX.c.recipient == address, OUTBOX.c.created_at > since)
    count: int = conn.execute(
        select(func.count()).select_from(OUTBOX).where(*to_whom, OUTBOX.c.kind.in_(sorted(kinds)))
    ).scalar_one()
    return count


_PAST = Prepared(
    select(OUTBOX.c.kind, OUTBOX.c.ticket_id, OUTBOX.c.period, OUTBOX.c.created_at)
    .where(
        OUTBOX.c.partner == bindparam("of"),
        OUTBOX.c.recipient == bindparam("address"),
        OUTBOX.c.audience == Audience.CUSTOMER,
        OUTBOX.c.kind.in_([literal(kind) for kind in (*AnswerKind, REMINDER, SURVEY, SEEN)]),
    )
    .order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id.desc())
    .limit(bindparam("limit"))
)


def past_answers(conn: Connection, partner: str, address: str, limit: int = 100) -> tuple[PastAnswer, ...]:
    """The automatic mails that were put into the outbox for an address, newest first, whatever became of them."""
    rows = _PAST.rows(conn, {"of": partner, "address": address, "limit": limit})
    kinds: dict[str, AnswerKind] = {kind: kind for kind in AnswerKind}
    return tuple(PastAnswer(kinds.get(row.kind), row.ticket_id, row.period, row.created_at) for row in rows)


_COUNTS = Prepared(
    select(
        func.count().label("unknown"),
        func.coalesce(func.sum(case((OUTBOX.c.recipient_domain == bindparam("domain"), 1), else_=0)), 0).label(
            "domain"
        ),
    ).where(
        text("outbox.counted"),
        OUTBOX.c.partner == bindparam("of"),
        OUTBOX.c.created_at >= bindparam("since", type_=OUTBOX.c.created_at.type),
    )
)


def answer_counts(conn: Connection, partner: str, domain: str, since: datetime) -> AnswerCounts:
    """How many automatic answers went into the outbox since then, for addresses that no tenant lists."""
    row = _COUNTS.first(conn, {"of": partner, "domain": domain, "since": since})
    return AnswerCounts(domain=row.domain, unknown=row.unknown)


def had_automatic(conn: Connection, partner: str, ticket: int, address: str) -> bool:
    """Return whether an automatic answer to a ticket went, or waits to go, to that address, and did not fail there."""
    gone = (OutboxState.HELD, OutboxState.QUEUED, OutboxState.SUBMITTING, OutboxState.SENT, OutboxState.DEFERRED)
    found = select(OUTBOX.c.id).where(
        OUTBOX.c.ticket_id == ticket,
        OUTBOX.c.partner == partner,
        OUTBOX.c.recipient == address,
        OUTBOX.c.kind.in_(sorted(AnswerKind)),
        OUTBOX.c.state.in_((*gone, OutboxState.UNCLEAR, OutboxState.EXPIRED)),
        OUTBOX.c.bounced.is_(None),
    )
    return conn.execute(found.limit(1)).first() is not None


def unsent(conn: Connection, partner: str, tickets: Collection[int], kind: str) -> list[int]:
    """Return the mails of that kind about these tickets that have not left and may yet."""
    waits = (OutboxState.HELD, OutboxState.QUEUED, OutboxState.DEFERRED)
    found = select(OUTBOX.c.id).where(
        OUTBOX.c.ticket_id.in_(list(tickets)), OUTBOX.c.partner == partner, OUTBOX.c.kind == kind
    )
    return list(conn.execute(found.where(OUTBOX.c.state.in_(waits))).scalars())
