"""Who gets an agent's answer: who takes part (`deciding.partaking`), and who of the tenant the customer had in copy.

A message that nothing proves adds nobody, nor does one add anybody but those whom the rules list for the tenant whose
ticket it is: an outsider in copy may be there by mistake, or by somebody's design. None of us is told to a customer.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailbot.deciding.agents.team import is_ours, writes_as_us
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.partaking import takes_part
from mailbot.deciding.tenants import listed_tenants
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message, Verdict
from mailbot.rules import Rules

_MOST = 10


def copied(message: Message, rules: Rules) -> tuple[str, ...]:
    """Return to whom a proven message went besides us, of those whom any tenant lists."""
    if message.authentication.verdict is not Verdict.PASS:
        return ()
    addresses = dict.fromkeys(canonical(box.address) for box in (*message.to, *message.cc))
    listed = (one for one in addresses if one and not writes_as_us(one, rules) and listed_tenants(one, rules))
    return tuple(listed)[:_MOST]


def recipients_of(ticket: TicketFacts, rules: Rules, in_copy: Iterable[str] = ()) -> tuple[str, ...]:
    """Return whom an answer goes to: who takes part, and who of the ticket's tenant was `in_copy` of what is answered.

    An agent's address is told to nobody.
    """
    own = (one for one in in_copy if any(tenant.id == ticket.tenant for tenant in listed_tenants(one, rules)))
    writers = (one for one in sorted(ticket.writers) if takes_part(one, ticket, rules))
    everybody = dict.fromkeys((ticket.requester, *writers, *own))
    return tuple(address for address in everybody if address and not is_ours(address, rules))
