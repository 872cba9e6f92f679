"""What the writer of a reply to a list or the weekly mail is told when nothing of it is done: why, and what would do.

None of it speaks of a customer's message that he should answer: he wrote to us.
"""

from __future__ import annotations

from mailbot.deciding.agents.asking import refused
from mailbot.deciding.agents.commands import WEEKLY_HELP, Orders, transcript
from mailbot.deciding.effects import Decision, EventKind, FileEvent, Reason
from mailbot.deciding.listed import Listing, ListKind
from mailbot.deciding.questions import Ask
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose
from mailbot.rules import Agent

NAMED = {Purpose.LIST: "list", Purpose.DIGEST: "weekly mail", Purpose.PAGE: "page"}
"""What we call a mail of which a token for that purpose is."""
_TITLE = "Nothing was done"
_WAYS_OF_A_LIST = (
    '"3 show" sends you the message of number 3, which you answer by replying to it.',
    '"3 answer" with your words below it sends them to that customer, "3 note" with words keeps them here.',
)
_WAY_OF_THE_RADAR = '"open" opens the incident that it proposes: you see first what goes to whom.'
_ON_TOP = "Write them above all else, and delete what stands below them."


def words_alone(agent: Agent, text: str, listing: Listing, below: str = "") -> Decision:
    """Return that he is told that words alone go nowhere; `below` is the first order that stands below them."""
    kind = "the weekly mail" if listing.is_of_the_week else "a page" if listing.kind is ListKind.PAGE else "a list"
    if not text.strip():
        reason = Reason("list.empty", "it says nothing new")
        return _told(agent, reason, f"{_TITLE}: your reply to {kind} says nothing new.", listing)
    reason = Reason("list.words", "words alone: its writer is told")
    if below:
        line = f'{_TITLE}: "{below}" stands below other words. Begin your reply with it.'
    else:
        line = f"{_TITLE}, and no customer got your words: a reply to {kind} says what to do with which number."
    return _told(agent, reason, line, listing, text)


def unclear_words(agent: Agent, listing: Listing) -> Decision:
    """Return that he is told that his words cannot be told from what he quotes.

    A reply to a list may hold an answer to customers, and is kept.
    """
    why = "your new words cannot be told from what you quote"
    line = f"{_TITLE}: {why}. {_ON_TOP}"
    if listing.is_of_the_week:
        return _told(agent, Reason("list.unclear", why), line, listing)
    return refused("words-unclear", why, agent, lines=(line,))


def unread(at: Situation, agent: Agent, orders: Orders, text: str, listing: Listing) -> Decision:
    """Return that he is told line by line what could not be read."""
    lines = transcript(orders, at.clock, of_the_week=listing.is_of_the_week)
    told = Ask(agent.id, "not all of it could be read", text, confirmable=False, told=lines)
    return Decision(FileEvent(EventKind.OWN), (told,), (Reason("list.unread", "nothing of it is done"),))


def not_for(purpose: Purpose, cause: str, text: str, agent: Agent | None = None, told: str = "") -> Decision:
    """Return that a reply which its writer may not have done is kept apart; `told` is how he is told, if he is."""
    lines = (f"{_TITLE}: {told or text}.", "", f"Reply to the {NAMED[purpose]} that you got.")
    return refused(cause, text, agent, lines=lines)


def _told(agent: Agent, reason: Reason, line: str, listing: Listing, text: str = "") -> Decision:
    ways = WEEKLY_HELP if listing.is_of_the_week else _WAYS_OF_A_LIST
    lines = (line, "", *((_WAY_OF_THE_RADAR,) if listing.kind is ListKind.RADAR else ()), *ways)
    told = Ask(agent.id, reason.text, text, confirmable=False, told=lines, title=_TITLE)
    return Decision(FileEvent(EventKind.OWN), (told,), (reason,))
