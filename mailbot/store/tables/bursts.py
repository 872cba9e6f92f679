"""What the outage radar saw: the tickets of several tenants that are of one trouble."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from mailbot.store.columns import Instant, Json, Whole
from mailbot.store.tables.row import NUMBERED, Row


class BurstRow(Row, table=True):
    """Tickets of several tenants that are of one trouble, by time; our people were `told` of so many tenants.

    `title` is what an incident about it would be called, in our own words. The last of them was opened at `last_at`.
    """

    __tablename__ = "burst"
    __table_args__ = (Index("ix_burst_partner", "partner", "id"), NUMBERED)
    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    partner: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    tickets: list[int] = Field(sa_type=Json)
    raised_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)
    told: int = Field(sa_type=Whole)
    told_at: datetime = Field(sa_type=Instant)
