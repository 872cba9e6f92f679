"""A page: the few words that somebody of us reads on a telephone at night, and what a receiver needs besides.

What goes beyond the alphabet of text messages (3GPP TS 23.038) in somebody's own name stays, nothing of that kind is
added: one such character halves what fits.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum

from mailbot.rules import Pager

MOST_CHARACTERS = 140
"""As long as a page may be, so that one text message holds it."""
CUT = "..."
"""Stands at the end of what was longer."""
_ENDING = frozenset({"plain", "pagerduty"})
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        "\u2026": CUT,
    }
)


class PageKind(StrEnum):
    """What a page is for: a customer's outage, that somebody has seen it, trouble of mailbot's own, a trial."""

    OUTAGE = "outage"
    SEEN = "seen"
    ALARM = "alarm"
    TEST = "test"


SENT_AS = {
    PageKind.OUTAGE: "page",
    PageKind.ALARM: "page",
    PageKind.SEEN: "page-seen",
    PageKind.TEST: "page-test",
}
"""What the outbox calls each."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is said by each pager of whoever is called: one line, `text`, of at most MOST_CHARACTERS.

    `key` is the same for all pages of one spell, so that receivers that can do so update or end the former ones by it.
    `ok` is a mailto: link to a mail that says that it was seen, "" where nothing is to be said. `at` is when it was
    written, aware. `over` says that what it tells of is at its end. `id` tells it from all others at its receiver, the
    same at each try; it is given when the page is queued.
    """

    kind: PageKind
    text: str
    key: str
    at: datetime
    ok: str = ""
    over: bool = False
    id: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no page."""
        if not self.text.strip() or not self.text.isprintable() or len(self.text) > MOST_CHARACTERS:
            raise ValueError(f"a page is one line of at most {MOST_CHARACTERS} characters")
        if self.at.tzinfo is None:
            raise ValueError("a page is written at an instant with a zone")

    def to_json(self) -> bytes:
        """Return the octets that stand for it."""
        said = asdict(self) | {"at": self.at.isoformat()}
        return json.dumps(said, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, octets: bytes) -> Page:
        """Return the page that these octets stand for; raise ValueError where they stand for none."""
        said = json.loads(octets)
        if not isinstance(said, dict) or {name: type(value) for name, value in said.items()} != _TYPES:
            raise ValueError("these octets are no page")
        return cls(**said | {"kind": PageKind(said["kind"]), "at": datetime.fromisoformat(said["at"])})


_TYPES = {field.name: bool if field.name == "over" else str for field in fields(Page)}


def takes_an_end(pager: Pager) -> bool:
    """Return whether a receiver ends a page once it was seen; others would ring once more."""
    return pager.webhook is not None and pager.form in _ENDING


def plain(text: str) -> str:
    """Return a text on one line, with typographic quotation marks, dashes and dots as any telephone has them."""
    line = "".join(char if char.isprintable() else " " for char in text.translate(_PLAIN))
    return " ".join(line.split())


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text as one plain line of at most so many characters, cut at a word where it was longer."""
    line = plain(text)
    if len(line) <= most:
        return line
    kept = line[: most - len(CUT)]
    whole = kept if line[len(kept)] == " " else kept.rpartition(" ")[0]
    return (whole.rstrip(" ,;:.") or kept) + CUT
