"""A relay that does not reach its agent: the others go on, somebody learns of it, and whoever else may act gets it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.service.office import RULES, Office, mail, office
from tests.service.test_relays import DANA, asked, relays, reply
from tests.service.test_together import BOB, TEAM

RAJ = "Raj <raj@bolt.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def change(desk: Office, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(desk.log)) as log, log:
        log.execute(statement, values)


def test_a_damaged_mail_of_ours_stops_nobodys_mail(desk: Office) -> None:
    asked(desk)
    [dana], [_] = relays(desk), relays(desk, BOB)
    change(desk, "UPDATE outbox SET packed = x'00ff00ff' WHERE kind = 'relay' AND recipient = ?", BOB)
    desk.receive(reply(dana))
    desk.let_pass(timedelta(minutes=1))
    told = relays(desk, BOB)[-1]
    assert "please upload the new music" in told.text
    assert "[1001] A question" in told.mail["Subject"]


def test_a_message_that_cannot_be_handed_on_stops_no_other_and_is_told_once(desk: Office) -> None:
    desk.receive(mail("Jane <jane@acme-dental.example>", "How do I change the music?", message_id="q1@acme.example"))
    desk.let_pass(timedelta(0))
    desk.sent.clear()
    desk.receive(mail(RAJ, "How do I add a user?", subject="A user", message_id="q2@bolt.example"))
    desk.receive(mail(RAJ, "How do I remove a line?", subject="A line", message_id="q3@bolt.example"))
    # As a disk does that returns other octets than it was given: the first of the two cannot be read any more.
    change(desk, "UPDATE notice SET outbox_key = 'told' WHERE outbox_key IS NULL")
    change(desk, "UPDATE ticket SET playbook = 'no-such' WHERE id = 1002")
    desk.let_pass(timedelta(days=1))
    for agent in (DANA, BOB):
        assert ["How do I remove a line?" in sent.text for sent in relays(desk, agent)] == [True]
    told = [sent for sent in desk.notices if "did not get" in sent.text]
    assert len(told) == 1
    assert "mailbot show 1002" in told[0].text
