"""What templates may speak of in mails to a vendor, and in those that tell one of us what a vendor answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One thing that a vendor asks for: what it is, its value, and `said`, by whom and when."""

    name: str
    value: str
    said: str


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The facts of a mail to a vendor about our ticket `reference`; nothing of it names the customer.

    `problem` says in one line what it is, `facts` what is known and `missing` what is not; a mail that `follows` others
    of its case has the `words` of our agent (`by`) alone. `subject` is that of the conversation, "" for its first mail.
    The vendor knows us by our `account`, and the case by `case`, "" for not yet.
    """

    now: datetime
    brand: str
    token: str
    reference: str
    problem: str
    subject: str = ""
    facts: tuple[CaseFact, ...] = ()
    missing: tuple[str, ...] = ()
    words: str = ""
    by: str = ""
    account: str = ""
    case: str = ""
    follows: bool = False
    country: str = "US"


@dataclass(frozen=True, slots=True)
class VendorAnswerFacts:
    """The facts of a mail that tells an agent what a `vendor` (by name, and its `id`) answered in a ticket.

    `subject` is that of the conversation, `sender` who wrote there, `case` what they call it, "" for nothing. Where
    nothing proves the sender it is not `verified`. `customer` is whom the ticket is of.
    """

    now: datetime
    brand: str
    token: str
    subject: str
    ticket: int
    vendor: str
    id: str
    sender: str
    words: str
    at: datetime
    customer: str = ""
    case: str = ""
    verified: bool = True
    files: tuple[str, ...] = ()
    country: str = "US"
