"""What a client may take of us: sessions, messages, errors, time, memory; and that others are served meanwhile."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.deciding.context import Source
from mailbot.health import Part
from mailbot.intake import room
from mailbot.intake.room import Room, Shortage
from mailbot.intake.smtp import doorkeeper
from mailbot.rules import Limits
from mailbot.store.spool import finish
from tests.intake.smtp_support import (
    MESSAGE,
    NOW,
    OURS,
    Accepting,
    Client,
    Store,
    deliver,
    large,
    listening,
    rules,
    send_all,
    until,
    until_gone,
)

MIB = 1024 * 1024
# Addresses that are none of the trusted relays; all of 127.0.0.0/8 is this machine.
ELSEWHERE = "127.0.7.1"


@pytest.fixture
def accepting() -> Accepting:
    return Accepting()


# ---- Sessions ----


def test_one_client_has_so_many_sessions_and_others_have_theirs(accepting: Accepting) -> None:
    with listening(accepting, rules(max_sessions_per_client=3)) as listener, ExitStack() as stack:
        address = listener.addresses[Source.SMTP]
        for _ in range(3):
            stack.enter_context(Client(address, source=ELSEWHERE))
        with socket.create_connection(address, timeout=10, source_address=(ELSEWHERE, 0)) as fourth:
            assert fourth.recv(200).startswith(b"421 4.3.2")
            assert fourth.recv(200) == b""
        for source in ("127.0.7.2", "127.0.0.1"):
            with Client(address, source=source) as other:
                assert deliver(other).startswith("250")
        # A trusted relay brings everybody's mail.
        for _ in range(5):
            stack.enter_context(Client(address))
    assert len(accepting.arrivals) == 2


def test_a_place_is_free_again_when_its_session_ends(accepting: Accepting) -> None:
    with listening(accepting, rules(max_sessions_per_client=1)) as listener:
        address = listener.addresses[Source.SMTP]
        for _ in range(5):
            with Client(address, source=ELSEWHERE) as client:
                assert deliver(client).startswith("250")
            until(lambda: listener.sessions == 0)


def test_hundreds_of_slow_clients_keep_no_mail_out(accepting: Accepting, monkeypatch: pytest.MonkeyPatch) -> None:
    """F29: they take every place; a relay gets one at once, anybody else when the slowest has been still for long."""
    # Nobody has been still for that long: who gets a place gets it as a relay.
    monkeypatch.setattr(doorkeeper, "_STILL_SECONDS", 600)
    with listening(accepting, rules(max_sessions=100, max_sessions_per_client=20)) as listener, ExitStack() as stack:
        address = listener.addresses[Source.SMTP]

        def slow(number: int) -> None:
            one = socket.create_connection(address, timeout=30, source_address=(f"127.0.8.{number % 50 + 1}", 0))
            stack.callback(one.close)
            one.sendall(
                (b"", b"EHLO", b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\n")[number % 3]
            )

        with ThreadPoolExecutor(20) as threads:
            list(threads.map(slow, range(500)))
        until(lambda: listener.sessions == 100)
        with Client(address) as relay:
            assert deliver(relay).startswith("250")
            assert listener.sessions == 100
            with socket.create_connection(address, timeout=10, source_address=(ELSEWHERE, 0)) as other:
                assert other.recv(200).startswith(b"421 4.3.2")
            monkeypatch.setattr(doorkeeper, "_STILL_SECONDS", 0)
            with Client(address, source=ELSEWHERE) as patient:
                assert listener.sessions == 100
                assert deliver(patient).startswith("250")
                assert deliver(relay).startswith("250")
    assert len(accepting.arrivals) == 3


def test_a_session_whose_message_is_being_stored_keeps_its_place(
    accepting: Accepting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "_STILL_SECONDS", 0)
    accepting.pending = []
    with listening(accepting, rules(max_sessions=1)) as listener:
        address = listener.addresses[Source.SMTP]
        with Client(address, source=ELSEWHERE) as storing:
            storing.envelope()
            storing.send(MESSAGE + b".\r\n")
            until(lambda: bool(accepting.pending))
            with socket.create_connection(address, timeout=10) as other:
                assert other.recv(200).startswith(b"421 4.3.2")
            accepting.pending[0].set_result(1)
            assert storing.reply().startswith("250")


@pytest.mark.parametrize("sent", [b"", b"EHLO", b"EHLO x.example\r\nMAIL FROM:<a@b.example>\r\n"])
def test_a_client_that_says_too_little_is_let_go(accepting: Accepting, sent: bytes) -> None:
    with (
        listening(accepting, rules(timeout=timedelta(milliseconds=300))) as listener,
        socket.create_connection(listener.addresses[Source.SMTP], timeout=10) as client,
    ):
        client.sendall(sent)
        heard = b""
        while octets := client.recv(1000):
            heard += octets
        assert heard.endswith(b"421 4.4.2 Nothing has come for too long, goodbye\r\n")
        until(lambda: listener.sessions == 0)


def test_an_octet_now_and_then_does_not_put_the_timeout_off(accepting: Accepting) -> None:
    with (
        listening(accepting, rules(timeout=timedelta(milliseconds=500))) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        client.envelope()
        began = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - began < 5:
                client.send(b"x")
                time.sleep(0.05)
        assert time.monotonic() - began < 3
    assert accepting.arrivals == []


def test_a_slow_disk_is_no_reason_to_let_the_client_go(accepting: Accepting) -> None:
    accepting.pending = []
    with (
        listening(accepting, rules(timeout=timedelta(milliseconds=500))) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        client.envelope()
        client.send(MESSAGE + b".\r\n")
        until(lambda: bool(accepting.pending))
        # Another one who says nothing meanwhile is let go.
        with socket.create_connection(listener.addresses[Source.SMTP], timeout=10) as other:
            while other.recv(1_000):
                pass
        accepting.pending[0].set_result(1)
        assert client.reply().startswith("250")


def test_a_client_that_does_not_listen_is_let_go(accepting: Accepting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailbot.intake.smtp.session._LINGER_SECONDS", 0.2)
    monkeypatch.setattr("mailbot.intake.smtp.session._COMMANDS_WITHOUT_MESSAGE", 10**9)
    with (
        listening(accepting, rules(timeout=timedelta(milliseconds=500), max_errors=0)) as listener,
        socket.create_connection(listener.addresses[Source.SMTP], timeout=10) as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(1)
        with suppress(OSError):  # blocked, reset or broken
            while True:
                client.sendall(b"EHLO x.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\n" * 500)
        until(lambda: listener.sessions == 0)


# ---- Messages, recipients, errors ----


def test_one_client_sends_so_many_messages_a_minute(accepting: Accepting) -> None:
    with listening(accepting, rules(max_messages_a_minute=3)) as listener:
        address = listener.addresses[Source.SMTP]
        with Client(address, source=ELSEWHERE) as client, Client(address) as relay:
            for _ in range(3):
                assert deliver(client).startswith("250")
            assert client.say("MAIL FROM:<ann@example.net>").startswith("450 4.7.1")
            with Client(address, source=ELSEWHERE) as again:
                assert again.say("MAIL FROM:<ann@example.net>").startswith("450 4.7.1")
            for _ in range(5):
                assert deliver(relay).startswith("250")
    assert len(accepting.arrivals) == 8


@pytest.mark.parametrize("number", [200, 20_000])
def test_recipients_without_end_are_put_off_and_then_cut_off(accepting: Accepting, number: int) -> None:
    """H44."""
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.say("MAIL FROM:<ann@example.net>")
        sending = threading.Thread(target=send_all, args=(client, b"RCPT TO:<support@example.com>\r\n" * number))
        sending.start()
        replies = until_gone(client) if number > 250 else [client.reply() for _ in range(number)]
        sending.join()
        assert [reply[:9] for reply in replies[:51]] == ["250 2.1.5"] * 50 + ["452 4.5.3"]
        assert len(replies) <= 300
        assert number < 250 or replies[-1].startswith("421 4.7.0")


@pytest.mark.parametrize(
    "mistake", ["RCPT TO:<bob@example.net>", "NONSENSE", "MAIL FROM:<", "STARTTLS", "AUTH PLAIN AGEAYg=="]
)
def test_a_client_that_only_makes_mistakes_is_sent_away(accepting: Accepting, mistake: str) -> None:
    with listening(accepting, rules(max_errors=5)) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.say("MAIL FROM:<ann@example.net>")
        replies = [client.say(mistake) for _ in range(5)]
        assert all(reply.startswith("5") for reply in replies)
        assert client.reply().startswith("421 4.7.0")
        assert client.reply() == ""


def test_a_message_makes_good_for_mistakes(accepting: Accepting) -> None:
    with listening(accepting, rules(max_errors=3)) as listener, Client(listener.addresses[Source.SMTP]) as client:
        for _ in range(4):
            assert client.say("NONSENSE").startswith("500")
            assert client.say("RCPT TO:<bob@example.net>").startswith("503")
            assert deliver(client).startswith("250")


@pytest.mark.parametrize("command", ["NOOP", "RSET", "HELP", "EHLO x.example", "VRFY support"])
def test_commands_that_lead_to_nothing_have_an_end(accepting: Accepting, command: str) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.send(f"{command}\r\n".encode() * 400)
        replies = until_gone(client)
    assert 100 < len(replies) < 300
    assert replies[-1].startswith("421 4.7.0")


# ---- Floods ----


@pytest.mark.parametrize(
    "flood",
    [
        b"A",
        b"AUTH PLAIN ",
        b"AUTH LOGIN\r\nQUJD",
        b"MAIL FROM:<",
        b"\x00",
        b"\r",
        b"EHLO x\r\nBDAT 999999999 LAST\r\nz",
    ],
)
def test_a_line_without_end_is_cut_off(accepting: Accepting, flood: bytes) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        with pytest.raises(OSError):  # noqa: PT011 - a reset or a broken pipe, as the kernel likes
            client.send(flood + flood[-1:] * 16 * MIB)
        until(lambda: listener.sessions == 0)
        with Client(listener.addresses[Source.SMTP]) as other:
            assert deliver(other).startswith("250")


def test_what_is_sent_while_a_message_is_stored_waits_at_the_client(accepting: Accepting) -> None:
    accepting.pending = []
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.envelope()
        client.send(MESSAGE + b".\r\n")
        until(lambda: bool(accepting.pending))
        client.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            client.send(b"NOOP\r\n" * 6 * MIB)
        client.socket.settimeout(10)
        accepting.pending[0].set_result(1)
        assert client.reply().startswith("250")


def test_a_command_over_the_limit_is_refused_and_the_next_one_is_heard(accepting: Accepting) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        for length in (2_049, 65_536, 200_000):
            assert client.say("MAIL FROM:<" + "a" * length + "@example.net>").startswith("500 5.5.2")
        assert client.say("MAIL FROM:<" + "a" * 1_900 + "@example.net>").startswith("250")


@pytest.mark.parametrize("door", [Source.SMTP, Source.LMTP])
def test_a_web_page_cannot_make_a_browser_write_mail(accepting: Accepting, door: Source) -> None:
    post = (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n\r\nEHLO x\r\nLHLO x\r\n"
        b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n"
    )
    with (
        listening(accepting, rules()) as listener,
        socket.create_connection(listener.addresses[door], timeout=10) as browser,
    ):
        browser.sendall(post)
        heard = b""
        while octets := browser.recv(1000):
            heard += octets
        assert heard.splitlines()[-1].startswith(b"421 4.7.0")
    assert accepting.arrivals == []


# ---- Room ----


def test_no_message_is_taken_while_the_disk_is_short_and_then_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 10 * MIB
    monkeypatch.setattr("mailbot.intake.smtp.BEAT_WITHIN_SECONDS", 0.4)
    monkeypatch.setattr(Room, "_free_octets", lambda _room: free)
    part = Part("listener", lambda: NOW)
    with (
        Store(tmp_path) as store,
        store.listening(rules(message_bytes=8 * MIB), Limits(free_disk_bytes=5 * MIB), part) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        # What is announced counts before it is sent.
        assert client.say(f"MAIL FROM:<ann@example.net> SIZE={6 * MIB}").startswith("452 4.3.1")
        assert part.state().trouble
        assert deliver(client).startswith("250")
        assert not part.state().trouble
        free = 4 * MIB
        for _ in range(30):
            assert client.say("MAIL FROM:<ann@example.net>").startswith("452 4.3.1")
        assert "disk" in part.state().trouble
        free = 6 * MIB
        # Nobody has to send a mail for the trouble to be over.
        until(lambda: not part.state().trouble)
        assert deliver(client).startswith("250")
        assert store.raws() == [MESSAGE] * 2


def test_no_message_is_taken_while_too_many_wait_and_then_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_COUNT_SECONDS", 0)
    part = Part("listener", lambda: NOW)
    limits = Limits(free_disk_bytes=0, waiting_messages=2)
    with (
        Store(tmp_path) as store,
        store.listening(rules(), limits, part) as listener,
        Client(listener.addresses[Source.LMTP], "LHLO front.example") as client,
    ):
        for _ in range(2):
            assert deliver(client).startswith("250")
        assert client.say("MAIL FROM:<ann@example.net>").startswith("452 4.3.1")
        assert "wait" in part.state().trouble
        store.database.writer.write(lambda conn: finish(conn, 1, entry=None))
        assert deliver(client).startswith("250")
        assert not part.state().trouble


def test_a_judgement_that_fails_is_no_reason_to_give_a_mail_up(
    accepting: Accepting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailbot.intake.smtp.BEAT_WITHIN_SECONDS", 0.2)
    asked = 0
    is_broken = True

    def broken(_octets: int) -> Shortage | None:
        nonlocal asked
        asked += 1
        if is_broken:
            raise OSError(5, "Input/output error: /var/lib/secret")
        return None

    with listening(accepting, rules(), shortage=broken) as listener, Client(listener.addresses[Source.SMTP]) as client:
        assert client.say("MAIL FROM:<ann@example.net>").startswith("451 4.3.0 Something went wrong here")
        # It is asked without a mail, too, and goes on being asked.
        until(lambda: asked > 4)
        is_broken = False
        assert deliver(client).startswith("250")


def test_a_short_disk_is_told_before_a_mail_comes(accepting: Accepting) -> None:
    part = Part("listener", lambda: NOW)
    with listening(accepting, rules(), shortage=lambda _octets: Shortage.DISK, part=part):
        until(lambda: "disk" in part.state().trouble)


def test_a_disk_that_fills_while_a_large_message_comes_is_452(accepting: Accepting, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    with (
        listening(accepting, rules(message_bytes=8 * MIB), folder=folder) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        assert deliver(client, large(3 * MIB)).startswith("452 4.3.1")
        assert deliver(client).startswith("250")
        folder.mkdir()
        assert deliver(client, large(3 * MIB)).startswith("250")
    assert [arrival.packed is not None for arrival in accepting.arrivals] == [False, True]


# ---- What is announced ----


def test_what_is_announced_is_kept(accepting: Accepting) -> None:
    with (
        listening(accepting, rules(message_bytes=100_000)) as listener,
        smtplib.SMTP(*listener.addresses[Source.SMTP]) as client,
    ):
        client.ehlo("client.example")
        assert client.esmtp_features == {
            "size": "100000",
            "8bitmime": "",
            "smtputf8": "",
            "pipelining": "",
            "enhancedstatuscodes": "",
        }
        client.sendmail("änn@exämple.net", OURS, "Subject: ü\r\n\r\nß\r\n".encode(), ["SMTPUTF8", "BODY=8BITMIME"])
        with pytest.raises(smtplib.SMTPSenderRefused, match=r"5\.3\.4"):
            client.sendmail("ann@example.net", OURS, b"x" * 100_001)
    assert accepting.arrivals[0].raw == "Subject: ü\r\n\r\nß\r\n".encode()


def test_replies_to_commands_that_came_together_leave_together(accepting: Accepting) -> None:
    """RFC 2920: DATA ends a group; what is refused in it does not put the others out of step."""
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.send(
            b"MAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.net>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"
        )
        together = b""
        while together.count(b"\r\n") < 4:
            together += client.socket.recv(1_000)
        assert [line[:3] for line in together.split(b"\r\n")] == [b"250", b"550", b"250", b"354", b""]
        client.send(MESSAGE + b".\r\n")
        assert client.reply().startswith("250")
        # Nobody is left to take the message: DATA is refused, and no octet of one is taken for one.
        client.send(b"MAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\nRSET\r\n")
        assert [client.reply()[:3] for _ in range(4)] == ["250", "550", "503", "250"]
    assert len(accepting.arrivals) == 1


def test_a_client_that_has_said_all_still_hears_the_replies(accepting: Accepting) -> None:
    """A script that pipes a dialogue into netcat closes its side at once."""
    with (
        listening(accepting, rules()) as listener,
        socket.create_connection(listener.addresses[Source.SMTP], timeout=10) as client,
    ):
        client.sendall(
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"
            + MESSAGE
            + b".\r\nQUIT\r\n"
        )
        client.shutdown(socket.SHUT_WR)
        heard = b""
        while octets := client.recv(1_000):
            heard += octets
    assert heard.endswith(b"250 2.0.0 Taken\r\n221 2.0.0 Bye\r\n")
    assert len(accepting.arrivals) == 1


def test_new_rules_hold_from_the_next_command_on(accepting: Accepting) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.say("MAIL FROM:<ann@example.net>")
        assert client.say("RCPT TO:<new@support.example>").startswith("550")
        now = rules(recipients=("new@support.example",), max_recipients=2)
        listener.use(now)
        assert client.say("RCPT TO:<new@support.example>").startswith("250")
        assert client.say(f"RCPT TO:<{OURS}>").startswith("250")
        assert client.say(f"RCPT TO:<{OURS}>").startswith("452 4.5.3")
