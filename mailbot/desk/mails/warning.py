"""Warnings of promised times: a list of the tickets to whoever is on duty, in few mails whatever waits.

Whose ticket it is hears of it alone until the time is over, then all do who may answer it and are on duty. What is
critical reaches those on watch at any hour; all else waits for the next of them who begins work. After a mail the next
one waits, for longer each time, up to half an hour, so that after an outage a backlog is told in a handful; a minute
where something is critical. Of what falls due meanwhile each ticket is told once, by the worst of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks.bursts import Burst, told
from mailbot.deciding.agents.team import by_relay, may_act_for
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.duetimes import WHOLE, DueKind
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.listed import ListKind
from mailbot.desk import Desk
from mailbot.desk.mails import listing, unreached
from mailbot.desk.mails.duty import on_duty_at, on_watch
from mailbot.rules import Agent, Severity
from mailbot.store import absences, cursors, due, tickets
from mailbot.store.due import Claim

_PAUSE = timedelta(minutes=5)
_URGENT_PAUSE = timedelta(minutes=1)
_TIMES = {DueKind.ANSWER: "answer", DueKind.RESOLUTION: "solution"}


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
    is_told = False
    mine: dict[str, list[Claim]] = {}
    for claim in claims:
        readers = _readers(conn, desk, facts[claim.ticket], claim, now) if by_relay(desk.rules) else ()
        for agent in readers:
            mine.setdefault(agent.id, []).append(claim)
        if not readers:
            until = _next_on_duty(desk, facts[claim.ticket], now)
            if until is not None and until > now:
                due.put_off(conn, [claim], until)
                continue
            _notify(conn, desk, claim, now, urgent=urgent)
        is_told = True
        due.done(conn, [claim], now)
    for agent in desk.rules.agent:
        if agent.id in mine:
            _send(conn, desk, agent, mine[agent.id], now, urgent=urgent)
    if is_told:
        cursors.set_fact(conn, desk.partner, name, told(burst, now, _URGENT_PAUSE if urgent else _PAUSE).to_text(), now)


def _readers(conn: Connection, desk: Desk, ticket: TicketFacts, claim: Claim, now: datetime) -> Sequence[Agent]:
    """Return who hears of it now: nobody where nobody is on duty."""
    team = [one for one in desk.rules.agent if may_act_for(one, ticket.tenant)]
    if ticket.severity is Severity.CRITICAL:
        return on_watch(conn, desk, team, now)
    here = [one for one in team if _hears(conn, desk, one, ticket.id, now)]
    holder = [one for one in here if one.id == ticket.assignee]
    return holder if holder and claim.due.share < WHOLE else here


def _hears(conn: Connection, desk: Desk, agent: Agent, ticket: int, now: datetime) -> bool:
    is_silent = absences.silent_until(conn, desk.partner, agent.id, ticket, now) is not None
    return not is_silent and on_duty_at(desk, agent, now) == now


def _next_on_duty(desk: Desk, ticket: TicketFacts, now: datetime) -> datetime | None:
    """Return when the next of those who may answer begins work, None where none does, and notices tell of it."""
    if not by_relay(desk.rules):
        return None
    begin = (on_duty_at(desk, one, now) for one in desk.rules.agent if may_act_for(one, ticket.tenant))
    return min((at for at in begin if at is not None and at > now), default=None)


def _send(conn: Connection, desk: Desk, agent: Agent, claims: Iterable[Claim], now: datetime, *, urgent: bool) -> None:
    ends = {one.ticket: one.due.promised_at if one.due.kind is DueKind.RESOLUTION else None for one in _worst(claims)}
    try:
        listing.send_list(conn, desk, agent, ListKind.DUE, now, urgent=urgent, ends=ends)
    except UnwritableMail as error:
        unreached.note_unreachable(conn, desk, agent, error, now)


def _notify(conn: Connection, desk: Desk, claim: Claim, now: datetime, *, urgent: bool) -> None:
    """Note it for those who are told of new tickets, where no agent can be."""
    at = claim.due.promised_at.astimezone(desk.rules.partner.zone)
    state = "is over" if claim.due.promised_at <= now else "runs out"
    text = f"The time promised for the {_TIMES[claim.due.kind]} {state}: {at:%a %H:%M}."
    desk.tell(conn, NoticeKind.RUNS_OUT, urgent=urgent, text=text, ticket_id=claim.ticket, now=now)


def _worst(claims: Iterable[Claim]) -> list[Claim]:
    """Return one of each ticket: what is over before what runs out, the answer before the end."""
    found: dict[int, Claim] = {}
    for one in sorted(claims, key=lambda claim: (-claim.due.share, claim.due.kind is not DueKind.ANSWER)):
        found.setdefault(one.ticket, one)
    return list(found.values())
