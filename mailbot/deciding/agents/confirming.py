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
| other words without a command, where a command waits | it waits on, and he is told so |
| anything, and it waits no longer | he is told so |

Which words are a yes or a no `assent` says.
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.asking import COMMANDED, OFFERED, UNREAD, WHOSE_OFFERED, refused, unsent, who
from mailbot.deciding.agents.assent import Word, is_no_message, said, says_send
from mailbot.deciding.agents.bearing import Borne, tokens_borne
from mailbot.deciding.agents.commands import Moment, kinds, parse_message
from mailbot.deciding.agents.leaving import typed_below
from mailbot.deciding.agents.machines import is_as_us
from mailbot.deciding.agents.newwords import below_reference, new_words
from mailbot.deciding.agents.readers import one_of_us
from mailbot.deciding.agents.team import why_never_his
from mailbot.deciding.context import Waiting
from mailbot.deciding.effects import Decision, EventKind, FileEvent, Reason
from mailbot.deciding.questions import ASK, Ask, Confirm, Disown, Learn
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose
from mailbot.reading.model import Verdict
from mailbot.rules import Agent

_SEND = (
    'Your mail waits on: not all of it could be read. Reply "send" to have its words sent, '
    '"no" to drop it, or write it anew.'
)
_BELOW = (
    'Your mail waits on: you wrote something below "Ref: …", which a word alone does not say. '
    'Reply "yes" to have the mail sent as it is, "no" to drop it, or write it anew.'
)
_UNCLEAR = (
    'Your mail waits on, and nothing of it is done: your answer is neither "send" nor "no". '
    'Reply "send" to have it done as I showed you, "no" to drop it, or write it anew with its command.'
)


def confirmation(at: Situation) -> Decision | None:
    """Return the decision on an agent's answer to a question about a mail that waits, None for all else.

    The words of an answer that is neither yes nor no are for `relayed.correction` to judge; where a command waits, no
    words without one are for a customer.
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
    if waiting and waiting.waits and COMMANDED in waiting.codes and not _commands(at, own.agent):
        reason = Reason("confirmation.unclear", "it says neither yes nor no: what was asked about waits on")
        return _waits_on(own, waiting, "it says neither yes nor no", _UNCLEAR, reason)
    return None


def _commands(at: Situation, agent: Agent) -> bool:
    """Return whether the answer is written anew: it begins with a command, or with what may have been meant as one."""
    text = "\n".join(filter(None, (new_words(at.message, at.rules), below_reference(at.message))))
    return bool(parse_message(replace(at.message, reply_text=text), Moment.of(agent, at.rules, at.now)).steps)


def _waits_on(
    own: Borne, waiting: Waiting, why: str, told: str, reason: Reason, title: str = "Your mail waits on"
) -> Decision:
    """Return that an answer was none, and that the agent is told so by a mail which he can answer as the question."""
    agent, ticket, waits = own.agent.id, waiting.ticket, waiting.arrival
    to_him = Ask(agent, why, confirmable=False, told=(told,), title=title, ticket=ticket, waits=waits)
    return Decision(FileEvent(EventKind.OWN), (to_him,), (reason,))


def _whose(at: Situation, agent: Agent) -> str:
    """Return the one command in the answer that says for whom a mail is, "" for anything else."""
    orders = parse_message(at.message, Moment.of(agent, at.rules, at.now))
    commands = orders.commands
    if (
        len(commands) != 1
        or not isinstance(commands[0], (kinds.For, kinds.New))
        or not is_no_message(orders.text, agent)
    ):
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
        return _waits_on(own, waiting, "words stand below it", _BELOW, reason)
    if word is Word.NO:
        reason = Reason("confirmation.no", f"{agent.name} wants nothing of it: it is dropped")
        return Decision(FileEvent(EventKind.OWN), (Disown(arrival, agent.id, "the agent said no"),), (reason,))
    if word is Word.YES and UNREAD in waiting.codes and not says_send(at.message.reply_text):
        reason = Reason("confirmation.unread", "a yes does not say what of it is meant: it waits on")
        return _waits_on(own, waiting, "a yes is not enough", _SEND, reason, "A yes is not enough")
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
