"""How fast each stage is, as rates and as ratios to plain parsing in the same run: `make bench`.

The machine's own speed cancels out in the ratios. P is what nobody can do without: the standard library parses the
message; eight header fields, the text and the names of files are read. Every stage is the daemon's own code on a
real file.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, exists, select

from mailbot import config
from mailbot.deciding.classify import classify
from mailbot.deciding.context import Source
from mailbot.delivery.courier import Courier
from mailbot.delivery.transport import Accepted
from mailbot.desk.processor import Processor
from mailbot.reading.message import read
from mailbot.reading.model import Envelope
from mailbot.service import logs
from mailbot.service.folder import OpenFolder, opened
from mailbot.store import spool
from mailbot.store.tables import OUTBOX
from tests.bench.mails import mails
from tests.servers.daemon import Desk, rules_for

_FIELDS = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References")

# What rules, templates and statements cost when they are used for the first time belongs to the start.
_FIRST = 20
_CONNECTIONS = 4


class Nowhere:
    """A relay that takes everything at once."""

    def submit(self, _reverse_path: str, _recipient: str, _raw: bytes) -> Accepted:
        return Accepted(250, "2.0.0 ok")

    def rest(self) -> None:
        pass

    def close(self) -> None:
        pass


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    wanted = parser.parse_args()
    logs.set_up(quiet=True)
    table = Table(box=None, title=f"{wanted.messages} messages, one process", title_justify="left")
    for column in ("stage", "text /s", "CPU ms", "of P", "mix /s", "CPU ms", "of P"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    text = _measured(list(mails(wanted.messages, attachments=False)))
    mix = _measured(list(mails(wanted.messages, attachments=True)))
    for name in text:
        table.add_row(name, *_cells(text, name), *_cells(mix, name))
    console = Console()
    console.print(table)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"peak memory {peak_mib:.0f} MiB, the mails among it")


def _cells(rates: dict[str, tuple[float, float]], name: str) -> tuple[str, str, str]:
    rate, cpu_ms = rates[name]
    return f"{rate:,.0f}", f"{cpu_ms:.2f}", f"{rate / rates['P: parse'][0]:.3f}"


def _measured(raws: Sequence[bytes]) -> dict[str, tuple[float, float]]:
    """Return each stage's messages a second and CPU milliseconds a message."""
    first = list(mails(_FIRST, attachments=False, seed=2))
    rates = {
        "P: parse": _rate(len(raws), lambda: [_parse(raw) for raw in raws]),
        "read": _rate(len(raws), lambda: [read(raw) for raw in raws]),
        "classify": _classified(first, raws),
    }
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "desk", rules_for(hours=""))
        with opened(desk.folder, config.load(desk.folder)) as here:
            processor = Processor(here.database, lambda: here.desk, _now)
            courier = Courier(here.database, [Nowhere()], here.desk.partner, _now, lambda: 0.5)
            _accept(here, first)
            _until_done(processor.step)
            _until_done(courier.deliver_once)
            rates["accept"] = _rate(len(raws), lambda: _accept(here, raws))
            rates["decide and write"] = _rate(len(raws), lambda: _until_done(processor.step))
            rates["deliver"] = _rate(len(raws), lambda: _delivered(here))
    whole = ("accept", "decide and write", "deliver")
    seconds = sum(1 / rates[name][0] for name in whole)
    rates["whole path"] = (1 / seconds, sum(rates[name][1] for name in whole))
    return rates


def parse_rate(raws: Sequence[bytes]) -> float:
    """Return P: how many of these messages a second plain parsing takes."""
    return _rate(len(raws), lambda: [_parse(raw) for raw in raws])[0]


def _delivered(here: OpenFolder) -> None:
    """Let the running courier deliver everything over four connections."""
    stop, wake = threading.Event(), threading.Event()
    here.database.writer.subscribe(wake.set)
    courier = Courier(here.database, [Nowhere()] * _CONNECTIONS, here.desk.partner, _now, lambda: 0.5)
    running = threading.Thread(target=courier.run, args=(stop, wake))
    running.start()
    while _unsent(here):
        time.sleep(0.02)
    stop.set()
    wake.set()
    running.join()


def _unsent(here: OpenFolder) -> bool:
    with here.database.read() as conn:
        return bool(conn.execute(select(exists().where(OUTBOX.c.state.in_(["queued", "submitting"])))).scalar())


def _classified(first: Sequence[bytes], raws: Sequence[bytes]) -> tuple[float, float]:
    rules = config.load(None)
    for raw in first:
        classify(read(raw), rules)
    messages = [read(raw) for raw in raws]
    return _rate(len(raws), lambda: [classify(message, rules) for message in messages])


def _rate(number: int, work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return number / (time.perf_counter() - wall), (time.process_time() - cpu) * 1000 / number


def _parse(raw: bytes) -> object:
    message = message_from_bytes(raw)
    parts = list(message.walk())
    part = next((one for one in parts if one.get_content_type() == "text/plain"), message)
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    text = octets.decode(part.get_content_charset("utf-8"), "replace")
    return [message[field] for field in _FIELDS], text, [one.get_filename() for one in parts]


def _accept(here: OpenFolder, raws: Sequence[bytes]) -> None:
    futures = []
    for raw in raws:
        envelope = Envelope("x@acme-dental.example", ("support@example.com",))
        new = spool.NewArrival(source=Source.SMTP, received_at=_now(), raw=raw, envelope=envelope)
        futures.append(here.database.writer.submit(partial(_accept_one, here, new)))
    for future in futures:
        future.result()


def _accept_one(here: OpenFolder, new: spool.NewArrival, conn: Connection) -> None:
    spool.accept(conn, here.desk.partner, new, _now())


def _until_done(step: Callable[[], object]) -> None:
    while step():
        pass


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
