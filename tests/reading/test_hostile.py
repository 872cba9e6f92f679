"""Large and deep input costs little, and nothing raises (H37, H43 to H46; small sizes in the fast suite)."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.errors import MessageError
from mailbot.reading.contract import as_contract
from mailbot.reading.fields import headers
from mailbot.reading.fingerprint import fingerprint
from mailbot.reading.message import read
from mailbot.reading.parts.structure import read_tree


def _nested(depth: int) -> bytes:
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"Subject: x\n{opening}Content-Type: text/plain\n\ndeep words\n".encode()


CASES = {
    "200 nested multiparts": _nested(200),
    "2,000 nested multiparts": _nested(2_000),
    "30 nested messages": b"Content-Type: message/rfc822\n\n" * 30 + b"Subject: x\n\nwords",
    "20,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 20_000 + b"--b--",
    "10,000 parameters": b"Content-Type: text/plain" + b"".join(b"; p%d=v" % n for n in range(10_000)) + b"\n\nx",
    "5,000 recipients": b"To: " + b", ".join(b"u%d@example.com" % n for n in range(5_000)) + b"\n\nx",
    "20,000 fields": b"".join(b"X-%d: y\n" % n for n in range(20_000)) + b"\nx",
    "2 MiB of Subject": b"Subject: " + b"a" * (2 << 20) + b"\n\nx",
    "5,000 references": b"References: " + b" ".join(b"<%d@example.com>" % n for n in range(5_000)) + b"\n\nx",
    "4 MiB without a line end": b"Subject: x\n\n" + b"a" * (4 << 20),
    "4 MiB without a header section": b"a" * (4 << 20),
    "200,000 parentheses": b"From: " + b"(" * 200_000 + b"a@example.com\n\nx",
    "200,000 quotes": b"From: " + b'"' * 200_000 + b"a@example.com\n\nx",
    "escaped quotes": b"From: " + b'"\\' * 100_000 + b"a@example.com\n\nx",
    "50,000 Received fields": b"Received: x; Mon, 1 Jan 2024 00:00:00 +0000\n" * 50_000 + b"\nx",
    "stray lines": b"Subject: x\n" + (b"stray\n" * 30 + b"To: x\n") * 1_000 + b"\n\nx",
    "encoded words without end": b"Subject: " + b"=?utf-8?q?a" * 20_000 + b"\n\nx",
    "1,200 x Re:": b"Subject: " + b"Re: " * 1_200 + b"x\n\nx",
    "boundary prefix": b"Content-Type: multipart/mixed; boundary=aaaa\n\n" + b"--aaaab\n" * 100_000,
    "boundary of dashes": b"Content-Type: multipart/mixed; boundary=----\n\n" + b"-" * 1_000_000,
    "bounce prose": b"Return-Path: <>\nSubject: failure notice\n\n" + b"<a@example.com>:\n" * 5_000,
    "bounce without words": b"Return-Path: <>\nSubject: failure notice\n\n" + b"a.b-" * 50_000,
    "comments": b"Authentication-Results: " + b'"(' * 8_000 + b"\n\nx",
}


@pytest.mark.parametrize("raw", CASES.values(), ids=CASES.keys())
def test_crafted_mail_is_read_in_time(raw: bytes) -> None:
    started = time.process_time()
    message = read(raw)
    assert time.process_time() - started < 2
    assert len(message.text) <= 1 << 20
    assert len(message.attachments) <= 500


@pytest.mark.slow
def test_sixty_mebibytes() -> None:
    started = time.process_time()
    message = read(b"Subject: x\n\n" + b"hello world\n" * (5 << 20))
    assert time.process_time() - started < 10
    assert "text too long: the rest is left out" in message.defects


def test_parts_are_bounded_in_number_over_all_levels() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=c\n\n" + b"--c\n\nx\n" * 200 + b"--c--\n"
    for raw in (CASES["20,000 parts"], b"Content-Type: multipart/mixed; boundary=b\n\n" + (b"--b\n" + inner) * 50):
        root, defects = read_tree(raw, headers.split(raw))
        parts, waiting = 0, [root]
        while waiting:
            part = waiting.pop()
            parts += 1
            waiting += part.children
        assert parts <= 1_001
        assert "nested too deeply or too many parts: the rest stays uncut" in defects


def test_large_mail_is_not_searched_again_at_every_level() -> None:
    head, words, tail = _nested(90).partition(b"words")
    message = read(head + words + b"x" * (1 << 20) + tail)
    assert any("nested too deeply" in defect for defect in message.defects)
    assert message.attachments


def test_deep_words_are_kept_as_a_file_and_noted() -> None:
    message = read(_nested(200))
    assert any("nested too deeply" in defect for defect in message.defects)
    assert message.attachments


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "",
        "Mon, 99 Foo 2026 99:99:99 +0000",
        "Mon, 5 Jan 99999 00:00:00 +0000",
        "Sun, 29 Feb 2026 09:00:00 +0000",
        "0",
        "Mon, 5 Jan 2026 09:00:00 +9999999",
    ],
)
def test_unreadable_dates_are_none(date: str) -> None:
    assert read(f"Date: {date}\nFrom: ann@example.com\n\nx".encode()).date is None


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Thu, 1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 +0000", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Mon, 05 Jan 2026 09:00:00 +0100 (CET)", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("Mon, 5 Jan 2026 09:00:00 -0330", datetime(2026, 1, 5, 12, 30, tzinfo=UTC)),
        ("5 Jan 2026 09:00 -0000", datetime(2026, 1, 5, 9, tzinfo=UTC)),
    ],
)
def test_readable_dates_are_utc(date: str, at: datetime) -> None:
    assert read(f"Date: {date}\n\nx".encode()).date == at


@pytest.mark.parametrize("raw", [b"", b"\r\n", b" \n\t\n"])
def test_nothing_at_all_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(MessageError) as caught:
        read(raw)
    assert caught.value.cause == "empty"


def _check(raw: bytes) -> None:
    """Read, and hold what every message promises."""
    fingerprint(raw, headers.split(raw))
    try:
        message = read(raw)
    except MessageError as error:
        assert error.cause == "empty", error  # noqa: PT017 - anything else would be a defect of ours
        return
    str(as_contract("x", message)).encode()
    for text in (message.subject, *(one.name for one in message.from_), *(one.name for one in message.attachments)):
        assert "\n" not in text
        assert "\r" not in text
        assert "\x00" not in text
    if message.text.strip():
        assert message.reply_text.strip()
    if message.sender:
        assert message.sender.address.count("@") == 1


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_octets(raw: bytes) -> None:
    _check(raw)


FIELDS = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Reply-To",
        "Date",
        "Subject",
        "Message-ID",
        "References",
        "In-Reply-To",
        "Received",
        "Content-Type",
        "Content-Disposition",
        "Content-Transfer-Encoding",
        "Authentication-Results",
        "Auto-Submitted",
        "Return-Path",
        "Sender",
    ]
)
# What means something somewhere in a header section, parted by bars.
MARKS = (
    b'=?utf-8?B?|?=|=?|<|>|"|(|)|@|,|;|:|\\|\x00|\r|\n|\r\n |--b|--b--|boundary=b|charset=utf-7|multipart/mixed'
    b"|text/html|message/rfc822|ann@example.com|\xff\xfe|\xc3|[|]|filename*0*=|%|'|base64|quoted-printable| |\t"
    b"|dmarc=pass|Mon, 5 Jan 2026 09:00:00|+9999|no|=|."
)
PIECES = st.lists(st.sampled_from(MARKS.split(b"|")), max_size=25).map(b"".join)


@given(st.lists(st.tuples(FIELDS, PIECES), max_size=8), PIECES)
@settings(max_examples=300, deadline=None)
def test_any_fields(fields: list[tuple[str, bytes]], body: bytes) -> None:
    _check(b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields) + b"\r\n" + body)


REPLY = b"""From: Ann <ann@example.com>
To: a@example.net, b@example.net
Subject: =?utf-8?B?8J+Tng==?= dead
Date: Mon, 5 Jan 2026 09:00:00 +0100
Message-ID: <a@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Hello
On Mon, 5 Jan 2026 at 10:00, Bob <bob@example.net> wrote:
> Hi
--b
Content-Type: text/html

