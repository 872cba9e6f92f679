"""Our own look at DKIM signatures: what proves From, what does not, and that nothing counts against anybody."""

import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.reading.fields.headers import split
from mailbot.reading.message import read
from mailbot.reading.model import Authentication, Keys, Message, Verdict
from mailbot.reading.verdicts.dkimtags import MAX_SIGNATURES, key_names
from mailbot.reading.verdicts.dkimverify import SIGNED, verify
from tests.signing import FIELDS, Key, key, name_of, signed

DOMAIN = "shop.example"
MAIL = (
    b"Received: from mail.shop.example by mx.example.net; Thu, 26 Nov 2026 09:58:01 +0000\r\n"
    b"From: Jane Shopkeeper <jane@shop.example>\r\n"
    b"To: support@example.com\r\n"
    b"Subject: Phones\r\n"
    b"  in the shop\r\n"
    b"Date: Thu, 26 Nov 2026 09:58:00 +0000\r\n"
    b"Message-ID: <1@shop.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Hello,\r\n\r\nall our phones  are down.\r\n\r\n\r\n"
)
RECORD = {name_of(DOMAIN): (key().record,)}


def _look(raw: bytes, records: Mapping[str, tuple[bytes, ...]] = RECORD, at: datetime | None = None) -> Authentication:
    return _read(raw, records, at).authentication


def _read(raw: bytes, records: Mapping[str, tuple[bytes, ...]] = RECORD, at: datetime | None = None) -> Message:
    return read(raw, keys=Keys(at or datetime.now(UTC), dict(records)))


@pytest.mark.parametrize("head", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
def test_a_signature_by_the_domain_in_from_proves_it(head: bytes, body: bytes) -> None:
    raw = signed(MAIL, DOMAIN, canonical=(head, body))
    found = _look(raw)
    assert (found.verdict, found.domain) == (Verdict.PASS, DOMAIN)
    assert found.reasons == ("dkim=pass by shop.example with its key mail, verified by mailbot",)
    assert key_names(raw) == tuple(RECORD)


def test_a_file_with_line_feeds_only_is_the_same_mail() -> None:
    assert _look(signed(MAIL, DOMAIN).replace(b"\r\n", b"\n")).verdict is Verdict.PASS


def test_without_keys_nothing_is_verified() -> None:
    assert read(signed(MAIL, DOMAIN)).authentication.reasons == ("no Authentication-Results from the border",)


def test_the_second_signature_proves_as_well_as_the_first() -> None:
    both = signed(signed(MAIL, DOMAIN), "relay.example", selector="bulk")
    assert key_names(both) == (name_of("relay.example", "bulk"), name_of(DOMAIN))
    assert _look(both).verdict is Verdict.PASS


def test_what_lies_below_many_signatures_is_not_looked_at() -> None:
    raw = signed(MAIL, DOMAIN)
    for number in range(MAX_SIGNATURES):
        raw = signed(raw, f"relay{number}.example")
    assert name_of(DOMAIN) not in key_names(raw)
    assert _look(raw).reasons == ("dkim signature of another domain than From",)


@pytest.mark.parametrize(
    "domain", ["evil.example", "example", "mail.shop.example", "eshop.example", "shop.example.evil.example"]
)
def test_a_signature_of_another_domain_proves_nothing(domain: str) -> None:
    records = {name_of(domain): (key().record,)}
    found = _look(signed(MAIL, domain), records)
    assert (found.verdict, found.domain) == (Verdict.NONE, "")
    assert found.reasons == ("dkim signature of another domain than From",)


def test_a_signature_of_the_domain_above_proves_nothing() -> None:
    raw = MAIL.replace(b"jane@shop.example", b"jane@people.shop.example")
    assert _look(signed(raw, DOMAIN)).verdict is Verdict.NONE


@pytest.mark.parametrize("name", SIGNED)
def test_each_of_five_fields_must_be_signed(name: str) -> None:
    rest = [field for field in FIELDS if field != name]
    if name == "from":
        more = {b"h": b":".join(field.encode() for field in rest)}
        assert _look(signed(MAIL, DOMAIN, more=more)).reasons == ("dkim signature does not cover from",)
    else:
        assert _look(signed(MAIL, DOMAIN, fields=rest)).reasons == (f"dkim signature does not cover {name}",)


@pytest.mark.parametrize("where", ["above", "below"])
@pytest.mark.parametrize(
    "added",
    [
        b"From: Jane Shopkeeper <jane@shop.example>",
        b"To: another@example.com",
        b"Subject: Another subject",
        b"Date: Fri, 27 Nov 2026 09:58:00 +0000",
        b"Message-ID: <2@shop.example>",
        b"Content-Type: text/html",
    ],
)
def test_a_field_that_was_added_beside_the_signed_one_takes_the_proof_away(added: bytes, where: str) -> None:
    raw = signed(MAIL, DOMAIN)
    head, _, body = raw.partition(b"\r\n\r\n")
    both = added + b"\r\n" + raw if where == "above" else head + b"\r\n" + added + b"\r\n\r\n" + body
    assert _look(both).verdict is Verdict.NONE


def test_fields_that_programs_add_on_the_way_do_not_matter() -> None:
    added = b"Received: from a by b; Thu, 26 Nov 2026 10:00:00 +0000\r\nX-Spam-Status: No\r\nCc: more@example.com\r\n"
    assert _look(added + signed(MAIL, DOMAIN)).verdict is Verdict.PASS


NOT_HELD = "dkim signature that does not hold: signed otherwise, or changed on the way"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"are down", b"are up"),
        (b"Subject: Phones", b"Subject: Telephones"),
        (b"<1@shop", b"<2@shop"),
        (b"09:58:00 +0000\r\nMessage", b"09:58:00 +0100\r\nMessage"),
        (b"support@example.com", b"sales@example.com"),
        (b"jane@shop.example>", b"jack@shop.example>"),
        (b"\r\n\r\nHello", b"\r\n\r\nOh. Hello"),
    ],
)
def test_what_was_changed_on_the_way_proves_nothing_and_counts_against_nobody(before: bytes, after: bytes) -> None:
    raw = signed(MAIL, DOMAIN)
    assert before in raw
    assert _look(raw.replace(before, after)) == Authentication(Verdict.NONE, "", (NOT_HELD,))


