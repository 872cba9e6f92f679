"""One list in place of many mails: at opening and in a burst, of what waits, for those whose customers wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mailbot.deciding.effects import Decision, FileEvent, Quarantine
from mailbot.deciding.listed import ListKind
from mailbot.desk.mails import handing, listing
from mailbot.desk.tick import tick
from mailbot.errors import PermanentFailure, RelayUnusable
from mailbot.store import changes
from tests.service import test_relays
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, TEAM, reply

BOB = "bob@harborvoice.example"
NIGHT = OPEN_AT - timedelta(hours=1) - CLOSED_AT


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def written(desk: Office, number: int, text: str = "", *, tenant: str = "acme-dental", subject: str = "") -> int:
    """Have a customer write; return the ticket."""
    raw = mail(
        f"Person {number} <p{number}@{tenant}.example>",
        text or f"How do I set up extension {number}?",
        subject=subject or f"Extension {number}",
        message_id=f"q{number}@{tenant}.example",
    )
    ticket = desk.receive(raw).ticket
    desk.let_pass(timedelta(0))
    assert ticket is not None
    return ticket


def lists(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in of(desk, agent) if re.search(r"wait|open ticket", str(sent.mail["Subject"]))]


def list_of_open(desk: Office) -> str:
    """Have Dana be sent the list of open tickets; return what it says."""
    dana = desk.here.desk.rules.agent[0]
    desk.here.database.writer.write(lambda conn: listing.send_list(conn, desk.here.desk, dana, ListKind.OPEN, desk.now))
    desk.deliver()
    return lists(desk)[-1].text


def relays(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in of(desk, agent) if str(sent.mail["Subject"]).startswith("[")]


def of(desk: Office, agent: str) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == agent]


def numbered(one: Sent) -> list[str]:
    """Return the first line of each number."""
    return [line for line in one.text.splitlines() if re.match(r"\d+\. ", line)]


class TestAtOpening:
    def test_a_few_come_as_they_are(self, night: Office) -> None:
        for number in range(3):
            written(night, number)
        night.let_pass(NIGHT)
        assert (len(relays(night)), lists(night)) == (3, [])

    def test_many_come_as_one_list(self, night: Office) -> None:
        for number in range(5):
            written(night, number)
        assert of(night, DANA) == []
        night.let_pass(NIGHT)
        [one] = of(night, DANA)
        assert str(one.mail["Subject"]) == "5 wait for an answer"
        assert [line.partition(" · ")[0] for line in numbered(one)] == [f"{n + 1}. Person {n}" for n in range(5)]
        assert '"How do I set up extension 3?"' in one.text

    def test_several_mails_of_one_ticket_are_no_many(self, night: Office) -> None:
        written(night, 1)
        for number in range(4):
            again = mail(
                "Person 1 <p1@acme-dental.example>",
                f"And what of number {number}?",
                subject="Re: Extension 1",
                fields=("In-Reply-To: <q1@acme-dental.example>",),
            )
            night.receive(again)
        night.let_pass(NIGHT)
        assert lists(night) == []

    def test_an_outage_stays_a_mail_of_its_own_and_leads_the_list(self, night: Office) -> None:
        for number in range(4):
            written(night, number)
        written(night, 9, "All phones are down, nobody can call us!", subject="Phones dead")
        assert len(relays(night)) == 1
        night.let_pass(NIGHT)
        [one] = lists(night)
        assert str(one.mail["Subject"]) == "1 outage overnight, 1 open; 4 wait for an answer"
        assert "Phones dead" in numbered(one)[0]

    def test_what_comes_after_it_comes_at_once(self, night: Office) -> None:
        for number in range(5):
            written(night, number)
        night.let_pass(NIGHT)
        night.now = OPEN_AT
        written(night, 6)
        assert [len(lists(night)), len(relays(night))] == [1, 1]

    def test_what_was_answered_at_night_is_named_and_waits_no_more(self, night: Office) -> None:
        answered = written(night, 0)
        for number in range(1, 5):
            written(night, number)
        night.answer(answered)
        night.let_pass(NIGHT)
        [one] = lists(night)
        assert len(numbered(one)) == 4
        assert re.search(rf"(?m)^- Person 0 .*\[{answered}\], by Bob Lind\s*$", one.text)

    def test_an_answer_that_reached_nobody_is_not_named_and_its_customer_waits(self, night: Office) -> None:
        written(night, 9, "All phones are down, nobody can call us!", subject="Phones dead")
        for number in range(4):
            written(night, number)
        night.refusing["p9@acme-dental.example"] = PermanentFailure("550 unknown here", 550)
        night.receive(reply(relays(night)[0], "We are on it."))
        night.let_pass(NIGHT)
        [one] = lists(night)
        assert "Phones dead" in numbered(one)[0]
        assert "Answered since" not in one.text
        assert "your answer came back" in one.text.partition("2. ")[0]

    def test_who_asked_again_is_overdue_as_who_asks_first_and_named_as_answered_no_more(self, desk: Office) -> None:
        for number in range(3):
            written(desk, number)
        desk.answer(1003)
        assert "- Person 2 · Acme Dental: Extension 2 [1003], by Bob Lind" in list_of_open(desk)
        again = mail(
            "Person 2 <p2@acme-dental.example>",
            "It does not work.",
            subject="Re: Extension 2",
            message_id="again@acme-dental.example",
            fields=("In-Reply-To: <q2@acme-dental.example>",),
        )
        desk.now += timedelta(hours=1)
        assert desk.receive(again).ticket == 1003
        desk.let_pass(timedelta(seconds=2))
        assert "answer by 3:00 PM today, 3 hr 59 min left · [1003]" in " ".join(list_of_open(desk).split())
        for number in (1001, 1002):
            desk.answer(number)
        desk.let_pass(timedelta(days=1))
        said = " ".join(list_of_open(desk).split())
        assert "1 overdue" in said
        assert said.index("1. Person 2") < said.index("overdue by") < said.index("[1003]") < said.index("2. Person")
        assert "[1003], by" not in said

    def test_a_call_that_is_typed_at_the_server_is_no_account_s(self, night: Office) -> None:
        called = written(night, 0)
        for number in range(1, 5):
            written(night, number)
        night.do(verb="called", ticket=called, author="root")
        night.let_pass(NIGHT)
        [one] = lists(night)
        assert re.search(rf"(?m)^- Person 0 .*\[{called}\], by somebody at the server\s*$", one.text)
        assert "root" not in one.text

    def test_what_he_has_muted_is_not_in_it(self, night: Office) -> None:
        for number in range(6):
            written(night, number)
        until = (OPEN_AT + timedelta(days=1)).isoformat()
        night.do(verb="mute", ticket=1002, agent="dana", until=until)
        night.let_pass(NIGHT)
        assert [line.partition(" · ")[0][3:] for line in numbered(lists(night)[0])] == [
            f"Person {n}" for n in (0, 2, 3, 4, 5)
        ]

    def test_what_is_closed_waits_no_more(self, night: Office) -> None:
        for number in range(5):
            written(night, number)
        night.do(verb="close", ticket=1001)
        night.let_pass(NIGHT)
        assert len(numbered(lists(night)[0])) == 4


class TestABurst:
    def test_the_eleventh_is_a_list_and_the_rest_gathers(self, desk: Office) -> None:
        for number in range(10):
            written(desk, number)
        assert (len(relays(desk)), lists(desk)) == (10, [])
        for number in range(10, 14):
            written(desk, number)
        assert (len(relays(desk)), len(lists(desk))) == (10, 1)
        written(desk, 99, "All phones are down, nobody can call us!")
        assert "Critical" in str(relays(desk)[10].mail["Subject"]), "an outage waits for nobody"
        desk.let_pass(timedelta(minutes=5))
        assert (len(relays(desk)), [len(numbered(one)) for one in lists(desk)]) == (11, [11, 15])
        desk.let_pass(timedelta(hours=3))
        written(desk, 100)
        assert (len(relays(desk)), len(lists(desk))) == (12, 2)

    def test_while_it_lasts_the_lists_come_at_longer_intervals(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handing, "_MOST_IN_A_BURST", 2)
        for number in range(24):
            written(desk, number)
            desk.let_pass(timedelta(minutes=2))
        assert len(relays(desk)) == 2
        between = [later.at - former.at for former, later in pairwise(lists(desk))]
        assert between == sorted(between)
        assert timedelta(minutes=5) <= between[0] < between[-1] <= timedelta(minutes=30)

    def test_outages_of_everybody_are_few_mails_too(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(handing, "_MOST_IN_A_BURST", 2)
        for number in range(8):
            written(desk, number, "All phones are down, nobody can call us!")
        desk.let_pass(timedelta(minutes=1))
        assert (len(relays(desk)), [len(numbered(one)) for one in lists(desk)]) == (2, [3, 8])

    def test_a_backlog_is_few_mails_and_some_lines(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "_MOST_LINES", 4)
        for number in range(12):
            desk.accept(mail(f"P <p{number}@acme-dental.example>", "Hello?", subject=f"Extension {number}"))
        while desk.processor.step():
            pass
        desk.let_pass(timedelta(0))
        [one] = of(desk, DANA)
        assert (len(numbered(one)), "And 8 more" in one.text) == (4, True)

    def test_while_no_mail_leaves_what_waits_gathers(self, desk: Office) -> None:
        people = [f"p{number}@acme-dental.example" for number in range(14)]
        trouble = RelayUnusable("535 5.7.8 authentication failed", 535, refused_us=True)
        desk.refusing = dict.fromkeys((DANA, "team@harborvoice.example", *people), trouble)
        for person in people:
            desk.receive(mail(person, "How do I set it up?", subject=person))
        for _ in range(3):
            desk.now += timedelta(minutes=5)
            desk.here.database.writer.write(lambda conn: tick(conn, desk.here.desk, desk.now))
        assert (desk.sent, desk.one("SELECT count(*) FROM outbox WHERE kind IN ('relay', 'list')")) == ([], 0)
        desk.refusing.clear()
        desk.courier.resume()
        desk.deliver()
        desk.let_pass(timedelta(minutes=1))
        assert (relays(desk), [len(numbered(one)) for one in lists(desk)]) == ([], [14])


class TestWhose:
    def test_each_sees_his_own_tenants_only(self, night: Office) -> None:
        for number in range(5):
            written(night, number, tenant="acme-dental", subject="Secret of Acme")
            written(night, 10 + number, tenant="bolt", subject="Secret of Bolt")
        night.answer(1001)
        night.let_pass(NIGHT)
        [one] = lists(night, BOB)
        seen = one.raw.decode() + one.text + str(one.mail["Subject"])
        assert len(numbered(one)) == 5
        assert "Acme" not in seen
        assert "acme-dental" not in seen
        assert len(numbered(lists(night)[0])) == 9


class TestAReply:
    """What is written in reply to a list is done to its numbers; words reach customers only after a yes."""

    @pytest.fixture
    def waiting(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
        """Four customers wait, and Dana has the list of them."""
        monkeypatch.setattr(handing, "_MOST_IN_A_BURST", 0)
        for number in range(3):
            desk.receive(mail(f"Person {number} <p{number}@acme-dental.example>", "Well?", subject=f"Ext {number}"))
        desk.receive(mail("Raj <raj@bolt.example>", "Well?", subject="Ext 3"))
        desk.let_pass(timedelta(0))
        assert len(numbered(lists(desk)[0])) == 4
        return desk

    def answer(self, desk: Office, text: str, **more: Any) -> Decision:
        [one] = lists(desk)
        return desk.receive(reply(one, text, **more)).decision

    def done(self, desk: Office) -> list[str]:
        """Return what Dana is told beside the list."""
        return [" ".join(sent.text.split()) for sent in of(desk, DANA) if sent not in lists(desk)]

    def states(self, desk: Office) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in desk.rows("SELECT state, assignee FROM ticket ORDER BY id")]

    def to_customers(self, desk: Office) -> list[Sent]:
        return [sent for sent in desk.answers if sent.recipient not in (DANA, BOB) and not sent.mail["Auto-Submitted"]]

    def test_its_numbers_are_done_and_told_line_by_line(self, waiting: Office) -> None:
        self.answer(waiting, "take 1 3\n2 close")
        assert self.states(waiting) == [("open", "dana"), ("closed", ""), ("open", "dana"), ("open", "")]
        [told] = self.done(waiting)
        for line in ("1 take: Dana Ortiz has #1001 (", "3 take: Dana Ortiz has #1003 (", "2 close: #1002 is closed ("):
            assert f"{line}Acme Dental, Ext " in told

    def test_what_another_did_meanwhile_is_said(self, waiting: Office) -> None:
        waiting.do(verb="close", ticket=1001)
        waiting.here.database.writer.write(lambda conn: changes.take(conn, 1002, "bob", reason="x", now=waiting.now))
        self.answer(waiting, "1 close\n2 take")
        [told] = self.done(waiting)
        assert "#1001 was closed already" in told
        assert "Bob Lind had it" in told

    def test_its_numbers_mean_the_same_a_week_later(self, waiting: Office) -> None:
        first = lists(waiting)[0]
        waiting.do(verb="close", ticket=1001)
        waiting.now += timedelta(days=7)
        written(waiting, 50)
        assert "1. Person 1 " in lists(waiting)[1].text
        waiting.receive(reply(first, "2 close"))
        assert [state for state, _ in self.states(waiting)] == ["closed", "closed", "open", "open", "open"]

    @pytest.mark.parametrize("text", ["1 shwo", "9 close", "2 close 1 nonsense", "1 tenant none", "close", "4-2 take"])
    def test_what_cannot_be_read_stops_all_of_it(self, waiting: Office, text: str) -> None:
        self.answer(waiting, f"3 take\n{text}")
        assert self.states(waiting) == [("open", "")] * 4
        [told] = self.done(waiting)
        assert "nothing of it was done" in told

    def test_what_is_refused_stops_all_of_it(self, waiting: Office) -> None:
        self.answer(waiting, "3 take\n1 assign bob")
        assert self.states(waiting) == [("open", "")] * 4
        assert "Bob Lind gets no mail of Acme Dental" in self.done(waiting)[0]

    @pytest.mark.parametrize("text", ["2 show", "2", "show 2"])
    def test_a_message_is_sent_whole_and_answered_by_replying(self, waiting: Office, text: str) -> None:
        self.answer(waiting, text)
        [relay] = relays(waiting)
        assert str(relay.mail["Subject"]).startswith("[1002]")
        assert "2 show: #1002 follows" in self.done(waiting)[-1] + self.done(waiting)[0]
        waiting.receive(reply(relay, "Here you are."))
        [answer] = self.to_customers(waiting)
        assert (answer.recipient, answer.text.strip()) == ("p1@acme-dental.example", "Here you are.")

    def test_what_quotes_two_lists_does_nothing(self, waiting: Office) -> None:
        list_of_open(waiting)
        first, second = lists(waiting)
        before = self.states(waiting)
        decision = waiting.receive(reply(second, "2 close" + test_relays.quoted(first))).decision
        assert (decision.place, self.states(waiting)) == (Quarantine("tokens-disagree"), before)

    def test_one_that_is_too_old_is_asked_about(self, waiting: Office) -> None:
        waiting.now += timedelta(days=800)
        before = self.states(waiting)
        self.answer(waiting, "2 close")
        assert self.states(waiting) == before
        question = of(waiting, DANA)[-1]
        assert "the list that it answers is too old to act by it alone" in " ".join(question.text.split())
        waiting.receive(reply(question, "yes"))
        waiting.processor.step()
        assert [state for state, _ in self.states(waiting)] == ["open", "closed", "open", "open"]

    def test_words_alone_go_nowhere(self, waiting: Office) -> None:
        self.answer(waiting, "Please tell them that we are working on it.")
        assert (self.to_customers(waiting), waiting.one("SELECT count(*) FROM entry WHERE kind = 'note'")) == ([], 0)
        assert "no customer got your words" in self.done(waiting)[0]

    def test_words_below_one_number_are_a_note_there(self, waiting: Office) -> None:
        self.answer(waiting, "2 take\nShe called twice, be nice to her.")
        assert self.to_customers(waiting) == []
        notes = waiting.rows("SELECT ticket_id, text, author FROM entry WHERE kind = 'note'")
        assert notes == [(1002, "She called twice, be nice to her.", "dana")]

    def test_words_below_several_numbers_are_asked_for(self, waiting: Office) -> None:
        self.answer(waiting, "2 3 take\nShe called twice, be nice to her.")
        assert self.states(waiting) == [("open", "")] * 4
        assert "it is not clear which number" in self.done(waiting)[0]

    def test_an_answer_to_many_is_shown_first_and_sent_to_each_alone_on_yes(self, waiting: Office) -> None:
        self.answer(waiting, "2 4 answer\n1 take\nWe are working on it.\n\nDana")
        assert (self.to_customers(waiting), self.states(waiting)) == ([], [("open", "")] * 4)
        [asked] = [sent for sent in of(waiting, DANA) if sent not in lists(waiting)]
        seen = " ".join(asked.text.split())
        for shown in ("p1@acme-dental.example at Acme Dental", "raj@bolt.example at Bolt Log", "We are working on"):
            assert shown in seen
        waiting.receive(test_relays.TestNobodyElse.answer(asked, "yes"))
        waiting.processor.step()
        waiting.deliver()
        mails = {sent.recipient: sent for sent in self.to_customers(waiting)}
        assert set(mails) == {"p1@acme-dental.example", "raj@bolt.example"}
        for own, other in zip(mails.values(), reversed(mails.values()), strict=True):
            whole = own.raw.decode() + own.text
            assert "We are working on it." in own.text
            assert other.recipient not in whole
            assert str(own.mail["Subject"]) in ("Re: Ext 1", "Re: Ext 3")
        answered = "SELECT ticket_id, author FROM entry WHERE kind = 'agent' AND ticket_id IS NOT NULL ORDER BY 1"
        assert waiting.rows(answered) == [(1002, "dana"), (1004, "dana")]
        assert waiting.one("SELECT count(*) FROM ticket WHERE first_response_at IS NOT NULL") == 2
        assert self.states(waiting)[0] == ("open", "dana")

    def test_the_files_of_an_answer_to_many_are_named_first_and_go_to_each(self, waiting: Office) -> None:
        plan, photo = b"%PDF-1.4 the plan of the outage" * 400, b"\x00\x00\x00\x18ftypheic" + b"\x07" * 300
        [one] = lists(waiting)
        whole = message_from_bytes(reply(one, "2 4 answer\nThe plan is attached."), policy=policy.default)
        whole.set_content(whole.get_content())
        whole.add_attachment(plan, maintype="application", subtype="pdf", filename="plan.pdf")
        whole.add_attachment(photo, maintype="image", subtype="heic", filename="home.heic")
        waiting.receive(whole.as_bytes(policy=policy.SMTP))
        [asked] = [sent for sent in of(waiting, DANA) if sent not in lists(waiting)]
        seen = " ".join(asked.text.split())
        assert "p1@acme-dental.example at Acme Dental (#1002), with plan.pdf (12 kB) and home.heic (1 kB)" in seen
        assert "home.heic may tell where and with what it was made" in seen
        waiting.receive(test_relays.TestNobodyElse.answer(asked, "yes"))
        waiting.processor.step()
        waiting.deliver()
        for sent in (mails := self.to_customers(waiting)):
            files = {part.get_filename(): part.get_payload(decode=True) for part in sent.mail.iter_attachments()}
            assert files == {"plan.pdf": plan, "home.heic": photo}
        assert {sent.recipient for sent in mails} == {"p1@acme-dental.example", "raj@bolt.example"}
        texts = waiting.rows("SELECT text FROM entry WHERE kind = 'agent' AND ticket_id IS NOT NULL")
        assert all("[2 files: plan.pdf, home.heic]" in text for (text,) in texts)

    def test_after_a_restore_it_waits_for_people(self, waiting: Office) -> None:
        """The log that was lost may have sent it already."""
        self.answer(waiting, "2 4 answer\nWe are working on it.")
        [asked] = [sent for sent in of(waiting, DANA) if sent not in lists(waiting)]
        waiting.here.desk = replace(waiting.here.desk, restored_at=waiting.now + timedelta(hours=1))
        waiting.receive(test_relays.TestNobodyElse.answer(asked, "yes"))
        waiting.processor.step()
        waiting.deliver()
        assert self.to_customers(waiting) == []
        assert waiting.one("SELECT count(*) FROM outbox WHERE kind = 'reply' AND state = 'held'") == 2

    def sent_after_yes(self, desk: Office, text: str) -> list[str]:
        """Return what customers get of a reply to the list, once Dana has said yes to it."""
        self.answer(desk, text)
        [asked] = [sent for sent in of(desk, DANA) if sent not in lists(desk)]
        desk.receive(test_relays.TestNobodyElse.answer(asked, "yes"))
        desk.processor.step()
        desk.deliver()
        return [sent.text for sent in self.to_customers(desk)]

    def test_no_customer_reads_a_quoted_line_of_the_list(self, waiting: Office) -> None:
        rows = [line for line in lists(waiting)[0].text.splitlines() if "Bolt" in line]
        quoted = "\n".join(f"> {line}" for line in rows)
        [answer] = self.sent_after_yes(waiting, f"2 answer\nHello,\n{quoted}\nWe look into it.")
        assert rows
        assert "We look into it." in answer
        assert not re.search(r"Bolt|Raj|Ext 3", answer)

    def test_a_line_of_the_list_without_a_mark_stops_all_of_it(self, waiting: Office) -> None:
        written(waiting, 30, "Our secret number is 4711, please keep it.", tenant="bolt")
        self.answer(waiting, "open")
        first = lists(waiting)[-1]
        [row] = [line for line in first.text.splitlines() if "4711" in line]
        waiting.receive(reply(first, f"2 answer\nHello,\n{row.strip()}\nWe look into it."))
        assert "it is a line of my list" in self.done(waiting)[-1]
        assert self.to_customers(waiting) == []

    def test_an_unmarked_signature_stays_behind(self, waiting: Office) -> None:
        [answer] = self.sent_after_yes(
            waiting, "2 answer\nWe look into it.\n\nBest\nDana Ortiz\nMobile +1 212 555 0190\n"
        )
        assert "We look into it." in answer
        assert "0190" not in answer

    def test_a_command_that_names_a_customer_is_no_yes(self, waiting: Office) -> None:
        self.answer(waiting, "2 answer\nWe look into it.")
        [asked] = [sent for sent in of(waiting, DANA) if sent not in lists(waiting)]
        waiting.receive(test_relays.TestNobodyElse.answer(asked, "#for raj@bolt.example"))
        waiting.processor.step()
        waiting.deliver()
        assert self.to_customers(waiting) == []
        assert waiting.one("SELECT count(*) FROM arrival WHERE state = 'quarantined'") == 1

    @pytest.mark.parametrize("text", ["1 close", "I am away until Monday."])
    def test_what_a_program_answers_does_nothing_and_is_told_to_nobody(self, waiting: Office, text: str) -> None:
        [one] = lists(waiting)
        automatic = reply(one, text).replace(b"X-Mailer:", b"Auto-Submitted: auto-generated\r\nX-Mailer:", 1)
        assert b"Auto-Submitted: auto-generated\r\n" in automatic
        before = self.states(waiting)
        decision = waiting.receive(automatic).decision
        waiting.let_pass(timedelta(0))
        assert (self.states(waiting), self.done(waiting)) == (before, [])
        assert isinstance(decision.place, FileEvent), "the number of a list is no ticket's"

    def test_no_is_nothing(self, waiting: Office) -> None:
        self.answer(waiting, "2 4 answer\nWe are working on it.")
        [asked] = [sent for sent in of(waiting, DANA) if sent not in lists(waiting)]
        waiting.receive(test_relays.TestNobodyElse.answer(asked, "no"))
        waiting.processor.step()
        waiting.deliver()
        assert self.to_customers(waiting) == []

    @pytest.mark.parametrize(
        "order",
        ["4 take", "take 4", "#4 take", "4 #take", "#take 4", "9 take", "4 answer", "9 tkae", "tkae 9", "4 done"],
    )
    def test_an_order_below_the_answer_stops_all_and_reaches_nobody(self, waiting: Office, order: str) -> None:
        self.answer(waiting, f"2 answer\n3 close\nHello, the phone is on its way.\n{order}")
        [asked] = [sent for sent in of(waiting, DANA) if sent not in lists(waiting)]
        seen = " ".join(asked.text.split())
        assert f"✗ {order}: it stands below your words" in seen
        assert "p1@acme-dental.example at Acme Dental (#1002)" in seen
        for word, sent in (("yes", 0), ("send", 1)):
            waiting.receive(test_relays.TestNobodyElse.answer(asked, word))
            waiting.processor.step()
            waiting.deliver()
            assert len(self.to_customers(waiting)) == sent
            assert self.states(waiting)[2:] == [("open", "")] * 2
        [answer] = self.to_customers(waiting)
        assert "the phone is on its way." in answer.text
        assert order not in answer.raw.decode() + answer.text

    def test_an_order_below_a_note_stops_all(self, waiting: Office) -> None:
        self.answer(waiting, "2 take\nShe called twice.\n3 close")
        assert self.states(waiting) == [("open", "")] * 4
        assert waiting.one("SELECT count(*) FROM entry WHERE kind = 'note'") == 0
        assert "✗ 3 close: it stands below your words" in self.done(waiting)[0]

    def test_numbers_in_an_answer_are_words(self, waiting: Office) -> None:
        counted = (
            "3 phones are on their way.\n2 open lines remain.\nWait 5 minutes.\n9 times out of 10\n3 lines\n3 calls"
        )
        steps = "1. Join the network of the office\n2. There are two plugs: take the left one"
        words = f"Hello,\n{counted}\n{steps}\nExtension:\n4"
        [answer] = self.sent_after_yes(waiting, f"2 answer\n{words}")
        assert all(line in answer for line in words.splitlines())

    @pytest.mark.parametrize("text", ["2 answer", "2 answer now\nYes."])
    def test_an_answer_without_clear_words_is_told(self, waiting: Office, text: str) -> None:
        self.answer(waiting, text)
        assert self.to_customers(waiting) == []
        assert "nothing of it was done" in self.done(waiting)[0]

    def test_the_open_tickets_are_sent_as_another_list(self, waiting: Office) -> None:
        self.answer(waiting, "2 take\nmine")
        mine = [sent for sent in of(waiting, DANA) if "of yours" in str(sent.mail["Subject"])]
        assert [numbered(one) for one in mine] == [["1. Person 1 · Acme Dental: Ext 1"]]

    @pytest.mark.parametrize(
        ("sender", "verdict", "asks"),
        [
            (f"Dana <{DANA}>", "", True),
            ("Dana <dana@private.example>", "pass", True),
            (f"Dana <{DANA}>", "fail", False),
            ("Bob <bob@harborvoice.example>", "pass", False),
            ("Mallory <mallory@elsewhere.example>", "fail", False),
            ("Raj <raj@bolt.example>", "pass", False),
        ],
    )
    def test_only_the_agent_himself(self, waiting: Office, sender: str, verdict: str, *, asks: bool) -> None:
        self.answer(waiting, "1 close", sender=sender, verdict=verdict)
        assert self.states(waiting)[:4] == [("open", "")] * 4
        questions = [sent for sent in of(waiting, DANA) if "Did you write" in str(sent.mail["Subject"])]
        assert len(questions) == asks

    def test_a_ticket_that_became_another_tenants_is_not_his(self, waiting: Office) -> None:
        written(waiting, 20, tenant="bolt")
        [bobs] = lists(waiting, BOB)[-1:]
        number = next(line for line in numbered(bobs) if "Ext 3" in line or "Raj" in line).partition(".")[0]
        waiting.do(verb="set", ticket=1004, tenant="acme", confirmed="yes")
        waiting.receive(reply(bobs, f"{number} close", sender=f"Bob <{BOB}>"))
        assert self.states(waiting)[3] == ("open", "")


class TestNumbersOfMergedTickets:
    """A number whose ticket was merged means the one as which that goes on."""

    ONE, OTHER = 1001, 1002

    @pytest.fixture
    def one(self, night: Office) -> Sent:
        """The list of a morning, of which the second ticket was merged into the first since."""
        for number in range(5):
            written(night, number)
        night.let_pass(NIGHT)
        [found] = lists(night)
        night.do(verb="merge", ticket=self.OTHER, into=self.ONE)
        return found

    def row(self, night: Office, ticket: int, columns: str) -> Any:
        return night.one(f"SELECT {columns} FROM ticket WHERE id = ?", ticket)  # noqa: S608 - of the tests' own

    def answered(self, night: Office, one: Sent, orders: str) -> list[str]:
        """Answer the list, say yes to the question, and return the customers who got the words."""
        night.receive(reply(one, f"{orders} answer\nWe are at it."))
        question = night.sent[-1]
        night.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        night.processor.step()
        night.deliver()
        return sorted(sent.recipient.partition("@")[0] for sent in self.got(night))

    def got(self, night: Office) -> list[Sent]:
        """Return what customers got of those words."""
        return [one for one in night.sent if "acme-dental" in one.recipient and "We are at it." in one.text]

    def test_an_answer_goes_to_its_own_customer_and_is_logged_in_the_other(self, night: Office, one: Sent) -> None:
        assert self.answered(night, one, "2") == ["p1"]
        assert night.rows("SELECT ticket_id FROM entry WHERE kind = 'agent'") == [(self.ONE,)]
        assert self.row(night, self.ONE, "assignee") == "dana"
        assert self.row(night, self.ONE, "waiting_since IS NOT NULL AND first_response_at IS NULL") == 1
        assert self.row(night, self.OTHER, "waiting_since IS NULL AND first_response_at IS NOT NULL") == 1
        [sent] = self.got(night)
        assert (str(sent.mail["Subject"]), str(sent.mail["In-Reply-To"])) == (
            "Re: Extension 1",
            "<q1@acme-dental.example>",
        )

    @pytest.mark.parametrize("orders", ["1 2", "2 1"])
    def test_an_answer_to_both_reaches_each_once(self, night: Office, one: Sent, orders: str) -> None:
        assert self.answered(night, one, orders) == ["p0", "p1"]
        assert self.row(night, self.ONE, "waiting_since IS NULL") == 1

    @pytest.mark.parametrize(
        ("order", "columns", "value"),
        [
            ("close", "state", "closed"),
            ("take", "assignee", "dana"),
            ("severity low", "severity", "low"),
        ],
    )
    def test_a_command_is_done_to_the_other(
        self, night: Office, one: Sent, order: str, columns: str, value: object
    ) -> None:
        before = self.row(night, self.OTHER, "state || assignee || severity")
        night.receive(reply(one, f"2 {order}"))
        assert self.row(night, self.ONE, columns) == value
        assert self.row(night, self.OTHER, "state || assignee || severity") == before

    def test_a_call_answers_whom_the_number_means(self, night: Office, one: Sent) -> None:
        night.receive(reply(one, "2 called he knows"))
        assert night.rows("SELECT ticket_id FROM entry WHERE kind = 'agent'") == [(self.ONE,)]
        assert self.row(night, self.ONE, "waiting_since IS NOT NULL AND first_response_at IS NULL") == 1
        assert self.row(night, self.OTHER, "waiting_since IS NULL AND first_response_at IS NOT NULL") == 1

    @pytest.mark.parametrize("order", ["2 note He is hard of hearing.", "2 take\nHe is hard of hearing."])
    def test_a_note_is_one_of_the_other(self, night: Office, one: Sent, order: str) -> None:
        night.receive(reply(one, order))
        assert night.one("SELECT ticket_id FROM entry WHERE kind = 'note' AND text LIKE '%hard of%'") == self.ONE

    def test_once_the_other_is_another_customers_it_is_on_its_own(self, night: Office, one: Sent) -> None:
        night.do(verb="set", ticket=self.ONE, tenant="bolt", confirmed=True)
        night.receive(reply(one, "2 severity low"))
        assert (self.row(night, self.ONE, "severity"), self.row(night, self.OTHER, "severity")) == ("normal", "low")
