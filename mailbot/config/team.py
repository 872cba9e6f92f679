"""Whether each of our own people can be told from customers and from each other."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.config.check import Check, not_addresses
from mailbot.config.merging import Finding
from mailbot.deciding.tenants import listed_tenants
from mailbot.reading.fields.address import canonical
from mailbot.rules.nearest import did_you_mean


def agents(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with each agent."""
    tenants = [tenant.id for tenant in check.rules.tenant]
    taken: dict[str, str] = {}
    for index, agent in enumerate(check.rules.agent):
        if agent.id in (former.id for former in check.rules.agent[:index]):
            hint = "give each of you an id of their own"
            yield check.error("agent", index, "id", text=f'another agent has the id "{agent.id}"', hint=hint)
        if not agent.addresses:
            hint = 'write addresses = ["dana@your.domain"], where they write from'
            yield check.error("agent", index, text=f"nothing says which mail is {agent.name}'s", hint=hint)
        yield from not_addresses(check, agent.addresses, "agent", index, "addresses")
        for number, address in enumerate(agent.addresses):
            place = ("agent", index, "addresses", number)
            wanted = canonical(address)
            customers = listed_tenants(address, check.rules)
            if wanted in check.own_addresses():
                text = f"{address} is the address that customers write to; mail from it says not who of you wrote"
                yield check.error(*place, text=text, hint="name an address of their own")
            elif customers:
                text = f"{address} belongs to {customers[0].id}, whose people would speak as one of you"
                yield check.error(*place, text=text, hint="name only your own people")
            elif taken.setdefault(wanted, agent.id) != agent.id:
                text = f"{address} is {taken[wanted]}'s, too: nobody could tell which of you wrote"
                yield check.error(*place, text=text, hint="leave it with one of you")
        for number, tenant in enumerate(agent.tenants):
            if tenant not in tenants:
                hint = did_you_mean(tenant, tenants) or "list it under [[tenant]]"
                text = f'there is no tenant "{tenant}"'
                yield check.error("agent", index, "tenants", number, text=text, hint=hint)
