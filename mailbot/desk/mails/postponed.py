"""Agents are asked later about mail for which they were asked too much within an hour: nothing that waits is forgotten.

A few such mails are decided anew, each with its own question, as far as the limit of an hour goes. Many may be
somebody's who writes in an agent's name, so they never come one by one: one numbered mail lists some of them, a tap has
the agent asked about one, and what else there is follows no earlier than a day later. So does what is from addresses
that are not his while he answers none of the questions about such. All stand in `mailbot quarantine list`, with whom
they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.readers import by_id
from mailbot.deciding.agents.taps import begun
from mailbot.deciding.questions import ASK
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.asking import KIND, MOST_AN_HOUR, WITHIN, own_addresses, room_for_others
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
    due = (_due_at(conn, desk, one, now) for one in _waiting(conn, desk))
    return min((max(at, now) for at in due), default=None)


def ask(conn: Connection, desk: Desk, now: datetime) -> None:
    """Ask agents about what waits since they were asked too much, or list it."""
    for one in list(_waiting(conn, desk)):
        if _due_at(conn, desk, one, now) > now:
            continue
        room = one.room(conn, desk, now)
        if len(one.mails) > MOST_ONE_BY_ONE or room <= 0:
            _list(conn, desk, one.agent, one.mails, now)
            continue
        for mail in one.mails[:room]:
            quarantine.ask_anew(conn, mail.arrival, author="mailbot", now=now)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What an agent is to be asked about: mail that is from his own addresses, or from `others`."""

    agent: Agent
    mails: list[PutOff]
    others: bool

    def room(self, conn: Connection, desk: Desk, now: datetime) -> int:
        """Return about how many of them he may be asked one by one."""
        room = MOST_AN_HOUR - team.asked_since(conn, desk.partner, self.agent.addresses[0], now - WITHIN)
        return min(room, room_for_others(conn, desk, self.agent, now)) if self.others else room


def _waiting(conn: Connection, desk: Desk) -> Iterator[_Waiting]:
    found: dict[tuple[str, bool], _Waiting] = {}
    for mail in quarantine.put_off_mails(conn, desk.partner):
        agent = by_id(mail.agent, desk.rules)
        if agent is not None and not agent.outsourced:
            others = mail.from_address not in own_addresses(agent)
            found.setdefault((agent.id, others), _Waiting(agent, [], others)).mails.append(mail)
    yield from found.values()


def _due_at(conn: Connection, desk: Desk, waiting: _Waiting, now: datetime) -> datetime:
    """Return from when on he may be asked about them, or is told of them in a list.

    That is no later than an hour after the first was taken in, unless a list went within a day: whoever goes on writing
    in his name takes what room there is for questions, and must not put that off.
    """
    address, first = waiting.agent.addresses[0], waiting.mails[0].accepted_at
    full = team.question_at(conn, desk.partner, address, MOST_AN_HOUR)
    listed = team.listed_at(conn, desk.partner, address)
    due = first
    if waiting.others and room_for_others(conn, desk, waiting.agent, now) <= 0:
        due = first + WITHIN
    elif full:
        due = min(max(first, full + WITHIN), first + WITHIN)
    return max(due, listed + _A_DAY) if listed else due


def _list(conn: Connection, desk: Desk, agent: Agent, waiting: list[PutOff], now: datetime) -> None:
    address, clock = agent.addresses[0], WallClock.of(desk.rules, now)
    shown = waiting[:_MOST_LISTED]
    lines = [f"{len(waiting)} mails in your name wait for your word, and you were not asked about them:", ""]
    for number, one in enumerate(shown, 1):
        about = f", about ticket {one.ticket}" if one.ticket else ""
        lines.append(f"{number}. {clock.instant(one.received_at)}, from {one.from_address}{about}")
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
