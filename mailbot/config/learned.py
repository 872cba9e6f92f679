"""learned.toml: addresses that write for a tenant, as mailbot was told by mail.

The operator's rules.toml always wins. A row about a tenant that is gone, or an address that
now belongs to another, is passed over with a warning and stays in the file.
"""

from __future__ import annotations

from pathlib import Path

from mailbot.config.explaining import typed
from mailbot.config.merging import Merged, read_source
from mailbot.errors import ConfigError, Problem
from mailbot.reading.address import canonical
from mailbot.rules import Rules, Table
from mailbot.rules.values import Id

LEARNED_FILE = "learned.toml"


class LearnedTenant(Table):
    """Addresses that write for the tenant of that id."""

    id: Id
    addresses: tuple[str, ...] = ()


class Learned(Table):
    """The whole of learned.toml."""

    tenant: tuple[LearnedTenant, ...] = ()


def learn(rules: Rules | None, path: Path) -> tuple[Rules | None, list[Problem]]:
    """Return the rules with the learned addresses at their tenants, and what is wrong with the file.

    With None, which is returned again, nobody knows which tenants there are, and only the file's form is looked at.
    """
    try:
        merged = Merged.of(read_source(path, LEARNED_FILE))
    except ConfigError as error:
        return rules, list(error.problems)
    learned, problems = typed(Learned, merged)
    if problems or rules is None:
        return rules, problems
    addresses = {tenant.id: list(tenant.addresses) for tenant in rules.tenant}
    owners = {canonical(address): tenant.id for tenant in rules.tenant for address in tenant.addresses}
    for index, row in enumerate(learned.tenant):
        if row.id not in addresses:
            text = "rules.toml has no such tenant; these addresses count for nobody"
            problems.append(merged.problem(("tenant", index), text, warning=True))
            continue
        for number, address in enumerate(row.addresses):
            owner = owners.get(canonical(address))
            if owner is None:
                owners[canonical(address)] = row.id
                addresses[row.id].append(address)
            elif owner != row.id:
                text = f"{address} belongs to {owner}; what was learned is passed over"
                problems.append(merged.problem(("tenant", index, "addresses", number), text, warning=True))
    tenants = tuple(tenant.model_copy(update={"addresses": tuple(addresses[tenant.id])}) for tenant in rules.tenant)
    return rules.model_copy(update={"tenant": tenants}), problems
