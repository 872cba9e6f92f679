"""Pages: each is a row of the outbox for one pager of one agent, and leaves by that pager or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.paging import SENT_AS, Page, PageKind
from mailbot.desk import Desk
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.reading.model import Mailbox
from mailbot.render.among import PagedFacts
from mailbot.rules import Agent, Pager, Rules
from mailbot.store import changes, given, outbox
from mailbot.store.outbox import Audience, NewMail, OutboxState, UnsentMail

LASTS = timedelta(minutes=30)
"""A page comes within this time or not at all."""
TRIED_FOR = timedelta(minutes=2)
"""So does one that is only a trial: nobody is to be woken by it later."""
_UNSENT = {OutboxState.EXPIRED: "nothing took it in time"}
_HAPPENED = {OutboxState.UNCLEAR: "may have arrived or not"}
_NAMES = {"plain": "webhook", "ntfy": "ntfy", "slack": "Slack", "pagerduty": "PagerDuty"}
_PRIORITY = 3
_MARK_CHARACTERS = 32


def queue_page(  # noqa: PLR0913 - all that tells a page and its mail from others
    conn: Connection,
    desk: Desk,
    agent: Agent,
    number: int,
    page: Page,
    now: datetime,
    *,
    key: str,
    ticket: int | None = None,
    token: str = "",
) -> int | None:
    """Put a page for the agent's pager of that number, from 1 on, into the outbox; return the row's number.

    `key` tells this page from all others to that pager; asking twice is asking once, and None is returned. Where it is
    a mail, a reply to it bears the `token`, "" for none. Raise IndexError where he has no such pager, UnwritableMail
    where the mail cannot be written.
    """
    pager = agent.pager[number - 1]
    key = f"{key}:{receiver(agent, number)}"
    if pager.mail:
        return write_to(conn, desk, pager.mail, page, now, key=key, ticket=ticket, token=token)
    mark = _mark(key)
    mail = NewMail(
        key=f"page:{key}",
        kind=SENT_AS[page.kind],
        audience=Audience.PAGER,
        recipient=receiver(agent, number),
        message_id=desk.message_id(mark, SENT_AS[page.kind]),
        raw=replace(page, id=mark).to_json(),
        ticket_id=ticket,
        may_repeat=True,
        priority=_PRIORITY,
        expires_at=now + _lasts(page),
    )
    return outbox.queue(conn, desk.partner, mail, now)


def write_to(
    conn: Connection,
    desk: Desk,
    address: str,
    page: Page,
    now: datetime,
    *,
    key: str,
    ticket: int | None = None,
    token: str = "",
) -> int | None:
    """Put a page into the outbox as a mail to an address of one of us, as `queue_page` does; raise UnwritableMail."""
    mail = TeamMail(
        key=f"page:{key}",
        kind=SENT_AS[page.kind],
        template="team-page",
        facts=PagedFacts(page.at, desk.rules.partner.brand, page.kind, page.text, page.ok),
        to=Mailbox("", address),
        token=token or _mark(key),
        mark=SENT_AS[page.kind],
        answerable=bool(token),
        ticket=ticket,
        priority=_PRIORITY,
    )
    return outbox.queue(conn, desk.partner, replace(team_mail(desk, mail, now), expires_at=now + _lasts(page)), now)


def _mark(key: str) -> str:
    """Return what is the same for the same key, and of a length that an id can have."""
    return hashlib.sha256(key.encode()).hexdigest()[:_MARK_CHARACTERS]


def _lasts(page: Page) -> timedelta:
    return TRIED_FOR if page.kind is PageKind.TEST else LASTS


def receiver(agent: Agent, number: int) -> str:
    """Return how a pager is named as the recipient of a page."""
    return f"{agent.id}/{number}"


def named(rules: Rules, recipient: str) -> str:
    """Return how people speak of a page's recipient: "Dana, by ntfy (2)", or its address where it is nobody's now."""
    for agent in rules.agent:
        for number, pager in enumerate(agent.pager, 1):
            if recipient in {receiver(agent, number), pager.mail}:
                return f"{agent.name}, by {way_of(pager)} ({number})"
    return recipient


def way_of(pager: Pager) -> str:
    """Return by what a pager pages, in a word."""
    return "mail" if pager.mail else _NAMES[pager.form] if pager.webhook else "command"


def tell_of_unsent(conn: Connection, desk: Desk, mail: UnsentMail, now: datetime, why: str = "") -> None:
    """Note that a page did not arrive, and `why`: in its ticket's log, and for those who are told.

    About what is no page nothing is noted, nor about a trial, of which whoever asked for it is told; and that an
    outage was seen is news only in time.
    """
    if mail.kind != SENT_AS[PageKind.OUTAGE]:
        return
    why = why or given.said_of(conn, mail.id) or _UNSENT.get(mail.state, str(mail.state))
    what = f"the page for {named(desk.rules, mail.recipient)} {_HAPPENED.get(mail.state, 'did not arrive')}: {why}"
    if mail.ticket_id is not None:
        changes.remark(conn, mail.ticket_id, author="mailbot", reason=what, now=now)
    text = f"{what}. Next: `mailbot oncall test` tries each pager."
    desk.tell(conn, NoticeKind.FAILED_PAGE, urgent=True, text=text, ticket_id=mail.ticket_id, now=now)
