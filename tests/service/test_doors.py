"""Doors of our own that follow the rules."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from typing import cast

import pytest
import structlog

from mailbot.errors import MailbotError
from mailbot.health import Board
from mailbot.intake.imap.watcher import Surroundings
from mailbot.intake.sink import Sink
from mailbot.intake.smtp import Listener
from mailbot.rules import Rules
from mailbot.service import doors
from mailbot.service.doors import OwnDoors, WatchedMailboxes
from mailbot.service.threads import Threads


def now() -> datetime:
    return datetime.now(UTC)


def test_a_door_that_could_not_even_be_opened_again_opens_when_its_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Rules.model_validate({"listen": {"smtp": f"127.0.0.1:{other.getsockname()[1]}"}})
        ours = Rules.model_validate({"listen": {"smtp": "127.0.0.1:0"}})
        away = [False]

        def make(rules: Rules) -> Listener:
            # Somebody took our port in the moment in which it was free.
            return Listener(taken if away[0] else rules, lambda _new: 1, now)

        ours_open = OwnDoors(make, Board(now))
        ours_open.follow(ours)
        away[0] = True
        with pytest.raises(MailbotError):
            ours_open.follow(taken)
        assert ours_open.ports == {}
    away[0] = False
    ours_open.follow(ours)
    try:
        socket.create_connection(("127.0.0.1", ours_open.ports["smtp"]), 5).close()
    finally:
        ours_open.close()


class Watcher:
    """Watches until it is told to stop, and then finishes what it holds when the test says so."""

    name = "imap support/INBOX"

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.begun, self.may_end = threading.Event(), threading.Event()

    def run(self) -> None:
        self.begun.set()
        assert self.stop.wait(20)
        assert self.may_end.wait(20)


def test_a_mailbox_that_comes_back_is_watched_once_its_former_watcher_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two would both move the cursor of the folder."""
    made: list[Watcher] = []

    def watchers(_box: object, _rules: Rules, _sink: Sink, around: Surroundings, _since: object) -> list[Watcher]:
        made.append(Watcher(around.stop))
        return made[-1:]

    def around() -> Surroundings:
        return Surroundings(now, threading.Event(), lambda _secret: "", structlog.get_logger())

    monkeypatch.setattr(doors, "watchers", watchers)
    sign_in = {"user": "support", "password": {"env": "NOTHING"}}
    named = Rules.model_validate({"mailbox": [{"host": "127.0.0.1", "sign_in": sign_in}]})
    threads = Threads()
    mailboxes = WatchedMailboxes(threads.start, cast("Sink", None), around(), Board(now))
    for rules in (named, Rules(), named, Rules(), named):
        mailboxes.follow(rules)
    former, passed_over, last = made
    assert former.begun.wait(20)
    assert not passed_over.begun.is_set()
    assert not last.begun.wait(0.2)
    former.may_end.set()
    passed_over.may_end.set()
    assert last.begun.wait(20)
    last.may_end.set()
    mailboxes.stop()
    threads.end()
