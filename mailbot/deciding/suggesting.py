"""Whose customer a sender that nobody has listed may be: a suggestion for the operator, never a decision.

A tenant is suggested when it is the only one for which anything speaks: its phone number or name in what the sender
wrote, a domain that is called as the tenant or as a domain of its, or colleagues at the same domain that are listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.deciding.tenants import joined_name, named_in
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.fields.address import a_label, domain_of
from mailbot.rules import Rules

_SHORTEST_LABEL = 4
# Below these, as in co.uk, stands what an organisation is called.
_SHARED_LABELS = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "ne", "net", "or", "org", "plc"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tenant's id, and what speaks for it: "tickets", "domain", "colleagues", "name" or "phone"."""

    tenant: str
    because: str


def suggestion(
    address: str, written: Iterable[tuple[str, str]], labels: Iterable[str], rules: Rules
) -> Suggestion | None:
    """Return the one tenant that fits, None for none or several.

    `written` are subjects and texts of the sender's mails, `labels` the tenants that its tickets bear.
    """
    known = {tenant.id for tenant in rules.tenant}
    found = {label: "tickets" for label in labels if label in known}
    domain = domain_of(address)
    if domain and domain not in map(a_label, rules.public_domains):
        found |= _by_domain(domain, rules)
        found |= _by_colleagues(domain, rules)
    for subject, text in written:
        found |= named_in(subject, text, rules)
    if len(found) != 1:
        return None
    [(tenant, because)] = found.items()
    return Suggestion(tenant, because)


def _by_colleagues(domain: str, rules: Rules) -> dict[str, str]:
    return {
        tenant.id: "colleagues"
        for tenant in rules.tenant
        if any(domain_of(address) == domain for address in tenant.addresses)
    }


def _by_domain(domain: str, rules: Rules) -> dict[str, str]:
    """Return the tenants that are called as the domain is, or that list a domain which is."""
    called = _called(domain)
    if len(called) < _SHORTEST_LABEL:
        return {}
    return {
        tenant.id: "domain"
        for tenant in rules.tenant
        if called in {joined_name(tenant, rules), *map(_called, tenant.domains)}
    }


def _called(domain: str) -> str:
    """Return the words of an organisation's label in one: "acmedental" for mail.acme-dental.co.uk."""
    labels = a_label(domain).split(".")[:-1]
    while len(labels) > 1 and labels[-1] in _SHARED_LABELS:
        labels.pop()
    label = labels[-1] if labels else ""
    if label.startswith("xn--"):
        label = label.encode("ascii").decode("idna")
    return "".join(comparable_words(clean(label.replace("-", " "))))
