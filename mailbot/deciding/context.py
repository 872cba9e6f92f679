"""What the store knows that a decision may depend on, as frozen values.

The shell looks these up inside the transaction that will also apply the decision, so that
what was true when deciding is still true when writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.deciding.early import Early
from mailbot.deciding.effects import ONCE, AnswerKind, Repetition, TicketState
from mailbot.deciding.given import Given
from mailbot.deciding.incidents.incident import OpenIncident
from mailbot.deciding.listed import Listing
from mailbot.reading.model import Envelope
from mailbot.rules import Severity


class Source(StrEnum):
    """The door an arrival came through."""

    IMAP = "imap"
    SMTP = "smtp"
    LMTP = "lmtp"
    FILE = "file"


OUTSIDE = "(outside)"
"""`Arrival.mailbox` of mail that a client which is no trusted relay brought to our own door; nobody's
Authentication-Results count there. Mail from a trusted relay bears ""."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery of one message, as intake recorded it.

    `received_at` is when the message reached us or our mailbox. `history` mail threads but
    is never answered, notified or counted; `silent` mail is a normal ticket whose sender gets
    no answer. `sent` mail was found where our mailbox keeps what is written from it. `oversize`
    is the message's full size in octets when only its header section was fetched, else 0.
    `confirmed_by` is the id of the agent who said, asked back, that the message is his, and `confirmed_as` the word or
    the command by which he said more than yes.
    """

    id: int
    source: Source
    received_at: datetime
    envelope: Envelope
    mailbox: str = ""
    folder: str = ""
    uidvalidity: int | None = None
    uid: int | None = None
    junk: bool = False
    sent: bool = False
    confirmed_by: str = ""
    confirmed_as: str = ""
    history: bool = False
    silent: bool = False
    oversize: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody who came to a ticket last, by mail or let in, while it was that tenant's, None for nobody's.

    `first` is the tenant whose it was first from then on, None for nobody's to this day.
    """

    address: str
    tenant: str | None
    first: str | None


