"""The generated year holds what is said to be planted in it."""

from __future__ import annotations

from collections import Counter

from tests.year import BACKGROUND, COINCIDENCE, year


def test_a_seed_gives_the_same_year_and_another_one_another() -> None:
    assert year(1).written == year(1).written != year(2).written


def test_what_is_planted_is_written() -> None:
    made = year(3)
    for burst in made.bursts:
        told = [one for one in made.written if one.burst == burst.number]
        assert {one.tenant.id for one in told} == burst.tenants
        assert {one.at for one in told} >= {burst.start_at, burst.end_at}
        assert 3 <= len(burst.tenants) <= 8
    kinds = Counter(one.kind.partition(":")[0] for one in made.written)
    assert kinds[COINCIDENCE] >= 100
    assert kinds[BACKGROUND] > 3000
    assert {one.tenant.language for one in made.written} == {"en", "de", "fr", "es", "pt"}


def test_the_top_question_of_each_week_is_asked_by_more_tenants_than_any_other() -> None:
    made = year(4)
    for week, after in zip(made.weeks, made.weeks[1:], strict=False):
        asked = Counter(
            kind
            for kind, _ in {
                (one.kind, one.tenant.id)
                for one in made.written
                if week.start_at <= one.at < after.start_at and one.burst is None
                if one.kind != BACKGROUND and not one.kind.startswith(COINCIDENCE)
            }
        )
        assert asked.most_common(1)[0] == (week.top, len(week.tenants))
