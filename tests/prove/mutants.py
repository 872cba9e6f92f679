"""Messages, damaged: what transport, odd software and attackers do to mail, a seed at a time.

Each mutant is made by one to three kinds of damage and follows from the seed, the message's name and a number alone, so
that one of them can be made again without the others.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

Damage = Callable[[bytes, random.Random, bytes], bytes]
"""Takes the octets, the chance, and the octets of another message."""

_FIELD = re.compile(rb"^[!-9;-~]{1,80}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n", re.MULTILINE)
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_BOUNDARY = re.compile(rb'(?i)boundary="?([^"\r\n;]{1,70})')
_CHARSET = re.compile(rb"(?i)(charset\s*=\s*\"?|=\?)([a-z0-9_.:-]{1,40})")
_ENCODING = re.compile(rb"(?i)(content-transfer-encoding:[ \t]*)([^\r\n]{0,40})")
_TYPE = re.compile(rb"(?i)(content-type:[ \t]*)([a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60})")
_FROM = re.compile(rb"(?im)^from:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_CHARSETS = (
    b"utf-7 utf-8 utf-16 utf-32-le iso-2022-jp iso-2022-kr hz gb18030 big5 euc-jp windows-1252 koi8-r idna punycode"
    b" unicode-escape raw_unicode_escape rot13 base64 zip uu mbcs unknown-8bit x-none cp65001 shift_jis us-ascii"
).split()
_ENCODINGS = b"base64 quoted-printable x-uuencode 7bit 8bit binary x-none BASE64; quoted_printable".split()
_TYPES = (
    b"text/plain text/html multipart/mixed multipart/report multipart/alternative multipart/digest message/rfc822"
    b" message/partial message/external-body message/delivery-status text/calendar application/ms-tnef text/enriched"
).split()
_INSERTED = (b"\x00", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\r\r\n", b"\n\r", b"\x0b", b"\x0c", b"\x1a", b"\x85",
             b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xff", b"\x1b$B", b"+ADw-",
             b"\xe2\x80\xae")  # fmt: skip
_RUNS = (b"A", b" ", b"\t", b"(", b")", b"<", b">", b"@", b",", b'"', b"\\", b";", b"=", b"\x00", b"\xff", b"\r\n",
         b"\n", b"\r", b"--", b"=?utf-8?q?", b"=?utf-8?b?QQ==?= ", b"=\r\n", b"a@b.example, ", b"<a@b.example> ",
         b"<div>", b"</p><p>", b"<blockquote>", b"<!--", b"&#x41;", b"> ", b"\r\n>", b"On a day x wrote:\r\n",
         b"Received: from a by b; x\r\n", b"X-A: b\r\n", b"\r\n ", b"-- \r\n", b"filename*0*=a; ", b"begin 644 a\r\n",
         b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", b"Content-Type: message/rfc822\r\n\r\n",
         b"http://a.example/", b"+1 617 555 0100 ", b"\xe4\xbd\xa0")  # fmt: skip
_LARGEST_RUN_EXPONENT = 20
_IN_ADDRESSES = (b"<", b">", b"@", b",", b";", b":", b'"', b"\\", b"(", b")", b"=?utf-8?q?a=40b.example?=", b"\x00",
                 b"\r\n ", b"\r\n", b"\r", b" ", b".", b"\t", b"<a@b.example>", b"a@b.example", b", c@d.example",
                 b"group:", b"@a.example,@b.example:", b"[127.0.0.1]", b"\xc3\xa9", b"\xef\xbc\xa0", b"\xff", b"%",
                 b"!",
                 b"(a@b.example)", b'"c@d.example" ', b"\xe2\x80\x8b", b"xn--", b"=40", b"&#64;",
                 b"mailto:")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged message; `name` says of which message, the how-manieth, and what was done to it."""

    name: str
    raw: bytes


def mutant(name: str, raw: bytes, other: bytes, number: int, seed: int) -> Mutant:
    """Return the mutant of that number; `other` is a message that it may be joined with."""
    chance = random.Random(f"{seed} {name} {number}")
    done = chance.choices(list(_KINDS), k=chance.choice((1, 1, 2, 3)))
    for kind in done:
        raw = _KINDS[kind](raw, chance, other)
    return Mutant(f"{name} {number} ({', '.join(done)})", raw)


