"""Getting the octets of messages, in batches, without one message blocking the others.

Mail beyond the size limit is fetched with its header section alone, and so is mail whose body the server will not hand
out. A message that ends the connection (Dovecot hangs up over one that it cannot read) is fetched alone when it has
done so twice, then without its body, and at last left until the next comparison of the whole folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from mailbot.intake.imap.connection import Connection, Found
from mailbot.intake.imap.trouble import CommandRefused, ConnectionLost

BATCH_MESSAGES = 50
BATCH_OCTETS = 8 << 20
_ALONE_AFTER = 2
_HEADER_ONLY_AFTER = 4
_LEFT_AFTER = 6
_HEADER_END = re.compile(rb"\r?\n\r?\n")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message's octets; `oversize` is its full size when they are its header section alone, else 0."""

    octets: bytes
    oversize: int = 0


def within_limit(octets: bytes, limit_octets: int) -> Fetched:
    """Return the message, or if it is beyond the limit its header section alone."""
    if len(octets) <= limit_octets:
        return Fetched(octets)
    end = _HEADER_END.search(octets)
    return Fetched(octets[: end.start() if end else None][:limit_octets] + b"\r\n\r\n", len(octets))


class _Step(Enum):
    """What was asked of a message when the connection ended."""

    SIZE = auto()
    FROM = auto()
    BODY = auto()


