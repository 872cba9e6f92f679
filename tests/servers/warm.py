"""mailbot as a program of its own that need not load its modules: the process forks from one that has loaded them.

`Program` starts `mailbot WORDS` so; `Reading` is the process that reads mail for a command that a test runs in its own.
Such a process has nothing of the test's: not its descriptors, its threads, or anything that a test has set in it; only
the environment that it is given, and files for its input and output. What depends on how a program is loaded or traced
is started as usual.

Run as a program (`python -m tests.servers.warm DESCRIPTOR`) this is the process that is forked from. It ends with the
process of tests that started it.
"""

from __future__ import annotations

import atexit
import encodings
import gc
import importlib
import json
import os
import pkgutil
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
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parents[2]
_MOST_OCTETS = 1 << 20
_STATUS_OCTETS = 4
_STANDARD = 3
# Standard descriptors, and the one by which the end is told.
_ENDS = 4
# Of these some run by being loaded, and the commands look at the terminal and the environment when they are.
_NOT_YET = ("mailbot.__main__", "mailbot.cli", "mailbot.store.migrations", "mailbot.worker.child")
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


@dataclass(frozen=True)
class _Request:
    """Which module is to be the program, with which words, environment and folder."""

    module: str
    words: tuple[str, ...]
    environment: dict[str, str]
    folder: str


class Program:
    """One run of `mailbot WORDS`, with what tests use of subprocess.Popen."""

    def __init__(
        self, words: tuple[str, ...], environment: Mapping[str, str], stdin: int, stdout: int, stderr: int
    ) -> None:
        """Start it with that environment alone, in the folder that is current; the descriptors stay the caller's."""
        self._start(_Request("mailbot", words, dict(environment), str(Path.cwd())), [stdin, stdout, stderr])

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
            # Unlike a child of ours it may be gone before we are told so.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        self.send_signal(signal.SIGKILL)

    def _start(self, request: _Request, files: list[int]) -> None:
        self.returncode: int | None = None
        self._end, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(_warm(), [json.dumps(astuple(request)).encode()], [theirs.fileno(), *files])
        self.pid = int.from_bytes(self._told())

    def _ended(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(int.from_bytes(self._told()))
        self._end.close()

    def _told(self) -> bytes:
        told = self._end.recv(_STATUS_OCTETS)
        assert told, "the process that mailbot is forked from has gone"
        return told


class Reading(Program):
    """What `mailbot.worker.parent` takes for subprocess.Popen: the process that reads, and nothing else."""

    def __init__(
        self, command: list[str], *, pass_fds: tuple[int], env: dict[str, str], cwd: str, **_usual: object
    ) -> None:
        """Start it; what it says at its end is read from `stderr`."""
        *_, module, _door = command
        said, saying = os.pipe()
        self.stderr = os.fdopen(said, "rb")
        with Path(os.devnull).open("r+b") as null, os.fdopen(saying, "wb"):
            self._start(_Request(module, (), env, cwd), [null.fileno(), null.fileno(), saying, *pass_fds])


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
    for module in pkgutil.iter_modules(encodings.__path__):
        # Those of other systems cannot be loaded.
        with suppress(ImportError):
            importlib.import_module(f"encodings.{module.name}")
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

    def serve(self) -> str | None:
        """Return the module to run, in the process that is to do so; None in this one when nobody asks any more."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._door:
                    self._tell_of_end(key.fd)
                    continue
                request, files, *_ = socket.recv_fds(self._door, _MOST_OCTETS, 5)
                if not request:
                    return None
                if self._fork(files):
                    return _become(_Request(*json.loads(request)), files[_ENDS:])

    def _fork(self, files: list[int]) -> bool:
        """Return whether this is the process that came of it."""
        end, *passed = files
        pid = os.fork()
        if pid:
            for file in passed:
                os.close(file)
            watched = os.pidfd_open(pid)
            told = socket.socket(fileno=end)
            told.sendall(pid.to_bytes(_STATUS_OCTETS))
            self._running[watched] = pid, told
            self._selector.register(watched, selectors.EVENT_READ)
            return False
        for number, file in enumerate(passed[:_STANDARD]):
            os.dup2(file, number)
        for file in files[:_ENDS]:
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


def _become(request: _Request, doors: list[int]) -> str:
    """Take on what the program is given, with further descriptors as words; return its module."""
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    if doors:
        os.setsid()
    sys.argv = [request.module, *request.words, *map(str, doors)]
    return request.module


def main() -> None:
    """Serve on the socket whose descriptor the command line names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load()
    module = _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    if module is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
