"""Rows of the log that are not what was stored: taken out of the way of everything else, and told once."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.deciding.effects import NoticeKind
from mailbot.desk import Desk
from mailbot.store import conditions, soundness

_log = structlog.get_logger(__name__)

_NAMES = {"outbox": "outgoing mail", "arrival": "message", "entry": "entry", "ticket": "ticket"}
_SHOWN = ("ticket_id", "recipient", "from_address", "agent", "address", "name")
_MOST_TOLD = 10
_SHOWN_FOR = timedelta(days=7)
_NEXT = "go on without it, or bring back the last backup, which has it as it was: `mailbot restore FILE --replace`"


def look_through(conn: Connection, desk: Desk, now: datetime) -> bool:
    """Put aside what is damaged, and tell it; return whether anything was. Part of the caller's transaction."""
    found = soundness.set_aside(conn, desk.partner, now)
    if not found:
        _forget(conn, desk, now)
        return False
    for one in found:
        _log.error("row-damaged", table=one.table, row=one.row, columns=one.columns, made_anew=one.anew)
    lost = [one for one in found if not one.anew]
    for one in found[:_MOST_TOLD]:
        desk.tell(conn, NoticeKind.DAMAGED, urgent=one in lost, text=_told(one), now=now)
    if len(found) > _MOST_TOLD:
        text = f"{len(found) - _MOST_TOLD} more rows of the log were damaged; what the service logs names each."
        desk.tell(conn, NoticeKind.DAMAGED, urgent=True, text=text, now=now)
    count = soundness.kept_aside(conn, desk.partner)
    rows = "1 row of the log was" if count == 1 else f"{count} rows of the log were"
    reason = f"{rows} damaged, the last: {_named(found[-1])}"
    conditions.put(conn, desk.partner, conditions.Condition(conditions.DAMAGE, now, reason, _NEXT, told=True))
    return True


def _forget(conn: Connection, desk: Desk, now: datetime) -> None:
    """Speak no more of damage that is long ago."""
    known = conditions.of(conn, desk.partner, conditions.DAMAGE)
    if known and now - known.since > _SHOWN_FOR:
        conditions.end(conn, desk.partner, conditions.DAMAGE)


def _told(one: soundness.Damaged) -> str:
    if one.anew:
        return f"{_named(one)}, was damaged, and was made anew from its log: look whether it is right."
    return f"{_named(one)}, was damaged and is put aside: nothing more is done with it. Next: {_NEXT}."


def _named(one: soundness.Damaged) -> str:
    """Return in words which row it is, and of whom as far as that can be read."""
    known = [
        f"{name.removesuffix('_id')} {one.was[name]}"
        for name in _SHOWN
        if one.was.get(name) and name not in one.columns
    ]
    about = f" ({', '.join(known)})" if known else ""
    return f"{_NAMES.get(one.table, one.table)} {one.row}{about}, in its {' and '.join(one.columns)}"
