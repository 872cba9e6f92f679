"""What `run` needs beyond rules of the right form: looked at before the first connection is made.

An error is what would lose mail, send it round in circles, mix up customers or show a secret;
a warning is what an operator would hardly want, yet may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from mailbot.config import connections, customers, nights, pagers, publishing, team, vendors
from mailbot.config.check import PHONE_HINT, PLAIN, Check, is_address, is_phone_number, not_addresses, not_writable
from mailbot.config.merging import OPERATOR_FILE, Finding, Merged
from mailbot.deciding.agents.team import agent_of, is_desk
from mailbot.reading.fields.address import a_label, canonical
from mailbot.reading.text.telephone import compared_digits
from mailbot.rules import Hours, Rules
from mailbot.rules.lines import Place

_PUBLIC_SERVICES = frozenset(("000", "110", "111", "112", "118", "119", "122", "15", "17", "18", "190", "911", "999"))


def findings_of_running(rules: Rules, folder: Path, merged: Merged) -> Iterator[Finding]:
    """Yield whatever stands in the way of running with these rules, and warnings. Secrets are looked for, not shown."""
    check = Check(rules, folder, merged)
    parts: tuple[Callable[[Check], Iterator[Finding]], ...] = (
        _brand,
        _hours,
        _phone_numbers,
        customers.tenants,
        customers.shared_by_tenants,
        customers.systems,
        vendors.vendors,
        team.agents,
        team.answering,
        team.hours,
        team.oncall,
        nights.promised_at_night,
        pagers.pagers,
        pagers.on_call,
        pagers.turns,
        team.tiers,
        connections.doors,
        connections.mailboxes,
        connections.listener,
        connections.relay,
        connections.operating,
        publishing.pages,
        _notify,
        _digest,
        _promises,
        _clock,
        _radar,
    )
    for part in parts:
        yield from part(check)


def _brand(check: Check) -> Iterator[Finding]:
    partner = check.rules.partner
    if not partner.brand:
        hint = f'write brand = "Your Name" under [partner] in {check.folder / OPERATOR_FILE}'
        yield check.error("partner", "brand", text="no brand configured", hint=hint)
    if not partner.address:
        hint = 'write address = "support@your.domain" under [partner]'
        yield check.error("partner", "address", text="no support address configured", hint=hint)
    elif not is_address(partner.address):
        yield check.error("partner", "address", text=f'"{partner.address}" is no mail address')
    elif reason := not_writable(partner.address):
        yield check.error("partner", "address", text=reason, hint=PLAIN)
    yield from not_addresses(check, partner.aliases, "partner", "aliases")
    if not re.fullmatch(r"[A-Z]{2}", partner.country):
        yield check.warning(
            "partner", "country", text="is no country code", hint='write two letters, like "US" or "DE"'
        )
    elif (country := partner.hours.region[:2].upper()) not in {"", partner.country}:
        text = f'your holidays are those of "{country}": mails name the emergency number of another country'
        yield check.warning("partner", "country", text=text, hint=f'write country = "{country}" under [partner]')
    if partner.website and not re.match(r"https?://\S+$", partner.website):
        yield check.warning("partner", "website", text="is no web address", hint='it starts with "https://"')
    if ("partner", "zone") not in check.merged.origins:
        hint = 'write zone = "America/New_York", or yours, under [partner]'
        yield check.warning("partner", "zone", text="no time zone configured: opening hours are read in UTC", hint=hint)


def _hours(check: Check) -> Iterator[Finding]:
    owners: list[tuple[Place, Hours | None]] = [(("partner",), check.rules.partner.hours)]
    owners += [(("tenant", index), tenant.hours) for index, tenant in enumerate(check.rules.tenant)]
    for place, hours in owners:
        if hours is not None and hours.week.is_empty():
            text = "support never opens: business clocks never run, and all mail counts as out of hours"
            yield check.warning(*place, "hours", "week", text=text, hint='give a day hours, like mon = ["09:00-17:30"]')


def _phone_numbers(check: Check) -> Iterator[Finding]:
    rules = check.rules
    if not rules.partner.emergency_number:
        text = "no emergency number: customers whose service is down outside hours are told none"
        hint = "give a number that somebody answers day and night"
        yield check.warning("partner", "emergency_number", text=text, hint=hint)
    customers = {compared_digits(number): tenant.name for tenant in rules.tenant for number in tenant.phone_numbers}
    for place, number in _told_numbers(rules):
        if "".join(re.findall(r"\d", number)) in _PUBLIC_SERVICES:
            text = f"{number} reaches ambulance, fire and police, not you"
            yield check.error(*place, text=text, hint="give a number that your own people answer")
        elif not is_phone_number(number):
            yield check.error(*place, text=f'"{number}" does not look like a phone number', hint=PHONE_HINT)
        elif place[-1] == "emergency_number" and compared_digits(number) in customers:
            text = f"this number is {customers[compared_digits(number)]}'s own: it is dead when their phones are"
            yield check.warning(*place, text=text, hint="give a number that does not depend on their lines")


def _told_numbers(rules: Rules) -> Iterator[tuple[Place, str]]:
    """Yield the numbers of ours that customers are told, each with its place."""
    numbers: list[tuple[Place, str]] = [
        (("partner", "phone"), rules.partner.phone),
        (("partner", "emergency_number"), rules.partner.emergency_number),
    ]
    numbers += [(("tenant", index, "emergency_number"), one.emergency_number) for index, one in enumerate(rules.tenant)]
    yield from ((place, number) for place, number in numbers if number)


def _notify(check: Check) -> Iterator[Finding]:
    addresses = check.rules.notify.addresses
    if not addresses:
        text = "nobody of you is told about new tickets"
        hint = 'write addresses = ["you@your.domain"] under [notify]'
        yield check.warning("notify", "addresses", text=text, hint=hint)
    yield from _told(check, addresses, "notify")


def _digest(check: Check) -> Iterator[Finding]:
    yield from _told(check, check.rules.digest.addresses, "digest")


def _told(check: Check, addresses: Sequence[str], table: str) -> Iterator[Finding]:
    """Yield what speaks against telling these addresses, who read about all customers."""
    yield from not_addresses(check, addresses, table, "addresses")
    customers = {canonical(address): tenant for tenant in check.rules.tenant for address in tenant.addresses}
    domains = {a_label(domain): tenant for tenant in check.rules.tenant for domain in tenant.domains}
    ours = check.own_domains()
    for index, address in enumerate(addresses):
        if is_address(address) and (reason := not_writable(address)):
            yield check.error(table, "addresses", index, text=reason, hint=PLAIN)
        domain = canonical(address).rpartition("@")[2]
        if is_desk(address, check.rules):
            text = f"{address} comes back to this mailbox: every notice would go round in circles"
            yield check.error(table, "addresses", index, text=text, hint="name an address that people read")
        elif tenant := customers.get(canonical(address)):
            text = f"{address} belongs to {tenant.id}, who would read about all other customers"
            yield check.error(table, "addresses", index, text=text, hint="name only your own people")
        elif domain not in ours and (tenant := domains.get(domain)):
            text = f"{address} is at a domain of {tenant.id}, who would read about all other customers"
            yield check.warning(table, "addresses", index, text=text, hint="name only your own people")
        elif (agent := agent_of(address, check.rules)) and agent.outsourced:
            text = f"{address} is {agent.name}'s, an answering service, which would read about all customers"
            yield check.error(table, "addresses", index, text=text, hint="name only your own people")
        elif agent and agent.tenants:
            text = (
                f"{address} is {agent.name}'s, an agent for {', '.join(agent.tenants)} only, who would read about all"
            )
            found = check.error if table == "digest" else check.warning
            yield found(table, "addresses", index, text=text, hint="leave it out, or take `tenants` away there")


def _promises(check: Check) -> Iterator[Finding]:
    for severity, promised in check.rules.severity.items():
        match promised.response, promised.resolution:
            case timedelta() as response, timedelta() as resolution if resolution < response:
                text = "a resolution is promised sooner than a response"
                response_place: Place = ("severity", severity.value, "response")
                yield check.warning("severity", severity.value, "resolution", text=text, given=(response_place,))
            case _:
                pass


def _clock(check: Check) -> Iterator[Finding]:
    clock, place = check.rules.clock, ("clock", "warn_at")
    if not check.merged.is_broken(place) and check.merged.values["clock"]["warn_at"] != list(clock.warn_at):
        text = "is read from the smallest on, each once: " + ", ".join(map(str, clock.warn_at))
        yield check.warning(*place, text=text, hint="write it so")
    if clock.close_after and clock.remind_after >= clock.close_after:
        text = "the ticket is closed before its customer is reminded"
        hint = 'let close_after be longer, or write remind_after = "0s" for no reminder'
        yield check.warning("clock", "remind_after", text=text, hint=hint, given=(("clock", "close_after"),))


def _radar(check: Check) -> Iterator[Finding]:
    if check.rules.radar.tenants == 1:
        text = "every trouble of one customer counts as one of many"
        yield check.warning("radar", "tenants", text=text, hint="write 2 or more, or 0 for never")
