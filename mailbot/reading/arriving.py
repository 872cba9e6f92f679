"""When a stored message once arrived, as far as it says itself (RFC 5321 section 4.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mailbot.errors import MessageError
from mailbot.reading.message import read

_HEADER_END = re.compile(rb"\r?\n\r?\n")
# From RFC 822 on; clocks that were never set say 1970, and mail that wants to stay on top of a list says 9999.
_FIRST_AT = datetime(1982, 8, 13, tzinfo=UTC)
_LAST_AT = datetime(2100, 1, 1, tzinfo=UTC)


def arrived_at(raw: bytes) -> datetime | None:
    """Return the instant of the topmost Received field, else of Date, else None; only believable ones count.

    The topmost field is the one our own side's server wrote; a Date is only what the sender
    claims.
    """
    end = _HEADER_END.search(raw)
    try:
        message = read(raw[: end.end()] if end else raw)
    except MessageError:
        return None
    return next((at for at in map(believable, (*message.received[:1], message.date)) if at is not None), None)


def believable(at: datetime | None) -> datetime | None:
    """Return the instant if mail may have arrived then, from 1982 to 2099; else None."""
    return at if at is not None and _FIRST_AT <= at < _LAST_AT else None
