"""What an operator writes as text, in the types that the code uses.

A parser takes what TOML gave, or a value that has its final type already (rules made in
code), and raises ValueError in words for the operator, with an example of the right form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

_UNITS_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTHS = 'a number with s, m, h, d or w, such as "90s", "15m", "1h 30m" or "3d"'
_LONGEST = timedelta(days=366)
_LONGEST_SHOWN = 60
_LAST_PORT = 65_535
_YEARS = range(2000, 2200)


def parse_duration(value: object) -> object:
    """Return "90s", "15m", "4h", "3d", "2w" or a sum such as "1h 30m" as a timedelta of at most a year.

    Raise ValueError naming the accepted units; a bare number has none.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\s*(?:\d{1,9}\s*(?:min|[smhdw])\s*)+", value):
        raise ValueError(f"{_written(value)} is not a length of time; write {_LENGTHS}")
    parts = re.findall(r"(\d+)\s*(min|[smhdw])", value)
    seconds = sum(int(number) * _UNITS_SECONDS[unit] for number, unit in parts)
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{_written(value)} is longer than a year")
    return timedelta(seconds=seconds)


def _written(value: object) -> str:
    """Return a value much as it stands in TOML, cut short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    text = str(value)
    text = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return f'"{text}"' if isinstance(value, str) else text


def parse_zone(value: object) -> object:
    """Return the IANA zone of that name; raise ValueError when there is none."""
    if isinstance(value, ZoneInfo):
        return value
    try:
        if isinstance(value, str) and value:
            return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ValueError(f'{_written(value)} is no time zone; write one like "Europe/Berlin" or "America/New_York"')


class BusinessDay(BaseModel):
    """Promised durations may count business days; `days` of them make up the promise."""

    model_config = ConfigDict(frozen=True)

    days: int


def parse_promise(value: object) -> object:
    """Return "3 business days" as BusinessDay(3), "best effort" as None, else a duration."""
    if value is None or isinstance(value, BusinessDay):
        return value
    if isinstance(value, str):
        words = " ".join(value.lower().split())
        if words == "best effort":
            return None
        if found := re.fullmatch(r"(\d{1,3}) business days?", words):
            return BusinessDay(days=int(found[1]))
    try:
        return parse_duration(value)
    except ValueError as error:
        more = ', or business days, "3 business days", or "best effort"' if str(error).endswith(_LENGTHS) else ""
        raise ValueError(f"{error}{more}") from None


def parse_time(value: object) -> object:
    """Return "09:00" as a time and "24:00" as midnight at the day's end (time.max)."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if value == "24:00":
        return time.max
    if isinstance(value, str) and (found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value)):
        return time(int(found[1]), int(found[2]))
    raise ValueError(f'{_written(value)} is no time of day; write it like "09:00"')


def parse_moment(value: object) -> object:
    """Return "08:00" as a time; raise ValueError for what no clock shows, "24:00" among it."""
    if isinstance(value, (str, time)) and value in {"24:00", time.max}:
        raise ValueError('"24:00" is no moment of a day; write "00:00" of the next day')
    return parse_time(value)


class Period(BaseModel):
    """A span within one local day, `start` inclusive, `end` exclusive (time.max is midnight)."""

    model_config = ConfigDict(frozen=True)

    start: time
    end: time


def parse_period(value: object) -> object:
    """Return "09:00-17:30" as a Period; raise ValueError unless it starts before it ends."""
    if isinstance(value, Period):
        return value
    if not isinstance(value, str) or "-" not in value:
        raise ValueError(f'{_written(value)} is no span of time; write it like "09:00-17:30"')
    start, _, end = (part.strip() for part in value.partition("-"))
    span = Period.model_validate({"start": parse_time(start), "end": parse_time(end)})
    if span.start >= span.end:
        raise ValueError(f"{_written(value)} ends before it starts; write a span over midnight as two days")
    return span


def in_order(spans: tuple[Period, ...]) -> tuple[Period, ...]:
    """Return the spans of one day by their start; raise ValueError when two overlap."""
    ordered = tuple(sorted(spans, key=lambda span: span.start))
    for former, latter in pairwise(ordered):
        if latter.start < former.end:
            raise ValueError(f"two spans overlap at {latter.start:%H:%M}")
    return ordered


