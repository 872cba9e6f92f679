"""An answer to an address to which no mail can be written: its writer learns of it, and it counts for none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.service.office import RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, TEAM, relays, reply, to_customer

# RFC 6532: our mail goes out without SMTPUTF8, so that nothing can be written to such an address.
JANE = "Jané <jané@acme-dental.example>"
TOM = "tom@acme-dental.example"
UTF8 = "text/plain; charset=utf-8"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def asked(desk: Office, *fields: str) -> Sent:
    desk.receive(mail(JANE, "How do I change the music?", message_id="q@x.example", content_type=UTF8, fields=fields))
    desk.let_pass(timedelta(0))
    [relay] = relays(desk)
    desk.sent.clear()
    return relay


def test_nothing_counts_as_answered_and_the_agent_is_told(desk: Office) -> None:
    desk.receive(reply(asked(desk), "#close\n\nPlease upload the new music."))
    desk.let_pass(timedelta(minutes=1))
    [told] = relays(desk)
    assert "no mail can be sent to jané@acme-dental.example" in " ".join(told.text.split())
    assert "call them" in told.text
    assert desk.rows("SELECT state, first_response_at FROM ticket") == [("open", None)]
    assert desk.one("SELECT waiting_since FROM ticket") is not None
    assert desk.one("SELECT kind FROM entry WHERE from_address = ?", DANA) == "note"


def test_whoever_can_be_written_to_gets_it_and_the_agent_is_told_of_the_others(desk: Office) -> None:
    desk.receive(reply(asked(desk, f"Cc: {TOM}"), "Please upload the new music."))
    desk.let_pass(timedelta(minutes=1))
    [sent] = to_customer(desk, TOM)
    assert "jan" not in (str(sent.mail["To"]) + str(sent.mail["Cc"] or "")).lower()
    [told] = relays(desk)
    assert "but no mail can be sent to jané@acme-dental.example: call them" in " ".join(told.text.split())
    assert desk.one("SELECT first_response_at FROM ticket") is not None


def test_the_agent_is_told_where_nobody_else_is(tmp_path: Path) -> None:
    silent = RULES.replace('[notify]\naddresses = ["team@harborvoice.example"]\n', "")
    with office(tmp_path, rules=silent + TEAM) as desk:
        desk.receive(reply(asked(desk), "Please upload the new music."))
        desk.let_pass(timedelta(minutes=1))
        assert len(relays(desk)) == 1
