"""What a server's refusal means for the person whose mail it was."""

from __future__ import annotations

import pytest

from mailbot.deciding.returned import refusal_of


@pytest.mark.parametrize(
    ("status", "said", "why", "advice"),
    [
        ("5.1.1", "550 5.1.1 no such user here", "no such address", "right address by telephone"),
        ("", "550 5.1.1 <jane@acme.example>: Recipient address rejected: User unknown", "no such address", "telephone"),
        ("5.0.0", "550 User unknown", "no such address", "right address"),
        ("5.0.0", "550 the mailbox does not exist", "no such address", "right address"),
        ("5.1.2", "550 5.1.2 domain not found", "behind the @", "slip"),
        ("5.1.10", "550 5.1.10 null MX", "behind the @", "slip"),
        ("5.4.4", "Host or domain name not found", "behind the @", "slip"),
        ("5.2.1", "550 5.2.1 account disabled", "takes no mail at present", "colleague"),
        ("5.2.2", "552 5.2.2 over quota", "mailbox is full", "in some hours"),
        ("", "452 mailbox full", "mailbox is full", "in some hours"),
        ("5.3.4", "552 5.3.4 message too big", "too large", "smaller files"),
        ("5.7.1", "550 5.7.1 blocked by policy", "does not want mail from us", "administrator"),
        ("5.7.26", "550 5.7.26 unauthenticated", "does not want mail from us", "administrator"),
        ("", "554 rejected as spam", "does not want mail from us", "administrator"),
        ("4.4.1", "connection timed out", "could not be reached", "Call them"),
        ("5.0.0", "550 we do not like it", "their server refused it", "Call them"),
        ("", "", "their server refused it", "Call them"),
    ],
)
def test_a_refusal_is_told_in_plain_words_with_what_to_do(status: str, said: str, why: str, advice: str) -> None:
    refusal = refusal_of(status, said)
    assert why in refusal.why
    assert advice in refusal.advice
