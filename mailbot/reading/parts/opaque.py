"""What an application/pkcs7-mime part holds (RFC 8551, RFC 5652): words that are only signed, or sealed ones.

A signature that is not detached wraps the message in a few nested values of BER, which anybody can take off again:
the message lies in it as it is. So the words of an opaque-signed mail are read; a customer whose program signs that
way would otherwise never be understood. It takes neither keys nor a library of cryptography: tag and length are
followed along one path, each octet is looked at once, chunks are counted. Nothing is decrypted, decompressed or
verified; whether the sender is genuine the border says. What is not exactly of this form cannot be read.
"""

from __future__ import annotations

from enum import StrEnum

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
MAX_CHUNKS = 100_000
_SEQUENCE, _SET, _INTEGER, _IDENTIFIER, _FIRST = 0x30, 0x31, 0x02, 0x06, 0xA0
_OCTETS, _CHUNKED_OCTETS, _END = 0x04, 0x24, b"\x00\x00"
_PKCS7 = bytes.fromhex("2a864886f70d0107")
_DATA, _SIGNED = _PKCS7 + b"\x01", _PKCS7 + b"\x02"
_ENCRYPTED = frozenset(
    {_PKCS7 + b"\x03", _PKCS7 + b"\x04", _PKCS7 + b"\x06", bytes.fromhex("2a864886f70d010910") + b"\x01\x17"}
)
_INDEFINITE, _LONG_LENGTH, _MOST_LENGTH_OCTETS = 0x80, 0x80, 4


class Wrapping(StrEnum):
    """What is around the words."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    UNKNOWN = "unknown"


def unwrap(octets: bytes) -> tuple[Wrapping, bytes | None]:
    """Return what wraps the message, and the message where it is only signed; never raises, linear in the length."""
    reader = _Reader(octets)
    try:
        reader.enter(_SEQUENCE)
        kind = reader.take(_IDENTIFIER)
    except _MalformedError:
        return Wrapping.UNKNOWN, None
    if kind in _ENCRYPTED:
        return Wrapping.ENCRYPTED, None
    if kind != _SIGNED:
        return Wrapping.UNKNOWN, None
    try:
        return Wrapping.SIGNED, _signed(reader)
    except _MalformedError:
        return Wrapping.SIGNED, None


def _signed(reader: _Reader) -> bytes | None:
    """Return the content of SignedData (RFC 5652 section 5.1); None where it is elsewhere, or no MIME entity."""
    reader.enter(_FIRST)
    reader.enter(_SEQUENCE)
    reader.take(_INTEGER)
    reader.take(_SET)
    end = reader.enter(_SEQUENCE)
    kind = reader.take(_IDENTIFIER)
    # Without content the next value belongs to what is around: certificates bear the same tag.
    if kind != _DATA or reader.is_at(end):
        return None
    reader.enter(_FIRST)
    return reader.octet_string()


class _MalformedError(Exception):
    """It is not of the form that was expected."""


class _Reader:
    """Follows tags and lengths (X.690) through octets, forward only."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def enter(self, *tags: int) -> int | None:
        """Step into a value with one of these tags; return where it ends, None where that is not said beforehand."""
        _, end = self._header(*tags)
        return end

    def take(self, tag: int) -> bytes:
        """Step over a value and return its octets."""
        _, end = self._header(tag)
        if end is None:
            raise _MalformedError
        start, self._at = self._at, end
        return self._octets[start:end]

    def is_at(self, end: int | None) -> bool:
        """Return whether nothing more stands in the value that was entered and ends there."""
        return self._at >= end if end is not None else self._octets.startswith(_END, self._at)

    def octet_string(self) -> bytes:
        """Return an octet string, in one or in chunks."""
        tag, end = self._header(_OCTETS, _CHUNKED_OCTETS)
        if tag == _OCTETS:
            if end is None:
                raise _MalformedError
            return self._octets[self._at : end]
        chunks: list[bytes] = []
        while not self.is_at(end):
            if len(chunks) >= MAX_CHUNKS:
                raise _MalformedError
            chunks.append(self.take(_OCTETS))
        return b"".join(chunks)

    def _header(self, *tags: int) -> tuple[int, int | None]:
        octets = self._octets
        if self._at + 2 > len(octets) or octets[self._at] not in tags:
            raise _MalformedError
        tag, length = octets[self._at], octets[self._at + 1]
        self._at += 2
        if length == _INDEFINITE:
            return tag, None
        if length > _LONG_LENGTH:
            count = length - _LONG_LENGTH
            if count > _MOST_LENGTH_OCTETS:
                raise _MalformedError
            length = int.from_bytes(octets[self._at : self._at + count])
            self._at += count
        end = self._at + length
        if end > len(octets):
            raise _MalformedError
        return tag, end
