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
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from mailbot.deciding.context import OUTSIDE, Source
from mailbot.errors import MailbotError, StoreFull
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.intake.border import endpoint, is_trusted, own_recipients
from mailbot.intake.octets import Allowance
from mailbot.intake.smtp.session import INTERNAL_ERROR, Hooks, LmtpSession, Refusal, SmtpSession
from mailbot.reading.model import Envelope
from mailbot.rules import Rules
from mailbot.store.spool import NewArrival, pack

Accept = Callable[[NewArrival], "Future[int | None] | int | None"]

_HELD_OCTETS = 134_217_728
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
        held_octets: int = _HELD_OCTETS,
        part: Part | None = None,
    ) -> None:
        """`accept` commits an arrival, or returns a future that is done once it is committed.

        It is called in the listener's thread and must not wait. `held_octets` bounds the
        unfinished messages of all sessions together; one message may always be as large as allowed.
        `part` is told that the listener lives, and when the store refuses mail.
        """
        self._rules = rules
        self._accept = accept
        self._now = now
        self._part = part or Part("listener", now)
        self._allowance = Allowance(max(held_octets, 2 * rules.limits.message_bytes))
        self._own = own_recipients(rules)
        self._sessions: set[SmtpSession] = set()
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
            await self._beat_until(self._stop)
        for server in servers:
            server.close()
        await self._finish_sessions()

    async def _beat_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._part.beat()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT_WITHIN_SECONDS / 4)
        self._part.rest()

    async def _finish_sessions(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._grace.total_seconds()
        while self._sessions and asyncio.get_running_loop().time() < deadline:
            for session in self._sessions:
                session.close_unless_storing()
            await asyncio.sleep(0.01)

    def _session(self, door: Source) -> asyncio.Protocol:
        if len(self._sessions) >= self._rules.listen.max_sessions:
            return Refusal()
        kind = LmtpSession if door is Source.LMTP else SmtpSession
        return kind(Hooks(self._rules, self._own), door, self._sessions, self._store, self._allowance)

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
            self._part.troubled("there is no room in the store: senders are told to come again", "free some space")
            return "452 4.3.1 No room at present, please try again later"
        except Exception:
            log.exception("refused", door=door, peer=peer)
            self._part.troubled("a message could not be stored: its sender was told to come again", "see the log")
            return INTERNAL_ERROR
        self._part.well()
        return "250 2.0.0 Taken"
