"""One session at our door: what is said line by line, on top of aiosmtpd.

aiosmtpd knows the commands and their order; its replies get an enhanced status code (RFC 2034) where
it has none. These of its ways are replaced: lines and messages are read by `Wire` and `Incoming`,
within bounds; replies to commands that came together leave together (PIPELINING, RFC 2920);
addresses are read by the grammar of SMTP instead of that of header fields; TLS and signing in
are not there; and nothing is said about the software or its commands.

A client that only makes mistakes, or does nothing that leads to a message, is sent away, and so is
one that speaks HTTP, behind whose back a browser may be made to write mail.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import AnyStr, cast

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Transaction

from mailbot.deciding.context import Source
from mailbot.intake.border import Visitor
from mailbot.intake.octets import Endless, Incoming, NoRoom, TooLarge
from mailbot.intake.smtp.hooks import Hooks
from mailbot.intake.smtp.replies import BUSY, CLOSING, INTERNAL_ERROR, NO_ROOM, TIMEOUT, enhanced
from mailbot.intake.smtp.wire import Gone, NoLineEnd, Wire
from mailbot.reading.model import Envelope

# RFC 5321 section 4.5.3.1.4 wants 512; addresses of real bounces and their parameters are longer.
_COMMAND_OCTETS = 2_048
# RFC 5321 section 4.5.3.1.8 does not ask for more recipients than fit here, and clients may reset now and then.
_COMMANDS_WITHOUT_MESSAGE = 200
_UNSENT_OCTETS = 4_096
_LINGER_SECONDS = 5.0
_OTHER_PROTOCOLS = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"})
# Beyond what RFC 5321 allows, because real senders put commas and the like into bounce addresses.
_LOCAL = r'[^\s<>@"\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
_PATH = re.compile(rf"<(?:@[^:<>]*:)?(?P<address>(?:{_LOCAL})(?:@[^\s<>@]+)?)?>(?P<rest>.*)")
_BARE_PATH = re.compile(rf"(?P<address>(?:{_LOCAL})@[^\s<>@]+)(?P<rest>(?: .*)?)")
_SURROGATE = re.compile("[\ud800-\udfff]")
log = structlog.get_logger("mailbot.intake.smtp")


class SmtpSession(SMTP):
    """One SMTP session."""

    def __init__(self, hooks: Hooks, door: Source, visitor: Visitor) -> None:
        listen = hooks.rules.listen
        self._limit_octets = hooks.rules.limits.message_bytes
        super().__init__(
            hooks,
            data_size_limit=self._limit_octets,
            enable_SMTPUTF8=True,
            hostname=hooks.domain,
            ident="LMTP" if door is Source.LMTP else "ESMTP",
            timeout=listen.timeout.total_seconds(),
            loop=asyncio.get_running_loop(),
        )
        self.visitor = visitor
        self.active_at = self.loop.time()
        self.is_storing = False
        self._hooks = hooks
        self._door = door
        self._max_errors = listen.max_errors
        self._wire = Wire()
        self._unsent: list[bytes] = []
        self._unsent_octets = 0
        self._errors = 0
        self._commands = 0
        self._is_leaving = False

    def __dir__(self) -> list[str]:
        """Return the commands, for which aiosmtpd looks in all that a session has, for each session anew."""
        return _COMMANDS[type(self)]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the session."""
        self._hooks.doorkeeper.enter(self)
        self._wire.open(cast("asyncio.Transport", transport))
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Keep what came until it is asked for."""
        self._wire.feed(data)

    def eof_received(self) -> bool:
        """Note that the client has said all; it still gets its replies."""
        self._wire.end()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """Count the session no longer.

        aiosmtpd would cancel what it does now. It ends by itself, at the next octet that it waits for, so that
        nothing is taken back that is being stored.
        """
        self._hooks.doorkeeper.leave(self)
        self._is_leaving = True
        self._wire.end()
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self.transport = None
        asyncio.StreamReaderProtocol.connection_lost(self, error)

    def close_unless_storing(self) -> None:
        """Say goodbye now, or after the reply that is due."""
        if not self.is_storing:
            self._leave(CLOSING)

    def send_away(self) -> None:
        """Say that there is no place, and end."""
        self._leave(BUSY)

    def _leave(self, reply: str = "") -> None:
        """Say what is to be said still, and close; what the client does not take in a moment is lost."""
        transport = self.transport
        if self._is_leaving or not isinstance(transport, asyncio.WriteTransport):
            return
        self._is_leaving = True
        if reply:
            self._unsent.append(f"{reply}\r\n".encode())
        transport.write(b"".join(self._unsent))
        self._unsent.clear()
        transport.close()
        if transport.get_write_buffer_size():
            self.loop.call_later(_LINGER_SECONDS, transport.abort)

    async def push(self, status: AnyStr) -> None:
        """Send a reply, with an enhanced status code (RFC 2034) where aiosmtpd has none, once no command waits."""
        if isinstance(status, str):
            # The reply to HELO is the one that must not have a code.
            status = status if status == f"250 {self.hostname}" else enhanced(status)
            octets = status.encode()
        else:
            octets = bytes(status)
        self._errors += octets.startswith(b"5")
        self._unsent.append(octets + b"\r\n")
        self._unsent_octets += len(octets)
        if self._unsent_octets > _UNSENT_OCTETS:
            await self._send()

    async def _send(self) -> None:
        if self._unsent and not self._is_leaving:
            self._writer.write(b"".join(self._unsent))
            self._unsent.clear()
            self._unsent_octets = 0
            await self._writer.drain()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Put the timeout off: a note for the timer that runs, which is cheaper than another timer."""
        self.active_at = self.loop.time()
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_later(self._timeout_duration, self._timeout_cb)

    def _timeout_cb(self) -> None:
        left = self._timeout_duration if self.is_storing else self.active_at + self._timeout_duration - self.loop.time()
        if left > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
        else:
            self._leave(TIMEOUT)

    async def _handle_client(self) -> None:
        """Lead the dialogue until one side has had enough of it."""
        try:
            await self.push(f"220 {self.hostname} {self.__ident__}")
            while not self._is_leaving:
                await self._answer_next()
        except NoLineEnd:
            self._leave("500 5.5.2 There is no end to this line")
        except (Gone, ConnectionError):
            pass
        except Exception:
            log.exception("session-failed", door=self._door, peer=self.visitor.address)
            self._leave("421 4.3.0 Something went wrong here, please try again later")
        finally:
            self._leave()

    async def _answer_next(self) -> None:
        if not self._wire.has_line:
            await self._send()
        line = await self._wire.line(_COMMAND_OCTETS)
        try:
            await self._obey(line)
        except (Gone, NoLineEnd, ConnectionError):
            raise
        except Exception:
            # Never a 5yz: the fault is ours, and the mail must come again.
            log.exception("session-failed", door=self._door, peer=self.visitor.address)
            await self.push(INTERNAL_ERROR)
        self._commands += 1
        limit = _COMMANDS_WITHOUT_MESSAGE + self._hooks.rules.listen.max_recipients
        if self._max_errors and self._errors >= self._max_errors:
            self._leave("421 4.7.0 Too many errors, goodbye")
        elif self._commands >= limit:
            self._leave("421 4.7.0 Too many commands without a message, goodbye")

    async def _obey(self, line: bytes | None) -> None:
        """Answer one command; None is one that is too long."""
        if line is None:
            await self.push("500 5.5.2 This line is too long for a command")
            return
        word, _, rest = line.partition(b" ")
        name = word.decode("ascii", "replace").upper()
        method = self._smtp_methods.get(name)
        if method is not None:
            self._reset_timeout()
            await method(rest.strip().decode("utf-8", "surrogateescape") or None)
        elif name in _OTHER_PROTOCOLS:
            self._leave("421 4.7.0 This is a mail server, goodbye")
        else:
            await self.push("500 5.5.2 There is no such command")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Return the address in a path and what follows it; "<>" for the null path, (None, None) for none.

        aiosmtpd uses the standard library's header parser here, which raises IndexError on "<".
        A source route is read over (RFC 5321 appendix F.2).
        """
        arg = arg.strip()
        found = _PATH.fullmatch(arg) or _BARE_PATH.fullmatch(arg)
        # Octets that are no UTF-8 came through as lone surrogates.
        if found is None or (not arg.isascii() and _SURROGATE.search(arg)):
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
        await self._send()
        transaction, self.envelope = self.envelope, self._create_envelope()
        message = Incoming(self._limit_octets, self._hooks.allowance, self._hooks.folder)
        try:
            await message.read(self._wire.message(), self._reset_timeout)
            reply = await self._stored(transaction, message)
        except TooLarge:
            reply = f"552 5.3.4 The message is larger than {self._limit_octets} octets"
        except NoRoom as no_room:
            log.warning("refused", door=self._door, peer=self.visitor.address, reason=str(no_room))
            reply = NO_ROOM
        except Endless:
            self._leave(f"552 5.3.4 The message is far larger than {self._limit_octets} octets")
            return
        finally:
            message.let_go()
        await self.push(self._replies(reply, transaction))

    async def _stored(self, transaction: Transaction, message: Incoming) -> str:
        reverse_path = "" if transaction.mail_from == "<>" else transaction.mail_from
        envelope = Envelope(reverse_path, tuple(dict.fromkeys(transaction.rcpt_tos)))
        self.is_storing = True
        try:
            reply = await self._hooks.store(self._door, self.visitor, envelope, message)
        finally:
            self.is_storing = False
            self._reset_timeout()
        if reply.startswith("2"):
            self._commands = self._errors = 0
        return reply

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

    async def smtp_QUIT(self, arg: str) -> None:
        """End."""
        self._leave("221 2.0.0 Bye")

    async def smtp_AUTH(self, arg: str) -> None:
        """Ask nobody for a password: there is nothing to gain by one."""
        await self.push("502 5.5.1 There is no signing in here")

    async def smtp_STARTTLS(self, arg: str) -> None:
        """Offer no encryption, and serve nobody who was made to send commands ahead of it (CVE-2021-33515)."""
        if self._wire.drop():
            self._leave("503 5.5.1 Nothing may follow STARTTLS before its reply")
        else:
            await self.push("502 5.5.1 There is no TLS here")


class LmtpSession(SmtpSession, LMTP):
    """One LMTP session: LHLO for a greeting, and after the message one reply per recipient (RFC 2033 section 4.2)."""

    def _replies(self, reply: str, transaction: Transaction) -> str:
        return "\r\n".join([reply] * len(transaction.rcpt_tos))


# What the class has, `dir` of a session would look at one by one.
_COMMANDS = {kind: [name for name in dir(kind) if name.startswith("smtp_")] for kind in (SmtpSession, LmtpSession)}


# aiosmtpd logs what clients said; one line per event is logged by us instead.
logging.getLogger("mail.log").setLevel(logging.ERROR)
