"""Saying whose customers a sender's are: a command of those who read the weekly mail."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.agents.commands.command import Kind


@dataclass(frozen=True, slots=True)
class Add(Kind):
    """Say whose customer a sender is: an address, or a domain; `tenant` is an id."""

    word = "add"
    form = "{sender} to {tenant}"
    example = "add dental-example.com to acme"
    summary = "says whose customers they are who write from that domain, or from that address"
    meaning = "count {sender} as {tenant}'s"
    others_say = "accept list customer tenant"
    undoable = True
    of_ticket = False
    several = True

    sender: str
    tenant: str
