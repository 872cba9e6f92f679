"""Forgetting what `[retention]` does not keep, in small pieces, so that no mail waits for it.

Each piece is a work of its own for the writer, with a pause after it in which others have their turn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from mailbot.rules import Rules
from mailbot.store import retention
from mailbot.store.database import Database
from mailbot.store.retention import Kept, Old


def forget_old(database: Database, rules: Rules, now: datetime, pause: Callable[[], bool]) -> dict[Kept, int]:
    """Forget what is too old at `now`; return how much of each kind that was.

    `pause` is called after each piece, and ends the pass by returning True: the next one goes on there.
    """
    forgotten = dict.fromkeys(Kept, 0)
    # Quarantine first: what is dropped from it may be forgotten as the message that it was.
    for kind in (Kept.QUARANTINE, Kept.MESSAGES, Kept.ENTRIES, Kept.MAILS):
        days = getattr(rules.retention, kind)
        if not days:
            continue
        before = now - timedelta(days=days)
        reason = f"kept for {days} days, as [retention] says"
        forget = partial(_forget, database, kind, now, reason)
        pieces = (
            _quarantined(database, rules.partner.id, before)
            if kind is Kept.QUARANTINE
            else _pieces(database, rules.partner.id, kind, before, now)
        )
        for piece in pieces:
            forgotten[kind] += forget(piece)
            if pause():
                return forgotten
    return forgotten


def _forget(database: Database, kind: Kept, now: datetime, reason: str, piece: list[int]) -> int:
    return database.writer.write(lambda conn: retention.forget(conn, kind, piece, now, reason))


def _quarantined(database: Database, partner: str, before: datetime) -> Iterator[list[int]]:
    while True:
        with database.read() as conn:
            piece = retention.quarantined_before(conn, partner, before)
        if not piece:
            return
        yield piece


def _pieces(database: Database, partner: str, kind: Kept, before: datetime, now: datetime) -> Iterator[list[int]]:
    """Yield the numbers to forget piece by piece; then note from where the next pass has to look."""
    with database.read() as conn:
        start = retention.first_left(conn, partner, kind)
    reached, left = start, None
    while olds := _next(database, partner, kind, reached, before):
        ready = [old.id for old in olds if old.ready]
        if left is None:
            left = next((old.id - 1 for old in olds if not old.ready), None)
        if ready:
            yield ready
        reached = olds[-1].id
    left = reached if left is None else left
    if left != start:
        database.writer.write(lambda conn: retention.note_left(conn, partner, kind, left, now))


def _next(database: Database, partner: str, kind: Kept, after: int, before: datetime) -> list[Old]:
    with database.read() as conn:
        return list(itertools.islice(retention.of_age(conn, partner, kind, after, before), retention.BATCH))
