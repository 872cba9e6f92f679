"""The running daemon, measured from outside in two minutes: `make bench-quick`.

Mail comes in over SMTP from a process of its own with 1, 10 and 50 sessions, is committed, read, decided,
answered, and its answer handed to a relay in yet another process. P is plain parsing by the standard
library, in the same run on the same mails; the machine cancels out in the ratios.
"""

from __future__ import annotations

import argparse
import smtplib
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from tests.bench.__main__ import parse_rate
from tests.bench.growing import grow
from tests.bench.mails import mails
from tests.bench.processes import family, used
from tests.bench.sink import Sink
from tests.bench.smtp_load import Load
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import free_port

_SESSIONS = (1, 10, 50)
_FIRST = 40
_RULES = """
[relay]
host = "127.0.0.1"
port = {relay}
tls = "none"
[listen]
smtp = "127.0.0.1:{listen}"
[operate]
http = "127.0.0.1:{metrics}"
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One load: messages a second to the durable 250 and to the answer at the relay; CPU ms a message by process."""

    received: float
    whole: float
    daemon_ms: float
    children_ms: float
    commits: float
    """Transactions, each one fsync, for the three stages together: accepted, decided, sent."""


class Running:
    """A daemon with a listener and a relay, in a folder of its own."""

    def __init__(self, desk: Desk, sink: Sink, port: int, metrics: int) -> None:
        self.desk = desk
        self.sink = sink
        self.address = ("127.0.0.1", port)
        self._metrics = f"http://127.0.0.1:{metrics}/metrics"
        self.sent = 0
        self.last_copy = 0
        """The number of the last arrival in the log that was not sent in this run."""
        self.copies = 0
        """Mails in the log that were not sent in this run."""

    @property
    def pid(self) -> int:
        assert self.desk.process is not None
        return self.desk.process.pid

    def load(self, messages: int, sessions: int, *, attachments: bool, seed: int) -> Run:
        """Send so many and wait until each is decided and every answer is at the relay."""
        with Load(self.address, sessions=sessions, messages=messages, attachments=attachments, seed=seed) as load:
            pids = family(self.pid)
            before = {pid: used(pid).cpu_seconds for pid in pids}
            commits = self._commits()
            began = time.time()
            received = load.run()
            assert not received.refused
            self.sent += messages
            self.desk.wait_for(self._all_decided, "everything to be decided", 120)
            answers = self.desk.count("SELECT count(*) FROM outbox") - self.copies
            last = max(at for at, _ in self.sink.wait_for(answers))
            commits = (self._commits() - commits) / messages
            cpu = {pid: (used(pid).cpu_seconds - before[pid]) * 1000 / messages for pid in pids}
        whole = messages / (last - began)
        return Run(received.per_second, whole, cpu[self.pid], sum(cpu.values()) - cpu[self.pid], commits)

    def _commits(self) -> float:
        with urlopen(self._metrics, timeout=10) as page:  # noqa: S310 - on loopback
            lines = page.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("mailbot_commit_seconds_count "))

    def _all_decided(self) -> bool:
        # Asked again and again: it must not read more in a large log.
        waiting = self.desk.count("SELECT count(*) FROM arrival WHERE state <> 'done'")
        return not waiting and self.desk.count("SELECT max(id) FROM arrival") - self.last_copy >= self.sent

    def lone_ms(self, number: int) -> list[float]:
        """Return how long after its 250 each of so many lone mails was answered at the relay."""
        waits = []
        with smtplib.SMTP(*self.address) as client:
            for raw in mails(number, attachments=False, seed=3):
                before = len(self.sink.taken())
                client.sendmail("x@acme-dental.example", ["support@example.com"], raw)
                acknowledged = time.time()
                self.sent += 1
                self.desk.wait_for(self._all_decided, "the mail to be decided")
                if self.desk.count("SELECT count(*) FROM outbox") - self.copies > before:
                    waits.append((self.sink.wait_for(before + 1)[before][0] - acknowledged) * 1000)
        return waits

    def peak_mib(self) -> str:
        """Return the peaks of the daemon and of its children."""
        return " + ".join(f"{used(pid).peak_mib:.0f}" for pid in family(self.pid))


@contextmanager
def running() -> Iterator[Running]:
    """Start a daemon and a relay, and use everything once."""
    port, metrics = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder, Sink() as sink:
        rules = rules_for(more=_RULES.format(relay=sink.port, listen=port, metrics=metrics))
        with Desk(Path(folder) / "desk", rules) as desk:
            desk.wait_until_started()
            here = Running(desk, sink, port, metrics)
            here.load(_FIRST, 2, attachments=False, seed=2)
            yield here


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=int, default=2000)
    parser.add_argument("--mix", type=int, default=600)
    parser.add_argument("--sessions", type=int, nargs="*", default=_SESSIONS)
    parser.add_argument("--tickets", type=int, help="instead: how the rate changes when the log has so many tickets")
    wanted = parser.parse_args()
    console = Console()
    if wanted.tickets:
        _grown(console, wanted.tickets, wanted.text)
        return
    for kind, messages, attachments in (("text", wanted.text, False), ("mix", wanted.mix, True)):
        p = parse_rate(list(mails(messages, attachments=attachments)))
        table = Table(box=None, title=f"{kind}: {messages} messages; P is {p:,.0f}/s", title_justify="left")
        for column in ("sessions", "250 /s", "of P", "answered /s", "of P", "CPU ms daemon", "child", "commits a mail"):
            table.add_column(column, justify="right")
        with running() as here:
            for sessions in wanted.sessions:
                run = here.load(messages, sessions, attachments=attachments, seed=sessions + 10)
                table.add_row(
                    str(sessions),
                    f"{run.received:,.0f}",
                    f"{run.received / p:.3f}",
                    f"{run.whole:,.0f}",
                    f"{run.whole / p:.3f}",
                    f"{run.daemon_ms:.2f}",
                    f"{run.children_ms:.2f}",
                    f"{run.commits:.3f}",
                )
            console.print(table)
            if not attachments:
                waits = here.lone_ms(20)
                worst, usual = max(waits), statistics.median(waits)
                console.print(f"a lone mail is answered {usual:.0f} ms after its 250, at worst {worst:.0f} ms")
            console.print(f"peak memory {here.peak_mib()} MiB\n")


def _grown(console: Console, tickets: int, messages: int) -> None:
    """Compare an empty log with a grown one, in turn, so that the machine's moods meet both."""
    with running() as empty, running() as large:
        large.load(800, 10, attachments=False, seed=4)
        large.desk.stop()
        there = grow(large.desk.log, tickets)
        large.desk.start()
        large.desk.wait_until_started(2)
        large.sent, large.last_copy = 0, large.desk.count("SELECT max(id) FROM arrival")
        large.copies = large.desk.count("SELECT count(*) FROM outbox") - len(large.sink.taken())
        rates: dict[str, list[float]] = {"empty": [], "large": []}
        for seed in range(20, 23):
            for name, here in (("empty", empty), ("large", large)):
                rates[name].append(here.load(messages, 10, attachments=False, seed=seed).whole)
        ratio = statistics.median(b / a for a, b in zip(rates["empty"], rates["large"], strict=True))
        console.print(
            f"{there:,} tickets: {statistics.median(rates['large']):,.0f} mails/s answered,"
            f" {statistics.median(rates['empty']):,.0f} with an empty log; ratio of the pairs {ratio:.2f}"
        )


if __name__ == "__main__":
    main()
