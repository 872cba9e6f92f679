"""What counts as an answer, and as late: the ticket's row, the figures and the weekly mail say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot.desk.mails import digest
from mailbot.errors import PermanentFailure
from mailbot.figures import figures
from mailbot.figures.weeks import Week
from mailbot.store import casebook
from tests.desk.weekly import DAY, HOUR, MINUTE, MONDAY, READ_BY_ONE
from tests.service import test_early_answers as early
from tests.service.office import RULES, Office, mail, office
from tests.service.test_orders import BOB, TEAM, confirm, told, write
from tests.service.test_relays import DANA, JANE, asked, to_customer

WEEK = Week.parse("2026-W47")
READ = RULES + TEAM + READ_BY_ONE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=READ, at=MONDAY) as desk:
        yield desk


def found(desk: Office) -> figures.Figures:
    """Return the figures of the week as they are at present."""
    rules = desk.here.desk.rules
    with desk.here.database.read() as conn:
        cases = casebook.cases(conn, desk.here.desk.partner, figures.first_week(WEEK).begins(rules.partner.zone))
    return figures.report(cases, WEEK, figures.Setting.of(rules, desk.now)).total


def read(desk: Office) -> digest.Contents:
    """Return what the weekly mail would say at present."""
    with desk.here.database.read() as conn:
        return digest.contents(
            conn, desk.here.desk.partner, desk.here.desk.rules, desk.here.desk.templates, WEEK, desk.now
        )


def needs(desk: Office) -> list[str]:
    return [need.text for need in read(desk).facts.needs]


def asks_again(desk: Office, words: str, number: int = 9) -> None:
    """Have the customer reply to the last answer that she got."""
    fields = (f"In-Reply-To: <{to_customer(desk)[-1].message_id}>",)
    desk.receive(mail(JANE, words, subject="Re: A question", fields=fields, message_id=f"q{number}@x.example"))


class TestWhoAsksAgain:
    def test_an_outage_in_an_answered_ticket_is_the_first_need_and_late(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += 50 * MINUTE
        write(desk, "Hello Jane, it is under Settings.")
        desk.now += 3 * HOUR
        asks_again(desk, "DOWN: all our phones are down!")
        assert found(desk).in_time.did == (ticket,)
        desk.let_pass(6 * DAY)
        assert needs(desk)[0].startswith("Acme Dental: A question (#1001, critical, asked again, 5 days late")
        assert found(desk).in_time.did_not == (ticket,)
        assert read(desk).facts.subject == "Week 47: 1 ticket, 1 late"
        assert [line.aside for line in read(desk).facts.tickets] == ["answered after 50 min, asked again, late"]
        write(desk, "Hello Jane, all is well again.")
        assert needs(desk) == []
        assert found(desk).in_time.did_not == (ticket,), "what was answered late stays so"

    def test_an_outage_in_an_answered_ticket_that_is_answered_in_time_is_not_late(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += 50 * MINUTE
        write(desk, "Hello Jane, it is under Settings.")
        desk.now += 3 * HOUR
        asks_again(desk, "DOWN: all our phones are down!")
        desk.now += 5 * MINUTE
        write(desk, "Hello Jane, we are at it.")
        desk.let_pass(6 * DAY)
        assert found(desk).in_time.did == (ticket,)

    def test_who_waits_longer_than_who_asks_first_is_late_until_answered(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += 10 * MINUTE
        write(desk, "Hello Jane.")
        desk.now += HOUR
        asks_again(desk, "That does not work at all. What now?")
        desk.let_pass(3 * HOUR)
        assert needs(desk) == [], "she waits no longer than who asks for the first time"
        assert [line.aside for line in read(desk).facts.oldest] == ["normal, asked again, open for less than a day"]
        desk.let_pass(6 * DAY)
        assert needs(desk)[0].startswith("Acme Dental: A question (#1001, normal, asked again, 5 days late")
        assert found(desk).in_time.did_not == (ticket,)
        assert read(desk).facts.oldest == (), "she stands above"
        write(desk, "Hello Jane, like this.")
        assert needs(desk) == []
        assert found(desk).in_time.did == (ticket,)

    def test_while_the_ticket_waits_for_a_day_so_does_she(self, desk: Office) -> None:
        asked(desk)
        desk.now += 10 * MINUTE
        write(desk, "Hello Jane.")
        desk.now += HOUR
        asks_again(desk, "That does not work at all. What now?")
        write(desk, "#wait carrier until friday")
        desk.let_pass(3 * DAY)
        assert needs(desk) == []
        desk.let_pass(5 * DAY)
        assert "asked again" in needs(desk)[0]


class TestAPromise:
    @pytest.mark.parametrize(("after", "severity", "kept"), [(50, "critical", True), (600, "low", False)])
    def test_is_what_held_when_it_was_answered(self, desk: Office, after: int, severity: str, kept: bool) -> None:  # noqa: FBT001
        ticket = asked(desk)
        desk.now += after * MINUTE
        write(desk, "Hello Jane, it is under Settings.")
        desk.now += 3 * HOUR
        write(desk, f"#severity {severity}")
        assert desk.one("SELECT severity FROM ticket") == severity
        assert (found(desk).in_time.did == (ticket,)) is kept

    def test_before_the_answer_is_what_the_ticket_says(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#severity critical")
        desk.now += 50 * MINUTE
        write(desk, "Hello Jane, it is under Settings.")
        assert found(desk).in_time.did_not == (ticket,)


def first_answer(desk: Office, ticket: int) -> datetime | None:
    """Return when a ticket was answered first, which its row and the figures say alike."""
    said = desk.one("SELECT first_response_at FROM ticket WHERE id = ?", ticket)
    at = datetime.fromisoformat(said) if said else None
    with desk.here.database.read() as conn:
        cases = {case.ticket: case for case in casebook.cases(conn, desk.here.desk.partner, MONDAY - 30 * DAY)}
    if ticket in cases:
        assert cases[ticket].answered_at == at
    return at


def waits_since(desk: Office, ticket: int) -> datetime | None:
    said = desk.one("SELECT waiting_since FROM ticket WHERE id = ?", ticket)
    return datetime.fromisoformat(said) if said else None


class TestWhatIsTakenBack:
    def test_a_call_is_no_answer_any_more(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += 5 * MINUTE
        write(desk, "#called she knows")
        assert first_answer(desk, ticket) == MONDAY + 5 * MINUTE
        write(desk, "#undo")
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (None, MONDAY)
        desk.let_pass(2 * DAY)
        assert found(desk).unanswered == found(desk).in_time.did_not == (ticket,)
        assert "no answer" in needs(desk)[0]

    def test_a_call_that_stays_since_others_went_on_is_one(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += 5 * MINUTE
        called_at = desk.now
        write(desk, "#called she knows")
        write(desk, "#take", agent=BOB)
        desk.now += MINUTE
        write(desk, "#undo")
        assert first_answer(desk, ticket) == called_at
        desk.now += MINUTE
        write(desk, "Hello Jane, as I said.")
        assert first_answer(desk, ticket) == called_at

    @pytest.mark.parametrize("command", ["#close", "#spam", "#merge"])
    def test_a_mistake_is_no_reopening(self, desk: Office, command: str) -> None:
        other = asked(desk)
        ticket = asked(desk, message_id="q2@acme-dental.example", subject="Another", text="What is my bill?")
        write(desk, f"#merge {other}" if command == "#merge" else command)
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "closed"
        desk.now += MINUTE
        write(desk, "#undo")
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "open"
        assert found(desk).reopened == ()
        assert found(desk).backlog == (other, ticket)
        write(desk, "#close")
        desk.now += MINUTE
        write(desk, "#reopen")
        assert found(desk).reopened == (ticket,)


def test_an_answer_that_was_about_another_ticket_answers_that_alone(desk: Office) -> None:
    bill = mail(JANE, "What is my bill?", subject="Bill", message_id="q0@acme-dental.example")
    guessed = desk.receive(bill, received_at=MONDAY - 3 * HOUR).ticket
    assert guessed is not None
    early.answered(desk)
    assert first_answer(desk, guessed) is not None
    ticket = early.question(desk)
    assert first_answer(desk, guessed) is None
    assert waits_since(desk, guessed) == MONDAY - 3 * HOUR
    assert first_answer(desk, ticket) == early.ANSWERED_AT


class TestAnAnswerThatWaits:
    @staticmethod
    def held(desk: Office) -> int:
        ticket = asked(desk)
        desk.now += 5 * MINUTE
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now + HOUR)
        write(desk, "Hello Jane, it is under Settings.")
        assert desk.one("SELECT state FROM outbox WHERE kind = 'reply'") == "held"
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (None, MONDAY)
        return ticket

    def test_is_one_from_its_release_on(self, desk: Office) -> None:
        ticket = self.held(desk)
        desk.let_pass(DAY)
        assert found(desk).unanswered == (ticket,)
        desk.do(verb="release", all=True)
        released_at = desk.now
        desk.let_pass(HOUR)
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (released_at, None)
        assert found(desk).in_time.did_not == (ticket,)

    def test_is_none_that_is_dropped(self, desk: Office) -> None:
        ticket = self.held(desk)
        desk.do(verb="drop", mails=[desk.one("SELECT id FROM outbox WHERE kind = 'reply'")])
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (None, MONDAY)

    def test_once_refused_it_is_one_when_it_leaves_after_all(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += 5 * MINUTE
        desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        write(desk, "Hello Jane, it is under Settings.")
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (None, MONDAY)
        desk.refusing.clear()
        desk.now += HOUR
        desk.do(verb="retry", mails=[desk.one("SELECT id FROM outbox WHERE kind = 'reply'")])
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (desk.now, None)


class TestAnAnswerInAMergedTicket:
    @staticmethod
    def merged(desk: Office) -> tuple[int, int]:
        """Return a ticket, and one of the same customer's that was merged into it; the newer one is answered next."""
        home = asked(desk)
        desk.now += MINUTE
        ticket = asked(desk, message_id="q2@acme-dental.example", subject="Another", text="What is my bill?")
        desk.do(verb="merge", ticket=ticket, into=home)
        return home, ticket

    def test_that_does_not_arrive_answers_neither(self, desk: Office) -> None:
        home, ticket = self.merged(desk)
        desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.now += 5 * MINUTE
        write(desk, "Hello Jane, see the portal.")
        assert (first_answer(desk, home), waits_since(desk, home)) == (None, MONDAY)
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (None, MONDAY + MINUTE)
        desk.refusing.clear()
        desk.do(verb="retry", mails=[desk.one("SELECT id FROM outbox WHERE kind = 'reply'")])
        assert (first_answer(desk, ticket), waits_since(desk, ticket)) == (desk.now, None)


