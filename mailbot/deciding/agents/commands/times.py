"""Times of day and lengths of time as agents write them: "02:25", "2:25 pm", "1d", "2 hours", "until mon"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.deciding.agents.commands.days import counts_twelve_hours, day
from mailbot.deciding.agents.commands.moment import Moment, UnclearError
from mailbot.deciding.words import clean
from mailbot.rules.values import parse_duration

_LONGEST_TEXT = 60
_DAY = timedelta(days=1)
_HALF = 12
_MINUTES = 60
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)"
_CLOCK = r"(?:\d{1,2}:\d{2}(?: ?[ap]\.?m\b\.?)?|\d{1,2} ?[ap]\.?m\b\.?)"
_TIME = rf"(?P<time>{_ISO}|{_CLOCK})"
_FIRST = re.compile(rf"[\[(]?(?:at )?{_TIME}[\])]?(?:[\s,;.:\u2013-]+|\Z)(?P<rest>.*)", re.IGNORECASE)
_LAST = re.compile(rf"(?:(?P<rest>.*?)[,;:\u2013-]*\s+)?[\[(]?(?:\bat )?{_TIME}[\])]?[\s.!]*", re.IGNORECASE)
_PARTS = re.compile(r"(\d{1,2})(?::(\d{2}))?(?: ?([ap])\.?m\.?)?", re.IGNORECASE)
_UNITS = (
    (r"minutes?|mins?", "m"),
    (r"hours?|hrs?|hr", "h"),
    (r"days?", "d"),
    (r"weeks?|wks?", "w"),
)
# A time of a working day that lies ahead would be this long ago or longer, if it were yesterday's.
_TOO_LONG_AGO = timedelta(hours=14)
_LATE_IN_LINE = 200


def call(line: str, moment: Moment) -> tuple[datetime, str]:
    """Return when a call was, and the line's words without that: its time stands first or last, or it was just now.

    It is the latest such instant that is not in the future.
    """
    line = line.strip()
    first = _FIRST.fullmatch(line)
    if first:
        return _past(first["time"], moment), first["rest"].strip()
    tail = max(0, len(line) - _LATE_IN_LINE)
    last = _LAST.fullmatch(line, tail)
    if last is None:
        return moment.now.astimezone(UTC), line
    at = _past(last["time"], moment)
    if moment.now - at >= _TOO_LONG_AGO:
        raise UnclearError(
            f"was the call at {last['time']}, or does it only speak of it? Write the time of the call first", "#called"
        )
    return at, (line[:tail] + (last["rest"] or "")).strip()


def _past(text: str, moment: Moment) -> datetime:
    if re.fullmatch(_ISO, text):
        at = datetime.fromisoformat(text).astimezone(UTC)
        if at > moment.now:
            raise UnclearError(f"{text} lies ahead")
        return at
    today = moment.today
    days = [today - back * _DAY for back in range(4)]
    return max(at for at in _showing(text, days, moment) if at <= moment.now)


def ahead(text: str, moment: Moment) -> datetime:
    """Return the instant that "1d", "2 hours", "until mon" or "until 5 pm" names, always one to come.

    A day begins when the agent's calendar shows it. Raise UnclearError for anything else.
    """
    bare = " ".join(clean(text[:_LONGEST_TEXT]).split()).strip("\"'.!,; ")
    bare = re.sub(r"^(?:until|till?|for|in|to) ", "", bare, flags=re.IGNORECASE)
    if not bare:
        raise UnclearError('it needs to know how long: "1d", "2 hours" or "until mon"')
    if re.fullmatch(_ISO, bare):
        at = datetime.fromisoformat(bare).astimezone(UTC)
    elif re.fullmatch(_CLOCK, bare, re.IGNORECASE):
        days = [moment.today + forward * _DAY for forward in range(4)]
        at = min(at for at in _showing(bare, days, moment) if at > moment.now)
    elif length := _length(bare):
        at = moment.now.astimezone(UTC) + length
    else:
        try:
            at = _begin(day(bare, moment), moment.zone)
        except UnclearError as unclear:
            raise UnclearError(f'{unclear}; or how long: "1d" or "2 hours"', unclear.near) from None
    if not moment.now < at <= moment.now + 367 * _DAY:
        raise UnclearError(f"{text.strip()} is not within the year to come")
    return at


def _length(bare: str) -> timedelta | None:
    short = re.sub(r"^an? ", "1 ", bare.casefold())
    for words, unit in _UNITS:
        short = re.sub(rf"(?<=[\d ])(?:{words})\b", unit, short)
    try:
        length = parse_duration(short)
    except ValueError:
        return None
    return length if isinstance(length, timedelta) and length else None


def _begin(first: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(first, time(), zone).astimezone(UTC)


def _showing(text: str, days: list[date], moment: Moment) -> Iterator[datetime]:
    """Yield the instants at which the agent's clock shows a time on these days.

    With two digits it is that of a day of 24 hours. With one, where clocks count twelve, it is in both halves.
    """
    parts = _PARTS.fullmatch(text)
    if parts is None or int(parts[1]) >= 2 * _HALF or int(parts[2] or 0) >= _MINUTES:
        raise UnclearError(f"{text} is no time of day")
    hour, minute, half = int(parts[1]), int(parts[2] or 0), (parts[3] or "").casefold()
    if half and not 1 <= hour <= _HALF:
        raise UnclearError(f"{text} is no time of day")
    hours = [hour % _HALF + _HALF * (half == "p")] if half else [hour]
    if not half and len(parts[1]) == 1 and hour and counts_twelve_hours(moment.country):
        hours.append(hour + _HALF)
    for one in days:
        for shown in (datetime.combine(one, time(each, minute)) for each in hours):
            for fold in (0, 1):
                at = shown.replace(tzinfo=moment.zone, fold=fold).astimezone(UTC)
                if at.astimezone(moment.zone).replace(tzinfo=None) == shown:  # not where the clock jumps over it
                    yield at
