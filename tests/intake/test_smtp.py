"""The SMTP and LMTP doors, from the outside: a real listener, real sockets, a real store behind it."""

from __future__ import annotations

import gc
import smtplib
import socket
import struct
import threading
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailbot.deciding.agents.team import is_desk
from mailbot.deciding.context import OUTSIDE, Source
from mailbot.errors import MailbotError, StoreFull
from mailbot.intake.border import endpoint, visitor
from mailbot.intake.smtp import Listener
from mailbot.intake.smtp.replies import enhanced
from mailbot.rules import Partner, Rules
from mailbot.store.database import open_database
from mailbot.store.spool import NewArrival, accept, raw_of, waiting
from tests.intake.smtp_support import (
    MESSAGE,
    NOW,
    OURS,
    Accepting,
    Client,
    listening,
    rules,
    send_all,
    until,
    until_gone,
)


@pytest.fixture
def accepting() -> Accepting:
    return Accepting()


def test_250_means_that_message_and_envelope_are_in_the_store(tmp_path: Path) -> None:
    with open_database(tmp_path / "mailbot.db") as database:

        def into_the_store(new: NewArrival) -> Future[int | None]:
            return database.writer.submit(lambda conn: accept(conn, "partner", new, NOW))

        with (
            listening(into_the_store, rules()) as listener,
            smtplib.SMTP(*listener.addresses[Source.SMTP]) as client,
        ):
            client.sendmail("ann@example.net", [OURS, "support+k7@Example.COM"], MESSAGE)
            with database.read() as conn:
                [arrival] = waiting(conn, "partner")
                assert raw_of(conn, arrival.id) == MESSAGE
    assert arrival.source is Source.SMTP
    assert arrival.received_at == NOW
    assert arrival.envelope.reverse_path == "ann@example.net"
    assert arrival.envelope.recipients == (OURS, "support+k7@Example.COM")


