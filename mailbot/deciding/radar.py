"""The outage radar: tenants that write of a like trouble within minutes of each other, before any of us has seen it.

A trouble counts, not a question, not a number that is to be moved, and not what is wrong with one phone, one person or
the sender's own network. Of each tenant one ticket counts. They are of one burst if all are alike to one of them, and
each to most of the others: the same common issue alone makes nothing alike, and words alone do not where two issues are
told apart (`likeness`). A trouble of which every day a few write is one only if more do than chance explains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp

from mailbot.deciding.likeness import ALIKE, Gist, alike, common
from mailbot.rules import Playbook


class Matter(StrEnum):
    """What a trouble of many is called: the phrase of that name in [matter]."""

    TOTAL = "total"
    PORTAL = "portal"
    FAX = "fax"
    TEXT_MESSAGES = "text_messages"
    RECORDINGS = "recordings"
    MENU = "menu"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    CALLER_ID = "caller_id"
    REGISTRATION = "registration"
    APP = "app"
    SIGNING_IN = "signing_in"
    CUT_OFF = "cut_off"
    NO_SOUND = "no_sound"
    BAD_SOUND = "bad_sound"
    OUTGOING = "outgoing"
    INCOMING = "incoming"
    CALLS = "calls"
    SERVICE = "service"


_SENSES = {
    Matter.TOTAL: "total outage",
    Matter.CALLER_ID: "caller ID",
    Matter.OUTGOING: "outgoing calls",
    Matter.INCOMING: "incoming calls",
}
"""By which sense each is known where that is not its own name."""
_NO_OUTAGE = frozenset({Playbook.PORT_IN, Playbook.PORT_OUT})
PAST = 500
"""So many tickets before those that are looked at say how usual a trouble is."""
# A desk has some thousand half hours a year in which it could be so by chance.
_BY_CHANCE = 1e-4
_A_HABIT = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """A ticket as the radar sees it: of which tenant it is, when it was opened (aware), and what it is about."""

    ticket: int
    tenant: str
    at: datetime
    gist: Gist

    @property
    def counts(self) -> bool:
        """Whether it tells of a trouble that others may have, too."""
        return self.gist.ails and not self.gist.local and self.gist.playbook not in _NO_OUTAGE


@dataclass(frozen=True, slots=True)
class Burst:
    """Tickets of several tenants that are of one trouble, by time."""

    seen: tuple[Sighting, ...]

    @property
    def tenants(self) -> frozenset[str]:
        """Whose they are."""
        return frozenset(one.tenant for one in self.seen)

    @property
    def lasted(self) -> timedelta:
        """How long it was from the first to the last of them."""
        return self.seen[-1].at - self.seen[0].at

    @property
    def common(self) -> tuple[str, ...]:
        """What they have in common, in words for our own people."""
        return common(one.gist for one in self.seen)

    @property
    def matter(self) -> Matter:
        """What it is called: by the first of the matters that most of them are about."""
        most = set(self.common)
        named = ((one, _SENSES.get(one, one.replace("_", " "))) for one in Matter)
        return next((one for one, sense in named if sense in most), Matter.SERVICE)

    def takes_in(self, one: Sighting) -> bool:
        """Return whether another ticket is of the same trouble: alike to most of these."""
        alike_ones = sum(alike(one.gist, other.gist) >= ALIKE for other in self.seen)
        return one.gist.ails and 2 * alike_ones > len(self.seen)


def burst(
    seen: Iterable[Sighting],
    tenants: int,
    within: timedelta,
    past: Sequence[Sighting] = (),
    new: Collection[Sighting] | None = None,
) -> Burst | None:
    """Return the largest burst of at least so many tenants among the tickets, with all its tickets; None for none.

    So many wrote within that time of each other; others of the same trouble may have written before or after. `past`
    are the tickets before these: they say how usual a trouble is. Where only some are `new`, only what is alike to one
    of these is looked at.
    """
    all_seen = list(seen)
    counted = sorted((one for one in all_seen if one.counts), key=lambda one: (one.at, one.ticket))
    likes = _likes(counted)
    fresh = set(counted if new is None else new)
    is_fresh = sum(1 << place for place, one in enumerate(counted) if one in fresh)
    own = _of_its_tenant(counted)
    found = ((counted[place], _around(place, likes, own)) for place, near in enumerate(likes) if near & is_fresh)
    groups = ((centre, [one for place, one in enumerate(counted) if near >> place & 1]) for centre, near in found)
    chosen = [(centre, Burst(tuple(one))) for centre, one in groups if _most_within(one, within) >= tenants]
    chosen.sort(key=lambda one: (len(one[1].tenants), len(one[1].seen)), reverse=True)
    times: dict[Gist, int] = {}
    for centre, one in chosen:
        if centre.gist not in times:
            times[centre.gist] = _times_in(past, centre.gist, within)
        if not _is_usual(len(one.tenants), len(all_seen), times[centre.gist], len(past)):
            return one
    return None


def _likes(counted: Sequence[Sighting]) -> list[int]:
    """Return for each ticket the bits of those that are alike to it: each two are held against each other once."""
    found = [0] * len(counted)
    for place, one in enumerate(counted):
        for other in range(place, len(counted)):
            if alike(one.gist, counted[other].gist) >= ALIKE:
                found[place] |= 1 << other
                found[other] |= 1 << place
    return found


def _of_its_tenant(counted: Sequence[Sighting]) -> list[int]:
    """Return for each ticket the bits of those of its tenant."""
    of_tenant: dict[str, int] = {}
    for place, one in enumerate(counted):
        of_tenant[one.tenant] = of_tenant.get(one.tenant, 0) | 1 << place
    return [of_tenant[one.tenant] for one in counted]


def _around(centre: int, likes: Sequence[int], own: Sequence[int]) -> int:
    """Return the bits of the tickets alike to this one, without those that are alike to few of the others."""
    near = likes[centre]
    places = (place for place in range(near.bit_length()) if near >> place & 1)
    return sum(1 << one for one in places if _joins(likes[one], near & ~own[one]))


def _joins(likes: int, others: int) -> bool:
    return 2 * (likes & others).bit_count() >= others.bit_count()


def _most_within(seen: Sequence[Sighting], within: timedelta) -> int:
    """Return of how many tenants there are tickets within that time of each other, at most; they are by time."""
    most, first = 0, 0
    there: Counter[str] = Counter()
    for one in seen:
        there[one.tenant] += 1
        while one.at - seen[first].at > within:
            there[seen[first].tenant] -= 1
            first += 1
        there = +there
        most = max(most, len(there))
    return most


def _times_in(past: Iterable[Sighting], gist: Gist, within: timedelta) -> int:
    """Return how often a trouble came in the past; what came together, as in the burst of another day, came once."""
    times, last = 0, None
    for one in past:
        if one.counts and alike(gist, one.gist) >= ALIKE:
            times += last is None or abs(one.at - last) > within
            last = one.at
    return times


def _is_usual(tenants: int, seen: int, times: int, past: int) -> bool:
    """Return whether so many tenants of so many tickets have a trouble by chance that came so often in the past."""
    if times < _A_HABIT:
        return False
    expected = seen * times / past
    exactly = fewer = exp(-expected)
    for number in range(1, tenants):
        exactly *= expected / number
        fewer += exactly
    return 1 - fewer > _BY_CHANCE
