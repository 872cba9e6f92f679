"""The questions that agents are asked about a mail that waits, each a mail to the agent's registered address.

A question bears a token that is sealed for the agent and the waiting arrival, in its Message-ID, in Reply-To where
sub-addresses reach us, and in a last line "Ref: …". Its links begin the answer, for a thumb on a telephone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.readers import by_id
from mailbot.deciding.agents.taps import begun
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.given import Given
from mailbot.deciding.questions import Alarm, Ask
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.duty import who_is_there
from mailbot.desk.mails.sharing import writer_of
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Mailbox
from mailbot.render import AskedTicket, AskFacts, Day
from mailbot.rules import Agent
from mailbot.store import quarantine, team
from mailbot.store.outbox import queue

_log = structlog.get_logger(__name__)

KIND = "ask"
"""The outbox kind of a question, and of what an agent is told of a mail of his."""
MOST_AN_HOUR = 30
"""How many questions an agent is asked within an hour."""
MOST_OF_OTHERS = 5
"""How many questions about mail from addresses that are not his an agent is asked in a day before he answers one."""
_LAST = {"no": "No, drop it"}
_SEND_OR_DROP = {"send": "Send it", **_LAST}
_MOST_TOLD = 20
_A_DAY = timedelta(days=1)
WITHIN = timedelta(hours=1)
"""The span for which mails to an agent about his own are counted."""


def ask(conn: Connection, desk: Desk, effect: Ask, arrival: int, now: datetime) -> None:
    """Ask the agent, at his registered address, about that mail, or tell him what became of it."""
    agent = by_id(effect.agent, desk.rules)
    if agent is None:
        return
    if not effect.confirmable:
        _tell(conn, desk, effect, agent, arrival, now)
    elif _may_ask(conn, desk, agent, arrival, now):
        _ask(conn, desk, effect, agent, arrival, now)
    else:
        quarantine.put_off(conn, arrival, agent.id, effect.ticket)


def alarm(conn: Connection, desk: Desk, effect: Alarm, arrival: int, now: datetime) -> None:
    """Tell others of us of an outage in that mail: all who are there, since nobody is called after them."""
    agents = [one for one in desk.rules.agent if one.id in effect.agents]
    for agent in who_is_there(conn, desk, agents, now):
        if agent.id in effect.others:
            told = Ask(agent.id, effect.why, confirmable=False, told=effect.told, title=effect.title)
            _tell(conn, desk, told, agent, arrival, now)


def _ask(conn: Connection, desk: Desk, effect: Ask, agent: Agent, arrival: int, now: datetime) -> None:
    # A second answer may be held a second time, for yet another one that came meanwhile.
    # And who was asked whether a mail is his sees afterwards what would go to a vendor.
    shown = f":{effect.beside.entry}" if effect.beside else ":shown" if effect.shows else ""
    token = desk.token(Purpose.CONFIRMATION, arrival, agent.addresses[0], now)
    mail = TeamMail(
        key=f"ask:{arrival}:{canonical(agent.addresses[0])}{shown}",
        kind=KIND,
        template="team-ask",
        facts=AskFacts(
            now=now,
            brand=desk.rules.partner.brand,
            why=effect.why,
            text=effect.text,
            token=token,
            told=effect.told,
            title=effect.title,
            ticket=asked_ticket(conn, desk, effect.ticket),
            beside=_beside(desk, effect.beside, WallClock.of(desk.rules, now)),
            doing=effect.doing,
            words=effect.words,
            shows=effect.shows,
            links=links(desk, token, effect),
        ),
        to=Mailbox(agent.name, agent.addresses[0]),
        token=token,
        mark=f"{arrival:x}q{shown.replace(':', '.')}",
        answerable=True,
        ticket=effect.ticket,
        entry=effect.beside.entry if effect.beside else None,
        thread=effect.ticket or 0,
    )
    queue(conn, desk.partner, team_mail(desk, mail, now), now)


def _tell(conn: Connection, desk: Desk, effect: Ask, agent: Agent, arrival: int, now: datetime) -> None:
    address = agent.addresses[0]
    if team.told_since(conn, desk.partner, address, now - WITHIN) >= _MOST_TOLD:
        # A program that answers each mail without saying so would be answered for ever.
        _log.warning("agent-told-often", agent=agent.id, why=effect.why)
        return
    # One mail may have several things to be told.
    what = hashlib.sha256(repr((effect.title, effect.why, effect.told)).encode()).hexdigest()[:8]
    news = News(
        effect.why,
        effect.told,
        effect.title,
        effect.text,
        effect.ticket,
        shows=effect.shows,
        orders=effect.orders,
        waits=effect.waits,
    )
    tell(conn, desk, agent, news, f"told:{arrival}:{canonical(address)}:{what}", f"{arrival:x}q.{what}", now)


@dataclass(frozen=True, slots=True)
class News:
    """What an agent is told: why, in these lines under that title, his words, and the ticket; what happened by day.

    It `shows` what somebody else wrote, with what that is; `orders` are commands about the ticket to reply with.
    A reply is an answer about the arrival that `waits`. It is news of the `incident` of that number, 0 for none.
    """

    why: str
    told: tuple[str, ...] = ()
    title: str = ""
    text: str = ""
    ticket: int | None = None
    days: tuple[Day, ...] = ()
    shows: tuple[str, str] | None = None
    orders: tuple[str, ...] = ()
    waits: int | None = None
    incident: int = 0


def tell(conn: Connection, desk: Desk, agent: Agent, news: News, key: str, mark: str, now: datetime) -> None:
    """Put a mail into the outbox that tells an agent what became of one of his; what he answers is a note.

    Where a mail waits on, he answers about that.
    """
    address, us = agent.addresses[0], desk.rules.partner.address
    purpose, about = (Purpose.CONFIRMATION, news.waits) if news.waits else (Purpose.NOTICE, news.ticket or 0)
    token = desk.token(purpose, about, address, now)
    facts = AskFacts(
        now=now,
        brand=desk.rules.partner.brand,
        why=news.why,
        text=news.text,
        told=news.told,
        title=news.title,
        ticket=asked_ticket(conn, desk, news.ticket),
        days=news.days,
        shows=news.shows,
        token=token if news.waits else "",
        links=tuple(
            (label, begun(desk.reply_to(token), us, token, f"Re: {news.title}", word))
            for word, label in (
                _SEND_OR_DROP if news.waits else {f"#{one}": one.capitalize() for one in news.orders}
            ).items()
        ),
    )
    mail = TeamMail(
        key=key,
        kind=KIND,
        template="team-ask",
        facts=facts,
        to=Mailbox(agent.name, address),
        token=token,
        mark=mark,
        answerable=news.waits is not None,
        ticket=news.ticket,
        thread=news.ticket or 0,
        incident=news.incident,
    )
    queue(conn, desk.partner, team_mail(desk, mail, now), now)


def room_for_others(conn: Connection, desk: Desk, agent: Agent, now: datetime) -> int:
    """Return about how many more mails from addresses that are not his an agent may be asked."""
    asked = team.asked_of_others(conn, desk.partner, agent.addresses[0], own_addresses(agent), now - _A_DAY)
    return MOST_OF_OTHERS - asked


def own_addresses(agent: Agent) -> frozenset[str]:
    """Return the addresses that an agent writes from, as they are compared."""
    return frozenset(map(canonical, agent.addresses))


def _may_ask(conn: Connection, desk: Desk, agent: Agent, arrival: int, now: datetime) -> bool:
    """Return whether one more question may go to him: somebody who writes in his name must not flood him.

    Beyond so many in an hour he is told once that more waits, and so are those who are told of what is kept apart. Of
    what is not from his address far fewer do; the rest stands in a list (`postponed`), and he is asked on a tap.
    """
    address = agent.addresses[0]
    writer, wanted = quarantine.writer_and_listed(conn, arrival)
    if writer not in own_addresses(agent) and not wanted and room_for_others(conn, desk, agent, now) <= 0:
        return False
    asked = team.asked_since(conn, desk.partner, address, now - WITHIN)
    if asked == MOST_AN_HOUR:
        many = (
            f"{MOST_AN_HOUR} mails in your name wait for your yes since an hour ago, and more have come.",
            "You are asked about those later; `mailbot quarantine list` on the server shows them meanwhile.",
            "If they are not yours, somebody writes in your name: tell whoever runs the desk.",
        )
        # It counts among what he was asked, so that it is told once.
        key, mark = f"ask:many:{canonical(address)}:{now:%Y%m%d%H}", f"{now:%Y%m%d%H}m"
        tell(conn, desk, agent, News(many[0], many, "More mail in your name waits"), key, mark, now)
        text = (
            f"more than {MOST_AN_HOUR} mails in {agent.name}'s name wait for a yes; more is asked about later: "
            "`mailbot quarantine list` shows them."
        )
        desk.tell(conn, NoticeKind.QUARANTINED, urgent=True, text=text, now=now)
    return asked < MOST_AN_HOUR


def _beside(desk: Desk, other: Given | None, clock: WallClock) -> tuple[str, str] | None:
    """Return who answered when, and in which words."""
    if other is None:
        return None
    how = "called the customer" if other.by_phone else "answered"
    return f"{writer_of(desk, other)} {how} at {clock.time(other.at)}", other.words


def asked_ticket(conn: Connection, desk: Desk, number: int | None) -> AskedTicket | None:
    """Return the ticket of that number as a question names it, None for none."""
    named = team.named(conn, desk.partner, number) if number else None
    if number is None or named is None:
        return None
    tenant = desk.rules.tenant_by_id(named.tenant)
    person = f"{named.requester_name} ({named.requester})" if named.requester_name else named.requester
    return AskedTicket(number, named.subject, f"{person} at {tenant.name}" if tenant else person)


def links(desk: Desk, token: str, effect: Ask) -> tuple[tuple[str, str], ...]:
    """Return the label and the address of each link that begins an answer."""
    to, us = desk.reply_to(token), desk.rules.partner.address
    first = {"send": "Send it as text"} if effect.told else {"send": "Send it"} if effect.shows else {"yes": "Yes"}
    labels = {**first, **{word: word.capitalize() for word, _ in effect.words if word.isalpha()}, **_LAST}
    return tuple((label, begun(to, us, token, f"Re: {word}", word)) for word, label in labels.items())
