"""How words end: a signature that no line of two hyphens marks, as telephones write it, is none of what somebody says.

An agent's stays behind, and a customer's is no answer to what was asked. It is known by the writer's name, or since
earlier replies ended with the same lines, and by what it tells beside: a number, an address or a name on some network
that the customer does not know already from the rules or from the ticket. It is cut off below the name: "Best wishes,
Dana" goes along. The name stands first in its line, and the words above do not lead on to it ("you can call:"). A
number or an address at the end that is in none of these, below no name, may be meant for the customer or not: the agent
is asked, and so he is about one right below his name, or below a line of two hyphens, where more words follow.
What stands in sentences is the agent's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.deciding import courtesies
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.quotation.signature import is_delimiter
from mailbot.reading.quotation.writtenhtml import without_places
from mailbot.reading.text.telephone import compared_digits

_MOST_LINES = 12
_MOST_LOOKED_AT = 200
_LONGEST_LINE = 200
_MOST_WORDS = 6
_MOST_WORDS_IN_SENTENCE = 2
_SHORTEST_NAME = 3
_MOST_IN_NAME = 4
_NUMBER = re.compile(r"\+?\(?\d(?:[ \t\xa0().\-/\u2010-\u2013]{0,3}\d){6,15}")
_DATE_OR_ADDRESS = re.compile(
    r"\d{4}[-./]\d\d?[-./]\d\d?(?!\d)|\d\d?[-./]\d\d?[-./]\d{4}(?!\d)|\d{1,3}(?:\.\d{1,3}){3}(?!\d)"
)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,|\"']{1,64}@[\w.-]{1,190}\.\w{2,24}")
_NETWORK = re.compile(
    r"(?i)\b(?:linkedin\.com/in/|wa\.me/|t\.me/|x\.com/|twitter\.com/|instagram\.com/|facebook\.com/|skype:|signal\.me/)\S+"
)
LEADS_ON = re.compile(r"[:\uff1a]\s*$")
"""Words that end so have the reader look at what stands below them."""
_POINT = re.compile(r"[ \t]*(?:[-*\u2022\u2013>]|\d{1,2}[.)])[ \t]")
_BETWEEN = re.compile(r"[|\u00b7\u2022\t]| [/\u2013\u2014-] ")
_SENTENCE_END = re.compile(r"[.!?:;][\"')\u201d\u2019]?[ \t]*$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S+")
_POSTSCRIPT = re.compile(r"(?i)\s*p\.? ?s\b")
# What a short line says that is no signature, whether or not its words are written as names are.
_SAYS_MORE = re.compile(
    r"(?i)\b(?:please|pls|also|too|not|don['\u2019]?t|only|except|but|without|wait|hold|stop|add|change|remove|instead"
    r"|bitte|nicht|ohne|nur|aber|auch|noch|warte|mais|pas|sans|sauf|pero|sin|mas|n[a\u00e3]o|sem)\b"
)
_SHORT = 3
_FAREWELL = re.compile(
    rf"(?:many thanks|thanks|thank you|thx|cheers|danke|merci|gracias|obrigad[oa]|{courtesies.FAREWELL})"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the agent who wrote, and of what the customer knows.

    `names` are the agent's; `told` are the texts whose numbers and addresses are no secret, of the rules and the
    ticket; `ended` are the agent's earlier replies.
    """

    names: tuple[str, ...]
    told: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """The words without the signature, and what at their end is in doubt, "" for nothing."""

    text: str
    doubt: str = ""


def without_signature(text: str, known: Known) -> Ending:
    """Return the words without the signature at their end, and what is unsure there."""
    lines = text.split("\n")
    start = _closing_start(lines)
    cut = min(_cuts(lines, start, known), default=len(lines))
    # Words are never taken for a signature altogether: somebody typed them.
    rest = lines[:cut] if any(line.strip() for line in lines[:cut]) else lines
    secret = next(filter(None, (_secret(line, known) for line in rest[start:])), "")
    return Ending("\n".join(rest).strip(), secret)


def without_farewell(text: str, known: Known) -> str:
    """Return a text without the last lines that are a farewell or the agent's name, where others write the ending."""
    lines = text.split("\n")
    while lines and _is_courtesy(lines[-1], known):
        lines.pop()
    return "\n".join(lines).rstrip()


def is_only_name(text: str, known: Known) -> bool:
    """Return whether a text is a farewell and the agent's name, either or both, with a signature's lines below at most.

    Without his name it is words: "Thanks!" is what somebody typed.
    """
    lines = [line for line in text.split("\n", _MOST_LOOKED_AT) if line.strip()]
    if len(lines) > _MOST_LINES:
        return False
    named = next((number for number, line in enumerate(lines) if _names(line, known)), None)
    if named is None or not all(_is_courtesy(_without_reach(line), known) for line in lines[: named + 1]):
        return False
    return all(_may_close(line) and _is_of_signature(_without_reach(line)) for line in lines[named + 1 :])


