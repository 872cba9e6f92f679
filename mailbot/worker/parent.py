"""The parent's side: a child that is started when it is needed, fed, watched and replaced."""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeAlias

from mailbot.deciding.understanding import Understood, understand
from mailbot.errors import MailbotError
from mailbot.reading.model import Border, Envelope, Keys
from mailbot.rules import Rules
from mailbot.worker import frames
from mailbot.worker.child import OUT_OF_MEMORY

# So much is on its way to the child at a time: enough that it never waits for us, little of our memory.
_WINDOW_MESSAGES = 16
_WINDOW_OCTETS = 4 << 20
_BLOCK_OCTETS = 1 << 18
_START_SECONDS = 60.0
# A busy machine gives a process less than a tenth of a CPU now and then.
_WALL_FACTOR = 10
# The second field of /proc/PID/statm, see proc(5).
_RESIDENT = 1


@dataclass(frozen=True, slots=True)
class Task:
    """One message to read; `number` is the arrival's, and comes back with the result."""

    number: int
    raw: bytes
    envelope: Envelope
    border: Border
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may take: seconds of CPU, and octets of memory of the whole child."""

    cpu_seconds: float
    memory_octets: int


FAST = Limits(2.0, 400 << 20)
SLOW = Limits(10.0, 400 << 20)


@dataclass(frozen=True, slots=True)
class Died:
    """Reading this message ended the child; `cause` is how quarantine names it, `detail` says it to people."""

    cause: str
    detail: str


Outcome: TypeAlias = Understood | Died


class Reader(Protocol):
    """Whoever reads messages for the desk; for one thread at a time."""

    def read(self, tasks: Iterable[Task], rules: Rules) -> Iterator[tuple[int, Outcome]]:
        """Yield each task's number and result, in their order; tasks are taken as there is room for them."""

    def close(self) -> None:
        """Let go of what it holds; the next `read` begins anew."""


class _Here:
    """Reads in this process, without any limit."""

    def read(self, tasks: Iterable[Task], rules: Rules) -> Iterator[tuple[int, Outcome]]:
        for task in tasks:
            try:
                yield task.number, understand(task.raw, task.envelope, task.border, rules, task.keys)
            except Exception as error:  # noqa: BLE001 - a defect of ours, which ends a child
                yield task.number, Died("crashed", f"{type(error).__name__}: {error}"[:500])

    def close(self) -> None:
        """Nothing is held."""


HERE: Reader = _Here()
"""Reads in the calling process."""


class ReadingChildFailed(MailbotError):
    """The child cannot be started at all; the text says why, or what it printed."""


class ReadingChild:
    """A child process that reads, started at the first `read` and again whenever it died or the rules changed.

    For one thread at a time.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rules: Rules | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The child's process, None while there is none."""
        return self._process.pid if self._process else None

    def start(self, rules: Rules) -> None:
        """Have a child that reads by these rules; raise ReadingChildFailed when there can be none."""
        if self._process is not None and self._rules is rules and not self._is_bloated():
            return
        self.close()
        try:
            ours = self._begin()
        except OSError as error:
            raise ReadingChildFailed(f"no process that reads mail can be started: {error}") from error
        self._door, self._rules = ours, rules
        ours.settimeout(_START_SECONDS)
        settings = (rules, self._limits.cpu_seconds, self._limits.memory_octets)
        try:
            ours.sendall(frames.framed(pickle.dumps(settings)))
            is_ready = ours.recv(frames.LENGTH_OCTETS, socket.MSG_WAITALL) == frames.framed(b"")
        except OSError:
            is_ready = False
        if not is_ready:
            said = self._last_words()
            self.close()
            raise ReadingChildFailed(f"the process that reads mail does not start: {said}")
        ours.settimeout(0)

    def _begin(self) -> socket.socket:
        """Begin the process; return our end of the way to it. Raise OSError when the machine has no room for it."""
        with ExitStack() as undone:
            ours, theirs = map(undone.enter_context, socket.socketpair())
            # None of our environment goes along: passwords are in it.
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-m", "mailbot.worker.child", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                env={"LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                cwd="/",
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            undone.pop_all()
            theirs.close()
        return ours

    def read(self, tasks: Iterable[Task], rules: Rules) -> Iterator[tuple[int, Outcome]]:
        """Yield each task's number and result, in their order; raise ReadingChildFailed when no child can be had."""
        coming = iter(tasks)
        while (first := next(coming, None)) is not None:
            coming = chain((first,), coming)
            self.start(rules)
            exchange = _Exchange(self._open_door(), coming, self._limits)
            try:
                yield from exchange.results()
            finally:
                if exchange.unanswered and not exchange.broke:
                    # Nobody waits for these answers any more, and the next reader must not get them.
                    self.close()
            if not exchange.broke:
                return
            if not exchange.unanswered:
                # It answered more than it was asked.
                self.close()
                continue
            culprit, *others = exchange.unanswered
            yield culprit.number, self._autopsy(is_late=exchange.is_late)
            coming = chain(others, coming)

    def close(self) -> None:
        """End the child, at once."""
        process, self._process = self._process, None
        door, self._door = self._door, None
        if door is not None:
            door.close()
        if process is not None:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()

    def _open_door(self) -> socket.socket:
        if self._door is None:
            raise AssertionError("started without a socket")
        return self._door

    def _autopsy(self, *, is_late: bool) -> Died:
        """Return why the child died; there is none afterwards."""
        process = self._process
        if process is None or is_late:
            self.close()
            return Died("too-slow", "reading it took too long")
        try:
            code = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        self.close()
        if code == -signal.SIGPROF:
            return Died("too-slow", f"reading it took more than {self._limits.cpu_seconds:g} seconds")
        if code == OUT_OF_MEMORY:
            return Died("too-large", f"reading it took more than {self._limits.memory_octets >> 20} MiB of memory")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Died("crashed", f"the process that read it ended with {how}")

    def _is_bloated(self) -> bool:
        """Return whether what stays in the child's memory leaves less than half of it to a message."""
        if self._process is None:
            return False
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_bytes().split()[_RESIDENT])
        except (OSError, ValueError, IndexError):
            return False
        return pages * os.sysconf("SC_PAGE_SIZE") > self._limits.memory_octets // 2

    def _last_words(self) -> str:
        if self._process is None or self._process.stderr is None:
            return ""
        self._process.kill()
        lines = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


