"""Any octets as a message: reading it raises nothing, and what it says comes through to the parent as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mailbot import config
from mailbot.deciding.understanding import understand
from mailbot.reading.model import Border, Envelope, Keys
from mailbot.reading.verdicts.dkimtags import key_names
from mailbot.rules import Rules
from mailbot.worker import frames
from tests.hostile.cases import cases
from tests.signing import FIELDS, key, signed

LONGEST = 16_384
_OWN = Path(__file__).parents[1] / "corpus"
_BORDER = Border(authserv_ids=("mx.example.com",), own_addresses=frozenset({"support@example.com"}))
_AT = datetime.now(UTC)
_SIGNED = b"".join(b"%s: <jane@shop.example>\r\n" % name.encode() for name in FIELDS) + b"\r\nHello\r\n"
_ENVELOPE = Envelope("jane@acme-dental.example", ("support@example.com",))


def seeds() -> Iterator[bytes]:
    """Yield octets to begin with."""
    yield from (path.read_bytes()[:LONGEST] for path in sorted(_OWN.glob("*.eml")))
    yield signed(_SIGNED, "shop.example")
    yield from (case.raw for case in cases() if len(case.raw) <= LONGEST)


def check(octets: bytes) -> None:
    """Read them; raise AssertionError when a promise is broken."""
    keys = Keys(_AT, {name: (key().record,) for name in key_names(octets)})
    result = understand(octets, _ENVELOPE, _BORDER, _rules(), keys)
    assert result.cause == "empty" or not result.message.error, result.message.error
    assert frames.decode_understood(frames.encode(result)) == result


@cache
def _rules() -> Rules:
    with tempfile.TemporaryDirectory() as folder:
        return config.load(Path(folder))
