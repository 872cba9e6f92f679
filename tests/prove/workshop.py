"""Daemons that start in a blink, so that a thousand can be killed: everything is loaded once, each is a fork of that.

What runs is the daemon itself, in a process of its own that is really killed; only the loading of its
modules, which is the same each time, is done beforehand. The maker is a process without threads, for
only such a one may fork and go on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.servers.daemon import Desk


class Workshop:
    """The maker, from outside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.prove.workshop"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def start(self, folder: Path, environment: dict[str, str]) -> int:
        """Start a daemon in that folder; return its process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), environment]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass
class QuickDesk(Desk):
    """A desk whose daemons come from the workshop."""

    workshop: Workshop | None = None
    pid: int = 0
    starts: int = field(default=0)

    def __enter__(self) -> Self:
        """Begin without a daemon."""
        return self

    def start(self) -> None:
        assert self.workshop is not None
        self.pid = self.workshop.start(self.folder, self.environment)
        self.starts += 1

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._wait_until_gone()

    def ask_to_stop(self) -> None:
        """Ask it to stop, and do not wait for that."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> int:
        self.ask_to_stop()
        self._wait_until_gone()
        return 0

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def _wait_until_gone(self) -> None:
        until = time.monotonic() + 30
        while Path(f"/proc/{self.pid}").exists():
            assert time.monotonic() < until, f"the daemon does not end\n{self.said()[-3000:]}"
            time.sleep(0.005)


def _make() -> None:
    """Load everything, then fork a daemon for every line that comes in."""
    from mailbot import config  # noqa: PLC0415 - that is what is loaded beforehand
    from mailbot.render import Templates  # noqa: PLC0415
    from mailbot.service import daemon, logs  # noqa: PLC0415

    Templates(None).check()
    # Ended daemons are nobody's business here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        folder, environment = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            errors = os.open(Path(folder) / "stderr.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            null = os.open(os.devnull, os.O_RDONLY)
            for ours, theirs in ((0, null), (1, errors), (2, errors)):
                os.dup2(theirs, ours)
            os.environ.update(environment)
            code = 1
            try:
                logs.set_up()
                daemon.serve(daemon.Daemon(Path(folder), config.load(Path(folder))))
                code = 0
            except BaseException as error:  # noqa: BLE001 - said where a daemon says it
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(code)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _make()
