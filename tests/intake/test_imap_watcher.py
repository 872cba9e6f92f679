"""The watching threads on a real Dovecot: prompt, patient, and not to be stopped by anything but their owner."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.errors import ConfigError, StoreFull
from mailbot.health import Board
from mailbot.intake import room
from mailbot.intake.imap import connection, watcher
from mailbot.intake.imap.folder import Folder
from mailbot.intake.imap.trouble import ConnectionLost, SignInRefused
from mailbot.intake.imap.watcher import ImapWatcher, Surroundings, watchers
from mailbot.rules import Limits, Mailbox, SignIn
from mailbot.store import cursors
from mailbot.store.cursors import Cursor
from mailbot.store.spool import NewArrival
from tests.intake.imap_support import PARTNER, RULES, Spool, capture, eventually, mail, open_spool, utc_now, watching
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot

WITHOUT_IDLE = "IMAP4rev1 LITERAL+ UIDPLUS MOVE"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


def contacted(spool: Spool, folder: str = "INBOX") -> Callable[[], bool]:
    return lambda: spool.cursor("support", folder) is not None


def test_delivered_mail_is_committed_within_two_seconds(dovecot: Dovecot, spool: Spool) -> None:
    with watching(dovecot.rules(), spool, dovecot.secrets, look_up_seconds=connection._LOOK_UP_SECONDS):
        eventually(contacted(spool))
        for number in (1, 2, 3):
            dovecot.deliver(mail(number))
            eventually(lambda: spool.count() == number, 2)  # noqa: B023 - looked at before the next round
    assert spool.numbers() == [1, 2, 3]


class Meanwhile(Spool):
    """A store during whose commits of mail something else happens, once for each thing given."""

    def __init__(self, spool: Spool, *happening: Callable[[], None]) -> None:
        super().__init__(spool.database)
        self.happening = list(happening)

    def accept(self, batch: Sequence[NewArrival], cursor: Cursor) -> list[int | None]:
        numbers = super().accept(batch, cursor)
        if batch and self.happening:
            self.happening.pop(0)()
        return numbers


@pytest.mark.parametrize("capability", [None, WITHOUT_IDLE], ids=["IDLE", "polling"])
def test_mail_that_comes_while_other_mail_is_fetched_does_not_wait_for_more(
    start_dovecot: Callable[..., Dovecot], spool: Spool, capability: str | None
) -> None:
    server = start_dovecot(capability=capability) if capability else start_dovecot()
    # Two batches: the server announces mail 61 in its answer to the second fetch, long before IDLE begins.
    busy = Meanwhile(spool, lambda: server.append(mail(61)))
    with watching(server.rules(), spool, server.secrets):
        eventually(contacted(spool))
    server.append_all(map(mail, range(1, 61)))
    with watching(server.rules(), busy, server.secrets):
        eventually(lambda: spool.count() == 61)
    assert spool.numbers() == list(range(1, 62))


def test_mail_that_comes_while_the_whole_folder_is_compared_does_not_wait_for_more(
    dovecot: Dovecot, spool: Spool
) -> None:
    busy = Meanwhile(spool, lambda: dovecot.append(mail(2)), lambda: dovecot.append(mail(3)))
    # It is due whenever it is looked at.
    with watching(dovecot.rules(reconcile=timedelta(0)), busy, dovecot.secrets):
        eventually(contacted(spool))
        dovecot.append(mail(1))
        eventually(lambda: spool.count() == 3)
    assert spool.numbers() == [1, 2, 3]


def test_without_idle_the_server_is_asked_now_and_then(start_dovecot: Callable[..., Dovecot], spool: Spool) -> None:
    server = start_dovecot(capability=WITHOUT_IDLE)
    with watching(server.rules(poll=timedelta(seconds=1)), spool, server.secrets):
        eventually(contacted(spool))
        server.deliver(mail(1))
        eventually(lambda: spool.count() == 1, 3)


def test_several_folders_junk_and_mailboxes(dovecot: Dovecot, spool: Spool) -> None:
    with dovecot.client() as client:
        for folder in ("Voice", "Junk"):
            client.create_folder(folder)
    sales = dovecot.rules(f"sales-{dovecot.user}", id="sales")
    support = dovecot.rules(folders=("INBOX", "Voice"), junk="Junk")
    with watching(support, spool, dovecot.secrets), watching(sales, spool, dovecot.secrets):
        for mailbox, folder in (("support", "INBOX"), ("support", "Voice"), ("support", "Junk"), ("sales", "INBOX")):
            eventually(lambda: spool.cursor(mailbox, folder) is not None)  # noqa: B023
        dovecot.append(mail(1))
        dovecot.append(mail(2), "Voice")
        dovecot.append(mail(3), "Junk")
        dovecot.append(mail(4, sender="win@prizes.example"), "Junk")
        dovecot.append(mail(5), user=f"sales-{dovecot.user}")
        eventually(lambda: spool.count() == 4)
    came = {(row.number, row.mailbox, row.folder, row.junk) for row in spool.rows()}
    assert came == {
        (1, "support", "INBOX", False),
        (2, "support", "Voice", False),
        (3, "support", "Junk", True),
        (5, "sales", "INBOX", False),
    }


def test_a_restart_of_the_server_is_noticed_and_survived(dovecot: Dovecot, spool: Spool) -> None:
    board = Board(utc_now)
    with watching(dovecot.rules(), spool, dovecot.secrets, part=board.part) as log:
        eventually(contacted(spool))
        dovecot.append(mail(1))
        eventually(lambda: spool.count() == 1)
        [part] = board.states()
        assert (part.name, part.is_well) == ("imap support/INBOX", True)
        dovecot.stop()
        eventually(lambda: "refuses connections" in board.states()[0].trouble)
        assert "check `port`" in board.states()[0].next_step
        assert not board.overdue(), "who waits for a server lives"
        dovecot.start()
        dovecot.append(mail(2))
        eventually(lambda: spool.count() == 2, 8)
        eventually(lambda: board.states()[0].is_well, 1)
    assert spool.numbers() == [1, 2]
    assert "mailbox-well" in [entry["event"] for entry in log]


def test_a_server_that_dies_in_the_middle_of_a_backlog_loses_and_doubles_nothing(
    dovecot: Dovecot, spool: Spool
) -> None:
    """F18."""
    with watching(dovecot.rules(), spool, dovecot.secrets):
        eventually(contacted(spool))
    dovecot.append_all(mail(number) + b"x" * 20_000 for number in range(1, 401))
    with watching(dovecot.rules(), spool, dovecot.secrets):
        for reached in (50, 200):
            eventually(lambda: spool.count() >= reached)  # noqa: B023
            dovecot.kill()
            dovecot.start()
        eventually(lambda: spool.count() >= 400, 15)
    assert spool.numbers() == list(range(1, 401))


def test_a_wrong_password_is_told_once_in_plain_words_and_not_repeated_fast(
    dovecot: Dovecot, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_SIGN_IN_PAUSE_SECONDS", 0.5)
    before = dovecot.log().count("auth failed")
    began = time.monotonic()
    with watching(dovecot.rules(), spool, lambda _: "wrong") as log:
        eventually(lambda: dovecot.log().count("auth failed") >= before + 2)
        assert time.monotonic() - began >= 0.5
    [entry] = log
    assert entry["log_level"] == "error"
    assert (
        entry["error"] == f"127.0.0.1 refuses to sign in {dovecot.user}: [AUTHENTICATIONFAILED] Authentication failed."
    )
    assert entry["next_step"] == "check `user`, and that its password or token is the one of this mailbox"


def test_a_secret_that_is_not_to_be_had_is_told(dovecot: Dovecot, spool: Spool) -> None:
    def secrets(_: object) -> str:
        raise FileNotFoundError(2, "No such file or directory", "/run/secrets/imap")

    with watching(dovecot.rules(), spool, secrets) as log:
        eventually(lambda: len(log) > 0)
    assert "/run/secrets/imap" in log[0]["error"]


class FullForAWhile(Spool):
    """A store that fails twice."""

    failures = 2

    def accept(self, batch: Sequence[NewArrival], cursor: Cursor) -> list[int | None]:
        if batch and self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        return super().accept(batch, cursor)


def test_a_full_disk_only_delays(dovecot: Dovecot, spool: Spool) -> None:
    full = FullForAWhile(spool.database)
    with watching(dovecot.rules(), full, dovecot.secrets) as log:
        eventually(contacted(spool))
        dovecot.append(mail(1))
        eventually(lambda: bool(log) and "No space left" in str(log[-1].get("error")))
        eventually(lambda: spool.count() == 1, 10)
        eventually(lambda: "mailbox-well" in [entry["event"] for entry in log])
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert cursor.error == ""


def test_what_goes_wrong_stands_with_the_folder_until_it_is_over(dovecot: Dovecot, spool: Spool) -> None:
    def error() -> str:
        cursor = spool.cursor("support", "INBOX")
        return cursor.error if cursor else ""

    with watching(dovecot.rules(), spool, dovecot.secrets):
        eventually(contacted(spool))
        dovecot.stop()
        eventually(lambda: "refuses connections" in error())
        dovecot.start()
        eventually(lambda: error() == "", 10)


def test_that_a_folder_is_watched_is_on_record(dovecot: Dovecot, spool: Spool) -> None:
    def gaps(start_at: datetime, end_at: datetime) -> tuple[cursors.Gap, ...]:
        with spool.database.read() as conn:
            return cursors.watch_gaps(conn, PARTNER, "support/INBOX", start_at, end_at)

    def watched() -> tuple[str, ...]:
        with spool.database.read() as conn:
            return cursors.watched_mailboxes(conn, PARTNER)

    began = utc_now()
    with watching(dovecot.rules(), spool, dovecot.secrets, idle_seconds=1.0):
        eventually(lambda: watched() == ("support/INBOX",))
        first_at = utc_now()
        eventually(lambda: gaps(first_at, first_at + timedelta(seconds=1)) == ())
    assert gaps(began - timedelta(hours=1), began) != ()


def test_what_is_done_with_moves_while_the_folder_is_quiet(dovecot: Dovecot, spool: Spool) -> None:
    with dovecot.client() as client:
        client.create_folder("Done")
    with watching(dovecot.rules(move_to="Done"), spool, dovecot.secrets):
        eventually(contacted(spool))
        dovecot.append(mail(1))
        eventually(lambda: spool.count() == 1)
        spool.finish()
        eventually(lambda: len(dovecot.flags("Done")) == 1, 8)
    assert dovecot.flags() == {}


def test_since_is_a_day_of_the_partner(dovecot: Dovecot, spool: Spool) -> None:
    rules = RULES.model_copy(
        update={"partner": RULES.partner.model_copy(update={"zone": ZoneInfo("Pacific/Auckland")})}
    )
    stop = threading.Event()
    around = Surroundings(now=utc_now, stop=stop, secrets=dovecot.secrets, log=capture()[0])
    [watcher] = watchers(dovecot.rules(), rules, spool, around, since=date(2026, 1, 10))
    since = watcher._folder.since
    assert since
    assert since.astimezone(UTC) == datetime(2026, 1, 9, 11, tzinfo=UTC)


PAUSES = [
    (ConnectionLost("gone"), 1, 0.5),
    (ConnectionLost("gone"), 2, 1.0),
    (ConnectionLost("gone"), 9, 128.0),
    (ConnectionLost("gone"), 10, 256.0),
    (ConnectionLost("gone"), 11, 300.0),
    (ConnectionLost("gone"), 100_000, 300.0),
    # Servers lock accounts after a few wrong passwords
    (SignInRefused("no"), 1, 30.0),
    (SignInRefused("no"), 5, 480.0),
    (SignInRefused("no"), 6, 900.0),
    (RuntimeError("a bug"), 1, 0.5),
    (StoreFull("the disk is full"), 100, 30.0),
]


@pytest.mark.parametrize(("error", "failures", "seconds"), PAUSES)
def test_pauses_grow(error: Exception, failures: int, seconds: float) -> None:
    for jitter, factor in ((0.0, 0.75), (0.5, 1.0), (1.0, 1.25)):
        watcher = idle_watcher(lambda: jitter)  # noqa: B023
        watcher._failures = failures
        assert watcher.pause_seconds(error) == pytest.approx(seconds * factor)


def idle_watcher(jitter: Callable[[], float]) -> ImapWatcher:
    mailbox = Mailbox(host="imap.example.com", sign_in=SignIn(user="support@example.com"))
    around = Surroundings(utc_now, threading.Event(), lambda _: "", capture()[0], jitter)
    nowhere: Spool = None  # type: ignore[assignment]
    return ImapWatcher(mailbox, Folder("support", "INBOX", 1000, timedelta(hours=6)), nowhere, around)


@pytest.mark.parametrize("host", ["imap.example.com", "192.0.2.7", "localhost.example.com"])
def test_without_tls_only_this_machine_is_watched(host: str) -> None:
    mailbox = Mailbox(host=host, tls="none", sign_in=SignIn(user="support@example.com"))
    around = Surroundings(utc_now, threading.Event(), lambda _: "", capture()[0])
    with pytest.raises(ConfigError, match="in the clear"):
        watchers(mailbox, RULES, Spool.__new__(Spool), around)


def test_a_connection_that_a_router_forgot_is_noticed_in_two_and_a_half_minutes() -> None:
    """What the tests below show with shorter times: F15, F16."""
    assert watcher.IDLE_SECONDS + connection.DONE_SECONDS <= 150
    # Some servers end IDLE after five minutes.
    assert watcher.IDLE_SECONDS <= 300 / 2


@pytest.mark.parametrize("quick", ["READ_SECONDS", "DONE_SECONDS"])
def test_a_connection_that_fell_silent_is_noticed_when_idle_is_renewed(
    dovecot: Dovecot, spool: Spool, monkeypatch: pytest.MonkeyPatch, quick: str
) -> None:
    """F15."""
    monkeypatch.setattr(connection, quick, 0.5)
    with (
        Proxy(dovecot.imap_port) as proxy,
        watching(dovecot.rules(port=proxy.port), spool, dovecot.secrets, idle_seconds=1.0) as log,
    ):
        eventually(lambda: proxy.down.endswith(b"+ idling\r\n"))
        proxy.forget()
        dovecot.append(mail(1))
        # Up to 1 s of IDLE, 0.5 s for the answer to DONE, 0.5 s of pause, and the way back.
        eventually(lambda: spool.count() == 1, 4)
    told = [str(entry["error"]) for entry in log if "error" in entry]
    assert len(told) == 1
    assert "the end of IDLE" in told[0]


def test_a_connection_that_falls_silent_in_the_middle_of_a_body_is_given_up(
    dovecot: Dovecot, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15."""
    with watching(dovecot.rules(), spool, dovecot.secrets):
        eventually(contacted(spool))
    dovecot.append_all(mail(number) + b"x" * 20_000 for number in range(1, 101))
    monkeypatch.setattr(connection, "READ_SECONDS", 0.5)
    with (
        Proxy(dovecot.imap_port, swallow_down_after=1_500_000, faulty=1) as proxy,
        watching(dovecot.rules(port=proxy.port), spool, dovecot.secrets) as log,
    ):
        eventually(lambda: spool.count() == 100, 8)
    assert spool.numbers() == list(range(1, 101))
    assert "the server fell silent during FETCH" in [entry.get("error") for entry in log]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_mail_that_comes_while_idle_is_renewed_is_missed_by_nobody(dovecot: Dovecot, spool: Spool, seed: int) -> None:
    """F16."""
    chance = random.Random(seed)
    slowest = 0.0
    with watching(dovecot.rules(), spool, dovecot.secrets, idle_seconds=0.15), dovecot.client() as client:
        eventually(contacted(spool))
        for number in range(1, 31):
            time.sleep(chance.uniform(0, 0.15))
            client.append("INBOX", mail(number))
            slowest = max(slowest, eventually(lambda: spool.count() == number))  # noqa: B023 - looked at in the round
    assert spool.numbers() == list(range(1, 31))
    assert slowest < 10


