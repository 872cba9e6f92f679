"""Which vendor somebody writes for."""

from __future__ import annotations

from itertools import chain

from mailbot.reading.fields.address import a_label, canonical, domain_of
from mailbot.rules import Rules
from mailbot.rules.vendors import Vendor


def vendor_by_id(vendor_id: str, rules: Rules) -> Vendor | None:
    """Return the vendor of that id, None for one who is listed no longer."""
    return next((vendor for vendor in rules.vendor if vendor.id == vendor_id), None)


def vendor_of(address: str, rules: Rules) -> Vendor | None:
    """Return the vendor whose mail this address's is, None for nobody's; who lists the very address comes first."""
    wanted = canonical(address)
    if not wanted:
        return None
    by_address = (vendor for vendor in rules.vendor if wanted in map(canonical, vendor.addresses))
    domain = domain_of(wanted)
    by_domain = (vendor for vendor in rules.vendor if domain in map(a_label, vendor.domains))
    return next(chain(by_address, by_domain), None)


def name_of_vendor(vendor_id: str, rules: Rules) -> str:
    """Return the name of the vendor of that id; the id itself of one who is listed no longer."""
    vendor = vendor_by_id(vendor_id, rules)
    return vendor.name if vendor else vendor_id


def name_of_writer(address: str, rules: Rules) -> str:
    """Return the name of the vendor whose mail this address's is; the address itself of nobody's."""
    vendor = vendor_of(address, rules)
    return vendor.name if vendor else address
