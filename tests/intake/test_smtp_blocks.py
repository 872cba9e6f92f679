"""A dialogue does not depend on how it is cut to blocks: the same octets get the same replies and leave the same."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.smtp import MESSAGE_OCTETS, OPENING, compare

LINE = st.sampled_from([
    b"EHLO a.example", b"LHLO a.example", b"MAIL FROM:<a@b.example>", b"MAIL FROM:<> SIZE=12 BODY=8BITMIME", b"RSET",
    b"RCPT TO:<support@example.com>", b"RCPT TO:<x@y.example>", b"DATA", b"Subject: x", b"", b".", b"..", b"NOOP",
    b"QUIT", b"BDAT 5 LAST", b"GET / HTTP/1.1", b"RCPT TO:<\xff@example.com>", b"\x00",
]).map(lambda line: line + b"\r\n")  # fmt: skip
ODD_END = st.sampled_from([b"\r", b"\n", b".", b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\r\n.\r", b"\x00"])
# Around the limits of a message and of a command.
RUN = st.one_of(st.integers(-4, 4).map(lambda more: MESSAGE_OCTETS + more), st.integers(2_044, 2_052)).map(
    lambda octets: b"x" * octets
)
WHOLE = st.integers(MESSAGE_OCTETS - 6, MESSAGE_OCTETS + 2).map(lambda size: OPENING + b"x" * size + b"\r\n.\r\n")
PIECES = st.lists(st.one_of(LINE, ODD_END, RUN, WHOLE, st.just(OPENING)), max_size=12)


@given(
    is_lmtp=st.booleans(),
    in_files=st.booleans(),
    pieces=PIECES,
    cuts=st.lists(st.integers(0, 4_000), max_size=12),
    packet=st.sampled_from([None, 1, 2, 7, 500]),
)
def test_the_same_octets_in_any_blocks_get_the_same_replies_and_leave_the_same_mail(
    *, is_lmtp: bool, in_files: bool, pieces: list[bytes], cuts: list[int], packet: int | None
) -> None:
    said = b"".join(pieces)
    said = said.replace(b"EHLO", b"LHLO") if is_lmtp else said
    places = range(packet, len(said), packet) if packet else sorted(cut for cut in set(cuts) if 0 < cut < len(said))
    blocks = [said[start:end] for start, end in pairwise([0, *places, len(said)])]
    compare(bytes([is_lmtp, in_files, 0]), said, blocks)
