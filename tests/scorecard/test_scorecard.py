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
    assert set(reasons) <= {*(measure.name for measure in MEASURES), "thread trees"}
    assert all(why and path for of_figure in reasons.values() for path, why in of_figure.items())


def _mail(number: int, field: str = "Subject: Fax") -> bytes:
    return f"Message-ID: <{number}@acme.example>\nDate: Mon, 5 Jan 2026 08:{number:02}:00 +0000\n{field}\n\nHi".encode()


def test_threads_are_played_in_their_order(tmp_path: Path) -> None:
    box = b"\n".join(b"From a Mon\n" + one for one in (_mail(1), _mail(2), _mail(3, "In-Reply-To: <1@acme.example>")))
    (tmp_path / "right.mbox").write_bytes(box)
    (tmp_path / "wrong.mbox").write_bytes(box)
    (tmp_path / "2.eml").write_bytes(_mail(2, "References: <0@acme.example> <1@acme.example>"))
    (tmp_path / "1.eml").write_bytes(_mail(1))
    (tmp_path / "3.eml").write_bytes(_mail(3, "References: <0@acme.example>"))
    (tmp_path / "4.eml").write_bytes(_mail(4, "In-Reply-To: <3@acme.example>"))
    made = {"source": "made-up", "kind": "list"}
    threads = {"2.eml": "a", "1.eml": "a", "3.eml": "a", "4.eml": "b"}
    rows: list[dict[str, Any]] = [
        {"path": "right.mbox", "format": "mbox", "truth": {"threads": [[1, 3], [2]]}},
        {"path": "wrong.mbox", "format": "mbox", "truth": {"threads": [[1, 2, 3]]}},
        *({"path": path, "format": "rfc822", "truth": {"thread_id": thread}} for path, thread in threads.items()),
    ]
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(made | row) + "\n" for row in rows))
    shares = json.loads(scorecard(tmp_path, "--json"))
    assert shares["thread trees"] == 0.5
    # 2 joins 1, its own thread; 4 joins 3, another. 3 continues a thread by a message that is not there.
    assert shares["joined threads are right"] == shares["threads are found"] == 0.5
    assert scorecard(tmp_path, "--misses", "all").splitlines() == [
        "thread trees: wrong.mbox",
        "joined threads are right: 4.eml",
        "threads are found: 3.eml",
    ]


def test_the_table_has_the_figures_their_targets_and_the_slowest_message(corpus: Path) -> None:
    said = scorecard(corpus)
    assert [line.split()[1:] for line in said.splitlines() if line.strip().startswith("subject")] == [
        ["2", "50.0%", "99%", "1"]
    ]
    assert "slowest" in said
    assert "raised: 0" in said
