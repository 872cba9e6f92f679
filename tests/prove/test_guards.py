"""The table of guards does not rot: each stands where it is said to stand, and so do the tests that watch it."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.prove import guards
from tests.prove.guards import Guard


@pytest.mark.parametrize("guard", guards.table(), ids=lambda guard: guard.name)
def test_a_guard_stands_just_once_and_its_tests_exist(guard: Guard) -> None:
    content = guard.taken_away((guards.ROOT / guard.file).read_text("utf-8"))
    ast.parse(content)
    assert guard.tests
    assert guards.missing_tests(guard) == ()


def test_every_guard_has_its_own_name() -> None:
    assert [name for name, times in Counter(guard.name for guard in guards.table()).items() if times > 1] == []


def test_the_document_lists_them_all() -> None:
    document = (guards.ROOT / "docs" / "proof.md").read_text("utf-8")
    assert guards.listed() in document, "put in what `python -m tests.prove guards --list` prints"


def test_a_guard_that_was_rewritten_is_told() -> None:
    guard = Guard("gone", "a.py", "if is_ours:", "if True:", ())
    with pytest.raises(LookupError, match="stands 0 times"):
        guard.taken_away("if belongs_to_us:")
