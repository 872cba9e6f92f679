"""The board that the parts report to."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from mailbot.health import Board

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def test_trouble_began_when_it_was_first_reported() -> None:
    clock = Clock()
    part = Board(clock).part("relay")
    assert part.state().is_well
    clock.now += timedelta(hours=1)
    part.troubled("the password is wrong", "change it")
    clock.now += timedelta(hours=1)
    part.troubled("the server does not answer")
    state = part.state()
    assert not state.is_well
    assert (state.trouble, state.next_step) == ("the server does not answer", "")
    assert state.since == START + timedelta(hours=1)
    assert state.failures == 2
    part.well()
    clock.now += timedelta(hours=1)
    part.well()
    state = part.state()
    assert state.is_well
    assert (state.trouble, state.next_step) == ("", "")
    assert state.since == START + timedelta(hours=2)
    assert state.failures == 2


def test_a_part_that_breaks_its_promise_hangs_and_one_in_trouble_does_not() -> None:
    board = Board(Clock())
    waiting, hanging, ended = board.part("a"), board.part("b"), board.part("c")
    assert not board.overdue(), "before the first beat none is due"
    waiting.troubled("the server is down")
    waiting.beat(60)
    hanging.beat(0.01)
    ended.beat(0.01)
    ended.rest()
    time.sleep(0.03)
    [state] = board.overdue()
    assert state.name == "b"
    assert state.overdue_seconds > 0
    assert not state.is_well
    hanging.beat()
    assert not board.overdue()


def test_a_name_is_one_part_until_it_is_removed() -> None:
    board = Board(Clock())
    board.part("imap support/INBOX").troubled("down")
    assert board.part("imap support/INBOX").state().trouble == "down"
    board.part("courier")
    assert [state.name for state in board.states()] == ["imap support/INBOX", "courier"]
    board.remove("imap support/INBOX")
    assert [state.name for state in board.states()] == ["courier"]
