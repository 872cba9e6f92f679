"""mailbot as a program of its own that need not load its modules: the process forks from one that has loaded them.

`Program` starts `mailbot WORDS` so. Its process has nothing of the test's: not its descriptors, its threads, or
anything that a test has set in it; only the environment that it is given, and files for its input and output. What
depends on how a program is loaded or traced is started as usual.

Run as a program (`python -m tests.servers.warm DESCRIPTOR`) this is the process that is forked from. It ends with the
process of tests that started it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parents[2]
_MOST_OCTETS = 1 << 20
_STATUS_OCTETS = 4
# Of these some run by being loaded, and the commands look at the terminal and the environment when they are.
_NOT_YET = ("mailbot.__main__", "mailbot.cli", "mailbot.store.migrations")
# What only those load, or what is loaded only at work.
_LOADED_TOO = (
    "typer",
    "rich.console",
    "rich.table",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "dkim",
    "dns.asyncresolver",
    "babel.dates",
)


class Program:
    """One run of `mailbot WORDS`, with what tests use of subprocess.Popen."""

    def __init__(
        self, words: tuple[str, ...], environment: Mapping[str, str], stdin: int, stdout: int, stderr: int
    ) -> None:
        """Start it with that environment alone, in the folder that is current; the descriptors stay the caller's."""
        self.returncode: int | None = None
        self._end, theirs = socket.socketpair()
        request = json.dumps([words, dict(environment), str(Path.cwd())]).encode()
        with theirs:
            socket.send_fds(_warm(), [request], [stdin, stdout, stderr, theirs.fileno()])
        self.pid = int.from_bytes(self._told())

    def poll(self) -> int | None:
        """Return its exit code once it has ended, the negative number of a signal that ended it."""
        if self.returncode is None:
            self._end.settimeout(0)
            try:
                self._ended()
            except BlockingIOError:
                return None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; return its exit code. Raise subprocess.TimeoutExpired where that takes longer."""
        if self.returncode is None:
            self._end.settimeout(timeout)
            try:
                self._ended()
            except TimeoutError:
                raise subprocess.TimeoutExpired("mailbot", timeout or 0) from None
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it that signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(int.from_bytes(self._told()))
        self._end.close()

    def _told(self) -> bytes:
        told = self._end.recv(_STATUS_OCTETS)
        assert told, "the process that mailbot is forked from has gone"
        return told


@cache
def _warm() -> socket.socket:
    """Return the way to the process that has everything loaded; it is started once for a process of tests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.servers.warm", str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd=_HERE)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _load() -> None:
    """Load every module that mailbot may, but for those that look at what they are started in."""
    for file in sorted(_HERE.joinpath("mailbot").rglob("*.py")):
        name = ".".join(file.relative_to(_HERE).with_suffix("").parts).removesuffix(".__init__")
        if not name.startswith(_NOT_YET):
            importlib.import_module(name)
    for name in _LOADED_TOO:
        importlib.import_module(name)
    assert threading.active_count() == 1, "no thread lives on in a process that is forked"
    gc.collect()
    gc.freeze()


class _Server:
    """Forks where it is asked to, and tells how that ended."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._selector = selectors.DefaultSelector()
        self._selector.register(door, selectors.EVENT_READ)
        self._running: dict[int, tuple[int, socket.socket]] = {}

    def serve(self) -> list[str] | None:
        """Return the words of the command, in the process that is to be it; None in this one when nobody asks more."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._door:
                    self._tell_of_end(key.fd)
                    continue
                request, files, *_ = socket.recv_fds(self._door, _MOST_OCTETS, 4)
                if not request:
                    return None
                words, environment, folder = json.loads(request)
                if self._fork(files):
                    os.chdir(folder)
                    os.environ.clear()
                    os.environ.update(environment)
                    time.tzset()
                    return list(words)

    def _fork(self, files: list[int]) -> bool:
        """Return whether this is the process that came of it."""
        *standard, end = files
        pid = os.fork()
        if pid:
            for file in standard:
                os.close(file)
            watched = os.pidfd_open(pid)
            told = socket.socket(fileno=end)
            told.sendall(pid.to_bytes(_STATUS_OCTETS))
            self._running[watched] = pid, told
            self._selector.register(watched, selectors.EVENT_READ)
            return False
        for number, file in enumerate(standard):
            os.dup2(file, number)
        for file in files:
            os.close(file)
        for watched, (_, told) in self._running.items():
            os.close(watched)
            told.close()
        self._selector.close()
        self._door.close()
        return True

    def _tell_of_end(self, watched: int) -> None:
        pid, told = self._running.pop(watched)
        self._selector.unregister(watched)
        os.close(watched)
        _, status = os.waitpid(pid, 0)
        with told, suppress(BrokenPipeError):
            told.sendall(status.to_bytes(_STATUS_OCTETS))


def main() -> None:
    """Serve on the socket whose descriptor the command line names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load()
    words = _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    if words is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["mailbot", *words]
        runpy.run_module("mailbot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
