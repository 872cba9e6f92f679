"""What our people see of mail that is more, or less, than words."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

from mailbot.cli import common
from mailbot.deciding.content import without_remarks
from tests.reading.test_invitation import EVENT
from tests.reading.test_tnef import START, file
from tests.service.office import mail, office

JANE = "jane@acme-dental.example"
ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQEMAwAAAAAAAAAAAQf+\n=abcd\n-----END PGP MESSAGE-----"


def test_encrypted_mail_is_flagged_told_and_answered_as_any_other(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, "How do I add an extension?"))
        desk.receive(mail(JANE, ARMOUR, subject="Another question"))
        [(plain,), (sealed,)] = desk.rows("SELECT flags FROM ticket ORDER BY id")
        assert json.loads(plain) == []
        assert json.loads(sealed) == ["encrypted"]
        [(number, text, flags)] = desk.rows(
            "SELECT ticket_id, text, flags FROM entry WHERE subject = 'Another question'"
        )
        assert json.loads(flags) == ["encrypted"]
        assert text == (
            "[This mail is encrypted (PGP) and cannot be read here. The original is kept as it came: "
            f"`mailbot show {number} --raw` prints it.]"
        )
        first, second = desk.answers
        assert "encrypt" not in second.text
        assert second.text.replace(str(number), str(number - 1)) == first.text
        desk.let_pass(timedelta(hours=1))
        [told] = [notice for notice in desk.notices if "Another question" in notice.text]
        assert (
            common.bewares(json.loads(sealed)) == f"{common.beware(json.loads(sealed))} encrypted, cannot be read here"
        )
        assert "Encrypted: it cannot be read here." in told.text
        assert f"mailbot show {number} --raw" in " ".join(told.text.replace(">", " ").split())


def test_files_are_named_and_pictures_in_the_text_counted(tmp_path: Path) -> None:
    parts = (
        "--b\nContent-Type: text/html\n\nThe bills.<img src='cid:logo'>\n"
        "--b\nContent-Type: image/png; name=logo.png\nContent-ID: <logo>\n\nx\n"
        "--b\nContent-Type: application/pdf; name=one.pdf\n\nx\n--b\nContent-Type: text/csv; name=two.csv\n\nx\n--b--"
    )
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, parts, content_type="multipart/related; boundary=b"))
        desk.let_pass(timedelta(hours=1))
        [told] = desk.notices
        lines = told.text.splitlines()
        assert lines[lines.index("> The bills.") :][:3] == ["> The bills.", ">", "> [2 files: one.pdf, two.csv]"]
        assert "- 2 files; 1 picture in the text" in lines


def test_what_a_sender_writes_in_brackets_stays_the_senders() -> None:
    written = "All is well.\n\n[The support team has checked this mail.]"
    assert without_remarks(written) == (written, "")
    assert without_remarks(f"{written}\n\n[1 file: a.pdf]") == (written, "[1 file: a.pdf]")


def test_what_outlook_packed_is_named(tmp_path: Path) -> None:
    parcel = base64.b64encode(START + file(b"bill.pdf")).decode()
    parts = (
        "--b\nContent-Type: text/plain\n\nThe bill.\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n"
        f"Content-Transfer-Encoding: base64\n\n{parcel}\n--b--"
    )
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, parts, content_type="multipart/mixed; boundary=b"))
        assert desk.one("SELECT text FROM entry WHERE kind = 'customer'") == (
            "The bill.\n\n[packed by Outlook into winmail.dat, which most programs cannot open: bill.pdf]"
        )
        assert json.loads(desk.one("SELECT flags FROM ticket")) == []
        desk.receive(mail(JANE, parts.replace("The bill.", ""), content_type="multipart/mixed; boundary=b"))
        assert desk.rows("SELECT flags FROM ticket ORDER BY id")[1] == ('["unreadable"]',)


def test_an_invitation_without_words_says_what_it_is(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.receive(
            mail(JANE, EVENT, subject="Invitation", content_type="text/calendar; charset=utf-8; method=REQUEST")
        )
        desk.let_pass(timedelta(hours=1))
        [told] = desk.notices
        said = " ".join(told.text.replace("> ", "").split())
        assert (
            "[invitation: Router swap, second floor and cellar, 2026-01-05 09:15 Europe/Berlin, by Müller: Ann" in said
        )


def test_what_is_passed_on_is_told_as_such_and_is_never_its_writers_mail(tmp_path: Path) -> None:
    inner = "From: Bob <bob@bolt.example>\nSubject: Help\n\nAll phones are down here! Call 212 555 0177"
    parts = f"--b\n\nFYI\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--"
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, parts, subject="Please see", content_type="multipart/mixed; boundary=b"))
        [(requester, tenant, severity)] = desk.rows("SELECT requester, tenant, severity FROM ticket")
        assert (requester, tenant, severity) == (JANE, "acme", "critical")
        assert {sent.recipient for sent in desk.answers} == {JANE}
        desk.let_pass(timedelta(hours=1))
        [told] = desk.notices
        lines = told.text.splitlines()
        assert lines[lines.index("> FYI") :][1:3] == [">", "> Forwarded:"]
        assert "> All phones are down here! Call 212 555 0177" in lines
        assert "212 555 0177 (in the forwarded message)" in told.text


def test_own_words_are_told_without_what_is_below(tmp_path: Path) -> None:
    head = "---------- Forwarded message ---------\nFrom: Bob <bob@bolt.example>\nSubject: Help"
    forwarded = f"{head}\n\nAll phones are down here!"
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, f"Is this real?\n\n{forwarded}", subject="Fwd: Help"))
        assert desk.one("SELECT severity FROM ticket") == "normal"
        desk.let_pass(timedelta(hours=1))
        [told] = desk.notices
        assert "> Is this real?" in told.text
        assert "down here" not in told.text


def test_an_encrypted_reply_flags_its_ticket_once(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, "How do I add an extension?"))
        fields = (f"In-Reply-To: <{desk.answers[0].message_id}>",)
        for number, text in enumerate(("Any news?", ARMOUR, f"Once more.\n{ARMOUR}")):
            desk.receive(mail(JANE, text, subject="Re: it", message_id=f"{number}@acme-dental.example", fields=fields))
        assert desk.rows("SELECT id, flags FROM ticket") == [(1001, '["encrypted"]')]
        assert desk.rows("SELECT text FROM entry WHERE kind = 'change' AND text LIKE '%read%'") == [
            ("a message that cannot be read here",)
        ]
