"""Forgetting what `[retention]` does not keep, in small pieces, so that no mail waits for it.

Each piece is a work of its own for the writer, with a pause after it in which others have their turn. A pass that
finds little to forget ends before it has read much, and the next one goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from mailbot.rules import Rules
from mailbot.store import retention, search
from mailbot.store.database import Database
from mailbot.store.retention import Kept, Old, Place

MOST_PASSED_OVER = 10_000
"""How many rows of a kind a pass looks at in vain."""
INDEX_FOLLOWS = timedelta(days=1)
"""How long the index of words may hold what was forgotten."""
_PAGES_AT_ONCE = 100


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
        forget = partial(_forget, database, rules.partner.id, kind, now, reason)
        pieces = (
            _quarantined(database, rules.partner.id, before)
            if kind is Kept.QUARANTINE
            else _pieces(database, rules.partner.id, kind, before, now)
        )
        for piece in pieces:
            forgotten[kind] += forget(piece)
            if pause():
                return forgotten
    _tidy_index(database, rules.partner.id, now, pause)
    return forgotten


def _forget(database: Database, partner: str, kind: Kept, now: datetime, reason: str, piece: list[int]) -> int:
    def work(conn: Connection) -> int:
        number = retention.forget(conn, kind, piece, now, reason)
        if number and kind is Kept.ENTRIES:
            retention.note_index(conn, partner, now, left=True)
        return number

    return database.writer.write(work)


def _tidy_index(database: Database, partner: str, now: datetime, pause: Callable[[], bool]) -> None:
    """Take what was forgotten out of the pages of the index, a day later: all of it is written anew for that."""
    with database.read() as conn:
        since = retention.index_left_since(conn, partner)
    if since is None or now - since < INDEX_FOLLOWS:
        return
    # The first time says that all of the index is meant.
    pages = -_PAGES_AT_ONCE
    while database.writer.write(partial(search.tidy, pages=pages)):
        pages = _PAGES_AT_ONCE
        if pause():
            return
    database.writer.write(lambda conn: retention.note_index(conn, partner, now, left=False))


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
