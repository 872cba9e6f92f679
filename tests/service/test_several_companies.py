"""Somebody who writes for several customers of ours, such as an IT firm: told apart by what is named, else asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot.deciding.effects import OpenTicket
from tests.service.office import CLOSED_AT, RULES, Office, mail, office

IT = "it@harbor-it.example"
SHARED = RULES.replace('domains = ["acme-dental.example"]', f'domains = ["acme-dental.example"]\naddresses = ["{IT}"]')
SHARED = SHARED.replace(
    'domains = ["bolt.example"]',
    f'domains = ["bolt.example"]\naddresses = ["{IT}"]\nphone_numbers = ["+1 212 555 0177"]\n'
    'hours.week.mon = ["12:00-13:00"]',
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path / "desk", rules=SHARED) as here:
        yield here


def asked(desk: Office, text: str, subject: str = "A question") -> str | None:
    """Let the IT firm write; return whose its ticket is."""
    number = desk.one("SELECT count(*) FROM arrival")
    done = desk.receive(mail(IT, text, subject=subject, message_id=f"{number}@harbor-it.example"))
    assert isinstance(done.decision.place, OpenTicket)
    return done.decision.place.tenant


@pytest.mark.parametrize(
    ("subject", "text", "tenant"),
    [
        ("A question", "Acme Dental wants a new extension.", "acme"),
        ("New extension for ACME DENTAL", "Please.", "acme"),
        ("A question", "The people at Acme want a new extension.", "acme"),
        ("A question", "Bolt Logistics: how do I change the greeting?", "bolt"),
        ("A question", "It is about the line +1 (212) 555-0177.", "bolt"),
        ("A question", "How do I change the greeting?", None),
        ("A question", "Both Acme Dental and Bolt Logistics ask for it.", None),
        ("A question", "The door of the safe has a bolted lock, does it matter?", None),
    ],
)
def test_names_and_numbers_tell_whom_it_is_for(desk: Office, subject: str, text: str, tenant: str | None) -> None:
    assert asked(desk, text, subject) == tenant
    [answer] = desk.answers
    assert ("You write to us for several companies" in answer.text) is (tenant is None)


def test_who_is_not_told_apart_is_asked_and_the_reply_says_it(desk: Office) -> None:
    assert asked(desk, "How do I change the greeting?") is None
    [answer] = desk.answers
    assert "Acme Dental, Bolt Logistics? Simply reply with its name." in " ".join(answer.text.split())
    before = desk.one("SELECT response_due_at FROM ticket")
    desk.let_pass(timedelta(minutes=10))
    reply = mail(
        IT,
        "Bolt Logistics",
        subject="Re: We have your message",
        message_id="reply@harbor-it.example",
        fields=(f"In-Reply-To: <{answer.message_id}>",),
    )
    done = desk.receive(reply)
    assert desk.rows("SELECT id, tenant FROM ticket") == [(done.ticket, "bolt")]
    # Bolt's hours are others than the partner's.
    assert desk.one("SELECT response_due_at FROM ticket") != before
    assert ("change", "the customer said whom it is for", IT) in desk.rows("SELECT kind, text, author FROM entry")


def test_who_says_it_after_an_answer_is_promised_one_from_then_on(desk: Office) -> None:
    assert asked(desk, "How do I change the greeting?") is None
    [answer] = desk.answers
    ticket = desk.one("SELECT id FROM ticket")
    desk.do(verb="called", ticket=ticket, author="jdoe")
    desk.let_pass(timedelta(hours=2))
    fields = (f"In-Reply-To: <{answer.message_id}>",)
    desk.receive(mail(IT, "Acme Dental", subject="Re: We have your message", message_id="r@h.example", fields=fields))
    assert desk.rows("SELECT tenant FROM ticket") == [("acme",)]
    due = datetime.fromisoformat(desk.one("SELECT response_due_at FROM ticket"))
    assert due == desk.now + timedelta(hours=4)


def test_after_hours_it_is_asked_as_well(tmp_path: Path) -> None:
    with office(tmp_path / "night", rules=SHARED, at=CLOSED_AT) as desk:
        asked(desk, "How do I change the greeting?")
        [answer] = desk.answers
        assert "You write to us for several companies" in answer.text


def test_a_stranger_who_names_a_tenant_is_labelled_and_told_nothing_of_it(desk: Office) -> None:
    done = desk.receive(mail("ann@elsewhere.example", "I work for Acme Dental. All phones are down!"))
    assert isinstance(done.decision.place, OpenTicket)
    assert done.decision.place.tenant == "acme"
    for answer in desk.answers:
        assert "+1 212 555 0111" not in answer.text
        assert "Acme" not in answer.text


def test_a_tenant_is_not_changed_by_what_a_reply_says(desk: Office) -> None:
    asked(desk, "Acme Dental wants a new extension.")
    [answer] = desk.answers
    fields = (f"In-Reply-To: <{answer.message_id}>",)
    desk.receive(mail(IT, "And Bolt Logistics, too.", message_id="reply@harbor-it.example", fields=fields))
    assert desk.rows("SELECT tenant FROM ticket") == [("acme",)]


def test_an_outage_in_the_words_of_one_of_them_waits_for_no_question(tmp_path: Path) -> None:
    """Nor does it in the ticket, where nobody repeats for whom it is."""
    rules = SHARED.replace('id = "acme"', 'id = "acme"\nwords.critical-keywords = ["x-ray server"]')
    rules = rules.replace('id = "bolt"', 'id = "bolt"\nwords.not-critical = ["server"]')
    with office(tmp_path / "desk", rules=rules) as desk:
        first = mail(IT, "The x-ray server is gone.", message_id="1@harbor-it.example")
        assert desk.receive(first).decision.place.severity == "critical"  # type: ignore[union-attr]
        question = mail(
            IT, "Acme Dental: a new greeting, please.", subject="Greeting", message_id="2@harbor-it.example"
        )
        ticket = desk.receive(question).ticket
        reply = mail(IT, "Now the x-ray server is gone.", fields=("In-Reply-To: <2@harbor-it.example>",))
        assert desk.receive(reply).ticket == ticket
        assert desk.one("SELECT severity FROM ticket WHERE id = ?", ticket) == "critical"
