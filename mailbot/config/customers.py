"""Whether each tenant and each known system can be told from all others, and from ourselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mailbot.config.check import (
    PHONE_HINT,
    PLAIN,
    Check,
    is_address,
    is_phone_number,
    not_addresses,
    not_writable,
    public_domains,
)
from mailbot.config.merging import Finding
from mailbot.deciding.agents.team import desk_addresses, is_desk
from mailbot.deciding.tenants import contact_of, listed_tenants
from mailbot.reading.fields.address import a_label, canonical
from mailbot.rules import Tenant
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean


def tenants(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with each tenant by itself."""
    public = public_domains(check.rules)
    yield from check.double_ids("tenant", check.rules.tenant, "give each tenant an id of its own")
    for index, tenant in enumerate(check.rules.tenant):
        yield from not_addresses(check, tenant.addresses, "tenant", index, "addresses")
        yield from not_addresses(check, tenant.recipients, "tenant", index, "recipients")
        for number, address in enumerate(tenant.addresses):
            if canonical(address) in desk_addresses(check.rules):
                text = f"{address} is an address of ours; mail from it is never a customer's"
                yield check.error("tenant", index, "addresses", number, text=text, hint="take it out here")
        for number, domain in enumerate(tenant.domains):
            yield from mail_domain(check, domain, public, "tenant", index, "domains", number)
        yield from _digest(check, tenant, index)
        yield from _contact(check, tenant, index)
        for number, phone in enumerate(tenant.phone_numbers):
            if not is_phone_number(phone):
                text = f'"{phone}" does not look like a phone number, and no mail will be recognised by it'
                yield check.warning("tenant", index, "phone_numbers", number, text=text, hint=PHONE_HINT)
        if tenant.words and not (tenant.addresses or tenant.domains):
            text = "these words count for nobody: no address and no domain is listed for this tenant"
            hint = "list the addresses or domains of its people"
            given: tuple[Place, ...] = (("tenant", index, "addresses"), ("tenant", index, "domains"))
            yield check.warning("tenant", index, "words", text=text, hint=hint, given=given)
        if tenant.callback_number and not is_phone_number(tenant.callback_number):
            text = f'"{tenant.callback_number}" does not look like a phone number'
            yield check.error("tenant", index, "callback_number", text=text, hint=PHONE_HINT)


def _digest(check: Check, tenant: Tenant, index: int) -> Iterator[Finding]:
    """Yield whom the weekly mail about this tenant would reach who is not one of its people."""
    yield from not_addresses(check, tenant.digest, "tenant", index, "digest")
    for number, address in enumerate(tenant.digest):
        if not any(one.id == tenant.id for one in listed_tenants(address, check.rules)):
            text = f"{address} is none of {tenant.id}'s people, and would read about it"
            hint = "list it under `addresses`, or its domain under `domains`"
            yield check.error("tenant", index, "digest", number, text=text, hint=hint)


def _contact(check: Check, tenant: Tenant, index: int) -> Iterator[Finding]:
    """Yield what keeps the contact of this tenant from being told what it is promised."""
    address = contact_of(tenant).address
    if "@" in tenant.contact and (not address or not is_address(address)):
        text = f'"{tenant.contact}" is no name with a mail address'
        yield check.error("tenant", index, "contact", text=text, hint='write "Dana Smith <dana@acme.example>"')
    elif reason := not_writable(address) if address else "":
        yield check.error("tenant", index, "contact", text=reason, hint=PLAIN)
    elif address and is_desk(address, check.rules):
        text = f"{address} is the desk itself, not one of {tenant.id}'s people"
        yield check.error("tenant", index, "contact", text=text, hint="name the address of somebody there")
    elif address and all(one.id != tenant.id for one in listed_tenants(address, check.rules)):
        text = f"{address} is told what {tenant.id} is promised, and what it writes is none of {tenant.id}'s"
        hint = "list it under `addresses`, or its domain under `domains`"
        given: tuple[Place, ...] = (("tenant", index, "addresses"), ("tenant", index, "domains"))
        yield check.warning("tenant", index, "contact", text=text, hint=hint, given=given)


def mail_domain(check: Check, domain: str, public: frozenset[str], *place: str | int) -> Iterator[Finding]:
    """Yield why a domain says nothing about who writes from it, or is none."""
    label = a_label(domain)
    if not label or "." not in label:
        hint = f'write "{domain.rpartition("@")[2]}"' if "@" in domain else 'write it like "acme.example"'
        yield check.error(*place, text=f'"{domain}" is no mail domain', hint=hint)
    elif label in public:
        text = f"anybody can have an address at {domain}, so it says nothing about who writes"
        hint = "list the people's addresses under `addresses` instead"
        yield check.error(*place, text=text, hint=hint, given=(("public_domains",),))
    elif label in check.own_domains():
        text = f"{domain} is the domain of our own support address; our own people would count as they"
        yield check.error(*place, text=text, hint="list single addresses under `addresses` instead")


def shared_by_tenants(check: Check) -> Iterator[Finding]:
    """Yield what two tenants both list: somebody who writes for both is fine, a whole domain or a recipient hardly."""
    tenants = check.rules.tenant
    listed: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for index, tenant in enumerate(tenants):
        for key, values in (
            ("addresses", map(canonical, tenant.addresses)),
            ("domains", map(a_label, tenant.domains)),
            ("recipients", map(canonical, tenant.recipients)),
        ):
            for number, value in enumerate(values):
                listed[key, value].append((index, number))
    for (key, value), places in listed.items():
        first, _ = places[0]
        for index, number in places[1:]:
            place = ("tenant", index, key, number)
            if index == first:
                yield check.warning(*place, text=f"{value} is listed twice", hint="once is enough")
                continue
            text = f"{value} is listed for {tenants[first].id}, too"
            apart = key == "domains" and all(
                tenants[owner].recipients or tenants[owner].phone_numbers for owner, _ in places
            )
            if key == "addresses" or apart:
                hint = "told apart by `recipients`, `phone_numbers` and names in the mail; else we ask who is meant"
                yield check.warning(*place, text=text, hint=hint)
            else:
                given: tuple[Place, ...] = tuple(
                    ("tenant", owner, means) for owner, _ in places for means in ("recipients", "phone_numbers")
                )
                hint = "leave it with the one customer that it belongs to"
                yield check.error(*place, text=text, hint=hint, given=given)


def systems(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with each known system."""
    public = public_domains(check.rules)
    tenants = [tenant.id for tenant in check.rules.tenant]
    hint = "give each its own; rules for one program may be told apart by a number"
    yield from check.double_ids("system", check.rules.system, hint)
    for index, system in enumerate(check.rules.system):
        if not (system.addresses or system.domains):
            hint = 'write addresses = ["alerts@monitor.example"], the address that it writes from'
            yield check.error("system", index, text="nothing says whose mail is this system's", hint=hint)
        yield from not_addresses(check, system.addresses, "system", index, "addresses")
        for number, domain in enumerate(system.domains):
            yield from mail_domain(check, domain, public, "system", index, "domains", number)
        for number, address in enumerate(system.addresses):
            if canonical(address) in desk_addresses(check.rules):
                text = f"{address} is an address of ours; its mail is never a system's"
                yield check.error("system", index, "addresses", number, text=text, hint="take it out here")
        if system.tenant is not None and system.tenant not in tenants:
            hint = did_you_mean(system.tenant, tenants) or "list it under [[tenant]], or leave the key out"
            yield check.error("system", index, "tenant", text=f'there is no tenant "{system.tenant}"', hint=hint)