def _flipped(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    octets = bytearray(raw)
    for _ in range(chance.choice((1, 3, 10, 100)) if octets else 0):
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(octets)


def _randomised(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    start, end = _span(raw, chance, 200)
    return raw[:start] + chance.randbytes(end - start) + raw[end:]


def _truncated(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    at = _place(raw, chance)
    return raw[:at] if chance.random() < 0.8 else raw[at:]


def _lines_repeated(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    start, end = _span(lines, chance, 20)
    at = chance.choice((end, _place(lines, chance)))
    return b"".join([*lines[:at], *lines[start:end], *lines[at:]])


def _lines_dropped(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    start, end = _span(lines, chance, 20)
    return b"".join([*lines[:start], *lines[end:]])


def _lines_shuffled(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    start, end = _span(lines, chance, 20)
    some = lines[start:end]
    chance.shuffle(some)
    return b"".join([*lines[:start], *some, *lines[end:]])


def _field_repeated(raw: bytes, chance: random.Random, other: bytes) -> bytes:
    """Repeat a field, or add the one that another message has by that name."""
    found = _some_field(raw, chance)
    if found is None:
        return raw
    wanted = found[0].partition(b":")[0].lower()
    foreign: list[bytes] = [one for one in _FIELD.findall(_head(other)) if one.partition(b":")[0].lower() == wanted]
    at = chance.choice((0, found.start(), found.end()))
    return raw[:at] + chance.choice([bytes(found[0]), *foreign]) + raw[at:]


def _field_dropped(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    found = _some_field(raw, chance)
    return raw[: found.start()] + raw[found.end() :] if found else raw


def _field_name_damaged(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    found = _some_field(raw, chance)
    if found is None:
        return raw
    at = found.start() + chance.randint(0, found[0].index(b":"))
    return raw[:at] + chance.choice((b" ", b"\t", b":", b"\x00", b"\r\n", b"\xff", b"_")) + raw[at:]


def _from_damaged(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    found = _FROM.search(raw)
    if found is None:
        return raw
    value = bytearray(found[0])
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(5, len(value))
        end = start + (chance.random() < 0.3)
        value[start:end] = chance.choice(_IN_ADDRESSES)
    return raw[: found.start()] + value + raw[found.end() :]


def _boundary_damaged(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    found = _BOUNDARY.search(raw)
    if found is None:
        return raw
    boundary = found[1]
    marks = [one.start() for one in re.finditer(re.escape(b"--" + boundary), raw)]
    how = chance.randrange(5)
    if how == 0 or not marks:
        at = found.start(1) + chance.randint(0, len(boundary))
        return raw[:at] + chance.choice((b"x", b" ", b'"', b"\r\n ", b"=", b"\xff")) + raw[at:]
    at = chance.choice(marks)
    end = at + 2 + len(boundary)
    if how == 1:
        return raw[:at] + raw[end:]
    if how == 2:
        return raw[: end - chance.randint(1, len(boundary))] + raw[end:]
    if how == 3:
        return raw[:end] + b"--" + raw[end:]
    # One boundary for all, which ends the outer part inside the inner one.
    return _BOUNDARY.sub(lambda one: one[0].replace(one[1], boundary), raw)


def _swap(pattern: re.Pattern[bytes], values: list[bytes]) -> Damage:
    """Return the damage that puts another value behind what the pattern's first group matches, once or everywhere."""

    def swapped(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
        found: list[re.Match[bytes]] = list(pattern.finditer(raw))
        if not found:
            return raw
        one, value = chance.choice(found), chance.choice(values)
        if chance.random() < 0.5:
            return raw[: one.start(2)] + value + raw[one.end(2) :]
        return pattern.sub(rb"\g<1>" + value, raw)

    return swapped


def _spliced(raw: bytes, chance: random.Random, other: bytes) -> bytes:
    how = chance.randrange(3)
    if how == 0:
        return raw[: _place(raw, chance)] + other[_place(other, chance) :]
    if how == 1:
        return _head(raw) + other[len(_head(other)) :]
    at, (start, end) = _place(raw, chance), _span(other, chance, 4_000)
    return raw[:at] + other[start:end] + raw[at:]


def _octets_inserted(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 5, 40))):
        at = _place(raw, chance)
        raw = raw[:at] + chance.choice(_INSERTED) + raw[at:]
    return raw


def _line_ends_changed(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    ends = chance.choice(((b"\n",), (b"\r",), (b"\r\n",), (b"\r\r\n",), (b"\n", b"\r", b"\r\n")))
    return re.sub(rb"\r\n|\r|\n", lambda _: chance.choice(ends), raw)


def _run_inserted(raw: bytes, chance: random.Random, _other: bytes) -> bytes:
    token = chance.choice(_RUNS)
    octets = 1 << chance.randint(6, _LARGEST_RUN_EXPONENT)
    at = _place(raw, chance)
    return raw[:at] + token * (octets // len(token)) + raw[at:]


_KINDS: dict[str, Damage] = {
    "octets flipped": _flipped,
    "octets at random": _randomised,
    "truncated": _truncated,
    "lines repeated": _lines_repeated,
    "lines dropped": _lines_dropped,
    "lines shuffled": _lines_shuffled,
    "field repeated": _field_repeated,
    "field dropped": _field_dropped,
    "field name damaged": _field_name_damaged,
    "From damaged": _from_damaged,
    "boundary damaged": _boundary_damaged,
    "charset swapped": _swap(_CHARSET, _CHARSETS),
    "encoding swapped": _swap(_ENCODING, _ENCODINGS),
    "type swapped": _swap(_TYPE, _TYPES),
    "spliced": _spliced,
    "octets inserted": _octets_inserted,
    "line ends changed": _line_ends_changed,
    "run inserted": _run_inserted,
}


def _head(raw: bytes) -> bytes:
    found = _EMPTY_LINE.search(raw)
    return raw[: found.end()] if found else raw


def _some_field(raw: bytes, chance: random.Random) -> re.Match[bytes] | None:
    found = list(_FIELD.finditer(_head(raw)))
    return chance.choice(found) if found else None


def _place(items: bytes | list[bytes], chance: random.Random) -> int:
    """Return a place, in half of the cases near the beginning, where the header section is."""
    return chance.randint(0, min(len(items), chance.choice((2_000, len(items)))))


def _span(items: bytes | list[bytes], chance: random.Random, most: int) -> tuple[int, int]:
    start = _place(items, chance)
    return start, min(len(items), start + chance.randint(1, most))
