"""Delivery notices: the standard report, prose of many hosts, and mail that only looks like one."""

from __future__ import annotations

import logging

import pytest

from mailbot.reading.message import read
from mailbot.reading.model import AutomaticKind, Bounce, BounceAction

REPORT = """Return-Path: <>
From: MAILER-DAEMON@mx.example.com
To: support@example.net
Subject: Delivery Status Notification
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

See the report.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

{groups}
--b
Content-Type: {returned_type}

Message-ID: <t1.x@tickets.example.net>
To: ann@example.com, victim@example.org
--b--
"""


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

  bob@example.org
    unknown user

------ This is a copy of the message, including all the headers. ------

From: ann@example.com
Subject: Fax
"""


def _report(*groups: str, returned_type: str = "message/rfc822") -> Bounce:
    raw = REPORT.format(groups="\n\n".join(groups), returned_type=returned_type)
    found = read(raw.encode()).bounce
    assert found is not None
    return found


def _prose(
    text: str, *fields: str, sender: str = "MAILER-DAEMON@mx.example.com", subject: str = "failure notice"
) -> Bounce | None:
    raw = "\n".join(["Return-Path: <>", *fields, f"From: {sender}", f"Subject: {subject}", "", text])
    return read(raw.encode()).bounce


def test_one_failed_recipient() -> None:
    found = _report("Final-Recipient: rfc822; ann@example.com\nAction: failed\nStatus: 5.1.1")
    assert found.recipients == ("ann@example.com",)
    assert (found.action, found.status) == (BounceAction.FAILED, "5.1.1")
    assert found.original_message_id == "t1.x@tickets.example.net"


@pytest.mark.parametrize("returned_type", ["message/rfc822", "text/rfc822-headers"])
def test_the_original_id_comes_from_the_returned_headers(returned_type: str) -> None:
    found = _report("Final-Recipient: rfc822; a@example.com\nAction: failed", returned_type=returned_type)
    assert found.original_message_id == "t1.x@tickets.example.net"


@pytest.mark.parametrize(
    ("group", "recipients", "action", "status"),
    [
        # The address we wrote counts, not where it was forwarded to.
        (
            ("Final-Recipient: rfc822; new@example.org\nOriginal-Recipient: rfc822; ann@example.com\nAction: failed"),
            ("ann@example.com",),
            "failed",
            None,
        ),
        ("Original-Recipient: rfc822;a+2Bb@example.com\nAction: failed", ("a+b@example.com",), "failed", None),
        (
            ("Final-Recipient: RFC822;<Ann@Example.com>\nAction: FAILED (mailbox)\nStatus: 5.2.2 (full)"),
            ("ann@example.com",),
            "failed",
            "5.2.2",
        ),
        (
            ("Final-Recipient: rfc822; ann@example.com\nAction: delayed\nStatus: 4.4.1"),
            ("ann@example.com",),
            "delayed",
            "4.4.1",
        ),
        (
            ("Final-Recipient: rfc822; ann@example.com\nAction: delivered\nStatus: 2.0.0"),
            ("ann@example.com",),
            "delivered",
            "2.0.0",
        ),
        (
            ("Final-Recipient: rfc822; ann@example.com\nAction: relayed\nStatus: 2.1.9"),
            ("ann@example.com",),
            "delivered",
            "2.1.9",
        ),
        # No action: the class of the status tells.
        ("Final-Recipient: rfc822; ann@example.com\nStatus: 4.2.2", ("ann@example.com",), "delayed", "4.2.2"),
        # The status only stands in the diagnostic.
        (
            ("Final-Recipient: rfc822; ann@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 5.7.1 no"),
            ("ann@example.com",),
            "failed",
            "5.7.1",
        ),
        # A user without a domain is no address.
        ("Final-Recipient: x-unix; ann\nAction: failed\nStatus: 5.1.1", (), "failed", "5.1.1"),
    ],
)
def test_recipient_groups(group: str, recipients: tuple[str, ...], action: str, status: str | None) -> None:
    found = _report(group)
    assert (found.recipients, found.action.value, found.status) == (recipients, action, status)


def test_failed_and_delivered_in_one_report() -> None:
    found = _report(
        "Final-Recipient: rfc822; ok@example.com\nAction: delivered\nStatus: 2.0.0",
        "Final-Recipient: rfc822; b@example.com\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.2.2",
    )
    assert found.recipients == ("b@example.com", "a@example.com")
    assert (found.action, found.status) == (BounceAction.FAILED, "5.1.1")


@pytest.mark.parametrize(
    ("text", "recipient", "action"),
    [
        (
            (
                "Hi. This is the qmail-send "
                "program at example.com.\n"
                "I'm afraid I wasn't able to deliver your "
                "message to the following addresses.\n"
                "This is a permanent error; I've given up. "
                "Sorry it didn't work "
                "out.\n\n<ann@example.com>:\n"
                "Sorry, no mailbox here by that name. (#5.1.1)\n\n"
                "--- Below this line is a copy of the message.\n\nTo: victim@example.org\n"
            ),
            "ann@example.com",
            "failed",
        ),
        (
            (
                "A message that you sent could not be delivered "
                "to one or more of its "
                "recipients. The following "
                "address(es) failed:\n\n"
                "  ann@example.com\n    user unknown\n\n------ "
                "This is a copy of the message ------\n\nTo: "
                "victim@example.org\n"
            ),
            "ann@example.com",
            "failed",
        ),
        (
            (
                "This is a warning message only. YOU DO NOT "
                "NEED TO RESEND YOUR "
                "MESSAGE.\n\nDelivery to the "
                "following recipient has been delayed:\n\n"
                "     ann@example.com\n\nMessage will be retried for 2 more days\n"
            ),
            "ann@example.com",
            "delayed",
        ),
        (
            (
                "Delivery to the following recipient failed "
                "permanently:\n\n     "
                "ann@example.com\n\nTechnical "
                "details: 550 5.1.1 No such user\n"
            ),
            "ann@example.com",
            "failed",
        ),
    ],
)
def test_prose(text: str, recipient: str, action: str) -> None:
    found = _prose(text)
    assert found is not None
    assert (found.recipients, found.action.value) == ((recipient,), action)


def test_failed_recipients_field() -> None:
    found = _prose("It failed.", "X-Failed-Recipients: ann@example.com", sender="mail@example.org", subject="hm")
    assert found is not None
    assert found.recipients == ("ann@example.com",)


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        # A customer who writes about a bounce.
        (
            "ann@example.com",
            "Undelivered mail",
            ("Hello, when we mail bob@example.org we get: 550 5.1.1 user unknown. Can you help?"),
        ),
        ("ann@example.com", "Re: Delivery failure", "My message could not be delivered to your fax 555-0112."),
        ("ann@example.com", "Warning: message waiting lamp", "The lamp does not go out."),
        ("ann@example.com", "problem with delivery", "The new handset was not delivered."),
        ("ann@example.com", "Delivery failed", "Your driver could not deliver it. Original message is below.\n\nHello"),
        # Or who passes one on, or has it below their own words.
        ("ann@example.com", "Fwd: Mail delivery failed", f"See below.\n\n-- Forwarded message --\n{EXIM}"),
        ("ann@example.com", "WG: Mail delivery failed", f"Von: Mail Delivery\nBetreff: failed\n\n{EXIM}"),
        ("ann@example.com", "Fwd: Mail delivery failed: returning message to sender", EXIM),
        ("ann@example.com", "Mail delivery failed", f"All our mails come back with this:\n\n{EXIM}"),
    ],
)
def test_people_are_no_bounces(sender: str, subject: str, text: str) -> None:
    raw = f"From: {sender}\nSubject: {subject}\n\n{text}"
    message = read(raw.encode())
    assert message.bounce is None
    assert message.automatic.kind is None


@pytest.mark.parametrize(
    "text",
    [
        EXIM,
        (
            "This message was created automatically by mail delivery software.\n\nIt could not be delivered. "
            "One of the recipients is not a valid user of the system."
        ),
        "This is the mail system at host mx.example.com.\n\nI'm sorry: your message could not be delivered.",
        "Delivery to bob@example.org failed: user unknown.",
        "The mail could not be delivered.\n\nOriginal message:\n\nFrom: ann@example.com\nSubject: Fax\n\nHello",
    ],
)
def test_what_a_program_writes_is_a_bounce_whatever_its_address(text: str) -> None:
    message = read(f"From: info@example.com\nSubject: Mail delivery failed: returning message\n\n{text}".encode())
    assert message.automatic.kind is AutomaticKind.BOUNCE


def test_a_host_that_tells_of_its_whitelist_refuses_and_one_that_asks_for_a_sign_does_not() -> None:
    refused = "Final-Recipient: rfc822; ann@example.com\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 "
    assert _report(refused + "looks like spam, ask to be put on our whitelist").recipients == ("ann@example.com",)
    asked = REPORT.format(groups=refused + "sender requires confirmation", returned_type="message/rfc822")
    assert read(asked.encode()).bounce is None


def test_an_address_that_was_cut_short_is_none() -> None:
    assert _report("Final-Recipient: rfc822; ann...@example.com\nAction: failed\nStatus: 5.1.1").recipients == ()
    assert _report("Final-Recipient: rfc822; a..n@example.com\nAction: failed").recipients == ("a..n@example.com",)


def test_read_receipt_is_no_bounce() -> None:
    raw = (
        b"Return-Path: <>\nFrom: ann@example.com\nSubject: Read: x\n"
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nRead.\n"
        b"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;ann@example.com\n--b--\n"
    )
    message = read(raw)
    assert message.bounce is None
    assert message.automatic.kind is AutomaticKind.REPORT


def test_spam_inside_the_returned_message_is_not_searched() -> None:
    found = _prose(
        "Your message could not be delivered.\n\n----- "
        "Original message -----\n\n"
        "buy@spam.example: user "
        "unknown\nx@spam.example\n"
    )
    assert found is not None
    assert found.recipients == ()


def test_the_library_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        _prose("Delivery failed \xff =?x?= <a@b", "Content-Type: multipart/mixed; boundary=x")
    assert not caplog.records
