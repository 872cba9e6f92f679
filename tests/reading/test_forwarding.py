"""What is forwarded is kept apart from own words and from quotations."""

from __future__ import annotations

import time

import pytest

from mailbot.reading.message import read
from mailbot.reading.model import Message, Role
from mailbot.reading.quotation.forwarding import says_forwarded

BLOCK = (
    "From: Bob Ray <bob@elsewhere.example>\nSent: Monday, 5 January 2026 09:15\nTo: Ann\nSubject: Phones\n\n"
    "Nothing works."
)
OUTLOOK = f"-----Original Message-----\n{BLOCK}"
GERMAN = (
    "-----Ursprüngliche Nachricht-----\nVon: Bob Ray <bob@elsewhere.example>\nGesendet: Montag, 5. Januar 2026 09:15\n"
    "An: Ann\nBetreff: Telefone\n\nNichts geht."
)
GMAIL = f"---------- Forwarded message ---------\n{BLOCK}"
APPLE = "Begin forwarded message:\n\n" + "\n".join(f"> {line}".rstrip() for line in BLOCK.split("\n"))


def mailed(text: str, subject: str = "Fwd: Phones") -> Message:
    return read(
        f"From: ann@example.com\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()
    )


@pytest.mark.parametrize(
    ("below", "subject"),
    [
        (GMAIL, "Phones"),
        (
            GMAIL.replace("Forwarded message", "Weitergeleitete Nachricht"),
            "",
        ),
        (GMAIL.replace("Forwarded message", "Mensaje reenviado"), ""),
        (GMAIL.replace("Forwarded message", "Message transféré"), ""),
        (APPLE, "Phones"),
        (APPLE.replace("Begin forwarded message", "Anfang der weitergeleiteten Nachricht"), ""),
        (OUTLOOK, "FW: Phones"),
        (OUTLOOK, "Fwd: Phones"),
        (GERMAN, "WG: Telefone"),
        (BLOCK, "TR: Phones"),
        (f"________________________________\n{BLOCK}", "RV: Phones"),
    ],
)
@pytest.mark.parametrize("own", ["", "Is that our line?", "Is that our line?\n\nSent from my iPhone"])
def test_it_is_kept_apart(below: str, subject: str, own: str) -> None:
    message = mailed(f"{own}\n\n{below}" if own else below, subject)
    assert message.forwarded_text == below
    assert message.reply_text == own.partition("\n")[0]
    assert message.quoted_text == ""
    assert message.sender is not None
    assert message.sender.address == "ann@example.com"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (f"It still rings.\n\n{OUTLOOK}", "RE: Phones"),
        (f"It still rings.\n\n{BLOCK}", "AW: WG: Phones"),
        (
            "It still rings.\n\nOn Mon, 5 Jan 2026 at 09:15, Bob <bob@elsewhere.example> wrote:\n> Nothing works.",
            "Fwd: Phones",
        ),
        (
            "It rings.\n\nOn Mon, 5 Jan 2026 at 09:15, Bob <bob@e.example> wrote:\n> Look.\n> "
            + GMAIL.replace("\n", "\n> "),
            "Re: x",
        ),
    ],
)
def test_a_quotation_is_not_forwarded(text: str, subject: str) -> None:
    message = mailed(text, subject)
    assert message.forwarded_text == ""
    assert message.reply_text == text.partition("\n")[0]
    assert "Nothing works." in message.quoted_text


def test_a_form_with_header_lines_on_top_is_the_senders() -> None:
    message = mailed(BLOCK, "Contact form")
    assert message.forwarded_text == ""
    assert "Nothing works." in message.reply_text


def test_an_attached_message_is_forwarded() -> None:
    inner = "From: Bob <bob@elsewhere.example>\nSubject: Phones\nContent-Type: text/html\n\n<p>Nothing works.</p>"
    message = read(
        "From: ann@example.com\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\n\nLook.\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--".encode()
    )
    assert message.text == message.reply_text == "Look."
    assert message.forwarded_text.split("\n")[1:] == [
        "From: Bob <bob@elsewhere.example>",
        "Subject: Phones",
        "",
        "Nothing works.",
    ]
    assert [(one.name, one.role) for one in message.attachments] == [("Phones.eml", Role.FORWARDED)]


def test_what_a_server_returns_is_not_forwarded() -> None:
    complaint = read(
        b"From: abuse@provider.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        b"--b\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\nours\n--b--"
    )
    assert complaint.forwarded_text == ""
    message = read(
        b"From: mailer-daemon@example.com\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        b"Final-Recipient: rfc822; bob@x.example\nAction: failed\nStatus: 5.1.1\n\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\nours\n--b--"
    )
    assert message.bounce is not None
    assert message.forwarded_text == ""


@pytest.mark.parametrize("subject", ["FW: a", "fwd: a", "[EXT] Fwd: a", "WG: a", "TR : a", "转发：a", "Fwd[2]: a"])
def test_subjects_that_say_so(subject: str) -> None:
    assert says_forwarded(subject)


@pytest.mark.parametrize(
    "subject", ["", "Re: Fwd: a", "Forwarding calls fails", "FW update", "Issue: a", "I need: help"]
)
def test_subjects_that_do_not(subject: str) -> None:
    assert not says_forwarded(subject)


def test_it_takes_linear_time() -> None:
    start = time.process_time()
    mailed(f"{GMAIL}\n" * 5_000)
    mailed("From: a\n" * 40_000)
    mailed("-----Original Message-----\n" * 40_000)
    inner = "--c\nContent-Type: message/rfc822\n\nSubject: x\n\nwords\n" * 900
    read(f"From: ann@example.com\nContent-Type: multipart/digest; boundary=c\n\n{inner}--c--".encode())
    assert time.process_time() - start < 5
