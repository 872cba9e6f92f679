"""Pictures without what they tell beside what is seen: where, when, by whom and with which device they were made.

What is seen stays octet for octet; nothing is decoded. JPEG, PNG, WebP and GIF are written anew from the segments,
chunks or blocks that a picture consists of, so that what nobody knows is left out, and so is what stands behind the
picture's end. Only how a JPEG is to be turned is kept, and the colours that its numbers mean. In a TIFF the values of
all other tags than those that say how to show it are blanked where they stand.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
# What decoders need (PNG 3rd edition, table 5.3), and the animations of APNG.
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP"}
_PNG_KEPT |= {b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
# The flags of VP8X that say that EXIF and XMP follow.
_WEBP_TELLS = 0x08 | 0x04
_GIF_HEADS = (b"GIF87a", b"GIF89a")
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GIF_END, _GIF_IMAGE, _GIF_EXTENSION, _GIF_CONTROL, _GIF_APPLICATION = 0x3B, 0x2C, 0x21, 0xF9, 0xFF
_HEAD = 8

# What follows in a scan that is no octet of it: neither a stuffed one nor a restart (ITU T.81, B.1.1.5).
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _APP15, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112
_ORIENTATIONS = range(2, 9)
_MOST_ENTRIES = 1_000

# Sizes of the types of TIFF values, from 1 on (TIFF 6.0, section 2).
_TIFF_SIZES = (1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_TIFF_KEPT = {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284}
_TIFF_KEPT |= {290, 291, 292, 293, 296, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 332, 334, 336, 338, 339}
_TIFF_KEPT |= {340, 341, 342, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 34675}
# Directories of their own: of EXIF, and of the place on earth; of smaller pictures, which tell the same again.
_TIFF_DIRECTORIES = {0x8769, 0x8825}
_TIFF_WITHIN = 330


class _NoneError(ValueError):
    """The octets are no such picture, or a damaged one."""


def is_picture(octets: bytes) -> bool:
    """Return whether the first octets are those of a kind of picture that is known here."""
    return octets.startswith((b"\xff\xd8\xff", _PNG, *_GIF_HEADS, b"II*\0", b"MM\0*")) or (
        octets[:4] == b"RIFF" and octets[8:12] == b"WEBP"
    )


def without_metadata(octets: bytes) -> bytes | None:
    """Return the picture without what it tells beside what is seen.

    None for what is none of the kinds known here, or is damaged so that nobody can say what is what.
    """
    try:
        if octets.startswith(b"\xff\xd8\xff"):
            return b"".join(_jpeg(octets))
        if octets.startswith(_PNG):
            return b"".join(_png(octets))
        if octets.startswith(_GIF_HEADS):
            return b"".join(_gif(octets))
        if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
            body = b"".join(_webp(octets))
            return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
        if octets.startswith((b"II*\0", b"MM\0*")):
            return _tiff(octets)
    except (_NoneError, struct.error, IndexError):
        return None
    return None


def _jpeg(octets: bytes) -> Iterator[bytes]:
    """Yield the segments up to the end of the picture (ITU T.81, annex B)."""
    yield octets[:2]
    at, turned = 2, False
    while True:
        found = _MARKER.match(octets, at)
        if not found:
            raise _NoneError
        marker = found[1][0]
        if marker == _EOI:
            yield b"\xff\xd9"
            return
        start = found.end()
        end = start + _u16(octets, start)
        if end < start + 2 or end > len(octets):
            raise _NoneError
        segment = octets[start + 2 : end]
        if marker == _APP1 and segment.startswith(_EXIF) and not turned:
            turned = True
            yield from _turned(segment[len(_EXIF) :])
        elif _is_kept(marker, segment):
            yield octets[start - 2 : end]
        at = end
        if marker == _SOS:
            following = _MARKER.search(octets, end)
            if following is None:
                # Cut off in the middle, maybe of a marker: what came is shown all the same.
                yield octets[end:].rstrip(b"\xff")
                yield b"\xff\xd9"
                return
            yield octets[end : following.start()]
            at = following.start()


def _is_kept(marker: int, segment: bytes) -> bool:
    if marker == _APP0:
        return segment.startswith(b"JFIF\0")
    if marker == _APP2:
        return segment.startswith(b"ICC_PROFILE\0")
    if marker == _APP14:
        return segment.startswith(b"Adobe")
    return not (_APP0 <= marker <= _APP15 or marker in (_COM, _SOI))


def _turned(exif: bytes) -> Iterator[bytes]:
    """Yield a segment that says how the picture is to be turned, and nothing else, if it is to be."""
    order = _order(exif)
    for entry in _entries(exif, order, _long(exif, order, 4)):
        tag, kind, _ = struct.unpack_from(f"{order}HHI", exif, entry)
        value = struct.unpack_from(f"{order}H", exif, entry + 8)[0]
        if tag == _ORIENTATION and kind == 3 and value in _ORIENTATIONS:  # noqa: PLR2004 - a SHORT
            said = _EXIF + struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, value, 0, 0)
            yield b"\xff\xe1" + struct.pack(">H", len(said) + 2) + said
            return


def _png(octets: bytes) -> Iterator[bytes]:
    """Yield the chunks that are needed, up to the last."""
    yield _PNG
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", octets, at)
        end = at + length + 12
        if end > len(octets):
            raise _NoneError
        if kind in _PNG_KEPT:
            yield octets[at:end]
        at = end


def _webp(octets: bytes) -> Iterator[bytes]:
    """Yield the chunks that are needed, each padded to an even length."""
    at, end = 12, min(len(octets), 8 + struct.unpack_from("<I", octets, 4)[0])
    while at + _HEAD <= end:
        kind, length = struct.unpack_from("<4sI", octets, at)
        chunk = octets[at : at + _HEAD + length]
        if len(chunk) < _HEAD + length:
            raise _NoneError
        if kind == b"VP8X":
            chunk = chunk[:_HEAD] + bytes([chunk[_HEAD] & ~_WEBP_TELLS]) + chunk[_HEAD + 1 :]
        if kind in _WEBP_KEPT:
            yield chunk + b"\0" * (length % 2)
        at += _HEAD + length + length % 2


def _gif(octets: bytes) -> Iterator[bytes]:
    """Yield the blocks but comments, plain texts and what applications note for themselves (GIF89a, section 12)."""
    at = 13 + _colours(octets[10])
    yield octets[:at]
    while True:
        start, kind = at, octets[at]
        if kind == _GIF_END:
            yield b"\x3b"
            return
        if kind == _GIF_IMAGE:
            # The size of its codes stands behind its descriptor and colours.
            at, kept = start + 10 + _colours(octets[start + 9]) + 1, True
        elif kind == _GIF_EXTENSION:
            at, label = start + 2, octets[start + 1]
            kept = label == _GIF_CONTROL or (label == _GIF_APPLICATION and octets[start + 3 : start + 14] in _GIF_KEPT)
        else:
            raise _NoneError
        while octets[at]:
            at += octets[at] + 1
        at += 1
        if kept:
            yield octets[start:at]


def _colours(packed: int) -> int:
    """Return how many octets of colours follow a descriptor."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _tiff(octets: bytes) -> bytes:
    """Return the same with the values of what is not needed blanked; directories of pictures follow one another."""
    order = _order(octets)
    out = bytearray(octets)
    at = _long(octets, order, 4)
    seen: set[int] = set()
    while at and at not in seen:
        if len(seen) >= _MOST_ENTRIES:
            raise _NoneError
        seen.add(at)
        entries = _entries(octets, order, at)
        for entry in entries:
            tag = struct.unpack_from(f"{order}H", octets, entry)[0]
            if tag == _TIFF_WITHIN:
                raise _NoneError
            if tag in _TIFF_DIRECTORIES and _long(octets, order, entry + 8) >= _HEAD:
                for inner in _entries(octets, order, _long(octets, order, entry + 8)):
                    _blank(out, order, inner)
            if tag not in _TIFF_KEPT:
                _blank(out, order, entry)
        at = _long(octets, order, at + 2 + 12 * len(entries))
    return bytes(out)


