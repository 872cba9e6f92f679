"""Mails to our own people: all of them are written here, each from a template, in English, on the partner's clock.

A mail bears a token that is sealed for its reader, in its Message-ID always, and in Reply-To where a reply to it is
meant to come and sub-addresses reach us. All are automatic (RFC 3834), so that no machine answers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.deciding.compose import File, OutgoingMail, compose, content_of
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk, log_problem
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Mailbox
from mailbot.render import Facts, NoticeFacts, render
from mailbot.store.outbox import Audience, NewMail

URGENT_PRIORITY = 4
"""The place in the queue of what somebody waits for; small numbers go first."""
_URGENT_NOTICE_PRIORITY = 5
NOTICE_PRIORITY = 60
"""The place of what can wait."""


@dataclass(frozen=True, slots=True)
class TeamMail:
    """One mail to one of us, before it is written.

    `key` tells it from all others and `kind` is what the outbox calls it. `mark` stands behind the token in its
    Message-ID. `sender` is the name in From, "" for the brand's; a reply is `answerable` if it is to bear the token.
    `ticket` and `entry` are what it is about, `thread` is the ticket under which mail programs sort it, or
    `burst` that of the radar's, or `incident` the incident, 0 for none.
    """

    key: str
    kind: str
    template: str
    facts: Facts
    to: Mailbox
    token: str
    mark: str
    sender: str = ""
    answerable: bool = False
    ticket: int | None = None
    entry: int | None = None
    thread: int = 0
    burst: int = 0
    incident: int = 0
    files: tuple[File, ...] = ()
    may_repeat: bool = True
    priority: int = URGENT_PRIORITY


def team_mail(desk: Desk, mail: TeamMail, now: datetime) -> NewMail:
    """Return the mail for the outbox; raise UnwritableMail."""
    partner = desk.rules.partner
    rendered = render(desk.templates, mail.template, mail.facts, "en", partner.zone)
    log_problem(rendered.problem)
    message_id = desk.message_id(mail.token, mail.mark)
    raw = compose(
        OutgoingMail(
            from_=Mailbox(mail.sender or partner.brand, partner.address),
            to=mail.to,
            content=content_of(rendered.subject, rendered.text, rendered.html, files=mail.files),
            message_id=message_id,
            date=now,
            references=tuple(f"{head}@{desk.domain}" for head in _threads(mail)),
            reply_to=desk.reply_to(mail.token) if mail.answerable else None,
            auto_submitted="auto-generated",
        )
    )
    return NewMail(
        key=mail.key,
        kind=mail.kind,
        audience=Audience.TEAM,
        recipient=mail.to.address,
        message_id=message_id,
        raw=raw,
        reverse_path=desk.automatic_reverse_path(),
        ticket_id=mail.ticket,
        entry_id=mail.entry,
        may_repeat=mail.may_repeat,
        priority=mail.priority,
        listed=True,
    )


def _threads(mail: TeamMail) -> Iterator[str]:
    """Yield under what mail programs sort it, as the head of a Message-ID."""
    if mail.thread:
        yield f"notices.{mail.thread}"
    if mail.burst:
        yield f"radar.{mail.burst}"
    if mail.incident:
        yield f"incident.{mail.incident}"


def notice_mail(desk: Desk, recipient: str, key: str, facts: NoticeFacts, *, urgent: bool, now: datetime) -> NewMail:
    """Return one mail to one of those who are told, about everything in `facts`; raise UnwritableMail."""
    ticket, incident = _only(item.ticket for item in facts.items), _only(item.incident for item in facts.items)
    mail = TeamMail(
        key=f"{key}:{canonical(recipient)}",
        kind="notice",
        template="team-notice",
        facts=facts,
        to=Mailbox("", recipient),
        token=desk.token(Purpose.NOTICE, ticket, recipient, now),
        mark=f"{key.rpartition(':')[2]}n",
        ticket=ticket or None,
        thread=ticket,
        incident=incident,
        may_repeat=urgent,
        priority=_URGENT_NOTICE_PRIORITY if urgent else NOTICE_PRIORITY,
    )
    return team_mail(desk, mail, now)


def _only(numbers: Iterable[int | None]) -> int:
    """Return the one number that all are, 0 for none."""
    found = set(numbers)
    return (found.pop() or 0) if len(found) == 1 else 0
