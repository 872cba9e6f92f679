"""Who of us is who: the agents that rules.toml lists, by the addresses that they write from, and the desk's own."""

from __future__ import annotations

import re
from functools import lru_cache

from mailbot.deciding.tenants import is_listed
from mailbot.reading.fields.address import a_label, canonical, domain_of
from mailbot.rules import Agent, Rules
from mailbot.rules.same import Same

AT_THE_SERVER = "somebody at the server"
"""How our own people are told of an operator who gave no agent's name."""

OURSELVES = "mailbot"
"""The author of what happens by itself."""


def agent_of(address: str, rules: Rules) -> Agent | None:
    """Return the agent who writes from this address, None for nobody of us; "" is nobody."""
    wanted = canonical(address)
    if not wanted:
        return None
    return next((agent for agent in rules.agent if wanted in map(canonical, agent.addresses)), None)


def agent_by_id(agent_id: str, rules: Rules) -> Agent | None:
    """Return the agent of that id, None for one who is listed no longer."""
    return next((agent for agent in rules.agent if agent.id == agent_id), None)


def name_of(agent_id: str, rules: Rules) -> str:
    """Return the name of the agent of that id; the id itself of one who is listed no longer."""
    agent = agent_by_id(agent_id, rules)
    return agent.name if agent else agent_id


def giver_of(agent_id: str, rules: Rules, *, by_mail: bool) -> str:
    """Return who of us gave an answer, by name, "" where the shared mailbox does not tell.

    What no mail says is a call, and where its author is no agent, that is the account of an operator who typed it.
    """
    is_operator = agent_id and not by_mail and agent_by_id(agent_id, rules) is None
    return AT_THE_SERVER if is_operator else name_of(agent_id, rules)


def author_in_words(author: str, rules: Rules) -> str:
    """Return who changed something in the log, for our own people: by name who is an agent, an address as it is.

    Anything else but "" and ourselves is the account of an operator, of whom his name is told to nobody.
    """
    agent = agent_by_id(author, rules) or agent_of(author, rules)
    if agent is not None:
        return agent.name
    return author if not author or author == OURSELVES or "@" in author else AT_THE_SERVER


def agent_by_name(shown: str, rules: Rules) -> Agent | None:
    """Return the one agent of our own whom a display name means, None for nobody and for more than one.

    "Dana Ortiz", "Dana · Harbor Voice" and "Harbor Voice (Dana)" mean Dana Ortiz; "Harbor Voice" means nobody.
    """
    words = _words(shown) - _words(rules.partner.brand)
    own = (agent for agent in rules.agent if not agent.outsourced)
    meant = [agent for agent in own if words and (words <= _words(agent.name) or _words(agent.name) <= words)]
    return meant[0] if len(meant) == 1 else None


def may_act_for(agent: Agent, tenant: str | None) -> bool:
    """Return whether mail of this tenant is the agent's to see and answer; mail of nobody's is everybody's.

    To an answering service none is: what it may depends on the ticket (`nights`).
    """
    return not agent.outsourced and (not agent.tenants or tenant is None or tenant in agent.tenants)


def by_relay(rules: Rules) -> bool:
    """Return whether agents get each customer's mail and answer it by replying."""
    return way_to_answer(rules)[0]


def way_to_answer(rules: Rules) -> tuple[bool, str]:
    """Return whether agents get each customer's mail and answer it by replying, and why, in words."""
    if not rules.agent:
        return False, "no [[agent]] is listed"
    if all(agent.outsourced for agent in rules.agent):
        return False, "no [[agent]] of your own is listed"
    if rules.team.answer != "auto":
        return rules.team.answer == "relay", f'your rules say answer = "{rules.team.answer}"'
    why = proves_senders(rules)
    return bool(why), why or "nothing proves who writes to you"


def proves_senders(rules: Rules) -> str:
    """Return what proves who writes to us, in words, "" where nothing does."""
    if any(box.authserv_ids or box.provider for box in rules.mailbox) or rules.listen.authserv_ids:
        return "your mail server proves who writes"
    return "signatures (DKIM) prove who writes" if rules.dkim.verify else ""


