"""Saying that an outage was seen: from then on nobody is called about what was asked before, and its customer is told.

It is a line of the ticket's log, and nothing to be taken back: the customer has read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.nights import may_be_called
from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.duetimes import is_called
from mailbot.deciding.listed import Acknowledge
from mailbot.desk import Desk
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.lookup import home_of
from mailbot.desk.mails.seen import tell_customer
from mailbot.desk.refusing import RefusedError
from mailbot.rules import Agent
from mailbot.store import changes, listings
from mailbot.store.clocked import clocked


def acknowledge(conn: Connection, desk: Desk, effect: Acknowledge, now: datetime) -> None:
    """Note that an agent has seen the outages of a page, as far as they were asked about before it."""
    agent, page = agent_by_id(effect.agent, desk.rules), listings.listing(conn, desk.partner, effect.listing)
    if agent is not None and page is not None:
        homes = {home_of(conn, desk, ticket) for ticket in page.tickets.values()}
        see(conn, desk, agent, homes, now, by=page.at)


def ok(work: Work) -> Done:
    """Note that the agent who asks has seen the outage."""
    agent, row = work.agent(), work.ticket()
    if agent is None:
        raise RefusedError("say who has seen it: --as AGENT")
    if see(work.conn, work.desk, agent, [row.id], work.now):
        return Done(f"you have seen #{row.id}, and nobody else is called about it")
    return Done(f"nobody is called about #{row.id}", told=True)


def see(
    conn: Connection, desk: Desk, agent: Agent, numbers: Iterable[int], now: datetime, *, by: datetime | None = None
) -> tuple[int, ...]:
    """Note that an agent has seen those of these tickets about which somebody is called, and return them.

    Of what was asked after `by` he has seen nothing.
    """
    called = (one for one in clocked(conn, sorted(numbers)) if is_called(one) and may_be_called(agent, one.tenant))
    seen = [one.ticket for one in called if by is None or one.asked_at is None or one.asked_at <= by]
    for ticket in seen:
        changes.see(conn, ticket, agent.id, reason=f"{agent.name} has seen this", now=now)
        tell_customer(conn, desk, agent, ticket, now)
    return tuple(seen)
