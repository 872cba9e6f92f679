"""The alarms that were paged and are not over: kept in the log, so that a restart pages nothing twice."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, delete, select

from mailbot.deciding.alarms import Alarm, Trouble
from mailbot.store import cursors
from mailbot.store.tables import FACT

_PREFIX = "alarm."


def keep(conn: Connection, partner: str, alarm: Alarm, now: datetime) -> None:
    """Keep an alarm that was paged."""
    one = alarm.trouble
    said = {"what": one.what, "since": one.since.isoformat(), "passes": one.passes, "key": alarm.key}
    cursors.set_fact(conn, partner, _PREFIX + one.part, json.dumps(said), now)


def forget(conn: Connection, partner: str, part: str) -> None:
    """Forget the alarm about a part: it is over."""
    conn.execute(delete(FACT).where(FACT.c.partner == partner, FACT.c.name == _PREFIX + part))


def kept(conn: Connection, partner: str) -> dict[str, Alarm]:
    """Return the alarms that are kept, by their parts; what cannot be read any more is none."""
    which = (FACT.c.partner == partner, FACT.c.name.startswith(_PREFIX))
    rows = conn.execute(select(FACT.c.name, FACT.c.value, FACT.c.at).where(*which).order_by(FACT.c.at, FACT.c.name))
    found = (_alarm(row.name.removeprefix(_PREFIX), row.value, row.at) for row in rows)
    return {one.trouble.part: one for one in found if one is not None}


def _alarm(part: str, value: str, at: datetime) -> Alarm | None:
    try:
        said = json.loads(value)
        since = datetime.fromisoformat(said["since"])
        return Alarm(Trouble(part, said["what"], since, passes=said["passes"]), at, said["key"])
    except (ValueError, TypeError, KeyError):
        return None
