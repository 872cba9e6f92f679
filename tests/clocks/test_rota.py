"""Who is on call, by the week and by exception, against a table of each day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.clocks.rota import Rota, Shift
from tests.clocks.test_weekly import ZONES

NEW_YORK = ZoneInfo("America/New_York")
TWO = Rota(("dana", "bob"), date(2026, 11, 23), time(9), NEW_YORK)


def local(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-11-23T09:00", "dana"),
        ("2026-11-23T08:59", "bob"),
        ("2026-11-30T08:59", "dana"),
        ("2026-11-30T09:00", "bob"),
        ("2026-12-07T09:00", "dana"),
        ("2026-11-09T10:00", "dana"),
        ("2027-03-15T09:00", "dana"),  # a day after the clock has jumped
    ],
)
def test_weeks_alternate(at: str, who: str) -> None:
    assert TWO.at(local(at)) == who


def test_an_exception_is_somebody_elses_days() -> None:
    rota = Rota(TWO.order, TWO.first, TWO.change_at, NEW_YORK, (Shift("cleo", date(2026, 11, 26), date(2026, 11, 27)),))
    found = [
        (turn.who, f"{turn.start_at.astimezone(NEW_YORK):%d %H:%M}", turn.exceptional)
        for turn in rota.turns(local("2026-11-25T12:00"), local("2026-12-01T00:00"))
    ]
    assert found == [
        ("dana", "23 09:00", False),
        ("cleo", "26 09:00", True),
        ("dana", "28 09:00", False),
        ("bob", "30 09:00", False),
    ]
    assert rota.order_at(local("2026-11-26T12:00")) == ("cleo", "dana", "bob")
    assert rota.order_at(local("2026-11-30T12:00")) == ("bob", "dana")


def test_one_alone_is_always_on_call_and_nobody_never() -> None:
    assert Rota(("dana",), TWO.first, TWO.change_at, NEW_YORK).order_at(local("2030-01-01T00:00")) == ("dana",)
    nobody = Rota((), TWO.first, TWO.change_at, NEW_YORK)
    now = local("2026-11-23T09:00")
    assert (nobody.at(now), nobody.order_at(now), list(nobody.turns(now, now + timedelta(days=9)))) == ("", (), [])


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    change_at=st.times(),
    order=st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True).map(tuple),
    shifts=st.lists(
        st.tuples(st.sampled_from("abcde"), st.integers(0, 80), st.integers(0, 9)).map(
            lambda one: Shift(
                one[0], date(2026, 3, 1) + timedelta(one[1]), date(2026, 3, 1) + timedelta(one[1] + one[2])
            )
        ),
        max_size=3,
    ).map(tuple),
    since=st.integers(0, 60 * 24 * 60).map(
        lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
def test_turns_follow_each_other_without_a_gap_and_say_whose_each_instant_is(
    zone: ZoneInfo, change_at: time, order: tuple[str, ...], shifts: tuple[Shift, ...], since: datetime
) -> None:
    rota = Rota(order, date(2026, 3, 2), change_at.replace(second=0, microsecond=0), zone, shifts)
    turns = list(rota.turns(since, since + timedelta(days=40)))
    assert turns[0].start_at <= since < turns[0].end_at
    assert turns[-1].end_at >= since + timedelta(days=40)
    assert [turn.end_at for turn in turns[:-1]] == [turn.start_at for turn in turns[1:]]
    for turn in turns:
        for at in (
            turn.start_at,
            turn.start_at + (turn.end_at - turn.start_at) / 2,
            turn.end_at - timedelta(seconds=1),
        ):
            assert rota.at(at) == turn.who == rota.order_at(at)[0]
        assert set(rota.order_at(turn.start_at)) == {turn.who, *order}
