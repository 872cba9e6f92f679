"""What of a letter is about its matter: neither how it begins nor how it ends.

A closing says nothing of a trouble, and the words under it name people, offices and telephones: "Un saludo" is no
greeting of a voicemail box, and whoever signs with "Mobile 555 0155" has no trouble with mobile phones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mailbot.deciding import courtesies
from mailbot.deciding.words import comparable_words

_GREETING = re.compile(rf"(?:{courtesies.GREETING}|bunas)\b.*")
_MOST_GREETED = 4
_CLOSING = re.compile(
    rf"(?:{courtesies.FAREWELL}|cheers|warmly|thanks?|thank you|many thanks|thx|vielen dank|danke|besten dank|merci"
    r"|(?:muchas |mil )?gracias|obrigad[oa]|bien cordialement|tres cordialement|cdt|un cordial saludo|att|atte"
    r"|freundlicher? gru(?:ss|sse)?|freundliche grusse|bonne (?:journee|soiree))\b.*"
)
_MOST_CLOSED = 4
_MOST_SIGNED = 6
_TELEPHONE = re.compile(r"(?:\d[ ()./-]{0,2}){7}")
_WRAPPED_AT = 55
_ENDS = (".", "?", "!", ":", "\u2026", ",")


def is_courtesy(words: Sequence[str]) -> bool:
    """Return whether a clause only greets or takes leave: "Hello all" tells of no many."""
    written = " ".join(words)
    greets = len(words) <= _MOST_GREETED and _GREETING.fullmatch(written)
    return bool(greets or (len(words) <= _MOST_CLOSED and _CLOSING.fullmatch(written)))


def unsigned(text: str, tells: Callable[[Sequence[str]], bool]) -> str:
    """Return an already cleaned text without the lines of its end by which it is signed.

    Those are short or bear a telephone number, begin with a capital or a digit, and end like no sentence; a line of
    whose words it `tells` that they say something stays, as do the first one and what goes on from a wrapped one.
    """
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and _is_signed(lines[-1].strip(), lines[-2].rstrip(), tells):
        lines.pop()
    return "\n".join(lines)


def _is_signed(line: str, former: str, tells: Callable[[Sequence[str]], bool]) -> bool:
    if not line:
        return True
    words = comparable_words(line)
    if _CLOSING.fullmatch(" ".join(words)) and len(words) <= _MOST_SIGNED:
        return True
    wrapped = len(former) >= _WRAPPED_AT and not former.endswith(_ENDS)
    if wrapped or line.endswith(_ENDS) or not (line[0].isupper() or not line[0].isalpha()):
        return False
    return (len(words) <= _MOST_SIGNED or bool(_TELEPHONE.search(line))) and not tells(words)
