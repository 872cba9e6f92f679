"""The tables as they are now; `migrations/` holds the way there, and a test shows that both meet.

Entries are the log and only ever grow: triggers refuse to change or remove one; all they let
pass is that its words are forgotten, as the operator's retention has it. A ticket's
row is a projection of its entries. Raw messages are kept once by their SHA-256, and what an
arrival said about itself stays as it came. Every row carries its partner, so that one store
can serve several. These classes stay inside `mailbot.store`; what others get are frozen
values, and the statements are SQLAlchemy Core on `__table__`. What comes from outside is
`Words`, our own names and digests are plain `Text`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DDL, Index, LargeBinary, MetaData, Text, event, text
from sqlmodel import Field, SQLModel

from mailbot.store.columns import Instant, Json, Switch, Whole, Words
from mailbot.store.extras import SQLITE_EXTRAS

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
STRICT = {"sqlite_strict": True}
# Numbers of removed rows are never given again.
NUMBERED = {"sqlite_strict": True, "sqlite_autoincrement": True}


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


_TO_MOVE = "uid IS NOT NULL AND moved_at IS NULL AND NOT history"


class Row(SQLModel):
    """Base of all tables."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class RawRow(Row, table=True):
    """The octets of a message, compressed with zstd, empty once they are forgotten; `size` is that before."""

    __tablename__ = "raw"
    __table_args__ = STRICT
    sha256: str = Field(primary_key=True, sa_type=Text)
    size: int = Field(sa_type=Whole)
    packed: bytes = Field(sa_type=LargeBinary)


class ArrivalRow(Row, table=True):
    """One delivery of one message; `state` is waiting, slow, done or quarantined."""

    __tablename__ = "arrival"
    __table_args__ = (
        Index(
            "ix_arrival_uid",
            "partner",
            "mailbox",
            "folder",
            "uidvalidity",
            "uid",
            unique=True,
            **_where("uid IS NOT NULL"),
        ),
        Index("ix_arrival_state", "partner", "state", "id", **_where("state <> 'done'")),
        Index("ix_arrival_entry_id", "entry_id", **_where("entry_id IS NOT NULL")),
        Index("ix_arrival_message_id", "partner", "message_id", **_where("message_id IS NOT NULL")),
        Index("ix_arrival_from_address", "partner", "from_address", "received_at", **_where("from_address <> ''")),
        Index("ix_arrival_to_move", "partner", "mailbox", "folder", "id", **_where(_TO_MOVE)),
        Index("ix_arrival_kept_apart", "partner", "fingerprint", **_where("cause <> ''")),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    mailbox: str = Field(sa_type=Text)
    folder: str = Field(sa_type=Text)
    uidvalidity: int | None = Field(sa_type=Whole)
    uid: int | None = Field(sa_type=Whole)
    reverse_path: str | None = Field(sa_type=Words)
    recipients: list[str] = Field(sa_type=Json)
    received_at: datetime = Field(sa_type=Instant)
    accepted_at: datetime = Field(sa_type=Instant)
    junk: bool = Field(sa_type=Switch)
    history: bool = Field(sa_type=Switch)
    silent: bool = Field(sa_type=Switch)
    oversize: int = Field(sa_type=Whole)
    raw_sha256: str = Field(sa_type=Text, foreign_key="raw.sha256")
    state: str = Field(sa_type=Text)
    cause: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Words)
    entry_id: int | None = Field(sa_type=Whole, foreign_key="entry.id")
    fingerprint: str | None = Field(sa_type=Text)
    message_id: str | None = Field(sa_type=Words)
    from_address: str = Field(sa_type=Words)
    reasons: list[dict[str, str]] | None = Field(sa_type=Json)
    moved_at: datetime | None = Field(sa_type=Instant)
    sent: bool = Field(sa_type=Switch, sa_column_kwargs={"server_default": "0"})
    confirmed_by: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})


