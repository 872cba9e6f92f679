"""What our own people are to be told, from the decision until a mail that tells it is in the outbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, insert, select, text, update

from mailbot.deciding.articles.offered import OF_OFFERS
from mailbot.deciding.effects import Flag, NoticeKind, TicketState
from mailbot.rules import Playbook, Severity
from mailbot.store.clocks import promised_anew
from mailbot.store.outbox import OutboxState
from mailbot.store.statements import Prepared
from mailbot.store.tables import ENTRY, NOTICE, OUTBOX, TICKET


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; urgent ones are not kept back for grouping. `incident` is that of which it is news."""

    id: int
    ticket_id: int | None
    entry_id: int | None
    kind: NoticeKind
    urgent: bool
    text: str
    created_at: datetime
    incident: int | None = None


_ADD = Prepared(
    insert(NOTICE).returning(NOTICE.c.id),
    columns=[column.name for column in NOTICE.c if column.name not in {"id", "outbox_key"}],
)


def add_notice(  # noqa: PLR0913 - all that a notice says
    conn: Connection,
    partner: str,
    kind: NoticeKind,
    *,
    urgent: bool = False,
    text: str = "",
    ticket_id: int | None = None,
    entry_id: int | None = None,
    incident: int | None = None,
    now: datetime,
) -> int:
    """Note something to tell; return its number."""
    row = {
        "partner": partner,
        "kind": kind,
        "urgent": urgent,
        "text": text,
        "ticket_id": ticket_id,
        "entry_id": entry_id,
        "created_at": now,
        "incident": incident,
    }
    number: int = _ADD.scalar(conn, row)
    return number


_ANY_URGENT = Prepared(
    select(func.max(NOTICE.c.urgent)).where(text("notice.outbox_key IS NULL"), NOTICE.c.partner == bindparam("partner"))
)


def any_urgent(conn: Connection, partner: str) -> bool | None:
    """Whether anything urgent is among what no mail tells yet; None when there is nothing at all."""
    urgent: bool | None = _ANY_URGENT.scalar(conn, {"partner": partner})
    return urgent


@dataclass(frozen=True, slots=True)
class Pending:
    """What no mail tells yet: the first of it, urgent before other, how many there are, and the last number."""

    notices: tuple[Notice, ...]
    count: int
    last_id: int


_MOST_PRESSING = Prepared(
    select(NOTICE)
    .where(text("notice.outbox_key IS NULL"), NOTICE.c.partner == bindparam("partner"))
    .order_by(NOTICE.c.urgent.desc(), NOTICE.c.id)
    .limit(bindparam("limit"))
)
_EXTENT = Prepared(
    select(func.count().label("count"), func.max(NOTICE.c.id).label("last_id")).where(
        text("notice.outbox_key IS NULL"), NOTICE.c.partner == bindparam("partner")
    )
)
_ASSIGN = Prepared(
    update(NOTICE)
    .where(
        text("notice.outbox_key IS NULL"),
        NOTICE.c.partner == bindparam("partner"),
        NOTICE.c.id <= bindparam("last_id"),
    )
    .values(
        outbox_key=bindparam("key"),
        text=case((text("notice.kind IN ('passed-on', 'night-over', 'overnight')"), ""), else_=NOTICE.c.text),
    )
)


def pending_notices(conn: Connection, partner: str, limit: int) -> Pending | None:
    """What no mail tells yet, with the first `limit` of them; None for nothing."""
    extent = _EXTENT.first(conn, {"partner": partner})
    if not extent.count:
        return None
    rows = _MOST_PRESSING.rows(conn, {"partner": partner, "limit": limit})
    found = tuple(
        Notice(
            id=row.id,
            ticket_id=row.ticket_id,
            entry_id=row.entry_id,
            kind=NoticeKind(row.kind),
            urgent=row.urgent,
            text=row.text,
            created_at=row.created_at,
            incident=row.incident,
        )
        for row in rows
    )
    return Pending(found, extent.count, extent.last_id)


def assign_notices(conn: Connection, partner: str, last_id: int, outbox_key: str) -> None:
    """Note which mail tells all that waits up to this number.

    Somebody's own words, which what an agent passes on is told with, are in that mail from then on, and here no more.
    """
    _ASSIGN.change(conn, {"partner": partner, "last_id": last_id, "key": outbox_key})


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice is about, as it stands now; None and "" where it has no ticket or no entry.

    The sender is the entry's, else the ticket's requester. `held_mail` is the answer to the entry that
    waits to be released. `response_due_at` is None once somebody of us has answered, unless an answer to what came
    since is promised, and of a closed ticket; `assignee` is the id of the agent who has the ticket. `receipt` is what
    the answer to the entry offers and asks for.
    """

    arrival_id: int | None = None
    tenant: str | None = None
    severity: Severity | None = None
    playbook: Playbook | None = None
    ticket_subject: str = ""
    response_due_at: datetime | None = None
    requester: str = ""
    requester_name: str = ""
    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    text: str = ""
    reply_text: str = ""
    held_mail: int | None = None
    flags: tuple[Flag, ...] = ()
    reasons: tuple[str, ...] = ()
    receipt: tuple[str, ...] = ()
    at: datetime | None = None
    assignee: str = ""


def subject_of(conn: Connection, notice: Notice) -> Subject:
    """Return the ticket and the entry that a notice is about."""
    ticket = conn.execute(select(TICKET).where(TICKET.c.id == notice.ticket_id)).first()
    entry = conn.execute(select(ENTRY).where(ENTRY.c.id == notice.entry_id)).first()
    found = Subject()
    if ticket is not None:
        waits = ticket.first_response_at is None or bool(promised_anew(conn, [ticket.id]))
        is_promised = waits and ticket.state != TicketState.CLOSED
        found = replace(
            found,
            tenant=ticket.tenant,
            severity=Severity(ticket.severity),
            playbook=Playbook(ticket.playbook) if ticket.playbook else None,
            ticket_subject=ticket.subject,
            response_due_at=ticket.response_due_at if is_promised else None,
            assignee=ticket.assignee,
            requester=ticket.requester,
            requester_name=ticket.requester_name,
            from_address=ticket.requester,
            from_name=ticket.requester_name,
            held_mail=_held_mail(conn, notice),
        )
    if entry is not None:
        found = replace(
            found,
            arrival_id=entry.arrival_id,
            from_address=entry.from_address,
            from_name=entry.from_name,
            subject=entry.subject,
            text=entry.text,
            reply_text=entry.text if entry.reply_text is None else entry.reply_text,
            flags=tuple(Flag(flag) for flag in entry.flags),
            reasons=tuple(reason["text"] for reason in entry.reasons),
            receipt=tuple(reason["text"] for reason in entry.reasons if reason["code"] in OF_OFFERS),
            at=entry.at,
        )
    return found


def _held_mail(conn: Connection, notice: Notice) -> int | None:
    held: int | None = conn.execute(
        select(OUTBOX.c.id).where(
            OUTBOX.c.ticket_id == notice.ticket_id,
            OUTBOX.c.entry_id == notice.entry_id,
            OUTBOX.c.state == OutboxState.HELD,
        )
    ).scalar()
    return held
