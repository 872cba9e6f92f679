"""How things stand: what waits, what needs people, when each door was last seen, what is wrong at present.

One snapshot, by indices that hold only what is not done yet, so that asking costs the same however long the log is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, TextClause, func, select, text

from mailbot.deciding.effects import UNCONFIRMED, NoticeKind
from mailbot.deciding.paging import SENT_AS, PageKind
from mailbot.reading.model import BounceAction
from mailbot.store import conditions, promised, queries
from mailbot.store.conditions import Condition
from mailbot.store.outbox import Audience, OutboxState
from mailbot.store.promised import Told
from mailbot.store.queries import Counts
from mailbot.store.spool import ArrivalState
from mailbot.store.tables import ARRIVAL, CURSOR, ENTRY, NOTICE, OUTBOX, WATCH
from mailbot.store.unconfirmed import Unconfirmed, unconfirmed

MOST_AWAITED = 3
"""How many of the mails that wait for a word of an agent's are named."""

FAULTS = ("failed", "crashed", "too-slow", "too-large", "unreadable")
"""Causes of quarantine that speak of mailbot rather than of the sender."""

# A relay gives a mail up after five days (RFC 5321 section 4.5.4.1), and its bounce may wait as long.
_RETURNS_WITHIN = timedelta(days=14)
# A clock that was set back by more leaves rows of a later instant above those that are looked for.
_SET_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class FolderStanding:
    """A folder of a mailbox: when it was last seen, when its newest mail came, why it cannot be read ("" if it can)."""

    mailbox: str
    folder: str
    seen_at: datetime | None
    last_mail_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the partner's desk stands.

    `by_fault` are those in quarantine by a fault of ours, `unconfirmed` those that wait for an agent's word, of which
    `awaited` are the oldest.
    `oldest_queued_at` is when the mail was written that has waited longest to leave, `newest_at` the last instant that
    anything was recorded at. `first_arrival_at` is when the first message came, None before that. `told` is what each
    customer's people were told last of what they are promised.
    """

    counts: Counts
    by_fault: int
    unconfirmed: int
    awaited: tuple[Unconfirmed, ...]
    oldest_queued_at: datetime | None
    last_sent_at: datetime | None
    folders: tuple[FolderStanding, ...]
    newest_at: datetime | None
    first_arrival_at: datetime | None
    conditions: tuple[Condition, ...]
    told: Mapping[tuple[str, str], Told]

    @property
    def queued(self) -> int:
        """How many mails wait to leave."""
        mails = self.counts.outbox
        return mails[OutboxState.QUEUED] + mails[OutboxState.DEFERRED] + mails[OutboxState.SUBMITTING]


def standing(conn: Connection, partner: str) -> Standing:
    """Return how that partner's desk stands, from one snapshot."""
    last_sent_at = _instant(conn, _mails(partner, OutboxState.SENT, OUTBOX.c.done_at, newest=True))
    newest = (
        last_sent_at,
        _instant(conn, select(ARRIVAL.c.accepted_at).order_by(ARRIVAL.c.id.desc())),
        _instant(conn, select(WATCH.c.until_at).order_by(WATCH.c.id.desc())),
    )
    waiting = (OutboxState.QUEUED, OutboxState.DEFERRED)
    return Standing(
        counts=queries.counts(conn, partner),
        by_fault=_kept_apart(conn, partner, FAULTS),
        unconfirmed=_kept_apart(conn, partner, (UNCONFIRMED,)),
        awaited=unconfirmed(conn, partner, limit=MOST_AWAITED),
        oldest_queued_at=_first(_instant(conn, _mails(partner, state, OUTBOX.c.created_at)) for state in waiting),
        last_sent_at=last_sent_at,
        folders=_folders(conn, partner),
        newest_at=max((at for at in newest if at is not None), default=None),
        first_arrival_at=_instant(conn, select(ARRIVAL.c.accepted_at).order_by(ARRIVAL.c.id)),
        conditions=conditions.current(conn, partner),
        told=promised.told(conn, partner),
    )


def _mails(partner: str, state: OutboxState, column: object, *, newest: bool = False) -> Select[datetime]:
    order = OUTBOX.c.id.desc() if newest else OUTBOX.c.id
    which = (OUTBOX.c.partner == partner, OUTBOX.c.state == state, OUTBOX.c.audience != Audience.PAGER)
    return select(column).where(*which).order_by(order)  # type: ignore[call-overload,no-any-return]


