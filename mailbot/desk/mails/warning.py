"""Warnings of promised times: a list of the tickets to whoever is on duty, in few mails whatever waits.

Whose ticket it is hears of it alone until the time is over, then all do who may answer it and are on duty. What is
critical reaches those on watch at any hour, and at night whoever was called for it; all else waits for the next of
them who begins work. After a mail the next one waits, for longer each time, up to half an hour, so that after an outage
a backlog is told in a handful; a minute where something is critical. Of what falls due meanwhile each ticket is told
once, by the worst of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks.bursts import Burst, told
from mailbot.deciding.agents.team import by_relay, may_act_for
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.duetimes import WHOLE, DueKind
from mailbot.deciding.listed import ListKind
from mailbot.deciding.tiers import second_tier
from mailbot.desk import Desk
from mailbot.desk.mails import listing, nexttier, notifying, unreached
from mailbot.desk.mails.duty import Attendance, called_too, on_duty_at
from mailbot.render.waiting import Falling
from mailbot.rules import Agent, Severity
from mailbot.store import cursors, due, tickets
from mailbot.store.due import Claim

_PAUSE = timedelta(minutes=5)
_URGENT_PAUSE = timedelta(minutes=1)


def warn(conn: Connection, desk: Desk, claims: Sequence[Claim], now: datetime) -> None:
    """Warn of these, or put them off until somebody is on duty or the pause is over."""
    facts = {one.id: one for one in tickets.facts(conn, desk.partner, (claim.ticket for claim in claims))}
    for urgent in (True, False):
        chosen = [one for one in claims if (facts[one.ticket].severity is Severity.CRITICAL) is urgent]
        if chosen:
            _warn(conn, desk, chosen, facts, now, urgent=urgent)


def _warn(
    conn: Connection,
    desk: Desk,
    claims: Sequence[Claim],
    facts: dict[int, TicketFacts],
    now: datetime,
    *,
    urgent: bool,
) -> None:
    name = f"burst.due{'.urgent' if urgent else ''}"
    burst = Burst.from_text(cursors.fact(conn, desk.partner, name) or "")
    held_until = burst.due_at(now)
    if held_until > now:
        due.put_off(conn, claims, held_until)
        return
    step = nexttier.Step.of(conn, desk, claims, now)
    here = _Round(conn, desk, facts, now, urgent, step, Attendance.at(conn, desk, now))
    if here.tell(claims):
        cursors.set_fact(conn, desk.partner, name, told(burst, now, _URGENT_PAUSE if urgent else _PAUSE).to_text(), now)


@dataclass(frozen=True, slots=True)
class _Round:
    """What is told at one instant: of tickets with these facts, to whoever is there."""

    conn: Connection
    desk: Desk
    facts: Mapping[int, TicketFacts]
    now: datetime
    urgent: bool
    step: nexttier.Step
    attendance: Attendance

    def tell(self, claims: Sequence[Claim]) -> bool:
        """Tell of these, or put off what nobody can hear yet; return whether anybody was told of anything."""
        mine: dict[str, list[Claim]] = {}
        unheard: list[Claim] = []
        done: list[Claim] = []
        for claim in claims:
            readers = self._readers(claim)
            if readers is None and (until := self._next_on_duty(claim)) is not None:
                due.put_off(self.conn, [claim], until)
                continue
            for agent in readers or ():
                mine.setdefault(agent.id, []).append(claim)
            unheard += [claim] if readers is None else []
            done.append(claim)
            if claim.due.kind is DueKind.TIER and (taken := self.step.takers.get(claim.ticket)):
                nexttier.note(self.conn, self.desk, claim, taken, self.now)
        due.done(self.conn, done, self.now)
        if unheard:
            notifying.notify(self.conn, self.desk, unheard, self.step.takers, self.now, urgent=self.urgent)
        for agent in self.desk.rules.agent:
            if agent.id in mine:
                self._send(agent, mine[agent.id])
        return bool(mine or unheard)

    def _readers(self, claim: Claim) -> Sequence[Agent] | None:
        """Return who hears of it now, None where nobody is on duty, or lists go to nobody."""
        ticket = self.facts[claim.ticket]
        if not by_relay(self.desk.rules):
            return None
        if claim.due.kind is DueKind.TIER:
            return self.step.readers(self.conn, self.desk, ticket, self.attendance, self.now)
        team = self._team(claim)
        if ticket.severity is Severity.CRITICAL:
            return called_too(self.conn, self.desk, team, ticket.id, self.now) or None
        here = [one for one in team if self.attendance.hears(one, ticket.id)]
        holder = [one for one in here if one.id == ticket.assignee]
        return (holder if holder and claim.due.share < WHOLE else here) or None

    def _team(self, claim: Claim) -> Sequence[Agent]:
        """Return who is to hear of it at all."""
        tenant = self.facts[claim.ticket].tenant
        if claim.due.kind is DueKind.TIER:
            return second_tier(self.desk.rules, tenant)
        return [one for one in self.desk.rules.agent if may_act_for(one, tenant)]

    def _next_on_duty(self, claim: Claim) -> datetime | None:
        """Return when the next of them begins work, later than now, None where none does, and notices tell of it."""
        if not by_relay(self.desk.rules):
            return None
        begin = (on_duty_at(self.desk, one, self.now) for one in self._team(claim))
        return min((at for at in begin if at is not None and at > self.now), default=None)

    def _send(self, agent: Agent, claims: Sequence[Claim]) -> None:
        taken = nexttier.lines(claims, self.step.takers)
        falling = {
            one.ticket: replace(self._falling(one), taken=taken.get(one.ticket)) for one in notifying.worst(claims)
        }
        try:
            listing.send_list(self.conn, self.desk, agent, ListKind.DUE, self.now, urgent=self.urgent, falling=falling)
        except UnwritableMail as error:
            unreached.note_unreachable(self.conn, self.desk, agent, error, self.now)

    def _falling(self, claim: Claim) -> Falling:
        """Return what a list says of it; that somebody waits for an answer is told by his ticket."""
        if claim.due.kind is DueKind.RESOLUTION:
            return Falling(ends_at=claim.due.promised_at)
        waits = self.facts[claim.ticket].waiting_since is not None or claim.due.kind is not DueKind.ANSWER
        return Falling(hears_by=None if waits else claim.due.promised_at)
