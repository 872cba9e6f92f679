"""Agents get each customer's message as a mail; what they reply to it goes to the customer, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.deciding.effects import Quarantine
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office

JANE = "Jane Roe <jane@acme-dental.example>"
DANA = "dana@harborvoice.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}", "dana.ortiz@mailbox.example"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["bob@harborvoice.example"]
tenants = ["bolt"]
"""
QUESTION = "How do I change the music that callers hear while they wait?"
ANSWER = "Hello Jane,\n\nplease upload the new music under Settings, Sounds.\n\nBest wishes\nDana"
SIGNATURE = "\n\n-- \nDana Ortiz, private line +1 212 555 0190, dana@harborvoice.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def asked(desk: Office, sender: str = JANE, text: str = QUESTION, **more: Any) -> int:
    more.setdefault("message_id", "q1@acme-dental.example")
    ticket = desk.receive(mail(sender, text, **more)).ticket
    desk.let_pass(timedelta(0))
    assert ticket is not None
    return ticket


def relays(desk: Office, agent: str = DANA) -> list[Sent]:
    """Return what an agent got, without warnings of promised times."""
    return [sent for sent in desk.sent if sent.recipient == agent and not sent.is_warning]


def to_customer(desk: Office, address: str = "jane@acme-dental.example") -> list[Sent]:
    """Return what left to her beyond the acknowledgement."""
    return [sent for sent in desk.sent if sent.recipient == address and not sent.mail["Auto-Submitted"]]


def questions(desk: Office) -> list[Sent]:
    titles = ("Did you write this?", "Send yours, too?", "Shall this be sent?")
    return [sent for sent in desk.sent if any(title in str(sent.mail["Subject"]) for title in titles)]


def quoted(relay: Sent) -> str:
    """Return the relay as a mail program quotes it below a reply."""
    lines = "\n".join(f"> {line}".rstrip() for line in relay.text.splitlines())
    return f"\n\nOn Mon, Nov 23, 2026 at 10:00 AM Jane Roe · Acme Dental <{SUPPORT}> wrote:\n{lines}\n"


def reply(
    relay: Sent, text: str = ANSWER, *, sender: str = f"Dana <{DANA}>", verdict: str = "pass", refers: bool = True
) -> bytes:
    fields = (f"In-Reply-To: <{relay.message_id}>", f"References: <{relay.message_id}>") if refers else ()
    return mail(
        sender,
        text + SIGNATURE + quoted(relay),
        subject=f"Re: {relay.mail['Subject']}",
        verdict=verdict,
        message_id=f"reply-{abs(hash(text)):x}@phone.example",
        fields=(*fields, "X-Mailer: Phone Mail 9", "Received: from [192.168.7.9] by mx.harborvoice.example; now"),
    )


def in_copy(relay: Sent, text: str = "Hello Jane, see below.", *, verdict: str = "pass", to: str = "") -> bytes:
    """Return Dana's mail to the customer herself with us in copy, which quotes the relay."""
    return mail(
        f"Dana <{DANA}>",
        text + quoted(relay),
        subject="Re: A question",
        verdict=verdict,
        message_id="dc1@harborvoice.example",
        fields=(f"References: <{relay.message_id}>", f"Cc: {SUPPORT}"),
        replaces={"To": to or "jane@acme-dental.example"},
    )


