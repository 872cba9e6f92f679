"""Incidents and what was said of them; which tickets are about one, their log says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from mailbot.store.columns import Instant, Whole, Words
from mailbot.store.tables.row import NUMBERED, Row, where


class IncidentRow(Row, table=True):
    """One trouble that many customers have; `id` is the number people see, `author` who of us opened it.

    Our own people were `reminded_at` an instant, last, that nothing was said of it; None for not yet.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_open", "partner", "id", **where("resolved_at IS NULL")),
        Index("ix_incident_opened_at", "partner", "opened_at"),
        NUMBERED,
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    title: str = Field(sa_type=Words)
    playbook: str | None = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=Instant)
    resolved_at: datetime | None = Field(sa_type=Instant)
    author: str = Field(sa_type=Text)
    reminded_at: datetime | None = Field(sa_type=Instant)


class IncidentUpdateRow(Row, table=True):
    """What one of us, the `author`, said of an incident for all customers to read."""

    __tablename__ = "incident_update"
    __table_args__ = (Index("ix_incident_update_incident_id", "incident_id", "id"), NUMBERED)
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    incident_id: int = Field(sa_type=Whole, foreign_key="incident.id")
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Words)
    author: str = Field(sa_type=Text)
