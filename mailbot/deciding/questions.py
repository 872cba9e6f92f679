"""What agents are asked about mail of theirs that waits, and what their answers do: effects of a decision."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.given import Given


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask an agent (his id), at his registered address, about the message at hand; it waits for his word.

    One that is not `confirmable` is not sent whatever he says; he is told why. `told` are lines that say instead what
    was read, and how he goes on; `title` is what such a mail is about, "" for one that could not be read. `ticket` is
    the one that it is about. `doing` are lines that say what follows from his yes, and `words` are others that he can
    answer, each with what follows from it. `beside` is what another answered meanwhile, to be shown beside his words.
    `shows` is a mail that would leave with his yes, in place of his words, or what somebody else wrote: what it is, and
    its text. `orders` are commands that he may reply with to a mail about a `ticket` that is no question.
    What he is told after an answer that was none names the arrival that `waits` on: his reply is about that.
    """

    agent: str
    why: str
    text: str = ""
    confirmable: bool = True
    told: tuple[str, ...] = ()
    title: str = ""
    ticket: int | None = None
    doing: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    beside: Given | None = None
    shows: tuple[str, str] | None = None
    orders: tuple[str, ...] = ()
    waits: int | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell those `others` of us (their ids) of an outage in these lines, who are not away.

    All of them are told where all `agents`, who may act for its customer, are.
    """

    agents: tuple[str, ...]
    others: tuple[str, ...]
    why: str
    told: tuple[str, ...]
    title: str


ASK = "ask"
"""The word by which an agent has himself asked about a mail that waits."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Decide anew on the arrival that waits for the word of an agent (his id), who has given it now.

    `word` is "" for yes; it may be a command, as it is written above a mail. `ASK` confirms nothing.
    """

    arrival: int
    agent: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Learn:
    """Count an address as an agent's (his id) from now on."""

    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Disown:
    """Be done with the arrival that waits for the word of an agent (his id), who wants nothing of it, and why."""

    arrival: int
    agent: str
    reason: str
