"""Vendors in what an agent writes to a customer, who knows nothing of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailbot.deciding.agents.newwords import tells
from mailbot.rules import Rules


def vendors_named(texts: tuple[str, ...], filed_with: str, rules: Rules) -> Iterator[str]:
    """Yield the names of vendors that these texts give away: by an address or a domain; by name `filed_with` alone.

    That is the id of the vendor with whom the ticket is filed, "" for none: elsewhere a name may be any word.
    """
    for vendor in rules.vendor:
        private = frozenset(one.casefold() for one in (*vendor.addresses, *vendor.domains))
        by_name = vendor.id == filed_with and any(
            re.search(rf"(?<!\w){re.escape(vendor.name)}(?!\w)", text) for text in texts
        )
        if by_name or any(tells(text, private) for text in texts):
            yield vendor.name
