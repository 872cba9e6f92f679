"""Who is let into a ticket, and tickets that become one: no words of a customer's reach another customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.refusing import RefusedError
from tests.service.office import RULES, Office, mail, office
from tests.service.test_orders import RAJ, TEAM, column, confirm, told, words, write
from tests.service.test_relays import JANE, asked, relays, reply, to_customer

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

    def test_an_agent_who_may_not_see_the_other_merges_nothing(self, desk: Office) -> None:
        one, other = asked(desk), asked(desk, RAJ, message_id="r1@bolt.example")
        with pytest.raises(RefusedError, match="is not Cleo Park's"):
            desk.do(verb="merge", ticket=other, into=one, agent="cleo", confirmed=True)
