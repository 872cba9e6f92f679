"""Several of us answer from one mailbox: whose a ticket is, and who is told what of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from mailbot.deciding.effects import Quarantine
from mailbot.delivery.submission import Submission
from mailbot.desk.mails.duty import heed_hours
from mailbot.desk.unconfirmed import why_it_waits
from mailbot.errors import PermanentFailure, UnclearResult
from mailbot.health import Board
from mailbot.service import rounds as rounds_module
from mailbot.service.rounds import Rounds
from mailbot.store import casebook
from mailbot.store.projection import rebuild_projection
from mailbot.store.unconfirmed import unconfirmed
from tests.servers.commands import run
from tests.servers.smtp import Relay
from tests.service import test_relays
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office, rules_of
from tests.service.test_all_or_nothing import until
from tests.service.test_relays import (
    ANSWER,
    DANA,
    JANE,
    asked,
    questions,
    relays,
    reply,
    to_customer,
)

BOB = "bob@harborvoice.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
"""


SLOW = pytest.mark.slow


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def assignee(desk: Office, ticket: int = 1001) -> str:
    return str(desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket))


def written(sender: str, text: str = ANSWER, *, verdict: str = "pass", to: str = "jane@acme-dental.example") -> bytes:
    """Return what one of us wrote to Jane past the desk."""
    return mail(
        sender,
        text,
        subject="Re: A question",
        verdict=verdict,
        message_id=f"direct-{abs(hash(text)):x}@mail-program.example",
        fields=("In-Reply-To: <q1@acme-dental.example>", f"Cc: {SUPPORT}"),
        replaces={"To": to},
    )


def by_bob(relay_to_bob: Office, text: str = ANSWER) -> bytes:
    return reply(relays(relay_to_bob, BOB)[-1], text, sender=f"Bob <{BOB}>")


def handed(desk: Office, agent: str = DANA) -> list[Sent]:
    """Return the messages of customers that an agent was handed."""
    return [sent for sent in relays(desk, agent) if sent.text.startswith("A reply to this mail goes to")]


