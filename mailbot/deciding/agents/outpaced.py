"""Customers' messages that one of us had answered before they were here.

From the shared mailbox or with us in copy, an answer may be read before its question: two folders are read one after
the other. Which mail it replies to is kept, with whom it went to (`store.awaited`). When the very mail comes, from one
of those, the answer is logged in its ticket at its own time, and nothing is done as if nobody had answered: no agent is
handed it, and no automatic answer goes. Those who are told of messages are told.

An id is a word of whoever writes it, so it proves little. Only a mail that was there when it was answered is taken for
the question, and none is of an answer that went to another customer as well. An outage is handed on and answered
whatever was written before: a second mail costs little, silence much.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailbot.deciding.early import Early, TakeIn
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
from mailbot.deciding.tenants import listed_tenants
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Verdict

_CLOCKS_APART = timedelta(minutes=10)


def answered_before(at: Situation, decided: Decision) -> Decision:
    """Return the decision on a customer's message as it is where one of us has answered it already."""
    early, place = tuple(one for one in at.context.early if _is_of(one, at)), decided.place
    if not early or at.arrival.history or not isinstance(place, (OpenTicket, JoinTicket)):
        return decided
    proven = at.sender.verdict is Verdict.PASS or (at.sender.verdict is Verdict.NONE and at.sender.known)
    if place.kind is not EntryKind.CUSTOMER or not proven:
        return decided
    if at.urgent:
        elsewhere = tuple(one for one in early if not (isinstance(place, JoinTicket) and one.ticket == place.ticket))
        reason = Reason("answered.before", "one of us had answered it, and it is urgent: it is handed on all the same")
        consequences = (*decided.consequences, *_taken_in(elsewhere))
        return replace(decided, consequences=consequences, reasons=(*decided.reasons, reason))
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
            place, kept = _settled(at, place, kept, here)
    consequences = (*kept, *_taken_in(elsewhere))
    return replace(decided, place=place, consequences=consequences, reasons=(*reasons, Reason("answered.before", text)))


def _is_of(one: Early, at: Situation) -> bool:
    """Return whether that answer may be one to the message at hand: written after it, and to nobody but her people."""
    hers = listed_tenants(at.sender.address, at.rules)
    return at.arrival.received_at <= one.at + _CLOCKS_APART and all(
        address == canonical(at.sender.address) or any(tenant in hers for tenant in listed_tenants(address, at.rules))
        for address in one.addresses
    )


def _taken_in(answers: tuple[Early, ...]) -> tuple[TakeIn, ...]:
    return (TakeIn(answers),) if answers else ()


def _settled(
    at: Situation, place: JoinTicket, kept: tuple[Consequence, ...], here: tuple[Early, ...]
) -> tuple[JoinTicket, tuple[Consequence, ...]]:
    """Return that nobody waits for an answer that its ticket has; what was closed after it stays closed."""
    ticket = at.context.ticket(place.ticket)
    closed_at = ticket.closed_at if ticket else None
    place = replace(place, asks=False)
    if closed_at is None or not any(one.at <= closed_at for one in here):
        return place, kept
    told = (one for one in kept if not (isinstance(one, Notify) and one.kind is NoticeKind.REOPENED))
    return replace(place, reopen=False), tuple(told)
