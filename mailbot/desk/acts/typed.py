"""The words of agents' commands, typed on the command line: read, and done, as in a mail."""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.commands import Moment, Orders, kinds, parse
from mailbot.deciding.agents.doing import consequences
from mailbot.deciding.ordered import Called, Do
from mailbot.desk.acts.requests import Done, Request, Work
from mailbot.desk.acts.verbs import STEERING
from mailbot.desk.refusing import RefusedError
from mailbot.rules import Agent

_OPERATOR = Agent(id="operator", name="operator")


def typed(work: Work) -> Done:
    """Do what the `line` of the request says, "#wait carrier until 12 dec"; raise RefusedError, with a hint."""
    agent, orders = work.agent(), orders_of(work)
    done = [_do(work, "note", {"text": one.text}) for one in orders.commands if isinstance(one, kinds.Note)]
    for effect in consequences(orders, agent or _OPERATOR):
        if isinstance(effect, Do):
            done.append(_do(work, effect.verb, {"reason": work.reason or effect.written, **dict(effect.values)}))
        elif isinstance(effect, Called):
            done.append(_do(work, "called", {"at": effect.at, "text": effect.text}))
    if not done:
        raise RefusedError(f"{work.word('line')} is done by mail only")
    return Done("; ".join(one.text for one in done))


def orders_of(work: Work) -> Orders:
    """Return what the `line` of the request says; raise RefusedError, with a hint, where it cannot be read."""
    orders = parse(" ".join(work.word("line").split()), Moment.of(work.agent(), work.desk.rules, work.now))
    for problem in orders.problems:
        near = problem.nearest.removeprefix("#")
        hint = f"; did you mean {near}?" if near else ""
        raise RefusedError(f"{problem.written.removeprefix('#')}: {problem.text}{hint}")
    return orders


def _do(work: Work, verb: str, values: Request) -> Done:
    return STEERING[verb](replace(work, request={**work.request, **values}))
