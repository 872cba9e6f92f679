"""The signature of a page, by the Standard Webhooks specification 1.0.0, symmetric scheme ("v1")."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key that a secret is, base64 with or without "whsec_" before it; raise ValueError for other text."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("the secret is no key in base64, as `openssl rand -base64 32` makes one")
    return key


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """Return what the field webhook-signature says of this body; neither id nor timestamp holds a full stop."""
    signed = f"{id_}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
