"""The threads of a running desk: started by name, woken together, ended together.

A thread that fails for good stops all the others, and its failure is kept for whoever waits for the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

import structlog

_log = structlog.get_logger(__name__)

_STOP_SECONDS = 10.0
# A signal that comes just before a wait begins does not end it: CPython looks at it after the next one.
_SIGNAL_SECONDS = 1.0

Loop: TypeAlias = Callable[[threading.Event, threading.Event], None]
"""What a thread does until the first event is set; the second one says that there may be work."""


class Threads:
    """All threads that share one end."""

    def __init__(self) -> None:
        """Begin with none."""
        self.stopping = threading.Event()
        self._failure: BaseException | None = None
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self._before_stop: list[Callable[[], None]] = []

    def start(self, name: str, loop: Loop) -> threading.Thread:
        """Run a loop in a thread of that name."""
        wake = threading.Event()
        self._wakes.append(wake)

        def guarded() -> None:
            try:
                loop(self.stopping, wake)
            except BaseException as error:  # noqa: BLE001 - kept, and raised by `wait`
                _log.exception("stopped", part=name)
                self._failure = self._failure or error
                self.stop()
            finally:
                self._wakes.remove(wake)
                self._threads.remove(thread)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def on_stop(self, call: Callable[[], None]) -> None:
        """Have this called as well when all are to stop; perhaps more than once."""
        self._before_stop.append(call)

    def wake(self) -> None:
        """Say that there may be work."""
        for wake in tuple(self._wakes):
            wake.set()

    def stop(self) -> None:
        """Ask all to finish what they hold and stop."""
        self.stopping.set()
        for call in self._before_stop:
            call()
        self.wake()

    def wait(self) -> None:
        """Wait until somebody asks all to stop."""
        while not self.stopping.wait(_SIGNAL_SECONDS):
            pass

    def end(self) -> None:
        """Stop all and wait for them, ten seconds each; raise what made one fail, if one did."""
        # Some may have been started since `stop` was called.
        self.stop()
        for thread in tuple(self._threads):
            thread.join(_STOP_SECONDS)
        if self._failure is not None:
            raise self._failure
