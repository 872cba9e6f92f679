"""The commands: what each is called, what it does, and what stands between it and being done.

This is the one table of them. Reading a mail, the help and the documents come from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from mailbot.deciding.agents.commands.adding import Add
from mailbot.deciding.agents.commands.command import Care, Kind
from mailbot.deciding.agents.commands.escalating import Escalate
from mailbot.deciding.agents.commands.leave import Away, Mute
from mailbot.deciding.agents.commands.onincident import OnIncident
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.deciding.agents.commands.watching import Ok
from mailbot.rules import Playbook, Severity


@dataclass(frozen=True, slots=True)
class Close(Kind):
    """Close the ticket."""

    word = "close"
    example = "#close"
    summary = "closes the ticket; what you write below goes to the customer as well"
    meaning = "close the ticket"
    others_say = "done resolve resolved solve solved fix fixed finish finished end"
    undoable = True


@dataclass(frozen=True, slots=True)
class Reopen(Kind):
    """Open a closed ticket again."""

    word = "reopen"
    example = "#reopen"
    summary = "opens a closed ticket again"
    meaning = "open the ticket again"
    undoable = True


@dataclass(frozen=True, slots=True)
class Note(Kind):
    """Keep words for our own people."""

    word = "note"
    form = "{text}"
    example = "#note she likes to be called"
    summary = "keeps all that you write, also below, for your own people: the customer gets nothing of it"
    meaning = "keep your words as a note"
    others_say = "comment internal private memo"
    private = True
    free = True
    several = True

    text: str


@dataclass(frozen=True, slots=True)
class SetSeverity(Kind):
    """Say how bad it is."""

    word = "severity"
    form = "{severity}"
    example = "#severity high"
    summary = "says how bad it is: critical, high, normal or low"
    meaning = "set the severity to {severity}"
    others_say = "urgent priority prio critical high normal low level asap important"
    undoable = True

    severity: Severity


@dataclass(frozen=True, slots=True)
class Assign(Kind):
    """Give the ticket to a colleague; `agent` is an id."""

    word = "assign"
    form = "{agent}"
    example = "#assign bob"
    summary = "gives the ticket to a colleague"
    meaning = "give the ticket to {agent}"
    others_say = "owner give handover delegate assignee"
    undoable = True

    agent: str


@dataclass(frozen=True, slots=True)
class Take(Kind):
    """Give the ticket to the agent who writes."""

    word = "take"
    example = "#take"
    summary = "makes the ticket yours"
    meaning = "make the ticket yours"
    others_say = "claim accept grab me"
    undoable = True


@dataclass(frozen=True, slots=True)
class Called(Kind):
    """The customer was answered by telephone at `at`; it counts as an answer."""

    word = "called"
    form = "{at} {text}"
    example = "#called 02:25 the router is back"
    summary = "you spoke on the phone (at 02:25, else just now): counts as an answer; all you write stays among you"
    meaning = "count your call of {at} as an answer"
    others_say = "phone phoned rang spoke talked telephone"
    undoable = True
    private = True
    free = True

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wait(Kind):
    """Pause the ticket, tell the customer the day, and bring it back on it."""

    word = "wait"
    form = "{reason} until {until}"
    example = "#wait carrier until 12 dec"
    summary = "pauses the ticket, tells the customer the day, and brings it back to you"
    meaning = "wait for {reason} until {until}"
    others_say = "pending hold snooze pause defer postpone later"
    undoable = True
    free = True

    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class SetTenant(Kind):
    """Say whose customer it is; `tenant` is an id."""

    word = "tenant"
    form = "{tenant}"
    example = "#tenant acme"
    summary = "says whose ticket it is; asks you back if it was another customer's"
    meaning = "make it a ticket of {tenant}"
    others_say = "customer client company account"
    undoable = True
    care = frozenset({Care.ANOTHER_CUSTOMER})

    tenant: str


@dataclass(frozen=True, slots=True)
class Merge(Kind):
    """Make the ticket and another one; `ticket` is the other's number."""

    word = "merge"
    form = "{ticket}"
    example = "#merge 41"
    summary = "makes the ticket one with ticket 41; asks you back if that is another customer's"
    meaning = "merge the ticket with #{ticket}"
    others_say = "duplicate dup join combine same"
    undoable = True
    care = frozenset({Care.ANOTHER_CUSTOMER})

    ticket: int


@dataclass(frozen=True, slots=True)
class For(Kind):
    """Make a mail that an agent passes on the ticket of whoever wrote it first."""

    word = "for"
    form = "{address}"
    example = "#for jane@acme.example"
    summary = "above a mail that you forward: makes it that customer's ticket"
    meaning = "make it a ticket of {address}"
    others_say = "requester from behalf"
    undoable = True
    care = frozenset({Care.ANOTHER_CUSTOMER, Care.OUTSIDER})

    address: str


