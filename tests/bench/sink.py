"""A relay that takes every mail at once and notes when, in a process of its own, so that it costs little of the run.

with Sink() as sink:
…rules with sink.port…
sink.wait_for(200)         # instants (time.time) at which the mails were taken
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self


class Sink:
    """The process, from outside."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        self._taken = Path(self._folder.name) / "taken"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.sink", str(self._taken)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def taken(self) -> list[tuple[float, str]]:
        """Return when each mail was taken, and for whom."""
        lines = self._taken.read_text().splitlines() if self._taken.exists() else []
        return [(float(at), recipient) for at, _, recipient in (line.partition(" ") for line in lines)]

    def wait_for(self, number: int, seconds: float = 120) -> list[tuple[float, str]]:
        """Return what was taken once it is so many."""
        until = time.monotonic() + seconds
        while len(taken := self.taken()) < number:
            assert time.monotonic() < until, f"{len(taken)} of {number} mails arrived in {seconds} s"
            time.sleep(0.02)
        return taken


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Path) -> None:
    recipient = ""
    writer.write(b"220 sink.example\r\n")
    with suppress(ConnectionError, asyncio.IncompleteReadError), log.open("a", buffering=1) as taken:
        while True:
            command = await reader.readline()
            word = command[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                taken.write(f"{time.time()!r} {recipient}\n")
                writer.write(b"250 2.0.0 taken\r\n")
            elif word in {b"QUIT", b""}:
                break
            else:
                recipient = command.partition(b"<")[2].partition(b">")[0].decode() if word == b"RCPT" else recipient
                writer.write(
                    b"250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if word == b"EHLO" else b"250 ok\r\n"
                )
    writer.close()


async def _main(log: Path) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, log), "127.0.0.1", 0, limit=1 << 22
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
