"""Who takes part in a ticket no longer once it is another customer's, in words for whoever gives it away."""

from __future__ import annotations

from sqlalchemy import Connection

from mailbot.deciding.partaking import leaving
from mailbot.rules import Rules
from mailbot.store import tickets


def who_leaves(conn: Connection, partner: str, rules: Rules, ticket: int, tenant: str) -> str:
    """Return who gets nothing more of a ticket once it is that tenant's, "" for nobody."""
    [facts] = tickets.facts(conn, partner, [ticket])
    gone, whose = leaving(facts, tenant, rules), rules.tenant_by_id(tenant)
    if not gone:
        return ""
    one = len(gone) == 1
    who = f"who {'is' if one else 'are'} not of {whose.name if whose else tenant}"
    return f"{' and '.join(gone)}, {who}, {'gets' if one else 'get'} nothing more of it"
