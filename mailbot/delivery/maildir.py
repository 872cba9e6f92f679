"""Where mail goes while no relay is configured: a Maildir, so that a newcomer sees what would leave.

Each mail is one file in `new`, the very octets that a relay would get, after two trace fields
with the envelope (RFC 5321 section 4.4 for Return-Path). It is complete and on the disk before it
appears there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

from mailbot.delivery.transport import Accepted, check_wire_form
from mailbot.errors import RelayUnusable

FOLDERS = ("tmp", "new", "cur")


class Maildir:
    """A Transport that writes files; folders are readable by their owner only."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """Nothing is made before the first mail."""
        self._folder = folder
        self._now = now
        self._numbers = count(1)

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Put the mail into `new`. Raise PermanentFailure, or RelayUnusable when the folder cannot be written."""
        check_wire_form(reverse_path, recipient, raw)
        trace = f"Return-Path: <{reverse_path}>\r\nDelivered-To: {recipient}\r\n"
        try:
            path = self._write(trace.encode() + raw)
        except OSError as error:
            raise RelayUnusable(f"no mail can be put into {self._folder}: {error.strerror or error}") from error
        return Accepted(250, f"kept as {path}")

    def rest(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, octets: bytes) -> Path:
        for name in FOLDERS:
            (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        now = self._now()
        name = f"{int(now.timestamp())}.M{now.microsecond:06}P{os.getpid()}Q{next(self._numbers)}.mail"
        begun, done = self._folder / "tmp" / name, self._folder / "new" / name
        descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            begun.rename(done)
        except BaseException:
            begun.unlink(missing_ok=True)
            raise
        _sync(done.parent)
        return done


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
