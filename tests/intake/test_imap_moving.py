"""Moving away what is done with: only after the commit, only what is ours, and never twice."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.intake.imap.moving import Mover
from mailbot.intake.imap.trouble import ConnectionLost, ImapTrouble
from tests.intake.imap_support import Desk, Spool, mail, open_spool, utc_now
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.scripted_imap import HANG_UP, ScriptedImap

pytestmark = pytest.mark.dovecot

WITHOUT_MOVE = "IMAP4rev1 LITERAL+ UIDPLUS"
WITHOUT_ANYTHING = "IMAP4rev1"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


class Tidy(Desk):
    """A desk that moves what is done with to Done."""

    def __init__(self, server: Dovecot | ScriptedImap, spool: Spool, target: str = "Done") -> None:
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


def numbers(server: Dovecot, folder: str) -> list[int]:
    """The numbers that `mail` put into the subjects of a folder."""
    with server.client() as client:
        client.select_folder(folder, readonly=True)
        answer = client.fetch(client.search("ALL"), ["ENVELOPE"])
    return sorted(int(data[b"ENVELOPE"].subject.split()[-1]) for data in answer.values())


@pytest.mark.parametrize("capability", ["", WITHOUT_MOVE], ids=["MOVE", "COPY and UID EXPUNGE"])
@pytest.mark.parametrize(
    ("direction", "cuts"),
    [
        # From where the folder is open on.
        ("up", range(120, 250, 32)),
        ("down", range(780, 1280, 99)),
        pytest.param("up", range(1, 250, 3), marks=pytest.mark.slow),
        pytest.param("down", range(1, 1280, 11), marks=pytest.mark.slow),
        *(
            pytest.param(direction, range(first, min(first + 128, end)), marks=pytest.mark.proof)
            for direction, end in (("up", 250), ("down", 1280))
            for first in range(1, end, 128)
        ),
    ],
)
def test_a_move_that_is_cut_anywhere_is_made_up_for_by_who_starts_anew(
    start_dovecot: Callable[..., Dovecot], spool: Spool, capability: str, direction: str, cuts: range
) -> None:
    """F4, F5: as after a kill nobody remembers what was asked of the server; what was moved is no new mail."""
    server = start_dovecot(capability=capability)
    begin(server, spool)
    spool.finish()
    last = 3
    for cut in cuts:
        last += 1
        server.append(mail(last))
        Tidy(server, spool).sync()
        spool.finish()
        with Proxy(server.imap_port) as proxy:
            setattr(proxy, f"cut_{direction}_after", cut)
            killed = Tidy(server, spool)
            killed.mailbox = server.rules(port=proxy.port)
            with suppress(ImapTrouble):
                killed.move()
        Tidy(server, spool).move()
    assert spool.count() == last - 1
    assert numbers(server, "INBOX") == [1]
    moved = numbers(server, "Done")
    assert sorted(set(moved)) == list(range(2, last + 1))
    if not capability:
        assert len(moved) == last - 1


def test_a_full_mailbox_gets_no_copies_and_is_tidied_once_there_is_room(
    start_dovecot: Callable[..., Dovecot], spool: Spool
) -> None:
    """F23: the desk of osTicket 5645 filled its mailbox with copies."""
    server = start_dovecot(capability=WITHOUT_MOVE, quota="100K")
    with server.client() as client:
        client.create_folder("Done")
    server.append(mail(1, body="x" * 60_000))
    desk = Tidy(server, spool)
    desk.sync()
    for number in (2, 3):
        server.append(mail(number, body="x" * 15_000))
    desk.sync()
    spool.finish()
    for _ in range(24):
        desk.move()
        desk.late_by += timedelta(hours=1)
    assert numbers(server, "Done") == []
    failures = [entry for entry in desk.log if entry["event"] == "move-failed"]
    assert 20 <= len(failures) <= 24
    assert "quota" in failures[0]["error"].lower()
    with server.client() as client:
        client.select_folder("INBOX")
        client.add_flags([1], [rb"\Deleted"])
        client.expunge([1])
    desk.move()
    assert numbers(server, "Done") == [2, 3]
    assert numbers(server, "INBOX") == []
    assert spool.count() == 2


def begin_scripted(server: ScriptedImap, spool: Spool) -> Tidy:
    """Messages 9 and 10 are ours and done with; moving takes COPY."""
    server.capabilities = "IMAP4rev1 UIDPLUS AUTH=PLAIN"
    # Not before the first contact, or it were history.
    server.dated = "01-Jan-2099 00:00:00 +0000"
    desk = Tidy(server, spool)
    desk.sync()
    server.messages = {9: mail(9), 10: mail(10)}
    desk.sync()
    spool.finish()
    return desk


def copies(server: ScriptedImap) -> list[str]:
    return [said for said in server.said if said.startswith("UID COPY")]


def test_a_server_that_never_says_that_it_has_copied_makes_few_copies(
    scripted_imap: ScriptedImap, spool: Spool
) -> None:
    desk = begin_scripted(scripted_imap, spool)
    scripted_imap.answer = lambda command: HANG_UP if command.startswith("UID COPY") else None
    for _ in range(12):
        desk.late_by += timedelta(hours=1)
        with suppress(ConnectionLost):
            desk.move()
    assert len(copies(scripted_imap)) == 3
    assert desk.events().count("move-given-up") == 1


def test_under_a_new_uidvalidity_nothing_counts_as_copied(scripted_imap: ScriptedImap, spool: Spool) -> None:
    desk = begin_scripted(scripted_imap, spool)
    scripted_imap.answer = lambda command: b"TAG NO not now\r\n" if command.startswith("UID STORE") else None
    desk.move()
    desk.late_by += timedelta(hours=1)
    desk.move()
    assert len(copies(scripted_imap)) == 1
    scripted_imap.uidvalidity = 8
    scripted_imap.messages = {9: mail(19)}
    desk.sync()
    scripted_imap.messages[10] = mail(20)
    desk.sync()
    spool.finish()
    scripted_imap.answer = lambda _: None
    desk.late_by += timedelta(hours=1)
    desk.move()
    assert copies(scripted_imap)[1:] == ['UID COPY 10 "Done"']


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
