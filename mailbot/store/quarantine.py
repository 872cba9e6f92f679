"""Arrivals that are kept apart: with their cause, until a person judges or the agent says that it is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, text, update

from mailbot.deciding.effects import UNCONFIRMED, EntryKind, Flag, Reason
from mailbot.errors import NotFound
from mailbot.store.spool import NOT_DONE, ArrivalState, settle
from mailbot.store.statements import Prepared
from mailbot.store.tables import ARRIVAL
from mailbot.store.tickets import NewEntry, append_entry, plain

_KEPT_APART = Prepared(
    select(ARRIVAL.c.entry_id)
    .where(
        text("arrival.cause <> ''"),
        ARRIVAL.c.partner == bindparam("partner"),
        ARRIVAL.c.fingerprint == bindparam("fingerprint"),
    )
    .limit(1)
)


def quarantine(  # noqa: PLR0913 - all that is known of the message
    conn: Connection,
    arrival_id: int,
    cause: str,
    detail: str = "",
    *,
    now: datetime,
    fingerprint: str | None = None,
    message_id: str | None = None,
    from_address: str = "",
    reasons: Sequence[Reason] = (),
) -> int:
    """Keep the arrival apart for the operator; return the entry that says so.

    The fingerprint stays with the arrival only, so that the message can become an entry later.
    """
    row = conn.execute(select(ARRIVAL.c.partner, ARRIVAL.c.received_at).where(ARRIVAL.c.id == arrival_id)).first()
    if row is None:
        raise NotFound(f"there is no arrival {arrival_id}")
    entry = append_entry(
        conn,
        NewEntry(
            partner=row.partner,
            kind=EntryKind.NOTE,
            at=row.received_at,
            recorded_at=now,
            arrival_id=arrival_id,
            message_id=message_id,
            from_address=from_address,
            text=f"quarantined: {cause}" + (f" ({detail})" if detail else ""),
            author="mailbot",
            flags=(Flag.UNREADABLE,) if cause == "unreadable" else (),
            reasons=tuple(reasons),
        ),
    )
    settle(
        conn,
        arrival_id,
        {
            "new_state": ArrivalState.QUARANTINED,
            "entry": entry,
            "new_fingerprint": fingerprint,
            "new_message_id": message_id,
            "new_from_address": from_address,
            "new_reasons": plain(reasons) or None,
            "new_cause": cause,
            "new_detail": detail,
        },
    )
    return entry


def kept_apart(conn: Connection, partner: str, fingerprint: str) -> int | None:
    """The entry that says that the same message is in quarantine, or was dropped from it; None when neither."""
    entry: int | None = _KEPT_APART.scalar(conn, {"partner": partner, "fingerprint": fingerprint})
    return entry


def drop_quarantined(conn: Connection, arrival_id: int, *, author: str, reason: str, now: datetime) -> None:
    """Be done with a quarantined arrival; its octets stay. Raise NotFound when it is not in quarantine."""
    _leaves(conn, arrival_id, "dropped", author, reason, now)
    conn.execute(update(ARRIVAL).where(ARRIVAL.c.id == arrival_id).values(state=ArrivalState.DONE))


def release_quarantined(conn: Connection, arrival_id: int, *, author: str, reason: str, now: datetime) -> None:
    """Let a quarantined arrival wait for a decision again; raise NotFound when it is not in quarantine."""
    _leaves(conn, arrival_id, "released", author, reason, now)
    _decide_anew(conn, arrival_id)


def confirm(conn: Connection, arrival_id: int, agent: str, *, now: datetime) -> bool:
    """Let an arrival that waits for an agent's word wait for a decision again; return whether it did so until now."""
    waits = select(ARRIVAL.c.id).where(
        NOT_DONE,
        ARRIVAL.c.id == arrival_id,
        ARRIVAL.c.state == ArrivalState.QUARANTINED,
        ARRIVAL.c.cause == UNCONFIRMED,
    )
    if conn.execute(waits).first() is None:
        return False
    _leaves(conn, arrival_id, "released", agent, "confirmed by mail", now)
    _decide_anew(conn, arrival_id, confirmed_by=agent)
    return True


def _decide_anew(conn: Connection, arrival_id: int, **more: str) -> None:
    conn.execute(
        update(ARRIVAL)
        .where(ARRIVAL.c.id == arrival_id)
        .values(state=ArrivalState.WAITING, entry_id=None, cause="", detail="", reasons=None, **more)
    )


def _leaves(conn: Connection, arrival_id: int, how: str, author: str, reason: str, now: datetime) -> None:
    """Append who took the arrival out of quarantine, and why; raise NotFound when it is not in there."""
    row = conn.execute(
        select(ARRIVAL.c.partner, ARRIVAL.c.cause).where(
            NOT_DONE, ARRIVAL.c.id == arrival_id, ARRIVAL.c.state == ArrivalState.QUARANTINED
        )
    ).first()
    if row is None:
        raise NotFound(f"there is no arrival {arrival_id} in quarantine")
    append_entry(
        conn,
        NewEntry(
            partner=row.partner,
            kind=EntryKind.NOTE,
            at=now,
            recorded_at=now,
            arrival_id=arrival_id,
            text=f"{how} from quarantine ({row.cause}): {reason}",
            author=author,
        ),
    )
