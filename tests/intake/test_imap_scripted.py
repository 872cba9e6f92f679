"""Servers that are slow, sloppy or broken: whatever they say, no mail is lost and nothing spins."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.intake.imap import connection, watcher
from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.folder import FolderReader
from mailbot.intake.imap.trouble import ConnectionLost, ImapTrouble, SignInRefused
from mailbot.rules import Secret, SignIn
from tests.intake.imap_support import Desk, Spool, eventually, mail, open_spool, utc_now, watching
from tests.servers.scripted_imap import HANG_UP, ScriptedImap


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


@pytest.fixture
def server(scripted_imap: ScriptedImap, spool: Spool) -> ScriptedImap:
    """A server whose empty folder we know, and which then got the messages 9 to 13."""
    Desk(scripted_imap, spool).sync()
    scripted_imap.messages = {uid: mail(uid) for uid in range(9, 14)}
    scripted_imap.uidnext = "14"
    return scripted_imap


def only(prefix: str, answer: Callable[[str], bytes | None]) -> Callable[[str], bytes | None]:
    return lambda command: answer(command) if command.startswith(prefix) else None


def is_body(command: str) -> bool:
    return command.startswith("UID FETCH") and "BODY.PEEK[]" in command


def test_answers_out_of_order_with_news_in_between(server: ScriptedImap, spool: Spool) -> None:
    """F22."""

    def answer(command: str) -> bytes | None:
        if not is_body(command):
            return None
        lines = [server.line(uid, command) for uid in (12, 9, 13, 10, 11)]
        # Another client stars message 3 and removes nothing; a message arrives.
        lines.insert(2, b"* 3 FETCH (FLAGS (\\Flagged))\r\n* 6 EXISTS\r\n* OK still here\r\n")
        return b"".join(lines)

    server.answer = answer
    Desk(server, spool).sync()
    assert spool.numbers() == [9, 10, 11, 12, 13]


def test_a_message_whose_size_is_left_out_or_refused_is_fetched_all_the_same(
    server: ScriptedImap, spool: Spool
) -> None:
    def answer(command: str) -> bytes | None:
        if "RFC822.SIZE" not in command or "12" not in command.split()[2].split(","):
            return None
        several = "," in command.split()[2]
        return b"".join(server.line(uid, command) for uid in (9, 11, 13)) if several else b"TAG NO size unknown\r\n"

    server.answer = answer
    Desk(server, spool).sync()
    assert spool.numbers() == [9, 10, 11, 12, 13]


def test_sizes_that_are_refused_together_are_asked_for_one_by_one(server: ScriptedImap, spool: Spool) -> None:
    def answer(command: str) -> bytes | None:
        named = "RFC822.SIZE" in command and "12" in command.split()[2].split(",")
        return b"TAG NO a message is damaged\r\n" if named else None

    server.answer = answer
    Desk(server, spool).sync()
    assert spool.numbers() == [9, 10, 11, 12, 13]


def test_a_folder_that_is_missing_is_told_with_where_to_look(scripted_imap: ScriptedImap, spool: Spool) -> None:
    scripted_imap.answer = only("EXAMINE", lambda _: b"TAG NO [NONEXISTENT] Mailbox doesn't exist\r\n")
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets) as log:
        eventually(lambda: bool(log))
    assert "opening the folder INBOX" in log[0]["error"]
    assert "Mailbox doesn't exist" in log[0]["error"]
    assert "mailbot check --connect" in log[0]["next_step"]


def test_a_lasting_failure_to_connect_is_an_error_even_if_the_first_one_was_not(
    scripted_imap: ScriptedImap, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_FIRST_PAUSE_SECONDS", 0.05)
    failures = []

    def jitter() -> float:
        failures.append(True)
        return 0.5

    scripted_imap.close()
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets, jitter=jitter) as log:
        eventually(lambda: len(failures) >= 4)
    assert [entry["log_level"] for entry in log] == ["info", "error"]
    assert "refuses connections" in log[1]["error"]


def test_a_message_left_out_of_an_answer_is_asked_for_again(server: ScriptedImap, spool: Spool) -> None:
    def answer(command: str) -> bytes | None:
        several = "9,10,11,12,13" in command
        return b"".join(server.line(uid, command) for uid in (9, 11, 13)) if is_body(command) and several else None

    server.answer = answer
    Desk(server, spool).sync()
    assert spool.numbers() == [9, 10, 11, 12, 13]


REFUSALS = [
    b"TAG NO [UNAVAILABLE] Some messages could not be fetched\r\n",
    b"TAG BAD Internal error\r\n",
    # A literal that is no literal
    b"* 1 FETCH (UID 11 BODY[] {12)\r\nTAG OK done\r\n",
    b"* 1 FETCH (UID eleven BODY[] NIL)\r\nTAG OK done\r\n",
    b"* 1 FETCH (UID 11 BODY[] NIL)\r\nTAG OK done\r\n",
]


@pytest.mark.parametrize("nothing", [b'""', b"{0}\r\n", b"NIL"])
@pytest.mark.parametrize("gone", [True, False], ids=["removed", "still there"])
def test_a_body_that_comes_empty_is_no_empty_message(
    server: ScriptedImap,
    spool: Spool,
    nothing: bytes,
    gone: bool,  # noqa: FBT001
) -> None:
    """F19: of a message that was just removed some servers hand out nothing (RFC 2180)."""

    def answer(command: str) -> bytes | None:
        if not is_body(command) or "11" not in command.split()[2].split(","):
            return None
        others = [server.line(uid, command) for uid in (9, 10, 12, 13) if str(uid) in command.split()[2].split(",")]
        if gone:
            server.messages.pop(11, None)
        return b"".join([b"* 3 FETCH (UID 11 BODY[] %s)\r\n" % nothing, *others])

    server.answer = answer
    Desk(server, spool).sync()
    assert spool.numbers() == ([9, 10, 12, 13] if gone else [9, 10, 11, 12, 13])
    assert {row.number for row in spool.rows() if row.oversize} == (set() if gone else {11})


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_message_that_the_server_will_not_hand_out_comes_as_its_header(
    server: ScriptedImap, spool: Spool, refusal: bytes
) -> None:
    server.answer = lambda command: refusal if is_body(command) and "11" in command.split()[2].split(",") else None
    desk = Desk(server, spool)
    desk.sync()
    assert {row.number: row.oversize for row in spool.rows()} == {9: 0, 10: 0, 11: len(mail(11)), 12: 0, 13: 0}


def test_a_message_of_which_nothing_is_handed_out_blocks_nobody_and_comes_later(
    server: ScriptedImap, spool: Spool
) -> None:
    def answer(command: str) -> bytes | None:
        named = command.startswith("UID FETCH") and "11" in command.split()[2].split(",") and "BODY" in command
        return b"TAG NO cannot read it\r\n" if named else None

    server.answer = answer
    desk = Desk(server, spool)
    desk.sync()
    assert spool.numbers() == [9, 10, 12, 13]
    assert "message-left" in desk.events()
    cursor = spool.cursor("support", "INBOX")
    assert cursor
    assert not desk.reader.reconcile_due(replace(cursor, reconciled_at=utc_now() - timedelta(minutes=59)))
    assert desk.reader.reconcile_due(replace(cursor, reconciled_at=utc_now() - timedelta(minutes=60)))
    server.answer = lambda _: None
    desk.reconcile()
    assert not desk.reader.reconcile_due(replace(cursor, reconciled_at=utc_now() - timedelta(minutes=60)))
    assert sorted(spool.numbers()) == [9, 10, 11, 12, 13]


def sync_as_watcher(desk: Desk, attempts: int) -> int:
    """Sync over new connections until it succeeds; return how many were lost."""
    for lost in range(attempts):
        try:
            desk.sync()
        except ConnectionLost:
            continue
        return lost
    return attempts


def test_a_message_that_ends_the_connection_is_isolated(server: ScriptedImap, spool: Spool) -> None:
    server.answer = lambda command: HANG_UP if is_body(command) and "11" in command.split()[2].split(",") else None
    desk = Desk(server, spool)
    lost = sync_as_watcher(desk, 10)
    assert lost == 4
    assert {row.number: row.oversize for row in spool.rows()} == {9: 0, 10: 0, 11: len(mail(11)), 12: 0, 13: 0}


def test_a_message_that_ends_the_connection_whatever_is_asked_is_left_for_later(
    server: ScriptedImap, spool: Spool
) -> None:
    def answer(command: str) -> bytes | None:
        named = command.startswith("UID FETCH") and "11" in command.split()[2].split(",") and "BODY" in command
        return HANG_UP if named else None

    server.answer = answer
    desk = Desk(server, spool)
    assert sync_as_watcher(desk, 10) == 6
    assert spool.numbers() == [9, 10, 12, 13]
    server.answer = lambda _: None
    desk.reconcile()
    desk.reconcile()
    assert sorted(spool.numbers()) == [9, 10, 11, 12, 13]


def test_a_size_that_was_a_lie_does_not_pass_the_limit(server: ScriptedImap, spool: Spool) -> None:
    server.messages[11] = mail(11) + b"x" * 5000
    line = server.line

    def answer(command: str) -> bytes | None:
        if "RFC822.SIZE" not in command:
            return None
        return b"".join(
            line(uid, command).replace(str(len(server.messages[uid])).encode(), b"99") for uid in server.messages
        )

    server.answer = answer
    Desk(server, spool, limit_octets=2000).sync()
    rows = {row.number: row for row in spool.rows()}
    assert rows[11].oversize == len(server.messages[11])
    assert len(rows[11].raw) < 2000
    assert rows[12].oversize == 0


def test_a_server_whose_clock_is_ahead_makes_no_mail_of_the_future(server: ScriptedImap, spool: Spool) -> None:
    def answer(command: str) -> bytes | None:
        if "RFC822.SIZE" not in command:
            return None
        return b"".join(server.line(uid, command).replace(b"2026", b"2099") for uid in server.messages)

    server.answer = answer
    Desk(server, spool).sync()
    assert spool.count() == 5
    assert max(row.received_at for row in spool.rows()) <= utc_now()


def test_a_date_that_is_none_is_the_present(server: ScriptedImap, spool: Spool) -> None:
    began = utc_now()

    def answer(command: str) -> bytes | None:
        if "RFC822.SIZE" not in command:
            return None
        return b"".join(server.line(uid, command).replace(b"02-Nov-2026", b"31-Feb-0000") for uid in server.messages)

    server.answer = answer
    Desk(server, spool).sync()
    assert [began <= row.received_at <= utc_now() for row in spool.rows()] == [True] * 5


def test_without_news_nothing_is_fetched(server: ScriptedImap, spool: Spool) -> None:
    desk = Desk(server, spool)
    desk.sync()
    server.said.clear()
    desk.sync()
    desk.reconcile()
    assert [said for said in server.said if "FETCH" in said] == []


def test_without_uidnext_first_contact_still_starts_at_now(scripted_imap: ScriptedImap, spool: Spool) -> None:
    scripted_imap.uidnext = ""
    scripted_imap.messages = {3: mail(3), 8: mail(8)}
    desk = Desk(scripted_imap, spool)
    desk.sync()
    scripted_imap.messages[9] = mail(9)
    desk.sync()
    assert spool.numbers() == [9]


@pytest.mark.parametrize("uidnext", ["1", "5", "400", "4294967295"])
def test_a_wrong_uidnext_makes_no_old_mail_new_and_no_new_mail_old(
    scripted_imap: ScriptedImap, spool: Spool, uidnext: str
) -> None:
    """F22."""
    scripted_imap.uidnext = uidnext
    scripted_imap.messages = {3: mail(3), 8: mail(8)}
    desk = Desk(scripted_imap, spool)
    desk.sync()
    scripted_imap.messages[9] = mail(9)
    desk.sync()
    scripted_imap.messages[10] = mail(10)
    desk.sync()
    assert spool.numbers() == [9, 10]


def test_news_in_the_same_segment_as_the_answer_to_idle_is_heard(server: ScriptedImap) -> None:
    server.with_idle = b"* 6 EXISTS\r\n"
    assert idle_seconds(server) < 5


def test_news_before_the_answer_to_idle_is_heard(server: ScriptedImap) -> None:
    server.before_idle = b"* 6 EXISTS\r\n* OK hold on\r\n"
    assert idle_seconds(server) < 5


SIZES = [
    # New mail while the sizes were fetched
    (b"* 6 EXISTS\r\n", True),
    # One message less, one more: the same number again
    (b"* 1 EXPUNGE\r\n* 5 EXISTS\r\n", True),
    # Gmail says how many are left
    (b"* 1 EXPUNGE\r\n* 4 EXISTS\r\n", False),
    (b"* 1 EXPUNGE\r\n", False),
    # A server that repeats itself must not be asked in a tight loop
    (b"* 5 EXISTS\r\n* 5 EXISTS\r\n", False),
]


@pytest.mark.parametrize(("said", "news"), SIZES)
def test_what_is_said_before_idle_counts_if_it_means_more_mail(server: ScriptedImap, said: bytes, news: bool) -> None:  # noqa: FBT001
    server.answer = only("UID SEARCH", lambda _: said + b"* SEARCH 9 10 11 12 13\r\n")
    with Connection.open(server.rules(), server.secrets) as opened:
        opened.examine("INBOX")
        opened.search(1, 5)
        assert opened.has_news() is news
        longest = 10 if news else 0.3
        began = time.monotonic()
        opened.idle(longest, lambda: False)
        assert (time.monotonic() - began < longest) is news
        opened.examine("INBOX")
        assert not opened.has_news()


def test_a_server_that_announces_what_it_does_not_show_is_not_asked_in_a_tight_loop(
    server: ScriptedImap, spool: Spool
) -> None:
    """As a replica that lags behind its fellow does."""
    server.answer = only("UID SEARCH", lambda _: b"* 6 EXISTS\r\n* SEARCH 9 10 11 12 13\r\n")
    with watching(server.rules(), spool, server.secrets):
        eventually(lambda: spool.count() == 5)
        began, asked = time.monotonic(), server.commands("EXAMINE")
        eventually(lambda: server.commands("EXAMINE") >= asked + 6)
        # Each pause is a tenth of a second.
        assert time.monotonic() - began >= 0.5


def test_what_others_do_to_flags_does_not_end_idle(server: ScriptedImap) -> None:
    server.with_idle = b"* 2 FETCH (FLAGS (\\Seen))\r\n* OK still here\r\n* 1 EXPUNGE\r\n"
    assert idle_seconds(server, 0.5) >= 0.5


def idle_seconds(server: ScriptedImap, longest: float = 10) -> float:
    with Connection.open(server.rules(), server.secrets) as opened:
        opened.examine("INBOX")
        began = time.monotonic()
        opened.idle(longest, lambda: False)
        return time.monotonic() - began


def test_a_server_that_refuses_idle_is_an_error_and_no_silence(server: ScriptedImap) -> None:
    server.answer = only("IDLE", lambda _: b"TAG NO not now\r\n")
    with (
        Connection.open(server.rules(), server.secrets) as opened,
        pytest.raises(ImapTrouble, match="not now"),
    ):
        opened.idle(3, lambda: False)


@pytest.mark.parametrize("farewell", [b"* BYE server shutting down\r\n", b""], ids=["BYE", "no word"])
def test_a_server_that_hangs_up_at_once_is_not_asked_in_a_tight_loop(
    scripted_imap: ScriptedImap, spool: Spool, farewell: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_FIRST_PAUSE_SECONDS", 0.1)
    scripted_imap.answer = only("EXAMINE", lambda _: HANG_UP)
    scripted_imap.with_idle = farewell
    began = time.monotonic()
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets):
        eventually(lambda: scripted_imap.connections >= 4)
    # At 0, 0.1, 0.3 and 0.7 seconds, and the next one at 1.5.
    assert time.monotonic() - began >= 0.7


def test_a_farewell_during_idle_leads_to_a_new_connection(scripted_imap: ScriptedImap, spool: Spool) -> None:
    scripted_imap.with_idle = b"* BYE going down for maintenance\r\n"
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets):
        eventually(lambda: spool.cursor("support", "INBOX") is not None)
        scripted_imap.messages[9] = mail(9)
        eventually(lambda: spool.count() == 1)


def test_a_server_that_trickles_is_cut_off(server: ScriptedImap, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_STEP_SECONDS", 0.5)

    def answer(command: str) -> bytes | None:
        if command.startswith("UID SEARCH"):
            # Keeps every read timeout happy, and never gets anywhere.
            for _ in range(100):
                server._open[-1].sendall(b"* OK just a moment\r\n")
                time.sleep(0.1)
        return None

    server.answer = answer
    began = time.monotonic()
    with pytest.raises(ConnectionLost, match="SEARCH"):
        Desk(server, spool).sync()
    assert time.monotonic() - began < 10


def test_a_search_over_a_very_large_folder_is_divided(
    server: ScriptedImap, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_MESSAGES_PER_SEARCH", 2)
    Desk(server, spool).sync()
    searches = [said for said in server.said if said.startswith("UID SEARCH") and "UID 1:*" in said]
    assert [said.split()[2] for said in searches[-3:]] == ["1:2", "3:4", "5:*"]
    assert spool.numbers() == [9, 10, 11, 12, 13]


def test_login_is_used_where_plain_is_not_offered(scripted_imap: ScriptedImap, spool: Spool) -> None:
    scripted_imap.capabilities = "IMAP4rev1"
    Desk(scripted_imap, spool).sync()
    assert any(said.startswith("LOGIN support@example.com") for said in scripted_imap.said)


def test_a_server_that_ends_the_connection_while_signing_in_did_not_refuse_it(scripted_imap: ScriptedImap) -> None:
    scripted_imap.answer = only("AUTHENTICATE", lambda _: HANG_UP)
    with (
        pytest.raises(ConnectionLost, match="signing in"),
        Connection.open(scripted_imap.rules(), scripted_imap.secrets),
    ):
        pass


def test_too_many_connections_is_a_refused_sign_in(scripted_imap: ScriptedImap) -> None:
    scripted_imap.answer = only("AUTHENTICATE", lambda _: b"TAG NO [ALERT] Too many simultaneous connections.\r\n")
    with (
        pytest.raises(SignInRefused, match="Too many simultaneous connections"),
        Connection.open(scripted_imap.rules(), scripted_imap.secrets),
    ):
        pass


def test_a_slow_refusal_is_not_taken_for_a_connection_that_lasted(
    scripted_imap: ScriptedImap, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F24: servers that are guessed at answer late; the pauses must grow all the same, or the account is locked."""
    monkeypatch.setattr(watcher, "_LASTING_SECONDS", 0.2)
    monkeypatch.setattr(watcher, "_SIGN_IN_PAUSE_SECONDS", 0.1)

    def refuse(_: str) -> bytes:
        time.sleep(0.3)
        return b"TAG NO [LIMIT] Too many login attempts, try again later\r\n"

    scripted_imap.answer = only("AUTHENTICATE", refuse)
    began = time.monotonic()
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets):
        eventually(lambda: scripted_imap.connections >= 4)
    # At 0, 0.4, 0.9 and 1.6 seconds; with pauses that do not grow it would be 1.2.
    assert time.monotonic() - began >= 1.6


