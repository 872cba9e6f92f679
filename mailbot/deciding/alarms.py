"""Alarms: what is wrong with mailbot itself, told by the pagers of whoever is called; once, and once when it is over.

What has just begun waits a minute, so that several troubles of one cause are one page, and what passes at once is none.
What is over is told once it has been over for a minute, and only where it was paged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.deciding.paging import MOST_CHARACTERS, Page, PageKind, cut, plain

PAUSE = timedelta(minutes=1)
"""How long a trouble lasts, or is over, before it is paged, and how long it is between two pages."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one part: in few words, `what`, without any of a customer's, and since when.

    `passes` says that the part will be well again one day, and that this is news.
    """

    part: str
    what: str
    since: datetime
    passes: bool = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """A trouble as it is watched: since when it was `noticed`, paged with others under a `key`, and `gone`."""

    trouble: Trouble
    noticed_at: datetime
    key: str = ""
    gone_at: datetime | None = None

    @property
    def is_paged(self) -> bool:
        """Whether it was told."""
        return bool(self.key)


def watched(known: Mapping[str, Alarm], present: Iterable[Trouble], now: datetime) -> dict[str, Alarm]:
    """Return the alarms by their parts, `present` being all that is wrong now."""
    here = {one.part: one for one in present}
    alarms = {part: known[part] if part in known else Alarm(one, now) for part, one in here.items()}
    alarms = {part: replace(one, gone_at=None) for part, one in alarms.items()}
    gone = (one for part, one in known.items() if part not in here and one.is_paged and one.trouble.passes)
    return alarms | {one.trouble.part: replace(one, gone_at=one.gone_at or now) for one in gone}


@dataclass(frozen=True, slots=True)
class Due:
    """A page that is due, and the alarms that it tells of."""

    page: Page
    alarms: tuple[Alarm, ...]


def due(alarms: Iterable[Alarm], last_at: datetime | None, now: datetime, *, brand: str, partner: str) -> list[Due]:
    """Return what is to be paged now, `last_at` being when something was last; one page for all that has begun."""
    if last_at is not None and last_at <= now < last_at + PAUSE:
        return []
    alarms = tuple(alarms)
    begun = tuple(one for one in alarms if not one.is_paged)
    if any(now - one.noticed_at >= PAUSE for one in begun):
        key = f"{partner}.alarm.{now:%Y%m%dT%H%M%SZ}"
        page = Page(PageKind.ALARM, _said(brand, [one.trouble.what for one in begun]), key, now)
        return [Due(page, tuple(replace(one, key=key) for one in begun))]
    found: list[Due] = []
    for key in dict.fromkeys(one.key for one in alarms if one.is_paged):
        under = [one for one in alarms if one.key == key]
        over = tuple(one for one in under if one.gone_at is not None and now - one.gone_at >= PAUSE)
        if over:
            text = _said(f"{brand}: over", [one.trouble.what for one in over])
            found.append(Due(Page(PageKind.ALARM, text, key, now, over=len(over) == len(under)), over))
    return found


def _said(whose: str, troubles: list[str]) -> str:
    """Return the line that tells of these, the number of what finds no room at its end."""
    lines = [
        plain(f"mailbot of {whose}: {'; '.join(troubles[:number])}{f'; and {left} more' if left else ''}")
        for number in range(len(troubles), 0, -1)
        for left in [len(troubles) - number]
    ]
    return next((line for line in lines if len(line) <= MOST_CHARACTERS), cut(lines[-1]))
