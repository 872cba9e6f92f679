"""Tickets, their log, and that the one can be made from the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from mailbot.deciding.context import Came, KnownId, TicketFacts
from mailbot.deciding.effects import EntryKind, EventKind, Evidence, Flag, Reason, Rise, TicketState
from mailbot.errors import NotFound
from mailbot.rules import Severity
from mailbot.store import changes, projection, queries, tickets
from mailbot.store.database import open_database
from mailbot.store.tables import TICKET
from tests.store.conftest import NOW, Store

BY: dict[str, Any] = {"author": "ops@northwind.example", "reason": "because"}


def view(store: Store, number: int) -> queries.TicketDetail:
    found = store.read(lambda conn: queries.ticket(conn, store.partner, number))
    assert found is not None
    return found


def test_numbers_people_see_start_at_1001_and_grow(store: Store) -> None:
    assert [store.open() for _ in range(3)] == [1001, 1002, 1003]


def test_a_ticket_comes_back_as_it_was_opened(store: Store) -> None:
    first = store.open()
    number = store.open(
        severity=Severity.CRITICAL,
        subject="Störung \N{TELEPHONE RECEIVER}",
        flags=(Flag.UNVERIFIED, Flag.FROM_JUNK),
        linked_to=first,
        tenant=None,
    )
    ticket = view(store, number).ticket
    assert (ticket.severity, ticket.state, ticket.tenant) == (Severity.CRITICAL, TicketState.OPEN, None)
    assert ticket.subject == "Störung \N{TELEPHONE RECEIVER}"
    assert ticket.flags == ("unverified", "from-junk")
    assert ticket.linked_to == first
    assert ticket.response_due_at == NOW + timedelta(hours=4)
    assert ticket.entries == 1, "the log begins with the opening"


def test_an_entry_comes_back_as_it_was_appended(store: Store) -> None:
    number = store.open()
    entry = store.append(
        number,
        at=NOW - timedelta(minutes=3),
        message_id="m1@acme.example",
        fingerprint="f1",
        from_address="ann@acme.example",
        from_name="Ann",
        subject="No dial tone",
        text="No dial tone.\n> quoted",
        reply_text="No dial tone.",
        flags=(Flag.UNVERIFIED,),
        reasons=(Reason("severity.rule", "“no dial tone” is critical"),),
        evidence=(Evidence("site-down", "subject", "no dial tone"),),
        decision={"place": "open"},
    )
    found = view(store, number).entries[-1]
    assert found.id == entry
    assert (found.at, found.recorded_at) == (NOW - timedelta(minutes=3), NOW)
    assert (found.text, found.reply_text) == ("No dial tone.\n> quoted", "No dial tone.")
    assert found.reasons == ({"code": "severity.rule", "text": "“no dial tone” is critical"},)
    assert found.evidence == ({"rule": "site-down", "where": "subject", "words": "no dial tone"},)
    assert found.decision == {"place": "open"}
    assert found.flags == ("unverified",)


def test_reply_text_that_equals_the_text_comes_back_too(store: Store) -> None:
    number = store.open()
    store.append(number, text="all new", reply_text="all new")
    assert view(store, number).entries[-1].reply_text == "all new"


def test_a_fingerprint_is_in_the_log_once_per_partner(store: Store) -> None:
    entry = store.append(store.open(), fingerprint="f1")
    assert store.read(lambda conn: tickets.entry_by_fingerprint(conn, store.partner, "f1")) == entry
    with pytest.raises(IntegrityError):
        store.append(None, fingerprint="f1")
    ours, store.partner = store.partner, "other"
    assert store.read(lambda conn: tickets.entry_by_fingerprint(conn, "other", "f1")) is None
    store.append(None, fingerprint="f1")
    store.append(None, event=EventKind.SPAM)
    assert store.read(lambda conn: tickets.entry_by_fingerprint(conn, ours, "f1")) == entry


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([EntryKind.CUSTOMER], None),
        ([EntryKind.AUTOMATIC], None),  # an automatic answer is no response
        ([EntryKind.NOTE], None),
        ([EntryKind.CUSTOMER, EntryKind.AGENT], 1),
        ([EntryKind.AGENT, EntryKind.AGENT], 0),  # the first counts
    ],
)
def test_first_response_is_the_first_entry_of_an_agent(
    store: Store, kinds: list[EntryKind], expected: int | None
) -> None:
    number = store.open()
    for minute, kind in enumerate(kinds):
        store.append(number, kind=kind, at=NOW + timedelta(minutes=minute))
    first = view(store, number).ticket.first_response_at
    assert first == (None if expected is None else NOW + timedelta(minutes=expected))


def test_an_entry_for_an_unknown_ticket_is_refused(store: Store) -> None:
    with pytest.raises((NotFound, IntegrityError)):
        store.append(99)
    with pytest.raises(NotFound, match="no ticket 99"):
        store.write(lambda conn: changes.close(conn, 99, now=NOW, **BY))


Change = Callable[[Connection, int], int | None]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (
            lambda conn, number: changes.rise(conn, number, Rise(Severity.HIGH, NOW, None), now=NOW, **BY),
            {"severity": Severity.HIGH, "response_due_at": NOW, "resolution_due_at": None},
        ),
        (
            lambda conn, number: changes.set_severity(conn, number, Severity.LOW, None, None, now=NOW, **BY),
            {"severity": Severity.LOW, "response_due_at": None},
        ),
        (
            lambda conn, number: changes.close(conn, number, now=NOW, **BY),
            {"state": TicketState.CLOSED, "closed_at": NOW},
        ),
        (
            lambda conn, number: changes.reopen(conn, number, now=NOW, **BY),
            {"state": TicketState.OPEN, "closed_at": None},
        ),
        (lambda conn, number: changes.set_tenant(conn, number, None, now=NOW, **BY), {"tenant": None}),
        (
            lambda conn, number: changes.mark_spam(conn, number, now=NOW, **BY),
            {"state": TicketState.CLOSED, "flags": ("unverified", "spam")},
        ),
        (
            lambda conn, number: changes.add_flags(conn, number, (Flag.MACHINE, Flag.UNVERIFIED), now=NOW, **BY),
            {"flags": ("unverified", "machine")},
        ),
    ],
    ids=["rise", "set_severity", "close", "reopen", "set_tenant", "mark_spam", "add_flags"],
)
def test_a_change_shows_in_the_ticket_and_says_who_and_why(
    store: Store, change: Change, wanted: dict[str, Any]
) -> None:
    number = store.open(flags=(Flag.UNVERIFIED,))
    entry = store.write(lambda conn: change(conn, number))
    found = view(store, number)
    assert {name: getattr(found.ticket, name) for name in wanted} == wanted
    line = found.entries[-1]
    assert (line.id, line.kind, line.author, line.text) == (entry, EntryKind.CHANGE, BY["author"], BY["reason"])


def test_rises_count_for_the_address_that_caused_them(store: Store) -> None:
    number = store.open()
    effect = Rise(Severity.HIGH, None, None)
    for _ in range(2):
        store.write(
            lambda conn: changes.rise(
                conn, number, effect, now=store.later(hours=1), caused_by="ann@acme.example", **BY
            )
        )
    store.write(lambda conn: changes.rise(conn, number, effect, now=store.now, **BY))
    with store.database.read() as conn:
        assert tickets.rises_by(conn, store.partner, "ann@acme.example", NOW) == 2
        assert tickets.rises_by(conn, store.partner, "ann@acme.example", NOW + timedelta(minutes=90)) == 1
        assert tickets.rises_by(conn, store.partner, "bob@acme.example", NOW) == 0


def test_facts_are_what_the_decision_needs(store: Store) -> None:
    number = store.open(requester="ann@acme.example", flags=(Flag.HISTORY,))
    for address, outgoing in [("ann@acme.example", False), ("ann@acme.example", True), ("bob@acme.example", True)]:
        store.write(
            lambda conn, address=address, outgoing=outgoing: tickets.remember_id(  # type: ignore[misc]
                conn, store.partner, "m1@acme.example", ticket_id=number, address=address, outgoing=outgoing
            )
        )
    with store.database.read() as conn:
        assert tickets.facts(conn, store.partner, [number, 99, number]) == (
            TicketFacts(
                id=number,
                state=TicketState.OPEN,
                severity=Severity.NORMAL,
                tenant="acme",
                requester="ann@acme.example",
                opened_at=NOW,
                closed_at=None,
                response_due_at=NOW + timedelta(hours=4),
                parties=frozenset({"ann@acme.example", "bob@acme.example"}),
                writers=frozenset({"ann@acme.example"}),
                came=(Came("bob@acme.example", "acme", "acme"),),
                history=True,
            ),
        )
        assert tickets.facts(conn, "other", [number]) == (), "no partner sees another's tickets"
        assert tickets.facts(conn, store.partner, []) == ()


def test_known_ids_are_remembered_once_and_found_among_thousands(store: Store) -> None:
    number = store.open()

    def remember(conn: Connection) -> None:
        for _ in range(2):
            tickets.remember_id(
                conn, store.partner, "m1@acme.example", ticket_id=number, address="ann@acme.example", outgoing=False
            )

    store.write(remember)
    asked = [f"unknown-{count}@acme.example" for count in range(5000)] + ["m1@acme.example"] * 2
    with store.database.read() as conn:
        found = tickets.known_ids(conn, store.partner, asked)
        assert found == (KnownId("m1@acme.example", number, "ann@acme.example", outgoing=False),)
        assert tickets.known_ids(conn, "other", asked) == ()


def test_answered_by_human_needs_a_human(store: Store) -> None:
    number = store.open(requester="ann@acme.example")
    automatic = store.append(number, kind=EntryKind.AUTOMATIC)
    store.write(
        lambda conn: tickets.remember_id(
            conn,
            store.partner,
            "a1@northwind.example",
            ticket_id=number,
            address="ann@acme.example",
            outgoing=True,
            entry_id=automatic,
        )
    )

    def answered(address: str) -> bool:
        return store.read(lambda conn: tickets.answered_by_human(conn, store.partner, address))

    assert not answered("ann@acme.example")
    human = store.append(number, kind=EntryKind.AGENT)
    assert answered("ann@acme.example"), "an agent answered the ticket that she opened"
    assert not answered("bob@acme.example")
    store.write(
        lambda conn: tickets.remember_id(
            conn,
            store.partner,
            "a2@northwind.example",
            ticket_id=number,
            address="bob@acme.example",
            outgoing=True,
            entry_id=human,
        )
    )
    assert answered("bob@acme.example"), "an agent wrote to him"


MOVES = ("customer", "agent", "note", "rise", "set", "close", "reopen", "tenant", "flags", "spam")


def make_move(conn: Connection, move: str, number: int, store: Store, chance: random.Random) -> None:
    now = store.later(seconds=chance.randrange(1, 10_000))
    severity = chance.choice(list(Severity))
    due_at = chance.choice([None, now + timedelta(hours=4)])
    by: dict[str, Any] = {**BY, "now": now}
    match move:
        case "customer" | "agent" | "note":
            at = now - timedelta(minutes=chance.randrange(60))
            tickets.append_entry(
                conn, tickets.NewEntry(store.partner, EntryKind(move), at, now, ticket_id=number, text=move)
            )
        case "rise":
            changes.rise(conn, number, Rise(severity, due_at, None), caused_by="ann@acme.example", **by)
        case "set":
            changes.set_severity(conn, number, severity, due_at, due_at, **by)
        case "close":
            changes.close(conn, number, **by)
        case "reopen":
            changes.reopen(conn, number, **by)
        case "tenant":
            changes.set_tenant(conn, number, chance.choice([None, "acme", "globex"]), **by)
        case "flags":
            changes.add_flags(conn, number, [chance.choice(list(Flag))], **by)
        case "spam":
            changes.mark_spam(conn, number, **by)
        case _:
            pytest.fail(f"no such move: {move}")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("projection") / "mailbot.db"
    with open_database(path) as database:
        yield Store(database)


def test_all_rows_are_made_anew_unless_some_are_named(store: Store) -> None:
    numbers = [store.open(subject=subject) for subject in ("first", "second")]

    def subjects(*named: list[int]) -> list[str]:
        store.write(lambda conn: conn.execute(update(TICKET).values(subject="lost")))
        store.write(lambda conn: projection.rebuild_projection(conn, *named))
        return [view(store, number).ticket.subject for number in numbers]

    assert subjects() == ["first", "second"]
    assert subjects(numbers[1:]) == ["lost", "second"]


@given(
    history=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(MOVES)), max_size=25),
    seed=st.integers(0, 2**16),
)
def test_rows_made_anew_from_the_log_are_the_same(shared: Store, history: list[tuple[int, str]], seed: int) -> None:
    chance = random.Random(seed)
    opened = [
        shared.open(
            tenant=chance.choice([None, "acme"]),
            linked_to=chance.choice([None, 1001]) if count else None,
            flags=(Flag.MACHINE,) if chance.random() < 0.5 else (),
            requester_name="\N{SNOWMAN}",
        )
        for count in range(3)
    ]

    def live(conn: Connection) -> None:
        for which, move in history:
            make_move(conn, move, opened[which], shared, chance)

    shared.write(live)
    rows = select(TICKET).where(TICKET.c.id.in_(opened)).order_by(TICKET.c.id)
    before = shared.read(lambda conn: conn.execute(rows).all())

    def forget(conn: Connection) -> None:
        conn.execute(
            update(TICKET)
            .where(TICKET.c.id.in_(opened))
            .values(
                state="",
                severity="",
                subject="",
                requester="",
                requester_name="",
                flags=[],
                entries=-1,
                tenant="gone",
                partner="gone",
                opened_at=NOW,
                updated_at=NOW,
                closed_at=NOW,
                response_due_at=NOW,
                resolution_due_at=NOW,
                first_response_at=NOW,
                linked_to=None,
                playbook="gone",
            )
        )

    def forget_and_rebuild(conn: Connection) -> None:
        forget(conn)
        assert projection.rebuild_projection(conn, opened) == len(opened)

    shared.write(forget_and_rebuild)
    assert shared.read(lambda conn: conn.execute(rows).all()) == before