def test_no_reply_before_the_commit_is_done(accepting: Accepting) -> None:
    accepting.pending = []
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.envelope()
        client.send(MESSAGE + b".\r\n")
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        # Another session is served meanwhile.
        with Client(listener.addresses[Source.SMTP]) as other:
            assert other.say("NOOP").startswith("250")
        client.socket.settimeout(10)
        [pending] = accepting.pending
        pending.set_result(1)
        assert client.socket.recv(100).startswith(b"250 ")


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (RuntimeError("secret detail /var/lib"), "451 4.3.0"),
        (OSError(28, "No space left on device"), "451 4.3.0"),
        (StoreFull("no room"), "452 4.3.1"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_failing_commit_is_a_4yz_without_detail(
    accepting: Accepting, error: Exception, reply: str, *, at_once: bool
) -> None:
    if at_once:
        accepting.error = error
    else:
        accepting.pending = []
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.envelope()
        client.send(MESSAGE + b".\r\n")
        if not at_once:
            until(lambda: bool(accepting.pending))
            assert accepting.pending is not None
            accepting.pending[0].set_exception(error)
        got = client.reply()
        assert got.startswith(reply)
        assert "secret" not in got
        assert "space" not in got
        # The session goes on, and the next attempt succeeds.
        accepting.error = accepting.pending = None
        client.envelope()
        client.send(MESSAGE + b".\r\n")
        assert client.reply().startswith("250")


def test_a_commit_that_fails_leaves_nothing_in_the_store(tmp_path: Path) -> None:
    with open_database(tmp_path / "mailbot.db") as database:

        def fails_late(new: NewArrival) -> Future[int | None]:
            def work(conn: object) -> int:
                accept(conn, "partner", new, NOW)  # type: ignore[arg-type]
                raise RuntimeError

            return database.writer.submit(work)

        with (
            listening(fails_late, rules()) as listener,
            smtplib.SMTP(*listener.addresses[Source.SMTP]) as client,
            pytest.raises(smtplib.SMTPDataError) as refused,
        ):
            client.sendmail("ann@example.net", OURS, MESSAGE)
        assert refused.value.smtp_code == 451
        with database.read() as conn:
            assert waiting(conn, "partner") == []


def test_the_null_reverse_path_arrives_as_empty(accepting: Accepting) -> None:
    with (
        listening(accepting, rules()) as listener,
        smtplib.SMTP(*listener.addresses[Source.SMTP]) as client,
    ):
        client.sendmail("", OURS, MESSAGE)
    assert accepting.arrivals[0].envelope.reverse_path == ""


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT TO:<support@example.com>", "250 2.1.5"),
        ("RCPT TO:<SUPPORT@EXAMPLE.com>", "250 2.1.5"),
        ("RCPT TO:<support+t.1-2@example.com>", "250 2.1.5"),
        ("RCPT TO:<help@example.com>", "250 2.1.5"),
        ("RCPT TO:<acme@support.example>", "250 2.1.5"),
        ("rcpt to: <support@example.com>", "250 2.1.5"),
        ("RCPT TO:support@example.com", "250 2.1.5"),
        ('RCPT TO:<"support"@example.com>', "550 5.1.1"),
        ("RCPT TO:<@relay.example,@b.example:support@example.com>", "250 2.1.5"),
        ("RCPT TO:<bob@example.net>", "550 5.1.1"),
        ("RCPT TO:<supporter@example.com>", "550 5.1.1"),
        ("RCPT TO:<support@example.com.example.net>", "550 5.1.1"),
        ("RCPT TO:<support%example.net@example.com>", "550 5.1.1"),
        ("RCPT TO:<bob+support@example.com>", "550 5.1.1"),
        ("RCPT TO:<postmaster>", "550 5.1.1"),
        ("RCPT TO:<>", "550 5.1.1"),
        ("RCPT TO:<support@example.com", "553 5.1.3"),
        ("RCPT TO:<", "553 5.1.3"),
        ("RCPT TO:<support@example.com@example.net>", "553 5.1.3"),
        ("RCPT TO:", "553 5.1.3"),
        ("RCPT", "501 5.5.4"),
        ("RCPT TO:<support@example.com> NOTIFY=NEVER", "555 5.5.4"),
    ],
)
def test_only_our_own_recipients_are_served(accepting: Accepting, command: str, reply: str) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.say("MAIL FROM:<ann@example.net>")
        assert client.say(command)[:9] == reply


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("MAIL FROM:<", "553 5.1.3"),
        ('MAIL FROM:<"', "553 5.1.3"),
        ("MAIL FROM:<ann@example.net> SIZE=1000001", "552 5.3.4"),
        ("MAIL FROM:<ann@example.net> SIZE=1000000 BODY=8BITMIME", "250 2.1.0"),
        ("MAIL FROM:<änn@exämple.net> SMTPUTF8", "250 2.1.0"),
        ("MAIL FROM:<\udce4nn@example.net>", "553 5.1.3"),
        ("MAIL FROM:<bounce:a,b;c=d@lists.example>", "250 2.1.0"),
        ("MAIL FROM:<root>", "250 2.1.0"),
        ("MAIL FROM:<ann@[192.0.2.1]>", "250 2.1.0"),
        ("VRFY support", "252 2.5.0"),
        ("VRFY <", "252 2.5.0"),
        ("EXPN all", "502 5.5.1"),
        ("HELP", "214 2.0.0"),
        ("HELP DATA", "214 2.0.0"),
        ("RCPT TO:<support@example.com>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("AUTH PLAIN AGEAYg==", "502 5.5.1"),
        ("AUTH LOGIN", "502 5.5.1"),
        ("NONSENSE", "500 5.5.2"),
        ("A" * 70_000, "500 5.5.2"),
        ("QUIT", "221 2.0.0"),
    ],
)
def test_odd_and_early_commands_get_a_clean_reply(accepting: Accepting, line: str, reply: str) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.send(line.encode("utf-8", "surrogateescape") + b"\r\n")
        assert client.reply()[:9] == reply


