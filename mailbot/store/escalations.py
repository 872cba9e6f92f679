"""Who escalated a ticket, and with which words for the next tier."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from mailbot.deciding.effects import EntryKind
from mailbot.store.tables import ENTRY, TICKET

WORDS = "words"
"""What an escalation's entry says beside, where its text is what its author wrote to the next tier."""
_ESCALATES = text("entry.change LIKE '%\"tier\"%'")


@dataclass(frozen=True, slots=True)
class Escalation:
    """An escalation by `author` (an agent's id, or an operator), with words for the next tier, "" for none."""

    author: str
    words: str


def untaken(conn: Connection, ticket: int) -> Escalation | None:
    """Return by whom a ticket was escalated that nobody has taken since, None for any other."""
    entry = conn.execute(
        select(ENTRY.c.author, ENTRY.c.text, ENTRY.c.decision)
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
        .where(
            TICKET.c.id == ticket,
            TICKET.c.tier.is_not(None),
            TICKET.c.assignee == "",
            ENTRY.c.kind == EntryKind.CHANGE,
            _ESCALATES,
        )
        .order_by(ENTRY.c.id.desc())
        .limit(1)
    ).first()
    if entry is None:
        return None
    return Escalation(entry.author, entry.text if (entry.decision or {}).get(WORDS) else "")
