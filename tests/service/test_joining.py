"""Who is let into a ticket, and tickets that become one: no words of a customer's reach another customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.refusing import RefusedError
from tests.servers.commands import run
from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_orders import RAJ, TEAM, column, confirm, told, words, write
from tests.service.test_peer_cases import bounce
from tests.service.test_relays import DANA, JANE, QUESTION, asked, relays, reply, to_customer

SAM = "Sam <sam@acme-dental.example>"
KIM = "Kim <kim@consultants.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def answers(desk: Office, sender: str, to: str, text: str = "Any news?", number: int = 1) -> int | None:
    """Receive an answer to a mail of that id; return its ticket."""
    raw = mail(sender, text, subject="Re: A question", message_id=f"a{number}@{to}", fields=(f"In-Reply-To: <{to}>",))
    ticket = desk.receive(raw).ticket
    desk.let_pass(timedelta(0))
    return ticket


def two_of_acme(desk: Office) -> tuple[int, int]:
    """Return a ticket of Jane's and a later one of her colleague Sam's."""
    one = asked(desk)
    return one, asked(desk, SAM, "How loud can it be?", message_id="s1@acme-dental.example", subject="Loud")


class TestAllow:
    def test_a_colleague_who_was_let_in_gets_the_answers_and_joins(self, desk: Office) -> None:
        ticket = asked(desk)
        assert answers(desk, SAM, "q1@acme-dental.example") == ticket
        write(desk, "It is on its way.")
        assert to_customer(desk, "sam@acme-dental.example") == []
        write(desk, "#allow sam@acme-dental.example\nIt has arrived.")
        [sent] = to_customer(desk, "sam@acme-dental.example")
        assert "It has arrived." in words(sent)
        answers(desk, SAM, "q1@acme-dental.example", number=2)
        assert "proposed-participant" not in desk.one("SELECT flags FROM entry WHERE message_id LIKE 'a2@%'")

    def test_an_outsider_is_asked_about_by_name_and_then_takes_part(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#allow kim@consultants.example\nKim will help.")
        [question] = told(desk, "Please confirm")
        assert f"let kim@consultants.example (no customer of ours) read and write in #{ticket}" in words(question)
        assert to_customer(desk, "kim@consultants.example") == []
        confirm(desk, question)
        assert len(to_customer(desk, "kim@consultants.example")) == 1
        assert answers(desk, KIM, "q1@acme-dental.example") == ticket

    def test_taken_back_nobody_is_in(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#allow sam@acme-dental.example")
        write(desk, "#undo")
        write(desk, "It has arrived.")
        assert to_customer(desk, "sam@acme-dental.example") == []

    def test_none_of_us_takes_part(self, desk: Office) -> None:
        ticket = asked(desk)
        with pytest.raises(RefusedError, match="no customer's address"):
            desk.do(verb="allow", ticket=ticket, address="bob@harborvoice.example", confirmed=True)


class TestMergeOfOneCustomers:
    def test_what_comes_to_the_one_joins_the_other_and_both_get_the_answers(self, desk: Office) -> None:
        one, other = two_of_acme(desk)
        write(desk, f"#merge {one}")
        assert column(desk, "merged_into || state", other) == f"{one}closed"
        assert answers(desk, SAM, "s1@acme-dental.example") == one
        write(desk, "It is as loud as you like.")
        assert {sent.recipient.partition("@")[0] for sent in desk.answers if "as loud as" in words(sent)} == {
            "jane",
            "sam",
        }

    def test_the_worse_severity_is_that_of_both(self, desk: Office) -> None:
        one, other = two_of_acme(desk)
        desk.do(verb="set", ticket=other, severity="high")
        write(desk, f"#merge {one}")
        assert column(desk, "severity", one) == "high"

    def test_who_waits_in_the_one_waits_in_the_other(self, desk: Office) -> None:
        one = asked(desk)
        write(desk, "It is on its way.")
        assert column(desk, "waiting_since IS NULL", one) == 1
        other = asked(desk, SAM, "How loud can it be?", message_id="s1@acme-dental.example", subject="Loud")
        since = column(desk, "waiting_since", other)
        write(desk, f"#merge {one}")
        assert column(desk, "waiting_since", one) == since
        answers(desk, JANE, "q1@acme-dental.example")
        write(desk, "#undo")
        assert column(desk, "merged_into IS NULL", other) == 1, "a message that came since is in nobody's way"

    def test_what_was_asked_in_the_one_is_shown_with_the_other(self, desk: Office) -> None:
        ticket, other = two_of_acme(desk)
        write(desk, f"#merge {ticket}")
        shown = " ".join(run(desk.log.parents[1], "show", str(ticket)).out.split())
        assert f"with #{other}, Loud: mailbot" in shown
        assert f"sam@acme-dental.example of #{other}" in shown
        assert shown.index("How do I change") < shown.index("How loud can it be?")

    def test_whoever_is_handed_the_one_reads_what_was_asked_in_the_other(self, desk: Office) -> None:
        one, other = two_of_acme(desk)
        write(desk, f"#merge {one}")
        answers(desk, JANE, "q1@acme-dental.example")
        relay = relays(desk)[-1]
        assert f"[{one}]" in str(relay.mail["Subject"])
        merged = (
            f'Merged in: {other} (Loud), received Mon, Nov 23, 10:00 AM From: "Sam" <sam@acme-dental.example>, verified'
        )
        assert merged in words(relay)
        assert "> How loud can it be?" in relay.text
        parted(desk)
        answers(desk, JANE, "q1@acme-dental.example", number=2)
        assert "How loud" not in relays(desk)[-1].text

    def test_of_one_persons_it_is_shown_and_no_earlier_one(self, desk: Office) -> None:
        one = asked(desk)
        other = asked(desk, text="How loud can it be?", message_id="q2@acme-dental.example", subject="Loud")
        write(desk, f"#merge {one}")
        write(desk, "#show")
        shown = words(relays(desk)[-1])
        assert f"Merged in: {other} (Loud)" in shown
        assert "> How loud can it be?" in shown
        assert "Earlier tickets" not in shown

    def test_taken_back_they_are_two_and_nobody_is_in_the_others(self, desk: Office) -> None:
        one, other = two_of_acme(desk)
        write(desk, f"#merge {one}")
        write(desk, "#undo")
        assert column(desk, "merged_into IS NULL", other) == 1
        assert answers(desk, SAM, "s1@acme-dental.example") == other
        assert desk.rows("SELECT * FROM participant") == []

    def test_a_label_alone_makes_no_colleague(self, desk: Office) -> None:
        """Whose a ticket is may be guessed; who wrote it is then no listed address."""
        one = asked(desk)
        other = asked(desk, KIM, message_id="k1@consultants.example", subject="Acme")
        desk.do(verb="set", ticket=other, tenant="acme")
        with pytest.raises(RefusedError, match="neither gets anything of the other"):
            desk.do(verb="merge", ticket=other, into=one)


def parted(desk: Office) -> None:
    """Have Dana take back what she did, up to the merge."""
    assert any("a ticket of its own" in desk.do(verb="undo", agent="dana") for _ in range(2))


class TestMailOfTheMergedOne:
    """What still answers the ticket that was merged away belongs to the one as which it goes on."""

    ANSWERED = "first_response_at IS NOT NULL AND waiting_since IS NULL"
    WAITS = "first_response_at IS NULL AND waiting_since IS NOT NULL"

    @pytest.fixture
    def merged(self, desk: Office) -> tuple[int, int]:
        """Jane's ticket, and Sam's, which was merged into it; the newest relay is Sam's."""
        one, other = two_of_acme(desk)
        write(desk, f"#merge {one}")
        return one, other

    def entries(self, desk: Office, ticket: int, kind: str = "agent") -> list[str]:
        rows = desk.rows("SELECT text FROM entry WHERE ticket_id = ? AND kind = ? ORDER BY id", ticket, kind)
        return [" ".join(text.split()) for (text,) in rows]

    def test_a_reply_to_its_relay_is_logged_in_the_other_and_goes_to_its_own_customer(
        self, desk: Office, merged: tuple[int, int]
    ) -> None:
        one, other = merged
        write(desk, "As loud as you like.")
        assert any("As loud as" in text for text in self.entries(desk, one))
        assert not any("As loud as" in text for text in self.entries(desk, other))
        assert column(desk, self.ANSWERED, other) == 1
        [sent] = to_customer(desk, "sam@acme-dental.example")
        assert (str(sent.mail["Subject"]), str(sent.mail["In-Reply-To"])) == ("Re: Loud", "<s1@acme-dental.example>")
        assert to_customer(desk) == [], "the relay named Sam alone"

    def test_who_got_nothing_of_the_answer_waits_on(self, desk: Office, merged: tuple[int, int]) -> None:
        one, other = merged
        write(desk, "As loud as you like.")
        assert (column(desk, self.WAITS, one), column(desk, self.ANSWERED, other)) == (1, 1)
        parted(desk)
        assert (column(desk, self.WAITS, one), column(desk, self.ANSWERED, other)) == (1, 1)
        desk.answer(one)
        assert column(desk, self.ANSWERED, one) == 1

    def test_an_answer_to_all_of_them_is_one_to_both(self, desk: Office, merged: tuple[int, int]) -> None:
        one, other = merged
        desk.receive(reply(next(sent for sent in relays(desk) if f"[{one}]" in str(sent.mail["Subject"])), "Yes."))
        assert (column(desk, self.ANSWERED, one), column(desk, self.ANSWERED, other)) == (1, 1)
        parted(desk)
        assert (column(desk, self.ANSWERED, one), column(desk, self.ANSWERED, other)) == (1, 1)

    def test_who_alone_waits_is_answered_in_his_own_conversation(self, desk: Office) -> None:
        one = asked(desk)
        write(desk, "It is on its way.")
        other = asked(desk, SAM, "How loud can it be?", message_id="s1@acme-dental.example", subject="Loud")
        write(desk, f"#merge {one}")
        assert column(desk, "waiting_since IS NOT NULL", one) == 1
        write(desk, "As loud as you like.")
        assert (column(desk, self.ANSWERED, one), column(desk, self.ANSWERED, other)) == (1, 1)

    def test_an_answer_that_comes_back_has_its_own_customer_wait_once_parted(
        self, desk: Office, merged: tuple[int, int]
    ) -> None:
        write(desk, "As loud as you like.")
        [sent] = to_customer(desk, "sam@acme-dental.example")
        desk.receive(bounce(sent.message_id, sent.recipient), reverse_path="")
        assert column(desk, "waiting_since IS NOT NULL", merged[1]) == 1

    def test_its_customers_answer_to_that_joins_the_other(self, desk: Office, merged: tuple[int, int]) -> None:
        write(desk, "As loud as you like.")
        [sent] = to_customer(desk, "sam@acme-dental.example")
        assert answers(desk, SAM, sent.message_id) == merged[0]

    def test_taken_back_its_customers_answer_is_its_own(self, desk: Office, merged: tuple[int, int]) -> None:
        write(desk, "As loud as you like.")
        [sent] = to_customer(desk, "sam@acme-dental.example")
        parted(desk)
        assert answers(desk, SAM, sent.message_id) == merged[1]

    def test_commands_in_it_are_done_there_and_its_writer_is_told(self, desk: Office, merged: tuple[int, int]) -> None:
        one, other = merged
        write(desk, "#severity high\n#close\nAs loud as you like.")
        assert column(desk, "severity || state", one) == "highclosed"
        assert column(desk, "severity", other) == "normal"
        [line] = told(desk, "another ticket")
        assert f"#{other} is merged into #{one}" in words(line)

    def test_nothing_is_said_to_be_done_there_once_the_merge_is_taken_back(
        self, desk: Office, merged: tuple[int, int]
    ) -> None:
        write(desk, "#undo")
        assert column(desk, "merged_into IS NULL", merged[1]) == 1
        assert told(desk, "another ticket") == []

    @pytest.mark.parametrize("typed", [False, True])
    def test_a_call_answers_its_own_customer_alone(self, desk: Office, merged: tuple[int, int], *, typed: bool) -> None:
        one, other = merged
        if typed:
            desk.do(verb="order", ticket=other, line="#called he knows", agent="dana")
        else:
            write(desk, "#called he knows")
        assert (self.entries(desk, one), self.entries(desk, other)) == (["he knows"], [])
        assert (column(desk, self.WAITS, one), column(desk, self.ANSWERED, other)) == (1, 1)
        desk.do(verb="undo", agent="dana")
        assert (column(desk, self.WAITS, one), column(desk, self.WAITS, other)) == (1, 1)

    def test_a_call_answers_all_that_one_customer_asked(self, desk: Office) -> None:
        one = asked(desk)
        other = asked(desk, text="How loud can it be?", message_id="q2@acme-dental.example", subject="Loud")
        write(desk, f"#merge {one}")
        write(desk, "#called she knows")
        parted(desk)
        assert (column(desk, self.WAITS, one), column(desk, self.WAITS, other)) == (1, 1)
        desk.do(verb="merge", ticket=other, into=one, agent="dana")
        desk.do(verb="order", ticket=one, line="#called she knows", agent="dana")
        assert (column(desk, self.ANSWERED, one), column(desk, self.ANSWERED, other)) == (1, 1)

    def test_a_note_in_it_is_a_note_there(self, desk: Office, merged: tuple[int, int]) -> None:
        write(desk, "#note He is hard of hearing.")
        assert any("hard of hearing" in text for text in self.entries(desk, merged[0], "note"))

    @pytest.mark.usefixtures("merged")
    def test_whoever_was_handed_its_question_is_told_of_the_answer(self, desk: Office) -> None:
        before = len(told(desk, "Loud", "bob@harborvoice.example"))
        write(desk, "As loud as you like.")
        desk.let_pass(timedelta(hours=1))
        [line] = [sent for sent in relays(desk, "bob@harborvoice.example")[before:] if "As loud as" in words(sent)]
        assert "Dana" in words(line)

    def test_a_second_answer_there_is_held_beside_the_first(self, desk: Office, merged: tuple[int, int]) -> None:
        one, _ = merged
        write(desk, "As loud as you like.")
        write(desk, "Not louder than a train.", agent="bob@harborvoice.example")
        assert [words(sent) for sent in to_customer(desk, "sam@acme-dental.example")] == ["As loud as you like."]
        assert len(self.entries(desk, one)) == 1

    def test_what_was_asked_back_about_goes_the_same_way(self, desk: Office, merged: tuple[int, int]) -> None:
        one, _ = merged
        write(desk, "As loud as you like.", verdict="")
        [question] = told(desk, "Did you write")
        confirm(desk, question)
        assert len(self.entries(desk, one)) == 1
        assert len(to_customer(desk, "sam@acme-dental.example")) == 1

    @pytest.mark.parametrize("before", [True, False])
    def test_an_answer_that_comes_back_has_the_customer_wait_there(self, desk: Office, *, before: bool) -> None:
        one, other = two_of_acme(desk)
        if before:
            write(desk, "As loud as you like.")
        write(desk, f"#merge {one}")
        if not before:
            write(desk, "As loud as you like.")
        elif column(desk, "waiting_since IS NOT NULL", one):
            desk.answer(one)
        [sent] = to_customer(desk, "sam@acme-dental.example")
        desk.receive(bounce(sent.message_id, sent.recipient), reverse_path="")
        assert len(self.entries(desk, one, "bounce")) == 1
        assert self.entries(desk, other, "bounce") == []
        assert column(desk, "waiting_since IS NOT NULL", one) == 1
        assert len([one for one in relays(desk) if "did not arrive" in words(one)]) == 1

    @pytest.mark.parametrize("sent", [True, False])
    def test_an_answer_past_us_is_logged_in_the_other(
        self, desk: Office, merged: tuple[int, int], *, sent: bool
    ) -> None:
        """From the shared mailbox, or from her own address with us in copy."""
        one, other = merged
        left = len(desk.sent)
        raw = mail(
            SUPPORT if sent else f"Dana <{DANA}>",
            "As loud as you like.",
            subject="Re: Loud",
            message_id="past@phone.example",
            fields=("In-Reply-To: <s1@acme-dental.example>", *(() if sent else (f"Cc: {SUPPORT}",))),
            replaces={"To": "sam@acme-dental.example"},
        )
        desk.receive(raw, sent=sent)
        assert (len(self.entries(desk, one)), self.entries(desk, other)) == (1, [])
        assert column(desk, "first_response_at IS NOT NULL", other) == 1
        assert len(desk.sent) == left
        assert answers(desk, SAM, "past@phone.example") == one
        parted(desk)
        assert answers(desk, SAM, "past@phone.example", number=2) == other

    def test_once_the_other_is_another_customers_it_is_on_its_own(self, desk: Office, merged: tuple[int, int]) -> None:
        one, other = merged
        desk.do(verb="set", ticket=one, tenant="bolt", confirmed=True)
        write(desk, "As loud as you like.")
        assert self.entries(desk, one) == []
        assert len(self.entries(desk, other)) == 1
        assert len(to_customer(desk, "sam@acme-dental.example")) == 1

    @pytest.mark.parametrize("sender", [SAM, JANE])
    def test_once_the_other_is_another_customers_mail_of_its_customer_is_its_own(
        self, desk: Office, merged: tuple[int, int], sender: str
    ) -> None:
        """By the token of its own acknowledgement, and of a colleague who answers it."""
        one, other = merged
        desk.do(verb="set", ticket=one, tenant="bolt", confirmed=True)
        [token] = [one for one in desk.answers if one.recipient == "sam@acme-dental.example"]
        assert answers(desk, sender, token.message_id, "Acme moves.") == other
        assert column(desk, "state", other) == "open"
        assert column(desk, "merged_into IS NULL", other) == 1
        assert self.entries(desk, one, "customer") == [QUESTION]

    def test_whoever_took_part_in_it_alone_writes_into_a_ticket_of_his_own(self, desk: Office) -> None:
        """A merge lets in whom the customer lists, and no outsider."""
        one, other = two_of_acme(desk)
        desk.do(verb="allow", ticket=other, address="kim@consultants.example", confirmed=True)
        write(desk, "As loud as you like.")
        write(desk, f"#merge {one}")
        [sent] = to_customer(desk, "kim@consultants.example")
        fresh = answers(desk, KIM, sent.message_id)
        assert fresh not in {None, one, other}
        assert column(desk, "linked_to", fresh or 0) == one

    def test_a_reply_to_a_notice_about_it_is_a_note_there(self, desk: Office) -> None:
        bob = "bob@harborvoice.example"
        one, _ = two_of_acme(desk)
        write(desk, "As loud as you like.")
        desk.let_pass(timedelta(hours=1))
        [line] = [sent for sent in relays(desk, bob) if "As loud as" in words(sent)]
        write(desk, f"#merge {one}")
        refers = (f"In-Reply-To: <{line.message_id}>",)
        desk.receive(mail(bob, "He is hard of hearing.", fields=refers, message_id="n1@phone.example"))
        assert any("hard of hearing" in text for text in self.entries(desk, one, "note"))


