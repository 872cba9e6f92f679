"""What became of a submission, written into the mail's row: the one place where results become states.

| result | state |
|---|---|
| accepted | sent |
| the relay is unusable | as before the claim: no attempt was made |
| no reply to the final dot, and our folder of sent mail holds it | sent |
| no reply to the final dot | once more if it may repeat and has not, else unclear |
| transient | deferred by a schedule of `clocks.retry`; failed once that is over |
| permanent | failed |

Our people are told of what failed or stays unclear in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from mailbot.clocks.retry import MAIL, Schedule, next_attempt_at
from mailbot.delivery.lines import Outcome
from mailbot.delivery.transport import Accepted
from mailbot.errors import DeliveryFailure, RelayUnusable, TransientFailure, UnclearResult
from mailbot.store import outbox
from mailbot.store.outbox import ClaimedMail, OutboxState, UnsentMail

OnFailed = Callable[[Connection, UnsentMail], None]


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened to a mail, for the log: a fixed verb, why, and what more is to be said."""

    verb: str
    mail: ClaimedMail | UnsentMail
    reason: str
    more: dict[str, object] = field(default_factory=dict)


class Marker:
    """Writes results down; its methods are part of the caller's transaction."""

    def __init__(self, jitter: Callable[[], float], on_failed: OnFailed, schedule: Schedule = MAIL) -> None:
        """`jitter` draws a number from 0 to 1; `on_failed` is called for what will not leave by itself any more."""
        self._jitter = jitter
        self._on_failed = on_failed
        self._schedule = schedule

    def mark(self, connection: Connection, outcome: Outcome, now: datetime) -> Mark | None:
        """Write down what became of a mail; None: nothing did, it waits as before."""
        mail = outcome.mail
        match outcome.result:
            case Accepted(code=code, reply=reply):
                outbox.mark_sent(connection, mail.id, now=now, code=code, text=reply)
                return Mark("sent", mail, reply)
            case RelayUnusable(diagnostic=text):
                # Due at once: it is the queue that waits, and not any longer when that ends early.
                outbox.put_back(connection, mail.id, now, text=text)
                return None
            case UnclearResult(diagnostic=text):
                return self._unclear(connection, mail, text, now)
            case TransientFailure() as failure:
                return self._defer(connection, mail, failure, now)
            case failure:
                return self._failed(connection, mail, failure, now)

    def expire(self, connection: Connection, partner: str, now: datetime) -> list[Mark]:
        """Write down what waits and came too late."""
        expired = outbox.expire(connection, partner, now)
        for mail in expired:
            self._on_failed(connection, mail)
        return [Mark("expired", mail, "it could not leave in time") for mail in expired]

    def _defer(self, connection: Connection, mail: ClaimedMail, failure: TransientFailure, now: datetime) -> Mark:
        again_at = self._again_at(mail, now)
        if again_at is None:
            return self._failed(connection, mail, failure, now)
        outbox.mark_deferred(connection, mail.id, again_at, code=failure.code, text=failure.diagnostic)
        return Mark("deferred", mail, failure.diagnostic, {"until": again_at.isoformat()})

    def _failed(self, connection: Connection, mail: ClaimedMail, failure: DeliveryFailure, now: datetime) -> Mark:
        outbox.mark_failed(connection, mail.id, now=now, code=failure.code, text=failure.diagnostic)
        self._on_failed(connection, outbox.unsent(connection, mail.id))
        return Mark("failed", mail, failure.diagnostic)

    def _unclear(self, connection: Connection, mail: ClaimedMail, text: str, now: datetime) -> Mark:
        state = outbox.mark_unclear(connection, mail.id, now=now, again_at=self._again_at(mail, now), text=text)
        if state is OutboxState.UNCLEAR:
            self._on_failed(connection, outbox.unsent(connection, mail.id))
        if state is OutboxState.SENT:
            return Mark("sent", mail, outbox.FOUND_SENT)
        return Mark("unclear", mail, text, {"repeated": state is OutboxState.QUEUED})

    def _again_at(self, mail: ClaimedMail, now: datetime) -> datetime | None:
        return next_attempt_at(mail.attempts, mail.first_attempt_at, now, self._jitter(), self._schedule)
