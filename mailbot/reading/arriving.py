"""When a stored message once arrived, as far as it says itself (RFC 5321 section 4.4)."""

from __future__ import annotations

import re
from datetime import datetime

from mailbot.errors import MessageError
from mailbot.reading.message import read

_HEADER_END = re.compile(rb"\r?\n\r?\n")


def arrived_at(raw: bytes) -> datetime | None:
    """Return the instant of the topmost Received field, else of Date, else None.

    The topmost field is the one our own side's server wrote; a Date is only what the sender
    claims.
    """
    end = _HEADER_END.search(raw)
    try:
        message = read(raw[: end.end()] if end else raw)
    except MessageError:
        return None
    return next((at for at in (*message.received[:1], message.date) if at is not None), None)
