"""Senders that no tenant lists: who they are, whose they may be, and their tickets once somebody has said so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.targets import promised, runs_from
from mailbot.config.check import is_address, own_domains, public_domains
from mailbot.deciding.agents.team import desk_addresses, is_ours, is_told
from mailbot.deciding.effects import Assign
from mailbot.deciding.suggesting import Suggestion, suggestion
from mailbot.deciding.systems import is_system
from mailbot.deciding.tenants import is_guess, is_listed, listed_tenants
from mailbot.desk import Desk
from mailbot.desk.partaking import who_leaves
from mailbot.errors import quoted
from mailbot.reading.fields.address import a_label, canonical, domain_of
from mailbot.rules import Rules, Tenant
from mailbot.rules.nearest import did_you_mean
from mailbot.store import changes, senders

_COUNTRY = 2
# What most registries of countries call the levels below which they sell domains; the list of all of them
# (publicsuffix.org) has thousands of places where hardly anybody has an address.
_SECOND_LEVELS = frozenset("ac co com edu gob gouv gov id info ltd me mil ne net nhs nom or org plc police sch".split())


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Somebody who writes without being listed, with the tenant that is suggested, None where none or several fit."""

    address: str
    tickets: int
    open: int
    last_at: datetime
    last_ticket: int
    subject: str
    flags: tuple[str, ...]
    suggestion: Suggestion | None


def unlisted(conn: Connection, partner: str, rules: Rules) -> Iterator[Unlisted]:
    """Yield the people whom no tenant lists, whoever opened a ticket last first: no machines, and none of us."""
    return _unlisted(conn, partner, rules, senders.senders(conn, partner))


def unlisted_waiting(conn: Connection, partner: str, rules: Rules) -> Iterator[Unlisted]:
    """Yield those of them who have an open ticket; only these are counted."""
    return _unlisted(conn, partner, rules, senders.waiting_senders(conn, partner))


def _unlisted(conn: Connection, partner: str, rules: Rules, found: Iterable[senders.Sender]) -> Iterator[Unlisted]:
    ours = desk_addresses(rules)
    our_domains = own_domains(rules) - public_domains(rules)
    for sender in found:
        address = sender.address
        if address in ours or domain_of(address) in our_domains or is_told(address, rules):
            continue
        if is_listed(address, rules) or is_system(address, rules):
            continue
        wrote = senders.written(conn, partner, address)
        fits = suggestion(address, wrote.mails, wrote.tenants, rules)
        yield Unlisted(
            address,
            sender.tickets,
            sender.open,
            sender.last_at,
            wrote.last_ticket,
            wrote.subject,
            wrote.flags,
            fits,
        )


def normal(who: str) -> str:
    """Return an address or a domain as it is compared, "" for what is neither."""
    if "@" in who.strip().lstrip("@"):
        return canonical(who) if is_address(who.strip()) else ""
    domain = a_label(who.strip().lstrip("@"))
    return domain if "." in domain else ""


def refusal(who: str, tenant: str, rules: Rules, instead: str = "mailbot senders accept {who} {tenant}") -> str:
    """Return why this address or domain cannot be the tenant's, with what would do; "" when it can.

    `instead` is how it is said of another.
    """
    sender = normal(who)
    known = [row.id for row in rules.tenant]
    if not sender:
        return f"{quoted(who)} is neither a mail address nor a mail domain; write jane@acme.example or acme.example"
    if tenant not in known:
        near = did_you_mean(tenant, known)
        return f"there is no tenant {quoted(tenant)}; {near or 'list it in rules.toml or tenants.csv first'}"
    others = [row for row in owners(sender, rules) if row.id != tenant]
    if others:
        return (
            f"{sender} belongs to {others[0].name} ({others[0].id}); take it out there first: in rules.toml or "
            f"tenants.csv, or, if it was accepted, by `mailbot senders forget {sender}`"
        )
    if "@" in sender and is_ours(sender, rules):
        return f"{sender} is an address of ours; mail from it is never a customer's"
    return _of_domain(sender, tenant, rules, instead)


def owners(sender: str, rules: Rules) -> tuple[Tenant, ...]:
    """Return the tenants that list an address, its domain, or a domain."""
    return listed_tenants(sender if "@" in sender else f"x@{sender}", rules)


