"""Text in `format=flowed` (RFC 3676): soft line breaks are undone, per quote depth."""

from __future__ import annotations

import re

_QUOTES = re.compile(r"(>*)( ?)(.*)")


def join(text: str, *, delete_space: bool = False) -> str:
    """Return the text with flowed lines joined; `delete_space` is the DelSp parameter (section 4.2)."""
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        found = _QUOTES.match(line)
        marks, content = (found[1], found[3]) if found else ("", line)
        flowing = content.endswith(" ") and content != "-- "
        if paragraph and (len(marks) != depth or content == "-- "):
            out.append(_line(depth, paragraph))
            paragraph = []
        depth = len(marks)
        paragraph.append(content[:-1] if flowing and delete_space else content)
        if not flowing:
            out.append(_line(depth, paragraph))
            paragraph = []
    if paragraph:
        out.append(_line(depth, paragraph))
    return "\n".join(out)


def _line(depth: int, paragraph: list[str]) -> str:
    content = "".join(paragraph)
    return f"{'>' * depth} {content}".rstrip(" ") if depth else content
