"""The nearest right word for one that is not known, as hints name it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(given: str, known: Iterable[str]) -> str:
    """Return the nearest of the known words, whatever their letters' case; "" when none is near."""
    by_form = {word.casefold(): word for word in known}
    found = get_close_matches(given.casefold(), sorted(by_form), n=1)
    return by_form[found[0]] if found else ""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a question with the nearest of the known words, "" when none is near."""
    near = nearest(given, known)
    return f"did you mean {near}?" if near else ""