class TestRightToTheMergedOne:
    """An agent acts for a merged ticket only if the one as which it goes on is his customers', too."""

    CLEO = "cleo@harborvoice.example"

    @pytest.fixture
    def merged(self, desk: Office) -> tuple[int, int, Sent]:
        """Two of a stranger's, the one Acme's since the other was merged into it; Cleo of Bolt was asked about that."""
        one = asked(desk, KIM, message_id="k1@consultants.example", subject="Cost")
        other = asked(desk, KIM, "How loud can it be?", message_id="k2@consultants.example", subject="Loud")
        write(desk, "As loud as you like.", agent=self.CLEO, verdict="")
        [question] = told(desk, "Did you write", self.CLEO)
        desk.do(verb="merge", ticket=other, into=one)
        desk.do(verb="set", ticket=one, tenant="acme", confirmed=True)
        return one, other, question

    def yes(self, desk: Office) -> None:
        confirm(desk, told(desk, "Did you write", self.CLEO)[-1], self.CLEO)

    def nothing_happened(self, desk: Office, one: int) -> None:
        assert column(desk, "first_response_at IS NULL AND assignee = '' AND severity = 'normal'", one) == 1
        assert desk.rows("SELECT text FROM entry WHERE ticket_id = ? AND author = 'cleo'", one) == []
        assert to_customer(desk, "kim@consultants.example") == []

    def test_not_by_a_reply_to_a_relay(self, desk: Office, merged: tuple[int, int, Sent]) -> None:
        write(desk, "#severity high\nNot louder than a train.", agent=self.CLEO)
        self.nothing_happened(desk, merged[0])

    @pytest.mark.parametrize("text", ["Not louder than a train.", "#severity high", "#note He is hard of hearing."])
    def test_not_by_an_answer_to_a_question(self, desk: Office, merged: tuple[int, int, Sent], text: str) -> None:
        one, _, question = merged
        fields = (f"In-Reply-To: <{question.message_id}>",)
        desk.receive(mail(self.CLEO, text, subject=f"Re: {question.mail['Subject']}", fields=fields))
        self.yes(desk)
        self.nothing_happened(desk, one)

    @pytest.mark.parametrize("text", ["Not louder than a train.", "#severity high", "#note He is hard of hearing."])
    def test_not_by_a_number_in_the_subject(self, desk: Office, merged: tuple[int, int, Sent], text: str) -> None:
        one, other, _ = merged
        desk.receive(mail(self.CLEO, text, subject=f"[{other}] Loud"))
        self.yes(desk)
        self.nothing_happened(desk, one)


