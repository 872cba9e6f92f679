"""Handing a ticket to the next tier: a command of agents."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.agents.commands.command import Kind


@dataclass(frozen=True, slots=True)
class Escalate(Kind):
    """Hand the ticket to the next tier, with words for them."""

    word = "escalate"
    form = "{text}"
    example = "#escalate calls drop after ten minutes, please look at the trace"
    summary = "hands the ticket to the next tier; all that you write is for them, and the customer gets nothing of it"
    meaning = "hand the ticket to the next tier"
    others_say = "escalation raise tier tier2 l2 second"
    undoable = True
    private = True
    free = True

    text: str = ""
