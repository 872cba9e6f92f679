"""Where a message ends on the wire, tried with every way to cut the stream into packets."""

from __future__ import annotations

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.intake import octets
from mailbot.intake.octets import Allowance, Cleaner, Endless, Incoming, NoRoom, TooLarge, without_bare_line_ends
from mailbot.intake.smtp.wire import END_OF_DATA, Gone, NoLineEnd, Wire

LIMIT = 1_000_000


def taken(
    packets: list[bytes], *, limit: int = LIMIT, allowance: Allowance | None = None, folder: Path | None = None
) -> tuple[bytes, bytes]:
    """Return the message and what stands after it in the stream."""

    async def read() -> tuple[bytes, bytes]:
        wire = Wire()
        incoming = Incoming(limit, allowance or Allowance(10 * LIMIT), folder)

        async def feed() -> None:
            for packet in packets:
                wire.feed(packet)
                await asyncio.sleep(0)
            wire.end()

        feeding = asyncio.create_task(feed())
        try:
            await incoming.read(wire.message(), lambda: None)
            message = incoming.octets if incoming.file is None else incoming.file.read()
        finally:
            incoming.let_go()
            await feeding
        return message, bytes(wire._buffer)

    return asyncio.run(read())


# Pieces that make up every false and true end of data.
PIECE = st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"\x00", b"a", b"\r\n.", b"\n.\r\n", b"\r.\r", b"text"])


def sent(pieces: list[bytes], packet: int) -> tuple[list[bytes], bytes, bytes]:
    """Return a stream in packets, the message in it by a client's view, and what stands after that."""
    stream = b"".join(pieces) + END_OF_DATA + b"NOOP\r\n"
    # What follows the CRLF of DATA up to the first CRLF.CRLF, seen from there.
    seen = b"\r\n" + stream
    end = seen.index(END_OF_DATA)
    content = seen[2 : end + 2]
    expected = without_bare_line_ends(content.removeprefix(b".").replace(b"\r\n.", b"\r\n"))
    packets = [stream[start : start + packet] for start in range(0, len(stream), packet)]
    return packets, expected, seen[end + len(END_OF_DATA) :]


@given(st.lists(PIECE, max_size=12), st.integers(1, 9))
def test_the_end_is_found_however_the_stream_is_cut(pieces: list[bytes], packet: int) -> None:
    packets, expected, rest = sent(pieces, packet)
    assert taken(packets) == (expected, rest)


@given(st.lists(PIECE, max_size=12), st.integers(1, 9))
def test_a_message_in_a_file_is_the_same_as_one_in_memory(pieces: list[bytes], packet: int) -> None:
    packets, expected, rest = sent(pieces, packet)
    assert taken(packets, allowance=Allowance(0)) == (expected, rest)


@given(st.lists(PIECE, max_size=20).map(b"".join), st.lists(st.integers(0, 60), max_size=6))
def test_octets_in_pieces_are_cleaned_as_a_whole(content: bytes, cuts: list[int]) -> None:
    cleaner = Cleaner()
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[start:end] for start, end in pairwise(edges)]
    assert b"".join(map(cleaner.feed, pieces)) + cleaner.end() == octets.cleaned(content)


@given(st.binary(max_size=200))
def test_line_ends_are_made_clean_once(content: bytes) -> None:
    clean = without_bare_line_ends(content)
    assert clean.count(b"\r") == clean.count(b"\n") == clean.count(b"\r\n")
    assert b"\x00" not in clean
    assert without_bare_line_ends(clean) == clean


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\nb\r\nc", b"a\r\nb\r\nc"),
        (b"a\rb", b"a\r\nb"),
        (b"a\r\r\nb", b"a\r\n\r\nb"),
        (b"a\n\r\nb", b"a\r\n\r\nb"),
        # A field name is not put together from halves that nobody before us read as one.
        (b"Fr\x00om: x\r\n", b"Fr om: x\r\n"),
    ],
)
def test_bare_line_ends(content: bytes, expected: bytes) -> None:
    assert without_bare_line_ends(content) == expected


@pytest.mark.parametrize("opening", [b".", b"\r", b"x", b"\r\n", b"..\r\n"])
def test_long_first_lines_of_every_kind(opening: bytes) -> None:
    content = opening + b"y" * 300_000 + b"\r"
    message, rest = taken([content + END_OF_DATA + b"QUIT\r\n"])
    assert message == without_bare_line_ends(content.removeprefix(b".") + b"\r\n")
    assert rest == b"QUIT\r\n"