def test_a_part_of_the_body_is_not_enough() -> None:
    reason = "dkim signature of a part of the body only"
    assert _look(signed(MAIL, DOMAIN, length=True)).reasons == (reason,)


def test_sha1_is_not_enough() -> None:
    reason = "dkim signature by other means than rsa-sha256"
    assert _look(signed(MAIL, DOMAIN, algorithm=b"rsa-sha1")).reasons == (reason,)


def test_when_a_signature_counts() -> None:
    now = datetime.now(UTC)
    in_a_day = str(int((now + timedelta(days=1)).timestamp())).encode()
    lasting = signed(MAIL, DOMAIN, more={b"x": in_a_day})
    assert _look(lasting, at=now).verdict is Verdict.PASS
    assert _look(lasting, at=now + timedelta(days=1, seconds=1)).reasons == ("dkim signature that has expired",)
    an_hour_ahead = str(int((now + timedelta(hours=1)).timestamp())).encode()
    assert _look(signed(MAIL, DOMAIN, more={b"t": an_hour_ahead}), at=now).reasons == (
        "dkim signature from the future",
    )
    assert _look(signed(MAIL, DOMAIN, more={b"t": b"soon"})).reasons == ("dkim signature that cannot be read",)


def _der(number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02\x82" + len(octets).to_bytes(2, "big") + octets


def _record(modulus: int, exponent: int) -> bytes:
    inner = _der(modulus) + _der(exponent)
    return b"v=DKIM1; p=" + base64.b64encode(b"\x30\x82" + len(inner).to_bytes(2, "big") + inner)


NO_MAIL_KEY = "dkim key that is not for signing mail"
WRONG_SIZE = "dkim key of the wrong size"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (key().record.replace(b"v=DKIM1", b"v=DKIM2"), NO_MAIL_KEY),
        (key().record.replace(b"k=rsa", b"k=ed25519"), NO_MAIL_KEY),
        (key().record.replace(b"k=rsa", b"k=rsa; h=sha1"), NO_MAIL_KEY),
        (key().record.replace(b"k=rsa", b"k=rsa; s=tlsrpt"), NO_MAIL_KEY),
        (key().record.replace(b"k=rsa", b"k=rsa; t=y"), NO_MAIL_KEY),
        (b"v=DKIM1; k=rsa; p=", WRONG_SIZE),
        (b"v=spf1 -all", NO_MAIL_KEY),
        (b"v=DKIM1; p=not a key", WRONG_SIZE),
        (_record((1 << 8191) + 1, 65537), WRONG_SIZE),
        (_record((1 << 2047) + 1, (1 << 2000) + 1), WRONG_SIZE),
        (_record((1 << 2047) + 1, 1), WRONG_SIZE),
        (_record((1 << 2047) + 1, 65537), NOT_HELD),
        (key(1024).record, NOT_HELD),
    ],
)
def test_a_key_that_is_none_for_mail_proves_nothing(record: bytes, reason: str) -> None:
    assert _look(signed(MAIL, DOMAIN), {name_of(DOMAIN): (record,)}).reasons == (reason,)


