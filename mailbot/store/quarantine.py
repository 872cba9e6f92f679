"""Arrivals that are kept apart: with their cause, until a person judges or the agent says that it is theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, text, update

from mailbot.deciding.context import Waiting
from mailbot.deciding.effects import UNCONFIRMED, EntryKind, Flag, Reason
from mailbot.deciding.questions import ASK
from mailbot.errors import NotFound
from mailbot.store.columns import plain
from mailbot.store.spool import NOT_DONE, ArrivalState, settle
from mailbot.store.statements import Prepared
from mailbot.store.tables import ARRIVAL, ENTRY, OUTBOX
from mailbot.store.tickets import NewEntry, append_entry

_KEPT_APART = Prepared(
    select(ARRIVAL.c.entry_id)
    .where(
        text("arrival.cause <> ''"),
        ARRIVAL.c.partner == bindparam("partner"),
        ARRIVAL.c.fingerprint == bindparam("fingerprint"),
    )
    .limit(1)
)


_NOT_ASKED = {"ask_later": "", "ask_about": None, "listed": False}


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
    subject: str = "",
    reasons: Sequence[Reason] = (),
    shown: Mapping[str, object] | None = None,
) -> int:
    """Keep the arrival apart for the operator; return the entry that says so.

    The fingerprint stays with the arrival only, so that the message can become an entry later. `shown` is what an agent
    is shown of what it would have done, None for nothing.
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
            subject=subject,
            text=f"quarantined: {cause}" + (f" ({detail})" if detail else ""),
            author="mailbot",
            flags=(Flag.UNREADABLE,) if cause == "unreadable" else (),
            reasons=tuple(reasons),
            decision={"shown": shown} if shown else None,
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


def confirm(conn: Connection, arrival_id: int, agent: str, *, word: str = "", now: datetime) -> bool:
    """Let an arrival that waits for an agent's word wait for a decision again; return whether it did so until now."""
    if not _waits_for_a_word(conn, arrival_id):
        return False
    if word == ASK:
        ask_anew(conn, arrival_id, author=agent, now=now)
        conn.execute(update(ARRIVAL).where(ARRIVAL.c.id == arrival_id).values(listed=True))
        return True
    _leaves(conn, arrival_id, "released", agent, "confirmed by mail", now)
    _decide_anew(conn, arrival_id, confirmed_by=f"{agent}:{word}" if word else agent)
    return True


def put_off(conn: Connection, arrival_id: int, agent: str, ticket: int | None) -> None:
    """Note that an agent is to be asked later about an arrival that waits for his word, which may be about a ticket."""
    about = f" about #{ticket}" if ticket else ""
    told = f"{agent} is to be asked later{about}"
    conn.execute(
        update(ARRIVAL)
        .where(ARRIVAL.c.id == arrival_id)
        .values(ask_later=agent, ask_about=ticket, listed=False, detail=told)
    )


def writer_and_listed(conn: Connection, arrival_id: int) -> tuple[str, bool]:
    """Return from which address an arrival is, and whether its agent wants to be asked, who found it in a list."""
    row = conn.execute(select(ARRIVAL.c.from_address, ARRIVAL.c.listed).where(ARRIVAL.c.id == arrival_id)).one()
    return row.from_address, row.listed


def note_listed(conn: Connection, arrival_id: int, agent: str) -> None:
    """Note that an agent was told in a list of an arrival that waits for his word."""
    conn.execute(
        update(ARRIVAL).where(ARRIVAL.c.id == arrival_id).values(listed=True, detail=f"a list told {agent} of it")
    )


def ask_anew(conn: Connection, arrival_id: int, *, author: str, now: datetime) -> None:
    """Let an arrival that waits for an agent's word be decided anew, so that he is asked; nothing is confirmed."""
    _leaves(conn, arrival_id, "released", author, "to ask its agent", now)
    _decide_anew(conn, arrival_id)


@dataclass(frozen=True, slots=True)
class PutOff:
    """An arrival about which an agent (his id) is to be asked later, and the ticket it is about, None for none.

    It reached us at `received_at`, and was taken in at `accepted_at`.
    """

    arrival: int
    agent: str
    received_at: datetime
    accepted_at: datetime
    from_address: str
    ticket: int | None


