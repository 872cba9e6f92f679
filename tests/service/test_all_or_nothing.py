"""Changed rules come into force whole or not at all, wherever the parts of the desk fail to follow them."""

from __future__ import annotations

import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from mailbot.delivery.courier import Courier
from mailbot.delivery.maildir import Maildir
from mailbot.desk import Desk
from mailbot.health import Board
from mailbot.intake.imap.watcher import Surroundings
from mailbot.intake.room import Room
from mailbot.intake.sink import Sink
from mailbot.intake.smtp import Listener
from mailbot.rules import Mailbox, Rules
from mailbot.service import doors
from mailbot.service.doors import OwnDoors, WatchedMailboxes, WaysOut
from mailbot.service.reload import Reload
from mailbot.service.threads import Loop, Threads
from mailbot.store import outbox
from mailbot.store.outbox import Audience, NewMail
from tests.service.office import RULES, Office, office

MAILBOX = """[[mailbox]]
host = "127.0.0.1"
sign_in = { user = "support", password = { env = "IMAP_PASSWORD" } }
folders = ["INBOX", "Sales"]
"""
FORMER = RULES + MAILBOX + '[relay]\nmaildir = "data/former"\n'
WANTED = FORMER.replace("former", "wanted").replace("Harbor Voice", "Pier Phones").replace("Sales", "Leads").replace(
    "[listen]\n", '[listen]\nlmtp = "127.0.0.2:0"\n'
)  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC)


class Running:
    """The parts of a desk that follow its rules, in threads of which one may refuse to start."""

    def __init__(self, desk: Office, watched: list[str]) -> None:
        self.desk = desk
        self.threads = Threads()
        self.starts_left = 1000
        self.watched = watched
        here, board = desk.here, Board(now)
        self.doors = OwnDoors(lambda rules: Listener(rules, lambda _new: None, now), board)
        room = Room(here.desk.rules.limits, here.database, here.desk.partner)
        sink = Sink(here.database, here.desk.partner, now, room)
        around = Surroundings(now, threading.Event(), lambda _secret: "", structlog.get_logger())
        self.mailboxes = WatchedMailboxes(self.start, sink, around, board)
        self.ways_out = WaysOut(self.start, self.couriers, board)

        def use(desk: Desk) -> None:
            here.desk = desk

        parts = (
            lambda desk: self.doors.follow(desk.rules),
            use,
            lambda desk: self.mailboxes.follow(desk.rules),
            self.ways_out.follow,
        )
        self.reload = Reload(desk.log.parent.parent, here, parts, now, board.part("rules"), list)
        for follow in parts:
            follow(here.desk)
        here.database.writer.subscribe(self.threads.wake)

    def start(self, name: str, loop: Loop) -> threading.Thread:
        self.starts_left -= 1
        if self.starts_left == 0:
            message = "can't start new thread"
            raise RuntimeError(message)
        return self.threads.start(name, loop)

    def couriers(self, desk: Desk) -> dict[str, Courier]:
        folder = self.desk.log.parent.parent / desk.rules.relay.maildir
        return {"courier": Courier(self.desk.here.database, [Maildir(folder, now)], desk.partner, now, lambda: 0.5)}

    def end(self) -> None:
        self.mailboxes.stop()
        self.ways_out.stop()
        self.threads.end()
        self.doors.close()


class Watcher:
    """Stands for a watcher of a folder: it stands among the watched until it is told to stop."""

    def __init__(self, name: str, stop: threading.Event, watched: list[str]) -> None:
        self.name = name
        self._stop = stop
        self._watched = watched

    def run(self) -> None:
        self._watched.append(self.name)
        self._stop.wait()
        self._watched.remove(self.name)


@contextmanager
def running(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Running]:
    def watchers(box: Mailbox, _rules: Rules, _sink: object, around: Surroundings, _since: object) -> list[Watcher]:
        return [Watcher(name, around.stop, watched) for name in box.folders]

    watched: list[str] = []
    patch.setattr(doors, "watchers", watchers)
    patch.setenv("IMAP_PASSWORD", "secret")
    with office(folder, rules=FORMER) as desk:
        made = Running(desk, watched)
        try:
            yield made
        finally:
            made.end()


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def deliver(here: Running, key: str) -> None:
    mail = NewMail(key, "reply", Audience.CUSTOMER, f"{key}@x.example", f"{key}@example.com", b"To: x\r\n\r\nHello\r\n")
    partner = here.desk.here.desk.partner
    here.desk.here.database.writer.write(lambda conn: outbox.queue(conn, partner, mail, now()))
    until(lambda: here.desk.one("SELECT state FROM outbox WHERE key = ?", key) == "sent")


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_whichever_part_fails_all_are_as_before_and_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    with running(tmp_path, monkeypatch) as here:
        until(lambda: sorted(here.watched) == ["INBOX", "Sales"])
        in_force = here.desk.here.desk
        (tmp_path / "rules.toml").write_text(WANTED)
        here.starts_left = failing
        [problem] = here.reload.load()
        assert "can't start new thread" in problem.text
        assert here.desk.here.desk is in_force
        until(lambda: sorted(here.watched) == ["INBOX", "Sales"])
        deliver(here, "a")
        assert not (tmp_path / "data" / "wanted").exists()
        assert set(here.doors.ports) == {"smtp"}
        with smtplib.SMTP("127.0.0.1", here.doors.ports["smtp"], timeout=10) as door:
            door.noop()
        said = here.desk.one("SELECT text FROM notice WHERE kind = 'rules-refused'")
        assert "can't start new thread" in said
        # And nothing of what failed stays behind: the same files come into force when all can follow.
        assert here.reload.load() == ()
        until(lambda: sorted(here.watched) == ["INBOX", "Leads"])
        deliver(here, "b")
        assert [len(list((tmp_path / "data" / name / "new").iterdir())) for name in ("former", "wanted")] == [1, 1]
        assert set(here.doors.ports) == {"smtp", "lmtp"}