def signs(text: str, known: Known) -> bool:
    """Return whether a text is how a mail ends and nothing else: a farewell, the agent's name, and what is about him.

    Above his name, and without it, a line is a farewell or written as names are: "not to Bolt" is more to say. Below it
    a line only has to begin as they do.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    named = next((number for number, line in enumerate(lines) if _names(line, known)), len(lines))
    return all(
        (_is_courtesy(line, known) or _is_of_agent(line, is_below=number > named)) and not _says_more(line)
        for number, line in enumerate(lines)
    )


def _is_of_agent(line: str, *, is_below: bool) -> bool:
    beside = _without_reach(line)
    words = _WORD.findall(beside)
    if _tells(line) or not words:
        return _is_of_signature(beside)
    return (is_below or len(words) > 1) and all(word[0].isupper() for word in (words[:1] if is_below else words))


def _says_more(line: str) -> bool:
    return bool(_POSTSCRIPT.match(line) or _POINT.match(line) or _SAYS_MORE.search(line))


def above_signature(text: str, known: Known) -> str:
    """Return a text down to its writer's name, where only a signature with numbers or addresses stands below."""
    lines = text.rstrip().split("\n")
    for number in range(max(len(lines) - _MOST_LINES, 0), len(lines) - 1):
        below = "\n".join(lines[number:])
        if _names(lines[number], known) and any(map(_tells, lines[number:])) and is_only_name(below, known):
            return "\n".join(lines[: number + 1])
    return text


def unsigned(text: str, name: str) -> str:
    """Return a text without a signature at its end, of that name or of one that stands in it."""
    above = above_signature(text, Known((name,) if name else ()))
    body, _, last = above.rstrip().rpartition("\n\n")
    return body if body and is_signature(last) else above


def is_signature(text: str) -> bool:
    """Return whether a text is a signature, whoever wrote it: a name, and below it what tells how to reach them."""
    lines = [line for line in text.split("\n", _MOST_LOOKED_AT) if line.strip()]
    if not 1 < len(lines) <= _MOST_LINES or not any(map(_tells, lines[1:])):
        return False
    names = _WORD.findall(lines[0])
    is_headed = len(names) > 1 and all(word[0].isupper() for word in names) and len(lines[0].split()) <= _MOST_IN_NAME
    return is_headed and all(_may_close(line) and _is_of_signature(_without_reach(line)) for line in lines)


def _without_reach(line: str) -> str:
    """Return a line without the numbers, addresses and links in it."""
    return _LINK.sub(" ", _NUMBER.sub(" ", _ADDRESS.sub(" ", _NETWORK.sub(" ", line))))


def _is_of_signature(beside: str) -> bool:
    """Whether a line below a name has, beside what tells how to reach somebody, only words written like names."""
    words = _WORD.findall(beside)
    named = any(word[0].isupper() for word in words) and not _POSTSCRIPT.match(beside)
    return len(words) <= 1 or (named and all(word[0].isupper() or len(word) <= _SHORT for word in words))


def has_sentence(text: str) -> bool:
    """Return whether a line of a text ends as sentences do, and is not written as names are ("Harbor Voice Inc.")."""
    lines = filter(_SENTENCE_END.search, text.split("\n"))
    return not all(_is_of_signature(_without_reach(line)) for line in lines)


def is_signed(text: str, known: Known) -> bool:
    """Return whether the agent's name stands in the last lines, those that are no sentences."""
    lines = text.split("\n")
    return any(_names(line, known) for line in lines[_closing_start(lines) :])


def shortened(text: str) -> Iterator[str]:
    """Yield what may be left of the words, whatever is known: without the last lines, one by one, as far as they go."""
    lines = text.split("\n")
    for end in range(len(lines) - 1, _closing_start(lines) - 1, -1):
        if lines[end].strip() and (left := "\n".join(lines[:end]).strip()):
            yield left


def _cuts(lines: list[str], start: int, known: Known) -> Iterator[int]:
    """Yield where a signature is cut off: below a name, or what earlier replies ended with as well."""
    for number in range(start, len(lines)):
        if _is_headed(lines[number], known) and any(_secret(line, known) for line in lines[number:]):
            above = next((line for line in reversed(lines[:number]) if line.strip()), "")
            if LEADS_ON.search(above):
                break
            yield _below_courtesies(lines, number, known)
            break
    for earlier in known.ended:
        common = _common_end(lines, start, earlier.split("\n"))
        if any(_secret(line, known) for line in lines[common:]):
            yield _below_courtesies(lines, common, known)


