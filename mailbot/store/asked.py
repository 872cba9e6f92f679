"""What customers opened their tickets with, read from the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from mailbot.deciding.effects import EntryKind, Flag
from mailbot.figures.questions import Asked
from mailbot.rules import Playbook, Severity
from mailbot.store.columns import AnyRow
from mailbot.store.tables import ENTRY, TICKET

_BATCH = 500
# Of what may be forged in a customer's name nobody can say that the customer asked it.
_NOT_ASKED = frozenset({Flag.SPAM.value, Flag.MACHINE.value, Flag.HISTORY.value, Flag.AUTHENTICATION_FAILED.value})
_LONGEST = 20_000


def asked(conn: Connection, partner: str, since: datetime, until: datetime) -> tuple[Asked, ...]:
    """Return what customers opened tickets with from `since` on, before `until`, in the order of their numbers.

    What systems sent, spam, past mail that was read in, what may be forged, what one of us began, what goes on in
    another ticket and what is about an incident, which is told of by itself, is left out.
    """
    rows = conn.execute(
        select(TICKET)
        .where(
            TICKET.c.partner == partner,
            TICKET.c.merged_into.is_(None),
            TICKET.c.incident.is_(None),
            # It has an index, and no ticket was opened after its last change.
            TICKET.c.updated_at >= since,
            TICKET.c.opened_at >= since,
            TICKET.c.opened_at < until,
        )
        .order_by(TICKET.c.id)
    )
    counted = [row for row in rows if _NOT_ASKED.isdisjoint(row.flags)]
    parts = (counted[start : start + _BATCH] for start in range(0, len(counted), _BATCH))
    return tuple(one for part in parts for one in _of(conn, part))


def _of(conn: Connection, rows: Sequence[AnyRow]) -> Iterator[Asked]:
    first = (
        select(func.min(ENTRY.c.id))
        .where(ENTRY.c.ticket_id.in_([row.id for row in rows]), ENTRY.c.kind != EntryKind.CHANGE)
        .group_by(ENTRY.c.ticket_id)
    )
    opening = conn.execute(
        select(ENTRY.c.ticket_id, ENTRY.c.text, ENTRY.c.reply_text).where(
            ENTRY.c.id.in_(first), ENTRY.c.kind == EntryKind.CUSTOMER
        )
    )
    texts = {one.ticket_id: one.text if one.reply_text is None else one.reply_text for one in opening}
    for row in rows:
        if row.id in texts:
            yield Asked(
                ticket=row.id,
                tenant=row.tenant,
                at=row.opened_at,
                subject=row.subject,
                text=(texts[row.id] or "")[:_LONGEST],
                playbook=Playbook(row.playbook) if row.playbook else None,
                requester=row.requester,
                requester_name=row.requester_name,
                outage=row.severity == Severity.CRITICAL,
                proven=Flag.UNVERIFIED.value not in row.flags,
            )