def is_ours(address: str, rules: Rules) -> bool:
    """Return whether an address is the desk's own, an agent's, or one that is told: nobody's whom we answer."""
    return is_told(address, rules) or is_desk(address, rules) or agent_of(address, rules) is not None


def is_told(address: str, rules: Rules) -> bool:
    """Return whether notices or the weekly mail go to an address."""
    return canonical(address) in map(canonical, (*rules.notify.addresses, *rules.digest.addresses))


def is_desk(address: str, rules: Rules) -> bool:
    """Return whether mail to this address reaches the desk, with a tag behind a "+" as well."""
    wanted = canonical(address)
    local, _, domain = wanted.rpartition("@")
    return not desk_addresses(rules).isdisjoint((wanted, f"{local.partition('+')[0]}@{domain}"))


def writes_as_us(address: str, rules: Rules) -> bool:
    """Return whether a mail from this address is ours: of one of us, of a mailbox's own, or at the partner's domain."""
    if is_ours(address, rules) or is_mailbox(address, rules):
        return True
    domain = domain_of(canonical(address))
    ours = {domain_of(own) for own in map(canonical, (rules.partner.address, *rules.partner.aliases))}
    return domain in ours - {"", *map(a_label, rules.public_domains)}


def is_mailbox(address: str, rules: Rules) -> bool:
    """Return whether a mailbox that is read is signed in to by this address."""
    return canonical(address) in (canonical(mailbox.sign_in.user) for mailbox in rules.mailbox)


def desk_addresses(rules: Rules) -> frozenset[str]:
    """Return the addresses that reach the desk, in canonical form."""
    return _desk(Same(rules))


@lru_cache(maxsize=4)
def _desk(same: Same[Rules]) -> frozenset[str]:
    rules = same.object
    of_tenants = (address for tenant in rules.tenant for address in tenant.recipients)
    own = (rules.partner.address, *rules.partner.aliases, *rules.listen.recipients, *of_tenants)
    return frozenset(map(canonical, own)) - {""}


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold()))


_SHARED = frozenset(
    """
    abuse accounts admin administrator all alerts billing contact desk enquiries everybody feedback hello help helpdesk
    hi hostmaster hr info inquiries it jobs kontakt mail marketing noc noreply no-reply office operations orders
    postmaster press privacy reception root sales security service services staff support team teams tickets webmaster
    """.split()
)


def why_never_his(address: str, agent: Agent, rules: Rules) -> str:
    """Return why an address can never be counted as an agent's, beyond those that rules.toml lists; "" if it can.

    What others write from as well would speak as him.
    """
    other = agent_of(address, rules)
    if other is not None:
        return "" if other.id == agent.id else f"it is {other.name}'s"
    if is_desk(address, rules) or canonical(address) in map(canonical, rules.notify.addresses):
        return "it is the desk's own"
    if is_listed(address, rules):
        return "it is a customer's"
    if canonical(address).partition("@")[0].partition("+")[0] in _SHARED:
        return "several people may write from it"
    return "" if "@" in canonical(address) else "it is no address"


def with_addresses(rules: Rules, learned: tuple[tuple[str, str], ...]) -> Rules:
    """Return the rules with the addresses that agents (their ids) said are theirs as well, as far as they can be."""
    return _with_addresses(Same(rules), learned) if learned else rules


@lru_cache(maxsize=4)
def _with_addresses(same: Same[Rules], learned: tuple[tuple[str, str], ...]) -> Rules:
    rules = same.object
    agents = []
    for agent in rules.agent:
        more = [one for one, whose in learned if whose == agent.id and not why_never_his(one, agent, rules)]
        known = set(map(canonical, agent.addresses))
        fresh = tuple(address for address in more if canonical(address) not in known)
        agents.append(agent.model_copy(update={"addresses": (*agent.addresses, *fresh)}) if fresh else agent)
    return rules.model_copy(update={"agent": tuple(agents)})
