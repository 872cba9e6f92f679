"""Whether a regular expression of the operator's could take for ever, before a mail shows it.

Such a text is made from the expression itself: what a repetition in it repeats, many times over, and behind it all
that the expression needs, so that it is not given up at once, and something on which it cannot end. Only what was seen
to be slow is called slow; what is called nothing may be slow on a text that nobody has thought of.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Any

import regex

from mailbot.deciding.patterns import REPEATS, SECONDS, Part, compiled, inside, kinds, parts_of

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
    kinds.CATEGORY_DIGIT: "0",
    kinds.CATEGORY_NOT_DIGIT: "a",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_NOT_SPACE: "a",
    kinds.CATEGORY_WORD: "a",
    kinds.CATEGORY_NOT_WORD: "-",
}


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
    parts = parts_of(source)
    no_end = (*_NO_END, *(2 * one for one in islice(dict.fromkeys(_left_out(parts)), _MOST_VARIANTS)))
    for before, repeated, after in (*_repeated(parts, "", ""), *(("", usual, "") for usual in _USUAL)):
        begun = before + repeated * ((_WORD if repeated.isalnum() else _PARAGRAPH) // len(repeated))
        yield from (f"{begun}{wrong}{after}" for wrong in no_end)
        if after:
            yield from (f"{begun}{after}{wrong}" for wrong in no_end)


def _repeated(parts: list[Part], before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Yield what may be repeated many times, between what fits the expression before and after it."""
    fitting = [next(_fitting([part]), "") for part in parts]
    for at, (kind, value) in enumerate(parts):
        around = before + "".join(fitting[:at]), "".join(fitting[at + 1 :]) + after
        if kind in REPEATS and value[1] >= _FEWEST_REPEATED:
            yield from ((around[0], text, around[1]) for text in _fitting(value[2]) if text)
        for inner in inside(kind, value):
            yield from _repeated(inner, *around)


def _left_out(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the characters that sets in an expression leave out."""
    for kind, value in parts:
        if kind is kinds.NOT_LITERAL:
            yield chr(value)
        elif kind is kinds.IN and value[0][0] is kinds.NEGATE:
            yield from _named(value)
        for inner in inside(kind, value):
            yield from _left_out(inner)


def _fitting(parts: Iterable[Part]) -> Iterator[str]:
    """Yield some short texts that fit, with each alternative; conditions such as a word's end are passed over."""
    choices = (list(islice(_fitting_one(kind, value), _MOST_VARIANTS)) or [""] for kind, value in parts)
    yield from dict.fromkeys("".join(chosen) for chosen in islice(product(*choices), _MOST_VARIANTS))


def _fitting_one(kind: Any, value: Any) -> Iterator[str]:  # noqa: ANN401 - as the parser has them
    if kind is kinds.LITERAL:
        yield chr(value)
    elif kind is kinds.NOT_LITERAL:
        yield next(one for one in "ab" if ord(one) != value)
    elif kind is kinds.ANY:
        yield from "a "
    elif kind is kinds.IN:
        named = list(_named(value))
        yield from (one for one in "a0 -,!" if one not in named) if value[0][0] is kinds.NEGATE else named
    elif kind in REPEATS:
        yield from ((text * min(max(value[0], 1), _WORD))[:_PARAGRAPH] for text in _fitting(value[2]))
    elif kind in {kinds.BRANCH, kinds.SUBPATTERN, kinds.ATOMIC_GROUP, kinds.GROUPREF_EXISTS}:
        for inner in inside(kind, value):
            yield from _fitting(inner)


def _named(members: Iterable[Part]) -> Iterator[str]:
    """Yield a character for each part of a set."""
    for kind, value in members:
        if kind is kinds.LITERAL:
            yield chr(value)
        elif kind is kinds.RANGE:
            yield chr(value[0])
        elif kind is kinds.CATEGORY:
            yield _ANY_OF[value]
