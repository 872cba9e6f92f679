"""The header section: fields in their order, cut apart by octets, unfolded when asked for.

Line ends may be CRLF, LF or CR. A line that is no field and no continuation ends the section,
as in every mail program; but a field name followed by space is skipped, because readers
disagree on whether it counts (RFC 5322 section 4.5 lets old software write it), and so is a
stray line between fields that are beyond doubt. All limits are far above real mail; what
lies beyond them is left out and noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailbot.reading.fields.encodedwords import decode_words, escaped
from mailbot.reading.fields.messageid import message_ids
from mailbot.reading.text.charsets import decode_field

_FIELD = re.compile(rb"([!-9;-~]{1,200}):[ \t]*")
_SPACED_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}[ \t]+:")
_KNOWN_FIELD = re.compile(
    rb"(?i)(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|mime-version|reply-to|sender"
    rb"|in-reply-to|references|content-[a-z-]+|x-[a-z0-9-]+|list-[a-z-]+|authentication-results|dkim-signature):"
)
_ODD_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]*[^:\r\n]{0,200}:[ \t]")
_NO_FIELD = "line in the header section that is no field"
_LOOK_AHEAD = 40
_MANY_STRAYS = 500
_MBOX_LINE = re.compile(rb">?From [^\r\n]*(?:\r\n|\r|\n)")
_UNIX_FROM = re.compile(rb"From [^\r\n]*(?:\r\n|\r|\n)")
_BLANK_LINES = re.compile(rb"(?:[ \t]{0,999}(?:\r\n|\r|\n)){1,20}")
_FOLD = re.compile(r"(?:\r\n|\r|\n)(?=[ \t])")
_MAX_SECTION = 4 << 20
_MAX_FIELDS = 10_000
_MAX_VALUE = 1 << 20


@dataclass(slots=True)
class HeaderSection:
    """Fields as (lower-case name, raw octets of the value), topmost first.

    `charset` is what raw eight-bit octets are read as when they are no UTF-8. `body_at` is the
    offset of the first octet after the section and its empty line. `certain` is how many fields stand above the
    first line that is none, an empty one at the beginning too, where many programs end the section; None without such.
    """

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    body_at: int = 0
    charset: str = ""
    certain: int | None = None
    _index: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, name: str, value: bytes) -> None:
        """Append a field below the others."""
        self.fields.append((name, value))
        self._index.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def count(self, name: str) -> int:
        """Return how often the field stands there."""
        return len(self._index.get(name, ()))

    def all(self, name: str) -> list[str]:
        """Return every value of a field, unfolded, encoded words as they are."""
        return [self.unfold(value) for value in self._index.get(name, ())]

    def exact(self, name: str) -> list[str]:
        """Return every value of a field, unfolded, as UTF-8 whatever `charset` is; other octets as lone surrogates.

        A guessed charset may make an address of octets that are none to everybody else: of EBCDIC, for one.
        """
        return [_on_one_line(value.decode("utf-8", "surrogateescape")) for value in self._index.get(name, ())]

    def is_certain(self, name: str) -> bool:
        """Return whether all fields of that name belong to the section for every reader."""
        return self.certain is None or all(field != name for field, _ in self.fields[self.certain :])

    def first(self, name: str) -> str:
        """Return the topmost value of a field, unfolded; empty when there is none."""
        values = self._index.get(name)
        return self.unfold(values[0]) if values else ""

    def text(self, name: str) -> str:
        """Return the topmost value with encoded words decoded; empty when there is none."""
        return decode_words(self.first(name))

    def unfold(self, value: bytes) -> str:
        """Return the value on one line (RFC 5322 section 2.2.3)."""
        return _on_one_line(value.decode("ascii") if value.isascii() else decode_field(escaped(value), self.charset))


def _on_one_line(text: str) -> str:
    return _FOLD.sub("", text).strip(" \t\r\n") if "\n" in text or "\r" in text else text.strip(" \t")


def answered(section: HeaderSection) -> tuple[str, ...]:
    """Return the ids of the messages that this one answers."""
    return message_ids(section.first("in-reply-to"))


def referred(section: HeaderSection) -> tuple[str, ...]:
    """Return the ids of the messages that this one goes back to, oldest first."""
    return message_ids(" ".join(section.all("references")))


def split(raw: bytes) -> HeaderSection:
    """Read the header section at the start of `raw`; never raises."""
    reader = _Reader(raw)
    position = _start(raw)
    if position and not _UNIX_FROM.fullmatch(raw, 0, position):
        reader.section.certain = 0
    for line, start, end in _lines(raw, position):
        position = end
        if not line.strip(b"\r\n"):
            break
        if not reader.take(line, end):
            position = start
            break
        if position > _MAX_SECTION:
            reader.section.defects.append("header section too large")
            break
    reader.close()
    reader.section.body_at = position
    return reader.section


class _Reader:
    """Gathers lines to fields. `name` is None while lines are skipped or no field has begun."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.section = HeaderSection()
        self.name: str | None = None
        self.parts: list[bytes] = []
        self.size = 0
        self.strays = 0

    def take(self, line: bytes, end: int) -> bool:
        """Add one line; return False when it belongs to the body already."""
        if line[:1] in (b" ", b"\t"):
            self._continue(line)
            return True
        found = _FIELD.match(line)
        if found:
            self._begin(found[1].decode("ascii").lower(), line[found.end() : _MAX_VALUE])
            return True
        self.close()
        if self.section.certain is None:
            self.section.certain = len(self.section.fields)
        self.strays += 1
        if self.strays > _MANY_STRAYS:
            self._note("header section too damaged")
            return False
        if _SPACED_NAME.match(line) or (self.section.fields and _goes_on(self.raw, line, end)):
            self._note(_NO_FIELD)
            return True
        self._note("no empty line between header section and body")
        return False

    def close(self) -> None:
        """End the field at hand."""
        if self.name is not None:
            self.section.add(self.name, b"".join(self.parts).rstrip(b"\r\n"))
        self.name = None

    def _begin(self, name: str, value: bytes) -> None:
        self.close()
        if len(self.section.fields) >= _MAX_FIELDS:
            self._note("too many header fields")
            return
        self.name, self.parts, self.size = name, [value], len(value)

    def _continue(self, line: bytes) -> None:
        if self.name is not None and self.size < _MAX_VALUE:
            self.parts.append(line)
            self.size += len(line)
        elif self.name is None and not self.section.fields:
            self._note("first header line is a continuation")

    def _note(self, text: str) -> None:
        if text not in self.section.defects:
            self.section.defects.append(text)


