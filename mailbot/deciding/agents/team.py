"""Who of us is who: the agents that rules.toml lists, by the addresses that they write from."""

from __future__ import annotations

from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent, Rules


def agent_of(address: str, rules: Rules) -> Agent | None:
    """Return the agent who writes from this address, None for nobody of us; "" is nobody."""
    wanted = canonical(address)
    if not wanted:
        return None
    return next((agent for agent in rules.agent if wanted in map(canonical, agent.addresses)), None)


def is_ours(address: str, rules: Rules) -> bool:
    """Return whether an address is the desk's own, an agent's, or one that is told: nobody's whom we answer."""
    partner = rules.partner
    wanted = canonical(address)
    own = (partner.address, *partner.aliases, *rules.notify.addresses)
    return wanted in map(canonical, filter(None, own)) or agent_of(wanted, rules) is not None
