"""What agents do to a ticket by a line of mail: done, refused or asked back, all of a mail or nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.desk.refusing import RefusedError
from tests.servers.commands import run
from tests.service.office import OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, JANE, asked, relays, reply, to_customer

BOB = "bob@harborvoice.example"
RAJ = "Raj Patel <raj@bolt.example>"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
[[agent]]
id = "cleo"
name = "Cleo Park"
addresses = ["cleo@harborvoice.example"]
tenants = ["bolt"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def write(desk: Office, text: str, *, agent: str = DANA, **more: Any) -> None:
    """Have an agent reply to the newest message that was handed on to him."""
    handed_on = [one for one in relays(desk, agent) if "A reply to this mail goes to" in one.text]
    written = reply(handed_on[-1], text, sender=agent, **more)
    desk.receive(written.replace(b"<reply-", f"<reply-{desk.now:%H%M}-".encode(), 1))
    desk.now += timedelta(minutes=1)


def told(desk: Office, subject: str, agent: str = DANA) -> list[Sent]:
    """Return what an agent got under that subject."""
    return [sent for sent in relays(desk, agent) if subject in str(sent.mail["Subject"])]


def confirm(desk: Office, question: Sent, agent: str = DANA) -> None:
    """Have the agent say yes to what he was asked, and let his mail go."""
    fields = (f"In-Reply-To: <{question.message_id}>",)
    desk.receive(mail(agent, "Yes", subject=f"Re: {question.mail['Subject']}", fields=fields))
    desk.processor.step()
    desk.deliver()


def words(sent: Sent) -> str:
    """Return a mail's text on one line."""
    return " ".join(sent.text.split())


def column(desk: Office, name: str, ticket: int) -> Any:
    return desk.one(f"SELECT {name} FROM ticket WHERE id = ?", ticket)  # noqa: S608 - of the tests' own


