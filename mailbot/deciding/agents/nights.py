"""What an answering service may: it is one of us at night, and only in what it was called for.

A night is a closed period of the desk, breaks, weekends and holidays included. A ticket is of a service's night where
the service was called for it in that period, or opened it then.

| | in that night | half an hour on | later |
|---|---|---|---|
| it gets what the customer writes, and what others of us answer | yes | no | no |
| its words go to the customer; #note, #called, #close | yes | yes | kept as a note, and we are told |
| #take, #ok, #severity, #undo, #show | yes | no | no |
| #new for a customer of ours (`unbidden`) | yes | no | no |
| all else, and any other ticket | never | never | never |
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.commands import kinds
from mailbot.deciding.agents.commands.kinds import Command
from mailbot.deciding.agents.commands.watching import Ok
from mailbot.deciding.agents.team import may_act_for
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.situation import Situation
from mailbot.rules import Agent, Rules

GRACE = timedelta(minutes=30)
"""So long after we open, a service may end what it was writing."""
_ENDING = (kinds.Note, kinds.Called, kinds.Close, kinds.Help)
_AT_NIGHT = (*_ENDING, kinds.Take, Ok, kinds.SetSeverity, kinds.Undo, kinds.Show)
_ALLOWED = "you can answer, and write #take, #ok, #severity, #called, #note, #close, #undo, #show"


def services(rules: Rules) -> tuple[Agent, ...]:
    """Return the answering services."""
    return tuple(agent for agent in rules.agent if agent.outsourced)


def may_be_called(agent: Agent, tenant: str | None) -> bool:
    """Return whether an agent may be called for an outage of this tenant; nobody's is everybody's."""
    return _is_for(agent, tenant) if agent.outsourced else may_act_for(agent, tenant)


def may_see(agent: Agent, ticket: TicketFacts, rules: Rules, now: datetime) -> bool:
    """Return whether a ticket is the agent's to see."""
    return _is_his(agent, ticket, rules, now, timedelta(0))


def may_act(agent: Agent, ticket: TicketFacts, rules: Rules, now: datetime) -> bool:
    """Return whether a ticket is the agent's to answer; a service's also for a while after its night."""
    return _is_his(agent, ticket, rules, now, GRACE)


def may_act_in(at: Situation, agent: Agent, ticket: TicketFacts) -> bool:
    """Return whether a ticket is the agent's to answer, and the one as which it goes on as well."""
    return all(may_act(agent, one, at.rules, at.now) for one in (ticket, at.context.home(ticket)))


def was_his(agent: Agent, ticket: TicketFacts) -> bool:
    """Return whether a service was ever called for a ticket that is still of a customer of its."""
    return _is_for(agent, ticket.tenant) and any(call.agent == agent.id for call in ticket.called)


def is_night(rules: Rules, now: datetime) -> bool:
    """Return whether we are closed."""
    return not opening_hours(rules, None).is_open(now)


def refusal(kind: type[Command], agent: Agent | None, rules: Rules, now: datetime, *, of_ticket: bool = True) -> str:
    """Return why an agent may not give such a command, "" where he may; one in no mail of a ticket is not `of_ticket`.

    Whether the ticket is his is another question.
    """
    if agent is None or not agent.outsourced:
        return ""
    if kind is kinds.Undo and not of_ticket:
        return "it takes back what you did to a ticket: reply with it to a mail of that one"
    if kind in (_AT_NIGHT if is_night(rules, now) else _ENDING):
        return ""
    return "the night is over" if kind in _AT_NIGHT else f"it is not for an answering service; {_ALLOWED}"


def may_ever(kind: type[Command], agent: Agent) -> bool:
    """Return whether such a command may ever be the agent's to give."""
    return not agent.outsourced or kind in (*_AT_NIGHT, kinds.New)


def _is_for(agent: Agent, tenant: str | None) -> bool:
    return not agent.tenants or tenant is None or tenant in agent.tenants


def _is_his(agent: Agent, ticket: TicketFacts, rules: Rules, now: datetime, grace: timedelta) -> bool:
    if not agent.outsourced:
        return may_act_for(agent, ticket.tenant)
    if not _is_for(agent, ticket.tenant):
        return False
    opening = opening_hours(rules, None)
    for call in ticket.called:
        night = opening.closed_period(call.at) if call.agent == agent.id and call.at <= now else None
        if night is not None and (night.end_at is None or now < night.end_at + grace):
            return True
    return False
