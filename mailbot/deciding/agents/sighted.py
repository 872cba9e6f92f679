"""Answers to what the outage radar saw: "open" accepts the incident that it proposes.

It is read as the command that opens one, with the numbers of that list: "open" as "1-5 incident open Outgoing calls
fail". Other words behind it are the title instead, words on the lines below go along, and numbers in front of it take
only these. So all that holds of the command holds of it: nothing leaves before its writer has seen what goes to whom.
"""

from __future__ import annotations

import re

from mailbot.deciding.listed import Listing, ListKind

OPEN = "open"
"""The word that accepts."""
_ACCEPTS = re.compile(
    r"\A\s*[*_\"'\u201c\u201e]?#?(?P<numbers>\d[\d \t,&\u2013-]*?)?[ \t]*#?open(?:\s+it)?[*_\"'\u201d\u201c]?"
    r"(?:[ \t]*[.!:,][ \t]*|[ \t]+|(?=\n)|\Z)(?P<title>[^\n]*)",
    re.IGNORECASE,
)


def as_order(text: str, listing: Listing) -> str:
    """Return the words with an "open" that begins them spelled out as the command; as they are to any other list."""
    accepts = _ACCEPTS.match(text) if listing.kind is ListKind.RADAR and listing.tickets else None
    if accepts is None:
        return text
    numbers = (accepts["numbers"] or "").strip(" \t,") or f"1-{max(listing.tickets)}"
    title = accepts["title"].strip() or listing.title
    return f"{numbers} incident open {title}{text[accepts.end() :]}"
