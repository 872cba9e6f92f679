"""systemd, where it started us: it is told that we are ready, how we are, that we live, and that we stop.

The protocol is sd_notify(3): datagrams of NAME=value lines to the Unix socket that NOTIFY_SOCKET names. Where nobody
listens, nothing is said and nothing fails. That we live means that every part does: a beat is sent only while each
thread has kept its promise to be back in time, and the writer is not stuck. A part in trouble (a mailbox that
cannot be reached) lives; restarting would not help it. A start takes as long as it takes: a large log that is
backed up, looked through or brought up to date is no reason to end it half-way.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import structlog

from mailbot.health import Board, PartState
from mailbot.store.writer import Writer

_LOOK_SECONDS = 10.0
_LOOKS_PER_WATCHDOG = 3
_STATUS_CHARACTERS = 200
_MICROSECONDS = 1_000_000
_EXTEND_SECONDS = 10.0
_EXTENDED_BY = 6

_log = structlog.get_logger(__name__)


class Supervisor:
    """Whoever started us and wants to know; nobody, outside of systemd."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, as systemd sets them."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        usec = environment.get("WATCHDOG_USEC", "")
        for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(usec) / _MICROSECONDS if usec.isdecimal() and for_us else None
        """How long systemd waits for a beat; None when it does not."""

    def tell(self, **fields: str) -> None:
        """Send the fields (READY="1", STATUS="…") in one datagram."""
        if not self._address:
            return
        # A name in the abstract namespace begins with a zero octet, which the variable shows as "@".
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        lines = "\n".join(f"{name}={' '.join(value.split())}" for name, value in fields.items())
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as client:
            client.settimeout(1)
            client.sendto(lines.encode(), address)

    @contextmanager
    def waiting_for(self, what: str) -> Iterator[None]:
        """Have systemd wait while this lasts, however long, and show what it waits for."""
        done = threading.Event()

        def extend() -> None:
            granted = str(round(_EXTEND_SECONDS * _EXTENDED_BY * _MICROSECONDS))
            while True:
                self.tell(EXTEND_TIMEOUT_USEC=granted, STATUS=what)
                if done.wait(_EXTEND_SECONDS):
                    return

        thread = threading.Thread(target=extend, name="supervisor", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


class Watchdog:
    """The thread that looks at the board, and tells the supervisor that we live if every part does."""

    def __init__(self, board: Board, writer: Writer, supervisor: Supervisor) -> None:
        """Prepare; nothing is looked at before `run`."""
        self._board = board
        self._writer = writer
        self._supervisor = supervisor
        self._hanging: frozenset[str] = frozenset()

    def run(self, stop: threading.Event) -> None:
        """Look at the parts until `stop`, several times within the time that the supervisor grants."""
        granted = self._supervisor.watchdog_seconds
        seconds = min(_LOOK_SECONDS, granted / _LOOKS_PER_WATCHDOG) if granted else _LOOK_SECONDS
        while True:
            self.look()
            if stop.wait(seconds):
                return

    def look(self) -> None:
        """Look once: a beat if every part lives, else the names of those that hang, in the log and in the status."""
        if self._writer.lives:
            self._board.part("store").beat()
        states = self._board.states()
        hanging = [state for state in states if state.overdue_seconds]
        for state in hanging:
            if state.name not in self._hanging:
                _log.error("part-hangs", part=state.name, overdue_seconds=round(state.overdue_seconds))
        self._hanging = frozenset(state.name for state in hanging)
        beat = {} if hanging else {"WATCHDOG": "1"}
        self._supervisor.tell(STATUS=_sentence(states), **beat)


def _sentence(states: tuple[PartState, ...]) -> str:
    hanging = [state.name for state in states if state.overdue_seconds]
    troubled = [f"{state.name}: {state.trouble}" for state in states if state.trouble]
    if hanging:
        return f"hanging: {', '.join(hanging)}"
    return ("; ".join(troubled) or "all is well")[:_STATUS_CHARACTERS]
