"""What a reply says: thanks that end a ticket, a new topic in an old thread, and quotations that nothing gives away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.deciding.effects import JoinTicket, OpenTicket
from mailbot.desk.process import Processed
from tests.service.office import Office, mail, office

JANE = "Jane Park <jane@acme-dental.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path / "desk") as here:
        here.receive(mail(JANE, "How do I add an extension?", message_id="first@acme-dental.example"))
        yield here


def reply(desk: Office, text: str, subject: str = "Re: We have your message") -> Processed:
    """Let Jane reply to our answer."""
    number = desk.one("SELECT count(*) FROM arrival")
    fields = (f"In-Reply-To: <{desk.answers[0].message_id}>",)
    raw = mail(JANE, text, subject=subject, message_id=f"{number}@acme-dental.example", fields=fields)
    return desk.receive(raw)


def close(desk: Office) -> None:
    desk.do(verb="close", ticket=1001, author="bob", reason="done")


def state(desk: Office) -> str:
    return str(desk.one("SELECT state FROM ticket WHERE id = 1001"))


THANKS = "Perfect, thanks a lot!\n\nJane"


def test_thanks_close_a_ticket_that_one_of_us_answered_and_our_people_hear_of_it(desk: Office) -> None:
    desk.answer(1001)
    assert isinstance(reply(desk, THANKS).decision.place, JoinTicket)
    assert state(desk) == "closed"
    desk.let_pass(timedelta(minutes=5))
    assert "says thank you" in desk.notices[-1].text
    assert "mailbot reopen 1001" in desk.notices[-1].text
    assert len(desk.answers) == 1


def test_nobody_answered_yet_so_it_stays_open(desk: Office) -> None:
    reply(desk, THANKS)
    assert state(desk) == "open"


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=30)])
def test_thanks_never_open_anything(desk: Office, later: timedelta) -> None:
    close(desk)
    desk.let_pass(later)
    done = reply(desk, THANKS)
    assert done.ticket == 1001
    assert state(desk) == "closed"
    assert desk.one("SELECT count(*) FROM ticket") == 1
    assert desk.one("SELECT count(*) FROM entry WHERE kind = 'customer' AND ticket_id = 1001") == 2
    assert len(desk.answers) == 1


@pytest.mark.parametrize("text", ["Thanks, but it still does not ring.", "Thanks. All phones are down!", "Thanks?"])
def test_more_than_thanks_opens_it_again(desk: Office, text: str) -> None:
    close(desk)
    reply(desk, text)
    assert state(desk) == "open"


def test_a_colleague_s_thanks_close_nothing(desk: Office) -> None:
    desk.answer(1001)
    fields = (f"In-Reply-To: <{desk.answers[0].message_id}>",)
    desk.receive(mail("tom@acme-dental.example", "Thanks!", message_id="t@acme-dental.example", fields=fields))
    assert state(desk) == "open"


def test_a_request_in_the_subject_is_no_thanks(desk: Office) -> None:
    desk.answer(1001)
    reply(desk, "Thanks, Jane", "Please port 212 555 0199 to us by Friday")
    assert state(desk) == "open"


def test_unproven_thanks_close_nothing(desk: Office) -> None:
    desk.answer(1001)
    fields = (f"In-Reply-To: <{desk.answers[0].message_id}>",)
    desk.receive(mail(JANE, "Thanks!", verdict="", message_id="t@acme-dental.example", fields=fields))
    assert state(desk) == "open"


def test_what_stands_below_an_unmarked_quotation_counts(desk: Office) -> None:
    quoted = desk.answers[0].text
    done = reply(desk, f"Thanks\n\n{quoted}\nAll our phones are down now, nobody can call us.")
    assert desk.one("SELECT severity FROM ticket WHERE id = ?", done.ticket) == "critical"


def test_nobody_learns_what_a_ticket_holds(desk: Office) -> None:
    """A stranger who guesses words of it, below a Message-ID of it, is decided on as if it were not there."""
    secret = "All our phones are down since nine this morning, nobody can call in or out of the building."
    desk.receive(mail(JANE, secret, subject="Dead", message_id="secret@acme-dental.example"))
    guess = mail(
        "mallory@elsewhere.example",
        f"Hello.\n\nJane wrote:\n\n{secret}\n",
        message_id="guess@elsewhere.example",
        fields=("In-Reply-To: <secret@acme-dental.example>",),
    )
    done = desk.receive(guess)
    assert isinstance(done.decision.place, OpenTicket)
    assert secret.split()[3] in desk.one("SELECT coalesce(reply_text, text) FROM entry WHERE id = ?", done.entry)


class TestSubject:
    """A reply's subject repeats what was said before, unless nobody said it here."""

    def test_an_outage_written_into_it_counts(self, desk: Office) -> None:
        desk.answer(1001)
        reply(desk, "Thanks!", "Re: We have your message - NOW ALL PHONES ARE DOWN")
        assert state(desk) == "open"
        assert desk.one("SELECT severity FROM ticket") == "critical"
        desk.let_pass(timedelta(minutes=5))
        desk.do(verb="set", ticket=1001, author="bob", severity="normal")
        reply(desk, "Any news?", "AW: Re: We have your message - now all phones are down")
        assert desk.one("SELECT severity FROM ticket") == "normal", "it was said before"

    @pytest.mark.parametrize(
        ("text", "severity"), [("Adding our support, please help.", "critical"), ("It works again, thanks.", "normal")]
    )
    def test_who_answers_a_colleague_with_us_in_copy_begins_a_conversation(
        self, desk: Office, text: str, severity: str
    ) -> None:
        quoted = "On Mon, 23 Nov 2026 at 09:50, Tom <tom@acme-dental.example> wrote:\n> What do we do?"
        fields = ("In-Reply-To: <between-us@acme-dental.example>",)
        raw = mail(JANE, f"{text}\n\n{quoted}", subject="RE: All phones down", message_id="in-copy@x", fields=fields)
        opened = desk.receive(raw).ticket
        assert opened != 1001
        assert desk.one("SELECT severity FROM ticket WHERE id = ?", opened) == severity

    def test_that_of_an_old_ticket_was_said_before(self, tmp_path: Path) -> None:
        with office(tmp_path / "other") as desk:
            desk.receive(mail(JANE, "Help!", subject="All phones down", message_id="first@acme-dental.example"))
            close(desk)
            desk.let_pass(timedelta(days=30))
            late = reply(desk, "Will you credit us for it?", "Re: All phones down")
            assert late.ticket == 1002
            assert desk.one("SELECT severity FROM ticket WHERE id = 1002") == "normal"


