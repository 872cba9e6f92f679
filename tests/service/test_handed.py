"""The files of a customer's message come with it to who answers it, as far as they can be opened without fear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.agents.handed import handed, opened
from mailbot.reading.message import read
from mailbot.worker import FAST, ReadingChild
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, office, passed
from tests.service.test_carried import Reply, files_of, photograph
from tests.service.test_relays import JANE, TEAM, relays, to_customer

SCREEN = (Path(__file__).parent.parent / "reading" / "written" / "screen.png").read_bytes()
PDF = b"%PDF-1.7\nthe bill\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened_desk:
        yield opened_desk


def message(*files: tuple[str, str, bytes], html: str = "") -> EmailMessage:
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = JANE, SUPPORT, "The bill"
    mail["Message-ID"] = "<bill@acme-dental.example>"
    mail.set_content("Is this bill right?")
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, octets in files:
        maintype, _, subtype = kind.partition("/")
        if kind == "text/plain":
            mail.add_attachment(octets.decode(), filename=name)
        else:
            mail.add_attachment(octets, maintype, subtype, filename=name)
    return mail


def relay_of(desk: Office, mail: EmailMessage) -> Sent:
    desk.receive((passed(JANE, "pass") + "\r\n").encode() + mail.as_bytes())
    desk.let_pass(timedelta(0))
    [relay] = relays(desk)
    return relay


def test_they_come_as_they_were(desk: Office) -> None:
    files = {"bill.pdf": PDF, "site.jpg": photograph(), "trunk.log": "ü: no route\n".encode()}
    mail = message(
        ("bill.pdf", "application/pdf", PDF),
        ("site.jpg", "image/jpeg", files["site.jpg"]),
        ("trunk.log", "text/plain", files["trunk.log"]),
    )
    found = files_of(relay_of(desk, mail))
    assert found.pop("trunk.log").replace(b"\r\n", b"\n") == files.pop("trunk.log")
    assert found == files


def test_pictures_in_the_text_come_and_the_smallest_do_not(desk: Office) -> None:
    mail = message(html='<p>See: <img src="cid:shot@x"><img src="cid:logo@x"></p>')
    shown = mail.get_body(("html",))
    assert isinstance(shown, EmailMessage)
    shown.add_related(SCREEN + b"\0" * 5_000, "image", "png", cid="<shot@x>", filename="shot.png", disposition="inline")
    shown.add_related(SCREEN[:900], "image", "png", cid="<logo@x>", filename="logo.png", disposition="inline")
    assert list(files_of(relay_of(desk, mail))) == ["shot.png"]


@pytest.mark.parametrize(
    ("name", "kind", "octets"),
    [
        ("setup.exe", "application/octet-stream", b"MZ\x90\0"),
        ("bill.pdf.exe", "application/pdf", b"MZ\x90\0"),
        ("bill.pdf", "application/pdf", b"MZ\x90\0"),
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("page.txt", "application/octet-stream", b"\xef\xbb\xbf <html><script>alert(1)</script>"),
        ("plan.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
        ("list.xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12", b"PK\x03\x04"),
        ("list.xlsx", "application/octet-stream", b"PK\x03\x04 xl/vbaProject.bin"),
        ("list.xls", "application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
        ("logs.zip", "application/zip", b"PK\x03\x04"),
        ("visit.ics", "text/calendar", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"),
        ("run.js", "text/javascript", b"alert(1)"),
        ("link.url", "application/octet-stream", b"[InternetShortcut]\nURL=file://x\n"),
        ("no-ending", "image/png", SCREEN),
    ],
)
def test_what_could_do_harm_is_named_and_not_brought(desk: Office, name: str, kind: str, octets: bytes) -> None:
    relay = relay_of(desk, message((name, kind, octets)))
    assert files_of(relay) == {}
    assert name in relay.text or kind == "text/calendar"


def test_what_is_too_large_is_named_and_the_rest_comes(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + "[limits]\nmessage_bytes = 400000\n") as desk:
        large = b"%PDF-1.7" + bytes(250_000)
        relay = relay_of(desk, message(("all.pdf", "application/pdf", large), ("bill.pdf", "application/pdf", PDF)))
        assert list(files_of(relay)) == ["bill.pdf"]
        assert "all.pdf" in relay.text


def test_they_come_in_the_morning_and_are_not_named_for_longer(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
        desk.receive(
            (passed(JANE, "pass") + "\r\n").encode() + message(("bill.pdf", "application/pdf", PDF)).as_bytes()
        )
        assert "bill.pdf" in desk.one("SELECT files FROM relay")
        desk.let_pass(OPEN_AT - CLOSED_AT)
        [relay] = relays(desk)
        assert files_of(relay) == {"bill.pdf": PDF}
        assert desk.one("SELECT files FROM relay") is None


def test_the_process_that_reads_mail_finds_them_too(desk: Office) -> None:
    with closing(ReadingChild(FAST)) as child:
        desk.processor = desk.processor_with(child)
        assert files_of(relay_of(desk, message(("bill.pdf", "application/pdf", PDF)))) == {"bill.pdf": PDF}


def test_octets_that_are_gone_cost_the_files_alone(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
        desk.receive(
            (passed(JANE, "pass") + "\r\n").encode() + message(("bill.pdf", "application/pdf", PDF)).as_bytes()
        )
        desk.here.database.writer.write(
            lambda conn: conn.exec_driver_sql("UPDATE raw SET packed = x'' WHERE 1").rowcount
        )
        desk.let_pass(OPEN_AT - CLOSED_AT)
        [relay] = relays(desk)
        assert files_of(relay) == {}


def test_what_a_mail_program_sends_back_of_them_does_not_go_to_the_customer(desk: Office) -> None:
    """Some programs put the files of what is answered into the answer."""
    relay = relay_of(desk, message(("bill.pdf", "application/pdf", PDF), ("site.jpg", "image/jpeg", photograph())))
    reply = Reply(relay).file(PDF, "application/pdf", "bill.pdf").file(photograph(), "image/jpeg", "site.jpg")
    desk.receive(reply.file(b"%PDF-1.7 mended", "application/pdf", "mended.pdf").raw)
    [answer] = to_customer(desk)
    assert list(files_of(answer)) == ["mended.pdf"]


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.sampled_from(["base64", "quoted-printable"]))
def test_what_is_brought_is_what_came(contents: list[bytes], encoding: str) -> None:
    mail = message()
    files = [b"%PDF-1.7" + octets for octets in contents]
    for number, octets in enumerate(files):
        mail.add_attachment(octets, "application", "pdf", filename=f"{number}.pdf", cte=encoding)
    raw = mail.as_bytes()
    assert [(file.name, file.octets) for file in opened(raw, handed(read(raw), 1 << 20))] == [
        (f"{number}.pdf", octets) for number, octets in enumerate(files)
    ]
