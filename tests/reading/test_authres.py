"""Evidence that From is genuine: only what the border wrote, by real grammar (H3 to H8, guarantees 4.2)."""

from __future__ import annotations

import pytest

from mailbot.reading.message import read
from mailbot.reading.model import Authentication, Border, Verdict
from mailbot.reading.verdicts.authres import parse

BORDER = Border(authserv_ids=("mx.example.net",))


def _verdict(*fields: str, sender: str = "ann@example.com", border: Border = BORDER) -> Authentication:
    raw = "\n".join([*fields, f"From: {sender}", "Subject: x", "", "x"])
    return read(raw.encode(), border=border).authentication


def _ar(rest: str, authserv_id: str = "mx.example.net") -> str:
    return f"Authentication-Results: {authserv_id}; {rest}"


RECEIVED = "Received: from a by mx.example.net; Mon, 5 Jan 2026 08:00:00 +0000"


@pytest.mark.parametrize(
    "rest",
    [
        "dmarc=pass header.from=example.com",
        "dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=Example.COM",
        "spf=pass smtp.mailfrom=x.example; dkim=fail; dmarc = pass policy.x=y header.from = example.com",
        'dmarc=pass reason="a; dmarc=fail" header.from=example.com',
        "dkim=pass header.d=example.com header.s=s1",
        "dkim=fail header.d=example.com; dkim=pass header.i=@example.com",
        "dkim=pass header.i=news@example.com",
    ],
)
def test_pass(rest: str) -> None:
    found = _verdict(_ar(rest))
    assert (found.verdict, found.domain) == (Verdict.PASS, "example.com")


@pytest.mark.parametrize(
    "rest",
    [
        # Only in a comment, a quoted string, or a property that looks like it (H6).
        "spf=none (dmarc=pass header.from=example.com)",
        'spf=none reason="dmarc=pass header.from=example.com"',
        'spf=none reason="x\\" dmarc=pass" header.from=example.com',
        "xdmarc=pass header.from=example.com",
        "dmarc.x=pass header.from=example.com",
        "spf=none (a (b) dmarc=pass header.from=example.com",
        "spf=none ((unclosed; dmarc=pass header.from=example.com",
        # About another domain than the one in From (H7).
        "dmarc=pass header.from=attacker.example",
        "dmarc=pass header.from=sub.example.com",
        "dmarc=pass header.from=com",
        "dmarc=pass header.from=example.com.attacker.example",
        "dmarc=pass",
        "dkim=pass header.d=attacker.example",
        "dkim=pass header.d=sub.example.com",
        "dkim=pass header.d=com",
        "dkim=pass header.i=example.com@attacker.example",
        # SPF alone never proves anyone; errors are no evidence.
        "spf=pass smtp.mailfrom=ann@example.com",
        "dmarc=temperror header.from=example.com",
        "dmarc=none header.from=example.com",
        "arc=pass; dmarc=bestguesspass header.from=example.com",
        "none",
        "",
    ],
)
def test_no_verdict(rest: str) -> None:
    assert _verdict(_ar(rest)).verdict is Verdict.NONE


def test_fail_wins_over_an_aligned_signature() -> None:
    found = _verdict(_ar("dkim=pass header.d=example.com; dmarc=fail header.from=example.com"))
    assert found.verdict is Verdict.FAIL


def test_a_field_that_contradicts_itself_fails() -> None:
    found = _verdict(_ar("dmarc=pass header.from=example.com; dmarc=fail header.from=example.com"))
    assert found.verdict is Verdict.FAIL


def test_unknown_id_counts_as_silence() -> None:
    assert _verdict(_ar("dmarc=pass header.from=example.com", "mx.attacker.example")).verdict is Verdict.NONE


def test_no_id_configured_trusts_nobody() -> None:
    assert _verdict(_ar("dmarc=pass header.from=example.com"), border=Border()).verdict is Verdict.NONE


def test_forged_field_below_the_real_one_is_not_read() -> None:
    found = _verdict(_ar("dmarc=none header.from=example.com"), RECEIVED, _ar("dmarc=pass header.from=example.com"))
    assert found.verdict is Verdict.NONE


