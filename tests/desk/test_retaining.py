"""What [retention] does not keep is forgotten, in small pieces; what it was, and that it came, is not."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mailbot.deciding.context import Source
from mailbot.deciding.effects import Duplicate, OpenTicket
from mailbot.desk import retaining
from mailbot.desk.retaining import forget_old
from mailbot.errors import NotFound, StoreError
from mailbot.store import copying, handling, quarantine, queries, retention, spool
from mailbot.store.projection import rebuild_projection
from mailbot.store.queries import TicketFilter
from mailbot.store.retention import Kept, Old, Place
from tests.service.office import OPEN_AT, RULES, Office, mail, office

KEEP = "[retention]\nmessages = 30\nentries = 40\nmails = 50\nquarantine = 20\n"
NOTHING = dict.fromkeys(Kept, 0)


def forget(desk: Office, days: float) -> dict[Kept, int]:
    """Run a pass so many days after the mail came."""
    return forget_old(desk.here.database, desk.here.desk.rules, OPEN_AT + timedelta(days=days), lambda: False)


def found(desk: Office, words: str) -> int:
    with desk.here.database.read() as conn:
        return len(queries.tickets(conn, desk.here.desk.partner, TicketFilter(search=words)))


def question(number: int = 1) -> bytes:
    return mail(
        "Ann Bell <ann@acme-dental.example>",
        f"Where do I find the zanzibar settings of extension {number}?",
        subject=f"Flamingo {number}",
        message_id=f"q{number}@acme-dental.example",
    )


def test_octets_go_first_then_words_then_our_mails_each_at_its_time(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + KEEP) as desk:
        processed = desk.receive(question())
        desk.do(verb="close", ticket=processed.ticket)
        desk.deliver()
        [row_before] = desk.rows("SELECT * FROM ticket")
        mails = desk.one("SELECT count(*) FROM outbox")
        assert forget(desk, 29) == NOTHING
        assert forget(desk, 31) == NOTHING | {Kept.MESSAGES: 1}
        with desk.here.database.read() as conn, pytest.raises(NotFound, match=r"\[retention\]"):
            spool.raw_of(conn, processed.arrival)
        assert found(desk, "zanzibar") == 1, "the words are kept for longer"
        words = forget(desk, 41)[Kept.ENTRIES]
        assert words >= 1
        for word in ("zanzibar", "flamingo", "bell"):
            assert found(desk, word) == 0
        assert found(desk, "ann@acme-dental.example") == 1, "who wrote stays known"
        assert desk.one("SELECT count(*) FROM entry WHERE text LIKE '%zanzibar%' OR subject LIKE '%lamingo%'") == 0
        [row_after] = desk.rows("SELECT * FROM ticket")
        assert row_before != row_after
        desk.here.database.writer.write(rebuild_projection)
        assert desk.rows("SELECT * FROM ticket") == [row_after], "a ticket is still what its entries say"
        assert forget(desk, 51) == NOTHING | {Kept.MAILS: mails}
        with desk.here.database.read() as conn, pytest.raises(NotFound, match=r"\[retention\]"):
            queries.mail_bytes(conn, 1)
        desk.here.database.writer.write(lambda conn: conn.exec_driver_sql("UPDATE outbox SET state = 'failed'"))
        with pytest.raises(StoreError, match="cannot be sent any more"):
            desk.here.database.writer.write(partial(handling.retry, outbox_id=1, author="", reason="", now=desk.now))
        assert forget(desk, 60) == NOTHING
        assert copying.examine(desk.log).problems == (), "a backup of it is sound"


def test_a_copy_of_what_was_forgotten_is_still_a_copy(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + KEEP) as desk:
        first = desk.receive(question())
        forget(desk, 31)
        desk.now += timedelta(days=31)
        again = desk.receive(question())
        assert isinstance(first.decision.place, OpenTicket)
        assert isinstance(again.decision.place, Duplicate)
        with desk.here.database.read() as conn:
            assert spool.raw_of(conn, again.arrival) == question(), "its octets are there again, from a new start"


def test_what_is_not_done_with_is_kept_however_old(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + KEEP + '[answers]\noutgoing = "hold"\n') as desk:
        first = desk.receive(question(1))
        new = spool.NewArrival(Source.IMAP, desk.now, question(2))
        partner = desk.here.desk.partner
        waiting = desk.here.database.writer.write(lambda conn: spool.accept(conn, partner, new, desk.now))
        assert waiting is not None
        done = forget(desk, 4000)
        assert done[Kept.MESSAGES] == 1
        assert done[Kept.ENTRIES] == 0, "the ticket is open"
        assert desk.one("SELECT count(*) FROM outbox WHERE state = 'held' AND length(packed) = 0") == 0
        with desk.here.database.read() as conn:
            assert spool.raw_of(conn, waiting) == question(2)
        # Once it is done with, a later pass finds it, although it was passed by.
        desk.processor.step()
        desk.do(verb="close", ticket=first.ticket)
        done = forget(desk, 4001)
        assert done[Kept.MESSAGES] == 1
        assert done[Kept.ENTRIES] >= 1


def test_quarantine_is_dropped_and_then_forgotten_as_any_message(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + KEEP) as desk:
        new = spool.NewArrival(Source.IMAP, desk.now, question())
        partner = desk.here.desk.partner
        number = desk.here.database.writer.write(lambda conn: spool.accept(conn, partner, new, desk.now))
        assert number is not None
        desk.here.database.writer.write(lambda conn: quarantine.quarantine(conn, number, "forged", now=desk.now))
        assert forget(desk, 19) == NOTHING
        assert forget(desk, 21) == NOTHING | {Kept.QUARANTINE: 1}
        assert desk.one("SELECT state FROM arrival") == "done"
        assert "kept for 20 days" in desk.one("SELECT text FROM entry ORDER BY id DESC LIMIT 1")
        assert forget(desk, 31)[Kept.MESSAGES] == 1


def test_what_was_forgotten_behind_something_that_is_kept_is_not_written_again(tmp_path: Path) -> None:
    """A ticket may stay open for years."""
    with office(tmp_path, rules=RULES + KEEP + '[answers]\noutgoing = "hold"\n') as desk:
        desk.receive(question(1))
        later = desk.receive(question(2).replace(b"ann@", b"bob@"))
        desk.do(verb="close", ticket=later.ticket)
        assert forget(desk, 41)[Kept.ENTRIES] >= 1
        commits = desk.here.database.writer.commits
        assert forget(desk, 41.5) == NOTHING
        assert desk.here.database.writer.commits == commits
        # A day after words were forgotten the index is written anew, once.
        assert forget(desk, 42) == NOTHING
        commits = desk.here.database.writer.commits
        assert forget(desk, 43) == NOTHING
        assert desk.here.database.writer.commits == commits


def test_the_index_is_written_anew_a_day_later_and_again_where_that_was_stopped(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + KEEP) as desk:
        for number in range(5):
            words = " ".join(f"zanzibar{number}x{place}" for place in range(400))
            new = mail(f"Ann <a{number}@acme-dental.example>", words, message_id=f"q{number}@acme-dental.example")
            desk.do(verb="close", ticket=desk.receive(new).ticket)

        def is_indexed() -> bool:
            return any(b"zanzibar" in block for (block,) in desk.rows("SELECT block FROM entry_fts_data"))

        def commits(days: float, *, stopped: bool) -> int:
            before = desk.here.database.writer.commits
            at = OPEN_AT + timedelta(days=days)
            forget_old(desk.here.database, desk.here.desk.rules, at, lambda: stopped)
            return desk.here.database.writer.commits - before

        forget(desk, 41)
        assert is_indexed()
        assert commits(41.9, stopped=False) == 0, "once a day is enough"
        assert is_indexed()
        assert commits(42.1, stopped=True) == 1, "after each piece others have their turn"
        assert commits(42.2, stopped=False) >= 2, "it is looked at again, and noted"
        assert not is_indexed()
        assert commits(42.3, stopped=False) == 0
        assert copying.examine(desk.log).problems == ()


def test_zero_days_are_for_ever(tmp_path: Path) -> None:
    keep = "[retention]\nmessages = 0\nentries = 0\nmails = 0\nquarantine = 0\n"
    with office(tmp_path, rules=RULES + keep) as desk:
        processed = desk.receive(question())
        desk.do(verb="close", ticket=processed.ticket)
        assert forget(desk, 40_000) == NOTHING


def test_it_goes_in_small_pieces_stops_when_told_and_goes_on_there(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + KEEP) as desk:
        partner, writer = desk.here.desk.partner, desk.here.database.writer

        def fill(first: int, last: int) -> None:
            for number in range(first, last):
                new = spool.NewArrival(Source.IMAP, OPEN_AT, question(number))
                arrival = writer.write(partial(spool.accept, partner=partner, new=new, now=OPEN_AT))
                assert arrival is not None
                writer.write(partial(spool.finish, arrival_id=arrival, entry=None))

        fill(0, 450)
        later = OPEN_AT + timedelta(days=31)
        pauses: list[int] = []

        def stop_after_one() -> bool:
            pauses.append(1)
            return True

        rules = desk.here.desk.rules
        assert forget_old(desk.here.database, rules, later, stop_after_one)[Kept.MESSAGES] == retention.BATCH
        assert len(pauses) == 1

        def go_on() -> bool:
            pauses.append(1)
            return False

        done = forget_old(desk.here.database, rules, later, go_on)
        assert done[Kept.MESSAGES] == 450 - retention.BATCH
        assert len(pauses) == 450 / retention.BATCH, "a pass that was ended goes on there"
        with desk.here.database.read() as conn:
            assert retention.place(conn, partner, Kept.MESSAGES) == Place(450, 450)
            assert retention.of_age(conn, partner, Kept.MESSAGES, 450, later) == [], "it looks at nothing again"


def test_a_pass_that_finds_little_ends_soon_and_the_next_ones_come_round_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOOKED_AT_ONCE", 2)
    monkeypatch.setattr(retaining, "MOST_PASSED_OVER", 2)
    looks: Counter[Kept] = Counter()
    really = retention.of_age

    def counted(conn: Connection, partner: str, kind: Kept, after: int, before: datetime) -> list[Old]:
        looks[kind] += 1
        return really(conn, partner, kind, after, before)

    monkeypatch.setattr(retention, "of_age", counted)
    with office(tmp_path, rules=RULES + KEEP + '[answers]\noutgoing = "hold"\n') as desk:
        first, *others = [desk.receive(question(number)).ticket for number in range(5)]
        assert desk.one("SELECT count(*) FROM entry") == 10

        def passes(number: int) -> int:
            return sum(forget(desk, 41)[Kept.ENTRIES] for _ in range(number))

        assert passes(6) == 0
        assert looks[Kept.ENTRIES] == 6, "one in each pass, until all was looked at"
        for ticket in others[:-1]:
            desk.do(verb="close", ticket=ticket)
        passes(20)
        texts = "SELECT count(*) FROM entry WHERE text LIKE '%zanzibar%'"
        assert desk.one(texts) == 2, "of the first and of the last one"
        desk.do(verb="close", ticket=first)
        passes(20)
        assert desk.one(texts) == 1
