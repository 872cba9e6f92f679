"""What is wrong at present: which part, since when, why, and what to do.

A condition lasts from the moment a part of mailbot notices it until that part works again. It is kept
in the log, so that it outlives a restart and that other commands, `/healthz` and the metrics see
what the daemon knows. One part has one condition at a time: its first instant stays, its reason is the
latest one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailbot.store.tables import FACT

RELAY = "relay"
"""The part that takes our outgoing mail."""
FALLBACK = "fallback"
"""The second relay, which takes mail to our own people while the first takes none."""
PAGERS = "pagers"
"""The pagers of our people, which have no relay of their own; each is a receiver by itself."""
PATTERNS = "patterns"
"""Regular expressions of the rules that took too long on a message."""
STEP = "clock: "
"""How the part of a step begins that is due by the clock and cannot be done; behind it stands its name."""
DAMAGE = "damage"
"""Rows of the log that were not what was stored."""
AGENT = "agent "
"""How the part of an agent begins to whom no mail can be written; behind it stands his id."""
_PREFIX = "condition."


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is wrong: `part` is a fixed word such as "relay", `told` says that our people were told of it."""

    part: str
    since: datetime
    reason: str
    next_step: str = ""
    told: bool = False


def put(conn: Connection, partner: str, condition: Condition) -> None:
    """Keep the condition, in place of what was known of that part."""
    name = _PREFIX + condition.part
    said = {"reason": condition.reason, "next_step": condition.next_step, "told": condition.told}
    values = {"value": json.dumps(said), "at": condition.since}
    place = (FACT.c.partner == partner, FACT.c.name == name)
    if conn.execute(update(FACT).where(*place).values(**values)).rowcount == 0:
        conn.execute(insert(FACT).values(partner=partner, name=name, **values))


def end(conn: Connection, partner: str, part: str) -> None:
    """Note that the part works again; nothing happens when it did all the time."""
    conn.execute(delete(FACT).where(FACT.c.partner == partner, FACT.c.name == _PREFIX + part))


def current(conn: Connection, partner: str) -> tuple[Condition, ...]:
    """Return everything that is wrong, what has lasted longest first; empty when all is well."""
    rows = conn.execute(
        select(FACT.c.name, FACT.c.value, FACT.c.at)
        .where(FACT.c.partner == partner, FACT.c.name.startswith(_PREFIX))
        .order_by(FACT.c.at, FACT.c.name)
    )
    return tuple(_condition(row.name.removeprefix(_PREFIX), row.at, row.value) for row in rows)


def _condition(part: str, since: datetime, value: str) -> Condition:
    try:
        return Condition(part, since, **json.loads(value))
    except (ValueError, TypeError):
        return Condition(part, since, "what was wrong cannot be read any more")


def of(conn: Connection, partner: str, part: str) -> Condition | None:
    """Return what is wrong with one part, None when nothing is."""
    return next((found for found in current(conn, partner) if found.part == part), None)
