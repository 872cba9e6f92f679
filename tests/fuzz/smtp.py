"""Any octets in any blocks to a session at our door: it ends, says replies only, and takes whole transactions only.

The connection is made of memory, because one by the kernel would let a few hundred sessions a second through. The
first octets say which door it is, what little room there is, and how the rest is cut to blocks. A client
that is cut otherwise must get the same replies.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from structlog.testing import capture_logs

from mailbot.deciding.context import Source
from mailbot.intake.border import Visitor
from mailbot.intake.octets import Allowance, Incoming
from mailbot.intake.smtp.doorkeeper import Doorkeeper
from mailbot.intake.smtp.hooks import Hooks
from mailbot.intake.smtp.session import LmtpSession, SmtpSession
from mailbot.reading.fields.address import domain_of
from mailbot.reading.model import Envelope
from mailbot.rules import Limits, Listener, Partner, Rules

LONGEST = 4_096
_LEAD = 3
MESSAGE_OCTETS = 1_000
_SECONDS = 5.0
_VISITOR = Visitor("192.0.2.1", "192.0.2.1", is_trusted=False)
_REPLY = re.compile(r"(?:220|221|250|252|214|354|421|45[0-2]|50[0-3]|55[0-5])[ -][\x20-\x7e]*\r\n")
_RULES = Rules(
    partner=Partner(address="support@example.com", aliases=("help@example.com",)),
    listen=Listener(smtp="127.0.0.1:0", lmtp="127.0.0.1:0"),
    limits=Limits(message_bytes=MESSAGE_OCTETS),
)
OPENING = b"EHLO a.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"


def seeds() -> Iterator[bytes]:
    """Yield octets to begin with."""
    yield b"\x00\x00\x01" + OPENING + b"Subject: x\r\n\r\n..x\r\n.\r\nQUIT\r\n"
    yield (
        b"\x01\x01\x07" + OPENING.replace(b"EHLO", b"LHLO") + b"a\nb\rc\x00\r\n.\r\nRSET\r\nNOOP\r\nVRFY a\r\nQUIT\r\n"
    )
    yield b"\x00\x01\x07" + OPENING + b"x" * (MESSAGE_OCTETS - 2) + b"\r\n.\r\nQUIT\r\n"
    yield b"\x00\x02\x40HELO a\r\nMAIL FROM:<> SIZE=12 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<@a,@b:help+t@example.com>\r\n"
    yield b"\x00\x00\x80" + OPENING + b"x" * 1_200 + b"\r\n.\r\n" + OPENING + b"x" * 9_000
    yield b"\x00\x00\x09EHLO a\r\nSTARTTLS\r\nAUTH PLAIN AAAA\r\nEXPN a\r\nHELP\r\nBDAT 5 LAST\r\nGET / HTTP/1.1\r\n"


def check(octets: bytes) -> None:
    """Say them to a session, cut in two ways; raise AssertionError when a promise is broken."""
    lead, said = octets[:_LEAD].ljust(_LEAD, b"\x00"), octets[_LEAD:]
    compare(lead, said, list(_blocks(said, lead[2])))


def compare(lead: bytes, said: bytes, blocks: list[bytes]) -> None:
    """Say that at once and in these blocks; raise AssertionError when the two differ, or a promise breaks."""
    whole = _held(lead, [said])
    cut = _held(lead, blocks)
    # What follows STARTTLS at once is refused for that, so that there the cut matters.
    if b"starttls" not in said.lower():
        assert whole == cut, (whole, cut)


def _blocks(said: bytes, seed: int) -> Iterator[bytes]:
    chance, start = random.Random(seed), 0
    while start < len(said):
        end = start + chance.choice((1, 2, 5, 30, 500))
        yield said[start:end]
        start = end


def _held(lead: bytes, blocks: list[bytes]) -> tuple[bytes, list[tuple[Envelope, bytes]]]:
    """Return the replies, and what was taken."""
    with capture_logs() as logged:
        heard, taken = _loop().run_until_complete(asyncio.wait_for(_session(lead, blocks), _SECONDS))
    assert all(one["event"] == "refused" for one in logged), logged
    for line in heard.decode("ascii").splitlines(keepends=True):
        assert _REPLY.fullmatch(line), line
    accepted = heard.count(b"250 2.0.0 Taken")
    # By LMTP each recipient has a reply, also one that is named twice.
    is_lmtp = lead[0] & 1
    assert accepted >= sum(len(envelope.recipients) for envelope, _ in taken) if is_lmtp else accepted == len(taken)
    for envelope, raw in taken:
        assert envelope.recipients
        assert all(domain_of(recipient) == "example.com" for recipient in envelope.recipients), envelope
        assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
        assert b"\x00" not in raw
    return heard, taken


async def _session(lead: bytes, blocks: list[bytes]) -> tuple[bytes, list[tuple[Envelope, bytes]]]:
    taken: list[tuple[Envelope, bytes]] = []

    async def store(_door: Source, _client: Visitor, envelope: Envelope, message: Incoming) -> str:
        taken.append((envelope, message.octets if message.file is None else message.file.read()))
        return "250 2.0.0 Taken"

    doorkeeper = Doorkeeper(_RULES.listen, lambda: 0.0)
    allowance = Allowance(0 if lead[1] & 1 else 1 << 20)
    hooks = Hooks(_RULES, doorkeeper, lambda _octets: None, store, allowance, folder=None)
    door, kind = (Source.LMTP, LmtpSession) if lead[0] & 1 else (Source.SMTP, SmtpSession)
    session = kind(hooks, door, _VISITOR)
    connection = _Connection(session)
    session.connection_made(connection)
    for block in blocks:
        await connection.readable.wait()
        if connection.is_closing():
            break
        session.data_received(block)
        await asyncio.sleep(0)
    if not connection.is_closing():
        session.eof_received()
    assert session._handler_coroutine is not None
    await session._handler_coroutine
    await asyncio.sleep(0)
    assert connection.is_closing(), "a session that is over leaves its connection open"
    assert not doorkeeper.guests
    return bytes(connection.heard), taken


class _Connection(asyncio.Transport):
    """A connection of which the other end hears at once, whatever is said."""

    def __init__(self, session: SmtpSession) -> None:
        super().__init__({"peername": (_VISITOR.address, 4_000)})
        self._session = session
        self._is_closing = False
        self.heard = bytearray()
        self.readable = asyncio.Event()
        self.readable.set()

    def write(self, data: Any) -> None:
        assert not self._is_closing, "said to a closed connection"
        self.heard += data

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.readable.clear()

    def resume_reading(self) -> None:
        self.readable.set()

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self.readable.set()
            asyncio.get_running_loop().call_soon(self._session.connection_lost, None)

    def abort(self) -> None:
        self.close()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()
