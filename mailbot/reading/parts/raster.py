"""Pictures that are what they say: PNG, JPEG, GIF and WebP, by their first octets; nothing is decoded."""

from __future__ import annotations

import re
from typing import NamedTuple

_TYPES = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_MOST_PIXELS = 100_000_000
_MARKERS = 2_000
# All start-of-frame markers; C4, C8 and CC are none (ITU T.81 table B.1).
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_WEBP = re.compile(rb"RIFF.{4}WEBP(VP8 |VP8L|VP8X)", re.DOTALL)


class Raster(NamedTuple):
    """The media type of a picture and its size in pixels."""

    type: str
    width: int
    height: int


def raster(declared: str, octets: bytes) -> Raster | None:
    """Return what picture this is; None for any other than the four kinds, than is declared, and for absurd sizes."""
    kind = _TYPES.get(declared)
    size = _size(kind, octets) if kind else None
    if size is None or not 0 < size[0] * size[1] <= _MOST_PIXELS:
        return None
    return Raster(f"image/{kind}", *size)


def _size(kind: str, octets: bytes) -> tuple[int, int] | None:
    if kind == "png" and octets.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") and len(octets) > 24:  # noqa: PLR2004 - IHDR's size
        return int.from_bytes(octets[16:20]), int.from_bytes(octets[20:24])
    if kind == "gif" and octets.startswith((b"GIF87a", b"GIF89a")) and len(octets) > 10:  # noqa: PLR2004 - the screen's size
        return int.from_bytes(octets[6:8], "little"), int.from_bytes(octets[8:10], "little")
    if kind == "jpeg" and octets.startswith(b"\xff\xd8\xff"):
        return _jpeg_size(octets)
    if kind == "webp":
        return _webp_size(octets)
    return None


def _jpeg_size(octets: bytes) -> tuple[int, int] | None:
    """Return the size in the start of the frame, from segment to segment."""
    at = 2
    for _ in range(_MARKERS):
        if octets[at : at + 1] != b"\xff" or at + 9 > len(octets):
            return None
        marker = octets[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(octets[at + 7 : at + 9]), int.from_bytes(octets[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 + int.from_bytes(octets[at + 2 : at + 4])  # noqa: PLR2004 - a fill octet
    return None


def _webp_size(octets: bytes) -> tuple[int, int] | None:
    found = _WEBP.match(octets)
    if not found or len(octets) < 30:  # noqa: PLR2004 - the longest of the three headers
        return None
    if found[1] == b"VP8X":
        return int.from_bytes(octets[24:27], "little") + 1, int.from_bytes(octets[27:30], "little") + 1
    if found[1] == b"VP8L":
        bits = int.from_bytes(octets[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(octets[26:28], "little") & 0x3FFF, int.from_bytes(octets[28:30], "little") & 0x3FFF
