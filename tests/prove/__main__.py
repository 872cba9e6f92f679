"""The long proofs, each with its seed and its count: `make prove`.

By hand, one of them: `python -m tests.prove kills --number 1000 --seed 1` or
`python -m tests.prove points --flow question`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests.prove import kills, points
from tests.prove.journal import Kind

_FLOWS = (Kind.QUESTION, Kind.CRITICAL, Kind.MACHINE)


def main() -> None:
    """Run the proofs and print their figures; leave with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proof", choices=["kills", "points", "all"], nargs="?", default="all")
    parser.add_argument("--number", type=int, default=1000, help="how many kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flow", type=Kind, choices=_FLOWS, action="append", help="which flows' points (default: all)")
    parser.add_argument("--most-each", type=int, help="how many points of each thread (default: every one)")
    wanted = parser.parse_args()
    console = Console()
    broken: list[str] = []
    with Progress(console=console, transient=True) as progress:
        if wanted.proof in {"kills", "all"}:
            broken += _kills(console, progress, wanted)
        if wanted.proof in {"points", "all"}:
            for lines in _points(console, progress, wanted):
                broken += lines
    for line in broken:
        console.print(line, markup=False)
    sys.exit(bool(broken))


def _kills(console: Console, progress: Progress, wanted: argparse.Namespace) -> tuple[str, ...]:
    bar = progress.add_task("Killing", total=wanted.number)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = kills.run(Path(folder), wanted.number, wanted.seed, lambda: progress.advance(bar))
    progress.remove_task(bar)
    console.print(
        f"{outcome.kills} kills (seed {wanted.seed}): {outcome.messages} messages, {outcome.mails} mails left,"
        f" {len(outcome.broken)} promises broken, {time.monotonic() - began:.0f} s"
    )
    return outcome.broken


def _points(console: Console, progress: Progress, wanted: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    for flow in wanted.flow or _FLOWS:
        for fault in points.FAULTS:
            bar = progress.add_task(f"{flow}: {fault.name}", total=None)
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                outcome = points.run(
                    Path(folder) / "desk",
                    fault,
                    flow,
                    wanted.seed,
                    most_each=wanted.most_each,
                    progress=lambda bar=bar: progress.advance(bar),  # type: ignore[misc] # bound now, not later
                )
            progress.remove_task(bar)
            console.print(
                f"{flow}: {fault.name} at {outcome.points} points (seed {wanted.seed}):"
                f" {len(outcome.broken)} promises broken, {time.monotonic() - began:.0f} s"
            )
            yield outcome.broken


if __name__ == "__main__":
    main()
