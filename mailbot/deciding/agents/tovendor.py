"""Words of an agent to a vendor: what he means for it of his mail, and no more."""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.commands import Orders, Understood
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.deciding.agents.leaving import signed_off
from mailbot.deciding.situation import Situation
from mailbot.rules import Agent


def for_vendors(at: Situation, agent: Agent, orders: Orders) -> Orders:
    """Return the orders, with words to a vendor without the agent's signature."""

    def signed(command: ToVendor) -> ToVendor:
        return replace(command, text=signed_off(at, agent, command.text))

    steps = (
        replace(step, command=signed(step.command))
        if isinstance(step, Understood) and isinstance(step.command, ToVendor) and step.command.text
        else step
        for step in orders.steps
    )
    return replace(orders, steps=tuple(steps))