class TicketRow(Row, table=True):
    """The present state of a ticket, folded from its entries; `id` is the number people see.

    `topic` and `ailing` are keys (`deciding.topics`), no words; `told_at` is when our people were told of `times`.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_state", "partner", "state", "updated_at"),
        Index("ix_ticket_updated_at", "partner", "updated_at"),
        Index("ix_ticket_requester", "partner", "requester", "topic"),
        STRICT,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    tenant: str | None = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    severity: str = Field(sa_type=Text)
    playbook: str | None = Field(sa_type=Text)
    subject: str = Field(sa_type=Words)
    requester: str = Field(sa_type=Words)
    requester_name: str = Field(sa_type=Words)
    opened_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(sa_type=Instant)
    response_due_at: datetime | None = Field(sa_type=Instant)
    resolution_due_at: datetime | None = Field(sa_type=Instant)
    first_response_at: datetime | None = Field(sa_type=Instant)
    linked_to: int | None = Field(sa_type=Whole, foreign_key="ticket.id")
    flags: list[str] = Field(sa_type=Json)
    entries: int = Field(sa_type=Whole)
    topic: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    times: int = Field(sa_type=Whole, sa_column_kwargs={"server_default": "1"})
    told_at: datetime | None = Field(sa_type=Instant)
    ailing: list[str] = Field(sa_type=Json, sa_column_kwargs={"server_default": "[]"})


class EntryRow(Row, table=True):
    """One line of the log. `reply_text` NULL means: the same as `text`.

    `change` names the columns of the ticket's row that this entry sets, and to what.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("ix_entry_fingerprint", "partner", "fingerprint", unique=True, **_where("fingerprint IS NOT NULL")),
        Index("ix_entry_ticket_id", "ticket_id", "id"),
        Index("ix_entry_message_id", "partner", "message_id", **_where("message_id IS NOT NULL")),
        Index("ix_entry_arrival_id", "arrival_id", **_where("arrival_id IS NOT NULL")),
        Index("ix_entry_event", "partner", "id", **_where("event IS NOT NULL")),
        Index("ix_entry_caused", "partner", "from_address", "recorded_at", **_where("kind = 'change'")),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    ticket_id: int | None = Field(sa_type=Whole, foreign_key="ticket.id")
    kind: str = Field(sa_type=Text)
    event: str | None = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    arrival_id: int | None = Field(sa_type=Whole)
    message_id: str | None = Field(sa_type=Words)
    fingerprint: str | None = Field(sa_type=Text)
    from_address: str = Field(sa_type=Words)
    from_name: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    reply_text: str | None = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    flags: list[str] = Field(sa_type=Json)
    reasons: list[dict[str, str]] = Field(sa_type=Json)
    evidence: list[dict[str, str]] = Field(sa_type=Json)
    change: dict[str, Any] | None = Field(sa_type=Json)
    decision: dict[str, Any] | None = Field(sa_type=Json)


class OutboxRow(Row, table=True):
    """One mail to one recipient; `next_attempt_at` is set while it is queued or deferred, and only then."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_key", "partner", "key", unique=True),
        Index("ix_outbox_message_id", "message_id", unique=True),
        Index("ix_outbox_due", "partner", "next_attempt_at", **_where("next_attempt_at IS NOT NULL")),
        Index("ix_outbox_expires_at", "partner", "expires_at", **_where("next_attempt_at IS NOT NULL")),
        # A claim takes the most urgent of thousands without sorting them.
        Index(
            "ix_outbox_priority",
            "partner",
            "priority",
            "id",
            "next_attempt_at",
            **_where("next_attempt_at IS NOT NULL"),
        ),
        Index("ix_outbox_state", "partner", "state", "id"),
        # With `state` in it SQLite takes this one rather than the one above.
        Index("ix_outbox_expired", "partner", "state", "done_at", **_where("state = 'expired'")),
        Index("ix_outbox_recipient", "partner", "recipient", "created_at"),
        Index("ix_outbox_unlisted", "partner", "created_at", **_where("counted")),
        Index("ix_outbox_ticket_id", "ticket_id", **_where("ticket_id IS NOT NULL")),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    ticket_id: int | None = Field(sa_type=Whole, foreign_key="ticket.id")
    entry_id: int | None = Field(sa_type=Whole, foreign_key="entry.id")
    kind: str = Field(sa_type=Text)
    audience: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Words)
    recipient_domain: str = Field(sa_type=Words)
    counted: bool = Field(sa_type=Switch)
    reverse_path: str = Field(sa_type=Words)
    message_id: str = Field(sa_type=Words)
    packed: bytes = Field(sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    attempts: int = Field(sa_type=Whole)
    first_attempt_at: datetime | None = Field(sa_type=Instant)
    next_attempt_at: datetime | None = Field(sa_type=Instant)
    expires_at: datetime | None = Field(sa_type=Instant)
    may_repeat: bool = Field(sa_type=Switch)
    repeats: int = Field(sa_type=Whole)
    priority: int = Field(sa_type=Whole)
    reply_code: int | None = Field(sa_type=Whole)
    reply_text: str = Field(sa_type=Words)
    bounced: dict[str, str] | None = Field(sa_type=Json)
    period: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(sa_type=Instant)


class KnownIdRow(Row, table=True):
    """A Message-ID of a ticket and the address it was exchanged with."""

    __tablename__ = "known_id"
    __table_args__ = (
        Index("ix_known_id_message_id", "partner", "message_id", "ticket_id", "address", "outgoing", unique=True),
        Index("ix_known_id_ticket_id", "ticket_id", "address"),
        Index("ix_known_id_address", "partner", "address", **_where("outgoing")),
        STRICT,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    message_id: str = Field(sa_type=Words)
    ticket_id: int = Field(sa_type=Whole, foreign_key="ticket.id")
    address: str = Field(sa_type=Words)
    outgoing: bool = Field(sa_type=Switch)
    entry_id: int | None = Field(sa_type=Whole, foreign_key="entry.id")
    outbox_id: int | None = Field(sa_type=Whole, foreign_key="outbox.id")


class NoticeRow(Row, table=True):
    """Something our own people are to be told; `outbox_key` names the mail that tells it."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_pending", "partner", "id", **_where("outbox_key IS NULL")),
        Index("ix_notice_urgent", "partner", "urgent", "id", **_where("outbox_key IS NULL")),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    ticket_id: int | None = Field(sa_type=Whole, foreign_key="ticket.id")
    entry_id: int | None = Field(sa_type=Whole, foreign_key="entry.id")
    kind: str = Field(sa_type=Text)
    urgent: bool = Field(sa_type=Switch)
    text: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=Instant)
    outbox_key: str | None = Field(sa_type=Text)


