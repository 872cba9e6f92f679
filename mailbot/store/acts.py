"""What somebody did at once, by one mail or one command: its entries bear the same number, so that it can be undone."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from mailbot.store.columns import AnyRow
from mailbot.store.tables import ENTRY, TICKET


def row(conn: Connection, partner: str, ticket: int) -> AnyRow | None:
    """Return the present row of a ticket, None for an unknown one."""
    return conn.execute(select(TICKET).where(TICKET.c.id == ticket, TICKET.c.partner == partner)).first()


def next_act(conn: Connection) -> int:
    """Return a number for what is done next: no entry of the log bears it yet."""
    return int(conn.execute(select(func.coalesce(func.max(ENTRY.c.id), 0) + 1)).scalar_one())
