"""Which week the weekly mails are due for, and which of its mails are still to be written, whatever the clock does.

The last week is due whose day and time have come, unless it was handled; no week before the one that a desk saw from
its Monday on. Where the clock is found before the end of a week that was handled, it ran ahead then or lags now, and
nothing tells which. So the weeks from there on come due anew. Who got the mail of one gets it once more, corrected,
if something was logged in that week since; else it said all there is to say, and is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailbot.clocks.weekly import Weekly
from mailbot.figures.weeks import Week
from mailbot.store import cursors, outbox, standing

KIND = "digest"
"""What the outbox calls the partner's weekly mail."""
CUSTOMERS_KIND = "week"
"""What it calls a customer's."""
_LAST = "digest"
_FIRST = "digest.first"
_WRITTEN = "digest.{}"


@dataclass(frozen=True, slots=True)
class Course:
    """How far the weekly mails have come: the first week that is told, and the last that was handled; None for none."""

    first: Week | None = None
    last: Week | None = None

    def heeding(self, schedule: Weekly, now: datetime) -> Course:
        """Return what holds at `now`: a desk just set up begins, and what was done by a clock ahead is undone."""
        begins, week = _first_whole(now, schedule.zone), last_due(schedule, now)
        if self.last is None:
            return replace(self, first=min(self.first or begins, begins))
        if self.last > week and self.last.ends(schedule.zone) > now:
            return replace(self, last=week.back(1))
        return self

    def is_due(self, week: Week) -> bool:
        """Return whether the mails of that week are still to be written."""
        return (self.first is None or week >= self.first) and (self.last is None or week > self.last)


def last_due(schedule: Weekly, now: datetime) -> Week:
    """Return the week whose mail was due last."""
    return Week.of(schedule.last(now), schedule.zone).back(1)


def _first_whole(now: datetime, zone: ZoneInfo) -> Week:
    """Return the first week that is seen from its Monday on by who begins at `now`."""
    week = Week.of(now, zone)
    return week if now.astimezone(zone).date() == week.monday else week.back(-1)


def course(conn: Connection, partner: str) -> Course:
    """Return how far the weekly mails have come."""
    first, last = (cursors.fact(conn, partner, name) for name in (_FIRST, _LAST))
    return Course(_read(first), _read(last))


def _read(kept: str | None) -> Week | None:
    """Return the week that was kept, None for none and for one of a clock that stood where weeks cannot be read."""
    try:
        return Week.parse(kept) if kept else None
    except ValueError:
        return None


def keep(conn: Connection, partner: str, new: Course, now: datetime) -> None:
    """Keep how far they have come."""
    for name, week in ((_FIRST, new.first), (_LAST, new.last)):
        if week is not None:
            cursors.set_fact(conn, partner, name, str(week), now)


def note_written(conn: Connection, partner: str, week: Week, now: datetime) -> None:
    """Note what stood in the log when that week's mails were written."""
    cursors.set_fact(conn, partner, _WRITTEN.format(week), str(standing.newest_entry(conn)), now)


def marks(conn: Connection, partner: str, week: Week, zone: ZoneInfo) -> tuple[str, ...]:
    """Return what tells the keys of that week's mails apart: "", and another where they are to be corrected."""
    entry = cursors.fact(conn, partner, _WRITTEN.format(week))
    if entry is None or not standing.logged_since(conn, partner, int(entry), week.begins(zone), week.ends(zone)):
        return ("",)
    return ("", f"c{entry}")


def unwritten(conn: Connection, partner: str, key: Callable[[str], str], marks: Iterable[str]) -> str | None:
    """Return the first of these marks under which no such mail was written, None where all were."""
    return next((mark for mark in marks if not outbox.is_known(conn, partner, key(mark))), None)