@pytest.mark.parametrize(("bits", "verdict"), [(512, Verdict.NONE), (1016, Verdict.NONE), (1024, Verdict.PASS)])
def test_short_keys_prove_nothing(bits: int, verdict: Verdict) -> None:
    own: Key = key(bits)
    assert _look(signed(MAIL, DOMAIN, by=own), {name_of(DOMAIN): (own.record,)}).verdict is verdict


def test_more_than_two_signatures_of_one_domain_are_not_computed() -> None:
    raw = signed(MAIL, DOMAIN)
    broken = signed(MAIL.replace(b"are down", b"are up"), DOMAIN).partition(MAIL[:9])[0]
    assert _look(broken + raw).verdict is Verdict.PASS
    assert _look(broken + broken + raw).reasons == (NOT_HELD,)


def test_a_key_for_the_domain_alone_is_not_for_those_below_it() -> None:
    strict = {name_of(DOMAIN): (key().record.replace(b"k=rsa", b"t=s"),)}
    assert _look(signed(MAIL, DOMAIN), strict).verdict is Verdict.PASS
    assert _look(signed(MAIL, DOMAIN, identity="@people.shop.example"), strict).reasons == (NO_MAIL_KEY,)
    assert _look(signed(MAIL, DOMAIN, identity="@people.shop.example")).verdict is Verdict.PASS


def test_what_dns_says_of_the_key() -> None:
    raw, name = signed(MAIL, DOMAIN), name_of(DOMAIN)
    assert _look(raw, {}).reasons == (f"the key {name} could not be looked up",)
    assert _look(raw, {name: ()}).reasons == (f"there is no key {name}",)
    assert _look(raw, {name: (key().record, key(1024).record)}).reasons == (f"several keys {name}",)


def test_a_field_that_claims_a_verdict_changes_nothing() -> None:
    claims = (
        b"Authentication-Results: mailbot; dkim=pass header.d=shop.example; dmarc=pass header.from=shop.example\r\n"
    )
    assert _look(claims + MAIL).reasons == ("no DKIM signature",)
    broken = signed(MAIL, DOMAIN).replace(b"are down", b"are up")
    assert _look(claims + broken).verdict is Verdict.NONE


def test_nobody_is_proven_where_from_names_nobody() -> None:
    raw = MAIL.replace(b"<jane@shop.example>", b"<jane@shop.example>, Jack <jack@shop.example>")
    assert _look(signed(raw, DOMAIN)).verdict is Verdict.NONE


@pytest.mark.parametrize(
    "hidden",
    [
        b"X-Note: a\rFrom: Jack <jack@shop.example>\r\r",
        b"X-Note: a\nFrom: Jack <jack@shop.example>\n\n",
        b"From Jack <jack@shop.example>\r\nX-Note : a\r\n",
        b"X-Note: a\r\nno field\r\n",
    ],
)
def test_a_header_section_that_two_readers_cut_differently_proves_nothing(hidden: bytes) -> None:
    assert _look(hidden + signed(MAIL, DOMAIN)).verdict is Verdict.NONE


def test_what_is_verified_is_what_is_read() -> None:
    """The library takes a name of any length for a field; we skip such a line, and end the section at another."""
    head, _, body = signed(MAIL, DOMAIN).partition(b"\r\n\r\n")
    for between in (b"\r\n" + b"X" * 201 + b": a\r\n\r\n", b"\r\n"):
        found = _look(head + between + body)
        assert found.reasons == ("header section that can be read in two ways",)


