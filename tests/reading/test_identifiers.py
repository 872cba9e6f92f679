"""Message-IDs and the fingerprint: what makes two mails the same, and what does not (H28, H29)."""

from __future__ import annotations

import pytest

from mailbot.reading.fields import headers
from mailbot.reading.fields.messageid import is_safe, message_id, message_ids
from mailbot.reading.fingerprint import fingerprint
from mailbot.reading.message import read

ONE = (
    b"Message-ID: <a@example.com>\r\nFrom: Ann "
    b"<ann@example.com>\r\nDate: "
    b"Mon, 5 Jan 2026 09:00:00 "
    b"+0100\r\nSubject: x\r\n\r\nHello\r\n"
)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("<a@example.com>", "a@example.com"),
        (" <a@example.com> (comment)", "a@example.com"),
        ("<a b@example.com>", "ab@example.com"),
        ("a@example.com", "a@example.com"),
        ("<no-at-sign>", "no-at-sign"),
        ("", None),
        ("<>", None),
        ("<", None),
        ("nothing", None),
        ("<" + "a" * 8_000 + "@example.com>", None),
    ],
)
def test_message_id(value: str, wanted: str | None) -> None:
    assert message_id(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("<a@x> <b@x>", ("a@x", "b@x")),
        ("<a@x>,<b@x>", ("a@x", "b@x")),
        ("<a@x><b@x>", ("a@x", "b@x")),
        ("<a@x> <a@x>", ("a@x",)),
        ("Your message of Monday <a@x>", ("a@x",)),
        ("a@x b@x", ("a@x", "b@x")),
        ("Your message of Monday", ()),
        ("<a@x", ()),
        ("<>", ()),
        ("", ()),
    ],
)
def test_message_ids(value: str, wanted: tuple[str, ...]) -> None:
    assert message_ids(value) == wanted


def test_many_references_keep_the_first_and_the_newest() -> None:
    found = message_ids(" ".join(f"<{number}@x>" for number in range(5_000)))
    assert len(found) == 1_000
    assert (found[0], found[-1]) == ("0@x", "4999@x")


@pytest.mark.parametrize(
    ("msgid", "safe"),
    [
        ("a.b+c@example.com", True),
        ("a@localhost", True),
        ("a@x\r\nBcc: y", False),
        ("a b@x", False),
        ("a@b@c", False),
        ("<a@x>", False),
        ("a@[127.0.0.1]", False),
        ("a" * 200 + "@x", False),
        ("ä@x", False),
        ("", False),
    ],
)
def test_is_safe(msgid: str, safe: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_safe(msgid) is safe


def _fingerprint(raw: bytes) -> str:
    return fingerprint(raw, headers.split(raw))


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace(b"\r\n", b"\n"),
        b"Received: from x by y; Mon, 5 Jan 2026 08:00:01 +0000\r\nReturn-Path: <ann@example.com>\r\n" + ONE,
        b"Delivered-To: support@example.net\r\n" + ONE + b"\r\n\r\n",
        ONE.replace(b"Subject: x", b"Subject:\r\n x"),
        ONE.replace(b"Subject: x\r\n", b"Subject: x\r\nX-Spam-Status: No\r\n"),
    ],
)
def test_the_same_message_on_other_ways(other: bytes) -> None:
    assert _fingerprint(other) == _fingerprint(ONE)


@pytest.mark.parametrize(
    "other",
    [
        # An equal Message-ID alone is no duplicate.
        ONE.replace(b"Hello", b"Hello again"),
        ONE.replace(b"Subject: x", b"Subject: y"),
        ONE.replace(b"ann@", b"bob@"),
        ONE.replace(b"09:00", b"09:01"),
        ONE.replace(b"<a@", b"<b@"),
        ONE.replace(b"Subject: x\r\n\r\n", b"Subject: x\r\n\r\nSubject: x\r\n"),
        # A field moved into the body.
        ONE.replace(b"Subject: x\r\n\r\nHello", b"\r\nSubject: x\r\n\r\nHello"),
    ],
)
def test_another_message(other: bytes) -> None:
    assert _fingerprint(other) != _fingerprint(ONE)


def test_fingerprint_of_anything() -> None:
    assert len({_fingerprint(raw) for raw in (b"", b"\x00", b"x", b"From: x")}) == 4


def test_message_ids_of_a_damaged_mail_are_none() -> None:
    message = read(b"Message-ID: <>\nIn-Reply-To: free text\nReferences: ,\nFrom: ann@example.com\n\nx")
    assert (message.message_id, message.in_reply_to, message.references) == (None, None, ())
