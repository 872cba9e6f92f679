"""The one word to which an agent's answer to a question of ours comes down: yes, no, or what else the question offers.

It stands in the first paragraph that is more than a greeting, beside nothing but words of courtesy and the agent's
name. A question is no yes ("Send?"), and "send" is one only as it is said to us: "I will send it" is news. What stands
below has to look like a signature, or may be more to say: "Yes, we can do that" is an answer to a customer, and no yes
to another one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

from mailbot.deciding.questions import ASK
from mailbot.deciding.signatures import Known, has_sentence, signs
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.quotation.signature import is_mobile
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


_SEND = frozenset("send sende senden absenden abschicken enviar enviad envia envie envoyer envoie envoyez".split())
_SAID = {
    Word.YES: _SEND | frozenset("yes y yep yeah ok okay ahead confirm confirmed ja oui si sim".split()),
    Word.NO: frozenset("no nope drop discard delete not nein nicht non nao pas".split()),
    Word.NOTE: frozenset(["note"]),
    Word.TICKET: frozenset(["ticket"]),
    Word.ADD: frozenset(["add"]),
    Word.ASK: frozenset([ASK]),
    Word.COMMAND: frozenset(["command"]),
}
_DENY = frozenset("not nicht pas".split())
_BESIDE = frozenset(
    """
    a address an and as bitte confirm danke de did do favor go hello hi i is it its keep make me merci mine of
    open please por really sure thank thanks that the them then this to was will with write written wrote you
    """.split()
)
_BESIDE_YES = frozenset("fine good great looks now perfect".split())
_NARRATES = frozenset("did i is its was will with write written wrote".split())
_ASKS = re.compile(r"(?:do you|did|is|are|was|were|will|shall|should|can|could|would|have|has)\b")
_OUR_REFERENCE = re.compile(r"\b[a-z2-7]{39}\b", re.IGNORECASE)
_MOST_BELOW = 12
_LONGEST_BELOW = 60


def said(text: str, agent: Agent) -> Word | None:
    """Return the one word that an answer of this agent comes down to, None for other words."""
    first, below = _answer(text)
    words = comparable_words(clean(first))
    known = _BESIDE.union(*_SAID.values(), comparable_words(clean(agent.name)))
    meant = {word for word, forms in _SAID.items() if forms.intersection(words)}
    if not _DENY.isdisjoint(words):
        meant = {Word.NO}
    if len(meant) > 1 and Word.NO not in meant:
        meant.discard(Word.YES)
    if meant == {Word.YES}:
        known |= _BESIDE_YES
    if len(meant) != 1 or not known.issuperset(words) or not is_no_message(below, agent):
        return None
    word = meant.pop()
    return None if word is Word.YES and not _is_assent(first, words) else word


def says_send(text: str) -> bool:
    """Return whether the answer has the very word for sending, and not only one of assent."""
    return not _SEND.isdisjoint(comparable_words(clean(_answer(text)[0])))


def _is_assent(first: str, words: Collection[str]) -> bool:
    """Return whether words of assent ask nothing, and tell of nothing that somebody sent or will."""
    if "?" in first or _ASKS.match(" ".join(words)):
        return False
    plainly = _SAID[Word.YES] - _SEND
    return not plainly.isdisjoint(words) or _NARRATES.isdisjoint(words)


def _answer(text: str) -> tuple[str, str]:
    """Return the first paragraph of an answer that is more than a greeting, and what stands below it."""
    own = "\n".join(line for line in text.splitlines() if not is_quoted(line)).strip()
    first, _, below = re.sub(r"\n[ \t]+\n", "\n\n", own).partition("\n\n")
    if below and _BESIDE.issuperset(comparable_words(clean(first))):
        more, _, below = below.strip().partition("\n\n")
        first = f"{first}\n{more}"
    return first, below


def is_no_message(below: str, agent: Agent) -> bool:
    """Return whether what stands below a yes looks like a signature, or holds a quotation that nobody recognised."""
    if _OUR_REFERENCE.search(below):
        return True
    lines = [line.strip() for line in below.splitlines() if line.strip() and not is_mobile(line)]
    if len(lines) > _MOST_BELOW or any(len(line) > _LONGEST_BELOW for line in lines):
        return False
    signature = "\n".join(lines)
    return not has_sentence(signature) and signs(signature, Known((agent.name,)))
