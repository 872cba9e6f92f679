"""The table of guards does not rot: each stands where it is said to stand, and so do the tests that watch it."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.prove import guards
from tests.prove.guards import Guard

# The rules by which an agent's mail is his answer (4.3), and by which a mail joins a ticket (4.4).
ROWS = frozenset(
    {
        "4.3 from the shared mailbox",
        "4.3 in copy",
        "4.3 commands or new mail without a token",
        "4.3 from the partner's digest addresses",
        "4.3 (1) one From",
        "4.3 (2) evidence",
        "4.3 (3) token",
        "4.3 (4) right",
        "4.3 (5) not automatic",
        "4.3 (6) once",
        "4.3 pass, own token",
        "4.3 pass, no token or an expired one",
        "4.3 none, own token",
        "4.3 pass, not registered, an agent's token",
        "4.3 none, no token",
        "4.3 fail",
        "4.3 pass, somebody else's token",
        "4.3 always confirmed",
        "4.3 the customer's copy",
        "4.3 anything but a relay",
        "4.4 token and From",
        "4.4 reference, pass",
        "4.4 reference, none, known",
        "4.4 colleague",
        "4.4 other tenant or unknown",
        "4.4 tag or ids in the text only",
        "4.4 verdict fail, listed tenant",
        "4.4 verdict fail",
        "4.4 joining adds nobody",
        "4.4 reopening window",
    }
)


@pytest.mark.parametrize("guard", guards.table(), ids=lambda guard: guard.name)
def test_a_guard_stands_just_once_and_its_tests_exist(guard: Guard) -> None:
    content = guard.taken_away((guards.ROOT / guard.file).read_text("utf-8"))
    ast.parse(content)
    assert guard.tests
    assert guards.missing_tests(guard) == ()


def test_every_guard_has_its_own_name() -> None:
    assert [name for name, times in Counter(guard.name for guard in guards.table()).items() if times > 1] == []


def test_every_row_of_the_rules_for_agents_and_for_joining_has_a_guard() -> None:
    assert {row for guard in guards.table() for row in guard.rows} == ROWS


def test_the_document_lists_them_all() -> None:
    document = (guards.ROOT / "docs" / "proof.md").read_text("utf-8")
    assert guards.listed() in document, "put in what `python -m tests.prove guards --list` prints"


def test_a_guard_that_was_rewritten_is_told() -> None:
    guard = Guard("gone", "a.py", "if is_ours:", "if True:", ())
    with pytest.raises(LookupError, match="stands 0 times"):
        guard.taken_away("if belongs_to_us:")
