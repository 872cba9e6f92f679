"""What a message itself changes of its ticket's row, but for what every entry of its kind does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import Answer, Answered, Decision, EntryKind, JoinTicket
from mailbot.desk import Desk
from mailbot.desk.pausing import resumed
from mailbot.store import clocks, tickets


def changed_by(
    conn: Connection, desk: Desk, arrival: Arrival, decision: Decision, ticket: int | None
) -> dict[str, Any] | None:
    """Return the columns that it sets, and to what; None for none."""
    if ticket is None:
        return None
    changed: dict[str, Any] = {}
    if offered := [
        article for one in decision.consequences if isinstance(one, Answer) for article in one.offer.articles
    ]:
        changed["offered"] = offered
    place, answered = decision.place, next((one for one in decision.consequences if isinstance(one, Answered)), None)
    if answered is not None:
        changed |= clocks.left_running(conn, ticket, answered)
    if isinstance(place, JoinTicket) and place.repetition is not None:
        changed |= tickets.repetition_columns(place.repetition)
    if isinstance(place, JoinTicket) and place.vote is not None:
        changed |= {"vote": place.vote, "voted_at": arrival.received_at}
    if arrival.history or (isinstance(place, JoinTicket) and not place.asks):
        changed["waiting_since"] = tickets.waiting_since(conn, ticket)
    elif isinstance(place, JoinTicket) and place.kind is EntryKind.CUSTOMER:
        changed |= resumed(conn, desk, ticket, arrival.received_at)
    return changed or None
