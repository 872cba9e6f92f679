"""To whom the desk hands on what it cannot solve itself: carriers, the maker of the platform."""

from __future__ import annotations

from typing import Literal

from mailbot.rules.recognising import Table
from mailbot.rules.values import Id, Line

Hides = Literal["names", "addresses", "domains"]
"""What of a customer a vendor does not learn."""


class Vendor(Table):
    """One vendor: cases go to the first of `addresses`; mail from these, and from `domains`, is its own.

    What it is to `hide` of a customer stands in no mail to it. Each case names `account`, by which it knows the desk.
    """

    id: Id
    name: Line
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    account: Line = ""
    hide: tuple[Hides, ...] = ("names", "addresses", "domains")