def _of_domain(domain: str, tenant: str, rules: Rules, instead: str) -> str:
    """Return why a domain cannot be that tenant's, "" where it can, and for an address."""
    if "@" in domain:
        return ""
    if public := next((one for one in public_domains(rules) if _is_within(domain, one)), ""):
        return (
            f"anybody can have an address at {public}, so it says nothing about who writes; name the people's "
            f"addresses instead, such as `{instead.format(who=f'jane@{domain}', tenant=tenant)}`"
        )
    if _is_a_registrys(domain):
        return (
            f"{domain} looks like what a registry has, below which others have their domains; name the people's "
            f"addresses instead, or list it in rules.toml if it is {tenant}'s"
        )
    listed = ((a_label(one), row) for row in rules.tenant if row.id != tenant for one in row.domains)
    if near := next(((one, row) for one, row in listed if _is_near(domain, one)), None):
        return (
            f"{domain} is near {near[0]}, which belongs to {near[1].name} ({near[1].id}); name single addresses "
            f"instead, or list it in rules.toml if it is {tenant}'s"
        )
    if any(_is_near(domain, one) for one in own_domains(rules)):
        return f"{domain} is the domain of our own support address, or near it; accept single addresses instead"
    ours = (
        *rules.notify.addresses,
        *rules.digest.addresses,
        *(one for agent in rules.agent for one in agent.addresses),
    )
    if here := next((one for one in ours if _is_near(domain, domain_of(canonical(one)))), ""):
        return f"{domain} is the domain of one of us ({here}), or near it; accept single addresses instead"
    return ""


def _is_near(one: str, other: str) -> bool:
    """Return whether two domains are the same, or one of them is within the other."""
    return _is_within(one, other) or _is_within(other, one)


def _is_within(domain: str, other: str) -> bool:
    """Return whether a domain is that other one, or below it."""
    return domain == other or domain.endswith(f".{other}")


def _is_a_registrys(domain: str) -> bool:
    """Return whether a domain is one below which a country's registry sells domains, by its form ("co.uk")."""
    name, _, country = domain.rpartition(".")
    return len(country) == _COUNTRY and name in _SECOND_LEVELS


def reassign(conn: Connection, desk: Desk, sender: str, tenant: Tenant, *, author: str, now: datetime) -> str:
    """Give the tenant the sender's open tickets that were nobody's or only guessed, with its promises; return which.

    The answer is JSON: `assigned` and `kept`, the latter those that somebody has given to another tenant, and in words
    who has `left`.
    """
    told: dict[str, list[int]] = {"assigned": [], "kept": []}
    left: list[str] = []
    for ticket in theirs(conn, desk, sender, tenant):
        if is_undecided(ticket):
            reason = f"{sender} was accepted as writing for {tenant.name}"
            promise, opening = desk.rules.promise(ticket.severity, tenant), opening_hours(desk.rules, tenant)
            if gone := who_leaves(conn, desk.partner, desk.rules, ticket.id, tenant.id):
                left.append(f"#{ticket.id}: {gone}")
            asked_at = runs_from(ticket.opened_at, ticket.first_response_at, ticket.waiting_since)
            response = ticket.response_due_at if asked_at is None else promised(promise, asked_at, opening)[0]
            effect = Assign(tenant.id, response, promised(promise, ticket.opened_at, opening)[1])
            changes.assign(conn, ticket.id, effect, author=author, reason=reason, now=now)
            told["assigned"].append(ticket.id)
        elif ticket.tenant != tenant.id:
            told["kept"].append(ticket.id)
    return json.dumps({**told, "left": left})


def theirs(conn: Connection, desk: Desk, sender: str, tenant: Tenant) -> Iterator[senders.OpenTicket]:
    """Yield the open tickets of an address or a domain, without those of people whom another tenant lists."""
    for ticket in senders.open_tickets(conn, desk.partner, sender):
        if all(row.id == tenant.id for row in listed_tenants(ticket.requester, desk.rules)):
            yield ticket


def is_undecided(ticket: senders.OpenTicket) -> bool:
    """Return whether a ticket is nobody's, or only guessed to be somebody's."""
    return ticket.tenant is None or (not ticket.decided and is_guess(ticket.codes))
