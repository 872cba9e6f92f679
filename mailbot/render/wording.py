"""How a day, a time, a number and a sentence are written for one reader.

Days and times follow the reader's language and the partner's country by Babel's (CLDR's)
data, in the reader's zone. An instant beyond today names its weekday, so that a mail read a day
later is still right; a week and more ahead, or in the past, it has its date. Sentences come from a phrase
catalogue per language. A phrase takes its values by plain substitution: braces in a value stay
braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta, get_timezone_location, get_timezone_name
from babel.numbers import format_decimal
from babel.units import format_unit

from mailbot.clocks.wall import locale_of, written_day, written_instant, written_time
from mailbot.render.phrases import PLACE
from mailbot.rules import Hours, Period, Weekly

# Where ambulance, fire and police answer on 911; elsewhere a mobile reaches them on 112.
_DIAL_911 = frozenset("US CA MX PR VI GU AS MP AG AI AR BB BM BO BS BZ CR DM DO EC FJ GD GY HN JM KN KY LC "
                      "LR MS NI PA PE PH PW PY SV TC TT UY VC VE VG".split())  # fmt: skip
# Countries of the North American Numbering Plan: ten digits, country code 1.
_NANP = frozenset("US CA PR VI GU AS MP AG AI BB BM BS DM DO GD JM KN KY LC MS SX TC TT VC VG".split())
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_SHORT_ZONE = re.compile(r"[A-Z]T")
_EXTENSION = re.compile(r"(?:\bext\.?|\bx|#|;).*$", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(PLACE.pattern + r"(\.?)")
_WEEK = timedelta(days=6)
_HOUR = timedelta(hours=1)
_NO_LARGER_UNIT = 1e9
_MOMENTS_KEPT = 4096
_MB = 1_048_576

Phrases = Mapping[str, str]
# Within Wording, `date` is its method.
_Day = date


class UnknownPhraseError(KeyError):
    """A template asks for a phrase, or a phrase for a value, that there is not."""

    def __str__(self) -> str:
        """Return the sentence itself, not its repr as KeyError does."""
        return str(self.args[0])


def services_number(country: str) -> str:
    """Return the number of ambulance, fire and police that a mobile in that country reaches."""
    return "911" if country.upper() in _DIAL_911 else "112"


def tel(number: str, country: str) -> str:
    """Return the `tel:` link (RFC 3966) of a number as people write it, "" when it has no digits.

    Global (E.164) where the number says its country, or is a North American one; letters stand for
    their keys; an extension is left out, since phones dial it as part of the number.
    """
    main = _EXTENSION.sub("", number.split("/", maxsplit=1)[0])
    digits = re.sub(r"\D", "", main.upper().translate(_KEYPAD))
    if not re.search(r"\d", main):
        return ""
    if main.strip().startswith(("+", "(+")):
        # "+44 (0)20 …" shows the trunk prefix that callers from abroad leave out.
        digits = re.sub(r"\D", "", main.replace("(0)", "").upper().translate(_KEYPAD))
        return f"tel:+{digits}"
    if digits.startswith("00"):
        return f"tel:+{digits[2:]}"
    if country.upper() in _NANP and len(digits) in {10, 11}:
        return f"tel:+1{digits[-10:]}"
    return f"tel:{digits}"


def own_name(language: str) -> str:
    """Return how a language is called by those who speak it, as a heading: "Français"."""
    return heading(str(Locale.parse(language).get_display_name(language)))


def heading(words: str) -> str:
    """Return the words as a heading or a sentence begins: with a capital letter."""
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Wording:
    """Formats for one language, country and zone; `phrases` is that language's catalogue."""

    language: str
    country: str
    zone: ZoneInfo
    phrases: Phrases

    @cached_property
    def locale(self) -> Locale:
        """Return the locale of the language in the country."""
        return locale_of(self.language, self.country)

    def phrase(self, key: str, values: Mapping[str, str], write: Callable[[str], str] = str) -> str:
        """Return the phrase, as `write` writes it, with its values as they are.

        Raise UnknownPhraseError for a key or a value that is missing.
        """
        if key not in self.phrases:
            raise UnknownPhraseError(f'there is no phrase "{key}" in phrases/{self.language}.toml')

        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise UnknownPhraseError(f'the phrase "{key}" asks for {{{found[1]}}}, which it does not get')
            # "10:30 a.m." ends its sentence with one full stop, not two.
            return values[found[1]].removesuffix(".") + "." if found[2] else values[found[1]]

        return _PLACE.sub(value, write(self.phrases[key]))

    def said(self, key: str, write: Callable[[str], str]) -> str:
        """Return a phrase that asks for no values, as `write` writes it; every mail says the same ones."""
        words = self._said.get((key, write))
        if words is None:
            words = self._said[key, write] = write(self.phrase(key, {}))
        return words

    @cached_property
    def _said(self) -> dict[tuple[str, Callable[[str], str]], str]:
        return {}

    def time(self, at: datetime) -> str:
        """Return the time of day: "9:00", "9:00 AM"."""
        return written_time(at.astimezone(self.zone).time(), self.locale)

    def weekday(self, at: datetime) -> str:
        """Return the day's name in full."""
        return _weekday(at.astimezone(self.zone).weekday(), self.locale)

    def date(self, at: datetime) -> str:
        """Return day and month, "November 23"."""
        local = at.astimezone(self.zone)
        written = format_skeleton("MMMMd", local, locale=self.locale)
        # CLDR knows no ordinals; only the first of a month has one in French.
        return written.replace("1 ", "1er ", 1) if self.language == "fr" and local.day == 1 else written

    def whole_day(self, at: datetime) -> str:
        """Return a day in full, "Saturday, December 12"."""
        return self.phrase("waiting.day", {"weekday": self.weekday(at), "date": self.date(at)})

    def calendar_day(self, day: _Day) -> str:
        """Return a day of the calendar in full, whichever zone: "Saturday, December 12"."""
        return self.whole_day(datetime.combine(day, time(12), self.zone))

    def instant(self, at: datetime) -> str:
        """Return the day and the time of an instant, without a year: "November 23, 9:00 AM"."""
        return self.phrase("site.when", {"day": self.date(at), "time": self.time(at)})

    def month(self, day: _Day) -> str:
        """Return the month of a day as a heading: "November 2026"."""
        return heading(str(format_skeleton("yMMMM", day, locale=self.locale)))

    def full_date(self, at: datetime) -> str:
        """Return a day with its year, "November 23, 2026"."""
        return str(format_date(at.astimezone(self.zone), "long", locale=self.locale))

    def weekly(self, at: datetime, manner: str, *, name_zone: bool = False) -> str:
        """Return an instant of any week in words, by its weekday; `manner` as with `moment`."""
        return self._moment(at, at.astimezone(self.zone).date() - _WEEK, manner, name_zone=name_zone)

    def moment(self, at: datetime, now: datetime, manner: str, *, name_zone: bool = False) -> str:
        """Return an instant in words; `manner` is the family of phrases, "by" or "at"."""
        # Subject, text and HTML say the same few instants, to the minute.
        asked = (int(at.timestamp()) // 60, now.astimezone(self.zone).date(), manner, name_zone)
        words = self._moments.get(asked)
        if words is None:
            if len(self._moments) >= _MOMENTS_KEPT:
                self._moments.clear()
            words = self._moments[asked] = self._moment(at, asked[1], manner, name_zone=name_zone)
        return words

    @cached_property
    def _moments(self) -> dict[tuple[int, _Day, str, bool], str]:
        return {}

    def _moment(self, at: datetime, today: _Day, manner: str, *, name_zone: bool) -> str:
        local = at.astimezone(self.zone)
        distance = local.date() - today
        if distance == timedelta():
            form = "today"
        elif distance == timedelta(days=1):
            form = "tomorrow"
        elif timedelta() < distance <= _WEEK:
            form = "week"
        else:
            form = "later"
        key = f"{manner}.{form}"
        if local.hour % 12 == 1 and f"{key}_one" in self.phrases and (local.hour == 1 or self._twelve_hours):
            key += "_one"
        date = self.date(at) if form == "later" else ""
        words = self.phrase(key, {"time": self.time(at), "weekday": self.weekday(at), "date": date})
        return f"{words} ({self.zone_name()})" if name_zone else words

    @cached_property
    def _twelve_hours(self) -> bool:
        return "a" in str(self.locale.time_formats["short"])

    def day(self, at: datetime, now: datetime) -> str:
        """Return the day of an instant, short: "Mon, Nov 23"; with its year where that may not be clear."""
        return written_day(at.astimezone(self.zone).date(), now.astimezone(self.zone).date(), self.locale)

    def stamp(self, at: datetime, now: datetime) -> str:
        """Return an instant for our own people: "Mon, Nov 23, 9:45 AM"."""
        return written_instant(at, now, self.zone, self.locale)

    def due(self, at: datetime, now: datetime) -> str:
        """Return by when something was promised to be done, and what is left of it at `now`."""
        stamp, left = self.stamp(at, now), at - now
        if left < timedelta():
            return f"Overdue for {self.duration(-left)}: was promised by {stamp}"
        return f"{stamp}, {self.duration(left)} left"

    def zone_name(self, zone: ZoneInfo | None = None) -> str:
        """Return how people call a zone, the reader's for None: "ET" where such a name is used, else by its city."""
        zone = zone or self.zone
        return _zone_name(zone, self.locale) or self.phrase("zone", {"city": _city(zone, self.locale)})

    def hours(self, hours: Hours) -> tuple[str, ...]:
        """Return the opening hours, one line for days with the same hours; () when never open."""
        return _hours(hours.week, self.locale, self.phrases.get("all_day", "0–24"))

    def size(self, octets: int) -> str:
        """Return a size in MB, in full megabytes."""
        written = format_unit(octets // _MB, "digital-megabyte", "short", locale=self.locale)
        return str(written).replace("\u202f", "\xa0")

    def file_size(self, octets: int) -> str:
        """Return the size of a file: "340 kB", "2.1 MB"."""
        megabytes = octets / _MB
        name = "digital-kilobyte" if megabytes < 1 else "digital-megabyte"
        value = max(1, octets // 1024) if megabytes < 1 else round(megabytes, 1)
        return str(format_unit(value, name, "short", locale=self.locale)).replace("\u202f", "\xa0")

    def duration(self, length: timedelta) -> str:
        """Return a length of time in its two largest units: "2 hr 10 min"."""
        minutes = int(length.total_seconds()) // 60
        days, rest = divmod(minutes, 1440)
        hours, minutes = divmod(rest, 60)
        parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
        shown = [(count, unit) for count, unit in parts if count] or [(0, "minute")]
        return " ".join(
            format_unit(count, f"duration-{unit}", "short", locale=self.locale) for count, unit in shown[:2]
        )

    def span(self, length: timedelta, *, in_days: bool = False) -> str:
        """Return a length of time in words, in hours and minutes or in days: "1 hour 30 minutes", "4 days"."""
        if in_days:
            return self._counted(length, "day")
        minutes = length % _HOUR
        hours = length - minutes
        said = (hours and self._counted(hours, "hour"), (minutes or not hours) and self._counted(minutes, "minute"))
        return " ".join(part for part in said if part)

    def _counted(self, length: timedelta, unit: Literal["day", "hour", "minute"]) -> str:
        """Return a length in one unit; CLDR's table of units has no days in Portuguese, that of lengths has."""
        return format_timedelta(length, granularity=unit, threshold=_NO_LARGER_UNIT, locale=self.locale)

    def number(self, value: int) -> str:
        """Return a whole number with the language's grouping."""
        return format_decimal(value, locale=self.locale)


@lru_cache(maxsize=256)
def _weekday(weekday: int, locale: Locale) -> str:
    return str(locale.days["format"]["wide"][weekday])


@lru_cache(maxsize=512)
def _zone_name(zone: ZoneInfo, locale: Locale) -> str:
    if zone.key in {"UTC", "Etc/UTC"}:
        return "UTC"
    name = get_timezone_name(zone, "short", locale=locale)
    return name if _SHORT_ZONE.fullmatch(name) else ""


@lru_cache(maxsize=512)
def _city(zone: ZoneInfo, locale: Locale) -> str:
    return get_timezone_location(zone, locale=locale, return_city=True)


@lru_cache(maxsize=512)
def _hours(week: Weekly, locale: Locale, all_day: str) -> tuple[str, ...]:
    runs: dict[tuple[Period, ...], list[str]] = {}
    names = locale.days["format"]["abbreviated"]
    for spans, days in groupby(range(7), week.day):
        run = list(days)
        if spans:
            first, last = _day(names[run[0]]), _day(names[run[-1]])
            separator = "–" if len(run) > 2 else ", "  # noqa: PLR2004 - two days are an enumeration
            runs.setdefault(spans, []).append(first if len(run) == 1 else f"{first}{separator}{last}")
    return tuple(
        f"{', '.join(days)} " + ", ".join(_span(span, locale, all_day) for span in spans)
        for spans, days in runs.items()
    )


def _day(name: str) -> str:
    return name.rstrip(".")


def _span(span: Period, locale: Locale, all_day: str) -> str:
    if span.start == time.min and span.end == time.max:
        return all_day
    if span.end == time.max:
        end = "24:00" if "a" not in str(locale.time_formats["short"]) else written_time(time.min, locale)
    else:
        end = written_time(span.end, locale)
    return f"{written_time(span.start, locale)}–{end}"
