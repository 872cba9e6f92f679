"""The doors for mail by SMTP (RFC 5321) and LMTP (RFC 2033).

A 250 is given only after the message and its envelope are committed; the session waits for
that commit without holding up the others. One transaction is one arrival, however many
recipients it names. By LMTP every recipient gets a reply of its own.

Only our own addresses are served, with or without +tag; every other recipient is refused with
550 5.1.1, so nobody can relay through us. Size, recipients, sessions, messages a minute, errors and
lines are bounded (552, 452, 421, 450, 500); a silent client is let go. While the disk or the queue is
short (`mailbot.intake.room`), the answer is 452 before a message is sent at all. When something fails
here the answer is 451 4.3.0 without detail, never a 5yz, because the sender would give the mail up
for good; the detail goes to the log.

A client that vanishes before the end of its message leaves nothing behind. One that vanishes
after the end and before our reply has left a message; its second attempt is the same mail again,
which is recognised by its content.

The greeting names the partner's domain and no software. A client that is none of the
`trusted_relays` may not vouch for anything: its arrivals bear OUTSIDE as their mailbox.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import structlog

from mailbot.deciding.context import OUTSIDE, Source
from mailbot.errors import MailbotError, StoreFull, StoreUnavailable
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.intake.border import Visitor, endpoint, visitor
from mailbot.intake.octets import Allowance, Incoming
from mailbot.intake.room import Shortage
from mailbot.intake.smtp.doorkeeper import Doorkeeper
from mailbot.intake.smtp.hooks import Hooks
from mailbot.intake.smtp.replies import BUSY, INTERNAL_ERROR, NO_ROOM
from mailbot.intake.smtp.session import LmtpSession, SmtpSession
from mailbot.intake.smtp.settling import Settling
from mailbot.reading.model import Envelope
from mailbot.rules import Rules
from mailbot.store.spool import NewArrival, Packed, pack, pack_file

Accept = Callable[[NewArrival], "Future[int | None] | int | None"]

_HELD_OCTETS = 67_108_864
_PACK_ELSEWHERE_OCTETS = 65_536
log = structlog.get_logger("mailbot.intake.smtp")


class Listener:
    """The SMTP and LMTP doors that rules.toml opens, served by one thread."""

    def __init__(
        self,
        rules: Rules,
        accept: Accept,
        now: Callable[[], datetime],
        *,
        shortage: Callable[[int], Shortage | None] = lambda _octets: None,
        folder: Path | None = None,
        part: Part | None = None,
    ) -> None:
        """`accept` commits an arrival, or returns a future that is done once it is committed.

        It is called in the listener's thread and must not wait. `shortage` says why a message of so many octets
        may not be taken now. Large messages are kept in files without names in the `folder`, on the disk that
        `shortage` looks at, until they are committed. `part` is told that the listener lives, and when mail is
        refused for want of room, or cannot be stored.
        """
        self._doors = {Source.SMTP: rules.listen.smtp, Source.LMTP: rules.listen.lmtp}
        self._accept = accept
        self._now = now
        self._shortage = shortage
        self._is_short = False
        self._folder = folder
        self._part = part or Part("listener", now)
        # The event loop's clock.
        self._doorkeeper = Doorkeeper(rules.listen, time.monotonic)
        self._hooks = Hooks(
            rules, self._doorkeeper, self._has_room, self._store, Allowance(_HELD_OCTETS), folder=folder
        )
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._grace = timedelta(0)
        self.addresses: dict[Source, tuple[str, int]] = {}
        """Where each open door really listens; port 0 in rules.toml takes any free one."""

    @property
    def sessions(self) -> int:
        """How many sessions are open at present."""
        return len(self._doorkeeper.guests)

    def use(self, rules: Rules) -> None:
        """Serve by these rules from the next command on; the doors stay where they are. Any thread may say so."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hooks.use, rules)

    def start(self) -> None:
        """Open the doors, or none of them: raise MailbotError when one cannot be opened."""
        opened: Future[dict[Source, tuple[str, int]]] = Future()
        run = partial(asyncio.run, self._serve({door: at for door, at in self._doors.items() if at}, opened))
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
        self._settling = Settling(self._loop)
        servers: list[asyncio.Server] = []
        addresses: dict[Source, tuple[str, int]] = {}
        door, where = Source.SMTP, ""
        try:
            for door, where in doors.items():
                host, port = endpoint(where)
                servers.append(await self._loop.create_server(partial(_Reception, self._hooks, door), host, port))
                addresses[door] = servers[-1].sockets[0].getsockname()[:2]
        except (OSError, ValueError) as error:
            problem = f"cannot listen on {where} for {door.upper()}: {error}; is another program using that port?"
            failure = MailbotError(problem)
            failure.__cause__ = error
            opened.set_exception(failure)
        else:
            opened.set_result(addresses)
            await self._beat_until(self._stop)
        for server in servers:
            server.close()
        await self._finish_sessions()

    async def _beat_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._part.beat()
            try:
                self._has_room(0)
            except Exception:
                log.exception("room-unknown")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT_WITHIN_SECONDS / 4)
        self._part.rest()

    async def _finish_sessions(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._grace.total_seconds()
        while self._doorkeeper.guests and asyncio.get_running_loop().time() < deadline:
            for guest in self._doorkeeper.guests:
                guest.close_unless_storing()
            await asyncio.sleep(0.01)

    def _has_room(self, octets: int) -> Shortage | None:
        found = self._shortage(octets)
        if found is Shortage.DISK:
            self._part.troubled("the disk is short: senders are told to come again", "free some space")
        elif found is Shortage.QUEUE:
            self._part.troubled("too many mails wait: senders are told to come again", "see whether the desk works")
        elif self._is_short:
            self._part.well()
        self._is_short = found is not None
        return found

    async def _store(self, door: Source, client: Visitor, envelope: Envelope, message: Incoming) -> str:
        """Return the reply of one message: 250 once it is committed, else a 4yz."""
        try:
            if message.file is None:
                await self._commit(door, client, envelope, message.octets)
            else:
                with tempfile.TemporaryFile(dir=self._folder) as packing:
                    packed = await asyncio.to_thread(pack_file, message.file, packing)
                    await self._commit(door, client, envelope, b"", packed)
        except StoreUnavailable as error:
            log.warning("refused", door=door, peer=client.address, reason=str(error))
            self._part.troubled(f"{error}: senders are told to come again", error.next_step)
            return NO_ROOM if isinstance(error, StoreFull) else INTERNAL_ERROR
        except Exception:
            log.exception("refused", door=door, peer=client.address)
            self._part.troubled("a message could not be stored: its sender was told to come again", "see the log")
            return INTERNAL_ERROR
        self._part.well()
        return "250 2.0.0 Taken"

    async def _commit(
        self, door: Source, client: Visitor, envelope: Envelope, raw: bytes, packed: Packed | None = None
    ) -> None:
        if len(raw) > _PACK_ELSEWHERE_OCTETS:
            packed = await asyncio.to_thread(pack, raw)
        new = NewArrival(
            source=door,
            received_at=self._now(),
            raw=raw,
            envelope=envelope,
            mailbox="" if client.is_trusted else OUTSIDE,
            packed=packed,
        )
        accepted = self._accept(new)
        if isinstance(accepted, Future):
            await self._settling.wait(accepted)


class _Reception(asyncio.Protocol):
    """Meets a client at the door: lets it in to a session, or sends it away."""

    def __init__(self, hooks: Hooks, door: Source) -> None:
        self._hooks = hooks
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session, or say 421 (RFC 5321 section 3.8) and close."""
        transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        client = visitor(str(peer[0]) if peer else "", self._hooks.rules.listen.trusted_relays)
        if not self._hooks.doorkeeper.has_place_for(client):
            transport.write(f"{BUSY}\r\n".encode())
            transport.close()
            return
        kind = LmtpSession if self._door is Source.LMTP else SmtpSession
        session = kind(self._hooks, self._door, client)
        transport.set_protocol(session)
        session.connection_made(transport)
