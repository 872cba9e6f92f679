"""A desk whose daemon is started, killed and stopped at any time, a thousand times if need be."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Self

from tests.servers.daemon import Desk


@dataclass
class KillableDesk(Desk):
    """It is entered without a daemon, and left without one."""

    def __enter__(self) -> Self:
        """Begin without a daemon."""
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The process of the last start."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """End it as a crash would, if it runs."""
        if self.process is not None:
            super().kill()

    def ask_to_stop(self) -> None:
        """Ask it to stop, if it runs, and do not wait for that."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
