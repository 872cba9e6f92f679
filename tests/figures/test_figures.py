"""The figures of a week are what anybody reckons from the log, by other means."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
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
from mailbot.store import casebook, surveys
from mailbot.store.database import open_database
from tests.figures.year import PARTNER, write_year

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 20, 12, 0, tzinfo=UTC)
WEEKS = [Week.parse(f"2026-W{number:02}") for number in range(1, 52)]
TICKETS = 500
ANSWER_WITHIN = timedelta(days=2)
EMPTY = figures.figures((), WEEKS[0], figures.Setting(lambda _tenant: OpeningHours(Hours(), ZONE), ZONE, NOW))
FIRST_MINUTE = datetime(2025, 12, 1, tzinfo=UTC)


def setting(*, by_calendar: bool = False) -> figures.Setting:
    opening = OpeningHours(Hours(), ZONE)
    day_and_night = frozenset({Severity.CRITICAL})
    return figures.Setting(
        lambda _tenant: opening, ZONE, NOW, day_and_night, by_calendar, lambda _case, since: since + ANSWER_WITHIN
    )


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


# What counts of the log, in tables: what was taken back, the mails that were let go by hand, the answers, and which
# tickets are one. `whole` are the tickets, each from when the first that is one with it was opened.
COUNTING = f"""
CREATE TEMP TABLE undo AS SELECT id, json_extract(decision, '$.undoes') AS act FROM entry
    WHERE json_extract(decision, '$.undoes') IS NOT NULL AND json_extract(decision, '$.kept') IS NULL;
CREATE TEMP TABLE gone AS SELECT id FROM undo UNION
    SELECT id FROM entry WHERE json_extract(decision, '$.act') IN (SELECT act FROM undo);
CREATE TEMP TABLE let_go AS SELECT json_extract(decision, '$.outbox') AS mail, max(at) AS at FROM entry
    WHERE json_extract(decision, '$.to') = 'queued' GROUP BY 1;
CREATE TEMP TABLE reached AS SELECT o.entry_id, min(coalesce(l.at, e.at)) AS at
    FROM outbox o JOIN entry e ON e.id = o.entry_id LEFT JOIN let_go l ON l.mail = o.id
    WHERE o.state IN ('queued', 'sent') AND coalesce(json_extract(o.bounced, '$.action'), '') <> 'failed' GROUP BY 1;
CREATE TEMP TABLE answer AS SELECT e.id, e.ticket_id, coalesce(r.at, e.at) AS at
    FROM entry e LEFT JOIN reached r ON r.entry_id = e.id
    WHERE e.kind = 'agent' AND e.id NOT IN (SELECT id FROM gone)
    AND (r.at IS NOT NULL OR e.id NOT IN (SELECT entry_id FROM outbox WHERE entry_id IS NOT NULL))
    AND (e.arrival_id IS NULL OR e.id = (SELECT max(o.id) FROM entry o WHERE o.arrival_id = e.arrival_id));
CREATE TEMP TABLE member AS SELECT t.id AS ticket, coalesce(h.id, t.id) AS home
    FROM ticket t LEFT JOIN ticket h ON h.id = t.merged_into
    WHERE h.id IS NULL OR ({COUNTED.partition(" AND ")[2]} AND coalesce(t.tenant = h.tenant, 1));
CREATE TEMP TABLE first AS SELECT m.home, min(t.opened_at || ' ' || t.id) AS place
    FROM member m JOIN ticket t ON t.id = m.ticket GROUP BY 1;
CREATE TEMP TABLE whole AS SELECT t.*, (SELECT e.kind = 'agent' FROM entry e
    WHERE e.ticket_id = substr(f.place, instr(f.place, ' ') + 1) AND e.kind <> 'change' ORDER BY e.id LIMIT 1) AS ours
    FROM ticket t LEFT JOIN first f ON f.home = t.id;
UPDATE whole SET opened_at = (SELECT substr(place, 1, instr(place, ' ') - 1) FROM first WHERE home = whole.id)
    WHERE merged_into IS NULL;
