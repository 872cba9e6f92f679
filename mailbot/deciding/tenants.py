"""Whose customer wrote: the tenant of a message.

In this order, the first that names exactly one tenant decides: the sender's exact address,
the sender's domain (equal to a listed one; a domain below or above it is another), the address of
ours that the mail was sent to, a tenant's phone number in the newly written text, and its name
there or in the subject. For senders that are listed nowhere the last two are guesses about an unknown
person: they name the tenant for our people, but make nobody a known sender. When two tenants match at one
step, that step decides nothing and says so.

An address that several tenants list, such as an IT firm's, is told apart by what follows; where that
does not decide, its writer is asked. It may call a tenant by the first word of its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from mailbot.deciding.effects import Reason
from mailbot.deciding.passedon import counted_words
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.fields.address import canonical, domain_of, originator
from mailbot.reading.model import Envelope, Mailbox, Message
from mailbot.reading.text.telephone import compared_digits, digit_runs
from mailbot.rules import Rules, Tenant
from mailbot.rules.same import Same

_Listed = dict[str, tuple[Tenant, ...]]

_READ = 20_000
_SHORTEST_NAME, _SHORTEST_FIRST = 8, 4
_BY_WORDS = {"tenant.phone", "tenant.name"}
_LEGAL_FORMS = frozenset(
    (
        "inc llc llp ltd limited corp corporation co company plc pllc pc "
        "gmbh ag kg ohg ug sarl sas sa srl sl slu lda ltda bv"
    ).split()
)


@dataclass(frozen=True, slots=True)
class TenantMatch:
    """The tenant, or None; `listed` says that the sender's own address or domain is in rules.toml.

    `guessed` says that only a phone number or a name in the text named the tenant: a label for our people,
    on which nothing that is meant for the tenant may be told to the sender. `among` are the tenants that all list
    the sender, where nothing says which of them it writes for.
    """

    tenant: Tenant | None
    listed: bool
    reasons: tuple[Reason, ...]
    guessed: bool = False
    among: tuple[Tenant, ...] = ()


def contact_of(tenant: Tenant) -> Mailbox:
    """Return whom we ask for at a tenant: a name and an address, each "" where the rules give none."""
    found = originator([tenant.contact]) if "@" in tenant.contact else None
    return found or Mailbox(tenant.contact, "")


def listed_tenants(address: str, rules: Rules) -> tuple[Tenant, ...]:
    """Return the tenants that list this address, else those that list its domain."""
    by_address, by_domain = _listing(Same(rules))
    wanted = canonical(address)
    return by_address.get(wanted) or by_domain.get(domain_of(wanted), ())


@lru_cache(maxsize=4)
def _listing(same: Same[Rules]) -> tuple[_Listed, _Listed]:
    """Return who lists each address, and who lists each domain."""
    by_address: _Listed = {}
    by_domain: _Listed = {}
    for tenant in same.object.tenant:
        for address in {canonical(own) for own in tenant.addresses}:
            by_address[address] = (*by_address.get(address, ()), tenant)
        for domain in {domain_of(f"x@{listed.lstrip('@')}") for listed in tenant.domains}:
            by_domain[domain] = (*by_domain.get(domain, ()), tenant)
    return by_address, by_domain


def is_listed(address: str, rules: Rules) -> bool:
    """Return whether any tenant lists this address or its domain."""
    return bool(listed_tenants(address, rules))


def tenant_of(message: Message, envelope: Envelope, rules: Rules) -> TenantMatch:
    """Return whose customer wrote this message, with the reason."""
    address = message.sender.address if message.sender else ""
    listed = listed_tenants(address, rules) if address else ()
    if len(listed) == 1:
        how = f"{address} belongs to {listed[0].name}"
        return TenantMatch(listed[0], listed=True, reasons=(Reason("tenant.sender", how),))
    reasons: list[Reason] = []
    candidates = listed or rules.tenant
    if listed:
        names = ", ".join(tenant.name for tenant in listed)
        reasons.append(Reason("tenant.shared-sender", f"{address} writes for several: {names}"))
    for code, found in (
        ("tenant.recipient", _by_recipient(message, envelope, candidates)),
        ("tenant.phone", _by_phone(counted_words(message), candidates)),
        ("tenant.name", _by_name(message, rules, listed)),
    ):
        if len(found) == 1:
            [(tenant, what)] = found
            reasons.append(Reason(code, f"{what} belongs to {tenant.name}"))
            guessed = code in _BY_WORDS and not listed
            return TenantMatch(tenant, bool(listed), tuple(reasons), guessed=guessed)
    if not listed:
        reasons.append(Reason("tenant.unknown", f"no tenant lists {address or 'this sender'}"))
    return TenantMatch(None, bool(listed), tuple(reasons), among=listed)


def is_guess(codes: Iterable[str]) -> bool:
    """Return whether reasons with these codes named a tenant for an unlisted sender by its own words alone."""
    given = set(codes)
    return bool(given & _BY_WORDS) and "tenant.shared-sender" not in given


def named_in(subject: str, text: str, rules: Rules) -> dict[str, str]:
    """Return the ids of all tenants whose "phone" number or "name" stands there, with which of them."""
    names = _names(Same(rules))
    said = f" {' '.join(comparable_words(clean(subject + chr(10) + text[:_READ])))} "
    found = {tenant.id: "name" for tenant in rules.tenant if _is_named(names[tenant.id], said)}
    return found | {tenant.id: "phone" for tenant, _ in _by_phone(text, rules.tenant)}


def joined_name(tenant: Tenant, rules: Rules) -> str:
    """Return a tenant's name as a domain may be called by it: its words in one, without the legal form."""
    return _names(Same(rules))[tenant.id].replace(" ", "")


