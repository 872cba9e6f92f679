"""The doors for mail by SMTP (RFC 5321) and LMTP (RFC 2033).

A 250 is given only after the message and its envelope are committed; the session waits for
that commit without holding up the others. One transaction is one arrival, however many
recipients it names. By LMTP every recipient gets a reply of its own.

Only our own addresses are served, with or without +tag; every other recipient is refused with
550 5.1.1, so nobody can relay through us. Size, recipients and sessions are bounded (552, 452,
421). When something fails here the answer is 451 4.3.0 without detail, never a 5yz, because
the sender would give the mail up for good; the detail goes to the log.

A client that vanishes before the end of its message leaves nothing behind. One that vanishes
after the end and before our reply has left a message; its second attempt is the same mail again,
which is recognised by its content.

The greeting names the partner's domain and no software. A client that is none of the
`trusted_relays` may not vouch for anything: its arrivals bear OUTSIDE as their mailbox.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, AnyStr

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Dialogue

from mailbot.deciding.context import OUTSIDE, Source
from mailbot.errors import MailbotError, StoreFull
from mailbot.intake.border import endpoint, is_own, is_trusted, own_recipients
from mailbot.intake.octets import BLOCK_OCTETS, Allowance, Endless, NoRoom, TooLarge, read_message
from mailbot.reading.model import Envelope
from mailbot.rules import Rules
from mailbot.store.spool import NewArrival, pack

Accept = Callable[[NewArrival], "Future[int | None] | int | None"]

_HELD_OCTETS = 134_217_728
_PACK_ELSEWHERE_OCTETS = 65_536
_BUSY = b"421 4.3.2 Too many connections now, please try again later\r\n"
_CLOSING = b"421 4.3.2 Service is closing, please try again later\r\n"
_INTERNAL = "451 4.3.0 Something went wrong here, please try again later"
# Beyond what RFC 5321 allows, because real senders put commas and the like into bounce addresses.
_LOCAL = r'[^\s<>@"\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
_PATH = re.compile(rf"<(?:@[^:<>]*:)?(?P<address>(?:{_LOCAL})(?:@[^\s<>@]+)?)?>(?P<rest>.*)")
_BARE_PATH = re.compile(rf"(?P<address>(?:{_LOCAL})@[^\s<>@]+)(?P<rest>(?: .*)?)")
_LONE_CODE = re.compile(r"(?!220 )([245]\d\d) (?:Error: )?(?!\d\.\d)(.*)", re.DOTALL)
_ENHANCED = {
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "530": "5.7.0",
    "538": "5.7.11",
    "552": "5.3.4",
    "555": "5.5.4",
}

log = structlog.get_logger("mailbot.intake.smtp")


class Listener:
    """The SMTP and LMTP doors that rules.toml opens, served by one thread."""

    def __init__(
        self, rules: Rules, accept: Accept, now: Callable[[], datetime], *, held_octets: int = _HELD_OCTETS
    ) -> None:
        """`accept` commits an arrival, or returns a future that is done once it is committed.

        It is called in the listener's thread and must not wait. `held_octets` bounds the
        unfinished messages of all sessions together; one message may always be as large as allowed.
        """
        self._rules = rules
        self._accept = accept
        self._now = now
        self._allowance = Allowance(max(held_octets, 2 * rules.limits.message_bytes))
        self._own = own_recipients(rules)
        self._sessions: set[_SmtpSession] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._grace = timedelta(0)
        self.addresses: dict[Source, tuple[str, int]] = {}
        """Where each open door really listens; port 0 in rules.toml takes any free one."""

    @property
    def sessions(self) -> int:
        """How many sessions are open at present."""
        return len(self._sessions)

    def start(self) -> None:
        """Open the doors, or none of them: raise MailbotError when one cannot be opened."""
        doors = {Source.SMTP: self._rules.listen.smtp, Source.LMTP: self._rules.listen.lmtp}
        opened: Future[dict[Source, tuple[str, int]]] = Future()
        run = partial(asyncio.run, self._serve({door: at for door, at in doors.items() if at}, opened))
        self._thread = threading.Thread(target=run, name="listener", daemon=True)
        self._thread.start()
        try:
            self.addresses = opened.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            raise

    def stop(self, grace: timedelta = timedelta(seconds=5)) -> None:
        """Close the doors; messages received whole get their reply within `grace`, other sessions a 421."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._grace = grace
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    async def _serve(self, doors: dict[Source, str], opened: Future[dict[Source, tuple[str, int]]]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        servers: list[asyncio.Server] = []
        addresses: dict[Source, tuple[str, int]] = {}
        door, where = Source.SMTP, ""
        try:
            for door, where in doors.items():
                host, port = endpoint(where)
                servers.append(await self._loop.create_server(partial(self._session, door), host, port))
                addresses[door] = servers[-1].sockets[0].getsockname()[:2]
        except (OSError, ValueError) as error:
            problem = f"cannot listen on {where} for {door.upper()}: {error}; is another program using that port?"
            failure = MailbotError(problem)
            failure.__cause__ = error
            opened.set_exception(failure)
        else:
            opened.set_result(addresses)
            await self._stop.wait()
        for server in servers:
            server.close()
        await self._finish_sessions()

    async def _finish_sessions(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._grace.total_seconds()
        while self._sessions and asyncio.get_running_loop().time() < deadline:
            for session in self._sessions:
                session.close_unless_storing()
            await asyncio.sleep(0.01)

    def _session(self, door: Source) -> asyncio.Protocol:
        if len(self._sessions) >= self._rules.listen.max_sessions:
            return _Refusal()
        kind = _LmtpSession if door is Source.LMTP else _SmtpSession
        return kind(_Hooks(self._rules, self._own), door, self._sessions, self._store, self._allowance)

    async def _store(self, door: Source, peer: str, envelope: Envelope, raw: bytes) -> str:
        """Return the reply of one message: 250 once it is committed, else a 4yz."""
        try:
            packed = await asyncio.to_thread(pack, raw) if len(raw) > _PACK_ELSEWHERE_OCTETS else None
            new = NewArrival(
                source=door,
                received_at=self._now(),
                raw=raw,
                envelope=envelope,
                mailbox="" if is_trusted(peer, self._rules.listen.trusted_relays) else OUTSIDE,
                packed=packed,
            )
            accepted = self._accept(new)
            if isinstance(accepted, Future):
                # Shielded: a client that goes away must not take back what the writer has begun.
                await asyncio.shield(asyncio.wrap_future(accepted))
        except StoreFull:
            log.warning("refused", door=door, peer=peer, reason="no room in the store")
            return "452 4.3.1 No room at present, please try again later"
        except Exception:
            log.exception("refused", door=door, peer=peer)
            return _INTERNAL
        return "250 2.0.0 Taken"


class _Refusal(asyncio.Protocol):
    """A session too many: told so, and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_BUSY)
        transport.close()


class _Hooks:
    """What aiosmtpd asks of us during a session."""

    def __init__(self, rules: Rules, own: frozenset[str]) -> None:
        self.rules = rules
        self.domain = rules.partner.address.rpartition("@")[2] or "localhost"
        self._own = own

    async def handle_EHLO(
        self, server: SMTP, session: Dialogue, transaction: Transaction, host: str, replies: list[str]
    ) -> list[str]:
        session.host_name = host
        # aiosmtpd ends its list with HELP; one reply in one piece, so that no line is taken for a reply of its own.
        return ["\r\n".join([*replies[:-1], "250-PIPELINING", "250 ENHANCEDSTATUSCODES"])]

    async def handle_RCPT(
        self, server: SMTP, session: Dialogue, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        if not is_own(address, self._own):
            return "550 5.1.1 There is no such mailbox here"
        if len(transaction.rcpt_tos) >= self.rules.listen.max_recipients:
            return "452 4.5.3 Too many recipients, please send the rest separately"
        transaction.rcpt_tos.append(address)
        return "250 2.1.5 Recipient is ours"

    async def handle_exception(self, error: Exception) -> str:
        log.error("session-failed", exc_info=error)
        return _INTERNAL


Store = Callable[[Source, str, Envelope, bytes], Any]


class _SmtpSession(SMTP):
    """One SMTP session; what aiosmtpd does line by line in DATA is done in blocks here."""

    # The reader's buffer: bounds a command line, and the block that is searched for the end of data.
    line_length_limit = BLOCK_OCTETS

    def __init__(
        self, hooks: _Hooks, door: Source, sessions: set[_SmtpSession], store: Store, allowance: Allowance
    ) -> None:
        limit_octets = hooks.rules.limits.message_bytes
        super().__init__(
            hooks,
            data_size_limit=limit_octets,
            enable_SMTPUTF8=True,
            hostname=hooks.domain,
            ident="LMTP" if door is Source.LMTP else "ESMTP",
            timeout=hooks.rules.listen.timeout.total_seconds(),
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._open_sessions = sessions
        self._store = store
        self._limit_octets = limit_octets
        self._allowance = allowance
        self._storing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_sessions.discard(self)
        super().connection_lost(error)

    def close_unless_storing(self) -> None:
        """Say goodbye now, or after the reply that is due."""
        if self._storing or not isinstance(self.transport, asyncio.WriteTransport):
            return
        if not self.transport.is_closing():
            self.transport.write(_CLOSING)
            self.transport.close()

    async def push(self, status: AnyStr) -> None:
        """Send a reply, with an enhanced status code (RFC 2034) where aiosmtpd has none."""
        if isinstance(status, str):
            # The reply to HELO is the one that must not have a code.
            status = status if status == f"250 {self.hostname}" else enhanced(status)
        await super().push(status)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Return the address in a path and what follows it; "<>" for the null path, (None, None) for none.

        aiosmtpd uses the standard library's header parser here, which raises IndexError on "<".
        A source route is read over (RFC 5321 appendix F.2).
        """
        found = _PATH.fullmatch(arg.strip()) or _BARE_PATH.fullmatch(arg.strip())
        if found is None or any("\ud800" <= character <= "\udfff" for character in arg):
            return None, None
        return found["address"] or "<>", found["rest"].strip()

    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed() or self.envelope is None:
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 5.5.1 No recipient so far")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        transaction = self.envelope
        try:
            raw = await read_message(self._reader, self._limit_octets, self._allowance, self._reset_timeout)
        except TooLarge:
            reply = f"552 5.3.4 The message is larger than {self._limit_octets} octets"
        except NoRoom:
            reply = "452 4.3.1 Too much mail at once, please try again later"
        except Endless:
            await self.push(f"552 5.3.4 The message is far larger than {self._limit_octets} octets")
            self._writer.close()
            return
        else:
            reply = await self._stored(transaction, raw)
        self.envelope = self._create_envelope()
        await self.push(self._replies(reply, transaction))

    async def _stored(self, transaction: Transaction, raw: bytes) -> str:
        peer = self.session.peer if self.session is not None else None
        reverse_path = "" if transaction.mail_from == "<>" else transaction.mail_from
        envelope = Envelope(reverse_path, tuple(dict.fromkeys(transaction.rcpt_tos)))
        self._storing = True
        try:
            return str(await self._store(self._door, str(peer[0]) if peer else "", envelope, raw))
        finally:
            self._storing = False
            self._allowance.give_back(len(raw))

    def _replies(self, reply: str, transaction: Transaction) -> str:
        return reply

    async def smtp_HELP(self, arg: str) -> None:
        await self.push("214 2.0.0 RFC 5321 tells all")

    async def smtp_VRFY(self, arg: str) -> None:
        await self.push("252 2.5.0 Send a message, and its reply will tell")

    async def smtp_EXPN(self, arg: str) -> None:
        await self.push("502 5.5.1 There are no lists here")


class _LmtpSession(_SmtpSession, LMTP):
    """One LMTP session: LHLO for a greeting, and after the message one reply per recipient (RFC 2033 section 4.2)."""

    def _replies(self, reply: str, transaction: Transaction) -> str:
        return "\r\n".join([reply] * len(transaction.rcpt_tos))


def enhanced(reply: str) -> str:
    """Return the reply with an enhanced status code; a greeting, 3yz, several lines or one that has it stay as is."""
    found = _LONE_CODE.fullmatch(reply)
    if found is None:
        return reply
    code, text = found.groups()
    return f"{code} {_ENHANCED.get(code, code[0] + '.0.0')} {text}"


# aiosmtpd logs every command with its addresses at INFO; one line per event is logged by us instead.
logging.getLogger("mail.log").setLevel(logging.WARNING)
