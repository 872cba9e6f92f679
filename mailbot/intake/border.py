"""Where our own doors are, who comes to them, and whose word counts there."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from mailbot.errors import quoted


@dataclass(frozen=True, slots=True)
class Visitor:
    """A client at our door: its IP address, the name that it is counted under, and whether its word counts."""

    address: str
    name: str
    is_trusted: bool


def visitor(address: str, relays: tuple[str, ...]) -> Visitor:
    """Return the client at that IP address, trusted when it is one of the relays (addresses or networks).

    By IPv6 a whole /64 is counted as one: that is what a provider gives to one customer.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return Visitor(address, address, is_trusted=False)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    name = str(ip_network((int(parsed) >> 64 << 64, 64))) if isinstance(parsed, IPv6Address) else str(parsed)
    return Visitor(address, name, is_trusted=any(parsed in ip_network(relay, strict=False) for relay in relays))


def endpoint(where: str) -> tuple[str, int]:
    """Return host and port of "127.0.0.1:2525" or "[::1]:2525"; raise ValueError for anything else."""
    host, colon, port = where.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise ValueError(f'{quoted(where)} is no address to listen on; write it like "127.0.0.1:2525"')
    return host.removeprefix("[").removesuffix("]"), int(port)
