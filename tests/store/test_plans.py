"""What is asked each night, and of each case, looks up what it needs: nothing of it grows with the whole log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from mailbot.store import bursts, called, incidents, overnight, pages, surveys, vendors
from tests.store.conftest import NOW, Store

_GROWING = (
    "entry",
    "relay",
    "ticket",
    "listing",
    "listing_item",
    "outbox",
    "known_id",
    "participant",
    "incident_update",
)
_SINCE = NOW - timedelta(hours=15)


@pytest.mark.parametrize(
    "ask",
    [
        lambda conn: pages.rung_for(conn, "northwind", "dana", NOW),
        lambda conn: pages.rung_about(conn, [1001], NOW),
        lambda conn: pages.rung_in(conn, 5),
        lambda conn: pages.last_at(conn, "northwind", "dana", 1),
        lambda conn: called.calls(conn, "northwind", ["night"], [1001]),
        lambda conn: called.called_for(conn, "northwind", "night", _SINCE),
        lambda conn: called.held_by(conn, "northwind", "night"),
        lambda conn: overnight.outages(conn, "northwind", ["night"], _SINCE, NOW),
        lambda conn: overnight.steps(conn, [1001], _SINCE, NOW),
        lambda conn: vendors.people(conn, "northwind", [1001]),
        lambda conn: vendors.thread(conn, [1001], "noc@carrier.example", ["noc@carrier.example"]),
        lambda conn: vendors.tenants_of(conn, [1001]),
        lambda conn: pages.evidence(conn, [1001]),
        lambda conn: vendors.tickets_by_ids(conn, "northwind", ["a@carrier.example"]),
        lambda conn: incidents.told(conn, 1),
        lambda conn: incidents.standing(conn, [1001]),
        lambda conn: incidents.lasted(conn, "northwind", _SINCE, NOW),
        lambda conn: list(surveys.ended(conn, [1001])),
        lambda conn: surveys.was_asked(conn, "northwind", "jane@contoso.example", _SINCE),
        lambda conn: surveys.has_words_of_customer(conn, 1001),
        lambda conn: surveys.said(conn, [(1001, 5)]),
        lambda conn: incidents.tickets_of(conn, "northwind", 1),
    ],
)
def test_no_table_that_grows_is_gone_through(store: Store, ask: Callable[[Connection], Any]) -> None:
    plans: list[str] = []
    with store.database.read() as conn:

        def explain(_conn: Any, cursor: Any, statement: str, values: Any, _context: Any, _many: Any) -> None:
            asked = cursor.connection.cursor()
            plans.extend(row[3] for row in asked.execute(f"EXPLAIN QUERY PLAN {statement}", values))

        event.listen(conn, "before_cursor_execute", explain)
        ask(conn)
    assert plans
    assert [step for step in plans for table in _GROWING if step.split()[:2] == ["SCAN", table]] == []


def plans(store: Store, ask: Callable[[Connection], Any]) -> list[tuple[str, list[str]]]:
    """Return each statement by which something is asked, as SQLite gets it, and the steps of its plan."""
    said: list[str] = []
    with store.database.read() as conn:
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(said.append)
        ask(conn)
        driver.set_trace_callback(None)
        return [(one, [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {one}")]) for one in said]


def steps(store: Store, ask: Callable[[Connection], Any]) -> list[str]:
    return [step for _, plan in plans(store, ask) for step in plan]


def test_the_newest_tickets_are_found_without_sorting_all(store: Store) -> None:
    def ask(conn: Connection) -> None:
        bursts.newest_ticket(conn, "northwind")
        bursts.opened(conn, "northwind", 1_000, 200)

    newest = [plan for said, plan in plans(store, ask) if "ORDER BY ticket.id DESC" in said]
    assert len(newest) == 2
    assert [step for plan in newest for step in plan if "ORDER BY" in step or "INDEX" in step] == []


def test_what_was_said_of_incidents_that_last_is_found_without_those_that_are_over(store: Store) -> None:
    def ask(conn: Connection) -> None:
        incidents.said_of(conn, "northwind")
        incidents.waiting_for(conn, "northwind", 1)
        incidents.newest_word(conn)

    found = steps(store, ask)
    assert [step.split(" (")[0] for step in found if step.startswith(("SEARCH", "SCAN"))] == [
        "SEARCH incident USING INDEX ix_incident_open",
        "SEARCH incident_update USING INDEX ix_incident_update_incident_id",
        "SEARCH ticket USING INDEX ix_ticket_incident",
        "SEARCH incident_update",
    ]
    assert not any("TEMP B-TREE" in step for step in found)


def test_the_tickets_of_a_weeks_incidents_are_found_without_all_others(store: Store) -> None:
    def opened(conn: Connection) -> None:
        for _ in range(3):
            incidents.open_incident(conn, store.partner, "Calls fail", None, author="dana", now=NOW)

    def ask(conn: Connection) -> None:
        assert len(incidents.lasted(conn, store.partner, _SINCE, NOW + timedelta(hours=1))) == 3

    store.write(opened)
    assert "SEARCH ticket USING INDEX ix_ticket_incident (incident=?)" in steps(store, ask)


@pytest.mark.parametrize(
    "ask",
    [
        lambda conn, many: bursts.opened_of(conn, "northwind", many),
        bursts.is_known,
        bursts.tenants_of,
        incidents.standing,
        lambda conn, many: list(surveys.ended(conn, many)),
    ],
)
def test_many_tickets_are_found_by_their_numbers(store: Store, ask: Callable[[Connection, list[int]], Any]) -> None:
    found = steps(store, lambda conn: ask(conn, list(range(1, 201))))
    first = next(step for step in found if " ticket" in step)
    assert first == "SEARCH ticket USING INTEGER PRIMARY KEY (rowid=?)"
