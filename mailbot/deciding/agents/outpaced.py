"""Customers' messages that one of us had answered before they were here.

From the shared mailbox or with us in copy, an answer may be read before its question: two folders are read one after
the other. What it refers to is kept, with whom it went to (`store.awaited`). When the very mail comes, from one of
those, the answer is logged in its ticket at its own time, and nothing is done as if nobody had answered: no agent is
handed it, and no automatic answer goes. Those who are told of messages are told.
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.early import TakeIn
from mailbot.deciding.effects import (
    Answer,
    Consequence,
    Decision,
    EntryKind,
    JoinTicket,
    NoticeKind,
    Notify,
    OpenTicket,
    PassOn,
    Reason,
)
from mailbot.deciding.situation import Situation
from mailbot.reading.model import Verdict


def answered_before(at: Situation, decided: Decision) -> Decision:
    """Return the decision on a customer's message as it is where one of us has answered it already."""
    early, place = at.context.early, decided.place
    if not early or at.arrival.history or not isinstance(place, (OpenTicket, JoinTicket)):
        return decided
    proven = at.sender.verdict is Verdict.PASS or (at.sender.verdict is Verdict.NONE and at.sender.known)
    if place.kind is not EntryKind.CUSTOMER or not proven:
        return decided
    kept: tuple[Consequence, ...] = tuple(
        effect for effect in decided.consequences if not isinstance(effect, (Answer, PassOn))
    )
    reasons = tuple(one for one in decided.reasons if not one.code.startswith("answer."))
    text = "one of us had answered it before it was here: nobody is handed it, and no automatic answer goes"
    elsewhere = early
    if isinstance(place, JoinTicket):
        here = tuple(one for one in early if one.ticket == place.ticket)
        elsewhere = tuple(one for one in early if one not in here)
        if here:
            place, kept = _settled(at, place, kept)
    taken = (TakeIn(elsewhere),) if elsewhere else ()
    return replace(
        decided, place=place, consequences=(*kept, *taken), reasons=(*reasons, Reason("answered.before", text))
    )


def _settled(
    at: Situation, place: JoinTicket, kept: tuple[Consequence, ...]
) -> tuple[JoinTicket, tuple[Consequence, ...]]:
    """Return that nobody waits for an answer that its ticket has; what was closed after it stays closed."""
    ticket = at.context.ticket(place.ticket)
    closed_at = ticket.closed_at if ticket else None
    place = replace(place, asks=False)
    if closed_at is None or not any(one.ticket == place.ticket and one.at <= closed_at for one in at.context.early):
        return place, kept
    told = (one for one in kept if not (isinstance(one, Notify) and one.kind is NoticeKind.REOPENED))
    return replace(place, reopen=False), tuple(told)
