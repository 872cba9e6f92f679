"""The header section: fields in their order, cut apart by octets, unfolded when asked for.

Line ends may be CRLF, LF or CR. A line that is no field and no continuation ends the section,
as in every mail program; but a field name followed by space is skipped, because readers
disagree on whether it counts (RFC 5322 section 4.5 lets old software write it), and so is a
stray line between fields that are beyond doubt. All limits are far above real mail; what
lies beyond them is left out and noted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailbot.reading.charsets import decode
from mailbot.reading.encodedwords import decode_words

_FIELD = re.compile(rb"([!-9;-~]{1,200}):[ \t]*")
_SPACED_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}[ \t]+:")
_KNOWN_FIELD = re.compile(
    rb"(?i)(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|mime-version|reply-to|sender"
    rb"|in-reply-to|references|content-[a-z-]+|x-[a-z0-9-]+|list-[a-z-]+|authentication-results|dkim-signature):"
)
_MBOX_LINE = re.compile(rb">?From [^\r\n]*(?:\r\n|\r|\n)")
_FOLD = re.compile(r"(?:\r\n|\r|\n)(?=[ \t])")
_MAX_SECTION = 4 << 20
_MAX_FIELDS = 10_000
_MAX_VALUE = 1 << 20


@dataclass(slots=True)
class HeaderSection:
    """Fields as (lower-case name, raw octets of the value), topmost first.

    `charset` is what raw eight-bit octets are read as when they are no UTF-8. `body_at` is the
    offset of the first octet after the section and its empty line.
    """

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    body_at: int = 0
    charset: str = ""
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

    def first(self, name: str) -> str:
        """Return the topmost value of a field, unfolded; empty when there is none."""
        values = self._index.get(name)
        return self.unfold(values[0]) if values else ""

    def text(self, name: str) -> str:
        """Return the topmost value with encoded words decoded; empty when there is none."""
        return decode_words(self.first(name))

    def unfold(self, value: bytes) -> str:
        """Return the value on one line (RFC 5322 section 2.2.3)."""
        text = value.decode("ascii") if value.isascii() else decode(value, self.charset)[0]
        return _FOLD.sub("", text).strip(" \t\r\n") if "\n" in text or "\r" in text else text.strip(" \t")


def split(raw: bytes) -> HeaderSection:
    """Read the header section at the start of `raw`; never raises."""
    section = HeaderSection()
    position = _start(raw)
    name, parts, size = "", [], 0
    skipping = False

    def close() -> None:
        if name:
            section.add(name, b"".join(parts).rstrip(b"\r\n"))

    for line, start, end in _lines(raw, position):
        if not line.strip(b"\r\n"):
            position = end
            break
        if line[:1] in b" \t":
            if name and not skipping and size < _MAX_VALUE:
                parts.append(line)
                size += len(line)
            elif not name and not skipping:
                section.defects.append("first header line is a continuation")
            position = end
            continue
        found = _FIELD.match(line)
        if found:
            close()
            name, parts, size, skipping = found[1].decode("ascii").lower(), [line[found.end() : _MAX_VALUE]], 0, False
            if len(section.fields) >= _MAX_FIELDS:
                name, skipping = "", True
        elif _SPACED_NAME.match(line) or (section.fields or name) and _KNOWN_FIELD.match(raw, end):
            close()
            name, parts, skipping = "", [], True
            section.defects.append("line in the header section that is no field")
        else:
            section.defects.append("no empty line between header section and body")
            position = start
            break
        position = end
        if position > _MAX_SECTION:
            section.defects.append("header section too large")
            break
    close()
    if len(section.fields) >= _MAX_FIELDS:
        section.defects.append("too many header fields")
    section.body_at = position
    return section


def _start(raw: bytes) -> int:
    """Skip a byte order mark, empty lines before a field, and the separator lines of mbox files."""
    position = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    stripped = position
    while raw[stripped : stripped + 1] in (b"\r", b"\n") and stripped < position + 64:
        stripped += 1
    if stripped > position and (_FIELD.match(raw, stripped) or _MBOX_LINE.match(raw, stripped)):
        position = stripped
    while separator := _MBOX_LINE.match(raw, position):
        position = separator.end()
    return position


_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def _lines(raw: bytes, position: int):  # type: ignore[no-untyped-def]
    """Yield (line with its end, start, end)."""
    while position < len(raw):
        found = _LINE.match(raw, position)
        if found is None:
            return
        yield found[0], position, found.end()
        position = found.end()
