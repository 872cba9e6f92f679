"""Links that begin a mail of an agent's: what any mail program makes of them is the command, and finds the ticket."""

from __future__ import annotations

import re
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.agents.taps import mailto, taps
from mailbot.reading.model import Mailbox

TOKEN = "a2" * 19 + "b"
US = "support@harborvoice.example"
TAGGED = Mailbox("Harbor Voice", f"support+{TOKEN}@harborvoice.example")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]|%[0-9A-F]{2}")


@given(subject=st.text(max_size=80), body=st.text(st.characters(exclude_characters="\r"), max_size=80))
def test_nothing_of_it_can_be_taken_for_something_else(subject: str, body: str) -> None:
    link = mailto(TAGGED.address, subject, body)
    assert re.fullmatch(r"mailto:[^?&=+\s]+\?subject=[^&=+\s]*&body=[^&=+\s]*", link)
    _, _, query = link.partition("?")
    assert not UNRESERVED.sub("", query.replace("subject=", "", 1).replace("&body=", "", 1))


@given(subject=st.text(max_size=80), body=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=80))
def test_programs_of_either_kind_read_the_same(subject: str, body: str) -> None:
    """Some decode "+" as a space, as forms have it, and some do not."""
    link = urlsplit(mailto(TAGGED.address, subject, body))
    assert unquote(link.path) == TAGGED.address
    as_form = parse_qs(link.query, keep_blank_values=True, max_num_fields=2)
    assert as_form == {"subject": [subject], "body": [body.replace("\n", "\r\n")]}
    as_mail = dict(part.split("=") for part in link.query.split("&"))
    assert {name: [unquote(value)] for name, value in as_mail.items()} == as_form


@pytest.mark.parametrize("to", [TAGGED, None], ids=["sub-addresses reach us", "they do not"])
def test_each_begins_with_its_command_and_bears_the_token_once(to: Mailbox | None) -> None:
    found = taps(to, US, TOKEN, "[1001] Hold music")
    assert {"Close", "Called", "Note", "Help"} <= {tap.label for tap in found}
    for tap in found:
        link = urlsplit(tap.href)
        fields = parse_qs(link.query)
        assert fields["subject"] == ["Re: [1001] Hold music"]
        [body] = fields["body"]
        assert body.startswith(tap.begins)
        assert tap.begins.strip() == f"#{tap.label.lower()}"
        assert parseaddr(unquote(link.path))[1] == (to.address if to else US)
        assert (unquote(link.path) + body).count(TOKEN) == 1


def test_a_reply_s_subject_stays_one() -> None:
    [close] = [tap for tap in taps(TAGGED, US, TOKEN, "Re: [1001] Hold music") if tap.label == "Close"]
    assert parse_qs(urlsplit(close.href).query)["subject"] == ["Re: [1001] Hold music"]


def test_it_is_short_enough_for_every_program() -> None:
    """Outlook on Windows takes no link beyond 2083 characters."""
    longest = max(taps(None, US, TOKEN, "[1001] (unverified) Critical: " + "ü" * 70), key=lambda tap: len(tap.href))
    assert len(longest.href) < 2000
