"""Header text as a person reads it: RFC 2047 encoded words, raw eight-bit octets, no line ends.

Neighbouring encoded words of one charset are joined as octets before decoding, because many
senders cut them in the middle of a character. What decodes to control characters, line ends
above all, becomes a space: a subject must not turn into a header field on its way out.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from mailbot.reading.text.charsets import decode

_START = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
# RFC 2047 allows 75 characters, real mail has a few hundred.
_LONGEST = 4_000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MANY_WORDS = 5_000
_RAW_Q_WORD = re.compile(rb"=\?[^?\s]{1,60}\?[qQ]\?[^?\r\n]{0,4000}\?=")
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")


def decode_words(value: str) -> str:
    """Return the value with its encoded words decoded (RFC 2047 section 6), on one line, trimmed."""
    if "=?" in value:
        value = "".join(_pieces(value))
    return one_line(value)


def escaped(value: bytes) -> bytes:
    """Return the field with raw eight-bit octets of its Q words in the form `=F6` (RFC 2047 section 4.2).

    They are in the charset that the word names, whatever the rest of the field is in.
    """
    return _RAW_Q_WORD.sub(lambda word: _EIGHT_BIT.sub(lambda octet: b"=%02X" % ord(octet[0]), word[0]), value)


def one_line(value: str) -> str:
    """Return the value without control characters and line ends, each run of them one space, trimmed."""
    return _CONTROLS.sub(" ", value).strip() if not value.isprintable() else value.strip()


def _pieces(value: str) -> list[str]:
    """Cut into literal text and decoded runs, dropping the white space between encoded words."""
    out: list[str] = []
    charset, octets, position = "", b"", 0
    for word in _words(value):
        between = value[position : word.start]
        same = word.charset.split("*", 1)[0].lower()
        if between.strip() or not position:
            out += [_text(octets, charset), between]
            charset, octets = same, b""
        elif same != charset:
            out.append(_text(octets, charset))
            charset, octets = same, b""
        octets += _octets(word.encoding, word.text)
        position = word.end
    return [*out, _text(octets, charset), value[position:]]


class _Word(NamedTuple):
    """One `=?charset?encoding?text?=` and where it stands."""

    start: int
    end: int
    charset: str
    encoding: str
    text: str


def _words(value: str) -> Iterator[_Word]:
    """Find encoded words from left to right; each character is looked at a fixed number of times."""
    position = 0
    for _ in range(_MANY_WORDS):
        found = _START.search(value, position)
        end = value.find("?=", found.end()) if found else -1
        if found is None or end == -1:
            return
        if end - found.end() > _LONGEST:
            position = found.end()
            continue
        yield _Word(found.start(), end + 2, found[1], found[2], value[found.end() : end])
        position = end + 2


def _text(octets: bytes, charset: str) -> str:
    return decode(octets, charset)[0] if octets else ""


def _octets(encoding: str, text: str) -> bytes:
    """Undo B or Q; damaged B words give what can be read."""
    raw = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)
    return unbase64(raw)


def unbase64(raw: bytes) -> bytes:
    """Decode base64 as mail programs do: foreign octets skipped, missing padding supplied."""
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        kept = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
