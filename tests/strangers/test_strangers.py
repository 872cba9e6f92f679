"""The radar and the incidents with real texts of strangers, where they are to be had: docs/incidents.md has figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strangers import (
    DESKS,
    Desk,
    Score,
    Texts,
    is_one_trouble,
    letters,
    played,
    recalled,
    support_texts,
    taken_in,
    told_outages,
    wrongly_told,
)

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.fixture(scope="module")
def texts() -> Texts:
    if not (found := support_texts(CORPUS)):
        pytest.skip(f"no real texts at {CORPUS}")
    return found


def test_outages_in_words_of_customers_are_told_of() -> None:
    assert len(told_outages("outages")) == 15
    assert len(told_outages("later")) >= 7


@pytest.mark.slow
@pytest.mark.parametrize("desk", DESKS[:3])
def test_no_false_alarm_comes_of_what_strangers_write(texts: Texts, desk: Desk) -> None:
    told = [ids for seed in range(201, 206) for ids in played(texts, desk, 100, seed)]
    assert [ids for ids in told if not is_one_trouble(ids)] == []


@pytest.mark.slow
def test_hardly_one_comes_of_many_texts_at_once(texts: Texts) -> None:
    assert wrongly_told(texts, 10, 2_000, seed=201).times <= 10
    assert wrongly_told(texts, 20, 2_000, seed=201).times <= 40
    assert wrongly_told(letters(CORPUS), 10, 1_000, seed=201).times <= 20


@pytest.mark.slow
def test_an_outage_among_them_is_told_of_when_five_write(texts: Texts) -> None:
    found = Score.sum(recalled(texts, 5, seed=201).values())
    assert found.times >= 0.75 * found.of


@pytest.mark.slow
@pytest.mark.parametrize(("opened_with", "least", "wrong"), [(0, 40, 22), (1, 29, 11), (2, 21, 14)])
def test_hardly_another_matter_is_taken_into_an_incident(
    texts: Texts, opened_with: int, least: int, wrong: int
) -> None:
    found = taken_in(CORPUS, opened_with)
    assert found.found >= least
    assert len(found.wrong) <= wrong
    assert len(texts) < found.others
