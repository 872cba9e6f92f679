"""What an agent's commands do to a ticket: effects of a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from mailbot.deciding.agents.commands.kinds import Command

Value = str | datetime | date
"""A value of a request."""


@dataclass(frozen=True, slots=True)
class Do:
    """Do to the ticket at hand what an agent (his id) wrote: the command as it is written ("#severity high").

    `verb` and `values` are the request as the command line makes it (`desk.operations`), and `command` is what it
    comes from, None for words that are a note without one. `ticket` is the one that a number of a list names, None for
    the one at hand; where the number is that of one that was merged into it, it is `within` that.
    """

    agent: str
    written: str
    verb: str
    values: tuple[tuple[str, Value], ...] = ()
    ticket: int | None = None
    command: Command | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """An agent (his id) answered the customer of the ticket at hand, or of that one, by telephone at that instant.

    Where it was the customer of a ticket that was merged into it, it is `within` that.
    """

    agent: str
    at: datetime
    text: str
    ticket: int | None = None
    within: int | None = None
