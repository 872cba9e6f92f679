"""What of an agent's reply leaves to the customer: words, their HTML, pictures and files; and what he is asked about.

The words are those below his commands, without a signature (`signatures`) and with the customer's own lines only
(`inline`). Their HTML is his where it surely says the same, else it is made from them. What the relay brought him
does not go back. A picture right below his name is most likely one of his signature: he is asked once, and it stays
behind from then on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mailbot.deciding import signatures
from mailbot.deciding.agents.inline import Answers, between_lines, unmarked_answer
from mailbot.deciding.agents.newwords import below_reference, private_addresses, tells
from mailbot.deciding.agents.team import is_ours
from mailbot.deciding.agents.written import Brought, Form
from mailbot.deciding.compose.markup import html_of
from mailbot.deciding.effects import Send
from mailbot.deciding.signatures import Known, is_signed, signed_within, without_signature
from mailbot.deciding.situation import Situation
from mailbot.reading.model import File, Picture
from mailbot.reading.quotation import quoting
from mailbot.reading.quotation.writtenhtml import PLACE, without_places, words_beside
from mailbot.rules import Agent, Rules

_AROUND = 100_000
# What no letters were made of, and UTF-7 (RFC 2152), which is not decoded.
_GARBLED = re.compile(r"\ufffd|\+[A-Za-z0-9+/]{2,}-")
_BELOW_YOUR_NAME = (
    "a picture stands below your name: with your yes it stays behind as one of your signature, from now on; what is "
    "meant for the customer goes along above your name"
)
_ALONE = "it is a picture without a word of yours, which may be one of a signature"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves, and why the agent is asked first.

    `left` are the digests of pictures of his signature that stay behind, by his word for this mail or an earlier one.
    """

    text: str
    html: str = ""
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()
    doubts: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def to(self, agent: Agent, recipients: tuple[str, ...]) -> Send:
        """Return it as an effect."""
        return Send(agent.id, self.text, recipients, self.html, self.pictures, self.files, left=self.left)


def leaving(at: Situation, agent: Agent, tenant: str | None, words: str) -> Leaving:
    """Return what of these words of an agent, and of what his mail brings, leaves to the customer."""
    relayed = at.context.relayed
    known = _known(at, agent, tenant)
    ending = without_signature(words.strip(), known)
    answers = between_lines(ending.text, relayed.asked, relayed.text)
    # Lines of the relay that were left out before are missed here only: what answers them would be read alone.
    whole = between_lines(quoting.split(at.message.text, strict=True).reply, relayed.asked, relayed.text)
    signing, loose = _signing(at, answers, known)
    left = (relayed.left | signing) & set(at.written.pictured)
    form = at.written.answering(answers.text, answers.pieces, relayed.files | left)
    form = at.written.without(form, left) if form else None
    pictures = at.written.pictures_of(form) if form else ()
    brought = tuple(one for one in at.written.brought if one.sha256 not in relayed.files)
    files = tuple(one.file for one in brought if one.file is not None)
    too_large = _octets(files, pictures) + 8 * len(answers.text) + _AROUND > at.rules.limits.message_bytes
    if too_large:
        form, pictures, files = None, (), ()
    text = without_places(answers.text)
    while left and text.rstrip().endswith(PLACE):
        text = text.rstrip().removesuffix(PLACE)
    own = words_beside(text)
    is_alone = bool(pictures) and (not own or signatures.is_only_name(own, known))
    if not own:
        text = PLACE if pictures else ""
    doubts = tuple(_doubts(at, text, brought, form, left))
    if is_alone:
        doubts = (*doubts, _ALONE)
    if signing - relayed.left:
        doubts = (*doubts, _BELOW_YOUR_NAME)
    if text and (lost := unmarked_answer(at.message.quoted_text, relayed.asked, relayed.text)):
        doubts = (
            *doubts,
            f'your program does not mark what it quotes, and would leave out what you wrote there, "{lost[:60]}"',
        )
    if text or files:
        secret = ending.doubt or signed_within(ending.text, known)
        doubts = (*filter(None, (answers.doubt or whole.doubt, secret and _ends_with(secret))), *doubts)
    if too_large:
        doubts = (*doubts, "with its files it is larger than what surely arrives: only its words would be sent")
    return Leaving(text, form.html if form else html_of(text), pictures, files, doubts, tuple(sorted(left | loose)))


