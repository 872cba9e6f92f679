"""The real daemon in a process of its own, in an operator's folder made for the test."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

from tests.secrecy import WATCH
from tests.servers.commands import run
from tests.servers.dovecot import Dovecot
from tests.servers.nameserver import NameServer
from tests.servers.smtp import Relay
from tests.servers.warm import Program

ALWAYS_OPEN = (
    "week = { " + ", ".join(f'{day} = ["00:00-24:00"]' for day in "mon tue wed thu fri sat sun".split()) + " }"
)
NEVER_OPEN = "week = { mon = [], tue = [], wed = [], thu = [], fri = [], sat = [], sun = [] }"


@dataclass
class Desk:
    """An operator's folder and the daemon that runs in it. `rules` is what its rules.toml says.

    `prefix` are words before the daemon's command, such as strace and its options.
    """

    folder: Path
    rules: str
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | Program | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "rules.toml").write_text(self.rules)
        WATCH.keep_inside_of(self.rules)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    @property
    def log(self) -> Path:
        """The ticket log."""
        return self.folder / "data" / "tickets.db"

    def start(self) -> None:
        """Start `mailbot run`; return at once."""
        words, environment = ("-C", str(self.folder), "run"), {**os.environ, **self.environment}
        with (self.folder / "stderr.log").open("ab") as errors, Path(os.devnull).open("rb") as nothing:
            if self.prefix:
                command = [*self.prefix, sys.executable, "-m", "mailbot", *words]
                self.process = subprocess.Popen(command, env=environment, stdout=errors, stderr=errors)
            else:
                self.process = Program(words, environment, nothing.fileno(), errors.fileno(), errors.fileno())

    def wait_until_started(self, times: int = 1) -> None:
        """Wait until the log says so, for the n-th time; fail as soon as the daemon has ended instead."""

        def started() -> bool:
            return self.said().count('"started"') >= times

        self.wait_for(lambda: started() or self._has_ended(), "the daemon to start")
        assert started(), f"the daemon has ended\n{self.said()[-5000:]}"

    def port(self, door: str) -> int:
        """Return the port of a door of its own, as the last start said."""
        started = [line for line in self.said().splitlines() if '"event": "started"' in line]
        return int(json.loads(started[-1])[door])

    def kill(self) -> None:
        """End it as a crash would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; return its exit code. It has ten seconds, and some for a busy machine."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def said(self) -> str:
        """Return everything it printed."""
        errors = self.folder / "stderr.log"
        return errors.read_text(errors="replace") if errors.exists() else ""

    def _has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def command(self, *words: str, check: bool = True, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run another command in the folder, beside the daemon, in the process of the test."""
        done = run(self.folder, *words, stdin=stdin, environment=self.environment)
        assert not check or done.code == 0, done.err
        return subprocess.CompletedProcess(words, done.code, done.stdout, done.err.encode())

    def program(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command in a process of its own, as a shell does."""
        environment = {**os.environ, **self.environment}
        with TemporaryFile() as out, TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
            files = nothing.fileno(), out.fileno(), err.fileno()
            code = Program(("-C", str(self.folder), *words), environment, *files).wait()
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, code, out.read(), err.read())

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, by a reader that shares no code with mailbot."""
        if not self.log.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.log}?mode=ro", uri=True, timeout=10)) as log:
            return log.execute(statement, values).fetchall()

    def count(self, statement: str, *values: Any) -> int:
        """Return the number a statement counts, 0 before there is a log."""
        try:
            rows = self.rows(statement, *values)
        except sqlite3.OperationalError:
            return 0
        return int(rows[0][0]) if rows else 0

    def wait_for(self, true: Callable[[], bool], what: str, seconds: float = 120) -> None:
        """Wait until it is true; fail with what the daemon printed when it stays false.

        Beside other work its start alone can take half a minute.
        """
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, f"waited {seconds} s for {what}\n{self.said()[-5000:]}"
            time.sleep(0.05)


def rules_for(
    *,
    dovecot: Dovecot | None = None,
    relay: Relay | None = None,
    dns: NameServer | None = None,
    hours: str = ALWAYS_OPEN,
    more: str = "",
) -> str:
    """Return a rules.toml of an invented partner on these servers; `more` is added at the end.

    Without a name server of the test's own none is asked.
    """
    parts = [
        "[dkim]\n" + (f'nameservers = ["{dns.address}"]\n' if dns else "verify = false\n"),
        f"""[partner]
brand = "Harbor Voice"
address = "support@example.com"
zone = "America/New_York"
emergency_number = "+1 212 555 0100"
[partner.hours]
region = ""
{hours}
[[tenant]]
id = "acme"
name = "Acme Dental"
domains = ["acme-dental.example"]
emergency_number = "+1 212 555 0111"
""",
    ]
    if dovecot is not None:
        parts.append(f"""[[mailbox]]
host = "127.0.0.1"
port = {dovecot.imap_port}
tls = "none"
sign_in = {{ user = "{dovecot.user}", password = {{ env = "IMAP_PASSWORD" }} }}
""")
    if relay is not None:
        parts.append(f'[relay]\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n')
    return "\n".join([*parts, more])


def numbered(
    numbers: Iterator[int] | range, body: str = "The hold music is too loud. Can it be changed?"
) -> list[bytes]:
    """Return messages that differ, each from a sender of its own at a listed tenant."""
    return [
        (
            f"From: Person {number} <person{number}@acme-dental.example>\r\n"
            f"To: support@example.com\r\nSubject: Question {number}\r\n"
            f"Message-ID: <question-{number}@acme-dental.example>\r\n"
            f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n{body} ({number})\r\n"
        ).encode()
        for number in numbers
    ]


@contextmanager
def at_work(folder: Path, rules: str, *, beside_a_daemon: bool) -> Iterator[Desk]:
    """Open a folder to type commands in, with its daemon running or with none."""
    here = Desk(folder, rules)
    if not beside_a_daemon:
        yield here
        return
    with here:
        here.wait_until_started()
        yield here
