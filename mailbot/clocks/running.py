"""A clock of a promise that stands at times: counting what has run, and when so much will have.

It stands while a ticket waits for something, and while the customer has our answer and has not written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mailbot.clocks.hours import OpeningHours

_ZERO = timedelta(0)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock, "always" or "business" (`opening`), that stands in each of `pauses`. Takes and gives aware instants."""

    clock: Literal["always", "business"]
    opening: OpeningHours
    pauses: tuple[Span, ...] = ()

    def between(self, earlier: datetime, later: datetime) -> timedelta:
        """Return how much it runs from `earlier` to `later`, zero if they are the other way round."""
        return sum((self._length(start, end) for start, end in self._stretches(earlier, later)), _ZERO)

    def after(self, since: datetime, length: timedelta) -> datetime | None:
        """Return the instant by which it has run for so long since then; None: it never will."""
        start = since
        for paused_at, resumed_at in joined(self.pauses):
            if resumed_at <= start:
                continue
            until = max(start, paused_at)
            runs = self._length(start, until)
            if length <= runs:
                break
            length -= runs
            start = resumed_at
        return start + length if self.clock == "always" else self.opening.add(start, length)

    def share(self, since: datetime, due: datetime, hundredths: int) -> datetime | None:
        """Return when so many hundredths of the time from `since` to `due` have run; None: never."""
        return self.after(since, self.between(since, due) * hundredths / 100)

    def _length(self, start: datetime, end: datetime) -> timedelta:
        if self.clock == "always":
            return max(end - start, _ZERO)
        return self.opening.between(start, end)

    def _stretches(self, earlier: datetime, later: datetime) -> Iterator[Span]:
        """Yield the stretches between the two in which it does not stand."""
        start = earlier
        for paused_at, resumed_at in joined(self.pauses):
            if paused_at > start:
                yield start, min(paused_at, later)
            start = max(start, resumed_at)
            if start >= later:
                return
        yield start, later


def without(span: Span, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the parts of a span that lie in none of these."""
    start, end = span
    left: list[Span] = []
    for other in joined(spans):
        left.append((start, min(other[0], end)))
        start = max(start, other[1])
    return joined([*left, (start, end)])


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in their order, those that touch or overlap made one, without empty ones."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
