"""Run by test_writer: children that write are killed at random instants; what they acknowledged must be there.

Prints one JSON object. The parent forks before it has any thread.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from mailbot.deciding.context import Source
from mailbot.errors import StoreError
from mailbot.store import spool
from mailbot.store.database import open_database

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def write_until_killed(path: Path, acknowledgements: int) -> None:
    """Accept mail from four threads and acknowledge each by a line on the descriptor."""
    writer = open_database(path).writer
    seed = os.getpid()

    def run(thread: int) -> None:
        chance = random.Random(seed * 10 + thread)
        for number in range(100_000):
            raw = f"Subject: {seed}-{thread}-{number}\r\n\r\n".encode() + chance.randbytes(chance.randrange(4000))
            new = spool.NewArrival(Source.SMTP, NOW, raw)
            arrival = writer.write(lambda conn, new=new: spool.accept(conn, "p", new, NOW))  # type: ignore[misc]
            os.write(acknowledgements, f"{arrival} {spool.pack(raw).sha256}\n".encode())

    for thread in range(4):
        threading.Thread(target=run, args=(thread,), daemon=True).start()
    signal.pause()


def check(path: Path, acknowledged: dict[int, str]) -> tuple[list[int], list[int]]:
    """Which acknowledged arrivals are not there, and which have other octets."""
    lost, damaged = [], []
    with open_database(path) as database, database.read() as conn:
        for arrival, digest in acknowledged.items():
            try:
                if spool.pack(spool.raw_of(conn, arrival)).sha256 != digest:
                    damaged.append(arrival)
            except StoreError:
                lost.append(arrival)
    return lost, damaged


def main() -> None:
    path, kills = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(7)
    acknowledged: dict[int, str] = {}
    lost: list[int] = []
    damaged: list[int] = []
    for _ in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            write_until_killed(path, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            first = lines.readline()
            killer = threading.Timer(chance.uniform(0.0, 0.15), os.kill, (child, signal.SIGKILL))
            killer.start()
            told = first + lines.read()
            killer.join()
        os.waitpid(child, 0)
        fresh = {}
        for line in told.splitlines(keepends=True):
            if line.endswith(b"\n"):
                arrival, digest = line.split()
                fresh[int(arrival)] = digest.decode()
        acknowledged |= fresh
        gone, bad = check(path, fresh)
        lost += gone
        damaged += bad
        time.sleep(0)
    integrity = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()[0]
    told_all = {"kills": kills, "acknowledged": len(acknowledged), "lost": lost, "damaged": damaged}
    print(json.dumps(told_all | {"integrity": integrity}))  # noqa: T201 - read by the test


main()
