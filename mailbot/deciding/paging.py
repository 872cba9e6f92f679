"""A page: the few words that somebody of us reads on a telephone at night, and what a receiver needs besides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_CHARACTERS = 140
"""As long as a page may be, so that one text message holds it."""


class PageKind(StrEnum):
    """What a page is for: a customer's outage, that somebody has seen it, trouble of mailbot's own, a trial."""

    OUTAGE = "outage"
    SEEN = "seen"
    ALARM = "alarm"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Page:
    """What is said by each pager of whoever is called: one line, `text`, of at most MOST_CHARACTERS.

    `key` is the same for all pages of one spell, so that receivers that can do so update or end the former ones by it.
    `ok` is a mailto: link to a mail that says that it was seen, "" where nothing is to be said. `at` is when it was
    written, aware.
    """

    kind: PageKind
    text: str
    key: str
    at: datetime
    ok: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no page."""
        if not self.text.strip() or not self.text.isprintable() or len(self.text) > MOST_CHARACTERS:
            raise ValueError(f"a page is one line of at most {MOST_CHARACTERS} characters")
        if self.at.tzinfo is None:
            raise ValueError("a page is written at an instant with a zone")

    def to_json(self) -> bytes:
        """Return the octets that stand for it."""
        said = {"kind": self.kind, "text": self.text, "key": self.key, "at": self.at.isoformat(), "ok": self.ok}
        return json.dumps(said, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, octets: bytes) -> Page:
        """Return the page that these octets stand for; raise ValueError where they stand for none."""
        said = json.loads(octets)
        if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
            raise ValueError("no page")
        try:
            return cls(
                kind=PageKind(said["kind"]),
                text=said["text"],
                key=said["key"],
                at=datetime.fromisoformat(said["at"]),
                ok=said["ok"],
            )
        except KeyError as error:
            raise ValueError(f"a page without {error}") from error


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return the text as one line of at most so many characters, cut at a word where it was longer."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return f"{cut.rpartition(' ')[0].rstrip(' ,;:.') or cut}…"
