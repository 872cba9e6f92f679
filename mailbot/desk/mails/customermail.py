"""Mails to customers, written one for each recipient: what agents answer, and what we tell them by ourselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.team import is_ours
from mailbot.deciding.compose import Content, OutgoingMail, compose
from mailbot.deciding.effects import AnswerKind, Flag
from mailbot.deciding.tenants import is_listed
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk, log_problem
from mailbot.reading.fields.messageid import is_safe
from mailbot.reading.model import Mailbox
from mailbot.render import AnswerFacts
from mailbot.render.filling import written
from mailbot.rules import Locale, Tenant
from mailbot.store import answers, relays
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import Audience, NewMail
from mailbot.store.relays import Answered

_UNASKED = frozenset([answers.REMINDER, answers.SURVEY, answers.SEEN, *AnswerKind])
_A_DAY = timedelta(days=1)
_DOUBTS = frozenset({Flag.AUTHENTICATION_FAILED, Flag.UNCLEAR_SENDER})
_NOTHING = Answered("", None, ())


def has_enough(conn: Connection, desk: Desk, address: str, now: datetime) -> bool:
    """Return whether an address got as much automatic mail as it may within a day."""
    had = answers.automatic_since(conn, desk.partner, address, _UNASKED, now - _A_DAY)
    return had >= desk.rules.answers.per_address_a_day


def may_be_asked(desk: Desk, row: AnyRow, since: datetime) -> bool:
    """Return whether the requester of a ticket may be asked something that nothing of theirs drew.

    Not where a log that was lost may have asked it already, which it could `since` then.
    """
    if desk.restored_at is not None and since <= desk.restored_at:
        return False
    return bool(row.requester) and not is_ours(row.requester, desk.rules) and _DOUBTS.isdisjoint(row.flags)


@dataclass(frozen=True, slots=True)
class CustomerMail:
    """One mail to one customer, before it is written.

    `key` tells it from all others and `kind` is what the outbox calls it. Its Message-ID begins with the recipient's
    token if it is `answerable`. `answered` is what it follows. `sender` is the name in From, "" for the brand's;
    `others` are who else gets it. `automatic` is None where a person of ours wrote it (RFC 3834 section 5).
    """

    key: str
    kind: str
    recipient: str
    content: Content
    message_id: str
    priority: int
    answered: Answered = _NOTHING
    sender: str = ""
    others: tuple[str, ...] = ()
    ticket: int | None = None
    language: str = "en"
    automatic: Literal["auto-replied", "auto-generated"] | None = None
    answerable: bool = True
    may_repeat: bool = False


def customer_mail(desk: Desk, mail: CustomerMail, now: datetime) -> NewMail:
    """Return the mail for the outbox; raise UnwritableMail."""
    partner, answered = desk.rules.partner, mail.answered
    raw = compose(
        OutgoingMail(
            from_=Mailbox(mail.sender or partner.brand, partner.address),
            to=Mailbox("", mail.recipient),
            cc=tuple(Mailbox("", other) for other in mail.others),
            content=mail.content,
            message_id=mail.message_id,
            date=now,
            in_reply_to=answered.message_id if answered.message_id and is_safe(answered.message_id) else None,
            references=tuple(one for one in answered.references if desk.may_refer(one, mail.recipient)),
            reply_to=desk.reply_to(mail.message_id.partition(".")[0]) if mail.answerable else None,
            language=mail.language,
            auto_submitted=mail.automatic,
        )
    )
    return NewMail(
        key=mail.key,
        kind=mail.kind,
        audience=Audience.CUSTOMER,
        recipient=mail.recipient,
        message_id=mail.message_id,
        raw=raw,
        reverse_path=desk.automatic_reverse_path() if mail.automatic else partner.address,
        ticket_id=mail.ticket,
        may_repeat=mail.may_repeat,
        priority=mail.priority,
        listed=is_listed(mail.recipient, desk.rules),
    )


@dataclass(frozen=True, slots=True)
class Unasked:
    """What a mail of ours about a ticket is, that answers nothing: its `template` besides what CustomerMail has.

    `mark` tells its Message-ID from those of others about the ticket, which begins with a token for that `purpose`.
    """

    key: str
    kind: str
    template: str
    mark: str
    priority: int
    purpose: Purpose = Purpose.CUSTOMER


def to_requester(
    conn: Connection, desk: Desk, row: AnyRow, mail: Unasked, facts: AnswerFacts, now: datetime
) -> NewMail:
    """Return a mail to whoever opened a ticket, in its thread, for the outbox; held where the desk holds what it says.

    Raise UnwritableMail.
    """
    locale = desk.rules.locale(desk.rules.tenant_by_id(row.tenant))
    content = worded(desk, mail.template, facts, locale)
    written = replace(in_thread(conn, desk, row, mail, content, now), automatic="auto-generated")
    return replace(customer_mail(desk, written, now), held=desk.rules.answers.outgoing == "hold")


def in_thread(
    conn: Connection, desk: Desk, row: AnyRow, mail: Unasked, content: Content, now: datetime
) -> CustomerMail:
    """Return what goes to whoever opened a ticket, in its thread and as one of us wrote it, with that content."""
    rules = desk.rules
    last = relays.relayed_entry(conn, desk.partner, row.id, ())
    return CustomerMail(
        key=mail.key,
        kind=mail.kind,
        recipient=row.requester,
        content=content,
        message_id=desk.message_id(desk.token(mail.purpose, row.id, row.requester, now), mail.mark),
        priority=mail.priority,
        answered=relays.answered(conn, row.id, last, partial(is_ours, rules=rules)),
        ticket=row.id,
        language=rules.locale(rules.tenant_by_id(row.tenant)).language,
    )


def worded(desk: Desk, name: str, facts: AnswerFacts, locale: Locale) -> Content:
    """Return the texts of the automatic mail `name`, for people of that locale."""
    found = written(desk.templates, name, facts, locale.language, locale.zone)
    log_problem(found.problem)
    return found.content


def ticket_facts(desk: Desk, tenant: Tenant | None, ticket: int, emergency_number: str, now: datetime) -> AnswerFacts:
    """Return what every automatic mail about a ticket may tell this tenant's people."""
    partner, locale = desk.rules.partner, desk.rules.locale(tenant)
    opening = opening_hours(desk.rules, tenant)
    return AnswerFacts(
        now=minute(now),
        brand=partner.brand,
        reference=str(ticket),
        hours=opening.hours,
        signature=partner.signature,
        website=partner.website,
        status_page=desk.rules.status_page_url(tenant),
        emergency_number=emergency_number,
        escalation_phone=partner.phone,
        down_word=desk.rules.answers.down_word,
        country=locale.country,
        name_zone=tenant is None or tenant.zone is None,
        hours_zone=None if opening.zone == locale.zone else opening.zone,
    )


def minute(at: datetime) -> datetime:
    """Return the minute that an instant is in: no mail says more, and answers of one minute are alike."""
    return at.replace(second=0, microsecond=0)
