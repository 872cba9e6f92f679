"""What a decision may do, as values; `mailbot.desk.process` applies them in their order.

A decision is a place for the message (ticket, event, quarantine, or an entry that is there
already), what follows from it (a rise, an answer, somebody told), and the reasons for each
step. Nothing is done without standing here, and nothing here is done outside one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailbot.deciding.articles.offered import NOTHING, Offer
from mailbot.deciding.early import TakeIn
from mailbot.deciding.incidents.incident import Incident
from mailbot.deciding.listed import Acknowledge, AnswerOne, SendList, Show
from mailbot.deciding.ordered import Called, Do
from mailbot.deciding.questions import Alarm, Ask, Confirm, Disown, Learn
from mailbot.deciding.vendors.wrote import FromVendor
from mailbot.reading.model import File, Picture
from mailbot.rules import Playbook, Severity


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which words of which rule were found where (`subject` or `text`)."""

    rule: str
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision: a fixed `code` such as `severity.rule`, and a sentence for people."""

    code: str
    text: str


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    CLOSED = "closed"


class EntryKind(StrEnum):
    """What an entry of the ticket log is."""

    CUSTOMER = "customer"
    AGENT = "agent"
    NOTE = "note"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    VENDOR = "vendor"
    CHANGE = "change"


class EventKind(StrEnum):
    """Why a message has an entry but no ticket."""

    AGENT = "agent"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    OWN = "own"
    SPAM = "spam"
    THANKS = "thanks"


class Flag(StrEnum):
    """What agents must know about a ticket or an entry."""

    UNVERIFIED = "unverified"
    UNCLEAR_SENDER = "unclear-sender"
    AUTHENTICATION_FAILED = "authentication-failed"
    FROM_JUNK = "from-junk"
    MACHINE = "machine"
    OVERSIZE = "oversize"
    PROPOSED_PARTICIPANT = "proposed-participant"
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    HISTORY = "history"
    SPAM = "spam"


class AnswerKind(StrEnum):
    """The automatic mails a customer can get; the value names the template and the outbox kind."""

    ACKNOWLEDGEMENT = "acknowledgement"
    AFTER_HOURS = "after-hours"
    EMERGENCY = "emergency"


class NoticeKind(StrEnum):
    """What we tell our own people about."""

    NEW_TICKET = "new-ticket"
    REPLY = "reply"
    RISE = "rise"
    REOPENED = "reopened"
    REPEATED = "repeated"
    RECOVERED = "recovered"
    THANKED = "thanked"
    VOTED = "voted"
    DISSATISFIED = "dissatisfied"
    SELF_SERVED = "self-served"
    WAITED = "waited"
    RUNS_OUT = "runs-out"
    NIGHT_OVER = "night-over"
    RUN_OUT = "run-out"
    OVERNIGHT = "overnight"
    ESCALATED = "escalated"
    HELD = "held"
    QUARANTINED = "quarantined"
    PASSED_ON = "passed-on"
    FAILED_MAIL = "failed-mail"
    EXPIRED_MAIL = "expired-mail"
    UNCLEAR_MAIL = "unclear-mail"
    BOUNCED = "bounced"
    VENDOR = "vendor"
    PARTICIPANT = "participant"
    INCIDENT = "incident"
    RADAR = "radar"
    RESTORED = "restored"
    RELAY_DOWN = "relay-down"
    RELAY_BACK = "relay-back"
    RULES_REFUSED = "rules-refused"
    RULES_IN_FORCE = "rules-in-force"
    PATTERN_SLOW = "pattern-slow"
    UNREACHABLE_AGENT = "unreachable-agent"
    FAILED_PAGE = "failed-page"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Repetition:
    """How a ticket stands to what comes again and again.

    It came so many `times`; `told_at` is when our people were last told how often, None for never; `ailing` are the
    keys of the things (`topics`) of which a system has not said yet that they work again.
    """

    times: int = 1
    told_at: datetime | None = None
    ailing: tuple[str, ...] = ()


ONCE = Repetition()


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What somebody else wrote and an agent passes on: it stands in the ticket as theirs."""

    name: str
    address: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Make a new ticket; `linked_to` names an earlier one, for agents only. `topic` is the key of its subject's.

    `passed_on` is what stands in it instead of the message, None for the message. `agent` is the id of the agent who
    opened it, "" for nobody of us. `incident` is the number of the one that it is about, None for none.
    """

    tenant: str | None
    severity: Severity
    playbook: Playbook | None
    subject: str
    requester: str
    requester_name: str
    opened_at: datetime
    response_due_at: datetime | None
    resolution_due_at: datetime | None
    kind: EntryKind = EntryKind.CUSTOMER
    flags: tuple[Flag, ...] = ()
    linked_to: int | None = None
    topic: str = ""
    repetition: Repetition = ONCE
    passed_on: PassedOn | None = None
    agent: str = ""
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class JoinTicket:
    """Append the message to a ticket; reopen it if it was closed. `repetition` is None where it changes none.

    `flags` are the message's; that it is encrypted is one of the ticket, too, where lists show it. `agent` is the id of
    the agent who wrote it, "" for nobody of us, or for nobody who is named. One of the customer's that `asks` nothing
    makes nobody wait for an answer. `within` is the ticket that was merged into it, in whose conversation with the
    customer it stands; None for its own. `vote` is how satisfied the customer is, 1 to 5, None for not said.
    """

    ticket: int
    kind: EntryKind = EntryKind.CUSTOMER
    reopen: bool = False
    flags: tuple[Flag, ...] = ()
    repetition: Repetition | None = None
    agent: str = ""
    asks: bool = True
    within: int | None = None
    vote: int | None = None


@dataclass(frozen=True, slots=True)
class FileEvent:
    """Keep the message as an entry without a ticket."""

    kind: EventKind
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Keep the message apart, with its cause, for the operator to judge; `shown` is what an agent is to say yes to."""

    cause: str
    shown: Mapping[str, object] | None = None


