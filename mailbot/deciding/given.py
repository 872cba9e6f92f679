"""An answer that one of us gave a customer, as the others are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ANSWERS_CROSS = 10
"""For how many minutes the answers of two of us to one question may have crossed."""


@dataclass(frozen=True, slots=True)
class Given:
    """The entry of an answer in its ticket, and the words that the customer got.

    `agent` is the id of who gave it, "" where the shared mailbox does not tell.
    """

    entry: int
    ticket: int
    agent: str
    at: datetime
    words: str
    by_phone: bool = False
