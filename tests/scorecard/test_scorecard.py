"""The scorecard counts what is right and names what is missed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scorecard.explained import explained
from tests.scorecard.measures import MEASURES

ROOT = Path(__file__).parents[2]
QUESTION = (
    b"From: Ann Bell <ann@acme.example>\r\nSubject: Extension\r\nMessage-ID: <1@acme.example>\r\n\r\n"
    b"How do I add one?\r\n\r\nOn Mon, Nov 23, 2026 at 9:00 AM Support <s@voice.example> wrote:\r\n> Hello\r\n"
)
ABSENCE = b"From: Bob <bob@acme.example>\r\nSubject: Out\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {"path": "right.eml", "kind": "human", "truth": {"subject": "Extension", "reply_text": "How do I add one?"}},
        {"path": "wrong.eml", "kind": "human", "truth": {"subject": "Another", "reply_contains": ["Hello"]}},
        {"path": "away.eml", "kind": "auto_reply", "truth": {}},
        {"path": "gone.eml", "kind": "human", "truth": {"subject": "Not here"}},
    ]
    for row, octets in zip(rows, (QUESTION, QUESTION, ABSENCE), strict=False):
        (tmp_path / row["path"]).write_bytes(octets)
    manifest = [json.dumps({"source": "made-up", "kind_basis": "source", "format": "rfc822", **row}) for row in rows]
    (tmp_path / "manifest.jsonl").write_text("\n".join(manifest) + "\n")
    text = {"id": "t1", "subject": "", "body": "All our phones are down", "severity": "critical", "playbook": "none"}
    (tmp_path / "support_texts.jsonl").write_text(json.dumps(text) + "\n")
    return tmp_path


def scorecard(corpus: Path, *words: str) -> str:
    command = [sys.executable, "-m", "tests.scorecard", str(corpus), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_what_is_asked_is_counted_and_what_is_not_there_is_not(corpus: Path) -> None:
    shares = json.loads(scorecard(corpus, "--json"))
    assert shares["subject"] == shares["reply text"] == shares["reply: no word lost"] == 0.5
    assert shares["machines found"] == shares["humans spared"] == shares["critical found"] == 1.0


def test_every_miss_is_named(corpus: Path) -> None:
    assert scorecard(corpus, "--misses", "subject") == "subject: wrong.eml\n"


def test_a_miss_with_a_reason_stays_a_miss_and_is_counted_apart(corpus: Path) -> None:
    reasons = corpus / "explained.toml"
    reasons.write_text(
        '[[misses]]\nfigure = "subject"\nreason = "it was changed"\npaths = ["wrong.eml", "right.eml"]\n'
    )
    listed = ("--explained", str(reasons))
    assert json.loads(scorecard(corpus, "--json", *listed))["subject"] == 0.5
    assert scorecard(corpus, "--misses", "subject", *listed) == "subject: wrong.eml (it was changed)\n"
    said = scorecard(corpus, *listed)
    assert [line.split()[1:] for line in said.splitlines() if line.strip().startswith("subject")] == [
        ["2", "50.0%", "99%", "1", "1", "100.0%"]
    ]
    assert "explained, but right: subject: right.eml" in said


def test_every_reason_is_of_a_figure_that_is_counted() -> None:
    reasons = explained()
    assert set(reasons) <= {measure.name for measure in MEASURES}
    assert all(why and path for of_figure in reasons.values() for path, why in of_figure.items())


def test_the_table_has_the_figures_their_targets_and_the_slowest_message(corpus: Path) -> None:
    said = scorecard(corpus)
    assert [line.split()[1:] for line in said.splitlines() if line.strip().startswith("subject")] == [
        ["2", "50.0%", "99%", "1"]
    ]
    assert "slowest" in said
    assert "raised: 0" in said
