"""The operator's regular expressions, made ready."""

from __future__ import annotations

import regex

SECONDS = 0.1
"""What one expression may take on one text, in seconds of CPU."""

_LONGEST = 5_000


class NoPatternError(ValueError):
    """This is no regular expression; the text says why."""


def compiled(source: str) -> regex.Pattern[str]:
    """Return the expression ready for use; raise NoPatternError."""
    if len(source) > _LONGEST:
        raise NoPatternError(f"longer than {_LONGEST:,} characters")
    try:
        return regex.compile(source, regex.IGNORECASE)
    except RecursionError:
        raise NoPatternError("nested too deeply") from None
    except (regex.error, ValueError, OverflowError) as error:
        raise NoPatternError(str(error)) from None
