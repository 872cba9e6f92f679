"""How often each article was offered, and how often it solved what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

from mailbot.store.tables import TICKET


@dataclass(frozen=True, slots=True)
class Helped:
    """Of tickets of a span of time: to how many each article (its id) was offered, and how many it solved.

    `by_one_of_several` counts those that were solved by one of two that were offered, nobody said which.
    """

    offered: Mapping[str, int]
    solved: Mapping[str, int]
    by_one_of_several: int = 0


def helped(conn: Connection, partner: str, since: datetime, until: datetime) -> Helped:
    """Return what articles did for the tickets that were opened from `since` on, before `until`."""
    rows = conn.execute(
        select(TICKET.c.offered, TICKET.c.solved_by).where(
            TICKET.c.partner == partner,
            # It has an index, and no ticket was opened after its last change.
            TICKET.c.updated_at >= since,
            TICKET.c.opened_at >= since,
            TICKET.c.opened_at < until,
            text("ticket.offered <> '[]'"),
        )
    )
    offered, solved = Counter[str](), Counter[str]()
    for row in rows:
        offered.update(row.offered)
        if row.solved_by is not None:
            solved[row.solved_by] += 1
    several = solved.pop("", 0)
    return Helped(offered, solved, several)
