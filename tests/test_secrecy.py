"""The search for agents' addresses in what customers got finds one wherever it hides; what it finds fails a test."""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode
from pathlib import Path
from quopri import encodestring

import pytest

from tests.secrecy import WATCH, Watch, found_in
from tests.servers.daemon import Desk as Daemon
from tests.service.office import RULES, office

DANA = "dana@harborvoice.example"
_HEAD = "From: Harbor Voice <support@harborvoice.example>\r\nTo: jane@acme-dental.example\r\n"


def _mail(text: str = "All is well.", *fields: str) -> bytes:
    return (_HEAD + "".join(f"{field}\r\n" for field in fields) + "\r\n" + text).encode()


def _encoded(octets: bytes, *, kind: str = "text/plain; charset=utf-8") -> bytes:
    return _mail(b64encode(octets).decode(), f"Content-Type: {kind}", "Content-Transfer-Encoding: base64")


def _packed() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", f"<creator>{DANA}</creator>")
    return made.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        _mail(f"Write to {DANA}."),
        _mail("Write to Dana@HarborVoice.EXAMPLE."),
        _mail("x", f"X-Original-From: {DANA}"),
        _mail("x", f"Message-ID: <1.{DANA}>"),
        _mail("x", "Subject: =?utf-8?b?" + b64encode(f"Re: {DANA}".encode()).decode() + "?="),
        _mail("x", "Subject: =?utf-8?q?dana?= =?utf-8?q?=40harborvoice.example?="),
        _mail("x", "Content-Disposition: attachment; filename*=utf-8''dana%40harborvoice.example.txt"),
        _mail("x", 'Content-Type: text/plain; name*0="dana@harbor"; name*1="voice.example.txt"'),
        _encoded(f"Write to {DANA}.".encode()),
        _encoded(DANA.encode("utf-16"), kind="text/plain; charset=utf-16"),
        _encoded(b"<a href='mailto:dana%40harborvoice.example'>here</a>", kind="text/html"),
        _encoded(b"<p>dana&#64;harborvoice.example</p>", kind="text/html"),
        _encoded("<p>dana@<wbr>harbor\u00advoice.example</p>".encode(), kind="text/html"),
        _encoded(_packed(), kind="application/octet-stream; name=answer.docx"),
        _mail(
            encodestring(b"x" * 60 + b" dana@harborvoice.example").decode(),
            "Content-Transfer-Encoding: quoted-printable",
        ),
        _mail(
            f"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: {DANA}\r\n\r\nx\r\n--b--",
            "Content-Type: multipart/mixed; boundary=b",
        ),
    ],
)  # fmt: skip
def test_an_address_is_found_wherever_it_hides(raw: bytes) -> None:
    assert [address for address, _ in found_in(raw, {DANA})] == [DANA]


@pytest.mark.parametrize("domain", ["xn--bcher-kva.example", "bücher.example"])
def test_a_domain_in_other_letters_is_the_same(domain: str) -> None:
    watch = Watch()
    watch.keep_inside(["dana@bücher.example"])
    watch.left(["jane@acme-dental.example"], "", _encoded(f"dana@{domain}".encode()))
    assert len(watch.leaks()) == 1


def test_the_envelope_counts() -> None:
    watch = Watch()
    watch.keep_inside([DANA])
    watch.left(["jane@acme-dental.example"], DANA, _mail())
    assert len(watch.leaks()) == 1


def test_what_names_no_agent_and_what_went_to_ourselves_is_no_leak() -> None:
    watch = Watch()
    watch.keep_inside([DANA], ["team@harborvoice.example"])
    watch.left([DANA, "team@harborvoice.example"], "", _mail(f"Write to {DANA}."))
    watch.left(["jane@acme-dental.example"], "", _mail("Dana will call you. support@harborvoice.example"))
    assert watch.leaks() == []


def test_a_desk_of_a_test_says_who_its_agents_are_and_what_left(tmp_path: Path) -> None:
    """What is found here would fail this test when it ends, so it is forgotten."""
    agent = f'[[agent]]\nid = "dana"\nname = "Dana"\naddresses = ["{DANA}"]\n'
    with office(tmp_path / "office", rules=RULES + agent) as desk:
        desk.submit("", "jane@acme-dental.example", _mail(f"Write to {DANA}."))
        desk.submit("", "team@harborvoice.example", _mail(f"Write to {DANA}."))
    assert [leak.partition(" ")[0] for leak in WATCH.leaks()] == [DANA]
    WATCH.forget()
    Daemon(tmp_path / "daemon", agent)
    assert WATCH.agents == {DANA}
    WATCH.forget()
