"""Promised times: who is warned when, what a silent customer is asked, and what closes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.desk import duetimes
from mailbot.desk.tick import tick
from mailbot.errors import PermanentFailure
from mailbot.rules import Severity
from mailbot.store import changes
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office, rules_of
from tests.service.test_relays import DANA, asked, relays, reply, to_customer
from tests.service.test_together import BOB, TEAM

JANE = "Jane Roe <jane@acme-dental.example>"
REFERS = ("In-Reply-To: <q1@acme-dental.example>",)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def warnings(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == agent and "run" in str(sent.mail["Subject"])]


def told_at(desk: Office, agent: str = DANA) -> list[str]:
    """Return when an agent was warned: day and time in New York, each with the subject."""
    zone = desk.here.desk.rules.partner.zone
    return [f"{sent.at.astimezone(zone):%a %H:%M} {sent.mail['Subject']}" for sent in warnings(desk, agent)]


def again(desk: Office, text: str = "And the fax?", **more: Any) -> None:
    desk.receive(
        mail(JANE, text, subject="Re: A question", fields=REFERS, message_id=f"a{desk.now:%d%H%M}@x.y", **more)
    )


def reminders(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if "Is everything working" in str(sent.mail["Subject"])]


class TestAnswers:
    def test_shares_of_the_promised_time_and_its_end_are_told_in_business_time(self, desk: Office) -> None:
        """A normal question of Monday 10:00, to be answered by 14:00, of which nobody takes notice."""
        asked(desk)
        desk.let_pass(5 * HOUR)
        assert told_at(desk) == [
            "Mon 12:00 1 promised time runs out",
            "Mon 13:12 1 promised time runs out",
            "Mon 14:00 1 promised time runs out: 1 overdue",
        ]
        assert told_at(desk, BOB) == told_at(desk)

    def test_over_night_the_clock_stands(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=OPEN_AT + 6 * HOUR) as desk:
            asked(desk)
            desk.let_pass(DAY)
            assert told_at(desk) == [
                "Tue 09:30 1 promised time runs out",
                "Tue 10:42 1 promised time runs out",
                "Tue 11:30 1 promised time runs out: 1 overdue",
            ]

    @pytest.mark.parametrize("how", ["reply", "called", "close", "spam", "wait"])
    def test_what_is_answered_or_done_with_is_told_of_no_more(self, desk: Office, how: str) -> None:
        ticket = asked(desk)
        desk.let_pass(timedelta(minutes=5))
        words = {"reply": "It is done.", "called": "#called", "close": "#close", "spam": "#spam"}
        desk.receive(reply(relays(desk)[0], words.get(how, "#wait carrier until 2 dec")))
        desk.let_pass(2 * DAY)
        assert told_at(desk) == []
        assert (
            desk.one("SELECT count(*) FROM due WHERE done_at IS NULL AND kind = 'answer' AND ticket_id = ?", ticket)
            == 0
        )

    def test_whose_ticket_it_is_hears_of_it_alone_until_the_time_is_over(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="assign", ticket=ticket, to="bob")
        desk.let_pass(5 * HOUR)
        assert len(told_at(desk, BOB)) == 3
        assert told_at(desk) == ["Mon 14:00 1 promised time runs out: 1 overdue"]

    def test_who_asks_again_is_promised_as_much_anew(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        desk.let_pass(2 * HOUR)
        again(desk)
        desk.let_pass(DAY)
        assert told_at(desk)[-1] == "Mon 16:00 1 promised time runs out: 1 overdue"
        assert "overdue since just now" in warnings(desk)[-1].text

    def test_a_rise_is_timed_from_the_rise(self, desk: Office) -> None:
        asked(desk)
        desk.let_pass(HOUR)
        again(desk, "Now all our phones are down, nobody can call us!")
        desk.let_pass(20 * timedelta(minutes=1))
        assert told_at(desk) == [
            "Mon 11:07 1 promised time runs out: 1 critical",
            "Mon 11:12 1 promised time runs out: 1 critical",
            "Mon 11:15 1 promised time runs out: 1 critical, 1 overdue",
        ]

    def test_an_outage_at_night_wakes_whoever_is_on_watch(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
            asked(desk, text="All our phones are down, nobody can call us!")
            desk.let_pass(20 * timedelta(minutes=1))
            assert [len(told_at(desk)), len(told_at(desk, BOB))] == [3, 3]

    @pytest.mark.parametrize(
        ("act", "then", "warned"), [("take", "", 3), ("ok", "", 3), ("ok", "#away until tomorrow", 0)]
    )
    def test_so_it_does_who_has_it_or_has_seen_it_though_he_was_not_called(
        self, tmp_path: Path, act: str, then: str, warned: int
    ) -> None:
        rota = '[oncall]\nrota = ["dana", "bob"]\n'
        with office(tmp_path, rules=RULES + TEAM + rota, at=CLOSED_AT) as desk:
            ticket = asked(desk, text="All our phones are down, nobody can call us!")
            first, other = (DANA, BOB) if any(sent.recipient == DANA for sent in desk.sent) else (BOB, DANA)
            who = "bob" if other == BOB else "dana"
            desk.do(verb=act, ticket=ticket, agent=who)
            if then:
                desk.do(verb="order", line=then, agent=who)
            desk.let_pass(20 * timedelta(minutes=1))
            assert [len(told_at(desk, first)), len(told_at(desk, other))] == [3, warned]

    @pytest.mark.parametrize("answered_before", [False, True])
    def test_a_wait_that_ends_goes_on_with_what_was_left(self, desk: Office, *, answered_before: bool) -> None:
        asked(desk)
        if answered_before:
            desk.receive(reply(relays(desk)[0], "It is done."))
            again(desk)
        desk.let_pass(HOUR)
        desk.do(verb="order", ticket=1001, line="#wait carrier until 25 nov", agent="dana")
        desk.let_pass(3 * DAY)
        assert told_at(desk) == [
            "Wed 10:00 1 promised time runs out",
            "Wed 11:12 1 promised time runs out",
            "Wed 12:00 1 promised time runs out: 1 overdue",
        ]

    def test_a_restart_and_a_clock_that_is_set_back_repeat_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.let_pass(3 * HOUR)
        assert len(told_at(desk)) == 1
        desk.now -= 2 * HOUR
        desk.let_pass(2 * HOUR + timedelta(minutes=20))
        assert [one[:9] for one in told_at(desk)] == ["Mon 12:00", "Mon 13:12"]

    def test_replies_to_a_warning_act(self, desk: Office) -> None:
        asked(desk)
        desk.let_pass(2 * HOUR)
        [one] = warnings(desk)
        desk.receive(reply(one, "1 take"))
        assert desk.one("SELECT assignee FROM ticket") == "dana"


class TestBacklog:
    def test_a_backlog_is_told_in_few_mails(self, desk: Office) -> None:
        desk.have_waiting(90, Severity.NORMAL, 4 * HOUR)
        desk.let_pass(2 * DAY)
        mails = [sent for sent in desk.sent if sent.recipient == DANA and "promised" in str(sent.mail["Subject"])]
        assert 3 <= len(mails) <= 20
        assert "90 promised times run out: 25+ overdue" in {str(sent.mail["Subject"]) for sent in mails}

    def test_tickets_that_come_one_by_one_are_told_in_few_mails(self, desk: Office) -> None:
        for _ in range(30):
            desk.have_waiting(1, Severity.NORMAL, 4 * HOUR)
            desk.let_pass(timedelta(minutes=2))
        desk.let_pass(6 * HOUR)
        assert 3 <= len(told_at(desk)) <= 20

    def test_after_an_outage_of_ours_each_ticket_is_told_once(self, desk: Office) -> None:
        for number in range(3):
            asked(
                desk, f"P{number} <p{number}@acme-dental.example>", message_id=f"b{number}@x.y", subject=f"Q {number}"
            )
        desk.now += 5 * HOUR
        desk.let_pass(timedelta(0))
        assert told_at(desk) == ["Mon 15:00 3 promised times run out: 3 overdue"]


class TestOursToGoOnWith:
    """The customer has our answer and waits for none, but was told a day: from it on time runs as if she had asked."""

    def test_once_a_wait_is_over_she_is_to_hear_from_us(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#wait carrier until 2 dec\nWe have sent the papers."))
        desk.let_pass(20 * DAY)
        assert told_at(desk) == [
            "Wed 11:00 1 promised time runs out",
            "Wed 12:12 1 promised time runs out",
            "Wed 13:00 1 promised time runs out: 1 overdue",
        ]
        assert "is to hear from you by 1:00 PM today, 2 hr left · yours" in " ".join(warnings(desk)[0].text.split())
        assert "was to hear from you 0 min ago" in " ".join(warnings(desk)[-1].text.split())

    @pytest.mark.parametrize("words", ["The port is done.", "#close", "#called", "#wait carrier until 20 dec"])
    def test_who_does_so_is_warned_of_nothing(self, desk: Office, words: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#wait carrier until 2 dec\nWe have sent the papers."))
        desk.let_pass(9 * DAY)
        desk.receive(reply(relays(desk)[-1], words))
        desk.let_pass(7 * DAY)
        assert told_at(desk) == []


class TestNotices:
    """In a desk without agents those are told who are told of new tickets."""

    def test_several_at_once_are_one_notice_with_their_numbers(self, tmp_path: Path) -> None:
        with office(tmp_path) as desk:
            for number in range(3):
                asked(desk, f"P{number} <p{number}@acme-dental.example>", message_id=f"b{number}@x.y")
            desk.let_pass(HOUR)
            asked(desk, "Raj <raj@bolt.example>", message_id="r@bolt.example")
            desk.now += 4 * HOUR
            desk.let_pass(timedelta(0))
            [one] = [sent for sent in desk.sent if sent.is_warning]
            assert str(one.mail["Subject"]) == "Several promised times run out"
            text = " ".join(one.text.split())
            assert "answer is over: #1001 (Mon 14:00), #1002 (Mon 14:00), #1003 (Mon 14:00), #1004 (Mon 15:00)." in text
            assert "mailbot tickets --waiting" in one.text
            assert desk.one("SELECT count(*) FROM due WHERE done_at IS NOT NULL") == 12

    def test_one_is_told_by_the_worst_of_it(self, tmp_path: Path) -> None:
        with office(tmp_path) as desk:
            asked(desk)
            desk.now += 5 * HOUR
            desk.let_pass(timedelta(0))
            [one] = [sent for sent in desk.sent if sent.is_warning]
            assert one.text.count("The time promised for") == 1
            assert "The time promised for the answer is over: Mon 14:00." in " ".join(one.text.split())


class TestOtherRules:
    """A change of rules plans all open tickets anew, some at a time, and does nothing by the old plan meanwhile."""

    OVER = "SELECT count(*) FROM due WHERE kind = 'answer' AND share = 100 AND done_at IS NOT NULL"
    SHARES = (((90,), "Mon 13:36"), ((25,), "Mon 13:30"))

    @pytest.fixture
    def desk(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
        """Five wait since 10:00 for an answer by 14:00; no mail has said so when the rules change, at 13:30."""
        monkeypatch.setattr(duetimes, "_AT_ONCE", 2)
        for number in range(5):
            asked(
                desk, f"P{number} <p{number}@acme-dental.example>", message_id=f"b{number}@x.y", subject=f"Q {number}"
            )
            desk.let_pass(timedelta(seconds=5))
        desk.now = OPEN_AT + 3.5 * HOUR
        return desk

    def change(self, desk: Office, shares: tuple[int, ...]) -> None:
        rules = desk.here.desk.rules
        clock = rules.clock.model_copy(update={"warn_at": shares})
        desk.here.desk = replace(desk.here.desk, rules=rules.model_copy(update={"clock": clock}))

    def tick(self, desk: Office) -> None:
        desk.here.database.writer.write(lambda conn: tick(conn, desk.here.desk, desk.now))
        desk.deliver()

    @pytest.mark.parametrize(("shares", "first"), SHARES)
    def test_all_are_planned_some_at_a_time(self, desk: Office, shares: tuple[int, ...], first: str) -> None:
        self.change(desk, shares)
        for planned in (2, 4):
            self.tick(desk)
            by_new = "SELECT count(DISTINCT ticket_id) FROM due WHERE kind = 'answer' AND share = ?"
            assert (desk.one(by_new, shares[0]), told_at(desk)) == (planned, [])
        desk.let_pass(HOUR)
        assert told_at(desk)[0][:9] == first
        assert desk.one(self.OVER) == 5

    def test_rules_that_change_meanwhile_begin_anew(self, desk: Office) -> None:
        before = desk.here.desk
        self.change(desk, (90,))
        self.tick(desk)
        desk.here.desk = before
        desk.let_pass(timedelta(0))
        self.change(desk, (90,))
        self.tick(desk)
        assert desk.one("SELECT count(DISTINCT ticket_id) FROM due WHERE share = 90 AND done_at IS NULL") == 2
        desk.let_pass(timedelta(0))
        assert desk.one("SELECT count(DISTINCT ticket_id) FROM due WHERE share = 90") == 5

    def test_what_changes_meanwhile_is_planned_as_well(self, desk: Office) -> None:
        self.change(desk, (90,))
        self.tick(desk)
        desk.do(verb="close", ticket=1001, reason="done with")
        desk.let_pass(HOUR)
        assert desk.one("SELECT count(*) FROM due WHERE ticket_id = 1001 AND done_at IS NULL") == 0
        assert desk.one(self.OVER) == 4


class TestSolutions:
    def test_the_end_that_was_promised_runs_while_the_customer_waits(self, desk: Office) -> None:
        """High: to be answered within the hour, and solved within 24 hours of business time."""
        asked(desk, text="I cannot make any calls from my phone, it is dead.")
        assert desk.one("SELECT severity FROM ticket") == "high"
        desk.let_pass(30 * timedelta(minutes=1))
        desk.receive(reply(relays(desk)[0], "We look at it."))
        before = datetime.fromisoformat(desk.one("SELECT resolution_due_at FROM ticket"))
        desk.let_pass(2 * DAY)
        assert len(told_at(desk)) == 1, "only of the answer, at its half"
        again(desk, "It is still dead.")
        after = datetime.fromisoformat(desk.one("SELECT resolution_due_at FROM ticket"))
        assert after - before == 2 * DAY, "it stood while we waited for her"
        desk.let_pass(timedelta(0))
        last = [one for one in relays(desk) if "A reply to this mail goes to" in one.text][-1]
        desk.receive(reply(last, "Try the other port."))
        desk.let_pass(10 * DAY)
        assert len(told_at(desk)) == 1

    def test_a_wait_and_a_silence_at_once_move_it_once(self, desk: Office) -> None:
        asked(desk, text="I cannot make any calls from my phone, it is dead.")
        before = datetime.fromisoformat(desk.one("SELECT resolution_due_at FROM ticket"))
        desk.receive(reply(relays(desk)[0], "#wait technician until 4 dec\nSomebody comes by."))
        desk.let_pass(7 * DAY)
        again(desk, "Who comes?")
        after = datetime.fromisoformat(desk.one("SELECT resolution_due_at FROM ticket"))
        assert after - before == 7 * DAY

    def test_its_shares_and_its_end_are_told(self, tmp_path: Path) -> None:
        rules = RULES.replace("[listen]", '[severity.normal]\nresponse = "best effort"\nresolution = "8h"\n[listen]')
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            desk.let_pass(2 * DAY)
            assert [one[:9] for one in told_at(desk)] == ["Mon 14:00", "Mon 16:24", "Tue 09:30"]
            assert "to be solved by" in warnings(desk)[0].text
            assert "to be solved" in warnings(desk)[-1].text


class TestSilence:
    def test_one_reminder_and_then_it_closes_by_itself(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        answered = desk.now
        desk.let_pass(20 * DAY)
        [one] = reminders(desk)
        assert one.at == datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
        assert one.recipient == "jane@acme-dental.example"
        assert one.reverse_path == ""
        assert str(one.mail["Auto-Submitted"]) == "auto-generated"
        assert "You last heard from us on Monday, November 23" in " ".join(one.text.split())
        assert "we consider this settled on Monday, November 30" in " ".join(one.text.split())
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "closed"
        closed_at = datetime.fromisoformat(desk.one("SELECT closed_at FROM ticket"))
        assert closed_at - answered == 7 * DAY

    def test_who_got_a_mail_that_we_began_with_is_told_of_no_answer(self, desk: Office) -> None:
        desk.do(
            verb="new",
            line="#new for jane@acme-dental.example",
            subject="Your number moves",
            text="It moves on Friday.",
            agent="dana",
            confirmed=True,
        )
        desk.let_pass(20 * DAY)
        [one] = reminders(desk)
        assert "You last heard from us on Monday, November 23" in " ".join(one.text.split())
        assert "answered" not in one.text

    def test_whoever_writes_again_is_asked_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        desk.let_pass(2 * DAY)
        again(desk)
        desk.let_pass(10 * DAY)
        assert reminders(desk) == []
        assert desk.one("SELECT state FROM ticket") == "open"

    def test_a_reply_to_the_reminder_joins_the_ticket(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        desk.let_pass(5 * DAY)
        [one] = reminders(desk)
        fields = (f"In-Reply-To: <{one.message_id}>",)
        assert (
            desk.receive(
                mail(JANE, "No, it still hums.", subject="Re: all well", fields=fields, message_id="n@x")
            ).ticket
            == ticket
        )
        desk.let_pass(10 * DAY)
        assert desk.one("SELECT state FROM ticket") == "open"

    def test_it_falls_into_no_night_and_no_holiday(self, tmp_path: Path) -> None:
        rules = RULES.replace("[listen]", '[partner.hours]\nregion = "US"\nclosed = ["2026-11-27"]\n[listen]')
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            desk.receive(reply(relays(desk)[0], "It is done."))
            desk.let_pass(10 * DAY)
            assert [f"{one.at:%d %H:%M}" for one in reminders(desk)] == ["30 14:00"]

    def test_an_answer_that_came_back_is_none(self, desk: Office) -> None:
        asked(desk)
        desk.refusing["jane@acme-dental.example"] = PermanentFailure("550 unknown", 550)
        desk.receive(reply(relays(desk)[0], "It is done."))
        desk.let_pass(10 * DAY)
        assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "open")

    def test_who_may_be_forged_is_asked_nothing(self, desk: Office) -> None:
        ticket = asked(desk, verdict="fail")
        assert "authentication-failed" in desk.one("SELECT flags FROM ticket")
        desk.answer(ticket)
        desk.let_pass(10 * DAY)
        assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "closed")

    def test_what_came_back_from_a_wait_is_ours_to_go_on_with(self, desk: Office) -> None:
        """A port takes weeks: on its day the customer is to hear from us, and not that all is over."""
        ticket = asked(desk)
        desk.receive(reply(relays(desk)[0], "#wait carrier until 14 dec\nWe have sent the papers."))
        desk.let_pass(40 * DAY)
        assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "open")
        desk.answer(ticket)
        desk.let_pass(12 * DAY)
        assert (len(reminders(desk)), desk.one("SELECT state FROM ticket")) == (1, "closed")

    def test_what_one_of_us_opened_again_stays_open(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(reply(relays(desk)[0], "#close\nIt is done."))
        desk.let_pass(10 * DAY)
        desk.do(verb="reopen", ticket=ticket)
        desk.let_pass(20 * DAY)
        assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "open")

    def test_no_reminder_goes_to_a_ticket_that_is_closed(self, tmp_path: Path) -> None:
        rules = RULES.replace("[listen]", '[clock]\nremind_after = "25h"\nclose_after = "24h"\n[listen]')
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            desk.receive(reply(relays(desk)[0], "It is done."))
            desk.now += 2 * DAY
            desk.let_pass(timedelta(0))
            assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "closed")

    def test_never_is_never(self, tmp_path: Path) -> None:
        rules = RULES.replace("[listen]", '[clock]\nremind_after = "0s"\nclose_after = "0s"\n[listen]')
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            desk.receive(reply(relays(desk)[0], "It is done."))
            desk.let_pass(30 * DAY)
            assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "open")

    def test_what_is_long_settled_is_closed_without_a_mail(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        desk.now += 30 * DAY
        desk.let_pass(timedelta(0))
        assert (reminders(desk), desk.one("SELECT state FROM ticket")) == ([], "closed")

    def test_one_address_gets_no_more_in_a_day_than_of_other_automatic_mail(self, desk: Office) -> None:
        for number in range(5):
            asked(desk, message_id=f"m{number}@acme-dental.example", subject=f"Question {number}")
        for number in range(5):
            desk.answer(1001 + number)
        desk.let_pass(DAY * 4 + timedelta(hours=1))
        assert len(reminders(desk)) == 3
        desk.let_pass(DAY)
        assert len(reminders(desk)) == 5

    def test_what_a_lost_log_may_have_sent_goes_no_second_time(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now + 5 * DAY)
        desk.let_pass(6 * DAY)
        assert reminders(desk) == []

    def test_a_hold_holds_it(self, tmp_path: Path) -> None:
        rules = RULES.replace("[listen]", '[answers]\noutgoing = "hold"\n[listen]')
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            desk.receive(reply(relays(desk)[0], "It is done."))
            desk.let_pass(5 * DAY)
            assert reminders(desk) == []
            assert desk.one("SELECT state FROM outbox WHERE kind = 'reminder'") == "held"


class TestTerms:
    def test_a_tenant_may_be_promised_otherwise(self, tmp_path: Path) -> None:
        rules = RULES.replace('id = "acme"\n', 'id = "acme"\nseverity.normal.response = "1h"\n')
        with office(tmp_path, rules=rules + TEAM) as desk:
            asked(desk)
            other = asked(desk, "Raj <raj@bolt.example>", message_id="r1@bolt.example")
            due = dict(desk.rows("SELECT id, response_due_at FROM ticket"))
            assert datetime.fromisoformat(due[other - 1]) - OPEN_AT == HOUR
            assert datetime.fromisoformat(due[other]) - OPEN_AT == 4 * HOUR
            assert "11:00" in " ".join(next(one.text for one in desk.answers).split())


def test_without_agents_those_who_are_told_hear_of_it(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        asked(desk)
        desk.let_pass(5 * HOUR)
        told = [str(sent.mail["Subject"]) for sent in desk.sent if "promised a time" in str(sent.mail["Subject"])]
        assert len(told) == 3
        assert to_customer(desk) == []


def test_rules_that_change_count_for_what_is_open(desk: Office) -> None:
    asked(desk)
    desk.let_pass(HOUR)
    changed = rules_of(RULES + TEAM + "[clock]\nwarn_at = [30]\n")
    desk.here.desk = replace(desk.here.desk, rules=changed)
    desk.let_pass(HOUR)
    assert told_at(desk) == ["Mon 11:12 1 promised time runs out"]


def test_planned_anew_nothing_done_is_done_again(desk: Office) -> None:
    ticket = asked(desk)
    desk.let_pass(2 * HOUR + timedelta(minutes=20))
    desk.here.database.writer.write(
        lambda conn: changes.remark(conn, ticket, author="mailbot", reason="looked at", now=desk.now)
    )
    desk.let_pass(timedelta(minutes=30))
    assert len(told_at(desk)) == 1
