"""A relay that does not reach its agent: the others go on, somebody learns of it, and whoever else may act gets it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.errors import PermanentFailure
from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import DANA, JANE, asked, relays, reply
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
    desk.receive(mail(JANE, "How do I change the music?", message_id="q1@acme.example"))
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


def follow_up(desk: Office, text: str = "Any news of the music?") -> None:
    desk.receive(
        mail(
            JANE,
            text,
            subject="Re: A question",
            message_id="q2@acme-dental.example",
            fields=("In-Reply-To: <q1@acme-dental.example>", "References: <q1@acme-dental.example>"),
        )
    )


def unreached(desk: Office) -> list[Sent]:
    return [sent for sent in desk.notices if "Dana Ortiz cannot be written to" in sent.text]


def bounce_of(sent: Sent) -> bytes:
    status = f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {sent.recipient}\r\n"
    head = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {SUPPORT}\r\nSubject: Undelivered\r\n"
        "Message-ID: <bounce@mx.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
        "--B\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
        f"--B\r\nContent-Type: message/delivery-status\r\n\r\n{status}Action: failed\r\nStatus: 5.2.2\r\n\r\n"
        "--B\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    return head.encode() + sent.raw + b"\r\n--B--\r\n"


def test_a_refused_relay_is_told_of_with_its_ticket(desk: Office) -> None:
    asked(desk)
    desk.refusing[DANA] = PermanentFailure("550 5.1.1 no such user", 550)
    follow_up(desk)
    desk.let_pass(timedelta(days=3))
    [told] = unreached(desk)
    assert "550 5.1.1 no such user" in told.text
    assert "mailbot show 1001" in told.text
    assert "Any news of the music?" in relays(desk, BOB)[-1].text


def test_a_relay_that_comes_back_is_told_of_once(desk: Office) -> None:
    asked(desk)
    back = bounce_of(relays(desk)[0])
    desk.receive(back, reverse_path="")
    desk.receive(back.replace(b"<bounce@", b"<again@"), reverse_path="")
    desk.let_pass(timedelta(days=3))
    [told] = unreached(desk)
    assert "mailbot show 1001" in told.text


def test_the_notice_that_fails_as_well_makes_no_other(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES.replace("team@harborvoice.example", DANA) + TEAM) as desk:
        desk.refusing[DANA] = desk.refusing[BOB] = PermanentFailure("550 5.1.1 no such user", 550)
        asked(desk)
        desk.let_pass(timedelta(days=3))
        assert desk.one("SELECT count(*) FROM outbox WHERE kind = 'relay'") == 2
        assert desk.one("SELECT count(*) FROM outbox WHERE kind = 'notice'") <= 2


def test_what_cannot_wait_goes_to_who_is_away_when_nobody_else_got_it(desk: Office) -> None:
    asked(desk)
    desk.receive(reply(relays(desk, BOB)[0], "#away until 3 dec", sender=f"Bob <{BOB}>"))
    desk.sent.clear()
    desk.refusing[DANA] = PermanentFailure("550 5.1.1 no such user", 550)
    follow_up(desk, "All our phones are down, nobody can call us!")
    desk.let_pass(timedelta(minutes=5))
    assert "All our phones are down" in relays(desk, BOB)[-1].text
    assert len(unreached(desk)) == 1


@pytest.mark.parametrize("text", ["Please add a user for Tom.", "All our phones are down, nobody can call us!"])
def test_where_all_are_away_whoever_is_told_learns_of_it_once(tmp_path: Path, text: str) -> None:
    alone = TEAM[: TEAM.rindex("[[agent]]")]
    with office(tmp_path, rules=RULES.replace("team@harborvoice.example", DANA) + alone) as desk:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#away until 3 dec"))
        desk.sent.clear()
        desk.receive(mail(JANE, text, subject="New", message_id="n@acme-dental.example"))
        desk.let_pass(timedelta(days=5))
        assert len([sent for sent in relays(desk) if text in sent.text]) == 1


def test_who_is_away_hears_nothing_while_another_is_there(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES.replace("team@harborvoice.example", DANA) + TEAM) as desk:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#away until 3 dec"))
        desk.sent.clear()
        desk.receive(mail(JANE, "Please add a user for Tom.", subject="New", message_id="n@acme-dental.example"))
        desk.let_pass(timedelta(days=5))
        assert not [sent for sent in relays(desk) if "a user for Tom" in sent.text]
        assert [sent for sent in relays(desk, BOB) if "a user for Tom" in sent.text]