UNCONFIRMED = "unconfirmed"
"""The cause for which a message waits that an agent is asked about."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The message is the same as one we have; only the arrival is noted."""

    entry: int


@dataclass(frozen=True, slots=True)
class Rise:
    """Raise the severity of the ticket at hand; promises are computed anew."""

    severity: Severity
    response_due_at: datetime | None
    resolution_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Assign:
    """Say whose the ticket at hand is, who said so, and what is promised on that tenant's clock."""

    tenant: str
    response_due_at: datetime | None
    resolution_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Tell the others who were handed the question at hand that an agent answered it; it is his if it was nobody's.

    His id is "" where the shared mailbox does not tell who it was. The question may have come `within` a ticket that
    was merged into it. `readers` are the customers who get it.
    """

    agent: str
    within: int | None = None
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Close:
    """Close the ticket at hand, and why. `solved_by` is the id of the article that solved it, "" for one of several.

    None is for every other end. `others` are the tickets that end with it.
    """

    reason: str
    solved_by: str | None = None
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Put one automatic answer to the customer into the outbox.

    `period` is the key of the closed period it belongs to, "" in hours. `expires_at` is the
    instant from which it would be late and must not leave any more. `too_large` says that
    the message exceeded our limit, so that only its header section was read. `choices` are the
    names of the tenants of which the recipient is asked to name one. `offer` is what it brings besides, and `known` the
    incident that it tells of as well.
    """

    kind: AnswerKind
    recipient: str
    tenant: str | None
    language: str
    severity: Severity
    period: str
    promised_at: datetime | None
    opens_at: datetime | None
    emergency_number: str
    expires_at: datetime | None
    too_large: bool = False
    choices: tuple[str, ...] = ()
    offer: Offer = NOTHING
    known: Incident | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell our own people; urgent ones are not kept back for grouping."""

    kind: NoticeKind
    urgent: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class MarkBounced:
    """Note on the outgoing mail `outbox` that this recipient's server failed or delayed it; an agent's answer that
    failed comes back to him.
    """

    outbox: int
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class PassOn:
    """Hand the message at hand to these agents (their ids), a mail each, so that they can answer by replying."""

    agents: tuple[str, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Send what an agent (his id) wrote in the message at hand to a customer.

    `html` says the words of `text` and no others, and shows the pictures. `subject` is "" for that of what it answers.
    It stands in the conversation of the ticket at hand, or `within` that of one which was merged into it. `left` are
    the digests of pictures of his signature that stay behind.
    """

    agent: str
    text: str
    recipients: tuple[str, ...]
    html: str = ""
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()
    subject: str = ""
    within: int | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkSent:
    """Note on the outgoing mail `outbox`, of which nobody knew whether the relay took it, that it did."""

    outbox: int


Place = OpenTicket | JoinTicket | FileEvent | Quarantine | Duplicate
Consequence = (
    Rise
    | Assign
    | Answered
    | Close
    | Answer
    | Notify
    | MarkBounced
    | MarkSent
    | TakeIn
    | FromVendor
    | PassOn
    | Send
    | Ask
    | Alarm
    | Do
    | Called
    | Confirm
    | Disown
    | Learn
    | AnswerOne
    | Acknowledge
    | Show
    | SendList
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The place of one message, what follows, and why."""

    place: Place
    consequences: tuple[Consequence, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())
    evidence: tuple[Evidence, ...] = field(default=())
