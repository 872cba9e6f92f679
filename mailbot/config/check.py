"""What the checks before a start share: the rules at hand, and what an address or a number looks like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from mailbot.config.merging import Finding, Merged
from mailbot.deciding.compose import UnwritableMail, addr_spec
from mailbot.reading.fields.address import a_label, domain_of, originator
from mailbot.rules import Agent, Mailbox, Rules, System, Tenant, Vendor
from mailbot.rules.lines import Place

_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
PLAIN = "name an address without accents or other letters beyond a to z before the @"
PHONE_HINT = 'write it like "+1 212 555 0199"'


@dataclass(frozen=True)
class Check:
    """Rules to look at, the folder they are for, and the lines of its rules.toml."""

    rules: Rules
    folder: Path
    merged: Merged

    def error(self, *place: str | int, text: str, hint: str = "", given: tuple[Place, ...] = ()) -> Finding:
        """Return something that stops the start."""
        return Finding(place, text, hint, given=given)

    def warning(self, *place: str | int, text: str, hint: str = "", given: tuple[Place, ...] = ()) -> Finding:
        """Return something that does not stop the start."""
        return Finding(place, text, hint, warning=True, given=given)

    def double_ids(
        self, table: str, rows: Sequence[Tenant | Agent | Vendor | System | Mailbox], hint: str
    ) -> Iterator[Finding]:
        """Yield an error for each row of a list of tables whose id is that of a former one."""
        for index, row in enumerate(rows):
            if row.id in (former.id for former in rows[:index]):
                yield self.error(table, index, "id", text=f'another {table} has the id "{row.id}"', hint=hint)

    def own_domains(self) -> frozenset[str]:
        """Return the A-label domains of the partner's own addresses."""
        return own_domains(self.rules)


def own_domains(rules: Rules) -> frozenset[str]:
    """Return the A-label domains of the partner's own addresses."""
    partner = rules.partner
    return frozenset(domain_of(address) for address in (partner.address, *partner.aliases)) - {""}


def public_domains(rules: Rules) -> frozenset[str]:
    """Return the A-label domains where anybody can have an address."""
    return frozenset(map(a_label, rules.public_domains))


def not_addresses(check: Check, addresses: Iterable[str], *place: str | int) -> Iterator[Finding]:
    """Yield an error for each that is no mail address."""
    for index, address in enumerate(addresses):
        if not is_address(address):
            yield check.error(*place, index, text=f'"{address}" is no mail address', hint='write "name@domain"')


def is_address(address: str) -> bool:
    """Return whether this is one mail address and nothing else."""
    found = originator([address])
    return found is not None and found.address == address and "." in domain_of(address)


def not_writable(address: str) -> str:
    """Return why no mail can be sent to this mail address, "" when it can."""
    try:
        addr_spec(address)
    except UnwritableMail as error:
        return str(error)
    return ""


def is_phone_number(number: str) -> bool:
    """Return whether this could be dialled; letters stand for digits, as in "800-555-HELP"."""
    plain = re.sub(r"(?i)\s*(?:ext\.?|x)\s*\d+$", "", number)
    marks = len(re.findall(r"[A-Za-z0-9]", plain))
    return (
        re.fullmatch(r"\+?[\dA-Za-z ()./\u2010-\u2013-]+", plain) is not None
        and len(re.findall(r"\d", plain)) * 2 >= marks
        and _FEWEST_DIGITS <= marks <= _MOST_DIGITS
    )


def is_this_machine(host: str) -> bool:
    """Return whether a name or IP address is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
