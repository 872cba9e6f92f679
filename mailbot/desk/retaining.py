"""Forgetting what `[retention]` does not keep, in small pieces, so that no mail waits for it.

Each piece is a work of its own for the writer, with a pause after it in which others have their turn. A pass that
finds little to forget ends before it has read much, and the next one goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from mailbot.rules import Rules
from mailbot.store import retention
from mailbot.store.database import Database
from mailbot.store.retention import Kept, Old, Place

MOST_PASSED_OVER = 10_000
"""How many rows of a kind a pass looks at in vain."""


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
        begun = place = retention.place(conn, partner, kind)
    passed_over = 0
    while passed_over < MOST_PASSED_OVER:
        with database.read() as conn:
            olds = retention.of_age(conn, partner, kind, place.reached, before)
        if not olds:
            place = Place(place.left, place.left)
            break
        ready = [old.id for old in olds if old.holds and old.ready]
        for first in range(0, len(ready), retention.BATCH):
            yield ready[first : first + retention.BATCH]
        passed_over += len(olds) - len(ready)
        place = _after(place, olds)
    if place != begun:
        database.writer.write(lambda conn: retention.note_place(conn, partner, kind, place, now))


def _after(place: Place, olds: list[Old]) -> Place:
    """Return how far the round has come with these."""
    reached = olds[-1].id
    if place.left != place.reached:
        return Place(place.left, reached)
    needed = next((old.id for old in olds if old.holds and not old.ready), reached + 1)
    return Place(needed - 1, reached)
