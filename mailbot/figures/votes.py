"""How satisfied customers are: votes of 1 to 5, and what they wrote beside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Votes:
    """What was voted, ticket by ticket; the average is None for none."""

    of: tuple[tuple[int, int], ...] = ()

    @property
    def tickets(self) -> tuple[int, ...]:
        """The tickets that were voted on."""
        return tuple(ticket for ticket, _ in self.of)

    @property
    def average(self) -> float | None:
        """The mean."""
        return sum(mark for _, mark in self.of) / len(self.of) if self.of else None


NO_VOTES = Votes()


@dataclass(frozen=True, slots=True)
class Said:
    """What the customer of a ticket voted, and wrote beside it, "" for nothing."""

    ticket: int
    mark: int
    words: str = ""
