"""One of us answers before the question is read: it is the answer to it, once, whatever is read first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.service.office import OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import DANA, JANE, QUESTION, TEAM, relays

RAJ = "Raj Patel <raj@bolt.example>"
ANSWERED_AT = OPEN_AT - timedelta(minutes=20)
REFERS = ("In-Reply-To: <q1@acme-dental.example>", "References: <q1@acme-dental.example>")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def question(desk: Office, text: str = QUESTION, *, sender: str = JANE, **more: Any) -> int:
    """Take in what the customer wrote half an hour ago; return its ticket."""
    more.setdefault("message_id", "q1@acme-dental.example")
    ticket = desk.receive(mail(sender, text, **more), received_at=OPEN_AT - timedelta(minutes=30)).ticket
    desk.let_pass(timedelta(0))
    assert ticket is not None
    return ticket


def written(way: str, *, to: str = "jane@acme-dental.example", fields: tuple[str, ...] = REFERS, **more: Any) -> bytes:
    """Return an answer from the shared mailbox ("sent"), or from Dana's own address with us in copy ("cc", "bcc")."""
    more.setdefault("message_id", "early@phone.example")
    return mail(
        SUPPORT if way == "sent" else f"Dana <{DANA}>",
        "It is under Settings, Sounds.",
        subject="Re: A question",
        fields=(*fields, *((f"Cc: {SUPPORT}",) if way == "cc" else ())),
        replaces={"To": to},
        **more,
    )


def answered(desk: Office, way: str = "sent", **more: Any) -> None:
    desk.receive(written(way, **more), received_at=ANSWERED_AT, sent=way == "sent")


def column(desk: Office, name: str, ticket: int) -> Any:
    return desk.one(f"SELECT {name} FROM ticket WHERE id = ?", ticket)  # noqa: S608 - of the tests' own


def to_customers(desk: Office) -> list[str]:
    return [sent.recipient for sent in desk.answers if not sent.recipient.endswith("@harborvoice.example")]


def handed_on(desk: Office) -> list[Sent]:
    return [sent for sent in relays(desk) if "A reply to this mail goes to" in sent.text]


def answers_in(desk: Office, ticket: int) -> int:
    count: int = desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'agent'", ticket)
    return count