def signed_off(at: Situation, agent: Agent, words: str) -> str:
    """Return words of an agent to somebody else than a customer without his signature."""
    return without_signature(words.strip(), _known(at, agent, None)).text


def is_only_name(at: Situation, agent: Agent, tenant: str | None, words: str) -> bool:
    """Return whether words of an agent are no more than his name and what programs write below it."""
    return signatures.is_only_name(words_beside(words), _known(at, agent, tenant))


def typed_below(at: Situation, agent: Agent, tenant: str | None) -> str:
    """Return the words that stand below our line of reference, where programs put a signature, "" for none.

    A signature is no more than his name, or a paragraph which begins with a line of his name alone and of which no line
    is a sentence, and what goes on below it as signatures do.
    """
    below = below_reference(at.message)
    paragraph, _, more = below.partition("\n\n")
    name, _, slogan = paragraph.partition("\n")
    ways = [(below,)] if signatures.has_sentence(slogan) else [(below,), (name, f"{name}\n{more}")]
    is_signature = any(all(is_only_name(at, agent, tenant, one) for one in texts) for texts in ways)
    return "" if is_signature else below


def staying(at: Situation, text: str, leaves: Leaving) -> Iterator[str]:
    """Yield what of a mail stays behind that has no words for the customer; `text` are all of its new words.

    A picture is somebody's answer or of his signature: below a command alone nothing tells which.
    """
    yield from (one.doubt for one in at.written.brought if one.file is None)
    form, digests, relayed = at.written.form(text), dict(at.written.digests), at.context.relayed
    shown = at.written.pictured if not text else [digests.get(name, "") for name in form.shown] if form else ()
    if not relayed.files.union(relayed.left, leaves.left).issuperset(shown):
        yield "a picture without a word of yours beside it stays behind, as those of signatures do"


def _signing(at: Situation, answers: Answers, known: Known) -> tuple[frozenset[str], frozenset[str]]:
    """Return the digests of pictures that are most likely his signature's, and of those that may be an answer.

    The first stand right below the agent's name, the others alone below a quotation.
    """
    end, placed, files = at.written.end(answers.pieces), at.written.placed, at.context.relayed.files
    named = bool(end.below) and is_signed(words_beside(answers.text), known)
    below = frozenset(placed[number] for number in end.below) if named else frozenset()
    return below - files, frozenset(placed[number] for number in end.loose) - files


def _known(at: Situation, agent: Agent, tenant: str | None) -> Known:
    """Return what is no secret to the customer: what the rules say of us and of tenants, and what the ticket says."""
    relayed = at.context.relayed
    shown = at.message.sender.name if at.message.sender and is_ours(at.message.sender.address, at.rules) else ""
    told = (*_public(at.rules, tenant), *relayed.said)
    return Known(tuple(filter(None, (agent.name, shown))), told, relayed.ended)


def _public(rules: Rules, tenant: str | None) -> Iterator[str]:
    """Yield the numbers and addresses of ours that customers have, and those of this tenant's own."""
    partner, own = rules.partner, rules.tenant_by_id(tenant)
    yield from (partner.address, *partner.aliases, partner.phone, partner.emergency_number)
    if own is not None:
        yield from (own.emergency_number, *own.recipients, *own.phone_numbers)


def _doubts(
    at: Situation, text: str, brought: tuple[Brought, ...], form: Form | None, left: Collection[str]
) -> Iterator[str]:
    if not text:
        yield "it brings files, and no words"
    if "charset guessed" in at.message.defects and _GARBLED.search(text):
        yield "your program did not say how its letters are written, and some of them are garbled"
    private = private_addresses(at.message, at.rules)
    if tells(text, private) or (form is not None and tells(form.html, private)):
        yield "it tells the customer an address of yours"
    yield from (one.doubt for one in brought if one.doubt)
    known = {*at.context.relayed.files, *left}
    if form is not None and any(at.written.placed[place] not in known for place in form.lost):
        yield "a picture among your words is of a kind that cannot be shown to everybody: it would stay behind"
    if form is None and any(digest not in known for digest in at.written.pictured):
        yield "its words can be sent, and its pictures cannot be told from those of a signature: they would stay behind"


def _ends_with(secret: str) -> str:
    return f"it ends with {secret}, which may be private to you"


def _octets(files: tuple[File, ...], pictures: tuple[Picture, ...]) -> int:
    """Return what they take in a mail: base64, and what is written around it."""
    octets = (*(file.octets for file in files), *(picture.octets for picture in pictures))
    return sum(map(len, octets)) * 3 // 2
