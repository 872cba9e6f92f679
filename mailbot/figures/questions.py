"""What customers asked, in their words, and what of it customers of several tenants asked alike. Pure."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from mailbot.deciding import courtesies
from mailbot.deciding.facts.passwords import without_secrets
from mailbot.deciding.likeness import ALIKE, Gist, alike, common, gist
from mailbot.deciding.likeness.sense import Role
from mailbot.deciding.likeness.senses import SENSES
from mailbot.deciding.words import clean, comparable_words
from mailbot.rules import Playbook

MOST_COMPARED = 1_500
"""Of more questions than these only the newest are compared: each is with all others."""
_FEWEST_TENANTS = 2
_AT_ONCE = timedelta(hours=1)
# "We want another greeting" asks how that is done, and "the invoice is wrong" does not ask where invoices are.
_ALIKE_UNASKED = 0.9
_SENTENCE_END = re.compile(r"(?<=[.!?])[ \t]+")
_CLOSING = re.compile(rf"{courtesies.FAREWELL}\b.{{0,60}}")
_ASKING = re.compile(
    r"^(?:how|where|wie|wo|comment|ou|como|donde|onde)\b"
    r"|\b(?:how long|wie lange|combien de temps|cuanto (?:tiempo|tarda)|quanto (?:tempo|demora))\b"
)
# From so much on a thing or a trouble tells one question from others; "phones" and "how to" do not.
_WEIGHTY = 2.0
_WEIGHTY_WISH = 3.0
_HOW_TO = 1 << next(place for place, one in enumerate(SENSES) if one.name == "how to")
_NAMES = frozenset(one.name for one in SENSES)
_TELLING = frozenset(one.name for one in SENSES if one.weight > 1.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer opened a ticket with: the subject, and what was newly written of the text.

    `tenant` is None where nobody lists the sender; `proven` says that the sender is who the message says. One of an
    `outage` is critical.
    """

    ticket: int
    tenant: str | None
    at: datetime
    subject: str
    text: str
    playbook: Playbook | None = None
    requester: str = ""
    requester_name: str = ""
    proven: bool = True
    outage: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """One question that customers of several tenants asked: the tickets, of how many tenants, and what they share.

    `about` are our own names of what they write of (`likeness.senses`), the weightiest first, and no customer's words.
    `playbook` is the common issue that more than half of them are about; `answered` counts those that there is an
    article for. It `asks` where at least half want to know how something is done, and else tells of a trouble or wish.
    """

    asked: tuple[Asked, ...]
    tenants: int
    about: tuple[str, ...]
    playbook: Playbook | None
    answered: int = 0
    asks: bool = False

    @property
    def has_article(self) -> bool:
        """Whether there is an article for more than half of them."""
        return 2 * self.answered > len(self.asked)

    @property
    def wants_an_article(self) -> bool:
        """Whether one would help and there is none: not for outages, nor what failed at most within the hour."""
        outages = sum(one.outage for one in self.asked)
        return not self.has_article and 2 * outages < len(self.asked) and (self.asks or not self._came_at_once)

    @property
    def _came_at_once(self) -> bool:
        at = sorted(one.at for one in self.asked)
        most = len(at) // 2
        return any(at[place + most] - at[place] <= _AT_ONCE for place in range(len(at) - most))

    @property
    def tickets(self) -> tuple[int, ...]:
        """The tickets, by number."""
        return tuple(one.ticket for one in self.asked)


def repeats(
    asked: Iterable[Asked], names: Mapping[str, str], has_article: Callable[[Asked], bool] = lambda _: False
) -> tuple[Repeat, ...]:
    """Return what customers of at least two tenants asked alike, questions before troubles, first what most asked.

    `names` are the tenants', by id; `has_article` says whether there is an article for what somebody asked.
    """
    compared = sorted(asked, key=lambda one: one.ticket)[-MOST_COMPARED:]
    gists = [_gist(one, names) for one in compared]
    asking = [_asks(one, about) for one, about in zip(compared, gists, strict=True)]
    gists = [replace(one, senses=one.senses | _HOW_TO * asks) for one, asks in zip(gists, asking, strict=True)]
    found = []
    for group in _stars(compared, gists, asking):
        among = tuple(compared[place] for place in group)
        about = _about([gists[place] for place in group])
        [(playbook, number)] = Counter(one.playbook for one in among).most_common(1)
        alike_in = playbook if 2 * number > len(among) else None
        asks = 2 * sum(asking[place] for place in group) >= len(group)
        found.append(Repeat(among, _tenants(among), about, alike_in, sum(map(has_article, among)), asks))
    return tuple(sorted(found, key=lambda one: (not one.asks, -one.tenants, -len(one.asked), one.tickets[0])))


