"""One of us answers past the desk, from the shared mailbox or with us in copy: logged, and the clock stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.errors import TransientFailure, UnclearResult
from tests.servers.daemon import Desk as Daemon
from tests.servers.daemon import rules_for
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Relay
from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import in_copy

JANE = "Jane Roe <jane@acme-dental.example>"
TEAM = """
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["dana@harborvoice.example", "dana.ortiz@mailbox.example"]
"""
QUESTION = "How do I change the music that callers hear while they wait?"
ANSWER = "Hello Jane,\n\nplease upload the new music under Settings, Sounds.\n\nDana"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def written(
    *,
    to: str = "jane@acme-dental.example",
    sender: str = f"Harbor Voice <{SUPPORT}>",
    subject: str = "Re: A question",
    fields: tuple[str, ...] = (),
    message_id: str = "answer-1@mail-program.example",
    verdict: str = "",
    text: str = ANSWER,
) -> bytes:
    """Return what a mail program keeps of a mail that one of us wrote."""
    return mail(
        sender, text, subject=subject, verdict=verdict, message_id=message_id, fields=fields, replaces={"To": to}
    )


def asked(desk: Office, *, sender: str = JANE, message_id: str = "q1@acme-dental.example", **more: str) -> int:
    ticket = desk.receive(mail(sender, QUESTION, message_id=message_id, **more)).ticket  # type: ignore[arg-type]
    assert ticket is not None
    return ticket


def responded(desk: Office, ticket: int) -> bool:
    return desk.one("SELECT first_response_at FROM ticket WHERE id = ?", ticket) is not None


REPLIES = ("In-Reply-To: <q1@acme-dental.example>",)


class TestFromTheMailbox:
    def test_an_answer_is_logged_and_stops_the_clock(self, desk: Office) -> None:
        ticket = asked(desk)
        left = len(desk.sent)
        desk.receive(written(fields=REPLIES), folder="Sent", sent=True)
        assert responded(desk, ticket)
        [(kind, text)] = desk.rows("SELECT kind, text FROM entry WHERE ticket_id = ? AND kind = 'agent'", ticket)
        assert (kind, "Settings, Sounds" in text) == ("agent", True)
        assert len(desk.sent) == left, "nothing is sent because of it"

    def test_the_customers_next_mail_finds_the_ticket_by_the_answers_id(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(written(fields=REPLIES), sent=True)
        reply = mail(JANE, "Thank you, but which format?", fields=("In-Reply-To: <answer-1@mail-program.example>",))
        assert desk.receive(reply).ticket == ticket

    def test_thanks_for_it_close_the_ticket(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(written(fields=REPLIES), sent=True)
        thanks = mail(JANE, "Thank you!", fields=("In-Reply-To: <answer-1@mail-program.example>",))
        assert desk.receive(thanks).ticket == ticket
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "closed"

    def test_our_own_mail_there_is_no_answer(self, desk: Office) -> None:
        """Gmail and Microsoft put there whatever leaves through them."""
        ticket = asked(desk)
        [acknowledgement] = desk.answers
        assert desk.receive(acknowledgement.raw, sent=True).ticket is None
        assert not responded(desk, ticket)

    def test_our_mail_found_there_after_an_unclear_result_did_leave(self, desk: Office) -> None:
        """F7: the relay took it and did not say so."""
        desk.refusing["jane@acme-dental.example"] = UnclearResult("connection lost after the final dot")
        asked(desk)
        assert desk.one("SELECT state FROM outbox WHERE audience = 'customer'") == "unclear"
        desk.receive(desk.octets("customer"), sent=True)
        assert desk.one("SELECT state FROM outbox WHERE audience = 'customer'") == "sent"

    def test_our_mail_found_there_while_the_relay_keeps_silent_is_in_no_doubt(self, desk: Office) -> None:
        desk.refusing["jane@acme-dental.example"] = TransientFailure("greylisted", 450)
        asked(desk)
        desk.receive(desk.octets("customer"), sent=True)
        desk.refusing["jane@acme-dental.example"] = UnclearResult("connection lost after the final dot")
        desk.let_pass(timedelta(hours=1))
        assert desk.one("SELECT state FROM outbox WHERE audience = 'customer'") == "sent"
        assert not any("may have arrived or not" in notice.text for notice in desk.notices)

    @pytest.mark.parametrize(
        "field",
        [
            "Auto-Submitted: auto-replied (vacation)",
            "Auto-Submitted: auto-generated",
            "X-Autoreply: yes",
            "Precedence: bulk",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
            "Content-Type: text/calendar; method=REPLY",
        ],
    )
    def test_what_no_person_wrote_is_no_answer(self, desk: Office, field: str) -> None:
        ticket = asked(desk)
        desk.receive(written(fields=(*REPLIES, field)), sent=True)
        assert not responded(desk, ticket)

    def test_a_note_of_absence_without_any_mark_is_no_answer(self, desk: Office) -> None:
        ticket = asked(desk)
        away = "I am out of the office until Monday."
        desk.receive(written(fields=REPLIES, subject="Automatic reply: A question", text=away), sent=True)
        assert not responded(desk, ticket)

    @pytest.mark.parametrize("author", [JANE, "Eve <eve@elsewhere.example>", f"{SUPPORT}, eve@elsewhere.example"])
    def test_what_somebody_else_wrote_is_no_answer_wherever_it_lies(self, desk: Office, author: str) -> None:
        """A hand moves mail between folders; a provider may file a forged one as sent."""
        ticket = asked(desk)
        fields = (*REPLIES, "Cc: bob@acme-dental.example")
        desk.receive(mail(author, "Any news?", fields=fields, message_id="m@acme-dental.example"), sent=True)
        assert not responded(desk, ticket)

    @pytest.mark.parametrize("author", ["dana.ortiz@mailbox.example", "Sales <sales@harborvoice.example>"])
    def test_whichever_of_our_addresses_wrote_it_is_an_answer(self, desk: Office, author: str) -> None:
        ticket = asked(desk)
        desk.receive(written(sender=author, fields=REPLIES), sent=True)
        assert responded(desk, ticket)

    def test_a_mail_to_many_customers_answers_none(self, desk: Office) -> None:
        ticket = asked(desk)
        everybody = ", ".join(f"office@customer-{number}.example" for number in range(20))
        desk.receive(written(to=f"jane@acme-dental.example, {everybody}", subject="Closed on Friday"), sent=True)
        assert not responded(desk, ticket)

    def test_an_invoice_does_not_stop_the_clock_of_an_outage(self, desk: Office) -> None:
        text = "All phones are down in the whole office."
        ticket = desk.receive(mail(JANE, text, message_id="q1@acme-dental.example")).ticket
        assert ticket is not None
        desk.receive(written(subject="Your invoice for November"), sent=True)
        assert not responded(desk, ticket)
        desk.receive(written(fields=REPLIES, message_id="answer-2@mail-program.example"), sent=True)
        assert responded(desk, ticket)

    def test_a_mail_of_ours_that_the_log_has_forgotten_is_no_answer(self, desk: Office) -> None:
        ticket = asked(desk)
        ours = f"{'a' * 39}.1f.2@harborvoice.example"
        desk.receive(written(fields=REPLIES, message_id=ours), sent=True)
        assert not responded(desk, ticket)

    def test_the_same_copy_again_is_one_answer(self, desk: Office) -> None:
        ticket = asked(desk)
        for uid in (1, 2):
            desk.receive(written(fields=REPLIES), sent=True, folder="Sent", mailbox="support", uidvalidity=1, uid=uid)
        assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'agent'", ticket) == 1

    def test_the_copy_that_came_to_us_does_not_hide_the_answer(self, desk: Office) -> None:
        """Whoever answers all writes to support@ as well."""
        ticket = asked(desk)
        raw = written(fields=REPLIES, to=f"jane@acme-dental.example, {SUPPORT}")
        desk.receive(raw)
        assert not responded(desk, ticket)
        desk.receive(raw, sent=True)
        assert responded(desk, ticket)

    def test_a_mail_to_the_carrier_is_a_note(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(written(to="noc@carrier.example", subject="Fwd: A question", fields=REPLIES), sent=True)
        assert not responded(desk, ticket)
        assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'note'", ticket) == 1
        later = mail(
            "NOC <noc@carrier.example>",
            "We look into it.",
            fields=("In-Reply-To: <answer-1@mail-program.example>",),
        )
        assert desk.receive(later).ticket != ticket, "the carrier is no party of the customer's ticket"

    def test_a_new_mail_to_the_customer_is_about_her_only_open_ticket(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(written(subject="Your music"), sent=True)
        assert responded(desk, ticket)

    def test_with_several_open_tickets_the_subject_decides(self, desk: Office) -> None:
        music = asked(desk, subject="Hold music")
        fax = asked(desk, message_id="q2@acme-dental.example", subject="Fax to mail")
        desk.receive(written(subject="Your phones"), sent=True)
        assert (responded(desk, music), responded(desk, fax)) == (False, False)
        desk.receive(written(subject="Re: Fax to mail", message_id="answer-2@mail-program.example"), sent=True)
        assert (responded(desk, music), responded(desk, fax)) == (False, True)

    def test_a_number_in_the_subject_decides_for_a_party_only(self, desk: Office) -> None:
        ticket = asked(desk)
        other = asked(desk, sender="Raj <raj@bolt.example>", message_id="q9@bolt.example")
        desk.receive(written(subject=f"About #{other}"), sent=True)
        assert (responded(desk, ticket), responded(desk, other)) == (True, False), "Jane's ticket, not Bolt's"

    def test_what_goes_to_ourselves_is_filed(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(written(to="dana@harborvoice.example", fields=REPLIES), sent=True)
        assert not responded(desk, ticket)

    def test_whoever_was_written_to_is_known_from_then_on(self, desk: Office) -> None:
        stranger = "Kim Lee <kim@new-customer.example>"
        first = asked(desk, sender=stranger, message_id="q1@acme-dental.example", verdict="")
        assert desk.answers == []
        desk.receive(written(to="kim@new-customer.example", fields=REPLIES), sent=True)
        assert responded(desk, first)
        desk.receive(mail(stranger, "Another question: can we keep our number?", subject="Number", verdict=""))
        assert [sent.recipient for sent in desk.answers] == ["kim@new-customer.example"]


class TestInCopy:
    def copy(self, *, sender: str = "Dana <dana@harborvoice.example>", verdict: str = "pass", **more: str) -> bytes:
        return written(
            sender=sender,
            to="jane@acme-dental.example",
            fields=(*REPLIES, f"Cc: {SUPPORT}"),
            verdict=verdict,
            **more,
        )

    def test_an_answer_with_us_in_copy_stops_the_clock(self, desk: Office) -> None:
        ticket = asked(desk)
        left = len(desk.sent)
        desk.receive(self.copy())
        assert responded(desk, ticket)
        assert len(desk.sent) == left
        reply = mail(JANE, "Which format?", fields=("In-Reply-To: <answer-1@mail-program.example>",))
        assert desk.receive(reply).ticket == ticket

    def test_an_agents_second_address_counts_as_well(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(self.copy(sender="dana.ortiz@mailbox.example"))
        assert responded(desk, ticket)

    def test_without_evidence_it_is_a_note_and_the_clock_runs(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(self.copy(verdict=""))
        assert not responded(desk, ticket)
        [(flags,)] = desk.rows("SELECT flags FROM entry WHERE ticket_id = ? AND kind = 'note'", ticket)
        assert "unverified" in flags
        reply = mail(JANE, "Which format?", fields=("In-Reply-To: <answer-1@mail-program.example>",))
        assert desk.receive(reply).ticket != ticket, "an id that nobody proved joins nothing"

    def test_a_forgery_is_kept_apart(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(self.copy(verdict="fail"))
        assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind IN ('note', 'agent')", ticket) == 0

    def test_an_unlisted_address_is_a_strangers(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(self.copy(sender="Dana <dana@elsewhere.example>"))
        assert not responded(desk, ticket)

    def test_a_note_of_absence_is_no_answer(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(
            written(
                sender="Dana <dana@harborvoice.example>",
                fields=(*REPLIES, f"Cc: {SUPPORT}", "Auto-Submitted: auto-replied"),
                verdict="pass",
            )
        )
        assert not responded(desk, ticket)

    @pytest.mark.parametrize("verdict", ["pass", ""])
    @pytest.mark.parametrize(
        ("to", "copy"),
        [
            ("jane@acme-dental.example", SUPPORT),
            (SUPPORT, "jane@acme-dental.example"),
            ("support+abc@harborvoice.example", "noc@carrier.example"),
        ],
    )
    def test_an_outage_that_one_of_us_reports_opens_a_ticket(
        self, desk: Office, to: str, copy: str, verdict: str
    ) -> None:
        """Jane called, or wrote to Dana's own address; her other ticket is about music."""
        music = asked(desk)
        raw = mail(
            "Dana <dana@harborvoice.example>",
            "All phones are down at Acme, the whole office cannot call.",
            subject="Acme",
            message_id="d1@harborvoice.example",
            verdict=verdict,
            replaces={"To": to, "Cc": copy},
        )
        opened = desk.receive(raw).ticket
        assert opened not in {None, music}
        assert desk.one("SELECT severity FROM ticket WHERE id = ?", opened) == "critical"
        assert not responded(desk, music)

    def test_what_is_addressed_to_us_and_names_no_ticket_opens_one(self, desk: Office) -> None:
        raw = self.copy(sender="Dana <dana@harborvoice.example>").replace(b"In-Reply-To", b"X-Nothing")
        raw = raw.replace(b"To: jane@acme-dental.example", f"To: {SUPPORT}, noc@carrier.example".encode())
        assert desk.receive(raw).ticket is not None

    @pytest.mark.parametrize(
        ("to", "copy"), [(f"jane@acme-dental.example, {SUPPORT}", None), (SUPPORT, "jane@acme-dental.example")]
    )
    def test_a_customer_beside_us_is_answered(self, desk: Office, to: str, copy: str | None) -> None:
        """Programs put whom one adds into To as often as into Cc; only where she stands there is it hers."""
        ticket = asked(desk)
        raw = mail(
            "Dana <dana@harborvoice.example>",
            ANSWER,
            subject="Your music",
            message_id="d2@harborvoice.example",
            replaces={"To": to, "Cc": copy},
        )
        opened = desk.receive(raw).ticket
        assert (opened == ticket, responded(desk, ticket)) == (copy is None, copy is None)

    def test_where_none_of_hers_can_be_meant_it_opens_one(self, desk: Office) -> None:
        raw = mail(
            "Dana <dana@harborvoice.example>",
            "Jane reports by phone that her music is too loud.",
            subject="Music",
            replaces={"To": f"{SUPPORT}, jane@acme-dental.example"},
        )
        assert desk.receive(raw).ticket is not None

    def test_a_provider_that_calls_it_spam_hides_nothing(self, desk: Office) -> None:
        ticket = asked(desk)
        raw = self.copy()
        desk.receive(b"X-Spam-Flag: YES\r\n" + raw)
        assert responded(desk, ticket)


