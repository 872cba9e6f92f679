"""Mail that comes and goes, and how far our doors were watched."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlmodel import Field

from mailbot.store.columns import Instant, Json, Switch, Whole, Words
from mailbot.store.tables.row import NUMBERED, STRICT, Row, where

_TO_MOVE = "uid IS NOT NULL AND moved_at IS NULL AND NOT history"


class RawRow(Row, table=True):
    """The octets of a message, compressed with zstd, empty once they are forgotten; `size` is that before."""

    __tablename__ = "raw"
    __table_args__ = STRICT
    sha256: str = Field(primary_key=True, sa_type=Text)
    size: int = Field(sa_type=Whole)
    packed: bytes = Field(sa_type=LargeBinary)


class ArrivalRow(Row, table=True):
    """One delivery of one message; `state` is waiting, slow, done or quarantined.

    `confirmed_by` is an agent's id, and behind a ":" the word by which he said more than yes. `ask_later` is the id of
    the agent who is to be asked about it later, "" for nobody, and `ask_about` the ticket that it is about; it is
    `listed` once a list has told him of it.
    """

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
            **where("uid IS NOT NULL"),
        ),
        Index("ix_arrival_state", "partner", "state", "id", **where("state <> 'done'")),
        Index("ix_arrival_entry_id", "entry_id", **where("entry_id IS NOT NULL")),
        Index("ix_arrival_message_id", "partner", "message_id", **where("message_id IS NOT NULL")),
        Index("ix_arrival_from_address", "partner", "from_address", "received_at", **where("from_address <> ''")),
        Index("ix_arrival_to_move", "partner", "mailbox", "folder", "id", **where(_TO_MOVE)),
        Index("ix_arrival_kept_apart", "partner", "fingerprint", **where("cause <> ''")),
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
    ask_later: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    ask_about: int | None = Field(sa_type=Whole)
    listed: bool = Field(sa_type=Switch, sa_column_kwargs={"server_default": "0"})


class OutboxRow(Row, table=True):
    """One mail to one recipient; `next_attempt_at` is set while it is queued or deferred, and only then."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_key", "partner", "key", unique=True),
        Index("ix_outbox_message_id", "message_id", unique=True),
        Index("ix_outbox_due", "partner", "next_attempt_at", **where("next_attempt_at IS NOT NULL")),
        Index("ix_outbox_expires_at", "partner", "expires_at", **where("next_attempt_at IS NOT NULL")),
        # A claim takes the most urgent of thousands without sorting them.
        Index(
            "ix_outbox_priority",
            "partner",
            "priority",
            "id",
            "next_attempt_at",
            **where("next_attempt_at IS NOT NULL"),
        ),
        Index("ix_outbox_state", "partner", "state", "id"),
        # With `state` in it SQLite takes this one rather than the one above.
        Index("ix_outbox_expired", "partner", "state", "done_at", **where("state = 'expired'")),
        Index("ix_outbox_recipient", "partner", "recipient", "created_at"),
        Index("ix_outbox_unlisted", "partner", "created_at", **where("counted")),
        Index("ix_outbox_ticket_id", "ticket_id", **where("ticket_id IS NOT NULL")),
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
        Index("ix_known_id_address", "partner", "address", **where("outgoing")),
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


class AwaitedRow(Row, table=True):
    """A Message-ID, of a mail that had not come, to which an answer of ours to `address` refers."""

    __tablename__ = "awaited"
    __table_args__ = (Index("ix_awaited_entry_id", "entry_id"), Index("ix_awaited_at", "partner", "at"), STRICT)
    partner: str = Field(primary_key=True, sa_type=Text)
    message_id: str = Field(primary_key=True, sa_type=Words)
    address: str = Field(primary_key=True, sa_type=Words)
    entry_id: int = Field(primary_key=True, sa_type=Whole, foreign_key="entry.id")
    at: datetime = Field(sa_type=Instant)


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
