"""Whether a regular expression of the operator's could take for ever, before a mail shows it.

Such a text is made from the expression itself: what a repetition in it repeats, many times over, and behind it all
that the expression needs, so that it is not given up at once, and something on which it cannot end. Only what was seen
to be slow is called slow; what is called nothing may be slow on a text that nobody has thought of.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, product
from re import _constants as parsed  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex

from mailbot.deciding.patterns import SECONDS, compiled

# As long as a long paragraph, and as the longest of words: what grows with the square of that may be fast enough, what
# grows with its cube is not.
_PARAGRAPH, _WORD = 4_000, 400
_LOOKED_FOR_SECONDS = 1.0
_FEWEST_REPEATED = 10
_MOST_VARIANTS = 8
_SHOWN = 16
_USUAL = ("a", "0", " ", "a ", "a.", "-", "\n")
_NO_END = ("!", "\n!\n")
_ANY_OF = {
    parsed.CATEGORY_DIGIT: "0",
    parsed.CATEGORY_NOT_DIGIT: "a",
    parsed.CATEGORY_SPACE: " ",
    parsed.CATEGORY_NOT_SPACE: "a",
    parsed.CATEGORY_WORD: "a",
    parsed.CATEGORY_NOT_WORD: "-",
}
_REPEATS = {parsed.MAX_REPEAT, parsed.MIN_REPEAT, parsed.POSSESSIVE_REPEAT}

_Part = tuple[Any, Any]


@lru_cache(maxsize=256)
def slow_on(source: str) -> str:
    """Return the beginning of a text on which the expression takes longer than it may, "" where none was found.

    Raise NoPatternError.
    """
    pattern = compiled(source)
    end_at_s = time.process_time() + _LOOKED_FOR_SECONDS
    for text in _texts(source):
        # Twice: the clock is that of the whole process.
        if _is_slow(pattern, text) and _is_slow(pattern, text):
            return text[:_SHOWN]
        if time.process_time() > end_at_s:
            break
    return ""


def _is_slow(pattern: regex.Pattern[str], text: str) -> bool:
    try:
        for _ in pattern.finditer(text, timeout=SECONDS):
            pass
    except TimeoutError:
        return True
    return False


def _texts(source: str) -> Iterator[str]:
    try:
        parts = list(parser.parse(source, re.IGNORECASE))
    except (re.error, RecursionError, OverflowError):
        # What only the library `regex` knows, such as \p{L}.
        parts = []
    no_end = (*_NO_END, *(2 * one for one in islice(dict.fromkeys(_left_out(parts)), _MOST_VARIANTS)))
    for before, repeated, after in (*_repeated(parts, "", ""), *(("", usual, "") for usual in _USUAL)):
        begun = before + repeated * ((_WORD if repeated.isalnum() else _PARAGRAPH) // len(repeated))
        yield from (f"{begun}{wrong}{after}" for wrong in no_end)
        if after:
            yield from (f"{begun}{after}{wrong}" for wrong in no_end)


def _repeated(parts: list[_Part], before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Yield what may be repeated many times, between what fits the expression before and after it."""
    fitting = [next(_fitting([part]), "") for part in parts]
    for at, (kind, value) in enumerate(parts):
        around = before + "".join(fitting[:at]), "".join(fitting[at + 1 :]) + after
        if kind in _REPEATS and value[1] >= _FEWEST_REPEATED:
            yield from ((around[0], text, around[1]) for text in _fitting(value[2]) if text)
        for inner in _inside(kind, value):
            yield from _repeated(inner, *around)


def _left_out(parts: Iterable[_Part]) -> Iterator[str]:
    """Yield the characters that sets in an expression leave out."""
    for kind, value in parts:
        if kind is parsed.NOT_LITERAL:
            yield chr(value)
        elif kind is parsed.IN and value[0][0] is parsed.NEGATE:
            yield from _named(value)
        for inner in _inside(kind, value):
            yield from _left_out(inner)


def _inside(kind: Any, value: Any) -> list[list[_Part]]:  # noqa: ANN401 - as the parser has them
    """Return the expressions in a part of one."""
    if kind is parsed.BRANCH:
        return [list(one) for one in value[1]]
    if kind in _REPEATS or kind is parsed.SUBPATTERN:
        return [list(value[-1])]
    if kind is parsed.ATOMIC_GROUP:
        return [list(value)]
    return [list(value[1])] if kind in {parsed.ASSERT, parsed.ASSERT_NOT} else []


def _fitting(parts: Iterable[_Part]) -> Iterator[str]:
    """Yield some short texts that fit, with each alternative; conditions such as a word's end are passed over."""
    choices = (list(islice(_fitting_one(kind, value), _MOST_VARIANTS)) or [""] for kind, value in parts)
    yield from dict.fromkeys("".join(chosen) for chosen in islice(product(*choices), _MOST_VARIANTS))


def _fitting_one(kind: Any, value: Any) -> Iterator[str]:  # noqa: ANN401 - as the parser has them
    if kind is parsed.LITERAL:
        yield chr(value)
    elif kind is parsed.NOT_LITERAL:
        yield next(one for one in "ab" if ord(one) != value)
    elif kind is parsed.ANY:
        yield from "a "
    elif kind is parsed.IN:
        named = list(_named(value))
        yield from (one for one in "a0 -,!" if one not in named) if value[0][0] is parsed.NEGATE else named
    elif kind in _REPEATS:
        yield from (text * min(max(value[0], 1), _WORD) for text in _fitting(value[2]))
    elif kind in {parsed.BRANCH, parsed.SUBPATTERN, parsed.ATOMIC_GROUP}:
        for inner in _inside(kind, value):
            yield from _fitting(inner)


def _named(members: Iterable[_Part]) -> Iterator[str]:
    """Yield a character for each part of a set."""
    for kind, value in members:
        if kind is parsed.LITERAL:
            yield chr(value)
        elif kind is parsed.RANGE:
            yield chr(value[0])
        elif kind is parsed.CATEGORY:
            yield _ANY_OF[value]