@dataclass(frozen=True, slots=True)
class New(Kind):
    """Open a ticket for a customer and send the words below as its first mail."""

    word = "new"
    form = "for {address}"
    example = "#new for jane@acme.example"
    summary = "opens a ticket for that customer, and sends what you write below"
    meaning = "open a ticket for {address}"
    others_say = "create write compose"
    care = frozenset({Care.OUTSIDER})
    of_ticket = False

    address: str


@dataclass(frozen=True, slots=True)
class Allow(Kind):
    """Let a proposed participant into the ticket."""

    word = "allow"
    form = "{address}"
    example = "#allow sam@acme.example"
    summary = "lets that address read and write in the ticket"
    meaning = "let {address} into the ticket"
    others_say = "add cc invite participant approve"
    undoable = True
    care = frozenset({Care.OUTSIDER})
    several = True

    address: str


@dataclass(frozen=True, slots=True)
class MarkSpam(Kind):
    """Call it spam and close it."""

    word = "spam"
    example = "#spam"
    summary = "calls it spam and closes it"
    meaning = "call it spam and close it"
    others_say = "junk block phishing"
    undoable = True


@dataclass(frozen=True, slots=True)
class ListOpen(Kind):
    """Send the list of what is open."""

    word = "open"
    example = "#open"
    summary = "sends you the list of all open tickets"
    meaning = "send you the open tickets"
    others_say = "list all queue tickets unassigned"
    of_ticket = False


@dataclass(frozen=True, slots=True)
class ListMine(Kind):
    """Send the list of the agent's own tickets."""

    word = "mine"
    example = "#mine"
    summary = "sends you the list of your tickets"
    meaning = "send you your tickets"
    others_say = "my"
    of_ticket = False


@dataclass(frozen=True, slots=True)
class Show(Kind):
    """Send the customer's newest message, to be answered by replying."""

    word = "show"
    example = "#show"
    summary = "sends you the customer's newest message, which you answer by replying to it"
    meaning = "send you the message"
    others_say = "view read see get full"


@dataclass(frozen=True, slots=True)
class Answer(Kind):
    """Send the words below to the customers of these numbers of a list, each alone."""

    word = "answer"
    example = "#answer"
    summary = "in reply to a list (3 5 answer): sends what you write below to each customer alone; asks you first"
    meaning = "send your words to the customer"
    others_say = "reply respond"


@dataclass(frozen=True, slots=True)
class Why(Kind):
    """Send the reasons: of the ticket, or of what came from an address, on one day if it is named."""

    word = "why"
    form = "{address} {day}"
    example = "#why jane@acme.example monday"
    summary = "tells you why a ticket is as it is, or what became of an address's mail (on a day)"
    meaning = "tell you the reasons {address} {day}"
    others_say = "explain reason reasons trace"
    of_ticket = False

    address: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class SetPlaybook(Kind):
    """Say which common issue it is."""

    word = "playbook"
    form = "{playbook}"
    example = "#playbook register"
    summary = "says which common issue it is"
    meaning = "take it for {playbook}"
    others_say = "issue topic kind category tag label"
    undoable = True

    playbook: Playbook


@dataclass(frozen=True, slots=True)
class Help(Kind):
    """Send the list of commands."""

    word = "help"
    example = "#help"
    summary = "sends you this list"
    meaning = "send you the list of commands"
    others_say = "commands usage info manual"
    of_ticket = False


@dataclass(frozen=True, slots=True)
class Undo(Kind):
    """Take back what the agent did last."""

    word = "undo"
    example = "#undo"
    summary = "takes back what you did last, for a day"
    meaning = "take back what you did last"
    others_say = "revert cancel back oops"
    of_ticket = False


Command = (
    Close
    | Reopen
    | Note
    | SetSeverity
    | Assign
    | Take
    | Escalate
    | Ok
    | Called
    | Wait
    | SetTenant
    | Merge
    | For
    | New
    | Allow
    | MarkSpam
    | Mute
    | Away
    | ListOpen
    | ListMine
    | Show
    | Answer
    | Why
    | SetPlaybook
    | ToVendor
    | OnIncident
    | Add
    | Help
    | Undo
)

COMMANDS: dict[str, type[Command]] = {
    kind.word: kind
    for kind in (
        *(Close, Reopen, Take, Ok, Assign, Escalate, SetSeverity, SetTenant, SetPlaybook),
        *(Note, Called, Wait, ToVendor, OnIncident, Merge, For, New, Allow, MarkSpam),
        *(Mute, Away, ListOpen, ListMine, Show, Answer, Why, Help, Undo),
    )
}
"""Every command of an agent by its word, in the order of the help."""
