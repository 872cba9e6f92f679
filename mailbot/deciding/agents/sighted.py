"""Answers to what the outage radar saw: "open" accepts the incident that it proposes.

It is read as the command that opens one, with the numbers of that list: "open" as "1-5 incident open Outgoing calls
fail". Other words behind it are the title instead, but not "please" and the like, words on the lines below go along,
and numbers in front of it or behind it take only these; "open tomorrow" opens nothing. So all that holds of the command
holds of it: nothing leaves before its writer has seen what goes to whom.
"""

from __future__ import annotations

import re

from mailbot.deciding.listed import Listing, ListKind

OPEN = "open"
"""The word that accepts."""
_ACCEPTS = re.compile(
    r"\A\s*[*_\"'\u201c\u201e]?#?(?:(?:yes|ok|ja)[,.! ]+)?(?P<numbers>\d[\d \t,&\u2013-]*?)?[ \t]*"
    r"#?(?:open|\u00f6ffnen?)"
    r"(?:\s+it)?[*_\"'\u201d\u201c]?"
    r"(?:[ \t]*[.!:,][ \t]*|[ \t]+|(?=\n)|\Z)(?P<title>[^\n]*)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d[\d \t,&\u2013-]*")
_NO_TITLE = re.compile(
    r"(?i)(?:\W|\b(?:it|this|that|these|one|the|an?|all|incident|outage|please|pls|thanks?|you|now|yes|ok"
    r"|bitte|danke)\b)*"
)
_NOT_NOW = re.compile(r"(?i)\W*(?:not|no|later|tomorrow|tonight|soon|when|if|nicht|morgen|sp\u00e4ter)\b")


def as_order(text: str, listing: Listing) -> str:
    """Return the words with an "open" that begins them spelled out as the command; as they are to any other list."""
    accepts = _ACCEPTS.match(text) if listing.kind is ListKind.RADAR and listing.tickets else None
    if accepts is None or _NOT_NOW.match(accepts["title"]):
        return text
    numbers, title = (accepts["numbers"] or "").strip(" \t,"), accepts["title"].strip()
    if not numbers and _NUMBERS.fullmatch(title):
        numbers, title = title, ""
    numbers = numbers or f"1-{max(listing.tickets)}"
    title = listing.title if _NO_TITLE.fullmatch(title) else title
    return f"{numbers} incident open {title}{text[accepts.end() :]}"
