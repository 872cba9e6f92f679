"""Agents are asked later about mail for which they were asked too much within an hour: nothing that waits is forgotten.

A few such mails are decided anew, each with its own question, as far as the limit of an hour goes. Many may be
somebody's who writes in an agent's name, so they never come one by one: one numbered mail lists some of them, a tap has
the agent asked about one, and what else there is follows no earlier than a day later. All stand in
`mailbot quarantine list`, with whom they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from mailbot.deciding.agents.taps import begun
from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.questions import ASK
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.asking import KIND, MOST_AN_HOUR, WITHIN
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Mailbox
from mailbot.render import AskFacts
from mailbot.rules import Agent
from mailbot.store import quarantine, team
from mailbot.store.outbox import queue
from mailbot.store.quarantine import PutOff

MOST_ONE_BY_ONE = 10
"""How many mails that wait are asked about one by one."""
_MOST_LISTED = 20
_A_DAY = timedelta(days=1)


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `ask` has something to do: at the latest `now` if it is due; None for nothing."""
    return min((max(_due_at(conn, desk, agent, waiting), now) for agent, waiting in _waiting(conn, desk)), default=None)


def ask(conn: Connection, desk: Desk, now: datetime) -> None:
    """Ask agents about what waits since they were asked too much, or list it."""
    for agent, waiting in list(_waiting(conn, desk)):
        if _due_at(conn, desk, agent, waiting) > now:
            continue
        if len(waiting) > MOST_ONE_BY_ONE:
            _list(conn, desk, agent, waiting, now)
            continue
        room = MOST_AN_HOUR - team.asked_since(conn, desk.partner, agent.addresses[0], now - WITHIN)
        for one in waiting[:room]:
            quarantine.ask_anew(conn, one.arrival, author="mailbot", now=now)


def _waiting(conn: Connection, desk: Desk) -> Iterator[tuple[Agent, list[PutOff]]]:
    for agent_id, waiting in groupby(quarantine.put_off_mails(conn, desk.partner), attrgetter("agent")):
        agent = agent_by_id(agent_id, desk.rules)
        if agent is not None:
            yield agent, list(waiting)


def _due_at(conn: Connection, desk: Desk, agent: Agent, waiting: list[PutOff]) -> datetime:
    """Return from when on he may be asked about them."""
    address = agent.addresses[0]
    full = team.question_at(conn, desk.partner, address, MOST_AN_HOUR)
    listed = team.listed_at(conn, desk.partner, address)
    since = [full + WITHIN] if full else []
    return max([waiting[0].received_at, *since, *([listed + _A_DAY] if listed else [])])


def _list(conn: Connection, desk: Desk, agent: Agent, waiting: list[PutOff], now: datetime) -> None:
    address, zone = agent.addresses[0], desk.rules.partner.zone
    shown = waiting[:_MOST_LISTED]
    lines = [f"{len(waiting)} mails in your name wait for your word, and you were not asked about them:", ""]
    for number, one in enumerate(shown, 1):
        about = f", about ticket {one.ticket}" if one.ticket else ""
        lines.append(f"{number}. {one.received_at.astimezone(zone):%A at %H:%M}, from {one.from_address}{about}")
    rest = len(waiting) - len(shown)
    lines += ["", *([f"{rest} more follow in a day; `mailbot quarantine list` shows all."] if rest else [])]
    lines += ["Tap one to be asked about it. If they are not yours, somebody writes in your name: tell whoever"]
    lines[-1] += " runs the desk. Nothing leaves without your word."
    token = desk.token(Purpose.NOTICE, 0, address, now)
    key = f"{team.LATER}{canonical(address)}:{now:%Y%m%d%H%M}"
    facts = AskFacts(
        now=now,
        brand=desk.rules.partner.brand,
        why=lines[0],
        token=token,
        told=tuple(lines),
        title="Mail in your name waits",
        links=tuple(_link(desk, agent, number, one, now) for number, one in enumerate(shown, 1)),
    )
    mail = TeamMail(
        key=key,
        kind=KIND,
        template="team-ask",
        facts=facts,
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{now:%Y%m%d%H%M}w",
    )
    queue(conn, desk.partner, team_mail(desk, mail, now), now)
    for one in shown:
        quarantine.note_listed(conn, one.arrival, agent.id)


def _link(desk: Desk, agent: Agent, number: int, one: PutOff, now: datetime) -> tuple[str, str]:
    token = desk.token(Purpose.CONFIRMATION, one.arrival, agent.addresses[0], now)
    to = desk.reply_to(token)
    return f"{number}: ask me", begun(to, desk.rules.partner.address, token, f"Re: {ASK}", ASK)
