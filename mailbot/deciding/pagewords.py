"""The words of pages about customers' outages: whose, what is wrong, and the number to call, in one text message.

Pages pass through third parties, so of a customer's mail they tell no more than the words of the rule by which it is
critical. They are cut where they must be, the number never.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.deciding.paging import CUT, MOST_CHARACTERS, cut, plain

_LONGEST_NAME = 40
_LONGEST_NUMBER = 30
_FEWEST_OF_FIRST = 48
_END = ". "


@dataclass(frozen=True, slots=True)
class Outage:
    """A customer's outage: `whose`, the `words` by which it is critical, and the `number` to call, "" for none."""

    whose: str
    words: str
    number: str = ""


def outages(told: Sequence[Outage]) -> str:
    """Return the words of a page about these outages, the one to begin with first; at least one, on one line.

    "Acme: all phones down. Call +1 555 0100", "3 outages: Acme, Bluebird, Harbor. Acme: all phones down. Call …".
    """
    first = told[0]
    number = plain(first.number)
    call = f"Call {number}" if number and len(number) <= _LONGEST_NUMBER else ""
    what = f"{cut(first.whose, _LONGEST_NAME)}: {plain(first.words)}"
    room = MOST_CHARACTERS - len(_END + call)
    if len(told) == 1:
        return _before(cut(what, room), call)
    head = f"{len(told)} outages: "
    head += _listed(told, room - len(head + _END) - min(len(what), _FEWEST_OF_FIRST))
    return f"{head}{_END}{_before(cut(what, room - len(head + _END)), call)}"


def seen(whose: Sequence[str], news: str) -> str:
    """Return the words of a page that says what became of outages of these customers: "Acme: Dana has seen it"."""
    told = plain(news)[: MOST_CHARACTERS // 2]
    names = ", ".join(cut(name, _LONGEST_NAME) for name in dict.fromkeys(whose))
    return f"{cut(names, MOST_CHARACTERS - len(told) - 2)}: {told}"


def _before(words: str, call: str) -> str:
    """Return the words, and the number behind their end."""
    return f"{words if words.endswith('.') else f'{words}.'} {call}" if call else words


def _listed(told: Sequence[Outage], room: int) -> str:
    """Return the customers by name, as many as there is room for, and how many more there are."""
    names = list(dict.fromkeys(cut(one.whose, _LONGEST_NAME) for one in told))
    for shown in range(len(names), 0, -1):
        more = f" and {len(names) - shown} more" if shown < len(names) else ""
        line = ", ".join(names[:shown]) + more
        if len(line) <= room:
            return line
    return cut(names[0], max(room, len(CUT) + 1))
