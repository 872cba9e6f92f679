"""What the status page shows of the incidents: what lasts, and the history by month on the operator's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailbot.deciding.incidents import Incident, UpdateKind
from mailbot.render.public.status import history, neighbours, plain
from mailbot.rules import Playbook
from tests.public.sample import INCIDENTS, NOW, incident

NEW_YORK = ZoneInfo("America/New_York")


def test_what_lasts_stands_apart_and_the_rest_in_the_month_in_which_it_began_there() -> None:
    found = history(INCIDENTS, "en", "en", NEW_YORK, NOW)
    assert [one.number for one in found.lasting] == [4]
    assert [(month.first, [one.number for one in month.troubles], month.page) for month in found.months] == [
        (date(2026, 11, 1), [3], "en/status/2026-11.html"),
        (date(2026, 10, 1), [2], "en/status/2026-10.html"),
        (date(2026, 9, 1), [], ""),
    ]
    assert [month.first for month in found.earlier] == [date(2026, 7, 1)]
    assert [[one.number for one in month.troubles] for month in found.all] == [[4, 3], [2], [1]]
    in_london = history(INCIDENTS, "en", "en", ZoneInfo("Europe/London"), NOW)
    assert [[one.number for one in month.troubles] for month in in_london.all] == [[4, 3, 2], [1]]


def test_what_was_said_stands_newest_first_with_its_page() -> None:
    [lasting] = history(INCIDENTS, "de", "en", NEW_YORK, NOW).lasting
    assert [(one.kind, one.text) for one in lasting.said] == [
        (UpdateKind.UPDATE, "Half of them work.\nWe go on."),
        (UpdateKind.OPEN, "Calls fail."),
    ]
    assert lasting.page == "de/status/2026-11.html#incident-4"


@pytest.mark.parametrize(
    ("over_after", "lasted"),
    [
        (timedelta(), timedelta(minutes=1)),
        (timedelta(seconds=89), timedelta(minutes=1)),
        (timedelta(minutes=9, seconds=31), timedelta(minutes=10)),
        (timedelta(hours=47, minutes=59), timedelta(hours=47, minutes=59)),
        (timedelta(hours=60), timedelta(days=3)),
    ],
)
def test_how_long_it_lasted_is_whole_minutes_or_days(over_after: timedelta, lasted: timedelta) -> None:
    [month] = history([incident(1, NOW, "x", over_after=over_after)], "en", "en", NEW_YORK, NOW + over_after).all
    assert month.troubles[0].lasted == lasted


def test_the_last_months_go_over_the_turn_of_the_year() -> None:
    months = history([], "en", "en", NEW_YORK, datetime(2027, 1, 1, 4, tzinfo=UTC)).months
    assert [month.first for month in months] == [date(2026, 12, 1), date(2026, 11, 1), date(2026, 10, 1)]
    assert (
        history([], "en", "en", ZoneInfo("Europe/Berlin"), datetime(2027, 1, 1, 4, tzinfo=UTC)).months[0].first.year
        == 2027
    )


def test_an_incident_of_a_month_to_come_is_shown_all_the_same() -> None:
    found = history(
        [incident(1, NOW + timedelta(days=40), "x", over_after=timedelta(hours=1))], "en", "en", NEW_YORK, NOW
    )
    assert [len(month.troubles) for month in found.months] == [1, 0, 0]


def test_the_next_months_are_those_with_incidents() -> None:
    months = history(INCIDENTS, "en", "en", NEW_YORK, NOW).all
    around = [[one and one.first.month for one in neighbours(months, month)] for month in months]
    assert around == [[10, None], [7, 11], [None, 10]]


def test_what_no_page_may_hold_is_left_out_of_what_was_said() -> None:
    assert plain("a\x00b\x0bc\r\nd\ud800\ufdd0\ufffee\x85 \U0001f4de\n") == "abc\nde \U0001f4de"
    lost = Incident(1, "T\x07", None, NOW)
    assert history([lost], "en", "en", NEW_YORK, NOW).lasting[0].title == "T"


def test_who_reads_another_language_is_told_the_common_issue_where_there_is_one() -> None:
    plain_one = Incident(1, "Portal is slow", None, NOW)
    issue = replace(plain_one, number=2, playbook=Playbook.PORT_IN)
    untitled = replace(issue, number=3, title="")
    english, german = (history([plain_one, issue, untitled], one, "en", NEW_YORK, NOW).lasting for one in ("en", "de"))
    assert [one.title for one in english] == ["", "Portal is slow", "Portal is slow"]
    assert [one.title for one in german] == ["", "", "Portal is slow"]
