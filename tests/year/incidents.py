"""How well new mail finds the incident that lasts, in generated years.

An incident is opened with the first three mails of each burst and lasts for half a day. What is written then belongs to
it if it is of that burst.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from mailbot.deciding.incidents import Incident, OpenIncident, Told
from mailbot.deciding.incidents.matching import about
from mailbot.deciding.likeness import Gist, gist
from mailbot.rules import Playbook
from tests.year import Written, Year, year
from tests.year.radar import DESKS, playbook_of

LASTS = timedelta(hours=12)
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Score:
    """How many mails were of an incident that lasted, how many of them found it, and how many others were taken in."""

    of_one: int
    found: int
    others: int
    taken_in: int

    @property
    def recall(self) -> float:
        """Of what belongs to an incident, which part was taken in."""
        return self.found / self.of_one

    @property
    def precision(self) -> float:
        """Of what was taken in, which part belongs there."""
        return self.found / (self.found + self.taken_in)

    @classmethod
    def sum(cls, scores: Iterable[Score]) -> Score:
        """Return the score of several years."""
        each = [(one.of_one, one.found, one.others, one.taken_in) for one in scores]
        return cls(*map(sum, zip(*each, strict=True)))


def score(of: Year) -> Score:
    """Return how well the mail of a year finds its incidents."""
    of_one = found = others = taken_in = 0
    for burst in of.bursts:
        own = [one for one in of.written if one.burst == burst.number]
        if len(own) <= _FIRST:
            continue
        opened_at = own[_FIRST - 1].at
        told = tuple(Told(one.subject, one.text, playbook_of(one)) for one in own[:_FIRST])
        lasting = OpenIncident(Incident(1, "", _most(told), opened_at), told)
        for one in of.written:
            if opened_at < one.at <= opened_at + LASTS:
                is_in = about(_gist_of(one), [lasting]) is not None
                of_one, found = of_one + (one.burst == burst.number), found + (is_in and one.burst == burst.number)
                others, taken_in = others + (one.burst is None), taken_in + (is_in and one.burst is None)
    return Score(of_one, found, others, taken_in)


def _gist_of(one: Written) -> Gist:
    return gist(one.subject, one.text, playbook_of(one))


def _most(told: tuple[Told, ...]) -> Playbook | None:
    issues = [one.playbook for one in told if one.playbook]
    return max(issues, key=issues.count, default=None)


def scored(desk: str, seeds: Iterable[int], wordings: str = "") -> Score:
    """Return how well new mail finds incidents in the years of these seeds, of one of the `DESKS`."""
    return Score.sum(score(year(seed, DESKS[desk], wordings)) for seed in seeds)
