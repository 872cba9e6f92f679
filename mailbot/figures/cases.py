"""A ticket as the figures see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.deciding.effects import TicketState
from mailbot.rules import Severity


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket that a person opened. All instants are aware.

    `answers` are the instants of what one of us answered, and `states` what the ticket became when, both in their order
    in time; the first state is that of its opening. None of the promises: none was made.
    """

    ticket: int
    tenant: str | None
    severity: Severity
    subject: str
    requester: str
    opened_at: datetime
    states: tuple[tuple[datetime, TicketState], ...]
    answers: tuple[datetime, ...] = ()
    response_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    requester_name: str = ""
    assignee: str = ""
    playbook: str | None = None

    @property
    def answered_at(self) -> datetime | None:
        """When one of us answered first."""
        return self.answers[0] if self.answers else None

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