class TestWhose:
    @pytest.mark.parametrize("command", ["#take", "#assign dana"])
    def test_who_takes_it_himself_hears_nothing(self, desk: Office, command: str) -> None:
        ticket = asked(desk)
        before = len(desk.sent)
        write(desk, command)
        desk.let_pass(timedelta(minutes=5))
        assert column(desk, "assignee", ticket) == "dana"
        assert len(desk.sent) == before

    @pytest.mark.parametrize("by_mail", [True, False])
    def test_to_whom_it_is_given_gets_the_message_anew_as_his(self, desk: Office, *, by_mail: bool) -> None:
        ticket = asked(desk)
        before = len(desk.sent)
        if by_mail:
            write(desk, "#assign bob")
        else:
            desk.do(verb="order", ticket=ticket, line="#assign bob", author="root")
        desk.let_pass(timedelta(minutes=5))
        assert column(desk, "assignee", ticket) == "bob"
        [sent] = desk.sent[before:]
        assert sent.recipient == BOB
        assert "A reply to this mail goes to Jane Roe" in words(sent)
        assert "Taken by: Bob Lind" in words(sent)

    @pytest.mark.parametrize("answer", ["Hello Jane, see Settings.", "#called she knows"])
    def test_it_says_who_answered_it(self, desk: Office, answer: str) -> None:
        asked(desk)
        write(desk, answer)
        write(desk, "#assign bob")
        desk.let_pass(timedelta(minutes=5))
        brought = [sent for sent in relays(desk, BOB) if sent.text.startswith("A reply to this mail goes to")][-1]
        how = ", by phone" if "#called" in answer else ""
        assert f"Answered: Dana Ortiz{how}, Mon, Nov 23, 10:00 AM" in words(brought)

    def test_a_call_that_was_taken_back_is_no_answer_there(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#called she knows")
        write(desk, "#undo")
        write(desk, "#assign bob")
        desk.let_pass(timedelta(minutes=5))
        brought = [sent for sent in relays(desk, BOB) if sent.text.startswith("A reply to this mail goes to")][-1]
        assert "Answered:" not in brought.text

    def test_who_is_still_to_get_it_gets_it_once_in_his_hours(self, tmp_path: Path) -> None:
        rules = RULES + TEAM.replace(f'"{BOB}"]', f'"{BOB}"]\nhours = {{ week = {{ tue = ["09:00-17:00"] }} }}')
        with office(tmp_path, rules=rules) as desk:
            ticket = asked(desk)
            desk.do(verb="order", ticket=ticket, line="#assign bob", author="root")
            desk.let_pass(timedelta(hours=12))
            assert relays(desk, BOB) == []
            desk.let_pass(timedelta(days=2))
            [sent] = relays(desk, BOB)
            assert (sent.at.weekday(), sent.at.hour) == (1, 14)

    def test_a_closed_one_brings_nothing(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="close", ticket=ticket)
        before = len(desk.sent)
        desk.do(verb="order", ticket=ticket, line="#assign bob", author="root")
        desk.let_pass(timedelta(minutes=5))
        assert len(desk.sent) == before

    def test_nobody_gets_what_he_may_not_see(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#assign cleo\nMy colleague will write to you.")
        [refused] = told(desk, "Not done")
        assert "Cleo Park gets no mail of Acme Dental" in words(refused)
        assert (column(desk, "assignee", ticket), to_customer(desk)) == ("", [])

    def test_nor_changes_it(self, desk: Office) -> None:
        ticket = asked(desk)
        with pytest.raises(RefusedError, match="is not Cleo Park's to change"):
            desk.do(verb="close", ticket=ticket, agent="cleo")
        assert column(desk, "state", ticket) == "open"

    def test_the_playbook_is_said_by_a_word(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#playbook register")
        assert column(desk, "playbook", ticket) == "phone_registration"

    def test_what_is_refused_undoes_what_stood_above_it(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#severity high\n#close\n#assign cleo\nBye!")
        assert column(desk, "severity || state || assignee", ticket) == "normalopen"
        assert to_customer(desk) == []


class TestACall:
    """The ticket was opened on Monday at 10:00 on the agent's clock."""

    @pytest.mark.parametrize(("time", "read"), [("02:25", "Mon, Nov 23, 2:25 AM"), ("02:25pm", "Sun, Nov 22, 2:25 PM")])
    @pytest.mark.parametrize("by_mail", [True, False])
    def test_one_from_before_the_customer_wrote_is_refused(
        self, desk: Office, time: str, read: str, *, by_mail: bool
    ) -> None:
        ticket = asked(desk)
        said = f"#{ticket} was opened on Mon, Nov 23, 10:00 AM; the call must be later"
        if by_mail:
            write(desk, f"#called {time} we spoke")
            [refused] = told(desk, "Not done")
            assert said in words(refused)
            assert read in words(refused)
        else:
            with pytest.raises(RefusedError, match=said.replace(" AM", "\xa0AM")):
                desk.do(verb="order", ticket=ticket, line=f"#called {time} we spoke", agent="dana")
        assert column(desk, "first_response_at", ticket) is None

    def test_one_in_the_minute_in_which_it_was_opened_is_an_answer(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=OPEN_AT + timedelta(seconds=40)) as desk:
            ticket = asked(desk)
            write(desk, "#called 10:00 we spoke")
            assert datetime.fromisoformat(column(desk, "first_response_at", ticket)) == OPEN_AT + timedelta(seconds=40)


def test_instants_of_commands_are_told_as_others_are(desk: Office) -> None:
    ticket = asked(desk)
    write(desk, "#mute 3d")
    shown = run(desk.log.parents[1], "show", str(ticket)).out
    assert "#mute until Thu 26 Nov 10:00" in " ".join(shown.split())
    write(desk, "#why")
    [done] = told(desk, "Why")
    assert "#mute until Thu, Nov 26, 10:00 AM" in words(done)


def test_what_came_late_says_so_beside_when_it_came(desk: Office) -> None:
    ticket = asked(desk, replaces={"Date": "Mon, 23 Nov 2026 06:58:00 -0500"})
    desk.let_pass(timedelta(hours=3))
    write(desk, "#called 10:30 we spoke")
    shown = " ".join(run(desk.log.parents[1], "show", str(ticket)).out.split())
    assert "Mon 23 Nov 10:00 customer jane@acme-dental.example" in shown
    assert "it came 3 hours after it was written" in shown
    assert "Mon 23 Nov 10:30 (in the log since Mon 23 Nov 13:00) agent dana" in shown
    write(desk, "#why")
    [done] = told(desk, "Why")
    assert "It came 3 hours after it was written." in words(done)
    assert "Dana Ortiz answered: we spoke - 1:00 PM Dana Ortiz has it: answered first" in words(done)


def test_why_is_told_in_words_for_a_telephone(desk: Office) -> None:
    ticket = asked(desk, text="There is no dial tone on any phone.")
    desk.do(verb="set", ticket=ticket, severity="high", author="jdoe")
    write(desk, "#take\n#wait carrier until 2 dec\nWe look into it.")
    write(desk, "#note the router is old")
    write(desk, "#mute 3d")
    desk.let_pass(timedelta(days=1))
    write(desk, "#why")
    [done] = told(desk, "Why")
    monday = words(done).partition("Mon, Nov 23")[2].partition("Tue, Nov 24")[0]
    wrote, *then = [" ".join(line.split()) for line in re.split(r"\s- (?=\d+:\d\d )", monday)[1:]]
    assert wrote == (
        "10:00 AM Jane Roe (jane@acme-dental.example) wrote: A question"
        " Its sender is proven (dmarc=pass for acme-dental.example). jane@acme-dental.example belongs to Acme Dental."
        ' Taken for critical because it says "no dial tone on any phone" (rule plainly-down).'
        " It was answered by itself (a new ticket in opening hours: that we have it, and by when we answer)."
    )
    assert then == [
        "10:00 AM Somebody at the server: severity is now high",
        "10:00 AM Dana Ortiz answered: We look into it.",
        "10:00 AM Dana Ortiz: #take",
        "10:00 AM Dana Ortiz: #wait carrier until Wed, Dec 2",
        "10:00 AM The receipt to jane@acme-dental.example left",
        "10:00 AM A notice to team@harborvoice.example left",
        "10:00 AM The customer's message to Dana Ortiz and Bob Lind left",
        "10:00 AM The answer to jane@acme-dental.example left",
        "10:01 AM Dana Ortiz noted: the router is old",
        "10:02 AM Dana Ortiz: #mute until Thu, Nov 26, 10:02 AM",
        "10:03 AM News of the answer to Bob Lind left",
    ]
    body = done.mail.get_body(("html",))
    assert body is not None
    assert "Taken for critical because it says" in body.get_content()


@pytest.mark.parametrize(
    ("line", "title"), [("#help", "What you can write"), ("#why", "Why"), ("#note one\ntwo", "Kept as a note")]
)
def test_an_answer_to_what_is_told_of_a_ticket_is_a_note_there(desk: Office, line: str, title: str) -> None:
    ticket = asked(desk)
    write(desk, line)
    [said] = told(desk, title)
    desk.receive(reply(said, "The router is the old one.", sender=DANA))
    [kept] = desk.rows("SELECT ticket_id, kind FROM entry WHERE text LIKE '%old one%'")
    assert tuple(kept) == (ticket, "note")
    assert to_customer(desk) == []


class TestSeverity:
    HOUR = timedelta(hours=1)

    @pytest.fixture
    def ticket(self, desk: Office) -> int:
        """Return a ticket that Dana answered after an hour."""
        ticket = asked(desk)
        desk.let_pass(self.HOUR)
        write(desk, "Hello Jane, see Settings.")
        assert self.due(desk, ticket) == OPEN_AT + 4 * self.HOUR
        return ticket

    @staticmethod
    def due(desk: Office, ticket: int, of: str = "response") -> datetime:
        return datetime.fromisoformat(column(desk, f"{of}_due_at", ticket))

    @staticmethod
    def asks_again(desk: Office) -> datetime:
        fields = ("In-Reply-To: <q1@acme-dental.example>",)
        desk.receive(
            mail(JANE, "It does not help.", subject="Re: A question", message_id="q2@a.example", fields=fields)
        )
        return desk.now

    def test_after_the_answer_nothing_is_promised_but_the_end(self, desk: Office, ticket: int) -> None:
        write(desk, "#severity critical")
        assert self.due(desk, ticket) == OPEN_AT + 4 * self.HOUR, "what was promised when she got it"
        assert self.due(desk, ticket, "resolution") == OPEN_AT + 4 * self.HOUR

    def test_who_asks_again_is_promised_an_answer_from_then_on(self, desk: Office, ticket: int) -> None:
        desk.let_pass(self.HOUR)
        again = self.asks_again(desk)
        desk.let_pass(timedelta(minutes=5))
        write(desk, "#severity critical")
        assert self.due(desk, ticket) == again + timedelta(minutes=15)

    @pytest.mark.usefixtures("ticket")
    def test_that_is_told_in_lists_until_it_is_taken_back(self, desk: Office) -> None:
        desk.let_pass(self.HOUR)
        self.asks_again(desk)
        desk.let_pass(timedelta(0))
        assert "Answer by" not in relays(desk)[-1].text
        write(desk, "#severity high")
        write(desk, "#mine")
        assert re.search(r"answer by 1:0\d PM today, 59 min left", words(told(desk, "yours")[-1]))
        write(desk, "#undo")
        write(desk, "#mine")
        assert re.search(r"answer by 4:0\d PM today, 3 hr 5\d min left", words(told(desk, "yours")[-1])), (
            "as for normal"
        )

    @pytest.mark.usefixtures("ticket")
    def test_words_that_raise_it_are_handed_on_with_their_promise(self, desk: Office) -> None:
        desk.let_pass(self.HOUR)
        fields = ("In-Reply-To: <q1@acme-dental.example>",)
        raw = mail(JANE, "All phones are down!", subject="Re: A question", message_id="q2@a.example", fields=fields)
        desk.receive(raw)
        desk.let_pass(timedelta(0))
        assert "Answer by: Mon, Nov 23, 12:16 PM, 15 min left" in words(relays(desk)[-1])

    def test_a_wait_before_that_moves_nothing(self, desk: Office, ticket: int) -> None:
        write(desk, "#wait carrier until 25 nov")
        desk.let_pass(self.HOUR)
        again = self.asks_again(desk)
        write(desk, "#severity high")
        assert self.due(desk, ticket) == again + self.HOUR

    def test_another_customers_ticket_that_is_merged_into_it_waits_since_it_was_opened(
        self, desk: Office, ticket: int
    ) -> None:
        desk.let_pass(self.HOUR)
        asked_at = desk.now
        down = desk.receive(mail(JANE, "All phones are down.", subject="Phones", message_id="q3@a.example")).ticket
        desk.let_pass(timedelta(minutes=5))
        desk.do(verb="merge", ticket=down, into=ticket, author="jdoe")
        assert self.due(desk, ticket) == asked_at + timedelta(minutes=15)


class TestAnotherCustomer:
    def test_nobodys_ticket_needs_no_question(self, desk: Office) -> None:
        ticket = asked(desk, "Someone <someone@elsewhere.example>", message_id="q7@elsewhere.example")
        write(desk, "#tenant acme")
        assert column(desk, "tenant", ticket) == "acme"
        assert told(desk, "Please confirm") == []

    def test_a_change_of_customer_is_asked_back_by_both_names(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#tenant bolt\n#severity high\nWe look into it.")
        [question] = told(desk, "Please confirm")
        assert f"make #{ticket} a ticket of Bolt Logistics (now Acme Dental)" in words(question)
        assert (column(desk, "tenant || severity", ticket), to_customer(desk)) == ("acmenormal", [])
        confirm(desk, question)
        assert column(desk, "tenant || severity", ticket) == "bolthigh"
        assert "We look into it." in to_customer(desk)[0].text

    def test_what_a_yes_does_beside_is_told_with_its_instant_in_words(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#tenant bolt\n#mute 3d")
        [question] = told(desk, "Please confirm")
        assert "- #mute: send you nothing more of it until Thu, Nov 26, 10:00 AM" in words(question)

    def test_an_agent_makes_it_no_tenants_that_is_not_his(self, desk: Office) -> None:
        ticket = asked(desk, RAJ, message_id="q8@bolt.example")
        write(desk, "#tenant acme", agent="cleo@harborvoice.example")
        assert column(desk, "tenant", ticket) == "bolt"
        with pytest.raises(RefusedError, match="no tenant has the id"):
            desk.do(verb="set", ticket=ticket, tenant="acme", agent="cleo", confirmed=True)

    def test_on_the_command_line_it_wants_a_yes_as_well(self, desk: Office) -> None:
        ticket = asked(desk)
        with pytest.raises(RefusedError, match=r"now Acme Dental.*--yes"):
            desk.do(verb="set", ticket=ticket, tenant="bolt")
        desk.do(verb="set", ticket=ticket, tenant="bolt", confirmed=True)
        assert column(desk, "tenant", ticket) == "bolt"


class TestTyped:
    def test_the_words_of_a_mail_do_the_same_on_the_command_line(self, desk: Office) -> None:
        ticket = asked(desk)
        assert "Bob Lind has" in desk.do(verb="order", ticket=ticket, line="#assign bob", author="root")
        desk.do(verb="order", ticket=ticket, line="#playbook register", agent="dana")
        desk.do(verb="order", ticket=ticket, line="#wait carrier until 2 dec")
        assert column(desk, "playbook || waits_for", ticket) == "phone_registrationcarrier"
        desk.deliver()
        assert any("waiting for the carrier" in words(sent) for sent in desk.answers)
        assert "you get no customers' mail until" in desk.do(verb="order", line="#away until mon", agent="dana")
        assert "your call counts" in desk.do(verb="order", ticket=ticket, line="#called she knows", agent="dana")

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("#assign bop", "did you mean bob"),
            ("#wait carrier until smarch", "no day"),
            ("#take", "say whose it is to be"),
            ("#help", "by mail only"),
            ("close it", "by mail only"),
        ],
    )
    def test_what_cannot_be_done_is_said_in_words(self, desk: Office, line: str, said: str) -> None:
        ticket = asked(desk)
        with pytest.raises(RefusedError, match=said.replace(" AM", "\xa0AM")):
            desk.do(verb="order", ticket=ticket, line=line)

    def test_in_an_agents_name_counts_what_is_his(self, desk: Office) -> None:
        ticket = asked(desk)
        with pytest.raises(RefusedError, match="no agent has the id"):
            desk.do(verb="close", ticket=ticket, agent="dora")
        with pytest.raises(RefusedError, match="--yes"):
            desk.do(verb="order", ticket=ticket, line="#tenant bolt", agent="dana")
        with pytest.raises(RefusedError, match="is no tenant"):
            desk.do(verb="order", ticket=ticket, line="#tenant acme", agent="cleo")


class TestWhatHeHears:
    @pytest.mark.parametrize("text", ["#note she likes it\nHello Jane,\nit works.", "#called\nShe knows.\nBye"])
    def test_more_than_a_line_that_was_kept_is_told_in_one(self, desk: Office, text: str) -> None:
        asked(desk)
        write(desk, text)
        [kept] = told(desk, "Kept as a note")
        assert "the customer got nothing of it" in words(kept)
        assert to_customer(desk) == []

    @pytest.mark.parametrize("text", ["#note she likes to be called", "#called she knows", "#close", "#mute 1d"])
    def test_what_needs_no_word_gets_none(self, desk: Office, text: str) -> None:
        asked(desk)
        before = len(relays(desk))
        write(desk, text)
        assert len(relays(desk)) == before

    def test_a_colleague_who_is_away_is_named_so(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="order", line="#away until fri", agent="bob")
        write(desk, "#assign bob")
        [done] = told(desk, "What was done")
        assert f"Bob Lind has #{ticket}, and gets no mail of it until Fri, Nov 27" in words(done)
