"""One session at our door: what is said line by line, on top of aiosmtpd.

aiosmtpd leads the dialogue; its replies get an enhanced status code (RFC 2034) where it has none.
Three of its ways are replaced: the text of a message is read in blocks (`mailbot.intake.octets`),
addresses are read by the grammar of SMTP instead of that of header fields, and nothing is said
about the software or its commands.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import AnyStr

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Dialogue

from mailbot.deciding.context import Source
from mailbot.intake.border import is_own
from mailbot.intake.octets import BLOCK_OCTETS, Allowance, Endless, NoRoom, TooLarge, read_message
from mailbot.reading.model import Envelope
from mailbot.rules import Rules

INTERNAL_ERROR = "451 4.3.0 Something went wrong here, please try again later"

Store = Callable[[Source, str, Envelope, bytes], Awaitable[str]]
"""Takes door, the client's IP address, envelope and message; returns the reply to them."""

_BUSY = b"421 4.3.2 Too many connections now, please try again later\r\n"
_CLOSING = b"421 4.3.2 Service is closing, please try again later\r\n"
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


class Refusal(asyncio.Protocol):
    """A session too many: told so, and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say 421 (RFC 5321 section 3.8) and close."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_BUSY)
        transport.close()


class Hooks:
    """What aiosmtpd asks of us during a session."""

    def __init__(self, rules: Rules, own: frozenset[str]) -> None:
        self.rules = rules
        self.domain = rules.partner.address.rpartition("@")[2] or "localhost"
        self._own = own

    async def handle_EHLO(
        self, server: SMTP, session: Dialogue, transaction: Transaction, host: str, replies: list[str]
    ) -> list[str]:
        """Return the extensions: PIPELINING and enhanced status codes, which LMTP must have, and no HELP."""
        session.host_name = host
        # aiosmtpd ends its list with HELP; one reply in one piece, so that no line is taken for a reply of its own.
        return ["\r\n".join([*replies[:-1], "250-PIPELINING", "250 ENHANCEDSTATUSCODES"])]

    async def handle_RCPT(
        self, server: SMTP, session: Dialogue, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        """Take a recipient that is ours, up to the limit."""
        if not is_own(address, self._own):
            return "550 5.1.1 There is no such mailbox here"
        if len(transaction.rcpt_tos) >= self.rules.listen.max_recipients:
            return "452 4.5.3 Too many recipients, please send the rest separately"
        transaction.rcpt_tos.append(address)
        return "250 2.1.5 Recipient is ours"

    async def handle_exception(self, error: Exception) -> str:
        """Say 451, never a 5yz: the fault is ours, and the mail must come again."""
        log.error("session-failed", exc_info=error)
        return INTERNAL_ERROR


class SmtpSession(SMTP):
    """One SMTP session; what aiosmtpd does line by line in DATA is done in blocks here."""

    # The reader's buffer: bounds a command line, and the block that is searched for the end of data.
    line_length_limit = BLOCK_OCTETS

    def __init__(
        self, hooks: Hooks, door: Source, sessions: set[SmtpSession], store: Store, allowance: Allowance
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
        """Count the session."""
        self._open_sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count the session no longer."""
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
            status = status if status == f"250 {self.hostname}" else enhanced(_without_echo(status))
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
        """Take the message, and reply when it is stored (RFC 5321 section 4.1.1.4)."""
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
            return await self._store(self._door, str(peer[0]) if peer else "", envelope, raw)
        finally:
            self._storing = False
            self._allowance.give_back(len(raw))

    def _replies(self, reply: str, transaction: Transaction) -> str:
        return reply

    async def smtp_HELP(self, arg: str) -> None:
        """Tell nothing about the software."""
        await self.push("214 2.0.0 RFC 5321 tells all")

    async def smtp_VRFY(self, arg: str) -> None:
        """Tell nothing about who is here (RFC 5321 section 7.3)."""
        await self.push("252 2.5.0 Send a message, and its reply will tell")

    async def smtp_EXPN(self, arg: str) -> None:
        """Tell nothing about who is here."""
        await self.push("502 5.5.1 There are no lists here")


class LmtpSession(SmtpSession, LMTP):
    """One LMTP session: LHLO for a greeting, and after the message one reply per recipient (RFC 2033 section 4.2)."""

    def _replies(self, reply: str, transaction: Transaction) -> str:
        return "\r\n".join([reply] * len(transaction.rcpt_tos))


def _without_echo(reply: str) -> str:
    """Return the reply without what the client said: aiosmtpd repeats a command that it does not know."""
    return "500 5.5.2 There is no such command" if reply.startswith("500 Error: command ") else reply


def enhanced(reply: str) -> str:
    """Return the reply with an enhanced status code; a greeting, 3yz, several lines or one that has it stay as is."""
    found = _LONE_CODE.fullmatch(reply)
    if found is None:
        return reply
    code, text = found.groups()
    return f"{code} {_ENHANCED.get(code, code[0] + '.0.0')} {text}"


# aiosmtpd logs every command at INFO, and at WARNING, as it came, one that it does not know; one line per event is
# logged by us instead.
logging.getLogger("mail.log").setLevel(logging.ERROR)
