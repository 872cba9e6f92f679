"""Mail of agents that waits for a word of theirs, in words for whoever looks on the server."""

from __future__ import annotations

from datetime import datetime

from mailbot.deciding.agents.team import agent_by_id, agent_of, giver_of
from mailbot.rules import Rules
from mailbot.store.unconfirmed import Unconfirmed


def writer(one: Unconfirmed, rules: Rules) -> str:
    """Return who wrote it: the agent whose address it bears, else the address."""
    agent = agent_of(one.writer, rules)
    return agent.name if agent else one.writer or "?"


def whose_word(one: Unconfirmed, rules: Rules) -> str:
    """Return whose word lets it go, and which; that he is still to be asked for it."""
    who = _asked(one, rules)
    return f'{who}\'s "{one.needs}" lets it go' if one.asked_at else f"{who} is still to be asked"


def beside_whom(one: Unconfirmed, rules: Rules) -> str:
    """Return whose answer it waits beside, "" for nobody's."""
    if one.beside is None:
        return ""
    return giver_of(one.beside.agent, rules, by_mail=not one.beside.by_phone) or "the shared mailbox"


def why_it_waits(one: Unconfirmed, rules: Rules) -> str:
    """Return what it waits for, and beside whose answer if so."""
    other = beside_whom(one, rules)
    return f"{whose_word(one, rules)}; beside {other}'s answer" if other else whose_word(one, rules)


def in_short(one: Unconfirmed, rules: Rules | None, now: datetime) -> str:
    """Return a line about it: about which ticket, who wrote it, since when it waits, and what lets it go."""
    known = rules or Rules()
    at = one.since.astimezone(known.partner.zone)
    since = f"{at:%H:%M}" if at.date() == now.astimezone(known.partner.zone).date() else f"{at:%a %d %b %H:%M}"
    about = f"#{one.ticket} {one.subject}" if one.ticket else one.subject or "(no subject)"
    other = beside_whom(one, known)
    crossed = f", beside {other}'s answer" if other else ""
    return f"{about}: by {writer(one, known)} since {since}{crossed}; {whose_word(one, known)}"


def how_to_go_on(one: Unconfirmed, rules: Rules, when: str) -> str:
    """Return who was asked `when`, and what his words do."""
    who = _asked(one, rules)
    at = f"{who} ({one.asked})" if who != one.asked and one.asked_at else who
    if not one.asked_at:
        return f'{at} is still to be asked about it; "{one.needs}" in answer lets it go then'
    return f'{at} was asked {when}: "{one.needs}" in answer lets it go'


def _asked(one: Unconfirmed, rules: Rules) -> str:
    agent = agent_of(one.asked, rules) or agent_by_id(one.asked, rules)
    return agent.name if agent else one.asked or "nobody"
