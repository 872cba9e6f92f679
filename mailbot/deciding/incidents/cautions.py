"""What looks wrong in words that many customers are to read: another one's name, a number, a vendor, a secret.

A word too many costs the agent a glance; none of it keeps him from sending it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailbot.deciding.agents.newwords import tells
from mailbot.deciding.facts.passwords import folded, secret_lines
from mailbot.deciding.tenants import contact_of
from mailbot.deciding.vendors.hiding import Customer, searched
from mailbot.deciding.words import clean
from mailbot.reading.fields.address import canonical
from mailbot.reading.text.telephone import compared_digits, numbers_written
from mailbot.rules import Rules, Tenant

_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[a-z]{2,}", re.IGNORECASE)
_BY_CHANCE = 7
_LONGEST = 20_000


def cautions(words: str, people: Iterable[str], rules: Rules, said: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what in these words an agent should look at again, a clause each: "it names Acme Dental, a customer".

    `people` are names of those who wrote, whom no other may read of, and `said` are texts of theirs: an agent who
    answers between their lines, or copies from them, may send on to all what one of them wrote.
    """
    return tuple(dict.fromkeys((*_cautions(words, people, rules), *_repeated(words, said))))


def _cautions(words: str, people: Iterable[str], rules: Rules) -> Iterator[str]:
    seen = searched(words)
    for tenant in rules.tenant:
        if _customer(tenant).is_named_in(words, seen):
            yield f"it names {tenant.name}, a customer"
    for name in sorted(set(people)):
        if Customer(people=(name,)).is_named_in(words, seen):
            yield f"it names {name}, who wrote to you"
    own = {compared_digits(one) for one in (rules.partner.phone, rules.partner.emergency_number) if one}
    for _, number in numbers_written(words):
        if compared_digits(number) not in own:
            yield f"it tells a number, {number}"
    yield from _of_ours(words, seen, rules)
    if secret_lines(words):
        yield "a line looks like a password or a PIN"


def _of_ours(words: str, seen: str, rules: Rules) -> Iterator[str]:
    """Yield what customers are not to know of us: vendors, and addresses."""
    said = set(_WORD.findall(folded(words)))
    for vendor in rules.vendor:
        names = (vendor.name, vendor.id)
        # What is an ordinary word, too, is no customer's name; a vendor's it may be.
        wholly = any(set(_WORD.findall(folded(one))) <= said for one in names)
        known_by = Customer(companies=names, addresses=vendor.addresses, domains=vendor.domains)
        told = tells(words, frozenset(one.casefold() for one in (*vendor.addresses, *vendor.domains)))
        if wholly or told or known_by.is_named_in(words, seen):
            yield f"it names {vendor.name}, of whom customers know nothing"
    public = {canonical(one) for one in (rules.partner.address, *rules.partner.aliases)}
    for address in _ADDRESS.findall(words):
        if canonical(address.rstrip(".")) not in public:
            yield f"it tells an address, {address.rstrip('.')}"


def _repeated(words: str, said: Iterable[str]) -> Iterator[str]:
    """Yield the first words in a row that a customer wrote, too, so many that it is hardly by chance."""
    ours = {run for run, _ in _runs(words)}
    for text in said if ours else ():
        for run, shown in _runs(text[:_LONGEST]):
            if run in ours:
                yield f"it repeats what a customer wrote, “{shown} …”"
                return


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield so many words in a row as hardly two write by chance, as they are compared and as they stand there."""
    words = _WORD.findall(clean(text))
    for place in range(len(words) - _BY_CHANCE + 1):
        shown = " ".join(words[place : place + _BY_CHANCE])
        yield folded(shown), shown


def _customer(tenant: Tenant) -> Customer:
    contact = contact_of(tenant)
    return Customer(
        companies=(tenant.name, tenant.id),
        people=(contact.name,) if contact.name else (),
        addresses=tuple(filter(None, (*tenant.addresses, contact.address))),
        domains=tenant.domains,
    )
