"""An outgoing mail as octets: the same mail is always the same octets.

The standard library's EmailMessage is not used: it takes most of the time of a whole
answer, chooses its boundary at random, and lets the version of Python decide the folding.
Written here is the small part of RFC 5322 and RFC 2045 to 2047 that our mails need: one text
part, or text and HTML as alternatives, in UTF-8.

No value can bring a header field of its own: CR, LF, NUL and every other control character in
a header value becomes a space before anything else happens, and ids that are not plainly ids
are left out. What cannot be written at all (an address that SMTP could not carry, a
Message-ID with a space) is refused with `UnwritableMail`, for that one mail.

Nothing names the software: no User-Agent, no X-Mailer, and a boundary that is only a hash.
There is no Precedence field either: RFC 3834 and Exchange go by the two fields that are written.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from mailbot.errors import MailbotError, quoted
from mailbot.reading.fields.address import a_label
from mailbot.reading.model import Mailbox

_LINE = 78
_WORD = 75  # RFC 2047 section 2: an encoded-word, delimiters included
_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_ID = 200
_REFERENCES = 20

_CONTROLS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_TEXT_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
_NEEDS_QP = re.compile(rb"(?:^|\n)From |[ \t]\r")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_LONG_WORD = re.compile(r"[^ ]{60}")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_QUOTED_LOCAL = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')
_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@(?:[A-Za-z0-9.\-]+|\[[A-Za-z0-9.:\-]+\])")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


class UnwritableMail(MailbotError):
    """This mail cannot be written: its text says which value is to blame."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says, encoded: its Subject field, and its parts with their header fields, plainest first."""

    subject: str
    parts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one person. `message_id`, `in_reply_to` and `references` come without <>.

    `date` is aware. `auto_submitted` None means a
    person wrote it (RFC 3834 section 5).
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


def content_of(subject: str, text: str, html: str | None = None) -> Content:
    """Return what a mail is to say, encoded; without `html` it is text alone."""
    parts = (_part("plain", text),) if html is None else (_part("plain", text), _part("html", html))
    return Content(_text_field("Subject", subject), parts)


def compose(mail: OutgoingMail) -> bytes:
    """Return the mail as octets: CRLF only, ASCII only, no line over 998 octets, folded at 78.

    References beyond 20 keep the first and the latest. Ids of others that are not well-formed
    are left out. Raise UnwritableMail when the date is naive, our own Message-ID is not
    well-formed, or an address is not one.
    """
    if mail.date.tzinfo is None:
        raise UnwritableMail("the date of an outgoing mail needs a time zone")
    if not is_message_id(mail.message_id):
        raise UnwritableMail(f"{quoted(mail.message_id)} is no Message-ID")
    lines = [
        _address_field("From", mail.from_),
        _address_field("To", mail.to),
        mail.content.subject,
        f"Date: {format_datetime(mail.date)}",
        _folded("Message-ID:", [f"<{mail.message_id}>"]),
    ]
    if mail.in_reply_to is not None and is_message_id(mail.in_reply_to):
        lines.append(_folded("In-Reply-To:", [f"<{mail.in_reply_to}>"]))
    references = [f"<{reference}>" for reference in mail.references if is_message_id(reference)]
    if references:
        if len(references) > _REFERENCES:
            references = [references[0], *references[1 - _REFERENCES :]]
        lines.append(_folded("References:", references))
    if mail.reply_to is not None:
        lines.append(_address_field("Reply-To", mail.reply_to))
    if mail.auto_submitted is not None:
        lines.append(f"Auto-Submitted: {mail.auto_submitted}")
        lines.append("X-Auto-Response-Suppress: All")
    if _LANGUAGE.fullmatch(mail.language):
        lines.append(f"Content-Language: {mail.language}")
    lines.append("MIME-Version: 1.0")
    head = "\r\n".join(lines).encode("ascii") + b"\r\n"
    parts = mail.content.parts
    return head + (parts[0] if len(parts) == 1 else _alternative(mail.message_id, *parts))


def is_message_id(value: str) -> bool:
    """Tell whether this is a Message-ID without <> that is safe to write, 200 octets at most."""
    return len(value) <= _ID and _MESSAGE_ID.fullmatch(value) is not None


def addr_spec(address: str) -> str:
    """Return the address as SMTP carries it: the local part as it is, the domain in A-labels.

    Raise UnwritableMail for what is no address, and for a local part beyond ASCII, which only
    SMTPUTF8 (RFC 6531) could carry and which the next relay may not know.
    """
    local, _, domain = address.rpartition("@")
    host = a_label(domain)
    if not (_DOT_ATOM.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)) or not host or domain != domain.strip():
        raise UnwritableMail(f"no mail can be sent to {quoted(address)}")
    written = f"{local}@{host}"
    if len(written) > _ADDRESS:
        raise UnwritableMail(f"the address {quoted(address[:40])}… is too long")
    return written


