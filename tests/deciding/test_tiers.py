"""When the next tier hears of a ticket: since when the time runs, and what it waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from mailbot.deciding.duetimes import Clocked, DueKind, falling_due
from mailbot.deciding.tiers import Held, Holder
from mailbot.rules import Agent, Clock, Hours, Partner, Rules, Severity, Tenant, Weekly

MINUTE = timedelta(minutes=1)
# A Monday; the desk is open from 9:00 to 17:30.
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(time: str, day: int = 0) -> datetime:
    hour, minute = map(int, time.split(":"))
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def agent(name: str, tier: Literal[1, 2] = 1, tenants: tuple[str, ...] = ()) -> Agent:
    return Agent(id=name, name=name.title(), addresses=(f"{name}@voice.example",), tier=tier, tenants=tenants)


RULES = Rules(
    partner=Partner(hours=Hours(week=Weekly.model_validate({"mon": ["09:00-17:30"], "tue": ["09:00-17:30"]}))),
    tenant=(Tenant(id="acme", name="Acme"), Tenant(id="bolt", name="Bolt")),
    agent=(agent("dana"), agent("bob"), agent("cleo", 2, ("acme",))),
    clock=Clock(warn_at=()),
)
HIGH = Clocked(
    ticket=1,
    severity=Severity.HIGH,
    tenant="acme",
    since=at("10:00"),
    asked_at=at("10:00"),
    held=Held((Holder("dana", at("10:10")),), at("10:00")),
)


def escalated(ticket: Clocked, rules: Rules = RULES) -> datetime | None:
    """Return when the second tier hears of it."""
    [*found] = (due for due in falling_due(ticket, rules) if due.kind is DueKind.TIER)
    assert all(due.share == 2 for due in found)
    return found[0].at if found else None


def held(*holders: tuple[str, str], pressing: str | None = "10:00", done: bool = False) -> Held:
    return Held(tuple(Holder(name, at(time)) for name, time in holders), at(pressing) if pressing else None, done)


@pytest.mark.parametrize(
    ("who", "due"),
    [
        (held(), None),
        (held(("dana", "10:10")), "10:25"),
        (held(("dana", "10:10"), ("bob", "10:20")), "10:25"),
        (held(("dana", "10:10"), ("cleo", "10:20")), None),
        (held(("cleo", "10:10")), None),
        (held(("cleo", "10:10"), ("dana", "10:20")), "10:35"),
        (held(("dana", "10:00"), ("cleo", "10:10"), ("dana", "10:20"), ("bob", "10:30")), "10:35"),
        (held(("gone", "10:10")), "10:25"),
        (held(("dana", "10:10"), pressing="11:00"), "11:15"),
        (held(("dana", "10:10"), pressing=None), None),
        (held(("dana", "10:10"), done=True), None),
    ],
)
def test_the_time_runs_since_the_first_tier_took_it(who: Held, due: str | None) -> None:
    assert escalated(replace(HIGH, held=who)) == (at(due) if due else None)


def test_it_runs_in_the_hours_of_the_desk_also_for_what_is_critical() -> None:
    late = replace(HIGH, held=held(("dana", "17:20")))
    assert escalated(late) == at("09:05", day=1)
    assert escalated(replace(late, severity=Severity.CRITICAL)) == at("09:05", day=1)


def test_it_stands_while_it_waits_and_while_a_vendor_or_the_customer_is_to_answer() -> None:
    waited = replace(HIGH, pauses=((at("10:15"), at("11:00")),))
    assert escalated(waited) == at("11:10")
    assert escalated(replace(waited, silences=((at("10:50"), at("11:30")),))) == at("11:40")
    assert escalated(replace(HIGH, waits=True)) is None
    filed = replace(HIGH.held, with_vendors=((at("10:12"), at("12:00")),))
    assert escalated(replace(HIGH, held=filed)) == at("12:13")
    assert escalated(replace(HIGH, held=replace(filed, is_with_vendor=True))) is None
    assert escalated(replace(HIGH, asked_at=None, answered_at=at("10:20"))) is None


@pytest.mark.parametrize(
    ("hour", "share", "told"),
    [("10:30", 50, "10:30"), ("10:31", 50, "10:25"), ("10:25", 50, "10:25"), ("10:20", 50, "10:25")],
)
def test_a_warning_that_follows_soon_takes_it_along(hour: str, share: int, told: str) -> None:
    due_at = at("10:00") + 2 * (at(hour) - at("10:00"))
    warned = RULES.model_copy(update={"clock": Clock(warn_at=(share,))})
    assert escalated(replace(HIGH, answer_due_at=due_at), warned) == at(told)


@pytest.mark.parametrize(
    "rules",
    [
        RULES.model_copy(update={"clock": Clock(escalate_after=timedelta(0))}),
        RULES.model_copy(update={"agent": (agent("dana"), agent("bob"))}),
        RULES.model_copy(update={"agent": (agent("dana"), agent("cleo", 2, ("bolt",)))}),
    ],
)
def test_nobody_hears_where_nobody_is_above_or_it_is_never(rules: Rules) -> None:
    assert escalated(HIGH, rules) is None
    assert escalated(HIGH) == at("10:25")
