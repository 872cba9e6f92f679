"""What lies in a winmail.dat is named (H48)."""

from __future__ import annotations

import base64
import struct
import time

from hypothesis import given
from hypothesis import strategies as st

from mailbot.reading.message import read
from mailbot.reading.model import Message, Role
from mailbot.reading.parts.tnef import MAX_FILES, Parcel
from mailbot.reading.parts.tnef import read as read_parcel

START = b"\x78\x9f\x3e\x22\x01\x00"
PAGE, BODY, FILE, TITLE, PROPERTIES = 0x00069007, 0x0002800C, 0x00069002, 0x00018010, 0x00069005


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("<BII", 2, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def variable(kind: int, name: int, value: bytes, *, own_name: bytes = b"") -> bytes:
    named = bytes(16) + struct.pack("<II", 1, len(own_name)) + own_name + bytes(-len(own_name) % 4) if own_name else b""
    return struct.pack("<HH", kind, name) + named + struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)


def properties(*values: bytes) -> bytes:
    return attribute(PROPERTIES, struct.pack("<I", len(values)) + b"".join(values))


def file(title: bytes, *values: bytes) -> bytes:
    return attribute(FILE, bytes(14)) + attribute(TITLE, title + b"\0") + (properties(*values) if values else b"")


FIXED = struct.pack("<HHI", 0x0003, 0x0E20, 5)
LONG = variable(0x1F, 0x3707, "Bill für März.pdf\0".encode("utf-16-le"))


def mailed(parcel: bytes, text: str = "", name: str = "winmail.dat") -> Message:
    coded = base64.b64encode(parcel).decode()
    return read(
        f"From: ann@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n{text}\n"
        f"--b\nContent-Type: application/ms-tnef; name={name}\nContent-Transfer-Encoding: base64\n\n{coded}\n"
        "--b--".encode()
    )


def test_names_in_it_are_read() -> None:
    parcel = START + attribute(PAGE, struct.pack("<Q", 1252)) + file(b"BILL~1.PDF", FIXED, LONG) + file(b"pl\xe4ne.txt")
    (found,) = mailed(parcel, "See the bill.").attachments
    assert (found.name, found.role) == ("winmail.dat", Role.PACKED)
    assert found.inside == ("Bill für März.pdf", "pläne.txt")


def test_properties_with_names_of_their_own_and_several_values_are_stepped_over() -> None:
    several = struct.pack("<HHI", 0x101F, 0x1234, 2) + struct.pack("<I", 3) + b"abc\0" + struct.pack("<I", 0)
    parcel = START + file(b"a", variable(0x1E, 0x8001, b"x", own_name=b"abcde"), several, LONG)
    assert read_parcel(parcel).names == ("Bill für März.pdf",)


def test_names_are_cleaned() -> None:
    (found,) = mailed(START + file(b"../../etc/passwd")).attachments
    assert found.inside == ("passwd",)


def test_its_text_counts_where_there_is_no_other() -> None:
    parcel = START + attribute(BODY, b"All phones are down.\r\nAnn\0")
    assert mailed(parcel).text == "All phones are down.\nAnn"
    assert mailed(parcel, "Hello.").text == "Hello."


def test_what_is_damaged_stays_a_file_with_what_was_read_before() -> None:
    whole = START + file(b"one.pdf", LONG) + file(b"two.pdf")
    assert read_parcel(whole[:-1]).names == ("Bill für März.pdf", "two.pdf")
    assert read_parcel(whole[:-20]).names == ("Bill für März.pdf",)
    assert read_parcel(b"\x00" + whole) == Parcel()
    assert mailed(b"no parcel").attachments[0].inside == ()


@given(st.binary(max_size=400))
def test_any_octets_are_read(octets: bytes) -> None:
    for parcel in (octets, START + octets, START + attribute(FILE, b"") + attribute(PROPERTIES, octets)):
        found = read_parcel(parcel)
        assert sum(map(len, found.names)) <= len(octets)


@given(
    st.lists(
        st.text(st.characters(codec="ascii", exclude_categories=("Cc", "Zs")), min_size=1, max_size=30), max_size=9
    )
)
def test_every_name_comes_back(names: list[str]) -> None:
    long = [file(b"x", variable(0x1E, 0x3707, name.encode() + b"\0")) for name in names]
    assert read_parcel(START + b"".join(long)).names == tuple(names)


def test_files_and_time_are_bounded() -> None:
    assert len(read_parcel(START + file(b"a") * (MAX_FILES + 5)).names) == MAX_FILES
    many = attribute(FILE, b"") + attribute(PROPERTIES, struct.pack("<I", 1 << 31) + FIXED * 200_000)
    start = time.process_time()
    read_parcel(START + many * 5)
    read_parcel(START + attribute(1, b"") * 200_000)
    read_parcel(
        START
        + attribute(FILE, b"")
        + attribute(PROPERTIES, struct.pack("<IHHI", 1, 0x101F, 1, 1 << 31) + bytes(1 << 20))
    )
    assert time.process_time() - start < 5
