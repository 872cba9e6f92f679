"""Mails to customers, written one for each recipient: what agents answer, and what we tell them by ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailbot.deciding.compose import Content, OutgoingMail, compose
from mailbot.deciding.tenants import is_listed
from mailbot.desk import Desk
from mailbot.reading.fields.messageid import is_safe
from mailbot.reading.model import Mailbox
from mailbot.store.outbox import Audience, NewMail
from mailbot.store.relays import Answered

_NOTHING = Answered("", None, ())


@dataclass(frozen=True, slots=True)
class CustomerMail:
    """One mail to one customer, before it is written.

    `key` tells it from all others and `kind` is what the outbox calls it. Its Message-ID begins with `head`, which is
    the recipient's token where there is one, and is told from others by `mark`. `answered` is what it follows. `sender`
    is the name in From, "" for the brand's; `others` are who else gets it. `automatic` is None where a person of ours
    wrote it (RFC 3834 section 5).
    """

    key: str
    kind: str
    recipient: str
    content: Content
    head: str
    mark: str
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
    message_id = f"{mail.head}.{mail.mark}@{desk.domain}"
    raw = compose(
        OutgoingMail(
            from_=Mailbox(mail.sender or partner.brand, partner.address),
            to=Mailbox("", mail.recipient),
            cc=tuple(Mailbox("", other) for other in mail.others),
            content=mail.content,
            message_id=message_id,
            date=now,
            in_reply_to=answered.message_id if answered.message_id and is_safe(answered.message_id) else None,
            references=tuple(one for one in answered.references if desk.may_refer(one, mail.recipient)),
            reply_to=desk.reply_to(mail.head) if mail.answerable else None,
            language=mail.language,
            auto_submitted=mail.automatic,
        )
    )
    return NewMail(
        key=mail.key,
        kind=mail.kind,
        audience=Audience.CUSTOMER,
        recipient=mail.recipient,
        message_id=message_id,
        raw=raw,
        reverse_path=desk.automatic_reverse_path() if mail.automatic else partner.address,
        ticket_id=mail.ticket,
        may_repeat=mail.may_repeat,
        priority=mail.priority,
        listed=is_listed(mail.recipient, desk.rules),
    )