def _by_recipient(message: Message, envelope: Envelope, candidates: Iterable[Tenant]) -> list[tuple[Tenant, str]]:
    reached = {canonical(box.address) for box in (*message.to, *message.cc)}
    reached |= {canonical(address) for address in (*message.delivered_to, *envelope.recipients)}
    return [
        (tenant, hit)
        for tenant in candidates
        for hit in sorted({canonical(own) for own in tenant.recipients} & reached)[:1]
    ]


def _by_phone(text: str, candidates: Iterable[Tenant]) -> list[tuple[Tenant, str]]:
    written = {compared_digits(number): number for number in digit_runs(text)}
    return [
        (tenant, hit)
        for tenant in candidates
        for hit in [written[compared_digits(own)] for own in tenant.phone_numbers if compared_digits(own) in written][
            :1
        ]
    ]


def _by_name(message: Message, rules: Rules, listed: tuple[Tenant, ...]) -> list[tuple[Tenant, str]]:
    """Return whose name stands in the subject or the new text; of few that are meant, its first word will do."""
    names = _names(Same(rules))
    candidates = listed or rules.tenant
    if not candidates:
        return []
    said = f" {' '.join(comparable_words(clean(message.subject + chr(10) + counted_words(message)[:_READ])))} "
    found = [(tenant, tenant.name) for tenant in candidates if _is_named(names[tenant.id], said)]
    if found or not listed:
        return found
    firsts = {tenant.id: names[tenant.id].partition(" ")[0] for tenant in listed}
    return [
        (tenant, firsts[tenant.id])
        for tenant in listed
        if len(firsts[tenant.id]) >= _SHORTEST_FIRST
        and list(firsts.values()).count(firsts[tenant.id]) == 1
        and f" {firsts[tenant.id]} " in said
    ]


def _is_named(name: str, said: str) -> bool:
    """Return whether a name stands there that is long enough to be no word of anybody's."""
    return (" " in name or len(name) >= _SHORTEST_NAME) and f" {name} " in said


@lru_cache(maxsize=4)
def _names(same: Same[Rules]) -> dict[str, str]:
    """Return each tenant's name as it is compared, without its legal form."""
    found: dict[str, str] = {}
    for tenant in same.object.tenant:
        words = list(comparable_words(clean(tenant.name)))
        while len(words) > 1 and words[-1] in _LEGAL_FORMS:
            words.pop()
        found[tenant.id] = " ".join(words)
    return found
