"""Messages after which nobody waits any more: thanks alone, that an article has solved it, and that all is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailbot.deciding.classify import is_reply_by_subject
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    Close,
    Decision,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    NoticeKind,
    Notify,
    Reason,
    TicketState,
)
from mailbot.deciding.settling.solved import solved_by
from mailbot.deciding.settling.thanks import is_thanks
from mailbot.deciding.settling.wellagain import is_not_well, is_well
from mailbot.deciding.situation import Situation
from mailbot.deciding.threads import Join
from mailbot.reading.model import Role, Verdict

_NOT_WELL = "You asked whether all is well again after an incident, and it is not."
_NO_ANSWER = Reason("answer.none", "thanks need no answer")


def settled(at: Situation, found: Join) -> Decision | None:
    """Return the decision on a message that settles a ticket, or asks for nothing; None for every other."""
    return None if at.by_machine else _self_served(at, found) or _thanked(at, found)


def is_on_topic(at: Situation, ticket: TicketFacts) -> bool:
    """Return whether the subject is a reply's, or the ticket's, or says nothing."""
    return at.clues.topic in {"", ticket.topic} or is_reply_by_subject(at.message)


def _self_served(at: Situation, found: Join) -> Decision | None:
    """Return the decision on words that an article solved it: kept, told, and the end of a ticket that was offered one.

    Once one of us has answered, they may be about his answer, unless they name the article.
    """
    ticket = found.ticket
    if ticket is None or not ticket.offered or not is_on_topic(at, ticket):
        return None
    said = solved_by(at.message, (one for one in at.rules.articles if one.id in ticket.offered))
    if said is None or (ticket.answered and not said):
        return None
    article = said or (ticket.offered[0] if len(ticket.offered) == 1 else "")
    place = _kept(at, found, ticket)
    reasons = (Reason("solved", "it says that an article solved it, and nothing else"), _NO_ANSWER)
    if at.arrival.history:
        return Decision(place, reasons=reasons)
    if ticket.state is TicketState.CLOSED or ticket.waits_until is not None or not _is_proven(at, place):
        stays = "closed" if ticket.state is TicketState.CLOSED else "open"
        return Decision(place, (Notify(NoticeKind.SELF_SERVED, text=f"#{ticket.id} stays {stays}."),), reasons)
    title = next((f"It was “{one.title}”. " for one in at.rules.articles if one.id == article), "")
    told = Notify(NoticeKind.SELF_SERVED, text=f"{title}{_closed((ticket.id,))}")
    return Decision(place, (Close("an article solved it", solved_by=article), told), reasons)


def _thanked(at: Situation, found: Join) -> Decision | None:
    """Return the decision on thanks without more: kept, told, and the end of a ticket that one of us answered."""
    ticket = found.ticket or found.too_late
    is_well_again = ticket is not None and _is_asked(ticket) and not at.urgent and is_well(at.message)
    if not is_well_again and (at.classified.evidence or not is_thanks(at.message)):
        return None
    if ticket is None:
        thanks = Reason("thanks", "it says thanks for what we promise in writing, and nothing else: filed")
        return Decision(FileEvent(EventKind.THANKS), reasons=(thanks,)) if at.context.answers_policy else None
    if not is_on_topic(at, ticket):
        # The request stands in the subject.
        return None
    place = _kept(at, found, ticket)
    what = "that all is well again" if is_well_again else "thanks"
    code = "well-again" if is_well_again else "thanks"
    reasons = (Reason(code, f"it says {what} and nothing else"), _NO_ANSWER)
    if at.arrival.history:
        return Decision(place, reasons=reasons)
    if stays := _why_it_stays(at, place, ticket):
        return Decision(place, (Notify(NoticeKind.THANKED, text=f"#{ticket.id} {stays}."),), reasons)
    others = ticket.asked_with if _is_asked(ticket) else ()
    told = Notify(NoticeKind.THANKED, text=_closed((ticket.id, *others)))
    return Decision(place, (Close(f"the customer said {what}", others=others), told), reasons)


def _closed(tickets: Sequence[int]) -> str:
    named = " and ".join(f"#{one}" for one in tickets)
    are, them = ("are", "them") if tickets[1:] else ("is", "it")
    return f"{named} {are} closed; `mailbot reopen {' '.join(map(str, tickets))}` opens {them} again."


def _why_it_stays(at: Situation, place: JoinTicket, ticket: TicketFacts) -> str:
    """Return what becomes of a ticket that thanks do not end, "" where they do."""
    if ticket.state is TicketState.CLOSED:
        return "stays closed"
    if ticket.waits_until is not None:
        return "waits on"
    if ticket.lasts:
        return "waits for the end of its incident"
    pictures = any(one.role is Role.PICTURE for one in at.message.attachments)
    return "" if ticket.answered and _is_proven(at, place) and not pictures else "stays open"


def _is_asked(ticket: TicketFacts) -> bool:
    """Return whether we asked last whether all is well, and nobody has written since."""
    return ticket.asked_if_well and ticket.state is TicketState.OPEN and ticket.waiting_since is None


def told_urgently(at: Situation, found: Join, decided: Decision) -> Decision:
    """Return the decision; where all is not well after an incident, that our own people hear of it at once."""
    ticket, place = found.ticket, decided.place
    if ticket is None or at.by_machine or not isinstance(place, JoinTicket) or not place.asks or at.arrival.history:
        return decided
    if not (_is_asked(ticket) and is_not_well(at.message)):
        return decided
    kept = [one for one in decided.consequences if not isinstance(one, Notify)]
    told = next((one for one in decided.consequences if isinstance(one, Notify)), Notify(NoticeKind.REPLY))
    reason = Reason("well-again.not", "it says that all is not well again: told at once")
    urgently = replace(told, urgent=True, text=f"{told.text} {_NOT_WELL}".strip())
    return replace(decided, consequences=(*kept, urgently), reasons=(*decided.reasons, reason))


def _kept(at: Situation, found: Join, ticket: TicketFacts) -> JoinTicket:
    return JoinTicket(ticket.id, flags=tuple(dict.fromkeys((*found.flags, *at.flags()))), asks=False)


def _is_proven(at: Situation, place: JoinTicket) -> bool:
    return at.sender.verdict is Verdict.PASS and Flag.PROPOSED_PARTICIPANT not in place.flags
