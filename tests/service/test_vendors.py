"""Tier 3 is the vendor: a case is filed by one command, its answers stay among us, and neither side sees the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.desk.refusing import RefusedError
from mailbot.errors import PermanentFailure, UnclearResult
from mailbot.store import vendors
from tests.secrecy import found_in
from tests.service.office import CLOSED_AT, RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import DANA, asked, relays, reply, to_customer
from tests.service.test_together import BOB, TEAM

NOC = "noc@carrier.example"
JANE = "Jane Roe <jane@acme-dental.example>"
VENDOR = f"""
[[vendor]]
id = "carrier"
name = "Carrier NOC"
addresses = ["{NOC}"]
domains = ["carrier.example"]
account = "account 20417"
"""
QUESTION = """Hello,

since 9:15 am today our calls to +1 212 555 0177 fail. Extension 204 of Acme Dental is concerned.
User name: acme204
The PIN of the mailbox is 4821.

Jane
"""
HIDDEN = ("acme", "jane", "roe", "4821", "dana@harborvoice.example", "bob@")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + VENDOR) as opened:
        yield opened


def told(desk: Office, agent: str = DANA) -> list[Sent]:
    return relays(desk, agent)


def cases(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == NOC]


def answer(desk: Office, question: Sent, text: str) -> None:
    """Have Dana answer a mail of ours."""
    desk.now += MINUTE
    desk.receive(
        mail(
            f"Dana <{DANA}>",
            text,
            subject=f"Re: {question.mail['Subject']}",
            message_id=f"a{desk.now:%d%H%M}@phone.example",
            fields=(f"In-Reply-To: <{question.message_id}>",),
        )
    )
    while desk.processor.step():
        desk.deliver()
    desk.let_pass(timedelta(0))


def filed(desk: Office, words: str = "#vendor\nPlease look into it.", question: str = QUESTION) -> Sent:
    """File a question of Jane's with the carrier; return the mail that it got."""
    asked(desk, JANE, question)
    answer(desk, told(desk)[0], words)
    answer(desk, told(desk)[-1], "send")
    return cases(desk)[-1]


def from_noc(desk: Office, case: Sent | None, text: str = "It is mended.", **more: Any) -> None:
    """Have the carrier write about a case; None for about nothing."""
    desk.now += MINUTE
    refers = (f"In-Reply-To: <{case.message_id}>",) if case else ()
    more.setdefault("subject", f"Re: {case.mail['Subject']}" if case else "Maintenance")
    more.setdefault("fields", refers)
    sender = more.pop("sender", f"Kim Noc <{NOC}>")
    desk.receive(mail(sender, text, message_id=f"n{desk.now:%d%H%M}@{sender.rpartition('@')[2].rstrip('>')}", **more))
    desk.let_pass(timedelta(0))


