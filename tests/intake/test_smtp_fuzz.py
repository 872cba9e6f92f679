"""Any octets at all, in any order: every session ends, every reply is one, and only whole transactions are stored."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mailbot.deciding.context import Source
from mailbot.intake.smtp import Listener
from tests.intake.smtp_support import OURS, Accepting, listening, rules, until

LINES = [
    b"EHLO a.example", b"LHLO a.example", b"HELO a", b"MAIL FROM:<a@b.example>", b"MAIL FROM:<> SIZE=12 BODY=8BITMIME",
    b"MAIL FROM:<a@b.example> SIZE=99999999999999999999", b"RCPT TO:<support@example.com>", b"RCPT TO:<x@y.example>",
    b"RCPT TO:<@a,@b:support+t@example.com>", b"DATA", b"Subject: x", b"", b".", b"..", b"RSET", b"NOOP", b"NOOP x",
    b"VRFY a", b"EXPN a", b"HELP", b"HELP MAIL", b"AUTH PLAIN AAAA", b"AUTH", b"STARTTLS", b"BDAT 5 LAST", b"QUIT",
    b"mail from:<\xff\xfe@b.example> smtputf8", b"RCPT TO:<" + b"a" * 2_100 + b"@example.com>", b"\x00", b"\xff" * 30,
]  # fmt: skip
PIECE = st.one_of(
    st.sampled_from(LINES).map(lambda line: line + b"\r\n"),
    st.sampled_from(LINES),
    st.sampled_from([b"\r", b"\n", b"\r\n.\r\n", b"\n.\n", b" ", b"\t"]),
    st.binary(max_size=40),
)
TRANSACTION = b"EHLO a.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"
REPLY = re.compile(r"(?:220|221|250|252|214|354|421|45[0-2]|50[0-3]|55[0-5])[ -][\x20-\x7e]*\r\n")


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[Listener, Accepting]]:
    accepting = Accepting()
    with listening(accepting, rules()) as listener:
        yield listener, accepting


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from([Source.SMTP, Source.LMTP]),
    begun=st.booleans(),
    pieces=st.lists(PIECE, max_size=25),
    packet=st.integers(1, 400),
)
def test_a_session_survives_anything(
    door: tuple[Listener, Accepting], *, kind: Source, begun: bool, pieces: list[bytes], packet: int
) -> None:
    listener, accepting = door
    accepting.arrivals.clear()
    opening = TRANSACTION.replace(b"EHLO", b"LHLO") if kind is Source.LMTP else TRANSACTION
    stream = (opening if begun else b"") + b"".join(pieces)
    with capture_logs() as logged:
        heard = _said(listener.addresses[kind], stream, packet)
        until(lambda: listener.sessions == 0)
    for line in heard.decode("ascii").splitlines(keepends=True):
        assert REPLY.fullmatch(line), line
    assert logged == []
    assert heard.count(b"250 2.0.0 Taken") == len(accepting.arrivals)
    for arrival in accepting.arrivals:
        assert arrival.envelope.recipients
        assert all(recipient.endswith("@example.com") for recipient in arrival.envelope.recipients)
        raw = arrival.raw
        assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
        assert b"\x00" not in raw


def _said(address: tuple[str, int], stream: bytes, packet: int) -> bytes:
    heard = b""
    with socket.create_connection(address, timeout=10) as client:
        try:
            for start in range(0, len(stream), packet):
                client.sendall(stream[start : start + packet])
            client.shutdown(socket.SHUT_WR)
            while octets := client.recv(65_536):
                heard += octets
        except ConnectionError:
            # It was sent away while it still spoke; what it was told may be lost.
            pass
    return heard[: heard.rfind(b"\n") + 1]


def test_the_server_lives_on(door: tuple[Listener, Accepting]) -> None:
    listener, _ = door
    heard = _said(listener.addresses[Source.SMTP], TRANSACTION + b"Subject: x\r\n\r\n.\r\nQUIT\r\n", 1_000)
    assert heard.endswith(b"250 2.0.0 Taken\r\n221 2.0.0 Bye\r\n")
    assert OURS.encode() not in heard
