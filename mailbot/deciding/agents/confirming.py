"""What an agent answers to a question of ours about a mail that waits.

| he answers | outcome |
|---|---|
| yes, send, ok … | what waits is decided anew, as his |
| the same without "send", and what waits could not be read | it waits on, and he is told so |
| no, drop … | it is dropped |
| a further word that the question offers: note, command, ticket, add | as it says (`unbidden`, `relayed`) |
| a command that says for whom it is, where the question offers that | decided anew, with that command above it |
| ask, in answer to a list of what waits | it is decided anew, and he is asked |
| other words | they are shown back, under a token of their own; his yes to that sends them and drops what waited |
| a word in a mail that a link began, and other words below its line of reference | it waits on, and he is told so |
| nothing | it waits on, and he is told so |
| anything, and it waits no longer | he is told so |

A yes is a first paragraph of nothing but words that say so, and the agent's name. What stands below it has to look like
a signature: "Yes, we can do that" is an answer to a customer, and no yes to another one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

from mailbot.deciding.agents.asking import OFFERED, UNREAD, WHOSE_OFFERED, refused, unsent, who
from mailbot.deciding.agents.bearing import Borne, tokens_borne
from mailbot.deciding.agents.commands import Moment, kinds, parse_message
from mailbot.deciding.agents.leaving import typed_below
from mailbot.deciding.agents.machines import is_as_us
from mailbot.deciding.agents.readers import one_of_us
from mailbot.deciding.agents.team import why_never_his
from mailbot.deciding.context import Waiting
from mailbot.deciding.effects import Decision, EventKind, FileEvent, Reason
from mailbot.deciding.questions import ASK, Ask, Confirm, Disown, Learn
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.model import Verdict
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.rules import Agent


class Word(StrEnum):
    """What an agent can answer to a question."""

    YES = "yes"
    NO = "no"
    NOTE = "note"
    TICKET = "ticket"
    ADD = "add"
    COMMAND = "command"
    ASK = ASK


_SAID = {
    Word.YES: frozenset("yes y yep yeah ok okay send confirm confirmed ja oui si sim".split()),
    Word.NO: frozenset("no nope drop discard delete not nein non nao".split()),
    Word.NOTE: frozenset(["note"]),
    Word.TICKET: frozenset(["ticket"]),
    Word.ADD: frozenset(["add"]),
    Word.ASK: frozenset([ASK]),
    Word.COMMAND: frozenset(["command"]),
}
_BESIDE = frozenset(
    """
    a address ahead an and as bitte confirm danke de did do favor go hello hi i is it its keep make me merci mine of
    open please por really sure thank thanks that the them then this to was will with write written wrote you
    """.split()
)
_SEND = (
    'Your mail waits on: not all of it could be read. Answer my question with "send" to have its words sent, '
    'with "no" to drop it, or write it anew.'
)
_BELOW = (
    'Your mail waits on: you wrote something below "Ref: …", which a word alone does not say. '
    'Reply "yes" to my question to have the mail sent as it is, "no" to drop it, or write it anew.'
)
_OUR_REFERENCE = re.compile(r"\b[a-z2-7]{39}\b", re.IGNORECASE)
_MOST_BELOW = 8
_LONGEST_BELOW = 60


def said(text: str, agent: Agent) -> Word | None:
    """Return the one word that an answer of this agent comes down to, None for other words."""
    words, below = _answer(text)
    known = _BESIDE.union(*_SAID.values(), comparable_words(clean(agent.name)))
    meant = {word for word, forms in _SAID.items() if forms.intersection(words)}
    if "not" in words:
        meant = {Word.NO}
    if len(meant) > 1 and Word.NO not in meant:
        meant.discard(Word.YES)
    if len(meant) != 1 or not known.issuperset(words) or not _is_no_message(below):
        return None
    return meant.pop()


def _answer(text: str) -> tuple[Collection[str], str]:
    """Return the words of the first paragraph of an answer, and what stands below it."""
    own = "\n".join(line for line in text.splitlines() if not is_quoted(line)).strip()
    first, _, below = re.sub(r"\n[ \t]+\n", "\n\n", own).partition("\n\n")
    return comparable_words(clean(first)), below


def _is_no_message(below: str) -> bool:
    """Return whether what stands below a yes looks like a signature, or holds a quotation that nobody recognised."""
    if _OUR_REFERENCE.search(below):
        return True
    lines = [line.strip() for line in below.splitlines() if line.strip()]
    return len(lines) <= _MOST_BELOW and not any(
        len(line) > _LONGEST_BELOW or line.endswith((".", "!", "?", ":")) for line in lines
    )


def confirmation(at: Situation) -> Decision | None:
    """Return the decision on an agent's answer to a question about a mail that waits, None for all else.

    The words of an answer that is neither yes nor no are for `relayed.correction` to judge.
    """
    borne = tuple(tokens_borne(at, Purpose.CONFIRMATION))
    if not borne or at.sender.verdict is Verdict.FAIL:
        return None
    writer = one_of_us(at.sender.address, at.rules)
    own = next((one for one in borne if one.agent == writer), None)
    if own is None:
        # Whom the question was put to learns that the answer did nothing; a mail that proves nothing tells nobody, but
        # his own program may write us into From.
        told = borne[0].agent if at.sender.verdict is Verdict.PASS or is_as_us(at) else None
        text = f"it answers a question put to {borne[0].agent.name}, and is from {who(at)}"
        return refused("foreign-token", text, told)
    word = said(at.message.reply_text, own.agent)
    waiting = at.context.asked_about(own.claim.ticket)
    if word in {Word.YES, Word.NO, Word.ASK} or (word and waiting and f"{OFFERED}{word}" in waiting.codes):
        return _answered(at, own, word)
    offered = waiting is not None and any(code.startswith(WHOSE_OFFERED) for code in waiting.codes)
    if waiting and waiting.waits and offered and (command := _whose(at, own.agent)):
        reason = Reason("confirmation.whose", f"{own.agent.name} says for whom it is: {command}")
        return Decision(FileEvent(EventKind.OWN), (Confirm(waiting.arrival, own.agent.id, command),), (reason,))
    return None


def _whose(at: Situation, agent: Agent) -> str:
    """Return the one command in the answer that says for whom a mail is, "" for anything else."""
    orders = parse_message(at.message, Moment.of(agent, at.rules, at.now))
    commands = orders.commands
    if len(commands) != 1 or not isinstance(commands[0], (kinds.For, kinds.New)) or not _is_no_message(orders.text):
        return ""
    return str(commands[0])


def _answered(at: Situation, own: Borne, word: Word) -> Decision:
    arrival, agent = own.claim.ticket, own.agent
    waiting = at.context.asked_about(arrival)
    if waiting is None or not waiting.waits:
        reason = Reason("confirmation.late", "what was asked about waits no longer")
        return Decision(FileEvent(EventKind.OWN), (unsent(agent, "it was done with before"),), (reason,))
    if typed_below(at, agent, None):
        reason = Reason("confirmation.below", "words stand below the line of reference: it waits on")
        told = Ask(agent.id, "words stand below it", confirmable=False, told=(_BELOW,), title="Your mail waits on")
        return Decision(FileEvent(EventKind.OWN), (told,), (reason,))
    if word is Word.NO:
        reason = Reason("confirmation.no", f"{agent.name} wants nothing of it: it is dropped")
        return Decision(FileEvent(EventKind.OWN), (Disown(arrival, agent.id, "the agent said no"),), (reason,))
    if word is Word.YES and UNREAD in waiting.codes and "send" not in _answer(at.message.reply_text)[0]:
        reason = Reason("confirmation.unread", "a yes does not say what of it is meant: it waits on")
        told = Ask(agent.id, "a yes is not enough", confirmable=False, told=(_SEND,), title="A yes is not enough")
        return Decision(FileEvent(EventKind.OWN), (told,), (reason,))
    if word is Word.ASK:
        reason = Reason("confirmation.ask", f"{agent.name} wants to be asked about it")
        return Decision(FileEvent(EventKind.OWN), (Confirm(arrival, agent.id, ASK),), (reason,))
    reason = Reason("confirmation", f"{agent.name} says that the mail is theirs")
    if word is Word.ADD:
        return _added(at, waiting, agent, reason)
    confirmed = Confirm(arrival, agent.id, "" if word is Word.YES else word)
    return Decision(FileEvent(EventKind.OWN), (confirmed,), (reason,))


def _added(at: Situation, waiting: Waiting, agent: Agent, reason: Reason) -> Decision:
    """Return that the mail is decided anew, and that its address counts as the agent's, unless it never can."""
    confirmed = Confirm(waiting.arrival, agent.id)
    never = why_never_his(waiting.from_address, agent, at.rules)
    if not never and at.sender.verdict is not Verdict.PASS:
        # A yes lets one mail go; an address would speak as him for good.
        never = "nothing proves that your answer comes from your address"
    if never:
        told = Ask(
            agent.id,
            never,
            confirmable=False,
            told=(f"Your mail goes on. {waiting.from_address} was not added: {never}.",),
            title="The address was not added",
        )
        kept = Reason("address.never", f"{waiting.from_address} is not counted as theirs: {never}")
        return Decision(FileEvent(EventKind.OWN), (confirmed, told), (reason, kept))
    learned = Reason("address.learned", f"{waiting.from_address} counts as {agent.name}'s from now on")
    return Decision(FileEvent(EventKind.OWN), (confirmed, Learn(waiting.from_address, agent.id)), (reason, learned))