class TestAMergedTicket:
    @staticmethod
    def two(desk: Office) -> tuple[int, int]:
        """Return a ticket that nobody answered for two days, and a new one of the same customer's."""
        first = asked(desk)
        desk.let_pass(2 * DAY)
        second = asked(desk, message_id="q2@acme-dental.example", subject="Another", text="Hello? What is my bill?")
        desk.now += MINUTE
        return first, second

    @pytest.mark.parametrize("newer_stays", [True, False])
    def test_is_as_old_and_as_late_as_its_first_question(self, desk: Office, *, newer_stays: bool) -> None:
        first, second = self.two(desk)
        home, merged = (second, first) if newer_stays else (first, second)
        desk.do(verb="merge", ticket=merged, into=home)
        assert "#" + str(home) in needs(desk)[0]
        desk.now += 9 * MINUTE
        write(desk, "Hello Jane.")
        figure = found(desk)
        assert figure.opened == figure.in_time.did_not == (home,)
        # Two days of eight and a half open hours, and ten minutes.
        assert figure.first_response.of == ((home, timedelta(hours=17, minutes=10)),)
        assert figure.ages.of == ((home, desk.now - MONDAY),)

    def test_of_an_answered_one_is_answered(self, desk: Office) -> None:
        first, second = self.two(desk)
        write(desk, "Hello Jane.")
        desk.do(verb="merge", ticket=second, into=first)
        desk.now += DAY
        assert found(desk).unanswered == ()
        assert found(desk).in_time.did_not == (first,), "the first was answered too late, by what answered the other"

    def test_across_customers_is_none_of_the_other(self, desk: Office) -> None:
        first = asked(desk)
        desk.let_pass(2 * DAY)
        other = asked(desk, "Raj <raj@bolt.example>", message_id="q2@bolt.example", text="What is my bill?")
        desk.do(verb="merge", ticket=first, into=other, confirmed=True)
        desk.now += 10 * MINUTE
        write(desk, "Hello Raj.")
        assert [span for _, span in found(desk).first_response.of] == [10 * MINUTE]
        assert found(desk).in_time.did == (other,)


def test_what_one_of_us_began_has_no_first_response(desk: Office) -> None:
    desk.now = MONDAY + 10 * HOUR
    words = "#new for jane@acme-dental.example\nHello Jane, it is done."
    desk.receive(mail(f"Dana <{DANA}>", words, subject="Your port"))
    confirm(desk, told(desk, "Send this to")[-1])
    ticket = desk.one("SELECT id FROM ticket")
    desk.let_pass(DAY)
    figure = found(desk)
    assert figure.opened == (ticket,)
    assert (figure.first_response.of, figure.unanswered, figure.in_time.of, figure.after_hours.of) == ((), (), (), ())
    assert [line.aside for line in read(desk).facts.tickets] == ["begun by one of you"]
    asks_again(desk, "Thank you. And when will it work?")
    desk.let_pass(2 * DAY)
    assert "asked again" in needs(desk)[0]
