"""What people may do with the outbox: hold, release, drop and retry, each with their name in the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from mailbot.deciding.effects import EntryKind
from mailbot.errors import NotFound, StoreError
from mailbot.store import counting
from mailbot.store.given import REPLY
from mailbot.store.outbox import NewMail, OutboxState
from mailbot.store.packing import compress
from mailbot.store.tables import OUTBOX
from mailbot.store.tickets import NewEntry, append_entry


def hold(conn: Connection, outbox_id: int, *, author: str, reason: str, now: datetime) -> None:
    """Keep a waiting mail until it is released; raise StoreError when it is not waiting."""
    waiting = (OutboxState.QUEUED, OutboxState.DEFERRED)
    _by_hand(conn, outbox_id, waiting, OutboxState.HELD, author, reason, now)


def release(conn: Connection, outbox_id: int, *, author: str, reason: str, now: datetime) -> None:
    """Let a held mail go, also one that is late already. Raise StoreError when it is not held."""
    _by_hand(conn, outbox_id, (OutboxState.HELD,), OutboxState.QUEUED, author, reason, now)


def drop(conn: Connection, outbox_id: int, *, author: str, reason: str, now: datetime) -> None:
    """Never send a mail (again); raise StoreError when it left already or is just leaving."""
    undone = (OutboxState.HELD, OutboxState.QUEUED, OutboxState.DEFERRED, OutboxState.FAILED, OutboxState.UNCLEAR)
    _by_hand(conn, outbox_id, undone, OutboxState.DROPPED, author, reason, now)


def retry(conn: Connection, outbox_id: int, *, author: str, reason: str, now: datetime) -> None:
    """Try a mail at once that is put off, failed, stayed unclear or expired."""
    ended = (OutboxState.DEFERRED, OutboxState.FAILED, OutboxState.UNCLEAR, OutboxState.EXPIRED)
    _by_hand(conn, outbox_id, ended, OutboxState.QUEUED, author, reason, now)


def rewrite(conn: Connection, outbox_id: int, mail: NewMail) -> None:
    """Let another mail say what one that waits was to say, to the same recipient under the Message-ID it has."""
    values = {
        "packed": compress(mail.raw),
        "kind": mail.kind,
        "period": mail.period,
        "priority": mail.priority,
        "may_repeat": mail.may_repeat,
        "expires_at": mail.expires_at,
    }
    waits = OUTBOX.c.state.in_((OutboxState.HELD, OutboxState.QUEUED))
    if conn.execute(update(OUTBOX).where(OUTBOX.c.id == outbox_id, waits).values(**values)).rowcount != 1:
        raise StoreError(f"outgoing mail {outbox_id} does not wait")


def _by_hand(
    conn: Connection,
    outbox_id: int,
    allowed: tuple[OutboxState, ...],
    state: OutboxState,
    author: str,
    reason: str,
    now: datetime,
) -> None:
    """Move a mail from one of the allowed states, and leave an entry that says who did it and why."""
    row = conn.execute(
        select(
            OUTBOX.c.partner,
            OUTBOX.c.ticket_id,
            OUTBOX.c.entry_id,
            OUTBOX.c.kind,
            OUTBOX.c.state,
            OUTBOX.c.recipient,
            OUTBOX.c.expires_at,
            func.length(OUTBOX.c.packed).label("octets"),
        ).where(OUTBOX.c.id == outbox_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no outgoing mail {outbox_id}")
    if row.state == state == OutboxState.QUEUED:
        raise StoreError(
            f"outgoing mail {outbox_id} is queued already: it leaves by itself as soon as the relay takes it; "
            "`mailbot status` says what keeps the relay from it"
        )
    if row.state not in allowed:
        raise StoreError(f"outgoing mail {outbox_id} is {row.state}; only what is {_either(allowed)} can be {state}")
    if state is OutboxState.QUEUED and not row.octets:
        raise StoreError(f"outgoing mail {outbox_id} cannot be sent any more: its time in [retention] is over")
    values: dict[str, object] = {"state": state, "next_attempt_at": None, "done_at": None}
    if state is OutboxState.QUEUED:
        # Whoever lets a mail go by hand has judged that it is not too late now; it may still become so.
        late = row.expires_at is not None and row.expires_at <= now
        values |= {"next_attempt_at": now} | ({"expires_at": None} if late else {})
        if row.state in {OutboxState.FAILED, OutboxState.UNCLEAR, OutboxState.EXPIRED}:
            values |= {"first_attempt_at": None, "attempts": 0}
    elif state is OutboxState.DROPPED:
        values["done_at"] = now
    conn.execute(update(OUTBOX).where(OUTBOX.c.id == outbox_id).values(**values))
    append_entry(
        conn,
        NewEntry(
            partner=row.partner,
            kind=EntryKind.CHANGE,
            at=now,
            recorded_at=now,
            ticket_id=row.ticket_id,
            text=f"outgoing mail {outbox_id} to {row.recipient}: {row.state} → {state}"
            + (f": {reason}" if reason else ""),
            author=author,
            decision={"outbox": outbox_id, "from": row.state, "to": state},
        ),
    )
    if row.kind == REPLY and row.entry_id is not None:
        reason = f"the answer to {row.recipient} is {state}"
        counting.restate(conn, row.entry_id, author=author, reason=reason, now=now)


def _either(states: tuple[OutboxState, ...]) -> str:
    return " or ".join(state.value for state in states)