def _goes_on(raw: bytes, line: bytes, end: int) -> bool:
    """Whether the section continues below a line that is no field.

    It does when a field beyond doubt follows before the empty line, or when the line looks like
    a field with an impossible name and the empty line comes next.
    """
    only_folds = True
    for count, (below, _, _) in enumerate(_lines(raw, end)):
        if not below.strip(b"\r\n"):
            return only_folds and _ODD_NAME.match(line) is not None
        if _KNOWN_FIELD.match(below):
            return True
        only_folds = only_folds and (below[:1] in b" \t" or bool(_ODD_NAME.match(below)))
        if count >= _LOOK_AHEAD:
            break
    return False


def _start(raw: bytes) -> int:
    """Skip a byte order mark, empty lines before a field, and the separator lines of mbox files."""
    position = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    blank = _BLANK_LINES.match(raw, position)
    if blank and (_FIELD.match(raw, blank.end()) or _MBOX_LINE.match(raw, blank.end())):
        position = blank.end()
    while separator := _MBOX_LINE.match(raw, position):
        position = separator.end()
    return position


_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def _lines(raw: bytes, position: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (line with its end, start, end)."""
    while position < len(raw):
        found = _LINE.match(raw, position)
        if found is None:
            return
        yield found[0], position, found.end()
        position = found.end()
