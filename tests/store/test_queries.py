"""What people read: lists, one ticket whole, why, counts; and the small tables beside them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from mailbot.deciding.effects import EventKind, Flag, NoticeKind, TicketState
from mailbot.errors import NotFound
from mailbot.rules import Severity
from mailbot.store import changes, cursors, notices, outbox, quarantine, queries, spool
from mailbot.store.cursors import Cursor, Gap
from mailbot.store.outbox import OutboxState
from mailbot.store.queries import TicketFilter
from mailbot.store.tables import NOTICE
from tests.store.conftest import NOW, Store

BY: dict[str, Any] = {"author": "ops@northwind.example", "reason": "done"}


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (TicketFilter(), [1002, 1003, 1001]),  # the last changed first
        (TicketFilter(state=TicketState.OPEN), [1003, 1001]),
        (TicketFilter(state=TicketState.CLOSED), [1002]),
        (TicketFilter(severity=Severity.HIGH), [1003]),
        (TicketFilter(tenant="globex"), [1002]),
        (TicketFilter(limit=1), [1002]),
        (TicketFilter(limit=1, offset=1), [1003]),
        (TicketFilter(state=TicketState.OPEN, tenant="globex"), []),
        (TicketFilter(search="1002", state=TicketState.OPEN), []),
    ],
)
def test_list_of_tickets(store: Store, wanted: TicketFilter, numbers: list[int]) -> None:
    store.open()
    store.later(minutes=1)
    closed = store.open(tenant="globex")
    store.later(minutes=1)
    store.open(severity=Severity.HIGH)
    store.write(lambda conn: changes.close(conn, closed, now=store.later(minutes=1), **BY))
    with store.database.read() as conn:
        assert [ticket.id for ticket in queries.tickets(conn, store.partner, wanted)] == numbers
        assert queries.tickets(conn, "other", wanted) == ()


def test_the_most_urgent_come_first(store: Store) -> None:
    hour = timedelta(hours=1)
    names = {
        "closed long ago": store.open(severity=Severity.CRITICAL, response_due_at=NOW - 9 * hour),
        "closed": store.open(severity=Severity.CRITICAL, response_due_at=NOW - 9 * hour),
        "best effort": store.open(response_due_at=None),
        "later": store.open(severity=Severity.HIGH, response_due_at=NOW + 2 * hour),
        "sooner": store.open(severity=Severity.LOW, response_due_at=NOW + hour),
        "overdue": store.open(response_due_at=NOW - hour),
        "long overdue": store.open(severity=Severity.LOW, response_due_at=NOW - 2 * hour),
        "critical": store.open(severity=Severity.CRITICAL, response_due_at=NOW + hour),
        "critical and overdue": store.open(severity=Severity.CRITICAL, response_due_at=NOW - hour),
    }
    for name in ("closed long ago", "closed"):
        store.write(partial(changes.close, ticket_id=names[name], now=store.later(minutes=1), **BY))
    with store.database.read() as conn:
        found = queries.tickets(conn, store.partner, TicketFilter(urgent_at=NOW))
        some = queries.tickets(conn, store.partner, TicketFilter(urgent_at=NOW, limit=3))
    assert [ticket.id for ticket in found] == list(reversed(names.values()))
    assert found[:3] == some


def fill(store: Store) -> tuple[int, int, int, int]:
    arrival = store.accept(from_address="ann@acme.example")
    assert arrival is not None
    ticket = store.open()
    entry = store.append(ticket, arrival_id=arrival, message_id="m1@acme.example", from_address="ann@acme.example")
    store.write(lambda conn: spool.finish(conn, arrival, entry=entry, message_id="m1@acme.example"))
    mail = store.queue(ticket_id=ticket, entry_id=entry, message_id="o1@northwind.example")
    assert mail is not None
    return arrival, ticket, entry, mail


def test_one_ticket_whole(store: Store) -> None:
    arrival, ticket, entry, mail = fill(store)
    found = store.read(lambda conn: queries.ticket(conn, store.partner, ticket))
    assert found is not None
    assert [line.id for line in found.entries][-1] == entry
    assert [one.id for one in found.mails] == [mail]
    assert [one.id for one in found.arrivals] == [arrival]
    assert found.arrivals[0].size == len(b"Subject: dial tone\r\n\r\nnone\r\n")
    assert store.read(lambda conn: queries.ticket(conn, "other", ticket)) is None


def test_why_by_message_id_number_and_address(store: Store) -> None:
    arrival, ticket, entry, mail = fill(store)
    day = (NOW - timedelta(hours=9), NOW + timedelta(hours=15))
    with store.database.read() as conn:
        incoming = queries.why_message(conn, store.partner, "m1@acme.example")
        assert ([one.id for one in incoming.arrivals], [one.id for one in incoming.entries]) == ([arrival], [entry])
        outgoing = queries.why_message(conn, store.partner, "o1@northwind.example")
        assert ([one.id for one in outgoing.mails], [one.id for one in outgoing.entries]) == ([mail], [entry])
        whole = queries.why_ticket(conn, store.partner, ticket)
        assert ([one.id for one in whole.arrivals], [one.id for one in whole.mails]) == ([arrival], [mail])
        address = queries.why_address(conn, store.partner, "ann@acme.example", *day)
        assert ([one.id for one in address.arrivals], [one.id for one in address.mails]) == ([arrival], [mail])
        for nothing in (
            queries.why_message(conn, store.partner, "unknown@acme.example"),
            queries.why_ticket(conn, store.partner, 99),
            queries.why_address(conn, store.partner, "ann@acme.example", day[1], day[1] + timedelta(days=1)),
            queries.why_address(conn, "other", "ann@acme.example", *day),
        ):
            assert nothing == queries.Why((), (), ())


def test_lists_of_the_outbox(store: Store) -> None:
    first, second = store.queue(), store.queue(held=True)
    with store.database.read() as conn:
        assert [mail.id for mail in queries.outbox(conn, store.partner)] == [second, first]
        held = queries.outbox(conn, store.partner, [OutboxState.HELD, OutboxState.FAILED])
        assert [mail.id for mail in held] == [second]
        assert queries.mail(conn, "other", first or 0) is None
        with pytest.raises(NotFound):
            queries.mail_bytes(conn, 99)


def test_counts_name_what_waits_and_what_needs_people(store: Store) -> None:
    numbers = [store.accept() for _ in range(3)]
    assert numbers[0] is not None
    store.write(lambda conn: quarantine.quarantine(conn, numbers[0] or 0, "unreadable", now=NOW))
    store.open()
    store.queue()
    store.queue(held=True)
    sent = store.queue(priority=1)
    assert sent is not None
    store.write(lambda conn: outbox.claim(conn, store.partner, NOW, 1))
    store.write(lambda conn: outbox.mark_sent(conn, sent, now=NOW))
    store.write(lambda conn: notices.add_notice(conn, store.partner, NoticeKind.HELD, now=NOW))
    with store.database.read() as conn:
        counts = queries.counts(conn, store.partner)
        empty = queries.counts(conn, "other")
    assert (counts.waiting, counts.slow, counts.quarantined) == (2, 0, 1)
    assert (counts.open_tickets, counts.notices, counts.oldest_waiting_at) == (1, 1, NOW)
    assert {state: count for state, count in counts.outbox.items() if count} == {
        OutboxState.QUEUED: 1,
        OutboxState.HELD: 1,
    }
    assert OutboxState.SENT not in counts.outbox
    assert (empty.waiting, empty.oldest_waiting_at, sum(empty.outbox.values())) == (0, None, 0)


def test_events_are_messages_without_a_ticket(store: Store) -> None:
    store.append(store.open())
    first = store.append(None, event=EventKind.SPAM, flags=(Flag.SPAM,))
    second = store.append(None, event=EventKind.BOUNCE)
    found = store.read(lambda conn: queries.events(conn, store.partner))
    assert [(event.id, event.event) for event in found] == [(second, "bounce"), (first, "spam")]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT id FROM arrival WHERE state <> 'done' AND partner = ? AND state = ? AND id > 0", "ix_arrival_state"),
        ("SELECT id FROM entry WHERE partner = ? AND fingerprint = ?", "ix_entry_fingerprint"),
        ("SELECT id FROM known_id WHERE partner = ? AND message_id IN (?, ?)", "ix_known_id_message_id"),
        ("SELECT id FROM outbox WHERE partner = ? AND next_attempt_at <= ?", "ix_outbox_due"),
        ("SELECT id FROM outbox WHERE counted AND partner = ? AND created_at >= ?", "ix_outbox_unlisted"),
        ("SELECT id FROM outbox WHERE partner = ? AND recipient = ?", "ix_outbox_recipient"),
        ("SELECT id FROM arrival WHERE entry_id IN (?, ?)", "ix_arrival_entry_id"),
        ("SELECT id FROM ticket WHERE partner = ? ORDER BY updated_at DESC", "ix_ticket_updated_at"),
    ],
)
def test_questions_asked_for_each_mail_have_an_index(store: Store, statement: str, index: str) -> None:
    parameters = ("x",) * statement.count("?")
    with store.database.read() as conn:
        plan = " ".join(row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
    assert index in plan


def test_notices_wait_until_a_mail_tells_them(store: Store) -> None:
    ticket = store.open()

    def add(kind: NoticeKind, **more: Any) -> int:
        return store.write(lambda conn: notices.add_notice(conn, store.partner, kind, now=NOW, **more))

    def pending(limit: int = 9) -> notices.Pending | None:
        return store.read(lambda conn: notices.pending_notices(conn, store.partner, limit))

    assert pending() is None
    first = add(NoticeKind.REPLY)
    second = add(NoticeKind.NEW_TICKET, urgent=True, text="critical", ticket_id=ticket)
    found = pending()
    assert found is not None
    assert [(one.id, one.kind, one.urgent, one.ticket_id) for one in found.notices] == [
        (second, NoticeKind.NEW_TICKET, True, ticket),
        (first, NoticeKind.REPLY, False, None),
    ]
    assert (found.count, found.last_id) == (2, second)
    few = pending(1)
    assert few is not None
    assert ([one.id for one in few.notices], few.count) == ([second], 2), "what is not named is counted"
    third = add(NoticeKind.REPLY)
    store.write(lambda conn: notices.assign_notices(conn, "other", third, "notices-0"))
    store.write(lambda conn: notices.assign_notices(conn, store.partner, second, "notices-1"))
    left = pending()
    assert left is not None
    assert [one.id for one in left.notices] == [third], "what came after the mail was written waits for the next"
    with store.database.read() as conn:
        keys = conn.execute(select(NOTICE.c.outbox_key).order_by(NOTICE.c.id)).scalars().all()
    assert keys == ["notices-1", "notices-1", None]


def test_the_clock_looks_for_an_urgent_notice_by_index(store: Store) -> None:
    statement = "SELECT max(urgent) FROM notice WHERE outbox_key IS NULL AND partner = ?"
    with store.database.read() as conn:
        plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("x",))]
    assert any("USING INDEX ix_notice_urgent" in step for step in plan), plan


def test_a_cursor_is_kept_and_replaced(store: Store) -> None:
    def look(folder: str = "INBOX") -> Cursor | None:
        return store.read(lambda conn: cursors.cursor(conn, store.partner, "support", folder))

    assert look() is None
    first = Cursor("support", "INBOX", 4_294_967_295, 17, NOW)
    later = Cursor(
        "support",
        "INBOX",
        5,
        0,
        NOW,
        last_uid=4_294_967_295,
        since=NOW,
        renumbered=True,
        reconciled_at=NOW,
        checked_at=NOW,
        error="no route to host",
    )
    for cursor in (first, later):
        store.write(lambda conn, cursor=cursor: cursors.put_cursor(conn, store.partner, cursor))  # type: ignore[misc]
        assert look() == cursor
    assert look("Junk") is None


def test_known_uids_are_those_of_one_folder_and_uidvalidity(store: Store) -> None:
    for folder, uidvalidity, uid in [("INBOX", 1, 5), ("INBOX", 1, 9), ("INBOX", 2, 6), ("Junk", 1, 7)]:
        store.accept(mailbox="support", folder=folder, uidvalidity=uidvalidity, uid=uid)
    with store.database.read() as conn:
        assert cursors.known_uids(conn, store.partner, "support", "INBOX", 1) == {5, 9}
        assert cursors.known_uids(conn, "other", "support", "INBOX", 1) == set()


def test_facts_are_replaced(store: Store) -> None:
    assert store.read(lambda conn: cursors.fact(conn, store.partner, "plus_addressing")) is None
    for value in ("no", "yes"):
        store.write(
            lambda conn, value=value: cursors.set_fact(  # type: ignore[misc]
                conn, store.partner, "plus_addressing", value, NOW
            )
        )
    assert store.read(lambda conn: cursors.fact(conn, store.partner, "plus_addressing")) == "yes"


@pytest.mark.parametrize(
    ("minutes", "gaps"),
    [
        ([], [(0, 60)]),
        ([0, 2, 4, *range(5, 61, 3), 60], []),
        ([0, 3, 10, 12], [(3, 10), (12, 60)]),
        ([20, 22], [(0, 20), (22, 60)]),
        ([-10, -8, 58, 61], [(0, 58)]),
        # A clock that ran ahead for a moment hides nothing that follows.
        ([0, 1_000_000, 2, 4], [(0, 2), (4, 60)]),
    ],
)
def test_gaps_are_when_nobody_watched(store: Store, minutes: list[int], gaps: list[tuple[int, int]]) -> None:
    for minute in minutes:
        at = NOW + timedelta(minutes=minute)
        store.write(
            lambda conn, at=at: cursors.watched(  # type: ignore[misc]
                conn, store.partner, "support", at, tolerance=timedelta(minutes=3)
            )
        )
    with store.database.read() as conn:
        found = cursors.watch_gaps(conn, store.partner, "support", NOW, NOW + timedelta(minutes=60))
        names = cursors.watched_mailboxes(conn, store.partner)
    assert found == tuple(Gap(NOW + timedelta(minutes=a), NOW + timedelta(minutes=b)) for a, b in gaps)
    assert names == (("support",) if minutes else ())
