"""Satisfaction: who is asked when a ticket has ended, what counts as a vote, and who hears of a bad one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot.store import changes
from mailbot.store.projection import rebuild_projection
from tests.service.office import OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import asked, relays, reply
from tests.service.test_together import TEAM

JANE = "Jane Roe <jane@acme-dental.example>"
SURVEY = '[survey]\n[relay]\nhost = "smtp.harborvoice.example"\nplus_addressing = "yes"\n'
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + SURVEY) as opened:
        yield opened


def surveys(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if "How satisfied are you" in str(sent.mail["Subject"])]


def solved(desk: Office, words: str = "#close\nIt is done.", **question: str) -> int:
    """Return the number of a ticket that Dana answered and closed."""
    ticket = asked(desk, **question)
    desk.receive(reply(relays(desk)[-1], words))
    return ticket


class TestAsking:
    def test_who_was_answered_is_asked_once_an_hour_after_the_end(self, desk: Office) -> None:
        ticket = solved(desk)
        desk.let_pass(3 * DAY)
        [one] = surveys(desk)
        assert one.at == OPEN_AT + HOUR
        assert (one.recipient, one.reverse_path) == ("jane@acme-dental.example", "")
        assert str(one.mail["Auto-Submitted"]) == "auto-generated"
        assert "q1@acme-dental.example" in str(one.mail["References"])
        words = " ".join(one.text.split())
        assert "On a scale of 1 to 5, how satisfied are you with how we solved this?" in words
        html = one.mail.get_body(("html",))
        assert html is not None
        token = one.message_id.partition(".")[0]
        assert str(html.get_content()).count(f'href="mailto:support%2B{token}@') == 5
        assert desk.one("SELECT surveyed_at FROM ticket WHERE id = ?", ticket) is not None

    def test_it_is_in_the_language_of_its_reader_and_says_nothing_of_hers(self, tmp_path: Path) -> None:
        rules = (RULES + TEAM + SURVEY).replace('id = "acme"\n', 'id = "acme"\nlanguage = "de"\n')
        with office(tmp_path, rules=rules) as desk:
            solved(desk, subject="Zauberwort")
            desk.let_pass(DAY)
            [one] = [sent for sent in desk.sent if "zufrieden" in str(sent.mail["Subject"])]
            assert b"Zauberwort" not in one.raw
            assert b"Jane" not in one.raw

    def test_it_falls_into_no_night(self, desk: Office) -> None:
        desk.now += 7 * HOUR
        solved(desk)
        desk.let_pass(3 * DAY)
        assert [one.at for one in surveys(desk)] == [datetime(2026, 11, 24, 14, 0, tzinfo=UTC)]

    @pytest.mark.parametrize("how", ["silence", "thanks"])
    def test_so_is_who_said_no_more_or_thanks(self, desk: Office, how: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        if how == "thanks":
            refers = ("In-Reply-To: <q1@acme-dental.example>",)
            desk.receive(mail(JANE, "Thanks!", subject="Re: A question", fields=refers, message_id="t@x.y"))
        desk.let_pass(10 * DAY)
        assert desk.one("SELECT state FROM ticket") == "closed"
        assert len(surveys(desk)) == 1

    def test_without_the_table_nobody_is_asked(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM) as desk:
            solved(desk)
            desk.let_pass(3 * DAY)
            assert surveys(desk) == []

    def test_a_share_is_by_the_numbers_of_tickets(self, tmp_path: Path) -> None:
        rules = (RULES + TEAM + SURVEY).replace("[survey]\n", '[survey]\nshare = 0.25\nrest = "0s"\n')
        with office(tmp_path, rules=rules) as desk:
            for number in range(8):
                solved(desk, message_id=f"m{number}@acme-dental.example", subject=f"Question {number}")
                desk.let_pass(DAY)
            asked_about = desk.rows("SELECT id FROM ticket WHERE surveyed_at IS NOT NULL ORDER BY id")
            assert asked_about == [(1004,), (1008,)]

    def test_the_same_person_has_a_rest(self, desk: Office) -> None:
        solved(desk)
        desk.let_pass(DAY)
        solved(desk, message_id="m2@acme-dental.example", subject="Another question")
        solved(desk, sender="Bea <bea@acme-dental.example>", message_id="m3@acme-dental.example", subject="A third")
        desk.let_pass(DAY)
        assert [one.recipient for one in surveys(desk)] == ["jane@acme-dental.example", "bea@acme-dental.example"]
        desk.now = OPEN_AT + 35 * DAY
        desk.let_pass(HOUR)
        solved(desk, message_id="m4@acme-dental.example", subject="A fourth")
        desk.let_pass(DAY)
        assert len(surveys(desk)) == 3

    @pytest.mark.parametrize("why", ["unanswered", "spam", "merged", "reopened", "failed", "ours", "restored", "late"])
    def test_who_is_not_asked(self, desk: Office, why: str) -> None:
        if why == "ours":
            ticket = 1001
            line = "#new for jane@acme-dental.example"
            desk.do(verb="new", line=line, subject="It moves", text="On Friday.", agent="dana", confirmed=True)
        else:
            ticket = asked(desk, verdict="fail" if why == "failed" else "pass")
        if why != "unanswered":
            desk.answer(ticket)
        if why == "merged":
            other = asked(desk, message_id="q2@acme-dental.example", subject="The same")
            desk.do(verb="merge", ticket=ticket, into=other)
        elif why == "spam":
            desk.do(verb="set", ticket=ticket, spam=True)
        else:
            desk.do(verb="close", ticket=ticket)
        if why == "reopened":
            desk.let_pass(HOUR / 2)
            desk.do(verb="reopen", ticket=ticket)
        if why == "restored":
            desk.here.desk = replace(desk.here.desk, restored_at=desk.now + 2 * HOUR)
        if why == "late":
            desk.now += 4 * DAY
        desk.let_pass(3 * DAY)
        assert surveys(desk) == []

    def test_a_ticket_that_ends_twice_is_asked_about_once(self, desk: Office) -> None:
        ticket = solved(desk)
        desk.let_pass(DAY)
        desk.do(verb="reopen", ticket=ticket)
        desk.answer(ticket)
        desk.do(verb="close", ticket=ticket)
        desk.let_pass(3 * DAY)
        assert len(surveys(desk)) == 1

    def test_it_counts_among_the_automatic_mails_of_a_day(self, tmp_path: Path) -> None:
        rules = (RULES + TEAM + SURVEY).replace("[survey]\n", '[survey]\nrest = "0s"\n')
        with office(tmp_path, rules=rules) as desk:
            for number in range(3):
                solved(desk, message_id=f"m{number}@acme-dental.example", subject=f"Question {number}")
            desk.let_pass(HOUR)
            assert surveys(desk) == [], "three receipts went to her today"
            desk.let_pass(2 * DAY)
            assert len(surveys(desk)) == 3

    def test_a_hold_holds_it(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + SURVEY + '[answers]\noutgoing = "hold"\n') as desk:
            solved(desk)
            desk.let_pass(DAY)
            assert surveys(desk) == []
            assert desk.one("SELECT state FROM outbox WHERE kind = 'survey'") == "held"

    def test_the_log_makes_the_same_row_again(self, desk: Office) -> None:
        solved(desk)
        desk.let_pass(DAY)
        before = desk.rows("SELECT * FROM ticket")
        desk.here.database.writer.write(rebuild_projection)
        assert desk.rows("SELECT * FROM ticket") == before
        desk.here.database.writer.write(
            lambda conn: changes.remark(conn, 1001, author="mailbot", reason="looked at", now=desk.now)
        )
        desk.let_pass(DAY)
        assert len(surveys(desk)) == 1
