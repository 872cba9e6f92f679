"""When an agent is at work: what can wait reaches him then, and not before; and what he is to get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.team import agent_by_id, may_act_for
from mailbot.deciding.duetimes import rota_of
from mailbot.desk import Desk
from mailbot.desk.nights import may_see
from mailbot.rules import Agent
from mailbot.store import absences, acts, called, relays, soundness, tickets

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Handing:
    """A message that agents are to get: its ticket, its entry, and what it has besides its words."""

    ticket: int
    entry: int
    urgent: bool
    besides: relays.Besides


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who of our own is in his hours at an instant, by ids, and who is silent, of one ticket or of all."""

    here: frozenset[str]
    silent: frozenset[tuple[str, int | None]]

    @classmethod
    def at(cls, conn: Connection, desk: Desk, now: datetime) -> Attendance:
        """Look who is."""
        own = who_is_no_service(desk.rules.agent)
        here = frozenset(one.id for one in own if on_duty_at(desk, one, now) == now)
        return cls(here, frozenset((one.agent, one.ticket) for one in absences.present(conn, desk.partner, now)))

    def hears(self, agent: Agent, ticket: int) -> bool:
        """Return whether an agent is in his hours, not away, and wants to hear of the ticket."""
        return agent.id in self.here and self.silent.isdisjoint({(agent.id, None), (agent.id, ticket)})


def on_duty_at(desk: Desk, agent: Agent, now: datetime) -> datetime | None:
    """Return when the agent is next in his hours, `now` if he is; None for never."""
    rules = desk.rules
    if agent.hours is not None:
        his = {"hours": agent.hours, "zone": agent.zone or rules.partner.zone}
        rules = rules.model_copy(update={"partner": rules.partner.model_copy(update=his)})
    opening = opening_hours(rules, None)
    return now if opening.closed_period(now) is None else opening.next_opening(now)


def due_at(conn: Connection, desk: Desk, agent: Agent, ticket: int, now: datetime) -> datetime:
    """Return from when on an agent gets what can wait: in his hours, once he is back and hears of the ticket again.

    Who has no hours to come gets it at once: else nobody would.
    """
    back_at = absences.silent_until(conn, desk.partner, agent.id, ticket, now) or now
    return on_duty_at(desk, agent, back_at) or back_at


def is_away(conn: Connection, desk: Desk, agent: Agent, now: datetime) -> bool:
    """Return whether the agent gets no customers' mail at present."""
    return any(one.ticket is None for one in absences.present(conn, desk.partner, now, agent.id))


def on_watch(conn: Connection, desk: Desk, agents: Sequence[Agent], now: datetime) -> Sequence[Agent]:
    """Return whom of these an outage reaches at this hour: who is not away, all of our own where nobody is there.

    Out of the desk's hours it is the first of those on call, where there is a rota.
    """
    return on_call(desk, within_reach(conn, desk, agents, now), now)[:1] or who_is_there(conn, desk, agents, now)


def called_too(conn: Connection, desk: Desk, agents: Sequence[Agent], ticket: int, now: datetime) -> Sequence[Agent]:
    """Return whom of these news of an outage reach.

    It is who is on watch, who was called for it since we closed, and who has it or has seen it, unless he is away.
    """
    told = {one.id for one in on_watch(conn, desk, agents, now)}
    night = opening_hours(desk.rules, None).closed_period(now)
    if night is not None and night.start_at is not None:
        calls = called.calls(conn, desk.partner, [one.id for one in agents], [ticket]).get(ticket, ())
        told |= {one.agent for one in calls if one.at >= night.start_at}
        row = acts.row(conn, desk.partner, ticket)
        theirs = {row.assignee, row.seen_by} if row is not None else set()
        told |= {one.id for one in agents if one.id in theirs and not is_away(conn, desk, one, now)}
    return [one for one in agents if one.id in told]