class _Exchange:
    """Tasks down, results up, both as the socket takes them, until all are answered or the child is gone."""

    def __init__(self, door: socket.socket, tasks: Iterator[Task], limits: Limits) -> None:
        self._door = door
        self._tasks: Iterator[Task] | None = tasks
        self._wall_seconds = limits.cpu_seconds * _WALL_FACTOR
        self._down = bytearray()
        self._up = bytearray()
        self._octets = 0
        self.unanswered: deque[Task] = deque()
        self.broke = False
        self.is_late = False

    def results(self) -> Iterator[tuple[int, Outcome]]:
        poll = select.poll()
        while True:
            self._fill()
            if not self.unanswered:
                return
            poll.register(self._door, select.POLLIN | (select.POLLOUT if self._down else 0))
            if not poll.poll(self._wall_seconds * 1000):
                self.broke = self.is_late = True
                return
            try:
                self._move()
                yield from self._answered()
            except (OSError, frames.Undecodable, ValueError):
                self.broke = True
                return

    def _fill(self) -> None:
        """Take tasks while there is room for them; one at least."""
        while self._tasks is not None and (
            not self.unanswered or (len(self.unanswered) < _WINDOW_MESSAGES and self._octets < _WINDOW_OCTETS)
        ):
            task = next(self._tasks, None)
            if task is None:
                self._tasks = None
                return
            self.unanswered.append(task)
            self._octets += len(task.raw)
            self._down += frames.framed(frames.encode(frames.Around(task.envelope, task.border, task.keys)))
            self._down += frames.head(task.raw)
            self._down += task.raw

    def _move(self) -> None:
        """Send and receive what goes without waiting; raise ConnectionError when the child is gone."""
        if self._down:
            sent = 0
            with suppress(BlockingIOError), memoryview(self._down) as all_of_it, all_of_it[:_BLOCK_OCTETS] as some:
                sent = self._door.send(some)
            del self._down[:sent]
        try:
            block = self._door.recv(_BLOCK_OCTETS)
        except BlockingIOError:
            return
        if not block:
            raise ConnectionResetError
        self._up += block

    def _answered(self) -> Iterator[tuple[int, Outcome]]:
        while len(self._up) >= frames.LENGTH_OCTETS:
            length = frames.length_of(self._up)
            if length > frames.LARGEST:
                raise ValueError("the child's answer is larger than any can be")
            end = frames.LENGTH_OCTETS + length
            if len(self._up) < end:
                return
            if not self.unanswered:
                raise ValueError("the child answers what nobody asked")
            result = frames.decode_understood(bytes(self._up[frames.LENGTH_OCTETS : end]))
            del self._up[:end]
            task = self.unanswered.popleft()
            self._octets -= len(task.raw)
            yield task.number, result
