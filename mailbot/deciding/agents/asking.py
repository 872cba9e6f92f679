"""Asking agents back, in the one way: the mail waits, and his registered address is asked what is to become of it.

Whoever reads mail there and answers is the agent. What waits is decided anew once he has said yes (`confirming`), so
that nothing is written twice and nothing is lost. Every question says what would follow, and from which word.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.commands import Orders
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    UNCONFIRMED,
    Decision,
    EventKind,
    FileEvent,
    NoticeKind,
    Notify,
    Quarantine,
    Reason,
)
from mailbot.deciding.given import Given
from mailbot.deciding.questions import Ask
from mailbot.deciding.situation import Situation
from mailbot.reading.quotation.writtenhtml import words_beside
from mailbot.rules import Agent

SENT = "Shall this be sent?"
"""The title of a question about words that are surely his."""
OFFERED = "relay.offered."
"""The code of a reason begins so that says which further word a question offers."""
UNREAD = "relay.unread"
"""The code of a reason that says that commands could not be read: only "send" has the words below them sent."""
COMMANDED = "command.unconfirmed"
"""The code of the reason for which commands wait that are done only once the agent has seen what follows."""
WHOSE_OFFERED = f"{OFFERED}#"
"""The code of a reason begins so that says that a command in the answer can name whose the mail is."""
_ONE = {"file", "picture"}


def asked(  # noqa: PLR0913 - all that a question says
    agent: Agent,
    why: str,
    *,
    text: str = "",
    title: str = "",
    ticket: TicketFacts | None = None,
    told: tuple[str, ...] = (),
    doing: tuple[str, ...] = (),
    words: tuple[tuple[str, str], ...] = (),
    reasons: tuple[Reason, ...] = (),
    beside: Given | None = None,
) -> Decision:
    """Return that the mail waits for the agent's yes, and that he is asked: `why` says what keeps it."""
    waits = (
        Reason("relay.asked", f"{why}: asked back at {agent.addresses[0]}"),
        Reason("relay.waits", "nothing is sent or done before the agent says so"),
    )
    offered = tuple(Reason(f"{OFFERED}{word}", f'he can answer "{word}" as well: {follows}') for word, follows in words)
    unread = (Reason(UNREAD, 'not all of it could be read: of all words of assent only "send" counts'),) if told else ()
    number = ticket.id if ticket else None
    question = Ask(agent.id, why, text, title=title, told=told, ticket=number, doing=doing, words=words, beside=beside)
    return Decision(Quarantine(UNCONFIRMED), (question,), (*waits, *unread, *offered, *reasons))


def unread(agent: Agent, text: str, ticket: TicketFacts, told: tuple[str, ...]) -> Decision:
    """Return that nothing is done with a mail of commands alone that could not all be read, and that he is told."""
    why = "not all of it could be read, and nothing in it is for the customer"
    lines = (*told, "Nothing in it is for the customer, so there is nothing to send. A reply to this mail does it.")
    to_him = Ask(agent.id, why, text, confirmable=False, told=lines, ticket=ticket.id)
    return Decision(FileEvent(EventKind.OWN), (to_him,), (Reason("relay.unread-commands", why),))


def refused(
    cause: str,
    text: str,
    agent: Agent | None = None,
    ticket: TicketFacts | None = None,
    *,
    lines: tuple[str, ...] = (),
) -> Decision:
    """Return that the mail is kept apart, that those are told who are told of that, and the agent if he wrote it.

    He is told these `lines` of a mail that was for no customer.
    """
    nothing = "nothing of it was done" if lines else "nothing was sent to the customer"
    told = Notify(NoticeKind.QUARANTINED, urgent=True, text=f"{text}; {nothing}.")
    to_him: tuple[Ask, ...] = ()
    if agent and lines:
        to_him = (Ask(agent.id, text, confirmable=False, told=lines, title="Nothing was done"),)
    elif agent:
        to_him = (unsent(agent, text, ticket),)
    return Decision(Quarantine(cause), (told, *to_him), (Reason(f"quarantine.{cause}", text),))


def unsent(agent: Agent, why: str, ticket: TicketFacts | None = None) -> Ask:
    """Return that the agent is told why the customer got nothing."""
    return Ask(agent.id, why, confirmable=False, ticket=ticket.id if ticket else None)


def doing(
    orders: Orders, clock: WallClock, recipients: tuple[str, ...], files: int = 0, pictures: int = 0
) -> tuple[str, ...]:
    """Return what a yes to these orders does, a line for each command, and to whom words, files and pictures go."""
    return tuple(_lines(orders, clock, recipients, _brought(files, pictures)))


def _lines(orders: Orders, clock: WallClock, recipients: tuple[str, ...], brought: str) -> Iterator[str]:
    for step in orders.understood:
        yield f"{step.written}: {step.command.does(clock)}"
    has_words = words_beside(orders.text) != ""
    if not recipients:
        yield from ("your words stay among us",) if has_words else ()
    elif has_words or brought:
        what = " and ".join(filter(None, ("words" if has_words else "", brought)))
        yield f"your {what} {'goes' if what in _ONE else 'go'} to {' and '.join(recipients)}"


def _brought(files: int, pictures: int) -> str:
    """Return "file", "files and picture" and the like, "" for nothing."""
    counted = ((files, "file"), (pictures, "picture"))
    return " and ".join(kind if number == 1 else f"{kind}s" for number, kind in counted if number)


def who(at: Situation) -> str:
    """Return the address that a mail says it is from, in words."""
    return at.sender.address or "nobody clear"
