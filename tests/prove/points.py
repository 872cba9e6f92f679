"""Every point at which a flow touches the world: the daemon is killed there, or the call fails, one after the other.

A flow (a question that is answered, a reply, an outage) is watched once with strace(1), thread by
thread, which tells how many calls of each name each thread makes. Then it is run again for each of them, and strace
ends the process right before exactly that one, or lets it fail. strace counts each name by itself, so that a point
is the n-th call of one name in one thread. The threads of a daemon are started in the same order each time, so that
the n-th thread of one run is the n-th of the next. A run may make a call less than the one that was watched; how
many points were reached is counted by what strace says that it did.
"""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.prove.journal import Door, Kind
from tests.prove.scene import Scene, scene
from tests.prove.traffic import Traffic, messages

DISK = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "rename", "unlink")
NETWORK = ("sendto",)
_ATTACH_SECONDS = 20.0
_PATIENCE_SECONDS = 5.0
_CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\(")
_STRUCK = re.compile(r"\(INJECTED\)|\+\+\+ killed by SIGKILL")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at a point: strace's words for it, and the calls that it may happen to."""

    name: str
    calls: tuple[str, ...]
    words: str


FAULTS = (
    Fault("kill", DISK + NETWORK, "signal=SIGKILL"),
    Fault("disk full", ("pwrite64", "write"), "error=ENOSPC"),
    Fault("write error", ("pwrite64", "write"), "error=EIO"),
    Fault("sync error", ("fdatasync", "fsync"), "error=EIO"),
    Fault("connection reset", NETWORK, "error=ECONNRESET"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """At which points a fault was tried and at how many it happened, by the call, and which promises were broken."""

    fault: str
    flow: Kind
    door: Door
    tried: Counter[str]
    struck: Counter[str]
    broken: tuple[str, ...]

    @property
    def points(self) -> int:
        """At how many points the fault happened."""
        return self.struck.total()

    def __str__(self) -> str:
        calls = ", ".join(f"{name} {self.struck[name]}" for name in sorted(self.tried))
        return (
            f"{self.flow} by {self.door}: {self.fault} at {self.points} of {self.tried.total()} points ({calls}),"
            f" {len(self.broken)} promises broken"
        )


class _Tracer:
    """An strace that is attached to some threads."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(["strace", "-qq", *words], stderr=subprocess.DEVNULL)

    def wait_until_attached(self, pid: int, thread: int) -> None:
        """Wait until the kernel says that the thread is traced."""
        status = Path(f"/proc/{pid}/task/{thread}/status")
        until = time.monotonic() + _ATTACH_SECONDS
        while f"TracerPid:\t{self._process.pid}" not in status.read_text():
            assert time.monotonic() < until, "strace does not attach"
            time.sleep(0.005)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()


def _threads(pid: int) -> list[int]:
    """Return the threads of a process in the order in which they were started."""
    return sorted(int(path.name) for path in Path(f"/proc/{pid}/task").iterdir())


class Points:
    """One flow's points, found and tried in one log."""

    def __init__(self, here: Scene, flow: Kind, door: Door, seed: int, progress: Callable[[], None]) -> None:
        self._here = here
        self._flow = flow
        self._door = door
        self._chance = random.Random(seed)
        self._runs = 0
        self._progress = progress
        self.at: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()

    def tried(self, fault: Fault, most_each: int | None = None) -> Iterator[str]:
        """Try the fault at every point, or at so many of each call of each thread; yield every broken promise."""
        for (rank, call), times in self._found(fault.calls).items():
            for nth in self._some(times, most_each):
                self.at[call] += 1
                yield from self._one(fault, rank, call, nth)
                self._progress()

    def _some(self, calls: int, most: int | None) -> list[int]:
        every = list(range(1, calls + 1))
        return every if most is None or calls <= most else sorted(self._chance.sample(every, most))

    def _found(self, calls: tuple[str, ...]) -> dict[tuple[int, str], int]:
        """Return how often each thread, by its rank, makes each of these calls during the flow."""
        # The first time is not like the others: the log is made.
        self._start()
        self._lead_through()
        desk = self._start()
        threads = _threads(desk)
        log = self._here.desk.folder / "trace"
        tracer = _Tracer("-f", "-e", f"trace={','.join(calls)}", "-o", str(log), "-p", str(desk))
        for thread in threads:
            tracer.wait_until_attached(desk, thread)
        self._lead_through()
        tracer.end()
        ranks = {thread: rank for rank, thread in enumerate(threads)}
        made = [(int(call["thread"]), call["name"]) for call in map(_CALL.match, log.read_text().splitlines()) if call]
        return dict(sorted(Counter((ranks[thread], name) for thread, name in made if thread in ranks).items()))

    def _one(self, fault: Fault, rank: int, call: str, nth: int) -> Iterator[str]:
        here = self._here
        pid = self._start()
        thread = _threads(pid)[rank]
        log = here.desk.folder / "trace"
        what = f"{call}:{fault.words}:when={nth}"
        tracer = _Tracer("-e", f"trace={call}", "-e", f"inject={what}", "-o", str(log), "-p", str(thread))
        tracer.wait_until_attached(pid, thread)
        traffic = self._sending()
        self._lead_on(pid, lambda: traffic.is_done and here.is_settled)
        here.desk.ask_to_stop()
        self._lead_on(pid, lambda: False)
        tracer.end()
        self.struck[call] += bool(_STRUCK.search(log.read_text()))
        here.desk.kill()
        self._start()
        traffic.finish()
        here.settle()
        here.desk.stop()
        yield from (f"{fault.name} at {call} {nth} of thread {rank}: {one}" for one in here.broken())

    def _lead_through(self) -> None:
        """Lead the flow to its end without a fault, and stop the daemon."""
        self._sending().finish()
        self._here.settle()
        self._here.desk.stop()

    def _lead_on(self, pid: int, is_over: Callable[[], bool]) -> None:
        """Wait until it is over or the process has ended; what a fault left undone is waited for so long only."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until and Path(f"/proc/{pid}").exists() and not is_over():
            time.sleep(0.02)

    def _start(self) -> int:
        desk = self._here.desk
        started = desk.said().count('"started"')
        desk.start()
        desk.wait_until_started(started + 1)
        if self._door is Door.IMAP:
            # What was there before the first look at a mailbox is left alone.
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        return desk.pid

    def _sending(self) -> Traffic:
        """Hand over one message of the flow's kind at the door, again and again until it is acknowledged."""
        self._runs += 1
        found = messages(500, self._chance, f"{self._flow}-{self._runs}-")
        wanted = next(message for message in found if message.kind is self._flow)
        traffic = self._here.traffic(self._runs)
        traffic.send(self._door, [wanted])
        return traffic


def run(
    folder: Path,
    fault: Fault,
    flow: Kind,
    seed: int = 1,
    *,
    door: Door = Door.SMTP,
    most_each: int | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Outcome:
    """Try one fault at the points of one flow; `most_each` bounds those of each call of each thread."""
    with scene(folder, with_imap=door is Door.IMAP) as here:
        points = Points(here, flow, door, seed, progress)
        broken = tuple(points.tried(fault, most_each))
        return Outcome(fault.name, flow, door, points.at, points.struck, broken)