CREATE TEMP TABLE answered AS SELECT m.home, a.at FROM answer a JOIN member m ON m.ticket = a.ticket_id;
CREATE INDEX temp.by_home ON answered (home, at);
CREATE TEMP TABLE promise AS SELECT m.home, e.ticket_id, e.id, e.at, json_extract(e.change, '$.response_due_at') AS due,
    json_extract(e.change, '$.opened_at') IS NOT NULL OR e.from_address <> '' AS asked
    FROM entry e JOIN member m ON m.ticket = e.ticket_id
    WHERE json_type(e.change, '$.response_due_at') IS NOT NULL AND e.id NOT IN (SELECT id FROM gone);
CREATE INDEX temp.promises ON promise (home);
CREATE INDEX temp.answers ON answer (ticket_id);
"""  # noqa: S608
PROMISES = "SELECT ticket_id, at, due, asked FROM promise WHERE home = ? ORDER BY ticket_id, id"
WAITS = """
SELECT min(e.at) FROM entry e WHERE e.ticket_id = ? AND e.kind = 'customer'
AND e.id > coalesce((SELECT max(a.id) FROM answer a WHERE a.ticket_id = e.ticket_id), 0)
"""


class Reckoned:
    """The figures, by plain SQL and by counting the minutes in which support was open."""

    def __init__(self, log: Path) -> None:
        self._conn = sqlite3.connect(log)
        self._conn.executescript(COUNTING)

    def select(self, what: str, where: str, *values: object) -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT {what} FROM whole t WHERE {COUNTED} AND {where} {IN_ORDER}", *values)  # noqa: S608

    def close(self) -> None:
        self._conn.close()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._conn.execute(statement, values).fetchall()

    def in_time(self, ticket: int, opened_at: str, closed_at: str | None) -> bool | None:
        """Return whether each promise of a ticket was kept, None where none is kept or past."""
        answers = [at for (at,) in self.rows("SELECT at FROM answered WHERE home = ? ORDER BY at", ticket)]
        promises = self.rows(PROMISES, ticket)
        asked = [
            (due, at)
            for member in {promise[0] for promise in promises}
            for due, at in questions([promise[1:] for promise in promises if promise[0] == member], answers, opened_at)
            if due
        ]
        end = min(text(NOW), closed_at or text(NOW))
        kept = [at is not None and at <= due for due, at in asked if at or due < end]
        waiting = [due for due, at in asked if not at]
        [(waits,)] = self.rows(WAITS, ticket)
        if not closed_at and not waiting and answers and waits and instant(waits) + ANSWER_WITHIN < NOW:
            kept.append(False)
        return all(kept) if kept else None


def questions(
    promises: list[tuple[str, str | None, int]], answers: list[str], opened_at: str
) -> list[tuple[str | None, str | None]]:
    """Go through what happened in its order; return by when each question was to be answered, and when it was."""
    found: list[tuple[str | None, str | None]] = []
    asked_at: str | None = None
    due: str | None = None
    events = [(at, 0, until, bool(asked)) for at, until, asked in promises] + [(at, 1, None, False) for at in answers]
    for at, answers_it, until, asks in sorted(events, key=lambda event: event[:2]):
        if answers_it and asked_at and (at > asked_at or (not found and asked_at == opened_at)):
            found.append((due, at))
            asked_at = None
        elif not answers_it and asked_at is None and asks:
            asked_at, due = at, until
        elif not answers_it and asked_at is not None and (until is None or until > asked_at):
            due = until
    return [*found, (due, None)] if asked_at else found


@pytest.fixture(scope="module")
def reckoned(log: Path) -> Iterator[Reckoned]:
    found = Reckoned(log)
    yield found
    found.close()


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


ANSWERED = "(SELECT min(a.at) FROM answered a WHERE a.home = t.id)"
BECAME = "json_extract(e.change, '$.state')"
STATE = (
    f"coalesce((SELECT {BECAME} FROM entry e WHERE e.ticket_id = t.id AND {BECAME} IS NOT NULL AND e.at < ? "  # noqa: S608
    "AND e.id NOT IN (SELECT id FROM gone) ORDER BY e.id DESC LIMIT 1), CASE WHEN t.opened_at < ? THEN 'open' END)"
)
ENDED = "CASE WHEN t.state = 'closed' THEN t.closed_at END"
REOPENED = (
    f"EXISTS (SELECT 1 FROM entry e WHERE e.ticket_id = t.id AND {BECAME} = 'open' "  # noqa: S608
    "AND json_extract(e.change, '$.opened_at') IS NULL AND e.id NOT IN (SELECT id FROM gone) "
    "AND e.at >= ? AND e.at < ?)"
)
RESOLVED = "(SELECT max(a.at) FROM answered a WHERE a.home = t.id AND a.at <= t.closed_at)"


AFTER = "at > (SELECT min(a.at) FROM answer a WHERE a.ticket_id = e.ticket_id)"
SET = "entry e WHERE json_type(change, '$.severity') = 'text'"
SEEN = {
    "answers taken back": "entry WHERE kind = 'agent' AND id IN (SELECT id FROM gone)",
    "ends taken back": "entry WHERE json_extract(change, '$.state') = 'closed' AND id IN (SELECT id FROM gone)",
    "acts that stayed": "entry WHERE json_extract(decision, '$.kept')",
    "answers about another": "(SELECT 1 FROM entry WHERE arrival_id > 0 GROUP BY arrival_id HAVING count(*) > 1)",
    "mails held": "outbox WHERE state = 'held'",
    "mails failed": "outbox WHERE state = 'failed'",
    "mails back": "outbox WHERE json_extract(bounced, '$.action') = 'failed'",
    "answers given later": "answer a JOIN entry e ON e.id = a.id WHERE e.at < a.at",
    "set after the answer": f"{SET} AND from_address = '' AND {AFTER}",
    "raised after the answer": f"{SET} AND from_address <> '' AND {AFTER}",
    "begun by us": "whole WHERE ours",
    "votes": "ticket WHERE vote > 0",
    "asked and silent": "ticket WHERE surveyed_at > '' AND vote IS NULL",
    "merged": "member WHERE ticket <> home",
    "merged across customers": "ticket WHERE merged_into > 0 AND id NOT IN (SELECT ticket FROM member)",
}


@pytest.mark.parametrize("what", SEEN)
def test_the_year_has_enough_of_each(reckoned: Reckoned, what: str) -> None:
    [(number,)] = reckoned.rows(f"SELECT count(*) FROM {SEEN[what]}")  # noqa: S608
    assert number >= 5


@pytest.mark.parametrize("group", GROUPS)
def test_every_figure_of_every_week_is_what_sql_and_a_count_of_minutes_give(
    reckoned: Reckoned, weeks: dict[str, dict[Week, figures.Figures]], group: str
) -> None:
    (only, _), seen, spared = GROUPS[group], 0, 0
    for week, found in weeks[group].items():
        since, until = of_week(week)
        opened = f"{only} AND t.opened_at >= ? AND t.opened_at < ?"
        closed = f"{only} AND t.state = 'closed' AND t.closed_at >= ? AND t.closed_at < ?"
        what = f"t.id, t.opened_at, {ANSWERED}, {ENDED}, t.severity, t.ours"
        rows = reckoned.select(what, opened, since, until)
        asked = [row for row in rows if not row[5]]
        spans = [took(row[4], row[1], row[2]) for row in asked if row[2]]
        assert list(found.opened) == [row[0] for row in rows]
        assert seconds(found.first_response.average) == (pytest.approx(mean(spans)) if spans else None)
        assert seconds(found.first_response.middle) == (pytest.approx(median(spans)) if spans else None)
        assert list(found.unanswered) == [row[0] for row in asked if not row[2]]
        kept = {row[0]: reckoned.in_time(row[0], row[1], row[3]) for row in rows}
        spared += sum(1 for row in rows if kept[row[0]] is None and row[3])
        assert list(found.in_time.of) == [ticket for ticket, did in kept.items() if did is not None]
        assert list(found.in_time.did) == [ticket for ticket, did in kept.items() if did]
        rows = reckoned.select(f"t.id, t.opened_at, {RESOLVED}, t.resolution_due_at, t.severity", closed, since, until)
        spans = [took(severity, at, resolved) for _, at, resolved, _, severity in rows if resolved]
        assert seconds(found.resolution.average) == (pytest.approx(mean(spans)) if spans else None)
        assert seconds(found.resolution.middle) == (pytest.approx(median(spans)) if spans else None)
        assert sorted(found.closed_unanswered) == sorted(row[0] for row in rows if not row[2])
        due = [row for row in rows if row[2] and row[3]]
        assert set(found.resolved_in_time.of) == {row[0] for row in due}
        assert set(found.resolved_in_time.did) == {row[0] for row in due if row[2] <= row[3]}
        seen += len(found.opened) + len(found.resolution.of)
    assert seen > 100, "the year has enough of that group"
    assert spared, "some were closed in time without an answer"


def test_reopened_backlog_and_after_hours_are_what_sql_gives(
    reckoned: Reckoned, weeks: dict[str, dict[Week, figures.Figures]]
) -> None:
    for week, found in weeks["all"].items():
        since, until = of_week(week)
        assert list(found.reopened) == [row[0] for row in reckoned.select("t.id", REOPENED, since, until)]
        end = min(until, text(NOW))
        rows = reckoned.select("t.id, t.opened_at", f"{STATE} = 'open'", end, end)
        assert list(found.backlog) == [row[0] for row in rows]
        assert found.ages.of == tuple((number, instant(end) - instant(at)) for number, at in rows)
        asked = "NOT t.ours AND t.opened_at >= ? AND t.opened_at < ?"
        rows = reckoned.select("t.id, t.opened_at", asked, since, until)
        shut = [number for number, at in rows if open_between(at, text(instant(at) + timedelta(minutes=1))) == 0]
        assert list(found.after_hours.did) == shut


def test_votes_are_what_sql_gives(reckoned: Reckoned, weeks: dict[str, dict[Week, figures.Figures]]) -> None:
    for week, found in weeks["all"].items():
        span = of_week(week)
        rows = reckoned.select("t.id, t.vote", "t.voted_at >= ? AND t.voted_at < ?", *span)
        assert list(found.votes.of) == rows
        assert found.votes.average == (pytest.approx(mean(mark for _, mark in rows)) if rows else None)
        asked = reckoned.select("t.id, t.vote", "t.surveyed_at >= ? AND t.surveyed_at < ?", *span)
        assert (found.surveyed.of, found.surveyed.did) == (
            tuple(number for number, _ in asked),
            tuple(number for number, mark in asked if mark),
        )


def test_words_are_read_out_of_the_messages_that_gave_the_votes(
    log: Path, weeks: dict[str, dict[Week, figures.Figures]]
) -> None:
    votes = next(found.votes.of for found in weeks["all"].values() if len(found.votes.of) >= 5)
    with open_database(log) as database, database.read() as conn:
        told = surveys.said(conn, votes)
    assert [(one.ticket, one.mark) for one in told] == list(votes)
    assert {one.words for one in told if one.words} <= {f"I have {mark} things to say." for mark in range(1, 6)}
    assert any(one.words for one in told)


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


def test_on_request_spans_are_the_calendars(log: Path, reckoned: Reckoned) -> None:
    with open_database(log) as database, database.read() as conn:
        cases = casebook.cases(conn, PARTNER, WEEKS[0].begins(ZONE), tenant="acme")
    assert {case.tenant for case in cases} == {"acme"}
    times = {case.ticket: (case.opened_at, case.answered_at) for case in cases}
    answered = resolved = 0
    closed = f"t.tenant = 'acme' AND t.state = 'closed' AND t.closed_at >= ? AND t.closed_at < ? AND {RESOLVED} <> ''"
    for week in WEEKS:
        found = figures.figures(cases, week, setting(by_calendar=True))
        rows = reckoned.select(f"t.id, t.opened_at, {RESOLVED}", closed, *of_week(week))
        assert found.resolution.of == tuple((number, instant(last) - instant(at)) for number, at, last in rows)
        for ticket, span in found.first_response.of:
            opened_at, answered_at = times[ticket]
            assert answered_at is not None
            assert span == answered_at - opened_at
        answered, resolved = answered + len(found.first_response.of), resolved + len(rows)
    assert min(answered, resolved) > 10


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
