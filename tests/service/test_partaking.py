"""Who takes part in a ticket still that becomes another customer's: its requester, and that one's people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.desk.refusing import RefusedError
from mailbot.errors import PermanentFailure
from tests.service.office import RULES, Office, mail, office
from tests.service.test_joining import KIM, SAM, answers, two_of_acme
from tests.service.test_orders import TEAM, column, confirm, told, words, write
from tests.service.test_relays import JANE, asked, relays, to_customer

SAMS, KIMS, RAJS = "sam@acme-dental.example", "kim@consultants.example", "raj@bolt.example"
LEAVES = "who is not of Bolt Logistics, gets nothing more of it"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def let_in(desk: Office, ticket: int, address: str) -> None:
    desk.do(verb="allow", ticket=ticket, address=address, confirmed=True)


def given(desk: Office, ticket: int, tenant: str) -> str:
    return desk.do(verb="set", ticket=ticket, tenant=tenant, confirmed=True)


def readers(desk: Office, ticket: int) -> set[str]:
    """Have Jane write once more and Dana answer what she was handed; return who got the answer."""
    number = desk.one("SELECT count(*) FROM arrival")
    answers(desk, JANE, "q1@acme-dental.example", number=number)
    write(desk, f"Answer {number} about #{ticket}.")
    to_customers = (sent for sent in desk.answers if not sent.recipient.endswith("@harborvoice.example"))
    return {sent.recipient for sent in to_customers if f"Answer {number} about" in words(sent)}


class TestWhoGetsTheAnswers:
    def test_who_was_let_in_by_a_merge_gets_none(self, desk: Office) -> None:
        ticket, other = two_of_acme(desk)
        desk.do(verb="merge", ticket=other, into=ticket)
        assert readers(desk, ticket) == {"jane@acme-dental.example", SAMS}
        assert f"{SAMS}, {LEAVES}" in given(desk, ticket, "bolt")
        assert to_customer(desk, SAMS) != []
        before = len(to_customer(desk, SAMS))
        answers(desk, JANE, "q1@acme-dental.example", number=7)
        assert SAMS not in words(relays(desk)[-1]).partition("Answer by")[0]
        write(desk, "It is on its way.")
        assert len(to_customer(desk, SAMS)) == before

    @pytest.mark.parametrize("address", [SAMS, KIMS])
    def test_nor_does_who_was_let_in_by_one_of_us(self, desk: Office, address: str) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, address)
        assert f"{address}, {LEAVES}" in given(desk, ticket, "bolt")
        assert readers(desk, ticket) == {"jane@acme-dental.example"}

    def test_nor_does_who_wrote_to_it(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        assert answers(desk, SAM, "q1@acme-dental.example", number=2) == ticket
        given(desk, ticket, "bolt")
        assert readers(desk, ticket) == {"jane@acme-dental.example"}

    def test_who_is_of_the_other_customer_does(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, RAJS)
        let_in(desk, ticket, KIMS)
        assert RAJS not in given(desk, ticket, "bolt")
        assert readers(desk, ticket) == {"jane@acme-dental.example", RAJS}

    def test_whoever_is_let_in_anew_does(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, KIMS)
        given(desk, ticket, "bolt")
        with pytest.raises(RefusedError, match="read and write in #1001 of Bolt Logistics"):
            desk.do(verb="allow", ticket=ticket, address=KIMS)
        let_in(desk, ticket, KIMS)
        assert readers(desk, ticket) == {"jane@acme-dental.example", KIMS}

    def test_an_agent_is_told_of_no_customer_that_is_not_his(self, desk: Office) -> None:
        ticket = asked(desk, f"Raj <{RAJS}>")
        with pytest.raises(RefusedError) as refused:
            desk.do(verb="allow", ticket=ticket, address=SAMS, agent="cleo")
        assert str(refused.value) == f"{SAMS} is no customer of Cleo Park's"

    def test_who_was_let_in_anew_and_put_out_again_does_not(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        assert answers(desk, SAM, "q1@acme-dental.example", number=2) == ticket
        given(desk, ticket, "bolt")
        desk.do(verb="allow", ticket=ticket, address=SAMS, confirmed=True, agent="bob")
        assert readers(desk, ticket) == {"jane@acme-dental.example", SAMS}
        assert "takes no part" in desk.do(verb="undo", agent="bob", ticket=ticket)
        assert readers(desk, ticket) == {"jane@acme-dental.example"}

    def test_taken_back_all_is_as_before(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, KIMS)
        desk.do(verb="set", ticket=ticket, tenant="bolt", confirmed=True, agent="bob")
        assert readers(desk, ticket) == {"jane@acme-dental.example"}
        assert "Acme Dental's again" in desk.do(verb="undo", agent="bob", ticket=ticket)
        assert readers(desk, ticket) == {"jane@acme-dental.example", KIMS}

    def test_a_ticket_that_was_nobodys_keeps_who_is_nobodys_and_no_people_of_another_customer(
        self, desk: Office
    ) -> None:
        ticket = asked(desk, KIM, message_id="k1@consultants.example")
        for one in ("lee@elsewhere.example", RAJS):
            let_in(desk, ticket, one)
        said = given(desk, ticket, "acme")
        assert RAJS in said
        assert "lee@" not in said
        write(desk, "It is on its way.")
        got = {sent.recipient for sent in desk.answers if "on its way" in words(sent)}
        assert got == {KIMS, "lee@elsewhere.example"}

    def test_who_came_while_it_was_nobodys_goes_with_its_first_customer(self, desk: Office) -> None:
        kims = asked(desk, KIM, message_id="k1@consultants.example")
        let_in(desk, kims, "lee@elsewhere.example")
        given(desk, kims, "acme")
        assert "lee@elsewhere.example" in given(desk, kims, "bolt")


class TestWhatWaits:
    """Mail that was written to somebody who takes part no longer does not leave by hand, whoever lets it go."""

    STAYS = f"{SAMS} takes part in #1001 no longer; `mailbot outbox drop"

    def refused(self, desk: Office, ticket: int) -> list[int]:
        """Have Dana's answer be refused for all who get it; return the numbers of the mails, Jane's first."""
        readers = ("jane@acme-dental.example", SAMS)
        desk.refusing = {one: PermanentFailure("550 full", 550) for one in readers}
        write(desk, f"It is on its way, see #{ticket}.")
        desk.refusing = {}
        found = dict(desk.rows("SELECT recipient, id FROM outbox WHERE state = 'failed'"))
        return [found[one] for one in readers]

    def test_an_answer_to_who_is_of_the_former_customer_stays_and_the_others_leave(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        mails = self.refused(desk, ticket)
        given(desk, ticket, "bolt")
        before = len(to_customer(desk))
        said = desk.do(verb="retry", mails=mails)
        assert f"mail {mails[0]} tried anew" in said
        assert f"mail {mails[1]} stays: {self.STAYS} {mails[1]}`" in said
        desk.deliver()
        assert (len(to_customer(desk)), to_customer(desk, SAMS)) == (before + 1, [])

    def test_it_leaves_once_he_is_let_in_anew(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        _, mail_to_sam = self.refused(desk, ticket)
        given(desk, ticket, "bolt")
        let_in(desk, ticket, SAMS)
        assert desk.do(verb="retry", mails=[mail_to_sam]) == f"mail {mail_to_sam} tried anew"
        desk.deliver()
        assert len(to_customer(desk, SAMS)) == 1

    def test_so_does_one_to_who_was_put_out_again(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="allow", ticket=ticket, address=SAMS, confirmed=True, agent="bob")
        _, mail_to_sam = self.refused(desk, ticket)
        assert "takes no part" in desk.do(verb="undo", agent="bob", ticket=ticket)
        with pytest.raises(RefusedError, match=re.escape(self.STAYS)):
            desk.do(verb="retry", mails=[mail_to_sam])
        desk.deliver()
        assert to_customer(desk, SAMS) == []

    def test_of_what_waits_for_a_release_it_stays_held(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + '[answers]\noutgoing = "hold"\n') as desk:
            ticket = asked(desk)
            let_in(desk, ticket, SAMS)
            desk.receive(mail(SAM, "All our phones are down now!", fields=("In-Reply-To: <q1@acme-dental.example>",)))
            given(desk, ticket, "bolt")
            said = desk.do(verb="release", all=True)
            assert self.STAYS in said
            assert "mail 1 released" in said
            assert desk.rows("SELECT recipient FROM outbox WHERE state = 'held'") == [(SAMS,)]


class TestWhoIsAskedAbout:
    def test_the_other_customers_people_are_let_in_with_a_question(self, desk: Office) -> None:
        """Its requester is not of theirs."""
        ticket = asked(desk)
        given(desk, ticket, "bolt")
        with pytest.raises(RefusedError, match=r"let raj@bolt.example .* which jane@acme-dental.example opened"):
            desk.do(verb="allow", ticket=ticket, address=RAJS)

    def test_so_are_those_of_a_tenant_that_is_a_label_alone(self, desk: Office) -> None:
        ticket = asked(desk, KIM, message_id="k1@consultants.example")
        given(desk, ticket, "acme")
        with pytest.raises(RefusedError, match=r"which kim@consultants.example opened"):
            desk.do(verb="allow", ticket=ticket, address=SAMS)

    def test_colleagues_of_the_requester_are_let_in_at_once(self, desk: Office) -> None:
        assert "takes part" in desk.do(verb="allow", ticket=asked(desk), address=SAMS)

    def test_the_question_says_to_whom_answers_still_go(self, desk: Office) -> None:
        ticket = asked(desk)
        with pytest.raises(RefusedError, match=r"answers still go to jane@acme-dental.example, who opened it"):
            desk.do(verb="set", ticket=ticket, tenant="bolt")


class TestWhoJoins:
    def test_mail_of_who_left_opens_a_ticket_of_its_own_linked(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        write(desk, "It is on its way.")
        [sent] = to_customer(desk, SAMS)
        given(desk, ticket, "bolt")
        fresh = answers(desk, SAM, sent.message_id)
        assert fresh not in {None, ticket}
        assert column(desk, "linked_to", fresh or 0) == ticket

    def test_who_opened_it_goes_on_in_it(self, desk: Office) -> None:
        ticket = asked(desk)
        given(desk, ticket, "bolt")
        assert answers(desk, JANE, "q1@acme-dental.example") == ticket


class TestWhoIsTold:
    def test_the_question_and_the_report_name_who_leaves(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        write(desk, "#tenant bolt")
        [question] = told(desk, "Please confirm")
        assert f"{SAMS}, {LEAVES}" in words(question)
        confirm(desk, question)
        assert column(desk, "tenant", ticket) == "bolt"
        [report] = told(desk, "What was done")
        assert f"{SAMS}, {LEAVES}" in words(report)

    def test_words_in_the_same_mail_do_not_reach_them(self, desk: Office) -> None:
        ticket = asked(desk)
        let_in(desk, ticket, SAMS)
        write(desk, "#tenant bolt\nIt is on its way.")
        [question] = told(desk, "Please confirm")
        assert f"your words go to {SAMS}" not in words(question)
        confirm(desk, question)
        assert (len(to_customer(desk)), to_customer(desk, SAMS)) == (1, [])

    def test_who_is_let_in_before_it_by_the_same_mail_leaves_and_after_it_does_not(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, f"#allow {SAMS}\n#tenant bolt\n#allow {KIMS}")
        confirm(desk, told(desk, "Please confirm")[0])
        assert column(desk, "tenant", ticket) == "bolt"
        assert readers(desk, ticket) == {"jane@acme-dental.example", KIMS}

    def test_nothing_is_said_where_nobody_leaves(self, desk: Office) -> None:
        assert given(desk, asked(desk), "bolt") == "#1001 belongs to bolt"

    @pytest.mark.parametrize("way", ["accepted", "added"])
    def test_a_sender_who_is_accepted_takes_no_people_of_another_customer_along(self, desk: Office, way: str) -> None:
        ticket = asked(desk, KIM, message_id="k1@consultants.example")
        let_in(desk, ticket, RAJS)
        if way == "accepted":
            said = desk.do(verb="reassign", sender=KIMS, tenant="acme")
        else:
            said = desk.do(verb="add", sender=KIMS, tenant="acme")
        assert column(desk, "tenant", ticket) == "acme"
        assert f"{RAJS}, who is not of Acme Dental" in said
        write(desk, "It is on its way.")
        assert to_customer(desk, RAJS) == []
