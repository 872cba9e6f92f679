"""A small sample of real messages beside the project, where they are to be had: nothing raises, little is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailbot.reading.message import read

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    manifest = CORPUS / "manifest.jsonl"
    if not manifest.exists():
        pytest.skip(f"no real messages at {CORPUS}")
    lines = manifest.read_text().splitlines()[::17]
    return [row for row in map(json.loads, lines) if row["format"] == "rfc822"]


def test_every_message_is_read(rows: list[dict[str, object]]) -> None:
    for row in rows:
        message = read((CORPUS / str(row["path"])).read_bytes())
        assert not message.text.strip() or message.reply_text.strip(), row["path"]


def test_message_ids_are_those_of_the_sources(rows: list[dict[str, object]]) -> None:
    pairs = [
        (row, row["truth"]["message_id"])
        for row in rows
        if isinstance(row["truth"], dict) and "message_id" in row["truth"]
    ]
    wrong = [
        row["path"] for row, wanted in pairs if read((CORPUS / str(row["path"])).read_bytes()).message_id != wanted
    ]
    assert pairs
    assert len(wrong) <= len(pairs) // 100