class TestFiling:
    def test_what_would_go_is_shown_and_goes_with_a_yes_as_it_was_shown(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#vendor carrier\nPlease look into it, Jane waits.")
        assert cases(desk) == []
        question = told(desk)[-1]
        assert "it would file #1001 with Carrier NOC" in question.text
        assert f"This goes to Carrier NOC ({NOC}):" in question.text
        answer(desk, question, "send")
        [case] = cases(desk)
        lines = [line for line in case.text.splitlines() if line and not line.startswith("Ref: ")]
        assert {line for line in lines if f"> {line}".rstrip() not in question.text} == set()
        assert to_customer(desk) == []

    def test_the_mail_lists_what_is_known_and_names_what_is_not(self, desk: Office) -> None:
        text = filed(desk).text
        assert "A problem with the phone service, with one of our customers." in text
        assert "- Time: 2026-11-23 09:15 (America/New_York) (the customer, Mon, Nov 23)" in text
        assert "- Number dialled: +1 212 555 0177 (the customer, Mon, Nov 23)" in text
        assert "- Extension: 204 (the customer, Mon, Nov 23)" in text
        assert "- User name: customer204 (the customer, Mon, Nov 23)" in text
        assert "Our ticket: 1001" in text
        assert "We are: account 20417" in text
        assert "Please look into it." in text

    def test_the_playbook_says_the_problem_and_what_is_asked_for(self, desk: Office) -> None:
        asked(desk, JANE, "Our phone at extension 204 does not register any more.")
        desk.do(verb="set", ticket=1001, playbook="phone_registration")
        answer(desk, told(desk)[0], "#vendor\nHe has tried a softphone as well. Its firmware is 84.86.0.15.")
        answer(desk, told(desk)[-1], "yes")
        [case] = cases(desk)
        assert case.mail["Subject"] == "[1001] A phone does not register"
        assert "Not known yet: user name, server, calling IP, SIP code, phone, firmware." in " ".join(case.text.split())

    def test_nothing_by_which_the_customer_or_one_of_us_is_known_goes(self, desk: Office) -> None:
        words = (
            f"#vendor\nJane Roe of ACME DENTAL (jane@acme-dental.example) waits. {DANA}\nsip.acme-dental.example fails."
        )
        case = filed(desk, words)
        assert found_in(case.raw, HIDDEN, case.reverse_path) == []
        assert "Dana Ortiz" in case.mail["From"]
        assert SUPPORT in case.mail["From"]

    def test_whom_we_ask_for_at_a_customer_is_hidden_and_no_word_of_the_address_besides(self, tmp_path: Path) -> None:
        rules = RULES.replace('id = "acme"\n', 'id = "acme"\ncontact = "Kim Osei <kim@acme-group.com>"\n')
        with office(tmp_path, rules=rules + TEAM + VENDOR) as desk:
            case = filed(desk, "#vendor\nKim Osei (kim@acme-group.com) waits. The server is sip.pbx.com.")
        assert "the customer (the customer's address) waits. The server is sip.pbx.com." in " ".join(case.text.split())

    def test_a_password_in_the_agents_words_stays_behind_and_he_is_told(self, desk: Office) -> None:
        asked(desk, JANE, "Our phones do not register.")
        answer(desk, told(desk)[0], "#vendor\nThe user is 204.\nPassword: hunter2\nPlease test.")
        assert "looks like a password or a PIN, and stays behind" in " ".join(told(desk)[-1].text.split())
        answer(desk, told(desk)[-1], "yes")
        [case] = cases(desk)
        assert found_in(case.raw, ["hunter2"]) == []
        assert "Please test." in case.text
        answer(desk, told(desk)[0], "#vendor\nThe PIN is 4821.")
        assert len(cases(desk)) == 1
        assert "stays behind" in told(desk)[-1].text

    def test_later_words_go_straight_and_are_threaded(self, desk: Office) -> None:
        case = filed(desk)
        answer(desk, told(desk)[0], "#vendor carrier\nThe calling IP is 203.0.113.7, says Jane.")
        [_, later] = cases(desk)
        assert "The calling IP is 203.0.113.7, says the customer." in later.text
        assert later.mail["Subject"] == f"Re: {case.mail['Subject']}"
        assert later.mail["In-Reply-To"] == f"<{case.message_id}>"

    @pytest.mark.parametrize("end", ["", "\n\nBest wishes\nDana Ortiz\nprivate line +1 212 555 0190"])
    def test_signatures_do_not_go(self, desk: Office, end: str) -> None:
        asked(desk, JANE, QUESTION)
        desk.receive(reply(told(desk)[0], f"#vendor\nPlease look.{end}"))
        answer(desk, told(desk)[-1], "yes")
        [case] = cases(desk)
        assert "Please look." in case.text
        assert found_in(case.raw, ["0190", "private line"]) == []

    def test_what_came_since_it_was_shown_does_not_go(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#vendor\nPlease look.")
        shown = told(desk)[-1]
        desk.now += timedelta(minutes=5)
        more = mail(
            JANE,
            "Extension 999 fails as well.",
            subject="Re: A question",
            message_id="q2@acme-dental.example",
            fields=("In-Reply-To: <q1@acme-dental.example>",),
        )
        desk.receive(more)
        answer(desk, shown, "yes")
        assert "Extension: 204" in cases(desk)[0].text
        assert "999" not in cases(desk)[0].text

    def test_a_no_drops_it(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#vendor")
        answer(desk, told(desk)[-1], "no")
        assert cases(desk) == []
        assert desk.one("SELECT vendor FROM ticket") == ""

    def test_beside_it_a_wait_tells_the_customer_the_day(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#vendor\n#wait carrier until 2 dec\nPlease look.")
        answer(desk, told(desk)[-1], "yes")
        assert len(cases(desk)) == 1
        day = next(sent for sent in desk.sent if "Dec" in str(sent.mail["Subject"]))
        assert day.recipient == "jane@acme-dental.example"
        assert "Please look" not in day.text

    def test_a_list_files_it_as_well(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#open")
        answer(desk, told(desk)[-1], "1 vendor carrier please look into it")
        answer(desk, told(desk)[-1], "yes")
        assert "please look into it" in cases(desk)[0].text

    def test_a_list_files_one_at_a_time(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        asked(desk, JANE, "Our fax is dead.", subject="Fax", message_id="q2@acme-dental.example")
        answer(desk, told(desk)[0], "#open")
        answer(desk, told(desk)[-1], "1 2 vendor carrier")
        assert "one ticket at a time" in " ".join(told(desk)[-1].text.split())
        assert cases(desk) == []

    def test_who_is_asked_whether_it_is_his_still_sees_what_goes(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        desk.now += MINUTE
        desk.receive(reply(told(desk)[0], "#vendor\nPlease look.", verdict=""))
        assert "This goes to" not in told(desk)[-1].text
        answer(desk, told(desk)[-1], "yes")
        assert cases(desk) == []
        assert "This goes to Carrier NOC" in told(desk)[-1].text
        answer(desk, told(desk)[-1], "yes")
        assert len(cases(desk)) == 1

    def test_on_the_server_it_is_shown_without_yes(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        order = {"verb": "order", "ticket": 1001, "line": "#vendor carrier", "words": "Please look.", "agent": "dana"}
        with pytest.raises(RefusedError, match=r"add --yes\n\nThis goes to Carrier NOC") as refused:
            desk.do(**order)
        assert "Extension: 204" in str(refused.value)
        assert desk.do(**order, confirmed=True) == "#1001 is filed with Carrier NOC"
        desk.deliver()
        assert len(cases(desk)) == 1

    def test_what_makes_no_sense_is_refused(self, desk: Office) -> None:
        filed(desk)
        with pytest.raises(RefusedError, match="is filed with Carrier NOC already"):
            desk.do(verb="vendor", ticket=1001, vendor="carrier", agent="dana")
        with pytest.raises(RefusedError, match='no vendor has the id "carier"; did you mean carrier'):
            desk.do(verb="vendor", ticket=1001, vendor="carier", agent="dana")
        desk.do(verb="close", ticket=1001)
        with pytest.raises(RefusedError, match="#1001 is closed"):
            desk.do(verb="vendor", ticket=1001, vendor="carrier", text="Hm.", agent="dana")

    def test_what_a_lost_log_may_have_sent_is_held_and_he_is_told(self, desk: Office) -> None:
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#vendor\nPlease look into it.")
        question = told(desk)[-1]
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now + timedelta(hours=1))
        answer(desk, question, "send")
        assert cases(desk) == []
        said = " ".join(told(desk)[-1].text.split())
        assert "may have gone to Carrier NOC before the log was restored from a backup" in said
        number = desk.one("SELECT id FROM outbox WHERE audience = 'vendor' AND state = 'held'")
        assert f"mailbot outbox release {number}" in said
        desk.do(verb="release", mails=[number])
        desk.deliver()
        assert len(cases(desk)) == 1

    def test_it_cannot_be_taken_back(self, desk: Office) -> None:
        filed(desk)
        answer(desk, told(desk)[0], "#undo")
        assert "the mail to Carrier NOC has left" in told(desk)[-1].text
        assert desk.one("SELECT vendor FROM ticket") == "carrier"

    def test_what_else_the_same_mail_did_can_be(self, desk: Office) -> None:
        filed(desk, "#vendor\n#severity low\nPlease look.")
        answer(desk, told(desk)[0], "#undo")
        assert "the mail to Carrier NOC has left and stays" in " ".join(told(desk)[-1].text.split())
        assert desk.rows("SELECT vendor, severity FROM ticket") == [("carrier", "high")]

    def test_one_that_does_not_arrive_comes_back_to_whoever_filed_it(self, desk: Office) -> None:
        desk.refusing[NOC] = PermanentFailure("5.1.1 no such user", 550)
        asked(desk, JANE, QUESTION)
        answer(desk, told(desk)[0], "#vendor")
        answer(desk, told(desk)[-1], "yes")
        assert f"did not arrive at {NOC}" in told(desk)[-1].text
        assert "no such user" in told(desk)[-1].text
        assert desk.rows("SELECT vendor, vendor_since FROM ticket") == [("", None)]

    def test_of_one_that_may_have_arrived_an_answer_is_owed(self, desk: Office) -> None:
        desk.refusing[NOC] = UnclearResult("connection lost after the final dot")
        filed_in_vain(desk)
        desk.let_pass(timedelta(hours=1))
        assert f"may not have arrived at {NOC}" in told(desk)[-1].text
        assert desk.rows("SELECT vendor, vendor_since IS NULL FROM ticket") == [("carrier", 0)]

    def test_closing_tells_nobody_outside(self, desk: Office) -> None:
        filed(desk)
        before = len(desk.sent)
        desk.do(verb="close", ticket=1001)
        desk.let_pass(timedelta(hours=1))
        assert {sent.recipient for sent in desk.sent[before:]} <= {DANA, BOB, "team@harborvoice.example"}


class TestAnswers:
    def test_it_joins_the_ticket_and_comes_to_whose_it_is(self, desk: Office) -> None:
        case = filed(desk)
        desk.do(verb="assign", ticket=1001, to="dana")
        before = len(told(desk, BOB))
        from_noc(desk, case, "We mended the route at 11:02.")
        mail_ = told(desk)[-1]
        assert "From Carrier NOC, about #1001 (Jane Roe at Acme Dental): the customer has not seen this." in " ".join(
            mail_.text.split()
        )
        assert "> We mended the route at 11:02." in mail_.text
        assert len(told(desk, BOB)) == before
        assert to_customer(desk) == []
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'vendor' AND ticket_id = 1001") == 1
        assert desk.one("SELECT count(*) FROM ticket") == 1

    def test_of_a_ticket_that_is_nobodys_all_of_us_get_it(self, desk: Office) -> None:
        case = filed(desk)
        from_noc(desk, case)
        assert "It is mended." in told(desk)[-1].text
        assert "It is mended." in told(desk, BOB)[-1].text

    def test_while_whose_it_is_is_away_the_others_get_it(self, desk: Office) -> None:
        case = filed(desk)
        desk.do(verb="assign", ticket=1001, to="dana")
        desk.do(verb="away", until=(desk.now + timedelta(days=1)).isoformat(), agent="dana")
        from_noc(desk, case)
        assert "It is mended." in told(desk, BOB)[-1].text

    def test_what_another_vendor_owes_stays_owed(self, tmp_path: Path) -> None:
        fiber = '[[vendor]]\nid = "fiber"\nname = "Fiber"\naddresses = ["noc@fiber.example"]\n'
        with office(tmp_path, rules=RULES + TEAM + VENDOR + fiber) as desk:
            case = filed(desk, "#vendor carrier\nPlease look into it.")
            desk.do(verb="vendor", ticket=1001, vendor="fiber", text="Look.", agent="dana", confirmed=True)
            from_noc(desk, case)
            assert "It is mended." in told(desk)[-1].text
            assert desk.rows("SELECT vendor, vendor_since IS NULL FROM ticket") == [("fiber", 0)]

    def test_at_night_it_reaches_who_filed_it_beside_who_is_on_call(self, tmp_path: Path) -> None:
        on_call = '[oncall]\nrota = ["bob", "dana"]\nsince = "2026-11-16"\n'
        with office(tmp_path, rules=RULES + TEAM + VENDOR + on_call, at=CLOSED_AT) as desk:
            asked(desk, JANE, "All our phones are down, nobody can call us!")
            desk.let_pass(11 * MINUTE)
            answer(desk, told(desk)[-1], "#vendor")
            answer(desk, told(desk)[-1], "send")
            from_noc(desk, cases(desk)[-1])
            assert "It is mended." in told(desk)[-1].text
            assert "It is mended." in told(desk, BOB)[-1].text

    def test_a_reply_to_it_is_a_note_and_below_vendor_it_goes_back(self, desk: Office) -> None:
        case = filed(desk)
        from_noc(desk, case)
        brought = told(desk)[-1]
        answer(desk, brought, "Good, I will tell Jane.")
        assert "Kept as a note in #1001; the customer got nothing" in " ".join(told(desk)[-1].text.split())
        answer(desk, brought, "#vendor carrier\nIt still fails, says Jane.")
        later = cases(desk)[-1]
        assert "It still fails, says the customer." in later.text
        assert later.mail["References"].split()[-1] == later.mail["In-Reply-To"]
        assert "@carrier.example>" in later.mail["In-Reply-To"]
        assert to_customer(desk) == []

    @pytest.mark.parametrize("carrier", ["id", "line", "own mail"])
    def test_the_case_is_found_by_each_carrier_of_its_token_and_by_their_own_mail(
        self, desk: Office, carrier: str
    ) -> None:
        case = filed(desk)
        fields: tuple[str, ...]
        if carrier == "own mail":
            from_noc(desk, case)
            fields, text = (f"In-Reply-To: <n{desk.now:%d%H%M}@carrier.example>",), "And now?"
        elif carrier == "line":
            quoted = "\n".join(f"> {line}" for line in case.text.splitlines())
            fields, text = (), f"And now?\n\nOn Monday you wrote:\n{quoted}"
        else:
            fields, text = (f"References: <{case.message_id}>",), "And now?"
        from_noc(desk, case, text, fields=fields, subject="[#4711] your request")
        assert "> And now?" in told(desk)[-1].text

    def test_a_colleague_at_their_domain_may_answer(self, desk: Office) -> None:
        from_noc(desk, filed(desk), sender="Lee <lee@carrier.example>")
        assert "It is mended." in told(desk)[-1].text

    @pytest.mark.parametrize("sender", ["Mallory <mallory@evil.example>", JANE])
    def test_nobody_else_joins_by_their_token(self, desk: Office, sender: str) -> None:
        from_noc(desk, filed(desk), sender=sender)
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'vendor'") == 0

    def test_what_we_wrote_to_them_as_to_anybody_is_no_case(self, desk: Office) -> None:
        from_noc(desk, None, "Do you want a new price list?")
        answer(desk, told(desk)[0], "Yes, please send it.")
        [ours] = to_customer(desk, NOC)
        from_noc(desk, ours, "Here it is.")
        assert desk.rows("SELECT kind FROM entry WHERE kind IN ('customer', 'vendor')") == [
            ("customer",),
            ("customer",),
        ]

    def test_a_forged_one_never_joins(self, desk: Office) -> None:
        from_noc(desk, filed(desk), verdict="fail")
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'vendor'") == 0
        assert (
            desk.one("SELECT cause FROM arrival WHERE cause <> '' ORDER BY id DESC LIMIT 1") == "authentication-failed"
        )

    def test_one_that_nothing_proves_is_told_so(self, desk: Office) -> None:
        from_noc(desk, filed(desk), verdict="")
        assert "Nothing proves that Kim Noc wrote it." in told(desk)[-1].text

    def test_a_number_in_the_subject_alone_proves_nothing(self, desk: Office) -> None:
        filed(desk)
        from_noc(desk, None, subject="About [1001]")
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'vendor'") == 0

    def test_about_nothing_known_it_is_told_and_never_answered(self, desk: Office) -> None:
        from_noc(desk, None, "We work on our switches on Friday.")
        assert cases(desk) == []
        assert "We work on our switches on Friday." in told(desk)[-1].text

    @pytest.mark.parametrize(
        "fields", [("Auto-Submitted: auto-replied",), ("Auto-Submitted: auto-generated", "Precedence: bulk")]
    )
    def test_that_it_came_in_calls_nobody_and_names_their_case(self, desk: Office, fields: tuple[str, ...]) -> None:
        case = filed(desk)
        before = len(desk.sent)
        refers = f"In-Reply-To: <{case.message_id}>"
        text = "Thank you for contacting us. We have received your request, case number 4711."
        from_noc(desk, case, text, fields=(refers, *fields))
        assert desk.sent[before:] == []
        assert desk.rows("SELECT vendor_case, vendor_since IS NULL FROM ticket") == [("4711", 0)]
        answer(desk, told(desk)[0], "#vendor\nIt still fails.")
        assert "Your case: 4711" in cases(desk)[-1].text

    def test_a_persons_answer_that_their_program_marks_as_its_own_is_handed_on(self, desk: Office) -> None:
        case = filed(desk)
        fields = (f"In-Reply-To: <{case.message_id}>", "Auto-Submitted: auto-generated")
        from_noc(desk, case, "We found a wrong route for +1 212 and put it right.", fields=fields)
        assert "We found a wrong route" in told(desk)[-1].text

    def test_it_stops_no_clock_and_is_no_answer(self, desk: Office) -> None:
        from_noc(desk, filed(desk))
        assert desk.rows("SELECT first_response_at, waiting_since IS NULL FROM ticket") == [(None, 0)]

    def test_it_reopens_nothing_and_is_told_all_the_same(self, desk: Office) -> None:
        case = filed(desk)
        desk.do(verb="close", ticket=1001)
        from_noc(desk, case)
        assert desk.one("SELECT state FROM ticket") == "closed"
        assert "It is mended." in told(desk)[-1].text

    def test_show_after_it_brings_the_customers_message(self, desk: Office) -> None:
        from_noc(desk, filed(desk))
        answer(desk, told(desk)[-1], "#show")
        assert "since 9:15 am today our calls" in told(desk)[-1].text

    def test_her_answer_refers_to_no_mail_of_theirs_nor_theirs_to_hers(self, desk: Office) -> None:
        case = filed(desk)
        from_noc(desk, case)
        answer(desk, told(desk)[0], "Hello Jane, it works again.\n\nDana")
        answer(desk, told(desk)[-1], "send")
        [hers] = to_customer(desk)
        assert found_in(hers.raw, ["carrier", NOC, case.message_id.partition(".")[0]]) == []
        answer(desk, told(desk)[0], "#vendor\nThank you.")
        assert found_in(cases(desk)[-1].raw, ["acme", "q1@acme-dental.example"]) == []

    @pytest.mark.parametrize(
        "words", [f"Write to {NOC}.", "Carrier NOC says that it is mended.", "See carrier.example."]
    )
    def test_who_names_them_to_the_customer_is_asked(self, desk: Office, words: str) -> None:
        filed(desk)
        answer(desk, told(desk)[0], words)
        assert to_customer(desk) == []
        assert "names Carrier NOC, of whom the customer knows nothing" in " ".join(told(desk)[-1].text.split())

    def test_without_agents_by_relay_a_notice_tells_it(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + VENDOR) as desk:
            asked(desk, JANE, QUESTION)
            desk.do(verb="vendor", ticket=1001, vendor="carrier", text="Please look.", confirmed=True)
            desk.deliver()
            from_noc(desk, cases(desk)[0], "It is mended. Call +1 303 555 0101.")
            desk.let_pass(timedelta(hours=1))
            [notice] = [one for one in desk.notices if "a vendor wrote" in str(one.mail["Subject"])]
            assert "It is mended." in notice.text
            assert "Call: " not in notice.text


class TestTime:
    """A vendor's time is measured apart, and moves nothing that was promised to the customer."""

    def test_it_runs_from_filing_to_the_answer_and_no_receipt_ends_it(self, desk: Office) -> None:
        case = filed(desk)
        receipt = "We have received your request, case number 4711."
        desk.let_pass(timedelta(minutes=20))
        from_noc(desk, case, receipt, fields=(f"In-Reply-To: <{case.message_id}>", "Auto-Submitted: auto-replied"))
        desk.let_pass(timedelta(minutes=100))
        from_noc(desk, case)
        with desk.here.database.read() as conn:
            [[span]] = vendors.spans(conn, [1001]).values()
        assert span.until is not None
        assert (span.vendor, span.until - span.since) == ("carrier", timedelta(hours=2, minutes=2))

    def test_figures_and_the_weekly_mail_have_it(self, desk: Office) -> None:
        case = filed(desk)
        desk.let_pass(timedelta(hours=2, minutes=9))
        from_noc(desk, case)
        desk.let_pass(timedelta(days=7))
        week = next(sent for sent in desk.sent if str(sent.mail["Subject"]).startswith("Week 48"))
        assert "With vendors" in week.text
        assert "2 h 10 min" in week.text

    def test_lists_say_with_whom_a_ticket_is_until_they_answer(self, desk: Office) -> None:
        case = filed(desk)
        answer(desk, told(desk)[0], "#open")
        assert "with Carrier NOC since Mon, Nov 23, 10:02 AM" in " ".join(told(desk)[-1].text.split())
        from_noc(desk, case)
        answer(desk, told(desk)[0], "#open")
        assert "with Carrier NOC" not in told(desk)[-1].text

    def test_what_was_promised_runs_on(self, desk: Office) -> None:
        promised = "SELECT response_due_at, resolution_due_at FROM ticket"
        asked(desk, JANE, QUESTION)
        before = desk.rows(promised)
        answer(desk, told(desk)[0], "#vendor")
        answer(desk, told(desk)[-1], "yes")
        desk.let_pass(timedelta(hours=1))
        from_noc(desk, cases(desk)[0])
        assert desk.rows(promised) == before

    def test_one_that_never_arrived_took_no_time(self, desk: Office) -> None:
        desk.refusing[NOC] = PermanentFailure("5.1.1 no such user", 550)
        filed_in_vain(desk)
        with desk.here.database.read() as conn:
            assert vendors.spans(conn, [1001]) == {}


def filed_in_vain(desk: Office) -> None:
    asked(desk, JANE, QUESTION)
    answer(desk, told(desk)[0], "#vendor")
    answer(desk, told(desk)[-1], "yes")


class TestMergedAndMoved:
    """What becomes of a case whose ticket goes on as another one, or becomes another customer's."""

    @staticmethod
    def merged(desk: Office) -> Sent:
        case = filed(desk)
        asked(desk, JANE, "And the fax, too.", message_id="q2@acme-dental.example", subject="Fax")
        desk.do(verb="merge", ticket=1001, into=1002)
        return case

    def test_it_goes_along_and_the_answer_ends_what_is_owed(self, desk: Office) -> None:
        case = self.merged(desk)
        assert desk.rows("SELECT id, vendor FROM ticket ORDER BY id") == [(1001, ""), (1002, "carrier")]
        from_noc(desk, case)
        assert desk.rows("SELECT vendor_since FROM ticket") == [(None,), (None,)]

    def test_what_follows_is_of_the_same_thread(self, desk: Office) -> None:
        case = self.merged(desk)
        desk.do(verb="vendor", ticket=1002, vendor="carrier", text="It still fails.", agent="dana")
        desk.deliver()
        assert cases(desk)[-1].mail["In-Reply-To"] == f"<{case.message_id}>"

    def test_taking_it_back_brings_the_case_back(self, desk: Office) -> None:
        case = filed(desk)
        asked(desk, JANE, "And the fax, too.", message_id="q2@acme-dental.example", subject="Fax")
        desk.do(verb="merge", ticket=1001, into=1002, agent="dana")
        desk.do(verb="undo", ticket=1002, agent="dana")
        assert desk.rows("SELECT id, vendor FROM ticket ORDER BY id") == [(1001, "carrier"), (1002, "")]
        from_noc(desk, case)
        assert desk.rows("SELECT vendor_since FROM ticket WHERE id = 1001") == [(None,)]

    def test_of_whom_it_was_before_the_vendor_learns_nothing_either(self, desk: Office) -> None:
        asked(desk, "Kim <kim@gmail.com>", "Our phone 204 fails.")
        for tenant in ("acme", "bolt"):
            desk.do(verb="set", ticket=1001, tenant=tenant, confirmed=True)
        words = "Acme Dental, sorry, Bolt Logistics waits."
        desk.do(verb="vendor", ticket=1001, vendor="carrier", text=words, agent="dana", confirmed=True)
        desk.deliver()
        assert found_in(cases(desk)[0].raw, ("acme", "bolt", "kim"), "") == []
