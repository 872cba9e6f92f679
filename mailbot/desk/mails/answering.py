"""Automatic answers to customers: what is said by itself, to whom, and what it follows; no word of a sender's is in it.

The facts are the desk's own, and the recipient is the only thing of the message that stands in its answer, besides the
Message-IDs by which mail programs thread.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import Answer, AnswerKind
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.customermail import CustomerMail, customer_mail, minute, ticket_facts, worded
from mailbot.desk.mails.incidentmails import what_is_wrong
from mailbot.desk.mails.offering import offer_facts, with_form
from mailbot.reading.fields.messageid import is_safe
from mailbot.reading.model import Message
from mailbot.render import AnswerFacts
from mailbot.rules import Severity, Tenant
from mailbot.store.outbox import NewMail
from mailbot.store.relays import Answered

_PRIORITY = {AnswerKind.EMERGENCY: 0}
_USUAL_PRIORITY = 50


def answer_mail(
    desk: Desk, answer: Answer, ticket: int, arrival: Arrival, message: Message, now: datetime, *, held: bool = False
) -> NewMail:
    """Return the automatic answer to this arrival as a mail for the outbox; it waits for people if it is `held`.

    Raise UnwritableMail when the recipient's address cannot be written to.
    """
    token = desk.token(Purpose.CUSTOMER, ticket, answer.recipient, now)
    message_id = desk.message_id(token, f"{arrival.id:x}{answer.kind[0]}")
    mail = answer_under(desk, answer, ticket, message_id, _follows(message), now)
    return replace(mail, key=f"answer:{arrival.id}:{answer.kind}", held=held or desk.rules.answers.outgoing == "hold")


def answer_under(
    desk: Desk, answer: Answer, ticket: int, message_id: str, answered: Answered, now: datetime
) -> NewMail:
    """Return the automatic answer under this Message-ID of ours, which begins with the recipient's token.

    Its key is that id. Raise UnwritableMail.
    """
    tenant = desk.rules.tenant_by_id(answer.tenant)
    token = message_id.partition(".")[0]
    offer = offer_facts(desk, answer.offer, token)
    facts = replace(_answer_facts(desk, answer, tenant, ticket, now), offer=offer)
    locale = replace(desk.rules.locale(tenant), language=answer.language)
    mail = CustomerMail(
        key=message_id,
        kind=str(answer.kind),
        recipient=answer.recipient,
        content=with_form(desk, worded(desk, f"customer-{answer.kind}", facts, locale), offer),
        message_id=message_id,
        priority=_PRIORITY.get(answer.kind, _USUAL_PRIORITY),
        answered=answered,
        ticket=ticket,
        language=answer.language,
        automatic="auto-replied",
        may_repeat=answer.kind is AnswerKind.EMERGENCY,
    )
    return replace(customer_mail(desk, mail, now), expires_at=answer.expires_at, period=answer.period)


def _follows(message: Message) -> Answered:
    """Return what an answer to the message follows: nothing if the message has no id that can be named."""
    if not message.message_id or not is_safe(message.message_id):
        return Answered("", None, ())
    return Answered("", message.message_id, (*message.references, message.message_id))


def _answer_facts(desk: Desk, answer: Answer, tenant: Tenant | None, ticket: int, now: datetime) -> AnswerFacts:
    locale, known = desk.rules.locale(tenant), answer.known
    return replace(
        ticket_facts(desk, tenant, ticket, answer.emergency_number, now),
        known=what_is_wrong(desk, known.title, known.playbook, locale) if known else "",
        known_at=minute(known.opened_at) if known else None,
        # Who hears of an incident hears when there is news of that.
        promised_at=answer.promised_at and minute(answer.promised_at) if known is None else None,
        opens_at=answer.opens_at,
        critical=answer.severity is Severity.CRITICAL,
        companies=answer.choices,
        status_page=desk.rules.status_page_url(tenant, answer.language),
        size_limit=desk.rules.limits.message_bytes if answer.too_large else 0,
    )
