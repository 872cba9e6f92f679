"""What agents write to support@ without answering anything of ours: it waits for their yes, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from mailbot.deciding.agents.team import why_never_his, with_addresses
from mailbot.desk.mails import asking, postponed
from mailbot.desk.mails.asking import MOST_AN_HOUR
from tests.servers.daemon import Desk
from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office, rules_of
from tests.service.test_asking import say, waiting
from tests.service.test_relays import ANSWER, DANA, TEAM, asked, relays, reply, to_customer

FROM_DANA = f"Dana <{DANA}>"
BOB = "bob@harborvoice.example"
FORWARDED = """

---------- Forwarded message ---------
From: Jane Roe <jane@acme-dental.example>
Date: Mon, Nov 23, 2026 at 9:00 AM
Subject: Handsets
To: Dana Ortiz <dana@harborvoice.example>


Voicemail emails do not arrive since Friday, can you look?

Jane
"""
PRIVATE = "Dana O <dana.o@private.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def wrote(desk: Office, text: str, *, subject: str = "Hello", sender: str = FROM_DANA, **more: str) -> int | None:
    """Have an agent write to support@ with no message of ours at hand."""
    more.setdefault("message_id", f"own-{len(desk.sent)}-{abs(hash(text)):x}@phone.example")
    ticket = desk.receive(mail(sender, text, subject=subject, **more)).ticket  # type: ignore[arg-type]
    desk.let_pass(timedelta(0))
    return ticket


def asks(desk: Office, agent: str = DANA) -> list[Sent]:
    """Return the questions that an agent got."""
    return [sent for sent in desk.sent if sent.recipient == agent and "Reply with one word" in sent.text]


def told(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == agent and "Not done" in str(sent.mail["Subject"])]


def words(sent: Sent) -> str:
    return " ".join(sent.text.split())


def tickets(desk: Office) -> list[tuple[object, ...]]:
    return desk.rows("SELECT id, tenant, requester, severity FROM ticket ORDER BY id")


class TestEvidence:
    """The rows of the table that bear no token."""

    @pytest.mark.parametrize(
        "text", ["#close", "Hello Jane, it works again.", "#new for jane@acme-dental.example\nHello"]
    )
    def test_proven_it_waits_and_is_asked_about_once(self, desk: Office, text: str) -> None:
        ticket = asked(desk)
        wrote(desk, text, subject=f"[{ticket}] A question" if "#new" not in text else "Hello")
        assert (waiting(desk), len(asks(desk)), to_customer(desk)) == (1, 1, [])
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "open"
        say(desk, asks(desk)[0], "yes")
        assert waiting(desk) == 0

    @pytest.mark.parametrize(
        "text", ["#close", "My own phone is dead quiet.", "#new for jane@acme-dental.example\nHello"]
    )
    def test_unproven_it_is_an_unknown_persons_mail(self, desk: Office, text: str) -> None:
        ticket = asked(desk)
        opened = wrote(desk, text, subject=f"[{ticket}] A question", verdict="")
        assert opened not in {None, ticket}, "not lost"
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "open"
        assert (asks(desk), to_customer(desk)) == ([], [])
        assert "unverified" in desk.one("SELECT flags FROM ticket WHERE id = ?", opened)

    def test_forged_it_is_kept_apart_and_the_agent_gets_nothing(self, desk: Office) -> None:
        ticket = asked(desk)
        before = len(relays(desk))
        wrote(desk, "#close", subject=f"[{ticket}] A question", verdict="fail")
        assert desk.one("SELECT cause FROM arrival ORDER BY id DESC LIMIT 1") == "authentication-failed"
        assert len(relays(desk)) == before

    def test_somebody_elses_command_is_text(self, desk: Office) -> None:
        ticket = asked(desk)
        opened = wrote(desk, "#close", subject=f"[{ticket}] A question", sender="Mallory <mallory@elsewhere.example>")
        assert opened != ticket
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "open"

    def test_an_expired_token_is_asked_about(self, desk: Office) -> None:
        asked(desk)
        [relay] = relays(desk)
        desk.now += timedelta(days=500)
        desk.receive(reply(relay))
        assert (to_customer(desk), len(asks(desk))) == ([], 1)
        assert "your words go to jane@acme-dental.example" in words(asks(desk)[0])
        say(desk, asks(desk)[0], "yes")
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()

    def test_a_machine_of_the_agents_is_asked_nothing(self, desk: Office) -> None:
        ticket = asked(desk)
        raw = mail(FROM_DANA, "#close", subject=f"[{ticket}] Away", fields=("Auto-Submitted: auto-replied",))
        desk.receive(raw)
        assert asks(desk) == []

    def test_past_mail_of_an_agent_is_asked_nothing(self, desk: Office) -> None:
        desk.receive(mail(FROM_DANA, "Hello there.", message_id="old@phone.example"), history=True)
        assert (asks(desk), waiting(desk)) == ([], 0)


class TestAboutATicket:
    def test_the_question_says_all_that_a_yes_does(self, desk: Office) -> None:
        ticket = asked(desk)
        wrote(desk, f"#severity high\n#close\n{ANSWER}", subject=f"[{ticket}] A question")
        [question] = asks(desk)
        for said in ("set the severity to high", "close the ticket", "your words go to jane@acme-dental.example"):
            assert said in words(question)
        say(desk, question, "yes")
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()
        assert desk.rows("SELECT state, severity FROM ticket WHERE id = ?", ticket) == [("closed", "high")]

    def test_note_keeps_it_among_us(self, desk: Office) -> None:
        ticket = asked(desk)
        wrote(desk, "She called me, all is well.", subject=f"[{ticket}] A question")
        say(desk, asks(desk)[0], "note")
        assert to_customer(desk) == []
        assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'note'", ticket) == 1

    def test_a_ticket_of_anothers_customer_is_none_of_his(self, desk: Office) -> None:
        ticket = asked(desk)
        wrote(desk, "#close", subject=f"[{ticket}] A question", sender=f"Bob <{BOB}>")
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "open"
        assert (waiting(desk), len(told(desk, BOB))) == (0, 1)
        assert "Jane" not in told(desk, BOB)[0].text

    def test_a_command_that_names_no_ticket_is_told(self, desk: Office) -> None:
        wrote(desk, "#close")
        [unsent] = told(desk)
        assert "it names no ticket" in words(unsent)

    def test_help_is_answered_at_once(self, desk: Office) -> None:
        wrote(desk, "#help")
        assert (waiting(desk), asks(desk)) == (0, [])
        assert [sent for sent in desk.sent if sent.mail["Subject"] == "What you can write"]


class TestWhatNeedsNoTicket:
    def away(self, desk: Office) -> int:
        count: int = desk.one("SELECT count(*) FROM absence")
        return count

    def test_in_a_mail_of_its_own_it_is_done_after_a_yes(self, desk: Office) -> None:
        wrote(desk, "#away until mon")
        assert (len(asks(desk)), self.away(desk)) == (1, 0)
        say(desk, asks(desk)[0], "yes")
        assert self.away(desk) == 1

    @pytest.mark.parametrize(("verdict", "left"), [("pass", 0), ("", 1)], ids=["proven", "unproven"])
    @pytest.mark.parametrize("in_a_ticket", [True, False])
    def test_undo_is_done_in_reply_to_what_names_it(
        self, desk: Office, verdict: str, left: int, *, in_a_ticket: bool
    ) -> None:
        if in_a_ticket:
            asked(desk)
            desk.receive(reply(relays(desk)[0], "#away until mon"))
        else:
            wrote(desk, "#away until mon")
            say(desk, asks(desk)[0], "yes")
            desk.sent[:] = [sent for sent in desk.sent if sent not in asks(desk)]
        done = desk.sent[-1]
        assert "#away: you get no customers' mail until Mon, Nov 30; #undo" in words(done)
        desk.receive(reply(done, "#undo", verdict=verdict))
        assert (self.away(desk), len(asks(desk))) == (left, left)


class TestHisOwn:
    @pytest.mark.parametrize("word", ["yes", "ticket"])
    def test_a_plain_mail_waits_and_ticket_opens_one(self, desk: Office, word: str) -> None:
        assert wrote(desk, "Could somebody look at my own headset?") is None
        [question] = asks(desk)
        assert f"{word}: " in question.text
        say(desk, question, word)
        assert tickets(desk) == [(1001, None, DANA, "normal")]

    def test_an_outage_waits_for_nobody(self, desk: Office) -> None:
        assert wrote(desk, "All phones are down at Acme, the whole office cannot call.") is not None

    def test_what_he_writes_in_his_own_ticket_joins_it(self, desk: Office) -> None:
        wrote(desk, "Could somebody look at my own headset?", message_id="mine@phone.example")
        say(desk, asks(desk)[0], "yes")
        again = mail(FROM_DANA, "It is the left ear.", fields=("In-Reply-To: <mine@phone.example>",))
        assert desk.receive(again).ticket == 1001
        assert len(asks(desk)) == 1

    def test_a_command_in_the_answer_says_for_whom_it_is(self, desk: Office) -> None:
        wrote(desk, "Hello Jane,\n\nyour bill is ready.", subject="Your bill")
        say(desk, asks(desk)[0], "#new for jane@acme-dental.example")
        [sent] = to_customer(desk)
        assert sent.text.split() == "Hello Jane, your bill is ready.".split()


class TestNew:
    def test_it_opens_a_ticket_and_sends_the_words(self, desk: Office) -> None:
        wrote(
            desk,
            f"#new for jane@acme-dental.example\n#severity high\n{ANSWER}\n\n-- \nDana, {DANA}",
            subject="Your music",
        )
        [question] = asks(desk)
        assert "jane@acme-dental.example (Acme Dental)" in words(question)
        say(desk, question, "yes")
        assert tickets(desk) == [(1001, "acme", "jane@acme-dental.example", "high")]
        [sent] = to_customer(desk)
        assert sent.text.split() == ANSWER.split()
        assert (sent.mail["Subject"], sent.mail["From"]) == ("Your music", f"Dana Ortiz · Harbor Voice <{SUPPORT}>")
        answer = mail(
            "Jane <jane@acme-dental.example>", "Thank you, which?", fields=(f"In-Reply-To: <{sent.message_id}>",)
        )
        assert desk.receive(answer).ticket == 1001

    def test_an_outsider_is_named_as_one(self, desk: Office) -> None:
        wrote(desk, "#new for kim@elsewhere.example\nHello Kim")
        assert "whom no customer of yours lists" in words(asks(desk)[0])
        say(desk, asks(desk)[0], "no")
        assert (tickets(desk), to_customer(desk, "kim@elsewhere.example")) == ([], [])

    @pytest.mark.parametrize(
        ("text", "subject", "why"),
        [
            ("#new for jane@acme-dental.example", "Hello", "no words below it"),
            (f"#new for {BOB}\nHello", "Hello", "that is one of us"),
            ("#new for jane@acme-dental.example\nHello", "Re: [1001] Their trunk", "names another ticket"),
            (
                "#new for jane@acme-dental.example\n#for jane@acme-dental.example\nHello",
                "Hello",
                "cannot both be meant",
            ),
        ],
    )
    def test_what_cannot_be_meant_is_told(self, desk: Office, text: str, subject: str, why: str) -> None:
        wrote(desk, text, subject=subject)
        assert why in words(told(desk)[0])
        assert (waiting(desk), tickets(desk)) == (0, [])

    def test_an_agents_right_ends_at_his_tenants(self, desk: Office) -> None:
        wrote(desk, "#new for jane@acme-dental.example\nHello", sender=f"Bob <{BOB}>")
        assert "no customer of yours" in words(told(desk, BOB)[0])
        assert to_customer(desk) == []


class TestFor:
    @pytest.mark.parametrize(
        "command", ["#for jane@acme-dental.example\nPlease look, Bob.", ""], ids=["said", "proposed"]
    )
    def test_what_he_passes_on_becomes_the_customers_ticket(self, desk: Office, command: str) -> None:
        wrote(desk, command + FORWARDED, subject="Fwd: Handsets")
        [question] = asks(desk)
        assert "jane@acme-dental.example (Acme Dental)" in words(question)
        title = "Shall this be a ticket of jane@acme-dental.example?" if command else "Whose ticket is this?"
        assert str(question.mail["Subject"]) == title
        assert tickets(desk) == []
        say(desk, question, "yes")
        desk.let_pass(timedelta(0))
        [(number, tenant, requester, severity)] = tickets(desk)
        assert (tenant, requester) == ("acme", "jane@acme-dental.example")
        assert severity == "high"
        assert desk.rows("SELECT from_address, message_id FROM entry WHERE kind = 'customer'") == [
            ("jane@acme-dental.example", None)
        ]
        assert [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"] == []
        relay = relays(desk)[-1]
        assert f"[{number}]" in str(relay.mail["Subject"])
        assert "Voicemail emails" in relay.text
        notes = desk.rows("SELECT text FROM entry WHERE kind = 'note' AND ticket_id = ?", number)
        assert notes == ([("Please look, Bob.",)] if command else [])
        desk.receive(reply(relay))
        [answer] = to_customer(desk)
        assert answer.mail["In-Reply-To"] is None

    def test_an_outage_that_he_passes_on_is_told_at_once_and_one_ticket_after_the_yes(self, desk: Office) -> None:
        outage = FORWARDED.replace("Jane Roe <jane@acme-dental", "Raj Rao <raj@bolt").replace("Handsets", "Dead")
        outage = outage.replace("Voicemail emails do not arrive since Friday", "All our phones are down since nine")
        wrote(desk, f"#for raj@bolt.example{outage}", subject="Fwd: Dead")
        [notice] = desk.notices
        assert str(notice.mail["Subject"]).startswith("Critical: ")
        assert "All our phones are down since nine" in words(notice)
        assert "raj@bolt.example (Bolt Logistics)" in words(notice)
        [his] = relays(desk, BOB)
        assert "Critical" in str(his.mail["Subject"])
        assert "All our phones are down since nine" in words(his)
        assert (tickets(desk), [sent for sent in desk.sent if sent.recipient == "raj@bolt.example"]) == ([], [])
        say(desk, asks(desk)[0], "yes")
        desk.let_pass(timedelta(0))
        assert [row[1:] for row in tickets(desk)] == [("bolt", "raj@bolt.example", "critical")]

    def test_the_others_of_notify_hear_of_it_where_he_is_of_them_himself(self, tmp_path: Path) -> None:
        told = f'["team@harborvoice.example", "{DANA}", "{BOB}"]'
        with office(tmp_path, rules=RULES.replace('["team@harborvoice.example"]', told) + TEAM) as desk:
            outage = FORWARDED.replace("Voicemail emails do not arrive since Friday", "All our phones are down")
            wrote(desk, f"#for raj@bolt.example{outage}", subject="Fwd: Dead")
            [notice] = desk.notices
            [bobs] = relays(desk, BOB)
            for sent in (notice, bobs):
                assert str(sent.mail["Subject"]).startswith("Critical: ")
                assert "Dana Ortiz passes on what reads critical" in words(sent)
            assert [sent for sent in relays(desk) if sent not in asks(desk)] == []

    def test_so_they_do_of_an_outage_in_his_own_words(self, tmp_path: Path) -> None:
        told = f'["team@harborvoice.example", "{DANA}"]'
        with office(tmp_path, rules=RULES.replace('["team@harborvoice.example"]', told) + TEAM) as desk:
            assert wrote(desk, "All phones of Acme Dental are down, nobody can call them!") is not None
            [notice] = desk.notices
            assert "nobody can call them" in words(notice)
            assert [sent for sent in relays(desk) if "Next: mailbot" in sent.text] == []

    def test_what_is_not_critical_alarms_nobody(self, desk: Office) -> None:
        wrote(desk, f"#for jane@acme-dental.example{FORWARDED}", subject="Fwd: Handsets")
        assert (desk.notices, relays(desk, BOB)) == ([], [])

    def test_the_files_of_what_he_passes_on_are_named_as_hers(self, desk: Office) -> None:
        lines = (
            *("--b", "Content-Type: text/plain", "", f"#for jane@acme-dental.example{FORWARDED}"),
            *("--b", "Content-Type: application/pdf"),
            *('Content-Disposition: attachment; filename="bill.pdf"', "", "%PDF", "--b--"),
        )
        kind = "Content-Type: multipart/mixed; boundary=b"
        desk.receive(mail(FROM_DANA, "\n".join(lines), subject="Fwd: Handsets", fields=(kind,)))
        say(desk, asks(desk)[0], "yes")
        [text] = [row[0] for row in desk.rows("SELECT text FROM entry WHERE kind = 'customer'")]
        assert "bill.pdf" in text
        assert "Forwarded message" not in text, "whom it is from is said by the entry"

    def test_what_somebody_else_wrote_keeps_who_did(self, desk: Office) -> None:
        wrote(desk, f"#for boss@acme-dental.example{FORWARDED}", subject="Fwd: Handsets")
        say(desk, asks(desk)[0], "yes")
        assert tickets(desk)[0][2] == "boss@acme-dental.example"
        [text] = [row[0] for row in desk.rows("SELECT text FROM entry WHERE kind = 'customer'")]
        assert "From: Jane Roe <jane@acme-dental.example>" in text

    def test_ticket_makes_it_his_own(self, desk: Office) -> None:
        wrote(desk, FORWARDED, subject="Fwd: Handsets")
        say(desk, asks(desk)[0], "ticket")
        assert [row[2] for row in tickets(desk)] == [DANA]

    def test_without_a_forwarded_mail_he_is_told(self, desk: Office) -> None:
        wrote(desk, "#for jane@acme-dental.example\nShe called.")
        assert "no forwarded mail below it" in words(told(desk)[0])


@pytest.mark.parametrize(
    "text",
    [
        f"#new for jane@acme-dental.example\n#assign bob\n{ANSWER}",
        f"#for jane@acme-dental.example\n#assign bob{FORWARDED}",
    ],
    ids=["new", "for"],
)
def test_where_one_command_is_refused_nothing_is_done(desk: Office, text: str) -> None:
    wrote(desk, text)
    say(desk, asks(desk)[0], "yes")
    desk.let_pass(timedelta(hours=2))
    assert "Nothing of your mail was done" in words(told(desk)[-1])
    assert (tickets(desk), to_customer(desk)) == ([], [])
    assert desk.rows("SELECT kind, ticket_id FROM entry WHERE kind IN ('customer', 'agent')") == []


class TestAnAddressOfHis:
    def test_add_counts_it_from_then_on(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=PRIVATE))
        [question] = asks(desk)
        assert "dana.o@private.example counts as yours" in words(question)
        say(desk, question, "add")
        assert len(to_customer(desk)) == 1
        desk.receive(reply(relays(desk)[0], "And again.", sender=PRIVATE))
        assert len(to_customer(desk)) == 2, "not asked any more"

    def test_an_answer_that_nothing_proves_lets_the_mail_go_and_adds_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=PRIVATE))
        say(desk, asks(desk)[0], "add", verdict="")
        assert len(to_customer(desk)) == 1
        assert desk.rows("SELECT * FROM agent_address") == []
        assert [sent for sent in desk.sent if sent.mail["Subject"] == "The address was not added"]

    def test_yes_alone_adds_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=PRIVATE))
        say(desk, asks(desk)[0], "yes")
        desk.receive(reply(relays(desk)[0], "And again.", sender=PRIVATE))
        assert (len(to_customer(desk)), len(asks(desk))) == (1, 2)

    @pytest.mark.parametrize(
        ("sender", "verdict"),
        [
            ("Info <info@private.example>", "pass"),
            (PRIVATE, ""),
        ],
        ids=["shared", "unproven"],
    )
    def test_what_never_can_be_his_is_not_offered(self, desk: Office, sender: str, verdict: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=sender, verdict=verdict))
        [question] = asks(desk)
        assert "add:" not in question.text
        say(desk, question, "add")
        assert desk.rows("SELECT * FROM agent_address") == []

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            ("jane@acme-dental.example", "it is a customer's"),
            ("bob@harborvoice.example", "it is Bob Lind's"),
            (SUPPORT, "it is the desk's own"),
            ("team@harborvoice.example", "it is the desk's own"),
        ],
    )
    def test_what_others_write_from_never_is(self, address: str, why: str) -> None:
        rules = rules_of(RULES + TEAM)
        assert why_never_his(address, rules.agent[0], rules) == why
        assert with_addresses(rules, ((address, rules.agent[0].id),)) == rules


class TestForInAReply:
    """An outage that an agent reported opened a ticket of his own; a reply says whose it is."""

    def opened(self, desk: Office) -> Sent:
        assert wrote(desk, "All phones are down at Acme, the whole office cannot call.", subject="Acme") == 1001
        return relays(desk)[-1]

    def test_the_relay_says_how_to_make_it_hers_and_its_writer_gets_no_receipt(self, desk: Office) -> None:
        relay = self.opened(desk)
        assert "nobody: one of us reported this. Reply with #for jane@acme.example to make it that" in words(relay)
        outage = FORWARDED.replace(
            "Voicemail emails do not arrive since Friday", "All phones are down, nobody can call"
        )
        wrote(desk, f"fyi{outage}", subject="Fwd: Dead")
        relay = relays(desk)[-1]
        assert "Reply with #for jane@acme-dental.example to make it that customer's." in words(relay)
        assert [sent for sent in relays(desk) if "have your message" in str(sent.mail["Subject"])] == []
        desk.receive(reply(relay, "#for jane@acme-dental.example"))
        say(desk, asks(desk)[-1], "yes")
        assert tickets(desk)[-1][1:3] == ("acme", "jane@acme-dental.example")

    def test_it_says_whose_the_ticket_is_and_answers_go_to_her(self, desk: Office) -> None:
        desk.receive(reply(self.opened(desk), "#for jane@acme-dental.example"))
        [question] = asks(desk)
        assert "a ticket of jane@acme-dental.example, at Acme Dental" in words(question)
        assert "yes: do it" in words(question)
        assert tickets(desk)[0][2] == DANA
        say(desk, question, "yes")
        assert tickets(desk)[0][1:3] == ("acme", "jane@acme-dental.example")
        relay = next(sent for sent in relays(desk) if "A reply to this mail" in sent.text)
        desk.receive(reply(relay))
        [answer] = to_customer(desk)
        assert answer.text.split() == ANSWER.split()

    @pytest.mark.parametrize(
        ("address", "why"), [(BOB, "one of us"), ("raj@bolt.example", "whose people have written in it")]
    )
    def test_what_would_show_one_customer_to_another_is_refused(self, desk: Office, address: str, why: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], f"#for {address}"))
        assert why in words(told(desk)[0])
        assert tickets(desk)[0][1:3] == ("acme", "jane@acme-dental.example")

    def test_nobody_of_another_customer_gets_its_answers(self, desk: Office) -> None:
        relay = self.opened(desk)
        desk.receive(reply(relay, "#allow jane@acme-dental.example"))
        say(desk, asks(desk)[-1], "yes")
        desk.receive(reply(relay, "#for raj@bolt.example"))
        assert "jane@acme-dental.example, at another customer, would get its answers" in words(told(desk)[-1])
        assert tickets(desk)[0][1:3] == (None, DANA)
        desk.receive(reply(relay))
        assert to_customer(desk, "raj@bolt.example") == []

    def test_the_question_names_all_who_get_the_answers_and_their_subject(self, desk: Office) -> None:
        relay = self.opened(desk)
        desk.receive(reply(relay, "#allow sam@elsewhere.example"))
        say(desk, asks(desk)[-1], "yes")
        desk.receive(reply(relay, "#for jane@acme-dental.example"))
        whom = "answers go to jane@acme-dental.example and sam@elsewhere.example, under “Acme”"
        assert whom in words(asks(desk)[-1])

    @pytest.mark.parametrize("text", [ANSWER, "#wait carrier until 12 dec"], ids=["answer", "wait"])
    def test_nothing_of_the_agents_mail_reaches_her_but_the_subject_that_he_was_shown(
        self, desk: Office, text: str
    ) -> None:
        wrote(desk, "Jane's phone is silent again.", subject="Phone", message_id="4711.dana@danas-laptop.example")
        say(desk, asks(desk)[0], "yes")
        desk.let_pass(timedelta(0))
        relay = relays(desk)[-1]
        desk.receive(reply(relay, "#for jane@acme-dental.example"))
        assert "under “Phone”" in words(asks(desk)[-1])
        say(desk, asks(desk)[-1], "yes")
        desk.receive(reply(relay, text))
        desk.let_pass(timedelta(0))
        [sent] = [one for one in desk.sent if one.recipient == "jane@acme-dental.example"]
        assert (sent.mail["In-Reply-To"], sent.mail["References"]) == (None, None)
        assert b"danas-laptop" not in sent.raw
        answer = mail("Jane <jane@acme-dental.example>", "Thank you!", fields=(f"In-Reply-To: <{sent.message_id}>",))
        assert desk.receive(answer).ticket == 1001

    def test_new_stands_in_a_mail_of_its_own(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#new for raj@bolt.example\nHello"))
        [unread] = [sent for sent in desk.sent if "could not be read" in str(sent.mail["Subject"])]
        assert "in a mail of its own" in words(unread)
        assert to_customer(desk, "raj@bolt.example") == []


def test_nobody_is_flooded_with_questions(desk: Office) -> None:
    asked(desk)
    [relay] = relays(desk)
    for number in range(MOST_AN_HOUR + 3):
        desk.receive(reply(relay, f"Attempt number {number}.", verdict=""))
    assert len(asks(desk)) == MOST_AN_HOUR
    [many] = [sent for sent in desk.sent if "More mail in your name" in str(sent.mail["Subject"])]
    assert "asked about those later" in " ".join(many.text.split())
    assert waiting(desk) == MOST_AN_HOUR + 3, "kept all the same"
    desk.now += timedelta(hours=1, minutes=1)
    desk.receive(reply(relay, "An hour later.", verdict=""))
    assert len(asks(desk)) == MOST_AN_HOUR + 1


class TestAskedLater:
    """What was too much for an hour is asked about once there is room; a flood never comes one by one."""

    LIST = "Mail in your name waits"

    def flood(self, desk: Office, beyond: int) -> None:
        asked(desk)
        [relay] = relays(desk)
        for number in range(MOST_AN_HOUR + beyond):
            desk.receive(reply(relay, f"Attempt number {number}.", verdict=""))

    def hours(self, desk: Office, hours: int) -> None:
        for _ in range(hours):
            desk.let_pass(timedelta(hours=1))
            self.decide(desk)

    def decide(self, desk: Office) -> None:
        while desk.processor.step():
            desk.deliver()

    def singly(self, desk: Office) -> list[Sent]:
        return [sent for sent in desk.sent if "Did you write this?" in str(sent.mail["Subject"])]

    def lists(self, desk: Office) -> list[Sent]:
        return [sent for sent in desk.sent if str(sent.mail["Subject"]) == self.LIST]

    def test_a_few_are_asked_about_in_the_next_hour_each_once(self, desk: Office) -> None:
        self.flood(desk, 3)
        self.hours(desk, 1)
        assert len(self.singly(desk)) == MOST_AN_HOUR + 3
        said = {line for sent in self.singly(desk) for line in sent.text.splitlines() if "Attempt number" in line}
        assert len(said) == MOST_AN_HOUR + 3
        say(desk, self.singly(desk)[-1], "yes")
        assert len(to_customer(desk)) == 1
        self.hours(desk, 3)
        assert len(self.singly(desk)) == MOST_AN_HOUR + 3
        assert self.lists(desk) == []

    def test_after_a_restart_as_well(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM) as desk:
            self.flood(desk, 2)
        with office(tmp_path, rules=RULES + TEAM) as desk:
            self.hours(desk, 1)
            self.hours(desk, 1)
            assert len(self.singly(desk)) == 2

    def test_many_come_as_one_numbered_mail_and_one_by_one_only_on_a_tap(self, desk: Office) -> None:
        self.flood(desk, 25)
        self.hours(desk, 2)
        assert len(self.singly(desk)) == MOST_AN_HOUR
        [listed] = self.lists(desk)
        assert "25 mails in your name wait" in words(listed)
        assert "20. Mon, Nov 23, 10:00 AM, from dana@harborvoice.example, about ticket 1001" in words(listed)
        page = listed.mail.get_body(("html",))
        assert page is not None
        link = page.get_content().replace("&amp;", "&").split('href="mailto:')[1].partition('"')[0]
        parts = parse_qs(link.partition("?")[2])
        desk.receive(
            mail(f"Dana <{DANA}>", parts["body"][0], subject=parts["subject"][0], message_id="t@phone.example")
        )
        while desk.processor.step():
            desk.deliver()
        assert to_customer(desk) == [], "to be asked confirms nothing"
        assert len(self.singly(desk)) == MOST_AN_HOUR + 1
        assert f"Attempt number {MOST_AN_HOUR}." in words(self.singly(desk)[-1])

    def test_whoever_goes_on_writing_does_not_move_on_when_that_is(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As often as there is room for one more question, another mail in the agent's name takes it."""
        for room in (asking, postponed):
            monkeypatch.setattr(room, "MOST_AN_HOUR", 6)
        asked(desk)
        [relay] = relays(desk)
        for number in range(13):
            desk.accept(reply(relay, f"Attempt number {number}.", verdict=""))
            desk.accept(reply(relay, f"Attempt of number {number}, too.", verdict=""))
            self.decide(desk)
            desk.let_pass(timedelta(0))
            desk.now += timedelta(minutes=10)
        first_at = desk.one("SELECT min(accepted_at) FROM arrival WHERE listed")
        assert [sent.at - datetime.fromisoformat(first_at) for sent in self.lists(desk)] == [timedelta(hours=1)]

    def test_the_rest_comes_the_next_day_and_nothing_is_forgotten(self, desk: Office) -> None:
        self.flood(desk, 45)
        self.hours(desk, 3)
        assert len(self.lists(desk)) == 1
        self.hours(desk, 50)
        assert [words(one).partition(" mails")[0] for one in self.lists(desk)] == ["45", "25"]
        assert len(self.singly(desk)) == MOST_AN_HOUR + 5
        assert waiting(desk) == MOST_AN_HOUR + 45
        assert desk.one("SELECT count(*) FROM arrival WHERE ask_later <> '' AND NOT listed") == 0


