"""Whether a ticket is an agent's, in the transaction at hand; of an answering service its calls say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents import nights
from mailbot.deciding.agents.team import may_act_for
from mailbot.deciding.context import TicketFacts
from mailbot.desk import Desk
from mailbot.rules import Agent
from mailbot.store import called, tickets


def with_calls(conn: Connection, desk: Desk, facts: Iterable[TicketFacts]) -> tuple[TicketFacts, ...]:
    """Return the tickets with the calls of answering services for them."""
    known, services = tuple(facts), [one.id for one in nights.services(desk.rules)]
    if not services or not known:
        return known
    calls = called.calls(conn, desk.partner, services, [one.id for one in known])
    return tuple(replace(one, called=calls.get(one.id, ())) for one in known)


def may_see(conn: Connection, desk: Desk, agent: Agent, ticket: TicketFacts, now: datetime) -> bool:
    """Return whether a ticket is the agent's to see."""
    if not agent.outsourced:
        return may_act_for(agent, ticket.tenant)
    return all(nights.may_see(agent, one, desk.rules, now) for one in with_calls(conn, desk, [ticket]))


def may_act(conn: Connection, desk: Desk, agent: Agent, ticket: int, now: datetime) -> bool:
    """Return whether the ticket of that number is the agent's to answer."""
    found = with_calls(conn, desk, tickets.facts(conn, desk.partner, [ticket]))
    return any(nights.may_act(agent, one, desk.rules, now) for one in found)


def tickets_of(conn: Connection, desk: Desk, agent: Agent, now: datetime) -> frozenset[int] | None:
    """Return the tickets of a service's present night, none by day; None for an agent of our own."""
    if not agent.outsourced:
        return None
    night = opening_hours(desk.rules, None).closed_period(now)
    if night is None or night.start_at is None:
        return frozenset()
    named = called.called_for(conn, desk.partner, agent.id, night.start_at)
    found = tickets.facts(conn, desk.partner, named)
    return frozenset(one.id for one in found if may_see(conn, desk, agent, one, now))
