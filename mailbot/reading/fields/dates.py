"""Date-times of header fields (RFC 5322 section 3.3) as aware instants in UTC; one without a zone is in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_USUAL = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ((?:19|20)[0-9]{{2}})"
    r" ([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]) ([+-])(0[0-9]|1[0-4])([0-5][0-9])(?: \([A-Z]{3,4}\))?"
)


def usual(value: str) -> datetime | None:
    """Return the instant of a date-time in the one form that nearly all programs write, None for any other."""
    found = _USUAL.fullmatch(value)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(sign + hours), minutes=int(sign + minutes))
    try:
        at = datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return at - ahead


def instant(value: str) -> datetime | None:
    """Return the instant of a date-time, None when it is unreadable."""
    at = usual(value)
    if at is not None:
        return at
    try:
        return in_utc(parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def in_utc(at: datetime) -> datetime:
    """Return the same instant in UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