@pytest.mark.parametrize(
    "refusal",
    [
        b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials\r\n",
        b"TAG NO [LIMIT] Account exceeded command or bandwidth limits\r\n",
        b"TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
    ],
    ids=["password", "throttled", "too many connections"],
)
def test_who_is_refused_knocks_twice_a_minute_at_most(
    scripted_imap: ScriptedImap, spool: Spool, refusal: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F24. The pauses are a hundred times as short here."""
    assert (watcher._SIGN_IN_PAUSE_SECONDS, watcher._LONGEST_SIGN_IN_PAUSE_SECONDS) == (30, 900)
    monkeypatch.setattr(watcher, "_SIGN_IN_PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(watcher, "_LONGEST_SIGN_IN_PAUSE_SECONDS", 9.0)
    scripted_imap.answer = only("AUTHENTICATE", lambda _: refusal)
    began = time.monotonic()
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets) as log:
        for number, earliest in ((2, 0.3), (3, 0.9), (4, 2.1)):
            eventually(lambda: scripted_imap.connections >= number)  # noqa: B023 - looked at before the next round
            assert time.monotonic() - began >= earliest
    assert len(log) == 1


@pytest.mark.parametrize(
    "ending",
    [b"* BYE Session invalidated - AccessTokenExpired\r\n", b"TAG NO [EXPIRED] Session expired\r\n"],
    ids=["BYE", "NO"],
)
def test_a_token_that_expires_in_the_middle_of_a_session_is_replaced(
    server: ScriptedImap, spool: Spool, ending: bytes
) -> None:
    tokens = (f"token-{number}" for number in range(100))
    server.capabilities = "IMAP4rev1 IDLE AUTH=XOAUTH2"
    sign_in = SignIn(user="support@example.com", token=Secret(command="print-token"))
    given: list[str] = []

    def secrets(_: Secret) -> str:
        given.append(next(tokens))
        return given[-1]

    def answer(command: str) -> bytes | None:
        if not is_body(command) or len(given) > 1:
            return None
        return ending if b"TAG" in ending else ending + HANG_UP

    server.answer = answer
    with watching(server.rules().model_copy(update={"sign_in": sign_in}), spool, secrets):
        eventually(lambda: spool.count() == 5 and server.said[-1] == "IDLE")
    assert given == ["token-0", "token-1"]
    assert spool.numbers() == [9, 10, 11, 12, 13]


LIMITS = [
    b"TAG NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)\r\n",
    b"TAG NO [LIMIT] Slow down\r\n",
    b"TAG BAD User is authenticated but not connected.\r\n",
]


@pytest.mark.parametrize("refusal", LIMITS, ids=["Gmail", "RFC 5530", "Microsoft 365"])
def test_a_limit_of_the_account_is_waited_out_and_blamed_on_no_message(
    server: ScriptedImap, spool: Spool, refusal: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_FIRST_PAUSE_SECONDS", 0.01)
    server.answer = lambda command: refusal if is_body(command) and server.connections < 7 else None
    with watching(server.rules(), spool, server.secrets):
        eventually(lambda: spool.count() == 5, 10)
    # All of each, and not their headers alone.
    assert {row.number: row.oversize for row in spool.rows()} == dict.fromkeys(range(9, 14), 0)


@pytest.mark.parametrize("ending", [b"* BYE idle for too long\r\n", b""], ids=["BYE", "no word"])
def test_a_server_that_ends_idle_early_costs_no_message(
    scripted_imap: ScriptedImap, spool: Spool, monkeypatch: pytest.MonkeyPatch, ending: bytes
) -> None:
    """F16: a server with a limit of five minutes, a thousand times as fast: 0.3 s. Mail comes in every state of it."""
    monkeypatch.setattr(watcher, "_LASTING_SECONDS", 0.2)
    monkeypatch.setattr(watcher, "_FIRST_PAUSE_SECONDS", 0.01)
    scripted_imap.idle_ends_after = 0.3
    scripted_imap.with_idle_end = ending
    began = time.monotonic()
    with watching(scripted_imap.rules(), spool, scripted_imap.secrets):
        eventually(lambda: spool.cursor("support", "INBOX") is not None)
        for uid in range(9, 24):
            scripted_imap.messages[uid] = mail(uid)
            state = ("IDLE", "EXAMINE", "AUTHENTICATE")[uid % 3]
            before = scripted_imap.commands(state)
            eventually(lambda: scripted_imap.commands(state) > before)  # noqa: B023 - looked at before the next round
        eventually(lambda: spool.count() == 15)
        # Each connection lasts as long as the server lets it.
        assert scripted_imap.connections <= 1 + (time.monotonic() - began) / 0.3
    assert spool.numbers() == list(range(9, 24))


def test_the_reader_stops_between_batches(server: ScriptedImap, spool: Spool) -> None:
    server.messages = {uid: mail(uid) for uid in range(9, 139)}
    desk = Desk(server, spool)
    stopping: Any = FolderReader(desk.folder, spool, spool._now, lambda: spool.count() >= 50, desk.bound)
    with desk.connection() as opened:
        stopping.sync(opened)
    assert spool.count() == 50
    desk.sync()
    assert spool.numbers() == list(range(9, 139))
