"""A ticket as the figures see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.deciding.effects import Flag, TicketState
from mailbot.rules import Severity


@dataclass(frozen=True, slots=True)
class Promise:
    """By when an answer was promised from `made_at` on, None for by no time.

    `asked` says that the customer's own words made it so: the mail that opened the ticket, or one that raised it.
    """

    made_at: datetime
    due_at: datetime | None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer was promised an answer to: by when, by what held when he got it, and when he got it."""

    due_at: datetime
    answered_at: datetime | None

    @property
    def was_kept(self) -> bool:
        """Whether the answer came in time."""
        return self.answered_at is not None and self.answered_at <= self.due_at


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket that a person opened. All instants are aware.

    `answers` are the instants of what one of us answered, `states` what the ticket became when, and `promises` by
    when an answer was promised, each in their order in time; the first state is that of its opening. `merged` are the
    promises made in tickets of the same customer's that were merged into it, the earliest of which opened it.
    `asked_again_at` is since when somebody who was answered waits anew, None where nobody does. One of `ours` was
    begun by one of us, who wrote first.
    It was `with_vendors` from each first instant on until they answered, None for not yet. Its customer was asked
    `surveyed_at` how satisfied they are, and gave a `vote` at `voted_at`.
    It is `self_served` where an article that was offered solved it.
    """

    ticket: int
    tenant: str | None
    severity: Severity
    subject: str
    requester: str
    opened_at: datetime
    states: tuple[tuple[datetime, TicketState], ...]
    answers: tuple[datetime, ...] = ()
    promises: tuple[Promise, ...] = ()
    merged: tuple[tuple[Promise, ...], ...] = ()
    asked_again_at: datetime | None = None
    resolution_due_at: datetime | None = None
    requester_name: str = ""
    assignee: str = ""
    playbook: str | None = None
    flags: frozenset[Flag] = frozenset()
    ours: bool = False
    with_vendors: tuple[tuple[datetime, datetime | None], ...] = ()
    surveyed_at: datetime | None = None
    vote: int | None = None
    voted_at: datetime | None = None
    self_served: bool = False

    @property
    def answered_at(self) -> datetime | None:
        """When one of us answered first."""
        return self.answers[0] if self.answers else None

    @property
    def questions(self) -> tuple[Question, ...]:
        """What answers were promised to: what opened it, and what raised it after an answer, in their order.

        Those of the tickets that were merged into it follow.
        """
        asked = (one for promises in (self.promises, *self.merged) for one in self._questions(promises))
        return tuple(Question(due_at, answered_at) for due_at, answered_at in asked if due_at)

    def _questions(self, promises: tuple[Promise, ...]) -> Iterator[tuple[datetime | None, datetime | None]]:
        opened_at = promises[0].made_at if promises else self.opened_at
        answered_at = self.answered_at if opened_at == self.opened_at else self._answered(opened_at)
        yield _promised(promises, opened_at, answered_at), answered_at
        for promise in promises:
            if promise.asked and answered_at is not None and promise.made_at > answered_at:
                answered_at = self._answered(promise.made_at)
                yield _promised(promises, promise.made_at, answered_at), answered_at

    def _answered(self, since: datetime) -> datetime | None:
        return next((at for at in self.answers if at > since), None)

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed, None for one that is open."""
        at, state = self.states[-1]
        return at if state is TicketState.CLOSED else None

    @property
    def resolved_at(self) -> datetime | None:
        """When one of us answered last before it was closed; None for one that is open, or was closed unanswered."""
        closed_at = self.closed_at
        return None if closed_at is None else max((at for at in self.answers if at <= closed_at), default=None)

    def is_open(self, at: datetime) -> bool:
        """Return whether it was there and open at that instant."""
        state = None
        for since, became in self.states:
            if since > at:
                break
            state = became
        return state is TicketState.OPEN

    def reopenings(self, since: datetime, until: datetime) -> int:
        """Return how often it was opened again from `since` on, before `until`."""
        return sum(
            1
            for (_, before), (at, became) in zip(self.states, self.states[1:], strict=False)
            if before is TicketState.CLOSED and became is TicketState.OPEN and since <= at < until
        )


def _promised(promises: tuple[Promise, ...], since: datetime, until: datetime | None) -> datetime | None:
    """Return by when an answer was promised at that end; nobody can promise one before he is asked."""
    held = [one.due_at for one in promises if since <= one.made_at and (until is None or one.made_at <= until)]
    return next((due_at for due_at in reversed(held) if due_at is None or due_at > since), None)