class TestCommandsInThem:
    """The customer has read them: her copy went past us."""

    SEEN = "The customer has read your command"

    def told(self, desk: Office, agent: str = "dana@harborvoice.example") -> list[Sent]:
        return [sent for sent in desk.sent if sent.recipient == agent and self.SEEN in str(sent.mail["Subject"])]

    def open(self, desk: Office) -> bool:
        return bool(desk.one("SELECT state FROM ticket") == "open")

    @pytest.mark.parametrize("sent", [True, False])
    @pytest.mark.parametrize("name", ["Harbor Voice", "Dana"])
    def test_they_are_not_done_and_the_writer_is_told(self, desk: Office, name: str, *, sent: bool) -> None:
        """With one agent, a shared mailbox's mail is that one's."""
        ticket = asked(desk)
        sender = f"{name} <{SUPPORT if sent else 'dana@harborvoice.example'}>"
        fields = (*REPLIES, *(() if sent else (f"Cc: {SUPPORT}",)))
        verdict = "" if sent else "pass"
        desk.receive(written(sender=sender, fields=fields, verdict=verdict, text=f"#close\n{ANSWER}"), sent=sent)
        assert (responded(desk, ticket), self.open(desk)) == (True, True)
        [told] = self.told(desk)
        assert "jane@acme-dental.example has read “#close”" in " ".join(told.text.split())
        answer = mail(
            "Dana <dana@harborvoice.example>",
            "#close",
            fields=(f"In-Reply-To: <{told.message_id}>",),
            message_id="then@phone.example",
        )
        assert desk.receive(answer).ticket == ticket
        assert not self.open(desk), "a reply to what she is told does them"

    def test_where_nothing_proves_the_reply_either_it_is_asked_about(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(fields=REPLIES, text=f"#close\n{ANSWER}"), sent=True)
        [told] = self.told(desk)
        refers = (f"In-Reply-To: <{told.message_id}>",)
        desk.receive(
            mail("dana@harborvoice.example", "#close", verdict="", fields=refers, message_id="t@phone.example")
        )
        assert self.open(desk)
        assert any("Did you write this?" in str(sent.mail["Subject"]) for sent in desk.sent)

    def test_one_that_nothing_proves_does_nothing_and_is_told_so(self, desk: Office) -> None:
        asked(desk)
        raw = TestInCopy().copy(verdict="", text=f"#close\n{ANSWER}")
        desk.receive(raw)
        assert self.open(desk)
        assert "nothing proves that it was yours" in " ".join(self.told(desk)[0].text.split())

    @pytest.mark.parametrize("text", [ANSWER, "#1 priority for us: your music.", f"{ANSWER}\n\n> #close"])
    def test_without_a_command_nobody_is_told(self, desk: Office, text: str) -> None:
        asked(desk)
        desk.receive(written(fields=REPLIES, text=text), sent=True)
        assert self.told(desk) == []

    def test_a_slip_is_told_as_well(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(fields=REPLIES, text=f"#colse\n{ANSWER}"), sent=True)
        assert len(self.told(desk)) == 1

    def test_an_answer_that_is_filed_is_told_of_once_for_both_its_copies(self, desk: Office) -> None:
        raw = written(sender="dana@harborvoice.example", fields=REPLIES, verdict="pass", text=f"#close\n{ANSWER}")
        desk.receive(raw, sent=True)
        desk.receive(raw)
        assert len(self.told(desk)) == 1

    def test_who_may_not_see_the_ticket_hears_nothing_of_it(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + 'tenants = ["bolt"]\n') as desk:
            asked(desk, subject="Secret of Acme")
            desk.receive(TestInCopy().copy(text=f"#close\n{ANSWER}", subject="Hello"))
            [told] = self.told(desk)
            assert "Secret" not in told.raw.decode()
            assert "reply to this mail" not in told.text


