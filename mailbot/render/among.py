"""What templates may speak of in mails that tell one of us what became of an answer, and in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """The facts of a mail that tells an agent what another (`by`) answered to the customer (`reader`), and when.

    `subject` is that of the conversation. The answer was given `by_phone`, or its `words` were sent; it `closed` the
    ticket. At the addresses in `lost` it did not arrive, each with why. Whoever was told of the answer before is told
    that alone, `again`, and whether the customer `waits`.
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
    lost: tuple[tuple[str, str], ...] = ()
    again: bool = False
    waits: bool = False
    country: str = "US"


@dataclass(frozen=True, slots=True)
class PagedFacts:
    """The facts of a page that goes to one of us by mail: its one line of `text`, and the link that says it was seen.

    `kind` is outage, seen, alarm or test; `ok` is a mailto: link, "" where nothing is to be said.
    """

    now: datetime
    brand: str
    kind: str
    text: str
    ok: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class ReturnedFacts:
    """The facts of a mail that tells an agent that an answer of his did not arrive at `recipient`, and `why`.

    `subject` is that of the conversation, `reader` the customer. `advice` is what to do, `said` what a server said in
    its own words, "" for nothing, and `words` are his. It is `unclear` where the answer may have arrived.
    The ticket was `reopened`, which the same mail of his closed, or waits for a day no longer (`resumed`). What did not
    arrive may be `of_wait`: the mail of ours that tells the customer the day.
    """

    now: datetime
    brand: str
    token: str
    subject: str
    reader: str
    recipient: str
    why: str
    advice: str
    said: str
    words: str
    unclear: bool = False
    reopened: bool = False
    resumed: bool = False
    of_wait: bool = False
    country: str = "US"
