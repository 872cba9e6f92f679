"""How the radar and the incidents do with real texts of strangers: a part of `make radar`."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.strangers import (
    DESKS,
    Score,
    Texts,
    is_one_trouble,
    letters,
    outages,
    played,
    recalled,
    support_texts,
    taken_in,
    told_outages,
    wrongly_told,
)

_DAYS, _SEEDS, _TIMES = 100, range(201, 206), 2_000


def main(corpus: Path) -> None:
    """Print what is measured of the real texts of a corpus, and of the outages in our own words."""
    table = Table("real texts of strangers", "of", "times")
    texts = support_texts(corpus)
    if texts:
        _add_false_alarms(table, texts, letters(corpus))
        for planted in (3, 5):
            found = recalled(texts, planted, seed=201)
            for name, one in found.items():
                table.add_row(f"{planted} of seven others more, told of: {name}", str(one.of), str(one.times))
            _add(table, f"{planted} of seven others more, told of: all", Score.sum(found.values()))
    for name in ("outages", "later"):
        _add(table, f"outages in our words ({name}), told of", Score(len(outages(name)), len(told_outages(name))))
    for opened_with in (0, 1, 2):
        found_in = taken_in(corpus, opened_with)
        _add(table, f"mails of an incident with {opened_with} mails, taken in", Score(found_in.own, found_in.found))
        _add(table, f"others, wrongly taken in by one with {opened_with}", Score(found_in.others, len(found_in.wrong)))
    Console().print(table)


def _add_false_alarms(table: Table, texts: Texts, others: Texts) -> None:
    for desk in DESKS:
        told = [ids for seed in _SEEDS for ids in played(texts, desk, _DAYS, seed)]
        wrong = sum(not is_one_trouble(ids) for ids in told)
        days = Score(_DAYS * len(_SEEDS), wrong)
        _add(table, f"days of {desk.tenants} tenants, {desk.a_day} mails each: false alarms (told {len(told)})", days)
    for many in (10, 20):
        _add(table, f"{many} support texts at once: false alarms", wrongly_told(texts, many, _TIMES, seed=201))
        _add(table, f"{many} letters at once: false alarms", wrongly_told(others, many, _TIMES, seed=201))


def _add(table: Table, name: str, one: Score) -> None:
    table.add_row(name, str(one.of), str(one.times))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus"))
