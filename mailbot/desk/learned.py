"""What was said by mail and counts as if rules.toml said it: whose an agent's or a customer's address is.

What the operator's own files say of an address always wins.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from mailbot.config.learned import with_senders
from mailbot.deciding.agents.team import with_addresses
from mailbot.desk import Desk
from mailbot.rules import Rules
from mailbot.store import senders, team


def rules_with_learned(conn: Connection, partner: str, rules: Rules) -> Rules:
    """Return the rules with what was said by mail; the same ones where nothing was."""
    learned = tuple((one.address, one.agent) for one in team.learned(conn, partner))
    return with_senders(with_addresses(rules, learned), senders.added(conn, partner))


def with_learned(conn: Connection, desk: Desk) -> Desk:
    """Return the desk whose rules know what was said by mail; the same one where nothing was."""
    rules = rules_with_learned(conn, desk.partner, desk.rules)
    return desk if rules is desk.rules else replace(desk, rules=rules)
