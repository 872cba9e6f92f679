"""Reminding our own people of an incident that lasts and of which none of us has said anything for a day.

It is one mail to those who were told that it began, sorted beside that, and where nobody is told by notices, to the
agents who act for all customers and are there. It comes once a day of silence at most, however long the desk stood
still, and in opening hours: a word of ours to all begins the day anew, the end ends it. It comes as well where no
ticket waits, since the status page goes on saying that something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.commands.onincident import IncidentStep
from mailbot.deciding.agents.taps import begun
from mailbot.deciding.agents.team import author_in_words, by_relay
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.incidents import Incident
from mailbot.deciding.incidents.forgotten import remind_at
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.duty import who_is_there
from mailbot.desk.mails.incidentmails import what_is_wrong
from mailbot.desk.mails.teammail import NOTICE_PRIORITY, TeamMail, team_mail
from mailbot.figures import saying
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Mailbox
from mailbot.render import AskFacts
from mailbot.store import incidents
from mailbot.store.incidents import SaidOf, WaitingFor
from mailbot.store.outbox import queue

_log = structlog.get_logger(__name__)

# Behind the first one goes on writing.
_LINKS = {"Tell all what is new": f"{IncidentStep.UPDATE} ", "It is over": IncidentStep.RESOLVE}


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `remind` has something to do, None for nothing."""
    return min((_due_at(desk, one, now) for one in incidents.said_of(conn, desk.partner)), default=None)


def remind(conn: Connection, desk: Desk, now: datetime) -> None:
    """Remind our own people of each incident of which nothing was said for a day."""
    for one in incidents.said_of(conn, desk.partner):
        found = incidents.incident(conn, desk.partner, one.number)
        if found is None or _due_at(desk, one, now) > now:
            continue
        waiting = incidents.waiting_for(conn, desk.partner, one.number)
        for mailbox in _readers(conn, desk, now):
            try:
                mail = team_mail(desk, _mail(desk, found, waiting, mailbox, now), now)
            except UnwritableMail as error:
                _log.error("notice-unwritable", recipient=mailbox.address, reason=str(error))
            else:
                queue(conn, desk.partner, mail, now)
        incidents.note_reminded(conn, one.number, now)


def _due_at(desk: Desk, one: SaidOf, now: datetime) -> datetime:
    return remind_at(one.spoken_of_at, one.reminded_at, now, opening_hours(desk.rules, None))


def _readers(conn: Connection, desk: Desk, now: datetime) -> Iterator[Mailbox]:
    yield from (Mailbox("", address) for address in desk.rules.notify.addresses)
    if not desk.rules.notify.addresses and by_relay(desk.rules):
        team = [one for one in desk.rules.agent if not one.outsourced and not one.tenants]
        yield from (Mailbox(one.name, one.addresses[0]) for one in who_is_there(conn, desk, team, now))


def _mail(desk: Desk, found: Incident, waiting: WaitingFor, to: Mailbox, now: datetime) -> TeamMail:
    token = desk.token(Purpose.NOTICE, 0, to.address, now)
    what = what_is_wrong(desk, found.title, found.playbook, desk.rules.locale(None))
    title = f"Nothing said for {saying.days(now - found.spoken_of_at)}: incident {found.number}, {what}"
    lines = tuple(_lines(desk, found, waiting, now))
    address, us = desk.reply_to(token), desk.rules.partner.address
    links = ((label, f"#incident {found.number} {begins}") for label, begins in _LINKS.items())
    return TeamMail(
        key=f"forgotten:{found.number}:{now:%Y%m%d%H%M%S}:{canonical(to.address)}",
        kind="notice",
        template="team-ask",
        facts=AskFacts(
            now=now,
            brand=desk.rules.partner.brand,
            why=lines[1],
            token=token,
            # In plain text each stands for itself.
            told=tuple(chain.from_iterable((line, "") for line in lines))[:-1],
            title=title,
            links=tuple((label, begun(address, us, token, f"Re: {title}", words)) for label, words in links),
        ),
        to=to,
        token=token,
        mark=f"{found.number:x}i{now:%Y%m%d%H%M%S}",
        incident=found.number,
        priority=NOTICE_PRIORITY,
    )


def _lines(desk: Desk, found: Incident, waiting: WaitingFor, now: datetime) -> Iterator[str]:
    clock = WallClock.of(desk.rules, now)
    since = f"It is open since {clock.instant(found.opened_at)}"
    if len(found.updates) > 1:
        last = found.updates[-1]
        who = author_in_words(last.author, desk.rules)
        yield f"{since}. The last word to all was on {clock.instant(last.at)}{f', by {who}' if who else ''}."
    else:
        yield f"{since}, and nothing was said to all since then."
    whose = "1 customer" if waiting.customers == 1 else f"{waiting.customers} customers"
    if not waiting.tickets:
        page = ", but your status page goes on telling of it" if desk.rules.site.folder else ""
        yield f"No open ticket waits on it{page}."
    elif waiting.tickets == 1:
        yield f"1 ticket of {whose} waits on it. Nobody is called about it, and it is neither reminded nor closed."
    else:
        tickets = f"{waiting.tickets} tickets of {whose} wait on it"
        yield f"{tickets}. Nobody is called about them, and they are neither reminded nor closed."
    command = f"#incident {found.number}"
    yield (
        f"Reply with “{command} update” and what is new, or with “{command} resolve” if it is over. "
        "You see first what goes to whom. Without an answer this comes again in a day."
    )