def _one_line(value: str) -> str:
    """Return the value with every run of control characters and line ends as one space."""
    return _CONTROLS.sub(" ", value).strip(" ")


def _text_field(name: str, value: str) -> str:
    """Return an unstructured field (RFC 5322 section 2.2.1), folded, encoded where it must be."""
    text = _one_line(value)
    if text.isascii() and "=?" not in text and not _LONG_WORD.search(text):
        return _folded(f"{name}:", text.split(" "))
    return _folded(f"{name}:", _encoded_words(text, _LINE - len(name) - 2))


def _address_field(name: str, mailbox: Mailbox) -> str:
    return f"{name}:{_mailbox(len(name) + 2, mailbox.name, mailbox.address)}"


@lru_cache(maxsize=256)
def _mailbox(used: int, display_name: str, address: str) -> str:
    """Return a mailbox (RFC 5322 section 3.4) to stand after `used` characters of its line."""
    written = addr_spec(address)
    name = _one_line(display_name)
    if not name:
        return _folded("", [written], used)
    if not name.isascii() or "=?" in name or _LONG_WORD.search(name):
        words = _encoded_words(name, _LINE - used)
    elif _PLAIN_PHRASE.fullmatch(name):
        words = name.split(" ")
    else:
        words = ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']
        if len(words[0]) > _LINE - used:
            words = _encoded_words(name, _LINE - used)
    return _folded("", [*words, f"<{written}>"], used)


def _folded(start: str, words: list[str], used: int = 0) -> str:
    """Join the words with spaces, with CRLF SP instead where a line would pass 78."""
    pieces = [start]
    length = len(start) + used
    for word in words:
        if length + 1 + len(word) > _LINE and length > 1 and pieces[-1] != start:
            pieces.append("\r\n ")
            length = 1
        else:
            pieces.append(" ")
            length += 1
        pieces.append(word)
        length += len(word)
    return "".join(pieces)


def _encoded_words(text: str, first: int) -> list[str]:
    """Return encoded-words (RFC 2047) of at most 75 characters, the first of at most `first`.

    Only letters and digits stay as they are, so that a word may stand in a display name, too
    (section 5, rule 3). No character is split between two words.
    """
    words: list[str] = []
    room = min(first, _WORD) - 12
    current: list[str] = []
    for character in text:
        piece = _q(character)
        if len(piece) > room:
            words.append("".join(current))
            current = []
            room = _WORD - 12
        current.append(piece)
        room -= len(piece)
    words.append("".join(current))
    return [f"=?utf-8?q?{word}?=" for word in words]


@lru_cache(maxsize=1024)
def _q(character: str) -> str:
    if character == " ":
        return "_"
    if character.isascii() and character.isalnum():
        return character
    return "".join(f"={octet:02X}" for octet in character.encode("utf-8", "replace"))


def _part(subtype: str, text: str) -> bytes:
    """Return a text part with its header fields: 7bit where that is safe, else quoted-printable.

    The text ends with one line end; other control characters than tab and line end are left out.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    octets = (
        lines.encode("utf-8", "replace").translate(None, _TEXT_CONTROLS).rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    )
    encoding = "7bit"
    if not octets.isascii() or _NEEDS_QP.search(octets) or max(map(len, octets.split(b"\r\n"))) > _LINE:
        encoding = "quoted-printable"
        octets = b2a_qp(octets, quotetabs=False, istext=True)
        if b"From " in octets:
            # Mailbox files and some gateways write ">" before a line that starts so; the break keeps it under 76.
            octets = re.sub(rb"(^|\n)From ", rb"\1=46rom =\r\n", octets)
    charset = "us-ascii" if encoding == "7bit" else "utf-8"
    fields = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return fields.encode("ascii") + octets


def _alternative(message_id: str, *parts: bytes) -> bytes:
    """Return the parts, plainest first, as multipart/alternative (RFC 2046 section 5.1.4)."""
    seed = message_id
    boundary = b"=_" + sha256(seed.encode("ascii")).hexdigest()[:32].encode("ascii")
    while any(boundary in part for part in parts):
        seed += "+"
        boundary = b"=_" + sha256(seed.encode("ascii")).hexdigest()[:32].encode("ascii")
    opening = b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n'
    return (
        opening + b"".join(b"\r\n--" + boundary + b"\r\n" + part for part in parts) + b"\r\n--" + boundary + b"--\r\n"
    )
