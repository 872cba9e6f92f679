"""How much memory the listener takes, seen from outside: it runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from mailbot.store.spool import waiting
from tests.intake.smtp_support import MESSAGE, Client, Store, deliver, large, send_all

MIB = 1024 * 1024
_CHILD = """
import sys, threading
from tests.intake.smtp_support import listening, rules
from tests.intake.smtp_support import Store
from mailbot.deciding.context import Source
from pathlib import Path

with Store(Path(sys.argv[1])) as store, store.listening(rules(message_bytes=40_000_000)) as listener:
    print(listener.addresses[Source.SMTP][1], flush=True)
    sys.stdin.read()
"""


class Child:
    """A listener with its store in a process of its own, whose memory is seen from outside."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", _CHILD, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.address = ("127.0.0.1", int(self.process.stdout.readline()))
        with Client(self.address) as client:
            assert deliver(client).startswith("250")
        self.at_first_mib = self.peak_mib()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def peak_mib(self) -> float:
        """Return the most memory that it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024

    def grown_mib(self) -> float:
        """Return by how much that is more than after the start."""
        return self.peak_mib() - self.at_first_mib


def test_a_large_message_is_never_whole_in_memory(tmp_path: Path) -> None:
    message = large(30 * MIB)
    with Child(tmp_path) as child:
        with Client(child.address) as client:
            assert deliver(client, message).startswith("250")
        grown = child.grown_mib()
    with Store(tmp_path) as store:
        assert store.raws() == [MESSAGE, message]
    assert grown <= 60


@pytest.mark.parametrize(
    ("sessions", "size_mib"), [(8, 10), pytest.param(50, 30, marks=pytest.mark.slow)], ids=["eight", "fifty"]
)
def test_many_large_messages_at_a_time_are_not_in_memory_together(tmp_path: Path, sessions: int, size_mib: int) -> None:
    message = large(size_mib * MIB)
    with Child(tmp_path) as child:

        def send(number: int) -> str:
            with Client(child.address) as client:
                client.socket.settimeout(300)
                return deliver(client, b"X-Number: %d\r\n" % number + message)

        with ThreadPoolExecutor(sessions) as threads:
            replies = list(threads.map(send, range(sessions)))
        grown = child.grown_mib()
    assert all(reply.startswith("250") for reply in replies)
    assert grown <= max(60, sessions * 2.5)
    with Store(tmp_path) as store, store.database.read() as conn:
        assert len(waiting(conn, "partner", 100)) == sessions + 1


@pytest.mark.parametrize("phase", ["command", "DATA", "DATA in lines", "AUTH"])
def test_a_flood_costs_no_memory(tmp_path: Path, phase: str) -> None:
    """H45: 64 MiB without a line end, or a message far over the limit."""
    piece = b"x" * 78 + b"\r\n" if phase == "DATA in lines" else b"x" * 80
    with Child(tmp_path) as child:

        def flood() -> None:
            with Client(child.address) as client:
                if phase == "AUTH":
                    client.send(b"AUTH LOGIN\r\n")
                elif phase != "command":
                    client.envelope()
                send_all(client, piece * (64 * MIB // len(piece)))

        with ThreadPoolExecutor(4) as threads:
            for future in [threads.submit(flood) for _ in range(4)]:
                future.result()
        with Client(child.address) as client:
            assert deliver(client).startswith("250")
        grown = child.grown_mib()
    assert grown <= 40
