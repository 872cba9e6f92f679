"""DKIM-Signature fields (RFC 6376 section 3.5) as tag lists, read strictly; which keys they name.

`key_names` is all that is asked of a message's octets outside the reading child: one pattern over a bounded
header section, and names that are plain host names or nothing.
"""

from __future__ import annotations

import re

MAX_SECTION = 1 << 16
"""Octets of a header section that may be verified; real ones have a fifth of it at most."""
MAX_SIGNATURES = 5
"""So many signatures of a message are looked at, from the top."""
_MAX_FIELD = 8_192
_MAX_NAME = 253

_END = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"(?:\A|\n)dkim-signature:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE)
# Long runs of space are in no real field, and the library's patterns take the square of their length.
_ODD = re.compile(rb"[^\t\r\n -~]|[\t\r\n ]{100}")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPACE = re.compile(r"[\t\r\n ]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def tags_of(value: bytes) -> dict[str, str] | None:
    """Return the tags of a field's value or of a key record, values without any space; None when it is no such list."""
    if len(value) > _MAX_FIELD or _ODD.search(value):
        return None
    tags: dict[str, str] = {}
    specs = _SPACE.sub("", value.decode("ascii")).split(";")
    if not specs[-1]:
        specs.pop()
    for spec in specs:
        name, equals, text = spec.partition("=")
        if not equals or name in tags or not _TAG.fullmatch(name):
            return None
        tags[name] = text
    return tags


def key_name(tags: dict[str, str] | None) -> str:
    """Return the domain name under which the signature's key stands, lower case; empty when it names none."""
    if not tags or "." not in tags.get("d", ""):
        return ""
    name = f"{tags.get('s', '')}._domainkey.{tags['d']}".lower()
    host = name.replace("._domainkey.", ".", 1)
    return name if len(name) <= _MAX_NAME and _HOST.fullmatch(host) else ""


def key_names(raw: bytes) -> tuple[str, ...]:
    """Return the names of the keys that the message's topmost signatures need, each once."""
    end = _END.search(raw, 0, MAX_SECTION)
    if end is None:
        return ()
    fields = (found[1] for found in _FIELD.finditer(raw, 0, end.start()))
    names = (key_name(tags_of(value)) for value, _ in zip(fields, range(MAX_SIGNATURES), strict=False))
    return tuple(dict.fromkeys(name for name in names if name))
