"""Reply tokens: what lets an answer find its ticket, and nobody else's.

A token says: this key, this purpose, this ticket, until this day; and it is sealed for one
address, which it does not carry. It is worth something only together with a message that
comes from that address, so a token that leaks, is forwarded or is guessed at opens nothing.
It fits a sub-address (RFC 5233) and survives mail systems that fold case: 24 octets in
lower-case base32, 39 characters. The seal is HMAC-SHA-256 cut to 128 bits (RFC 2104
section 5 allows the cut). A new key takes over for new tokens while old keys still verify.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum

from mailbot.reading.fields.address import canonical

_EPOCH = date(2020, 1, 1)
_HEAD = struct.Struct(">BBIH")
_SEAL_OCTETS = 16
TOKEN = re.compile(r"[a-z2-7]{39}")


class Purpose(IntEnum):
    """What a token lets its owner do; a token for one purpose is worth nothing for another."""

    CUSTOMER = 1
    NOTICE = 2
    RELAY = 3
    CONFIRMATION = 4
    LIST = 5
    DIGEST = 6
    PAGE = 7
    VENDOR = 8
    SURVEY = 9


OF_TICKETS = frozenset({Purpose.CUSTOMER, Purpose.NOTICE, Purpose.RELAY, Purpose.VENDOR, Purpose.SURVEY})
"""The purposes of the tokens that name a ticket."""
OF_LISTS = (Purpose.LIST, Purpose.DIGEST, Purpose.PAGE)
"""The purposes of the tokens that name a list."""
OF_CUSTOMERS = frozenset({Purpose.CUSTOMER, Purpose.SURVEY})
"""The purposes of the tokens that customers get: by either they go on with their ticket."""
OF_AGENTS = tuple(purpose for purpose in Purpose if purpose not in {*OF_CUSTOMERS, Purpose.VENDOR})
"""The purposes of the tokens that our own people get."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys by id; `current` seals new tokens, all of them verify. Ids are 0 to 255."""

    current: int
    keys: Mapping[int, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a valid token says; `ticket` 0 stands for none.

    In a confirmation it is the number of the arrival, in a list, a weekly mail and a page that of the list.
    """

    purpose: Purpose
    ticket: int
    expires_on: date


def _seal(key: bytes, head: bytes, address: str) -> bytes:
    return hmac.new(key, head + canonical(address).encode(), hashlib.sha256).digest()[:_SEAL_OCTETS]


def issue(keyring: Keyring, purpose: Purpose, ticket: int, address: str, expires_on: date) -> str:
    """Return a token for this address: 39 characters of `a-z2-7`, the same for the same arguments."""
    days = max(0, min((expires_on - _EPOCH).days, 0xFFFF))
    head = _HEAD.pack(keyring.current, purpose, ticket, days)
    sealed = head + _seal(keyring.keys[keyring.current], head, address)
    return base64.b32encode(sealed).decode("ascii").rstrip("=").lower()


def verify(keyring: Keyring, token: str, address: str, today: date) -> Claim | None:
    """Return what the token says, None unless it is whole, known, unexpired and sealed for this address."""
    if not TOKEN.fullmatch(token.lower()):
        return None
    octets = base64.b32decode(token.upper() + "=")
    head, seal = octets[: _HEAD.size], octets[_HEAD.size :]
    key_id, purpose, ticket, days = _HEAD.unpack(head)
    key = keyring.keys.get(key_id)
    if key is None or not hmac.compare_digest(seal, _seal(key, head, address)):
        return None
    expires_on = _EPOCH + timedelta(days=days)
    if purpose not in set(Purpose) or today > expires_on:
        return None
    return Claim(Purpose(purpose), ticket, expires_on)


def purpose_of(token: str) -> Purpose | None:
    """Return what a token claims to be for, unproven: good for leaving others out, no more."""
    if not TOKEN.fullmatch(token.lower()):
        return None
    said = base64.b32decode(token.upper() + "=")[1]
    return Purpose(said) if said in set(Purpose) else None


def peek(token: str) -> int | None:
    """Return the ticket that a token names, unproven: good for looking up what `verify` needs, no more."""
    return _number(token) if purpose_of(token) in OF_TICKETS else None


def peek_for(purpose: Purpose, token: str) -> int | None:
    """Return the number that a token for that purpose holds, as unproven; None for one for another purpose."""
    return _number(token) if purpose_of(token) is purpose else None


def _number(token: str) -> int:
    octets = base64.b32decode(token.upper() + "=")
    number: int = _HEAD.unpack(octets[: _HEAD.size])[2]
    return number
