"""The hand-over of the morning: what happened while we were closed, to each of us who begins work that day, once.

It stands first in the list of what waits, if he gets one, else in a list of its own; where nothing happened there is
none. Whoever is away, or works on other days, gets none; nor does anybody of a night that a lost log may have told of.
Without agents those are told who are told of new tickets. What an answering service holds is nobody's again from then
on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.clocks.hours import ClosedPeriod, opening_hours
from mailbot.deciding.agents import nights
from mailbot.deciding.agents.team import by_relay
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.listed import ListKind
from mailbot.desk import Desk
from mailbot.desk.mails import listing, unreached
from mailbot.desk.mails.duty import is_away, on_duty_at, who_is_no_service
from mailbot.desk.mails.overnight import nightly
from mailbot.render.waiting import Overnight
from mailbot.rules import Agent
from mailbot.store import called, changes, cursors

_DESK = "morning"


@dataclass(frozen=True, slots=True)
class _Morning:
    """Whom the hand-over of a closed period is due to, None for all of the desk, from when on, and till when."""

    agent: Agent | None
    night: ClosedPeriod
    at: datetime


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `hand_over` has something to do, None for never."""
    opening = opening_hours(desk.rules, None)
    if not opening.is_open(now):
        return opening.next_opening(now)
    due = min((one.at for one in _due(conn, desk, now)), default=None)
    if due is not None:
        return due
    closing = opening.next_closing(now)
    return opening.next_opening(closing) if closing else None


def hand_over(conn: Connection, desk: Desk, now: datetime) -> None:
    """Tell whoever has begun work of the night, and take back what a service holds."""
    for one in list(_due(conn, desk, now)):
        if one.at > now:
            continue
        if one.agent is None:
            _begin(conn, desk, one.night, now)
            continue
        overnight = _overnight(conn, desk, one, now)
        if overnight is None:
            continue
        try:
            listing.send_list(conn, desk, one.agent, ListKind.OPENING, now, about=overnight)
        except UnwritableMail as error:
            unreached.note_unreachable(conn, desk, one.agent, error, now)


def of_agent(conn: Connection, desk: Desk, agent: Agent, now: datetime) -> Overnight | None:
    """Return what an agent is to be told of the night, and note that he is; None for nothing, and where he was."""
    one = next((one for one in _due(conn, desk, now) if one.agent == agent and one.at <= now), None)
    return _overnight(conn, desk, one, now) if one else None


def _overnight(conn: Connection, desk: Desk, due: _Morning, now: datetime) -> Overnight | None:
    agent, night = due.agent, due.night
    if agent is None or night.start_at is None or night.end_at is None:
        return None
    _note(conn, desk, _name(agent), night, now)
    gets_none = _was_told(desk, night) or is_away(conn, desk, agent, now)
    outages = () if gets_none else nightly(conn, desk, agent, night, now)
    return Overnight(night.start_at, night.end_at, outages) if outages else None


def _due(conn: Connection, desk: Desk, now: datetime) -> Iterator[_Morning]:
    """Yield what is to come, and is due, before we close again: for the desk, and for each agent who works that day."""
    opening = opening_hours(desk.rules, None)
    night = opening.last_closed(now)
    if night is None or night.end_at is None or night.start_at is None:
        return
    closing = opening.next_closing(now)
    if not _is_noted(conn, desk, _DESK, night):
        yield _Morning(None, night, night.end_at)
    for agent in who_is_no_service(desk.rules.agent) if by_relay(desk.rules) else ():
        at = on_duty_at(desk, agent, night.end_at)
        at = on_duty_at(desk, agent, now) if at is not None and at <= now else at
        if at is not None and (closing is None or at < closing) and not _is_noted(conn, desk, _name(agent), night):
            yield _Morning(agent, night, at)


def _begin(conn: Connection, desk: Desk, night: ClosedPeriod, now: datetime) -> None:
    """Give back what a service holds, and tell those who are told where no agent is."""
    _note(conn, desk, _DESK, night, now)
    for service in nights.services(desk.rules):
        for ticket in called.held_by(conn, desk.partner, service.id):
            reason = f"the night of {service.name} is over"
            changes.set_assignee(conn, ticket, "", author="mailbot", reason=reason, now=now)
    if by_relay(desk.rules) or _was_told(desk, night):
        return
    for one in nightly(conn, desk, None, night, now):
        told = "; ".join(f"{at}: {what}" for at, what in one.steps)
        desk.tell(conn, NoticeKind.OVERNIGHT, text=told, ticket_id=one.ticket, now=now)


def _name(agent: Agent) -> str:
    return f"{_DESK}.{agent.id}"


def _is_noted(conn: Connection, desk: Desk, name: str, night: ClosedPeriod) -> bool:
    """Return whether that night was handed over; what a damaged row says is no reason to keep all others from it."""
    try:
        known = datetime.fromisoformat(cursors.fact(conn, desk.partner, name) or "")
        return night.end_at is not None and known >= night.end_at
    except (ValueError, TypeError):
        return False


def _was_told(desk: Desk, night: ClosedPeriod) -> bool:
    """Return whether a log that was lost may have told of that night: it goes no second time."""
    return desk.restored_at is not None and night.end_at is not None and night.end_at <= desk.restored_at


def _note(conn: Connection, desk: Desk, name: str, night: ClosedPeriod, now: datetime) -> None:
    if night.end_at is not None:
        cursors.set_fact(conn, desk.partner, name, night.end_at.isoformat(), now)
