"""learned.toml: addresses and domains that write for a tenant, as mailbot was told (`mailbot senders`).

The operator's own tenants always win. A row about a tenant that is gone, an address or a domain that now belongs to
another, or a domain that says nothing about who writes is passed over with a warning and stays in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mailbot.config.check import own_domains, public_domains
from mailbot.config.explaining import typed
from mailbot.config.merging import Merged, read_source
from mailbot.errors import ConfigError, Problem
from mailbot.reading.fields.address import a_label, canonical
from mailbot.rules import Rules, Table
from mailbot.rules.same import Same
from mailbot.rules.values import Id

LEARNED_FILE = "learned.toml"


class LearnedTenant(Table):
    """Addresses and domains that write for the tenant of that id."""

    id: Id
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class Learned(Table):
    """The whole of learned.toml."""

    tenant: tuple[LearnedTenant, ...] = ()


def learn(rules: Rules | None, path: Path) -> tuple[Rules | None, list[Problem]]:
    """Return the rules with the learned addresses and domains at their tenants, and what is wrong with the file.

    With None, which is returned again, nobody knows which tenants there are, and only the file's form is looked at.
    """
    try:
        merged = Merged.of(read_source(path, LEARNED_FILE))
    except ConfigError as error:
        return rules, list(error.problems)
    learned, problems = typed(Learned, merged)
    if problems or rules is None:
        return rules, problems
    known = _Known(rules)
    for index, row in enumerate(learned.tenant):
        if row.id not in known.addresses:
            text = "there is no such tenant; what was learned of it counts for nobody"
            problems.append(merged.problem(("tenant", index), text, warning=True))
            continue
        for key, values, add in (("addresses", row.addresses, known.address), ("domains", row.domains, known.domain)):
            for number, value in enumerate(values):
                for text in add(value, row.id):
                    problems.append(merged.problem(("tenant", index, key, number), text, warning=True))
    return known.rules(), problems


def with_senders(rules: Rules, added: tuple[tuple[str, str], ...]) -> Rules:
    """Return the rules with these addresses and domains at their tenants (their ids), as far as they can be theirs."""
    return _with_senders(Same(rules), added) if added else rules


@lru_cache(maxsize=4)
def _with_senders(same: Same[Rules], added: tuple[tuple[str, str], ...]) -> Rules:
    known = _Known(same.object)
    for sender, tenant in added:
        if tenant in known.addresses:
            # What cannot be counted is passed over, as a row of the file is.
            tuple(known.address(sender, tenant) if "@" in sender else known.domain(sender, tenant))
    return known.rules()


class _Known:
    """Who writes for which tenant; what is added is passed over, with the reason, where another's claim stands."""

    def __init__(self, rules: Rules) -> None:
        self.addresses = {tenant.id: list(tenant.addresses) for tenant in rules.tenant}
        self.domains = {tenant.id: list(tenant.domains) for tenant in rules.tenant}
        self._owners = {canonical(address): tenant.id for tenant in rules.tenant for address in tenant.addresses}
        self._owners |= {a_label(domain): tenant.id for tenant in rules.tenant for domain in tenant.domains}
        self._public, self._own = public_domains(rules), own_domains(rules)
        self._rules = rules

    def rules(self) -> Rules:
        """Return the rules with all that was added."""
        tenants = tuple(
            tenant.model_copy(
                update={"addresses": tuple(self.addresses[tenant.id]), "domains": tuple(self.domains[tenant.id])}
            )
            for tenant in self._rules.tenant
        )
        return self._rules.model_copy(update={"tenant": tenants})

    def address(self, address: str, tenant: str) -> Iterator[str]:
        yield from self._add(address, canonical(address), tenant, self.addresses)

    def domain(self, domain: str, tenant: str) -> Iterator[str]:
        label = a_label(domain)
        if not label or label in self._public:
            yield f"{domain} says nothing about who writes; what was learned is passed over"
        elif label in self._own:
            yield f"{domain} is our own; what was learned is passed over"
        else:
            yield from self._add(domain, label, tenant, self.domains)

    def _add(self, value: str, key: str, tenant: str, values: dict[str, list[str]]) -> Iterator[str]:
        owner = self._owners.get(key)
        if owner is None:
            self._owners[key] = tenant
            values[tenant].append(value)
        elif owner != tenant:
            yield f"{value} belongs to {owner}; what was learned is passed over"
