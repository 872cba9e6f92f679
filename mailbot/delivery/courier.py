"""The courier: takes due mails out of the outbox, hands each over, and marks what became of it.

A mail goes to one recipient. Its row is claimed, and the claim committed, before the first octet
leaves; afterwards the result is committed, in one transaction with the claims of the mails that leave
next. So a crash at any instant leaves in doubt what was under way, one mail per connection, and
nothing else:

- accepted: sent;
- 4yz, or a connection that broke before the final dot: deferred, with growing pauses for five days;
- 5yz, or the five days are over: failed, and our people are told in the same transaction, as they
  are of what expired before it could leave and of what stays unclear;
- no reply after the final dot: kinds that may repeat go once more, unchanged and with the same
  Message-ID; others stay unclear for a person to judge;
- the relay as a whole is unusable (sign-in refused, certificate wrong, not there): the mail goes back
  as if it had not been touched, and the whole queue waits (`pace`);
- a relay that asks for patience (421, 4.7.z, a quota) gets it: the queue waits as well, and what is
  urgent goes first afterwards.

While the queue waits, the log says since when and why (`store.conditions`); what lasts longer than
a minute is told once, and told again when it is over. A second courier may have the duty of telling our own
people over a second relay meanwhile.

Urgent mail overtakes, because mails are claimed when a connection is free and not before. Two mails to one
recipient never overtake each other on the way: none is claimed while another one to that recipient is under way,
be it by another courier, such as one that only finishes what it began before the rules changed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from mailbot.clocks.retry import MAIL, Schedule
from mailbot.delivery.lines import Lines, Outcome, submitted
from mailbot.delivery.marks import Mark, Marker, OnFailed
from mailbot.delivery.pace import Pace
from mailbot.delivery.transport import Accepted, Transport
from mailbot.errors import (
    DeliveryFailure,
    PermanentFailure,
    RelayUnusable,
    SlowDown,
    StoreUnavailable,
    TransientFailure,
)
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.store import conditions, mending, outbox, standing
from mailbot.store.conditions import Condition
from mailbot.store.database import Database
from mailbot.store.outbox import Audience, ClaimedMail, UnsentMail

T = TypeVar("T")
OnOutage = Callable[[Connection, Condition, standing.Delay | None], None]

URGENT_PRIORITY = 5
"""Mails of this priority and smaller ones are urgent."""
_STORE_PAUSE = timedelta(seconds=5)
_LOOK_AGAIN = timedelta(seconds=60)
# A refused sign-in is tried again after a minute, of which a clock that is being slewed may count less.
_TOLD_AFTER = timedelta(seconds=55)
_TRY_EACH = "`mailbot oncall test` tries each, and says what to mend"
_BAD_ENDS = frozenset(("failed", "expired", "unclear"))

log = structlog.get_logger("mailbot.delivery.courier")


def _nobody_is_told(_connection: Connection, _mail: UnsentMail) -> None:
    pass


def _nothing_is_reported(_connection: Connection, _outage: Condition, _over: standing.Delay | None) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Reports:
    """Who is called inside the transaction that writes it down.

    `failed`: a mail has failed, expired or stays unclear. `outage`: the relay has been of no use for a minute, or
    is again, with what that did to customers' mails.
    """

    failed: OnFailed = _nobody_is_told
    outage: OnOutage = _nothing_is_reported


@dataclass(frozen=True, slots=True)
class Duty:
    """Which mail a courier delivers: all of it, or what is for one audience, and only `while_down` names a told outage.

    `relay` is the name of its relay among the conditions. `apart` says that there is no relay: each recipient is a
    receiver of its own, and what one says tells nothing of another. `schedule` says when it is tried again.
    """

    relay: str = conditions.RELAY
    audience: Audience | None = None
    while_down: str = ""
    apart: bool = False
    schedule: Schedule = MAIL


@dataclass(slots=True)
class _Turn:
    """What one transaction has done, to be logged and acted on once it is committed."""

    marks: list[Mark] = field(default_factory=list)
    claimed: list[ClaimedMail] = field(default_factory=list)
    outage: Condition | None = None


class Courier:
    """Delivers the outbox of one partner through one relay."""

    def __init__(
        self,
        database: Database,
        transports: Sequence[Transport],
        partner: str,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        *,
        reports: Reports | None = None,
        duty: Duty | None = None,
        part: Part | None = None,
    ) -> None:
        """Each of `transports` is one connection to the same relay. `jitter` draws a number from 0 to 1.

        `part` is told that the courier lives, and of trouble with the relay.
        """
        self._database = database
        self._transports = transports
        self._partner = partner
        self._now = now
        reports = reports or Reports()
        self._duty = duty or Duty()
        self._marker = Marker(jitter, reports.failed, self._duty.schedule)
        self._on_outage = reports.outage
        self._part = part or Part(self._duty.relay, now)
        self._pace = Pace(len(transports), proven=self._duty.apart)
        self._unwell: dict[str, str] = {}
        self._stop = threading.Event()
        self._wake = threading.Event()
        with database.read() as connection:
            self._outage = conditions.of(connection, partner, self._duty.relay)

    @property
    def relay(self) -> str:
        """The name of its relay among the conditions."""
        return self._duty.relay

    @property
    def held_for(self) -> timedelta:
        """How long the queue still waits for the relay; zero when it does not."""
        return self._pace.held_for(time.monotonic())

    def resume(self) -> bool:
        """Try the relay again at once: what was wrong may have been mended. May be called from any thread.

        Return whether the queue waited for it.
        """
        waited = bool(self.held_for)
        self._pace.resume()
        self._wake.set()
        return waited

    def deliver_once(self) -> bool:
        """Deliver the most urgent mail that is due; return False when there is none, or the queue waits."""
        if self._idle_for(1):
            return False
        claimed = self._turn((), 1)
        for mail in claimed:
            self._turn((submitted(self._transports[0], mail),), 0)
        return bool(claimed)

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Deliver until `stop`, sleeping until something is due or `wake` is set (after each commit, and to stop).

        What is under way at `stop` is waited for. Errors of the store end the loop and reach the
        caller: without it no mail can be marked.
        """
        self._stop, self._wake = stop, wake
        lines = Lines(self._transports, wake)
        try:
            while not stop.is_set() or lines.under_way:
                # Looked at after each `clear`, so that no wake is cleared away unseen.
                wake.clear()
                ended = lines.ended()
                pause = timedelta(0) if ended else self._idle_for(len(self._transports), lines.under_way)
                if not pause:
                    for mail in self._turn(ended, len(self._transports), lines.under_way):
                        lines.begin(mail)
                else:
                    self._part.beat(pause.total_seconds() + BEAT_WITHIN_SECONDS)
                    wake.wait(pause.total_seconds())
        finally:
            self._part.rest()
            lines.close()

    def _room(self, lines: int, under_way: int) -> int:
        """Return how many mails may begin now with that many lines."""
        if self._stop.is_set():
            return 0
        return min(lines - under_way, self._pace.room(time.monotonic(), under_way))

    def _idle_for(self, lines: int, under_way: int = 0) -> timedelta:
        """Return for how long nothing is to be done as far as is known, at most a minute; zero: something is.

        This only reads, because a look that wrote would wake every thread, this one first of all.
        """
        held_for = self.held_for
        room = self._room(lines, under_way)
        if not room and not held_for:
            return _LOOK_AGAIN
        with self._database.read() as connection:
            if not self._is_on_duty(connection):
                return _LOOK_AGAIN
            due = [outbox.next_expiry_at(connection, self._partner)]
            if room:
                due.append(outbox.next_attempt_at(connection, self._partner, audience=self._duty.audience))
        now = self._now()
        pauses = [max(at - now, timedelta(0)) for at in due if at is not None]
        return min([*pauses, held_for or _LOOK_AGAIN, _LOOK_AGAIN])

    def _is_on_duty(self, connection: Connection) -> bool:
        if not self._duty.while_down:
            return True
        outage = conditions.of(connection, self._partner, self._duty.while_down)
        return outage is not None and outage.told

    def _turn(self, ended: Sequence[Outcome], lines: int, under_way: int = 0) -> list[ClaimedMail]:
        """Mark what has ended and claim what may begin, in one transaction; return what was claimed."""
        # The store may be busy: what ended did so before it takes what follows.
        ended_at = self._now()
        trouble, again = self._judge(ended, under_way)
        room = self._room(lines, under_way)

        def work(connection: Connection) -> _Turn:
            turn = _Turn(outage=self._outage)
            now = self._now()
            turn.marks = self._marker.expire(connection, self._partner, now)
            # Before the mails that waited for it are marked.
            self._note_outage(connection, turn, trouble, ended_at, over=again)
            turn.marks += [mark for one in ended if (mark := self._marker.mark(connection, one, now))]
            if room:
                turn.claimed = outbox.claim(connection, self._partner, now, room, audience=self._duty.audience)
            return turn

        done = self._write(work)
        for mark in done.marks:
            _log(mark)
        self._log_outage(done.outage)
        self._outage = done.outage
        return done.claimed

    def _judge(self, ended: Sequence[Outcome], under_way: int) -> tuple[TransientFailure | None, bool]:
        """Set the pace by what the relay said; return why the queue waits from now on, and whether it waits no more.

        Of several results the last one tells. What was refused before the relay was asked tells nothing about it.
        """
        if self._duty.apart:
            self._judge_each(ended)
            return None, False
        now_s = time.monotonic()
        trouble: TransientFailure | None = None
        again = False
        for outcome in ended:
            match outcome.result:
                case RelayUnusable() | SlowDown() as failure:
                    if self._pace.trouble(failure, outcome.began_s, now_s, under_way):
                        trouble, again = failure, False
                        self._part.troubled(failure.diagnostic, _next_step(failure))
                case PermanentFailure(code=None):
                    pass
                case Accepted() | PermanentFailure():
                    if self._pace.works(now_s):
                        trouble, again = None, True
                    self._part.well()
                case _:
                    pass
        return trouble, again

    def _judge_each(self, ended: Sequence[Outcome]) -> None:
        """Keep which receivers did not take what was last for them, and why."""
        for outcome in ended:
            self._unwell.pop(outcome.mail.recipient, None)
            if isinstance(outcome.result, DeliveryFailure):
                self._unwell[outcome.mail.recipient] = outcome.result.diagnostic
        if self._unwell:
            said = "; ".join(f"{recipient}: {why}" for recipient, why in sorted(self._unwell.items()))
            self._part.troubled(said, _TRY_EACH)
        else:
            self._part.well()

    def _note_outage(
        self, connection: Connection, turn: _Turn, trouble: TransientFailure | None, at: datetime, *, over: bool
    ) -> None:
        """Keep in the log since when the relay is of no use and why, or that it works again; tell what lasted.

        `at` is when the courier heard of it.
        """
        outage = turn.outage
        if trouble is not None:
            began = outage or Condition(self._duty.relay, at, "")
            told = began.told or at - began.since >= _TOLD_AFTER
            turn.outage = replace(began, reason=trouble.diagnostic, next_step=_next_step(trouble), told=told)
            conditions.put(connection, self._partner, turn.outage)
            if told and not began.told:
                self._on_outage(connection, turn.outage, None)
        elif over:
            mending.hasten(connection, self._partner, at, URGENT_PRIORITY)
            if outage is not None:
                turn.outage = None
                conditions.end(connection, self._partner, outage.part)
                if outage.told:
                    self._on_outage(connection, outage, standing.delayed(connection, self._partner, outage.since))

    def _write(self, work: Callable[[Connection], T]) -> T:
        """Commit, waiting until that can be if need be: what became of a mail must not be forgotten.

        Also after `stop`: whoever ends the process waits for a courier only so long.
        """
        while True:
            try:
                return self._database.writer.write(work)
            except StoreUnavailable as error:
                log.warning("store-unavailable", error=str(error), next_step=error.next_step)
                self._part.beat()
                time.sleep(_STORE_PAUSE.total_seconds())

    def _log_outage(self, outage: Condition | None) -> None:
        if outage is not None and self._outage is None:
            log.warning("relay-unusable", relay=outage.part, reason=outage.reason, next_step=outage.next_step)
        elif outage is None and self._outage is not None:
            log.info("relay-works-again", relay=self._outage.part, since=self._outage.since.isoformat())


def _log(mark: Mark) -> None:
    say = log.warning if mark.verb in _BAD_ENDS else log.info
    mail = mark.mail
    say(
        mark.verb,
        outbox=mail.id,
        message_id=mail.message_id,
        ticket=mail.ticket_id,
        kind=mail.kind,
        recipient=mail.recipient,
        reason=mark.reason,
        **mark.more,
    )


def _next_step(trouble: TransientFailure) -> str:
    match trouble:
        case RelayUnusable(refused_us=True):
            return "mend the user, password or token that sign_in names, then `mailbot reload` tries at once"
        case SlowDown():
            return "nothing, unless it lasts: then ask the relay's provider about its limits"
        case _:
            return "`mailbot check --connect` tries the relay and says what to mend"
