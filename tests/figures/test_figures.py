"""The figures of a week are what anybody reckons from the log, by other means."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.hours import OpeningHours
from mailbot.figures import figures, plain
from mailbot.figures.cases import Case
from mailbot.figures.weeks import Week
from mailbot.rules import Hours, Partner, Rules, Severity
from mailbot.store import casebook
from mailbot.store.database import open_database
from tests.figures.year import PARTNER, write_year

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 20, 12, 0, tzinfo=UTC)
WEEKS = [Week.parse(f"2026-W{number:02}") for number in range(1, 52)]
TICKETS = 900
EMPTY = figures.figures((), WEEKS[0], figures.Setting(lambda _tenant: OpeningHours(Hours(), ZONE), ZONE, NOW))
FIRST_MINUTE = datetime(2025, 12, 1, tzinfo=UTC)


def setting(*, by_calendar: bool = False) -> figures.Setting:
    opening = OpeningHours(Hours(), ZONE)
    day_and_night = frozenset({Severity.CRITICAL})
    return figures.Setting(lambda _tenant: opening, ZONE, NOW, day_and_night, by_calendar=by_calendar)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("year") / "mailbot.db"
    with open_database(path) as database:
        database.writer.write(lambda conn: write_year(conn, TICKETS, seed=46))
    return path


@pytest.fixture(scope="module")
def reports(log: Path) -> dict[Week, figures.Report]:
    """Return the reports of every sixth week; their trends have all weeks."""
    with open_database(log) as database, database.read() as conn:
        return {
            week: figures.report(casebook.cases(conn, PARTNER, figures.first_week(week).begins(ZONE)), week, setting())
            for week in WEEKS[::-6]
        }


@pytest.fixture(scope="module")
def weeks(log: Path) -> dict[str, dict[Week, figures.Figures]]:
    """Return the figures of all weeks, for each group."""
    with open_database(log) as database, database.read() as conn:
        cases = casebook.cases(conn, PARTNER, WEEKS[0].begins(ZONE))
    return {
        group: {week: figures.figures(filter(is_in, cases), week, setting()) for week in WEEKS}
        for group, (_, is_in) in GROUPS.items()
    }


GROUPS: dict[str, tuple[str, Callable[[Case], bool]]] = {
    "all": ("1", lambda _case: True),
    "acme": ("t.tenant = 'acme'", lambda case: case.tenant == "acme"),
    "nobody's": ("t.tenant IS NULL", lambda case: case.tenant is None),
    "critical": ("t.severity = 'critical'", lambda case: case.severity is Severity.CRITICAL),
}


COUNTED = " AND ".join(
    ("t.merged_into IS NULL", *(f"t.flags NOT LIKE '%\"{flag}\"%'" for flag in ("spam", "machine", "history")))
)
IN_ORDER = "ORDER BY t.opened_at, t.id"


@dataclass
class Reckoned:
    """The figures, by plain SQL and by counting the minutes in which support was open."""

    log: Path

    def select(self, what: str, where: str, *values: object) -> list[tuple[Any, ...]]:
        statement = f"SELECT {what} FROM ticket t WHERE {COUNTED} AND {where} {IN_ORDER}"  # noqa: S608
        with closing(sqlite3.connect(self.log)) as conn:
            return conn.execute(statement, values).fetchall()


def text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written)


@cache
def open_minutes() -> list[int]:
    """Return how many minutes support was open since the first one: Monday to Friday, 9:00 to 17:30."""
    local = ((FIRST_MINUTE + timedelta(minutes=passed)).astimezone(ZONE) for passed in range(400 * 24 * 60))
    return [0, *accumulate(int(at.weekday() < 5 and 540 <= at.hour * 60 + at.minute < 1050) for at in local)]


def open_between(earlier: str, later: str) -> float:
    """Return the seconds of support's time, of instants at whole minutes."""
    first, last = (int((instant(at) - FIRST_MINUTE) / timedelta(minutes=1)) for at in (earlier, later))
    return 60 * (open_minutes()[last] - open_minutes()[first])


def took(severity: str, earlier: str, later: str) -> float:
    """Return the seconds that a ticket waited while its promise ran, which with critical ones is day and night."""
    if severity == "critical":
        return (instant(later) - instant(earlier)).total_seconds()
    return open_between(earlier, later)


def of_week(week: Week) -> tuple[str, str]:
    monday = datetime(week.monday.year, week.monday.month, week.monday.day, tzinfo=ZONE)
    after = week.monday + timedelta(days=7)
    return text(monday), text(datetime(after.year, after.month, after.day, tzinfo=ZONE))


