"""Whose mail is taken at our own doors, and whose word counts there."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from mailbot.reading.address import canonical
from mailbot.rules import Rules


def own_recipients(rules: Rules) -> frozenset[str]:
    """Return the addresses that are served: the partner's, the listener's and those that tenants are told by."""
    tenants = (address for tenant in rules.tenant for address in tenant.recipients)
    own = (rules.partner.address, *rules.partner.aliases, *rules.listen.recipients, *tenants)
    return frozenset(canonical(address) for address in own if address)


def is_own(address: str, own: frozenset[str]) -> bool:
    """Return whether the address, with or without its +tag, is one of ours; case does not matter."""
    if "@" not in address:
        return False
    wanted = canonical(address)
    local, _, domain = wanted.rpartition("@")
    return wanted in own or f"{local.partition('+')[0]}@{domain}" in own


def is_trusted(peer: str, relays: tuple[str, ...]) -> bool:
    """Return whether the client at that IP address is one of the relays (addresses or networks)."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(relay, strict=False) for relay in relays)


def endpoint(where: str) -> tuple[str, int]:
    """Return host and port of "127.0.0.1:2525" or "[::1]:2525"; raise ValueError for anything else."""
    host, colon, port = where.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise ValueError(f'{where!r} is no address to listen on; write it like "127.0.0.1:2525"')
    return host.removeprefix("[").removesuffix("]"), int(port)
