"""Opening hours: tables of cases, on ordinary days and on the nights when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.hours import ClosedPeriod, OpeningHours, holiday_names, holidays_of, is_holiday_name, opening_hours
from mailbot.rules import Hours, Partner, Period, Rules, Tenant, Weekly

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKING_DAYS = DAYS[:5]


def week(*spans: str, days: tuple[str, ...] = WORKING_DAYS) -> Weekly:
    return Weekly.model_validate(dict.fromkeys(days, spans))


def opening(zone: str, weekly: Weekly | None = None, **more: object) -> OpeningHours:
    hours = Hours.model_validate({"week": week("09:00-17:30") if weekly is None else weekly, **more})
    return OpeningHours(hours, ZoneInfo(zone))


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ALL_DAY = week("00:00-24:00", days=DAYS)
NEVER = week(days=())
WITH_LUNCH = week("09:00-12:00", "13:00-17:00")
NIGHT_SHIFT = Weekly.model_validate({"sat": ["22:00-24:00"], "sun": ["00:00-06:00"]})
EARLY_SUNDAY = Weekly.model_validate({"sun": ["01:30-05:00"]})
SUNDAY_AT_TWO = Weekly.model_validate({"sun": ["02:30-05:00"]})
# 2026-11-21 is a Saturday.


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        # At nine sharp the door is open, at half past five sharp it is shut.
        (opening("America/New_York"), local("2026-11-20T09:00", "America/New_York"), True),
        (opening("America/New_York"), local("2026-11-20T17:29:59.999999", "America/New_York"), True),
        (opening("America/New_York"), local("2026-11-20T17:30", "America/New_York"), False),
        (opening("America/New_York"), local("2026-11-21T12:00", "America/New_York"), False),
        # The same instant is Monday morning in Sydney and Sunday night in New York.
        (opening("Australia/Sydney"), utc("2026-11-22T23:00"), True),
        (opening("America/New_York"), utc("2026-11-22T23:00"), False),
        # Kathmandu is 5:45 ahead: nine o'clock there is 03:15 UTC.
        (opening("Asia/Kathmandu"), utc("2026-11-20T03:14:59"), False),
        (opening("Asia/Kathmandu"), utc("2026-11-20T03:15"), True),
        # Lunch is closed.
        (opening("Europe/Berlin", WITH_LUNCH), local("2026-11-20T12:00", "Europe/Berlin"), False),
        (opening("Europe/Berlin", WITH_LUNCH), local("2026-11-20T13:00", "Europe/Berlin"), True),
        # A span to midnight and one from midnight are one night.
        (opening("Europe/Berlin", NIGHT_SHIFT), local("2026-11-21T23:59:59", "Europe/Berlin"), True),
        (opening("Europe/Berlin", NIGHT_SHIFT), local("2026-11-22T00:00", "Europe/Berlin"), True),
        # A holiday and a closed day, and the day after either.
        (opening("Europe/Berlin", region="DE-BY"), local("2026-01-06T10:00", "Europe/Berlin"), False),
        (opening("Europe/Berlin", region="DE-BE"), local("2026-01-06T10:00", "Europe/Berlin"), True),
        (
            opening("Europe/Berlin", closed=["2026-12-28..2026-12-30"]),
            local("2026-12-30T10:00", "Europe/Berlin"),
            False,
        ),
        (opening("Europe/Berlin", closed=["2026-12-28..2026-12-30"]), local("2026-12-31T10:00", "Europe/Berlin"), True),
        # A holiday is a day of the zone: in Auckland New Year's Day is over when it begins in UTC's afternoon.
        (opening("Pacific/Auckland", region="NZ"), utc("2026-01-04T21:00"), True),
        (opening("Europe/Berlin", ALL_DAY), utc("2026-11-22T03:00"), True),
        (opening("Europe/Berlin", NEVER), utc("2026-11-20T10:00"), False),
    ],
)
def test_open_or_closed(hours: OpeningHours, at: datetime, *, expected: bool) -> None:
    assert hours.is_open(at) is expected


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        # Open now is now.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T10:00", "Europe/Berlin"),
            local("2026-11-20T10:00", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin"),
            local("2026-11-20T08:59", "Europe/Berlin"),
            local("2026-11-20T09:00", "Europe/Berlin"),
        ),
        # Friday evening to Monday morning.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T17:30", "Europe/Berlin"),
            local("2026-11-23T09:00", "Europe/Berlin"),
        ),
        # Over the weekend on which New York's clocks go back: nine is 14:00 UTC, not 13:00.
        (opening("America/New_York"), local("2026-10-30T18:00", "America/New_York"), utc("2026-11-02T14:00")),
        # And forward in spring: 13:00 UTC again.
        (opening("America/New_York"), local("2026-03-06T18:00", "America/New_York"), utc("2026-03-09T13:00")),
        # Lord Howe's clocks go by half an hour: 10:30 ahead in winter, 11:00 in summer.
        (opening("Australia/Lord_Howe"), utc("2026-04-03T12:00"), utc("2026-04-05T22:30")),
        (opening("Australia/Lord_Howe"), utc("2026-10-02T12:00"), utc("2026-10-04T22:00")),
        # 02:30 does not come on Berlin's spring night: the span begins as the clock jumps to three.
        (opening("Europe/Berlin", SUNDAY_AT_TWO), utc("2026-03-28T12:00"), utc("2026-03-29T01:00")),
        # In autumn it comes twice: the span begins the first time.
        (opening("Europe/Berlin", SUNDAY_AT_TWO), utc("2026-10-24T12:00"), utc("2026-10-25T00:30")),
        # Thanksgiving, the Friday that California keeps as well, and the weekend.
        (
            opening("America/Los_Angeles", region="US-CA"),
            local("2026-11-25T18:00", "America/Los_Angeles"),
            local("2026-11-30T09:00", "America/Los_Angeles"),
        ),
        (
            opening("America/Los_Angeles", region="US-CA", not_holidays=["Day After Thanksgiving"]),
            local("2026-11-25T18:00", "America/Los_Angeles"),
            local("2026-11-27T09:00", "America/Los_Angeles"),
        ),
        (opening("Europe/Berlin", NEVER), utc("2026-11-20T10:00"), None),
        # Closed for more than a year by hand is not for ever.
        (
            opening("Europe/Berlin", closed=["2026-01-01..2026-12-31", "2027-01-01..2027-12-31"]),
            utc("2026-01-01T12:00"),
            local("2028-01-03T09:00", "Europe/Berlin"),
        ),
    ],
)
def test_next_opening(hours: OpeningHours, at: datetime, expected: datetime | None) -> None:
    assert hours.next_opening(at) == expected


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (opening("Europe/Berlin"), local("2026-11-20T10:00", "Europe/Berlin"), None),
        (
            opening("Europe/Berlin"),
            local("2026-11-21T10:00", "Europe/Berlin"),
            ClosedPeriod(local("2026-11-20T17:30", "Europe/Berlin"), local("2026-11-23T09:00", "Europe/Berlin")),
        ),
        # The very instant of closing belongs to the night.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T17:30", "Europe/Berlin"),
            ClosedPeriod(local("2026-11-20T17:30", "Europe/Berlin"), local("2026-11-23T09:00", "Europe/Berlin")),
        ),
        # Lunch is a closed period of its own.
        (
            opening("Europe/Berlin", WITH_LUNCH),
            local("2026-11-20T12:30", "Europe/Berlin"),
            ClosedPeriod(local("2026-11-20T12:00", "Europe/Berlin"), local("2026-11-20T13:00", "Europe/Berlin")),
        ),
        # Christmas to New Year is one.
        (
            opening("Europe/Berlin", region="DE", closed=["2026-12-24..2027-01-03"]),
            utc("2026-12-28T10:00"),
            ClosedPeriod(local("2026-12-23T17:30", "Europe/Berlin"), local("2027-01-04T09:00", "Europe/Berlin")),
        ),
        (opening("Europe/Berlin", NEVER), utc("2026-11-20T10:00"), ClosedPeriod(None, None)),
    ],
)
def test_closed_period(hours: OpeningHours, at: datetime, expected: ClosedPeriod | None) -> None:
    assert hours.closed_period(at) == expected


@pytest.mark.parametrize(
    ("hours", "at", "since", "until"),
    [
        (opening("Europe/Berlin"), "2026-11-23T09:00", "2026-11-20T17:30", "2026-11-23T09:00"),
        (opening("Europe/Berlin"), "2026-11-24T17:29", "2026-11-23T17:30", "2026-11-24T09:00"),
        # After lunch it is lunch.
        (opening("Europe/Berlin", WITH_LUNCH), "2026-11-24T14:00", "2026-11-24T12:00", "2026-11-24T13:00"),
        # Open through midnight is open at a stretch.
        (opening("Europe/Berlin", NIGHT_SHIFT), "2026-11-22T03:00", "2026-11-15T06:00", "2026-11-21T22:00"),
        (
            opening("Europe/Berlin", region="DE", closed=["2026-12-24..2027-01-03"]),
            "2027-01-04T10:00",
            "2026-12-23T17:30",
            "2027-01-04T09:00",
        ),
    ],
)
def test_the_closed_period_before(hours: OpeningHours, at: str, since: str, until: str) -> None:
    expected = ClosedPeriod(local(since, "Europe/Berlin"), local(until, "Europe/Berlin"))
    assert hours.last_closed(local(at, "Europe/Berlin")) == expected


def test_there_is_none_before_while_closed_and_where_it_is_always_open() -> None:
    assert opening("Europe/Berlin").last_closed(local("2026-11-21T10:00", "Europe/Berlin")) is None
    assert opening("Europe/Berlin", ALL_DAY).last_closed(local("2026-11-21T10:00", "Europe/Berlin")) is None


H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "at", "duration", "expected"),
    [
        (
            opening("Europe/Berlin"),
            local("2026-11-20T10:00", "Europe/Berlin"),
            4 * H,
            local("2026-11-20T14:00", "Europe/Berlin"),
        ),
        # What ends with the day is due at its closing.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T13:30", "Europe/Berlin"),
            4 * H,
            local("2026-11-20T17:30", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin"),
            local("2026-11-20T13:31", "Europe/Berlin"),
            4 * H,
            local("2026-11-23T09:01", "Europe/Berlin"),
        ),
        # From outside hours the count starts at the next opening.
        (
            opening("Europe/Berlin"),
            local("2026-11-21T03:00", "Europe/Berlin"),
            4 * H,
            local("2026-11-23T13:00", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin"),
            local("2026-11-21T03:00", "Europe/Berlin"),
            0 * H,
            local("2026-11-23T09:00", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin", WITH_LUNCH),
            local("2026-11-20T11:30", "Europe/Berlin"),
            H,
            local("2026-11-20T13:30", "Europe/Berlin"),
        ),
        # 24 hours are nearly three days of 8.5.
        (
            opening("Europe/Berlin"),
            local("2026-11-16T09:00", "Europe/Berlin"),
            24 * H,
            local("2026-11-18T16:00", "Europe/Berlin"),
        ),
        # Around the clock, time is time, whatever the clock shows: an hour is lost in spring.
        (
            opening("America/New_York", ALL_DAY),
            local("2026-03-08T00:30", "America/New_York"),
            4 * H,
            local("2026-03-08T05:30", "America/New_York"),
        ),
        (
            opening("America/New_York", ALL_DAY),
            local("2026-11-01T00:30", "America/New_York"),
            4 * H,
            local("2026-11-01T03:30", "America/New_York"),
        ),
        # The span from half past one to five has two and a half hours in spring and four and a half in autumn.
        (
            opening("Europe/Berlin", EARLY_SUNDAY),
            utc("2026-03-28T12:00"),
            2.5 * H,
            local("2026-03-29T05:00", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin", EARLY_SUNDAY),
            utc("2026-10-24T12:00"),
            4.5 * H,
            local("2026-10-25T05:00", "Europe/Berlin"),
        ),
        (opening("Europe/Berlin", NEVER), utc("2026-11-20T10:00"), H, None),
    ],
)
def test_adding_open_time(hours: OpeningHours, at: datetime, duration: timedelta, expected: datetime | None) -> None:
    assert hours.add(at, duration) == expected


SHORT_SATURDAY = Weekly.model_validate({**dict.fromkeys(WORKING_DAYS, ("09:00-17:30",)), "sat": ["10:00-14:00"]})
SUNDAY_FROM_ONE = week("01:00-05:00", days=("sat", "sun"))


@pytest.mark.parametrize(
    ("hours", "at", "days", "expected"),
    [
        (
            opening("Europe/Berlin"),
            local("2026-11-16T10:15", "Europe/Berlin"),
            3,
            local("2026-11-19T10:15", "Europe/Berlin"),
        ),
        # Over the weekend, and over Thanksgiving.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T10:15", "Europe/Berlin"),
            1,
            local("2026-11-23T10:15", "Europe/Berlin"),
        ),
        (
            opening("America/New_York", region="US"),
            local("2026-11-25T10:00", "America/New_York"),
            1,
            local("2026-11-27T10:00", "America/New_York"),
        ),
        # From outside hours it starts at the next opening.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T23:00", "Europe/Berlin"),
            1,
            local("2026-11-24T09:00", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin"),
            local("2026-11-20T23:00", "Europe/Berlin"),
            0,
            local("2026-11-23T09:00", "Europe/Berlin"),
        ),
        # Friday at four falls on a Saturday that shuts at two; Saturday at ten on a Monday that is open.
        (
            opening("Europe/Berlin", SHORT_SATURDAY),
            local("2026-11-20T16:00", "Europe/Berlin"),
            1,
            local("2026-11-21T14:00", "Europe/Berlin"),
        ),
        (
            opening("Europe/Berlin", SHORT_SATURDAY),
            local("2026-11-20T09:30", "Europe/Berlin"),
            1,
            local("2026-11-21T10:00", "Europe/Berlin"),
        ),
        # Half past twelve falls into the other day's lunch: it ends before.
        (
            opening(
                "Europe/Berlin", Weekly.model_validate({"mon": ["09:00-17:00"], "tue": ["09:00-12:00", "13:00-17:00"]})
            ),
            local("2026-11-16T12:30", "Europe/Berlin"),
            1,
            local("2026-11-17T12:00", "Europe/Berlin"),
        ),
        # The same local time on the other side of a clock change is another UTC time.
        (opening("America/New_York"), local("2026-03-06T10:00", "America/New_York"), 1, utc("2026-03-09T14:00")),
        # 02:15 does not come on Berlin's spring Sunday: due as the clock jumps.
        (
            opening("Europe/Berlin", SUNDAY_FROM_ONE),
            local("2026-03-28T02:15", "Europe/Berlin"),
            1,
            utc("2026-03-29T01:00"),
        ),
        (opening("Europe/Berlin", NEVER), utc("2026-11-20T10:00"), 1, None),
    ],
)
def test_adding_open_days(hours: OpeningHours, at: datetime, days: int, expected: datetime | None) -> None:
    assert hours.add_days(at, days) == expected


@pytest.mark.parametrize(
    ("hours", "earlier", "later", "expected"),
    [
        (
            opening("Europe/Berlin"),
            local("2026-11-20T17:00", "Europe/Berlin"),
            local("2026-11-23T09:15", "Europe/Berlin"),
            0.75 * H,
        ),
        (
            opening("Europe/Berlin"),
            local("2026-11-20T18:00", "Europe/Berlin"),
            local("2026-11-22T09:15", "Europe/Berlin"),
            0 * H,
        ),
        # The wrong way round is no time.
        (
            opening("Europe/Berlin"),
            local("2026-11-20T12:00", "Europe/Berlin"),
            local("2026-11-20T10:00", "Europe/Berlin"),
            0 * H,
        ),
        # A Sunday around the clock has 23 hours in spring and 25 in autumn.
        (
            opening("Europe/Berlin", ALL_DAY),
            local("2026-03-29T00:00", "Europe/Berlin"),
            local("2026-03-30T00:00", "Europe/Berlin"),
            23 * H,
        ),
        (
            opening("Europe/Berlin", ALL_DAY),
            local("2026-10-25T00:00", "Europe/Berlin"),
            local("2026-10-26T00:00", "Europe/Berlin"),
            25 * H,
        ),
        # Havana's clocks change at midnight: the day begins at one.
        (opening("America/Havana", ALL_DAY), utc("2026-03-07T05:00"), utc("2026-03-09T04:00"), 47 * H),
        # Lord Howe's day is half an hour longer.
        (
            opening("Australia/Lord_Howe", ALL_DAY),
            local("2026-04-05T00:00", "Australia/Lord_Howe"),
            local("2026-04-06T00:00", "Australia/Lord_Howe"),
            24.5 * H,
        ),
    ],
)
def test_open_time_between(hours: OpeningHours, earlier: datetime, later: datetime, expected: timedelta) -> None:
    assert hours.between(earlier, later) == expected


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (opening("Europe/Berlin"), "2026-11-20T09:00", "2026-11-20T17:30"),
        (opening("Europe/Berlin"), "2026-11-20T17:29:59", "2026-11-20T17:30"),
        # Who is closed has nothing to close.
        (opening("Europe/Berlin"), "2026-11-20T17:30", "2026-11-20T17:30"),
        (opening("Europe/Berlin", WITH_LUNCH), "2026-11-20T09:00", "2026-11-20T12:00"),
        # A span to midnight and one from midnight are one night.
        (opening("Europe/Berlin", NIGHT_SHIFT), "2026-11-21T22:30", "2026-11-22T06:00"),
        (opening("Europe/Berlin", ALL_DAY), "2026-11-21T22:30", None),
        (opening("Europe/Berlin", ALL_DAY, closed=["2026-12-25"]), "2026-11-21T22:30", "2026-12-25T00:00"),
        (opening("Europe/Berlin", NEVER), "2026-11-21T22:30", "2026-11-21T22:30"),
    ],
)
def test_next_closing(hours: OpeningHours, at: str, expected: str | None) -> None:
    closes = hours.next_closing(local(at, "Europe/Berlin"))
    assert closes == (local(expected, "Europe/Berlin") if expected else None)


def test_naive_instants_and_negative_amounts_are_refused() -> None:
    hours = opening("Europe/Berlin")
    naive = datetime(2026, 11, 20, 10)  # noqa: DTZ001 - the point of the test
    for ask in (hours.is_open, hours.next_opening, hours.closed_period):
        with pytest.raises(ValueError, match="zone"):
            ask(naive)
    with pytest.raises(ValueError, match="forward"):
        hours.add(utc("2026-11-20T10:00"), -H)
    with pytest.raises(ValueError, match="forward"):
        hours.add_days(utc("2026-11-20T10:00"), -1)


@pytest.mark.parametrize(
    ("hours", "day", "expected"),
    [
        (Hours(region="US"), date(2026, 7, 3), "Independence Day (observed)"),
        # New Year's Day 2028 is a Saturday, kept on the last Friday of 2027.
        (Hours(region="US"), date(2027, 12, 31), "New Year's Day (observed)"),
        # Worked on after all: by its name, which covers the day it is moved to; by its own language; by date.
        (Hours(region="US", not_holidays=("independence day",)), date(2026, 7, 3), None),
        (Hours(region="DE-BY", not_holidays=("Heilige Drei Könige",)), date(2026, 1, 6), None),
        (Hours(region="DE-BY", not_holidays=("2026-01-06",)), date(2026, 1, 6), None),
        (Hours(region="DE-BY", not_holidays=("2026-01-06",)), date(2027, 1, 6), "Epiphany"),
        (Hours(region="DE-BE"), date(2026, 1, 6), None),
        (Hours(region=""), date(2026, 12, 25), None),
    ],
)
def test_holidays_by_region(hours: Hours, day: date, expected: str | None) -> None:
    assert holidays_of(hours, day.year).get(day) == expected


def test_an_unknown_region_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r'"US-XX".* of US are known: .*CA.*NY'):
        holidays_of(Hours(region="US-XX"), 2026)
    with pytest.raises(ValueError, match=r'"Bavaria".*"DE-BY"'):
        holidays_of(Hours(region="Bavaria"), 2026)


def test_names_by_which_a_holiday_may_be_left_out() -> None:
    assert {"Epiphany", "Heilige Drei Könige"} <= holiday_names("DE-BY")
    assert is_holiday_name("US", "columbus day")
    assert is_holiday_name("US", "2026-07-03")
    assert not is_holiday_name("US", "2026-07-02")
    assert not is_holiday_name("US", "Epiphany")


def test_a_tenant_without_hours_meets_the_partners_people_in_the_partners_zone() -> None:
    berlin, tokyo = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
    partner = Partner(zone=berlin)
    always = Hours(week=week("00:00-24:00", days=DAYS))
    without = Tenant(id="a", name="A", zone=tokyo)
    own = Tenant(id="b", name="B", zone=tokyo, hours=always)
    own_without_zone = Tenant(id="c", name="C", hours=always)
    rules = Rules(partner=partner, tenant=(without, own, own_without_zone))
    assert opening_hours(rules, None) == OpeningHours(partner.hours, berlin)
    assert opening_hours(rules, without) == OpeningHours(partner.hours, berlin)
    assert opening_hours(rules, own) == OpeningHours(always, tokyo)
    assert opening_hours(rules, own_without_zone) == OpeningHours(always, berlin)


def test_a_day_that_a_zone_skipped_is_never_open() -> None:
    # Samoa went from 29 to 31 December 2011 in one night.
    friday = Weekly(fri=(Period(start=time(0), end=time.max),))
    hours = OpeningHours(Hours(week=friday), ZoneInfo("Pacific/Apia"))
    assert hours.next_opening(utc("2011-12-25T00:00")) == local("2012-01-06T00:00", "Pacific/Apia")


SATURDAY, SUNDAY = week("00:00-24:00", days=("sat",)), week("00:00-24:00", days=("sun",))


def test_a_clock_that_goes_back_over_midnight() -> None:
    # Newfoundland's clocks went back at one past midnight until 2011: Sunday began, was Saturday again, and began anew.
    saturday, sunday = opening("America/St_Johns", SATURDAY), opening("America/St_Johns", SUNDAY)
    first_midnight, second_midnight = utc("2010-11-07T02:30"), utc("2010-11-07T03:30")
    assert saturday.is_open(first_midnight)
    assert saturday.between(first_midnight, utc("2010-11-08T12:00")) == second_midnight - first_midnight
    assert sunday.next_opening(utc("2010-11-06T12:00")) == first_midnight
    assert sunday.is_open(utc("2010-11-07T03:00"))
    both = opening("America/St_Johns", week("00:00-24:00", days=("sat", "sun")))
    assert both.between(utc("2010-11-05T12:00"), utc("2010-11-09T12:00")) == 49 * H
