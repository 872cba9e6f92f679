"""What the answer to a new question brings besides the receipt: articles, questions, papers.

All of it goes by the words of the one message, and nothing of these is repeated: articles are the operator's, what is
asked for are fixed phrases.
"""

from __future__ import annotations

from mailbot.deciding.articles import answering
from mailbot.deciding.effects import Answer, Reason
from mailbot.deciding.facts.asked import asked_for
from mailbot.deciding.facts.papers import ALL_THERE, papers_of
from mailbot.deciding.offered import NOTHING, Offer
from mailbot.deciding.situation import Situation
from mailbot.rules import Playbook, Tenant


def offer_for(at: Situation, terms: Tenant | None) -> Offer:
    """Return what the writer of a message that opens a ticket is to be offered; nothing where it cannot be read."""
    message, about = at.message, at.classified.playbook
    if at.by_machine or at.arrival.oversize or at.message.protection.encrypted or at.message.protection.unreadable:
        return NOTHING
    locale = at.rules.locale(terms)
    return Offer(
        about=about,
        articles=tuple(one.id for one in answering(message, at.classified, at.rules, locale.language)),
        asked=asked_for(about, message, at.arrival.received_at, locale.zone),
        papers=papers_of(message) if about is Playbook.PORT_IN else ALL_THERE,
    )


def reasons(answer: Answer | None) -> tuple[Reason, ...]:
    """Return what an answer offers and asks for, in words for agents."""
    offer = answer.offer if answer else NOTHING
    wanted = (*offer.asked, *offer.papers.missing)
    said = {
        "offer.articles": offer.articles and f"offered to read: {', '.join(offer.articles)}",
        "offer.asked": wanted and f"asked for: {', '.join(wanted)}",
    }
    return tuple(Reason(code, text) for code, text in said.items() if text)
