"""What lies in a winmail.dat, in which Outlook and Exchange hand on files to others of their kind (MS-OXTNEF).

Most mail programs cannot open it, so that people ask the sender for the files once more. The names of the files are
read, so that our own people know what they lack; the files themselves stay in the parcel. Of its forms of the text the
plain one is read, for a mail that has no other. Attributes are type, length and value: each is stepped over once, their
number is bounded, and what does not fit ends the reading.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.reading.text import charsets

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
NAME = "winmail.dat"
MAX_FILES = 100
_MAX_ATTRIBUTES = 10_000
_MAX_NAME = 1_000
_MAX_TEXT = 1 << 20
_START = b"\x78\x9f\x3e\x22"
_HEAD = struct.Struct("<BII")
_CHECKSUM_OCTETS = 2
_PAGE, _BODY, _FILE, _TITLE, _PROPERTIES = 0x00069007, 0x0002800C, 0x00069002, 0x00018010, 0x00069005

_LONG_NAME, _STRING, _UNICODE = 0x3707, 0x1E, 0x1F
_VARIABLE = {0x0D, _STRING, _UNICODE, 0x0102}
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY, _FIRST_NAMED, _GUID_OCTETS = 0x1000, 0x8000, 16
_TWO_WORDS, _WORD = struct.Struct("<HH"), struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Parcel:
    """The names of the files in it, as written, and its plain text."""

    names: tuple[str, ...] = ()
    text: str = ""


def read(octets: bytes) -> Parcel:
    """Return what lies in the parcel as far as it can be read; never raises, linear in the length."""
    charset, text = "", ""
    names: list[str] = []
    for kind, value in _attributes(octets):
        if kind == _PAGE and len(value) >= _WORD.size:
            charset = f"cp{_WORD.unpack_from(value)[0]}"
        elif kind == _BODY:
            text = _plain(value[:_MAX_TEXT], charset)
        elif kind == _FILE:
            if len(names) >= MAX_FILES:
                break
            names.append("")
        elif kind == _TITLE and names:
            names[-1] = names[-1] or _plain(value[:_MAX_NAME], charset)
        elif kind == _PROPERTIES and names:
            names[-1] = _long_name(value, charset) or names[-1]
    return Parcel(tuple(name for name in names if name), text)


def _attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(_START) + 2
    if not octets.startswith(_START):
        return
    for _ in range(_MAX_ATTRIBUTES):
        if at + _HEAD.size > len(octets):
            return
        _, kind, length = _HEAD.unpack_from(octets, at)
        at += _HEAD.size
        if at + length > len(octets):
            return
        yield kind, octets[at : at + length]
        at += length + _CHECKSUM_OCTETS


def _plain(octets: bytes, charset: str) -> str:
    return charsets.decode(octets.partition(b"\0")[0], charset)[0].strip()


def _long_name(octets: bytes, charset: str) -> str:
    """Return the name among the properties of a file (MsgPropertyList), "" where none is found."""
    try:
        (count,) = _WORD.unpack_from(octets)
        at = _WORD.size
        for _ in range(min(count, _MAX_ATTRIBUTES)):
            kind, name = _TWO_WORDS.unpack_from(octets, at)
            at = _after_name(octets, at + _TWO_WORDS.size, name)
            number, at = _number(octets, at, kind)
            size = _FIXED.get(kind & ~_MANY)
            if size is not None:
                at += size * number
            for _ in range(number if size is None else 0):
                (length,) = _WORD.unpack_from(octets, at)
                at += _WORD.size
                if name == _LONG_NAME:
                    written = octets[at : at + min(length, _MAX_NAME)]
                    return _plain(written, charset) if kind == _STRING else _wide(written)
                at += _padded(length)
    except struct.error:
        return ""
    return ""


def _after_name(octets: bytes, at: int, name: int) -> int:
    """Return where a property's value begins: those above 0x8000 bear a name of their own before it."""
    if name < _FIRST_NAMED:
        return at
    at += _GUID_OCTETS
    kind, more = _WORD.unpack_from(octets, at)[0], _WORD.unpack_from(octets, at + _WORD.size)[0]
    return at + 2 * _WORD.size + (_padded(more) if kind == 1 else 0)


def _number(octets: bytes, at: int, kind: int) -> tuple[int, int]:
    """Return how many values a property has, and where they begin; raise struct.error for a kind that is unknown."""
    if kind & ~_MANY not in _FIXED and kind & ~_MANY not in _VARIABLE:
        raise struct.error
    if kind in _FIXED:
        return 1, at
    (number,) = _WORD.unpack_from(octets, at)
    # Each takes at least four octets.
    if number > len(octets) // _WORD.size:
        raise struct.error
    return number, at + _WORD.size


def _wide(octets: bytes) -> str:
    return octets.decode("utf-16-le", "replace").partition("\0")[0].strip()


def _padded(length: int) -> int:
    return -(-length // 4) * 4
