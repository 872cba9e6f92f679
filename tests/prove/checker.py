"""The judge: from what was told, what is in the log and what arrived outside, whether a promise was broken.

It reads the log with SQLite itself and shares no code with mailbot. An empty list is a pass.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

import zstandard

from tests.prove.journal import Journal, Kind
from tests.servers.smtp import Mail

# How often one mail may leave: emergency answers and urgent notices once more after an unclear result.
_MOST_SENDS = {"emergency": 2, "notice": 2}
_NEVER_ANSWERED = {Kind.STRANGER, Kind.MACHINE}


def verdict(log: Path, journal: Journal, left: Sequence[Mail], *, team: str = "") -> list[str]:
    """Return every broken promise, in words."""
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True, timeout=30)) as conn:
        return [
            *_whole(conn),
            *_kept(conn, journal),
            *_sent(conn, left),
            *_addressed(journal, left, team),
        ]


def _whole(conn: sqlite3.Connection) -> Iterator[str]:
    """The file is sound, and every raw message is what came."""
    for (line,) in conn.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"integrity: {line}"
    yield from (f"dangling reference: {row}" for row in conn.execute("PRAGMA foreign_key_check"))
    unpack = zstandard.ZstdDecompressor().decompress
    for sha256, packed in conn.execute("SELECT sha256, packed FROM raw"):
        if hashlib.sha256(unpack(packed)).hexdigest() != sha256:
            yield f"raw message {sha256} differs from what came"


def _kept(conn: sqlite3.Connection, journal: Journal) -> Iterator[str]:
    """What was acknowledged is in one place; nothing is in two."""
    places: Counter[str] = Counter()
    for (message_id,) in conn.execute(
        "SELECT message_id FROM entry"
        " WHERE arrival_id IS NOT NULL AND message_id IS NOT NULL AND fingerprint IS NOT NULL"
        " UNION ALL SELECT message_id FROM arrival WHERE state = 'quarantined' AND message_id IS NOT NULL"
    ):
        places[message_id] += 1
    yield from (f"lost: {one}" for one in sorted(journal.acknowledged - set(places)))
    yield from (f"in {number} places: {one}" for one, number in places.items() if number > 1)
    yield from (f"from nowhere: {one}" for one in places if one not in journal.posted)
    waiting = conn.execute("SELECT count(*) FROM arrival WHERE state IN ('waiting', 'slow')").fetchone()[0]
    if waiting:
        yield f"{waiting} messages still wait for their decision"


def _sent(conn: sqlite3.Connection, left: Sequence[Mail]) -> Iterator[str]:
    """Each mail left as often as its kind may, what is said to have left did, and what did is said to."""
    times = Counter(_id_of(mail) for mail in left)
    known: dict[str, tuple[str, str]] = {}
    answers: defaultdict[int, list[str]] = defaultdict(list)
    for message_id, kind, state, arrival in conn.execute(
        "SELECT o.message_id, o.kind, o.state, e.arrival_id FROM outbox o LEFT JOIN entry e ON e.id = o.entry_id"
    ):
        known[message_id] = (kind, state)
        if arrival is not None and kind != "notice":
            answers[arrival].append(message_id)
        if state == "sent" and not times[message_id]:
            yield f"said to be sent, but never came: {message_id}"
        if state not in {"sent", "unclear", "expired"}:
            yield f"still {state}: {message_id}"
    yield from (f"{len(ids)} answers to one message: {ids}" for ids in answers.values() if len(ids) > 1)
    for message_id, number in times.items():
        if message_id not in known:
            yield f"left without being in the outbox: {message_id}"
        elif number > _MOST_SENDS.get(known[message_id][0], 1):
            yield f"left {number} times: {message_id} ({known[message_id][0]})"


def _addressed(journal: Journal, left: Sequence[Mail], team: str) -> Iterator[str]:
    """Mail went to people who wrote and may be answered, and to our own."""
    may = {posted.sender for posted in journal.posted.values() if posted.kind not in _NEVER_ANSWERED} | {team}
    for recipient in {recipient for mail in left for recipient in mail.recipients}:
        if recipient not in may:
            yield f"mail to somebody who must get none: {recipient}"


def _id_of(mail: Mail) -> str:
    return str(message_from_bytes(mail.raw)["Message-ID"]).strip("<>")
