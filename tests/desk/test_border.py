"""Whose word on a sender counts, by the way a message came in."""

from __future__ import annotations

import pytest

from mailbot.deciding.context import OUTSIDE
from mailbot.desk import border_of
from mailbot.reading.message import read
from mailbot.reading.model import Envelope, Verdict
from mailbot.rules import Listener, Mailbox, Partner, Rules, SignIn

RULES = Rules(
    partner=Partner(address="support@telecom.example"),
    listen=Listener(authserv_ids=("mx.telecom.example",)),
    mailbox=(Mailbox(id="hosted", host="imap.example.net", sign_in=SignIn(), authserv_ids=("mx.example.net",)),),
)


@pytest.mark.parametrize(
    ("mailbox", "authserv_id", "verdict"),
    [
        # our own mail server hands it in, and has looked at the sender
        ("", "mx.telecom.example", Verdict.PASS),
        # another client hands it in, and wrote our server's name itself
        (OUTSIDE, "mx.telecom.example", Verdict.NONE),
        # each mailbox has its own border
        ("hosted", "mx.example.net", Verdict.PASS),
        ("hosted", "mx.telecom.example", Verdict.NONE),
    ],
)
def test_only_the_border_that_a_message_came_through_vouches(mailbox: str, authserv_id: str, verdict: Verdict) -> None:
    raw = (
        f"Authentication-Results: {authserv_id}; dmarc=pass header.from=customer.example\r\n"
        "From: ann@customer.example\r\nSubject: hello\r\n\r\nhello\r\n"
    )
    assert read(raw.encode(), Envelope(), border_of(RULES, mailbox)).authentication.verdict is verdict
