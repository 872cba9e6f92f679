"""Which lines of a page say some words, in their order, and what stands below these."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from mailbot.reading.quotation.signature import is_delimiter
from mailbot.reading.text.htmltext import Line


class Stands(Enum):
    """Where a picture stands: right below the words, in a signature (below a line that they do not say), below neither.

    The last stands below a quotation.
    """

    BELOW = auto()
    SIGNED = auto()
    LOOSE = auto()


@dataclass(slots=True)
class Choice:
    """The lines taken so far, those without words since the last with words, and whether that was taken.

    `depth` is how often the last words are quoted.
    """

    wanted: str
    pictures: frozenset[int]
    taken: list[Line] = field(default_factory=list)
    between: list[Line] = field(default_factory=list)
    said: int = 0
    goes_on: bool = False
    end: int = 0
    depth: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of the wanted words are taken."""
        return self.said == len(self.wanted)

    def choose(self, lines: Sequence[tuple[Line, str]], start: int = 0) -> bool:
        """Take the lines from `start` on that say the wanted words, and what stands between; return whether all do."""
        for number in range(start, len(lines)):
            line, letters = lines[number]
            if not letters:
                self.between.append(line)
            elif self.is_whole:
                break
            else:
                self._look_at(line, letters)
                self.end = number + 1
        if self.goes_on or not self.wanted:
            self.taken += self._below()
        return self.is_whole

    def standing(self, lines: Sequence[tuple[Line, str]], marked: Collection[int]) -> dict[int, Stands]:
        """Return where the leaves stand that are below the words, and are quoted as these are.

        What is `marked` stands in a signature wherever it is.
        """
        found: dict[int, Stands] = {}
        stands = Stands.BELOW
        for line, _ in lines[self.end :]:
            if line.quotes != self.depth:
                stands = Stands.LOOSE
                continue
            stands = Stands.SIGNED if line.text.strip() else stands
            found |= {node: Stands.SIGNED if node in marked else stands for node, _ in line.leaves}
        return found

    def leaves(self, breaks: Collection[int]) -> frozenset[tuple[int, int]]:
        """Return the leaves of the lines taken, without a break at the end."""
        found = {leaf for line in self.taken[:-1] for leaf in line.leaves}
        return frozenset(found.union(leaf for line in self.taken[-1:] for leaf in line.leaves if leaf[0] not in breaks))

    def _look_at(self, line: Line, letters: str) -> None:
        """Take the line if it goes on with what is wanted."""
        if self.wanted.startswith(letters, self.said):
            self.taken += [*(self.between if self.goes_on else self._pictured(line.quotes)), line]
            self.said += len(letters)
            self.goes_on, self.depth = True, line.quotes
        else:
            self.goes_on = False
        self.between = []

    def _pictured(self, quotes: int) -> list[Line]:
        """Return the lines with pictures of their own right above a line that is quoted as they are."""
        return [line for line in self.between if line.quotes == quotes and self._has_picture(line)]

    def _below(self) -> list[Line]:
        """Return the lines down to the last picture before a signature."""
        end = 0
        for number, line in enumerate(self.between, 1):
            if line.quotes or is_delimiter(line.text) or line.text:
                break
            if self._has_picture(line):
                end = number
        return self.between[:end]

    def _has_picture(self, line: Line) -> bool:
        return any(node in self.pictures for node, _ in line.leaves)
