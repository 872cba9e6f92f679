"""The next tier hears of what the first has taken and not solved in time, as a line of the list of what runs out.

It takes nothing away: whoever of the next tier takes the ticket has it. Who has it hears that they know. Whoever was
warned of the same ticket within the last minutes hears nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.team import agent_by_id, name_of
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.duetimes import DueKind
from mailbot.deciding.listed import ListKind
from mailbot.deciding.tiers import FIRST, TOGETHER, Holder, second_tier, taken_by
from mailbot.desk import Desk
from mailbot.desk.mails.duty import Attendance, on_watch
from mailbot.render.waiting import Taken
from mailbot.rules import Agent, Severity
from mailbot.store import changes, listings
from mailbot.store.clocked import held
from mailbot.store.due import Claim


@dataclass(frozen=True, slots=True)
class Step:
    """What the next tier is to hear at an instant: who took each of those tickets, and who of them has just been warned
    of which.
    """

    takers: Mapping[int, Holder]
    heard: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, conn: Connection, desk: Desk, claims: Iterable[Claim], now: datetime) -> Step:
        """Look who took the tickets among these that the next tier is to hear of."""
        tickets = [one.ticket for one in claims if one.due.kind is DueKind.TIER]
        if not tickets:
            return cls({}, {})
        takers = {ticket: by for ticket, one in held(conn, tickets).items() if (by := taken_by(one, desk.rules))}
        lists = partial(listings.told_since, conn, desk.partner, kind=ListKind.DUE, since=now - TOGETHER)
        return cls(takers, {one.id: lists(agent=one.id) for one in desk.rules.agent if one.tier > FIRST})

    def readers(
        self, conn: Connection, desk: Desk, ticket: TicketFacts, attendance: Attendance, now: datetime
    ) -> Sequence[Agent] | None:
        """Return who gets a line of it now, and whose ticket it is; None where nobody of the next tier is there."""
        team = second_tier(desk.rules, ticket.tenant)
        if ticket.severity is Severity.CRITICAL:
            there: Sequence[Agent] = on_watch(conn, desk, team, now)
        else:
            there = [one for one in team if attendance.hears(one, ticket.id)]
        if not there:
            return None
        holder = agent_by_id(ticket.assignee, desk.rules)
        whose = [holder] if holder and attendance.hears(holder, ticket.id) else []
        return [*(one for one in there if ticket.id not in self.heard.get(one.id, ())), *whose]


def lines(claims: Sequence[Claim], takers: Mapping[int, Holder]) -> dict[int, Taken]:
    """Return what a list says of the tickets among these that the next tier hears of; names are ids."""
    besides = {one.ticket for one in claims if one.due.kind is not DueKind.TIER}
    escalated = {one.ticket for one in claims if one.due.kind is DueKind.TIER and one.ticket in takers}
    return {one: Taken(takers[one].agent, takers[one].since, alone=one not in besides) for one in escalated}


def note(conn: Connection, desk: Desk, claim: Claim, taken: Holder, now: datetime) -> None:
    """Write down that the next tier knows, and why."""
    changes.escalate(conn, claim.ticket, claim.due.share, author="mailbot", reason=why(desk, taken, now), now=now)


def why(desk: Desk, taken: Holder, now: datetime) -> str:
    """Return why the next tier is told of a ticket."""
    at = WallClock.of(desk.rules, now).instant(taken.since)
    return f"{name_of(taken.agent, desk.rules)} took it on {at}, and it is not solved"
