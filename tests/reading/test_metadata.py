"""What a picture tells beside what is seen is gone; what is seen is there, octet for octet."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.reading.parts.metadata import is_picture, without_metadata

SECRET = b"40.7128 N, 74.0060 W, Dana's iPhone"
SCREEN = (Path(__file__).parent / "written" / "screen.png").read_bytes()
SCAN = b"\x10\xff\0\xff\xd0\x20"


def segment(marker: int, octets: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(octets) + 2) + octets


def exif(orientation: int, order: str = "<") -> bytes:
    """EXIF with what the camera is called before how the picture is to be turned."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    make = struct.pack(f"{order}HHII", 0x010F, 2, len(SECRET), 38)
    turned = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + head + struct.pack(f"{order}H", 2) + make + turned + b"\0\0\0\0" + SECRET


FRAME = segment(0xC2, b"\x08\0\x1e\0\x14\x01\x01\x11\0")
SCANS = segment(0xDA, b"\x01") + SCAN + segment(0xC4, b"\0") + segment(0xDA, b"\x02") + SCAN


def jpeg(*told: bytes, behind: bytes = b"") -> bytes:
    return b"\xff\xd8" + b"".join(told) + FRAME + SCANS + b"\xff\xd9" + behind


def chunk(kind: bytes, octets: bytes) -> bytes:
    return struct.pack(">I", len(octets)) + kind + octets + struct.pack(">I", zlib.crc32(kind + octets))


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_chunk(kind: bytes, octets: bytes) -> bytes:
    return kind + struct.pack("<I", len(octets)) + octets + b"\0" * (len(octets) % 2)


def tiff(order: str) -> bytes:
    """Two directories: the picture's with one that it points to for its place, and a smaller picture's."""

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        return struct.pack(f"{order}HHII", tag, kind, count, value)

    first = struct.pack(f"{order}H", 3) + entry(256, 4, 1, 20) + entry(271, 2, len(SECRET), 200)
    first += entry(0x8825, 4, 1, 100) + struct.pack(f"{order}I", 60)
    second = struct.pack(f"{order}H", 1) + entry(306, 2, len(SECRET), 240) + struct.pack(f"{order}I", 0)
    place = struct.pack(f"{order}H", 1) + entry(29, 2, len(SECRET), 280)
    out = bytearray(320)
    for at, octets in ((0, b"II*\0" if order == "<" else b"MM\0*"), (4, struct.pack(f"{order}I", 8)), (8, first)):
        out[at : at + len(octets)] = octets
    for at, octets in ((60, second), (100, place), (200, SECRET), (240, SECRET), (280, SECRET), (316, b"seen")):
        out[at : at + len(octets)] = octets
    return bytes(out)


class TestJpeg:
    def test_only_what_is_seen_is_left(self) -> None:
        told = [segment(0xE1, exif(1)), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)]
        told += [segment(0xED, SECRET), segment(0xFE, SECRET), segment(0xE2, b"MPF\0" + SECRET)]
        kept = (segment(0xE0, b"JFIF\0\x01\x01"), segment(0xE2, b"ICC_PROFILE\0\x01\x01p"), segment(0xEE, b"Adobe\0"))
        assert without_metadata(jpeg(*told, *kept, behind=SECRET)) == jpeg(*kept)

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_it_is_turned_as_it_was(self, order: str) -> None:
        bare = without_metadata(jpeg(segment(0xE1, exif(6, order))))
        assert bare is not None
        assert SECRET not in bare
        assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in bare
        assert without_metadata(bare) == bare

    def test_what_was_cut_off_is_shown_as_far_as_it_came(self) -> None:
        bare = without_metadata(jpeg(segment(0xFE, SECRET))[:-5])
        assert bare is not None
        assert (SECRET in bare, bare[-2:]) == (False, b"\xff\xd9")


def test_png_keeps_what_shows_it() -> None:
    head, rest = SCREEN[:33], SCREEN[33:]
    told = (
        chunk(b"eXIf", SECRET) + chunk(b"tEXt", b"Author\0" + SECRET) + chunk(b"iTXt", SECRET) + chunk(b"prIv", SECRET)
    )
    plain = without_metadata(SCREEN)
    assert plain is not None
    assert without_metadata(head + told + rest + SECRET) == plain
    assert b"IDAT" in plain


def test_webp_says_no_more_that_it_tells() -> None:
    size = b"\x13\0\0\x1d\0\0"
    told = (webp_chunk(b"EXIF", SECRET), webp_chunk(b"XMP ", SECRET))
    whole = riff(webp_chunk(b"VP8X", b"\x1c\0\0\0" + size), webp_chunk(b"VP8 ", b"seen"), *told)
    assert without_metadata(whole) == riff(webp_chunk(b"VP8X", b"\x10\0\0\0" + size), webp_chunk(b"VP8 ", b"seen"))


def test_gif_keeps_its_loop_and_loses_what_is_noted() -> None:
    head = b"GIF89a\x14\0\x1e\0\x80\0\0\0\0\0\xff\xff\xff"
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    told = b"!\xfe" + bytes([len(SECRET)]) + SECRET + b"\0" + b"!\xff\x0bXMP DataXMP" + b"\x05" + SECRET[:5] + b"\0"
    image = b"!\xf9\x04\0\0\0\0\0,\0\0\0\0\x14\0\x1e\0\0\x02\x02\x4c\x01\0;"
    assert without_metadata(head + loop + told + image + SECRET) == head + loop + image


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_keeps_its_places(order: str) -> None:
    whole = tiff(order)
    bare = without_metadata(whole)
    assert bare is not None
    assert len(bare) == len(whole)
    assert (SECRET in bare, bare[316:], bare[10:22] == whole[10:22]) == (False, b"seen", True)


@pytest.mark.parametrize(
    "octets", [b"", b"GIF89a", b"\xff\xd8\xff\xe1\0\x01", SCREEN[:40], b"\0\0\0\x18ftypheic", b"II*\0\xff\xff\xff\xff"]
)
def test_what_cannot_be_told_apart_is_none(octets: bytes) -> None:
    assert without_metadata(octets) is None


SAMPLES = [jpeg(segment(0xE1, exif(6)), behind=SECRET), SCREEN[:400], tiff("<"), tiff(">")]


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 320), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
@example(SAMPLES[0], [], len(SAMPLES[0]) - len(SECRET) - 1)
def test_it_never_fails_and_is_done_at_once(octets: bytes, damages: list[tuple[int, int]], end: int) -> None:
    damaged = bytearray(octets[:end])
    for at, octet in damages:
        if at < len(damaged):
            damaged[at] = octet
    bare = without_metadata(bytes(damaged))
    assert bare is None or (is_picture(bare) and without_metadata(bare) == bare)
