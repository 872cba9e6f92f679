"""Incidents as they are written down, and which tickets are about one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from mailbot.deciding.effects import EntryKind
from mailbot.deciding.incidents import IncidentState, Told, Update, UpdateKind
from mailbot.rules import Playbook
from mailbot.store import incidents, projection
from mailbot.store.soundness import set_aside
from tests.store.conftest import NOW, Store


def opened(store: Store, title: str = "Outgoing calls fail") -> int:
    return store.write(
        lambda conn: incidents.open_incident(
            conn, store.partner, title, Playbook.OUTBOUND_CALLS, words="We look into it.", author="dana", now=store.now
        )
    )


def attached(store: Store, number: int | None, ticket: int) -> None:
    store.append(ticket, kind=EntryKind.CHANGE, author="dana", text="the same", change={"incident": number})


def test_an_incident_comes_back_with_all_that_was_said_of_it(store: Store) -> None:
    number = opened(store)
    store.later(minutes=20)
    store.write(
        lambda conn: incidents.say(conn, store.partner, number, "The carrier is at it.", author="b", now=store.now)
    )
    [found] = store.read(lambda conn: incidents.current(conn, store.partner))
    assert (found.number, found.title, found.playbook) == (number, "Outgoing calls fail", Playbook.OUTBOUND_CALLS)
    assert (found.state, found.opened_at, found.resolved_at) == (IncidentState.OPEN, NOW, None)
    assert found.updates == (
        Update(NOW, UpdateKind.OPEN, "We look into it.", "dana"),
        Update(NOW + timedelta(minutes=20), UpdateKind.UPDATE, "The carrier is at it.", "b"),
    )


def test_one_that_is_over_is_history_and_lasts_no_more(store: Store) -> None:
    number = opened(store)
    store.later(hours=2)
    store.write(lambda conn: incidents.resolve(conn, store.partner, number, author="dana", now=store.now))
    assert store.read(lambda conn: incidents.current(conn, store.partner)) == ()
    found = store.read(lambda conn: incidents.incident(conn, store.partner, number))
    assert found is not None
    assert (found.state, found.resolved_at) == (IncidentState.RESOLVED, NOW + timedelta(hours=2))
    assert [one.kind for one in found.updates] == [UpdateKind.OPEN, UpdateKind.RESOLVE]


def test_history_has_what_lasted_within_a_span(store: Store) -> None:
    first = opened(store, "first")
    store.later(hours=1)
    store.write(lambda conn: incidents.resolve(conn, store.partner, first, author="dana", now=store.now))
    second = opened(store, "second")

    def numbers(since: float | None, until: float | None) -> list[int]:
        at = [None if hours is None else NOW + timedelta(hours=hours) for hours in (since, until)]
        return [one.number for one in store.read(lambda conn: incidents.history(conn, store.partner, *at))]

    assert numbers(None, None) == [first, second]
    assert numbers(2, None) == [second], "what lasts on belongs to every later span"
    assert numbers(0.5, 0.9) == [first]
    assert numbers(None, 1.5) == [first, second]


def test_of_another_partner_nothing_is_seen(store: Store) -> None:
    number = opened(store)
    for ask in (incidents.current, incidents.history, incidents.matching):
        assert store.read(lambda conn, ask=ask: ask(conn, "southwind")) == ()  # type: ignore[misc]
    assert store.read(lambda conn: incidents.incident(conn, "southwind", number)) is None
    assert store.read(lambda conn: incidents.tickets_of(conn, "southwind", number)) == ()


def test_a_ticket_says_in_its_log_which_incident_it_is_about(store: Store) -> None:
    number, ticket, other = opened(store), store.open(), store.open()
    attached(store, number, ticket)
    assert store.read(lambda conn: incidents.tickets_of(conn, store.partner, number)) == (ticket,)
    assert store.read(lambda conn: incidents.of_ticket(conn, ticket)) == number
    assert store.read(lambda conn: incidents.of_ticket(conn, other)) is None
    assert store.read(lambda conn: projection.folded(conn, ticket))["incident"] == number
    attached(store, None, ticket)
    assert store.read(lambda conn: incidents.tickets_of(conn, store.partner, number)) == ()


def test_new_mail_is_held_against_what_customers_wrote_first(store: Store) -> None:
    number, ticket, by_us = opened(store), store.open(playbook=Playbook.OUTBOUND_CALLS), store.open()
    store.append(ticket, subject="No calls out", text="We cannot call anybody.", from_address="ann@acme.example")
    store.append(ticket, subject="Re: No calls out", text="Still nothing.", from_address="ann@acme.example")
    store.append(by_us, kind=EntryKind.AGENT, subject="We saw", text="your calls fail")
    for one in (ticket, by_us):
        attached(store, number, one)
    [found] = store.read(lambda conn: incidents.matching(conn, store.partner))
    assert (found.incident.number, found.incident.playbook) == (number, Playbook.OUTBOUND_CALLS)
    assert found.told == (Told("No calls out", "We cannot call anybody.", Playbook.OUTBOUND_CALLS),)


def test_new_mail_is_held_against_few_texts_and_the_newest(store: Store) -> None:
    number = opened(store)
    for count in range(15):
        ticket = store.open()
        store.append(ticket, subject=f"mail {count}", text="x" * 10_000)
        attached(store, number, ticket)
    [found] = store.read(lambda conn: incidents.matching(conn, store.partner))
    assert [one.subject for one in found.told] == [f"mail {count}" for count in range(3, 15)]
    assert max(len(one.text) for one in found.told) == 2_000


def test_how_a_ticket_stands_to_its_incident(store: Store) -> None:
    number, ticket, other = opened(store), store.open(), store.open()
    attached(store, number, ticket)

    def standing() -> dict[int, incidents.Standing]:
        return store.read(lambda conn: incidents.standing(conn, [ticket, other]))

    assert standing() == {ticket: incidents.Standing(lasts=True)}
    store.write(lambda conn: incidents.resolve(conn, store.partner, number, author="dana", now=store.now))
    assert standing() == {ticket: incidents.Standing(lasts=False)}
    store.append(ticket, kind=EntryKind.AGENT, text="Is all well?", decision={"act": 7, incidents.ASKS: True})
    assert standing() == {ticket: incidents.Standing(lasts=False, asked=True)}
    store.append(ticket, kind=EntryKind.AGENT, text="Shall I call you?")
    assert standing() == {ticket: incidents.Standing(lasts=False)}


def test_a_ticket_whose_incident_is_damaged_is_about_none_that_lasts(store: Store) -> None:
    """The row that a disk has changed is emptied, and has no end."""
    number, ticket = opened(store), store.open()
    attached(store, number, ticket)
    store.write(lambda conn: conn.execute(text("UPDATE incident SET opened_at = 'garbage'")))
    [damaged] = store.write(lambda conn: set_aside(conn, store.partner, store.now))
    assert damaged.table == "incident"
    assert store.read(lambda conn: incidents.standing(conn, [ticket])) == {}


def test_what_lasted_in_a_span_with_its_tickets_and_whose_they_are(store: Store) -> None:
    number = opened(store)
    for tenant in ("acme", "acme", "bolt"):
        attached(store, number, store.open(tenant=tenant))
    later = NOW + timedelta(hours=1)
    [found] = store.read(lambda conn: incidents.lasted(conn, store.partner, NOW, later))
    assert (found.incident.number, found.tickets, found.customers) == (number, (1001, 1002, 1003), 2)
    [of_bolt] = store.read(lambda conn: incidents.lasted(conn, store.partner, NOW, later, tenant="bolt"))
    assert (of_bolt.tickets, of_bolt.customers) == ((1003,), 1)
    assert store.read(lambda conn: incidents.lasted(conn, store.partner, NOW, later, tenant="crown")) == ()
    assert store.read(lambda conn: incidents.lasted(conn, store.partner, NOW - timedelta(hours=2), NOW)) == ()
