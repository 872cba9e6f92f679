"""Whether each vendor can be told from customers, from ourselves and from each other."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.config.check import PLAIN, Check, is_address, not_addresses, not_writable, public_domains
from mailbot.config.customers import mail_domain
from mailbot.config.merging import Finding
from mailbot.deciding.agents.team import agent_of, is_desk, is_mailbox, is_told
from mailbot.deciding.tenants import listed_tenants
from mailbot.reading.fields.address import a_label, canonical
from mailbot.rules import Vendor
from mailbot.rules.lines import Place


def vendors(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with each vendor."""
    public = public_domains(check.rules)
    yield from check.double_ids("vendor", check.rules.vendor, "give each vendor an id of its own")
    taken: dict[str, str] = {}
    for index, vendor in enumerate(check.rules.vendor):
        if not vendor.addresses:
            hint = 'write addresses = ["noc@carrier.example"]; cases go to the first'
            yield check.error("vendor", index, text=f"nothing says where cases for {vendor.name} go", hint=hint)
        yield from not_addresses(check, vendor.addresses, "vendor", index, "addresses")
        for number, address in enumerate(vendor.addresses):
            yield from _address(check, address, vendor, taken, ("vendor", index, "addresses", number))
        for number, domain in enumerate(vendor.domains):
            place: Place = ("vendor", index, "domains", number)
            yield from mail_domain(check, domain, public, *place)
            yield from _domain(check, domain, vendor, taken, place)


def _address(check: Check, address: str, vendor: Vendor, taken: dict[str, str], place: Place) -> Iterator[Finding]:
    """Yield why mail from or to an address of the vendor would be another's; `taken` says whose the others are."""
    rules, wanted = check.rules, canonical(address)
    agent, customers = agent_of(address, rules), listed_tenants(address, rules)
    if is_desk(address, rules) or is_mailbox(address, rules):
        text = f"{address} is the desk's own: cases would come back to it, and customers' mail would count as theirs"
        yield check.error(*place, text=text, hint="name where the vendor takes cases")
    elif agent is not None:
        text = f"{address} is {agent.name}'s: what they answer customers would count as the vendor's"
        yield check.error(*place, text=text, hint="name the vendor's own address")
    elif customers:
        text = f"{address} belongs to {customers[0].id}, who would read of others' cases"
        yield check.error(*place, text=text, hint="name the vendor's own address")
    elif is_told(address, rules):
        text = f"{address} is told of customers' mail: they would learn who your customers are"
        yield check.error(*place, text=text, hint="take it out under [notify] and [digest], or out here")
    elif is_address(address) and (reason := not_writable(address)):
        yield check.error(*place, text=reason, hint=PLAIN)
    elif taken.setdefault(wanted, vendor.id) != vendor.id:
        text = f"{address} is {taken[wanted]}'s, too: nobody could tell whose answer it is"
        yield check.error(*place, text=text, hint="leave it with one of them")


def _domain(check: Check, domain: str, vendor: Vendor, taken: dict[str, str], place: Place) -> Iterator[Finding]:
    """Yield whose else a domain is: everybody there would be taken for the vendor."""
    label = a_label(domain)
    tenant = next((one for one in check.rules.tenant if label in map(a_label, one.domains)), None)
    if tenant is not None:
        text = f"{domain} is {tenant.id}'s: their people would count as the vendor's"
        yield check.error(*place, text=text, hint="take it out here")
    elif taken.setdefault(label, vendor.id) != vendor.id:
        text = f"{domain} is {taken[label]}'s, too: nobody could tell whose answer it is"
        yield check.error(*place, text=text, hint="leave it with one of them")
