"""Numbered lists of tickets that agents get, and what they have us do with the numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailbot.reading.model import File, Picture


class ListKind(StrEnum):
    """What a list of tickets that an agent gets is for: what waits when he begins or in a burst, all open ones, his."""

    OPENING = "opening"
    BURST = "burst"
    OPEN = "open"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that was mailed to an agent (his id), the ticket of each number, and the `text` of that mail."""

    id: int
    agent: str
    at: datetime
    tickets: dict[int, int] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """Send an agent (his id) the newest message of a ticket, None for the one at hand; `written` is how he asked."""

    agent: str
    written: str
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerOne:
    """Send what an agent (his id) wrote and attached in reply to a list to the customers of one of its tickets."""

    agent: str
    written: str
    ticket: int
    text: str
    recipients: tuple[str, ...]
    html: str
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class SendList:
    """Send an agent (his id) a list."""

    agent: str
    written: str
    kind: ListKind
