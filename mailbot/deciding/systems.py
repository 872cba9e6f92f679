"""Which known system wrote a message: monitors and the like that the operator lists as [[system]].

A system is known by its From address or domain, and by words in the subject or the new text where its rule names
any; the first rule that fits counts. What is claimed of From is believed here as it is with unverified
customers: a system's mail opens tickets and is never answered. With a failed authentication nothing is believed.
"""

from __future__ import annotations

from functools import lru_cache

from mailbot.deciding.passedon import counted_words
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.fields.address import canonical, domain_of
from mailbot.reading.model import Message, Verdict
from mailbot.rules import Rules, System
from mailbot.rules.same import Same

_Listed = dict[str, tuple[int, ...]]


def system_of(message: Message, rules: Rules) -> System | None:
    """Return the first known system whose mail this is, None for anybody else's."""
    if message.authentication.verdict is Verdict.FAIL:
        return None
    return next((rules.system[row] for row in _rows(message, rules) if _speaks_of(message, rules.system[row])), None)


def is_system(address: str, rules: Rules) -> bool:
    """Return whether any known system writes from this address, whatever its words."""
    by_address, by_domain = _listing(Same(rules))
    wanted = canonical(address)
    return wanted in by_address or domain_of(wanted) in by_domain


def _rows(message: Message, rules: Rules) -> list[int]:
    """Return which rows of [[system]] list this sender, in their order."""
    if not rules.system or message.sender is None:
        return []
    by_address, by_domain = _listing(Same(rules))
    address = canonical(message.sender.address)
    return sorted({*by_address.get(address, ()), *by_domain.get(domain_of(address), ())})


def recovery_words(message: Message, rules: Rules) -> tuple[str, ...]:
    """Return by which phrases of their own the known systems at this sender say that something works again."""
    return tuple(words for row in _rows(message, rules) for words in rules.system[row].recovered)


@lru_cache(maxsize=4)
def _listing(same: Same[Rules]) -> tuple[_Listed, _Listed]:
    """Return which rows list each address, and which each domain."""
    by_address: _Listed = {}
    by_domain: _Listed = {}
    for row, system in enumerate(same.object.system):
        for address in {canonical(one) for one in system.addresses}:
            by_address[address] = (*by_address.get(address, ()), row)
        for domain in {domain_of(f"x@{listed.lstrip('@')}") for listed in system.domains}:
            by_domain[domain] = (*by_domain.get(domain, ()), row)
    return by_address, by_domain


def _speaks_of(message: Message, system: System) -> bool:
    if not system.words:
        return True
    said = _spaced(f"{message.subject}\n{counted_words(message)}")
    return any(_spaced(words) in said for words in system.words)


def _spaced(text: str) -> str:
    return f" {' '.join(comparable_words(clean(text)))} "
