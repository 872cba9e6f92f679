"""What the answer to a new question brings besides the receipt: articles, questions, papers.

All of it goes by the words of the one message, and nothing of these is repeated: articles are the operator's, what is
asked for are fixed phrases.
"""

from __future__ import annotations

from mailbot.deciding.articles.matching import answering
from mailbot.deciding.articles.offered import NOTHING, OF_OFFERS, Offer
from mailbot.deciding.effects import Answer, Reason
from mailbot.deciding.facts.asked import Asked, asked_for
from mailbot.deciding.facts.papers import ALL_THERE, Paper, papers_of
from mailbot.deciding.situation import Situation
from mailbot.rules import Playbook, Rules, Severity, Tenant

_IN_WORDS: dict[Asked | Paper, str] = {
    Asked.DIALLED: "the number dialled",
    Asked.TRIED: "when it was tried",
    Asked.EXTENSION: "the extension",
    Asked.DEVICE: "desk phone or app",
    Asked.BOX: "the voicemail box",
    Asked.MAIL_TO: "the address that is to get the messages",
    Asked.LEFT: "when a message was last left",
    Asked.CALLING: "the number they call from",
    Asked.TESTED: "when it was tested, and the number called",
    Asked.MODEL: "make and model",
    Asked.SINCE: "since when",
    Asked.COMING: "the numbers to bring",
    Asked.LEAVING: "the numbers that leave",
    Paper.LOA: "the signed LOA",
    Paper.BILL: "the carrier's bill",
    Paper.ACCOUNT: "the account information",
}


def offer_for(at: Situation, terms: Tenant | None) -> Offer:
    """Return what the writer of a message that opens a ticket is to be offered; nothing where it cannot be read."""
    message, about = at.message, at.classified.playbook
    if at.by_machine or at.arrival.oversize or at.message.protection.encrypted or at.message.protection.unreadable:
        return NOTHING
    locale = at.rules.locale(terms)
    # Whose telephones are dead is called, and has nothing to look up first.
    is_outage = at.classified.severity is Severity.CRITICAL
    return Offer(
        about=about,
        articles=tuple(one.id for one in answering(message, at.classified, at.rules, locale.language)),
        asked=() if is_outage else asked_for(about, message, at.arrival.received_at, locale.zone),
        papers=papers_of(message) if about is Playbook.PORT_IN else ALL_THERE,
    )


def reasons(answer: Answer | None, rules: Rules) -> tuple[Reason, ...]:
    """Return what an answer offers and asks for, in words for agents."""
    offer = answer.offer if answer else NOTHING
    titles = {one.id: f'"{one.title}"' for one in rules.articles}
    still: tuple[Asked | Paper, ...] = (*offer.asked, *offer.papers.missing)
    wanted = [_IN_WORDS[one] for one in still]
    articles, asked = OF_OFFERS
    said = {
        articles: offer.articles and f"offered to read: {', '.join(titles.get(one, one) for one in offer.articles)}",
        asked: wanted and f"asked for: {', '.join(wanted)}",
    }
    return tuple(Reason(code, text) for code, text in said.items() if text)