@dataclass(frozen=True, slots=True)
class Called:
    """An answering service (its id) was called for a ticket then, or answered in it."""

    agent: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """The present state of a ticket. `parties` are the lower-case addresses that mail was exchanged with, `writers`
    those of them who wrote.

    `answered` says that one of us has answered it, `by_machine` that no person opened it; `topic` is the key of what
    its subject is about. `waiting_since` is when the customer wrote what nobody has answered yet, `assignee` the id of
    the agent whose it is, "" for nobody's. `came` is told of its people other than the requester, `called` of
    answering services. `vendor` is the id of the vendor with whom it was filed last, "" for none;
    `vote` is how satisfied its requester is, 1 to 5, None for not said; `offered` are the ids of the
    articles that he was offered. While the `incident` `lasts` that it is about, None for none, it waits for the end of
    that; where that is over, and we `asked_if_well` last, the customer's yes ends it, and those `asked_with` it.
    """

    id: int
    state: TicketState
    severity: Severity
    tenant: str | None
    requester: str
    opened_at: datetime
    closed_at: datetime | None
    response_due_at: datetime | None = None
    parties: frozenset[str] = frozenset()
    writers: frozenset[str] = frozenset()
    history: bool = False
    answered: bool = False
    topic: str = ""
    by_machine: bool = False
    repetition: Repetition = ONCE
    waiting_since: datetime | None = None
    assignee: str = ""
    waits_until: datetime | None = None
    merged_into: int | None = None
    came: tuple[Came, ...] = ()
    called: tuple[Called, ...] = ()
    vendor: str = ""
    vote: int | None = None
    offered: tuple[str, ...] = ()
    incident: int | None = None
    lasts: bool = False
    asked_if_well: bool = False
    asked_with: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest ticket that this address opened on this topic, its subject, and the new text of its last message."""

    ticket: TicketFacts
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class KnownId:
    """A Message-ID in the log and whom it was exchanged with; `outgoing` ones we sent to `address`."""

    message_id: str
    ticket: int
    address: str
    outgoing: bool


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An automatic mail that was put into the outbox for an address; `kind` is None where it answered no message."""

    kind: AnswerKind | None
    ticket: int | None
    period: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentMail:
    """An outgoing mail a bounce may be about; `for_team` is a notice to our own people, `kind` that of the outbox."""

    outbox: int
    ticket: int | None
    recipient: str
    message_id: str
    for_team: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An arrival about which an agent was asked, and whether it still `waits` for his word.

    `ticket` is the one that he was asked about, None for none; `codes` are those of the reasons for which it waits.
    """

    arrival: int
    waits: bool
    from_address: str
    ticket: int | None
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Relayed:
    """What a reply to a relay answers: `asked` is what the customer newly wrote, `text` that of our mail which told it.

    `said` are the texts of the ticket, `ended` those of the same agent's earlier replies; `files` are the digests of
    what came with our mail. `copied` are those to whom the customer sent it besides. `left` are the digests of pictures
    that stayed behind in earlier replies of the same agent, as his signature's.
    """

    asked: str = ""
    text: str = ""
    said: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()
    copied: tuple[str, ...] = ()
    left: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the store contributes to one decision.

    `duplicate_of` is the entry with the same fingerprint. `known_ids` are those of the
    message's In-Reply-To and References that are in the log; `tickets` holds the facts of each
    ticket named by them or by a token. `answers` are the past answers to the sender's address,
    newest 100; the hourly counts are over all addresses that no tenant lists. `rises_last_day` are
    the rises that this address caused.
    `answered_by_human` says that one of us has answered this address before. For mail that one of us sent, `ours` is
    the mail of our outbox that it is, and `open_of` are the newest open tickets of those it went to. `asked` are the
    arrivals about which an agent was asked, and which the message's tokens may name. `given` are the latest answers of
    ours, the newest first, that the writer of a reply to a relay did not see in what he replied to; `relayed` is what
    it answers. `listings` are the lists of ours that its tokens name, unproven. `early` are answers of ours to the
    sender's address that refer to this message, and were here before it. Where the message is a reply to the mail that
    told the sender's address what we promise, `answers_policy` is its number in our outbox, else 0.
    `from_vendors` are the tickets in which mails of vendors stand to which a vendor's refers, and who wrote there.
    `incidents` are those that last, where a message may begin a ticket.
    """

    duplicate_of: int | None = None
    known_ids: tuple[KnownId, ...] = ()
    tickets: tuple[TicketFacts, ...] = ()
    answers: tuple[PastAnswer, ...] = ()
    domain_answers_last_hour: int = 0
    unknown_answers_last_hour: int = 0
    rises_last_day: int = 0
    answered_by_human: bool = False
    bounced_mail: SentMail | None = None
    earlier: Earlier | None = None
    ours: SentMail | None = None
    open_of: tuple[TicketFacts, ...] = ()
    asked: tuple[Waiting, ...] = ()
    given: tuple[Given, ...] = ()
    relayed: Relayed = Relayed()
    listings: tuple[Listing, ...] = ()
    early: tuple[Early, ...] = ()
    answers_policy: int = 0
    from_vendors: tuple[tuple[int, str], ...] = ()
    incidents: tuple[OpenIncident, ...] = ()

    def ticket(self, ticket_id: int) -> TicketFacts | None:
        """Return the facts of that ticket, None when it does not exist."""
        return next((facts for facts in self.tickets if facts.id == ticket_id), None)

    def home(self, ticket: TicketFacts) -> TicketFacts:
        """Return the ticket as which that one goes on: itself, unless it was merged into another of its customer's.

        One that was merged across customers stays on its own, and so does one whose other became another customer's
        since: nothing of its customer's belongs there.
        """
        gone: set[int] = set()
        while ticket.merged_into is not None and (into := self.ticket(ticket.merged_into)) is not None:
            # Only a damaged log has a circle.
            if into.id in gone:
                break
            gone.add(into.id)
            if ticket.tenant and into.tenant and ticket.tenant != into.tenant:
                break
            if not ticket.requester or ticket.requester not in {into.requester, *into.writers}:
                break
            ticket = into
        return ticket

    def home_and_within(self, ticket: TicketFacts) -> tuple[TicketFacts, int | None]:
        """Return the home of a ticket, and its number where that is another, within which its conversation stands."""
        home = self.home(ticket)
        return home, None if home is ticket else ticket.id

    def asked_about(self, arrival: int) -> Waiting | None:
        """Return what is known of that arrival, about which an agent was asked; None for nothing."""
        return next((one for one in self.asked if one.arrival == arrival), None)
