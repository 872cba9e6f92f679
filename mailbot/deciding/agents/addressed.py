"""To whom one of us addressed a mail that bears the token of his relay: whether its words are meant for the customer.

| in To stands | it is |
|---|---|
| the desk, people of the customer, or both; himself beside | an answer |
| a colleague or an outsider, and not the desk | a mail to these: written down, and nothing is sent |
| one of them beside the desk, or beside people of the customer | asked about |
| nobody, or himself alone | asked about |

Copies do not count: an answer may go to a carrier as well. What passes the relay on, rather than replies to it, is
asked about wherever it is addressed to the desk: "She is difficult" is what one writes to a colleague.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.deciding.agents.direct import concerns
from mailbot.deciding.agents.team import is_desk, is_mailbox, is_ours
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.situation import Situation
from mailbot.reading.fields.address import canonical
from mailbot.reading.quotation import quoting
from mailbot.reading.quotation.forwarding import says_forwarded
from mailbot.rules import Agent

_MOST_NAMED = 3


def is_to_others(at: Situation, agent: Agent, ticket: TicketFacts) -> bool:
    """Return whether a mail of this agent's is addressed to a colleague or an outsider, and not to the desk."""
    return not _reaches_the_desk(at) and any(_others(at, agent, ticket))


def doubt_of_readers(at: Situation, agent: Agent, ticket: TicketFacts) -> str:
    """Return why the words of a mail of this agent's may not be meant for the customer, "" where they surely are."""
    unsure = "so it may not be meant for the customer"
    if others := list(_others(at, agent, ticket)):
        return f"it is addressed to {' and '.join(others[:_MOST_NAMED])}, {unsure}"
    if not _reaches_the_desk(at) and not any(_is_customers(one, at, ticket) for one in _addressed(at)):
        return f"it is addressed neither to me nor to the customer, {unsure}"
    # An attached mail is a file, and forwards nothing.
    if says_forwarded(at.message.subject) or quoting.split(at.message.text).forwarded:
        return f"it forwards a mail and does not reply to mine, {unsure}"
    return ""


def _addressed(at: Situation) -> Iterator[str]:
    return filter(None, (canonical(box.address) for box in at.message.to))


def _reaches_the_desk(at: Situation) -> bool:
    return any(is_desk(one, at.rules) or is_mailbox(one, at.rules) for one in _addressed(at))


def _others(at: Situation, agent: Agent, ticket: TicketFacts) -> Iterator[str]:
    """Yield who stands in To and is neither the desk, nor the agent himself, nor of the customer."""
    own = {*map(canonical, agent.addresses), at.sender.address}
    for one in dict.fromkeys(_addressed(at)):
        is_us = is_desk(one, at.rules) or is_mailbox(one, at.rules) or one in own
        if not is_us and not _is_customers(one, at, ticket):
            yield one


def _is_customers(address: str, at: Situation, ticket: TicketFacts) -> bool:
    return not is_ours(address, at.rules) and concerns(ticket, frozenset([address]), at)
