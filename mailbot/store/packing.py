"""Octets at rest: compressed, and known by the SHA-256 of what they are."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import IO

import zstandard

from mailbot.errors import StoreDamaged

_LOCAL = threading.local()
# Measured on support mail: 3 saves 2% more room than 1 for 30% more time.
_LEVEL = 1
_BLOCK_OCTETS = 1_048_576
ZSTD_BLOCK_OCTETS = 1 << 17
"""A frame is a row of blocks that hold at most so much, and take no more room than that (RFC 8878 section 3.1.1.2)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Octets as the store keeps them; `size` and `sha256` (hex) are those of the octets themselves.

    `data` is a file where they are many; it must stay open until they are in the store.
    """

    sha256: str
    size: int
    data: bytes | IO[bytes]


def compress(octets: bytes) -> bytes:
    """The octets as one zstd frame that tells its content's size, and a checksum by which `decompress` knows them."""
    compressor = getattr(_LOCAL, "compressor", None)
    if compressor is None:
        compressor = _LOCAL.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    packed: bytes = compressor.compress(octets)
    return packed


def decompress(packed: bytes) -> bytes:
    """The octets of a frame made by `compress`; raise StoreDamaged when it is none any more.

    SQLite has no types: one changed bit of a row makes a number of a column of octets.
    """
    try:
        return zstandard.ZstdDecompressor().decompress(packed)
    except (zstandard.ZstdError, MemoryError, TypeError) as error:
        raise StoreDamaged(f"stored octets cannot be unpacked: {error}") from error


def beginning(packed: bytes, octets: int) -> bytes:
    """The first so many octets of a frame of which only the beginning may be there; none when it is no frame.

    A frame's first octets and `ZSTD_BLOCK_OCTETS` more are enough.
    """
    try:
        return zstandard.ZstdDecompressor().stream_reader(packed).read(octets)
    except (zstandard.ZstdError, MemoryError, TypeError):
        return b""


def pack(raw: bytes) -> Packed:
    """Pack a message; may run in any thread, so that the writer need not do it."""
    return Packed(hashlib.sha256(raw).hexdigest(), len(raw), compress(raw))


def pack_file(source: IO[bytes], into: IO[bytes]) -> Packed:
    """Pack what `source` holds, from where it stands, into an empty file; neither is ever whole in memory."""
    start = source.tell()
    size = source.seek(0, 2) - start
    source.seek(start)
    digest = hashlib.sha256()
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    with compressor.stream_writer(into, size=size, closefd=False) as packing:
        while block := source.read(_BLOCK_OCTETS):
            digest.update(block)
            packing.write(block)
    return Packed(digest.hexdigest(), size, into)