def test_the_server_tells_who_was_asked_and_which_addresses_were_added(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM) as desk:
        asked(desk)
        desk.receive(reply(relays(desk)[0], sender=PRIVATE))
        say(desk, asks(desk)[0], "add")
        desk.receive(reply(relays(desk)[0], "And again.", verdict=""))
        number = str(desk.one("SELECT id FROM arrival WHERE state = 'quarantined'"))
        wrote(desk, f"#for jane@acme-dental.example{FORWARDED}", subject="Fwd: Handsets")
        passed_on = str(desk.one("SELECT max(id) FROM arrival WHERE state = 'quarantined'"))
    shell = Desk(tmp_path, RULES + TEAM)
    shown = " ".join(shell.command("quarantine", "show", number).stdout.decode().split())
    assert f'({DANA}) was asked Mon 23 Nov 10:00: "yes" in answer lets it go' in shown
    status = shell.command("status", check=False).stdout.decode()
    shown = " ".join(shell.command("quarantine", "show", passed_on).stdout.decode().split())
    assert "#for jane@acme-dental.example" in shown
    assert "Voicemail emails do not arrive since Friday" in shown
    assert "2 kept apart, 2 of them until an agent says so" in " ".join(status.split())
    rows = [json.loads(line) for line in shell.command("agents", "--json").stdout.splitlines()]
    assert [(row["agent"], row["address"]) for row in rows if row["source"] == "mail"] == [
        ("dana", "dana.o@private.example")
    ]
    shell.command("agents", "forget", "dana.o@private.example")
    assert b"dana.o@private.example" not in shell.command("agents").stdout
    assert shell.command("agents", "forget", DANA, check=False).returncode == 65


