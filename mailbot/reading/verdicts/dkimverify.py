"""Our own look at DKIM signatures (RFC 6376), for mail of which nobody at the border says anything.

A signature proves From when it is by the From domain itself, covers the whole body and the five fields of
`SIGNED`, each of which stands there once, and holds with a key that is for mail. A domain above or below
the From domain proves nothing: which of them belong together only a list tells that is never complete.

The only verdicts are `pass` and `none`: mailing lists and forwarders break signatures, so a broken one is
evidence against nobody. Canonical forms, hashes and RSA are dkimpy's; it reads the header section by itself, and
what it verifies counts only if it read the very fields that we show. Of the two clocks that look at t= and x=,
the arrival's is ours, the machine's is the library's, which allows ten hours and can only take a pass away.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from mailbot.reading.fields.headers import HeaderSection
from mailbot.reading.model import Authentication, Keys, Verdict
from mailbot.reading.verdicts.dkimtags import MAX_SECTION, MAX_SIGNATURES, key_name, tags_of

SIGNED = ("from", "to", "subject", "date", "message-id")
"""The fields that a signature must cover."""

# What programs go by and RFC 5322 section 3.6 or RFC 2045 allow once: of two, one is not signed or not the one read.
_ONCE = (
    *SIGNED,
    *("sender", "reply-to", "cc", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
)
_MAX_FIELDS = 500
_MAX_SIGNED = 200
# A domain signs twice where it has keys of two kinds.
_MAX_HASHED = 2
_CLOCKS_APART = timedelta(minutes=10)
_INSTANT = re.compile(r"\d{1,12}")
# RFC 8301 section 3.2: below is weak; above, and with odd exponents, is only there to cost us time.
_KEY_BITS = range(1024, 4097)
_MAX_EXPONENT = 1 << 33


class _NotProven(Exception):
    """A signature proves nothing; the text says why."""


def prepare() -> None:
    """Load the library, which takes a fifth of a second, where it cannot be loaded any more at the first signature."""
    import dkim.crypto  # noqa: F401, PLC0415 - that is the point


def verify(raw: bytes, section: HeaderSection, domain: str, keys: Keys) -> Authentication:
    """Return the verdict on the From domain (A-label form) by the message's own signatures; never raises for them."""
    values = [value for name, value in section.fields if name == "dkim-signature"]
    if not values:
        return Authentication(Verdict.NONE, "", ("no DKIM signature",))
    reasons: list[str] = []
    hashed = 0
    for index, value in enumerate(values[:MAX_SIGNATURES]):
        try:
            tags = _aligned(tags_of(value), domain)
            _check_tags(tags, section, keys.at)
            record = _record(tags, keys)
            _check_key(tags, record)
            hashed += 1
            if hashed > _MAX_HASHED:
                break
            _check_hashes(raw, section, index, tags, record)
        except _NotProven as error:
            reasons.append(str(error))
        else:
            reason = f"dkim=pass by {domain} with its key {tags['s']}, verified by mailbot"
            return Authentication(Verdict.PASS, domain, (reason,))
    return Authentication(Verdict.NONE, "", tuple(dict.fromkeys(reasons)))


def _aligned(tags: dict[str, str] | None, domain: str) -> dict[str, str]:
    if tags is None:
        raise _NotProven("dkim signature that cannot be read")
    if tags.get("d", "").lower() != domain:
        raise _NotProven("dkim signature of another domain than From")
    return tags


def _check_tags(tags: dict[str, str], section: HeaderSection, at: datetime) -> None:
    """Raise _NotProven unless the signature, if it holds, covers what is read, at that instant."""
    if tags.get("v") != "1" or tags.get("a") != "rsa-sha256":
        raise _NotProven("dkim signature by other means than rsa-sha256")
    if "l" in tags:
        raise _NotProven("dkim signature of a part of the body only")
    signed = tags.get("h", "").lower().split(":")
    missing = [name for name in SIGNED if name not in signed]
    if missing:
        raise _NotProven(f"dkim signature does not cover {', '.join(missing)}")
    twice = [name for name in _ONCE if section.count(name) > 1]
    if twice:
        raise _NotProven(f"more than one {', '.join(twice)} field")
    if len(signed) > _MAX_SIGNED or len(section.fields) > _MAX_FIELDS or section.body_at > MAX_SECTION:
        raise _NotProven("header section too large to be verified")
    if _instant(tags, "t", at.timestamp()) > (at + _CLOCKS_APART).timestamp():
        raise _NotProven("dkim signature from the future")
    if _instant(tags, "x", at.timestamp()) < at.timestamp():
        raise _NotProven("dkim signature that has expired")


