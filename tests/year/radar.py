"""How well the radar sees generated years.

A burst can be found if at least K of its tenants wrote within T of each other, and it is if the radar raises one of
which most tickets are of it. What is raised and is of no burst is a false alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from mailbot.config import load
from mailbot.deciding.classify import Classification, classify
from mailbot.deciding.likeness import gist
from mailbot.deciding.radar import PAST, Burst, Sighting, burst
from mailbot.reading.model import Message
from mailbot.rules import Playbook, Rules
from tests.year import Desk, Written, Year, year

TENANTS, WITHIN = 3, timedelta(minutes=30)
DESKS = {"small": Desk(40, 8), "usual": Desk(), "large": Desk(300, 80)}
"""Desks with 40, 80 and 300 tenants who write 8, 16 and 80 mails on a working day, beside what is planted."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What the radar raised, and what was written there."""

    burst: Burst
    written: tuple[Written, ...]

    @property
    def of(self) -> int | None:
        """The planted burst of which most of it is, None for a false alarm."""
        number, times = Counter(one.burst for one in self.written).most_common(1)[0]
        return number if 2 * times > len(self.written) else None

    @property
    def is_coincidence(self) -> bool:
        """Whether it rests on the common issue alone: each wrote of it for another reason."""
        return self.of is None and len({one.kind for one in self.written}) == len(self.written)


@dataclass(frozen=True, slots=True)
class Score:
    """How many bursts could be found and were, how much was raised, how much of it rightly, and by playbook alone."""

    possible: int
    found: int
    raised: int
    right: int
    coincidences: int

    @property
    def recall(self) -> float:
        """Of what could be found, which part was."""
        return self.found / self.possible

    @property
    def precision(self) -> float:
        """Of what was raised, which part was right."""
        return self.right / self.raised

    @classmethod
    def sum(cls, scores: Iterable[Score]) -> Score:
        """Return the score of several years."""
        each = [(one.possible, one.found, one.raised, one.right, one.coincidences) for one in scores]
        return cls(*map(sum, zip(*each, strict=True)))


def sightings(made: Year) -> list[Sighting]:
    """Return all that is written as the radar sees it, with the playbook that the shipped rules give it."""
    return [_sighting(number, one) for number, one in enumerate(made.written)]


def _sighting(number: int, one: Written) -> Sighting:
    found = _classified(one)
    names, hit = (one.tenant.name, one.person), [each.rule for each in found.evidence]
    return Sighting(number, one.tenant.id, one.at, gist(one.subject, one.text, found.playbook, names, hit))


def playbook_of(one: Written) -> Playbook | None:
    """Return the common issue that the shipped rules take it for, None for none."""
    return _classified(one).playbook


def _classified(one: Written) -> Classification:
    return classify(Message(subject=one.subject, reply_text=one.text), rules())


@cache
def rules() -> Rules:
    """Return the shipped rules."""
    return load(None)


def raised(made: Year, tenants: int = TENANTS, within: timedelta = WITHIN) -> list[Raised]:
    """Return what the radar raises over a year, looking whenever something is written."""
    found = raised_of(sightings(made), tenants, within)
    return [Raised(one, tuple(made.written[each.ticket] for each in one.seen)) for one in found]


def raised_of(seen: Sequence[Sighting], tenants: int = TENANTS, within: timedelta = WITHIN) -> list[Burst]:
    """Return the bursts that the radar raises where these are written one after the other, each as it is raised."""
    found: list[Burst] = []
    going_on: list[list[Sighting]] = []
    taken: set[int] = set()
    first = 0
    for place, one in enumerate(seen):
        going_on = [each for each in going_on if one.at - each[-1].at <= within]
        joined = next((each for each in going_on if Burst(tuple(each)).takes_in(one)), None)
        if joined is not None:
            joined.append(one)
            taken.add(one.ticket)
            continue
        while one.at - seen[first].at > within:
            first += 1
        window = [each for each in seen[first : place + 1] if each.ticket not in taken]
        if (new := burst(window, tenants, within, seen[max(0, first - PAST) : first])) is not None:
            going_on.append(list(new.seen))
            taken |= {each.ticket for each in new.seen}
            found.append(new)
    return found


def score(made: Year, tenants: int = TENANTS, within: timedelta = WITHIN) -> Score:
    """Return how well the radar sees a year."""
    all_raised = raised(made, tenants, within)
    possible = {one.number for one in made.bursts if _can_be_found(made, one.number, tenants, within)}
    right = [one.of for one in all_raised if one.of is not None]
    coincidences = sum(one.is_coincidence for one in all_raised)
    return Score(len(possible), len(possible.intersection(right)), len(all_raised), len(right), coincidences)


def _can_be_found(made: Year, number: int, tenants: int, within: timedelta) -> bool:
    told = [one for one in made.written if one.burst == number]
    return any(
        len({one.tenant.id for one in told if timedelta() <= one.at - first.at <= within}) >= tenants for first in told
    )


def scored(desk: str, seeds: Iterable[int], wordings: str = "") -> Score:
    """Return how well the radar sees the years of these seeds, of one of the `DESKS`."""
    return Score.sum(score(year(seed, DESKS[desk], wordings)) for seed in seeds)
