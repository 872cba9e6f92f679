"""What is set right in the outbox after a crash, an outage of the relay, or a clock that was wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from mailbot.clocks.retry import MAIL
from mailbot.store import outbox
from mailbot.store.outbox import PENDING
from mailbot.store.tables import OUTBOX

_PUT_OFF_BY_HOLD = 5


def recover(conn: Connection, partner: str, now: datetime) -> list[tuple[int, outbox.OutboxState]]:
    """Judge what an earlier process left while submitting it, as `mark_unclear` does; to be called once at start."""
    left = conn.execute(
        select(OUTBOX.c.id)
        .where(OUTBOX.c.partner == partner, OUTBOX.c.state == outbox.OutboxState.SUBMITTING)
        .order_by(OUTBOX.c.id)
    )
    words = "mailbot ended while this was being submitted"
    return [(number, outbox.mark_unclear(conn, number, now=now, text=words)) for number in left.scalars().all()]


def hasten(conn: Connection, partner: str, now: datetime, urgent: int) -> None:
    """Make due what is at least that urgent and was put off a few times: the relay takes mail again after a pause."""
    conn.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.partner == partner,
            PENDING,
            OUTBOX.c.next_attempt_at > now,
            OUTBOX.c.state == outbox.OutboxState.DEFERRED,
            OUTBOX.c.priority <= urgent,
            OUTBOX.c.attempts <= _PUT_OFF_BY_HOLD,
        )
        .values(next_attempt_at=now)
    )


def forget_wrong_clock(conn: Connection, partner: str, now: datetime) -> int:
    """Make due what is put off for longer than any pause lasts: it was, while the clock was ahead; return how many."""
    changed = (
        update(OUTBOX)
        .where(OUTBOX.c.partner == partner, PENDING, OUTBOX.c.next_attempt_at > now + MAIL.pauses[-1])
        .values(next_attempt_at=now)
    )
    return conn.execute(changed).rowcount
