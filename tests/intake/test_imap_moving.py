"""Moving away what is done with: only after the commit, only what is ours, and never twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.intake.imap.moving import Mover
from tests.intake.imap_support import Desk, Spool, mail, open_spool, utc_now
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.dovecot

WITHOUT_MOVE = "IMAP4rev1 LITERAL+ UIDPLUS"
WITHOUT_ANYTHING = "IMAP4rev1"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


class Tidy(Desk):
    """A desk that moves what is done with to Done."""

    def __init__(self, server: Dovecot, spool: Spool, target: str = "Done") -> None:
        super().__init__(server, spool, writable=True)
        self.late_by = timedelta(0)
        self.mover = Mover("support", "INBOX", target, spool, lambda: utc_now() + self.late_by, self.bound)

    def move(self) -> None:
        with self.connection() as connection:
            cursor = self.reader.sync(connection)
            self.mover.move(connection, cursor.uidvalidity)


def begin(server: Dovecot, spool: Spool, target: str = "Done") -> Tidy:
    """Old mail stays, 2 and 3 are ours, one of them marked by a person."""
    with server.client() as client:
        client.create_folder("Done")
    server.append(mail(1))
    desk = Tidy(server, spool, target)
    desk.sync()
    server.append(mail(2))
    server.append(mail(3), flags=[rb"\Flagged"])
    desk.sync()
    return desk


def test_nothing_moves_before_it_is_done_with(dovecot: Dovecot, spool: Spool) -> None:
    desk = begin(dovecot, spool)
    desk.move()
    # The folder is open for writing, and still nothing becomes \\Seen.
    assert dovecot.flags() == {1: (), 2: (), 3: (rb"\Flagged",)}


@pytest.mark.parametrize("capability", ["", WITHOUT_MOVE], ids=["MOVE", "COPY and UID EXPUNGE"])
def test_what_is_done_with_moves_and_keeps_its_flags(
    start_dovecot: Callable[..., Dovecot], spool: Spool, capability: str
) -> None:
    server = start_dovecot(capability=capability)
    desk = begin(server, spool)
    with server.client() as client:
        client.select_folder("INBOX")
        # What somebody else is about to remove is not ours to remove.
        client.add_flags([1], [rb"\Deleted"])
    spool.finish()
    desk.move()
    assert server.flags() == {1: (rb"\Deleted",)}
    assert sorted(server.flags("Done").values()) == [(), (rb"\Flagged",)]
    server.append(mail(4))
    desk.move()
    assert spool.numbers() == [4]


def test_a_server_that_cannot_move_one_message_keeps_all(start_dovecot: Callable[..., Dovecot], spool: Spool) -> None:
    server = start_dovecot(capability=WITHOUT_ANYTHING)
    desk = begin(server, spool)
    spool.finish()
    before = server.flags()
    for _ in range(3):
        desk.late_by += timedelta(hours=1)
        desk.move()
    assert server.flags() == before
    assert server.flags("Done") == {}
    assert len([event for event in desk.events() if event == "move-impossible"]) == 1


def test_a_failed_move_is_tried_again_after_growing_pauses_and_copies_nothing_twice(
    start_dovecot: Callable[..., Dovecot], spool: Spool
) -> None:
    server = start_dovecot(capability=WITHOUT_MOVE)
    desk = begin(server, spool, target="Missing")
    spool.finish()
    for _ in range(20):
        desk.move()
    failures = [entry for entry in desk.log if entry["event"] == "move-failed"]
    assert len(failures) == 1
    assert "Missing" in failures[0]["next_step"]
    desk.late_by = timedelta(seconds=61)
    desk.move()
    desk.late_by += timedelta(seconds=61)
    desk.move()
    assert len([entry for entry in desk.log if entry["event"] == "move-failed"]) == 2
    with server.client() as client:
        client.create_folder("Missing")
    desk.late_by += timedelta(hours=1)
    desk.move()
    assert len(server.flags("Missing")) == 2
    assert list(server.flags()) == [1]


def test_a_copy_whose_original_could_not_be_removed_is_not_made_again(
    start_dovecot: Callable[..., Dovecot], spool: Spool
) -> None:
    server = start_dovecot(capability=WITHOUT_MOVE)
    desk = begin(server, spool)
    copied: set[int] = set()
    with desk.connection() as connection:
        connection.examine("INBOX")
        connection._client.copy([2], "Done")
        copied.add(2)
        connection.examine("INBOX", writable=True)
        connection.move([2, 3], "Done", copied)
    assert len(server.flags("Done")) == 2
    assert copied == set()


def test_after_a_new_uidvalidity_no_other_message_is_moved_by_its_old_number(dovecot: Dovecot, spool: Spool) -> None:
    desk = begin(dovecot, spool)
    spool.finish()
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.add_flags([1], [rb"\Deleted"])
        client.expunge([1])
    dovecot.append(mail(4))
    # 2, 3 and 4 are now numbered 1, 2 and 3, and only 2 and 3 are done with under their old numbers.
    dovecot.renumber()
    desk.move()
    assert len(dovecot.flags()) == 3
    assert dovecot.flags("Done") == {}
    desk.reconcile()
    spool.finish()
    desk.move()
    assert len(dovecot.flags("Done")) == 3


def test_history_stays_where_it_always_was(dovecot: Dovecot, spool: Spool) -> None:
    with dovecot.client() as client:
        client.create_folder("Done")
    dovecot.append(mail(1))
    desk = Desk(dovecot, spool, writable=True, since=utc_now() - timedelta(days=1))
    desk.sync()
    desk.reconcile()
    assert [row.history for row in spool.rows()] == [True]
    spool.finish()
    Tidy(dovecot, spool).move()
    assert list(dovecot.flags()) == [1]
