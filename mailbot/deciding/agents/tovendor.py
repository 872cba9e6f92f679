"""Words of an agent to a vendor: what he means for it of his mail, and no more."""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.commands import Orders, Problem, Step, Understood
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.deciding.agents.leaving import signed_off
from mailbot.deciding.situation import Situation
from mailbot.rules import Agent


def for_vendors(at: Situation, agent: Agent, orders: Orders) -> Orders:
    """Return the orders, with words to a vendor without the agent's signature.

    There is a problem for each such command beyond the first: what goes is shown to him, and it is one mail.
    """

    def signed(command: ToVendor) -> ToVendor:
        return replace(command, text=signed_off(at, agent, command.text))

    steps: list[Step] = []
    is_first = True
    for step in orders.steps:
        if not isinstance(step, Understood) or not isinstance(step.command, ToVendor):
            steps.append(step)
        elif is_first:
            is_first = False
            steps.append(replace(step, command=signed(step.command)) if step.command.text else step)
        else:
            steps.append(Problem(step.written, "one ticket at a time: what goes to a vendor is shown to you first"))
    return replace(orders, steps=tuple(steps))
