"""Days as agents write them: "12 dec", "12. Dezember", "12.12.", "12/24", "monday", "tomorrow", "in 3 days", "2w".

Months may have their German, French, Spanish and Portuguese names, and days of the week these where they are whole.
A day without a year is the nearest one of that name. What could be two days, is no day, or lies on the wrong side of
today is refused in words for the agent: nobody is told a date that was guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import Literal

from mailbot.deciding.agents.commands.command import MONTHS, WEEKDAYS
from mailbot.deciding.agents.commands.moment import Moment, UnclearError
from mailbot.deciding.words import clean
from mailbot.rules.nearest import nearest

FORMS = '"12 dec", "monday", "tomorrow", "in 3 days" or "2026-12-24"'
_LONGEST_TEXT = 60
_FARTHEST = timedelta(days=366)
_MONTHS_IN_YEAR, _DAYS_IN_MONTH, _DAYS_IN_WEEK = 12, 31, 7
_SHORTEST_NAME = 3
_LANGUAGES = ("de", "de_AT", "fr", "es", "pt")
# As German is written without its own letters, and shortened (DIN 1355-1).
_ALSO_MONTHS = {"maerz": 2, "jaenner": 0, "mrz": 2}
_QUOTES = "\"'\u201c\u201d\u201e\u00ab\u00bb()[]"
_BEFORE = re.compile(r"^(?:(?:on|by|the|am|den|dem|le|el|al|o|d[i\u00ed]a) )+")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?")
_DIGITS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})(?:\2(\d{4}|\d{2}))?(\.?)")
_NAME = r"[^\W\d_]{3,10}(?:-feira)?"
_WEEKDAY_BEFORE = rf"(?:(?P<weekday>{_NAME})\.? )?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.?o|\.)?"
_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_YEAR = r"(?: (?:de )?(?P<year>\d{4}))?\.?"
_NAMED = (
    re.compile(rf"{_WEEKDAY_BEFORE}(?:the )?{_DAY} ?(?:of |de )?{_MONTH}{_YEAR}"),
    re.compile(rf"{_WEEKDAY_BEFORE}{_MONTH} ?(?:the )?{_DAY}{_YEAR}"),
)
_COUNTED = re.compile(r"(?P<sign>in )?(?P<number>\d{1,3}|an?|one|two|three) ?(?P<unit>d|days?|w|wks?|weeks?)( ago)?\.?")
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_NEAR_TODAY = {
    "today": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "day after tomorrow": 2,
    "yesterday": -1,
    "day before yesterday": -2,
}
_WEEKDAY = re.compile(rf"(?P<which>this |next |last |coming )?(?P<name>{_NAME})\.?")
_NAMES = (*WEEKDAYS, *MONTHS, "today", "tomorrow", "yesterday")


class Side(Enum):
    """On which side of today a day must lie; days gone by include today."""

    AHEAD = 1
    GONE = -1


def day(text: str, moment: Moment, side: Side = Side.AHEAD) -> date:
    """Return the day that is meant; raise UnclearError unless it is one beyond doubt, on that side of today."""
    shown = " ".join(clean(text[:_LONGEST_TEXT]).replace(",", " ").split()).strip(_QUOTES)
    bare = _BEFORE.sub("", shown.casefold()).strip(_QUOTES + "!;")
    found = _counted(bare, moment.today, side) if bare and len(text) <= _LONGEST_TEXT else None
    found = found or _near_today(bare, moment.today) or _by_weekday(bare, moment.today, side)
    found = found or _in_digits(bare, moment, side) or _with_name(bare, moment.today, side)
    if found is None:
        near = nearest(bare, _NAMES)
        raise UnclearError(f'"{shown}" is no day that I can read; write it like {FORMS}', near.lower())
    return _on_its_side(found, moment.today, side)


def _on_its_side(found: date, today: date, side: Side) -> date:
    if side is Side.GONE:
        if found > today:
            raise UnclearError(f"{_in_full(found)} lies ahead")
        return found
    if found == today:
        raise UnclearError(f"{_in_full(found)} is today; name a day that is to come")
    if found < today:
        raise UnclearError(f"{_in_full(found)} is past; name a day that is to come, with its year if need be")
    if found - today > _FARTHEST:
        raise UnclearError(f"{_in_full(found)} is more than a year ahead")
    return found


def _near_today(bare: str, today: date) -> date | None:
    return today + timedelta(days=_NEAR_TODAY[bare.rstrip(".")]) if bare.rstrip(".") in _NEAR_TODAY else None


def _counted(bare: str, today: date, side: Side) -> date | None:
    counted = _COUNTED.fullmatch(bare)
    if counted is None or (counted["sign"] and counted[4]):
        return None
    number = _NUMBERS.get(counted["number"]) or int(counted["number"])
    days = number * (_DAYS_IN_WEEK if counted["unit"].startswith("w") else 1)
    back = counted[4] is not None or (side is Side.GONE and not counted["sign"])
    return today - timedelta(days=days) if back else today + timedelta(days=days)


def _by_weekday(bare: str, today: date, side: Side) -> date | None:
    found = _WEEKDAY.fullmatch(bare)
    weekday = _weekday(found["name"]) if found else None
    if found is None or weekday is None:
        return None
    ahead = (weekday - today.weekday() - 1) % _DAYS_IN_WEEK + 1
    which = (found["which"] or "").strip()
    if side is Side.GONE:
        gone = today - timedelta(days=(today.weekday() - weekday) % _DAYS_IN_WEEK)
        return None if which in {"next", "coming"} or (which == "last" and gone == today) else gone
    if which == "last":
        return today + timedelta(days=ahead - _DAYS_IN_WEEK)
    coming = today + timedelta(days=ahead)
    if which == "next" and ahead < _DAYS_IN_WEEK - today.weekday():
        # In the same week, some mean that day, some the one a week later.
        raise _between(coming, coming + timedelta(days=_DAYS_IN_WEEK))
    return coming


def _with_name(bare: str, today: date, side: Side) -> date | None:
    for form in _NAMED:
        found = form.fullmatch(bare)
        month = _month(found["month"]) if found else None
        if found is None or month is None:
            continue
        named = _dated(found["year"], month + 1, int(found["day"]), today, side)
        if found["weekday"] and _weekday(found["weekday"]) != named.weekday():
            raise UnclearError(f"{_in_full(named)} is no {found['weekday'].title()}")
        return named
    return None


def _in_digits(bare: str, moment: Moment, side: Side) -> date | None:
    """Return a day written in digits; without a year at its head, in the order of the country."""
    if iso := _ISO.fullmatch(bare):
        month = int(iso[3])
        return _dated(iso[1], month, int(iso[4]), moment.today, side) if 0 < month <= _MONTHS_IN_YEAR else None
    found = _DIGITS.fullmatch(bare)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), found[4]
    if year and len(year) == len("26"):
        year = f"20{year}"
    order = digit_order(moment.country)
    if found[2] == "." and (found[5] or order == "dM"):
        readings = [(second, first)]
    elif found[2] == "." or not order:
        readings = [(first, second), (second, first)]
    else:
        readings = [(first, second), (second, first)] if order == "Md" else [(second, first), (first, second)]
    valid = [
        (month, number) for month, number in readings if 0 < month <= _MONTHS_IN_YEAR and 0 < number <= _DAYS_IN_MONTH
    ]
    if not valid:
        return None
    days = [_dated(year, month, number, moment.today, side) for month, number in dict.fromkeys(valid)]
    if len(days) > 1 and (found[2] == "." or not order):
        raise _between(*days)
    return days[0]


def _dated(year: str | None, month: int, number: int, today: date, side: Side) -> date:
    """Return that day; without a year, the nearest one."""
    years = [int(year)] if year else range(today.year - 1, today.year + 2)
    found = [made for one in years if (made := _made(one, month, number))]
    if not found:
        raise UnclearError(f"there is no {number} {MONTHS[month - 1]}{f' {year}' if year else ''}")
    return min(found, key=lambda made: (abs(made - today), -side.value * made.toordinal()))


def _made(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _weekday(name: str) -> int | None:
    """Return which day of the week is meant, 0 = Monday: in another language by its whole name, as "mar" is a month."""
    known = _place(name, enumerate(WEEKDAYS))
    return _abroad("days").get(_plain(name)) if known is None else known


def _month(name: str) -> int | None:
    """Return which month is meant, 0 = January."""
    known = _place(name, enumerate(MONTHS))
    if known is not None or name in _ALSO_MONTHS:
        return _ALSO_MONTHS[name] if known is None else known
    return _place(_plain(name), ((place, full) for full, place in _abroad("months").items()))


def _place(name: str, names: Iterable[tuple[int, str]]) -> int | None:
    """Return which of the names is meant by its beginning of three letters or more ("sept")."""
    found = {place for place, full in names if full.casefold().startswith(name)}
    return found.pop() if len(found) == 1 and len(name) >= _SHORTEST_NAME else None


@lru_cache(maxsize=2)
def _abroad(what: Literal["days", "months"]) -> Mapping[str, int]:
    """Return the places of the names of days of the week or of months in other languages, without accents."""
    from babel import Locale  # noqa: PLC0415 - a tenth of a second, only spent on names that are not English

    first = 0 if what == "days" else 1
    return {
        _plain(name): place - first
        for language in _LANGUAGES
        for place, name in getattr(Locale.parse(language), what)["format"]["wide"].items()
    }


def _plain(name: str) -> str:
    """Return a name without its accents, in small letters."""
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one)).casefold()


def _in_full(day: date) -> str:
    """Return "Saturday, 12 December 2026": where it is in doubt which day is meant, with all that tells it."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def _between(one: date, other: date) -> UnclearError:
    return UnclearError(f'it could be {_in_full(one)} or {_in_full(other)}; write it like "12 dec"')


@lru_cache(maxsize=16)
def digit_order(country: str) -> str:
    """Return "Md" where people write the month before the day, "dM" for the reverse, "" where that is not sure."""
    pattern = _pattern(country, "date_formats")
    order = "".join(dict.fromkeys(letter for letter in pattern if letter in "yMd"))
    return order.replace("y", "") if order.endswith("y") else ""


@lru_cache(maxsize=16)
def counts_twelve_hours(country: str) -> bool:
    """Return whether clocks of the country go from one to twelve."""
    return "h" in _pattern(country, "time_formats")


def _pattern(country: str, formats: str) -> str:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - a tenth of a second, only spent on days in digits

    try:
        locale = Locale.parse(f"und_{country.upper()}")
    except (UnknownLocaleError, ValueError):
        return ""
    return str(getattr(locale, formats)["short"].pattern) if locale.territory == country.upper() else ""
