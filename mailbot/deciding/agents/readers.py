"""Who reads the weekly mail, and so may have done what stands in it: each by the address that it goes to."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.deciding.agents.team import agent_by_id, agent_of
from mailbot.deciding.tokens import Purpose
from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent, Rules


def readers(rules: Rules) -> tuple[str, ...]:
    """Return the addresses that get the weekly mail, which is about all customers.

    Where `[digest]` names none they are those of `[notify]`, without agents for some customers only.
    """
    return rules.digest.addresses or tuple(one for one in rules.notify.addresses if not _is_limited(one, rules))


def _is_limited(address: str, rules: Rules) -> bool:
    """Return whether this is an address of an agent for some customers only, or of an answering service."""
    agent = agent_of(address, rules)
    return agent is not None and (agent.outsourced or bool(agent.tenants))


def reader_of(address: str, rules: Rules) -> Agent | None:
    """Return who reads the weekly mail at this address, None for nobody.

    Who is no agent bears the address as name and id, which no `[[agent]]` can have.
    """
    wanted = canonical(address)
    if not wanted or wanted not in map(canonical, readers(rules)):
        return None
    return agent_of(wanted, rules) or Agent.model_construct(id=wanted, name=wanted, addresses=(wanted,))


def one_of_us(address: str, rules: Rules) -> Agent | None:
    """Return the agent or the reader of the weekly mail who writes from this address, None for nobody."""
    return agent_of(address, rules) or reader_of(address, rules)


def by_id(one: str, rules: Rules) -> Agent | None:
    """Return the agent, or the reader of the weekly mail, of that id; None for one who is listed no longer."""
    return agent_by_id(one, rules) or (reader_of(one, rules) if "@" in one else None)


def owners(purpose: Purpose, rules: Rules) -> Iterator[Agent]:
    """Yield those for whom tokens of that purpose are sealed."""
    if purpose is not Purpose.DIGEST:
        yield from rules.agent
    if purpose in {Purpose.DIGEST, Purpose.CONFIRMATION}:
        found = (reader_of(address, rules) for address in readers(rules))
        yield from (one for one in found if one is not None and (purpose is Purpose.DIGEST or one not in rules.agent))
