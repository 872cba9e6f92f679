"""What an agent typed below our line of reference, where his program puts its signature."""

from __future__ import annotations

from mailbot.deciding.agents.leaving import is_only_name, written_below
from mailbot.deciding.situation import Situation
from mailbot.rules import Agent


def typed_below(at: Situation, agent: Agent, tenant: str | None) -> str:
    """Return the words that stand there, "" for none and for a signature.

    That is a paragraph which begins with a line of his name alone, whatever its other lines say, and what goes on below
    it as signatures do.
    """
    below = written_below(at, agent, tenant)
    paragraph, _, more = below.partition("\n\n")
    name = paragraph.partition("\n")[0]
    is_signature = is_only_name(at, agent, tenant, name) and is_only_name(at, agent, tenant, f"{name}\n{more}")
    return "" if is_signature else below
