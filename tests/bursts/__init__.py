"""Troubles that customers of a reseller tell of, some mails each, and mails about other matters: how likeness tells.

The mails of `seen.toml` were looked at while the senses of `deciding.likeness` were mended, those of `aside.toml` not.
Each is read as the desk reads it: without what it quotes, with the common issue that the shipped rules take it for,
and with nobody's name known.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations, product
from pathlib import Path

from mailbot.config import load
from mailbot.deciding.classify import classify
from mailbot.deciding.likeness import ALIKE, Gist, alike, gist
from mailbot.deciding.radar import Sighting, burst
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from mailbot.rules import Rules

TENANTS, WITHIN = 3, timedelta(minutes=30)
_ALONE = "alone"
_NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Half:
    """What is known of the mails of one file: of each burst by its name, and of the lone ones."""

    bursts: Mapping[str, Sequence[Gist]]
    alone: Sequence[Gist]


@dataclass(frozen=True, slots=True)
class Score:
    """How many pairs of one burst are alike, of how many; how many of two matters are; what the radar raises."""

    pairs: int
    alike: int
    others: int
    mistaken: int
    bursts: int
    raised: tuple[str, ...]
    false_alarms: int

    @property
    def recall(self) -> float:
        """Of the pairs that are of one burst, which part is alike."""
        return self.alike / self.pairs

    @property
    def precision(self) -> float:
        """Of the pairs that are alike, which part is of one burst."""
        return self.alike / (self.alike + self.mistaken)


def half(name: str) -> Half:
    """Return the mails of a file beside this one, as likeness sees them."""
    found = {kind: [_gist(mail) for mail in each["mails"]] for kind, each in _texts(name).items()}
    alone = found.pop(_ALONE)
    return Half(found, alone)


def score(known: Half) -> Score:
    """Return how well likeness and the radar tell what is of one matter."""
    within = [pair for each in known.bursts.values() for pair in combinations(each, 2)]
    across = list(_across(known))
    raised = tuple(name for name, each in known.bursts.items() if _is_raised([*each, *known.alone], set(each)))
    return Score(
        pairs=len(within),
        alike=sum(alike(*pair) >= ALIKE for pair in within),
        others=len(across),
        mistaken=sum(alike(*pair) >= ALIKE for pair in across),
        bursts=len(known.bursts),
        raised=raised,
        false_alarms=sum(_is_raised(each) for each in _of_many_matters(known)),
    )


def _across(known: Half) -> Iterator[tuple[Gist, Gist]]:
    for one, other in combinations(known.bursts.values(), 2):
        yield from product(one, other)
    for each in known.bursts.values():
        yield from product(each, known.alone)
    yield from combinations(known.alone, 2)


def _of_many_matters(known: Half) -> Iterator[list[Gist]]:
    """Yield lists of mails each of which is about another matter: one of each burst, and all lone ones."""
    for number in range(min(map(len, known.bursts.values()))):
        yield [*(each[number] for each in known.bursts.values()), *known.alone]


def _is_raised(written: Sequence[Gist], of: set[Gist] | None = None) -> bool:
    """Return whether the radar raises something if all of these come within minutes, most of it of these."""
    seen = [
        Sighting(number, f"t{number}", _NINE + timedelta(seconds=20 * number), one)
        for number, one in enumerate(written, 1)
    ]
    found = burst(seen, TENANTS, WITHIN)
    return found is not None and (of is None or 2 * sum(one.gist in of for one in found.seen) > len(found.seen))


def _gist(mail: str) -> Gist:
    subject, _, text = mail.partition("\n")
    reply = quoting.split(text.strip()).reply
    return gist(subject, reply, classify(Message(subject=subject, reply_text=reply), _rules()).playbook)


@cache
def _texts(name: str) -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _rules() -> Rules:
    return load(None)
