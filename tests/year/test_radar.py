"""How well the radar sees generated years, of seeds on which nothing was tuned: docs/understanding.md has the table."""

from __future__ import annotations

import pytest

from tests.year import FIRST, year
from tests.year.radar import DESKS, raised, score, scored


def test_a_year_of_a_small_desk_is_seen() -> None:
    found = score(year(77, DESKS["small"]))
    assert found.recall >= 0.9
    assert found.precision >= 0.95


def test_the_radar_raises_while_it_goes_on() -> None:
    for one in raised(year(78, DESKS["small"])):
        assert one.burst.seen[0].at > FIRST
        assert len(one.burst.tenants) >= 3


@pytest.mark.slow
@pytest.mark.parametrize(("desk", "precision"), [("small", 0.95), ("usual", 0.95)])
@pytest.mark.parametrize(("wordings", "recall"), [("", 0.93), ("second", 0.93), ("third", 0.9)])
def test_years_of_seeds_that_nothing_was_tuned_on(desk: str, recall: float, precision: float, wordings: str) -> None:
    found = scored(desk, range(101, 106), wordings)
    assert found.recall >= recall
    assert found.precision >= precision
    assert found.coincidences == 0


@pytest.mark.slow
def test_in_words_that_nobody_looked_at_most_is_found_and_nothing_is_made_up() -> None:
    found = scored("usual", range(101, 106), "blind")
    assert found.recall >= 0.7
    assert found.precision >= 0.95
