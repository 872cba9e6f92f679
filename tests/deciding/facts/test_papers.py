"""Of the papers that bring a number over only those are asked for that are not there; no name of a file is needed."""

from __future__ import annotations

import pytest

from mailbot.deciding.facts.papers import Paper, papers_of
from mailbot.reading.model import Attachment, Message, Role

LOA, BILL, ACCOUNT = Paper


def message(*names: str, text: str = "Here you are.", kind: str = "application/pdf", role: Role = Role.FILE) -> Message:
    files = tuple(Attachment(name, kind, 1000, "0" * 64, role) for name in names)
    return Message(text=text, reply_text=text, attachments=files)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ((), (LOA, BILL, ACCOUNT)),
        (("LOA_signed.pdf", "March bill.pdf", "account-info.docx"), ()),
        (("Letter of Authorization.pdf",), (BILL, ACCOUNT)),
        (("invoice-2026-10.pdf", "CSR.pdf"), (LOA,)),
        (("Vollmacht.pdf", "Telefonrechnung_Oktober.pdf", "Kundendaten.pdf"), ()),
        (("lettre d'autorisation.pdf", "facture.pdf", "compte client.pdf"), ()),
        (("Carta de autorización.pdf", "factura.pdf", "datos de cuenta.pdf"), ()),
        (("Procuração.pdf", "fatura.pdf", "dados da conta.pdf"), ()),
        (("LOA template.pdf", "bill.pdf", "account.pdf"), (LOA,)),
        (("LOA-unsigned.pdf", "bill.pdf", "account.pdf"), (LOA,)),
        (("billboard.pdf", "accountant.pdf"), (LOA, BILL, ACCOUNT)),
    ],
)
def test_papers_are_known_by_the_names_of_their_files(names: tuple[str, ...], missing: tuple[Paper, ...]) -> None:
    assert papers_of(message(*names)).missing == missing


@pytest.mark.parametrize(
    "text",
    [
        "Account number: 4471-20",
        "Account number is 88-123456.",
        "Unsere Kunden-Nr. ist 4471",
        "Numéro de client : 4471",
    ],
)
def test_what_the_account_is_may_stand_in_the_text(text: str) -> None:
    assert papers_of(message("LOA.pdf", "bill.pdf", text=text)).missing == ()


def test_what_a_scan_is_nobody_knows_so_no_form_is_sent_for_it() -> None:
    found = papers_of(message("scan0001.pdf", "bill.pdf"))
    assert (found.missing, found.may_be, found.needs_form) == ((LOA, ACCOUNT), True, False)
    assert papers_of(message("bill.pdf")).needs_form
    assert not papers_of(message("LOA.pdf")).needs_form


def test_pictures_in_the_text_and_recordings_are_no_papers() -> None:
    assert not papers_of(message("logo.png", kind="image/png", role=Role.PICTURE)).may_be
    assert not papers_of(message("loa.mp3", kind="audio/mpeg")).may_be
    assert LOA in papers_of(message("loa.mp3", kind="audio/mpeg")).missing


def test_what_outlook_packed_is_looked_at() -> None:
    packed = Attachment("winmail.dat", "application/ms-tnef", 9, "0" * 64, Role.PACKED, inside=("LOA.pdf", "bill.pdf"))
    assert papers_of(Message(attachments=(packed,))).missing == (ACCOUNT,)
