"""Arrivals: kept bit for bit, once per UID, in their order, and always in one findable place."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from mailbot.deciding.context import Arrival, Source
from mailbot.deciding.effects import EntryKind, Reason
from mailbot.errors import NotFound, StoreDamaged
from mailbot.reading.model import Envelope
from mailbot.store import quarantine, queries, spool
from mailbot.store.packing import decompress
from mailbot.store.spool import ArrivalState, NewArrival, pack, pack_file
from mailbot.store.tables import RAW
from tests.store.conftest import NOW, Store

PLACE: dict[str, Any] = {"mailbox": "support", "folder": "INBOX", "uidvalidity": 4_294_967_295, "uid": 4_294_967_290}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"envelope": Envelope("", ("support@northwind.example",))},  # the null reverse-path is not "unknown"
        {"envelope": Envelope(None, ("a@x.example", "b@x.example")), "source": Source.LMTP},
        {**PLACE, "junk": True, "history": True, "silent": True, "oversize": 30_000_000},
        {**PLACE, "uid": 1, "folder": "Gelöschte Elemente"},
    ],
)
def test_an_arrival_comes_back_as_it_was_accepted(store: Store, values: dict[str, Any]) -> None:
    number = store.accept(**values)
    assert number is not None
    wanted = replace(
        Arrival(id=number, source=Source.IMAP, received_at=NOW, envelope=Envelope()),
        **values,
    )
    assert store.read(lambda conn: spool.arrival(conn, number)) == wanted
    assert store.read(lambda conn: spool.waiting(conn, store.partner)) == [wanted]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"Subject: bare line ends\n\nand \x80\xff octets\r",
        bytes(range(256)) * 500,
        b"a" * 3_000_000,
    ],
    ids=["empty", "nul", "bare line ends", "every octet", "long"],
)
def test_octets_come_back_bit_for_bit(store: Store, raw: bytes) -> None:
    number = store.accept(raw)
    assert number is not None
    assert store.read(lambda conn: spool.raw_of(conn, number)) == raw


@given(st.binary(max_size=5000))
def test_packing_loses_nothing(octets: bytes) -> None:
    packed = pack(octets)
    assert isinstance(packed.data, bytes)
    assert decompress(packed.data) == octets
    assert packed.size == len(octets)


@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_a_message_in_a_file_comes_back_bit_for_bit(store: Store, size: int) -> None:
    raw = random.Random(size).randbytes(size)
    with TemporaryFile() as source, TemporaryFile() as into:
        source.write(b"before" + raw)
        source.seek(len(b"before"))
        packed = pack_file(source, into)
        assert (packed.sha256, packed.size) == (pack(raw).sha256, size)
        number = store.accept(b"", packed=packed)
        assert number is not None
        # The same again is kept once, and is another arrival.
        assert store.accept(b"", packed=packed) == number + 1
    assert store.read(lambda conn: spool.raw_of(conn, number)) == raw
    assert store.read(lambda conn: conn.execute(select(func.count()).select_from(RAW)).scalar_one()) == 1
    assert store.database.verify() == ()


def test_a_message_in_a_file_that_breaks_off_leaves_nothing(store: Store) -> None:
    class Breaking(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 1_000))

    packed = spool.Packed("0" * 64, 5_000, Breaking(b"x" * 5_000))
    with pytest.raises(OSError, match="Input/output error"):
        store.accept(b"", packed=packed)
    assert store.accept(b"next") is not None
    assert store.read(lambda conn: conn.execute(select(func.count()).select_from(RAW)).scalar_one()) == 1


def test_packing_beforehand_changes_nothing(store: Store) -> None:
    raw = b"Subject: big\r\n\r\n" + b"x" * 10_000
    number = store.accept(raw, packed=pack(raw))
    assert number is not None
    assert store.read(lambda conn: spool.raw_of(conn, number)) == raw


def test_equal_octets_are_kept_once(store: Store) -> None:
    first, second = store.accept(mailbox="support"), store.accept(mailbox="sales")
    assert first != second
    assert store.read(lambda conn: conn.execute(select(func.count()).select_from(RAW)).scalar()) == 1


@pytest.mark.parametrize("damage", [b"\x00\x00\x00\x00", None], ids=["no frame", "another frame"])
def test_octets_that_changed_on_the_disk_are_never_given_out(store: Store, damage: bytes | None) -> None:
    number = store.accept(b"Subject: true\r\n\r\n")
    assert number is not None
    other = pack(b"Subject: false\r\n\r\n").data if damage is None else damage

    def corrupt(conn: object) -> None:
        conn.exec_driver_sql("DROP TRIGGER raw_is_not_changed")  # type: ignore[attr-defined]
        conn.exec_driver_sql("UPDATE raw SET packed = ?", (other,))  # type: ignore[attr-defined]

    store.write(corrupt)
    with pytest.raises(StoreDamaged):
        store.read(lambda conn: spool.raw_of(conn, number))


@pytest.mark.parametrize(
    ("second", "accepted"),
    [
        ({}, False),  # fetched again after a crash
        ({"uid": 1}, True),
        ({"uidvalidity": 7}, True),  # the mailbox was rebuilt; its content decides later
        ({"folder": "Junk"}, True),
        ({"mailbox": "sales"}, True),
    ],
)
def test_a_uid_is_accepted_once(store: Store, second: dict[str, Any], accepted: bool) -> None:  # noqa: FBT001 - a column
    assert store.accept(**PLACE) is not None
    assert (store.accept(**(PLACE | second)) is not None) == accepted


def test_other_octets_under_a_known_uid_leave_nothing_behind(store: Store) -> None:
    store.accept(b"Subject: first\r\n\r\n", **PLACE)
    assert store.accept(b"Subject: other\r\n\r\n", **PLACE) is None
    assert store.read(lambda conn: conn.execute(select(func.count()).select_from(RAW)).scalar()) == 1


def test_mail_without_a_uid_is_always_accepted(store: Store) -> None:
    assert store.accept(source=Source.SMTP) is not None
    assert store.accept(source=Source.SMTP) is not None


def test_waiting_is_in_order_of_arrival_and_by_partner(store: Store) -> None:
    numbers = [store.accept(source=Source.SMTP) for _ in range(5)]
    store.partner, ours = "other", store.partner
    store.accept(source=Source.SMTP)

    def ids(limit: int = 50, after: int = 0) -> list[int | None]:
        return [arrival.id for arrival in store.read(lambda conn: spool.waiting(conn, ours, limit, after=after))]

    assert ids() == numbers
    assert ids(2) == numbers[:2]
    assert numbers[1] is not None
    assert ids(after=numbers[1]) == numbers[2:]


def test_slow_mail_is_overtaken(store: Store) -> None:
    slow, quick = store.accept(source=Source.SMTP), store.accept(source=Source.SMTP)
    assert slow is not None
    store.write(lambda conn: spool.postpone(conn, slow))
    with store.database.read() as conn:
        assert [arrival.id for arrival in spool.waiting(conn, store.partner)] == [quick]
        assert [arrival.id for arrival in spool.waiting(conn, store.partner, slow=True)] == [slow]
        assert queries.counts(conn, store.partner).slow == 1


def test_a_finished_arrival_waits_no_more_and_names_its_entry(store: Store) -> None:
    number = store.accept(from_address="ann@acme.example")
    assert number is not None
    entry = store.append(store.open(), arrival_id=number, message_id="m1@acme.example", fingerprint="f1")
    store.write(lambda conn: spool.finish(conn, number, entry=entry, fingerprint="f1", message_id="m1@acme.example"))
    with store.database.read() as conn:
        assert spool.waiting(conn, store.partner) == []
        (found,) = queries.why_message(conn, store.partner, "m1@acme.example").arrivals
    assert (found.state, found.entry_id, found.fingerprint) == (ArrivalState.DONE, entry, "f1")
    assert found.from_address == "ann@acme.example", "what intake knew stays when reading has nothing better"


def test_a_duplicate_says_why(store: Store) -> None:
    entry = store.append(store.open(), fingerprint="f1")
    number = store.accept()
    assert number is not None
    reasons = (Reason("duplicate", "the same message came by another mailbox"),)
    store.write(lambda conn: spool.finish(conn, number, entry=entry, message_id="m1@acme.example", reasons=reasons))
    (found,) = store.read(lambda conn: queries.why_message(conn, store.partner, "m1@acme.example")).arrivals
    assert found.reasons == ({"code": "duplicate", "text": "the same message came by another mailbox"},)


def test_quarantine_keeps_the_message_and_leaves_a_line_in_the_log(store: Store) -> None:
    number = store.accept(b"\xff\xff")
    assert number is not None
    reasons = (Reason("unreadable", "no header section"),)
    entry = store.write(
        lambda conn: quarantine.quarantine(
            conn, number, "unreadable", "no header section", now=store.later(minutes=1), reasons=reasons
        )
    )
    with store.database.read() as conn:
        assert spool.waiting(conn, store.partner) == []
        assert spool.raw_of(conn, number) == b"\xff\xff"
        (found,) = queries.quarantined(conn, store.partner)
        assert (found.id, found.cause, found.detail, found.entry_id) == (
            number,
            "unreadable",
            "no header section",
            entry,
        )
        assert queries.counts(conn, store.partner).quarantined == 1
        (line,) = conn.exec_driver_sql("SELECT kind, ticket_id, arrival_id, reasons FROM entry").all()
    assert (line.kind, line.ticket_id, line.arrival_id) == (EntryKind.NOTE, None, number)
    assert "no header section" in line.reasons


def test_released_mail_waits_again_and_may_become_an_entry_with_its_fingerprint(store: Store) -> None:
    number = store.accept()
    assert number is not None
    store.write(lambda conn: quarantine.quarantine(conn, number, "forged", now=store.now, fingerprint="f1"))
    store.write(
        lambda conn: quarantine.release_quarantined(
            conn, number, author="ops@northwind.example", reason="a real one", now=store.now
        )
    )
    assert [arrival.id for arrival in store.read(lambda conn: spool.waiting(conn, store.partner))] == [number]
    entry = store.append(store.open(), arrival_id=number, fingerprint="f1")
    store.write(lambda conn: spool.finish(conn, number, entry=entry, fingerprint="f1", message_id="m@acme.example"))
    why = store.read(lambda conn: queries.why_message(conn, store.partner, "m@acme.example"))
    texts = [line.text for line in why.entries]
    assert texts[:2] == ["quarantined: forged", "released from quarantine (forged): a real one"]
    with pytest.raises(NotFound):
        store.write(
            lambda conn: quarantine.release_quarantined(conn, number, author="ops", reason="again", now=store.now)
        )


def test_unknown_numbers_are_said_to_be_unknown(store: Store) -> None:
    with store.database.read() as conn:
        for look in (spool.arrival, spool.raw_of):
            with pytest.raises(NotFound, match="no arrival 99"):
                look(conn, 99)
    with pytest.raises(NotFound):
        store.write(lambda conn: spool.finish(conn, 99, entry=None))
    with pytest.raises(NotFound):
        store.write(lambda conn: quarantine.quarantine(conn, 99, "unreadable", now=NOW))


def test_moving_follows_the_decision(store: Store) -> None:
    first, second = store.accept(**PLACE), store.accept(**(PLACE | {"uid": 2}))
    by_smtp, old = store.accept(source=Source.SMTP), store.accept(**(PLACE | {"uid": 3, "history": True}))
    elsewhere = store.accept(**(PLACE | {"folder": "Junk"}))
    assert first is not None

    def ids() -> list[int]:
        moving = store.read(lambda conn: spool.to_move(conn, store.partner, "support", "INBOX"))
        return [arrival.id for arrival in moving]

    assert ids() == [], "nothing is moved before its decision is committed"
    for number in (first, by_smtp, old, elsewhere):
        store.write(lambda conn, number=number: spool.finish(conn, number, entry=None))  # type: ignore[misc]
    assert ids() == [first]
    store.write(lambda conn: spool.mark_moved(conn, [first], store.later(seconds=1)))
    assert ids() == []
    assert second is not None


def test_received_and_accepted_are_told_apart(store: Store) -> None:
    new = NewArrival(Source.IMAP, NOW - timedelta(hours=6), b"", from_address="ann@acme.example")
    store.write(lambda conn: spool.accept(conn, store.partner, new, NOW))
    (found,) = store.read(
        lambda conn: queries.why_address(
            conn, store.partner, "ann@acme.example", NOW - timedelta(days=1), NOW + timedelta(days=1)
        )
    ).arrivals
    assert (found.received_at, found.accepted_at) == (NOW - timedelta(hours=6), NOW)
