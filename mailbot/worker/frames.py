"""How parent and child talk: frames over a socket pair, each with its length before it.

Down go one frame with the rules and the limits, pickled, for the child trusts its parent; then for
each message a frame with what the border knows of it and a frame with its octets. Up come one empty frame
when the child is ready, then one for each message in turn, as MessagePack that is decoded
into the declared types and nothing else, for the parent does not trust its child.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import msgspec

from mailbot.deciding.understanding import Understood
from mailbot.reading.model import Border, Envelope, Keys

_LENGTH = struct.Struct("!I")
LENGTH_OCTETS = _LENGTH.size
LARGEST = 256 << 20
"""No frame is larger; a child that claims otherwise has gone mad."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of a message beside its octets."""

    envelope: Envelope
    border: Border
    keys: Keys | None = None


encode = msgspec.msgpack.Encoder().encode
decode_around = msgspec.msgpack.Decoder(Around).decode
decode_understood = msgspec.msgpack.Decoder(Understood).decode
Undecodable = msgspec.DecodeError


def head(octets: bytes) -> bytes:
    """Return what stands before the octets in their frame."""
    return _LENGTH.pack(len(octets))


def framed(octets: bytes) -> bytes:
    """Return the octets as a frame."""
    return head(octets) + octets


def length_of(head: bytes | bytearray | memoryview) -> int:
    """Return the length that a frame's first octets tell."""
    (length,) = _LENGTH.unpack_from(head)
    return int(length)
