"""What an agent answers to a question of ours about a mail that waits.

| he answers | outcome |
|---|---|
| yes, send, ok … | what waits is decided anew, as his |
| no, drop … | it is dropped |
| other words | they are shown back, under a token of their own; his yes to that sends them and drops what waited |
| anything, and it waits no longer | he is told so |

A yes is a first paragraph of nothing but words that say so, and the agent's name. What stands below it has to look like
a signature: "Yes, we can do that" is an answer to a customer, and no yes to another one.
"""

from __future__ import annotations

import re
from enum import StrEnum

from mailbot.deciding.agents.asking import refused, unsent, who
from mailbot.deciding.agents.bearing import Borne, tokens_borne
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.effects import Confirm, Decision, Disown, EventKind, FileEvent, Reason
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


_SAID = {
    Word.YES: frozenset("yes y yep yeah ok okay send confirm confirmed ja oui si sim".split()),
    Word.NO: frozenset("no nope drop discard delete not nein non nao".split()),
}
_BESIDE = frozenset(
    """
    a ahead and as bitte confirm danke de did do favor go hello hi i is it its me merci mine of please por really sure
    thank thanks that the them then this to was write written wrote you
    """.split()
)
_OUR_REFERENCE = re.compile(r"\b[a-z2-7]{39}\b", re.IGNORECASE)
_MOST_BELOW = 8
_LONGEST_BELOW = 60


def said(text: str, agent: Agent) -> Word | None:
    """Return the one word that an answer of this agent comes down to, None for other words."""
    own = "\n".join(line for line in text.splitlines() if not is_quoted(line)).strip()
    first, _, below = re.sub(r"\n[ \t]+\n", "\n\n", own).partition("\n\n")
    words = comparable_words(clean(first))
    known = _BESIDE.union(*_SAID.values(), comparable_words(clean(agent.name)))
    meant = {word for word, forms in _SAID.items() if forms.intersection(words)}
    if "not" in words:
        meant = {Word.NO}
    if len(meant) != 1 or not known.issuperset(words) or not _is_no_message(below):
        return None
    return meant.pop()


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
    writer = agent_of(at.sender.address, at.rules)
    own = next((one for one in borne if one.agent == writer), None)
    if own is None:
        return refused("foreign-token", f"it answers a question put to {borne[0].agent.name}, and is from {who(at)}")
    word = said(at.message.reply_text, own.agent)
    return None if word is None else _answered(at, own, word)


def _answered(at: Situation, own: Borne, word: Word) -> Decision:
    arrival, agent = own.claim.ticket, own.agent
    waiting = at.context.asked_about(arrival)
    if waiting is None or not waiting.waits:
        reason = Reason("confirmation.late", "what was asked about waits no longer")
        return Decision(FileEvent(EventKind.OWN), (unsent(agent, "it was done with before"),), (reason,))
    if word is Word.NO:
        reason = Reason("confirmation.no", f"{agent.name} wants nothing of it: it is dropped")
        return Decision(FileEvent(EventKind.OWN), (Disown(arrival, agent.id, "the agent said no"),), (reason,))
    reason = Reason("confirmation", f"{agent.name} says that the mail is theirs")
    return Decision(FileEvent(EventKind.OWN), (Confirm(arrival, agent.id),), (reason,))