def test_neighbours_that_disagree_fail() -> None:
    found = _verdict(_ar("dmarc=pass header.from=example.com"), _ar("dmarc=fail header.from=example.com"), RECEIVED)
    assert found.verdict is Verdict.FAIL


def test_one_milter_per_method_is_read_together() -> None:
    found = _verdict(_ar("spf=pass smtp.mailfrom=x"), _ar("dmarc=pass header.from=example.com"), RECEIVED)
    assert found.verdict is Verdict.PASS


def test_forged_field_without_one_from_the_border() -> None:
    above = Border(authserv_ids=("mx.example.net",), received_above=0)
    fields = (RECEIVED, _ar("dmarc=pass header.from=example.com"))
    assert _verdict(*fields, border=above).verdict is Verdict.NONE
    # A milter that stamps below the border's own Received line: the operator says so.
    below = Border(authserv_ids=("mx.example.net",), received_above=1)
    assert _verdict(*fields, border=below).verdict is Verdict.PASS


@pytest.mark.parametrize(("one_field", "wanted"), [(True, Verdict.NONE), (False, Verdict.PASS)])
def test_a_second_field_is_nobodys_where_the_border_writes_one(one_field: bool, wanted: Verdict) -> None:  # noqa: FBT001
    """Elsewhere one program says what it found of DKIM and the next one what it found of DMARC."""
    border = Border(authserv_ids=("mx.example.net",), one_field=one_field)
    fields = (_ar("spf=pass smtp.mailfrom=x.example"), _ar("dmarc=pass header.from=example.com"), RECEIVED)
    assert _verdict(*fields, border=border).verdict is wanted


def test_arc_is_never_evidence() -> None:
    arc = "ARC-Authentication-Results: i=1; mx.example.net; dmarc=pass header.from=example.com"
    assert _verdict(arc).verdict is Verdict.NONE


def test_unclear_from_has_no_verdict() -> None:
    found = _verdict(_ar("dmarc=pass header.from=example.com"), sender="a@example.com, b@example.com")
    assert found.verdict is Verdict.NONE


MICROSOFT = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com;"
    " dkim=none (message not signed) header.d=none;dmarc={} action=none header.from=example.com;"
    "compauth=pass reason=109"
)


@pytest.mark.parametrize(
    ("result", "microsoft", "wanted"),
    [
        ("pass", True, Verdict.PASS),
        ("fail", True, Verdict.FAIL),
        # compauth alone is not enough.
        ("none", True, Verdict.NONE),
        # Elsewhere a field without an id is nobody's.
        ("pass", False, Verdict.NONE),
    ],
)
def test_microsoft(result: str, microsoft: bool, wanted: Verdict) -> None:  # noqa: FBT001 - a column of the table
    assert _verdict(MICROSOFT.format(result), border=Border(microsoft=microsoft)).verdict is wanted


@pytest.mark.parametrize(("microsoft", "wanted"), [(True, Verdict.PASS), (False, Verdict.NONE)])
def test_internal_exchange_mail(microsoft: bool, wanted: Verdict) -> None:  # noqa: FBT001 - a column of the table
    field = "X-MS-Exchange-Organization-AuthAs: Internal"
    assert _verdict(field, border=Border(microsoft=microsoft)).verdict is wanted


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (("X-MS-Exchange-Organization-AuthAs: Internal", "X-MS-Exchange-Organization-AuthAs: Anonymous"), Verdict.NONE),
        (("X-MS-Exchange-Organization-AuthAs: Internal", MICROSOFT.format("fail")), Verdict.FAIL),
        (("X-MS-Exchange-Organization-AuthAs: Internal", MICROSOFT.format("none")), Verdict.PASS),
    ],
)
def test_a_forged_mark_of_exchange(fields: tuple[str, ...], wanted: Verdict) -> None:
    """Exchange writes its own one into every mail; mail inside of it has dmarc=none."""
    assert _verdict(*fields, border=Border(microsoft=True)).verdict is wanted


def test_parse_reads_the_grammar() -> None:
    authserv_id, results = parse('MX.example.net 1; dkim/1=pass (ok) header.d="example.com" ; spf=neutral')
    assert authserv_id == "mx.example.net"
    assert [(one.method, one.result, one.properties) for one in results] == [
        ("dkim", "pass", {"header.d": "example.com"}),
        ("spf", "neutral", {}),
    ]
