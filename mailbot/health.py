"""Whether the parts of a running desk live and are well: the board that every thread reports to.

A part says two things about itself. `beat`: it lives, and will say so again within so many seconds; a promise that
is broken means that its thread hangs, and the watchdog must not be told that all is well. `troubled` and `well`:
whether it can do its work at present, with the reason and the next step for the operator. Trouble is no death: a
watcher that waits for its server to come back lives.

The board belongs to the process; what must outlive it is in the store. Any thread may report and look at any time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

BEAT_WITHIN_SECONDS = 60.0
"""How long a part may work on one thing before it says again that it lives."""


@dataclass(frozen=True, slots=True)
class PartState:
    """What a part last said.

    `since` is when it became well, or came into the trouble that it is in ("": none). `failures` counts its reports
    of trouble. `overdue_seconds` is by how long it has broken its promise to beat, 0 while it keeps it.
    """

    name: str
    since: datetime
    trouble: str
    next_step: str
    failures: int
    overdue_seconds: float

    @property
    def is_well(self) -> bool:
        """Whether it lives and can do its work."""
        return not self.trouble and not self.overdue_seconds


class Part:
    """One part's place on the board; it also works alone, where nobody looks."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        """Begin well; `now` gives aware UTC instants. No beat is due before the first one was given."""
        self.name = name
        self._now = now
        self._lock = threading.Lock()
        self._since = now()
        self._trouble = ""
        self._next_step = ""
        self._failures = 0
        self._due_at_s: float | None = None

    def beat(self, within: float = BEAT_WITHIN_SECONDS) -> None:
        """Say that this part lives, and promise to say so again within that many seconds.

        Before a sleep or a wait that may take longer, `within` is how long that may take, and some more.
        """
        self._due_at_s = time.monotonic() + within

    def rest(self) -> None:
        """Say that this part has ended as it should: no further beat is due."""
        self._due_at_s = None

    def well(self) -> None:
        """Say that the work can be done; saying so again changes nothing."""
        with self._lock:
            if self._trouble:
                self._since, self._trouble, self._next_step = self._now(), "", ""

    def troubled(self, text: str, next_step: str = "") -> None:
        """Say why the work cannot be done at present, and what the operator can do about it; never what senders wrote.

        Trouble that goes on, in whatever words, began when it was first reported.
        """
        with self._lock:
            if not self._trouble:
                self._since = self._now()
            self._trouble, self._next_step = text, next_step
            self._failures += 1

    def state(self) -> PartState:
        """Return what it last said."""
        due_at_s = self._due_at_s
        overdue = 0.0 if due_at_s is None else max(0.0, time.monotonic() - due_at_s)
        with self._lock:
            return PartState(self.name, self._since, self._trouble, self._next_step, self._failures, overdue)


class Board:
    """All parts of a process, by name."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin empty; `now` gives aware UTC instants."""
        self._now = now
        self._parts: dict[str, Part] = {}
        self._lock = threading.Lock()

    def part(self, name: str) -> Part:
        """Return the part of that name, new on the board if need be."""
        with self._lock:
            if name not in self._parts:
                self._parts[name] = Part(name, self._now)
            return self._parts[name]

    def remove(self, name: str) -> None:
        """Take a part off the board that is not wanted any more, such as a mailbox that is not watched now."""
        with self._lock:
            self._parts.pop(name, None)

    def states(self) -> tuple[PartState, ...]:
        """Return what every part last said, in the order in which they came."""
        with self._lock:
            parts = tuple(self._parts.values())
        return tuple(part.state() for part in parts)

    def overdue(self) -> tuple[PartState, ...]:
        """Return the parts that hang: they have broken their promise to beat."""
        return tuple(state for state in self.states() if state.overdue_seconds)
