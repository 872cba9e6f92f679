"""F34: a disk that takes seconds for a sync, and system calls that are interrupted. Nothing else waits for it."""

from __future__ import annotations

import re
import shutil
import smtplib
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.smtp import Relay

pytestmark = [
    pytest.mark.strace,
    pytest.mark.skipif(not shutil.which("strace"), reason="Debian's strace is not installed"),
]

LISTENING = '[listen]\nsmtp = "127.0.0.1:0"\n'
DELAY_SECONDS = 4


@contextmanager
def injected(desk: Desk, calls: str, fault: str) -> Iterator[None]:
    """Have system calls of the running daemon go wrong, in all its threads."""
    assert desk.process is not None
    trace = desk.folder / "trace"
    command = ["strace", "-f", "-o", str(trace), "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}"]
    with subprocess.Popen([*command, "-p", str(desk.process.pid)], stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        said = strace.stderr.readline()
        if "attached" not in said:
            strace.wait(10)
            pytest.skip(f"strace may not look at a process here: {said}")
        try:
            yield
        finally:
            strace.terminate()
    assert re.search(r"\((?:INJECTED|DELAYED)", trace.read_text()), "no call went wrong"


def is_quiet(trace: Path) -> bool:
    """Return whether no call is made for some tenths of a second."""
    size = trace.stat().st_size
    time.sleep(0.3)
    return trace.stat().st_size == size


def send(port: int, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.sendmail("person@acme-dental.example", ["support@example.com"], raw)


def test_while_the_disk_takes_seconds_for_a_sync_other_sessions_are_answered(tmp_path: Path) -> None:
    with Desk(tmp_path, rules_for(more=LISTENING)) as desk:
        desk.wait_until_started()
        port = desk.port("smtp")
        [raw] = numbered(range(1))
        took: list[float] = []

        def deliver() -> None:
            began_s = time.monotonic()
            send(port, raw)
            took.append(time.monotonic() - began_s)

        slow = threading.Thread(target=deliver)
        stalls: list[float] = []
        with injected(desk, "fsync,fdatasync", f"delay_enter={DELAY_SECONDS}000000"):
            slow.start()
            while slow.is_alive():
                began_s = time.monotonic()
                with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
                    client.noop()
                stalls.append(time.monotonic() - began_s)
            slow.join()
        assert took[0] >= DELAY_SECONDS, "no 250 before the sync has ended"
        assert len(stalls) > 3
        assert max(stalls) < DELAY_SECONDS / 2
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM ticket") == 1, "the ticket", seconds=60)
        assert desk.stop() == 0
    print(f"250 after {took[0]:.1f} s; {len(stalls)} other sessions meanwhile, longest {max(stalls):.2f} s")  # noqa: T201


def test_interrupted_reads_and_writes_are_made_again(tmp_path: Path) -> None:
    with Relay() as relay, Desk(tmp_path, rules_for(relay=relay, more=LISTENING)) as desk:
        desk.wait_until_started()
        with injected(desk, "pwrite64,pread64", "error=EINTR:when=2+3"):
            for raw in numbered(range(10)):
                send(desk.port("smtp"), raw)
            relay.wait_for(10, timeout_s=60)
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'sent'") == 10, "the answers")
            # A call that strace was about to fail when it leaves fails with ENOSYS, as no disk does.
            desk.wait_for(lambda: is_quiet(desk.folder / "trace"), "a moment without any call")
        assert desk.process is not None
        assert desk.process.poll() is None
        assert desk.rows("PRAGMA integrity_check") == [("ok",)]
        assert desk.stop() == 0
