"""What is due by the clock: promised times, what our people are told, handed and asked, what comes back, and the week.

Each step stands for itself: one that fails is undone, and the others go on. Where one fails, or leaves due what is
due, rows of the log may be damaged; they are looked for then and taken out of the way (`damage`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from mailbot.deciding.effects import NoticeKind
from mailbot.desk import Desk, damage, duetimes
from mailbot.desk.acts import waiting
from mailbot.desk.mails import digest, forgotten, handing, mornings, postponed, radar, reminding, telling, turns
from mailbot.store import conditions, soundness

_log = structlog.get_logger(__name__)

CLOCKS = "clocks of tickets"
"""The step that warns of promised times, and ends what is silent: of past mail, to which nobody answers, it is none."""

WEEKLY = "weekly mail"
"""The step that mails the figures of the week: to find them out takes long, so that one can `look_ahead` for it."""

_NEXT = "the log of the service says why; please report it"


@dataclass(frozen=True, slots=True)
class _Step:
    due_at: Callable[[Connection, Desk, datetime], datetime | None]
    do: Callable[[Connection, Desk, datetime], None]


_STEPS: Mapping[str, _Step] = {
    CLOCKS: _Step(duetimes.next_due_at, duetimes.heed),
    "waits": _Step(lambda conn, desk, _: waiting.next_due_at(conn, desk), waiting.come_back),
    "telling": _Step(telling.next_due_at, telling.tell),
    "handing on": _Step(lambda conn, desk, _: handing.next_due_at(conn, desk), handing.hand_on),
    "mornings": _Step(mornings.next_due_at, mornings.hand_over),
    "turns": _Step(turns.next_due_at, turns.hand_over),
    "radar": _Step(radar.next_due_at, radar.look),
    "incidents": _Step(forgotten.next_due_at, forgotten.remind),
    WEEKLY: _Step(digest.next_due_at, digest.send),
    "reminders": _Step(lambda conn, desk, _: reminding.next_due_at(conn, desk), reminding.remind),
    "questions": _Step(postponed.next_due_at, postponed.ask),
}


def next_due_at(conn: Connection, desk: Desk, now: datetime, without: str = "") -> datetime | None:
    """Return when `tick` has something to do: at the latest `now` if it is due; None for nothing."""
    due = (_due_at(step, conn, desk, now) for name, step in _STEPS.items() if name != without)
    return min((at for at in due if at is not None), default=None)


def _due_at(step: _Step, conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when a step has something to do; at once where that cannot be read."""
    try:
        return step.due_at(conn, desk, now)
    except Exception as error:
        if not soundness.is_of_rows(error):
            raise
        return now


def look_ahead(conn: Connection, desk: Desk, now: datetime) -> digest.Ahead | None:
    """Return what the weekly mail that is due at `now` says, None where none is; it only reads."""
    try:
        return digest.look_ahead(conn, desk, now)
    except Exception as error:
        if not soundness.is_of_rows(error):
            raise
        # The step meets the damaged row itself.
        return None


def is_due(conn: Connection, desk: Desk, now: datetime, name: str) -> bool:
    """Return whether that step has something to do at `now`."""
    due_at = _due_at(_STEPS[name], conn, desk, now)
    return due_at is not None and due_at <= now


def tick(
    conn: Connection,
    desk: Desk,
    now: datetime,
    without: str = "",
    *,
    only: str = "",
    ahead: digest.Ahead | None = None,
) -> bool:
    """Do all that is due at `now`, `without` one step or `only` that; part of the caller's transaction.

    `ahead` is what `look_ahead` returned a moment before. Return whether it is done, as far as can be.
    """
    steps = {name: step for name, step in _STEPS.items() if name != without and only in {"", name}}
    if ahead is not None and WEEKLY in steps:
        steps[WEEKLY] = replace(steps[WEEKLY], do=partial(digest.send, ahead=ahead))
    failed = _do(conn, desk, now, steps)
    known = _known(conn, desk) & steps.keys()
    # What failed before was looked into then; from then on the look of each hour does.
    if failed.keys() - known and damage.look_through(conn, desk, now):
        failed = _do(conn, desk, now, steps)
    _note(conn, desk, failed, known, now)
    return not failed


def _do(conn: Connection, desk: Desk, now: datetime, steps: Mapping[str, _Step]) -> dict[str, str]:
    """Do each of these steps; return why which of them could not be done."""
    failed: dict[str, str] = {}
    for name, step in steps.items():
        before = soundness.changes(conn)
        try:
            with conn.begin_nested():
                step.do(conn, desk, now)
        except Exception as error:
            if not soundness.is_of_rows(error):
                raise
            _log.warning("step-failed", step=name, error=f"{type(error).__name__}: {error}")
            failed[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            due_at = _due_at(step, conn, desk, now)
            if due_at is not None and due_at <= now and soundness.changes(conn) == before:
                failed[name] = "what is due stays due"
    return failed


def _known(conn: Connection, desk: Desk) -> set[str]:
    """Return the steps that could not be done before."""
    parts = (one.part for one in conditions.current(conn, desk.partner))
    return {part.removeprefix(conditions.STEP) for part in parts if part.startswith(conditions.STEP)}


def _note(conn: Connection, desk: Desk, failed: Mapping[str, str], known: Collection[str], now: datetime) -> None:
    """Keep which steps cannot be done, and tell each once."""
    for name in set(known) - failed.keys():
        conditions.end(conn, desk.partner, conditions.STEP + name)
    for name in failed.keys() - known:
        reason = f"cannot be done: {failed[name]}"
        conditions.put(conn, desk.partner, conditions.Condition(conditions.STEP + name, now, reason, _NEXT, told=True))
        desk.tell(conn, NoticeKind.DAMAGED, urgent=True, text=f"{name}: {reason}. Next: {_NEXT}.", now=now)
