"""One trouble of many customers: each is told once, alone, after an agent has seen what goes to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from mailbot.desk.refusing import RefusedError
from mailbot.store.soundness import set_aside
from tests.secrecy import found_in
from tests.servers.commands import run
from tests.service.incidents import (
    ADDRESS,
    CALLED,
    CUSTOMERS,
    JANE,
    MAX,
    NO_RADAR,
    SARA,
    SITE,
    WITH_PAGE,
    asks,
    desk_of,
    opened,
    settle,
    to_desk,
    told,
    wrote,
)
from tests.service.office import CLOSED_AT, Office, mail, office
from tests.service.test_relays import DANA, TEAM, relays

NUMBERS = "SELECT id, incident FROM ticket ORDER BY id"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with desk_of(tmp_path) as made:
        yield made


class TestOpening:
    def test_nothing_goes_to_anybody_before_the_agent_has_seen_what_goes_to_whom(self, desk: Office) -> None:
        wrote(desk, JANE)
        wrote(desk, SARA)
        words = "We look into it. Dial 0000 for the desk meanwhile."
        to_desk(desk, f"#incident open #1001 Outgoing calls fail\n{words}", answers=relays(desk, DANA)[-1])
        question = asks(desk)
        text = " ".join(question.text.split())
        assert "it would open an incident, “Outgoing calls fail”, show it on the status page and tell 2 people" in text
        assert "Jane Roe at Acme Dental (#1001) is told, in English" in text
        assert "Sara Poe at Crown Hotels (#1002) is told, in German" in text
        assert "You are not the only one with this problem." in text
        assert text.count(words) == 2
        assert "Your reference: (of the ticket)" in text
        assert "Sie sind mit diesem Problem nicht allein." in text
        assert text.index("In English, subject:") < text.index("In German, subject:")
        assert question.mail["Subject"] == "[1002] Please confirm: Outgoing calls fail – A question"
        assert "send: do it" in text
        assert (told(desk, JANE), told(desk, SARA)) == ([], [])
        assert desk.rows("SELECT id FROM incident") == []
        assert desk.rows(NUMBERS) == [(1001, None), (1002, None)]

    def test_each_is_told_once_alone_in_his_language_and_thread(self, desk: Office) -> None:
        wrote(desk, JANE, subject="No calls")
        wrote(desk, SARA)
        opened(desk, "#incident open #1001 Outgoing calls fail\nWe look into it.")
        [to_jane], [to_sara] = told(desk, JANE), told(desk, SARA)
        assert "You are not the only one with this problem." in to_jane.text
        assert "Outgoing calls fail" in to_jane.text
        assert "We look into it." in to_jane.text
        assert to_jane.mail["Subject"] == "Re: No calls"
        assert to_jane.mail["In-Reply-To"] == "<q231501@acme-dental.example>"
        assert (to_jane.mail["To"], to_jane.mail["Cc"]) == (ADDRESS[JANE], None)
        assert "Sie sind mit diesem Problem nicht allein." in to_sara.text
        assert SITE in to_sara.text
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, 1)]

    def test_nothing_of_one_customer_stands_in_the_mail_of_another(self, desk: Office) -> None:
        wrote(desk, JANE, subject="Acme's phones")
        wrote(desk, MAX)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        [to_max] = told(desk, MAX)
        for word in (b"jane", b"acme", b"dental", b"1001", b"dana@"):
            assert word not in to_max.raw.lower()

    def test_many_customers_learn_nothing_of_each_other(self, tmp_path: Path) -> None:
        """Every mail to each is searched for each name, address, subject, word and number of all others."""
        names = ("Zephyrine", "Quillon", "Brabazon", "Thistlewood", "Ockenden")
        more = "".join(f'[[tenant]]\nid = "{one.lower()}"\nname = "{one} Works"\n' for one in names)
        with desk_of(tmp_path, more) as desk:
            own: dict[str, tuple[str, ...]] = {}
            for place, one in enumerate(names):
                address = f"{one[::-1].lower()}@{one.lower()}.example"
                subject, word, phone = f"Trouble{place * 7919}", f"xylo{place * 7907}", f"+1 212 555 0{150 + place}"
                text = f"Our outgoing calls fail, says {word}. Call {phone}."
                number = wrote(desk, f"{one} Person <{address}>", text, subject=subject)
                own[address] = (one, address, subject, word, phone, f"#{number}", f"[{number}]")
            opened(desk, "#incident open #1001-1005 Outgoing calls fail")
            for words in ("update The carrier works on it.", "resolve"):
                to_desk(desk, f"#incident {words}")
                to_desk(desk, "send", answers=asks(desk))
            for address, theirs in own.items():
                mails = [sent for sent in desk.sent if sent.recipient == address and not sent.mail["Auto-Submitted"]]
                assert len(mails) == 3
                others = [one for other in own.values() if other is not theirs for one in other]
                assert [found for sent in mails for found in found_in(sent.raw, others, sent.reverse_path)] == []

    def test_what_is_sent_tells_the_time_that_was_shown(self, desk: Office) -> None:
        wrote(desk, JANE)
        to_desk(desk, "#incident open Outgoing calls fail", answers=relays(desk, DANA)[-1])
        shown = asks(desk)
        desk.let_pass(60 * (desk.now - shown.at) + (desk.now - shown.at))
        to_desk(desk, "send", answers=shown)
        [to_jane] = told(desk, JANE)
        line = next(line for line in to_jane.text.splitlines() if "We noticed it" in line)
        assert line in shown.text.replace("> ", "")

    def test_who_came_after_the_agent_was_shown_them_is_told_nothing(self, desk: Office) -> None:
        wrote(desk, JANE)
        to_desk(desk, "#incident open #1001-1003 Outgoing calls fail", answers=relays(desk, DANA)[-1])
        shown = asks(desk)
        wrote(desk, SARA, "How do I add an extension?")
        to_desk(desk, "send", answers=shown)
        assert (len(told(desk, JANE)), told(desk, SARA)) == (1, [])
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, None)]

    def test_words_for_one_incident_do_not_go_to_those_of_a_later_one(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        wrote(desk, SARA, "How do I add an extension?")
        to_desk(desk, "#incident update The carrier works on it.")
        shown = asks(desk)
        for words in ("resolve", "open #1002 No extensions can be added"):
            to_desk(desk, f"#incident {words}")
            to_desk(desk, "send", answers=asks(desk))
        [about_another] = told(desk, SARA)
        to_desk(desk, "send", answers=shown)
        assert told(desk, SARA) == [about_another]
        assert "incident 1, which you were shown, is over" in " ".join(asks(desk).text.split())

    def test_words_for_one_incident_do_not_go_to_those_of_one_that_was_written_before_and_sent_after(
        self, desk: Office
    ) -> None:
        wrote(desk, JANE)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        wrote(desk, SARA, "How do I add an extension?")
        to_desk(desk, "#incident open #1002 No extensions can be added")
        other = asks(desk)
        to_desk(desk, "#incident update The carrier works on it.")
        shown = asks(desk)
        desk.do(verb="incident", step="resolve", confirmed=True)
        to_desk(desk, "send", answers=other)
        [about_another] = told(desk, SARA)
        to_desk(desk, "send", answers=shown)
        assert told(desk, SARA) == [about_another]
        assert "incident 1, which you were shown, is over" in " ".join(asks(desk).text.split())

    def test_nor_to_those_of_another_that_lasts_when_theirs_is_over(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        relay = relays(desk, DANA)[0]
        wrote(desk, SARA, "How do I add an extension?")
        desk.do(verb="incident", step="open", text="No extensions can be added", tickets="1002", confirmed=True)
        desk.deliver()
        before = len(told(desk, SARA))
        to_desk(desk, "#incident update The carrier works on it.", answers=relay)
        assert "the news of incident 1" in " ".join(asks(desk).text.split())
        shown = asks(desk)
        desk.do(verb="incident", step="resolve", incident=1, confirmed=True)
        to_desk(desk, "send", answers=shown)
        assert len(told(desk, SARA)) == before
        assert "incident 1, which you were shown, is over" in " ".join(asks(desk).text.split())

    @pytest.mark.parametrize("step", ["add 1002", "update We look into it.", "resolve"])
    def test_what_was_shown_before_another_word_of_ours_is_not_sent_after_it(self, desk: Office, step: str) -> None:
        """A text of its own would come late, and who is added would read words that nobody has seen beside his name."""
        wrote(desk, JANE)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        wrote(desk, SARA, "How do I add an extension?")
        to_desk(desk, f"#incident {step}")
        shown = asks(desk)
        desk.do(verb="incident", step="update", text="The carrier has found it.", agent="dana", confirmed=True)
        desk.deliver()
        before = [len(told(desk, one)) for one in (JANE, SARA)]
        to_desk(desk, "send", answers=shown)
        assert [len(told(desk, one)) for one in (JANE, SARA)] == before
        assert desk.rows("SELECT resolved_at FROM incident") == [(None,)]
        answer = " ".join(asks(desk).text.split())
        assert "since you were shown it, Dana Ortiz told all: “The carrier has found it.”" in answer
        assert "write yours anew if it still holds" in answer

    def test_a_mail_that_is_decided_anew_shows_nothing_else_under_the_same_question(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        to_desk(desk, "#incident update We look into it.")
        shown = asks(desk)
        desk.do(verb="incident", step="update", text="The carrier has found it.", confirmed=True)
        desk.do(verb="retry-message", message=desk.one("SELECT id FROM arrival WHERE cause = 'unconfirmed'"))
        settle(desk)
        before = len(told(desk, JANE))
        to_desk(desk, "send", answers=shown)
        assert len(told(desk, JANE)) == before
        assert any("it is not what you were shown" in " ".join(one.text.split()) for one in relays(desk, DANA))

    def test_who_was_shown_as_left_out_is_not_told(self, desk: Office) -> None:
        for sender in (JANE, SARA):
            wrote(desk, sender, "How do I add an extension?")
        desk.do(verb="close", ticket=1002)
        to_desk(desk, "#incident open #1001-1002 Outgoing calls fail")
        assert "#1002 is closed" in asks(desk).text
        shown = asks(desk)
        desk.do(verb="reopen", ticket=1002)
        to_desk(desk, "send", answers=shown)
        assert (len(told(desk, JANE)), told(desk, SARA)) == (1, [])
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, None)]

    def test_what_is_wrong_is_said_as_it_was_shown(self, desk: Office) -> None:
        """The common issue of most of the tickets says it, and theirs may have changed since."""
        wrote(desk, SARA)
        to_desk(desk, "#incident open", answers=relays(desk, DANA)[-1])
        assert "Anrufe nach außen schlagen fehl" in asks(desk).text
        shown = asks(desk)
        desk.do(verb="set", ticket=1001, playbook="voicemail_email")
        to_desk(desk, "send", answers=shown)
        assert "Anrufe nach außen schlagen fehl" in told(desk, SARA)[0].text

    def test_who_opened_several_tickets_is_told_once_and_all_of_them_are_answered(self, desk: Office) -> None:
        wrote(desk, JANE)
        wrote(desk, JANE, "Still no calls out, and now the fax fails as well.")
        opened(desk, "#incident open #1001 Outgoing calls fail")
        assert len(told(desk, JANE)) == 1
        assert desk.rows("SELECT first_response_at IS NOT NULL, waiting_since IS NULL FROM ticket") == [(1, 1)] * 2

    def test_it_is_the_first_answer_of_each_ticket_for_clocks_and_figures(self, desk: Office) -> None:
        wrote(desk, JANE)
        wrote(desk, MAX)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        assert desk.rows("SELECT first_response_at IS NOT NULL, waiting_since FROM ticket") == [(1, None)] * 2
        assert desk.rows("SELECT ticket_id, author FROM entry WHERE kind = 'agent' ORDER BY ticket_id") == [
            (1001, "dana"),
            (1002, "dana"),
        ]

    def test_a_mail_of_ones_own_is_asked_about_once_with_what_it_shows(self, desk: Office) -> None:
        wrote(desk, JANE)
        signature = "Best wishes\nDana Ortiz\nprivate line +1 212 555 0190"
        to_desk(desk, f"#incident open #1001 Outgoing calls fail\nWe look into it.\n\n{signature}")
        assert "Jane Roe at Acme Dental (#1001) is told" in " ".join(asks(desk).text.split())
        to_desk(desk, "send", answers=asks(desk))
        [to_jane] = told(desk, JANE)
        assert "private line" not in to_jane.text

    def test_the_agent_reads_her_own_language_first_whoever_wrote_first(self, desk: Office) -> None:
        wrote(desk, SARA)
        wrote(desk, JANE)
        to_desk(desk, "#incident open #1001 #1002 Outgoing calls fail", answers=relays(desk, DANA)[-1])
        text = asks(desk).text
        assert text.index("In English, subject:") < text.index("In German, subject:")

    def test_a_no_does_nothing(self, desk: Office) -> None:
        wrote(desk, JANE)
        to_desk(desk, "#incident open Outgoing calls fail", answers=relays(desk, DANA)[-1])
        to_desk(desk, "no", answers=asks(desk))
        assert told(desk, JANE) == []
        assert desk.rows("SELECT id FROM incident") == []

    def test_without_a_title_the_common_issue_says_what_is_wrong_in_each_language(self, desk: Office) -> None:
        wrote(desk, SARA)
        desk.do(verb="set", ticket=1001, playbook="outbound_calls")
        opened(desk, "#incident open")
        assert "Anrufe nach außen schlagen fehl" in told(desk, SARA)[0].text

    def test_with_neither_it_says_what_it_needs(self, desk: Office) -> None:
        wrote(desk, JANE, "Something is wrong.")
        to_desk(desk, "#incident open", answers=relays(desk, DANA)[-1])
        assert "say in a few words what is wrong" in " ".join(asks(desk).text.split())

    def test_a_mail_that_proves_nothing_is_asked_about_and_then_shown(self, desk: Office) -> None:
        wrote(desk, JANE)
        relay = relays(desk, DANA)[-1]
        refers = (f"In-Reply-To: <{relay.message_id}>",)
        desk.receive(mail(f"Dana <{DANA}>", "#incident open Calls fail", verdict="", subject="Re: x", fields=refers))
        to_desk(desk, "yes", answers=asks(desk))
        assert told(desk, JANE) == []
        assert "This is what they read" in asks(desk).text
        to_desk(desk, "send", answers=asks(desk))
        assert len(told(desk, JANE)) == 1

    def test_a_farewell_and_the_agents_name_stay_out_of_what_all_read(self, desk: Office) -> None:
        wrote(desk, JANE)
        signed = "We are at it.\n\nKind regards\nDana Ortiz\nSupport Engineer | Harbor Voice\nM +1 212 555 0190"
        opened(desk, f'#incident open "Calls fail"\n{signed}')
        [mail_to_jane] = told(desk, JANE)
        assert "  Calls fail\n\nWe are at it.\n\nThere is nothing you need to do." in mail_to_jane.text.replace(
            "\r", ""
        )
        assert desk.rows("SELECT title FROM incident") == [("Calls fail",)]
        assert desk.one("SELECT text FROM incident_update") == "We are at it."

    @pytest.mark.parametrize("answer", ["sned", "Send?", "Send to all but Bolt", "Looks good", "Wait"])
    def test_an_answer_that_is_none_sends_nothing_to_anybody(self, desk: Office, answer: str) -> None:
        wrote(desk, JANE)
        to_desk(desk, "#incident open Calls fail", answers=relays(desk, DANA)[-1])
        to_desk(desk, answer, answers=asks(desk))
        unclear = asks(desk)
        assert "neither" in unclear.text
        assert "Your mail waits on" in str(unclear.mail["Subject"])
        assert told(desk, JANE) == []
        to_desk(desk, "Send.\n\nDana", answers=unclear)
        [mail_to_jane] = told(desk, JANE)
        assert "Calls fail" in mail_to_jane.text
        assert answer not in mail_to_jane.text

    def test_a_reply_to_what_says_that_it_waits_on_drops_it_as_well(self, desk: Office) -> None:
        wrote(desk, JANE)
        to_desk(desk, "#incident open Calls fail", answers=relays(desk, DANA)[-1])
        to_desk(desk, "hm", answers=asks(desk))
        to_desk(desk, "no", answers=asks(desk))
        to_desk(desk, "send", answers=asks(desk))
        assert told(desk, JANE) == []

    def test_who_would_send_on_to_all_what_a_customer_wrote_is_shown_it(self, desk: Office) -> None:
        wrote(desk, JANE, "Our outgoing calls fail since the man from the electricity works was in our cellar.")
        wrote(desk, MAX)
        copied = "They fail since the man from the electricity works was in our cellar."
        to_desk(desk, f"#incident open #1001 Outgoing calls fail\n{copied}", answers=relays(desk, DANA)[-1])
        text = " ".join(asks(desk).text.split())
        assert "it repeats what a customer wrote, “fail since the man from the electricity" in text
        to_desk(desk, "no", answers=asks(desk))
        to_desk(desk, "#incident open #1001 Outgoing calls fail\nWe look into it.", answers=relays(desk, DANA)[0])
        assert "it repeats" not in asks(desk).text

    def test_who_would_name_somebody_who_is_told_nothing_is_shown_it(self, desk: Office) -> None:
        wrote(desk, JANE)
        wrote(desk, "Kim Zander <kim@elsewhere.example>", verdict="")
        words = "Ms Zander was the first to tell us."
        to_desk(desk, f"#incident open #1001 Outgoing calls fail\n{words}", answers=relays(desk, DANA)[-1])
        assert "it names Kim Zander, who wrote to you" in " ".join(asks(desk).text.split())


class TestWhoIsTold:
    def test_machines_forgers_and_strangers_are_not(self, desk: Office) -> None:
        wrote(desk, JANE)
        wrote(desk, "Kim <kim@elsewhere.example>", verdict="")
        to_desk(desk, "#incident open #1001 Outgoing calls fail", answers=relays(desk, DANA)[-1])
        text = " ".join(asks(desk).text.split())
        assert "#1002 gets no mail: nothing proves who wrote it" in text
        to_desk(desk, "send", answers=asks(desk))
        assert [sent for sent in desk.sent if sent.recipient == "kim@elsewhere.example"] == []
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, 1)]
        assert desk.one("SELECT first_response_at FROM ticket WHERE id = 1002") is None

    def test_closed_ones_and_those_of_another_incident_are_left_out_and_named(self, desk: Office) -> None:
        for sender in (JANE, MAX, SARA):
            wrote(desk, sender)
        desk.do(verb="close", ticket=1001)
        opened(desk, "#incident open Outgoing calls fail")
        to_desk(desk, "#incident open #1001-1003 #4711 Voicemail is late")
        text = " ".join(asks(desk).text.split())
        assert "#1001 is closed" in text
        assert "#1003 is about incident 1 already" in text
        assert "there is no #4711" in text
        to_desk(desk, "send", answers=asks(desk))
        assert desk.rows(NUMBERS) == [(1001, None), (1002, 2), (1003, 1)]

    def test_what_looks_wrong_is_told_first(self, desk: Office) -> None:
        wrote(desk, JANE)
        words = "#incident open Calls fail at Bolt Logistics\nJane Roe saw it on +1 212 555 0177."
        to_desk(desk, words, answers=relays(desk, DANA)[-1])
        text = " ".join(asks(desk).text.split())
        assert "it names Bolt Logistics, a customer" in text
        assert "it names Jane Roe, who wrote to you" in text
        assert "it tells a number, +1 212 555 0177" in text


class TestWhoMay:
    def test_who_acts_for_some_customers_speaks_to_none_of_all(self, tmp_path: Path) -> None:
        more = '[[agent]]\nid = "eve"\nname = "Eve"\naddresses = ["eve@harborvoice.example"]\ntenants = ["acme"]\n'
        with desk_of(tmp_path, more) as desk:
            wrote(desk, JANE)
            relay = relays(desk, "eve@harborvoice.example")[-1]
            to_desk(desk, "#incident open Calls fail", answers=relay, sender="Eve <eve@harborvoice.example>")
            answer = " ".join(asks(desk, "eve@harborvoice.example").text.split())
            assert "an incident speaks to all customers" in answer
            assert desk.rows("SELECT id FROM incident") == []

    def test_a_customer_who_writes_it_opens_none(self, desk: Office) -> None:
        wrote(desk, JANE, "#incident open Outgoing calls fail")
        assert desk.rows("SELECT id FROM incident") == []


class TestGoingOn:
    def test_added_ones_are_told_once_and_the_others_not_again(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        wrote(desk, MAX, "Is your line to mobiles dead?")
        to_desk(desk, "#incident add 1001-02", answers=None)
        text = " ".join(asks(desk).text.split())
        assert "it would take tickets into incident 1 and tell 1 person" in text
        assert "#1001 is about incident 1 already" in text
        to_desk(desk, "send", answers=asks(desk))
        assert (len(told(desk, JANE)), len(told(desk, MAX))) == (1, 1)
        assert "We look into it." in told(desk, MAX)[0].text

    def test_an_update_reaches_all_and_answers_each(self, desk: Office) -> None:
        wrote(desk, JANE)
        wrote(desk, MAX)
        opened(desk, "#incident open #1001 Outgoing calls fail")
        wrote(
            desk,
            MAX,
            "Any news?",
            subject="Re: A question",
            fields=(f"In-Reply-To: <{told(desk, MAX)[0].message_id}>",),
        )
        to_desk(desk, "#incident update The carrier works on it.\nIt takes an hour.")
        assert "it would tell 2 people the news of incident 1, each alone," in " ".join(asks(desk).text.split())
        to_desk(desk, "send", answers=asks(desk))
        for customer in (JANE, MAX):
            assert "It takes an hour." in told(desk, customer)[-1].text
        assert desk.rows("SELECT waiting_since FROM ticket") == [(None,), (None,)]
        assert desk.rows("SELECT kind, text FROM incident_update") == [
            ("open", ""),
            ("update", "The carrier works on it.\nIt takes an hour."),
        ]

    def test_an_update_without_words_and_one_of_nothing_are_refused(self, desk: Office) -> None:
        to_desk(desk, "#incident update We are at it.")
        assert "no incident lasts" in asks(desk).text
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, "#incident update")
        assert "it needs the words that all are to read" in " ".join(asks(desk).text.split())

    @pytest.mark.parametrize("words", ["update 1", "resolve #1", "open 1001-3"])
    def test_a_number_in_the_wrong_place_is_read_by_nobody(self, desk: Office, words: str) -> None:
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, f"#incident {words}")
        text = " ".join(asks(desk).text.split())
        assert "Nothing of your mail was done: all would read “" in text
        right = "#incident open #1012-31" if words.startswith("open") else f"#incident 1 {words.split(maxsplit=1)[0]}"
        assert right in text

    def test_one_that_is_none_is_told_with_those_that_last(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, "#incident 7 resolve")
        assert "no incident 7 lasts; what lasts is 1 (Outgoing calls fail)" in " ".join(asks(desk).text.split())

    def test_of_several_it_has_to_be_said_which(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, "#incident open Voicemail is late")
        to_desk(desk, "send", answers=asks(desk))
        to_desk(desk, "#incident resolve")
        text = " ".join(asks(desk).text.split())
        assert "several last: 1 (Outgoing calls fail), 2 (Voicemail is late)" in text
        assert "or on the server `mailbot incident resolve --incident 2 …`" in text
        to_desk(desk, "#incident 2 resolve")
        to_desk(desk, "send", answers=asks(desk))
        assert desk.rows("SELECT id, resolved_at IS NOT NULL FROM incident") == [(1, 0), (2, 1)]

    def test_the_end_asks_whether_all_is_well(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, "#incident resolve The route was wrong.", answers=relays(desk, DANA)[0])
        to_desk(desk, "send", answers=asks(desk))
        text = " ".join(told(desk, JANE)[-1].text.split())
        assert "Is all well again with you? A short “yes” is enough." in text
        assert "The route was wrong." in text
        assert desk.one("SELECT resolved_at IS NOT NULL FROM incident") == 1
        assert desk.one("SELECT state FROM ticket") == "open"

    def test_what_is_taken_out_by_mistake_is_put_back(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, "#incident remove", answers=relays(desk, DANA)[0])
        assert desk.rows(NUMBERS) == [(1001, None)]
        to_desk(desk, "#undo", answers=relays(desk, DANA)[0])
        assert desk.rows(NUMBERS) == [(1001, 1)]
        assert len(told(desk, JANE)) == 1

    def test_what_customers_have_read_is_not_taken_back(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        to_desk(desk, "#undo", answers=relays(desk, DANA)[0])
        assert "customers have read it" in " ".join(asks(desk).text.split())
        assert desk.rows(NUMBERS) == [(1001, 1)]

    def test_our_own_people_are_told(self, desk: Office) -> None:
        wrote(desk, JANE)
        opened(desk)
        told_team = " ".join(" ".join(sent.text.split()) for sent in desk.notices)
        assert "Incident 1, “Outgoing calls fail”, is open: 1 person is told (by Dana Ortiz)." in told_team
        assert "`mailbot incident show 1` has all of it." in told_team
        assert "mailbot incident list" not in told_team

    def test_who_reads_the_notices_alone_hears_of_his_own_doing_once(self, tmp_path: Path) -> None:
        notified = WITH_PAGE.replace("team@harborvoice.example", DANA)
        assert notified != WITH_PAGE
        with office(tmp_path, rules=notified + NO_RADAR + TEAM + CUSTOMERS) as desk:
            wrote(desk, JANE)
            opened(desk)
            [done] = [sent for sent in desk.sent if "incident 1, “Outgoing" in " ".join(sent.text.split())]
            assert done.recipient == DANA
            assert desk.rows("SELECT text FROM notice WHERE kind = 'incident'") == []


class TestOnTheServer:
    def test_it_shows_and_asks_for_a_yes(self, desk: Office) -> None:
        wrote(desk, JANE)
        request = {
            "verb": "incident",
            "step": "open",
            "tickets": "1001",
            "text": "Outgoing calls fail",
            "agent": "dana",
        }
        with pytest.raises(RefusedError, match=r"add --yes\n- Jane Roe at Acme Dental \(#1001\) is told") as refused:
            desk.do(**request)
        assert "You are not the only one" in str(refused.value)
        assert "incident 1" in desk.do(**request, confirmed=True)
        desk.deliver()
        assert len(told(desk, JANE)) == 1

    def test_a_yes_is_to_what_was_shown(self, desk: Office) -> None:
        wrote(desk, JANE)
        opening = {"verb": "incident", "step": "open", "tickets": "1001", "text": "Outgoing calls fail"}
        with pytest.raises(RefusedError) as refused:
            desk.do(**opening)
        yes = {"confirmed": True, "shown": refused.value.shown}
        for other in ({"text": "Voicemail is late"}, {"step": "update"}):
            with pytest.raises(RefusedError, match="it is not what you were shown"):
                desk.do(**{**opening, **other}, **yes)
        with pytest.raises(RefusedError, match="it is not what you were shown"):
            desk.do(**opening, confirmed=True, shown={})
        line = next(line for line in str(refused.value).splitlines() if "We noticed it" in line)
        desk.now += timedelta(minutes=3)
        desk.do(**opening, **yes)
        desk.deliver()
        assert line in told(desk, JANE)[0].text
        with pytest.raises(RefusedError) as refused:
            desk.do(verb="incident", step="update", text="We are at it.")
        desk.do(verb="incident", step="update", text="It takes a while.", confirmed=True)
        with pytest.raises(RefusedError, match="since you were shown it, somebody at the server told all"):
            desk.do(verb="incident", step="update", text="We are at it.", confirmed=True, shown=refused.value.shown)

    def test_the_command_shows_what_goes_to_whom_and_sends_it_with_a_yes(self, tmp_path: Path) -> None:
        with desk_of(tmp_path) as desk:
            wrote(desk, JANE)
        command = ("incident", "open", "Calls fail", "--tickets", "1001")
        shown = run(tmp_path, *command)
        assert "Jane Roe at Acme Dental (#1001) is told, in English" in shown.out
        assert "nobody answers here; add --yes" in shown.err
        assert "No incident lasts." in run(tmp_path, "incident", "list").out
        assert "1 person is told" in run(tmp_path, *command, "--yes").out
        [listed] = run(tmp_path, "incident", "list", "--json").rows
        assert (listed["number"], listed["state"], listed["tickets"]) == (1, "open", [1001])
        found = run(tmp_path, "incident", "show", "1").out
        assert ("Calls fail" in found, "open, by somebody at the server" in found) == (True, True)
        assert "there is no incident 7" in run(tmp_path, "incident", "show", "7").err

    def test_the_list_says_for_how_long_nothing_was_said(self, tmp_path: Path) -> None:
        with desk_of(tmp_path, at=datetime.now(UTC) - timedelta(days=2, hours=1)) as desk:
            for what in ("Calls fail", "No voicemail", "Fax is dead"):
                desk.do(verb="incident", step="open", text=what, confirmed=True)
            desk.do(verb="incident", step="resolve", incident=3, confirmed=True)
            desk.now += timedelta(days=2)
            desk.do(verb="incident", step="update", incident=2, text="We look into it.", confirmed=True)
        listed = [" ".join(line.split()) for line in run(tmp_path, "incident", "list", "--all").out.splitlines()]
        assert [one for one in listed if "nothing said for 2 days" in one and "Calls fail" in one] != []
        assert [one for one in listed if "nothing said" in one and "Calls fail" not in one] == []
        assert [one for one in listed if "over since" in one and "Fax is dead" in one] != []
        assert "Calls fail · lasts; nothing said for 2 days" in run(tmp_path, "incident", "show", "1").out
        assert "No voicemail · lasts\n" in run(tmp_path, "incident", "show", "2").out

    def test_its_number_may_come_first_on_the_command_line_as_in_mail(self, desk: Office, tmp_path: Path) -> None:
        for sender, what in ((JANE, "Calls fail"), (MAX, "No voicemail")):
            desk.do(verb="incident", step="open", text=what, tickets=str(wrote(desk, sender)), confirmed=True)
        said = run(tmp_path, "incident", "2", "update", "The carrier works on it.", "--yes")
        assert (said.code, "incident 2, “No voicemail”" in " ".join(said.out.split())) == (0, True), said
        assert "No voicemail" in run(tmp_path, "incident", "#2", "show").out
        assert run(tmp_path, "incident", "2", "open", "Calls fail").code == 64
        assert "Did you mean 'update'?" in run(tmp_path, "incident", "2", "updat", "It works.").err

    def test_in_a_list_its_numbers_are_those_of_the_list(self, desk: Office) -> None:
        for sender in (JANE, MAX, SARA):
            wrote(desk, sender)
        to_desk(desk, "#open", answers=relays(desk, DANA)[-1])
        listing = asks(desk)
        to_desk(desk, "1-2 incident open Outgoing calls fail\n\nWe look into it.", answers=listing)
        question = " ".join(asks(desk).text.split())
        assert "tell 2 people" in question
        to_desk(desk, "send", answers=asks(desk))
        assert desk.one("SELECT count(*) FROM ticket WHERE incident = 1") == 2
        told_ones = [one for one in (JANE, MAX, SARA) if told(desk, one)]
        assert len(told_ones) == 2
        assert "We look into it." in told(desk, told_ones[0])[0].text
        to_desk(desk, "incident add 3", answers=listing)
        to_desk(desk, "send", answers=asks(desk))
        assert desk.one("SELECT count(*) FROM ticket WHERE incident = 1") == 3


class TestNewMail:
    """Mail that tells of the same is taken in, and its sender hears since when we know."""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Office]:
        with desk_of(tmp_path, CALLED) as made:
            wrote(made, JANE, "Nobody here can make outgoing calls since ten o'clock, all of them fail.")
            opened(made)
            yield made

    def test_it_is_told_that_we_know_and_since_when(self, desk: Office) -> None:
        wrote(desk, SARA, "Bei uns gehen keine Anrufe nach draußen, niemand kann telefonieren.")
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, 1)]
        receipt = next(sent for sent in desk.sent if sent.recipient == ADDRESS[SARA])
        text = " ".join(receipt.text.split())
        assert "Das sieht nach einem Problem aus, das wir schon kennen:" in text
        assert "Wir haben es heute um" in text
        assert "Jemand aus unserem Team antwortet Ihnen" not in text
        reasons = desk.one("SELECT reasons FROM entry WHERE ticket_id = 1002 AND kind = 'customer'")
        assert ("that we know of it, and since when" in reasons, "by when we answer" in reasons) == (True, False)
        assert SITE in text
        assert told(desk, SARA) == []
        to_desk(desk, "#incident update The carrier works on it.")
        to_desk(desk, "send", answers=asks(desk))
        assert len(told(desk, SARA)) == 1
        assert desk.one("SELECT first_response_at IS NOT NULL FROM ticket WHERE id = 1002") == 1

    def test_it_is_taken_in_where_what_was_said_is_damaged(self, desk: Office) -> None:
        """A row that a disk has changed is put aside; then nothing was said."""
        partner, writer = desk.here.desk.partner, desk.here.database.writer
        writer.write(lambda conn: conn.execute(sql("UPDATE incident_update SET at = 'garbage'")))
        assert [one.table for one in writer.write(lambda conn: set_aside(conn, partner, desk.now))] == [
            "incident_update"
        ]
        wrote(desk, MAX, "All our outgoing calls fail, nobody can call out.")
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, 1)]

    def test_of_something_else_it_is_not(self, desk: Office) -> None:
        for text in (
            "How do I call out with another number on display?",
            "The voicemail of my phone is full.",
            "I cannot dial out from extension 204 any more.",
        ):
            wrote(desk, MAX, text)
        assert [one for _, one in desk.rows(NUMBERS)] == [1, None, None, None]

    def test_what_nothing_proves_is_not_taken_in(self, desk: Office) -> None:
        wrote(desk, "Kim <kim@elsewhere.example>", "All our outgoing calls fail, nobody can call out.", verdict="")
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, None)]

    def test_once_it_is_over_none_is(self, desk: Office) -> None:
        to_desk(desk, "#incident resolve")
        to_desk(desk, "send", answers=asks(desk))
        wrote(desk, MAX, "All our outgoing calls fail, nobody can call out.")
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, None)]

    def test_nor_is_any_after_a_day_without_a_word_of_ours(self, desk: Office) -> None:
        """It was forgotten, and another outage like it is to wake somebody."""
        desk.let_pass(CLOSED_AT + timedelta(days=7) - desk.now)
        wrote(desk, MAX, "Outage: all our outgoing calls fail, nobody can call out!")
        desk.let_pass(timedelta(hours=1))
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, None)]
        assert [sent for sent in desk.sent if sent.recipient == "kim@pager.example"] != []
        to_desk(desk, "#incident update The carrier works on it.")
        to_desk(desk, "send", answers=asks(desk))
        wrote(desk, SARA, "All our outgoing calls fail, nobody can call out.")
        assert desk.rows(NUMBERS) == [(1001, 1), (1002, None), (1003, 1)]

    def test_at_night_nobody_is_called_about_it(self, desk: Office) -> None:
        desk.let_pass(CLOSED_AT + timedelta(days=6) - desk.now)
        to_desk(desk, "#incident update The carrier works on it.")
        to_desk(desk, "send", answers=asks(desk))
        desk.let_pass(CLOSED_AT + timedelta(days=7) - desk.now)
        left = len(desk.sent)
        wrote(desk, MAX, "Outage: all our outgoing calls fail, nobody can call out!")
        desk.let_pass(timedelta(hours=1))
        assert desk.rows("SELECT severity, incident FROM ticket WHERE id = 1002") == [("critical", 1)]
        receipt = next(sent for sent in desk.sent[left:] if sent.recipient == ADDRESS[MAX])
        assert "a problem that we already know of: Outgoing calls fail." in " ".join(receipt.text.split())
        assert "please call us now" not in str(receipt.mail["Subject"])
        assert "+1 212 555 0122" in receipt.text, "what cannot wait can be said at night"
        assert desk.rows("SELECT kind FROM due WHERE ticket_id = 1002 AND kind = 'call'") == []
        assert [sent for sent in desk.sent if sent.recipient == "kim@pager.example"] == []
        desk.do(verb="incident", step="remove", tickets="1002")
        desk.let_pass(timedelta(minutes=1))
        assert [sent for sent in desk.sent if sent.recipient == "kim@pager.example"] != [], "else somebody is"
        assert desk.rows("SELECT urgent FROM notice WHERE ticket_id = 1002 AND urgent") == []
        assert desk.rows("SELECT id FROM relay WHERE ticket_id = 1002 AND urgent") == []

    def test_what_becomes_worse_since_is_called_about(self, desk: Office) -> None:
        """It may be another trouble, whatever the ticket is about."""
        wrote(desk, MAX, "My outgoing calls fail now and then, nobody here can call out.")
        desk.do(verb="set", ticket=1002, severity="high")
        assert desk.rows("SELECT severity, incident FROM ticket WHERE id = 1002") == [("high", 1)]
        desk.let_pass(CLOSED_AT + timedelta(days=7) - desk.now)
        before = "SELECT count(*) FROM due WHERE ticket_id = 1002 AND kind = 'call'"
        assert desk.one(before) == 0
        receipt = next(sent for sent in desk.sent if sent.recipient == ADDRESS[MAX])
        refers = (f"In-Reply-To: <{receipt.message_id}>",)
        wrote(desk, MAX, "Now all our phones are down, nobody can call us!", subject="Re: A question", fields=refers)
        assert desk.one("SELECT severity FROM ticket WHERE id = 1002") == "critical"
        assert desk.one(before) > 0


class TestAllWellAgain:
    """The end asks one question: a yes closes, silence does in its time, and a no is told at once."""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Office]:
        with desk_of(tmp_path) as made:
            wrote(made, JANE)
            opened(made)
            yield made

    def over(self, desk: Office) -> None:
        to_desk(desk, "#incident resolve")
        to_desk(desk, "send", answers=asks(desk))

    def says(self, desk: Office, text: str) -> None:
        refers = (f"In-Reply-To: <{told(desk, JANE)[-1].message_id}>",)
        wrote(desk, JANE, text, subject="Re: A question", fields=refers)

    def test_a_yes_closes_the_ticket(self, desk: Office) -> None:
        self.over(desk)
        self.says(desk, "Yes, all good again.")
        assert desk.one("SELECT state FROM ticket") == "closed"

    @pytest.mark.parametrize("text", ["Yes, all good again.", "Thanks!"])
    def test_it_closes_all_her_tickets_that_the_question_was_about(self, desk: Office, text: str) -> None:
        second, third = (wrote(desk, sender, "No call goes out to mobiles.") for sender in (JANE, MAX))
        to_desk(desk, f"#incident add {second} {third}")
        to_desk(desk, "send", answers=asks(desk))
        self.over(desk)
        self.says(desk, text)
        assert desk.rows("SELECT id, state FROM ticket ORDER BY id") == [
            (1001, "closed"),
            (second, "closed"),
            (third, "open"),
        ]
        assert any("#1002 and #1001 are closed; `mailbot reopen 1002 1001`" in one.text for one in desk.notices)

    def test_one_in_which_she_has_written_since_stays(self, desk: Office) -> None:
        second = wrote(desk, JANE, "No call goes out to mobiles.")
        to_desk(desk, f"#incident add {second}")
        to_desk(desk, "send", answers=asks(desk))
        self.over(desk)
        first = told(desk, JANE)[0]
        wrote(desk, JANE, "The fax, too?", subject="Re: A question", fields=(f"In-Reply-To: <{first.message_id}>",))
        self.says(desk, "Yes, all good again.")
        assert desk.rows("SELECT id, state FROM ticket ORDER BY id") == [(1001, "open"), (second, "closed")]

    def test_while_it_lasts_neither_a_yes_nor_thanks_do(self, desk: Office) -> None:
        self.says(desk, "Yes, all good again.")
        assert desk.one("SELECT state FROM ticket") == "open"
        self.says(desk, "Thank you!")
        assert desk.one("SELECT state FROM ticket") == "open"
        assert any("#1001 waits for the end of its incident" in " ".join(sent.text.split()) for sent in desk.notices)

    def test_a_no_is_a_reply_that_is_told_at_once(self, desk: Office) -> None:
        self.over(desk)
        self.says(desk, "No, we still cannot call out.")
        assert desk.rows("SELECT state, waiting_since IS NOT NULL FROM ticket") == [("open", 1)]
        assert desk.one("SELECT count(*) FROM notice WHERE urgent AND text LIKE '%and it is not.%'") == 1
        assert "Incident:   1, Outgoing calls fail, over since " in relays(desk, DANA)[-1].text
        self.says(desk, "Yes")
        assert desk.one("SELECT state FROM ticket") == "open", "nobody has asked since"

    def test_silence_closes_it_after_one_reminder_and_not_while_it_lasts(self, desk: Office) -> None:
        desk.let_pass(timedelta(days=20))
        reminders = "SELECT count(*) FROM outbox WHERE kind = 'reminder'"
        assert (desk.one("SELECT state FROM ticket"), desk.one(reminders)) == ("open", 0)
        self.over(desk)
        desk.let_pass(timedelta(days=20))
        assert (desk.one("SELECT state FROM ticket"), desk.one(reminders)) == ("closed", 1)
