"""What templates may speak of in mails that tell one of us what became of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """The facts of a mail that tells an agent what another (`by`) answered to the customer (`reader`), and when.

    `subject` is that of the conversation. The answer was given `by_phone`, or its `words` were sent; it `closed` the
    ticket.
    """

    now: datetime
    brand: str
    token: str
    subject: str
    by: str
    reader: str
    words: str
    at: datetime
    by_phone: bool = False
    closed: bool = False
    country: str = "US"
