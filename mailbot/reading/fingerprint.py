"""The digest that tells whether two deliveries carry the same message.

It covers what the author's program wrote (Message-ID, From, Date, Subject and the body) and nothing
that a server on the way adds or changes: trace fields, line ends, folding, trailing empty lines.
An equal Message-ID alone is no duplicate; an equal fingerprint is.
"""

from __future__ import annotations

import hashlib

from mailbot.reading.fields.headers import HeaderSection

_FIELDS = ("message-id", "from", "date", "subject")


def fingerprint(raw: bytes, section: HeaderSection) -> str:
    """Return the sha256 in hex over the author's fields of the section (unfolded octets) and the body octets."""
    digest = hashlib.sha256()
    for name in _FIELDS:
        values = [value for field, value in section.fields if field == name]
        for value in values:
            digest.update(name.encode() + b":" + b" ".join(value.split()) + b"\n")
    body = raw[section.body_at :].replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")
    digest.update(b"\n")
    digest.update(body)
    return digest.hexdigest()