def _about(gists: Sequence[Gist]) -> tuple[str, ...]:
    """Return what they have in common, by names of ours that say what it is; weak ones where there are no others."""
    named = [name for name in common(gists) if name in _NAMES]
    return tuple(name for name in named if name in _TELLING) or tuple(named)


def _gist(one: Asked, names: Mapping[str, str]) -> Gist:
    """Return what counts of a question; of one that says nothing but what all do, its words alone count."""
    named = (names.get(one.tenant or "", ""), one.requester_name)
    found = gist(one.subject, telling(one), one.playbook, tuple(filter(None, named)))
    return found if found.playbook or found.senses & _weighty() else replace(found, senses=0)


def _asks(one: Asked, about: Gist) -> bool:
    """Return whether somebody wants to know how or where something is done, or how long it takes."""
    if about.senses & _HOW_TO:
        return True
    said = [(line, " ".join(comparable_words(line))) for line in _lines(clean(one.text))]
    return any("?" in line and _ASKING.search(words) for line, words in said)


def _lines(text: str) -> list[str]:
    """Return a text's sentences, each with the sign that ends it."""
    return re.split(rf"{_SENTENCE_END.pattern}|\n+|[,;:]\s", text)


def telling(one: Asked) -> str:
    """Return what was asked up to where its writer takes leave, without sentences that may hold a password."""
    lines = without_secrets(_SENTENCE_END.sub("\n", one.text), "").split("\n")
    end = next((place for place, line in enumerate(lines) if place and _takes_leave(line)), len(lines))
    return "\n".join(lines[:end])


def _takes_leave(line: str) -> bool:
    return _CLOSING.fullmatch(" ".join(comparable_words(clean(line)))) is not None


@cache
def _weighty() -> int:
    least = {Role.THING: _WEIGHTY, Role.TROUBLE: _WEIGHTY, Role.WISH: _WEIGHTY_WISH}
    return sum(1 << place for place, one in enumerate(SENSES) if one.weight >= least.get(one.role, 9.0))


def _tenants(asked: Iterable[Asked]) -> int:
    return len({one.tenant for one in asked if one.tenant})


def _stars(asked: Sequence[Asked], gists: Sequence[Gist], asking: Sequence[bool]) -> list[list[int]]:
    """Return groups of places: each a question with all that are like it, and are in no larger group."""
    near = _neighbours(gists, asking)
    free = set(near)

    def size(centre: int) -> tuple[int, int]:
        among = [asked[place] for place in near[centre] if place in free]
        return _tenants(among), len(among)

    waiting = [(*(-number for number in size(centre)), centre) for centre in near]
    heapq.heapify(waiting)
    groups: list[list[int]] = []
    while waiting:
        tenants, number, centre = heapq.heappop(waiting)
        if -tenants < _FEWEST_TENANTS:
            break
        if centre not in free:
            continue
        # Groups that took places since make it smaller.
        if (now := size(centre)) != (-tenants, -number):
            heapq.heappush(waiting, (-now[0], -now[1], centre))
            continue
        group = sorted(place for place in near[centre] if place in free)
        free -= set(group)
        groups.append(group)
    return groups


def _neighbours(gists: Sequence[Gist], asking: Sequence[bool]) -> dict[int, set[int]]:
    """Return for each place those that are like it, itself among them; who asks is like few who do not."""
    near: dict[int, set[int]] = {}
    same: dict[tuple[bool, Gist], list[int]] = defaultdict(list)
    for place, pair in enumerate(zip(asking, gists, strict=True)):
        same[pair].append(place)
    for places in same.values():
        near |= {place: set(places) for place in places}
    distinct = list(same)
    for number, (asks, one) in enumerate(distinct):
        for also_asks, other in distinct[number + 1 :]:
            if alike(one, other) >= (ALIKE if asks is also_asks else _ALIKE_UNASKED):
                these, those = same[asks, one], same[asks, other]
                for place in these:
                    near[place].update(those)
                for place in those:
                    near[place].update(these)
    return near