def test_an_unknown_command_is_neither_repeated_nor_logged(
    accepting: Accepting, caplog: pytest.LogCaptureFixture
) -> None:
    """What a client says must not reach the operator's terminal, nor come back from us."""
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        for command in ("\x1b]0;OWNED\x07", "\x1b[2JOWNED x", "OWNED"):
            assert client.say(command) == "500 5.5.2 There is no such command\r\n"
        send_all(client, b"OWNED\r\n" * 20)
        assert "goodbye" in "".join(until_gone(client))
    assert "OWNED" not in caplog.text


def test_nothing_tells_the_software(accepting: Accepting) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        everything = client.greeting + client.hello + "".join(map(client.say, ("HELP", "VRFY a", "RSET", "QUIT")))
    assert client.greeting.startswith("220 example.com ESMTP")
    assert not {"python", "aiosmtpd", "mailbot"} & set(everything.lower().replace("/", " ").split())
    assert socket.gethostname() not in everything


def test_lines_of_any_length_are_taken_as_they_are(accepting: Accepting) -> None:
    long = b"Subject: long\r\n\r\n" + b"x" * 2_000 + b"\r\n" + b"y" * 300_000 + b"\r\n"
    with (
        listening(accepting, rules()) as listener,
        smtplib.SMTP(*listener.addresses[Source.SMTP]) as client,
    ):
        client.sendmail("ann@example.net", OURS, long)
    assert accepting.arrivals[0].raw == long


@pytest.mark.parametrize("text", [b"x" * 78 + b"\r\n", b"x"], ids=["lines", "one line"])
def test_a_message_over_the_limit_is_refused_and_the_session_goes_on(accepting: Accepting, text: bytes) -> None:
    body = text * (1_000_100 // len(text)) + b"\r\n"
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.envelope()
        client.send(body + b".\r\n")
        assert client.reply().startswith("552 5.3.4")
        client.envelope()
        client.send(b"Subject: " + b"x" * 999_980 + b"\r\n.\r\n")
        assert client.reply().startswith("250")
    assert len(accepting.arrivals) == 1


def test_a_message_without_end_is_cut_off(accepting: Accepting) -> None:
    with (
        listening(accepting, rules(message_bytes=100_000)) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        client.envelope()
        with pytest.raises(OSError):  # noqa: PT011 - a reset or a broken pipe, as the kernel likes
            client.send(b"x" * 67_108_864)
    assert accepting.arrivals == []


def test_sessions_over_the_limit_are_sent_away(accepting: Accepting) -> None:
    with listening(accepting, rules(max_sessions=2)) as listener:
        address = listener.addresses[Source.SMTP]
        with Client(address), Client(address), socket.create_connection(address, timeout=10) as third:
            assert third.recv(200).startswith(b"421 4.3.2")
            assert third.recv(200) == b""
        until(lambda: listener.sessions == 0)
        with Client(address) as client:
            assert client.greeting.startswith("220")


def test_recipients_over_the_limit_are_put_off(accepting: Accepting) -> None:
    with (
        listening(accepting, rules(max_recipients=2)) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        client.say("MAIL FROM:<ann@example.net>")
        replies = [client.say(f"RCPT TO:<support+{number}@example.com>")[:9] for number in range(3)]
    assert replies == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]


# H50: what some server somewhere takes for the end of a message, followed by a message to be smuggled in.
@pytest.mark.parametrize(
    "false_end",
    [
        b"\n.\r\n",
        b"\n.\n",
        b"\r\n.\n",
        b"\r.\r\n",
        b"\r.\r",
        b"\r\n.\r",
        b"\r\r\n.\r\r\n",
        b"\r\n\x00.\r\n",
        b"\r\n.\x00\r\n",
        b"\r\n.\r\x00\n",
    ],
)
def test_a_false_end_of_data_smuggles_nothing(accepting: Accepting, false_end: bytes) -> None:
    smuggled = b"MAIL FROM:<boss@example.com>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nSubject: forged\r\n\r\n"
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.envelope()
        client.send(b"Subject: one\r\n\r\nfirst" + false_end + smuggled + b"last\r\n.\r\n")
        assert client.reply().startswith("250")
        assert client.say("NOOP").startswith("250")
    [arrival] = accepting.arrivals
    assert arrival.raw.endswith(b"last\r\n")
    assert b"MAIL FROM:<boss@example.com>" in arrival.raw
    assert arrival.raw.count(b"\r\n") == arrival.raw.count(b"\r") == arrival.raw.count(b"\n")
    assert b"\x00" not in arrival.raw


# H49: what no line of a message may have in it, in fields and in the text.
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"Subject: a\nX-Forged: b\r\n\r\nbody\r\n", b"Subject: a\r\nX-Forged: b\r\n\r\nbody\r\n"),
        (b"Subject: a\rBcc: x@example.net\r\n\r\nb\r\n", b"Subject: a\r\nBcc: x@example.net\r\n\r\nb\r\n"),
        (b"Fr\x00om: boss@example.com\r\n\r\nb\x00c\r\n", b"Fr om: boss@example.com\r\n\r\nb c\r\n"),
        (b"Subject: a\n\nthe whole\nin Unix lines\n\r\n", b"Subject: a\r\n\r\nthe whole\r\nin Unix lines\r\n\r\n"),
        (b"Subject: a\r\r\nb\r\n", b"Subject: a\r\n\r\nb\r\n"),
    ],
)
def test_odd_octets_are_made_clean_once(accepting: Accepting, sent: bytes, stored: bytes) -> None:
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.envelope()
        client.send(sent + b".\r\n")
        assert client.reply().startswith("250")
    assert accepting.arrivals[0].raw == stored