class TestCommandsInAReplyToAll:
    """A reply to a relay that went to the customer herself and to us: his own token is the proof, as in any reply."""

    def reply(self, desk: Office, text: str, *, verdict: str = "pass") -> None:
        relay = next(sent for sent in desk.sent if "A reply to this mail goes to" in sent.text)
        desk.receive(in_copy(relay, text, verdict=verdict))

    def test_they_are_done_and_the_writer_is_told(self, desk: Office) -> None:
        ticket = relayed(desk)
        self.reply(desk, f"#close\n#severity high\n{ANSWER}")
        assert responded(desk, ticket)
        assert desk.rows("SELECT state, severity FROM ticket") == [("closed", "high")]
        [told] = TestCommandsInThem().told(desk)
        assert "It was done all the same" in " ".join(told.text.split())

    @pytest.mark.parametrize("text", ["#close", "#note She is on holiday.", "#colse", "#allow kim@elsewhere.example"])
    def test_what_cannot_be_done_leaves_it_an_answer(self, desk: Office, text: str) -> None:
        ticket = relayed(desk)
        self.reply(desk, f"{text}\n{ANSWER}", verdict="" if text == "#close" else "pass")
        assert responded(desk, ticket) is (text != "#close"), "what nothing proves stops no clock"
        assert desk.one("SELECT state FROM ticket") == "open"
        assert desk.rows("SELECT * FROM participant") == []
        [told] = [sent for sent in desk.sent if "ot done" in sent.text or "othing of these" in sent.text]
        assert told.recipient == "dana@harborvoice.example"


