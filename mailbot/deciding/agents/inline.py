"""Answers between the lines of a relay: the customer gets each with the lines of hers that it answers.

A quoted line goes along only if it says words of the message that was handed on, in its order. The relay's own lines,
another person's, and those of other messages are left out. What an agent answers to one of these would be read
as an answer to something else, so he is asked. He is asked as well when a whole line of his own words stands in the
relay: some programs wrap what they quote and leave the rest of a line without a mark. And he is asked where he wrote
within a quotation in which his program marks no line: nothing tells his words from hers there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.quotation.quotemarks import is_quoted

_MARKS = re.compile(r"^(?:[ \t]*>)+[ \t]?")
_REFERENCE = re.compile(r"Ref: [a-z2-7]{39}", re.IGNORECASE)
# What stands in the text for a picture or behind the words of a link.
_BESIDE = re.compile(r"\[[^\[\]\n]{0,300}\]|<[^<>\s]{0,2000}>")
_MOST_KEPT = 6
_FEWEST_WORDS = 3
_FEWEST_COPIED = 5
_MOST_TRIED = 50
_MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Answers:
    """The words with the customer's own lines between them, and what is unsure, "" for nothing.

    `pieces` are the words in their order: what stands between two quotations, and each quotation's lines that stay.
    """

    text: str
    doubt: str = ""
    pieces: tuple[str, ...] = field(default=(), compare=False)


def between_lines(text: str, asked: str, relay: str) -> Answers:
    """Return the words of a reply with those quoted lines that they answer.

    `asked` is what the customer newly wrote in the message that was handed on, `relay` the text of our mail that did.
    """
    hers, ours = _Said.of(asked), _Said.of(relay)
    runs = [(quoted, list(lines)) for quoted, lines in groupby(text.split("\n"), key=is_quoted)]
    pieces: list[list[str]] = []
    doubt = ""
    for number, (quoted, lines) in enumerate(runs):
        if not quoted:
            pieces.append(lines)
            copied = _copied(lines, ours)
            doubt = doubt or (copied and f'it holds a line of my mail to you, "{copied.strip()[:60]}"')
        elif any(_has_words(below) for _, below in runs[number + 1 :]):
            kept = _above_the_answer(lines, hers)
            pieces.append([f"> {line}".rstrip() for line in kept])
            if not kept and not _is_end(lines):
                doubt = (
                    doubt or "it answers a line of my mail to you that the customer does not have, and would lack it"
                )
    whole = "\n".join(line for piece in pieces for line in piece).strip()
    return Answers(whole, doubt, tuple(filter(None, ("\n".join(piece).strip() for piece in pieces))))


def own_words(text: str) -> tuple[str, ...]:
    """Return what stands between the quotations of a text, which are lines that are marked; nothing without any."""
    runs = [(quoted, "\n".join(lines).strip()) for quoted, lines in groupby(text.split("\n"), key=is_quoted)]
    return tuple(words for quoted, words in runs if words and not quoted) if any(quoted for quoted, _ in runs) else ()


def unmarked_answer(quoted: str, asked: str, relay: str) -> str:
    """Return the first line within a quotation that none of us sent, right below one of the customer's; "" for none.

    Outlook marks no quoted line, so that what is written below one looks quoted as well. A line is ours only where it
    stands in our mail: as a whole one or as part of one that goes on in the next, in the order of our mail, once for
    each time that it stands there. Of what is not hers, many words are ours wherever they stand: the HTML of our mail
    parts its lines elsewhere. Where the text of our mail is kept no more, nothing tells.
    """
    if not relay:
        return ""
    asked, relay = _BESIDE.sub(" ", asked), _BESIDE.sub(" ", relay)
    hers, ours = _Said.of(asked), _Followed.of(relay)
    beside = _Said.of(relay).words.replace(hers.words or " ", " \0 ")
    lines = [_MARKS.sub("", line) for line in _BESIDE.sub(" ", quoted[:_MOST_CHARACTERS]).split("\n")]
    said = [(line.strip(" \t>"), words) for line in lines if (words := _worded(line).split())]
    # Programs write what is hidden at the top of a mail, hers again, above its first line.
    first = next((at for at, (_, words) in enumerate(said) if ours.begins_with(words)), 0)
    is_below, begun = False, ""
    for at, (line, words) in enumerate(said[first:], first):
        goes_on = ours.goes_on(words)
        if begun and not goes_on:
            return begun
        is_known = goes_on or ours.begins(words) or bool(_REFERENCE.search(line))
        if is_below and not is_known and not _stands_in(beside, said[at : at + _FEWEST_COPIED]):
            return line
        begun = line if is_below and is_known and not ours.is_between_lines else ""
        is_below = _spaced(words) in hers.words
    return begun


def _stands_in(text: str, said: list[tuple[str, list[str]]]) -> bool:
    """Whether the words of the first of these lines stand in the text, with those below that many words need."""
    words: list[str] = []
    for _, more in said:
        words += more if len(words) < _FEWEST_COPIED else []
    return len(words) >= _FEWEST_COPIED and _spaced(words) in text


def copied_line(text: str, ours: str) -> str:
    """Return the first line of some words that stands in a text of ours, "" for none; short ones do not count."""
    return _copied(text.split("\n"), _Said.of(ours))


def _copied(lines: list[str], ours: _Said) -> str:
    return next((line for line in lines if ours.says_line(line, _FEWEST_COPIED)), "")


def _is_end(lines: list[str]) -> bool:
    """Whether a quotation ends with the last line of a relay: what stands below all of it answers no line."""
    last = next((line for line in reversed(lines) if line.strip(" \t>")), "")
    return bool(_REFERENCE.fullmatch(_MARKS.sub("", last).strip()))


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() and not is_quoted(line) for line in lines)


def _above_the_answer(lines: list[str], hers: _Said) -> list[str]:
    """Return the last lines of a quotation that are hers, back to an empty one; none if the very last is not."""
    bare = [_MARKS.sub("", line).strip() for line in lines]
    while bare and not bare[-1]:
        bare.pop()
    start = next((at for at in range(len(bare) - 1, -1, -1) if not bare[at]), -1) + 1
    for first in range(max(start, len(bare) - _MOST_KEPT), len(bare)):
        if hers.says(bare[first:]):
            return bare[first:]
    return []


@dataclass(slots=True)
class _Followed:
    """A mail of ours as it is found again in what quotes it, line by line: its words, and as far as they were found."""

    words: list[str]
    bounds: frozenset[int]
    starts: dict[str, list[int]]
    found: int = 0

    @classmethod
    def of(cls, text: str) -> _Followed:
        """Return it with nothing found yet."""
        words: list[str] = []
        starts: dict[str, list[int]] = {}
        for line in text[:_MOST_CHARACTERS].split("\n"):
            if said := _worded(_MARKS.sub("", line)).split():
                starts.setdefault(said[0], []).append(len(words))
                words += said
        return cls(words, frozenset([*(at for found in starts.values() for at in found), len(words)]), starts)

    @property
    def is_between_lines(self) -> bool:
        """Whether the last line that was found goes on no further."""
        return self.found in self.bounds

    def begins_with(self, words: list[str]) -> bool:
        """Whether the mail begins with these words, the whole line or most of it."""
        return len(words) >= _FEWEST_WORDS and self.words[: len(words)] == words

    def goes_on(self, words: list[str]) -> bool:
        """Whether these words are the next, which are found then."""
        return self._is_at(self.found, words)

    def begins(self, words: list[str]) -> bool:
        """Whether a line further below begins with these words, best one that ends with them; it is found then."""
        starts = self.starts.get(words[0], [])
        first = bisect_left(starts, self.found)
        near = [at for at in starts[first : first + _MOST_TRIED] if self.words[at : at + len(words)] == words]
        near.sort(key=lambda at: at + len(words) not in self.bounds)
        return bool(near) and self._is_at(near[0], words)

    def _is_at(self, start: int, words: list[str]) -> bool:
        end = start + len(words)
        if self.words[start:end] != words:
            return False
        self.found = end
        return True


@dataclass(frozen=True, slots=True)
class _Said:
    """A text as words with spaces around each, and its lines and sentences so, for the short ones."""

    words: str
    whole: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Said:
        text = text[:_MOST_CHARACTERS]
        pieces = re.split(r"\n|(?<=[.!?])\s", text)
        return cls(_worded(_unmarked(text)), frozenset(filter(None, map(_worded, map(_unmarked, pieces)))))

    def says(self, lines: list[str]) -> bool:
        """Whether these lines follow one another in the text; few words only as a whole line or sentence."""
        words = _worded("\n".join(lines))
        enough = words.count(" ") > _FEWEST_WORDS or words in self.whole
        return bool(words.strip()) and enough and words in self.words

    def says_line(self, line: str, fewest: int) -> bool:
        """Whether a line of so many words or more stands in the text."""
        words = _worded(line)
        return words.count(" ") > fewest and words in self.words


def _unmarked(text: str) -> str:
    return "\n".join(_MARKS.sub("", line) for line in text.split("\n"))


def _worded(text: str) -> str:
    """Return the words as they are compared, a space around each, "" for none."""
    return _spaced(comparable_words(clean(text)))


def _spaced(words: Sequence[str]) -> str:
    return f" {' '.join(words)} " if words else ""