def who_is_there(conn: Connection, desk: Desk, agents: Sequence[Agent], now: datetime) -> Sequence[Agent]:
    """Return who of our own of these is not away, all of them where nobody is there."""
    own = who_is_no_service(agents)
    return [one for one in own if not is_away(conn, desk, one, now)] or own


def within_reach(conn: Connection, desk: Desk, agents: Sequence[Agent], now: datetime) -> Sequence[Agent]:
    """Return whom of these a call can reach: who of our own is there, and answering services that are not away."""
    services = [one for one in agents if one.outsourced and not is_away(conn, desk, one, now)]
    return [*who_is_there(conn, desk, agents, now), *services]


def on_call(desk: Desk, agents: Sequence[Agent], now: datetime) -> Sequence[Agent]:
    """Return who of these is called, in that order; nobody in the desk's hours, and where there is no rota."""
    if opening_hours(desk.rules, None).is_open(now):
        return ()
    known = {one.id: one for one in agents}
    return [known[one] for one in rota_of(desk.rules).order_at(now) if one in known]


def hand_to(
    conn: Connection,
    desk: Desk,
    agents: Sequence[Agent],
    message: Handing,
    now: datetime,
) -> None:
    """Note that these agents are to get a message; what can wait does so until each one's hours, and his return.

    What is urgent goes at once to all who are on watch, also where one wants to hear nothing of the ticket, and to
    whose ticket it is. An answering service gets all of what it was called for in its night, and nothing else.
    """
    chosen = list(on_watch(conn, desk, agents, now) if message.urgent else who_is_no_service(agents))
    others = [one for one in agents if one not in chosen and (message.urgent or one.outsourced)]
    for ticket in tickets.facts(conn, desk.partner, [message.ticket]) if others else ():
        for agent in others:
            holds = agent.id == ticket.assignee and not is_away(conn, desk, agent, now)
            if may_see(conn, desk, agent, ticket, now) if agent.outsourced else holds:
                chosen.append(agent)
    hand_straight(conn, desk, chosen, message, now)


def who_is_no_service(agents: Sequence[Agent]) -> Sequence[Agent]:
    """Return those of our own."""
    return [one for one in agents if not one.outsourced]


def hand_straight(conn: Connection, desk: Desk, agents: Sequence[Agent], message: Handing, now: datetime) -> None:
    """Note that just these agents are to get a message."""
    for agent in agents:
        relays.add(
            conn,
            desk.partner,
            agent.id,
            ticket_id=message.ticket,
            entry_id=message.entry,
            urgent=message.urgent,
            due_at=now if message.urgent or agent.outsourced else due_at(conn, desk, agent, message.ticket, now),
            besides=message.besides,
        )


def hand_anew(conn: Connection, desk: Desk, agent_id: str, now: datetime) -> None:
    """Have what waits for an agent reach him as if it came in now: his hours or his absence are other ones now."""
    agent = agent_by_id(agent_id, desk.rules)
    if agent is None:
        return
    for ticket in relays.waits_for(conn, desk.partner, agent.id, now):
        relays.reschedule(conn, desk.partner, agent.id, ticket, due_at(conn, desk, agent, ticket, now), now)


def heed_hours(conn: Connection, desk: Desk, now: datetime) -> None:
    """Have what waits reach each agent in the hours that the rules give him now.

    Where a damaged row keeps one from it, what waits for him leaves when it was to.
    """
    for agent in desk.rules.agent:
        try:
            with conn.begin_nested():
                hand_anew(conn, desk, agent.id, now)
        except Exception as error:
            if not soundness.is_of_rows(error):
                raise
            _log.warning("hours-not-heeded", agent=agent.id, error=f"{type(error).__name__}: {error}")


def are_all_away(conn: Connection, desk: Desk, tenant: str | None, now: datetime) -> bool:
    """Return whether nobody of those who may act for the tenant gets customers' mail at present."""
    return all(is_away(conn, desk, one, now) for one in desk.rules.agent if may_act_for(one, tenant))
