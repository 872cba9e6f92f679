"""What an answering service writes that is of no night of its: nothing of it is done, and no customer gets it.

| it writes | outcome |
|---|---|
| about a ticket of an earlier night | a note there; we are told, and so is it |
| anything else | filed; we are told, and so is it |
| an outage, in words that read critical, about no ticket | a ticket at once, as of each of us |
| `#new for ADDRESS` while we are closed | asked, and opened with its yes (`unbidden`) |
"""

from __future__ import annotations

from collections.abc import Callable

from mailbot.deciding.agents.bearing import tokens_expired
from mailbot.deciding.agents.commands import Moment, kinds, parse_message
from mailbot.deciding.agents.crossing import crossing
from mailbot.deciding.agents.direct import customers
from mailbot.deciding.agents.newwords import new_words
from mailbot.deciding.agents.nights import is_night, may_act_in, was_his
from mailbot.deciding.agents.team import agent_of, may_act_for
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    NoticeKind,
    Notify,
    Reason,
)
from mailbot.deciding.questions import Alarm, Ask
from mailbot.deciding.situation import Situation
from mailbot.deciding.threads import Join
from mailbot.deciding.tokens import Purpose
from mailbot.reading.model import Verdict
from mailbot.rules import Agent

_LONGEST_TOLD = 400
_OVER = "The night is over, so your words are kept for the team, who have been told."
_NOTHING = (
    "Nothing of your mail was done; the team has been told. You can answer what you were called for until the team is "
    'back, by replying to that mail. For somebody who calls you, write "#new for their address" and your words below.'
)


def of_no_night(at: Situation, opened: Callable[[Situation, Join], Decision]) -> Decision | None:
    """Return the decision on a service's mail that is about nothing which it was called for; None for all else."""
    agent = agent_of(at.sender.address, at.rules)
    if agent is None or not agent.outsourced or at.by_machine or at.arrival.history or at.arrival.silent:
        return None
    if at.sender.verdict is not Verdict.PASS and at.arrival.confirmed_by != agent.id:
        return None
    wanted = parse_message(at.message, Moment.of(agent, at.rules, at.now)).commands
    is_new = is_night(at.rules, at.now) and any(isinstance(one, kinds.New) for one in wanted)
    is_help = bool(wanted) and all(isinstance(one, kinds.Help) for one in wanted)
    if (is_new or is_help) and not customers(at.message, at.rules):
        return None
    expired = (one.claim.ticket for one in tokens_expired(at, Purpose.RELAY) if one.agent == agent)
    named = next(filter(None, map(at.context.ticket, expired)), None)
    if named is None and at.urgent and not wanted:
        return opened(at, Join())
    return kept(at, agent, named)


def has_lapsed(at: Situation, agent: Agent, ticket: TicketFacts | None) -> bool:
    """Return whether a ticket is a service's no more: its night is over, or one of us has answered since we opened."""
    if not agent.outsourced:
        return False
    if ticket is None or not may_act_in(at, agent, ticket):
        return True
    return not is_night(at.rules, at.now) and crossing(at, agent, ticket) is not None


def kept(at: Situation, agent: Agent, named: TicketFacts | None) -> Decision:
    """Return that a service's words stay among us, in the ticket that they name if it was its, and that both are told.

    In a ticket of which nothing proves that they are the service's they are an unverified note.
    """
    ticket = at.context.home(named) if named is not None and was_his(agent, named) else None
    place: JoinTicket | FileEvent = FileEvent(EventKind.OWN)
    if ticket is not None:
        flags = () if at.sender.verdict is Verdict.PASS else (Flag.UNVERIFIED,)
        place = JoinTicket(ticket.id, EntryKind.NOTE, flags=flags, agent=agent.id)
    words = new_words(at.message, at.rules).strip()
    first = words[:_LONGEST_TOLD] + ("…" if len(words) > _LONGEST_TOLD else "")
    about = f"about #{ticket.id}, which was of an earlier night" if ticket else "about nothing that it was called for"
    reached = ", ".join(sorted(customers(at.message, at.rules)))
    got = f"it went to {reached} past us, and counts as no answer" if reached else "the customer got nothing of it"
    text = f"{agent.name} wrote {about}; {got}"
    lines = (f"{text}.", *filter(None, (f"It says: {first}" if first else "",)))
    tenant = ticket.tenant if ticket else None
    team = tuple(one for one in at.rules.agent if may_act_for(one, tenant))
    told = [agent_of(address, at.rules) for address in at.rules.notify.addresses]
    others = tuple(one.id for one in team if one not in told)
    title = f"{agent.name} wrote after its night" if ticket else f"Mail of {agent.name}"
    consequences = (
        Notify(NoticeKind.NIGHT_OVER, text=" ".join(lines)),
        Alarm(tuple(one.id for one in team), others, text, lines, title),
        Ask(
            agent.id,
            text,
            confirmable=False,
            told=(_OVER if ticket else _NOTHING, f"{got[0].upper()}{got[1:]}."),
            title="Kept for the team",
        ),
    )
    return Decision(place, consequences, (Reason("night.over", f"{text}: kept among ourselves"),))
