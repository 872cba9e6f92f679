"""Messages of others that a person passes on: what says so, and what an attached one contains.

They are kept apart from the sender's own words and from quotations: they are what the mail is about, but somebody
else wrote them, and whoever that was has nothing to do with who wrote this mail.
"""

from __future__ import annotations

import re

from mailbot.reading.fields import headers
from mailbot.reading.parts import structure
from mailbot.reading.parts.body import read_body
from mailbot.reading.parts.structure import Part
from mailbot.reading.quotation.quotemarks import header_block, is_field, is_forwarding, is_separator

_SUBJECT = re.compile(
    r"(?i)\s*(?:\[[^\]]{1,30}\]\s*){0,3}(?:fwd?|wg|tr|rv|enc|reenv|i|doorst|vb|vl|pd|ilt|i̇lt|továbbítás|vidarebef|πρθ"
    r"|转发|轉寄|転送|전달)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]"
)
_HEAD = "---------- Forwarded message ----------"
_MAX_MESSAGES = 3
_MAX_TEXT = 64 << 10
_FIELDS = ("From", "Date", "Subject")


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