def _blank(out: bytearray, order: str, entry: int) -> None:
    """Blank an entry's value, in the entry or where it points to."""
    _, kind, count, place = struct.unpack_from(f"{order}HHII", out, entry)
    size = count * (_TIFF_SIZES[kind - 1] if 0 < kind <= len(_TIFF_SIZES) else 1)
    if size > 4 and place >= _HEAD:  # noqa: PLR2004 - what fits stands in the entry itself
        end = min(len(out), place + size)
        out[place:end] = bytes(max(0, end - place))
    out[entry + 2 : entry + 12] = struct.pack(f"{order}HII", 1, 1, 0)


def _long(octets: bytes, order: str, at: int) -> int:
    return int(struct.unpack_from(f"{order}I", octets, at)[0])


def _order(octets: bytes) -> str:
    """Return the order of octets as `struct` writes it."""
    if octets[:2] not in (b"II", b"MM"):
        raise _NoneError
    return "<" if octets[:2] == b"II" else ">"


def _entries(octets: bytes, order: str, place: int) -> list[int]:
    """Return where the entries of a directory begin."""
    count = struct.unpack_from(f"{order}H", octets, place)[0]
    if count > _MOST_ENTRIES or place + 2 + 12 * count > len(octets):
        raise _NoneError
    return [place + 2 + 12 * number for number in range(count)]


def _u16(octets: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", octets, at)[0])