class RelayRow(Row, table=True):
    """A message that an agent is to get from `due_at` on; `outbox_key` names the mail that brings it."""

    __tablename__ = "relay"
    __table_args__ = (Index("ix_relay_due", "partner", "due_at", **_where("outbox_key IS NULL")), NUMBERED)
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)
    ticket_id: int = Field(sa_type=Whole, foreign_key="ticket.id")
    entry_id: int = Field(sa_type=Whole, foreign_key="entry.id")
    urgent: bool = Field(sa_type=Switch)
    due_at: datetime = Field(sa_type=Instant)
    outbox_key: str | None = Field(sa_type=Text)


class CursorRow(Row, table=True):
    """How far a folder was read; UIDs up to `baseline_uid` were there before us."""

    __tablename__ = "cursor"
    __table_args__ = STRICT
    partner: str = Field(primary_key=True, sa_type=Text)
    mailbox: str = Field(primary_key=True, sa_type=Text)
    folder: str = Field(primary_key=True, sa_type=Text)
    uidvalidity: int = Field(sa_type=Whole)
    baseline_uid: int = Field(sa_type=Whole)
    first_contact_at: datetime = Field(sa_type=Instant)
    last_uid: int = Field(sa_type=Whole)
    since: datetime | None = Field(sa_type=Instant)
    renumbered: bool = Field(sa_type=Switch)
    reconciled_at: datetime | None = Field(sa_type=Instant)
    checked_at: datetime | None = Field(sa_type=Instant)
    error: str = Field(sa_type=Words)


class FactRow(Row, table=True):
    """What was found out about the outside, such as whether the provider knows plus addresses."""

    __tablename__ = "fact"
    __table_args__ = STRICT
    partner: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)


class WatchRow(Row, table=True):
    """A span during which a mailbox or listener was watched without a gap."""

    __tablename__ = "watch"
    __table_args__ = (Index("ix_watch_mailbox", "partner", "mailbox", "id"), STRICT)
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    mailbox: str = Field(sa_type=Text)
    from_at: datetime = Field(sa_type=Instant)
    until_at: datetime = Field(sa_type=Instant)


class EpochRow(Row, table=True):
    """The fence: who opened the store last counts this up, and everybody before may not write any more."""

    __tablename__ = "epoch"
    __table_args__ = STRICT
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    number: int = Field(sa_type=Whole)


for _statement in SQLITE_EXTRAS:
    event.listen(Row.metadata, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

METADATA = Row.metadata
RAW = METADATA.tables["raw"]
ARRIVAL = METADATA.tables["arrival"]
TICKET = METADATA.tables["ticket"]
ENTRY = METADATA.tables["entry"]
OUTBOX = METADATA.tables["outbox"]
KNOWN_ID = METADATA.tables["known_id"]
NOTICE = METADATA.tables["notice"]
RELAY = METADATA.tables["relay"]
CURSOR = METADATA.tables["cursor"]
FACT = METADATA.tables["fact"]
WATCH = METADATA.tables["watch"]
EPOCH = METADATA.tables["epoch"]