class TestWhoAnswersFirst:
    @pytest.mark.parametrize("text", [ANSWER, "#called we spoke, all is well", f"#close\n{ANSWER}"])
    def test_a_reply_or_a_call_takes_the_ticket(self, desk: Office, text: str) -> None:
        asked(desk)
        assert assignee(desk) == ""
        desk.receive(by_bob(desk, text))
        assert assignee(desk) == "bob"

    def test_so_does_an_answer_with_us_in_copy(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(f"Dana Ortiz <{DANA}>"))
        assert assignee(desk) == "dana"

    @pytest.mark.parametrize(
        ("name", "agent"),
        [
            ("Dana Ortiz", "dana"),
            ("Dana", "dana"),
            ("Bob · Harbor Voice", "bob"),
            ("Harbor Voice (Bob Lind)", "bob"),
            ("Harbor Voice", ""),
            ("Harbor Voice Support", ""),
            ("Dana and Bob", ""),
        ],
    )
    def test_in_the_shared_mailbox_the_name_tells_who_it_was(self, desk: Office, name: str, agent: str) -> None:
        asked(desk)
        desk.receive(written(f'"{name}" <{SUPPORT}>', verdict=""), sent=True)
        assert assignee(desk) == agent
        assert desk.one("SELECT author FROM entry WHERE kind = 'agent'") == agent

    def test_who_has_it_keeps_it(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.receive(written(f"Dana Ortiz <{DANA}>", "One thing more."))
        assert assignee(desk) == "bob"
        assert desk.rows("SELECT author, text FROM entry WHERE kind = 'change' AND author <> 'mailbot'") == [
            ("bob", "answered first")
        ]

    @pytest.mark.parametrize("text", ["#note she is in a hurry", "#severity high"])
    def test_what_the_customer_does_not_get_takes_nothing(self, desk: Office, text: str) -> None:
        asked(desk)
        desk.receive(by_bob(desk, text))
        assert assignee(desk) == ""

    def test_an_unproven_copy_takes_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(f"Dana Ortiz <{DANA}>", verdict=""))
        assert assignee(desk) == ""

    def test_the_log_alone_tells_whose_it_is(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.here.database.writer.write(rebuild_projection)
        assert assignee(desk) == "bob"


class TestWhoWaits:
    """`tickets` shows whom the customer waits for, and since when."""

    @staticmethod
    def listed(desk: Office, *words: str) -> list[int]:
        return [row["id"] for row in run(desk.log.parents[1], "tickets", "--json", *words).rows]

    @staticmethod
    def shown(desk: Office, *words: str) -> str:
        return " ".join(run(desk.log.parents[1], *words).out.split())

    @staticmethod
    def again(desk: Office, text: str) -> None:
        desk.now += timedelta(hours=1)
        desk.receive(mail(JANE, text, subject="Re: A question", fields=("In-Reply-To: <q1@acme-dental.example>",)))

    def test_an_answered_customer_who_writes_again_waits_again(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        assert self.listed(desk, "--waiting") == []
        assert "answered Bob Lind" in self.shown(desk, "tickets")
        self.again(desk, "That does not work, which format do you need?")
        assert self.listed(desk, "--waiting") == [1001]
        assert "since Mon 11:00 Bob Lind" in self.shown(desk, "tickets")
        assert "Bob Lind has it waits again since Mon 23 Nov 11:00" in self.shown(desk, "show", "1001")

    def test_nobody_waits_who_says_thanks(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        self.again(desk, "Thank you!")
        desk.do(verb="reopen", ticket=1001)
        assert self.listed(desk, "--waiting") == []

    def test_thanks_before_any_answer_change_nothing(self, desk: Office) -> None:
        asked(desk)
        self.again(desk, "Thanks!")
        assert self.listed(desk, "--waiting") == [1001]
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T15:00")

    def test_who_writes_into_a_closed_ticket_waits_from_then_on(self, desk: Office) -> None:
        asked(desk)
        desk.do(verb="close", ticket=1001)
        self.again(desk, "It is back, the music stops after a minute.")
        assert desk.one("SELECT state FROM ticket") == "open"
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T16:00")

    def test_a_ticket_that_was_closed_by_mistake_waits_as_before(self, desk: Office) -> None:
        asked(desk)
        desk.do(verb="close", ticket=1001)
        desk.now += timedelta(hours=2)
        desk.do(verb="reopen", ticket=1001)
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T15:00")

    def test_past_mail_makes_nobody_wait(self, desk: Office) -> None:
        desk.receive(mail(JANE, "An old question.", message_id="old@acme-dental.example"), history=True)
        assert desk.one("SELECT waiting_since FROM ticket") is None

    def test_the_list_is_narrowed_to_what_is_whose(self, desk: Office) -> None:
        asked(desk)
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        desk.receive(reply(relays(desk)[0]))
        assert self.listed(desk, "--assignee", "dana") == [1001]
        assert self.listed(desk, "--assignee", "nobody") == [1002]
        mistyped = run(desk.log.parents[1], "tickets", "--assignee", "dna")
        assert (mistyped.code, "dana" in mistyped.err) == (64, True)

    def test_what_is_told_of_an_answered_ticket_promises_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        self.again(desk, "That does not work, which format do you need?")
        desk.let_pass(timedelta(minutes=1))
        relay = handed(desk)[-1]
        assert "Answer by" not in relay.text
        assert "Taken by:   Bob Lind" in relay.text


def told(desk: Office, agent: str) -> list[Sent]:
    """Return what an agent was told of the others' answers."""
    return [sent for sent in desk.sent if sent.recipient == agent and "is a note among you" in sent.text]


class TestTheOthersAreTold:
    def test_a_call_that_is_typed_at_the_server_is_no_account_s(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="called", ticket=ticket, author="root")
        desk.let_pass(timedelta(minutes=5))
        for agent in (DANA, BOB):
            [sent] = told(desk, agent)
            assert "Somebody at the server called Jane Roe" in " ".join(sent.text.split())
            assert "root" not in sent.text

    @pytest.mark.parametrize("way", ["relay", "copy", "mailbox", "phone"])
    def test_they_get_what_was_sent_in_the_conversation_of_the_relay(self, desk: Office, way: str) -> None:
        asked(desk)
        if way == "relay":
            desk.receive(by_bob(desk))
        elif way == "copy":
            desk.receive(written(f"Bob Lind <{BOB}>"))
        elif way == "mailbox":
            desk.receive(written(f'"Bob Lind" <{SUPPORT}>', verdict=""), sent=True)
        else:
            desk.receive(by_bob(desk, "#called please upload the new music under Settings, Sounds."))
        desk.let_pass(timedelta(minutes=1))
        [mail_to_dana] = told(desk, DANA)
        [relay] = relays(desk)[:1]
        assert mail_to_dana.mail["References"] == relay.mail["References"]
        assert str(mail_to_dana.mail["Subject"]) == f"Re: {relay.mail['Subject']}"
        first, *_ = mail_to_dana.text.splitlines()
        how = "called" if way == "phone" else "answered"
        assert first.startswith(f"Bob Lind {how} Jane Roe at Acme Dental")
        assert "> please upload the new music under Settings, Sounds." in mail_to_dana.text
        assert told(desk, BOB) == [], "who answered is told nothing"

    def test_nobody_but_the_words_of_the_answer_is_quoted(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk, f"#close\n{ANSWER}"))
        desk.let_pass(timedelta(minutes=1))
        [mail_to_dana] = told(desk, DANA)
        assert "#close" not in mail_to_dana.text
        assert "The ticket is closed." in mail_to_dana.text

    def test_who_may_not_act_for_the_customer_is_not_told(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + 'tenants = ["bolt"]\n') as desk:
            asked(desk)
            desk.receive(reply(relays(desk)[0]))
            desk.let_pass(timedelta(minutes=1))
            assert told(desk, BOB) == []

    def test_whose_right_ended_meanwhile_is_not_told(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + 'tenants = ["acme"]\n') as desk:
            asked(desk)
            assert len(handed(desk, BOB)) == 1
            desk.do(verb="set", ticket=1001, tenant="bolt", confirmed=True)
            desk.receive(reply(relays(desk)[0]))
            assert desk.rows("SELECT ticket_id FROM relay WHERE agent = 'bob' AND outbox_key IS NULL") == []
            desk.let_pass(timedelta(minutes=1))
            assert (len(to_customer(desk)), told(desk, BOB)) == (1, [])

    def test_an_answer_of_nobody_knows_whom_is_told_to_all(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(f"Harbor Voice <{SUPPORT}>", verdict=""), sent=True)
        desk.let_pass(timedelta(minutes=1))
        assert [len(told(desk, DANA)), len(told(desk, BOB))] == [1, 1]

    def test_notes_and_commands_are_told_to_nobody(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk, "#note she is in a hurry"))
        desk.let_pass(timedelta(minutes=1))
        assert told(desk, DANA) == []

    def test_at_night_nobody_is_told(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
            asked(desk, text="All our phones are down, nobody can call us!")
            desk.receive(by_bob(desk))
            desk.let_pass(timedelta(hours=1))
            assert told(desk, DANA) == []
            desk.let_pass(timedelta(days=2))
            [mail_to_dana] = told(desk, DANA)
            assert mail_to_dana.at.isoformat() == "2026-11-23T14:00:00+00:00"

    @pytest.mark.parametrize("absent", ["hours", "away", "muted"])
    @pytest.mark.parametrize(
        ("done", "tells"),
        [(ANSWER, 1), ("#called she knows", 1), (f"#close\n{ANSWER}", 1), ("#close", 0), ("#spam", 0)],
    )
    def test_who_comes_back_hears_of_the_answer_and_not_of_the_question(
        self, tmp_path: Path, absent: str, done: str, tells: int
    ) -> None:
        hours = 'hours = { week = { mon = ["12:00-17:00"] } }\n[[agent]]\nid = "bob"'
        rules = TEAM.replace('[[agent]]\nid = "bob"', hours) if absent == "hours" else TEAM
        with office(tmp_path, rules=RULES + rules) as desk:
            if absent != "hours":
                asked(desk)
                desk.receive(reply(relays(desk)[0], "#away 2h" if absent == "away" else "#mute 2h"))
            fields = ("References: <q1@acme-dental.example>",) if absent == "muted" else ()
            desk.receive(mail(JANE, "One more?", subject="Another", message_id="q2@acme.example", fields=fields))
            desk.let_pass(timedelta(minutes=1))
            before = len(relays(desk))
            desk.receive(by_bob(desk, done))
            desk.let_pass(timedelta(minutes=30))
            assert len(relays(desk)) == before
            desk.let_pass(timedelta(hours=3))
            assert (len(relays(desk)) - before, len(told(desk, DANA))) == (tells, tells)

    def test_who_comes_back_is_handed_what_still_waits(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#away 2h"))
        desk.receive(mail(JANE, "One more?", subject="Another", message_id="q2@acme.example"))
        desk.let_pass(timedelta(hours=3))
        assert len(handed(desk)) == 2

    def test_who_comes_back_is_handed_what_he_was_assigned_though_another_took_and_answered_it(
        self, desk: Office
    ) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#away 2h"))
        before = len(handed(desk))
        desk.do(verb="assign", ticket=1001, to="dana", agent="bob")
        desk.do(verb="take", ticket=1001, agent="bob")
        desk.receive(by_bob(desk))
        desk.let_pass(timedelta(hours=3))
        assert (assignee(desk), len(handed(desk))) == ("bob", before + 1)

    def test_what_is_written_in_reply_never_reaches_the_customer(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.let_pass(timedelta(minutes=1))
        before = len(to_customer(desk))
        desk.receive(reply(told(desk, DANA)[0], "Well done, Bob."))
        desk.let_pass(timedelta(minutes=1))
        assert len(to_customer(desk)) == before
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND reply_text LIKE '%Well done%'") == 1


class TestTwoAnswersCross:
    @staticmethod
    def held(desk: Office) -> list[Sent]:
        return [sent for sent in desk.sent if "Your answer waits" in sent.text]

    @staticmethod
    def second(desk: Office, text: str = "Just play her the old music.") -> bytes:
        return reply(relays(desk)[0], text)

    @pytest.mark.parametrize("way", ["relay", "copy", "mailbox", "phone"])
    def test_the_second_is_held_and_shown_beside_the_first(self, desk: Office, way: str) -> None:
        asked(desk)
        if way == "relay":
            desk.receive(by_bob(desk))
        elif way == "phone":
            desk.receive(by_bob(desk, "#called please upload the new music under Settings, Sounds."))
        else:
            sender = f"Bob Lind <{BOB if way == 'copy' else SUPPORT}>"
            desk.receive(written(sender), sent=way == "mailbox")
        desk.now += timedelta(minutes=3)
        before = len(to_customer(desk))
        desk.receive(self.second(desk, "#close\nJust play her the old music."))
        assert len(to_customer(desk)) == before
        assert desk.one("SELECT state FROM ticket") == "open", "the command waits as well"
        [question] = self.held(desk)
        assert question.recipient == DANA
        text = " ".join(question.text.split())
        assert f"Bob Lind {'called the customer' if way == 'phone' else 'answered'} at 10:00 AM:" in text
        assert "upload the new music under Settings" in text
        assert text.index("upload the new music") < text.index("Your answer waits:") < text.index("the old music")
        desk.receive(test_relays.TestNobodyElse.answer(question, "send"))
        desk.processor.step()
        desk.deliver()
        assert to_customer(desk)[-1].text.strip() == "Just play her the old music."
        assert desk.one("SELECT state FROM ticket") == "closed"

    def test_beside_a_call_that_was_typed_at_the_server_it_names_no_account(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="called", ticket=ticket, author="root")
        desk.now += timedelta(minutes=3)
        desk.receive(self.second(desk))
        with desk.here.database.read() as conn:
            [waits] = unconfirmed(conn, desk.here.desk.partner)
        assert why_it_waits(waits, desk.here.desk.rules).endswith("beside somebody at the server's answer")

    def test_after_ten_minutes_it_leaves_at_once(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.now += timedelta(minutes=11)
        desk.receive(self.second(desk))
        assert (len(to_customer(desk)), self.held(desk)) == (2, [])

    def test_ones_own_second_mail_is_never_held(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.now += timedelta(minutes=1)
        desk.receive(by_bob(desk, "And then restart the telephone."))
        assert (len(to_customer(desk)), self.held(desk)) == (2, [])

    def test_who_answers_what_she_wrote_to_the_first_is_not_held(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.now += timedelta(minutes=2)
        desk.receive(mail(JANE, "Which?", subject="Re: A question", fields=("In-Reply-To: <q1@acme-dental.example>",)))
        desk.let_pass(timedelta(0))
        desk.receive(reply(handed(desk)[-1], "MP3 is fine."))
        assert (len(to_customer(desk)), self.held(desk)) == (2, [])

    def test_what_is_for_us_alone_is_not_held(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.receive(self.second(desk, "#note Bob is right"))
        assert self.held(desk) == []

    def test_one_that_waits_for_proof_is_shown_it_when_it_is_confirmed(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "Just play her the old music.", verdict=""))
        [question] = questions(desk)
        desk.now += timedelta(minutes=1)
        desk.receive(by_bob(desk))
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        desk.deliver()
        assert len(to_customer(desk)) == 1
        [shown] = self.held(desk)
        desk.receive(test_relays.TestNobodyElse.answer(shown, "send"))
        desk.processor.step()
        desk.deliver()
        assert to_customer(desk)[-1].text.strip() == "Just play her the old music."

    def test_a_late_yes_sends_no_answer_beside_one_that_came_meanwhile(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "Just play her the old music.", verdict=""))
        [question] = questions(desk)
        desk.now += timedelta(minutes=2)
        desk.receive(by_bob(desk))
        desk.now += timedelta(minutes=30)
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        desk.deliver()
        assert (len(to_customer(desk)), len(self.held(desk))) == (1, 1)

    def test_nothing_crosses_where_there_is_one_of_us(self, tmp_path: Path) -> None:
        alone = TEAM.partition('[[agent]]\nid = "bob"')[0]
        with office(tmp_path, rules=RULES + alone) as desk:
            asked(desk)
            desk.receive(written(f"Harbor Voice <{SUPPORT}>", verdict=""), sent=True)
            desk.receive(self.second(desk))
            assert (len(to_customer(desk)), self.held(desk), told(desk, DANA)) == (1, [], [])


def bounce(
    of: Sent, *, status: str = "5.1.1", said: str = "550 5.1.1 no such user here", action: str = "failed"
) -> bytes:
    """Return the report of a server that could not deliver that mail (RFC 3464)."""
    body = f"""--b

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme-dental.example

Final-Recipient: rfc822; {of.recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: text/rfc822-headers

Message-ID: <{of.message_id}>

--b--
"""
    kind = "multipart/report; report-type=delivery-status; boundary=b"
    sender = "Mail Delivery System <MAILER-DAEMON@acme-dental.example>"
    return mail(sender, body, subject="Undelivered", verdict="", content_type=kind)


def answers_counted(desk: Office) -> list[datetime]:
    """Return the instants of the answers that the figures count."""
    with desk.here.database.read() as conn:
        return [at for case in casebook.cases(conn, desk.here.desk.partner, OPEN_AT) for at in case.answers]


class TestAnAnswerThatComesBack:
    @staticmethod
    def back(desk: Office) -> list[Sent]:
        return [sent for sent in desk.sent if "arrive" in sent.text.partition(":")[0] and sent.recipient in {DANA, BOB}]

    def test_a_bounce_tells_its_writer_why_and_what_to_do(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        [answer] = to_customer(desk)
        desk.receive(bounce(answer), reverse_path="")
        [back] = self.back(desk)
        assert (back.recipient, back.at) == (BOB, desk.now)
        text = " ".join(back.text.split())
        assert text.startswith("Your answer to Jane Roe at Acme Dental did not arrive at jane@acme-dental.example:")
        assert "there is no such address" in text
        assert "Ask for the right address by telephone" in text
        assert "550 5.1.1 no such user here" in text
        assert "> please upload the new music under Settings, Sounds." in back.text
        assert back.mail["References"] == handed(desk, BOB)[0].mail["References"]

    def test_a_refusal_of_the_relay_tells_its_writer_at_once(self, desk: Office) -> None:
        asked(desk)
        desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(by_bob(desk))
        [back] = self.back(desk)
        assert (back.recipient, back.at) == (BOB, desk.now)
        assert "there is no such address" in " ".join(back.text.split())

    def test_so_it_is_over_the_wire(self, desk: Office) -> None:
        asked(desk)
        words = "550 5.1.1 <jane@acme-dental.example>: Recipient address rejected: User unknown"
        with Relay(recipients={"jane@acme-dental.example": words}) as relay:
            door = Submission(relay.rules(), lambda _secret: "", "harborvoice.example")
            desk.courier = desk.courier_over(door)
            desk.receive(by_bob(desk))
            door.close()
            [back] = [one for one in relay.mails if one.recipients == (BOB,)]
        assert b"did not arrive" in back.raw
        assert not any("jane@acme-dental.example" in one.recipients for one in relay.mails)

    def test_an_unclear_end_is_told_as_one(self, desk: Office) -> None:
        asked(desk)
        desk.refusing["jane@acme-dental.example"] = UnclearResult("connection lost after the final dot")
        desk.receive(by_bob(desk))
        [back] = self.back(desk)
        text = " ".join(back.text.split())
        assert "may not have arrived" in text
        assert "Ask them before you send it again" in text

    def test_the_customer_waits_again(self, desk: Office) -> None:
        asked(desk)
        desk.now += timedelta(minutes=5)
        desk.receive(by_bob(desk))
        assert desk.one("SELECT waiting_since FROM ticket") is None
        desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T15:00")

    @pytest.mark.parametrize("way", ["refused", "returned"])
    def test_the_ticket_that_the_same_mail_closed_is_open_again(self, desk: Office, way: str) -> None:
        ticket = asked(desk)
        if way == "refused":
            desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(by_bob(desk, "#close\n\nThe music is new now."))
        if way == "returned":
            assert desk.one("SELECT state FROM ticket") == "closed"
            desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        [back] = self.back(desk)
        assert "It is open again." in " ".join(back.text.split())
        assert desk.one("SELECT state FROM ticket") == "open"
        assert desk.one("SELECT waiting_since FROM ticket") is not None
        reasons = [text for (text,) in desk.rows("SELECT text FROM entry WHERE ticket_id = ?", ticket)]
        assert "the answer did not arrive at jane@acme-dental.example" in reasons

    @pytest.mark.parametrize("way", ["refused", "returned"])
    def test_it_is_no_first_response(self, desk: Office, way: str) -> None:
        ticket = asked(desk)
        if way == "refused":
            desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(by_bob(desk))
        if way == "returned":
            assert answers_counted(desk) == [desk.now]
            desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        assert desk.one("SELECT first_response_at FROM ticket") is None
        assert answers_counted(desk) == []
        desk.now += timedelta(hours=1)
        desk.do(verb="called", ticket=ticket, agent="bob")
        assert datetime.fromisoformat(desk.one("SELECT first_response_at FROM ticket")) == desk.now
        assert answers_counted(desk) == [desk.now]

    def test_one_of_two_that_arrived_is_the_response(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="allow", ticket=ticket, address="kim@acme-dental.example", confirmed=True)
        desk.refusing["kim@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(by_bob(desk))
        assert len(to_customer(desk)) == 1
        assert "at kim@acme-dental.example" in " ".join(self.back(desk)[0].text.split())
        assert answers_counted(desk) == [desk.now]

    def test_who_called_before_it_came_back_answered_first(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(by_bob(desk))
        desk.now += timedelta(minutes=5)
        desk.do(verb="called", ticket=ticket, agent="bob")
        desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        assert datetime.fromisoformat(desk.one("SELECT first_response_at FROM ticket")) == desk.now

    @pytest.mark.parametrize("way", ["refused", "returned"])
    def test_the_ticket_that_the_same_mail_had_wait_waits_no_longer(self, desk: Office, way: str) -> None:
        asked(desk)
        due_at = desk.one("SELECT response_due_at FROM ticket")
        if way == "refused":
            desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(by_bob(desk, "#wait carrier until 12 dec\n\nThe carrier looks into it until 12 December."))
        if way == "returned":
            assert desk.one("SELECT waits_until FROM ticket") is not None
            desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        [back] = self.back(desk)
        assert "the ticket waits no longer" in " ".join(back.text.split())
        assert desk.rows("SELECT waits_for, waits_until, response_due_at FROM ticket") == [("", None, due_at)]
        assert desk.one("SELECT waiting_since FROM ticket") is not None

    def test_so_it_is_where_our_own_mail_tells_the_day(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk, "#wait carrier until 12 dec"))
        [told_jane] = [one for one in desk.sent if one.recipient.startswith("jane@") and "12" in one.text][-1:]
        desk.receive(bounce(told_jane), reverse_path="")
        assert desk.one("SELECT waits_until FROM ticket") is None
        [back] = self.back(desk)
        text = " ".join(back.text.split())
        assert back.recipient == BOB
        assert text.startswith("The mail that tells the day to Jane Roe at Acme Dental did not arrive at jane@")
        assert "the ticket waits no longer" in text

    @pytest.mark.parametrize("answer", ["", "\n\nThe carrier looks into it until 12 December."])
    def test_it_goes_on_until_the_last_to_whom_the_day_was_told_was_not_reached(
        self, desk: Office, answer: str
    ) -> None:
        ticket = asked(desk)
        desk.do(verb="allow", ticket=ticket, address="kim@acme-dental.example", confirmed=True)
        desk.receive(by_bob(desk, f"#wait carrier until 12 dec{answer}"))
        for address, ends in (("kim@acme-dental.example", False), ("jane@acme-dental.example", True)):
            day = [one for one in desk.sent if one.recipient == address][-1]
            desk.receive(bounce(day), reverse_path="")
            assert (desk.one("SELECT waits_until FROM ticket") is None) == ends
            assert ("the ticket waits no longer" in " ".join(self.back(desk)[-1].text.split())) == ends

    def test_a_wait_that_was_set_anew_goes_on(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk, "#wait carrier until 12 dec\n\nThe carrier looks into it until 12 December."))
        [answer] = to_customer(desk)
        desk.do(verb="order", ticket=1001, line="#wait carrier until 16 dec", agent="dana")
        desk.receive(bounce(answer), reverse_path="")
        assert desk.one("SELECT waits_until FROM ticket").startswith("2026-12-16")
        assert "waits no longer" not in self.back(desk)[0].text

    def heard(self, desk: Office) -> list[str]:
        """Return what Dana was told of answers, from the second mail on."""
        desk.let_pass(timedelta(minutes=1))
        return [" ".join(sent.text.split()) for sent in told(desk, DANA)]

    def test_whoever_was_told_of_it_hears_in_a_line_that_it_did_not_arrive(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk, f"#close\n{ANSWER}"))
        assert ["The ticket is closed." in text for text in self.heard(desk)] == [True]
        for said in ("550 5.1.1 no such user here", "550 5.1.1 really none"):
            desk.receive(bounce(to_customer(desk)[0], said=said), reverse_path="")
        [_, line] = self.heard(desk)
        assert line.startswith(
            "Bob Lind's answer to Jane Roe at Acme Dental did not arrive at jane@acme-dental.example: there is no such "
            "address. The ticket is open, and the customer waits."
        )
        first, second = told(desk, DANA)
        assert second.mail["References"] == first.mail["References"]
        assert second.mail["Subject"] == first.mail["Subject"]

    def test_whoever_was_not_told_yet_hears_both_at_once(self, desk: Office) -> None:
        asked(desk)
        desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(by_bob(desk))
        [text] = self.heard(desk)
        assert text.startswith("Bob Lind answered Jane Roe at Acme Dental")
        assert "It did not arrive at jane@acme-dental.example: there is no such address." in text

    def test_one_that_was_closed_anew_stays_closed(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk, "#close\n\nThe music is new now."))
        desk.do(verb="reopen", ticket=1001)
        desk.do(verb="close", ticket=1001)
        desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        assert desk.one("SELECT state FROM ticket") == "closed"
        assert "open again" not in self.back(desk)[0].text

    def test_one_that_is_only_late_is_not_told(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.receive(bounce(to_customer(desk)[0], action="delayed", status="4.4.1", said="will try"), reverse_path="")
        assert self.back(desk) == []

    def test_a_second_report_of_the_same_mail_is_not_told_again(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        for said in ("550 5.1.1 no such user here", "550 5.1.1 really none"):
            desk.receive(bounce(to_customer(desk)[0], said=said), reverse_path="")
        assert len(self.back(desk)) == 1

    def test_an_automatic_answer_that_comes_back_is_no_agents(self, desk: Office) -> None:
        asked(desk)
        [receipt] = [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"]
        desk.receive(bounce(receipt), reverse_path="")
        assert self.back(desk) == []

    def test_a_report_about_a_mail_that_never_was_is_told_to_nobody(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        made_up = bounce(to_customer(desk)[0]).replace(b".2s0@", b".9s0@")
        desk.receive(made_up, reverse_path="")
        assert self.back(desk) == []

    def test_what_is_replied_to_it_stays_here(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.receive(bounce(to_customer(desk)[0]), reverse_path="")
        [back] = self.back(desk)
        desk.receive(reply(back, "I call her.", sender=f"Bob <{BOB}>"))
        assert len(to_customer(desk)) == 1


class TestRepliesToWhatIsNoRelay:
    """A told mail, a notice, an answer that came back: words stay here, commands are done, and the writer knows."""

    @staticmethod
    def kept(desk: Office, agent: str = DANA) -> list[Sent]:
        return [s for s in desk.sent if s.recipient == agent and "Only a note" in str(s.mail["Subject"])]

    @staticmethod
    def told_dana(desk: Office) -> Sent:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.let_pass(timedelta(minutes=1))
        return told(desk, DANA)[0]

    def test_words_are_a_note_and_the_writer_is_told_in_a_line(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "Hello Jane, any format will do."))
        assert len(to_customer(desk)) == 1
        assert desk.one("SELECT author FROM entry WHERE kind = 'note'") == "dana"
        [line] = self.kept(desk)
        text = " ".join(line.text.split())
        assert "Kept as a note in #1001; the customer got nothing." in text
        assert "reply to the customer's own message" in text

    def test_of_a_ticket_that_became_anothers_customer_s_nothing_is_done_or_kept(self, tmp_path: Path) -> None:
        limited = TEAM.replace(f'["{DANA}"]', f'["{DANA}"]\ntenants = ["acme"]')
        with office(tmp_path, rules=RULES + limited) as desk:
            notice = self.told_dana(desk)
            desk.do(verb="set", ticket=1001, tenant="bolt", confirmed=True)
            place = desk.receive(reply(notice, "#close\nI know her.")).decision.place
            assert (place, desk.rows("SELECT state FROM ticket")) == (Quarantine("no-right"), [("open",)])
            assert "#1001 is not Dana Ortiz's to see" in " ".join(desk.sent[-1].text.split())

    def test_commands_are_done(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "#close"))
        assert desk.one("SELECT state FROM ticket") == "closed"
        assert (len(to_customer(desk)), self.kept(desk)) == (1, [])

    def test_words_with_commands_stay_here_as_well_and_both_are_told(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "#take\n#severity high\nHello Jane, any format will do."))
        assert desk.one("SELECT assignee || severity FROM ticket") == "danahigh"
        assert (len(to_customer(desk)), self.kept(desk)) == (1, [])
        [line] = [s for s in desk.sent if s.recipient == DANA and "Done, and a note" in str(s.mail["Subject"])]
        text = " ".join(line.text.split())
        assert "✓ #take: done (make the ticket yours). ✓ #severity high: done (set the severity to high)." in text
        assert "Your words are kept as a note in #1001; the customer got nothing." in text

    def test_the_customers_message_comes_again_to_send_them(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "#take\nAny format will do."))
        [line] = [s for s in desk.sent if s.recipient == DANA and "Done, and a note" in str(s.mail["Subject"])]
        assert "#show in reply to this mail sends it to you again" in " ".join(line.text.split())
        desk.receive(reply(line, "#show"))
        desk.let_pass(timedelta(minutes=11))
        desk.receive(reply(handed(desk)[-1], "Any format will do."))
        assert "Any format will do." in to_customer(desk)[-1].text

    def test_words_to_what_is_of_no_ticket_are_told_of_as_well(self, desk: Office) -> None:
        desk.receive(mail(f"Dana <{DANA}>", "#help"))
        helped = desk.sent[-1]
        desk.receive(reply(helped, "#away until fri\nI am at the sea."))
        [line] = [s for s in desk.sent if s.recipient == DANA and "Done, and a note" in str(s.mail["Subject"])]
        text = " ".join(line.text.split())
        assert "✓ #away until fri: done (send you no customers' mail until Fri, Nov 27)" in text
        assert "Your words are filed; the customer got nothing." in text

    def test_unproven_commands_wait_for_his_word(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "#close", verdict=""))
        assert desk.one("SELECT state FROM ticket") == "open"
        [question] = questions(desk)
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        assert desk.one("SELECT state FROM ticket") == "closed"

    @pytest.mark.parametrize(
        ("sender", "verdict"),
        [
            (f"Dana <{DANA}>", "fail"),
            (f"Bob <{BOB}>", "pass"),
            ("Mallory <mallory@elsewhere.example>", "pass"),
            (JANE, "pass"),
        ],
    )
    def test_nobody_else_commands_anything(self, desk: Office, sender: str, verdict: str) -> None:
        desk.receive(reply(self.told_dana(desk), "#close", sender=sender, verdict=verdict))
        desk.let_pass(timedelta(minutes=1))
        assert desk.one("SELECT state FROM ticket WHERE id = 1001") == "open"
        assert len(to_customer(desk)) == 1

    @pytest.mark.parametrize("verdict", ["pass", ""])
    def test_words_as_the_shared_address_are_an_unverified_note(self, desk: Office, verdict: str) -> None:
        """Programs write it into From where it is set up as a further identity."""
        words = "All phones were down, nobody could call."
        desk.receive(reply(self.told_dana(desk), words, sender=f"Dana <{SUPPORT}>", verdict=verdict))
        desk.let_pass(timedelta(hours=1))
        assert desk.rows("SELECT id FROM ticket") == [(1001,)]
        assert desk.rows("SELECT author, flags FROM entry WHERE kind = 'note'") == [("dana", '["unverified"]')]
        assert (len(self.kept(desk)), len(to_customer(desk))) == (1, 1)

    def test_commands_as_the_shared_address_wait_for_his_word(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "#close", sender=f"Dana <{SUPPORT}>"))
        assert desk.one("SELECT state FROM ticket") == "open"
        [question] = questions(desk)
        assert question.recipient == DANA
        assert f"it came from {SUPPORT}, which is not known as yours" in " ".join(question.text.split())
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        assert desk.one("SELECT state FROM ticket") == "closed"

    def test_the_token_holds_for_its_ticket_only(self, desk: Office) -> None:
        mail_to_dana = self.told_dana(desk)
        other = asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        desk.receive(reply(mail_to_dana, "#close", refers=True).replace(b"[1001]", b"[1002]"))
        assert desk.one("SELECT state FROM ticket WHERE id = ?", other) == "open"

    def test_what_cannot_be_read_stops_all_of_it(self, desk: Office) -> None:
        desk.receive(reply(self.told_dana(desk), "#colse"))
        assert any("Did you mean #close?" in sent.text for sent in desk.sent if sent.recipient == DANA)
        assert desk.one("SELECT state FROM ticket") == "open"

    def test_an_agent_whose_program_answers_every_mail_is_not_told_for_ever(self, desk: Office) -> None:
        answered = self.told_dana(desk)
        for round_number in range(24):
            desk.receive(reply(answered, f"I read my mail on Mondays. {round_number}"))
            answered = self.kept(desk)[-1]
        assert len(self.kept(desk)) == 20
        assert len(to_customer(desk)) == 1


class TestNobodyIsToldTwice:
    """Whoever is told of everything and is an agent as well gets a message as a relay, or as a notice, not as both."""

    RULES = RULES.replace('["team@harborvoice.example"]', f'["team@harborvoice.example", "{DANA}", "{BOB}"]')

    @staticmethod
    def notices(desk: Office, address: str) -> list[Sent]:
        return [s for s in desk.sent if s.recipient == address and "Next: mailbot" in s.text]

    def test_an_agent_gets_the_relay_and_the_others_the_notice(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=self.RULES + TEAM + 'tenants = ["bolt"]\n') as desk:
            asked(desk)
            assert (len(handed(desk)), self.notices(desk, DANA)) == (1, [])
            assert (handed(desk, BOB), len(self.notices(desk, BOB))) == ([], 1)
            assert len(self.notices(desk, "team@harborvoice.example")) == 1

    def test_so_it_is_with_an_outage_at_night(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=self.RULES + TEAM + 'tenants = ["bolt"]\n', at=CLOSED_AT) as desk:
            asked(desk, text="All our phones are down, nobody can call us!")
            assert (len(handed(desk)), self.notices(desk, DANA)) == (1, [])
            assert len(self.notices(desk, BOB)) == 1, "who gets no relay is told"

    def test_a_second_message_that_reads_critical_reaches_everybody(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=self.RULES + TEAM + 'tenants = ["bolt"]\n') as desk:
            asked(desk)
            desk.receive(reply(handed(desk)[0]))
            desk.now += timedelta(minutes=1)
            down = "And now all our phones are down, nobody can call us!"
            desk.receive(mail(JANE, down, subject="Re: A question", fields=("In-Reply-To: <q1@acme-dental.example>",)))
            desk.let_pass(timedelta(0))
            assert "all our phones are down" in handed(desk)[-1].text
            assert "all our phones are down" in self.notices(desk, BOB)[-1].text
            assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T15:01")

    def test_a_notice_that_says_more_is_told(self, tmp_path: Path) -> None:
        """The automatic answer waits to be released, which a relay does not say."""
        with office(tmp_path, rules=self.RULES + TEAM + '[answers]\noutgoing = "hold"\n') as desk:
            asked(desk)
            assert "outbox release" in self.notices(desk, DANA)[0].text


class TestWhoIsNotThere:
    @staticmethod
    def away(desk: Office, text: str = "#away 2d") -> None:
        desk.receive(by_bob(desk, text))

    @staticmethod
    def down(desk: Office, message_id: str = "q7@acme-dental.example") -> None:
        asked(desk, text="All our phones are down, nobody can call us!", subject="Phones", message_id=message_id)

    def test_who_is_away_gets_customers_mail_when_he_is_back(self, desk: Office) -> None:
        asked(desk)
        self.away(desk)
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        self.down(desk)
        assert [len(handed(desk)), len(handed(desk, BOB))] == [3, 1]
        desk.let_pass(timedelta(days=2, hours=1))
        assert any("raj@bolt.example" in sent.text for sent in desk.sent if sent.recipient == BOB)

    @pytest.mark.parametrize("absent", ["away", "mute"])
    def test_an_absence_that_is_taken_back_puts_off_nothing(self, tmp_path: Path, absent: str) -> None:
        hours = 'hours = { week = { mon = ["12:00-17:00"] } }\n[[agent]]\nid = "bob"'
        with office(tmp_path, rules=RULES + TEAM.replace('[[agent]]\nid = "bob"', hours)) as desk:
            asked(desk)
            until = (desk.now + timedelta(days=5)).isoformat()
            desk.do(verb=absent, ticket=1001, agent="dana", until=until)
            desk.do(verb="undo", agent="dana")
            desk.let_pass(timedelta(hours=2, minutes=1))
            assert len(handed(desk)) == 1

    def test_where_all_are_away_an_outage_reaches_all(self, desk: Office) -> None:
        asked(desk)
        self.away(desk)
        desk.receive(reply(handed(desk)[0], "#away 2d"))
        self.down(desk)
        assert [len(handed(desk)), len(handed(desk, BOB))] == [2, 2]

    NOTIFIED = RULES.replace('["team@harborvoice.example"]', f'["{BOB}"]')

    def passed_on(self, desk: Office) -> None:
        """Have Dana forward an outage of Raj's."""
        forwarded = "---------- Forwarded message ---------\nFrom: Raj <raj@bolt.example>\nSubject: Dead\n\n"
        text = f"#for raj@bolt.example\n\n{forwarded}All our phones are down since nine, nobody can call us!"
        desk.receive(mail(f"Dana <{DANA}>", text, subject="Fwd: Dead", message_id="f1@phone.example"))
        desk.let_pass(timedelta(0))

    def alarms(self, desk: Office, agent: str = BOB) -> list[Sent]:
        return [sent for sent in relays(desk, agent) if "down since nine" in " ".join(sent.text.split())]

    @pytest.mark.parametrize("rules", [RULES, NOTIFIED], ids=["mail", "notice"])
    def test_an_outage_that_is_passed_on_reaches_nobody_who_is_away(self, tmp_path: Path, rules: str) -> None:
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            self.away(desk)
            self.passed_on(desk)
            assert self.alarms(desk) == []

    @pytest.mark.parametrize("rules", [RULES, NOTIFIED], ids=["mail", "notice"])
    def test_it_does_where_all_are(self, tmp_path: Path, rules: str) -> None:
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            self.away(desk)
            desk.receive(reply(handed(desk)[0], "#away 2d"))
            self.passed_on(desk)
            assert len(self.alarms(desk)) == 1

    @pytest.mark.parametrize("all_away", [False, True])
    def test_a_notice_of_an_outage_goes_as_the_relays_go(self, tmp_path: Path, *, all_away: bool) -> None:
        with office(tmp_path, rules=self.NOTIFIED + TEAM) as desk:
            asked(desk)
            self.away(desk)
            if all_away:
                desk.receive(reply(handed(desk)[0], "#away 2d"))
            before = len(relays(desk, BOB))
            self.down(desk)
            assert len(relays(desk, BOB)) - before == (1 if all_away else 0)

    def test_the_only_one_who_is_told_is_told_though_he_is_away(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=self.NOTIFIED + TEAM + '[team]\nanswer = "mailbox"\n') as desk:
            desk.do(verb="away", agent="bob", until=(desk.now + timedelta(days=2)).isoformat())
            self.down(desk)
            assert "phones are down" in relays(desk, BOB)[-1].text

    def test_so_he_is_where_an_answer_waits_for_his_word(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=self.NOTIFIED + TEAM + '[answers]\noutgoing = "hold"\n') as desk:
            desk.do(verb="away", agent="bob", until=(desk.now + timedelta(days=2)).isoformat())
            self.down(desk)
            assert "outbox release" in relays(desk, BOB)[-1].text

    def test_a_muted_ticket_is_silent_but_for_what_is_critical(self, desk: Office) -> None:
        asked(desk)
        self.away(desk, "#mute 1d")
        refers = ("In-Reply-To: <q1@acme-dental.example>",)
        desk.receive(mail(JANE, "Which format?", subject="Re: A question", fields=refers))
        desk.let_pass(timedelta(minutes=1))
        desk.receive(reply(handed(desk)[-1]))
        desk.let_pass(timedelta(minutes=1))
        assert [len(handed(desk)), len(handed(desk, BOB)), told(desk, BOB)] == [2, 1, []]
        down = "Now all our phones are down, nobody can call us!"
        desk.receive(mail(JANE, down, subject="Re: A question", fields=refers))
        desk.let_pass(timedelta(0))
        assert "phones are down" in handed(desk, BOB)[-1].text

    def test_what_waited_for_his_hours_waits_until_he_is_back(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
            self.down(desk)
            asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
            self.away(desk, "#away 4d")
            desk.let_pass(timedelta(days=2))
            assert [len(handed(desk)), len(handed(desk, BOB))] == [2, 1]


class TestHours:
    """Customers' mail that can wait reaches each agent in his own hours."""

    HOURS = """zone = "{zone}"
[agent.hours]
region = "{region}"
week = {{ mon = ["{span}"], tue = ["{span}"], wed = ["{span}"], thu = ["{span}"], fri = ["{span}"] }}
"""

    @classmethod
    def rules(cls, *, region: str, zone: str, span: str) -> str:
        return RULES + TEAM + cls.HOURS.format(region=region, zone=zone, span=span)

    @pytest.mark.parametrize(
        ("region", "zone", "span", "at"),
        [
            ("DE", "Europe/Berlin", "08:00-16:00", "2026-11-24T07:00:00+00:00"),
            ("US-CA", "America/Los_Angeles", "09:00-17:00", "2026-11-23T17:00:00+00:00"),
            ("NZ", "Pacific/Auckland", "09:00-17:00", "2026-11-23T20:00:00+00:00"),
        ],
    )
    def test_an_agents_own_hours_and_zone_count(
        self, tmp_path: Path, region: str, zone: str, span: str, at: str
    ) -> None:
        with office(tmp_path, rules=self.rules(region=region, zone=zone, span=span)) as desk:
            asked(desk)
            assert [len(handed(desk)), len(handed(desk, BOB))] == [1, 0]
            desk.let_pass(timedelta(days=1))
            [relay] = handed(desk, BOB)
            assert relay.at.isoformat() == at

    def test_a_holiday_where_he_is_counts_and_one_elsewhere_does_not(self, tmp_path: Path) -> None:
        """26 November 2026 is Thanksgiving in the United States."""
        rules = self.rules(region="DE", zone="Europe/Berlin", span="09:00-17:00")
        at = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
        with office(
            tmp_path, rules=rules.replace("[listen]", '[partner.hours]\nregion = "US-NY"\n[listen]'), at=at
        ) as desk:
            asked(desk)
            assert [len(handed(desk)), len(handed(desk, BOB))] == [0, 1]
            desk.let_pass(timedelta(days=2))
            assert [relay.at.day for relay in handed(desk)] == [27]

    @pytest.mark.parametrize("meanwhile", [False, True])
    def test_hours_that_are_changed_count_for_what_waits(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
    ) -> None:
        """They may be changed while others are heeded."""
        spans = ("08:00-16:00", "11:00-16:00")
        early, late = (self.rules(region="DE", zone="Europe/Berlin", span=span) for span in spans)
        with office(tmp_path, rules=early) as desk:
            asked(desk)
            due = "SELECT due_at FROM relay WHERE agent = 'bob' AND outbox_key IS NULL"
            assert "T07:00" in str(desk.one(due))
            wake = Event()

            def change() -> None:
                desk.here.desk = replace(desk.here.desk, rules=rules_of(late))
                wake.set()

            def heed_and_change(*args: Any) -> None:
                heed_hours(*args)
                change()

            if meanwhile:
                monkeypatch.setattr(rounds_module, "heed_hours", heed_and_change)
            else:
                change()
            rounds, stop = Rounds(desk.here, Board(lambda: desk.now), lambda: (), lambda: desk.now), Event()
            clock = Thread(target=rounds.clock, args=(stop, wake))
            clock.start()
            try:
                until(lambda: "T10:00" in str(desk.one(due)))
            finally:
                stop.set()
                wake.set()
                clock.join()

    def test_a_damaged_row_keeps_nobody_elses_mail_from_hours_that_are_changed(self, tmp_path: Path) -> None:
        spans = ("08:00-16:00", "11:00-16:00")
        early, late = (self.rules(region="DE", zone="Europe/Berlin", span=span) for span in spans)
        with office(tmp_path, rules=early) as desk:
            desk.do(verb="away", agent="dana", until=(desk.now + timedelta(days=5)).isoformat())
            asked(desk)
            damaged = "UPDATE absence SET until_at = '2026-12-31garbage'"
            desk.here.database.writer.write(lambda conn: conn.exec_driver_sql(damaged))
            changed = replace(desk.here.desk, rules=rules_of(late))
            desk.here.database.writer.write(lambda conn: heed_hours(conn, changed, desk.now))
            due = dict(desk.rows("SELECT agent, substr(due_at, 12, 5) FROM relay WHERE outbox_key IS NULL"))
            assert due == {"dana": "14:00", "bob": "10:00"}

    def test_an_outage_waits_for_nobodys_hours(self, tmp_path: Path) -> None:
        rules = self.rules(region="NZ", zone="Pacific/Auckland", span="09:00-17:00")
        with office(tmp_path, rules=rules, at=CLOSED_AT) as desk:
            asked(desk, text="All our phones are down, nobody can call us!")
            assert [len(handed(desk)), len(handed(desk, BOB))] == [1, 1]


class TestMachinesOfAgents:
    """What an agent's program answers to a relay reaches no customer, and makes no mail to him."""

    @pytest.mark.parametrize(
        "fields",
        [
            ("Auto-Submitted: auto-replied",),
            pytest.param(("Auto-Submitted: AUTO-REPLIED (vacation)",), marks=SLOW),
            ("auto-submitted: auto-generated; owner-email=x",),
            pytest.param(("Precedence: auto_reply",), marks=SLOW),
            pytest.param(("Precedence: bulk",), marks=SLOW),
            pytest.param(("Precedence: junk",), marks=SLOW),
            ("X-Autoreply: yes",),
            pytest.param(("X-Autorespond: away",), marks=SLOW),
            ("List-Id: <team.harborvoice.example>", "List-Unsubscribe: <mailto:x@harborvoice.example>"),
            ("Return-Path: <>",),
            ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b",),
        ],
        ids=str,
    )
    def test_by_each_of_its_marks(self, desk: Office, fields: tuple[str, ...]) -> None:
        asked(desk)
        [relay] = handed(desk)
        left = len(desk.sent)
        refers = (f"In-Reply-To: <{relay.message_id}>", f"References: <{relay.message_id}>")
        away = mail(f"Dana <{DANA}>", "I am away until Monday.", subject="Away", fields=(*refers, *fields))
        desk.receive(away, reverse_path="" if "Return-Path: <>" in fields else DANA)
        desk.let_pass(timedelta(days=1))
        assert [sent for sent in desk.sent[left:] if not sent.is_warning] == []
        assert desk.one("SELECT first_response_at FROM ticket") is None

    def test_what_only_asks_not_to_be_answered_by_machines_is_asked_about(self, desk: Office) -> None:
        """Some servers write that into the mail of persons."""
        asked(desk)
        desk.receive(reply(handed(desk)[0]).replace(b"Subject:", b"X-Auto-Response-Suppress: All\r\nSubject:", 1))
        assert to_customer(desk) == []
        [question] = questions(desk)
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        desk.deliver()
        assert len(to_customer(desk)) == 1

    @pytest.mark.parametrize("subject", ["Out of Office: [1001] A question", "Automatic reply: [1001] A question"])
    def test_by_its_subject(self, desk: Office, subject: str) -> None:
        asked(desk)
        [relay] = handed(desk)
        left = len(desk.sent)
        away = "I am out of the office until Monday, 30 November."
        desk.receive(mail(f"Dana <{DANA}>", away, subject=subject, fields=(f"In-Reply-To: <{relay.message_id}>",)))
        desk.let_pass(timedelta(days=1))
        assert [sent for sent in desk.sent[left:] if not sent.is_warning] == []

    def test_a_report_that_a_relay_did_not_arrive_reaches_who_is_told_alone(self, desk: Office) -> None:
        asked(desk)
        left = len(desk.sent)
        desk.receive(bounce(handed(desk)[0]), reverse_path="")
        desk.let_pass(timedelta(days=1))
        after = [sent.recipient for sent in desk.sent[left:] if not sent.is_warning]
        assert after == ["team@harborvoice.example"]
