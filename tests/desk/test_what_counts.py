"""What counts as an answer, and as late: the ticket's row, the figures and the weekly mail say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot.desk.mails import digest
from mailbot.figures import figures
from mailbot.figures.weeks import Week
from mailbot.store import casebook
from tests.service.office import RULES, Office, mail, office
from tests.service.test_orders import TEAM, write
from tests.service.test_relays import JANE, asked, to_customer

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
"""Ten o'clock in New York, where the desk is open until half past five."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = Week.parse("2026-W47")
READ = RULES + TEAM + '[digest]\naddresses = ["pat@harborvoice.example"]\n'


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
        return digest.contents(conn, desk.here.desk.partner, desk.here.desk.rules, WEEK, desk.now)


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
