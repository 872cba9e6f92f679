"""What of a text was said in the conversation before: quotations that no mark and no language gives away.

Some mail programs quote without any mark, under an introduction in a language that `quotemarks` does not know. What the
ticket holds already shows them all the same: from the place on from which the text, five words by five, stands in
earlier messages, it is history, with the introduction right above. Programs wrap lines anew and put marks before
them, so that words are compared and not lines. Where that would leave no words, or where a single word that is new
stands below it, for somebody may have answered there, it is shown. Time is linear in both texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_GRAM = 5
_FEWEST = 6
_MOST_WORDS = 20_000
_MOST_MESSAGES = 20
_LONGEST_INTRODUCTION = 4
# An introduction names an address or a date, or ends as what introduces something does; or it is a line drawn.
_INTRODUCES = re.compile(r"@|\d{4}|\d{1,2}[:.]\d\d|[:\uff1a]\s*$|^\s*[-_=*]{3,}")


def without_said(text: str, said: Iterable[str]) -> tuple[str, str] | None:
    """Return the new text and the history below it; None when nothing, or all, seems to have been said before."""
    known = {gram for before in said for gram in _grams(_words(before))}
    lines = text.split("\n")
    if not known or len(_words(text)) > _MOST_WORDS:
        return None
    end = len(lines)
    for _ in range(_MOST_MESSAGES):
        # Below a message of the history there is often an older one, with an introduction between them.
        cut = _history_start(lines[:end], known)
        if cut is None:
            break
        end = cut
    new, history = "\n".join(lines[:end]).rstrip(), "\n".join(lines[end:])
    return (new, history) if end < len(lines) and _WORD.search(new) else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _grams(words: list[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(words[shift:] for shift in range(_GRAM)), strict=False)


def _history_start(lines: list[str], known: set[tuple[str, ...]]) -> int | None:
    """Return the line at which the known words begin that go on to the end, with what introduces them, or None."""
    words: list[str] = []
    line_of: list[int] = []
    for number, line in enumerate(lines):
        found = _words(line)
        words += found
        line_of += [number] * len(found)
    first, number = len(words), 0
    for place, gram in reversed(list(enumerate(_grams(words)))):
        if gram not in known:
            break
        first, number = place, number + 1
    if number < _FEWEST or (first and line_of[first - 1] == line_of[first]):
        return None
    return _with_introduction(lines, line_of[first])


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