def _instant(conn: Connection, statement: Select[datetime]) -> datetime | None:
    return conn.execute(statement.limit(1)).scalar()


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _folders(conn: Connection, partner: str) -> tuple[FolderStanding, ...]:
    rows = conn.execute(
        select(CURSOR.c.mailbox, CURSOR.c.folder, CURSOR.c.uidvalidity, CURSOR.c.error)
        .where(CURSOR.c.partner == partner)
        .order_by(CURSOR.c.mailbox, CURSOR.c.folder)
    )
    return tuple(
        FolderStanding(
            row.mailbox,
            row.folder,
            seen_at=_instant(
                conn,
                select(WATCH.c.until_at)
                .where(WATCH.c.partner == partner, WATCH.c.mailbox == f"{row.mailbox}/{row.folder}")
                .order_by(WATCH.c.id.desc()),
            ),
            last_mail_at=_instant(
                conn,
                select(ARRIVAL.c.received_at)
                .where(
                    text("arrival.uid IS NOT NULL"),
                    ARRIVAL.c.partner == partner,
                    ARRIVAL.c.mailbox == row.mailbox,
                    ARRIVAL.c.folder == row.folder,
                    ARRIVAL.c.uidvalidity == row.uidvalidity,
                )
                .order_by(ARRIVAL.c.uid.desc()),
            ),
            error=row.error,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Delay:
    """What an outage did to customers' mails: how many waited for its end, and how many expired in it."""

    waited: int
    expired: int


def delayed(conn: Connection, partner: str, since: datetime) -> Delay:
    """Return what waits now, or is being submitted, and what expired since then."""
    customers = (OUTBOX.c.partner == partner, OUTBOX.c.audience == Audience.CUSTOMER)
    waiting = OUTBOX.c.state.in_([OutboxState.QUEUED, OutboxState.DEFERRED, OutboxState.SUBMITTING])
    late = (text("outbox.state = 'expired'"), OUTBOX.c.done_at >= since)
    counted = [
        conn.execute(select(func.count()).where(*customers, *which)).scalar_one() for which in ((waiting,), late)
    ]
    return Delay(*counted)


def unsent(conn: Connection, partner: str, state: OutboxState, since: datetime, until: datetime) -> int:
    """Return how many mails to customers came into that state from `since` on, before `until`."""
    which = (*_came_into(partner, state, since, until), OUTBOX.c.audience == Audience.CUSTOMER)
    return conn.execute(select(func.count()).where(*which)).scalar_one()


def unsent_to_team(
    conn: Connection,
    partner: str,
    state: OutboxState,
    since: datetime,
    until: datetime,
    audience: Audience = Audience.TEAM,
) -> dict[str, int]:
    """Return how many mails to each of our own people, or pages to each pager, came into that state in that time.

    Mails are by the address, pages by the pager; what was only a trial does not count.
    """
    # Grouped by the database it would go through the mails of all recipients, in their order.
    which = (*_came_into(partner, state, since, until), OUTBOX.c.audience == audience)
    which = (*which, OUTBOX.c.kind != SENT_AS[PageKind.TEST])
    return Counter(conn.execute(select(OUTBOX.c.recipient).where(*which)).scalars())


def _came_into(
    partner: str, state: OutboxState, since: datetime, until: datetime
) -> tuple[ColumnElement[bool] | TextClause, ...]:
    by_state = text("outbox.state = 'expired'") if state is OutboxState.EXPIRED else OUTBOX.c.state == state
    return (OUTBOX.c.partner == partner, by_state, OUTBOX.c.done_at >= since, OUTBOX.c.done_at < until)


def came_back(conn: Connection, partner: str, recipient: str, since: datetime, until: datetime) -> int:
    """Return how many mails to that address came back from `since` on, before `until`."""
    lately = (OUTBOX.c.created_at >= since - _RETURNS_WITHIN, OUTBOX.c.created_at < until)
    which = (OUTBOX.c.partner == partner, OUTBOX.c.recipient == recipient, *lately, OUTBOX.c.bounced.is_not(None))
    told = filter(None, conn.execute(select(OUTBOX.c.bounced).where(*which)).scalars())
    failed = (one["at"] for one in told if one["action"] == BounceAction.FAILED)
    return sum(since <= datetime.fromisoformat(at) < until for at in failed)


@dataclass(frozen=True, slots=True)
class Late:
    """A mail that left late: to whom, when, and how long after it was written."""

    recipient: str
    left_at: datetime
    by: timedelta


def late(
    conn: Connection, partner: str, kind: str, since: datetime, until: datetime, least: timedelta
) -> tuple[Late, ...]:
    """Return the mails whose keys begin with that kind which left from `since` on, before `until`, so late at least."""
    which = (OUTBOX.c.partner == partner, OUTBOX.c.key.between(f"{kind}:", f"{kind};"))
    left = (OUTBOX.c.state == OutboxState.SENT, OUTBOX.c.done_at >= since, OUTBOX.c.done_at < until)
    columns = (OUTBOX.c.recipient, OUTBOX.c.done_at, OUTBOX.c.created_at)
    rows = conn.execute(select(*columns).where(*which, *left).order_by(OUTBOX.c.done_at, OUTBOX.c.id))
    found = (Late(row.recipient, row.done_at, row.done_at - row.created_at) for row in rows)
    return tuple(one for one in found if one.by >= least)


def outages(conn: Connection, partner: str, since: datetime, until: datetime) -> tuple[str, ...]:
    """Return what was told, from `since` on and before `until`, of times in which no mail could leave."""
    found: list[str] = []
    # The newest come first, and none is read that is older than all that may count.
    newest_first = select(NOTICE.c.created_at, NOTICE.c.kind, NOTICE.c.text).order_by(NOTICE.c.id.desc())
    for at, kind, told in conn.execute(newest_first.where(NOTICE.c.partner == partner)):
        if at < since - _SET_BACK:
            break
        if kind == NoticeKind.RELAY_BACK and since <= at < until:
            found.append(told)
    return tuple(reversed(found))


def newest_entry(conn: Connection) -> int:
    """Return the number of the newest entry of the log, 0 for none."""
    number: int | None = conn.execute(select(func.max(ENTRY.c.id))).scalar()
    return number or 0


def logged_since(conn: Connection, partner: str, entry: int, since: datetime, until: datetime) -> bool:
    """Return whether anything was logged after that entry whose instant lies from `since` on, before `until`."""
    when = (ENTRY.c.recorded_at >= since, ENTRY.c.recorded_at < until)
    which = select(ENTRY.c.id).where(ENTRY.c.id > entry, ENTRY.c.partner == partner, *when)
    return conn.execute(which.limit(1)).first() is not None


def _kept_apart(conn: Connection, partner: str, causes: Iterable[str]) -> int:
    """Return how many are in quarantine for one of these causes."""
    return conn.execute(
        select(func.count()).where(
            text("arrival.state <> 'done'"),
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.state == ArrivalState.QUARANTINED,
            ARRIVAL.c.cause.in_(list(causes)),
        )
    ).scalar_one()
