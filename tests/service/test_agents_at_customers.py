"""One of us at a domain that a customer lists: a mail that fails as his is the customer's, and so is no mail to him.

What fails from anywhere else is quarantined before anybody asks whose it is. What fails from here opens a flagged
ticket, as of every listed address, whichever token of ours it bears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.deciding.effects import OpenTicket
from mailbot.deciding.listed import ListKind
from mailbot.deciding.questions import Ask, Confirm
from mailbot.desk.mails import listing
from tests.desk.weekly import digests
from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import asked, questions, quoted, to_customer

ANN = "ann@bolt.example"
BOB = "bob@bolt.example"
JANE = "jane@acme-dental.example"
TEAM = f"""
[[agent]]
id = "ann"
name = "Ann Ash"
addresses = ["{ANN}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
[digest]
addresses = ["{ANN}"]
[relay]
host = "smtp.harborvoice.example"
plus_addressing = "yes"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        asked(opened)
        yield opened


def to_ann(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == ANN and not sent.is_warning]


def written(of: Sent, text: str, *, verdict: str, sender: str = f"Ann <{ANN}>", to: str = SUPPORT) -> bytes:
    return mail(
        sender,
        text + quoted(of),
        subject=f"Re: {of.mail['Subject']}",
        verdict=verdict,
        message_id=f"a{abs(hash((text, verdict, to))):x}@phone.example",
        fields=(f"In-Reply-To: <{of.message_id}>", f"Cc: {SUPPORT}"),
        replaces={"To": to},
    )


def relay(desk: Office) -> Sent:
    return to_ann(desk)[0]


def notice(desk: Office) -> Sent:
    """Have Bob answer, of which Ann is told."""
    to_bob = next(sent for sent in desk.sent if sent.recipient == BOB)
    desk.receive(written(to_bob, "Like this.", verdict="pass", sender=f"Bob <{BOB}>"))
    desk.let_pass(timedelta(minutes=1))
    return to_ann(desk)[-1]


def question(desk: Office) -> Sent:
    desk.receive(written(relay(desk), "Like this.", verdict=""))
    return questions(desk)[-1]


def open_tickets(desk: Office) -> Sent:
    ann = desk.here.desk.rules.agent[0]
    desk.here.database.writer.write(lambda conn: listing.send_list(conn, desk.here.desk, ann, ListKind.OPEN, desk.now))
    desk.deliver()
    return to_ann(desk)[-1]


def weekly(desk: Office) -> Sent:
    desk.let_pass(timedelta(days=15))
    return digests(desk, ANN)[-1]


@pytest.mark.parametrize("text", ["yes", "#close", "1 close", "Hello Jane, it is done."])
@pytest.mark.parametrize("answered", [relay, notice, question, open_tickets, weekly])
def test_what_fails_as_his_does_nothing_and_asks_him_nothing(
    desk: Office, answered: Callable[[Office], Sent], text: str
) -> None:
    of = answered(desk)
    logged = "SELECT state, (SELECT count(*) FROM entry WHERE ticket_id = 1001) FROM ticket WHERE id = 1001"
    before = (desk.rows(logged), len(to_customer(desk)))
    decision = desk.receive(written(of, text, verdict="fail")).decision
    assert isinstance(decision.place, OpenTicket)
    assert [effect for effect in decision.consequences if isinstance(effect, Ask | Confirm)] == []
    assert (desk.rows(logged), len(to_customer(desk))) == before


def test_what_fails_as_his_to_a_customer_is_written_down_nowhere_as_his(desk: Office) -> None:
    raw = mail(
        f"Ann <{ANN}>",
        "Hello Jane, it is done.",
        subject="Re: A question",
        verdict="fail",
        fields=("In-Reply-To: <q1@acme-dental.example>", f"Cc: {SUPPORT}"),
        replaces={"To": JANE},
    )
    assert isinstance(desk.receive(raw).decision.place, OpenTicket)
    assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = 1001 AND kind IN ('agent', 'note')") == 0


def test_a_colleague_there_is_not_taken_for_the_customer(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM) as desk:
        asked(desk, "Raj <raj@bolt.example>")
        desk.receive(written(relay(desk), "She is difficult.", verdict="pass", to=f"{SUPPORT}, {BOB}"))
        assert to_customer(desk, "raj@bolt.example") == []
        assert f"it is addressed to {BOB}" in " ".join(questions(desk)[-1].text.split())
