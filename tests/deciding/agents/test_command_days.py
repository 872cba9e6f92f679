"""Which day and which instant is meant, and where nobody can know."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.agents.commands import Moment, kinds, parse
from mailbot.deciding.agents.commands.days import Side, day, digit_order
from mailbot.deciding.agents.commands.moment import UnclearError
from mailbot.deciding.agents.commands.times import ahead, call
from tests.deciding.agents.agent_mail import DANA, IN_BERLIN, NOW

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 dec", "2026-12-12"),
        ("12. Dec.", "2026-12-12"),
        ("12dec", "2026-12-12"),
        ("12th of December", "2026-12-12"),
        ("the 12th of december", "2026-12-12"),
        ("dec 12", "2026-12-12"),
        ("Dec 12th", "2026-12-12"),
        ("December 12, 2026", "2026-12-12"),
        ("Sat, 12 December", "2026-12-12"),
        ("on saturday dec 12", "2026-12-12"),
        ("12. Dezember", "2026-12-12"),
        ("12. dez", "2026-12-12"),
        ("Samstag, 12. Dezember 2026", "2026-12-12"),
        ("3. J\u00e4nner", "2027-01-03"),
        ("12 d\u00e9cembre", "2026-12-12"),
        ("lundi 14 d\u00e9c.", "2026-12-14"),
        ("12 de diciembre de 2026", "2026-12-12"),
        ("1 de mar\u00e7o", "2027-03-01"),
        ("le 1er janvier", "2027-01-01"),
        ("1\u00ba de janeiro", "2027-01-01"),
        ("el 1.\u00ba de enero", "2027-01-01"),
        ("o dia 12 de dezembro", "2026-12-12"),
        ("el d\u00eda 12 de dic.", "2026-12-12"),
        ("3. Maerz", "2027-03-03"),
        ("3. Mrz.", "2027-03-03"),
        ("lunes", "2026-11-30"),
        ("Montag", "2026-11-30"),
        ("segunda-feira", "2026-11-30"),
        ("5 jan", "2027-01-05"),
        ("sept 30 2027", "2027-09-30"),
        ("2026-12-12", "2026-12-12"),
        ("2026/12/12", "2026-12-12"),
        ("12.12.", "2026-12-12"),
        ("12.12", "2026-12-12"),
        ("12.12.2026", "2026-12-12"),
        ("12.12.26", "2026-12-12"),
        ("5.12.", "2026-12-05"),  # only who writes the day first ends it with a point
        ("mon", "2026-11-30"),
        ("Monday.", "2026-11-30"),
        ("next monday", "2026-11-30"),
        ("this sunday", "2026-11-29"),
        ("thursday", "2026-12-03"),
        ("tomorrow", "2026-11-27"),
        ("the day after tomorrow", "2026-11-28"),
        ("in 3 days", "2026-11-29"),
        ("3 days", "2026-11-29"),
        ("3d", "2026-11-29"),
        ("in a week", "2026-12-03"),
        ("2w", "2026-12-10"),
        ("two weeks", "2026-12-10"),
        ("\u201cfriday\u201d", "2026-11-27"),
    ],
)
def test_days(text: str, expected: str) -> None:
    assert day(text, DANA) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "in_us", "in_germany"),
    [
        ("12/5/2026", "2026-12-05", None),  # 12 May is past there
        ("1/2", "2027-01-02", "2027-02-01"),
        ("1-2-2027", "2027-01-02", "2027-02-01"),
        ("1.2.2027", None, "2027-02-01"),  # nobody in the US agrees on this one
        ("24/12", "2026-12-24", "2026-12-24"),
        ("12/24", "2026-12-24", "2026-12-24"),
        ("12.24", "2026-12-24", None),
        ("4.12", None, "2026-12-04"),
    ],
)
def test_digits_are_read_in_the_order_of_the_country(text: str, in_us: str | None, in_germany: str | None) -> None:
    for moment, expected in ((DANA, in_us), (IN_BERLIN, in_germany)):
        if expected:
            assert day(text, moment) == date.fromisoformat(expected)
        else:
            with pytest.raises(UnclearError):
                day(text, moment)


def test_where_the_order_is_not_sure_both_days_are_shown() -> None:
    assert (digit_order("US"), digit_order("GB"), digit_order("CA"), digit_order("nowhere")) == ("Md", "dM", "", "")
    with pytest.raises(UnclearError, match="could be Saturday, 2 January 2027 or Monday, 1 February 2027"):
        day("1/2", replace(DANA, country="CA"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yesterday", "Wednesday, 25 November 2026 is past"),
        ("20 nov", "Friday, 20 November 2026 is past"),
        ("1 oct", "Thursday, 1 October 2026 is past"),
        ("2025-12-12", "is past"),
        ("26 nov", "is today"),
        ("today", "is today"),
        ("last monday", "is past"),
        ("12 dec 2027", "more than a year ahead"),
        ("2126-12-12", "more than a year ahead"),
        ("next friday", "could be Friday, 27 November 2026 or Friday, 4 December 2026"),
        ("30 feb", "there is no 30 February"),
        ("29.2.2027", "there is no 29 February 2027"),
        ("fri 12 dec", "Saturday, 12 December 2026 is no Fri"),
        ("12", "no day that I can read"),
        ("dec", "no day that I can read"),
        ("2027-13-01", "no day that I can read"),
        ("2027-01-00", "there is no 0 January 2027"),
        ("13.13.", "no day that I can read"),
        ("2m", "no day that I can read"),
        ("soon", "no day that I can read"),
        ("", "no day that I can read"),
        ("in 3 days ago", "no day that I can read"),
        ("12 dec or 13 dec", "no day that I can read"),
        ("1" * 1000, "no day that I can read"),
    ],
)
def test_no_day_is_guessed(text: str, why: str) -> None:
    with pytest.raises(UnclearError, match=why):
        day(text, DANA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2026-11-26"),
        ("yesterday", "2026-11-25"),
        ("thursday", "2026-11-26"),
        ("friday", "2026-11-20"),
        ("last friday", "2026-11-20"),
        ("12 dec", None),
        ("1 nov", "2026-11-01"),
        ("3 days ago", "2026-11-23"),
        ("next friday", None),
        ("in 3 days", None),
        ("2019-02-01", "2019-02-01"),
    ],
)
def test_days_gone_by(text: str, expected: str | None) -> None:
    if expected:
        assert day(text, DANA, Side.GONE) == date.fromisoformat(expected)
    else:
        with pytest.raises(UnclearError):
            day(text, DANA, Side.GONE)


@given(st.dates(date(2000, 1, 1), date(2098, 1, 1)), st.integers(1, 366), st.sampled_from(["US", "DE", "CA"]))
def test_a_day_in_iso_form_or_spelled_out_is_that_day(today: date, days: int, country: str) -> None:
    moment = Moment(datetime(today.year, today.month, today.day, 12, tzinfo=UTC), ZoneInfo("UTC"), country)
    meant = today + timedelta(days=days)
    for text in (meant.isoformat(), f"{meant:%A}, {meant.day} {meant:%B %Y}", f"{meant:%b} {meant.day} {meant.year}"):
        assert day(text, moment) == meant


@given(st.text(max_size=30) | st.from_regex(r"\A[0-9]{1,4}[-/. ][0-9a-z]{1,9}([-/. ][0-9]{1,4})?\Z"))
def test_a_day_is_ahead_or_refused(text: str) -> None:
    for moment in (DANA, IN_BERLIN):
        try:
            meant = day(text, moment)
        except UnclearError:
            continue
        assert TODAY < meant <= TODAY + timedelta(days=366)


@pytest.mark.parametrize(
    ("line", "local", "text"),
    [
        ("", "2026-11-26 09:30", ""),
        ("02:25", "2026-11-26 02:25", ""),
        ("[02:25]", "2026-11-26 02:25", ""),
        ("at 2:25", "2026-11-26 02:25", ""),
        ("9:30", "2026-11-26 09:30", ""),
        ("9:31", "2026-11-25 21:31", ""),  # nobody calls in the future
        ("09:31", "2026-11-25 09:31", ""),
        ("21:31 all is well", "2026-11-25 21:31", "all is well"),
        ("9:10 am, all is well", "2026-11-26 09:10", "all is well"),
        ("5pm left a message", "2026-11-25 17:00", "left a message"),
        ("12:10 a.m. all is well", "2026-11-26 00:10", "all is well"),
        ("all is well at 9 am.", "2026-11-26 09:00", "all is well"),
        ("all is well, 09:10", "2026-11-26 09:10", "all is well"),
        ("09:10 calls back at 17:00", "2026-11-26 09:10", "calls back at 17:00"),
        ("open 9:00-17:00", "2026-11-26 09:30", "open 9:00-17:00"),
        ("firmware 1.25", "2026-11-26 09:30", "firmware 1.25"),
    ],
)
def test_the_time_of_a_call_is_the_latest_that_is_not_ahead(line: str, local: str, text: str) -> None:
    at, said = call(line, DANA)
    assert (f"{at.astimezone(DANA.zone):%Y-%m-%d %H:%M}", said) == (local, text)


def test_where_clocks_count_to_24_an_hour_is_one_hour() -> None:
    afternoon = replace(IN_BERLIN, now=datetime(2026, 11, 26, 14, tzinfo=UTC))
    assert call("2:25", afternoon)[0] == datetime(2026, 11, 26, 1, 25, tzinfo=UTC)
    assert call("2:25", replace(afternoon, country="US"))[0] == datetime(2026, 11, 26, 13, 25, tzinfo=UTC)


def test_a_time_that_a_call_only_spoke_of_is_asked_back() -> None:
    with pytest.raises(UnclearError, match="was the call at 17:00"):
        call("she calls back at 17:00", DANA)


@pytest.mark.parametrize("text", ["24:00", "25:10", "12:60", "13 pm", "0:10 am"])
def test_no_time_of_day(text: str) -> None:
    with pytest.raises(UnclearError, match="no time of day"):
        call(text, DANA)


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        # 29 March 2026, 02:00 to 03:00 is left out: the call was the night before
        ("2026-03-29T06:00+02:00", "02:30", "2026-03-28T02:30+01:00"),
        # 25 October 2026, 02:00 to 03:00 comes twice: the later, or the only one that has been
        ("2026-10-25T06:00+01:00", "02:30", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:10+01:00", "02:30", "2026-10-25T02:30+02:00"),
    ],
)
def test_the_time_of_a_call_in_a_night_when_clocks_change(now: str, text: str, expected: str) -> None:
    moment = Moment(datetime.fromisoformat(now), BERLIN, "DE")
    assert call(text, moment)[0] == datetime.fromisoformat(expected)


@given(st.integers(0, 10 * 366 * 24 * 60), st.times())
def test_a_call_is_never_ahead_and_its_clock_shows_what_was_written(minutes: int, clock: time) -> None:
    moment = Moment(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), BERLIN, "DE")
    text = f"{clock:%H:%M}"
    at, _ = call(text, moment)
    assert at <= moment.now < at + timedelta(days=2, hours=1)
    assert f"{at.astimezone(BERLIN):%H:%M}" == text


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("1d", "2026-11-27 09:30"),
        ("for a day", "2026-11-27 09:30"),
        ("1h 30m", "2026-11-26 11:00"),
        ("90 minutes", "2026-11-26 11:00"),
        ("2 weeks", "2026-12-10 09:30"),
        ("until mon", "2026-11-30 00:00"),
        ("until tomorrow", "2026-11-27 00:00"),
        ("till 12 dec", "2026-12-12 00:00"),
        ("until 14:00", "2026-11-26 14:00"),
        ("until 8:00", "2026-11-26 20:00"),
        ("until 08:00", "2026-11-27 08:00"),
        ("2026-11-26T18:00Z", "2026-11-26 13:00"),
    ],
)
def test_how_long(text: str, local: str) -> None:
    assert f"{ahead(text, DANA).astimezone(DANA.zone):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize("text", ["", "until", "0m", "yesterday", "until today", "2 years", "1", "2020-01-01T00:00Z"])
def test_how_long_is_not_guessed(text: str) -> None:
    with pytest.raises(UnclearError):
        ahead(text, DANA)


def test_today_is_the_agents_own() -> None:
    late = replace(DANA, now=datetime(2026, 11, 27, 3, tzinfo=UTC))  # still Thursday in New York
    assert parse("#wait carrier until tomorrow", late).commands == (kinds.Wait("carrier", date(2026, 11, 27)),)
    assert late.now.date() == NOW.date() + timedelta(days=1)
