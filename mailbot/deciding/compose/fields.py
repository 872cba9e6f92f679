"""Header fields as lines of a mail: RFC 5322, RFC 2047 and RFC 2231, folded at 78, ASCII only.

No value can bring a field of its own: CR, LF, NUL and every other control character in
a value becomes a space before anything else happens, and ids that are not plainly ids
are left out. What cannot be written at all (an address that SMTP could not carry) is refused with `UnwritableMail`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailbot.errors import MailbotError, quoted
from mailbot.reading.fields.address import a_label
from mailbot.reading.model import Mailbox

_LINE = 78
_WORD = 75  # RFC 2047 section 2: an encoded-word, delimiters included
_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_ID = 200

_CONTROLS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_LONG_WORD = re.compile(r"[^ ]{60}")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_QUOTED_LOCAL = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')
_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@(?:[A-Za-z0-9.\-]+|\[[A-Za-z0-9.:\-]+\])")
_ATTRIBUTE_CHAR = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~"
)  # RFC 2231 section 7


class UnwritableMail(MailbotError):
    """This mail cannot be written: its text says which value is to blame."""


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


def text_field(name: str, value: str) -> str:
    """Return an unstructured field (RFC 5322 section 2.2.1), folded, encoded where it must be."""
    text = _one_line(value)
    if text.isascii() and "=?" not in text and not _LONG_WORD.search(text):
        return folded(f"{name}:", text.split(" "))
    return folded(f"{name}:", _encoded_words(text, _LINE - len(name) - 2))


def address_field(name: str, *mailboxes: Mailbox) -> str:
    """Return an address field (RFC 5322 section 3.6.3), each mailbox on a line of its own; there is at least one."""
    used = [len(name) + 2, *(2 for _ in mailboxes[1:])]
    written = [_mailbox(room, mailbox.name, mailbox.address) for room, mailbox in zip(used, mailboxes, strict=True)]
    return f"{name}:" + ",\r\n".join(written)


@lru_cache(maxsize=256)
def _mailbox(used: int, display_name: str, address: str) -> str:
    """Return a mailbox (RFC 5322 section 3.4) to stand after `used` characters of its line."""
    written = addr_spec(address)
    name = _one_line(display_name)
    if not name:
        return folded("", [written], used)
    if not name.isascii() or "=?" in name or _LONG_WORD.search(name):
        words = _encoded_words(name, _LINE - used)
    elif _PLAIN_PHRASE.fullmatch(name):
        words = name.split(" ")
    else:
        words = ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']
        if len(words[0]) > _LINE - used:
            words = _encoded_words(name, _LINE - used)
    return folded("", [*words, f"<{written}>"], used)


def folded(start: str, words: list[str], used: int = 0) -> str:
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


def parameter(name: str, value: str) -> str:
    """Return a parameter of a Content field, folded, with the semicolon that parts it from what stands before.

    A value beyond ASCII, or longer than a line, is written in sections (RFC 2231 section 4.1), no character
    split between two. The value has no control characters.
    """
    quoted_value = re.sub(r'(["\\])', r"\\\1", value)
    if value.isascii() and "=?" not in value and len(name) + len(quoted_value) + 4 < _LINE:
        return f';\r\n {name}="{quoted_value}"'
    sections: list[str] = []
    current = "utf-8''"
    for character in value:
        piece = _percent(character)
        if len(name) + len(current) + len(piece) + 8 > _LINE:
            sections.append(current)
            current = ""
        current += piece
    sections.append(current)
    return "".join(f";\r\n {name}*{number}*={section}" for number, section in enumerate(sections))


def _percent(character: str) -> str:
    octets = character.encode("utf-8", "replace")
    return "".join(chr(octet) if octet in _ATTRIBUTE_CHAR else f"%{octet:02X}" for octet in octets)
