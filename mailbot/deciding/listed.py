"""Numbered lists of tickets that agents get, and what they have us do with the numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailbot.reading.model import File, Picture


class ListKind(StrEnum):
    """What a list of tickets that one of us gets is for: what waits when he begins or in a burst, all open ones, his.

    Then those of the tickets which stand in a weekly mail, of those whose promised time runs out, of the outages about
    which he is paged, of those that are open when turns on call change, and of those which the radar takes for one
    trouble.
    """

    OPENING = "opening"
    BURST = "burst"
    OPEN = "open"
    MINE = "mine"
    DIGEST = "digest"
    DUE = "due"
    PAGE = "page"
    TURN = "turn"
    RADAR = "radar"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that was mailed to an agent (his id), the ticket of each number, and the `text` of that mail.

    That of a weekly mail is of the address that it went to, and has no text. That of what the radar saw names what it
    is about, as an incident's `title`.
    """

    id: int
    agent: str
    at: datetime
    tickets: dict[int, int] = field(default_factory=dict)
    text: str = ""
    kind: ListKind = ListKind.OPEN
    title: str = ""

    @property
    def is_of_the_week(self) -> bool:
        """Whether it is that of a weekly mail."""
        return self.kind is ListKind.DIGEST


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Note that an agent (his id) has seen the outages of a page, which is the list of that number."""

    agent: str
    listing: int


@dataclass(frozen=True, slots=True)
class Show:
    """Send an agent (his id) the newest message of a ticket, None for the one at hand; `written` is how he asked."""

    agent: str
    written: str
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerOne:
    """Send what an agent (his id) wrote and attached in reply to a list to the customers of one of its tickets.

    Their conversation may stand `within` one that was merged into that ticket.
    """

    agent: str
    written: str
    ticket: int
    text: str
    recipients: tuple[str, ...]
    html: str
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()
    within: int | None = None


@dataclass(frozen=True, slots=True)
class SendList:
    """Send an agent (his id) a list."""

    agent: str
    written: str
    kind: ListKind
