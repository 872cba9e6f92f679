"""Pages: each is a row of the outbox for one pager of one agent, and leaves by that pager or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.deciding.compose import OutgoingMail, compose, content_of
from mailbot.deciding.paging import Page, PageKind, takes_an_end
from mailbot.desk import Desk
from mailbot.reading.model import Mailbox
from mailbot.rules import Agent
from mailbot.store import outbox
from mailbot.store.outbox import Audience, NewMail

KIND = "page"
LASTS = timedelta(minutes=30)
"""A page comes within this time or not at all."""
_PRIORITY = 3
_MARK_CHARACTERS = 32


def queue_page(
    conn: Connection,
    desk: Desk,
    agent: Agent,
    number: int,
    page: Page,
    now: datetime,
    *,
    key: str,
    ticket: int | None = None,
) -> int | None:
    """Put a page for the agent's pager of that number, from 1 on, into the outbox; return the row's number.

    `key` tells this page from all others to that pager; asking twice is asking once, and None is returned, as it is
    for a page that only says that another was seen where the pager could do nothing with it but ring. Raise IndexError
    where he has no such pager.
    """
    pager = agent.pager[number - 1]
    if page.kind is PageKind.SEEN and not takes_an_end(pager):
        return None
    key = f"page:{key}:{receiver(agent, number)}"
    mark = hashlib.sha256(key.encode()).hexdigest()[:_MARK_CHARACTERS]
    message_id = desk.message_id(mark, KIND)
    mail = NewMail(
        key=key,
        kind=KIND,
        audience=Audience.TEAM if pager.mail else Audience.PAGER,
        recipient=pager.mail or receiver(agent, number),
        message_id=message_id,
        raw=_as_mail(desk, pager.mail, page, message_id) if pager.mail else replace(page, id=mark).to_json(),
        reverse_path=desk.automatic_reverse_path() if pager.mail else "",
        ticket_id=ticket,
        may_repeat=True,
        priority=_PRIORITY,
        expires_at=now + LASTS,
        listed=True,
    )
    return outbox.queue(conn, desk.partner, mail, now)


def receiver(agent: Agent, number: int) -> str:
    """Return how a pager is named as the recipient of a page."""
    return f"{agent.id}/{number}"


def _as_mail(desk: Desk, address: str, page: Page, message_id: str) -> bytes:
    """Return the page as a mail; raise UnwritableMail."""
    partner = desk.rules.partner
    return compose(
        OutgoingMail(
            from_=Mailbox(partner.brand, partner.address),
            to=Mailbox("", address),
            content=content_of(page.text, page.text),
            message_id=message_id,
            date=page.at,
            auto_submitted="auto-generated",
        )
    )
