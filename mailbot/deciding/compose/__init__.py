"""An outgoing mail as octets: the same mail is always the same octets.

The standard library's EmailMessage is not used: it takes most of the time of a whole
answer, chooses its boundary at random, and lets the version of Python decide the folding.
Written here is the small part of RFC 5322 and RFC 2045 to 2047 that our mails need:

    fields    header fields, from values that cannot bring fields of their own
    parts     a text, HTML beside it, pictures in the HTML, files

What cannot be written at all (an address that SMTP could not carry, a
Message-ID with a space) is refused with `UnwritableMail`, for that one mail.

Nothing names the software: no User-Agent, no X-Mailer, and boundaries that are only hashes.
There is no Precedence field either: RFC 3834 and Exchange go by the two fields that are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from io import BytesIO
from typing import Literal

from mailbot.deciding.compose.fields import (
    UnwritableMail,
    addr_spec,
    address_field,
    folded,
    is_message_id,
)
from mailbot.deciding.compose.parts import Content, content_of, written_body
from mailbot.errors import quoted
from mailbot.reading.model import File, Mailbox

__all__ = [
    "Content",
    "File",
    "OutgoingMail",
    "UnwritableMail",
    "addr_spec",
    "compose",
    "content_of",
    "is_message_id",
]

_REFERENCES = 20
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one person. `message_id`, `in_reply_to` and `references` come without <>.

    `cc` are others who get the same words, each in a mail of their own: the field shows them, and brings this
    mail to nobody. `date` is aware. `auto_submitted` None means a person wrote it (RFC 3834 section 5).
    """

    from_: Mailbox
    to: Mailbox
    content: Content
    message_id: str
    date: datetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: Mailbox | None = None
    language: str = "en"
    auto_submitted: Literal["auto-replied", "auto-generated"] | None = None
    cc: tuple[Mailbox, ...] = ()


def compose(mail: OutgoingMail) -> bytes:
    """Return the mail as octets: CRLF only, ASCII only, no line over 998 octets, folded at 78.

    References beyond 20 keep the first and the latest. Ids of others that are not well-formed
    are left out. Raise UnwritableMail when the date is naive, our own Message-ID or a Content-ID is not
    well-formed, or an address is not one. Beside the mail itself, no more than a few KiB of memory are taken
    for its files.
    """
    if mail.date.tzinfo is None:
        raise UnwritableMail("the date of an outgoing mail needs a time zone")
    if not is_message_id(mail.message_id):
        raise UnwritableMail(f"{quoted(mail.message_id)} is no Message-ID")
    out = BytesIO()
    out.write("\r\n".join(_header(mail)).encode("ascii") + b"\r\n")
    out.writelines(written_body(mail.content, mail.message_id))
    return out.getvalue()


def _header(mail: OutgoingMail) -> list[str]:
    """Return the fields of the header section, without those that tell what the body is."""
    lines = [address_field("From", mail.from_), address_field("To", mail.to)]
    if mail.cc:
        lines.append(address_field("Cc", *mail.cc))
    lines += [
        mail.content.subject,
        f"Date: {format_datetime(mail.date)}",
        folded("Message-ID:", [f"<{mail.message_id}>"]),
    ]
    if mail.in_reply_to is not None and is_message_id(mail.in_reply_to):
        lines.append(folded("In-Reply-To:", [f"<{mail.in_reply_to}>"]))
    references = [f"<{reference}>" for reference in mail.references if is_message_id(reference)]
    if references:
        if len(references) > _REFERENCES:
            references = [references[0], *references[1 - _REFERENCES :]]
        lines.append(folded("References:", references))
    if mail.reply_to is not None:
        lines.append(address_field("Reply-To", mail.reply_to))
    if mail.auto_submitted is not None:
        lines += [f"Auto-Submitted: {mail.auto_submitted}", "X-Auto-Response-Suppress: All"]
    if _LANGUAGE.fullmatch(mail.language):
        lines.append(f"Content-Language: {mail.language}")
    lines.append("MIME-Version: 1.0")
    return lines
