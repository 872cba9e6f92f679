"""A real listener for a test, what it hands on, and a client that says exactly what it is told to."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from mailbot.health import Part
from mailbot.intake.room import Room
from mailbot.intake.smtp import Accept, Listener
from mailbot.rules import Limits, Partner, Rules, Tenant
from mailbot.rules import Listener as ListenerRules
from mailbot.store.database import Database, open_database
from mailbot.store.spool import NewArrival, accept, raw_of, waiting

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MESSAGE = b"From: ann@example.net\r\nTo: support@example.com\r\nSubject: No dial tone\r\n\r\nAll phones are dead.\r\n"
OURS = "support@example.com"


def rules(**listen: object) -> Rules:
    limits = Limits(message_bytes=int(str(listen.pop("message_bytes", 1_000_000))))
    return Rules(
        partner=Partner(address=OURS, aliases=("help@example.com",)),
        listen=ListenerRules.model_validate({"smtp": "127.0.0.1:0", "lmtp": "127.0.0.1:0", **listen}),
        limits=limits,
        tenant=(Tenant(id="acme", name="Acme", recipients=("acme@support.example",)),),
    )


@contextmanager
def listening(accept: Accept, rules: Rules, **more: Any) -> Iterator[Listener]:
    listener = Listener(rules, accept, lambda: NOW, **more)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop(timedelta(seconds=1))


class Accepting:
    """Accepts at once and remembers; `gate`, if closed, makes the commit wait."""

    def __init__(self) -> None:
        self.arrivals: list[NewArrival] = []
        self.error: Exception | None = None
        self.pending: list[Future[int | None]] | None = None

    def __call__(self, new: NewArrival) -> Future[int | None] | int:
        if self.error is not None:
            raise self.error
        self.arrivals.append(new)
        if self.pending is None:
            return len(self.arrivals)
        future: Future[int | None] = Future()
        self.pending.append(future)
        return future


class Client:
    """Octets over a socket, and the replies to them."""

    def __init__(self, address: tuple[str, int], hello: str = "EHLO client.example", *, source: str = "") -> None:
        self.socket = socket.create_connection(address, timeout=10, source_address=(source, 0) if source else None)
        self.replies = self.socket.makefile("rb")
        self.greeting = self.reply()
        self.hello = self.say(hello)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.replies.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> str:
        lines = []
        while line := self.replies.readline().decode():
            lines.append(line)
            if line[3:4] != "-":
                break
        return "".join(lines)

    def say(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def envelope(self, *recipients: str, reverse_path: str = "ann@example.net") -> None:
        assert self.say(f"MAIL FROM:<{reverse_path}>").startswith("250")
        for recipient in recipients or (OURS,):
            assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.say("DATA").startswith("354")


def until_gone(client: Client) -> list[str]:
    """Return what is said until the connection is closed."""
    replies = []
    with suppress(ConnectionError):
        while reply := client.reply():
            replies.append(reply)
    return replies


def until(reached: Callable[[], bool], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def deliver(client: Client, message: bytes = MESSAGE) -> str:
    client.envelope()
    client.send(message + b".\r\n")
    return client.reply()


def send_all(client: Client, octets: bytes) -> None:
    """Send as much of it as the other side takes."""
    with suppress(OSError):
        client.send(octets)


def large(octets: int) -> bytes:
    """Return a message that cannot be packed, as with photographs sent as they are."""
    noise = random.Random(octets).randbytes(octets).translate(None, b"\r\n.")
    lines = [noise[start : start + 900] for start in range(0, len(noise), 900)]
    return b"Subject: photographs\r\n\r\n" + b"\r\n".join(lines).replace(b"\x00", b"x") + b"\r\n"


class Store:
    """A real store, and listeners in front of it."""

    def __init__(self, folder: Path) -> None:
        self.database: Database = open_database(folder / "mailbot.db")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.database.close()

    def accept(self, new: NewArrival) -> Future[int | None]:
        return self.database.writer.submit(lambda conn: accept(conn, "partner", new, NOW))

    @contextmanager
    def listening(self, rules: Rules, limits: Limits | None = None, part: Part | None = None) -> Iterator[Listener]:
        room = Room(limits or Limits(free_disk_bytes=0), self.database, "partner")
        folder = self.database.path.parent
        with listening(self.accept, rules, shortage=room.shortage, folder=folder, part=part) as listener:
            yield listener

    def raws(self) -> list[bytes]:
        with self.database.read() as conn:
            return [raw_of(conn, one.id) for one in waiting(conn, "partner", 1_000)]
