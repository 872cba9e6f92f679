"""What a calendar part invites to: the few lines of iCalendar that a reader wants to know (RFC 5545, RFC 5546).

Only the first event's summary, start and organiser are read, line by line and within bounds; times stay as they are
written, with the zone's name, for Outlook's zones have names of their own. Answers to invitations are no invitations.
Nothing is fetched, whatever addresses it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from mailbot.reading.model import Invitation
from mailbot.reading.text import charsets

TYPES = frozenset({"text/calendar", "application/ics"})
_METHODS = {"REQUEST", "PUBLISH", "CANCEL"}
_MAX_OCTETS = 256 << 10
_MAX_LINES = 5_000
_MAX_LINE = 4_000
_MAX_VALUE = 200
_LINE = re.compile(r"(?P<name>[A-Za-z0-9-]{1,40})(?P<parameters>(?:;(?:[^\":]|\"[^\"]*+\")*+)?):(?P<value>.*)")
_PARAMETER = re.compile(r";(?P<name>[A-Za-z0-9-]{1,40})=(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^\";]*))")
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([nN,;\\])")
_WHEN = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z)?)?", re.ASCII)


def read(octets: bytes, charset: str) -> Invitation | None:
    """Return the invitation, None where it is none; never raises, linear in the length."""
    found: dict[str, str] = {}
    for within, name, parameters, value in _lines(charsets.decode(octets[:_MAX_OCTETS], charset)[0]):
        if within == ["VCALENDAR"] and name == "METHOD":
            found.setdefault("method", value.strip().upper())
        elif within == ["VCALENDAR", "VEVENT"]:
            if name == "SUMMARY":
                found.setdefault("summary", _words(value))
            elif name == "DTSTART":
                found.setdefault("start", _when(value, parameters.get("TZID", "")))
            elif name == "ORGANIZER":
                found.setdefault("organiser", _who(value, parameters.get("CN", "")))
    method = found.pop("method", "")
    return Invitation(method.lower(), **found) if method in _METHODS else None


def _lines(text: str) -> Iterator[tuple[list[str], str, dict[str, str], str]]:
    """Yield each line: the components it stands in, outermost first, its name, its parameters and its value."""
    within: list[str] = []
    for line in _FOLD.sub("", text).splitlines()[:_MAX_LINES]:
        found = _LINE.match(line[:_MAX_LINE])
        if found is None:
            continue
        name, value = found["name"].upper(), found["value"]
        if name == "BEGIN":
            within.append(value.strip().upper())
        elif name == "END":
            ended = within.pop() if within else ""
            if ended == "VEVENT":
                return
        else:
            yield within, name, _parameters(found["parameters"]), value


def _parameters(written: str) -> dict[str, str]:
    return {one["name"].upper(): one["quoted"] or one["plain"] or "" for one in _PARAMETER.finditer(written)}


def _words(value: str) -> str:
    """Return a text value (RFC 5545 section 3.3.11) on one line."""
    plain = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join(plain.split())[:_MAX_VALUE]


def _when(value: str, zone: str) -> str:
    """Return "2026-01-05 09:15 Europe/Berlin", without what is not said; "" for no instant."""
    found = _WHEN.fullmatch(value.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, utc = found.groups()
    try:
        datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001 - is there such a time
    except ValueError:
        return ""
    shown = f"{year}-{month}-{day}" + (f" {hour}:{minute}" if hour else "")
    return " ".join(filter(None, (shown, "UTC" if utc else _words(zone))))


def _who(value: str, name: str) -> str:
    address = _words(re.sub(r"(?i)^mailto:", "", value.strip()))
    name = _words(name)
    return f"{name} <{address}>" if name and address and name != address else name or address
