"""What a reply to the weekly mail does, and what it never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.deciding.agents import commands
from mailbot.deciding.effects import FileEvent, OpenTicket, Quarantine
from mailbot.desk.mails.asking import MOST_OF_OTHERS
from mailbot.service.accepting import forget
from tests.desk.weekly import (
    MONDAY,
    OF_THE_WEEK,
    PAT,
    SAM,
    WEEK,
    Worked,
    digest_of,
    going_on,
    numbers,
    of,
    played,
    replied,
    state,
    told,
    work,
)
from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import DANA


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return played(tmp_path_factory.mktemp("worked"), work)


@pytest.fixture
def desk(tmp_path: Path, worked: Worked) -> Iterator[Office]:
    with going_on(tmp_path, worked) as opened:
        yield opened


class TestWhatItDoes:
    def test_lines_are_done_and_told_line_by_line_in_one_mail(self, desk: Office) -> None:
        digest, before = digest_of(desk), len(desk.sent)
        bolt = of(digest, 1004)
        desk.receive(replied(digest, f"{of(digest, 1001)} close\n{bolt} assign bob\nwhy {bolt}"))
        assert {row[0]: row[1:3] for row in state(desk)}[1001] == ("closed", "")
        assert {row[0]: row[1:3] for row in state(desk)}[1004] == ("open", "bob")
        [transcript] = desk.sent[before:]
        assert transcript.recipient == PAT
        lines = " ".join(transcript.text.split())
        assert f"{of(digest, 1001)} close: #1001 is closed (Acme Dental, Phones down). {bolt} assign: " in lines
        assert f"{bolt} assign: Bob Lind has #1004" in lines
        assert f"(Bolt Logistics, Greeting). {bolt} why: Why #1004 is as it is." in lines
        assert "How do I record a greeting" not in desk.sent[-1].raw.decode("latin-1"), "the reasons hold no words"

    @pytest.mark.parametrize("order", ["#1004 close", "close #1004", "1004 close", "1, #1004 close"])
    def test_a_tickets_own_number_that_stands_in_the_mail_will_do(self, desk: Office, order: str) -> None:
        desk.receive(replied(digest_of(desk), f"{order}\nwhy #1004"))
        assert {row[0]: row[1] for row in state(desk)}[1004] == "closed"
        said = " ".join(told(desk).text.split())
        assert f"{of(digest_of(desk), 1004)} close: #1004 is closed (Bolt Logistics, Greeting)." in said
        assert "Why #1004 is as it is." in said

    @pytest.mark.parametrize(
        "around",
        [
            "Good morning,\n\n{}\n\nThanks\nPat",
            "Hi!\n{}\nThank you very much, Pat",
            "{}\n\nPat",
            "{}\nBest regards,\nPat",
            "please {}\n\nBest,\nPat\nHarbor Voice | +1 617 555 0100\npat@harborvoice.example",
            "{}\n\nPat\n+1 617 555 0100",
        ],
    )
    def test_a_greeting_thanks_and_the_readers_name_are_no_orders_and_no_note(self, desk: Office, around: str) -> None:
        desk.receive(replied(digest_of(desk), around.format("1 close\nand 2 close")))
        assert [row[1] for row in state(desk)].count("closed") == 2
        assert desk.rows("SELECT id FROM entry WHERE kind = 'note'") == []

    def test_its_numbers_are_its_own_also_weeks_later(self, desk: Office) -> None:
        desk.do(verb="close", ticket=1001, author="test")
        desk.let_pass(2 * WEEK)
        first, last = digest_of(desk), digest_of(desk, place=2)
        assert numbers(first)[2] != numbers(last)[2]
        desk.receive(replied(first, "2 close"))
        assert desk.one("SELECT state FROM ticket WHERE id = ?", numbers(first)[2]) == "closed"
        assert desk.one("SELECT state FROM ticket WHERE id = ?", numbers(last)[2]) == "open"

    def test_each_link_begins_a_reply_that_acts(self, desk: Office) -> None:
        digest = digest_of(desk)
        body = digest.mail.get_body(("html",))
        assert body is not None
        links = {unescape(one) for one in re.findall(r'href="(mailto:[^"]+)"', str(body.get_content()))}
        assert len(links) > 10
        for link in sorted(one for one in links if "to%20bolt" not in one):
            words = parse_qs(urlsplit(link).query)
            raw = mail(
                f"Pat <{PAT}>", words["body"][0], subject=words["subject"][0], message_id=f"{len(desk.sent)}@x.y"
            )
            raw = raw.replace(f"To: {SUPPORT}".encode(), f"To: {unquote(urlsplit(link).path)}".encode())
            decided = desk.receive(raw).decision
            assert decided.reasons[0].code == "list.reply", words["body"]

    def test_without_sub_addresses_the_links_bring_the_token_along(self, tmp_path: Path) -> None:
        rules = OF_THE_WEEK.replace('plus_addressing = "yes"', 'plus_addressing = "no"')
        with office(tmp_path, rules=rules, at=MONDAY) as desk:
            work(desk)
            body = digest_of(desk).mail.get_body(("html",))
            assert body is not None
            [link] = [
                unescape(one) for one in re.findall(r'href="(mailto:[^"]+)"[^>]*>Give to Bob<', str(body.get_content()))
            ][:1]
            words = parse_qs(urlsplit(link).query)
            assert unquote(urlsplit(link).path) == SUPPORT
            desk.receive(mail(f"Pat <{PAT}>", words["body"][0], subject=words["subject"][0]))
            assert ("bob",) in desk.rows("SELECT assignee FROM ticket")

    def test_a_line_that_cannot_be_read_stops_all_with_the_nearest_word(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        for text, near in (
            ("1 close\n2 asign bob", "2 assign"),
            ("1 close\nclsoe 2", "2 close"),
            ("1 close\nad elsewhere.example to acme", "add dental-example.com to acme"),
            ("1 close\nadd elsewhere.example to acmee", "add elsewhere.example to acme"),
            ("1 close\n2 assign bobb", "2 assign bob"),
            ("1 close\n99 close", "99 is not in the mail"),
            ("1005 close", "1005 is not in the mail"),
            ("It was a quiet week.\n\n1 close", '"1 close" stands below other words. Begin your reply with it.'),
            ("1 close\nadd elsewhere.example to", "it needs a customer: acme or bolt"),
            ("1 close\nThanks, but why so late?", "Thanks, but why so late?"),
            ("close all", "it needs the numbers that are meant. Did you mean close 1 2?"),
            ("Close ticket 2 please", "it needs the number that is meant, in front. Did you mean 2 close?"),
            ("assign bob", "Did you mean 1 assign?"),
            ("1 close\n2 close\n\nJane phoned, all is well", "it is not clear which number these words are for"),
            ("", "your reply to the weekly mail says nothing new"),
            ("1 close\ntell them that all is well", "tell them"),
            ("1 take", "1 take"),
            ("why", "it needs the number that is meant, or an address. Did you mean why 1?"),
            ("1 answer\nHello", "1 answer"),
            ("Thanks, well done everybody!", "what to do with which number"),
        ):
            count = len(desk.sent)
            desk.receive(replied(digest, text))
            [answer] = desk.sent[count:]
            said = " ".join(answer.text.split())
            assert near in said, text
            assert "the customer" not in said.partition("You wrote:")[0].partition(": closes")[0], text
            assert state(desk) == before, text

    def test_what_is_answered_without_new_words_to_be_told_apart_is_told_how_and_kept_by_nobody(
        self, desk: Office
    ) -> None:
        digest, count = digest_of(desk), len(desk.sent)
        body = digest.mail.get_body(("html",))
        assert body is not None
        html = re.sub(r"(?s)^.*<body[^>]*>|</body>.*$", "", str(body.get_content()))
        head = "<html xmlns:o='urn:schemas-microsoft-com:office:office'><body><div class='WordSection1'><p>&nbsp;</p>"
        above = (
            f"<div><b>From:</b> Harbor Voice &lt;{SUPPORT}&gt;<br><b>Sent:</b> Monday, November 23, 2026 8:00 AM<br>"
        )
        fields = (f"In-Reply-To: <{digest.message_id}>", "MIME-Version: 1.0")
        whole = f"{head}{above}<b>To:</b> {PAT}<br><b>Subject:</b> Week 47</div>{html}</div></body></html>"
        raw = mail(f"Pat <{PAT}>", whole, subject="RE: Week 47", fields=fields, content_type="text/html; charset=utf-8")
        assert isinstance(desk.receive(raw).decision.place, FileEvent)
        [answer] = desk.sent[count:]
        assert str(answer.mail["Subject"]) == "Nothing was done"
        assert "3 close: closes the ticket that is number 3" in " ".join(answer.text.split())


class TestAdding:
    def test_a_domain_is_a_customers_from_then_on_with_its_open_tickets(self, desk: Office) -> None:
        desk.receive(replied(digest_of(desk), "add elsewhere.example to Acme Dental"))
        assert (
            "add: all who write from elsewhere.example write for Acme Dental from now on; #1002 is theirs."
            in " ".join(told(desk).text.split())
        )
        assert desk.one("SELECT tenant FROM ticket WHERE id = 1002") == "acme"
        ticket = desk.receive(mail("Lee <lee@elsewhere.example>", "And a phone?", subject="A phone")).ticket
        assert desk.one("SELECT tenant FROM ticket WHERE id = ?", ticket) == "acme"
        desk.let_pass(WEEK)
        assert "ann@elsewhere.example (#1002) is listed" not in " ".join(digest_of(desk, place=1).text.split())

    def test_it_can_be_undone_by_mail_and_on_the_server(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.receive(replied(digest, "add elsewhere.example to acme"))
        desk.receive(replied(digest, "undo"))
        assert "elsewhere.example is nobody's customer" in " ".join(told(desk).text.split())
        assert desk.one("SELECT tenant FROM ticket WHERE id = 1002") is None
        ticket = desk.receive(mail("Lee <lee@elsewhere.example>", "And a phone?", subject="A phone")).ticket
        assert desk.one("SELECT tenant FROM ticket WHERE id = ?", ticket) is None
        desk.receive(replied(digest, "add elsewhere.example to bolt"))
        assert desk.do(verb="forget-sender", sender="elsewhere.example") == "bolt"
        ticket = desk.receive(mail("Kay <kay@elsewhere.example>", "And a phone?", subject="Phone")).ticket
        assert desk.one("SELECT tenant FROM ticket WHERE id = ?", ticket) is None

    @pytest.mark.parametrize(
        ("who", "why"),
        [
            ("gmail.com", "anybody can have an address at gmail.com"),
            ("harborvoice.example", "the domain of our own support address"),
            (SUPPORT, "an address of ours"),
            (DANA, "an address of ours"),
            ("dana.ortiz@mailbox.example", "an address of ours"),
            ("mailbox.example", "the domain of one of us"),
            (PAT, "an address of ours"),
            ("bolt.example", "belongs to Bolt Logistics"),
            ("bo@bolt.example", "belongs to Bolt Logistics"),
            ("mail.bolt.example", "mail.bolt.example is near bolt.example, which belongs to Bolt Logistics (bolt)"),
            ("desk.harborvoice.example", "the domain of our own support address, or near it"),
            ("bob.mailbox.example", "the domain of one of us (dana.ortiz@mailbox.example), or near it"),
            ("mail.gmail.com", "anybody can have an address at gmail.com"),
            ("privaterelay.appleid.com", "anybody can have an address at privaterelay.appleid.com"),
            ("co.uk", "co.uk looks like what a registry has"),
            ("com.au", "or list it in rules.toml if it is acme's"),
            ("never-wrote.example", "nobody has written from never-wrote.example yet"),
        ],
    )
    def test_what_is_no_customers_of_ours_is_refused_and_nothing_done(self, desk: Office, who: str, why: str) -> None:
        before = state(desk)
        desk.receive(replied(digest_of(desk), f"1 close\nadd {who} to acme"))
        assert why in " ".join(told(desk).text.split())
        assert state(desk) == before

    def test_one_address_at_such_a_domain_can_be_added(self, desk: Office) -> None:
        desk.receive(replied(digest_of(desk), "add joe@gmail.com to acme"))
        assert desk.one("SELECT tenant FROM ticket WHERE requester = 'joe@gmail.com'") == "acme"

    def test_what_nobody_added_cannot_be_forgotten(self, tmp_path: Path) -> None:
        from mailbot.desk.operations import RefusedError  # noqa: PLC0415

        (tmp_path / "rules.toml").write_text(RULES)
        with pytest.raises(RefusedError, match="was not accepted"):
            forget(tmp_path, "elsewhere.example", now=MONDAY)


class TestWhoMay:
    def test_without_proof_the_reader_is_asked_at_the_address_that_the_mail_went_to(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        desk.receive(replied(digest, "1 close", verdict="none"))
        assert state(desk) == before
        question = told(desk)
        assert f"1 close: close the ticket (#{numbers(digest)[1]}, " in question.text
        assert "nothing proves that it comes from your address" in " ".join(question.text.split())
        desk.receive(replied(question, "yes"))
        desk.processor.step()
        assert desk.one("SELECT state FROM ticket WHERE id = ?", numbers(digest)[1]) == "closed"

    def test_from_another_address_of_the_readers_it_is_asked_about_too(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        desk.receive(replied(digest, "1 close", sender="Pat <pat@private.example>"))
        assert state(desk) == before
        assert "it came from pat@private.example" in " ".join(told(desk).text.split())
        desk.receive(replied(told(desk), "no"))
        desk.processor.step()
        assert state(desk) == before

    def test_words_in_answer_to_the_question_go_nowhere(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        desk.receive(replied(digest, "1 close", verdict="none"))
        count = len(desk.answers)
        desk.receive(replied(told(desk), "Well, I would rather have it stay open."))
        assert state(desk) == before
        assert {one.recipient for one in desk.answers[count:]} == {PAT}

    def test_a_reply_to_one_that_is_too_old_is_asked_about_and_opens_no_ticket(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        desk.now += timedelta(days=800)
        desk.receive(replied(digest, "1 close"))
        assert state(desk) == before
        question = " ".join(told(desk).text.split())
        assert "the weekly mail that it answers is too old to act by it alone" in question
        assert f"1 close: close the ticket (#{numbers(digest)[1]}, " in question
        desk.receive(replied(told(desk), "yes"))
        desk.processor.step()
        assert desk.one("SELECT state FROM ticket WHERE id = ?", numbers(digest)[1]) == "closed"

    @pytest.mark.parametrize("text", ["{} close", "Hello,\n\nclose {}\n\nThanks, Pat", "{} close\n2 note call her"])
    def test_an_order_that_answers_no_weekly_mail_is_asked_about_by_the_numbers_of_the_last_one(
        self, desk: Office, text: str
    ) -> None:
        desk.let_pass(WEEK)
        last, before = digest_of(desk, place=1), state(desk)
        bolt = of(last, 1004)
        desk.receive(mail(f"Pat <{PAT}>", text.format(bolt), subject="Week 47"))
        assert state(desk) == before
        question = told(desk)
        said = " ".join(question.text.split())
        assert "it answers no weekly mail, and its numbers are taken for those of Mon, Nov 30" in said
        assert f"{bolt} close: close the ticket (#1004, Bolt Logistics)" in said
        desk.do(verb="close", ticket=numbers(last)[1], author="test")
        desk.let_pass(WEEK)
        assert numbers(digest_of(desk, place=2)).get(bolt) != 1004, "the next mail has other numbers"
        desk.receive(replied(question, "yes"))
        desk.processor.step()
        assert desk.one("SELECT state FROM ticket WHERE id = 1004") == "closed"

    @pytest.mark.parametrize(
        ("sender", "text", "verdict"),
        [
            (f"Pat <{PAT}>", "Somebody called: their line is noisy.", "pass"),
            (f"Pat <{PAT}>", "2 customers called about it.", "pass"),
            (f"Pat <{PAT}>", "1 close", "none"),
            ("Mal <mal@evil.example>", "1 close", "pass"),
            ("Jane <jane@acme-dental.example>", "1 close", "pass"),
        ],
    )
    def test_what_is_no_order_of_a_readers_beyond_doubt_is_a_ticket(
        self, desk: Office, sender: str, text: str, verdict: str
    ) -> None:
        decided = desk.receive(mail(sender, text, subject="Something else", verdict=verdict)).decision
        assert isinstance(decided.place, OpenTicket)

    def test_commands_of_an_agent_that_name_no_number_are_those_of_any_mail_of_his(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=OF_THE_WEEK.replace(PAT, DANA), at=MONDAY) as desk:
            work(desk)
            assert digest_of(desk, DANA)
            for text, said in (
                ("#help", "#reopen: opens a closed ticket again"),
                ("#why jane@acme-dental.example", "Phones down"),
            ):
                count = len(desk.answers)
                decided = desk.receive(mail(f"Dana <{DANA}>", text, subject="A question")).decision
                [answer] = desk.answers[count:]
                assert isinstance(decided.place, FileEvent)
                assert answer.recipient == DANA
                assert said in " ".join(answer.text.split())
            desk.receive(mail(f"Dana <{DANA}>", "#why 1", subject="A question"))
            assert "its numbers are taken for those of Mon, Nov 23" in " ".join(desk.answers[-1].text.split())

    def test_an_order_that_cannot_be_read_and_answers_no_weekly_mail_is_told(self, desk: Office) -> None:
        before = state(desk)
        desk.receive(mail(f"Pat <{PAT}>", "99 close", subject="Week 47"))
        assert state(desk) == before
        assert "99 is not in the mail" in told(desk).text

    @pytest.mark.parametrize(
        ("sender", "verdict", "place"),
        [
            (f"Dana <{DANA}>", "pass", Quarantine),
            (f"Sam <{SAM}>", "pass", Quarantine),
            (f"Pat <{PAT}>", "fail", Quarantine),
            ("Mal <mal@evil.example>", "pass", Quarantine),
            ("Mal <mal@evil.example>", "fail", Quarantine),
            ("Jane <jane@acme-dental.example>", "pass", OpenTicket),
        ],
    )
    def test_it_acts_for_nobody_else(self, desk: Office, sender: str, verdict: str, place: type) -> None:
        before = state(desk)
        decided = desk.receive(replied(digest_of(desk), "1 close", sender=sender, verdict=verdict)).decision
        assert isinstance(decided.place, place)
        assert state(desk)[: len(before)] == before

    def test_a_forged_token_or_one_of_another_purpose_is_worth_nothing(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        token = digest.message_id.partition(".")[0]
        other = digest_of(desk, SAM).message_id.partition(".")[0]
        for forged in (token[:-1] + ("a" if token[-1] != "a" else "b"), other, "a" * 39):
            raw = replied(digest, "1 close").replace(token.encode(), forged.encode())
            desk.receive(raw.replace(b"@phone.example", f"{forged}@phone.example".encode()))
            assert state(desk)[: len(before)] == before

    def test_who_gets_it_no_more_acts_no_more(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=OF_THE_WEEK, at=MONDAY) as desk:
            work(desk)
            digest, before, now = digest_of(desk), state(desk), desk.now
        with office(tmp_path, rules=OF_THE_WEEK.replace(f'"{PAT}", ', ""), at=now) as desk:
            desk.receive(replied(digest, "1 close"))
            assert state(desk)[: len(before)] == before

    def test_a_ticket_that_is_no_more_cannot_be_meant(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.do(verb="close", ticket=numbers(digest)[1], author="test")
        desk.receive(replied(digest, "1 close"))
        assert "was closed already" in told(desk).text

    def test_a_program_that_answers_it_is_filed_and_told_to_nobody(self, desk: Office) -> None:
        before, sent = state(desk), len(desk.sent)
        raw = replied(digest_of(desk), "1 close").replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:")
        assert isinstance(desk.receive(raw).decision.place, FileEvent)
        assert (state(desk), len(desk.sent)) == (before, sent)

    def test_each_way_that_help_names_is_read_as_it_stands_there(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.receive(replied(digest, "help"))
        ways = [line.partition(":")[0] for line in told(desk).text.splitlines() if ": " in line]
        assert {word for way in ways for word in way.split() if word in commands.OF_THE_WEEK} == set(
            commands.OF_THE_WEEK
        )
        assert "customer as well" not in told(desk).text
        moment = commands.Moment.of(desk.here.desk.rules.agent[0], desk.here.desk.rules, desk.now)
        listed = {number: number for number in range(1, 7)}
        for way in ways:
            read = commands.parse_numbered(way.replace(" acme", " bolt"), listed, moment, commands.OF_THE_WEEK)
            assert read.understood, way

    def test_a_colleague_who_answers_it_is_told_whose_it_is(self, desk: Office) -> None:
        desk.receive(replied(digest_of(desk), "1 close", sender=f"Dana <{DANA}>"))
        said = " ".join(told(desk, DANA).text.split())
        assert f"that weekly mail is {PAT}'s, and acts on their replies alone. Reply to the weekly mail" in said
        assert str(told(desk, DANA).mail["Subject"]) == "Nothing was done"


class TestAFlood:
    """Whoever got hold of a weekly mail can have its reader asked; neither may that flood him, nor hide what is his."""

    def flood(self, desk: Office, mails: int) -> Sent:
        digest = digest_of(desk)
        for number in range(mails):
            desk.receive(replied(digest, f"1 close\n2 note {number}", sender=f"Mal <mal{number}@evil.example>"))
        return digest

    def pass_hours(self, desk: Office, hours: int) -> None:
        for _ in range(hours):
            desk.let_pass(timedelta(hours=1))
            while desk.processor.step():
                desk.deliver()

    def mails(self, desk: Office, subject: str) -> list[Sent]:
        return [one for one in desk.sent if one.recipient == PAT and str(one.mail["Subject"]) == subject]

    def test_is_a_few_questions_and_a_list_in_which_nothing_is_lost(self, desk: Office) -> None:
        digest = self.flood(desk, 12)
        desk.receive(replied(digest, "1 close", sender="Pat <pat@private.example>"))
        assert len(self.mails(desk, "Did you write this?")) == MOST_OF_OTHERS
        self.pass_hours(desk, 2)
        assert len(self.mails(desk, "Did you write this?")) == MOST_OF_OTHERS
        [listed] = self.mails(desk, "Mail in your name waits")
        assert "8 mails in your name wait for your word" in " ".join(listed.text.split())
        assert re.search(r"8\. Mon, Nov 23, [0-9:]+ [AP]M, from pat@private\.example", " ".join(listed.text.split()))
        body = listed.mail.get_body(("html",))
        assert body is not None
        link = unescape(re.findall(r'href="(mailto:[^"]+)"', str(body.get_content()))[7])
        words = parse_qs(urlsplit(link).query)
        raw = mail(f"Pat <{PAT}>", words["body"][0], subject=words["subject"][0], message_id="tap@phone.example")
        desk.receive(raw.replace(f"To: {SUPPORT}".encode(), f"To: {unquote(urlsplit(link).path)}".encode()))
        self.pass_hours(desk, 1)
        question = self.mails(desk, "Did you write this?")[-1]
        assert "it came from pat@private.example" in " ".join(question.text.split())
        desk.receive(replied(question, "yes"))
        desk.processor.step()
        assert desk.one("SELECT state FROM ticket WHERE id = ?", numbers(digest)[1]) == "closed"

    def test_is_listed_once_an_hour_of_it_is_over(self, desk: Office) -> None:
        self.flood(desk, MOST_OF_OTHERS + 2)
        desk.let_pass(timedelta(minutes=59))
        assert self.mails(desk, "Mail in your name waits") == []
        desk.let_pass(timedelta(minutes=2))
        assert len(self.mails(desk, "Mail in your name waits")) == 1

    def test_makes_room_with_each_answer_and_holds_up_nothing_from_the_readers_own_address(self, desk: Office) -> None:
        digest = self.flood(desk, MOST_OF_OTHERS + 2)
        questions = self.mails(desk, "Did you write this?")
        desk.receive(replied(digest, "1 close", verdict="none"))
        assert len(self.mails(desk, "Did you write this?")) == MOST_OF_OTHERS + 1
        desk.receive(replied(questions[0], "no"))
        self.pass_hours(desk, 1)
        assert len(self.mails(desk, "Did you write this?")) == MOST_OF_OTHERS + 2
        assert f"mal{MOST_OF_OTHERS}@evil.example" in self.mails(desk, "Did you write this?")[-1].text


SENDERS = (
    f"Pat <{PAT}>",
    f"Sam <{SAM}>",
    f"Dana <{DANA}>",
    "Jane <jane@acme-dental.example>",
    "Ann <ann@elsewhere.example>",
    "Mal <mal@evil.example>",
)
WORDS = st.one_of(
    st.sampled_from(
        "close reopen assign note why add undo help take spam mute wait tenant merge answer show send yes no".split()
    ),
    st.sampled_from(
        "bob dana acme bolt 1 2 3 4 99 1-3 #1 gmail.com elsewhere.example to jane@acme-dental.example".split()
    ),
    st.text(max_size=12),
)
LINES = st.lists(st.lists(WORDS, max_size=5).map(" ".join), min_size=1, max_size=4).map("\n".join)
DONE_BY_A_READER = ("state", "closed_at", "assignee", "tenant", "response_due_at", "resolution_due_at", "severity")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_replied_by_whomever_only_a_reader_changes_and_nothing_reaches_a_customer(
    desk: Office, data: st.DataObject
) -> None:
    sender = data.draw(st.sampled_from(SENDERS))
    verdict = data.draw(st.sampled_from(("pass", "none", "fail")))
    digest = digest_of(desk, data.draw(st.sampled_from((PAT, SAM))))
    before, sent = state(desk), len(desk.sent)
    raw = replied(digest, data.draw(LINES), sender=sender, verdict=verdict)
    decided = desk.receive(raw.replace(b"Message-ID: <r", f"Message-ID: <{sent}.{desk.now:%s}r".encode())).decision
    is_the_readers = digest.recipient in sender and verdict == "pass"
    if not is_the_readers:
        assert state(desk)[: len(before)] == before, decided.reasons
    if digest.recipient in sender:
        assert {one.recipient for one in desk.sent[sent:]} <= {PAT, SAM, "team@harborvoice.example"}
    if decided.reasons and decided.reasons[0].code == "list.unread":
        assert state(desk) == before
    desk.now += timedelta(minutes=1)
