"""What is wrong is known to whoever looks, until it is well again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailbot.store import conditions
from mailbot.store.conditions import Condition
from mailbot.store.database import open_database

SINCE = datetime(2026, 3, 4, 2, 10, tzinfo=UTC)
RELAY = Condition("relay", SINCE, "535 5.7.8 no", "mend the password")
DISK = Condition("disk", SINCE - timedelta(hours=1), "full")


def test_a_condition_lasts_until_its_part_works_again_and_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "mailbot.db"
    with open_database(path) as database:
        for condition in (RELAY, DISK):
            database.writer.write(lambda conn, one=condition: conditions.put(conn, "partner", one))  # type: ignore[misc]
    with open_database(path, readonly=True, migrate=False) as database, database.read() as conn:
        assert conditions.current(conn, "partner") == (DISK, RELAY), "what has lasted longest first"
        assert conditions.of(conn, "partner", "relay") == RELAY
        assert conditions.current(conn, "somebody else") == ()
    with open_database(path) as database:
        told = Condition("relay", SINCE, "535 5.7.8 still no", "mend the password", told=True)
        database.writer.write(lambda conn: conditions.put(conn, "partner", told))
        database.writer.write(lambda conn: conditions.end(conn, "partner", "disk"))
        database.writer.write(lambda conn: conditions.end(conn, "partner", "never begun"))
        with database.read() as conn:
            assert conditions.current(conn, "partner") == (told,)
