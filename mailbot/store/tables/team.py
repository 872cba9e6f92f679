"""What our own people are told and handed, and what the log knows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlmodel import Field

from mailbot.store.columns import Instant, Json, Switch, Whole, Words
from mailbot.store.tables.row import NUMBERED, STRICT, Row, where


class NoticeRow(Row, table=True):
    """Something our own people are to be told; `outbox_key` names the mail that tells it.

    It is news of the `incident` of that number, None for none.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_pending", "partner", "id", **where("outbox_key IS NULL")),
        Index("ix_notice_urgent", "partner", "urgent", "id", **where("outbox_key IS NULL")),
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
    incident: int | None = Field(sa_type=Whole)


class RelayRow(Row, table=True):
    """A message that an agent is to get from `due_at` on, with `files`; `outbox_key` names the mail that brings it.

    `copied` are those to whom the customer sent it besides.
    """

    __tablename__ = "relay"
    __table_args__ = (
        Index("ix_relay_due", "partner", "due_at", **where("outbox_key IS NULL")),
        Index("ix_relay_entry_id", "entry_id"),
        Index("ix_relay_ticket_id", "ticket_id"),
        Index("ix_relay_outbox_key", "partner", "outbox_key", **where("outbox_key <> ''")),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)
    ticket_id: int = Field(sa_type=Whole, foreign_key="ticket.id")
    entry_id: int = Field(sa_type=Whole, foreign_key="entry.id")
    urgent: bool = Field(sa_type=Switch)
    due_at: datetime = Field(sa_type=Instant)
    outbox_key: str | None = Field(sa_type=Text)
    files: list[dict[str, Any]] | None = Field(sa_type=Json)
    copied: list[str] | None = Field(sa_type=Json)


class AbsenceRow(Row, table=True):
    """A span in which an agent (his id) gets nothing of a ticket, or, where it names none, no customers' mail."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_agent", "partner", "agent", "until_at"), NUMBERED)
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)
    ticket_id: int | None = Field(sa_type=Whole, foreign_key="ticket.id")
    from_at: datetime = Field(sa_type=Instant)
    until_at: datetime = Field(sa_type=Instant)


class AgentAddressRow(Row, table=True):
    """An address that an agent said is his as well."""

    __tablename__ = "agent_address"
    __table_args__ = STRICT
    partner: str = Field(primary_key=True, sa_type=Text)
    address: str = Field(primary_key=True, sa_type=Words)
    agent: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class ListingRow(Row, table=True):
    """A numbered list of tickets that was mailed to an agent; what he answers names its numbers.

    A page of outages is one as well: it went to the `pager` of that number, from 1 on, and the pages of one `spell`
    bear the number of the first of them. What the radar saw, its lists name as their `burst`. Other lists have none.
    """

    __tablename__ = "listing"
    __table_args__ = (Index("ix_listing_agent", "partner", "agent", "id"), NUMBERED)
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    pager: int | None = Field(sa_type=Whole)
    spell: int | None = Field(sa_type=Whole)
    burst: int | None = Field(sa_type=Whole)


class ListingItemRow(Row, table=True):
    """One line of a list: its number there, and the ticket."""

    __tablename__ = "listing_item"
    __table_args__ = (Index("ix_listing_item_ticket_id", "ticket_id"), STRICT)
    listing_id: int = Field(primary_key=True, sa_type=Whole, foreign_key="listing.id")
    number: int = Field(primary_key=True, sa_type=Whole)
    ticket_id: int = Field(sa_type=Whole, foreign_key="ticket.id")