def _below_courtesies(lines: list[str], start: int, known: Known) -> int:
    """Return the first line from there on that is more than a farewell or the agent's name, or his name again."""
    is_named = False
    for number in range(start, len(lines)):
        if not lines[number].strip():
            continue
        named = _names(lines[number], known)
        if not _is_courtesy(lines[number], known) or (named and is_named):
            return number
        is_named |= named
    return len(lines)


def _common_end(lines: list[str], start: int, earlier: list[str]) -> int:
    """Return where the last lines begin that stand at the end of an earlier text, too."""
    common, at = len(lines), len(earlier)
    for number in range(len(lines) - 1, start - 1, -1):
        line = " ".join(lines[number].split())
        if not line:
            continue
        at -= 1
        while at >= 0 and not earlier[at].strip():
            at -= 1
        if at < 0 or " ".join(earlier[at].split()) != line:
            break
        common = number
    return common


def _closing_start(lines: list[str]) -> int:
    """Return where the lines at the end begin that are no sentences: what could be a signature."""
    start, taken = len(lines), 0
    for number in range(len(lines) - 1, -1, -1):
        if not lines[number].strip():
            continue
        taken += 1
        if taken > _MOST_LINES or not _may_close(lines[number]):
            break
        start = number
    return start


def _may_close(line: str) -> bool:
    """Whether a line may be of a signature: short, no sentence, no point of a list, not quoted."""
    if len(line) > _LONGEST_LINE or is_quoted(line) or _POINT.match(line):
        return False
    ends = bool(_SENTENCE_END.search(line))
    if not _tells(line):
        return len(line.split()) <= _MOST_WORDS and not ends
    beside = _NUMBER.sub(" ", _ADDRESS.sub(" ", _NETWORK.sub(" ", line)))
    most = _MOST_WORDS_IN_SENTENCE if ends else _MOST_WORDS
    return all(len(_WORD.findall(piece)) <= most for piece in _BETWEEN.split(beside))


def _tells(line: str) -> bool:
    return bool(_NUMBER.search(line) or _ADDRESS.search(line) or _NETWORK.search(line))


def _secret(line: str, known: Known) -> str:
    """Return the first number, address or name on a network in a line that the customer may not know, "" for none."""
    # Outlook writes the name of a picture's part where it stands, and that looks like an address.
    line = without_places(line)
    for found in _NUMBER.finditer(line):
        digits = compared_digits(found[0])
        if not _DATE_OR_ADDRESS.match(found[0]) and not any(digits in _digits(text) for text in known.told):
            return found[0].strip()
    for pattern in (_ADDRESS, _NETWORK):
        for found in pattern.finditer(line):
            if not any(found[0].lower().rstrip(".") in text.lower() for text in known.told):
                return found[0]
    return ""


def _digits(text: str) -> str:
    """Return the digits of a text, its numbers apart."""
    return " ".join(re.sub(r"\D", "", found[0]) for found in _NUMBER.finditer(text))


def _names(line: str, known: Known) -> bool:
    """Whether a line names the agent, by the whole name or the first."""
    words = comparable_words(clean(line))
    return any(name in words for name in _first_names(known)) or any(
        set(comparable_words(clean(whole))) <= set(words) for whole in known.names if whole.strip()
    )


def _is_headed(line: str, known: Known) -> bool:
    """Whether a line begins with the agent's name, or with a farewell and it, as the first line of a signature does."""
    said = " ".join(comparable_words(clean(line)))
    farewell = _FAREWELL.match(said)
    words = said[farewell.end() if farewell else 0 :].split()
    names = {name for one in known.names for name in comparable_words(clean(one)) if len(name) >= _SHORTEST_NAME}
    return bool(words) and words[0] in names


def signed_within(text: str, known: Known) -> str:
    """Return what may be of a signature amid the words, above a postscript: a number or an address, "" for none.

    It stands below a line of two hyphens, or right below the agent's name.
    """
    follow = 0
    for line in filter(str.strip, text.split("\n")):
        may_close = _may_close(line)
        if follow and may_close and (found := _secret(line, known)):
            return found
        heads = may_close and _is_headed(line, known) and not _SENTENCE_END.search(line)
        follow = _MOST_LINES if heads or is_delimiter(line) else max(follow - 1, 0) * may_close
    return ""


def _is_courtesy(line: str, known: Known) -> bool:
    """Whether a line is only a farewell, the agent's name, or both."""
    if _tells(line):
        return False
    words = " ".join(comparable_words(clean(line)))
    words = _FAREWELL.sub("", words, count=1)
    names = {word for name in known.names for word in comparable_words(clean(name))}
    return set(words.split()) <= names


def _first_names(known: Known) -> set[str]:
    firsts = (next(iter(comparable_words(clean(name))), "") for name in known.names)
    return {first for first in firsts if len(first) >= _SHORTEST_NAME}
