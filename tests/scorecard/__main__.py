"""How well real messages are understood: `make scorecard CORPUS=DIR` prints one table.

DIR holds `manifest.jsonl` with the files that it names, and `support_texts.jsonl`: texts that the shipped rules judge.

    python -m tests.scorecard ../corpus
    python -m tests.scorecard ../corpus --misses "reply text"       # every miss, by file
    python -m tests.scorecard ../corpus --sources                   # figures of each source, too

A miss whose truth is wrong, a matter of taste, or against a decision of ours is listed in explained.toml with the
reason. It stays a miss; how many of the rest are right is a column of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table

from mailbot import config
from mailbot.deciding.understanding import classified
from mailbot.errors import MessageError
from mailbot.reading.message import read
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from mailbot.reading.text import htmltext
from mailbot.rules import Rules
from tests.scorecard import offered, seen, threads
from tests.scorecard.classified import Figure, Judged, figures
from tests.scorecard.explained import LIST, explained
from tests.scorecard.measures import MEASURES, Measure
from tests.scorecard.rows import Row, number_of, rows, texts

if TYPE_CHECKING:
    from tests.scorecard.peers import Peer

Reasons = Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class Count:
    """How often one figure was asked and right, by source, and where it was wrong."""

    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    misses: list[str] = field(default_factory=list)
    hits: set[str] = field(default_factory=set)

    @property
    def of(self) -> int:
        return sum(self.asked.values())

    @property
    def share(self) -> float:
        return sum(self.right.values()) / self.of if self.of else 1.0


@dataclass(slots=True)
class Card:
    """The whole result."""

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    raised: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    read: int = 0

    def take(self, row: Row, message: Message, figures: Collection[str] = ()) -> None:
        """Count one message, for these figures only if any are named."""
        for measure in MEASURES:
            right = measure.judge(row, message) if not figures or measure.name in figures else None
            if right is None:
                continue
            count = self.counts[measure.name]
            count.asked[row.source] += 1
            count.right[row.source] += right
            if right:
                count.hits.add(row.path)
            else:
                count.misses.append(row.path)


def score(corpus: Path, peers: Mapping[Peer, Card] | None = None) -> Card:
    """Read every message of the corpus and count; what peers make of it goes to their cards."""
    card = Card()
    console = Console(stderr=True)
    for row in track(rows(corpus), "reading", total=number_of(corpus), console=console, transient=True):
        if row.form == "mbox":
            continue
        began = time.process_time()
        message = _read(row, card)
        card.slowest = max(card.slowest, (time.process_time() - began, row.path))
        card.read += 1
        if message is not None:
            card.take(row, message)
            for peer, its_card in (peers or {}).items():
                its_card.take(row, peer.asked(row, message), peer.figures)
    return card


def _read(row: Row, card: Card) -> Message | None:
    if not row.is_whole:
        text = row.octets.decode("utf-8", "replace").replace("\r\n", "\n")
        text = htmltext.render(text) if row.form == "body_html" else text
        parts = quoting.split(text)
        return Message(text=text, reply_text=parts.reply, quoted_text=parts.quoted, signature=parts.signature)
    try:
        message = read(row.octets)
    except MessageError as error:
        if row.octets.strip():
            card.raised.append(f"{row.path}: {error}")
        return None
    if message.error:
        card.raised.append(f"{row.path}: {message.error}")
    return message


def _shipped() -> Rules:
    with TemporaryDirectory() as empty:
        return config.load(Path(empty))


def threading(corpus: Path) -> list[Figure]:
    """Play the threads of the corpus."""
    return threads.figures(rows(corpus), _shipped())


def classification(corpus: Path) -> list[Figure]:
    """Judge the support texts by the shipped rules."""
    rules = _shipped()
    found = [
        Judged(
            one.name,
            one.severity,
            one.playbook,
            classified(
                Message(subject=one.subject, text=one.body, reply_text=quoting.split(one.body).reply), rules, None
            ),
        )
        for one in texts(corpus)
    ]
    return figures(found)


def main() -> None:
    """Measure and print; exit with 1 when a message raised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--misses", metavar="FIGURE", help='list what one figure misses, "all" for all')
    parser.add_argument("--sources", action="store_true", help="show the figures of each source")
    parser.add_argument("--browser", action="store_true", help="compare HTML with what Chromium shows of it, too")
    parser.add_argument("--peers", action="store_true", help="compare with libraries that others use (installs them)")
    parser.add_argument("--explained", type=Path, default=LIST, help="the list of misses that have a reason")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    wanted = parser.parse_args()
    if not (wanted.corpus / "manifest.jsonl").is_file():
        parser.error(f"{wanted.corpus} holds no manifest.jsonl")
    if wanted.peers:
        _compare(wanted.corpus)
        return
    card = score(wanted.corpus)
    texts_judged = [*threading(wanted.corpus), *classification(wanted.corpus), *offered.figures_of(wanted.corpus)]
    if wanted.browser:
        texts_judged.append(_html_words(wanted.corpus))
    reasons = explained(wanted.explained)
    if wanted.misses:
        for name, misses in _missed(card, texts_judged, reasons):
            if wanted.misses in {"all", name}:
                sys.stdout.write("".join(f"{name}: {miss}\n" for miss in misses))
    elif wanted.json:
        sys.stdout.write(json.dumps({name: round(share, 4) for name, share in _shares(card, texts_judged)}) + "\n")
    else:
        _print(card, texts_judged, reasons, by_source=wanted.sources)
    sys.exit(bool(card.raised))


