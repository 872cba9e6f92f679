"""Damaged messages, some of them: our own, and real ones where they are to be had. `make prove` takes them all."""

from __future__ import annotations

import pytest

from mailbot import config
from mailbot.rules import Rules
from tests.prove import mutations
from tests.prove.mutants import mutant


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return config.load(tmp_path_factory.mktemp("shipped"))


def test_damaged_messages_of_our_own_break_no_promise(rules: Rules) -> None:
    outcome = mutations.run(list(mutations.own_messages()), rules, each=2, seed=7)
    assert not outcome.broken
    assert outcome.mutants == 2 * outcome.messages >= 60
    assert outcome.identified


def test_damaged_real_messages_break_no_promise(rules: Rules) -> None:
    if not mutations.CORPUS.exists():
        pytest.skip(f"no real messages at {mutations.CORPUS}")
    outcome = mutations.run(list(mutations.real_messages())[::80], rules, each=1, seed=7)
    assert not outcome.broken
    assert outcome.mutants >= 20


def test_a_mutant_can_be_made_again() -> None:
    (name, raw), (_, other), *_ = mutations.own_messages()
    made = [mutant(name, raw, other, number, seed=3) for number in range(40)]
    assert made == [mutant(name, raw, other, number, seed=3) for number in range(40)]
    assert len({one.raw for one in made}) > 30


def test_what_breaks_a_promise_is_told(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "named", lambda _raw: {"another": frozenset({"else@example.org"})})
    outcome = mutations.run(list(mutations.own_messages())[:3], rules, each=2, seed=1)
    assert outcome.identified
    assert len(outcome.broken) == outcome.identified
