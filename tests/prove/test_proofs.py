"""The proofs, short: some kills under mixed load, every fault at some of its points. `make prove` runs them long."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.prove import kills, points
from tests.prove.journal import Kind
from tests.prove.points import FAULTS, Fault


@pytest.mark.dovecot
def test_killed_under_mixed_load_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = kills.run(tmp_path, kills=4, seed=7)
    assert not outcome.broken
    assert outcome.messages >= 40
    assert outcome.mails >= 20


@pytest.mark.skipif(not shutil.which("strace"), reason="needs Debian's strace")
@pytest.mark.parametrize(
    "fault",
    [
        replace(FAULTS[0], name="kill before a sync or a send", calls=("fdatasync", "sendto")),
        *(pytest.param(fault, marks=pytest.mark.slow) for fault in FAULTS),
    ],
    ids=lambda fault: fault.name,
)
def test_a_fault_at_any_point_breaks_no_promise(tmp_path: Path, fault: Fault) -> None:
    outcome = points.run(tmp_path / "desk", fault, Kind.QUESTION, seed=5, most_each=1)
    assert not outcome.broken
    # What every flow does, so that the fault must have happened there.
    assert all(outcome.struck[call] for call in {"pwrite64", "fdatasync", "sendto"} & set(fault.calls)), outcome
