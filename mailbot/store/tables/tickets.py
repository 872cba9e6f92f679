"""Tickets, their log, and who was let into them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlmodel import Field

from mailbot.store.columns import Instant, Json, Whole, Words
from mailbot.store.tables.row import NUMBERED, STRICT, Row, where


class TicketRow(Row, table=True):
    """The present state of a ticket, folded from its entries; `id` is the number people see.

    `waiting_since` is when the customer wrote what nobody of us has answered yet. `assignee` is the id of the agent
    whose it is, "" for nobody's. While it `waits_until` an instant for what `waits_for` says, its clock stands. One
    that was `merged_into` another is closed, and its mail goes there. `seen_by` is the id of the agent who said last,
    at `seen_at`, that he has seen what is asked there, "" for nobody. `tier` is the one that it was escalated to
    since it was opened, or given to the first, None for none.
    It was filed last with the `vendor` of that id, who calls it `vendor_case`, and owes an answer `vendor_since`.
    `incident` is the number of the one that it is about, None for none.
    Its requester was asked `surveyed_at` how satisfied they are, and gave a `vote`, 1 to 5, at `voted_at`.
    `offered` are the ids of the articles that the answer to it offered; it was closed as `solved_by` that one, "" for
    one of several, None for none.
    `topic` and `ailing` are keys (`deciding.topics`), no words; `told_at` is when our people were told of `times`.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_state", "partner", "state", "updated_at"),
        Index("ix_ticket_updated_at", "partner", "updated_at"),
        Index("ix_ticket_requester", "partner", "requester", "topic"),
        Index("ix_ticket_tenant", "partner", "tenant", "opened_at"),
        Index("ix_ticket_merged_into", "merged_into", **where("merged_into IS NOT NULL")),
        Index("ix_ticket_waits_until", "partner", "waits_until", **where("waits_until IS NOT NULL")),
        Index("ix_ticket_incident", "incident", **where("incident IS NOT NULL")),
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
    waiting_since: datetime | None = Field(sa_type=Instant)
    assignee: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    waits_for: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    waits_until: datetime | None = Field(sa_type=Instant)
    merged_into: int | None = Field(sa_type=Whole)
    seen_by: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    seen_at: datetime | None = Field(sa_type=Instant)
    tier: int | None = Field(sa_type=Whole)
    vendor: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    vendor_since: datetime | None = Field(sa_type=Instant)
    vendor_case: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    surveyed_at: datetime | None = Field(sa_type=Instant)
    vote: int | None = Field(sa_type=Whole)
    voted_at: datetime | None = Field(sa_type=Instant)
    incident: int | None = Field(sa_type=Whole)
    offered: list[str] = Field(sa_type=Json, sa_column_kwargs={"server_default": "[]"})
    solved_by: str | None = Field(sa_type=Text)


class EntryRow(Row, table=True):
    """One line of the log. `reply_text` NULL means: the same as `text`.

    `change` names the columns of the ticket's row that this entry sets, and to what.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("ix_entry_fingerprint", "partner", "fingerprint", unique=True, **where("fingerprint IS NOT NULL")),
        Index("ix_entry_ticket_id", "ticket_id", "id"),
        Index("ix_entry_message_id", "partner", "message_id", **where("message_id IS NOT NULL")),
        Index("ix_entry_arrival_id", "arrival_id", **where("arrival_id IS NOT NULL")),
        Index("ix_entry_event", "partner", "id", **where("event IS NOT NULL")),
        Index("ix_entry_caused", "partner", "from_address", "recorded_at", **where("kind = 'change'")),
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


class DueRow(Row, table=True):
    """What falls due of a ticket at `due_at`, `done_at` once it was claimed; else it is planned anew with the ticket.

    The other columns are those of `deciding.duetimes.Due`, with the `severity` that the ticket had. What falls due is
    done once for each severity; when the promise is only put off, it is the same.
    """

    __tablename__ = "due"
    __table_args__ = (
        Index("ix_due_at", "partner", "due_at", **where("done_at IS NULL")),
        Index("ix_due_ticket", "ticket_id", "kind", "share", "about", "severity", unique=True),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    ticket_id: int = Field(sa_type=Whole, foreign_key="ticket.id")
    kind: str = Field(sa_type=Text)
    share: int = Field(sa_type=Whole)
    about: datetime = Field(sa_type=Instant)
    severity: str = Field(sa_type=Text)
    promised_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(sa_type=Instant)


class ParticipantRow(Row, table=True):
    """An address that an agent (`author`) let into a ticket."""

    __tablename__ = "participant"
    __table_args__ = STRICT
    partner: str = Field(primary_key=True, sa_type=Text)
    ticket_id: int = Field(primary_key=True, sa_type=Whole, foreign_key="ticket.id")
    address: str = Field(primary_key=True, sa_type=Words)
    author: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
