"""The connections to the relay, each used by one thread; a mail goes over whichever was used last.

So a quiet desk keeps one connection, and a busy one as many as it needs. Nothing is decided
here: what became of each submission is handed back for the courier to judge.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from mailbot.delivery.transport import Accepted, Transport
from mailbot.errors import DeliveryFailure, PermanentFailure, StoreDamaged
from mailbot.store.outbox import ClaimedMail

_REST_SECONDS = 60.0
# Less than a relay takes for a mail, and enough for those that began together to end together.
_OTHERS_END_WITHIN_SECONDS = 0.004
_GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one submission that began at `began_s` (monotonic)."""

    mail: ClaimedMail
    result: Accepted | DeliveryFailure
    began_s: float


def submitted(transport: Transport, mail: ClaimedMail) -> Outcome:
    """Submit the mail and return what became of it; what is no DeliveryFailure is raised, but for a damaged mail."""
    began_s = time.monotonic()
    result: Accepted | DeliveryFailure
    try:
        result = transport.submit(*mail.envelope, mail.raw)
    except DeliveryFailure as failure:
        result = failure
    except StoreDamaged as damage:
        result = PermanentFailure(str(damage))
    return Outcome(mail, result, began_s)


class Lines:
    """Submits several mails at a time; all methods are for one thread, the courier's."""

    def __init__(self, transports: Sequence[Transport], wake: threading.Event) -> None:
        """Start a thread for each transport; `wake` is set whenever a submission has ended."""
        self._wake = wake
        self._ended: deque[tuple[int, Outcome | BaseException]] = deque()
        self._inboxes: list[SimpleQueue[ClaimedMail | None]] = [SimpleQueue() for _ in transports]
        self._free = list(reversed(range(len(transports))))
        self._begun: set[int] = set()
        self._threads = [
            threading.Thread(target=self._serve, args=(number, transport), name=f"line-{number}", daemon=True)
            for number, transport in enumerate(transports)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def under_way(self) -> int:
        """How many mails are under way."""
        return len(self._begun)

    def begin(self, mail: ClaimedMail) -> None:
        """Submit a mail; there must be a line that is free."""
        number = self._free.pop()
        self._begun.add(number)
        self._inboxes[number].put(mail)

    def ended(self) -> list[Outcome]:
        """Return what has ended since the last look, and what ends within a moment of it: they share a commit.

        Raise what was no failure of a delivery, but not while there are outcomes to return: what
        became of the other mails must be written first.
        """
        outcomes = self._ended_by_now()
        until_s = time.monotonic() + _OTHERS_END_WITHIN_SECONDS
        while outcomes and self.under_way and (left_s := until_s - time.monotonic()) > 0:
            self._wake.wait(left_s)
            self._wake.clear()
            outcomes += self._ended_by_now(after_others=True)
        return outcomes

    def _ended_by_now(self, *, after_others: bool = False) -> list[Outcome]:
        outcomes: list[Outcome] = []
        while self._ended:
            number, outcome = self._ended[0]
            if isinstance(outcome, BaseException):
                if outcomes or after_others:
                    break
                raise outcome
            self._ended.popleft()
            self._free.append(number)
            self._begun.remove(number)
            outcomes.append(outcome)
        return outcomes

    def close(self) -> None:
        """End the threads and their connections; one that still waits for the relay is left behind."""
        for inbox in self._inboxes:
            inbox.put(None)
        for number, thread in enumerate(self._threads):
            if number not in self._begun:
                thread.join(_GOODBYE_SECONDS)

    def _serve(self, number: int, transport: Transport) -> None:
        while True:
            try:
                mail = self._inboxes[number].get(timeout=_REST_SECONDS)
            except Empty:
                transport.rest()
                continue
            if mail is None:
                break
            ended: Outcome | BaseException
            try:
                ended = submitted(transport, mail)
            except BaseException as error:  # noqa: BLE001 - raised in the courier's thread
                ended = error
            self._ended.append((number, ended))
            self._wake.set()
        transport.close()