<p>Hi <a href=x>y</a>
--b
Content-Type: message/rfc822

Subject: in

in
--b
Content-Type: image/png; name*=utf-8''a%20b.png
Content-Transfer-Encoding: base64

iVBORw0K
--b--
"""
BOUNCE = b"""Return-Path: <>
From: MAILER-DAEMON@example.com
Subject: failure notice
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x

Final-Recipient: rfc822; a@example.com
Action: failed
Status: 5.1.1
--b
Content-Type: message/rfc822

Message-ID: <t@x>

x
--b--
"""
SEEDS = [REPLY.replace(b"\n", b"\r\n"), BOUNCE]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_mutated_mail(seed: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    raw = seed
    for position, length, octets in changes:
        at = position % (len(raw) + 1)
        raw = raw[:at] + octets + raw[at + length :]
    _check(raw)


@given(st.sampled_from(SEEDS), st.integers(0, 2_000))
@settings(max_examples=100, deadline=None)
def test_cut_mail(seed: bytes, length: int) -> None:
    _check(seed[:length])


def test_reading_is_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Same octets, same message, whatever the environment says."""
    first = read(SEEDS[0])
    monkeypatch.setitem(os.environ, "TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert read(SEEDS[0]) == first
    finally:
        monkeypatch.undo()
        time.tzset()
