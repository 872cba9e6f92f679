"""Which promised times of one ticket were kept, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.deciding.effects import TicketState
from mailbot.figures.cases import Case, Promise
from mailbot.figures.saying import promises
from mailbot.rules import Severity
from tests.servers.commands import run
from tests.service.office import RULES, office
from tests.service.test_relays import asked

HOUR = timedelta(hours=1)
OPENED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def case(**more: Any) -> Case:
    """Return a ticket to be answered within four hours and solved within eight."""
    usual: dict[str, Any] = {
        "states": ((OPENED, TicketState.OPEN),),
        "promises": (Promise(OPENED, OPENED + 4 * HOUR),),
        "resolution_due_at": OPENED + 8 * HOUR,
        "asked_again_at": OPENED,
    }
    return Case(1001, None, Severity.NORMAL, "", "", OPENED, **(usual | more))


def closed(at: datetime) -> Any:
    return ((OPENED, TicketState.OPEN), (at, TicketState.CLOSED))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, []),
        ({"answers": (OPENED + 3 * HOUR,), "asked_again_at": None}, ["answered in time"]),
        ({"answers": (OPENED + 5 * HOUR,), "asked_again_at": None}, ["answered 1 h late"]),
        # What was promised after an answer did not hold when it was given.
        (
            {
                "answers": (OPENED + 3 * HOUR,),
                "asked_again_at": None,
                "promises": (
                    Promise(OPENED, OPENED + 4 * HOUR),
                    Promise(OPENED + 5 * HOUR, OPENED + HOUR, asked=False),
                ),
            },
            ["answered in time"],
        ),
        (
            {"answers": (OPENED + HOUR,), "states": closed(OPENED + 2 * HOUR)},
            ["answered in time", "solved in time"],
        ),
        (
            {"answers": (OPENED + HOUR, OPENED + 10 * HOUR), "states": closed(OPENED + 11 * HOUR)},
            ["answered in time", "solved 2 h late"],
        ),
        ({"states": closed(OPENED + HOUR)}, []),
        ({"resolution_due_at": OPENED + 5 * HOUR}, ["was to be solved 1 h ago"]),
        (
            {"answers": (OPENED + HOUR,), "asked_again_at": None, "resolution_due_at": OPENED + 5 * HOUR},
            ["answered in time"],
        ),
        ({"resolution_due_at": None}, []),
    ],
)
def test_what_was_kept_and_what_was_not(more: dict[str, Any], said: list[str]) -> None:
    assert list(promises(case(**more), OPENED + 6 * HOUR)) == said


def test_a_ticket_says_so_as_its_figures_do(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES, at=datetime(2026, 5, 4, 14, tzinfo=UTC)) as desk:
        ticket = asked(desk)
        desk.let_pass(5 * HOUR)
        desk.answer(ticket)
        desk.do(verb="close", ticket=ticket)
    assert "answered 1 h late · solved in time" in run(tmp_path, "show", str(ticket)).out
    row = next(line for line in run(tmp_path, "metrics", "--week", "2026-W19").out.splitlines() if "normal" in line)
    assert row.split() == ["normal", "1", "5", "h", "0%", "5", "h", "100%", "0"]
