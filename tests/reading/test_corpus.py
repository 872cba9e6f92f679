"""Our own invented messages: `tests/corpus/NN-name.eml` with what must come out, and why each exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailbot.reading.contract import as_contract
from mailbot.reading.message import read
from mailbot.reading.model import Border, Envelope

FOLDER = Path(__file__).parent.parent / "corpus"
CASES = sorted(FOLDER.glob("*.eml"))


def _border(given: dict[str, Any]) -> Border:
    return Border(
        authserv_ids=tuple(given.get("authserv_ids", ())),
        microsoft=given.get("microsoft", False),
        own_addresses=frozenset(given.get("own_addresses", ())),
        own_domain=given.get("own_domain", ""),
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_expectation_holds(path: Path) -> None:
    case = json.loads(path.with_suffix(".json").read_text())
    envelope = Envelope(**case.get("envelope", {}))
    found = as_contract(path.name, read(path.read_bytes(), envelope, _border(case.get("border", {}))))
    for name, wanted in case["expect"].items():
        field, _, inner = name.partition("__")
        value: Any = found[field]
        assert (value[inner] if inner else value) == wanted, f"{name}: {case['reason']}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_line_ends_change_nothing(path: Path) -> None:
    raw = path.read_bytes()
    assert b"\r\n" in raw
    unix = read(raw.replace(b"\r\n", b"\n"))
    mac = read(raw.replace(b"\r\n", b"\r"))
    crlf = read(raw)
    for other in (unix, mac):
        assert (other.subject, other.sender, other.text, other.reply_text, other.automatic, other.bounce) == (
            crlf.subject,
            crlf.sender,
            crlf.text,
            crlf.reply_text,
            crlf.automatic,
            crlf.bounce,
        )


def test_every_message_has_a_reason() -> None:
    assert len(CASES) >= 30
    for path in CASES:
        assert json.loads(path.with_suffix(".json").read_text())["reason"]
