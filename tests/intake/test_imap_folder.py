"""What is taken from a folder on a real Dovecot, step by step: everything once, and nothing is left changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from mailbot.intake.imap import watcher
from mailbot.intake.imap.connection import Connection, Found
from mailbot.intake.imap.trouble import ConnectionLost, ImapTrouble
from mailbot.store.cursors import Cursor
from mailbot.store.spool import NewArrival
from tests.intake.imap_support import RULES, Desk, Spool, mail, open_spool, utc_now
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot

LONG_AGO = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


def test_first_contact_starts_at_now(dovecot: Dovecot, spool: Spool) -> None:
    for number in (1, 2):
        dovecot.append(mail(number))
    desk = Desk(dovecot, spool)
    desk.sync()
    dovecot.append(mail(3))
    desk.sync()
    assert spool.numbers() == [3]


def test_first_contact_with_an_empty_folder_takes_the_first_mail(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool)
    desk.sync()
    dovecot.append(mail(1))
    desk.sync()
    assert [(row.number, row.history) for row in spool.rows()] == [(1, False)]


def test_mail_from_before_first_contact_that_somebody_moves_back_is_history(dovecot: Dovecot, spool: Spool) -> None:
    dovecot.append(mail(1), msg_time=LONG_AGO)
    dovecot.append(mail(2), msg_time=utc_now() - timedelta(hours=2))
    desk = Desk(dovecot, spool)
    desk.sync()
    with dovecot.client() as client:
        client.create_folder("Done")
        client.select_folder("INBOX")
        client.move([1, 2], "Done")
    desk.sync()
    with dovecot.client() as client:
        client.select_folder("Done")
        client.move(client.search("ALL"), "INBOX")
    # The server's clock may be somewhat behind ours: that makes no new mail old.
    dovecot.append(mail(3), msg_time=utc_now() - timedelta(minutes=2))
    dovecot.append(mail(4))
    desk.sync()
    assert [(row.number, row.history) for row in spool.rows()] == [(1, True), (2, True), (3, False), (4, False)]
    assert spool.rows()[0].received_at == LONG_AGO


def test_octets_and_arrival_time_are_kept_as_the_server_has_them(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool)
    desk.sync()
    raw = mail(1, body="Grüße, naïve café") + b"8-bit \xff\xfe and a dot\r\n.\r\nend\r\n"
    dovecot.append(raw, msg_time=datetime(2026, 3, 29, 2, 30, tzinfo=UTC))
    desk.sync()
    [row] = spool.rows()
    assert row.raw == raw
    assert row.received_at == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


def test_since_takes_older_mail_as_history_and_new_mail_as_new(dovecot: Dovecot, spool: Spool) -> None:
    since = datetime(2026, 5, 1, tzinfo=UTC)
    for number, day in ((1, since - timedelta(seconds=1)), (2, since), (3, since + timedelta(days=40))):
        dovecot.append(mail(number), msg_time=day)
    desk = Desk(dovecot, spool, since=since)
    desk.sync()
    assert spool.numbers() == []
    dovecot.append(mail(4))
    desk.reconcile()
    assert {row.number: row.history for row in spool.rows()} == {2: True, 3: True, 4: False}


def test_since_can_be_asked_for_later_and_goes_on_after_an_interruption(dovecot: Dovecot, spool: Spool) -> None:
    dovecot.append_all(map(mail, range(1, 121)), msg_time=LONG_AGO)
    Desk(dovecot, spool).sync()
    desk = Desk(dovecot, Interrupted(spool, after_batches=2), since=LONG_AGO - timedelta(days=1))
    with pytest.raises(OSError, match="full"):
        desk.reconcile()
    half = spool.count()
    again = Desk(dovecot, spool)
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert again.reader.reconcile_due(cursor)
    again.reconcile()
    assert 0 < half < 120
    assert sorted(spool.numbers()) == list(range(1, 121))
    assert all(row.history for row in spool.rows())


class Interrupted(Spool):
    """A store whose disk is full after some batches with mail in them."""

    def __init__(self, spool: Spool, after_batches: int) -> None:
        super().__init__(spool.database)
        self.left = after_batches

    def accept(self, batch: Sequence[NewArrival], cursor: Cursor) -> list[int | None]:
        if batch:
            self.left -= 1
        if self.left < 0:
            raise OSError(28, "the disk is full")
        return super().accept(batch, cursor)


def test_when_the_store_fails_the_cursor_stays_and_nothing_is_lost(dovecot: Dovecot, spool: Spool) -> None:
    Desk(dovecot, spool).sync()
    dovecot.append_all(map(mail, range(1, 121)))
    with pytest.raises(OSError, match="full"):
        Desk(dovecot, Interrupted(spool, after_batches=1)).sync()
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert (spool.count(), cursor.last_uid) == (50, 50)
    Desk(dovecot, spool).sync()
    assert spool.numbers() == list(range(1, 121))


def test_a_batch_that_the_database_refuses_moves_the_cursor_not_at_all(dovecot: Dovecot, spool: Spool) -> None:
    Desk(dovecot, spool).sync()
    dovecot.append_all(map(mail, range(1, 6)))
    write = spool.database.writer.write
    refusing = "CREATE TRIGGER refusing BEFORE INSERT ON arrival WHEN NEW.uid = 5 BEGIN SELECT RAISE(ABORT, 'no'); END"
    write(lambda conn: conn.exec_driver_sql(refusing))
    with pytest.raises(IntegrityError):
        Desk(dovecot, spool).sync()
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert (spool.count(), cursor.last_uid) == (0, 0)
    write(lambda conn: conn.exec_driver_sql("DROP TRIGGER refusing"))
    Desk(dovecot, spool).sync()
    assert spool.numbers() == list(range(1, 6))


class Counting(Spool):
    """Notes how much mail came in each transaction."""

    def __init__(self, spool: Spool) -> None:
        super().__init__(spool.database)
        self.batches: list[list[int]] = []

    def accept(self, batch: Sequence[NewArrival], cursor: Cursor) -> list[int | None]:
        if batch:
            self.batches.append([len(new.raw) for new in batch])
        return super().accept(batch, cursor)


def test_500_messages_come_in_batches_and_in_order(dovecot: Dovecot, spool: Spool) -> None:
    Desk(dovecot, spool).sync()
    dovecot.append_all(map(mail, range(1, 501)))
    counting = Counting(spool)
    Desk(dovecot, counting).sync()
    assert [len(batch) for batch in counting.batches] == [50] * 10
    assert spool.numbers() == list(range(1, 501))


class Narrow(Spool):
    """A store that has room for that many messages."""

    def __init__(self, spool: Spool, messages: int) -> None:
        super().__init__(spool.database)
        self.messages = messages

    def has_room(self, octets: int) -> bool:
        assert octets > 0
        return self.count() < self.messages


def test_without_room_the_cursor_stays_and_no_comparison_counts_as_made(dovecot: Dovecot, spool: Spool) -> None:
    dovecot.append_all(map(mail, range(1, 121)))
    narrow = Narrow(spool, 100)
    desk = Desk(dovecot, narrow, since=utc_now() - timedelta(days=1))
    desk.sync()
    dovecot.append_all(map(mail, range(121, 181)))
    desk.reconcile()
    waits = desk.reader.waits_for_room
    assert (spool.count(), waits) == (110, True)
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert desk.reader.reconcile_due(cursor)
    narrow.messages = 1000
    desk.reconcile()
    waits = desk.reader.waits_for_room
    assert not waits
    assert sorted(spool.numbers()) == list(range(1, 181))


def test_large_messages_come_in_batches_of_8_mib(dovecot: Dovecot, spool: Spool) -> None:
    Desk(dovecot, spool).sync()
    for number in range(1, 6):
        dovecot.append(mail(number) + (b"x" * 70 + b"\r\n") * 43_000)  # 3.1 MB
    counting = Counting(spool)
    Desk(dovecot, counting).sync()
    assert [len(batch) for batch in counting.batches] == [2, 2, 1]


def test_mail_beyond_the_limit_comes_as_its_header_section_and_stays(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool, limit_octets=50_000)
    desk.sync()
    dovecot.append(mail(1))
    large = mail(2) + b"y" * 60_000 + b"\r\n"
    dovecot.append(large)
    dovecot.append(mail(3))
    desk.sync()
    assert [(row.number, row.oversize) for row in spool.rows()] == [(1, 0), (2, len(large)), (3, 0)]
    assert spool.rows()[1].raw == large.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert len(dovecot.flags()) == 3


def test_in_junk_only_mail_from_listed_tenants_is_taken(dovecot: Dovecot, spool: Spool) -> None:
    def listed(fields: bytes) -> bool:
        return watcher.is_from_listed(fields, RULES)

    dovecot.append(mail(1), "Junk")
    desk = Desk(dovecot, spool, name="Junk", listed=listed)
    desk.sync()
    for number, sender in ((2, "win@prizes.example"), (3, "Ann@OAKFIELD.example"), (4, "x@not-oakfield.example")):
        dovecot.append(mail(number, sender=sender), "Junk")
    desk.sync()
    assert [(row.number, row.junk) for row in spool.rows()] == [(3, True)]
    desk.reconcile()
    assert spool.numbers() == [3]


FROM_FIELDS = [
    (b"From: ann@oakfield.example\r\n\r\n", True),
    # The tenant's address only as a display name
    (b'From: "ann@oakfield.example" <win@prizes.example>\r\n\r\n', False),
    # Folded by an Exchange server
    (b"From: Ann Reed\r\n <ann@oakfield.example>\r\n\r\n", True),
    (b"From: =?utf-8?q?Ann?= <ann@oakfield.example>\r\n\r\n", True),
    (b"From: win@prizes.example, ann@oakfield.example\r\n\r\n", True),
    (b"From:\r\n\r\n", False),
    (b"\r\n", False),
    (b"", False),
    (b"From: \xff\xfe\r\n\r\n", False),
]


@pytest.mark.parametrize(("fields", "taken"), FROM_FIELDS)
def test_whose_junk_is_taken(fields: bytes, taken: bool) -> None:  # noqa: FBT001
    assert watcher.is_from_listed(fields, RULES) is taken


def test_mail_that_somebody_read_or_starred_is_taken_once(dovecot: Dovecot, spool: Spool) -> None:
    """F20."""
    desk = Desk(dovecot, spool)
    desk.sync()
    dovecot.append(mail(1))
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.add_flags([1], [rb"\Seen", rb"\Flagged", "$Label1"])
    desk.sync()
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.remove_flags([1], [rb"\Seen"])
    desk.sync()
    desk.reconcile()
    assert spool.numbers() == [1]


def test_the_mailbox_is_left_as_it_was_found(dovecot: Dovecot, spool: Spool) -> None:
    for number, flags in ((1, []), (2, [rb"\Seen"]), (3, [rb"\Flagged", rb"\Answered"])):
        dovecot.append(mail(number), flags=flags)
    desk = Desk(dovecot, spool, since=utc_now() - timedelta(days=1), limit_octets=50_000)
    desk.sync()
    dovecot.append(mail(4), flags=[rb"\Seen"])
    dovecot.append(mail(5))
    dovecot.append(mail(6) + b"z" * 60_000)
    before = dovecot.flags()
    desk.reconcile()
    assert sorted(spool.numbers()) == [1, 2, 3, 4, 5, 6]
    assert dovecot.flags() == before
    with dovecot.client() as client:
        # Not even \Recent was used up: the person's own program is the first to be told of these.
        assert client.select_folder("INBOX")[b"RECENT"] == 6


def expunging(server: Dovecot, uid: int) -> Callable[[Connection], None]:
    """Make a person delete that message between the look at its size and the fetch of its body."""

    def arm(connection: Connection) -> None:
        look = connection.find

        def find(uids: Sequence[int]) -> list[Found]:
            found = look(uids)
            with server.client() as client:
                client.select_folder("INBOX")
                client.add_flags([uid], [rb"\Deleted"])
                client.expunge([uid])
            return found

        connection.find = find  # type: ignore[assignment,method-assign]

    return arm


def test_a_message_deleted_meanwhile_is_skipped_and_the_rest_goes_on(dovecot: Dovecot, spool: Spool) -> None:
    """F19."""
    desk = Desk(dovecot, spool)
    desk.sync()
    for number in (1, 2, 3):
        dovecot.append(mail(number))
    with desk.connection() as connection:
        expunging(dovecot, 2)(connection)
        desk.reader.sync(connection)
    desk.sync()
    assert spool.numbers() == [1, 3]
    assert "message-gone" in desk.events()


def test_the_last_message_deleted_meanwhile_is_not_asked_for_again(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool)
    desk.sync()
    dovecot.append(mail(1))
    with desk.connection() as connection:
        expunging(dovecot, 1)(connection)
        desk.reader.sync(connection)
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert cursor.last_uid == 1
    dovecot.append(mail(2))
    desk.sync()
    assert spool.numbers() == [2]


def test_a_new_uidvalidity_brings_back_everything_since_first_contact_and_nothing_before(
    dovecot: Dovecot, spool: Spool
) -> None:
    """F21."""
    dovecot.append(mail(1), msg_time=LONG_AGO)
    desk = Desk(dovecot, spool)
    desk.sync()
    dovecot.append(mail(2))
    desk.sync()
    dovecot.append(mail(3))
    dovecot.renumber()
    dovecot.append(mail(4))
    desk.sync()
    desk.reconcile()
    dovecot.append(mail(5))
    desk.sync()
    rows = spool.rows()
    # 2 comes a second time, octet for octet: processing recognises it by its content.
    assert sorted(row.number for row in rows) == [2, 2, 3, 4, 5]
    assert not any(row.history for row in rows)
    twice = [row.raw for row in rows if row.number == 2]
    assert twice[0] == twice[1]
    desk.reconcile()
    assert spool.count() == 5


def test_after_a_new_uidvalidity_history_is_still_history(dovecot: Dovecot, spool: Spool) -> None:
    dovecot.append(mail(1), msg_time=LONG_AGO)
    desk = Desk(dovecot, spool, since=LONG_AGO - timedelta(days=1))
    desk.sync()
    desk.reconcile()
    dovecot.renumber()
    desk.reconcile()
    assert [(row.number, row.history) for row in spool.rows()] == [(1, True), (1, True)]


def test_a_folder_deleted_and_made_anew_is_read_on(dovecot: Dovecot, spool: Spool) -> None:
    """F21."""
    dovecot.append(mail(1), "Support")
    desk = Desk(dovecot, spool, name="Support")
    desk.sync()
    with dovecot.client() as client:
        client.delete_folder("Support")
    dovecot.append(mail(2), "Support")
    desk.sync()
    desk.reconcile()
    assert spool.numbers() == [2]


def test_old_mail_that_a_migration_dated_anew_becomes_history(dovecot: Dovecot, spool: Spool) -> None:
    dovecot.append(mail(1), "Support")
    desk = Desk(dovecot, spool, name="Support")
    desk.sync()
    with dovecot.client() as client:
        client.delete_folder("Support")
    old = "Received: from mx.example.net by mail.example.com;\r\n Thu, 1 Oct 2026 08:00:00 +0200 (CEST)"
    new = f"Received: from mx.example.net by mail.example.com; {utc_now():%a, %d %b %Y %H:%M:%S +0000}"
    # All are dated now, as by a copy that does not keep INTERNALDATE.
    dovecot.append(mail(2, fields=old), "Support")
    dovecot.append(mail(3, fields=new), "Support")
    dovecot.append(mail(4, fields="Received: who knows when"), "Support")
    desk.sync()
    desk.reconcile()
    assert {row.number: row.history for row in spool.rows()} == {2: True, 3: False, 4: False}


def test_what_was_missed_is_found_by_comparing_the_whole_folder(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool)
    desk.sync()
    for number in (1, 2, 3):
        dovecot.append(mail(number))
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    # As after a server that handed out UIDs out of order.
    spool.accept([], replace(cursor, last_uid=2))
    desk.sync()
    assert spool.numbers() == [3]
    desk.reconcile()
    assert spool.numbers() == [3, 1, 2]
    desk.reconcile()
    assert spool.count() == 3


def test_a_message_that_dovecot_cannot_read_blocks_nobody_and_comes_when_it_can(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool)
    desk.sync()
    dovecot.append_all(map(mail, range(1, 6)))
    [damaged] = [path for path in dovecot.maildir().glob("*/*") if path.is_file() and b"tone 3" in path.read_bytes()]
    damaged.chmod(0)
    lost = 0
    while spool.count() < 4 and lost < 10:
        try:
            desk.sync()
        except ConnectionLost:
            lost += 1
    assert spool.numbers() == [1, 2, 4, 5]
    damaged.chmod(0o600)
    desk.reconcile()
    desk.reconcile()
    assert sorted(spool.numbers()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("step", [149, pytest.param(1, marks=pytest.mark.slow)])
def test_a_connection_cut_anywhere_loses_and_doubles_nothing(
    dovecot: Dovecot, spool: Spool, direction: str, step: int
) -> None:
    Desk(dovecot, spool).sync()
    cuts = 0
    with Proxy(dovecot.imap_port) as proxy:

        def session() -> None:
            desk = Desk(dovecot, spool)
            desk.mailbox = dovecot.rules(port=proxy.port)
            desk.sync()

        dovecot.append_all(map(mail, range(1, 4)))
        session()
        whole = len(getattr(proxy, direction))
        dovecot.append_all(map(mail, range(4, 7)))
        # New mail keeps coming until a session that takes some has been cut all over.
        for allowance in range(1, whole, step):
            setattr(proxy, f"cut_{direction}_after", allowance)
            try:
                session()
            except ImapTrouble:
                cuts += 1
            else:
                dovecot.append(mail(100 + allowance))
    assert cuts > whole / step / 2
    Desk(dovecot, spool).sync()
    with dovecot.client() as client:
        client.select_folder("INBOX", readonly=True)
        there = client.search("ALL")
    assert [row.uid for row in spool.rows()] == sorted(there)
    assert all(row.raw == mail_as_stored(dovecot, row.uid) for row in spool.rows())


def test_answers_that_come_octet_by_octet_are_the_same(dovecot: Dovecot, spool: Spool) -> None:
    """F22: literals and lines are split wherever the network likes."""
    Desk(dovecot, spool).sync()
    dovecot.append_all(mail(number, body="}\r\n{9}\r\n)\r\n* 1 EXPUNGE\r\n(") for number in range(1, 4))
    with Proxy(dovecot.imap_port, trickle=(1, 0.0001)) as proxy:
        desk = Desk(dovecot, spool)
        desk.mailbox = dovecot.rules(port=proxy.port)
        desk.sync()
    assert spool.numbers() == [1, 2, 3]
    assert all(row.raw == mail_as_stored(dovecot, row.uid) for row in spool.rows())


def mail_as_stored(server: Dovecot, uid: int) -> bytes:
    with server.client() as client:
        client.select_folder("INBOX", readonly=True)
        raw: bytes = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    return raw


def test_comparing_is_due_by_the_clock(dovecot: Dovecot, spool: Spool) -> None:
    desk = Desk(dovecot, spool, reconcile_every=timedelta(hours=6))
    desk.sync()
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert not desk.reader.reconcile_due(cursor)
    assert desk.reader.reconcile_due(replace(cursor, reconciled_at=utc_now() - timedelta(hours=6)))