class TestTheRelay:
    def test_the_first_line_says_where_a_reply_goes(self, desk: Office) -> None:
        ticket = asked(desk)
        [relay] = relays(desk)
        first = relay.text.splitlines()[0]
        assert "A reply to this mail goes to Jane Roe (jane@acme-dental.example) at Acme" in first
        assert QUESTION in " ".join(relay.text.replace(">", "").split())
        assert str(ticket) in str(relay.mail["Subject"])

    def test_it_goes_to_those_whose_customer_it_is(self, desk: Office) -> None:
        asked(desk)
        assert (len(relays(desk)), len(relays(desk, "bob@harborvoice.example"))) == (1, 0)
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        assert (len(relays(desk)), len(relays(desk, "bob@harborvoice.example"))) == (2, 1)

    def test_an_unverified_sender_is_named_so(self, desk: Office) -> None:
        asked(desk, verdict="")
        [relay] = relays(desk)
        assert "(unverified)" in str(relay.mail["Subject"])
        assert "! Unverified" in relay.text

    def test_machines_are_not_handed_on(self, desk: Office) -> None:
        asked(desk, "Monitor <noreply@acme-dental.example>", "Disk full")
        assert relays(desk) == []

    def test_at_night_it_waits_for_the_agents_morning(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
            asked(desk)
            assert relays(desk) == []
            desk.let_pass(OPEN_AT - CLOSED_AT)
            assert len(relays(desk)) == 1

    def test_an_outage_at_night_waits_for_nobody(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
            asked(desk, text="All phones are down, nobody can call us!")
            assert len(relays(desk)) == 1

    def test_without_agents_or_where_the_mailbox_is_shared_there_are_none(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + '[team]\nanswer = "mailbox"\n') as desk:
            asked(desk)
            assert relays(desk) == []


class TestTheReply:
    def test_it_goes_to_the_customer_as_the_desks_own_mail(self, desk: Office) -> None:
        ticket = asked(desk)
        [relay] = relays(desk)
        desk.receive(reply(relay))
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()
        assert answer.mail["From"] == f"Dana Ortiz · Harbor Voice <{SUPPORT}>"
        assert answer.mail["In-Reply-To"] == "<q1@acme-dental.example>"
        assert answer.mail["References"].split()[-1] == "<q1@acme-dental.example>"
        assert answer.mail["Subject"] == "Re: A question"
        assert answer.reverse_path == SUPPORT, "a bounce of a person's words comes back"
        assert desk.one("SELECT first_response_at FROM ticket WHERE id = ?", ticket) is not None

    def test_nothing_of_the_agents_mail_but_the_words_reaches_her(self, desk: Office) -> None:
        asked(desk)
        [relay] = relays(desk)
        desk.receive(reply(relay))
        [answer] = to_customer(desk)
        seen = answer.raw.decode() + answer.text
        for secret in (DANA, "Phone Mail", "192.168.7.9", "555 0190", "phone.example", "Ref:", relay.message_id[:39]):
            assert secret not in seen

    def test_her_answer_finds_the_ticket_and_is_handed_on(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(reply(relays(desk)[0]))
        [answer] = to_customer(desk)
        again = mail(JANE, "Which format?", subject="Re: A question", fields=(f"In-Reply-To: <{answer.message_id}>",))
        assert desk.receive(again).ticket == ticket
        desk.let_pass(timedelta(0))
        assert len(relays(desk)) == 2

    @pytest.mark.parametrize("refers", [True, False], ids=["by its ids", "by the quoted line"])
    def test_the_token_is_found(self, desk: Office, *, refers: bool) -> None:
        """Outlook on telephones drops the ids of what is answered."""
        asked(desk)
        desk.receive(reply(relays(desk)[0], refers=refers))
        assert len(to_customer(desk)) == 1

    def test_a_second_address_of_the_agent_is_his(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender="dana.ortiz@mailbox.example"))
        assert len(to_customer(desk)) == 1

    @pytest.mark.parametrize(("verdict", "kind"), [("pass", "agent"), ("", "note")])
    def test_whom_the_agent_wrote_to_himself_gets_it_once(self, desk: Office, verdict: str, kind: str) -> None:
        ticket = asked(desk)
        held = desk.receive(in_copy(relays(desk)[0], verdict=verdict))
        assert (to_customer(desk), questions(desk), held.ticket) == ([], [], ticket)
        assert desk.one("SELECT kind FROM entry WHERE id = ?", held.entry) == kind
        answered = desk.one("SELECT first_response_at FROM ticket WHERE id = ?", ticket) is not None
        assert answered == (kind == "agent")

    def test_the_others_get_what_the_agent_wrote_to_one_himself(self, desk: Office) -> None:
        asked(desk, replaces={"Cc": "tom@acme-dental.example"})
        desk.receive(in_copy(relays(desk)[0]))
        assert desk.rows("SELECT recipient FROM outbox WHERE kind = 'reply'") == [("tom@acme-dental.example",)]

    def test_the_same_reply_again_is_sent_once(self, desk: Office) -> None:
        asked(desk)
        raw = reply(relays(desk)[0])
        desk.receive(raw)
        desk.receive(raw)
        assert len(to_customer(desk)) == 1

    def test_a_reply_without_words_sends_nothing(self, desk: Office) -> None:
        asked(desk)
        [relay] = relays(desk)
        desk.receive(reply(relay, ""))
        fields = (f"In-Reply-To: <{relay.message_id}>",)
        desk.receive(mail(f"Dana <{DANA}>", "\n-- \nDana Ortiz", subject="Re: music", fields=fields))
        assert to_customer(desk) == []
        assert len([sent for sent in desk.sent if "was not sent" in str(sent.mail["Subject"])]) == 2

    def test_quoted_lines_that_were_not_recognised_send_nothing(self, desk: Office) -> None:
        """A program that quotes without any mark, in words that no program is known to use."""
        asked(desk)
        [relay] = relays(desk)
        raw = mail(
            f"Dana <{DANA}>",
            f"It works now.\n\nhere is what you wrote\n\n{relay.text}",
            subject="Re: music",
            fields=(f"In-Reply-To: <{relay.message_id}>",),
        )
        desk.receive(raw)
        assert to_customer(desk) == []
        [told] = [sent for sent in desk.sent if "was not sent" in str(sent.mail["Subject"])]
        assert (told.recipient, "cannot be told from what you quote" in told.text) == (DANA, True)

    def test_an_agents_own_address_in_the_words_is_asked_about(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], f"Write to {DANA.title()} next time."))
        assert to_customer(desk) == []
        assert len(questions(desk)) == 1

    def test_after_a_restore_it_waits_for_people(self, desk: Office) -> None:
        """The log that was lost may have sent it already."""
        asked(desk)
        raw = reply(relays(desk)[0])
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now + timedelta(hours=1))
        desk.receive(raw)
        assert to_customer(desk) == []
        assert desk.one("SELECT state FROM outbox WHERE kind = 'reply'") == "held"

    def test_the_agent_who_reported_it_is_no_customer(self, desk: Office) -> None:
        """Dana wrote to support@ about a customer; what is replied to the relay of that is for nobody outside."""
        asked(desk, f"Dana <{DANA}>", "All phones are down at Acme.", message_id="d1@harborvoice.example")
        relay = next(sent for sent in desk.sent if "A reply to this mail goes to" in sent.text)
        desk.receive(reply(relay))
        assert desk.rows("SELECT recipient FROM outbox WHERE kind = 'reply'") == []
        [told] = [sent for sent in desk.sent if "was not sent" in str(sent.mail["Subject"])]
        assert "nobody but ourselves" in " ".join(told.text.split())
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND reply_text LIKE '%Settings%'") == 1

    def test_commands_above_words_for_nobody_are_told_as_done(self, desk: Office) -> None:
        asked(desk, f"Dana <{DANA}>", "All phones are down at Acme.", message_id="d1@harborvoice.example")
        relay = next(sent for sent in desk.sent if "A reply to this mail goes to" in sent.text)
        desk.receive(reply(relay, "#take\nI am on it."))
        [told] = [sent for sent in desk.sent if "Done, and a note" in str(sent.mail["Subject"])]
        assert "yours). The customer got nothing: nobody but ourselves" in " ".join(told.text.split())

    def test_whom_one_of_us_wrote_to_beside_her_gets_no_answer(self, desk: Office) -> None:
        """A colleague of hers and a carrier were in copy once: they have not written, and nobody has allowed them."""
        asked(desk)
        beside = {"To": "jane@acme-dental.example, noc@carrier.example", "Cc": f"{SUPPORT}, tom@acme-dental.example"}
        fields = ("In-Reply-To: <q1@acme-dental.example>",)
        copied = mail(
            f"Dana <{DANA}>", "We ask the carrier.", fields=fields, message_id="c1@x.example", replaces=beside
        )
        desk.receive(copied)
        desk.receive(reply(relays(desk)[0]))
        assert desk.rows("SELECT recipient FROM outbox WHERE kind = 'reply'") == [("jane@acme-dental.example",)]

    def test_another_writer_of_the_ticket_gets_it_with_a_token_of_his_own(self, desk: Office) -> None:
        ticket = asked(desk)
        [acknowledgement] = [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"]
        second = mail(JANE, "And who may do it?", fields=(f"In-Reply-To: <{acknowledgement.message_id}>",))
        assert desk.receive(second).ticket == ticket
        desk.receive(reply(relays(desk)[0]))
        assert [sent.recipient for sent in to_customer(desk)] == ["jane@acme-dental.example"]


class TestCommands:
    """On the first lines, before the text; all of a mail is understood, or nothing of it is done."""

    def state(self, desk: Office) -> tuple[str, str]:
        [row] = desk.rows("SELECT state, severity FROM ticket WHERE id = 1001")
        return row[0], row[1]

    def test_text_and_close_together_do_both(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], f"#close\n{ANSWER}"))
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()
        assert self.state(desk)[0] == "closed"
        assert desk.one("SELECT author FROM entry WHERE kind = 'change' ORDER BY id DESC LIMIT 1") == "dana"

    def test_a_command_alone_sends_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#severity high"))
        assert to_customer(desk) == []
        assert self.state(desk) == ("open", "high")

    def test_a_note_is_for_our_own_people(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#note she is always in a hurry\nand so are we"))
        assert to_customer(desk) == []
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND reply_text LIKE '%hurry%'") == 1
        assert desk.one("SELECT first_response_at FROM ticket") is None

    def test_a_call_counts_as_an_answer_at_its_time(self, desk: Office) -> None:
        asked(desk)
        desk.now += timedelta(hours=1)
        desk.receive(reply(relays(desk)[0], "#called 10:20 we spoke, all is well"))
        assert to_customer(desk) == []
        assert desk.one("SELECT first_response_at FROM ticket").startswith("2026-11-23T15:20")

    @pytest.mark.parametrize("written", ["#colse\nBye.", "#1 priority for us, Jane!", "#close #severity hihg\nBye."])
    def test_what_cannot_be_read_stops_all_of_it(self, desk: Office, written: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], written))
        assert to_customer(desk) == []
        assert self.state(desk) == ("open", "normal")
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        assert told.recipient == DANA
        assert "the customer got nothing" in " ".join(told.text.split())

    def test_the_nearest_right_word_is_named(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#colse\nBye."))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        assert "Did you mean #close?" in told.text

    def test_send_lets_it_go_as_text(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#1 priority for us, Jane!"))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        desk.receive(TestNobodyElse.answer(told, "send"))
        desk.processor.step()
        desk.deliver()
        [answer] = to_customer(desk)
        assert answer.text.strip() == "#1 priority for us, Jane!"

    def test_send_lets_only_the_words_below_commands_go(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#colse\nBye, and thank you."))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        desk.receive(TestNobodyElse.answer(told, "send"))
        desk.processor.step()
        desk.deliver()
        [answer] = to_customer(desk)
        assert (answer.text.strip(), b"colse" in answer.raw) == ("Bye, and thank you.", False)

    @pytest.mark.parametrize("written", ["#wait until tomorrow", "# reopen", "#noet she is furious\nBob, call her."])
    def test_commands_alone_are_never_sent(self, desk: Office, written: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], written))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        assert ("nothing to send" in " ".join(told.text.split()), b"Send it as text" in told.raw) == (True, False)
        desk.receive(TestNobodyElse.answer(told, "send"))
        desk.processor.step()
        desk.deliver()
        assert to_customer(desk) == []

    def test_a_mistyped_command_alone_is_done_once_it_is_written_well(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "# colse"))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        desk.receive(TestNobodyElse.answer(told, "#close", verdict="pass"))
        assert self.state(desk)[0] == "closed"

    def test_what_is_no_command_of_a_reply_is_told(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#new for sam@acme-dental.example\nBye."))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        assert "it stands in a mail of its own" in " ".join(told.text.split())

    def test_an_agent_is_told_of_a_missing_ticket_and_of_no_command_on_the_server(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#merge 5"))
        text = " ".join(relays(desk)[-1].text.split())
        assert "there is no ticket #5" in text
        assert "mailbot tickets" not in text

    def test_help_is_a_mail_to_the_agent(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#help"))
        assert to_customer(desk) == []
        [told] = [sent for sent in desk.sent if "What you can write" in str(sent.mail["Subject"])]
        assert told.recipient == DANA
        assert [word for word in ("#close", "#merge", "#answer", "#new") if word not in told.text] == []

    def test_an_answer_written_to_a_question_of_ours_is_not_lost_in_silence(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#colse\nBye."))
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        desk.receive(TestNobodyElse.answer(told, "#close\nBye, and thank you."))
        assert to_customer(desk) == []
        [question] = questions(desk)
        assert (question.recipient, "Bye, and thank you." in question.text) == (DANA, True)

    @pytest.mark.parametrize("text", ["", "\n-- \nDana Ortiz"], ids=["empty", "a signature"])
    def test_an_empty_answer_to_a_question_leaves_what_waits(self, desk: Office, text: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [question] = questions(desk)
        desk.receive(TestNobodyElse.answer(question, text))
        told = desk.sent[-1]
        assert (told.recipient, "waits on" in " ".join(told.text.split())) == (DANA, True)
        desk.receive(TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        desk.deliver()
        assert len(to_customer(desk)) == 1

    def test_unproven_commands_wait_for_the_agents_yes(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#close", verdict=""))
        assert self.state(desk)[0] == "open"
        [question] = questions(desk)
        desk.receive(TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        assert self.state(desk)[0] == "closed"

    @pytest.mark.parametrize(
        "written",
        ["Done.\n#close", "Done.\n\n-- \n#close", "> #close\n\nDone."],
        ids=["below the text", "in the signature", "quoted"],
    )
    def test_elsewhere_it_is_no_command(self, desk: Office, written: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], written))
        assert self.state(desk)[0] == "open"

    @pytest.mark.parametrize("written", ["She is always in a hurry.\n#note", "It works.\n#called 10:20"])
    def test_words_above_a_command_stop_all_of_it(self, desk: Office, written: str) -> None:
        """A note that was to stay here would go to the customer."""
        asked(desk)
        desk.receive(reply(relays(desk)[0], written))
        assert to_customer(desk) == []
        [told] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        assert "stands below your words" in " ".join(told.text.split())

    def test_a_customers_words_are_never_a_command(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(mail(JANE, f"#close\nAbout #{ticket}", subject=f"[{ticket}] Re: A question"))
        assert self.state(desk)[0] == "open"


class TestNobodyElse:
    @pytest.mark.parametrize(
        ("sender", "verdict"),
        [
            (f"Dana <{DANA}>", "fail"),
            ("Bob <bob@harborvoice.example>", "pass"),
            ("Bob <bob@harborvoice.example>", ""),
            ("Mallory <mallory@elsewhere.example>", "fail"),
            (JANE, "fail"),
        ],
    )
    def test_a_forged_or_foreign_reply_reaches_nobody(self, desk: Office, sender: str, verdict: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=sender, verdict=verdict))
        desk.let_pass(timedelta(hours=1))
        assert to_customer(desk) == []
        assert [
            sent for sent in desk.sent if sent.recipient == DANA and "Did you write" in str(sent.mail["Subject"])
        ] == []

    @pytest.mark.parametrize(("verdict", "told"), [("pass", 1), ("", 0)])
    def test_who_proves_that_he_is_one_of_us_is_told_whose_it_is_and_nobody_else(
        self, desk: Office, verdict: str, told: int
    ) -> None:
        asked(desk)
        bob = "bob@harborvoice.example"
        place = desk.receive(reply(relays(desk)[0], sender=f"Bob <{bob}>", verdict=verdict)).decision.place
        assert (place, len(relays(desk, bob))) == (Quarantine("foreign-token"), told)
        desk.let_pass(timedelta(hours=1))
        assert "it bears the token of Dana Ortiz's relay" in " ".join(desk.notices[-1].text.split())

    @pytest.mark.parametrize(
        ("sender", "verdict"), [(f"Dana <{DANA}>", ""), ("Dana <dana@private.example>", "pass")], ids=["none", "other"]
    )
    def test_what_is_not_proven_is_asked_back_and_sent_on_yes(self, desk: Office, sender: str, verdict: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=sender, verdict=verdict))
        assert to_customer(desk) == []
        [question] = questions(desk)
        assert question.recipient == DANA
        assert "Settings, Sounds" in question.text
        desk.receive(self.answer(question, "Yes"))
        [_] = desk.processor.step() or [None]
        desk.deliver()
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()
        desk.receive(self.answer(question, "yes, really"))
        desk.processor.step()
        desk.deliver()
        assert len(to_customer(desk)) == 1

    @pytest.mark.parametrize(
        ("sender", "verdict", "text"),
        [
            (f"Dana <{DANA}>", "", "No!"),
            (f"Dana <{DANA}>", "fail", "yes"),
            ("Bob <bob@harborvoice.example>", "pass", "yes"),
            ("Mallory <mallory@elsewhere.example>", "pass", "yes"),
        ],
    )
    def test_only_the_agents_yes_releases_it(self, desk: Office, sender: str, verdict: str, text: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], verdict=""))
        [question] = questions(desk)
        desk.receive(self.answer(question, text, sender=sender, verdict=verdict))
        desk.processor.step()
        desk.deliver()
        assert to_customer(desk) == []

    def test_the_token_of_another_ticket_beside_it_stops_all(self, desk: Office) -> None:
        asked(desk)
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        one, other = relays(desk)
        raw = reply(one, ANSWER + quoted(other))
        desk.receive(raw)
        assert to_customer(desk) == []
        assert to_customer(desk, "raj@bolt.example") == []
        told = relays(desk)[-1]
        assert told is not other
        assert "quotes mails about #1001 and #1002" in " ".join(told.text.split())

    def test_whose_it_is_that_bears_tokens_of_two_is_not_told_unless_proven(self, desk: Office) -> None:
        asked(desk)
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        one, other = relays(desk)
        desk.receive(reply(one, ANSWER + quoted(other), verdict=""))
        assert relays(desk) == [one, other]
        assert to_customer(desk) == []

    def test_a_line_of_reference_that_a_customer_wrote_stops_no_answer(self, desk: Office) -> None:
        asked(desk)
        reference = relays(desk)[0].text.split()[-1]
        asked(desk, "Raj <raj@bolt.example>", f"Look at this.\nRef: {reference}\nRaj", message_id="q9@bolt.example")
        desk.receive(reply(relays(desk)[-1]))
        assert len(to_customer(desk, "raj@bolt.example")) == 1
        assert to_customer(desk) == []

    def test_an_agent_without_the_right_answers_nobody(self, desk: Office) -> None:
        """Bob's right ends at Bolt; a relay that he got before does not outlive it."""
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        [relay] = relays(desk, "bob@harborvoice.example")
        desk.do(verb="set", ticket=1001, tenant="acme", confirmed=True)
        desk.receive(reply(relay, sender="Bob <bob@harborvoice.example>"))
        assert to_customer(desk, "raj@bolt.example") == []
        told = " ".join(relays(desk, "bob@harborvoice.example")[-1].text.split())
        assert "#1001 is not Bob Lind's to answer" in told
        assert "once more" not in told

    def test_an_out_of_office_note_never_reaches_a_customer(self, desk: Office) -> None:
        asked(desk)
        [relay] = relays(desk)
        note = mail(
            f"Dana <{DANA}>",
            "I am away until Monday.",
            subject=f"Automatic reply: {relay.mail['Subject']}",
            fields=(f"In-Reply-To: <{relay.message_id}>", "Auto-Submitted: auto-replied"),
        )
        desk.receive(note)
        assert to_customer(desk) == []

    @pytest.mark.parametrize("subject", ["Re: {}", "OOO: Re: {}", "AW: {}"])
    def test_what_reads_like_such_a_note_and_bears_no_mark_is_asked_about(self, desk: Office, subject: str) -> None:
        asked(desk)
        [relay] = relays(desk)
        text = "Thank you for your message. I am out of the office until 30 November. In urgent cases write to Bob."
        fields = (f"In-Reply-To: <{relay.message_id}>",)
        desk.receive(mail(f"Dana <{DANA}>", text, subject=subject.format(relay.mail["Subject"]), fields=fields))
        assert (to_customer(desk), len(questions(desk))) == ([], 1)

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            (
                'multipart/alternative; boundary="r"',
                (
                    "--r\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                    "\U0001f44d\r\n\r\nDana Ortiz reacted via Gmail\r\n"
                    "--r\r\nContent-Type: text/vnd.google.email-reaction+json; charset=utf-8\r\n\r\n"
                    '{"version": 1}\r\n--r--\r\n'
                ),
            ),
            ("text/plain; charset=utf-8", "\U0001f44d\r\nDana reacted to your message:\r\n"),
        ],
    )
    def test_a_tapped_reaction_is_no_answer(self, desk: Office, kind: str, body: str) -> None:
        ticket = asked(desk)
        [relay] = relays(desk)
        told = len(desk.sent)
        fields = (f"In-Reply-To: <{relay.message_id}>",)
        desk.receive(mail(f"Dana <{DANA}>", body, subject="Re: A question", fields=fields, content_type=kind))
        assert len(desk.sent) == told
        assert desk.rows("SELECT first_response_at FROM ticket WHERE id = ?", ticket) == [(None,)]

    @pytest.mark.parametrize("verdict", ["pass", ""])
    @pytest.mark.parametrize("words", [ANSWER, "All phones are down now, nobody can call us!"])
    def test_an_answer_as_the_shared_address_is_asked_back(self, desk: Office, words: str, verdict: str) -> None:
        """Programs write it into From where it is set up as a further identity."""
        asked(desk)
        [relay] = relays(desk)
        desk.receive(reply(relay, words, sender=f"Dana <{SUPPORT}>", verdict=verdict))
        [question] = questions(desk)
        assert (question.recipient, to_customer(desk)) == (DANA, [])
        desk.receive(reply(question, "yes"))
        desk.processor.step()
        desk.deliver()
        assert len(to_customer(desk)) == 1

    @pytest.mark.parametrize("verdict", ["pass", ""])
    def test_a_yes_as_the_shared_address_does_nothing_and_says_so(self, desk: Office, verdict: str) -> None:
        asked(desk)
        [relay] = relays(desk)
        desk.receive(reply(relay, verdict=""))
        [question] = questions(desk)
        desk.receive(reply(question, "yes", sender=f"Dana <{SUPPORT}>", verdict=verdict))
        assert to_customer(desk) == []
        assert "is from support@" in " ".join(relays(desk)[-1].text.split())

    def test_our_own_relay_that_comes_back_is_nobodys_answer(self, desk: Office) -> None:
        """A rule of the agent's mailbox forwards all that it gets, and a gateway on the way takes our marks off."""
        ticket = asked(desk)
        fields = ("References: <q1@acme-dental.example>",)
        more = mail(JANE, "And for the other line?", message_id="q2@acme-dental.example", fields=fields)
        assert desk.receive(more).ticket == ticket
        desk.let_pass(timedelta(0))
        assert len(relays(desk)) == 2
        told = len(desk.sent)
        for relay in relays(desk):
            marks = rb"(?im)^(?:auto-submitted|x-auto-response-suppress):.*\r\n"
            desk.receive(b"Received: from mx.example.com; now\r\n" + re.sub(marks, b"", relay.raw))
        desk.let_pass(timedelta(minutes=5))
        assert len(desk.sent) == told

    def test_a_customer_who_got_hold_of_a_relay_speaks_for_herself(self, desk: Office) -> None:
        """An agent forwarded it; her reply bears his token, and is hers all the same."""
        asked(desk)
        [relay] = relays(desk)
        held = desk.receive(reply(relay, "Please answer me.", sender=JANE))
        assert (questions(desk), to_customer(desk)) == ([], [])
        assert desk.one("SELECT kind FROM entry WHERE id = ?", held.entry) == "customer"

    def test_whom_an_agent_answered_with_us_in_copy_reports_an_outage_at_once(self, desk: Office) -> None:
        """His mail quoted the relay, so hers refers to it."""
        ticket = asked(desk)
        [relay] = relays(desk)
        desk.receive(in_copy(relay))
        outage = mail(
            JANE,
            "All phones are down now, nobody can call us!",
            subject="Re: A question",
            message_id="j2@acme-dental.example",
            fields=(f"References: <{relay.message_id}> <dc1@harborvoice.example>", f"Cc: {SUPPORT}"),
            replaces={"To": DANA},
        )
        assert desk.receive(outage).ticket == ticket
        assert questions(desk) == []
        assert desk.one("SELECT severity FROM ticket WHERE id = ?", ticket) == "critical"
        assert (
            "+1 212 555 0111" in [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"][-1].text
        )

    @pytest.mark.parametrize(
        ("sender", "text"),
        [
            ("Sam <sam@elsewhere.example>", "And how long does it take?"),
            ("Eve <eve@new.example>", "All phones are down!"),
        ],
        ids=["who wrote to the ticket and is listed nowhere", "an outage of whoever it is"],
    )
    def test_a_token_holds_no_customers_mail_back(self, desk: Office, sender: str, text: str) -> None:
        asked(desk, "Sam <sam@elsewhere.example>")
        held = desk.receive(reply(relays(desk)[0], text, sender=sender))
        assert questions(desk) == []
        assert held.ticket is not None

    def test_a_customer_of_others_is_shown_to_no_agent_who_may_not_see_her(self, desk: Office) -> None:
        """Bob's right ends at Bolt; what Jane of Acme writes is not put to him as perhaps his own."""
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        [relay] = relays(desk, "bob@harborvoice.example")
        opened = desk.receive(reply(relay, "Our alarm code is 4711.", sender=JANE)).ticket
        desk.let_pass(timedelta(hours=1))
        assert opened not in {1001, None}
        assert not any(
            "4711" in sent.text
            for sent in desk.sent
            if sent.recipient in {"bob@harborvoice.example", "raj@bolt.example"}
        )

    @staticmethod
    def answer(question: Sent, text: str, *, sender: str = f"Dana <{DANA}>", verdict: str = "") -> bytes:
        return mail(
            sender,
            text,
            subject="Re: Did you write this answer?",
            verdict=verdict,
            message_id=f"yes-{abs(hash(text)):x}@phone.example",
            fields=(f"In-Reply-To: <{question.message_id}>",),
        )


def test_no_relay_names_a_command_line(desk: Office) -> None:
    """Who answers from a telephone has none."""
    asked(desk)
    [relay] = relays(desk)
    assert not re.search(r"mailbot \w+", relay.text)