def _compare(corpus: Path) -> None:
    """Print what mailbot and others make of the same messages and texts."""
    from tests.scorecard.peers import PEERS, keywords  # noqa: PLC0415 - installed for this only

    peers = {peer: Card() for peer in PEERS}
    cards = {"mailbot": score(corpus, peers)} | {peer.name: card for peer, card in peers.items()}
    table = Table(box=None, title="right, of what is asked", title_justify="left")
    table.add_column("figure", no_wrap=True)
    for name in (*cards, "keywords"):
        table.add_column(name, justify="right", min_width=6, max_width=8, overflow="fold")
    for measure in MEASURES:
        if any(measure.name in peer.figures for peer in PEERS):
            counts = [card.counts.get(measure.name) for card in cards.values()]
            table.add_row(measure.name, *("" if count is None else f"{count.share:.1%}" for count in counts))
    plain = figures([Judged(one.name, one.severity, one.playbook, keywords(one)) for one in texts(corpus)])
    for ours, theirs in zip(classification(corpus), plain, strict=True):
        table.add_row(ours.name, f"{ours.value:.1%}", *("" for _ in peers), f"{theirs.value:.1%}")
    Console().print(table)


def _html_words(corpus: Path) -> Figure:
    found = seen.compare(track(rows(corpus), "showing", total=number_of(corpus), transient=True))
    kept = 1 - found.lost / max(found.words, 1)
    return Figure("words of HTML kept", kept, 0.999, found.words, found.misses)


def _missed(card: Card, judged: Sequence[Figure], reasons: Reasons) -> Iterator[tuple[str, list[str]]]:
    missed = [(measure.name, card.counts[measure.name].misses) for measure in MEASURES]
    for name, misses in [*missed, *((figure.name, figure.misses) for figure in judged)]:
        why = reasons.get(name, {})
        yield name, [f"{miss} ({why[miss]})" if miss in why else miss for miss in misses]


def _shares(card: Card, judged: Sequence[Figure]) -> Iterator[tuple[str, float]]:
    yield from ((measure.name, card.counts[measure.name].share) for measure in MEASURES)
    yield from ((figure.name, figure.value) for figure in judged)


def _print(card: Card, judged: Sequence[Figure], reasons: Reasons, *, by_source: bool) -> None:
    table = Table(box=None, title=f"{card.read} messages", title_justify="left")
    for column in ("figure", "n", "right", "target", "missed", "explained", "of the rest"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for measure in MEASURES:
        count = card.counts[measure.name]
        figure = Figure(measure.name, count.share, measure.target, count.of, count.misses)
        table.add_row(*_row(figure, reasons))
        if by_source and measure.by_source:
            _rows_by_source(table, measure, count)
    for figure in judged:
        table.add_row(*_row(figure, reasons))
    console = Console()
    console.print(table)
    seconds, path = card.slowest
    console.print(f"slowest {seconds:.2f} s of CPU ({path}); peak memory {_peak_mib():.0f} MiB")
    console.print(f"raised: {len(card.raised)}" + "".join(f"\n  {line}" for line in card.raised), markup=False)
    for name, why in reasons.items():
        for path in sorted(card.counts[name].hits.intersection(why)) if name in card.counts else ():
            console.print(f"explained, but right: {name}: {path}", markup=False)


def _row(figure: Figure, reasons: Reasons) -> tuple[str, ...]:
    known = sum(miss in reasons.get(figure.name, {}) for miss in figure.misses)
    missed = len(figure.misses)
    row = (figure.name, str(figure.of), *_cells(figure.value, figure.target), str(missed))
    if not known:
        return row
    rest = figure.of - known
    return (*row, str(known), _share(1 - (missed - known) / rest if rest else 1.0, figure.target))


def _rows_by_source(table: Table, measure: Measure, count: Count) -> None:
    for source, asked in sorted(count.asked.items(), key=lambda item: -item[1]):
        right = count.right[source]
        table.add_row(
            f"  {source}", str(asked), *_cells(right / asked, measure.target), str(asked - right), style="dim"
        )


def _cells(share: float, target: float) -> tuple[str, str]:
    return _share(share, target), f"{target:.0%}" if target else "-"


def _share(share: float, target: float) -> str:
    return f"[{'green' if share >= target else 'red'}]{share:.1%}[/]"


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