@pytest.mark.parametrize(
    "value",
    [
        b"v=1; d=shop.example; s=mail",
        b"v=1; a=rsa-sha256; d=shop.example; d=evil.example; s=mail; h=from; bh=; b=",
        b"",
        b"garbage",
        b"s=mail._domainkey.evil.example; d=shop.example",
        b"s=..; d=shop.example",
        b"s=mail; d=localhost",
        b"s=mail; d=shop.example\x00",
        b"s=ma\xc3\xafl; d=shop.example",
        b"s=" + b"a" * 64 + b"; d=shop.example",
        b"s=mail; d=" + b"a." * 130 + b"example",
        b"d=shop.example;" + b" " * 10_000 + b"s=mail",
        b"s=*; d=shop.example",
    ],
)
def test_fields_that_are_no_signatures(value: bytes) -> None:
    raw = b"DKIM-Signature: " + value + b"\r\n" + MAIL
    assert _look(raw).verdict is Verdict.NONE
    assert key_names(raw) in {(), (name_of(DOMAIN),)}


def test_only_plain_host_names_are_looked_up() -> None:
    for name in (b"ma/il", b"ma il.", b"-mail", b"mail-", b"*", b"", b"ma_il"):
        assert key_names(b"DKIM-Signature: d=shop.example; s=" + name + b"\r\n\r\n") == ()
    assert key_names(b"DKIM-Signature: d=Shop.Example;\r\n\ts=M1.2026\r\n\r\n") == ("m1.2026._domainkey.shop.example",)
    assert key_names(b"X: 1\r\n\r\nDKIM-Signature: d=shop.example; s=mail\r\n\r\n") == ()
    assert key_names(b"DKIM-Signature: d=shop.example; s=mail\r\n") == ()


@pytest.mark.parametrize(
    "body", [b" " * 4_000_000 + b"x", b"\r\n" * 2_000_000 + b"x", b" \r\n" * 1_300_000, b"\t x" * 1_300_000]
)
@pytest.mark.parametrize("canonical", [b"simple", b"relaxed"])
def test_no_body_takes_long(body: bytes, canonical: bytes) -> None:
    raw = signed(MAIL, DOMAIN, canonical=(b"relaxed", canonical))
    head = raw.partition(b"\r\n\r\n")[0]
    keys = Keys(datetime.now(UTC), dict(RECORD))
    section = split(head + b"\r\n\r\n" + body)
    began = time.process_time()
    assert verify(head + b"\r\n\r\n" + body, section, DOMAIN, keys).verdict is Verdict.NONE
    # Taking the square of its length would be hours.
    assert time.process_time() - began < 10


def test_no_header_section_takes_long() -> None:
    raw = (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=mail; bh=aaaa; b=aaaa; h=from:to:subject:date:message-id"
    )
    for filler in (b"\r\n" + b"A:\r\n" * 16_000, b":a" * 4_000 + b"\r\n", b"\r\nX: a" + b"\r\n b" * 20_000 + b"\r\n"):
        began = time.process_time()
        assert _look(raw + filler + MAIL).verdict is Verdict.NONE
        assert time.process_time() - began < 10


@cache
def _original() -> tuple[bytes, Message]:
    raw = signed(MAIL, DOMAIN)
    return raw, _read(raw)


PIECES = [
    *(b"\r\n", b"\r", b"\n", b" ", b"\t", b":", b";", b"\r\n\r\n", b"\x00", b"\xff", b"=", b"From: a@shop.example\r\n"),
    *(
        b"Subject: Another\r\n",
        b"\r\n ",
        b"l=5;",
        b"x",
        b"To: a@b.example\r\n",
        b"DKIM-Signature: v=1\r\n",
        b"From x\r\n",
    ),
]
CUTS = st.tuples(st.integers(0, 3000), st.integers(0, 30), st.sampled_from(PIECES) | st.binary(max_size=3))


@given(st.lists(CUTS, min_size=1, max_size=4))
@example([(0, 0, b"X-Note: a\rFrom: jack@shop.example\r\r")])
@example([(0, 0, b"X: a\r\n")])
@example([(847, 28, b" ")])
def test_damage_never_proves_what_was_not_signed(damage: list[tuple[int, int, bytes]]) -> None:
    """Each damage puts some octets in the place of others."""
    original, before = _original()
    raw = bytearray(original)
    for position, length, octets in damage:
        at = position % len(raw)
        raw[at : at + length] = octets
    after = _read(bytes(raw))
    assert after.authentication.verdict is not Verdict.FAIL
    if after.authentication.verdict is Verdict.PASS:
        assert (after.sender, after.subject.split()) == (before.sender, before.subject.split())
        assert (after.to, after.date, after.message_id) == (before.to, before.date, before.message_id)
        body = bytes(raw).replace(b"\r\n", b"\n").partition(b"\n\n")[2]
        assert body.split() == MAIL.partition(b"\r\n\r\n")[2].split()
