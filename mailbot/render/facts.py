"""What templates may speak of: typed values, each name here is a name in a template.

The facts of a customer's mail have no field that could carry the sender's words: no subject,
no display name, no text. So no template, the operator's own included, can send them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.deciding.agents.taps import Tap
from mailbot.deciding.effects import Flag, NoticeKind
from mailbot.render.among import PagedFacts, ReturnedFacts, ToldFacts
from mailbot.render.incidents import IncidentFacts
from mailbot.render.offers import NO_OFFER, OfferFacts
from mailbot.render.policies import PolicyFacts
from mailbot.render.rows import Bar, Finding, Line, Need, Row, Waits
from mailbot.render.vendors import CaseFacts, VendorAnswerFacts
from mailbot.render.waiting import ListFacts
from mailbot.render.waits import WaitsFor
from mailbot.rules import Hours, Severity


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The facts of one automatic mail to a customer; its instants are whole minutes.

    `now` is when it is written; "today" is that day in the reader's zone. `reference` is the
    ticket's number. `promised_at` and `opens_at` are None where nothing can be promised.
    `hours` are those that hold for this customer. `emergency_number` is answered day and
    night, `escalation_phone` in hours; either may be "". `critical` asks for the numbers
    first, and is never put into words. `country` (ISO 3166) chooses 911 or 112 and how a day
    and a time are written. `size_limit` is the limit in octets that the customer's message
    exceeded, 0 where it did not. `name_zone` adds the zone's name to times, for readers who may
    be elsewhere. `hours_zone` is where the hours are kept, None where the reader's zone is. `companies` are the
    customers of ours for which the reader writes, to be asked which of them is meant. Where the ticket waits, it
    `waits_until` a day, for one of the few things that have a phrase (None: another). Where the reader has an answer
    since `answered_on`, the ticket `closes_on` a day, None for not by itself. `seen_by` is the name of who of us has
    seen an outage, "" for nobody. `status_page` is where he sees how the service is, "" for nowhere.
    A survey is about the ticket `opened_on` a day; `votes` are the answers to it, 1 to 5, each with the link that gives
    it. `offer` is what the answer brings besides the receipt.
    `known` says in one line of ours which trouble we know of since `known_at`, "" for none.
    """

    now: datetime
    brand: str
    reference: str
    hours: Hours
    signature: str = ""
    website: str = ""
    promised_at: datetime | None = None
    opens_at: datetime | None = None
    emergency_number: str = ""
    escalation_phone: str = ""
    critical: bool = False
    down_word: str = "DOWN"
    country: str = "US"
    size_limit: int = 0
    name_zone: bool = False
    hours_zone: ZoneInfo | None = None
    companies: tuple[str, ...] = ()
    waits_for: WaitsFor | None = None
    waits_until: datetime | None = None
    answered_on: datetime | None = None
    closes_on: datetime | None = None
    seen_by: str = ""
    offer: OfferFacts = NO_OFFER
    status_page: str = ""
    opened_on: datetime | None = None
    votes: tuple[tuple[int, str], ...] = ()
    known: str = ""
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallBack:
    """A number on which the customer can be called; `source` says in a few words where it is from."""

    number: str
    source: str


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One thing our own people are told of.

    `text` adds in one sentence what the kind alone does not say. `ticket` is None
    where there is none. `verified` None means that this was not asked. `excerpt` holds the
    customer's words, shown as a quotation. `call` are the numbers to call the customer on, best
    first; where nothing proves who wrote and an account or a number is asked for, `asks_for` are the words that do,
    `call` is empty, and `call_back` is the number on file, None for none. `held` is the number of the customer's answer
    where it waits to be released, else None.
    `command` is what to type next, "" for showing the ticket. `assignee` is the name of the agent who has it.
    `incident` is the number of that of which it is news, None for none.
    """

    kind: NoticeKind
    text: str = ""
    ticket: int | None = None
    incident: int | None = None
    tenant: str = ""
    severity: Severity | None = None
    playbook: str = ""
    steps: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""
    sender_name: str = ""
    verified: bool | None = None
    excerpt: str = ""
    call: tuple[CallBack, ...] = ()
    asks_for: str = ""
    call_back: CallBack | None = None
    held: int | None = None
    reasons: tuple[str, ...] = ()
    promised_at: datetime | None = None
    received_at: datetime | None = None
    flags: tuple[Flag, ...] = ()
    command: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """The facts of one mail to our own people, about one thing or many; never empty.

    `more` counts further things that are not listed. `place` is where the commands are to be typed, "" for anywhere.
    """

    now: datetime
    brand: str
    items: tuple[NoticeItem, ...]
    country: str = "US"
    more: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside: a name that anybody may choose, "" for none, and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of the operator's, and the web address behind them, "" for none."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Former:
    """An earlier ticket: when it last changed, and the names of those of us who answered there."""

    ticket: int
    subject: str
    is_open: bool
    at: datetime
    answered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a message; its size in octets."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """Who of us answered, by name, and when."""

    name: str
    at: datetime
    by_phone: bool = False


@dataclass(frozen=True, slots=True)
class EscalatedBy:
    """Who of us escalated a ticket, by name, and his words for whoever takes it, "" for none."""

    name: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class RelayFacts:
    """The facts of one customer's message for one agent; a reply that bears `token` goes to the customer.

    `readers` are those whom a reply reaches. Where nothing proves who sent the message, and it asks for what hands over
    an account or a number, `asks_for` are the words that do, else "", and `call_back` is the number on file for the
    customer, None where there is none. `dashboard` is where to look at the customer, and `steps` are the playbook's,
    with their links. `former` are earlier tickets: of this sender, or else of the same tenant (`former_of_tenant`).
    `whose` is the command that makes it a customer's, where one of us reported it and nobody gets a reply, else "".
    `files` come with the mail, those `left` do not. `merged` are the last questions of tickets that were merged into
    its ticket. `taps` are links that write a command. `answered` says who answered the message since, None for nobody;
    `escalated` who escalated its ticket to the reader's tier, None for nobody.
    `incident` names the one that it is about, "" for none, and `incident_over` says since when that is over, None while
    it lasts. `receipt` is what the automatic answer to it offered and asked for.
    """

    now: datetime
    brand: str
    item: NoticeItem
    token: str
    country: str = "US"
    answered: AnsweredBy | None = None
    escalated: EscalatedBy | None = None
    incident: str = ""
    incident_over: datetime | None = None
    readers: tuple[Person, ...] = ()
    asks_for: str = ""
    call_back: CallBack | None = None
    whose: str = ""
    dashboard: str = ""
    steps: tuple[tuple[Piece, ...], ...] = ()
    former: tuple[Former, ...] = ()
    former_of_tenant: bool = False
    files: tuple[Attached, ...] = ()
    left: tuple[Attached, ...] = ()
    merged: tuple[NoticeItem, ...] = ()
    taps: tuple[Tap, ...] = ()
    receipt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedTicket:
    """The ticket that a question is about: its number and subject, and who opened it."""

    number: int
    subject: str
    customer: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, its time of day in words; and why, a sentence each."""

    time: str
    what: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on a day, which is in words, in its order in time."""

    day: str
    happened: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class AskFacts:
    """The facts of a question to an agent about his mail: why we ask, and what it would say to a customer.

    Without a `token` it is no question: it says why the mail was not sent. `told` are lines that say instead, step by
    step, what was read in it, or under a `title` of their own what he asked for. `doing` are lines that say what
    follows from a yes, `words` are further words to answer with, each with what follows, and `links` are the label and
    the address of each link that begins an answer. `beside` says that another has answered meanwhile, and his words.
    `days` tell what happened, below the lines that are `told`. `shows` is a mail that would leave, in place of `text`.
    """

    now: datetime
    brand: str
    why: str
    text: str = ""
    token: str = ""
    told: tuple[str, ...] = ()
    title: str = ""
    ticket: AskedTicket | None = None
    beside: tuple[str, str] | None = None
    doing: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    country: str = "US"
    days: tuple[Day, ...] = ()
    shows: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A ticket of a customer's that is open: its number, and when it was opened."""

    reference: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """The facts of a customer's weekly mail, from the `first` to the `last` day.

    Like those of an answer they have no field for words that anybody wrote. `response` is how long the first answer
    took on average, None for no answer, with outages measured `day_and_night`; `in_time` a share in words, "" for none.
    `more` counts open ones beside `open`. `status_page` is as in `AnswerFacts`.
    """

    now: datetime
    brand: str
    first: datetime
    last: datetime
    tickets: int = 0
    response: timedelta | None = None
    day_and_night: bool = False
    in_time: str = ""
    open: tuple[OpenRequest, ...] = ()
    more: int = 0
    signature: str = ""
    website: str = ""
    status_page: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """The facts of the weekly mail; what is empty is not told.

    `needs` are the few things that need the reader, `waiting` tickets that do beside these. `tickets` are the week's
    where they are few. `late`, `oldest` are lists of tickets (`more_late` are left out), `besides` what stands in those
    above; `senders` are people whom no customer lists yet, `said` what customers wrote beside their votes, `votes` how
    satisfied they were by week; `incidents` what lasted in the week; `issues` what several customers asked alike,
    `finding` the first of it that no article answers, None for none, `trouble` what mailbot could not do, `kept` mail
    that waits at the server (`more_kept` are left out). `monthly` is how many tickets a month there are, 0 where that
    is no reason to say it. `day_and_night` says of which tickets times run so. `token` lets a reply act on the numbers
    of the lists, "" for none. `place` is where commands are typed, "" for anywhere.
    """

    now: datetime
    brand: str
    subject: str
    title: str
    headline: str
    rows: tuple[Row, ...] = ()
    needs: tuple[Need, ...] = ()
    tickets: tuple[Line, ...] = ()
    trend: tuple[Bar, ...] = ()
    customers: tuple[Bar, ...] = ()
    severities: tuple[Bar, ...] = ()
    waiting: tuple[Line, ...] = ()
    late: tuple[Line, ...] = ()
    more_late: int = 0
    week: str = ""
    besides: bool = False
    oldest: tuple[Line, ...] = ()
    senders: tuple[Need, ...] = ()
    said: tuple[Line, ...] = ()
    votes: tuple[Bar, ...] = ()
    incidents: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    finding: Finding | None = None
    trouble: tuple[Need, ...] = ()
    kept: tuple[Waits, ...] = ()
    more_kept: int = 0
    monthly: int = 0
    day_and_night: str = ""
    token: str = ""
    country: str = "US"
    place: str = ""


Facts = (
    AnswerFacts
    | IncidentFacts
    | WeekFacts
    | PolicyFacts
    | NoticeFacts
    | RelayFacts
    | AskFacts
    | DigestFacts
    | ToldFacts
    | ReturnedFacts
    | ListFacts
    | CaseFacts
    | VendorAnswerFacts
    | PagedFacts
)
