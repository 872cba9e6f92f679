"""What a client sends, as lines and as messages, within bounded memory.

Octets are held only until somebody asks for them, and when more than a block of them waits,
reading from the network pauses. A line has a limit: what is longer is skipped to its end as it
comes, and a line without any end ends the connection. Octets of a message are handed on in
blocks of what came, never line by line: lines may have any length, for real HTML mail has lines
far over 1,000 octets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

END_OF_DATA = b"\r\n.\r\n"
_HELD_OCTETS = 65_536
_SKIPPED_OCTETS = 1_048_576


class Gone(Exception):
    """The client has sent its last octet, and what was asked for is not among what came."""


class NoLineEnd(Exception):
    """The client sends a line that has no end."""


class Wire:
    """The octets of one connection that were not asked for yet. One reader at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._is_paused = False
        self._has_ended = False

    def open(self, transport: asyncio.Transport) -> None:
        """Take the connection that octets come from."""
        self._transport = transport

    def feed(self, octets: bytes) -> None:
        """Take octets that have come."""
        self._buffer += octets
        if len(self._buffer) > _HELD_OCTETS and not self._is_paused and self._transport is not None:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def end(self) -> None:
        """Note that no more octets will come."""
        self._has_ended = True
        self._wake()

    @property
    def has_line(self) -> bool:
        """Whether the client has sent a line that nobody has asked for."""
        return b"\n" in self._buffer

    def drop(self) -> int:
        """Forget all that was sent ahead; return how many octets that were."""
        dropped = len(self._buffer)
        self._buffer.clear()
        return dropped

    async def line(self, limit_octets: int) -> bytes | None:
        """Return the next line without its end, None for one over the limit. Raise Gone or NoLineEnd."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            if len(self._buffer) > limit_octets:
                await self._skip_line()
                return None
            searched = len(self._buffer)
            await self._more()
        line = bytes(self._buffer[:end]) if end <= limit_octets else None
        del self._buffer[: end + 1]
        return None if line is None else line.rstrip(b"\r")

    async def _skip_line(self) -> None:
        skipped = 0
        while (end := self._buffer.find(b"\n")) < 0:
            skipped += self.drop()
            if skipped > _SKIPPED_OCTETS:
                raise NoLineEnd
            await self._more()
        del self._buffer[: end + 1]

    async def message(self) -> AsyncIterator[bytes]:
        """Yield what follows the reply to DATA in blocks, up to the dot that ends it (RFC 5321 section 4.1.1.4).

        The first block begins with the CRLF of the DATA command, because a dot right behind that ends a message,
        too; the last one ends with the CRLF before the dot. Raise Gone when the dot does not come.
        """
        self._buffer[:0] = b"\r\n"
        while (end := self._buffer.find(END_OF_DATA)) < 0:
            # What could be the beginning of the end stays.
            ready = len(self._buffer) - len(END_OF_DATA) + 1
            if ready > 0:
                yield bytes(self._buffer[:ready])
                del self._buffer[:ready]
            await self._more()
        last = bytes(self._buffer[: end + 2])
        del self._buffer[: end + len(END_OF_DATA)]
        yield last

    async def _more(self) -> None:
        """Wait until octets come; raise Gone when none will."""
        if self._has_ended:
            raise Gone
        if self._is_paused and self._transport is not None:
            self._transport.resume_reading()
            self._is_paused = False
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
