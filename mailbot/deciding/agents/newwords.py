"""The words of an agent's reply to a relay that are his own, and none that are there for him alone.

Between the lines of the relay he may answer what the customer wrote: then the quoted lines right above an answer stay.
The relay quotes the customer, so that in his reply her lines bear two marks and those of the relay itself one: where
both are there, only hers stay, with one mark. Where a program kept no marks within the quotation, they cannot be told
apart, and no line of a relay's first or last paragraph stays.

Not every program marks a signature. The last lines are one, from the agent's name on, where one of them holds an
address that only we may know; each is short, and no line above asks the reader to look at them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from html import unescape
from urllib.parse import unquote

from mailbot.deciding.agents.team import agent_of, is_desk
from mailbot.deciding.signatures import LEADS_ON
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.quotation.signature import is_delimiter, is_mobile
from mailbot.rules import Rules

# What stands in the first line of a relay, and in its last.
_RELAY = re.compile(r"A reply to this mail goes to|\bRef:\s*[a-z2-7]{39}|\b[a-z2-7]{39}\b", re.IGNORECASE)
_BEGUN = re.compile(r"(?m)^--[ \t\xa0]*\n(?:[ \t\xa0]*\n){0,3}Ref: [A-Za-z2-7]{39}[ \t\xa0]*$")

_LONGEST = 500_000
_MOST_LINES = 12
_LONGEST_LINE = 100
_MOST_WORDS = 10
_LINK = re.compile(r"<(https?://|mailto:|tel:)([^<>\s]{1,2000})>")
_WORD_END = re.compile(r"[\s<>]")
_LONGEST_WORD = 500
_TAG = re.compile(r"<[^<>]{0,2000}>")
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]+")
_EMPTY_LINES = re.compile(r"\n(?:[ \t\xa0]*\n){2,}")
_MARK = re.compile(r"^[ \t]*>[ \t]?(?=>)")
_TWICE = re.compile(r"^[ \t]*>[ \t]*>")


def are_unclear(text: str, message: Message) -> bool:
    """Return whether the words that seem new cannot be told from what the message quotes."""
    return _RELAY.search(text) is not None or len(message.text) > _LONGEST


def below_reference(message: Message) -> str:
    """Return what he wrote below the line of reference of a mail that a link of ours began (`taps`), "" for nothing."""
    below = quoting.split(_around_reference(message.text)[1], strict=True).reply
    return "\n".join(line for line in below.split("\n") if not is_mobile(line)).strip()


def _around_reference(text: str) -> tuple[str, str]:
    """Return what stands above and below that line, with nothing below where it is none or of a quotation."""
    begun = _BEGUN.search(text)
    if begun is None or quoting.split(text[: begun.start()]).quoted:
        return text, ""
    return text[: begun.start()], text[begun.end() :]


def private_addresses(message: Message, rules: Rules) -> frozenset[str]:
    """Return what must never reach a customer: our agents' addresses, and those that this mail is from."""
    agents = (address for agent in rules.agent for address in agent.addresses)
    froms = (box.address for box in (*message.from_, *message.reply_to) if not is_desk(box.address, rules))
    return frozenset(address.lower() for address in (*agents, *froms) if address)


def tells(text: str, private: Collection[str]) -> bool:
    """Return whether one of these addresses stands in a text or in HTML, however broken, encoded or spelled."""
    folded = unquote(unescape(unicodedata.normalize("NFKC", text))).lower()
    shown = _TAG.sub("", folded)
    return any(address in _UNSEEN.sub("", one) for one in (folded, shown) for address in private)


def new_words(message: Message, rules: Rules) -> str:
    """Return the words of his that may be sent, "" for none."""
    text = _readable(_with_her_lines_only(quoting.split(_around_reference(message.text)[0], strict=True).reply))
    names = {box.name.strip() for box in message.from_}
    names |= {agent.name.strip() for box in message.from_ if (agent := agent_of(box.address, rules))}
    words = _without_signature(text, names - {""}, private_addresses(message, rules)).strip()
    while words and is_delimiter(words.rpartition("\n")[2]):
        # Below it stood a logo, and nothing else.
        words = words.rpartition("\n")[0].rstrip()
    # Where a mail is a picture or a file, the line of the telephone is all its text, and no signature of anything.
    return "" if all(is_mobile(line) for line in words.splitlines() if line.strip()) else words


def _readable(text: str) -> str:
    """Leave out what Outlook writes because it writes text of HTML: empty lines in rows, addresses stuck to words."""
    pieces, at = [], 0
    for link in _LINK.finditer(text):
        above = text[at : link.start()].removesuffix(" ")
        word = _WORD_END.split(above[-_LONGEST_WORD:])[-1]
        if not word:
            continue
        address = f"{link[1]}{link[2]}"
        pieces.append(above if word in (link[2], address) else f"{above} <{address}>")
        at = link.end()
    return _EMPTY_LINES.sub("\n\n", "".join([*pieces, text[at:]]))


def _with_her_lines_only(text: str) -> str:
    """Leave out quoted lines that are the relay's own, and one of the marks of the customer's."""
    lines = text.split("\n")
    nested = any(map(_TWICE.match, lines))
    kept = []
    for paragraph in _paragraphs(lines):
        quoted = [line for line in paragraph if is_quoted(line)]
        if not quoted:
            kept += paragraph
        elif nested:
            kept += [_MARK.sub("", line) for line in paragraph if not is_quoted(line) or _TWICE.match(line)]
        elif not any(map(_RELAY.search, quoted)):
            kept += paragraph
    return "\n".join(kept)


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Yield neighbouring lines that are all quoted, or none of which is; an empty quoted line begins another."""
    paragraph: list[str] = []
    for line in lines:
        if paragraph and (is_quoted(line) != is_quoted(paragraph[-1]) or (is_quoted(line) and not line.strip(" \t>"))):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _without_signature(text: str, names: Collection[str], private: Collection[str]) -> str:
    """Leave out the last lines from the writer's name on, where one of them is a private address.

    His name stays below a greeting.
    """
    lines = text.rstrip().split("\n")
    named = re.compile(rf"(?i)[*_ ]*(?:{'|'.join(map(re.escape, names))})(?![\w@]|[.-]\w)")
    start = _signature_start(lines, named, private) if names else None
    above = next((line for line in reversed(lines[:start]) if line.strip()), "")
    if start is None or not above or LEADS_ON.search(above):
        return text
    return "\n".join(lines[: start + 1 if lines[start - 1].strip() else start])


def _signature_start(lines: list[str], named: re.Pattern[str], private: Collection[str]) -> int | None:
    start, seen = None, 0
    for number in range(len(lines) - 1, 0, -1):
        line = lines[number].strip()
        if not line and start is None:
            continue
        seen += 1
        if not line or seen > _MOST_LINES or len(line) > _LONGEST_LINE or len(line.split()) > _MOST_WORDS:
            break
        if named.match(line) and _tells(lines[number:], private):
            start = number
    return start


def _tells(lines: list[str], private: Collection[str]) -> bool:
    said = "\n".join(lines).lower()
    return any(address in said for address in private)
