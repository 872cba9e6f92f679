"""What customers of a reseller write of one trouble is alike, and what is of another matter is not."""

from __future__ import annotations

import pytest

from tests.bursts import half, score


def test_troubles_in_words_that_were_looked_at_are_told_apart() -> None:
    found = score(half("seen"))
    assert found.bursts >= 40
    assert found.recall >= 0.95
    assert found.precision >= 0.68
    assert len(found.raised) == found.bursts
    assert found.false_alarms <= 1


@pytest.mark.slow
def test_troubles_in_words_that_nobody_looked_at_are_mostly_told_apart() -> None:
    found = score(half("aside"))
    assert found.bursts >= 20
    assert found.recall >= 0.85
    assert found.precision >= 0.8
    assert len(found.raised) >= 18
    assert found.false_alarms == 0
