"""What a server's refusal of a mail means, in words for the person who wrote it, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail did not arrive, as the end of "did not arrive: …", and what its writer can do."""

    why: str
    advice: str


_CALL = "Call them"
_WRONG_ADDRESS = Refusal(
    "there is no such address",
    "Ask for the right address by telephone. When they write to us from it, their mail comes to you as always.",
)
_NO_DOMAIN = Refusal(
    "what stands behind the @ does not exist, or takes no mail",
    "Look for a slip in the address. When they write to us from the right one, their mail comes to you as always.",
)
_CLOSED = Refusal("that mailbox takes no mail at present", f"{_CALL}, or write to a colleague of theirs.")
_FULL = Refusal("their mailbox is full", f"{_CALL}, or send it again in some hours.")
_TOO_LARGE = Refusal("it is too large for their server", "Send it again with fewer or smaller files.")
_UNWANTED = Refusal(
    "their server does not want mail from us, most likely because it takes it for spam or by a rule of theirs",
    f"{_CALL}; their administrator can let our address in.",
)
_UNREACHED = Refusal("their server could not be reached for days", f"{_CALL}, or send it again later.")
_REFUSED = Refusal("their server refused it", f"{_CALL}, or send it again later.")
UNCLEAR = Refusal(
    "the connection broke at its end, so it may have arrived or not",
    "Ask them before you send it again, or they get it twice.",
)
EXPIRED = Refusal("it could not leave in time, and was not sent", f"{_CALL}, or send it again.")

# Enhanced codes (RFC 3463) come first; what the words say counts where they are missing or say nothing (x.0.0).
_BY_CODE = (
    (re.compile(r"\b[45]\.1\.(?:2|8|10)\b|\b[45]\.4\.4\b"), _NO_DOMAIN),
    (re.compile(r"\b5\.1\.\d"), _WRONG_ADDRESS),
    (re.compile(r"\b[45]\.2\.1\b"), _CLOSED),
    (re.compile(r"\b[45]\.2\.2\b"), _FULL),
    (re.compile(r"\b[45]\.(?:2\.3|3\.4)\b"), _TOO_LARGE),
    (re.compile(r"\b5\.7\.\d"), _UNWANTED),
    (re.compile(r"\b[45]\.4\.\d"), _UNREACHED),
)
_BY_WORDS = (
    (re.compile(r"(?i)domain (?:name )?(?:not found|does not exist)|host (?:or domain name )?not found"), _NO_DOMAIN),
    (
        re.compile(
            r"(?i)no such (?:user|person|address|mailbox|recipient)|(?:user|recipient|address|mailbox) (?:is )?"
            r"(?:unknown|not found|does ?n.t exist|does not exist)|unknown (?:user|recipient|address)|invalid recipient"
        ),
        _WRONG_ADDRESS,
    ),
    (re.compile(r"(?i)over ?quota|quota exceeded|mailbox (?:is )?full|insufficient storage"), _FULL),
    (re.compile(r"(?i)too (?:large|big)|size limit|exceeds .{0,20}size"), _TOO_LARGE),
    (re.compile(r"(?i)spam|block(?:ed|list)|black ?list|reputation|policy|dmarc|\bspf\b|not accepted"), _UNWANTED),
)


def refusal_of(status: str, diagnostic: str) -> Refusal:
    """Return what an enhanced status code and a server's own words mean; either may be ""."""
    for pattern, refusal in _BY_CODE:
        if pattern.search(f"{status} {diagnostic}"):
            return refusal
    return next((refusal for pattern, refusal in _BY_WORDS if pattern.search(diagnostic)), _REFUSED)
