"""The long proofs, each with its seed and its count: `make prove`.

By hand, one of them: `python -m tests.prove kills --number 1000 --seed 1`,
`python -m tests.prove points --flow question`, `python -m tests.prove cuts`,
`python -m tests.prove mutations --each 20 --only NAME` or `python -m tests.prove guards token starttls`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from mailbot import config
from tests.prove import guards, kills, mutations, points
from tests.prove.journal import Door, Kind

_FLOWS = (Kind.QUESTION, Kind.CRITICAL, Kind.MACHINE)


def main() -> None:
    """Run the proofs and print their figures; leave with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    proofs = ["kills", "points", "cuts", "mutations", "guards", "all"]
    parser.add_argument("proof", choices=proofs, nargs="?", default="all")
    parser.add_argument("names", nargs="*", help="guards: those whose name holds one of these words (default: all)")
    parser.add_argument("--number", type=int, default=1000, help="how many kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flow", type=Kind, choices=_FLOWS, action="append", help="which flows' points (default: all)")
    parser.add_argument("--door", type=Door, choices=list(Door), default=Door.SMTP, help="by which door it comes")
    parser.add_argument("--fault", choices=[one.name for one in points.FAULTS], action="append", help="which faults")
    parser.add_argument(
        "--most-each", type=int, help="how many points of each call of each thread (default: every one)"
    )
    parser.add_argument("--each", type=int, default=20, help="how many mutations of each message")
    parser.add_argument("--only", default="", help="only of messages in whose name this stands")
    parser.add_argument("--list", action="store_true", help="guards: print the table of docs/proof.md, run nothing")
    wanted = parser.parse_args()
    if wanted.list:
        sys.stdout.write(guards.listed())
        return
    console = Console()
    broken: list[str] = []
    with Progress(console=console, transient=True) as progress:
        if wanted.proof in {"kills", "all"}:
            broken += _kills(console, progress, wanted)
        if wanted.proof in {"points", "all"}:
            for lines in _points(console, progress, wanted):
                broken += lines
        if wanted.proof in {"cuts", "all"}:
            broken += _cuts()
        if wanted.proof in {"mutations", "all"}:
            broken += _mutations(console, progress, wanted)
        if wanted.proof in {"guards", "all"}:
            broken += _guards(console, progress, wanted.names)
    for line in broken:
        console.print(line, markup=False, soft_wrap=True)
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
            if wanted.fault and fault.name not in wanted.fault:
                continue
            bar = progress.add_task(f"{flow}: {fault.name}", total=None)
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                outcome = points.run(
                    Path(folder) / "desk",
                    fault,
                    flow,
                    wanted.seed,
                    door=wanted.door,
                    most_each=wanted.most_each,
                    progress=lambda bar=bar: progress.advance(bar),  # type: ignore[misc] # bound now, not later
                )
            progress.remove_task(bar)
            console.print(f"{outcome}, seed {wanted.seed}, {time.monotonic() - began:.0f} s", soft_wrap=True)
            yield outcome.broken


def _cuts() -> list[str]:
    """Run the tests that cut a connection at every octet and are too long for any other target."""
    return ["A cut broke a promise: see above"] if pytest.main(["-m", "proof"]) else []


def _mutations(console: Console, progress: Progress, wanted: argparse.Namespace) -> list[str]:
    messages = [one for one in mutations.real_messages() if wanted.only in one[0]]
    if not messages:
        console.print(f"mutations: left out, there are no such messages at {mutations.CORPUS}")
        return []
    bar = progress.add_task("Mutations", total=len(messages) * wanted.each)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        rules = config.load(Path(folder))
    outcome = mutations.run(messages, rules, wanted.each, wanted.seed, lambda: progress.advance(bar))
    progress.remove_task(bar)
    console.print(
        f"{outcome.mutants} mutations of {outcome.messages} messages, {outcome.octets >> 20} MiB (seed {wanted.seed}):"
        f" {len(outcome.broken)} promises broken, {time.monotonic() - began:.0f} s\n"
        f"  over the fast limits: {outcome.slowly}\n"
        f"  slowest: {outcome.slowest[0]:.2f} s of CPU, {outcome.slowest[1]}\n"
        f"  largest: {outcome.largest[0] >> 20} MiB resident, {outcome.largest[1]}\n"
        f"  senders: other readers disagree about {outcome.disputed}, we name {outcome.identified}",
        markup=False,
    )
    return outcome.broken


def _guards(console: Console, progress: Progress, names: list[str]) -> list[str]:
    """Take the guards away one by one; return those that nothing noticed."""
    found = guards.chosen(names)
    began = time.monotonic()
    bar = progress.add_task("Guards in place", total=len(found))
    survivors: list[str] = []
    with tempfile.TemporaryDirectory() as folder, guards.scratch(Path(folder)) as tree:
        if failing := guards.failing(tree, found):
            return ["These tests fail with every guard in place:", *failing]
        for guard in found:
            progress.update(bar, description=f"Without {guard.name}")
            outcome = guards.run(tree, guard)
            progress.advance(bar)
            console.print(f"{guard.name}: {outcome.verdict}", markup=False, soft_wrap=True)
            if outcome.is_killed:
                console.print(f"  {outcome.said}", markup=False, soft_wrap=True)
            else:
                survivors.append(f"{guard.name} can go missing from {guard.file}, and nothing tells: {outcome.said}")
    progress.remove_task(bar)
    console.print(
        f"{len(found)} guards taken away: {len(found) - len(survivors)} noticed,"
        f" {len(survivors)} not, {time.monotonic() - began:.0f} s"
    )
    return survivors


if __name__ == "__main__":
    main()
