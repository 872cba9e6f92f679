"""The door: what read() promises whatever happens inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import mailparser
import pytest

from mailbot.errors import MessageError
from mailbot.reading import message as door
from mailbot.reading.contract import as_contract
from mailbot.reading.message import read
from mailbot.reading.model import AutomaticKind, Envelope, Mailbox

RAW = (
    b"Return-Path: <ann@bounces.example.com>\r\nDelivered-To: support@example.net\r\n"
    b"Received: from a by mx.example.net; Mon, 5 Jan 2026 08:00:05 +0000\r\nReceived: from b by a; nonsense\r\n"
    b"From: Ann <ann@example.com>\r\nTo: Support <support@example.net>, b@example.org\r\nReply-To: desk@example.com\r\n"
    b"Date: Mon, 5 Jan 2026 09:00:00 +0100\r\nSubject: x\r\nContent-Language: de\r\n\r\nHello\r\n"
)


def test_the_header_section() -> None:
    message = read(RAW)
    assert message.from_ == (Mailbox("Ann", "ann@example.com"),)
    assert message.to == (Mailbox("Support", "support@example.net"), Mailbox("", "b@example.org"))
    assert message.reply_to == (Mailbox("", "desk@example.com"),)
    assert message.date == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert message.received == (datetime(2026, 1, 5, 8, 0, 5, tzinfo=UTC), None)
    assert message.delivered_to == ("support@example.net",)


def test_the_envelope_knows_better_than_return_path() -> None:
    assert read(RAW).reverse_path == "ann@bounces.example.com"
    assert read(RAW, Envelope(reverse_path="x@example.com")).reverse_path == "x@example.com"
    assert read(b"From: a@example.com\n\nx").reverse_path is None


def test_a_library_that_raises_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(RAW)

    def broken(*_: object) -> None:
        raise AttributeError

    monkeypatch.setattr(mailparser, "MailParser", broken)
    assert read(RAW) == before


@pytest.mark.parametrize(
    ("part", "name"),
    [("body", "read_body"), ("quoting", "split")],
)
def test_a_reader_that_fails_leaves_the_rest(part: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getattr(door, part), name, _failing())
    message = read(RAW)
    assert "ZeroDivisionError" in message.error
    assert message.sender == Mailbox("Ann", "ann@example.com")
    assert message.reply_text == message.text


def test_what_cannot_be_judged_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "read_automatic", _failing())
    message = read(RAW)
    assert message.automatic.kind is AutomaticKind.AUTO_GENERATED
    assert message.error


def test_a_failure_of_the_evidence_is_quarantined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "read_authentication", _failing())
    with pytest.raises(MessageError) as caught:
        read(RAW)
    assert caught.value.cause == "unreadable"


@pytest.mark.parametrize("name", ["read_authentication", "read_automatic", "read_bounce", "_library_boxes"])
def test_where_memory_ends_nothing_is_made_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads ends over it, and the message is read again with more time, or kept apart."""

    def too_much(*_: object, **__: object) -> object:
        raise MemoryError

    monkeypatch.setattr(door, name, too_much)
    with pytest.raises(MemoryError):
        read(RAW)


def _failing() -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        return 1 // 0

    return fail


def test_the_contract_has_exactly_these_fields() -> None:
    found = as_contract("mail/1.eml", read(RAW))
    assert list(found) == [
        "path",
        "subject",
        "from",
        "reply_to",
        "to",
        "cc",
        "sender",
        "date",
        "message_id",
        "in_reply_to",
        "references",
        "text",
        "reply_text",
        "quoted_text",
        "forwarded_text",
        "signature",
        "attachments",
        "invitations",
        "protection",
        "automatic",
        "bounce",
        "spam",
        "authentication",
        "defects",
        "error",
    ]
    assert found["path"] == "mail/1.eml"
    assert found["date"] == "2026-01-05T08:00:00Z"
    assert found["from"] == [{"name": "Ann", "address": "ann@example.com"}]
    assert found["automatic"] == {"is": False, "kind": None, "reasons": []}
    assert found["spam"] == {"is": False, "by": ""}
    assert found["bounce"] is None


@pytest.mark.parametrize(
    ("field", "by"),
    [
        ("X-Spam-Flag: YES", "x-spam-flag"),
        ("X-Spam-Status: Yes, score=9.1 required=5.0", "x-spam-status"),
        ("X-Spam: yes", "x-spam"),
        ("X-Rspamd-Action: add header", "x-rspamd-action"),
        ("X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:;SCL:9;SRV:;", "x-forefront-antispam-report"),
        ("X-MS-Exchange-Organization-SCL: 6", "x-ms-exchange-organization-scl"),
        ("X-Spam-Flag: NO", ""),
        ("X-Spam-Status: No, score=-1.0 (Yes it is no)", ""),
        ("X-Rspamd-Action: no action", ""),
        ("X-Forefront-Antispam-Report: SCL:1;X:SCL", ""),
        ("X-MS-Exchange-Organization-SCL: -1", ""),
    ],
)
def test_spam_verdict_of_the_provider(field: str, by: str) -> None:
    message = read(f"{field}\nFrom: a@example.com\n\nx".encode())
    assert (message.spam.is_spam, message.spam.by) == (bool(by), by)


def test_only_the_topmost_spam_field_counts() -> None:
    assert not read(b"X-Spam-Flag: NO\nX-Spam-Flag: YES\n\nx").spam.is_spam
