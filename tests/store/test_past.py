"""The log is gone through ticket by ticket, a few entries at a time, and each time costs the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from mailbot.deciding.effects import EntryKind, OpenTicket
from mailbot.rules import Severity
from mailbot.store import past, tickets
from tests.store.conftest import NOW, Store

WANTED = past.Wanted("northwind", NOW)


def grow(store: Store, number: int) -> list[int]:
    """Add that many tickets with a mail each; return their numbers."""
    return store.write(lambda conn: [opened(conn, store) for _ in range(number)])


def opened(conn: Connection, store: Store, **more: Any) -> int:
    opening = OpenTicket(
        **{
            "tenant": "acme",
            "severity": Severity.NORMAL,
            "playbook": None,
            "subject": "No dial tone",
            "requester": "ann@acme.example",
            "requester_name": "Ann",
            "opened_at": store.now,
            "response_due_at": None,
            "resolution_due_at": None,
        }
        | more
    )
    ticket = tickets.open_ticket(conn, store.partner, opening, store.now)
    given: dict[str, Any] = {"partner": store.partner, "at": store.now, "recorded_at": store.now, "ticket_id": ticket}
    tickets.append_entry(conn, tickets.NewEntry(kind=EntryKind.CUSTOMER, subject="x", text="whole", **given))
    return ticket


def through(store: Store, wanted: past.Wanted = WANTED) -> list[past.PastEntry]:
    """Go through the whole log."""
    all_entries: list[past.PastEntry] = []
    ticket = entry = 0
    while batch := store.read(lambda conn: past.entries_after(conn, wanted, ticket, entry)):  # noqa: B023 - at once
        assert len(batch) <= past.BATCH
        all_entries += batch
        ticket, entry = batch[-1].ticket, batch[-1].id
    return all_entries


def test_every_entry_comes_once_by_ticket_and_in_its_order(store: Store) -> None:
    numbers = grow(store, past.BATCH)
    for ticket in numbers[:3]:
        store.append(ticket, reply_text="new", text="new and old")
        store.append(ticket, kind=EntryKind.NOTE, text="not a mail")
    found = through(store)
    assert [(one.ticket, one.id) for one in found] == sorted((one.ticket, one.id) for one in found)
    assert len(found) == 2 * past.BATCH + 3
    assert [one.kind for one in found[:3]] == [EntryKind.CHANGE, EntryKind.CUSTOMER, EntryKind.CUSTOMER]
    assert [one.reply_text for one in found[1:3]] == ["whole", "new"]
    assert store.read(lambda conn: past.count_tickets(conn, WANTED)) == past.BATCH


def test_tickets_of_others_and_of_before_are_left_out(store: Store) -> None:
    [old] = grow(store, 1)
    store.later(days=3)
    [new] = grow(store, 1)
    other = store.write(lambda conn: opened(conn, store, tenant="bolt"))
    lately = replace(WANTED, since=NOW + timedelta(days=1))
    assert {one.ticket for one in through(store, lately)} == {new, other}
    assert {one.ticket for one in through(store, replace(lately, tenant="bolt"))} == {other}
    assert through(store, replace(lately, partner="other")) == []
    store.append(old)
    assert old in {one.ticket for one in through(store, lately)}


def test_the_next_entries_cost_the_same_however_long_the_log_is(store: Store) -> None:
    def steps() -> int:
        done = [0]

        def step() -> int:
            done[0] += 1
            return 0

        with store.database.read() as conn:
            driver = conn.connection.driver_connection
            assert driver is not None
            driver.set_progress_handler(step, 1)
            assert len(past.entries_after(conn, WANTED, 0, 0)) == past.BATCH
            driver.set_progress_handler(None, 0)
        return done[0]

    grow(store, past.BATCH)
    short = steps()
    grow(store, 5 * past.BATCH)
    assert steps() < 1.2 * short
