"""The courier: takes due mails out of the outbox, hands each over, and marks what became of it.

One step is one mail to one recipient. The row is claimed, and the claim committed, before
the first octet leaves; afterwards the result is committed, in one transaction with the claim of the
mail that leaves next. So a crash at any instant leaves either a mail that did not leave or one that
is known to be in doubt:

- accepted: sent;
- 4yz, or a connection that broke before the final dot: deferred, with growing pauses for five days;
- 5yz, or the five days are over: failed, and our people are told in the same transaction, as they
  are of what expired before it could leave and of what stays unclear;
- no reply after the final dot: kinds that may repeat go once more, unchanged and with the same
  Message-ID; others stay unclear for a person to judge;
- the relay as a whole is unusable (sign-in refused, certificate wrong, not there): the mail goes back
  as if it had not been touched, the whole queue waits, the pauses grow, and it is reported once;
- a relay that asks for patience (421, or 4.7.z: too fast, quota reached) gets it: the queue waits
  as well, and the urgent kinds go first afterwards.

Urgent mail overtakes, because every step claims anew. Claims and marks share their commits with
whatever else is written at that time. Several couriers may work on one outbox, each with a
transport of its own.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from mailbot.clocks.retry import next_attempt_at
from mailbot.delivery.transport import Accepted, Transport
from mailbot.errors import (
    DeliveryFailure,
    PermanentFailure,
    RelayUnusable,
    StoreFull,
    TransientFailure,
    UnclearResult,
)
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.store import outbox
from mailbot.store.database import Database
from mailbot.store.outbox import ClaimedMail, OutboxState, UnsentMail

T = TypeVar("T")
OnFailed = Callable[[Connection, UnsentMail], None]
OnHeld = Callable[[RelayUnusable | None], None]

HOLD_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))
"""How long the queue waits after the first, second, … failure in a row of the relay itself."""
_REFUSED_PAUSES_SKIPPED = 2
_FULL_PAUSE = timedelta(seconds=5)
_LOOK_AGAIN = timedelta(seconds=60)
# Each stage of a submission has a timeout of its own, the final reply that of RFC 5321 section 4.5.3.2.6.
_LONGEST_SUBMISSION_SECONDS = 1_800.0
_PATIENCE = re.compile(r"\b4\.7\.\d{1,3}\b")
_CLOSING = 421
_BAD_ENDS = frozenset(("failed", "expired", "unclear", "relay-unusable"))

log = structlog.get_logger("mailbot.delivery.courier")


def _nobody_is_told(_connection: Connection, _mail: UnsentMail) -> None:
    pass


def _nothing_is_reported(_failure: RelayUnusable | None) -> None:
    pass


class Courier:
    """Delivers the outbox of one partner through one transport."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        partner: str,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        *,
        on_failed: OnFailed = _nobody_is_told,
        on_held: OnHeld = _nothing_is_reported,
        part: Part | None = None,
    ) -> None:
        """`jitter` draws a number from 0 to 1.

        `on_failed` is called inside the transaction that marks a mail as failed, expired or unclear. `on_held` is
        called once when the relay becomes unusable, and with None when it works again. `part` is told that the courier
        lives, and of trouble with the relay or the disk.
        """
        self._database = database
        self._transport = transport
        self._partner = partner
        self._now = now
        self._jitter = jitter
        self._on_failed = on_failed
        self._on_held = on_held
        self._part = part or Part("relay", now)
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._held_until_s = 0.0
        self._failures_in_a_row = 0
        self._reported = False
        # Claimed in the log, not begun.
        self._next: ClaimedMail | None = None

    @property
    def held_for(self) -> timedelta:
        """How long the queue still waits for the relay; zero when it does not."""
        return timedelta(seconds=max(0.0, self._held_until_s - time.monotonic()))

    def resume(self) -> None:
        """Try the relay again at once: what was wrong may have been mended. May be called from any thread."""
        self._failures_in_a_row = 0
        self._held_until_s = 0.0
        self._wake.set()

    def deliver_once(self) -> bool:
        """Deliver the most urgent mail that is due; return False when there is none, or the queue waits."""
        if self._pause():
            return False
        mail = self._write(self._claim)
        if mail is not None:
            self._deliver(mail, onward=False)
        return mail is not None

    def deliver_due(self) -> bool:
        """Deliver one mail after the other until nothing is due, the queue waits, or a stop; False: there was none."""
        if self._pause():
            return False
        self._next = self._write(self._claim)
        found = self._next is not None
        try:
            while self._next is not None:
                mail, self._next = self._next, None
                self._deliver(mail, onward=True)
        finally:
            self._give_back()
        return found

    def _claim(self, connection: Connection) -> ClaimedMail | None:
        def expired(mail: UnsentMail) -> None:
            self._on_failed(connection, mail)
            self._log("expired", mail, "it could not leave in time")

        return next(iter(outbox.claim(connection, self._partner, self._now(), 1, on_expired=expired)), None)

    def _give_back(self) -> None:
        """Undo the claim of a mail that was not begun, so that nobody takes it for one in doubt."""
        mail, self._next = self._next, None
        if mail is not None:
            self._write(lambda connection: outbox.put_back(connection, mail.id, self._now()))

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Deliver until `stop`, sleeping until something is due or `wake` is set (after each commit, and to stop).

        Errors of the store end the loop and reach the caller: without it no mail can be marked.
        """
        self._stop, self._wake = stop, wake
        try:
            wake.clear()
            # Looked at after each `clear`, so that the wake that comes with `stop` is never cleared away unseen.
            while not stop.is_set():
                if not self.deliver_due():
                    self._transport.rest()
                    pause_seconds = self._pause().total_seconds()
                    self._part.beat(pause_seconds + BEAT_WITHIN_SECONDS)
                    wake.wait(pause_seconds)
                wake.clear()
        finally:
            self._part.rest()
            self._transport.close()

    def _pause(self) -> timedelta:
        """Return for how long nothing will be due as far as is known, at most a minute; zero: something is.

        This only reads, because a look that wrote would wake every thread, this one first of all.
        """
        if self.held_for:
            return self.held_for
        with self._database.read() as connection:
            due_at: datetime | None = outbox.next_due_at(connection, self._partner)
        if due_at is None:
            return _LOOK_AGAIN
        return min(max(due_at - self._now(), timedelta(0)), _LOOK_AGAIN)

    def _deliver(self, mail: ClaimedMail, *, onward: bool) -> None:
        self._part.beat(_LONGEST_SUBMISSION_SECONDS)
        try:
            accepted = self._transport.submit(mail.reverse_path, mail.recipient, mail.raw)
        except RelayUnusable as failure:
            self._put_back(mail, failure)
        except UnclearResult as failure:
            self._mark_unclear(mail, failure)
        except TransientFailure as failure:
            self._defer(mail, failure)
        except PermanentFailure as failure:
            self._mark_failed(mail, failure)
        else:
            self._mark_sent(mail, accepted, onward=onward)

    def _mark_sent(self, mail: ClaimedMail, accepted: Accepted, *, onward: bool) -> None:
        def mark(connection: Connection) -> ClaimedMail | None:
            outbox.mark_sent(connection, mail.id, now=self._now(), code=accepted.code, text=accepted.reply)
            return self._claim(connection) if onward and not self._stop.is_set() else None

        self._next = self._write(mark)
        self._log("sent", mail, accepted.reply)
        self._relay_works()

    def _mark_failed(self, mail: ClaimedMail, failure: DeliveryFailure) -> None:
        def mark(connection: Connection) -> None:
            outbox.mark_failed(connection, mail.id, now=self._now(), code=failure.code, text=failure.diagnostic)
            self._on_failed(connection, outbox.unsent(connection, mail.id))

        self._write(mark)
        self._log("failed", mail, failure.diagnostic)
        if isinstance(failure, PermanentFailure):
            self._relay_works()

    def _defer(self, mail: ClaimedMail, failure: TransientFailure) -> None:
        now = self._now()
        again_at = next_attempt_at(mail.attempts, mail.first_attempt_at or now, now, self._jitter())
        if again_at is None:
            self._mark_failed(mail, failure)
            return
        self._write(
            lambda connection: outbox.mark_deferred(
                connection, mail.id, again_at, code=failure.code, text=failure.diagnostic
            )
        )
        self._log("deferred", mail, failure.diagnostic, until=again_at.isoformat())
        if failure.code == _CLOSING or _PATIENCE.search(failure.diagnostic):
            self._hold(failure)
            self._part.troubled(failure.diagnostic, "nothing: the relay asks for patience, and the mail waits for it")

    def _mark_unclear(self, mail: ClaimedMail, failure: UnclearResult) -> None:
        now = self._now()
        again_at = next_attempt_at(mail.attempts, mail.first_attempt_at or now, now, self._jitter())

        def mark(connection: Connection) -> OutboxState:
            state = outbox.mark_unclear(connection, mail.id, now=now, again_at=again_at, text=failure.diagnostic)
            if state is OutboxState.UNCLEAR:
                self._on_failed(connection, outbox.unsent(connection, mail.id))
            return state

        state = self._write(mark)
        self._log("unclear", mail, failure.diagnostic, repeated=state is OutboxState.QUEUED)

    def _put_back(self, mail: ClaimedMail, failure: RelayUnusable) -> None:
        # Due at once: it is the queue that waits, and not any longer when `resume` ends that.
        self._write(lambda connection: outbox.put_back(connection, mail.id, self._now(), text=failure.diagnostic))
        self._hold(failure)
        self._part.troubled(failure.diagnostic, "`mailbot check --connect` tries the relay and says what to mend")
        if not self._reported:
            self._reported = True
            self._log("relay-unusable", mail, failure.diagnostic)
            self._on_held(failure)

    def _hold(self, failure: TransientFailure) -> None:
        """Let the whole queue wait; after a refused sign-in longer at once, for providers lock accounts."""
        skipped = _REFUSED_PAUSES_SKIPPED if failure.code is not None else 0
        pause = HOLD_PAUSES[min(self._failures_in_a_row + skipped, len(HOLD_PAUSES) - 1)]
        self._failures_in_a_row += 1
        self._held_until_s = time.monotonic() + pause.total_seconds()

    def _relay_works(self) -> None:
        self._failures_in_a_row = 0
        self._part.well()
        if self._reported:
            self._reported = False
            log.info("relay-works-again")
            self._on_held(None)

    def _write(self, work: Callable[[Connection], T]) -> T:
        """Commit, waiting for room on the disk if need be: what became of a mail must not be forgotten."""
        while True:
            try:
                return self._database.writer.write(work)
            except StoreFull as error:
                log.warning("store-full", reason=str(error))
                self._part.beat()
                if self._stop.wait(_FULL_PAUSE.total_seconds()):
                    raise

    def _log(self, verb: str, mail: ClaimedMail | UnsentMail, reply: str, **more: object) -> None:
        say = log.warning if verb in _BAD_ENDS else log.info
        say(
            verb,
            outbox=mail.id,
            message_id=mail.message_id,
            ticket=mail.ticket_id,
            kind=mail.kind,
            recipient=mail.recipient,
            reason=reply,
            **more,
        )
