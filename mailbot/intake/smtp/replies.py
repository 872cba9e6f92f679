"""Replies, and their enhanced status codes (RFC 2034) where aiosmtpd has none."""

from __future__ import annotations

import re

INTERNAL_ERROR = "451 4.3.0 Something went wrong here, please try again later"
NO_ROOM = "452 4.3.1 No room at present, please try again later"
BUSY = "421 4.3.2 Too many connections now, please try again later"
CLOSING = "421 4.3.2 Service is closing, please try again later"
TIMEOUT = "421 4.4.2 Nothing has come for too long, goodbye"

_LONE_CODE = re.compile(r"(?!220 )([245]\d\d) (?:Error: )?(?!\d\.\d)(.*)", re.DOTALL)
_ENHANCED = {
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "530": "5.7.0",
    "538": "5.7.11",
    "552": "5.3.4",
    "555": "5.5.4",
}


def enhanced(reply: str) -> str:
    """Return the reply with an enhanced status code; a greeting, 3yz, several lines or one that has it stay as is."""
    found = _LONE_CODE.fullmatch(reply)
    if found is None:
        return reply
    code, text = found.groups()
    return f"{code} {_ENHANCED.get(code, code[0] + '.0.0')} {text}"