@given(st.integers(990, 1_010), st.integers(0, 100), st.booleans(), st.integers(1, 1_100))
def test_the_size_limit_counts_to_the_octet_in_whatever_packets(
    size: int,
    dots: int,
    in_file: bool,  # noqa: FBT001
    packet: int,
) -> None:
    content = b".\r\n" * dots + b"x" * (size - 2 - 3 * dots) + b"\r\n"
    # Dots that are doubled on the way do not count (RFC 1870 section 5).
    stream = b"..\r\n" * dots + content[3 * dots :] + b".\r\n"
    packets = [stream[start : start + packet] for start in range(0, len(stream), packet)]
    allowance = Allowance(0 if in_file else 10 * LIMIT)
    if size <= 1_000:
        assert taken(packets, limit=1_000, allowance=allowance)[0] == content
    else:
        with pytest.raises(TooLarge):
            taken(packets, limit=1_000, allowance=allowance)


@pytest.mark.parametrize("in_file", [True, False])
def test_what_is_not_kept_is_given_back(*, in_file: bool) -> None:
    allowance = Allowance(0 if in_file else 2_000)
    whole = allowance._left
    for packets, error in (
        ([b"x" * 5_000 + END_OF_DATA], TooLarge),
        ([b"x" * 900_000], Endless),
        ([b"x" * 900], Gone),
    ):
        with pytest.raises(error):
            taken(packets, limit=1_000, allowance=allowance)
        assert allowance._left == whole
    assert taken([b"x\n" * 450 + END_OF_DATA], limit=1_000, allowance=allowance)[0] == b"x\r\n" * 450 + b"\r\n"
    assert allowance._left == whole


def test_memory_of_all_sessions_together_is_bounded_by_files() -> None:
    allowance = Allowance(2_000)

    async def read() -> list[bool]:
        held = []
        in_file = []
        for _ in range(3):
            wire = Wire()
            wire.feed(b"x" * 900 + END_OF_DATA)
            incoming = Incoming(LIMIT, allowance)
            await incoming.read(wire.message(), lambda: None)
            in_file.append(incoming.file is not None)
            held.append(incoming)
        for incoming in held:
            incoming.let_go()
        return in_file

    assert asyncio.run(read()) == [False, False, True]
    assert allowance._left == 2_000


def test_a_large_message_leaves_no_name_in_the_folder(tmp_path: Path) -> None:
    content = b"x" * 3_000_000 + b"\r\n"

    async def read() -> list[str]:
        wire = Wire()
        wire.feed(content + b".\r\n")
        incoming = Incoming(4_000_000, Allowance(4_000_000), tmp_path)
        await incoming.read(wire.message(), lambda: None)
        assert incoming.octets == b""
        assert incoming.file is not None
        assert incoming.file.read() == content
        names = os.listdir(tmp_path)  # noqa: PTH208 - what may wait in a coroutine is asked for
        incoming.let_go()
        return names

    assert asyncio.run(read()) == []


def test_a_file_that_cannot_be_written_is_no_room_and_the_message_is_read_to_its_end(tmp_path: Path) -> None:
    async def read() -> bytes:
        wire = Wire()
        wire.feed(b"x" * 3_000_000 + END_OF_DATA + b"NOOP\r\n")
        incoming = Incoming(4_000_000, Allowance(0), tmp_path / "missing")
        with pytest.raises(NoRoom):
            await incoming.read(wire.message(), lambda: None)
        return bytes(wire._buffer)

    assert asyncio.run(read()) == b"NOOP\r\n"


def test_lines_have_a_limit_and_those_after_them_are_heard() -> None:
    async def read() -> list[bytes | None]:
        wire = Wire()
        wire.feed(b"NOOP\r\nlf\n" + b"y" * 11 + b"\r\n" + b"x" * 500)

        async def feed() -> None:
            await asyncio.sleep(0)
            wire.feed(b"x" * 500)
            await asyncio.sleep(0)
            wire.feed(b"\r\nQUIT\r")
            await asyncio.sleep(0)
            wire.feed(b"\n")

        feeding = asyncio.create_task(feed())
        lines = [await wire.line(10) for _ in range(5)]
        await feeding
        return lines

    assert asyncio.run(read()) == [b"NOOP", b"lf", None, None, b"QUIT"]


def test_a_line_without_end_ends_the_patience_not_the_memory() -> None:
    async def read() -> int:
        wire = Wire()

        async def feed() -> int:
            largest = 0
            for _ in range(100):
                wire.feed(b"x" * 65_536)
                largest = max(largest, len(wire._buffer))
                await asyncio.sleep(0)
            return largest

        feeding = asyncio.create_task(feed())
        with pytest.raises(NoLineEnd):
            await asyncio.wait_for(wire.line(2_048), 10)
        # Nobody reads any more; a real connection is closed now.
        feeding.cancel()
        return len(wire._buffer)

    assert asyncio.run(read()) <= 2 * 65_536


def test_a_run_of_empty_lines_costs_no_more_than_any_other_text() -> None:
    content = b"\r\n" * 400_000
    assert taken([content + b".\r\n"])[0] == content
