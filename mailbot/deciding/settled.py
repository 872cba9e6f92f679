"""Messages after which nobody waits any more: thanks without more, and that an article has solved it."""

from __future__ import annotations

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
from mailbot.deciding.situation import Situation
from mailbot.deciding.solved import solved_by
from mailbot.deciding.thanks import is_thanks
from mailbot.deciding.threads import Join
from mailbot.reading.model import Role, Verdict

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
    told = Notify(NoticeKind.SELF_SERVED, text=f"#{ticket.id} is closed; `mailbot reopen {ticket.id}` opens it again.")
    return Decision(place, (Close("an article solved it", solved_by=article), told), reasons)


def _thanked(at: Situation, found: Join) -> Decision | None:
    """Return the decision on thanks without more: kept, told, and the end of a ticket that one of us answered."""
    ticket = found.ticket or found.too_late
    if at.classified.evidence or not is_thanks(at.message):
        return None
    if ticket is None:
        thanks = Reason("thanks", "it says thanks for what we promise in writing, and nothing else: filed")
        return Decision(FileEvent(EventKind.THANKS), reasons=(thanks,)) if at.context.answers_policy else None
    if not is_on_topic(at, ticket):
        # The request stands in the subject.
        return None
    place = _kept(at, found, ticket)
    reasons = (Reason("thanks", "it says thanks and nothing else"), _NO_ANSWER)
    if at.arrival.history:
        return Decision(place, reasons=reasons)
    if ticket.state is TicketState.CLOSED:
        told = Notify(NoticeKind.THANKED, text=f"#{ticket.id} stays closed.")
        return Decision(place, (told,), reasons)
    if ticket.waits_until is not None:
        return Decision(place, (Notify(NoticeKind.THANKED, text=f"#{ticket.id} waits on."),), reasons)
    pictures = any(one.role is Role.PICTURE for one in at.message.attachments)
    if not (ticket.answered and _is_proven(at, place)) or pictures:
        return Decision(place, (Notify(NoticeKind.THANKED, text=f"#{ticket.id} stays open."),), reasons)
    told = Notify(NoticeKind.THANKED, text=f"#{ticket.id} is closed; `mailbot reopen {ticket.id}` opens it again.")
    return Decision(place, (Close("the customer said thanks"), told), reasons)


def _kept(at: Situation, found: Join, ticket: TicketFacts) -> JoinTicket:
    return JoinTicket(ticket.id, flags=tuple(dict.fromkeys((*found.flags, *at.flags()))), asks=False)


def _is_proven(at: Situation, place: JoinTicket) -> bool:
    return at.sender.verdict is Verdict.PASS and Flag.PROPOSED_PARTICIPANT not in place.flags
