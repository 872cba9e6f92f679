"""The tiers of our own people: the first takes what comes, the second hears of what that cannot solve in time.

| a ticket that is critical or high, and whose customer waits | the second tier |
|---|---|
| the first has had it for `escalate_after` of the desk's hours | hears of it |
| passed on within the first tier meanwhile | the time runs on |
| given back, to nobody or by the second tier, and taken anew | the time runs anew |
| it became critical or high, or was opened again, since | the time runs from then |
| it waits (`#wait`), a vendor owes an answer, or its customer has ours | the time stands meanwhile |
| escalated already, or the second tier's | hears nothing more |

What comes within `TOGETHER` before a warning of the same ticket waits for it, so that whoever hears of both gets one
line of one mail. Where all of us are of one tier, or nobody of the second may act for the customer, nothing of this
is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.running import RunningClock, Span
from mailbot.deciding.agents.team import agent_by_id, may_act_for
from mailbot.rules import Agent, Rules, Severity

FIRST, SECOND = 1, 2
PRESSING = frozenset({Severity.CRITICAL, Severity.HIGH})
"""What the first tier is to solve soon, or to pass on."""
TOGETHER = timedelta(minutes=5)
"""Within so long, what is told of one ticket is told at once."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Since when an agent (his id) has a ticket."""

    agent: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Who has an open ticket, and whether the next tier knows.

    `holders` are those who had it one after the other without a gap, up to who has it. It is critical or high since
    `pressing_since`, None where it is neither, and was `escalated` since it is the first tier's, or was opened. A
    vendor owes an answer now, or did in the spans `with_vendors`.
    """

    holders: tuple[Holder, ...] = ()
    pressing_since: datetime | None = None
    escalated: bool = False
    is_with_vendor: bool = False
    with_vendors: tuple[Span, ...] = ()


NOT_HELD = Held()


def tier_of(agent_id: str, rules: Rules) -> int:
    """Return the tier of the agent of that id, the first for a service and for one who is listed no longer."""
    agent = agent_by_id(agent_id, rules)
    return agent.tier if agent and not agent.outsourced else FIRST


def are_tiers(rules: Rules) -> bool:
    """Return whether some of us are of the second tier."""
    return any(tier_of(agent.id, rules) > FIRST for agent in rules.agent)


def second_tier(rules: Rules, tenant: str | None) -> Sequence[Agent]:
    """Return who of the second tier may act for that tenant."""
    return [agent for agent in rules.agent if agent.tier > FIRST and may_act_for(agent, tenant)]


def taken_by(held: Held, rules: Rules) -> Holder | None:
    """Return who of the first tier took it, and when, since it was last nobody's or the second tier's; None: nobody."""
    last = list(takewhile(lambda one: tier_of(one.agent, rules) == FIRST, reversed(held.holders)))
    return last[-1] if last else None


def to_be_solved_by(
    held: Held, tenant: str | None, rules: Rules, pauses: Sequence[Span]
) -> tuple[datetime, datetime] | None:
    """Return since when the first tier's time to solve it runs, and when it is over; None where none does.

    The time stands in `pauses`.
    """
    taken, length = taken_by(held, rules), rules.clock.escalate_after
    if taken is None or held.pressing_since is None or held.escalated or held.is_with_vendor:
        return None
    if not length or not second_tier(rules, tenant):
        return None
    since = max(taken.since, held.pressing_since)
    over = RunningClock("business", opening_hours(rules, None), (*pauses, *held.with_vendors)).after(since, length)
    return None if over is None else (since, over)


def together(at: datetime, others: Iterable[datetime]) -> datetime:
    """Return the first of the others that follow within `TOGETHER`, `at` where none does."""
    return min((one for one in others if at < one <= at + TOGETHER), default=at)
