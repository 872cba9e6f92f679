"""The message as it comes over the wire: where it ends, how large it may get, and its line ends.

Only CRLF.CRLF ends a message (RFC 5321 section 4.1.1.4); LF.LF, LF.CRLF, CR.CRLF and their
like are content, so nobody can smuggle a second message in. Octets are taken in blocks, never
line by line: lines may have any length, for real HTML mail has lines far over 1,000 octets,
and a client that sends no line end at all costs no more memory than any other.

A message over the size limit is let go of at once and read to its end, because a reply before
that is lost on most clients. All sessions together may hold only so many octets; who comes
later is asked to try again.

Bare CR and bare LF become CRLF, NUL becomes a space: once, here, so that what is stored is what
every later reader and relay sees. Refusing them (550 5.6.11, as Exchange does) would return
the mail of customers whose printer or web form writes bare LF; Postfix normalises as well. A
NUL is not dropped, because that would join two halves of a field name which nobody before
us read as one.
"""

from __future__ import annotations

import re
from asyncio import LimitOverrunError, StreamReader
from collections.abc import Callable

END_OF_DATA = b"\r\n.\r\n"
BLOCK_OCTETS = 65_536
_READ_ON_FACTOR = 8
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class TooLarge(Exception):
    """The message is over the size limit; it has been read to its end and let go of."""


class NoRoom(Exception):
    """All sessions together hold as much as they may; the message was read and let go of."""


class Endless(Exception):
    """The client went far beyond the size limit; there is no point in waiting for its end."""


class Allowance:
    """Octets that all sessions together may hold in memory. For one event loop; not for threads."""

    def __init__(self, octets: int) -> None:
        """Allow that many octets."""
        self._left = octets

    def take(self, octets: int) -> bool:
        """Return whether that many more may be held; if so, they count from now on."""
        if octets > self._left:
            return False
        self._left -= octets
        return True

    def give_back(self, octets: int) -> None:
        """Count that many octets as no longer held."""
        self._left += octets


async def read_message(
    reader: StreamReader, limit_octets: int, allowance: Allowance, progress: Callable[[], None]
) -> bytes:
    """Return the message that follows a 354 reply: dots removed (RFC 5321 section 4.5.2), CRLF only.

    `progress` is called after each block, to put off the session's timeout. The octets of the
    result remain taken from `allowance`; give them back when the message is stored. Raise
    TooLarge, NoRoom or Endless.
    """
    incoming = _Incoming(limit_octets, allowance)
    try:
        if not await _read_opening_lines(reader, incoming):
            await _read_blocks(reader, incoming, progress)
        return incoming.finish()
    except BaseException:
        incoming.let_go()
        raise


class _Incoming:
    """The blocks of one message, and why they are not kept, if so."""

    def __init__(self, limit_octets: int, allowance: Allowance) -> None:
        self._limit = limit_octets
        self._allowance = allowance
        self._blocks: list[bytes] = []
        self._seen = 0
        self._held = 0
        self._refusal: TooLarge | NoRoom | None = None

    def add(self, block: bytes) -> None:
        self._seen += len(block)
        if self._seen > self._limit * _READ_ON_FACTOR + BLOCK_OCTETS:
            raise Endless
        # The dot that ends the message and the dots of transparency are not part of its size.
        if self._seen > self._limit + len(END_OF_DATA) and self._refusal is None:
            self._refusal = TooLarge()
        elif self._refusal is None and not self._allowance.take(len(block)):
            self._refusal = NoRoom()
        if self._refusal is not None:
            self.let_go()
            return
        self._held += len(block)
        self._blocks.append(block)

    def let_go(self) -> None:
        self._blocks.clear()
        self._allowance.give_back(self._held)
        self._held = 0

    def finish(self) -> bytes:
        if self._refusal is not None:
            raise self._refusal
        whole = b"".join(self._blocks).removesuffix(b".\r\n")
        self._blocks.clear()
        message = without_bare_line_ends(without_transparency(whole))
        # What was normalised may be longer than what came; the caller gives back what it got.
        self.let_go()
        if not self._allowance.take(len(message)):
            raise NoRoom
        return message


async def _read_opening_lines(reader: StreamReader, incoming: _Incoming) -> bool:
    r"""Read on while a line could be the ending dot that only the CRLF of DATA itself precedes.

    Return True when that was the end. Afterwards nothing that was read can be a part of CRLF.CRLF.
    """
    while True:
        first = await reader.readexactly(1)
        incoming.add(first)
        if first not in {b".", b"\r"}:
            return False
        tail = await _read_line(reader, incoming)
        if first == b"." and tail == b"\r\n":
            return True
        if not (first + tail).endswith(b"\r\n"):
            return False


async def _read_line(reader: StreamReader, incoming: _Incoming) -> bytes:
    """Read up to and including the next LF; return the last three octets of that, or fewer if it is shorter."""
    tail = b""
    while not tail.endswith(b"\n"):
        try:
            block = await reader.readuntil(b"\n")
        except LimitOverrunError as overrun:
            block = await reader.readexactly(overrun.consumed)
        incoming.add(block)
        tail = (tail + block)[-3:]
    return tail


async def _read_blocks(reader: StreamReader, incoming: _Incoming, progress: Callable[[], None]) -> None:
    while True:
        try:
            last = await reader.readuntil(END_OF_DATA)
        except LimitOverrunError as overrun:
            # `consumed` octets hold no part of the end that is still to come.
            incoming.add(await reader.readexactly(overrun.consumed))
            progress()
            continue
        incoming.add(last)
        return


def without_transparency(octets: bytes) -> bytes:
    """Return the octets without the dot that SMTP clients put before a line's own (RFC 5321 section 4.5.2)."""
    return octets.removeprefix(b".").replace(b"\r\n.", b"\r\n")


def without_bare_line_ends(octets: bytes) -> bytes:
    """Return the octets with CRLF for every bare CR and bare LF, and a space for every NUL. Idempotent."""
    pairs = octets.count(b"\r\n")
    if octets.count(b"\n") != pairs or octets.count(b"\r") != pairs:
        octets = _BARE.sub(b"\r\n", octets)
    return octets.replace(b"\x00", b" ") if b"\x00" in octets else octets
