"""Handing a ticket on: to the next tier, or to a vendor; commands whose words never go to the customer."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.agents.commands.command import Care, Kind


@dataclass(frozen=True, slots=True)
class Escalate(Kind):
    """Hand the ticket to the next tier, with words for them."""

    word = "escalate"
    form = "{text}"
    example = "#escalate calls drop after ten minutes, please look at the trace"
    summary = "hands the ticket to the next tier; all that you write is for them, and the customer gets nothing of it"
    meaning = "hand the ticket to the next tier"
    others_say = "escalation raise tier tier2 l2 second"
    undoable = True
    private = True
    free = True

    text: str = ""


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