def relayed(desk: Office) -> int:
    ticket = asked(desk)
    desk.let_pass(timedelta(0))
    return ticket


@pytest.mark.dovecot
def test_a_mail_program_on_the_same_mailbox(tmp_path: Path, start_dovecot: Callable[..., Dovecot]) -> None:
    """The daemon reads INBOX and the folder that the server marks for sent mail; a person answers between the two."""
    server = start_dovecot(sent="Gesendet")
    with Relay() as relay:
        desk = Daemon(tmp_path / "desk", rules_for(dovecot=server, relay=relay), {"IMAP_PASSWORD": server.password})
        with desk:
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 2, "both folders to be opened")
            server.append(mail(JANE, QUESTION, message_id="q1@acme-dental.example", verdict=""))
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'sent'") == 1, "the answer")
            [acknowledgement] = relay.wait_for(1)
            server.append(acknowledgement.raw, folder="Gesendet")
            server.append(written(sender="Harbor Voice <support@example.com>", fields=REPLIES), folder="Gesendet")
            answered = "SELECT count(*) FROM ticket WHERE first_response_at IS NOT NULL"
            desk.wait_for(lambda: desk.count(answered) == 1, "the answer in the folder to be seen")
            assert desk.count("SELECT count(*) FROM entry WHERE kind = 'agent'") == 1
            shown = desk.command("show", "1001").stdout.decode()
            assert "Settings, Sounds" in shown
            assert "sent mail" in desk.command("status").stdout.decode()
            early = written(
                to="sam@acme-dental.example",
                sender="Harbor Voice <support@example.com>",
                fields=("In-Reply-To: <q2@acme-dental.example>",),
                message_id="early@mail-program.example",
            )
            server.append(early, folder="Gesendet")
            desk.wait_for(
                lambda: desk.count("SELECT count(*) FROM entry WHERE event = 'agent'") == 1, "the answer to be seen"
            )
            sam = "Sam <sam@acme-dental.example>"
            server.append(mail(sam, QUESTION, message_id="q2@acme-dental.example", verdict=""))
            desk.wait_for(lambda: desk.count(answered) == 2, "the question of the answer that was there before")
            desk.command("status")
            assert [one.recipients for one in relay.mails] == [("jane@acme-dental.example",)], "nobody greets Sam"