class TestMergeAcrossCustomers:
    @pytest.fixture
    def merged(self, desk: Office) -> tuple[int, int]:
        """A ticket of Jane's at Acme, and one of Raj's at Bolt that was merged into it."""
        one = asked(desk)
        other = asked(desk, RAJ, message_id="r1@bolt.example", subject="Secret of Bolt")
        write(desk, f"#merge {one}")
        [question] = told(desk, "Please confirm")
        said = words(question)
        assert all(named in said for named in ("Acme Dental", "Bolt Logistics", f"#{one}", f"#{other}"))
        assert column(desk, "state", other) == "open"
        confirm(desk, question)
        assert column(desk, "merged_into", other) == one
        return one, other

    def test_what_comes_to_the_closed_one_opens_a_ticket_of_its_own(
        self, desk: Office, merged: tuple[int, int]
    ) -> None:
        fresh = answers(desk, RAJ, "r1@bolt.example", "Bolt moves to a new building.")
        assert fresh not in {None, *merged}
        assert column(desk, "tenant", fresh or 0) == "bolt"
        assert column(desk, "linked_to", fresh or 0) == merged[0]

    @pytest.mark.usefixtures("merged")
    def test_no_customer_gets_a_word_or_an_id_of_the_other(self, desk: Office) -> None:
        answers(desk, RAJ, "r1@bolt.example", "Bolt moves to a new building.")
        answers(desk, JANE, "q1@acme-dental.example", "Acme has new chairs.")
        for relay in [one for one in relays(desk) if "A reply to this mail goes to" in one.text]:
            desk.receive(reply(relay, f"An answer to {relay.recipient.partition('@')[0]}.", sender=relay.recipient))
        got = [sent for sent in desk.answers if sent.recipient in {"jane@acme-dental.example", "raj@bolt.example"}]
        assert {sent.recipient for sent in got if "An answer to" in words(sent)} == {
            "jane@acme-dental.example",
            "raj@bolt.example",
        }
        for sent in got:
            seen = sent.raw.decode() + words(sent)
            foreign = ("bolt", "raj") if sent.recipient.startswith("jane") else ("acme", "jane")
            assert [word for word in foreign if word in seen.lower()] == [], seen

    def test_an_answer_to_the_closed_one_stays_in_it(self, desk: Office, merged: tuple[int, int]) -> None:
        one, other = merged
        write(desk, "It is kept in a safe.")
        [sent] = to_customer(desk, "raj@bolt.example")
        assert "kept in a safe" in words(sent)
        in_one, in_other = (
            desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'agent'", n) for n in (one, other)
        )
        assert (in_one, in_other) == (0, 1)
        assert column(desk, "first_response_at IS NULL", one) == 1

    def test_an_answer_to_somebody_unknown_stays_in_his_as_well(self, desk: Office) -> None:
        one = asked(desk, "A <a@elsewhere.example>", message_id="a1@elsewhere.example")
        other = asked(desk, "B <b@nowhere.example>", message_id="b1@nowhere.example", subject="Secret of B")
        desk.do(verb="merge", ticket=other, into=one, confirmed=True)
        relay = next(sent for sent in relays(desk) if f"[{other}]" in str(sent.mail["Subject"]))
        desk.receive(reply(relay, "It is kept in a safe."))
        [sent] = to_customer(desk, "b@nowhere.example")
        assert "kept in a safe" in words(sent)
        assert to_customer(desk, "a@elsewhere.example") == []
        assert desk.one("SELECT ticket_id FROM entry WHERE kind = 'agent'") == other

    def test_who_waits_in_it_keeps_no_clock_of_the_other(self, desk: Office) -> None:
        one = asked(desk)
        write(desk, "It is on its way.")
        other = asked(desk, SAM, "How loud can it be?", message_id="s1@acme-dental.example", subject="Loud")
        bolts = asked(desk, RAJ, message_id="r1@bolt.example", subject="Secret of Bolt")
        for merged in (other, bolts):
            desk.do(verb="merge", ticket=merged, into=one, confirmed=True)
        assert column(desk, "waiting_since IS NOT NULL", one) == 1
        desk.receive(reply(next(sent for sent in relays(desk) if f"[{other}]" in str(sent.mail["Subject"]))))
        assert column(desk, "waiting_since IS NULL", one) == 1
        assert column(desk, "waiting_since IS NOT NULL", bolts) == 1

    def test_an_agent_who_may_not_see_the_other_merges_nothing(self, desk: Office) -> None:
        one, other = asked(desk), asked(desk, RAJ, message_id="r1@bolt.example")
        with pytest.raises(RefusedError, match="is not Cleo Park's"):
            desk.do(verb="merge", ticket=other, into=one, agent="cleo", confirmed=True)
