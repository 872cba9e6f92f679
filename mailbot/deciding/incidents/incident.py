"""An incident as our own people write it down: what customers read of it in their mail and on the status page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.rules import Playbook


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    RESOLVED = "resolved"


class UpdateKind(StrEnum):
    """What an update of an incident does."""

    OPEN = "open"
    UPDATE = "update"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Update:
    """What one of us said of an incident at an aware instant, for all customers to read.

    `text` is plain text in our own people's words, "" where the kind alone was said. `author` is who of us said it, as
    the log names people; customers never read that.
    """

    at: datetime
    kind: UpdateKind
    text: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble that many customers have, with its `updates` in the order in which they were said.

    `title` says in a few of our words what is wrong, "" where the common issue says it; `playbook` is that issue, None
    for another. Instants are aware; `resolved_at` is None while it lasts. The first update opened it; there is none
    where a disk has lost them.
    """

    number: int
    title: str
    playbook: Playbook | None
    opened_at: datetime
    resolved_at: datetime | None = None
    updates: tuple[Update, ...] = ()

    @property
    def state(self) -> IncidentState:
        """Return where it stands."""
        return IncidentState.OPEN if self.resolved_at is None else IncidentState.RESOLVED

    @property
    def spoken_of_at(self) -> datetime:
        """Return when one of us last said something of it."""
        return self.updates[-1].at if self.updates else self.opened_at


def is_said_as_issue(incident_title: str, playbook: Playbook | None, language: str, ours: str) -> bool:
    """Return whether a reader of that language is told the common issue: without a title, or one in our own language.

    A title without a common issue is told as it is.
    """
    return playbook is not None and (not incident_title or language != ours)


@dataclass(frozen=True, slots=True)
class Told:
    """What a customer wrote first in a ticket that is about an incident, and which common issue it was taken for."""

    subject: str
    text: str
    playbook: Playbook | None = None


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that lasts, with what new mail is held against: some of what customers wrote about it."""

    incident: Incident
    told: tuple[Told, ...] = ()
