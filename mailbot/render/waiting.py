"""The facts of a list of tickets that one of us gets: what waits, numbered, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.deciding.agents.taps import Tap
from mailbot.deciding.effects import Flag
from mailbot.deciding.listed import ListKind
from mailbot.rules import Severity


@dataclass(frozen=True, slots=True)
class Taken:
    """Who of the first tier took a ticket that is not solved in time ("you", or a name), and when.

    It is `alone` where nothing else is told of that ticket.
    """

    by: str
    at: datetime
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Falling:
    """What falls due of a ticket: that it was to be solved by `ends_at`, or that the customer is to hear by `hears_by`
    although nobody waits, each None where that is not it; and that it was `taken` and the next tier hears of it.
    """

    ends_at: datetime | None = None
    hears_by: datetime | None = None
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class ListLine:
    """One numbered ticket of a list.

    `waiting_since` is None where nobody waits for an answer, `due_at` where none is promised. `ends_at` is by when it
    was to be solved, where that is what runs out, `hears_by` by when the customer is to hear from us who waits for no
    answer. `words` are the newest of the customer's, `holder` who has it: "you", a name, "" for nobody; `lost_by` is,
    alike, whose answer came back, and `seen_by` who has seen what is waited for. `taps` are links that act on it. One
    that is `escalated` waits for the next tier; where that is told just now, `taken` says since when the first has had
    it. A `vendor` (by name) owes an answer `vendor_since`, None for nobody who does.
    Where nothing proves who wrote and an account or a number is asked for, `asks_for` are the words that do, and
    `call_back` is the number on file, "" for none, `call_source` whose it is.
    """

    number: int
    ticket: int
    severity: Severity
    customer: str = ""
    tenant: str = ""
    subject: str = ""
    words: str = ""
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None
    hears_by: datetime | None = None
    holder: str = ""
    lost_by: str = ""
    seen_by: str = ""
    flags: tuple[Flag, ...] = ()
    asks_for: str = ""
    call_back: str = ""
    call_source: str = ""
    taps: tuple[Tap, ...] = ()
    escalated: bool = False
    taken: Taken | None = None
    vendor: str = ""
    vendor_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A ticket that was answered, by whom ("you", or a name) and when, and whether it is closed."""

    ticket: int
    by: str
    at: datetime
    customer: str = ""
    tenant: str = ""
    subject: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class NightLine:
    """An outage of the night: when what happened, in words, the first of it; `more` things are not listed.

    `line` is how it stands now if it is open, with its number, None for one that is closed.
    """

    ticket: int
    severity: Severity
    customer: str
    tenant: str
    subject: str
    steps: tuple[tuple[str, str], ...]
    more: int = 0
    closed: bool = False
    holder: str = ""
    number: int = 0
    line: ListLine | None = None


@dataclass(frozen=True, slots=True)
class Overnight:
    """What happened from when we closed until we opened."""

    since: datetime
    until: datetime
    outages: tuple[NightLine, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn on call begins now, and lasts until that instant; `before` is whose has ended. "you" is the reader."""

    who: str
    until: datetime
    before: str


@dataclass(frozen=True, slots=True)
class Sighted:
    """What the radar saw: a burst of that number and of these tickets, with their number of `tenants`.

    It `lasted` so long from the first to the last of them, and they have these words in `common`.

    An incident about it would have this `title`, and its customers would read what `reads` says, in our language;
    `opens` is the link that begins the mail which opens it. Of fewer tenants one of us was `told_before`, 0 for not at
    all.
    """

    burst: int
    tickets: tuple[int, ...]
    tenants: int
    lasted: timedelta
    common: tuple[str, ...]
    title: str
    reads: str
    told_before: int = 0
    opens: Tap | None = None


@dataclass(frozen=True, slots=True)
class ListFacts:
    """The facts of one list for one agent; a reply that bears `token` acts on its numbers.

    `given` are the answers since that instant. `more` and `more_given` count what is not listed. What happened
    `overnight` has the first numbers. A list of a `turn` is of the outages that are open when it begins, one
    of what the radar `sighted` of those tickets.
    """

    now: datetime
    brand: str
    kind: ListKind
    lines: tuple[ListLine, ...]
    token: str
    since: datetime
    given: tuple[GivenLine, ...] = ()
    more: int = 0
    more_given: int = 0
    country: str = "US"
    overnight: Overnight | None = None
    turn: Turn | None = None
    sighted: Sighted | None = None
