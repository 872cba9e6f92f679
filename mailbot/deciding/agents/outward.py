"""Words of an agent to others than the customer of a ticket, a vendor or all whom an incident concerns: no more of his
mail than he means for them.
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.commands import Orders, Problem, Step, Understood
from mailbot.deciding.agents.commands.onincident import IncidentStep, OnIncident
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.deciding.agents.leaving import signed_off
from mailbot.deciding.situation import Situation
from mailbot.rules import Agent


def for_others(at: Situation, agent: Agent, orders: Orders) -> Orders:
    """Return the orders, with words to others without the agent's signature.

    There is a problem for each such command beyond the first: what goes is shown to him, and it is one mail.
    """
    steps: list[Step] = []
    is_first = True
    for step in orders.steps:
        if not isinstance(step, Understood) or not isinstance(step.command, ToVendor | OnIncident):
            steps.append(step)
        elif is_first:
            is_first = False
            steps.append(_unsigned(at, agent, step, step.command))
        else:
            what = "one ticket at a time" if isinstance(step.command, ToVendor) else "one at a time"
            steps.append(Problem(step.written, f"{what}: what leaves is shown to you first"))
    return replace(orders, steps=tuple(steps))


def _unsigned(at: Situation, agent: Agent, step: Understood, command: ToVendor | OnIncident) -> Step:
    words = signed_off(at, agent, command.text) if command.text else ""
    if words and isinstance(command, OnIncident) and command.step in {IncidentStep.ADD, IncidentStep.REMOVE}:
        return Problem(step.written, "nobody gets the words below it; #incident update sends words to all")
    return replace(step, command=replace(command, text=words))
