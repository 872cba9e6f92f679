"""Agents are asked back about what is not proven or dangerous; their word decides, and nothing is lost meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mailbot.store import team
from tests.service.office import RULES, Office, Sent, mail, office
from tests.service.test_relays import ANSWER, DANA, TEAM, asked, questions, relays, reply, to_customer

BOB = "bob@harborvoice.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def say(desk: Office, question: Sent, text: str, *, sender: str = f"Dana <{DANA}>", verdict: str = "pass") -> None:
    """Have an agent answer a question, and what waits be decided anew."""
    quoted = "\n".join(f"> {line}".rstrip() for line in question.text.splitlines())
    raw = mail(
        sender,
        f"{text}\n\nOn Mon, Nov 23, 2026 at 10:00 AM Harbor Voice <support@harborvoice.example> wrote:\n{quoted}\n",
        subject=f"Re: {question.mail['Subject']}",
        verdict=verdict,
        message_id=f"said-{len(desk.sent)}-{abs(hash(text)):x}@phone.example",
        fields=(f"In-Reply-To: <{question.message_id}>",),
    )
    desk.receive(raw)
    desk.processor.step()
    desk.deliver()


def waiting(desk: Office) -> int:
    count: int = desk.one("SELECT count(*) FROM arrival WHERE state = 'quarantined' AND cause = 'unconfirmed'")
    return count


class TestTheQuestion:
    def test_it_names_its_ticket_and_what_a_yes_does(self, desk: Office) -> None:
        ticket = asked(desk, subject="Hold music")
        desk.receive(reply(relays(desk)[0], f"#close\n{ANSWER}", verdict=""))
        [question] = questions(desk)
        assert str(question.mail["Subject"]) == f"[{ticket}] Did you write this? – Hold music"
        text = " ".join(question.text.split())
        assert "Jane Roe (jane@acme-dental.example) at Acme Dental" in text
        assert "#close: close the ticket" in text
        assert "your words go to jane@acme-dental.example" in text
        assert "Settings, Sounds" in text

    @pytest.mark.parametrize(("begins", "left"), [("yes", 1), ("no", 0)])
    def test_its_links_begin_the_answer(self, desk: Office, begins: str, left: int) -> None:
        """A mail that a link begins refers to no mail of ours."""
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [question] = questions(desk)
        page = question.mail.get_body(("html",))
        assert page is not None
        links = [part.partition('"')[0] for part in page.get_content().replace("&amp;", "&").split('href="')[1:]]
        [link] = [one for one in links if f"body={begins}" in one]
        parts = parse_qs(urlsplit(link).query)
        desk.receive(
            mail(f"Dana <{DANA}>", parts["body"][0], subject=parts["subject"][0]), to=unquote(urlsplit(link).path)
        )
        desk.processor.step()
        desk.deliver()
        assert len(to_customer(desk)) == left
        assert waiting(desk) == 0


class TestAnswersToAQuestion:
    def test_no_drops_it(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [question] = questions(desk)
        say(desk, question, "No, thanks")
        assert waiting(desk) == 0
        say(desk, question, "yes")
        assert to_customer(desk) == []
        [late] = [sent for sent in desk.sent if "was not sent" in str(sent.mail["Subject"])]
        assert "done with before" in late.text

    def test_a_text_written_anew_is_shown_back_and_sent_on_yes(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [first] = questions(desk)
        say(desk, first, "Hello Jane,\n\nit is under Settings, Music.")
        assert to_customer(desk) == []
        [_, again] = questions(desk)
        assert "Settings, Music" in again.text
        say(desk, again, "yes")
        [answer] = to_customer(desk)
        assert answer.text.split() == ["Hello", "Jane,", "it", "is", "under", "Settings,", "Music."]
        assert waiting(desk) == 0

    def test_a_text_about_a_ticket_that_became_another_agent_s_goes_nowhere(self, tmp_path: Path) -> None:
        limited = TEAM.replace('"dana.ortiz@mailbox.example"]', '"dana.ortiz@mailbox.example"]\ntenants = ["acme"]')
        with office(tmp_path, rules=RULES + limited) as desk:
            asked(desk)
            desk.receive(reply(relays(desk)[0], verdict=""))
            [first] = questions(desk)
            desk.do(verb="set", ticket=1001, tenant="bolt", confirmed=True)
            say(desk, first, "Hello Jane,\n\nit is under Settings, Music.")
            assert (to_customer(desk), questions(desk)) == ([], [first])

    def test_words_that_begin_with_yes_are_shown_back(self, desk: Office) -> None:
        """They are meant for the customer, and the ones that wait are others."""
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [first] = questions(desk)
        say(desk, first, "Yes, Jane, that works as well.")
        assert to_customer(desk) == []
        assert "that works as well" in questions(desk)[-1].text

    def test_what_was_meant_for_commands_can_be_written_again(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], f"#colse\n{ANSWER}"))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        say(desk, told, f"#close\n{ANSWER}")
        say(desk, questions(desk)[-1], "yes")
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()
        assert desk.one("SELECT state FROM ticket") == "closed"

    def test_what_still_waits_is_dropped_only_with_the_yes(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [first] = questions(desk)
        say(desk, first, "Hello Jane,\n\nit is under Settings, Music.")
        say(desk, questions(desk)[-1], "no")
        assert waiting(desk) == 1
        say(desk, first, "yes")
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()


def test_an_agent_whose_mail_bears_anothers_token_is_told(tmp_path: Path) -> None:
    both = TEAM.replace('tenants = ["bolt"]', "")
    with office(tmp_path, rules=RULES + both) as desk:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender="Bob <bob@harborvoice.example>"))
        assert to_customer(desk) == []
        told = [sent for sent in desk.sent if "was not sent" in str(sent.mail["Subject"])]
        assert [sent.recipient for sent in told] == ["bob@harborvoice.example"]


def test_all_that_one_mail_has_to_be_told_is_told(desk: Office) -> None:
    asked(desk)
    desk.receive(reply(relays(desk)[0], "#help\n#note first line of it\nsecond line of it"))
    told = [sent for sent in desk.sent if sent.recipient == DANA and not str(sent.mail["Subject"]).startswith("[")]
    titles = ("What you can write", "Kept as a note")
    assert [any(title in str(sent.mail["Subject"]) for sent in desk.sent) for title in titles] == [True, True]
    assert len({sent.message_id for sent in told}) == len(told)


class TestTheReminder:
    """Who missed the question finds one more in his hours; the words are a customer's answer, and she waits."""

    def reminders(self, desk: Office) -> list[Sent]:
        return [sent for sent in desk.sent if "still waits" in str(sent.mail["Subject"])]

    def test_it_comes_once_in_his_hours_and_its_yes_counts(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += timedelta(hours=6)
        desk.receive(reply(relays(desk)[0], verdict=""))
        desk.let_pass(timedelta(hours=12))
        assert self.reminders(desk) == [], "at night"
        desk.let_pass(timedelta(days=3))
        [reminder] = self.reminders(desk)
        assert f"[{ticket}]" in str(reminder.mail["Subject"])
        say(desk, reminder, "yes")
        assert len(to_customer(desk)) == 1

    def test_what_was_answered_is_not_brought_up_again(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        say(desk, questions(desk)[0], "no")
        desk.let_pass(timedelta(days=3))
        assert self.reminders(desk) == []

    def test_questions_of_which_nobody_is_reminded_keep_none_back(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They go to who reads the weekly mail, or to an agent whom the rules name no longer."""
        monkeypatch.setattr(team, "_MOST_UNANSWERED", 2)
        asked(desk, "Raj <raj@bolt.example>", message_id="r1@bolt.example")
        for text in ("One answer.", "Another answer."):
            desk.receive(reply(relays(desk, BOB)[0], text, sender=f"Bob <{BOB}>", verdict=""))
        asked(desk)
        desk.receive(reply(relays(desk)[-1], verdict=""))
        rules = desk.here.desk.rules
        others = tuple(one for one in rules.agent if one.id != "bob")
        desk.here.desk = replace(desk.here.desk, rules=rules.model_copy(update={"agent": others}))
        desk.let_pass(timedelta(days=3))
        assert [sent.recipient for sent in self.reminders(desk)] == [DANA]

    def test_it_repeats_the_question(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], f"#close\n{ANSWER}", verdict=""))
        desk.let_pass(timedelta(days=3))
        [reminder] = self.reminders(desk)
        text = " ".join(reminder.text.split())
        for said in ("nothing proves that", "#close: close the ticket", "your words go to jane@", "Settings, Sounds"):
            assert said in text

    @pytest.mark.parametrize(("word", "left"), [("yes", 0), ("ok", 0), ("Yes, send it", 1), ("send", 1)])
    def test_what_could_not_be_read_goes_as_text_only_on_send(self, desk: Office, word: str, left: int) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], f"#colse\n{ANSWER}"))
        desk.let_pass(timedelta(days=3))
        [reminder] = self.reminders(desk)
        page = reminder.mail.get_body(("html",))
        assert page is not None
        assert "body=send" in page.get_content()
        assert "body=yes" not in page.get_content()
        assert "yes" not in reminder.text
        say(desk, reminder, word)
        assert (len(to_customer(desk)), waiting(desk)) == (left, 1 - left)
