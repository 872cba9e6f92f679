"""The outbox: asked once, claimed once, and every end is one that people can see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from mailbot.deciding.context import PastAnswer, SentMail
from mailbot.deciding.effects import AnswerKind, EntryKind, MarkBounced
from mailbot.errors import NotFound, StoreError
from mailbot.store import answers, handling, mending, outbox, queries, standing
from mailbot.store.outbox import Audience, ClaimedMail, OutboxState
from mailbot.store.packing import compress
from mailbot.store.tables import ENTRY, OUTBOX
from tests.store.conftest import NOW, Store

BY: dict[str, Any] = {"author": "ops@northwind.example", "reason": "asked by phone", "now": NOW}
S = OutboxState


def state(store: Store, number: int) -> OutboxState:
    found = store.read(lambda conn: queries.mail(conn, store.partner, number))
    assert found is not None
    return found.state


def claim(store: Store, limit: int = 8) -> list[ClaimedMail]:
    def work(conn: Connection) -> list[ClaimedMail]:
        outbox.expire(conn, store.partner, store.now)
        return outbox.claim(conn, store.partner, store.now, limit)

    return store.write(work)


def queued(store: Store, **values: Any) -> int:
    number = store.queue(**values)
    assert number is not None
    return number


def set_state(store: Store, number: int, wanted: OutboxState) -> None:
    waiting = store.now if wanted in {S.QUEUED, S.DEFERRED} else None
    store.write(
        lambda conn: conn.execute(
            update(OUTBOX).where(OUTBOX.c.id == number).values(state=wanted, next_attempt_at=waiting)
        )
    )


def test_a_mail_is_claimed_as_it_was_queued(store: Store) -> None:
    ticket = store.open()
    raw = b"Subject: =?utf-8?q?St=C3=B6rung?=\r\n\r\n\xff\x00\r\n"
    number = queued(
        store, raw=raw, reverse_path="bounce+x@northwind.example", ticket_id=ticket, may_repeat=True, priority=3,
        expires_at=NOW + timedelta(hours=2), message_id="o1@northwind.example", kind="emergency",
    )  # fmt: skip
    assert claim(store) == [
        ClaimedMail(
            id=number,
            ticket_id=ticket,
            kind="emergency",
            recipient="ann@acme.example",
            reverse_path="bounce+x@northwind.example",
            message_id="o1@northwind.example",
            packed=compress(raw),
            attempts=1,
            first_attempt_at=NOW,
            priority=3,
        )
    ]
    assert state(store, number) is S.SUBMITTING
    assert store.read(lambda conn: queries.mail_bytes(conn, number)) == raw
    assert claim(store) == [], "what is being submitted is not claimed again"
    assert store.read(lambda conn: outbox.next_due_at(conn, store.partner)) is None, "nor waited for"


def test_asking_twice_is_asking_once(store: Store) -> None:
    first = queued(store, key="answer-1", raw=b"first")
    assert store.queue(key="answer-1", raw=b"second", message_id="other@northwind.example") is None
    assert store.read(lambda conn: queries.mail_bytes(conn, first)) == b"first"
    store.partner = "other"
    assert store.queue(key="answer-1") is not None, "keys are a partner's own"


def test_two_mails_never_share_a_message_id(store: Store) -> None:
    queued(store, message_id="o1@northwind.example")
    with pytest.raises(IntegrityError):
        store.queue(message_id="o1@northwind.example")


def test_urgent_mail_goes_first_then_in_order(store: Store) -> None:
    late, early, urgent, last = (
        queued(store, priority=priority, recipient=f"{name}@acme.example")
        for priority, name in ((50, "ann"), (50, "bob"), (1, "cat"), (90, "dan"))
    )
    assert [mail.id for mail in claim(store, 3)] == [urgent, late, early]
    assert [mail.id for mail in claim(store)] == [last]


def test_two_mails_to_one_recipient_leave_one_after_the_other(store: Store) -> None:
    first, second = queued(store), queued(store)
    other = queued(store, recipient="bob@acme.example", priority=90)
    assert [mail.id for mail in claim(store)] == [first, other]
    assert claim(store) == []
    assert store.read(lambda conn: outbox.next_attempt_at(conn, store.partner)) is None
    store.write(lambda conn: outbox.mark_sent(conn, first, now=NOW))
    assert store.read(lambda conn: outbox.next_attempt_at(conn, store.partner)) == NOW
    assert [mail.id for mail in claim(store)] == [second]


def test_one_partner_s_mail_under_way_holds_up_no_other_partner_s(store: Store) -> None:
    queued(store)
    claim(store)
    store.partner = "other"
    number = queued(store)
    assert [mail.id for mail in claim(store)] == [number]


def test_one_audience_may_be_claimed_alone(store: Store) -> None:
    queued(store)
    ours = queued(store, recipient="dana@northwind.example", audience=Audience.TEAM, priority=90)
    team = store.write(lambda conn: outbox.claim(conn, store.partner, store.now, audience=Audience.TEAM))
    assert [mail.id for mail in team] == [ours]


def test_what_is_urgent_and_was_put_off_is_due_once_the_relay_takes_mail_again(store: Store) -> None:
    urgent, usual = queued(store, priority=0), queued(store, recipient="bob@acme.example")
    for mail in claim(store):
        again_at = NOW + timedelta(minutes=mail.priority + 5)
        store.write(lambda conn, mail=mail, at=again_at: outbox.mark_deferred(conn, mail.id, at))  # type: ignore[misc]
    store.write(lambda conn: mending.hasten(conn, store.partner, store.now, urgent=5))
    assert [mail.id for mail in claim(store)] == [urgent]
    store.later(hours=1)
    assert [mail.id for mail in claim(store)] == [usual]


def test_what_a_wrong_clock_put_off_for_years_is_due_when_it_is_right(store: Store) -> None:
    put_off, usual = queued(store), queued(store, recipient="bob@acme.example", audience=Audience.TEAM)
    for mail, again_at in zip(claim(store), (NOW + timedelta(days=3650), NOW + timedelta(hours=3)), strict=True):
        store.write(lambda conn, mail=mail, at=again_at: outbox.mark_deferred(conn, mail.id, at))  # type: ignore[misc]
    assert store.write(lambda conn: mending.forget_wrong_clock(conn, store.partner, store.now)) == 1
    assert [mail.id for mail in claim(store)] == [put_off]
    store.later(hours=3)
    assert [mail.id for mail in claim(store)] == [usual]


def test_what_an_outage_did_to_customers_is_counted(store: Store) -> None:
    queued(store, expires_at=NOW - timedelta(hours=1))
    store.write(lambda conn: outbox.expire(conn, store.partner, NOW - timedelta(minutes=30)))
    for name in ("bob", "cat"):
        queued(store, recipient=f"{name}@acme.example", expires_at=NOW)
    claim(store)
    queued(store, recipient="dana@northwind.example", audience=Audience.TEAM)
    queued(store, recipient="held@acme.example", held=True)
    queued(store, recipient="eve@acme.example")
    assert store.read(lambda conn: standing.delayed(conn, store.partner, NOW)) == standing.Delay(waited=1, expired=2)


def test_nothing_leaves_before_its_time(store: Store) -> None:
    number = queued(store)
    claim(store)
    store.write(lambda conn: outbox.mark_deferred(conn, number, NOW + timedelta(minutes=5)))
    assert claim(store) == []
    assert store.read(lambda conn: outbox.next_due_at(conn, store.partner)) == NOW + timedelta(minutes=5)
    store.later(minutes=5)
    assert [mail.id for mail in claim(store)] == [number]
    assert store.read(lambda conn: outbox.next_due_at(conn, store.partner)) is None


def test_what_would_come_too_late_expires_instead(store: Store) -> None:
    number = queued(store, expires_at=NOW + timedelta(hours=1))
    store.later(minutes=59)
    assert store.write(lambda conn: outbox.expire(conn, store.partner, store.now)) == []
    store.later(minutes=1)
    assert store.write(lambda conn: outbox.expire(conn, "other", store.now)) == []
    expired = store.write(lambda conn: outbox.expire(conn, store.partner, store.now))
    assert claim(store) == []
    assert [(mail.id, mail.state, mail.recipient) for mail in expired] == [(number, S.EXPIRED, "ann@acme.example")]
    assert state(store, number) is S.EXPIRED
    assert store.write(lambda conn: outbox.unsent(conn, number)) == expired[0]
    assert store.read(lambda conn: outbox.next_due_at(conn, store.partner)) is None


def test_a_deferred_mail_expires_even_when_its_next_attempt_is_far(store: Store) -> None:
    number = queued(store, expires_at=NOW + timedelta(hours=1))
    claim(store)
    store.write(lambda conn: outbox.mark_deferred(conn, number, NOW + timedelta(hours=4), code=451, text="later"))
    store.later(hours=2)
    claim(store)
    assert state(store, number) is S.EXPIRED


def test_a_deferred_mail_is_tried_again_and_counted(store: Store) -> None:
    number = queued(store)
    claim(store)
    store.write(
        lambda conn: outbox.mark_deferred(conn, number, NOW + timedelta(minutes=1), code=451, text="4.7.1 greylisted")
    )
    assert claim(store) == []
    store.later(minutes=1)
    (mail,) = claim(store)
    assert (mail.attempts, mail.first_attempt_at) == (2, NOW)
    found = store.read(lambda conn: queries.mail(conn, store.partner, number))
    assert found is not None
    assert (found.reply_code, found.reply_text) == (451, "4.7.1 greylisted")


def test_a_relay_that_cannot_be_used_costs_no_attempt(store: Store) -> None:
    number = queued(store)
    for minute in range(1, 4):
        claim(store)
        store.write(
            lambda conn, minute=minute: outbox.put_back(  # type: ignore[misc]
                conn, number, NOW + timedelta(minutes=minute), text="535 sign-in refused"
            )
        )
        assert state(store, number) is S.QUEUED
        store.later(minutes=1)
    (mail,) = claim(store)
    assert (mail.attempts, mail.first_attempt_at) == (1, store.now)


Mark = Callable[[Connection, int], object]
MARKS: dict[str, tuple[Mark, OutboxState]] = {
    "sent": (lambda conn, number: outbox.mark_sent(conn, number, now=NOW, code=250, text="2.0.0 ok"), S.SENT),
    "failed": (lambda conn, number: outbox.mark_failed(conn, number, now=NOW, code=550, text="no such user"), S.FAILED),
    "deferred": (lambda conn, number: outbox.mark_deferred(conn, number, NOW, code=451), S.DEFERRED),
    "unclear": (lambda conn, number: outbox.mark_unclear(conn, number, now=NOW), S.UNCLEAR),
    "put back": (lambda conn, number: outbox.put_back(conn, number, NOW), S.QUEUED),
}


@pytest.mark.parametrize("name", MARKS)
def test_marks_lead_from_submitting_to_their_state(store: Store, name: str) -> None:
    mark, wanted = MARKS[name]
    number = queued(store)
    claim(store)
    store.write(lambda conn: mark(conn, number))
    found = store.read(lambda conn: queries.mail(conn, store.partner, number))
    assert found is not None
    assert found.state is wanted
    assert (found.done_at is not None) == (wanted in {S.SENT, S.FAILED, S.UNCLEAR})
    assert (found.next_attempt_at is not None) == (wanted in {S.QUEUED, S.DEFERRED})


@pytest.mark.parametrize("name", MARKS)
@pytest.mark.parametrize("before", [one for one in S if one is not S.SUBMITTING])
def test_marks_are_refused_in_any_other_state(store: Store, name: str, before: OutboxState) -> None:
    mark, _ = MARKS[name]
    number = queued(store)
    set_state(store, number, before)
    with pytest.raises(StoreError, match="not being submitted"):
        store.write(lambda conn: mark(conn, number))
    assert state(store, number) is before


def test_what_may_repeat_goes_once_more_under_the_same_message_id_and_then_stays_unclear(store: Store) -> None:
    number = queued(store, may_repeat=True)
    (first,) = claim(store)
    again_at = NOW + timedelta(minutes=10)
    assert store.write(lambda conn: outbox.mark_unclear(conn, number, now=NOW, again_at=again_at)) is S.QUEUED
    assert claim(store) == []
    store.later(minutes=10)
    (second,) = claim(store)
    assert (second.message_id, second.raw) == (first.message_id, first.raw)
    assert store.write(lambda conn: outbox.mark_unclear(conn, number, now=NOW)) is S.UNCLEAR
    assert claim(store) == []


def test_what_may_not_repeat_stays_unclear_at_once(store: Store) -> None:
    number = queued(store)
    claim(store)
    assert store.write(lambda conn: outbox.mark_unclear(conn, number, now=NOW)) is S.UNCLEAR


def test_recovery_after_a_crash(store: Store) -> None:
    once, repeatable, repeated, waiting, held = (
        queued(store), queued(store, may_repeat=True, recipient="bob@acme.example"),
        queued(store, may_repeat=True, recipient="cat@acme.example"), queued(store, priority=90),
        queued(store, held=True),
    )  # fmt: skip
    claim(store, 3)
    store.write(lambda conn: conn.execute(update(OUTBOX).where(OUTBOX.c.id == repeated).values(repeats=1)))
    found = store.write(lambda conn: mending.recover(conn, store.partner, NOW))
    assert found == [(once, S.UNCLEAR), (repeatable, S.QUEUED), (repeated, S.UNCLEAR)]
    assert [state(store, number) for number in (waiting, held)] == [S.QUEUED, S.HELD]
    assert store.write(lambda conn: mending.recover(conn, store.partner, NOW)) == [], "recovery is done once"
    assert [mail.id for mail in claim(store)] == [repeatable, waiting]


ACTS: dict[str, tuple[Callable[..., None], set[OutboxState], OutboxState]] = {
    "hold": (handling.hold, {S.QUEUED, S.DEFERRED}, S.HELD),
    "release": (handling.release, {S.HELD}, S.QUEUED),
    "drop": (handling.drop, {S.HELD, S.QUEUED, S.DEFERRED, S.FAILED, S.UNCLEAR}, S.DROPPED),
    "retry": (handling.retry, {S.DEFERRED, S.FAILED, S.UNCLEAR, S.EXPIRED}, S.QUEUED),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("before", list(S))
def test_what_people_may_do_in_which_state(store: Store, act: str, before: OutboxState) -> None:
    do, allowed, after = ACTS[act]
    number = queued(store)
    set_state(store, number, before)
    if before in allowed:
        store.write(lambda conn: do(conn, number, **BY))
        assert state(store, number) is after
        assert [mail.id for mail in claim(store)] == ([number] if after is S.QUEUED else [])
    else:
        with pytest.raises(StoreError, match=f"mail {number} is {before}"):
            store.write(lambda conn: do(conn, number, **BY))
        assert state(store, number) is before


@pytest.mark.parametrize("do", [handling.retry, handling.release])
def test_of_a_mail_that_waits_already_it_is_said_that_it_leaves_by_itself(
    store: Store, do: Callable[..., None]
) -> None:
    number = queued(store)
    with pytest.raises(StoreError, match="as soon as the relay takes it; `mailbot status` says"):
        store.write(lambda conn: do(conn, number, **BY))


def test_what_people_do_is_in_the_log(store: Store) -> None:
    ticket = store.open()
    number = queued(store, ticket_id=ticket)
    store.write(lambda conn: handling.drop(conn, number, **BY))
    line = store.read(lambda conn: conn.execute(select(ENTRY).order_by(ENTRY.c.id.desc()).limit(1)).one())
    assert (line.ticket_id, line.kind, line.author) == (ticket, EntryKind.CHANGE, BY["author"])
    assert line.decision == {"outbox": number, "from": "queued", "to": "dropped"}
    with pytest.raises(NotFound):
        store.write(lambda conn: handling.drop(conn, 99, **BY))


def test_a_retried_mail_starts_from_the_beginning_and_expires_no_more(store: Store) -> None:
    number = queued(store, expires_at=NOW + timedelta(hours=1))
    store.later(hours=2)
    claim(store)
    store.write(lambda conn: handling.retry(conn, number, author="ops", reason="", now=store.now))
    (mail,) = claim(store)
    assert mail.attempts == 1
    assert store.read(lambda conn: outbox.next_expiry_at(conn, store.partner)) is None


def test_a_bounce_finds_its_mail_and_is_noted_on_it(store: Store) -> None:
    ticket = store.open()
    number = queued(store, ticket_id=ticket, message_id="o1@northwind.example")
    with store.database.read() as conn:
        mail = answers.sent_mail_by_message_id(conn, store.partner, "o1@northwind.example")
        assert mail == SentMail(number, ticket, "ann@acme.example", "o1@northwind.example", kind="acknowledgement")
        assert answers.sent_mail_by_message_id(conn, store.partner, "made-up@northwind.example") is None
        assert answers.sent_mail_by_message_id(conn, "other", "o1@northwind.example") is None
    store.write(lambda conn: answers.mark_bounced(conn, MarkBounced(number, "failed", "5.1.1", "no such user"), NOW))
    found = store.read(lambda conn: queries.mail(conn, store.partner, number))
    assert found is not None
    assert found.bounced == {
        "action": "failed", "status": "5.1.1", "diagnostic": "no such user", "at": NOW.isoformat()
    }  # fmt: skip
    with pytest.raises(NotFound):
        store.write(lambda conn: answers.mark_bounced(conn, MarkBounced(99, "failed", "", ""), NOW))


def test_past_answers_are_the_automatic_ones_newest_first(store: Store) -> None:
    ticket = store.open()
    queued(store, kind="acknowledgement", ticket_id=ticket)
    later = store.later(hours=1)
    queued(store, kind="after-hours", period="2026-03-02T17:30", ticket_id=ticket)
    queued(store, kind="after-hours", recipient="bob@acme.example")
    queued(store, kind="reply")
    queued(store, kind="acknowledgement", audience=Audience.TEAM)
    with store.database.read() as conn:
        assert answers.past_answers(conn, store.partner, "ann@acme.example") == (
            PastAnswer(AnswerKind.AFTER_HOURS, ticket, "2026-03-02T17:30", later),
            PastAnswer(AnswerKind.ACKNOWLEDGEMENT, ticket, "", NOW),
        )
        assert len(answers.past_answers(conn, store.partner, "ann@acme.example", limit=1)) == 1
        assert answers.past_answers(conn, "other", "ann@acme.example") == ()


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        ([{}], (1, 1)),
        ([{"listed": True}], (0, 0)),  # tenants do not count
        ([{"recipient": "x@elsewhere.example"}], (0, 1)),  # counts for all, not for this domain
        ([{"kind": "reply"}], (0, 0)),  # a person's answer
        ([{"audience": Audience.TEAM}], (0, 0)),
        ([{}, {"recipient": "bob@acme.example"}, {"kind": "after-hours"}], (3, 3)),
    ],
)
def test_hourly_counts(store: Store, mails: list[dict[str, Any]], expected: tuple[int, int]) -> None:
    queued(store)  # an hour ago: too old
    store.later(hours=1, seconds=1)
    for mail in mails:
        queued(store, **mail)

    def counted(since: datetime) -> tuple[int, int]:
        counts = store.read(lambda conn: answers.answer_counts(conn, store.partner, "acme.example", since))
        return counts.domain, counts.unknown

    assert counted(store.now - timedelta(hours=1)) == expected
