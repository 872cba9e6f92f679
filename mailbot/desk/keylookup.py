"""Looking up the public keys of DKIM signatures in DNS: many at once, within a limit, each kept as long as it says.

An answer is the TXT records that stand under a name, none where DNS says that there are none. Where it says
nothing in time, or that it failed (RFC 6376 section 6.1.2), there is no answer, and for a while nobody asks again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
import structlog

from mailbot.rules.values import address_and_port

LIMIT_SECONDS = 3.0
"""So long at most the mail of a batch waits for all of its keys."""
_TRY_SECONDS = 1.4
_AT_A_TIME = 50
_MOST_KEPT = 2_000
_LONGEST_KEPT_SECONDS = 3600.0
_ABSENCE_KEPT_SECONDS = 60.0
_FAILURE_KEPT_SECONDS = 30.0
_MOST_RECORDS = 4
_MOST_OCTETS = 4_096
# What reaches everybody in one datagram (dnsflagday.net, 2020); keys of 2048 bits need more than plain DNS has.
_DATAGRAM_OCTETS = 1_232

Records: TypeAlias = tuple[bytes, ...]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a name until an instant of the monotonic clock; `records` None is no answer."""

    records: Records | None
    until: float


class KeyLookup:
    """Asks DNS, and remembers; for one thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, limit_seconds: float = LIMIT_SECONDS) -> None:
        """Begin with nothing known."""
        self._monotonic = monotonic
        self._limit_seconds = limit_seconds
        self._known: dict[str, _Found] = {}
        self._nameservers: tuple[str, ...] = ()

    def find(self, names: Iterable[str], nameservers: tuple[str, ...] = ()) -> dict[str, Records]:
        """Return the records under each name that there is an answer about, after the limit at the latest.

        `nameservers` are whom to ask, as rules.toml writes them; without any those of the machine.
        """
        if nameservers != self._nameservers:
            self._known.clear()
            self._nameservers = nameservers
        wanted = tuple(dict.fromkeys(names))
        now = self._monotonic()
        unknown = [name for name in wanted if name not in self._known or self._known[name].until <= now]
        if unknown:
            asyncio.run(self._ask(unknown))
            self._forget()
        found = {name: self._known[name].records for name in wanted if name in self._known}
        return {name: records for name, records in found.items() if records is not None}

    async def _ask(self, names: list[str]) -> None:
        """Ask for all these names side by side; note what is said of each, or that nothing is."""
        for name in names:
            self._keep(name, None, _FAILURE_KEPT_SECONDS)
        turns = asyncio.Semaphore(_AT_A_TIME)
        with suppress(TimeoutError, dns.resolver.NoResolverConfiguration):
            resolver = self._resolver()
            async with asyncio.timeout(self._limit_seconds):
                await asyncio.gather(*(self._look_up(resolver, name, turns) for name in names))
        unanswered = [name for name in names if self._known[name].records is None]
        if unanswered:
            next_step = "see whether the machine's name servers answer: mailbot check --connect"
            _log.warning("dkim-keys-unanswered", names=unanswered[:10], number=len(unanswered), next_step=next_step)

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self._nameservers)
        if self._nameservers:
            servers = map(address_and_port, self._nameservers)
            resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in servers]
        resolver.timeout = min(_TRY_SECONDS, self._limit_seconds)
        resolver.lifetime = self._limit_seconds
        resolver.use_edns(0, 0, _DATAGRAM_OCTETS)
        return resolver

    async def _look_up(self, resolver: dns.asyncresolver.Resolver, name: str, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                answer = await resolver.resolve(f"{name}.", "TXT", raise_on_no_answer=False, search=False)
            except dns.resolver.NXDOMAIN:
                self._keep(name, (), _ABSENCE_KEPT_SECONDS)
                return
            except Exception:  # noqa: BLE001 - what name servers of strangers say must not end the desk
                return
        records = [b"".join(record.strings) for record in answer.rrset or () if record.rdtype == dns.rdatatype.TXT]
        is_sane = len(records) <= _MOST_RECORDS and sum(map(len, records)) <= _MOST_OCTETS
        lasts = float(answer.chaining_result.minimum_ttl)
        self._keep(name, tuple(records) if is_sane else (), min(lasts, _LONGEST_KEPT_SECONDS))

    def _keep(self, name: str, records: Records | None, seconds: float) -> None:
        self._known.pop(name, None)
        self._known[name] = _Found(records, self._monotonic() + seconds)

    def _forget(self) -> None:
        """Let go of what was asked for first, where too much is known."""
        for name in [*self._known][: max(0, len(self._known) - _MOST_KEPT)]:
            del self._known[name]
