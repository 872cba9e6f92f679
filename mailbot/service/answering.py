"""How customers' mail reaches our own people, in words for whoever set it up."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.deciding.agents.team import way_to_answer
from mailbot.deciding.tiers import FIRST, SECOND, are_tiers, tier_of
from mailbot.rules import Agent, Rules

_MOST_NAMED = 3


def in_short(rules: Rules) -> str:
    """Return the way and the reason for it in one line, "2 agents get customers' mail and answer by replying: …"."""
    by_relay, why = way_to_answer(rules)
    if not by_relay:
        return f"customers' mail is answered from the shared mailbox: {why}"
    number = sum(not agent.outsourced for agent in rules.agent)
    does = "agent gets customers' mail and answers" if number == 1 else "agents get customers' mail and answer"
    second = sum(tier_of(agent.id, rules) > FIRST for agent in rules.agent)
    tiers = f", {second} of tier {SECOND}" if second else ""
    return f"{number} {does} by replying{tiers}: {why}"


def at_length(rules: Rules) -> Iterator[str]:
    """Yield the way and the reason for it, and a line for each agent: what he gets, and when."""
    by_relay, why = way_to_answer(rules)
    if not by_relay:
        yield f"Customers' mail is answered from the shared mailbox, with your own mail program: {why}."
        return
    yield f"Customers' mail goes to the agents, who answer by replying: {why}."
    for agent in rules.agent:
        if agent.outsourced:
            yield f"{agent.name} ({agent.addresses[0]}): an answering service, called out of your opening hours"
            continue
        hours = "your opening hours" if agent.hours is None else "their own hours"
        tier = f"tier {agent.tier}, " if are_tiers(rules) else ""
        yield f"{agent.name} ({agent.addresses[0]}): {tier}{_whose(agent, rules)}; what can wait in {hours}"


def _whose(agent: Agent, rules: Rules) -> str:
    """Return whose mail is the agent's: "all mail", or "Acme Dental, Bolt, Cove and 2 more, and strangers"."""
    if not agent.tenants:
        return "all mail"
    names = [tenant.name for tenant in rules.tenant if tenant.id in agent.tenants]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}, and strangers"
