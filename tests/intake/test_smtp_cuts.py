"""A connection that breaks at any octet, either way: nothing is kept by halves, nothing acknowledged is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailbot.deciding.context import Source
from mailbot.intake.smtp import Listener
from tests.intake.smtp_support import OURS, Store, rules, until
from tests.servers.proxy import Proxy

COMMANDS = {
    Source.SMTP: (b"EHLO client.example", b"MAIL FROM:<ann@example.net>", f"RCPT TO:<{OURS}>".encode(), b"DATA"),
    Source.LMTP: (b"LHLO front.example", b"MAIL FROM:<ann@example.net>", f"RCPT TO:<{OURS}>".encode(), b"DATA"),
}
MESSAGE = b"From: ann@example.net\r\nSubject: No dial tone %04d\r\n\r\n..All phones\r\n. are dead.\r\n.\r\n"


@contextmanager
def door(folder: Path, kind: Source) -> Iterator[tuple[Store, Listener, Proxy]]:
    with Store(folder) as store, store.listening(rules()) as listener, Proxy(listener.addresses[kind][1]) as proxy:
        yield store, listener, proxy


def converse(proxy: Proxy, kind: Source, message: bytes) -> bool:
    """Lead a whole dialogue, waiting for each reply; return whether the message was acknowledged."""
    acknowledged = False
    try:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
            replies = client.makefile("rb")
            with replies:
                _reply(replies)
                for line in (*(command + b"\r\n" for command in COMMANDS[kind]), message, b"QUIT\r\n"):
                    client.sendall(line)
                    reply = _reply(replies)
                    acknowledged = acknowledged or (line is message and reply == b"250")
    except OSError:
        pass
    return acknowledged


def _reply(replies: object) -> bytes:
    while True:
        line: bytes = replies.readline()  # type: ignore[attr-defined]
        if not line.endswith(b"\r\n"):
            raise ConnectionError
        if line[3:4] != b"-":
            return line[:3]


def as_stored(message: bytes) -> bytes:
    return message.removesuffix(b".\r\n").replace(b"\r\n.", b"\r\n")


@pytest.mark.parametrize("kind", [Source.SMTP, Source.LMTP])
def test_what_the_client_sends_is_stored_whole_or_not_at_all(tmp_path: Path, kind: Source) -> None:
    """F26: a message counts from the last octet of its end on, and not before."""
    before = sum(len(command) + 2 for command in COMMANDS[kind])
    end = before + len(MESSAGE % 1000)
    with door(tmp_path, kind) as (store, listener, proxy):
        stored: list[bytes] = []
        for cut in range(end + 7):
            message = MESSAGE % cut
            proxy.cut_up_after = cut
            acknowledged = converse(proxy, kind, message)
            if cut >= end:
                stored.append(as_stored(message))
            # F27: an end that came is stored, whether or not its sender heard of it.
            until(lambda: listener.sessions == 0 and len(store.raws()) >= len(stored))
            assert store.raws() == stored
            assert not acknowledged or cut >= end
        proxy.cut_up_after = None
        assert converse(proxy, kind, MESSAGE % 9999)


@pytest.mark.parametrize("kind", [Source.SMTP, Source.LMTP])
def test_a_lost_reply_loses_no_message(tmp_path: Path, kind: Source) -> None:
    """The client sends its message when the 354 has reached it; from then on it may be stored, at most once."""
    acknowledged = {}
    with door(tmp_path, kind) as (store, listener, proxy):
        assert converse(proxy, kind, MESSAGE % 9999)
        said = bytes(proxy.down)
        may_send = said.index(b"\r\n", said.index(b"354")) + 2
        for cut in range(len(said) + 1):
            proxy.cut_down_after = cut
            acknowledged[cut] = converse(proxy, kind, MESSAGE % cut)
        until(lambda: listener.sessions == 0)
        raws = store.raws()
    for cut, is_acknowledged in acknowledged.items():
        stored = raws.count(as_stored(MESSAGE % cut))
        assert stored in ({1} if is_acknowledged else {0} if cut < may_send else {0, 1}), cut
    assert len(raws) == len(set(raws))
    assert any(acknowledged.values())
    assert not all(acknowledged.values())
