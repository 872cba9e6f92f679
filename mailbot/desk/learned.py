"""The addresses that agents said are theirs as well, as a part of the rules by which mail is decided on."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from mailbot.deciding.agents.team import with_addresses
from mailbot.desk import Desk
from mailbot.store import team


def with_learned(conn: Connection, desk: Desk) -> Desk:
    """Return the desk whose rules know these addresses; the same one where there are none."""
    learned = tuple((one.address, one.agent) for one in team.learned(conn, desk.partner))
    rules = with_addresses(desk.rules, learned)
    return desk if rules is desk.rules else replace(desk, rules=rules)
