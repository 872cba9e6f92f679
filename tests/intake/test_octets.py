"""Where a message ends on the wire, tried with every way to cut the stream into packets."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.intake.octets import (
    BLOCK_OCTETS,
    END_OF_DATA,
    Allowance,
    Endless,
    NoRoom,
    TooLarge,
    read_message,
    without_bare_line_ends,
)

LIMIT = 1_000_000


def taken(
    packets: list[bytes], *, limit: int = LIMIT, allowance: Allowance | None = None, block: int = BLOCK_OCTETS
) -> tuple[bytes, bytes]:
    """Return the message and what stands after it in the stream."""

    async def read() -> tuple[bytes, bytes]:
        reader = asyncio.StreamReader(limit=block)
        held = allowance or Allowance(10 * LIMIT)

        async def feed() -> None:
            for packet in packets:
                reader.feed_data(packet)
                await asyncio.sleep(0)
            reader.feed_eof()

        feeding = asyncio.create_task(feed())
        try:
            message = await read_message(reader, limit, held, lambda: None)
        finally:
            await feeding
        return message, await reader.read()

    return asyncio.run(read())


# Pieces that make up every false and true end of data.
PIECE = st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"\x00", b"a", b"\r\n.", b"\n.\r\n", b"\r.\r", b"text"])


@given(st.lists(PIECE, max_size=12), st.integers(1, 9), st.integers(8, 64))
def test_the_end_is_found_however_the_stream_is_cut(pieces: list[bytes], packet: int, block: int) -> None:
    # A client's view of it: what follows the CRLF of DATA up to the first CRLF.CRLF, seen from there.
    stream = b"".join(pieces) + END_OF_DATA + b"NOOP\r\n"
    seen = b"\r\n" + stream
    end = seen.index(END_OF_DATA)
    content = seen[2 : end + 2]
    expected = without_bare_line_ends(content.removeprefix(b".").replace(b"\r\n.", b"\r\n"))
    packets = [stream[start : start + packet] for start in range(0, len(stream), packet)]
    message, rest = taken(packets, block=block)
    assert message == expected
    assert rest == seen[end + len(END_OF_DATA) :]


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


def test_the_size_limit_counts_to_the_octet() -> None:
    content = b"x" * 998 + b"\r\n"
    assert taken([content + b".\r\n"], limit=1_000)[0] == content
    with pytest.raises(TooLarge):
        taken([b"x" * 1_100 + b"\r\n.\r\n"], limit=1_000)


def test_what_is_not_kept_is_given_back() -> None:
    allowance = Allowance(2_000)
    for packets, error in (([b"x" * 5_000 + END_OF_DATA], TooLarge), ([b"x" * 900_000], Endless)):
        with pytest.raises(error):
            taken(packets, limit=1_000, allowance=allowance)
        assert allowance._left == 2_000
    with pytest.raises(NoRoom):
        taken([b"x" * 3_000 + END_OF_DATA], limit=10_000, allowance=allowance)
    assert allowance._left == 2_000
    with pytest.raises(asyncio.IncompleteReadError):
        taken([b"x" * 1_000], allowance=allowance)
    assert allowance._left == 2_000
    message, _ = taken([b"x\n" * 500 + END_OF_DATA], allowance=allowance)
    assert allowance._left == 2_000 - len(message)
