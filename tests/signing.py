"""Messages signed as a sender's server would (DKIM), with keys made for the test."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import dkim

FIELDS = ("from", "to", "subject", "date", "message-id")


@dataclass(frozen=True)
class Key:
    """A pair of RSA keys: `private` as PEM, `record` as it stands in DNS."""

    private: bytes
    record: bytes


@cache
def key(bits: int = 2048) -> Key:
    """Return a pair of keys of so many bits, the same one each time."""
    private = subprocess.run(["openssl", "genrsa", str(bits)], check=True, capture_output=True).stdout
    der = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, check=True, capture_output=True
    ).stdout
    return Key(private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(der))


class _Signer(dkim.DKIM):  # type: ignore[misc]
    """Signs with tags of the test's choice, which its library would never write."""

    more: Mapping[bytes, bytes]

    def gen_header(self, fields: list[tuple[bytes, bytes]], *rest: Any, **more: Any) -> bytes:
        """Return the field's value over these tags."""
        own = [(name, self.more.get(name, value)) for name, value in fields]
        new = [(name, value) for name, value in self.more.items() if name not in dict(fields)]
        header: bytes = super().gen_header([*new, *own], *rest, **more)
        return header


def signed(
    raw: bytes,
    domain: str,
    *,
    by: Key | None = None,
    selector: str = "mail",
    fields: Sequence[str] = FIELDS,
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    algorithm: bytes = b"rsa-sha256",
    identity: str | None = None,
    length: bool = False,
    more: Mapping[bytes, bytes] | None = None,
) -> bytes:
    """Return the message with a signature above it that holds; `more` are further tags, or other values for them."""
    signer = _Signer(raw, signature_algorithm=algorithm)
    signer.more = more or {}
    field: bytes = signer.sign(
        selector.encode(),
        domain.encode(),
        (by or key()).private,
        identity=identity.encode() if identity else None,
        canonicalize=canonical,
        include_headers=[name.encode() for name in fields],
        length=length,
    )
    return field + raw


def name_of(domain: str, selector: str = "mail") -> str:
    """Return the name in DNS of a domain's key."""
    return f"{selector}._domainkey.{domain}"
