"""How far each folder was read, since when each door was watched, and what the provider can do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from mailbot.store.tables import ARRIVAL, CURSOR, FACT, WATCH


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read, under one UIDVALIDITY.

    UIDs up to `baseline_uid` were there at `first_contact_at` and are not ours; with
    `renumbered` the UIDVALIDITY has changed since, so that for those UIDs INTERNALDATE
    decides. `last_uid` is the highest UID that was looked at. From `since` on older mail is
    taken as history (None: it is not). `reconciled_at` is the last comparison of all UIDs
    (None: that is due), `checked_at` the last successful look, `error` what the last look
    failed with, empty when it did not.
    """

    mailbox: str
    folder: str
    uidvalidity: int
    baseline_uid: int
    first_contact_at: datetime
    last_uid: int = 0
    since: datetime | None = None
    renumbered: bool = False
    reconciled_at: datetime | None = None
    checked_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody watched."""

    start_at: datetime
    end_at: datetime


def cursor(conn: Connection, partner: str, mailbox: str, folder: str) -> Cursor | None:
    """Return the folder's cursor, None before first contact."""
    columns = [column for column in CURSOR.c if column.name != "partner"]
    row = conn.execute(
        select(*columns).where(CURSOR.c.partner == partner, CURSOR.c.mailbox == mailbox, CURSOR.c.folder == folder)
    ).first()
    return None if row is None else Cursor(*row)


def put_cursor(conn: Connection, partner: str, new: Cursor) -> None:
    """Keep the folder's cursor, in place of the one before."""
    values = asdict(new)
    place = (CURSOR.c.partner == partner, CURSOR.c.mailbox == new.mailbox, CURSOR.c.folder == new.folder)
    if conn.execute(update(CURSOR).where(*place).values(**values)).rowcount == 0:
        conn.execute(insert(CURSOR).values(partner=partner, **values))


def known_uids(conn: Connection, partner: str, mailbox: str, folder: str, uidvalidity: int) -> set[int]:
    """The UIDs of the folder, under that UIDVALIDITY, that were accepted."""
    rows = conn.execute(
        select(ARRIVAL.c.uid).where(
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.mailbox == mailbox,
            ARRIVAL.c.folder == folder,
            ARRIVAL.c.uidvalidity == uidvalidity,
            ARRIVAL.c.uid.is_not(None),
        )
    )
    return set(rows.scalars())


def set_fact(conn: Connection, partner: str, name: str, value: str, now: datetime) -> None:
    """Keep what was found out, in place of what was known before."""
    place = (FACT.c.partner == partner, FACT.c.name == name)
    if conn.execute(update(FACT).where(*place).values(value=value, at=now)).rowcount == 0:
        conn.execute(insert(FACT).values(partner=partner, name=name, value=value, at=now))


def fact(conn: Connection, partner: str, name: str) -> str | None:
    """What is known under that name, None when nothing is."""
    return conn.execute(select(FACT.c.value).where(FACT.c.partner == partner, FACT.c.name == name)).scalar()


def watched(conn: Connection, partner: str, mailbox: str, at: datetime, *, tolerance: timedelta) -> None:
    """Note that the mailbox is watched at this instant, and was since the last note if that is within `tolerance`."""
    last = conn.execute(
        select(WATCH.c.id, WATCH.c.from_at, WATCH.c.until_at)
        .where(WATCH.c.partner == partner, WATCH.c.mailbox == mailbox)
        .order_by(WATCH.c.id.desc())
        .limit(1)
    ).first()
    # A clock that was wrong for a while leaves a span in the future, which must not hide what follows.
    if last is None or at < last.from_at or at - last.until_at > tolerance:
        conn.execute(insert(WATCH).values(partner=partner, mailbox=mailbox, from_at=at, until_at=at))
    elif at > last.until_at:
        conn.execute(update(WATCH).where(WATCH.c.id == last.id).values(until_at=at))


def watch_gaps(conn: Connection, partner: str, mailbox: str, start_at: datetime, end_at: datetime) -> tuple[Gap, ...]:
    """The spans between the two instants in which the mailbox was not watched, in order; none if it always was."""
    spans = conn.execute(
        select(WATCH.c.from_at, WATCH.c.until_at)
        .where(
            WATCH.c.partner == partner,
            WATCH.c.mailbox == mailbox,
            WATCH.c.until_at >= start_at,
            WATCH.c.from_at <= end_at,
        )
        .order_by(WATCH.c.from_at)
    ).all()
    gaps = []
    reached = start_at
    for from_at, until_at in spans:
        if from_at > reached:
            gaps.append(Gap(reached, from_at))
        reached = max(reached, until_at)
    if reached < end_at:
        gaps.append(Gap(reached, end_at))
    return tuple(gaps)


def first_watched_at(conn: Connection, partner: str, mailbox: str) -> datetime | None:
    """Return since when the mailbox is watched, None for never."""
    at: datetime | None = conn.execute(
        select(func.min(WATCH.c.from_at)).where(WATCH.c.partner == partner, WATCH.c.mailbox == mailbox)
    ).scalar()
    return at


def watched_mailboxes(conn: Connection, partner: str) -> tuple[str, ...]:
    """The names of all doors that ever were watched."""
    return tuple(
        conn.execute(
            select(WATCH.c.mailbox).where(WATCH.c.partner == partner).distinct().order_by(WATCH.c.mailbox)
        ).scalars()
    )
