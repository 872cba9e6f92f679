"""The operator's regular expressions: taken apart, and made ready."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex

__all__ = ["REPEATS", "SECONDS", "NoPatternError", "Part", "compiled", "inside", "kinds", "parts_of"]

SECONDS = 0.1
"""What one expression may take on one text, in seconds of CPU."""

Part = tuple[Any, Any]
"""A part of an expression: its kind, one of `kinds`, and what that holds."""

REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT}

_LONGEST = 5_000
# Ready for use, each takes some 270 octets: what is to be repeated so many times is written out.
_MOST_STEPS = 10_000
_PROPERTY = re.compile(r"\\[pP]\{[^{}]*\}")


class NoPatternError(ValueError):
    """This is no regular expression; the text says why."""


def compiled(source: str) -> regex.Pattern[str]:
    """Return the expression ready for use; raise NoPatternError."""
    if len(source) > _LONGEST:
        raise NoPatternError(f"longer than {_LONGEST:,} characters")
    try:
        if _steps(parts_of(source)) > _MOST_STEPS:
            raise NoPatternError(f"repeats something more than {_MOST_STEPS:,} times")
        return regex.compile(source, regex.IGNORECASE)
    except RecursionError:
        raise NoPatternError("nested too deeply") from None
    except (regex.error, OverflowError) as error:
        raise NoPatternError(str(error)) from None


def parts_of(source: str) -> list[Part]:
    """Return the parts of an expression, letters with a property as any; none where only the library `regex` can."""
    with warnings.catch_warnings():
        # Of what the standard library may read otherwise one day.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return list(parser.parse(_PROPERTY.sub(r"\\w", source), re.IGNORECASE))
        except (re.error, OverflowError):
            return []


def inside(kind: object, value: Any) -> list[list[Part]]:  # noqa: ANN401 - as the parser has them
    """Return the expressions in a part of one."""
    if kind is kinds.BRANCH:
        return [list(one) for one in value[1]]
    if kind in REPEATS or kind is kinds.SUBPATTERN:
        return [list(value[-1])]
    if kind is kinds.ATOMIC_GROUP:
        return [list(value)]
    if kind is kinds.GROUPREF_EXISTS:
        return [list(one) for one in value[1:] if one]
    return [list(value[1])] if kind in {kinds.ASSERT, kinds.ASSERT_NOT} else []


def _steps(parts: Iterable[Part]) -> int:
    """Return how many parts there are with each written out as often as it is at least repeated."""
    return sum(
        max(value[0], 1) * _steps(value[-1]) if kind in REPEATS else 1 + sum(map(_steps, inside(kind, value)))
        for kind, value in parts
    )
