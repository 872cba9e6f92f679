"""How well new mail finds an incident that lasts, in years of seeds on which nothing was tuned: docs/incidents.md."""

from __future__ import annotations

import pytest

from tests.year.incidents import scored


@pytest.mark.parametrize(("wordings", "recall"), [("", 0.93), ("second", 0.86), ("blind", 0.48)])
def test_what_belongs_to_an_incident_is_taken_in_and_hardly_anything_else(wordings: str, recall: float) -> None:
    found = scored("usual", range(101, 103), wordings)
    assert found.recall >= recall
    assert found.precision >= 0.97
