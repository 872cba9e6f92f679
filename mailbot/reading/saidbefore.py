"""What of a text was said in the conversation before: quotations that no mark and no language gives away.

Some mail programs quote without any mark, under an introduction in a language that `quotemarks` does not know. What the
ticket holds already shows them all the same: from the place on from which most of the text, five words by five, stands
in earlier messages, it is history, with the introduction right above. Programs wrap lines anew and put marks before
them, so that words are compared and not lines. Where that would leave no words, or where less is
known, everything is new. Time is linear in both texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate

_WORD = re.compile(r"[^\W_]+")
_GRAM = 5
_FEWEST = 6
_MOST_WORDS = 20_000
_KNOWN_SHARE = 0.7
_LONGEST_INTRODUCTION = 4
# An introduction names an address or a date, or ends as what introduces something does; or it is a line drawn.
_INTRODUCES = re.compile(r"@|\d{4}|\d{1,2}[:.]\d\d|[:\uff1a]\s*$|^\s*[-_=*]{3,}")


def without_said(text: str, said: Iterable[str]) -> tuple[str, str] | None:
    """Return the new text and the history below it; None when nothing, or all, seems to have been said before."""
    known = {gram for before in said for gram in _grams(_words(before))}
    if not known:
        return None
    lines = text.split("\n")
    words: list[str] = []
    line_of: list[int] = []
    for number, line in enumerate(lines):
        found = _words(line)
        words += found
        line_of += [number] * len(found)
    if len(words) > _MOST_WORDS:
        return None
    hits = [gram in known for gram in _grams(words)]
    start = _history_start(hits)
    if start is None:
        return None
    cut = _with_introduction(lines, line_of[start])
    new, history = "\n".join(lines[:cut]).rstrip(), "\n".join(lines[cut:])
    return (new, history) if _WORD.search(new) else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _grams(words: list[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(words[shift:] for shift in range(_GRAM)), strict=False)


def _history_start(hits: list[bool]) -> int | None:
    """Return the first known place from which on enough is known, None when there is none."""
    # How many are known from each place to the end.
    below = [*accumulate(reversed(hits))][::-1]
    for place, hit in enumerate(hits):
        if below[place] < _FEWEST:
            return None
        if hit and below[place] >= _KNOWN_SHARE * (len(hits) - place):
            return place
    return None


def _with_introduction(lines: list[str], first: int) -> int:
    """Return the line at which the history begins, counting what introduces it right above."""
    start = first
    for number in range(first - 1, max(-1, first - 1 - 2 * _LONGEST_INTRODUCTION), -1):
        line = lines[number]
        if _INTRODUCES.search(line) and first - number <= _LONGEST_INTRODUCTION + 1:
            start = number
        elif line.strip(" \t>|"):
            break
    return start