class TestWhy:
    def reasons(self, desk: Office, agent: str = DANA) -> list[Sent]:
        wanted = ("What came from", "[1001] Why ")
        return [sent for sent in desk.sent if sent.recipient == agent and str(sent.mail["Subject"]).startswith(wanted)]

    def test_in_a_reply_it_tells_of_the_ticket(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "#why"))
        [told] = self.reasons(desk)
        assert str(told.mail["Subject"]) == "[1001] Why it is as it is \u2013 A question"
        for said in (
            "Jane Roe (jane@acme-dental.example) wrote: A question",
            "The receipt to jane",
            "No rule knows its words",
        ):
            assert said in words(told)
        assert to_customer(desk) == []

    def test_without_a_token_it_tells_of_an_addresss_mail_at_once(self, desk: Office) -> None:
        asked(desk)
        wrote(desk, "#why jane@acme-dental.example monday")
        assert waiting(desk) == 0
        [told] = self.reasons(desk)
        assert "Jane Roe (jane@acme-dental.example) wrote: A question" in words(told)

    def test_nothing_of_anothers_customer_is_told(self, desk: Office) -> None:
        asked(desk)
        wrote(desk, "#why jane@acme-dental.example", sender=f"Bob <{BOB}>")
        assert self.reasons(desk, BOB) == []
        assert "no customer of Bob Lind's" in words(told(desk, BOB)[0])

    def test_nothing_of_anothers_ticket_is_told(self, desk: Office) -> None:
        """Kim is listed by nobody; her ticket was said to be Acme's."""
        ticket = asked(desk, sender="Kim <kim@elsewhere.example>")
        desk.do(verb="set", ticket=ticket, tenant="acme")
        wrote(desk, "#why kim@elsewhere.example monday", sender=f"Bob <{BOB}>")
        [told] = self.reasons(desk, BOB)
        assert "A question" not in told.text

    def test_it_has_to_know_of_what(self, desk: Office) -> None:
        wrote(desk, "#why")
        assert "say whose mail" in words(told(desk)[0])
