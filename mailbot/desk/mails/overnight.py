"""What happened while we were closed, outage by outage, as whoever begins in the morning is told it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from mailbot.clocks.hours import ClosedPeriod
from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents import nights
from mailbot.deciding.agents.team import OURSELVES, agent_by_id, agent_of, author_in_words, may_act_for, name_of
from mailbot.deciding.changed import without_commands
from mailbot.deciding.content import without_remarks
from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.deciding.vendors.whose import name_of_vendor, name_of_writer
from mailbot.desk import Desk
from mailbot.desk.mails.sharing import FIRST_ANSWER
from mailbot.render.notices import one_line
from mailbot.render.waiting import NightLine
from mailbot.rules import Agent, Rules
from mailbot.store import overnight
from mailbot.store.overnight import Step

_A_DAY = timedelta(days=1)
_MOST_STEPS = 12
_LONGEST_WORDS = 70


def nightly(
    conn: Connection, desk: Desk, agent: Agent | None, night: ClosedPeriod, now: datetime
) -> tuple[NightLine, ...]:
    """Return the outages of that closed period, as far as they are the agent's to see; None is told of all."""
    if night.start_at is None or night.end_at is None:
        return ()
    services = [one.id for one in nights.services(desk.rules)]
    found = overnight.outages(conn, desk.partner, services, night.start_at, night.end_at)
    his = [one for one in found if agent is None or may_act_for(agent, one.tenant)]
    happened = overnight.steps(conn, [one.id for one in his], night.start_at, night.end_at)
    clock = WallClock.of(desk.rules, now)
    is_long = night.end_at - night.start_at > _A_DAY
    lines = []
    for ticket in his:
        told = tuple(_told(desk, clock, [step for step in happened if step.ticket == ticket.id], is_long=is_long))
        tenant = desk.rules.tenant_by_id(ticket.tenant)
        lines.append(
            NightLine(
                ticket=ticket.id,
                severity=ticket.severity,
                customer=ticket.requester_name or ticket.requester,
                tenant=tenant.name if tenant else "",
                subject=ticket.subject,
                steps=told[:_MOST_STEPS],
                more=len(told) - len(told[:_MOST_STEPS]),
                closed=ticket.state is TicketState.CLOSED,
                holder="you" if agent and ticket.assignee == agent.id else name_of(ticket.assignee, desk.rules),
            )
        )
    return tuple(lines)


def _told(desk: Desk, clock: WallClock, happened: Sequence[Step], *, is_long: bool) -> Iterator[tuple[str, str]]:
    """Yield when each thing happened, and what; those who were called at once are one."""
    shown = clock.instant if is_long else clock.time
    for (is_call, at), group in groupby(happened, key=lambda step: (step.kind is None, step.at)):
        steps = list(group)
        if is_call:
            names = list(dict.fromkeys(name_of(one.author, desk.rules) for one in steps))
            yield shown(at), f"{' and '.join(names)} {'was' if len(names) == 1 else 'were'} called"
            continue
        for step in steps:
            if what := _what(desk, step):
                yield shown(at), what


def _what(desk: Desk, step: Step) -> str:
    rules = desk.rules
    agent = agent_by_id(step.author, rules) or agent_of(step.from_address, rules)
    who = agent.name if agent else author_in_words(step.author, rules) or "somebody of you"
    words, _ = without_remarks(step.words)
    said = one_line(without_commands(words) if agent and not step.by_phone else words)
    said = said if len(said) <= _LONGEST_WORDS else f"{said[:_LONGEST_WORDS].rpartition(' ')[0]}…"
    quoted = f": “{said}”" if said else ""
    match step.kind:
        case EntryKind.CUSTOMER:
            return f"{one_line(step.from_name) or step.from_address or 'the customer'} wrote{quoted}"
        case EntryKind.AGENT:
            return f"{who} {'spoke with the customer' if step.by_phone else 'answered'}{quoted}"
        case EntryKind.NOTE if said:
            return f"{who} noted{quoted}"
        case EntryKind.VENDOR:
            return f"{name_of_writer(step.from_address, rules)} wrote{quoted}"
        case EntryKind.CHANGE:
            return _changed(step, who, rules)
        case _:
            return ""


def _changed(step: Step, who: str, rules: Rules) -> str:
    """Return what a change was, "" for what needs no word in the morning; what stands in the log alone is of pages."""
    change, by_us = step.change or {}, step.author != OURSELVES
    if change.get("vendor_since"):
        return f"{who} filed it with {name_of_vendor(str(change['vendor']), rules)}"
    if change.get("state") == TicketState.CLOSED:
        return f"{who} closed it" if by_us else "it closed by itself"
    if change.get("state") == TicketState.OPEN and "opened_at" not in change:
        return f"{who} opened it again" if by_us else "it is open again"
    if by_us and change.get("seen_by"):
        return f"{who} has seen it"
    if by_us and change.get("assignee") == step.author:
        return "" if step.words == FIRST_ANSWER else f"{who} took it"
    if by_us and change.get("severity"):
        return f"{who} made it {change['severity']}"
    return step.words if not by_us and not change and "paged" in step.words else ""