def put_off_mails(conn: Connection, partner: str) -> list[PutOff]:
    """Return what agents are to be asked about later, by agent, the oldest first."""
    rows = conn.execute(
        select(
            ARRIVAL.c.id,
            ARRIVAL.c.ask_later,
            ARRIVAL.c.received_at,
            ARRIVAL.c.accepted_at,
            ARRIVAL.c.from_address,
            ARRIVAL.c.ask_about,
        ).where(
            NOT_DONE,
            ARRIVAL.c.partner == partner,
            ARRIVAL.c.state == ArrivalState.QUARANTINED,
            ARRIVAL.c.cause == UNCONFIRMED,
            ARRIVAL.c.ask_later != "",
            ARRIVAL.c.listed.is_(False),
        )
    )
    return sorted((PutOff(*row) for row in rows), key=lambda one: (one.agent, one.arrival))


def disown(conn: Connection, arrival_id: int, agent: str, *, reason: str, now: datetime) -> bool:
    """Be done with an arrival that waits for an agent's word; return whether it did so until now."""
    if not _waits_for_a_word(conn, arrival_id):
        return False
    drop_quarantined(conn, arrival_id, author=agent, reason=reason, now=now)
    return True


def asked_about(conn: Connection, partner: str, arrival_ids: Iterable[int]) -> tuple[Waiting, ...]:
    """What is known of those of these arrivals about which an agent was asked."""
    found = conn.execute(
        select(ARRIVAL.c.id, ARRIVAL.c.state, ARRIVAL.c.cause, ARRIVAL.c.from_address, ARRIVAL.c.reasons).where(
            ARRIVAL.c.partner == partner, ARRIVAL.c.id.in_(list(arrival_ids))
        )
    )
    return tuple(
        Waiting(
            row.id,
            row.state == ArrivalState.QUARANTINED and row.cause == UNCONFIRMED,
            row.from_address,
            _ticket_asked_about(conn, partner, row.id),
            frozenset(reason["code"] for reason in row.reasons or ()),
        )
        for row in found.all()
    )


def shown_beside(conn: Connection, partner: str, arrival_id: int) -> int:
    """Return the last answer of another's (its entry) that a question about that arrival showed, 0 for none."""
    shown: int | None = conn.execute(
        select(func.max(OUTBOX.c.entry_id)).where(*questions_about(partner, arrival_id))
    ).scalar()
    return shown or 0


def shown(conn: Connection, arrival_id: int) -> Mapping[str, Any] | None:
    """Return what an agent was shown last of what his mail would have done; empty where nothing was noted of it.

    None where it waited for no such thing.
    """
    asked = text("entry.reasons LIKE '%\"command.unconfirmed\"%'")
    notes = select(ENTRY.c.decision).where(ENTRY.c.arrival_id == arrival_id, ENTRY.c.kind == EntryKind.NOTE, asked)
    last = conn.execute(notes.order_by(ENTRY.c.id.desc()).limit(1)).first()
    return None if last is None else (last.decision or {}).get("shown") or {}


def _ticket_asked_about(conn: Connection, partner: str, arrival_id: int) -> int | None:
    ticket: int | None = conn.execute(
        select(OUTBOX.c.ticket_id).where(*questions_about(partner, arrival_id)).limit(1)
    ).scalar()
    return ticket


def questions_about(partner: str, arrival_id: int) -> tuple[ColumnElement[bool], ...]:
    """Choose the questions about that arrival, whose mails bear its number in the key."""
    return OUTBOX.c.partner == partner, OUTBOX.c.key.between(f"ask:{arrival_id}:", f"ask:{arrival_id};")


def _waits_for_a_word(conn: Connection, arrival_id: int) -> bool:
    waits = select(ARRIVAL.c.id).where(
        NOT_DONE,
        ARRIVAL.c.id == arrival_id,
        ARRIVAL.c.state == ArrivalState.QUARANTINED,
        ARRIVAL.c.cause == UNCONFIRMED,
    )
    return conn.execute(waits).first() is not None


def _decide_anew(conn: Connection, arrival_id: int, **more: str) -> None:
    conn.execute(
        update(ARRIVAL)
        .where(ARRIVAL.c.id == arrival_id)
        .values(state=ArrivalState.WAITING, entry_id=None, cause="", detail="", reasons=None, **_NOT_ASKED, **more)
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
