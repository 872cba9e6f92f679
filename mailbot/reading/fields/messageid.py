"""Message-IDs in the one form that is compared: without angle brackets, white space and comments.

Real In-Reply-To fields hold free text, References are parted by commas or by nothing, and some
programs leave the brackets out (RFC 5322 section 3.6.4 and what came before it).
"""

from __future__ import annotations

import re

_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_SPACE = re.compile(r"\s+")
_BARE = re.compile(r"[^\s<>,;()\"]{1,400}@[^\s<>,;()\"]{1,400}")
_SAFE = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
_MAX_FIELD = 1 << 17
_MAX_IDS = 1_000
_MAX_SAFE = 200
_MAX_ID = 998


def message_ids(value: str) -> tuple[str, ...]:
    """Return the ids of a References or In-Reply-To field in order, each once; at most 1,000, the newest kept."""
    value = value[-_MAX_FIELD:] if len(value) > _MAX_FIELD else value
    found = [_SPACE.sub("", text) for text in _BRACKETED.findall(value)]
    if not found and "<" not in value:
        found = _BARE.findall(value)
    ids = tuple(dict.fromkeys(one for one in found if one))
    return ids if len(ids) <= _MAX_IDS else (ids[0], *ids[-(_MAX_IDS - 1) :])


def message_id(value: str) -> str | None:
    """Return the id of a Message-ID field, None when it is missing, empty or over-long."""
    value = value.strip()
    if not value or len(value) > 2 * _MAX_ID:
        return None
    found = _BRACKETED.search(value)
    text = found[1] if found else value.strip("<>")
    text = _SPACE.sub("", text)
    return text if text and len(text) <= _MAX_ID and (found or "@" in text) else None


def is_safe(msgid: str) -> bool:
    """Return whether the id is dot-atom "@" dot-atom of at most 200 octets: fit for our own header fields."""
    return len(msgid) <= _MAX_SAFE and _SAFE.fullmatch(msgid) is not None