ANSWERED = "(SELECT min(e.at) FROM entry e WHERE e.ticket_id = t.id AND e.kind = 'agent')"
BECAME = "json_extract(e.change, '$.state')"
STATE = (
    f"(SELECT {BECAME} FROM entry e WHERE e.ticket_id = t.id AND {BECAME} IS NOT NULL AND e.at < ? "  # noqa: S608
    "ORDER BY e.id DESC LIMIT 1)"
)
ENDED = "CASE WHEN t.state = 'closed' THEN t.closed_at END"
REOPENED = (
    f"EXISTS (SELECT 1 FROM entry e WHERE e.ticket_id = t.id AND {BECAME} = 'open' "  # noqa: S608
    "AND json_extract(e.change, '$.opened_at') IS NULL AND e.at >= ? AND e.at < ?)"
)
RESOLVED = "(SELECT max(e.at) FROM entry e WHERE e.ticket_id = t.id AND e.kind = 'agent' AND e.at <= t.closed_at)"


@pytest.mark.parametrize("group", GROUPS)
def test_every_figure_of_every_week_is_what_sql_and_a_count_of_minutes_give(
    log: Path, weeks: dict[str, dict[Week, figures.Figures]], group: str
) -> None:
    (only, _), reckoned, seen, spared = GROUPS[group], Reckoned(log), 0, 0
    for week, found in weeks[group].items():
        since, until = of_week(week)
        opened = f"{only} AND t.opened_at >= ? AND t.opened_at < ?"
        closed = f"{only} AND t.state = 'closed' AND t.closed_at >= ? AND t.closed_at < ?"
        what = f"t.id, t.opened_at, {ANSWERED}, t.response_due_at, {ENDED}, t.severity"
        rows = reckoned.select(what, opened, since, until)
        spans = [took(row[5], row[1], row[2]) for row in rows if row[2]]
        assert list(found.opened) == [row[0] for row in rows]
        assert seconds(found.first_response.average) == (pytest.approx(mean(spans)) if spans else None)
        assert seconds(found.first_response.middle) == (pytest.approx(median(spans)) if spans else None)
        assert list(found.unanswered) == [row[0] for row in rows if not row[2]]
        late = [row for row in rows if not row[2] and row[3] and row[3] < min(text(NOW), row[4] or text(NOW))]
        due = [row for row in rows if (row[2] and row[3]) or row in late]
        spared += sum(1 for row in rows if row[3] and row not in due and row[3] < text(NOW))
        assert list(found.in_time.of) == [row[0] for row in due]
        assert list(found.in_time.did) == [row[0] for row in due if row[2] and row[2] <= row[3]]
        rows = reckoned.select(f"t.id, t.opened_at, {RESOLVED}, t.resolution_due_at, t.severity", closed, since, until)
        spans = [took(severity, at, resolved) for _, at, resolved, _, severity in rows if resolved]
        assert seconds(found.resolution.average) == (pytest.approx(mean(spans)) if spans else None)
        assert seconds(found.resolution.middle) == (pytest.approx(median(spans)) if spans else None)
        assert sorted(found.closed_unanswered) == sorted(row[0] for row in rows if not row[2])
        kept = [row for row in rows if row[2] and row[3]]
        assert set(found.resolved_in_time.of) == {row[0] for row in kept}
        assert set(found.resolved_in_time.did) == {row[0] for row in kept if row[2] <= row[3]}
        seen += len(found.opened) + len(found.resolution.of)
    assert seen > 100, "the year has enough of that group"
    assert spared, "some were closed in time without an answer"


def test_reopened_backlog_and_after_hours_are_what_sql_gives(
    log: Path, weeks: dict[str, dict[Week, figures.Figures]]
) -> None:
    reckoned = Reckoned(log)
    for week, found in weeks["all"].items():
        since, until = of_week(week)
        assert list(found.reopened) == [row[0] for row in reckoned.select("t.id", REOPENED, since, until)]
        end = min(until, text(NOW))
        rows = reckoned.select("t.id, t.opened_at", f"{STATE} = 'open'", end)
        assert list(found.backlog) == [row[0] for row in rows]
        assert found.ages.of == tuple((number, instant(end) - instant(at)) for number, at in rows)
        rows = reckoned.select("t.id, t.opened_at", "t.opened_at >= ? AND t.opened_at < ?", since, until)
        shut = [number for number, at in rows if open_between(at, text(instant(at) + timedelta(minutes=1))) == 0]
        assert list(found.after_hours.did) == shut


def test_a_report_and_its_trend_have_each_week_as_it_is(
    reports: dict[Week, figures.Report], weeks: dict[str, dict[Week, figures.Figures]]
) -> None:
    for week, report in reports.items():
        assert report.total == weeks["all"][week]
        assert report.by_severity.get(Severity.CRITICAL, EMPTY) == weeks["critical"][week]
        assert report.by_tenant.get("acme", EMPTY) == weeks["acme"][week]
        assert report.by_tenant.get(None, EMPTY) == weeks["nobody's"][week]
        assert report.trend[-1] == (week, report.total)
        assert report.before == report.trend[-2][1]
    last = reports[WEEKS[-1]]
    assert last.trend == tuple((week, weeks["all"][week]) for week in WEEKS[-12:])