@pytest.mark.parametrize("way", ["sent", "cc", "bcc"])
class TestBeforeItsQuestion:
    def test_it_is_the_first_response_at_its_own_time(self, desk: Office, way: str) -> None:
        answered(desk, way)
        ticket = question(desk)
        at = datetime.fromisoformat(column(desk, "first_response_at", ticket)).replace(tzinfo=UTC)
        assert (at, column(desk, "waiting_since", ticket)) == (ANSWERED_AT, None)
        assert answers_in(desk, ticket) == 1

    def test_nobody_is_written_to_as_if_nobody_had_answered(self, desk: Office, way: str) -> None:
        answered(desk, way)
        question(desk)
        desk.let_pass(timedelta(hours=2))
        assert (desk.answers, relays(desk)) == ([], [])
        assert len(desk.notices) == 1, "those who are told of tickets are"

    def test_the_customers_next_mail_finds_the_ticket_by_it(self, desk: Office, way: str) -> None:
        answered(desk, way)
        ticket = question(desk)
        reply = mail(JANE, "Which format must it have?", fields=("In-Reply-To: <early@phone.example>",))
        assert desk.receive(reply).ticket == ticket
        assert column(desk, "waiting_since IS NOT NULL", ticket) == 1

    def test_after_a_restart_between_the_two_it_is_the_same(self, tmp_path: Path, way: str) -> None:
        with office(tmp_path / "one", rules=RULES + TEAM) as desk:
            answered(desk, way)
        with office(tmp_path / "one", rules=RULES + TEAM) as desk:
            ticket = question(desk)
        with office(tmp_path / "one", rules=RULES + TEAM) as desk:
            answered(desk, way)
            desk.receive(mail(JANE, QUESTION, message_id="q1@acme-dental.example"))
            assert answers_in(desk, ticket) == 1
            assert desk.one("SELECT count(*) FROM ticket") == 1

    def test_a_question_that_never_comes_leaves_it_an_event(self, desk: Office, way: str) -> None:
        answered(desk, way)
        other = question(desk, message_id="q2@acme-dental.example", subject="Another question")
        assert answers_in(desk, other) == 0
        assert len(to_customers(desk)) == 1
        assert desk.one("SELECT count(*) FROM entry WHERE event = 'agent'") == 1
        desk.now += timedelta(days=31)
        answered(desk, way, message_id="later@phone.example", fields=("In-Reply-To: <q7@acme-dental.example>",))
        assert desk.rows("SELECT DISTINCT message_id FROM awaited") == [("q7@acme-dental.example",)]

    @pytest.mark.parametrize("sender", [RAJ, "Sam <sam@acme-dental.example>"])
    def test_a_question_of_somebody_to_whom_it_did_not_go_is_not_answered_by_it(
        self, desk: Office, way: str, sender: str
    ) -> None:
        """Whoever knows an id can write a mail with it."""
        answered(desk, way)
        ticket = question(desk, sender=sender)
        assert answers_in(desk, ticket) == 0
        assert len(to_customers(desk)) == 1

    @pytest.mark.parametrize("verdict", ["", "fail"])
    def test_nor_is_one_that_a_stranger_may_have_written(self, desk: Office, way: str, verdict: str) -> None:
        kim = "kim@new-customer.example"
        answered(desk, way, to=kim)
        raw = mail(kim, QUESTION, message_id="q1@acme-dental.example", verdict=verdict)
        ticket = desk.receive(raw, received_at=OPEN_AT - timedelta(minutes=30)).ticket
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'agent' AND ticket_id IS NOT NULL") == 0, ticket

    def test_what_she_wrote_again_in_an_answered_ticket_waits_for_nobody(self, desk: Office, way: str) -> None:
        """Her second mail is read after the answer to it, which names her first as well."""
        ticket = question(desk)
        both = (
            "In-Reply-To: <q2@acme-dental.example>",
            "References: <q1@acme-dental.example> <q2@acme-dental.example>",
        )
        answered(desk, way, fields=both)
        handed = len(handed_on(desk))
        again = mail(
            JANE,
            "And where is it?",
            subject="Re: A question",
            message_id="q2@acme-dental.example",
            fields=("In-Reply-To: <q1@acme-dental.example>",),
        )
        assert desk.receive(again, received_at=OPEN_AT - timedelta(minutes=25)).ticket == ticket
        desk.let_pass(timedelta(hours=1))
        assert (answers_in(desk, ticket), column(desk, "waiting_since", ticket)) == (1, None)
        assert len(handed_on(desk)) == handed

    def test_one_that_was_taken_for_an_answer_to_her_only_open_ticket_moves(self, desk: Office, way: str) -> None:
        other = question(desk, message_id="q0@acme-dental.example", subject="Fax to mail")
        answered(desk, way)
        assert answers_in(desk, other) == 1
        ticket = question(desk)
        assert ticket != other
        assert column(desk, "first_response_at IS NOT NULL", ticket) == 1
        assert column(desk, "first_response_at IS NULL AND waiting_since IS NOT NULL", other) == 1

    def test_an_outage_that_one_of_us_answered_is_handed_on_and_answered_all_the_same(
        self, desk: Office, way: str
    ) -> None:
        """A second mail costs little, silence much."""
        answered(desk, way)
        ticket = question(desk, "All phones are down in the whole office.")
        assert column(desk, "severity", ticket) == "critical"
        assert (len(desk.notices), len(handed_on(desk))) == (1, 1)
        assert to_customers(desk) == ["jane@acme-dental.example"]
        assert answers_in(desk, ticket) == 1

    def test_what_it_names_besides_was_not_answered_by_it(self, desk: Office, way: str) -> None:
        """Her first mail is late; "did you get it?" was answered, and mail programs name both in References."""
        question(desk, "Did you get my mail?", message_id="q2@acme-dental.example", fields=REFERS)
        both = (
            "In-Reply-To: <q2@acme-dental.example>",
            "References: <q1@acme-dental.example> <q2@acme-dental.example>",
        )
        answered(desk, way, fields=both)
        late = question(desk, subject="Music")
        assert (answers_in(desk, late), column(desk, "first_response_at", late)) == (0, None)
        assert column(desk, "waiting_since IS NOT NULL", late) == 1

    def test_a_mail_that_was_written_after_it_is_not_its_question(self, desk: Office, way: str) -> None:
        answered(desk, way)
        late = desk.receive(mail(JANE, QUESTION, message_id="q1@acme-dental.example"), received_at=OPEN_AT).ticket
        assert late is not None
        assert (answers_in(desk, late), to_customers(desk)) == (0, ["jane@acme-dental.example"])


