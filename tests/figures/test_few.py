"""Of few tickets no averages and shares are told, figure by figure; and only all are 100%, and only none 0%."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.hours import OpeningHours
from mailbot.deciding.effects import TicketState
from mailbot.desk.mails import customerweek
from mailbot.figures import figures, saying
from mailbot.figures.cases import Case, Promise
from mailbot.figures.weeks import Week
from mailbot.render import digests
from mailbot.rules import Hours, Severity
from tests.service.office import OPEN_AT, RULES, mail, office

ZONE = ZoneInfo("America/New_York")
WEEK = Week.parse("2026-W47")
MONDAY = datetime(2026, 11, 16, 10, tzinfo=ZONE)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("did", "of", "said"),
    [(199, 200, "99%"), (1, 300, "1%"), (200, 200, "100%"), (0, 300, "0%"), (2, 3, "67%"), (0, 0, "–")],
)
def test_a_share_of_nearly_all_is_not_all_and_of_nearly_none_not_none(did: int, of: int, said: str) -> None:
    assert saying.share(figures.Share(tuple(range(of)), tuple(range(did)))) == said


def case(number: int, opened_at: datetime, closed_at: datetime | None = None) -> Case:
    """Return a ticket that was answered an hour before it was closed, if it was."""
    closed = ((closed_at, TicketState.CLOSED),) if closed_at else ()
    return Case(
        number,
        "acme",
        Severity.NORMAL,
        "A question",
        "jane@acme.example",
        opened_at,
        ((opened_at, TicketState.OPEN), *closed),
        (closed_at - timedelta(hours=1),) if closed_at else (),
        (Promise(opened_at, opened_at + timedelta(hours=4)),),
    )


def named(cases: list[Case]) -> set[str]:
    opening = OpeningHours(Hours(), ZONE)
    report = figures.report(cases, WEEK, figures.Setting(lambda _: opening, ZONE, MONDAY + 7 * DAY))
    return {row.name for row in digests.rows(report)} & {
        "First response", "Answered in time", "Resolution", "After hours"
    }  # fmt: skip


def test_each_figure_is_told_by_the_tickets_it_is_over() -> None:
    closed = [case(number, MONDAY - DAY * 3, MONDAY) for number in range(8)]
    opened = [case(10 + number, MONDAY + timedelta(hours=12)) for number in range(8)]
    answered = [case(20 + number, MONDAY, MONDAY + DAY) for number in range(4)]
    assert named([*closed, opened[0]]) == {"Resolution"}
    assert named([*opened, answered[0]]) == {"Answered in time", "After hours"}
    assert named(answered) == set()
    assert named([*answered, case(30, MONDAY, MONDAY + DAY)]) == {"First response", "Answered in time", "Resolution"}


@pytest.mark.parametrize(("answered", "told"), [(4, False), (5, True)])
def test_a_customer_is_told_no_average_of_few(tmp_path: Path, answered: int, *, told: bool) -> None:
    with office(tmp_path, rules=RULES, at=OPEN_AT) as desk:
        for number in range(answered):
            asked = mail("Jane <jane@acme-dental.example>", f"How {number}?", message_id=f"q{number}@x.example")
            ticket = desk.receive(asked).ticket
            assert ticket is not None
            desk.now += timedelta(minutes=30)
            desk.answer(ticket)
        rules = desk.here.desk.rules
        [tenant] = [one for one in rules.tenant if one.id == "acme"]
        week = Week.of(OPEN_AT, rules.partner.zone)
        with desk.here.database.read() as conn:
            facts = customerweek.week_facts(conn, desk.here.desk.partner, rules, tenant, week, desk.now)
        assert facts.tickets == answered
        assert (facts.response is not None) is told


def test_what_an_article_solved_is_counted_as_that_and_nobody_was_left_without_an_answer() -> None:
    solved = replace(case(1, MONDAY, MONDAY + DAY), answers=(), self_served=True)
    left = replace(case(2, MONDAY, MONDAY + DAY), answers=())
    opening = OpeningHours(Hours(), ZONE)
    report = figures.report([solved, left], WEEK, figures.Setting(lambda _: opening, ZONE, MONDAY + 7 * DAY))
    assert (report.total.self_served, report.total.unanswered, report.total.closed_unanswered) == ((1,), (2,), (2,))
    assert ("Solved by an article", "1", "0") in [(row.name, row.value, row.before) for row in digests.rows(report)]
