"""Which pictures stand in the text, such as the logo of a signature, rather than being files (RFC 2183, RFC 2392)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from mailbot.reading.parts.structure import Part

MAX_REFERENCES = 2_000
_REFERENCE = re.compile(rb"(?i)\bcid:([^\s\"'<>()&]{1,300})")


def referenced(root: Part) -> frozenset[str]:
    """Return the Content-IDs that the HTML of a message shows, of whichever form of the text; linear in its length."""
    leaves = root.leaves()
    if not any(part.content_id for part in leaves):
        return frozenset()
    found: set[str] = set()
    for part in leaves:
        if part.type != "text/html":
            continue
        for reference in _REFERENCE.finditer(part.octets()):
            found.add(unquote(reference[1].decode("utf-8", "replace")))
            if len(found) >= MAX_REFERENCES:
                return frozenset(found)
    return frozenset(found)


def is_in_text(part: Part, shown: frozenset[str]) -> bool:
    """Whether a reader sees this picture in the text: the HTML refers to it, or it is to stand where it is."""
    if not part.type.startswith("image/"):
        return False
    return part.disposition == "inline" or (bool(part.content_id) and part.content_id in shown)