class TestNewTopic:
    """A mail that continues a closed ticket by its ids only."""

    def test_with_a_subject_of_its_own_it_is_a_ticket_of_its_own(self, desk: Office) -> None:
        close(desk)
        done = reply(desk, "Please port our number 212 555 0142.", "Porting a number")
        assert isinstance(done.decision.place, OpenTicket)
        assert desk.rows("SELECT subject, linked_to FROM ticket WHERE id = ?", done.ticket) == [
            ("Porting a number", 1001)
        ]
        assert state(desk) == "closed"
        assert desk.answers[-1].recipient == "jane@acme-dental.example"
        assert len(desk.answers) == 2

    @pytest.mark.parametrize(
        ("text", "subject"),
        [
            ("And how do I remove it?", "Re: We have your message"),
            ("And how do I remove it?", "AW: A question"),
            ("And how do I remove it?", "A question"),
            ("And this?\n\n> Thank you for writing to us.\n", "Another thing"),
        ],
    )
    def test_what_looks_like_a_reply_goes_on(self, desk: Office, text: str, subject: str) -> None:
        close(desk)
        assert reply(desk, text, subject).ticket == 1001
        assert state(desk) == "open"

    def test_an_open_ticket_takes_it(self, desk: Office) -> None:
        assert reply(desk, "Please port our number.", "Porting a number").ticket == 1001


def test_an_unmarked_quotation_in_any_language_is_no_new_text(desk: Office) -> None:
    """A program in a language that nobody here speaks quotes our answer without a mark."""
    head = "Harbor Voice <support@harborvoice.example> \u015funlar\u0131 yazd\u0131 (23 Kas 2026 Pzt 10:02):"
    number = reply(desk, f"Yes, please.\n\n{head}\n\n{desk.answers[0].text}").entry
    [(new, whole)] = desk.rows("SELECT reply_text, text FROM entry WHERE id = ?", number)
    assert new == "Yes, please."
    assert "Thank you for writing to us." in whole


def test_what_was_said_before_raises_nothing(tmp_path: Path) -> None:
    """An outage that is over, and whose mail comes back unmarked below a new question, is no new one."""
    with office(tmp_path / "desk") as desk:
        outage = "All our phones are dead since nine this morning, nobody can call in or out of the building."
        desk.receive(mail(JANE, outage, message_id="first@acme-dental.example"))
        desk.do(verb="set", ticket=1001, author="bob", reason="over", severity="normal")
        assert desk.one("SELECT severity FROM ticket") == "normal"
        head = "Jane Park \u015funlar\u0131 yazd\u0131 (23 Kas 2026 Pzt 10:02):"
        reply(desk, f"How do I change the greeting?\n\n{head}\n\n{outage}\n")
        assert desk.one("SELECT severity FROM ticket") == "normal"
