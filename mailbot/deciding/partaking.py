"""Who takes part in a ticket: gets our people's answers, and continues it by a mail of his own.

Whoever opened it does. The others wrote to it, got an answer of ours, or were let in by one of us. Once the ticket is
another customer's, they no longer do, unless that customer is theirs: what was asked and confirmed about them was of
the former one. A ticket that was nobody's and becomes a customer's has its people still, but for those of another one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from mailbot.deciding.context import TicketFacts
from mailbot.deciding.tenants import listed_tenants
from mailbot.rules import Rules


def has_left(address: str, ticket: TicketFacts, rules: Rules) -> bool:
    """Return whether somebody came to the ticket while it was another customer's, and is not of the one whose it is."""
    came = next((one for one in ticket.came if one.address == address), None)
    if came is None or address == ticket.requester or came.tenant == ticket.tenant:
        return False
    listing = {tenant.id for tenant in listed_tenants(address, rules)}
    return ticket.tenant not in listing and (came.first not in {None, ticket.tenant} or bool(listing))


def is_out(address: str, ticket: TicketFacts, put_out: Collection[str], rules: Rules) -> bool:
    """Return whether somebody was to get answers of the ticket, and no longer is.

    `put_out` are those whom one of us had let in, and let in no longer.
    """
    return has_left(address, ticket, rules) or (address in put_out and not takes_part(address, ticket, rules))


def takes_part(address: str, ticket: TicketFacts, rules: Rules) -> bool:
    """Return whether somebody opened the ticket, or wrote to it and takes part in it still."""
    wrote = address == ticket.requester or address in ticket.writers
    return wrote and not has_left(address, ticket, rules)


def leaving(ticket: TicketFacts, tenant: str | None, rules: Rules) -> tuple[str, ...]:
    """Return who takes part in the ticket, and no longer does once it is that tenant's."""
    then = replace(ticket, tenant=tenant)
    writers = (one for one in sorted(ticket.writers) if takes_part(one, ticket, rules))
    return tuple(one for one in writers if not takes_part(one, then, rules))
