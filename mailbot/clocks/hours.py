"""When support is open, and counting time only while it is.

Opening hours are promised in local time, but time passes in UTC. So every local day is first
turned into the UTC intervals it is open in, and all counting is done on those. A span of
"09:00-17:30" is open from the first instant of that day whose wall clock shows 09:00 or later
until the last one whose wall clock shows less than 17:30. Where the clock jumps over a span's
edge the span begins or ends with the jump; where an hour comes twice the span stays open
through both. Such a day is an hour shorter or longer, as it is for the people who work it.

A public holiday of the region, or a day of `closed`, is closed all day. A holiday may be
worked on after all: `not_holidays` names it, in English or in the country's language, with or
without its "(observed)", or gives its date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from mailbot.rules import Hours, Rules, Tenant
from mailbot.rules.same import Same

if TYPE_CHECKING:
    from holidays import HolidayBase

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_ZERO = timedelta(0)
_LONGEST_OPEN = timedelta(days=14)

# No region has so many holidays that a weekly opening is lost for a year.
_SEARCH_DAYS = 400
_DAYS_KEPT = 2000

# Long enough to see the holidays that come only when a weekend is hit.
_YEARS_OF_NAMES = range(2024, 2036)

_Intervals: TypeAlias = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """From the closing before to the next opening; None where there is no such instant."""

    start_at: datetime | None
    end_at: datetime | None


@dataclass(frozen=True)
class OpeningHours:
    """Weekly hours, holidays and closed days of one zone. Takes and gives aware UTC instants.

    An instant of opening is open, an instant of closing is closed. Every method raises
    ValueError for a naive datetime.
    """

    hours: Hours
    zone: ZoneInfo

    def is_open(self, at: datetime) -> bool:
        """Return whether support is open at that instant."""
        at = _utc(at)
        return any(start <= at < end for start, end in self._intervals_near(at))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first open instant not before `at` (`at` itself when open); None: never again."""
        at = _utc(at)
        return next((max(at, start) for start, _ in self._intervals_after(at)), None)

    def next_closing(self, at: datetime) -> datetime | None:
        """Return the first closed instant not before `at` (`at` itself when closed); None: not within 400 days."""
        at = _utc(at)
        if not self.is_open(at):
            return at
        end = at
        for start, until in self._intervals_after(at):
            if start > end:
                return end
            end = max(end, until)
            if end - at > _SEARCH_DAYS * _DAY:
                return None
        return end

    def closed_period(self, at: datetime) -> ClosedPeriod | None:
        """Return the closed period that `at` lies in, breaks included; None while open."""
        at = _utc(at)
        if self.is_open(at):
            return None
        return ClosedPeriod(self._last_closing(at), self.next_opening(at))

    def last_closed(self, at: datetime) -> ClosedPeriod | None:
        """Return the closed period that ended last before `at`; None where it is closed, or open for weeks by then."""
        start = at = _utc(at)
        if not self.is_open(at):
            return None
        while earlier := [opens for opens, ends in self._intervals_near(start) if opens < start <= ends]:
            start = min(earlier)
            if at - start > _LONGEST_OPEN:
                return None
        return self.closed_period(start - _TICK)

    def add(self, at: datetime, duration: timedelta) -> datetime | None:
        """Return the instant by which `duration` of open time has passed since `at`.

        Outside hours the count starts at the next opening. What ends with the day is due at
        its closing, not at the next opening. None: there is not that much open time to come.
        Raise ValueError for a negative duration.
        """
        if duration < _ZERO:
            raise ValueError("time is only added forward")
        cursor = _utc(at)
        for opens, end in self._intervals_after(cursor):
            start = max(opens, cursor)
            if duration <= end - start:
                return start + duration
            if end > start:
                duration -= end - start
                cursor = end
        return None

    def add_days(self, at: datetime, days: int) -> datetime | None:
        """Return the instant `days` open days after `at`, at the same local time.

        The count starts at `at`, or at the next opening when closed. If that day is closed at
        the local time, the answer is its last open moment before it, or else its opening.
        None: it does not open so often again. Raise ValueError for a negative number.
        """
        if days < 0:
            raise ValueError("days are only added forward")
        start = self.next_opening(at)
        if start is None or days == 0:
            return start
        local = start.astimezone(self.zone)
        open_days = (found for found in self._days_from(local.date() + _DAY) if found[1])
        for _ in range(days - 1):
            next(open_days, None)
        day, intervals = next(open_days, (None, ()))
        if day is None:
            return None
        wanted = instant_of(day, local.time(), self.zone)
        for opens, closes in reversed(intervals):
            if opens <= wanted:
                return min(wanted, closes)
        return intervals[0][0]

    def between(self, earlier: datetime, later: datetime) -> timedelta:
        """Return the open time from `earlier` to `later`, zero if they are the other way round."""
        cursor, later = _utc(earlier), _utc(later)
        total = _ZERO
        for opens, closes in self._intervals_after(cursor):
            if opens >= later:
                break
            start, end = max(opens, cursor), min(closes, later)
            if end > start:
                total += end - start
                cursor = end
        return total

    @cached_property
    def _days(self) -> dict[date, _Intervals]:
        """The intervals of the days that were asked for: every mail asks for the same few."""
        return {}

    def _day(self, day: date) -> _Intervals:
        intervals = self._days.get(day)
        if intervals is None:
            if len(self._days) >= _DAYS_KEPT:
                self._days.clear()
            intervals = self._days[day] = self._intervals_of(day)
        return intervals

    def _intervals_of(self, day: date) -> _Intervals:
        spans = self.hours.week.day(day.weekday())
        if not spans or is_closed_day(self.hours, day):
            return ()
        edges = (
            (instant_of(day, span.start, self.zone), _end_instant(day, span.end, self.zone))
            for span in sorted(spans, key=lambda span: span.start)
        )
        return tuple((start, end) for start, end in edges if start < end)

    def _days_from(self, day: date) -> Iterator[tuple[date, _Intervals]]:
        """Yield days and their intervals in order, until 400 days that are not in `closed` stayed shut."""
        if self.hours.week.is_empty():
            return
        shut = 0
        while shut < _SEARCH_DAYS and day < date.max - _DAY:
            intervals = self._day(day)
            yield day, intervals
            if intervals:
                shut = 0
            elif day not in self.hours.closed:
                shut += 1
            day += _DAY

    def _intervals_near(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = at.astimezone(self.zone).date()
        for day in (today - _DAY, today, today + _DAY):
            yield from self._day(day)

    def _intervals_after(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the intervals that end after `at`, by their start and their end; they may touch or overlap."""
        for _, intervals in self._days_from(at.astimezone(self.zone).date() - _DAY):
            for start, end in intervals:
                if end > at:
                    yield start, end

    def _last_closing(self, at: datetime) -> datetime | None:
        if self.hours.week.is_empty():
            return None
        shut = 0
        day = at.astimezone(self.zone).date() + _DAY
        while shut < _SEARCH_DAYS and day > date.min + _DAY:
            ends = [end for _, end in self._day(day) if end <= at]
            if ends:
                return max(ends)
            if day not in self.hours.closed:
                shut += 1
            day -= _DAY
        return None


def opening_hours(rules: Rules, tenant: Tenant | None) -> OpeningHours:
    """Return the opening hours that count for a tenant, the partner's for None.

    A tenant with hours of its own has them in its own zone. Without, the partner's people
    answer, so it is the partner's hours in the partner's zone, wherever the tenant is.
    """
    partner = rules.partner
    if tenant is None or tenant.hours is None:
        return _opening_hours(Same(partner.hours), partner.zone)
    return _opening_hours(Same(tenant.hours), tenant.zone or partner.zone)


@lru_cache(maxsize=256)
def _opening_hours(same: Same[Hours], zone: ZoneInfo) -> OpeningHours:
    return OpeningHours(same.object, zone)


def holidays_of(hours: Hours, year: int) -> dict[date, str]:
    """Return the public holidays of the region that are kept, with their English names.

    `closed` days are not among them. Empty without a region and for years that the
    `holidays` library does not know. Raise ValueError for a region that it does not know.
    """
    return dict(_holidays(hours.region, hours.not_holidays, year))


def holiday_name(hours: Hours, day: date, language: str) -> str:
    """Return how people of this language call the holiday of that day, "" where it is none or has no such name."""
    if day not in _holidays(hours.region, hours.not_holidays, day.year):
        return ""
    names = _public_holidays(hours.region, day.year)[day][0]
    return dict(zip(_languages(hours.region)[::-1], names[::-1], strict=False)).get(language, "")


def is_holiday_name(region: str, name: str) -> bool:
    """Return whether `not_holidays` may name this holiday of the region, or this ISO date of one.

    Names are looked for over some years, since not every holiday comes every year. Raise
    ValueError for a region that is not known.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", name):
        return any(day.isoformat() == name for day in _public_holidays(region, int(name[:4])))
    return name.casefold() in {form.casefold() for form in holiday_names(region)}


def holiday_names(region: str) -> frozenset[str]:
    """Return the names by which the holidays of a region are known, in English and its own language.

    Raise ValueError for a region that is not known.
    """
    return frozenset(
        form
        for year in _YEARS_OF_NAMES
        for names in _public_holidays(region, year).values()
        for form in _forms(*(name for holiday in names for name in holiday))
    )


def is_closed_day(hours: Hours, day: date) -> bool:
    """Return whether we are closed all that day whatever the week says."""
    return day in hours.closed or day in _holidays(hours.region, hours.not_holidays, day.year)


@lru_cache(maxsize=256)
def _holidays(region: str, not_holidays: tuple[str, ...], year: int) -> dict[date, str]:
    worked = {name.casefold() for name in not_holidays}
    kept: dict[date, str] = {}
    for day, names in _public_holidays(region, year).items():
        if day.isoformat() in worked:
            continue
        left = [form[0] for form in names if worked.isdisjoint(name.casefold() for name in _forms(*form))]
        if left:
            kept[day] = "; ".join(left)
    return kept


def _forms(*names: str) -> set[str]:
    """Return the ways in which an operator may write a holiday's name: "(observed)" may be left out."""
    return {form for name in names for form in (name, re.sub(r"\s*\([^()]*\)$", "", name))}


@lru_cache(maxsize=256)
def _public_holidays(region: str, year: int) -> dict[date, tuple[tuple[str, ...], ...]]:
    """Return each holiday's names, first in English where that is known, then in the country's language."""
    if not region:
        return {}
    import holidays  # noqa: PLC0415 - a fifth of a second, only spent where a region is set

    country, _, subdivision = region.partition("-")
    try:
        local = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError:
        known = holidays.list_supported_countries().get(country, [])
        text = f"of {country} are known: {', '.join(known)}" if known else 'are written like "US", "US-CA", "DE-BY"'
        raise ValueError(f'no public holidays are known for the region "{region}"; regions {text}') from None
    tables = [
        holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=language)
        for language in _names_in(local)
    ] or [local]
    return {day: tuple(zip(*(table.get_list(day) for table in tables), strict=False)) for day in sorted(tables[0])}


def _names_in(local: HolidayBase) -> list[str]:
    """Return the languages in which a region's holidays are named: English where that is known, then its own."""
    return [name for name in ("en_US", local.default_language) if name in local.supported_languages]


@lru_cache(maxsize=256)
def _languages(region: str) -> tuple[str, ...]:
    """Return the languages of `_public_holidays`, "en", "de"."""
    import holidays  # noqa: PLC0415 - as above

    country, _, subdivision = region.partition("-")
    return tuple(name[:2] for name in _names_in(holidays.country_holidays(country, subdiv=subdivision or None)))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant must say its zone")
    return at.astimezone(UTC)


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, when the clock of `zone` shows `wall` on that day, or has jumped past it."""
    shown = _wall(day, wall)
    first, second = _both_readings(shown, zone)
    return _jump(second, first, zone) if first > second else first


def _end_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the first instant after the last one at which the day's clock shows less than `wall`."""
    shown = _wall(day, wall)
    first, second = _both_readings(shown, zone)
    if first > second:
        return _jump(second, first, zone)
    # When the clock goes back exactly to `wall`, nothing before `wall` comes a second time.
    repeats = (second - _TICK).astimezone(zone).replace(tzinfo=None) < shown
    return second if repeats else first


def _wall(day: date, wall: time) -> datetime:
    if wall == time.max:
        return datetime.combine(day + _DAY, time())
    return datetime.combine(day, wall)


def _both_readings(shown: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return both instants of a wall time (PEP 495): the second is earlier in a gap, later in a repeated hour."""
    first = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return first, second


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant after `low` and not after `high` at which the zone's offset changes."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
