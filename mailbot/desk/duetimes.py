"""What is done by the clocks of tickets: planned from the log as it grows, then warned of, reminded, closed and asked.

A plan is made of a ticket each time that its log has grown, so whatever happened to it counts, whoever did it. What is
due is done once, in the transaction that claims it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import Connection

from mailbot.deciding.duetimes import Due, DueKind, falling_due
from mailbot.deciding.satisfaction import surveys
from mailbot.desk import Desk
from mailbot.desk.mails import calling, silence, standdown, surveying, warning
from mailbot.rules import Rules, Severity
from mailbot.rules.same import Same
from mailbot.store import due
from mailbot.store.clocked import clocked
from mailbot.store.surveys import ended

_MOST_ENTRIES = 500
_AT_ONCE = 500
_PAUSE = timedelta(seconds=2)
_WARNINGS = frozenset({DueKind.ANSWER, DueKind.RESOLUTION, DueKind.TIER})


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `heed` has something to do, None for nothing.

    What the log grows by is planned together, some seconds later: nothing falls due so soon.
    """
    behind = due.behind(conn, desk.partner, _fingerprint(Same(desk.rules)))
    if behind.planned_at is None or behind.entries >= _MOST_ENTRIES:
        return now
    due_at = [due.next_at(conn, desk.partner)]
    if behind.entries:
        # A plan of a clock that was ahead holds nothing up.
        due_at.append(behind.planned_at + _PAUSE if behind.planned_at <= now else now)
    return min((at for at in due_at if at is not None), default=None)


def heed(conn: Connection, desk: Desk, now: datetime) -> None:
    """Plan what the log has grown by, then do what is due; part of the caller's transaction."""
    due_at = next_due_at(conn, desk, now)
    if due_at is None or due_at > now or not _is_planned(conn, desk, now):
        return
    claims = due.claim(conn, desk.partner, now)
    calling.call(conn, desk, [one for one in claims if one.due.kind is DueKind.CALL], now)
    for claim in claims:
        if claim.due.kind is DueKind.SURVEY:
            surveying.heed(conn, desk, claim, now)
        elif claim.due.kind not in {DueKind.CALL, *_WARNINGS}:
            silence.heed(conn, desk, claim, now)
    if warnings := [one for one in claims if one.due.kind in _WARNINGS]:
        warning.warn(conn, desk, warnings, now)


def _is_planned(conn: Connection, desk: Desk, now: datetime) -> bool:
    """Plan some of what is to be; return whether that was all of it, so that nothing due is out of date."""
    rules = _fingerprint(Same(desk.rules))
    portion = due.to_plan(conn, desk.partner, rules, _MOST_ENTRIES, _AT_ONCE)
    known = {one.ticket: (one.severity, falling_due(one, desk.rules)) for one in clocked(conn, portion.tickets)}
    known |= {one.ticket: (one.severity, surveys.falling_due(one, desk.rules)) for one in ended(conn, portion.tickets)}
    nothing: tuple[Severity, tuple[Due, ...]] = (Severity.LOW, ())
    due.plan(conn, desk.partner, {ticket: known.get(ticket, nothing) for ticket in portion.tickets})
    standdown.stand_down(conn, desk, portion.tickets, now)
    due.note_planned(conn, desk.partner, rules, portion, now)
    return not due.behind(conn, desk.partner, rules).entries


@lru_cache(maxsize=4)
def _fingerprint(rules: Same[Rules]) -> str:
    """Return what tells rules apart by which something falls due at another time."""
    here = rules.object
    hours = [(one.id, one.hours, str(one.zone), one.severity) for one in here.tenant if one.hours or one.severity]
    promises = [(one, promise.response, promise.resolution, promise.clock) for one, promise in here.severity.items()]
    called = [(one.id, one.tenants, len(one.pager), one.outsourced, one.tier) for one in here.agent]
    told = (promises, here.clock, here.oncall, here.partner.hours, str(here.partner.zone), hours, called)
    return sha256(repr(told).encode()).hexdigest()[:16]
