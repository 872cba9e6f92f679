"""How the shipped rules judge the labelled support texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailbot.deciding.classify import Classification

_MERGED = {"low": "normal or low", "normal": "normal or low"}


@dataclass(slots=True)
class Judged:
    """One text: what is true of it, and what was found."""

    name: str
    severity: str | None
    playbook: str | None
    found: Classification


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, what it shall be, and the texts that are missed."""

    name: str
    value: float
    target: float
    of: int
    misses: list[str] = field(default_factory=list)


def figures(judged: Sequence[Judged]) -> list[Figure]:
    """Return the figures of severity and playbook; none without texts."""
    if not judged:
        return []
    labelled = [one for one in judged if one.severity is not None]
    pairs = [(_MERGED.get(str(one.severity), one.severity), _merged(one)) for one in labelled]
    critical = [one for one in judged if one.severity == "critical"]
    flagged = [one for one in judged if one.found.severity == "critical"]
    false = [one for one in flagged if one.severity != "critical"]
    named = [one for one in judged if one.found.playbook]
    right = [one for one in named if one.found.playbook == one.playbook]
    playbooks = [(one.playbook, one.found.playbook and str(one.found.playbook)) for one in judged]
    return [
        Figure(
            "severity, macro-F1 of three",
            _macro_f1(pairs),
            0.80,
            len(labelled),
            [f"{one.name}: {one.severity}, found {one.found.severity}" for one in labelled if _missed(one)],
        ),
        Figure(
            "critical found",
            _share(sum(one.found.severity == "critical" for one in critical), len(critical)),
            23 / 26,
            len(critical),
            [one.name for one in critical if one.found.severity != "critical"],
        ),
        Figure(
            "flagged critical that are",
            _share(len(flagged) - len(false), len(flagged)),
            23 / 31,
            len(flagged),
            [f"{one.name}: {one.severity}" for one in false],
        ),
        Figure(
            "playbook, precision",
            _share(len(right), len(named)),
            0.90,
            len(named),
            [f"{one.name}: {one.playbook}, found {one.found.playbook}" for one in named if one not in right],
        ),
        Figure(
            "playbook, macro-F1",
            _macro_f1([pair for pair in playbooks if pair != (None, None)], without=None),
            0.80,
            sum(one.playbook is not None for one in judged),
            [f"{one.name}: {one.playbook}, found none" for one in judged if one.playbook and not one.found.playbook],
        ),
    ]


def _merged(one: Judged) -> str:
    found = str(one.found.severity)
    return _MERGED.get(found, found)


def _missed(one: Judged) -> bool:
    return _MERGED.get(str(one.severity), one.severity) != _merged(one)


def _share(right: int, of: int) -> float:
    return right / of if of else 1.0


def _macro_f1(pairs: Sequence[tuple[str | None, str | None]], *, without: str | None = "") -> float:
    """Return the mean F1 over the classes that are true of something, but `without`."""
    scores = []
    for label in {true for true, _ in pairs if true != without}:
        hit = sum(true == found == label for true, found in pairs)
        scores.append(2 * hit / (sum(true == label for true, _ in pairs) + sum(found == label for _, found in pairs)))
    return sum(scores) / len(scores) if scores else 1.0
