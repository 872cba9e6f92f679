"""When an agent is at work: what can wait reaches him then, and not before."""

from __future__ import annotations

from datetime import datetime

from mailbot.clocks.hours import opening_hours
from mailbot.desk import Desk
from mailbot.rules import Agent


def on_duty_at(desk: Desk, agent: Agent, now: datetime) -> datetime | None:
    """Return when the agent is next in his hours, `now` if he is; None for never."""
    rules = desk.rules
    if agent.hours is not None:
        rules = rules.model_copy(update={"partner": rules.partner.model_copy(update={"hours": agent.hours})})
    opening = opening_hours(rules, None)
    return now if opening.closed_period(now) is None else opening.next_opening(now)
