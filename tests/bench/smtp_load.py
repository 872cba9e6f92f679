"""SMTP load from a process of its own: N sessions send the mails of `tests.bench.mails` as fast as replies come.

    with Load(address, sessions=50, messages=2_000, attachments=False) as load:
        result = load.run()        # prepared before, so that only sending is measured
    print(result.per_second, result.p99_ms)

By hand, also with PIPELINING or few messages a connection:
`python -m tests.bench.smtp_load 127.0.0.1:2525 --sessions 50 --messages 2000 --per-connection 10`.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Self

from tests.bench.mails import mails


@dataclass(frozen=True, slots=True)
class Result:
    """What the clients saw: replies to messages other than 2yz, and the times from end of message to reply."""

    messages: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.messages / self.seconds


class Load:
    """A child process that is connected and has its mails ready, until `run` lets it go."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        sessions: int,
        messages: int,
        attachments: bool,
        seed: int = 1,
    ) -> None:
        words = [f"{address[0]}:{address[1]}", "--wait", "--seed", str(seed)]
        words += ["--sessions", str(sessions), "--messages", str(messages), *["--attachments"] * attachments]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.smtp_load", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def run(self) -> Result:
        """Send everything; return when the last reply has come."""
        said, _ = self._process.communicate("go\n")
        return Result(**json.loads(said))


class _Sessions:
    """The sessions, a thread each; they share the mails."""

    def __init__(self, address: tuple[str, int], bodies: list[bytes], wanted: argparse.Namespace) -> None:
        self._address = address
        self._bodies = list(reversed(bodies))
        self._commands = [
            b"MAIL FROM:<x@acme-dental.example>\r\n",
            f"RCPT TO:<{wanted.recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]
        self._pipelining: bool = wanted.pipelining
        self._per_connection: int = wanted.per_connection or len(bodies)
        self.waits: list[float] = []
        self.refused = 0

    def connect(self) -> _Connection:
        """Open a connection and say hello."""
        opened = _Connection(self._address)
        opened.replies(1)
        opened.send(b"EHLO load.example\r\n")
        opened.replies(1)
        return opened

    def serve(self, connection: _Connection) -> None:
        """Send mails over that connection, and over new ones, until there are no more."""
        left = self._per_connection
        while True:
            try:
                body = self._bodies.pop()
            except IndexError:
                break
            if left == 0:
                connection.quit()
                connection, left = self.connect(), self._per_connection
            left -= 1
            self._send(connection, body)
        connection.quit()

    def _send(self, connection: _Connection, body: bytes) -> None:
        if self._pipelining:
            connection.send(b"".join(self._commands))
            connection.replies(3)
        else:
            for command in self._commands:
                connection.send(command)
                connection.replies(1)
        connection.send(body)
        ended = time.perf_counter()
        taken = connection.replies(1).startswith(b"2")
        self.waits.append(time.perf_counter() - ended)
        self.refused += not taken


class _Connection:
    """A socket, and complete replies from it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    def send(self, octets: bytes) -> None:
        self._socket.sendall(octets)

    def replies(self, number: int) -> bytes:
        """Wait for so many replies; return the last line."""
        last = b""
        while number:
            line, found, rest = self._heard.partition(b"\r\n")
            if not found:
                octets = self._socket.recv(65_536)
                if not octets:
                    raise ConnectionError(f"the server closed the connection; before that: {last!r}")
                self._heard += octets
                continue
            self._heard, last = rest, line
            number -= line[3:4] != b"-"
        return last

    def quit(self) -> None:
        self.send(b"QUIT\r\n")
        self.replies(1)
        self._socket.close()


def main() -> None:
    """Send as the command line says; print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--per-connection", type=int, default=0, help="messages before a new one; 0: one a session")
    parser.add_argument("--recipient", default="support@example.com")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--attachments", action="store_true")
    parser.add_argument("--pipelining", action="store_true")
    parser.add_argument("--wait", action="store_true", help="say ready, and wait for a line")
    wanted = parser.parse_args()
    host, _, port = wanted.address.rpartition(":")
    bodies = [_on_the_wire(raw) for raw in mails(wanted.messages, attachments=wanted.attachments, seed=wanted.seed)]
    sessions = _Sessions((host, int(port)), bodies, wanted)
    connections = [sessions.connect() for _ in range(wanted.sessions)]
    if wanted.wait:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
    began = time.perf_counter()
    threads = [threading.Thread(target=sessions.serve, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    waits = sorted(sessions.waits)
    assert len(waits) == wanted.messages, "a session broke off"
    p50_ms, p99_ms = (waits[int((len(waits) - 1) * part)] * 1000 for part in (0.5, 0.99))
    sys.stdout.write(json.dumps(asdict(Result(len(waits), sessions.refused, seconds, p50_ms, p99_ms))) + "\n")


def _on_the_wire(raw: bytes) -> bytes:
    """Return the message with its dots doubled, and its end (RFC 5321 section 4.5.2)."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


if __name__ == "__main__":
    main()
