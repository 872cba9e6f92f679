"""Keywords of the operator's own: the lists of words for them, and the line of rules.toml that adds one.

Each severity and common issue has two lists under [words] that are there to be added to: `critical-keywords`
are words that make a mail critical by themselves, and `not-critical` those that speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailbot.config import merged_sources
from mailbot.config.effective import written
from mailbot.config.merging import OPERATOR_FILE
from mailbot.rules import Playbook, Severity


@dataclass(frozen=True, slots=True)
class Addition:
    """What rules.toml is to say so that a list of words holds a further phrase.

    `line` is the line of the list that is there, None for a new one; that goes under the header [words], which
    stands in line `header`, None where there is none. `known` says that the phrase is in the list already.
    """

    text: str
    line: int | None
    header: int | None
    known: bool


def list_for(about: Severity | Playbook, *, exclude: bool) -> str:
    """Return the name of the list of words for, or against, a severity or a common issue."""
    name = about.replace("_", "-")
    return f"not-{name}" if exclude else f"{name}-keywords"


def addition(folder: Path, name: str, phrase: str) -> Addition:
    """Return what adds a phrase to a list of words in a folder whose rules can be loaded."""
    merged = merged_sources(folder)
    place = ("words", name)
    own = merged.origins.get(place)
    line = own.line if own is not None and own.file == OPERATOR_FILE else None
    present = merged.values["words"].get(name, [])
    kept = present if line is not None else [f"@{name}"] if present else []
    header = merged.origins.get(("words",))
    return Addition(
        f"{name} = {written((*kept, phrase))}",
        line,
        header.line if header is not None and header.file == OPERATOR_FILE else None,
        phrase in present,
    )