def _instant(tags: dict[str, str], name: str, otherwise: float) -> float:
    if name not in tags:
        return otherwise
    if not _INSTANT.fullmatch(tags[name]):
        raise _NotProven("dkim signature that cannot be read")
    return float(tags[name])


def _record(tags: dict[str, str], keys: Keys) -> bytes:
    """Return the one key record that the signature names."""
    name = key_name(tags)
    if not name:
        raise _NotProven("dkim signature that cannot be read")
    if name not in keys.records:
        raise _NotProven(f"the key {name} could not be looked up")
    if len(keys.records[name]) != 1:
        raise _NotProven(f"there is no key {name}" if not keys.records[name] else f"several keys {name}")
    return keys.records[name][0]


def _check_key(tags: dict[str, str], record: bytes) -> None:
    """Raise _NotProven unless the key is one that its owner uses for signing mail (RFC 6376 section 3.6.1)."""
    key = tags_of(record) or {}
    flags = _words(key, "t", "")
    if (
        key.get("v", "DKIM1") != "DKIM1"
        or key.get("k", "rsa") != "rsa"
        or "sha256" not in _words(key, "h", "sha256")
        or _words(key, "s", "*").isdisjoint({"*", "email"})
        or "y" in flags
        or ("s" in flags and tags.get("i", "").lower().rpartition("@")[2] not in {"", tags["d"].lower()})
    ):
        raise _NotProven("dkim key that is not for signing mail")
    modulus, exponent = _rsa(key.get("p", ""))
    if modulus.bit_length() not in _KEY_BITS or not 1 < exponent < _MAX_EXPONENT:
        raise _NotProven("dkim key of the wrong size")


def _words(tags: dict[str, str], name: str, otherwise: str) -> set[str]:
    return set(tags.get(name, otherwise).split(":"))


def _rsa(key: str) -> tuple[int, int]:
    """Return modulus and exponent of a public key; (0, 0) for anything else."""
    from dkim.crypto import parse_public_key  # noqa: PLC0415 - see `prepare`

    try:
        found = parse_public_key(base64.b64decode(key))
    except Exception:  # noqa: BLE001 - the library raises many kinds of errors on what is no key
        return 0, 0
    return found["modulus"], found["publicExponent"]


def _check_hashes(raw: bytes, section: HeaderSection, index: int, tags: dict[str, str], record: bytes) -> None:
    """Raise _NotProven unless the signature holds for the fields that we read, and for the body below them."""
    import dkim  # noqa: PLC0415 - see `prepare`

    head, body = raw[: section.body_at], raw[section.body_at :]
    if b"\r" not in raw:
        head, body = head.replace(b"\n", b"\r\n"), body.replace(b"\n", b"\r\n")
    elif not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
        raise _NotProven("line ends that can be read in two ways")
    try:
        message = dkim.DKIM(head)
        is_one_section = list(_seen_by_library(message.headers)) == list(_seen_by_us(section)) and not message.body
        message.body = _cheap(body, tags)
        holds = message.verify(index, dnsfunc=lambda *_name, **_settings: record)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the library raises many kinds of errors on what is no signature
        is_one_section, holds = True, False
    # Of a line that is no field some programs make the end of the section.
    if not is_one_section or section.certain is not None:
        raise _NotProven("header section that can be read in two ways")
    if holds is not True:
        raise _NotProven("dkim signature that does not hold: signed otherwise, or changed on the way")


def _seen_by_library(fields: list[list[bytes]]) -> Iterator[tuple[str, bytes]]:
    for name, value in fields:
        yield name.decode("ascii").lower(), value.strip(b" \t\r\n")


def _seen_by_us(section: HeaderSection) -> Iterator[tuple[str, bytes]]:
    for name, value in section.fields:
        yield name, re.sub(rb"\r?\n", b"\r\n", value).strip(b" \t\r\n")


def _cheap(body: bytes, tags: dict[str, str]) -> bytes:
    """Return a body of the same canonical form over which the library takes linear time (RFC 6376 section 3.4)."""
    if tags.get("c", "").endswith("/relaxed"):
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
    return body.rstrip(b"\r\n") + b"\r\n" if body.endswith(b"\r\n") else body
