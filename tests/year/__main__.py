"""How well the radar sees generated years: `make radar`, with seeds on which nothing was tuned."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from tests.year.radar import DESKS, Score, scored

_SEEDS = range(101, 106)
_WORDINGS = {"": "tuned on", "second": "tuned on, too", "third": "tuned on, too", "blind": "never looked at"}


def main(seeds: range | list[int]) -> None:
    """Print the table."""
    table = Table(
        "desk", "reports in words", "bursts", "found", "recall", "raised", "right", "precision", "by playbook"
    )
    for desk in DESKS:
        for wordings, said in _WORDINGS.items():
            table.add_row(desk, said, *_row(scored(desk, seeds, wordings)))
    Console().print(table)


def _row(one: Score) -> list[str]:
    recall, precision = f"{one.recall:.1%}", f"{one.precision:.1%}"
    return [*map(str, (one.possible, one.found)), recall, *map(str, (one.raised, one.right)), precision,
            str(one.coincidences)]  # fmt: skip


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or _SEEDS)
