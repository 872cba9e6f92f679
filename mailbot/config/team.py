"""Whether each of our own people can be told from customers and from each other."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.config.check import PLAIN, Check, is_address, not_addresses, not_writable
from mailbot.config.merging import Finding
from mailbot.deciding.agents.team import by_relay, is_desk, may_act_for, proves_senders
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.tiers import FIRST, SECOND, are_tiers, second_tier
from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean


def agents(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with each agent."""
    tenants = [tenant.id for tenant in check.rules.tenant]
    yield from check.double_ids("agent", check.rules.agent, "give each of you an id of their own")
    taken: dict[str, str] = {}
    for index, agent in enumerate(check.rules.agent):
        if not agent.addresses:
            hint = 'write addresses = ["dana@your.domain"], where they write from'
            yield check.error("agent", index, text=f"nothing says which mail is {agent.name}'s", hint=hint)
        yield from not_addresses(check, agent.addresses, "agent", index, "addresses")
        for number, address in enumerate(agent.addresses):
            yield from _address(check, address, agent, taken, ("agent", index, "addresses", number))
        for number, tenant in enumerate(agent.tenants):
            if tenant not in tenants:
                hint = did_you_mean(tenant, tenants) or "list it under [[tenant]]"
                text = f'there is no tenant "{tenant}"'
                yield check.error("agent", index, "tenants", number, text=text, hint=hint)


def _address(check: Check, address: str, agent: Agent, taken: dict[str, str], place: Place) -> Iterator[Finding]:
    """Yield why mail from or to an address of the agent would be another's; `taken` says whose the others are."""
    wanted = canonical(address)
    customers = listed_tenants(address, check.rules)
    if is_desk(address, check.rules):
        text = f"{address} is the address that customers write to; mail from it says not who of you wrote"
        yield check.error(*place, text=text, hint="name an address of their own")
    elif is_address(address) and (reason := not_writable(address)):
        yield check.error(*place, text=reason, hint=PLAIN)
    elif customers:
        text = f"{address} belongs to {customers[0].id}, whose people would speak as one of you"
        yield check.error(*place, text=text, hint="name only your own people")
    elif taken.setdefault(wanted, agent.id) != agent.id:
        text = f"{address} is {taken[wanted]}'s, too: nobody could tell which of you wrote"
        yield check.error(*place, text=text, hint="leave it with one of you")
    elif wanted in {canonical(mailbox.sign_in.user) for mailbox in check.rules.mailbox}:
        text = f"{address} signs in to the mailbox: where its mail comes there, it would go round in circles"
        yield check.warning(*place, text=text, hint="name an address whose mail comes elsewhere")


def answering(check: Check) -> Iterator[Finding]:
    """Yield what keeps customers' mail from an agent who could answer it."""
    rules = check.rules
    if rules.team.answer == "relay" and not rules.agent:
        hint = "list [[agent]], or answer from the shared mailbox"
        yield check.warning("team", "answer", text="no agent is listed to whom mail could go", hint=hint)
    if not by_relay(rules):
        return
    if not proves_senders(rules):
        text = "nothing proves who writes to you: each reply is asked back before it is sent"
        hint = "set provider or authserv_ids of your [[mailbox]], or verify under [dkim]"
        yield check.warning("team", "answer", text=text, hint=hint)
    for index, tenant in enumerate(rules.tenant):
        if not any(may_act_for(agent, tenant.id) for agent in rules.agent):
            text = f"no agent gets the mail of {tenant.name}: all of you are limited to others"
            yield check.warning("tenant", index, text=text, hint="add it to the tenants of an [[agent]]")


def oncall(check: Check) -> Iterator[Finding]:
    """Yield who is to be called and is no agent."""
    known = [agent.id for agent in check.rules.agent]
    turns = check.rules.oncall
    named: list[tuple[Place, str]] = [(("rota", number), one) for number, one in enumerate(turns.rota)]
    named += [(("exception", number, "agent"), one.agent) for number, one in enumerate(turns.exception)]
    for place, agent in named:
        if agent not in known:
            hint = did_you_mean(agent, known) or "list them under [[agent]]"
            yield check.error("oncall", *place, text=f'there is no agent "{agent}"', hint=hint, given=(("agent",),))
    yield from _nights(check)
    if turns.rota and not by_relay(check.rules):
        text = "nobody is called: customers' mail does not go to the agents"
        hint = "see [team]: what is critical is told under [notify] alone"
        yield check.warning("oncall", "rota", text=text, hint=hint, given=(("agent",), ("team",)))


def _nights(check: Check) -> Iterator[Finding]:
    """Yield the answering services that nobody calls, or that nobody of our own follows."""
    turns = check.rules.oncall
    services = {agent.id: agent.name for agent in check.rules.agent if agent.outsourced}
    called = {*turns.rota, *(one.agent for one in turns.exception)}
    for index, agent in enumerate(check.rules.agent):
        if agent.outsourced and agent.id not in called:
            text = f"{agent.name} is an answering service and stands in no rota: nothing ever reaches it"
            yield check.warning("agent", index, "outsourced", text=text, hint=f'write rota = ["{agent.id}", …]')
    if turns.rota and services.keys() >= set(turns.rota):
        text = f"nobody of your own follows {services[turns.rota[-1]]}: what it does not answer reaches all of you"
        yield check.warning("oncall", "rota", text=text, hint="name behind it whoever of you is to be called next")


def tiers(check: Check) -> Iterator[Finding]:
    """Yield which tier nobody is in, or nothing reaches."""
    rules = check.rules
    if not are_tiers(rules):
        if rules.agent and rules.clock.escalate_after and ("clock", "escalate_after") in check.merged.origins:
            text = "nothing is escalated: all of you are of one tier"
            hint = f"write tier = {SECOND} with whoever of you solves what the others cannot"
            yield check.warning("clock", "escalate_after", text=text, hint=hint)
        return
    if all(agent.tier > FIRST for agent in rules.agent if not agent.outsourced):
        text = f"all of you are of tier {SECOND}: nothing is ever escalated"
        yield check.warning("agent", 0, "tier", text=text, hint="leave tier out for who takes what comes")
        return
    if not rules.clock.escalate_after:
        text = f"tier {SECOND} hears of a ticket only where somebody writes #escalate"
        yield check.warning("clock", "escalate_after", text=text, hint='write a time, like "15m"')
    for index, tenant in enumerate(rules.tenant):
        first = any(agent.tier == FIRST and may_act_for(agent, tenant.id) for agent in rules.agent)
        if first and not second_tier(rules, tenant.id):
            text = f"nobody of tier {SECOND} gets the mail of {tenant.name}: what tier {FIRST} cannot solve stays there"
            yield check.warning("tenant", index, text=text, hint="add it to the tenants of an [[agent]] of that tier")


def hours(check: Check) -> Iterator[Finding]:
    """Yield the agents whose hours are never."""
    for index, agent in enumerate(check.rules.agent):
        if agent.hours is not None and agent.hours.week.is_empty():
            text = f"{agent.name}'s hours never begin: customers' mail reaches them at any time"
            hint = 'give a day hours, like mon = ["08:00-16:00"]'
            yield check.warning("agent", index, "hours", "week", text=text, hint=hint)
