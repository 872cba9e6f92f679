"""What is due by the clock: telling our people, handing mail on, bringing back what waited, reminders, and the week."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailbot.desk import Desk
from mailbot.desk.acts import waiting
from mailbot.desk.mails import digest, handing, postponed, reminding, telling


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `tick` has something to do: at the latest `now` if it is due; None for nothing."""
    due = (
        telling.next_due_at(conn, desk, now),
        handing.next_due_at(conn, desk),
        digest.next_due_at(conn, desk, now),
        waiting.next_due_at(conn, desk),
        reminding.next_due_at(conn, desk),
        postponed.next_due_at(conn, desk, now),
    )
    return min((at for at in due if at is not None), default=None)


def tick(conn: Connection, desk: Desk, now: datetime) -> None:
    """Do all that is due at `now`; part of the caller's transaction."""
    waiting.come_back(conn, desk, now)
    telling.tell(conn, desk, now)
    handing.hand_on(conn, desk, now)
    digest.send(conn, desk, now)
    reminding.remind(conn, desk, now)
    postponed.ask(conn, desk, now)
