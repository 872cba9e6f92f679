"""How fast the store is here: `python -m tests.store.measure [folder]`.

Mails are made from a seed: 7.2 kB of words as frequent as words are. Figures are those of the tenth
fastest of a hundred rounds and of the median one, since other work on the machine only ever slows a round.
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from mailbot.deciding.context import Source
from mailbot.reading.model import Envelope
from mailbot.store import outbox, spool
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience, NewMail
from mailbot.store.spool import NewArrival, pack

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROUNDS, BATCH = 60, 50


def mails(count: int) -> list[bytes]:
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(3000)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, 3001)))
    bodies = (" ".join(chance.choices(words, cum_weights=weights, k=1400)) for _ in range(count))
    return [f"Message-ID: <{number}@a.example>\r\n\r\n{body}".encode()[:7200] for number, body in enumerate(bodies)]


def measure(name: str, per_round: int, rounds: list[Callable[[], object]]) -> None:
    spans = []
    for run in rounds:
        start = time.perf_counter()
        run()
        spans.append(time.perf_counter() - start)
    spans.sort()
    best, median = (per_round / spans[len(spans) * part // 100] for part in (10, 50))
    print(f"{name:38} {best:8.0f}/s undisturbed {median:8.0f}/s median")  # noqa: T201 - the result


def concurrent(database: Database, arrivals: list[NewArrival]) -> None:
    writer = database.writer
    commits, submissions = writer.commits, writer.submissions

    def submit(part: list[NewArrival]) -> None:
        for new in part:
            writer.write(lambda conn, new=new: spool.accept(conn, "p", new, NOW))  # type: ignore[misc]

    threads = [threading.Thread(target=submit, args=(arrivals[person::50],)) for person in range(50)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(arrivals) / (time.perf_counter() - start)
    ratio = (writer.commits - commits) / (writer.submissions - submissions)
    print(f"{'accept, 50 submitters':38} {rate:8.0f}/s {ratio:18.3f} commits per mail")  # noqa: T201 - the result


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    raws = mails(ROUNDS * BATCH)
    uid = itertools.count(1)

    def arrival(raw: bytes) -> NewArrival:
        envelope = Envelope("ann@acme.example", ("support@northwind.example",))
        return NewArrival(Source.IMAP, NOW, raw, envelope, "support", "INBOX", 1, next(uid))

    plain = [arrival(b"1" + raw) for raw in raws]
    packed = [replace(arrival(b"2" + raw), packed=pack(b"2" + raw)) for raw in raws]
    shared = [arrival(b"3" + raw) for raw in raws]
    answers = [
        NewMail(f"k{number}", "reply", Audience.CUSTOMER, "ann@acme.example", f"{number}@n.example", raw[:4000])
        for number, raw in enumerate(raws)
    ]
    with tempfile.TemporaryDirectory(dir=folder) as place, open_database(Path(place) / "mailbot.db") as database:
        write = database.writer.write

        def accepting(batch: list[NewArrival]) -> Callable[[], object]:
            return lambda: write(lambda conn: [spool.accept(conn, "p", new, NOW) for new in batch])

        def queueing(batch: list[NewMail]) -> Callable[[], object]:
            return lambda: write(lambda conn: [outbox.queue(conn, "p", mail, NOW) for mail in batch])

        def sending() -> None:
            claimed = write(lambda conn: outbox.claim(conn, "p", NOW, BATCH))

            def mark(conn: Connection) -> None:
                for mail in claimed:
                    outbox.mark_sent(conn, mail.id, now=NOW, code=250)

            write(mark)

        starts = range(0, len(raws), BATCH)
        measure("accept, batches of 50", BATCH, [accepting(plain[start : start + BATCH]) for start in starts])
        measure(
            "accept, batches of 50, packed before",
            BATCH,
            [accepting(packed[start : start + BATCH]) for start in starts],
        )
        measure("accept, one per commit", 1, [accepting([arrival(b"4" + raw)]) for raw in raws[:1000]])
        concurrent(database, shared)
        measure("queue, batches of 50", BATCH, [queueing(answers[start : start + BATCH]) for start in starts])
        measure("claim and mark sent, batches of 50", BATCH, [sending] * ROUNDS)


if __name__ == "__main__":
    main()