def parse_days(value: object) -> object:
    """Return days, "2026-12-24" or 2026-12-24, and ranges, "2026-12-24..2027-01-01", as their days in order."""
    if not isinstance(value, (list, tuple)):
        return value
    days: set[date] = set()
    mistakes: list[str] = []
    for written in value:
        try:
            days.update(_parse_range(written))
        except ValueError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return tuple(sorted(days))


def _parse_range(written: object) -> Iterator[date]:
    first, last = written, written
    if isinstance(written, str) and ".." in written:
        first, _, last = written.partition("..")
    start, end = _parse_day(first, written), _parse_day(last, written)
    if not start <= end <= start + _LONGEST:
        raise ValueError(f"{_written(written)} is no range of at most a year")
    return (start + timedelta(days=count) for count in range((end - start).days + 1))


def _parse_day(value: object, written: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f'{_written(written)} is no day; write it like "2026-12-24", or many like "2026-12-24..2027-01-01"'
        ) from None


def parse_day(value: object) -> object:
    """Return "2026-12-24" or 2026-12-24 as that day; raise ValueError for one that nobody alive means."""
    day = _parse_day(value, value)
    if day.year not in _YEARS:
        raise ValueError(f"{_written(str(value))} is no day of this century or the next")
    return day


def parse_names(value: object) -> object:
    """Return names of holidays as they are, and dates as their ISO text."""
    if not isinstance(value, (list, tuple)):
        return value
    return tuple(name.isoformat() if isinstance(name, date) else name for name in value)


def ascending(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return the numbers from the smallest on, each once."""
    return tuple(sorted(set(numbers)))


def on_one_line(text: str) -> str:
    """Return the text, outer spaces taken off; raise ValueError for line breaks and other control characters."""
    if not text.isprintable():
        raise ValueError("must stand on one line, without control characters")
    return text.strip()


def sluglike(text: str) -> str:
    """Return the id; raise ValueError unless it is fit for a command line, a log and a file name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        raise ValueError("an id is made of letters, digits, dots, dashes and underscores, at most 64")
    return text


def address_and_port(text: str) -> tuple[str, int]:
    """Return IP address and port of "192.0.2.53", "127.0.0.1:5353" or "[::1]:5353"; 53 is DNS's own port.

    Raise ValueError for anything else.
    """
    found = re.fullmatch(r"\[(?P<six>[0-9A-Fa-f:.]+)\](?P<p6>:\d{1,5})?|(?P<four>[0-9.]+)(?P<p4>:\d{1,5})?", text)
    address, port = (found["six"] or found["four"], found["p6"] or found["p4"]) if found else (text, None)
    try:
        ip_address(address)
        number = int((port or ":53")[1:])
        if 0 < number <= _LAST_PORT:
            return address, number
    except ValueError:
        pass
    raise ValueError(f'{_written(text)} is no name server; write its IP address, like "192.0.2.53" or "127.0.0.1:5353"')


def nameserver(text: str) -> str:
    """Return the text, outer spaces taken off; raise ValueError unless it is an IP address, alone or with a port."""
    address_and_port(text.strip())
    return text.strip()


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Promise = Annotated[timedelta | BusinessDay | None, BeforeValidator(parse_promise)]
Zone = Annotated[ZoneInfo, BeforeValidator(parse_zone)]
TimeOfDay = Annotated[time, BeforeValidator(parse_moment)]
Span = Annotated[Period, BeforeValidator(parse_period)]
Spans = Annotated[tuple[Span, ...], AfterValidator(in_order)]
Day = Annotated[date, BeforeValidator(parse_day)]
Days = Annotated[tuple[date, ...], BeforeValidator(parse_days)]
Names = Annotated[tuple[str, ...], BeforeValidator(parse_names)]
Interval = Annotated[Duration, Field(gt=timedelta(0))]
Line = Annotated[str, AfterValidator(on_one_line)]
Id = Annotated[str, AfterValidator(sluglike)]
NameServer = Annotated[str, AfterValidator(nameserver)]
Switch = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=0)]
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Hundredths = Annotated[tuple[Annotated[int, Strict(), Field(ge=1, le=99)], ...], AfterValidator(ascending)]
Connections = Annotated[int, Strict(), Field(ge=1, le=8)]
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
Language = Literal["en", "de", "fr", "es", "pt"]
