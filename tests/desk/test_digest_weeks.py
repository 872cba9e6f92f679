"""Which week the weekly mail is about: whatever clock and rules do, none that was not, none twice, none missed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.weekly import Weekly
from mailbot.desk.mails.dueweek import last_due
from tests.desk.weekly import DAY, HOUR, MONDAY, PAT, READ_BY_ONE, WEEK
from tests.service.office import RULES, Office, mail, office

ONE = RULES + READ_BY_ONE
ACME = ONE.replace('emergency_number = "+1 212 555 0111"\n', 'digest = ["jane@acme-dental.example"]\n')


def subjects(desk: Office, reader: str = PAT) -> list[str]:
    return [str(sent.mail["Subject"]) for sent in desk.sent if sent.recipient == reader]


def ask(desk: Office, number: int = 1) -> None:
    for one in range(number):
        words = f"How do I add extension {one}?"
        desk.receive(
            mail(f"P <p{one}@acme-dental.example>", words, subject=words, message_id=f"{desk.now:%j%H}.{one}@x")
        )


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-23 12:59:59", "2026-W46"),
        ("2026-11-23 13:00:00", "2026-W47"),
        ("2026-11-29 12:00:00", "2026-W47"),
        ("2026-11-30 12:59:59", "2026-W47"),
    ],
)
def test_a_week_is_due_at_its_day_and_time_and_not_with_its_end(now: str, week: str) -> None:
    schedule = Weekly(0, time(8), ZoneInfo("America/New_York"))
    assert str(last_due(schedule, datetime.fromisoformat(now).replace(tzinfo=UTC))) == week


@pytest.mark.parametrize(("days", "first"), [(0, 47), (1, 48), (5, 48), (6, 48)])
def test_a_desk_begins_with_the_week_that_it_saw_from_monday_on(tmp_path: Path, days: int, first: int) -> None:
    with office(tmp_path, rules=ONE, at=MONDAY + days * DAY) as desk:
        desk.let_pass(3 * WEEK)
        assert subjects(desk)[0] == f"Week {first}: no tickets"


@pytest.mark.parametrize("table", ['at = "18:00"\n', 'day = "tue"\n', 'day = "sun"\n', 'day = "fri"\nat = "00:00"\n'])
def test_another_day_or_time_brings_no_week_before_the_last_one(tmp_path: Path, table: str) -> None:
    with office(tmp_path, rules=ONE, at=MONDAY) as desk:
        desk.let_pass(WEEK)
        assert subjects(desk) == ["Week 47: no tickets"]
    zoe = ONE.replace(PAT, f'{PAT}", "zoe@harborvoice.example')
    with office(tmp_path, rules=zoe + table, at=MONDAY + WEEK) as desk:
        desk.let_pass(3 * WEEK)
        for reader in (PAT, "zoe@harborvoice.example"):
            assert subjects(desk, reader)[:2] == ["Week 48: no tickets", "Week 49: no tickets"]


@pytest.mark.parametrize("ahead", [6 * DAY, 2 * WEEK, 3 * WEEK, 60 * WEEK], ids=lambda span: f"{span.days}d")
def test_a_clock_that_ran_ahead_for_an_hour_costs_no_week(tmp_path: Path, ahead: timedelta) -> None:
    with office(tmp_path, rules=ACME, at=MONDAY) as desk:
        desk.let_pass(2 * DAY)
        true, desk.now = desk.now + HOUR, desk.now + ahead
        desk.let_pass(HOUR)
        early = [subjects(desk), subjects(desk, "jane@acme-dental.example")]
        assert [len(one) for one in early] == [1, 1]
        desk.sent.clear()
        desk.now = true
        for number in (2, 3, 4):
            ask(desk, number)
            desk.let_pass(WEEK)
        weeks = [subject.partition(" of ")[0] for subject in subjects(desk)]
        said_early = early[0][0].partition(":")[0]
        assert weeks == [
            f"{week}{', corrected' if week == said_early else ''}: {number} tickets, {number} late{older}"
            for week, number, older in (
                ("Week 47", 2, ""),
                ("Week 48", 3, ", 2 older ones wait"),
                ("Week 49", 4, ", 5 older ones wait"),
            )
        ]
        new = [sent.text for sent in desk.sent if "New requests" in sent.text]
        assert [text.partition("New requests: ")[2][0] for text in new] == ["2", "3", "4"], "a customer's likewise"


def test_a_week_that_was_skipped_by_a_clock_ahead_comes_when_it_is_right_again(tmp_path: Path) -> None:
    with office(tmp_path, rules=ONE, at=MONDAY) as desk:
        desk.let_pass(6 * DAY)
        desk.now += 3 * WEEK
        desk.let_pass(HOUR)
        assert subjects(desk) == ["Week 49: no tickets"]
        desk.now = MONDAY + 8 * DAY
        desk.let_pass(4 * WEEK)
        assert subjects(desk)[1:] == [f"Week {week}: no tickets" for week in (47, 48, 50, 51)]


def test_a_clock_that_lags_for_a_while_repeats_nothing(tmp_path: Path) -> None:
    with office(tmp_path, rules=ONE, at=MONDAY) as desk:
        for _ in range(2):
            ask(desk, 2)
            desk.let_pass(WEEK)
        for lag in (timedelta(minutes=1), 9 * HOUR, 4 * DAY, 10 * DAY, 200 * WEEK, 2900 * WEEK, 2969 * WEEK):
            true = desk.now + HOUR
            desk.now -= lag
            desk.let_pass(HOUR)
            desk.now = true
            desk.let_pass(HOUR)
        desk.let_pass(WEEK)
        assert subjects(desk) == [
            "Week 47: 2 tickets, 2 late",
            "Week 48: 2 tickets, 2 late, 2 older ones wait",
            "Week 49: no tickets, 4 older ones wait",
        ]


def test_a_clock_that_is_set_right_within_the_day_of_setting_up_counts_from_the_right_day(tmp_path: Path) -> None:
    with office(tmp_path, rules=ONE, at=MONDAY + 300 * WEEK) as desk:
        desk.let_pass(HOUR)
        desk.now = MONDAY
        desk.let_pass(2 * WEEK)
        assert subjects(desk) == ["Week 47: no tickets", "Week 48: no tickets"]
