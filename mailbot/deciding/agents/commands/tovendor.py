"""Handing a ticket on to a vendor: a command whose words go to the vendor, and never to the customer."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.agents.commands.command import Care, Kind


@dataclass(frozen=True, slots=True)
class ToVendor(Kind):
    """File the ticket with a vendor (its id), or send words of an agent to where it is filed."""

    word = "vendor"
    form = "{vendor}\n{text}"
    example = "#vendor carrier"
    summary = "files the ticket with the carrier by mail; what you write below goes there, and never to the customer"
    meaning = "file the ticket with {vendor}"
    others_say = "carrier provider supplier upstream tier3 noc"
    care = frozenset({Care.VENDOR})
    private = True
    free = True

    vendor: str
    text: str = ""
