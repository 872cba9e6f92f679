"""What was read in an agent's mail: step by step, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.deciding.agents.commands.kinds import (
    Assign,
    Close,
    Command,
    MarkSpam,
    Reopen,
    Take,
    Undo,
    Wait,
)

_AGAINST_EACH_OTHER: tuple[tuple[type[Command], type[Command]], ...] = (
    (Close, Reopen),
    (Close, Wait),
    (Assign, Take),
    (MarkSpam, Reopen),
    (MarkSpam, Wait),
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A command, how it was written, and the number of the line of a list that it is about (None: no list)."""

    written: str
    command: Command
    number: int | None = None

    @property
    def named(self) -> str:
        """How it was written, of a command with words in it its name alone: what is kept for good holds no words."""
        if not self.command.free:
            return self.written
        return f"#{self.command.word}" if self.number is None else f"{self.number} {self.command.word}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read: how it was written, why, and the nearest right words, "" where none are near."""

    written: str
    text: str
    nearest: str = ""


Step = Understood | Problem


@dataclass(frozen=True, slots=True)
class Orders:
    """The steps as they were written, and the words below them.

    While there is a problem, `commands` and `text` are empty: nobody may act on any of it. `as_text` is what may go
    to a customer all the same, once the agent says so: his words without all commands, "" where none are left.
    """

    steps: tuple[Step, ...] = ()
    below: str = ""
    as_text: str = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read."""
        return tuple(step for step in self.steps if isinstance(step, Problem))

    @property
    def understood(self) -> tuple[Understood, ...]:
        """What could be read, if all of it could."""
        return () if self.problems else tuple(step for step in self.steps if isinstance(step, Understood))

    @property
    def commands(self) -> tuple[Command, ...]:
        """What is to be done, in the order in which it was written."""
        return tuple(step.command for step in self.understood)

    @property
    def text(self) -> str:
        """The words that are not commands: what the customer is to get, or a note."""
        return "" if self.problems else self.below


def settled(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps, each command once, with a problem behind those that cannot both be meant."""
    once: list[Step] = []
    seen: dict[tuple[int | None, Command], Understood] = {}
    for step in steps:
        if isinstance(step, Understood):
            if (step.number, step.command) in seen:
                continue
            seen[step.number, step.command] = step
        once.append(step)
    return (*once, *_contradictions(list(seen.values())))


def _contradictions(understood: list[Understood]) -> list[Problem]:
    found: list[Problem] = []
    kinds: dict[tuple[int | None, type[Command]], Understood] = {}
    for step in understood:
        kind = type(step.command)
        former = kinds.setdefault((step.number, kind), step)
        if former is not step and not kind.several:
            found.append(_both(former, step))
    for one, other in _AGAINST_EACH_OTHER:
        for (number, kind), step in kinds.items():
            if kind is one and (number, other) in kinds:
                found.append(_both(step, kinds[number, other]))
    undoing = next((step for step in understood if isinstance(step.command, Undo)), None)
    if undoing and len(understood) > 1:
        found.append(
            Problem(undoing.written, "it stands alone: what is to be taken back, and what done, would be unsure")
        )
    return found


def _both(one: Understood, other: Understood) -> Problem:
    return Problem(f"{one.written} {other.written}", "these cannot both be meant; keep one of them")
