"""Pauses between attempts: they grow, they end after five days, and jitter only shortens them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.clocks.retry import next_attempt_at

FIRST = datetime(2026, 11, 20, 10, tzinfo=UTC)
FIVE_DAYS = timedelta(days=5)


@pytest.mark.parametrize(
    ("attempts", "after", "jitter", "pause"),
    [
        (0, timedelta(0), 0.0, timedelta(0)),
        (1, timedelta(0), 0.0, timedelta(minutes=1)),
        (2, timedelta(minutes=1), 0.0, timedelta(minutes=5)),
        (3, timedelta(minutes=6), 0.0, timedelta(minutes=15)),
        (6, timedelta(hours=2), 0.0, timedelta(hours=2)),
        (7, timedelta(hours=4), 0.0, timedelta(hours=4)),
        (30, timedelta(days=4), 0.0, timedelta(hours=4)),
        # Jitter shortens by up to a fifth.
        (1, timedelta(0), 1.0, timedelta(seconds=48)),
        (7, timedelta(hours=4), 0.5, timedelta(hours=3, minutes=36)),
        # The last pause ends when the five days do.
        (34, FIVE_DAYS - timedelta(hours=1), 0.0, timedelta(hours=1)),
        # A clock that was set back changes nothing about the pause.
        (2, timedelta(hours=-3), 0.0, timedelta(minutes=5)),
    ],
)
def test_pause(attempts: int, after: timedelta, jitter: float, pause: timedelta) -> None:
    assert next_attempt_at(attempts, FIRST, FIRST + after, jitter) == FIRST + after + pause


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=300)])
def test_after_five_days_it_is_given_up(late: timedelta) -> None:
    assert next_attempt_at(40, FIRST, FIRST + FIVE_DAYS + late, 0.5) is None


@given(st.lists(st.floats(0, 1), min_size=60, max_size=60))
def test_attempts_go_on_for_five_days_and_then_end(jitters: list[float]) -> None:
    now, attempts = FIRST, 0
    while attempts < len(jitters):
        attempts += 1
        due_at = next_attempt_at(attempts, FIRST, now, jitters[attempts - 1])
        if due_at is None:
            break
        assert timedelta(0) < due_at - now <= timedelta(hours=4)
        now = due_at
    # Pauses of four hours, a fifth shorter at most, fill five days with 34 to 43 attempts, the last at their end.
    assert now == FIRST + FIVE_DAYS
    assert 34 <= attempts <= 45
