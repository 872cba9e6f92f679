"""Messages of others that a person passes on: what says so, and what an attached one contains.

They are kept apart from the sender's own words and from quotations: they are what the mail is about, but somebody
else wrote them, and whoever that was has nothing to do with who wrote this mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.reading.fields import headers
from mailbot.reading.parts import structure
from mailbot.reading.parts.body import read_body
from mailbot.reading.parts.structure import Part
from mailbot.reading.quotation.quotemarks import field_of, header_block, is_field, is_forwarding, is_separator

_SUBJECT = re.compile(
    r"(?i)\s*(?:\[[^\]]{1,30}\]\s*){0,3}(?:fwd?|wg|tr|rv|enc|reenv|i|doorst|vb|vl|pd|ilt|i̇lt|továbbítás|vidarebef|πρθ"
    r"|转发|轉寄|転送|전달)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]"
)
_HEAD = "---------- Forwarded message ----------"
_MAX_MESSAGES = 3
_MAX_TEXT = 64 << 10
_FIELDS = ("From", "Date", "Subject")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_AROUND_A_NAME = " \t\"'<>[]()*_"
_LOOKED_AT = 20
_FOLDED = 3


@dataclass(frozen=True, slots=True)
class Original:
    """What was forwarded: whom it says it is from ("" where it does not say), its subject, and its own words."""

    name: str
    address: str
    subject: str
    words: str


def says_forwarded(subject: str) -> bool:
    """Return whether the subject begins as mail programs begin it when they forward."""
    return bool(_SUBJECT.match(subject[:200]))


def begins_at(lines: list[str], start: int, *, by_subject: bool) -> bool:
    """Return whether what is introduced at this line was forwarded rather than quoted.

    The line itself may say so. If only the subject does, it must be a separator or a header block, not "Ann wrote:".
    """
    if is_forwarding(lines[start]):
        return True
    return by_subject and (
        is_separator(lines, start) or (is_field(lines[start]) and header_block(lines, start) == start)
    )


def attached(root: Part) -> str:
    """Return what the first messages say that are attached (message/rfc822), as if they stood in the text.

    Those that a server returns in its reports are not meant, and none that lie within others.
    """
    found = [part for part in root.leaves() if part.type == "message/rfc822" and part.parent != "multipart/report"]
    return "\n\n".join(filter(None, map(_told, found[:_MAX_MESSAGES])))


def _told(part: Part) -> str:
    octets = part.octets()
    section = headers.split(octets)
    text = read_body(structure.read_tree(octets, section)[0]).text[:_MAX_TEXT]
    fields = [f"{name}: {value}" for name in _FIELDS if (value := " ".join(section.text(name.lower()).split())[:500])]
    return "\n".join([_HEAD, *fields, "", text]).rstrip() if fields or text else ""


def original(forwarded: str) -> Original:
    """Return what the first message that is forwarded there says of itself; nothing of it proves anything."""
    lines = [line.removeprefix("\ufeff") for line in _unmarked(forwarded.split("\n"))]
    start = next(
        (number for number in range(min(len(lines), _LOOKED_AT)) if header_block(lines, number) == number), None
    )
    if start is None:
        return Original("", "", "", forwarded.strip())
    fields, end = _head(lines, start)
    sender = fields.get("from", "")
    found = _ADDRESS.search(sender)
    name = sender[: found.start()].strip(_AROUND_A_NAME) if found else ""
    words = "\n".join(line.removeprefix("\ufeff") for line in lines[end:]).strip()
    return Original(name, found[0] if found else "", " ".join(fields.get("subject", "").split()), words)


def _unmarked(lines: list[str]) -> list[str]:
    """Return the lines without the mark of a quotation that all but the first few bear."""
    marked = [number for number, line in enumerate(lines) if line.startswith(">")]
    if not marked or any(line.strip() and not line.startswith(">") for line in lines[marked[0] :]):
        return lines
    return [*lines[: marked[0]], *(re.sub(r"^> ?", "", line) for line in lines[marked[0] :])]


def _head(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """Return the fields of the header block that begins there, and the number of the line below it."""
    fields: dict[str, str] = {}
    folded = 0
    for number in range(start, len(lines)):
        found = field_of(lines[number])
        if found:
            fields.setdefault(*found)
        elif lines[number].strip():
            folded += 1
            if folded > _FOLDED:
                return fields, number
        elif number + 1 >= len(lines) or not is_field(lines[number + 1]):
            return fields, number
    return fields, len(lines)
