"""Two of us answer one question: the second answer is held and shown beside the first, and leaves on a word."""

from __future__ import annotations

from mailbot.deciding.context import TicketFacts
from mailbot.deciding.given import Given
from mailbot.deciding.situation import Situation
from mailbot.rules import Agent


def crossing(at: Situation, agent: Agent, ticket: TicketFacts) -> Given | None:
    """Return the newest answer by another that the agent cannot have known of when he wrote his, None for none.

    His own never counts. One that the shared mailbox sent for nobody knows whom is another's, where there are others.
    """
    numbers = {ticket.id, at.context.home(ticket).id}
    by_others = (one for one in at.context.given if one.ticket in numbers and one.agent != agent.id)
    return next((one for one in by_others if one.agent or len(at.rules.agent) > 1), None)