def test_a_folder_that_is_deleted_and_made_anew_while_it_is_watched_is_read_on(dovecot: Dovecot, spool: Spool) -> None:
    """F21."""
    dovecot.append(mail(1), "Voice")
    with watching(dovecot.rules(folders=("Voice",)), spool, dovecot.secrets, idle_seconds=0.5):
        eventually(contacted(spool, "Voice"))
        dovecot.append(mail(2), "Voice")
        eventually(lambda: spool.count() == 1)
        with dovecot.client() as client:
            client.delete_folder("Voice")
            client.create_folder("Voice")
        for number in (3, 4):
            dovecot.append(mail(number), "Voice")
        eventually(lambda: spool.count() == 3, 8)
    assert spool.numbers() == [2, 3, 4]
    assert len({row.uidvalidity for row in spool.rows()}) == 2


@pytest.mark.parametrize("capability", ["IMAP4rev1", "IMAP4rev1 UIDPLUS", "IMAP4rev1 IDLE", "IMAP4rev1 IDLE MOVE"])
def test_a_server_that_can_do_little_keeps_the_same_promises(
    start_dovecot: Callable[..., Dovecot], spool: Spool, capability: str
) -> None:
    """F25."""
    server = start_dovecot(capability=capability)
    with server.client() as client:
        client.create_folder("Done")
    server.append(mail(1))
    rules = server.rules(poll=timedelta(seconds=1), move_to="Done")
    with watching(rules, spool, server.secrets):
        eventually(contacted(spool))
        server.append_all(map(mail, range(2, 62)))
        eventually(lambda: spool.count() == 60)
        spool.finish()
        moves = "MOVE" in capability or "UIDPLUS" in capability
        eventually(lambda: len(server.flags("Done")) == (60 if moves else 0), 8)
        server.append(mail(62))
        eventually(lambda: spool.count() == 61)
    assert spool.numbers() == [62]
    # Nothing was lost or doubled, and nothing read or marked.
    everywhere = [*server.flags().values(), *server.flags("Done").values()]
    assert everywhere == [()] * 62


def test_while_there_is_no_room_nothing_is_fetched_and_then_it_is(
    dovecot: Dovecot, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "LOOK_AGAIN", timedelta(seconds=0.1))
    monkeypatch.setattr(room, "_COUNT_SECONDS", 0)
    narrow = Spool(spool.database, limits=Limits(waiting_messages=3))
    with Proxy(dovecot.imap_port) as proxy, watching(dovecot.rules(port=proxy.port), narrow, dovecot.secrets) as log:
        eventually(contacted(spool))
        for number in range(1, 6):
            dovecot.append(mail(number))
            eventually(lambda: spool.count() == min(number, 3))  # noqa: B023 - looked at before the next round
        looked = proxy.up.count(b"EXAMINE")
        eventually(lambda: proxy.up.count(b"EXAMINE") >= looked + 3)
        assert spool.count() == 3
        spool.finish()
        eventually(lambda: spool.count() == 5, 2)
        assert spool.numbers() == [4, 5]
        assert proxy.connections == 1
    assert [entry for entry in log if entry["log_level"] == "error"] == []