def test_groups_hold_each_ticket_once(reports: dict[Week, figures.Report]) -> None:
    for report in reports.values():
        for groups in (report.by_severity.values(), report.by_tenant.values()):
            assert sorted(ticket for found in groups for ticket in found.opened) == sorted(report.total.opened)
            assert sorted(ticket for found in groups for ticket in found.backlog) == sorted(report.total.backlog)


def test_on_request_spans_are_the_calendars(log: Path) -> None:
    week = WEEKS[20]
    with open_database(log) as database, database.read() as conn:
        cases = casebook.cases(conn, PARTNER, figures.first_week(week).begins(ZONE), tenant="acme")
    assert {case.tenant for case in cases} == {"acme"}
    found = figures.report(cases, week, setting(by_calendar=True)).total
    times = {case.ticket: (case.opened_at, case.answered_at) for case in cases}
    assert found.first_response.of
    assert found.resolution.of
    resolved = f"t.tenant = 'acme' AND t.state = 'closed' AND t.closed_at >= ? AND t.closed_at < ? AND {RESOLVED} <> ''"
    rows = Reckoned(log).select(f"t.id, t.opened_at, {RESOLVED}", resolved, *of_week(week))
    assert found.resolution.of == tuple((number, instant(answered) - instant(at)) for number, at, answered in rows)
    for ticket, span in found.first_response.of:
        opened_at, answered_at = times[ticket]
        assert answered_at is not None
        assert span == answered_at - opened_at


def test_a_table_has_a_row_for_each_group_and_no_formula(reports: dict[Week, figures.Report]) -> None:
    report = reports[WEEKS[-1]]
    renamed = figures.Report(report.week, report.total, {}, {"=HYPERLINK(1)": report.total}, report.trend)
    rows = plain.as_csv(renamed).split("\r\n")
    assert rows[0].split(",") == list(plain.COLUMNS)
    assert rows[1].startswith(f"2026-W51,all,,{len(report.total.opened)},")
    assert rows[2].startswith("2026-W51,tenant,'=HYPERLINK(1),")
    tickets, earlier = ([row.split(",") for row in rows if f",{group}," in row] for group in ("ticket", "earlier"))
    assert [row[0] for row in earlier] == [str(week) for week in reversed(WEEKS[-12:-1])]
    assert [row[3] for row in earlier] == [str(len(found.opened)) for _, found in reversed(report.trend[:-1])]
    numbers = plain.as_object(report, setting())["total"]
    for name, column in (("unanswered", 6), ("reopened", 15), ("closed_unanswered", 12)):
        assert {int(row[2]) for row in tickets if row[column] == "1"} == set(numbers[name]), name
    spans = {row[2]: row[4] for row in tickets if row[4]}
    assert spans == {ticket: str(span) for ticket, span in numbers["first_response"]["tickets"].items()}
    assert len(rows) == 3 + len(tickets) + len(earlier) + 1


@pytest.mark.parametrize(
    ("written", "monday"),
    [
        ("2026-W46", date(2026, 11, 9)),
        ("2026w1", date(2025, 12, 29)),
        ("2020-W53", date(2020, 12, 28)),
    ],
)
def test_a_week_is_read_as_iso_8601_has_it(written: str, monday: date) -> None:
    assert Week.parse(written) == Week(monday)
    assert Week.parse(str(Week(monday))) == Week(monday)


@pytest.mark.parametrize(
    "written",
    [
        "2026-W54",
        "2021-W53",
        "46",
        "2026-W00",
        "",
        "2026-11-09",
        "9999-W52",
        "0001-W01",
        "\u0662\u0660\u0662\u0666-W09",
    ],
)
def test_what_is_no_week_is_told(written: str) -> None:
    with pytest.raises(ValueError, match="week"):
        Week.parse(written)


def test_a_week_begins_at_the_partners_midnight_on_both_clock_changes() -> None:
    spring, autumn = Week.parse("2026-W10"), Week.parse("2026-W44")
    assert spring.ends(ZONE) - spring.begins(ZONE) == timedelta(days=7, hours=-1)
    assert autumn.ends(ZONE) - autumn.begins(ZONE) == timedelta(days=7, hours=1)
    assert Week.of(autumn.ends(ZONE) - timedelta(seconds=1), ZONE) == autumn
    assert Week.of(autumn.ends(ZONE), ZONE) == Week.parse("2026-W45")


def seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def test_a_span_runs_while_the_promise_does() -> None:
    rules = Rules(partner=Partner(brand="Harbor Voice", address="support@harborvoice.example", zone=ZONE))
    opened_at = datetime(2026, 11, 21, 22, 15, tzinfo=ZONE).astimezone(UTC)
    spans = {
        severity: figures.Setting.of(rules, NOW).span(
            Case(1, None, severity, "All phones are down", "jane@acme.example", opened_at, ()),
            opened_at + timedelta(minutes=35),
        )
        for severity in (Severity.CRITICAL, Severity.HIGH)
    }
    assert spans == {Severity.CRITICAL: timedelta(minutes=35), Severity.HIGH: timedelta()}
