"""Answers that wait to be released: when they leave, what they say is true."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.operations import RefusedError
from mailbot.errors import PermanentFailure
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office

HELD = RULES + '\n[answers]\noutgoing = "hold"\n'
JANE = "jane@acme-dental.example"
DEAD = "All our phones are dead, nobody can call in or out!"
EMERGENCY_NUMBER = "+1 212 555 0111"


def waiting(desk: Office) -> tuple[int, str, str]:
    """Return number, kind and Message-ID of the one customer's mail there is."""
    [(number, kind, message_id)] = desk.rows("SELECT id, kind, message_id FROM outbox WHERE audience = 'customer'")
    return number, kind, message_id


def left(desk: Office) -> Sent:
    """Return the one mail that has left to a customer."""
    desk.deliver()
    [sent] = desk.answers
    return sent


def test_an_answer_that_is_still_true_leaves_octet_for_octet(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=OPEN_AT) as desk:
        desk.receive(mail(JANE, "A question."))
        desk.now = OPEN_AT + timedelta(minutes=30)
        said = desk.do(verb="release", all=True)
        assert "anew" not in said
        sent = left(desk)
        assert "11:00 AM today" not in sent.text
        assert "by 2:00 PM today" in sent.text
        assert sent.mail["Date"].datetime == OPEN_AT


def test_an_answer_whose_promise_is_past_is_written_anew_under_its_own_name(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=OPEN_AT) as desk:
        question = mail(
            JANE, "A question.", message_id="q1@acme-dental.example", fields=("References: <q0@acme.example>",)
        )
        ticket = desk.receive(question).ticket
        number, _, message_id = waiting(desk)
        desk.now = OPEN_AT + timedelta(days=1)
        said = desk.do(verb="release", mails=[number])
        assert "written anew" in said
        sent = left(desk)
        assert sent.message_id == message_id
        assert "2:00 PM" not in sent.text
        assert "as soon as possible" in sent.text
        assert f"[{ticket}]" in str(sent.mail["Subject"])
        assert sent.mail["Date"].datetime == desk.now
        assert sent.mail["In-Reply-To"] == "<q1@acme-dental.example>"
        assert sent.mail["References"] == "<q0@acme.example> <q1@acme-dental.example>"
        # The reply to it is in the same ticket.
        reply = mail(JANE, "Thanks.", fields=(f"In-Reply-To: <{message_id}>",))
        assert desk.receive(reply).ticket == ticket


def test_an_answer_of_the_night_says_in_the_morning_when_somebody_answers(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=CLOSED_AT) as desk:
        desk.receive(mail(JANE, "A question."))
        number, kind, _ = waiting(desk)
        assert kind == "after-hours"
        desk.now = OPEN_AT
        desk.do(verb="release", mails=[number])
        sent = left(desk)
        assert "outside our opening hours" not in sent.text
        assert "by 1:00 PM today" in sent.text
        assert waiting(desk)[1] == "acknowledgement"


def test_an_emergency_answer_of_a_night_that_is_over_does_not_leave_as_it_was(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=CLOSED_AT) as desk:
        desk.receive(mail(JANE, DEAD))
        number, kind, _ = waiting(desk)
        assert kind == "emergency"
        desk.now = OPEN_AT
        desk.do(verb="release", mails=[number])
        sent = left(desk)
        assert "please call us now" not in str(sent.mail["Subject"])
        assert "as soon as possible" in sent.text
        # What is critical has the number in it all the same.
        assert EMERGENCY_NUMBER in sent.text


def test_an_emergency_answer_in_its_night_keeps_the_number_and_loses_the_promise(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=CLOSED_AT) as desk:
        desk.receive(mail(JANE, DEAD))
        number, _, _ = waiting(desk)
        desk.now = CLOSED_AT + timedelta(hours=3)
        desk.do(verb="release", mails=[number])
        sent = left(desk)
        assert str(sent.mail["Subject"]).startswith(f"{EMERGENCY_NUMBER}: please call us now")
        assert "will answer you by" not in sent.text
        assert waiting(desk)[1] == "emergency"


def test_an_emergency_answer_that_no_relay_takes_until_the_morning_expires_also_when_released(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=CLOSED_AT) as desk:
        desk.receive(mail(JANE, DEAD))
        number, _, _ = waiting(desk)
        desk.do(verb="release", mails=[number])
        desk.now = OPEN_AT
        desk.deliver()
        assert desk.answers == []
        assert desk.one("SELECT state FROM outbox WHERE id = ?", number) == "expired"


def test_a_failed_answer_that_is_tried_anew_later_is_true_again(tmp_path: Path) -> None:
    with office(tmp_path, at=CLOSED_AT) as desk:
        desk.refusing[JANE] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(mail(JANE, "A question."))
        del desk.refusing[JANE]
        desk.now = OPEN_AT
        assert "written anew" in desk.do(verb="retry", mails=[waiting(desk)[0]])
        assert "outside our opening hours" not in left(desk).text


def test_an_answer_with_nothing_left_to_say_stays(tmp_path: Path) -> None:
    with office(tmp_path, rules=HELD, at=OPEN_AT) as desk:
        ticket = desk.receive(mail(JANE, "A question.")).ticket
        number, _, _ = waiting(desk)
        desk.do(verb="close", ticket=ticket)
        desk.now = OPEN_AT + timedelta(days=1)
        with pytest.raises(RefusedError, match=f"#{ticket} is closed; `mailbot outbox drop {number}`"):
            desk.do(verb="release", mails=[number])
        other = desk.receive(mail("tom@acme-dental.example", "Another question.")).ticket
        said = desk.do(verb="release", all=True)
        assert f"mail {number} stays" in said
        desk.deliver()
        assert [sent.recipient for sent in desk.answers] == ["tom@acme-dental.example"]
        assert f"[{other}]" in str(desk.answers[0].mail["Subject"])


def test_who_is_not_listed_is_never_told_the_terms_of_a_tenant(tmp_path: Path) -> None:
    """A ticket may be labelled with a tenant for our people; its emergency number is for those it lists."""
    with office(tmp_path, rules=HELD, at=CLOSED_AT) as desk:
        ticket = desk.receive(mail("someone@elsewhere.example", "A question.")).ticket
        number, _, _ = waiting(desk)
        desk.do(verb="set", ticket=ticket, tenant="acme")
        desk.now = CLOSED_AT + timedelta(days=4)
        desk.do(verb="release", mails=[number])
        assert EMERGENCY_NUMBER not in left(desk).text
