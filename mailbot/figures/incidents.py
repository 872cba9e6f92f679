"""The incidents of a week: what was wrong, for how long, and whom it concerned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mailbot.clocks.wall import WallClock
from mailbot.deciding.incidents import Incident
from mailbot.figures import saying


@dataclass(frozen=True, slots=True)
class Lasted:
    """An incident that lasted within a week, with the tickets that are about it, and of how many customers they are."""

    incident: Incident
    tickets: tuple[int, ...] = ()
    customers: int = 0


def line(lasted: Lasted, what: str, clock: WallClock) -> str:
    """Return an incident in a line; `what` says what was wrong."""
    found = lasted.incident
    since = clock.instant(found.opened_at)
    if found.resolved_at is None:
        length = f"since {since}, and lasts"
    else:
        length = f"{since}, for {saying.calendar(found.resolved_at - found.opened_at)}"
    number = len(lasted.tickets)
    tickets = f"{number} {'ticket' if number == 1 else 'tickets'}"
    whose = f" of {lasted.customers} {'customer' if lasted.customers == 1 else 'customers'}" if number else ""
    return f"Incident {found.number}, {what}: {length}; {tickets}{whose}"


def as_objects(lasted: Iterable[Lasted]) -> list[dict[str, Any]]:
    """Return incidents as other programs read them."""
    return [
        {
            "number": one.incident.number,
            "title": one.incident.title,
            "playbook": one.incident.playbook,
            "opened_at": one.incident.opened_at.isoformat(),
            "resolved_at": one.incident.resolved_at.isoformat() if one.incident.resolved_at else None,
            "tickets": list(one.tickets),
            "customers": one.customers,
        }
        for one in lasted
    ]
