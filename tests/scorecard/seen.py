"""How many of the words that Chromium shows of HTML mail our text of it keeps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes

from mailbot.reading.text import htmltext
from tests.scorecard.rows import Row
from tests.servers import browser

_WORD = re.compile(r"\w+")
_LARGEST = 400_000


@dataclass(slots=True)
class Seen:
    """Words shown and words lost, and the files that lose some."""

    parts: int = 0
    words: int = 0
    lost: int = 0
    misses: list[str] = field(default_factory=list)


def compare(rows: Iterable[Row]) -> Seen:
    """Show every HTML part to Chromium; raise FileNotFoundError where it is not installed."""
    seen = Seen()
    with browser.page() as page:
        for row in rows:
            for html in _parts(row):
                shown = Counter(_WORD.findall(browser.shown(page, html)))
                lost = shown - Counter(_WORD.findall(htmltext.render(html)))
                seen.parts += 1
                seen.words += shown.total()
                seen.lost += lost.total()
                if lost:
                    seen.misses.append(f"{row.path}: {' '.join(lost)[:80]}")
    return seen


def _parts(row: Row) -> Iterator[str]:
    if row.form == "body_html":
        yield row.octets.decode("utf-8", "replace")
    for part in message_from_bytes(row.octets).walk() if row.is_whole else ():
        octets = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(octets, bytes) and 0 < len(octets) <= _LARGEST:
            try:
                yield octets.decode(part.get_content_charset() or "utf-8", "replace")
            except LookupError:
                yield octets.decode("utf-8", "replace")