class Fetcher:
    """Fetches the messages of one folder, and remembers over reconnects which of them ended the connection.

    `left` are the UIDs of messages that could not be had at all.
    """

    def __init__(self, limit_octets: int, log: FilteringBoundLogger) -> None:
        self._limit = limit_octets
        self._log = log
        self._ended: Counter[tuple[_Step, int]] = Counter()
        self.left: set[int] = set()

    def forgive(self) -> None:
        """Forget which messages ended a connection: each gets its chances again."""
        self._ended.clear()

    def find(self, connection: Connection, uids: Sequence[int]) -> list[Found]:
        """Return sizes and dates by UID; a size that the server refuses is 0. What is gone is missing."""
        found = {one.uid: one for one in self._ask(connection.find, _Step.SIZE, uids)}
        missing = [uid for uid in uids if uid not in found and self._times(_Step.SIZE, uid) < _LEFT_AFTER]
        there = connection.still_there(missing) if missing else set()
        self.left.difference_update(set(missing) - there)
        for uid in there:
            found[uid] = Found(uid, 0, None)
        return [found[uid] for uid in sorted(found)]

    def batches(self, found: Collection[Found]) -> Iterator[list[Found]]:
        """Divide into batches of at most 50 messages or 8 MiB, whichever is less, in the same order."""
        batch: list[Found] = []
        octets = 0
        for one in found:
            alone = self._times(_Step.BODY, one.uid) >= _ALONE_AFTER
            if batch and (alone or len(batch) == BATCH_MESSAGES or octets + one.size > BATCH_OCTETS):
                yield batch
                batch, octets = [], 0
            batch.append(one)
            octets += one.size if one.size <= self._limit else 0
            if alone:
                yield batch
                batch, octets = [], 0
        if batch:
            yield batch

    def octets(self, batch: Collection[Found]) -> int:
        """Return how many octets of bodies this batch brings, as far as the server tells the truth about sizes."""
        return sum(one.size for one in batch if one.size <= self._limit)

    def fetch(self, connection: Connection, batch: Collection[Found]) -> dict[int, Fetched]:
        """Return what the server hands out, by UID; what is gone or refused for now is missing.

        Raise ConnectionLost; the same batch may then be tried over another connection.
        """
        with self._counting(_Step.BODY, [one.uid for one in batch]):
            whole = [one for one in batch if self._may_be_whole(one)]
            fetched = self._fetch_whole(connection, whole)
            self.left.difference_update(fetched)
            missing = [one for one in batch if one.uid not in fetched]
            there = connection.still_there([one.uid for one in missing]) if missing else set()
            for one in missing:
                self.left.discard(one.uid)
                if one.uid not in there:
                    self._log.info("message-gone", uid=one.uid)
                elif got := self._fetch_alone(connection, one, with_body=one in whole):
                    fetched[one.uid] = got
            return fetched

    def from_fields(self, connection: Connection, found: Collection[Found]) -> dict[int, bytes]:
        """Return the From fields by UID; those that the server refuses are missing."""
        uids = [one.uid for one in found]
        return dict(self._ask(lambda some: list(connection.header_fields(some, "From").items()), _Step.FROM, uids))

    def _ask(self, ask: Callable[[Sequence[int]], list[_T]], step: _Step, uids: Sequence[int]) -> list[_T]:
        """Ask for all at once, but one by one for those that make trouble."""
        together = [uid for uid in uids if self._times(step, uid) < _ALONE_AFTER]
        alone = [uid for uid in uids if _ALONE_AFTER <= self._times(step, uid) < _LEFT_AFTER]
        answers: list[_T] = []
        try:
            with self._counting(step, together):
                answers += ask(together) if together else []
        except CommandRefused as refusal:
            self._log.warning("fetch-refused", error=str(refusal))
            alone = sorted((*together, *alone))
        for uid in alone:
            try:
                with self._counting(step, [uid]):
                    answers += ask([uid])
            except CommandRefused as refusal:
                self._log.warning("fetch-refused", uid=uid, error=str(refusal))
        return answers

    def _may_be_whole(self, one: Found) -> bool:
        return one.size <= self._limit and self._times(_Step.BODY, one.uid) < _HEADER_ONLY_AFTER

    def _fetch_whole(self, connection: Connection, whole: Collection[Found]) -> dict[int, Fetched]:
        if not whole:
            return {}
        try:
            bodies = connection.bodies([one.uid for one in whole], sum(one.size for one in whole))
        except CommandRefused as refusal:
            self._log.warning("fetch-refused", error=str(refusal))
            return {}
        return self._said(bodies, whole)

    def _fetch_alone(self, connection: Connection, one: Found, *, with_body: bool) -> Fetched | None:
        def body() -> dict[int, Fetched]:
            return self._said(connection.bodies([one.uid], one.size), [one])

        def header() -> dict[int, Fetched]:
            # A size of 0 would claim that this is all of it.
            return {uid: Fetched(got, max(one.size, 1)) for uid, got in connection.header_sections([one.uid]).items()}

        attempts: list[Callable[[], dict[int, Fetched]]] = [body, header] if with_body else [header]
        for attempt in attempts if self._times(_Step.BODY, one.uid) < _LEFT_AFTER else []:
            try:
                if (got := attempt().get(one.uid)) is not None:
                    return got
            except CommandRefused as refusal:
                self._log.warning("fetch-refused", uid=one.uid, error=str(refusal))
        self.left.add(one.uid)
        self._log.error("message-left", uid=one.uid, size=one.size)
        return None

    def _said(self, bodies: Mapping[int, bytes], asked: Collection[Found]) -> dict[int, Fetched]:
        # Of a message that somebody has just removed some servers hand out nothing at all (RFC 2180 section 4.1).
        nothing = {one.uid for one in asked if one.size and not bodies.get(one.uid)}
        # RFC822.SIZE is an estimate on some Exchange servers.
        return {uid: within_limit(octets, self._limit) for uid, octets in bodies.items() if uid not in nothing}

    @contextmanager
    def _counting(self, step: _Step, uids: Iterable[int]) -> Iterator[None]:
        steps = [(step, uid) for uid in uids]
        try:
            yield
        except ConnectionLost:
            self._ended.update(steps)
            raise
        for one in steps:
            self._ended.pop(one, None)

    def _times(self, step: _Step, uid: int) -> int:
        return self._ended[step, uid]