class TestSomebodyElse:
    """An id is a word of whoever writes it."""

    def test_an_answer_to_two_customers_is_taken_into_no_ticket_of_one(self, desk: Office) -> None:
        answered(desk, "cc", to="jane@acme-dental.example, raj@bolt.example")
        his = question(desk, "A question about our bill.", sender=RAJ, subject="Bill")
        assert answers_in(desk, his) == 0
        reply = mail(JANE, "Here is the code of our alarm.", fields=("In-Reply-To: <early@phone.example>",))
        assert desk.receive(reply).ticket != his

    def test_an_answer_to_her_colleague_as_well_is(self, desk: Office) -> None:
        answered(desk, "cc", to="jane@acme-dental.example, sam@acme-dental.example")
        assert answers_in(desk, question(desk)) == 1


@pytest.mark.parametrize("closed", [False, True])
def test_the_true_answers_of_a_ticket_stay_when_a_guessed_one_moves(desk: Office, *, closed: bool) -> None:
    other = question(desk, message_id="q0@acme-dental.example", subject="Fax to mail")
    answered(desk)
    true = ("In-Reply-To: <q0@acme-dental.example>",)
    at = ANSWERED_AT + timedelta(minutes=5)
    desk.receive(written("sent", fields=true, message_id="true@phone.example"), received_at=at, sent=True)
    if closed:
        desk.do(verb="close", ticket=other)
    question(desk)
    told = datetime.fromisoformat(column(desk, "first_response_at", other)).replace(tzinfo=UTC)
    assert (told, column(desk, "waiting_since", other)) == (at, None)


def test_an_unproven_answer_of_an_agents_answers_nothing(desk: Office) -> None:
    desk.receive(written("cc", verdict=""), received_at=ANSWERED_AT)
    ticket = question(desk)
    assert answers_in(desk, ticket) == 0
    assert to_customers(desk) == ["jane@acme-dental.example"]


def test_two_answers_are_both_taken_in_and_the_first_is_the_response(desk: Office) -> None:
    answered(desk)
    second = written("bcc", message_id="second@phone.example")
    desk.receive(second, received_at=ANSWERED_AT + timedelta(minutes=5))
    ticket = question(desk)
    assert answers_in(desk, ticket) == 2
    assert datetime.fromisoformat(column(desk, "first_response_at", ticket)).replace(tzinfo=UTC) == ANSWERED_AT


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("first", ["sent", "bcc"])
def test_both_copies_of_one_answer_are_one(desk: Office, first: str, *, early: bool) -> None:
    """Written as Dana from the shared mailbox with us in Bcc: it lies among what was sent, and comes in as well."""
    ticket = 0 if early else question(desk)
    raw = written("bcc")
    kept = raw.replace(b"Subject:", f"Bcc: {SUPPORT}\r\nSubject:".encode(), 1)
    for copy in (first, "bcc" if first == "sent" else "sent"):
        desk.receive(kept if copy == "sent" else raw, sent=copy == "sent", received_at=ANSWERED_AT)
    ticket = ticket or question(desk)
    assert answers_in(desk, ticket) == 1
    assert column(desk, "first_response_at IS NOT NULL", ticket) == 1


def test_an_unproven_copy_does_not_hide_the_one_that_the_mailbox_holds(desk: Office) -> None:
    ticket = question(desk)
    desk.receive(written("bcc", verdict=""))
    assert answers_in(desk, ticket) == 0
    desk.receive(written("bcc", verdict=""), sent=True)
    assert answers_in(desk, ticket) == 1
