"""Answers of ours that were here before the mail that they answer: two folders are read one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Early:
    """The entry of an answer to a mail which came after it.

    `agent` is the id of who wrote it, "" where nobody is named; `addresses` are those whom it went to. `ticket` is the
    one that it was logged in, None for none; `guessed` says that only its recipient tied it to that.
    """

    entry: int
    agent: str
    at: datetime
    addresses: frozenset[str]
    ticket: int | None = None
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Log these answers in the ticket at hand, each at its own time: they answered the message at hand."""

    answers: tuple[Early, ...]
