"""The message as it comes over the wire: how large it may get, where it is kept, and its line ends.

A small message stays in memory. A large one goes to a file without a name, block by block, so that
neither its size nor fifty of its kind at a time are seen in memory; so do small ones when all
sessions together hold a lot. A file without a name is gone with the process, however that ends.

A message over the size limit is let go of at once and read to its end, because a reply before
that is lost on most clients; so is one that the disk has no room for.

Bare CR and bare LF become CRLF, NUL becomes a space: once, here, so that what is stored is what
every later reader and relay sees. Refusing them (550 5.6.11, as Exchange does) would return
the mail of customers whose printer or web form writes bare LF; Postfix normalises as well. A
NUL is not dropped, because that would join two halves of a field name which nobody before
us read as one.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO

KEPT_IN_MEMORY_OCTETS = 1_048_576
BLOCK_OCTETS = 65_536
_READ_ON_FACTOR = 8
# The CRLF of the DATA command, with which the blocks begin and which is no part of the message.
_LEAD_OCTETS = 2
_GATHERED_OCTETS = 262_144
_DOT = b"\r\n."
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class TooLarge(Exception):
    """The message is over the size limit; it has been read to its end and let go of."""


class NoRoom(Exception):
    """The disk has no room for the message; it was read and let go of."""


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


class Incoming:
    """One message while it comes: `read` it, use its `octets` or its `file`, then `let_go`."""

    def __init__(self, limit_octets: int, allowance: Allowance, folder: Path | None = None) -> None:
        """Bound the size; files lie in the folder, or where the system keeps files that go away."""
        self._limit = limit_octets
        self._allowance = allowance
        self._folder = folder
        self._blocks: list[bytes] = []
        self._gathered = 0
        self._seen = 0
        self._doubled = 0
        self._end = b""
        self._taken = 0
        self._cleaner = Cleaner()
        self._lead = _LEAD_OCTETS
        self._refusal: TooLarge | NoRoom | None = None
        self.octets = b""
        """The message, when it is small."""
        self.file: IO[bytes] | None = None
        """The message, when it is large; it stands at its beginning."""

    async def read(self, blocks: AsyncIterator[bytes], progress: Callable[[], None]) -> None:
        """Take the message, dots removed (RFC 5321 section 4.5.2), CRLF only.

        The blocks begin with the CRLF of the DATA command. `progress` is called after each so many octets, to put
        off the session's timeout. Raise TooLarge, NoRoom or Endless.
        """
        due_at = BLOCK_OCTETS
        async for block in blocks:
            self._add(block)
            if self._seen >= due_at:
                progress()
                due_at = self._seen + BLOCK_OCTETS
        if self._refusal is None:
            self._finish()
        if self._refusal is not None:
            raise self._refusal

    def let_go(self) -> None:
        """Free what is held."""
        self._blocks.clear()
        self._allowance.give_back(self._taken)
        self._taken = 0
        self.octets = b""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _add(self, block: bytes) -> None:
        self._seen += len(block)
        if self._seen > self._limit * _READ_ON_FACTOR + BLOCK_OCTETS:
            raise Endless
        # Dots that the client doubled are no part of the message's size (RFC 1870 section 5).
        self._doubled += block.count(_DOT) + (self._end + block[:2]).count(_DOT)
        self._end = (self._end + block[-2:])[-2:]
        if self._seen - _LEAD_OCTETS - self._doubled > self._limit:
            self._refuse(TooLarge())
        if self._refusal is not None:
            return
        self._blocks.append(block)
        self._gathered += len(block)
        if self.file is None and self._seen <= KEPT_IN_MEMORY_OCTETS and self._allowance.take(len(block)):
            self._taken += len(block)
        elif self.file is None or self._gathered >= _GATHERED_OCTETS:
            self._write(self._cleaner.feed(self._join()))

    def _finish(self) -> None:
        if self.file is None:
            self.octets = cleaned(self._join())[_LEAD_OCTETS:]
            return
        self._write(self._cleaner.feed(self._join()) + self._cleaner.end())
        if self.file is not None:
            self.file.seek(0)

    def _join(self) -> bytes:
        whole = self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)
        self._blocks.clear()
        self._gathered = 0
        return whole

    def _write(self, octets: bytes) -> None:
        try:
            if self.file is None:
                self.file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - `let_go` closes it
                self._allowance.give_back(self._taken)
                self._taken = 0
            view = memoryview(octets)[self._lead :]
            self._lead -= len(octets) - len(view)
            # Only fsync waits for a disk, and nothing here needs it.
            while view:
                view = view[self.file.write(view) :]
        except OSError as error:
            refusal = NoRoom(str(error))
            refusal.__cause__ = error
            self._refuse(refusal)

    def _refuse(self, refusal: TooLarge | NoRoom) -> None:
        self._refusal = self._refusal or refusal
        self.let_go()


class Cleaner:
    """`cleaned`, for octets that come in pieces."""

    def __init__(self) -> None:
        self._carry = b""

    def feed(self, octets: bytes) -> bytes:
        """Return what is clean by now."""
        octets = self._carry + octets
        # A dot or an LF may follow.
        kept = 2 if octets.endswith(b"\r\n") else 1 if octets.endswith(b"\r") else 0
        ready = len(octets) - kept
        self._carry = octets[ready:]
        return cleaned(octets[:ready])

    def end(self) -> bytes:
        """Return what was kept back."""
        return cleaned(self._carry)


def cleaned(octets: bytes) -> bytes:
    """Return the octets without transparency dots, and with clean line ends."""
    return without_bare_line_ends(octets.replace(_DOT, b"\r\n"))


def without_bare_line_ends(octets: bytes) -> bytes:
    """Return the octets with CRLF for every bare CR and bare LF, and a space for every NUL. Idempotent."""
    pairs = octets.count(b"\r\n")
    if octets.count(b"\n") != pairs or octets.count(b"\r") != pairs:
        octets = _BARE.sub(b"\r\n", octets)
    return octets.replace(b"\x00", b" ") if b"\x00" in octets else octets
