"""When each step of the calls about an outage is due: by which place and pager, and what stops them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.deciding.duetimes import Clocked, DueKind, falling_due, of_step
from mailbot.rules import Severity
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, rules_of

MINUTES = timedelta(minutes=1)
AGENT = '[[agent]]\nid = "{0}"\nname = "{0}"\naddresses = ["{0}@harborvoice.example"]\n{1}'
PAGER = '[[agent.pager]]\ncommand = ["true"]\n'
TURNS = '[oncall]\nrota = ["ann", "bob"]\n'
TWO_AND_ONE = RULES + AGENT.format("ann", 2 * PAGER) + AGENT.format("bob", PAGER)
NO_PAGERS = RULES + AGENT.format("ann", "") + AGENT.format("bob", "")
# From Saturday at 23:40 to Monday at 17:30, when we close.
CLOSING = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
NIGHT = [(0, 0, 0), (0, 1, 3), (1, 0, 10), (1, 1, 13)]
OUTAGE = Clocked(1, Severity.CRITICAL, "acme", CLOSED_AT, asked_at=CLOSED_AT)


def calls(ticket: Clocked, rules: str) -> list[tuple[int, int, int]]:
    """Return place, pager and minutes after it was asked of each step, in their order."""
    found = [one for one in falling_due(ticket, rules_of(rules)) if one.kind is DueKind.CALL]
    assert all(one.at == one.promised_at >= one.about for one in found)
    return [(*of_step(one.share), (one.at - (ticket.asked_at or one.at)) // MINUTES) for one in found]


def at_closing(since: datetime) -> list[tuple[int, int, int]]:
    later = (CLOSING - since) // MINUTES
    return [(place, number, minutes + later) for place, number, minutes in NIGHT]


@pytest.mark.parametrize(
    ("rules", "steps"),
    [
        (TWO_AND_ONE + TURNS, NIGHT + at_closing(CLOSED_AT)),
        (TWO_AND_ONE, [one for one in NIGHT + at_closing(CLOSED_AT) if one[0] == 0]),
        (NO_PAGERS + TURNS, [(1, 0, 10)]),
        (NO_PAGERS, []),
        (RULES, []),
        (TWO_AND_ONE + TURNS + 'next_after = "1m"\nnext_pager = "2m"\n', None),
    ],
)
def test_out_of_hours_each_pager_and_each_place(rules: str, steps: list[tuple[int, int, int]] | None) -> None:
    found = calls(OUTAGE, rules)
    assert found == steps if steps is not None else found[:4] == [(0, 0, 0), (0, 1, 2), (1, 0, 1), (1, 1, 3)]


def test_in_hours_the_calls_begin_when_we_close() -> None:
    ticket = replace(OUTAGE, since=OPEN_AT, asked_at=OPEN_AT)
    assert calls(ticket, TWO_AND_ONE + TURNS) == at_closing(OPEN_AT)
    assert calls(ticket, NO_PAGERS + TURNS) == []


def test_who_never_closes_is_never_paged() -> None:
    always = "[partner.hours.week]\n" + "".join(
        f'{day} = ["00:00-24:00"]\n' for day in "mon tue wed thu fri sat sun".split()
    )
    assert calls(OUTAGE, TWO_AND_ONE + TURNS + always + '[partner.hours]\nregion = ""\n') == []


@pytest.mark.parametrize(
    "change",
    [
        {"severity": Severity.HIGH},
        {"taken": True},
        {"asked_at": None, "answered_at": CLOSED_AT + MINUTES},
        {"waits": True},
        {"seen_at": CLOSED_AT},
        {"seen_at": CLOSED_AT + MINUTES},
    ],
)
def test_nobody_is_called_about_what_is_less_or_taken_answered_seen(change: dict[str, object]) -> None:
    assert calls(replace(OUTAGE, **change), TWO_AND_ONE + TURNS) == []  # type: ignore[arg-type]


def test_what_is_asked_after_it_was_seen_calls_anew() -> None:
    assert calls(replace(OUTAGE, seen_at=CLOSED_AT - MINUTES), TWO_AND_ONE + TURNS)[:4] == NIGHT


def test_whose_pagers_are_none_of_this_customers_adds_no_step() -> None:
    limited = AGENT.format("cleo", 'tenants = ["bolt"]\n' + 5 * PAGER)
    assert calls(OUTAGE, TWO_AND_ONE + limited + TURNS)[:4] == NIGHT