# H51: what a man in the middle puts behind STARTTLS must not be taken for the client's own words.
@pytest.mark.parametrize(
    "behind",
    [
        b"MAIL FROM:<boss@example.com>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nSubject: forged\r\n\r\n.\r\n",
        b"RSET\r\n",
        b"EHLO again.example\r\n",
        b"x",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    ],
)
def test_what_is_sent_ahead_behind_starttls_is_dropped(accepting: Accepting, behind: bytes) -> None:
    with listening(accepting, rules()) as listener:
        with Client(listener.addresses[Source.SMTP]) as client:
            client.send(b"STARTTLS\r\n" + behind)
            assert client.reply().startswith("503 5.5.1")
            assert until_gone(client) == []
        until(lambda: listener.sessions == 0)
    assert accepting.arrivals == []


# H51: a client that does not wait for the greeting, or skips it.
@pytest.mark.parametrize(
    ("early", "codes"),
    [
        (b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nQUIT\r\n", ["503", "503", "503", "221"]),
        (b"DATA\r\nSubject: x\r\n\r\n.\r\nQUIT\r\n", ["503", "500", "500", "500", "221"]),
        (b"\r\n\r\nQUIT\r\n", ["500", "500", "221"]),
        (b"LHLO x\r\nRCPT TO:<support@example.com>\r\nQUIT now\r\n", ["500", "503", "221"]),
    ],
)
def test_an_early_talker_gets_clean_replies_and_no_transaction(
    accepting: Accepting, early: bytes, codes: list[str]
) -> None:
    with (
        listening(accepting, rules()) as listener,
        socket.create_connection(listener.addresses[Source.SMTP], timeout=10) as client,
    ):
        client.sendall(early)
        with client.makefile("rb") as replies:
            said = [line.decode() for line in replies]
    assert [line[:3] for line in said] == ["220", *codes]
    assert accepting.arrivals == []


def test_pipelined_commands_and_messages_stay_apart(accepting: Accepting) -> None:
    transaction = b"MAIL FROM:<ann@example.net>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"
    with listening(accepting, rules()) as listener, Client(listener.addresses[Source.SMTP]) as client:
        client.send(transaction + b"Subject: one\r\n\r\n..dot\r\n.\r\n" + transaction + b".\r\nQUIT\r\n")
        replies = [client.reply()[:3] for _ in range(9)]
    assert replies == ["250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert [arrival.raw for arrival in accepting.arrivals] == [b"Subject: one\r\n\r\n.dot\r\n", b""]


@pytest.mark.parametrize("kept", [1, 20, len(MESSAGE), len(MESSAGE) + 1, len(MESSAGE) + 2])
def test_a_client_that_vanishes_inside_data_leaves_nothing(accepting: Accepting, kept: int) -> None:
    with listening(accepting, rules()) as listener:
        with Client(listener.addresses[Source.SMTP]) as client:
            client.envelope()
            client.send((MESSAGE + b".\r\n")[:kept])
        until(lambda: listener.sessions == 0)
    assert accepting.arrivals == []


def test_a_client_that_vanishes_after_the_dot_has_left_its_message(tmp_path: Path) -> None:
    began, may_go_on = threading.Event(), threading.Event()
    with open_database(tmp_path / "mailbot.db") as database:

        def slowly(new: NewArrival) -> Future[int | None]:
            def work(conn: object) -> int | None:
                began.set()
                may_go_on.wait(10)
                return accept(conn, "partner", new, NOW)  # type: ignore[arg-type]

            return database.writer.submit(work)

        with listening(slowly, rules()) as listener:
            with Client(listener.addresses[Source.SMTP]) as client:
                client.envelope()
                client.send(MESSAGE + b".\r\n")
                assert began.wait(10)
            may_go_on.set()
            until(lambda: listener.sessions == 0)
        database.writer.write(lambda _conn: None)
        with database.read() as conn:
            assert len(waiting(conn, "partner")) == 1


def test_a_client_that_vanishes_takes_nothing_back_from_the_writer(accepting: Accepting) -> None:
    accepting.pending = []
    with listening(accepting, rules()) as listener:
        with Client(listener.addresses[Source.SMTP]) as client:
            client.envelope()
            client.send(MESSAGE + b".\r\n")
            until(lambda: bool(accepting.pending))
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: listener.sessions == 0)
        [pending] = accepting.pending
        assert not pending.cancelled()
        pending.set_result(1)


def test_lmtp_replies_once_per_recipient(accepting: Accepting) -> None:
    with (
        listening(accepting, rules()) as listener,
        Client(listener.addresses[Source.LMTP], "LHLO front.example") as client,
    ):
        assert client.hello.startswith("250-example.com")
        client.say("MAIL FROM:<ann@example.net>")
        replies = [
            client.say(f"RCPT TO:<{recipient}>")[:3]
            for recipient in (OURS, "nobody@example.com", "help@example.com", OURS)
        ]
        assert replies == ["250", "550", "250", "250"]
        client.say("DATA")
        client.send(MESSAGE + b".\r\n")
        assert [client.reply()[:4] for _ in range(3)] == ["250 "] * 3
        # In step: the next reply belongs to the next command.
        assert client.say("RSET").startswith("250")
    [arrival] = accepting.arrivals
    assert arrival.source is Source.LMTP
    assert arrival.envelope.recipients == (OURS, "help@example.com")


def test_lmtp_failures_are_said_once_per_recipient_too(accepting: Accepting) -> None:
    accepting.error = RuntimeError("x")
    with (
        listening(accepting, rules(message_bytes=1_000)) as listener,
        Client(listener.addresses[Source.LMTP], "LHLO front.example") as client,
    ):
        for octets, code in ((MESSAGE, "451"), (b"x" * 2_000 + b"\r\n", "552")):
            client.envelope(OURS, "help@example.com")
            client.send(octets + b".\r\n")
            assert [client.reply()[:3] for _ in range(2)] == [code] * 2
        assert client.say("NOOP").startswith("250")
        assert client.say("EHLO again.example").startswith("500")


@pytest.mark.parametrize(("relays", "mailbox"), [(("127.0.0.0/8",), ""), (("192.0.2.1",), OUTSIDE)])
def test_whether_the_client_is_a_trusted_relay_is_kept(
    accepting: Accepting, relays: tuple[str, ...], mailbox: str
) -> None:
    with (
        listening(accepting, rules(trusted_relays=relays)) as listener,
        smtplib.SMTP(*listener.addresses[Source.SMTP]) as client,
    ):
        client.sendmail("ann@example.net", OURS, MESSAGE)
    assert accepting.arrivals[0].mailbox == mailbox


def test_a_silent_client_is_let_go_after_the_timeout(accepting: Accepting) -> None:
    with (
        listening(accepting, rules(timeout=timedelta(seconds=1))) as listener,
        Client(listener.addresses[Source.SMTP]) as client,
    ):
        client.envelope()
        client.send(b"Subject: never")
        assert client.reply().startswith("421 4.4.2")
        assert client.reply() == ""
        until(lambda: listener.sessions == 0)
    assert accepting.arrivals == []


def test_a_client_that_breaks_off_is_no_news(
    accepting: Accepting, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is the client that breaks off, while it is answered.
    monkeypatch.setattr("mailbot.intake.smtp.session._COMMANDS_WITHOUT_MESSAGE", 10**9)
    with listening(accepting, rules()) as listener, capture_logs() as logged:
        for octets in (
            b"NOOP\r\n" * 5_000,
            b"MAIL FROM:<ann@example.net>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nx",
        ):
            with Client(listener.addresses[Source.SMTP]) as client:
                client.send(octets)
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            until(lambda: listener.sessions == 0)
    gc.collect()
    assert logged == []
    assert caplog.records == []


def test_stopping_lets_a_message_finish_and_says_goodbye_to_others(accepting: Accepting) -> None:
    accepting.pending = []
    listener = Listener(rules(), accepting, lambda: NOW)
    listener.start()
    address = listener.addresses[Source.SMTP]
    with Client(address) as busy, Client(address) as idle:
        busy.envelope()
        busy.send(MESSAGE + b".\r\n")
        until(lambda: bool(accepting.pending))
        stopping = threading.Thread(target=listener.stop)
        stopping.start()
        assert idle.reply().startswith("421 4.3.2")
        accepting.pending[0].set_result(1)
        assert busy.reply().startswith("250")
        stopping.join(10)
        assert not stopping.is_alive()
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset
        socket.create_connection(address, timeout=1).close()
    listener.stop()


def test_a_door_that_cannot_be_opened_says_which_and_opens_none(accepting: Accepting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        listener = Listener(rules(lmtp=where), accepting, lambda: NOW)
        with pytest.raises(MailbotError, match=f"cannot listen on {where} for LMTP"):
            listener.start()
        assert listener.addresses == {}


def test_an_empty_door_stays_shut(accepting: Accepting) -> None:
    with listening(accepting, rules(lmtp="")) as listener:
        assert list(listener.addresses) == [Source.SMTP]


def test_recipients_compare_in_their_canonical_form() -> None:
    ours = Rules(partner=Partner(address="Hilfe@bücher.example"))
    assert is_desk("hilfe+1@xn--bcher-kva.example", ours)
    assert not is_desk("hilfe", ours)


@pytest.mark.parametrize(
    ("peer", "name", "trusted"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::/64", True),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
        ("10.2.0.1", "10.2.0.1", False),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64", False),
        ("", "", False),
    ],
)
def test_a_client_is_counted_by_its_network_and_trusted_by_address_or_network(
    peer: str, name: str, *, trusted: bool
) -> None:
    client = visitor(peer, ("127.0.0.1", "::1", "10.1.0.0/16"))
    assert (client.name, client.is_trusted) == (name, trusted)


@pytest.mark.parametrize(
    ("where", "expected"), [("127.0.0.1:25", ("127.0.0.1", 25)), ("[::1]:24", ("::1", 24)), ("mail:0", ("mail", 0))]
)
def test_where_to_listen(where: str, expected: tuple[str, int]) -> None:
    assert endpoint(where) == expected


@pytest.mark.parametrize("where", ["25", ":25", "127.0.0.1", "127.0.0.1:smtp", ""])
def test_where_to_listen_needs_host_and_port(where: str) -> None:
    with pytest.raises(ValueError, match="no address to listen on"):
        endpoint(where)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("250 OK", "250 2.0.0 OK"),
        ("503 Error: need RCPT command", "503 5.5.1 need RCPT command"),
        ("451 4.3.0 later", "451 4.3.0 later"),
        ("354 End data", "354 End data"),
        ("250-a\r\n250 b", "250-a\r\n250 b"),
    ],
)
def test_replies_bear_an_enhanced_status_code(reply: str, expected: str) -> None:
    assert enhanced(reply) == expected
