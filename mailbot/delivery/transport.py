"""What the courier needs of whatever takes our mail, and the form in which a mail leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from mailbot.errors import PermanentFailure, quoted
from mailbot.reading.fields.address import domain_of

_DIAGNOSTIC_CHARACTERS = 500
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00")
_ADDRESS = re.compile(r'(?:[^\s<>"@\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*")@[^\s<>@\x00-\x1f\x7f]+')


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay's 2yz to the mail: it is the relay's now."""

    code: int
    reply: str


class Transport(Protocol):
    """Something that takes our mail: the relay, or a Maildir in its place."""

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Hand over one mail for one recipient; "" is the null reverse-path.

        Raise PermanentFailure, TransientFailure, RelayUnusable or UnclearResult.
        """

    def rest(self) -> None:
        """Nothing is due at present."""

    def close(self) -> None:
        """Let go of what is open; `submit` may still be called afterwards."""


def check_wire_form(reverse_path: str, recipient: str, raw: bytes) -> None:
    """Raise PermanentFailure for what must not go over the wire: bare CR, LF or NUL, an address that is none."""
    if not _is_clean(raw) and (found := _BARE.search(raw)):
        raise PermanentFailure(f"the mail has a bare CR, LF or NUL at octet {found.start()} and was not sent")
    for address in (recipient, *([reverse_path] if reverse_path else [])):
        if not _ADDRESS.fullmatch(address):
            raise PermanentFailure(f"no mail can be sent with the address {quoted(address)}")


def _is_clean(raw: bytes) -> bool:
    """Return whether every CR and LF is one of a pair, and no NUL is there; counting is far quicker than searching."""
    return raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n") and b"\x00" not in raw


def one_line(text: bytes | str) -> str:
    """Return a reply's text without control characters, shortened to what a log line can bear."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:_DIAGNOSTIC_CHARACTERS]


def with_a_labels(address: str) -> str:
    """Return the address with its domain in ASCII (RFC 5890); "" stays ""."""
    if address.isascii():
        return address
    return f"{address.rpartition('@')[0]}@{domain_of(address)}"


def with_transparency(raw: bytes) -> bytes:
    """Return the octets with a dot more before each line that starts with one, and a CRLF at the end."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return (b"." if raw.startswith(b".") else b"") + stuffed + (b"" if raw.endswith(b"\r\n") or not raw else b"\r\n")
