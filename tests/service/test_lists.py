"""One list in place of many mails: at opening and in a burst, of what waits, for those whose customers wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mailbot.desk import handing, listing
from mailbot.desk.tick import tick
from mailbot.errors import RelayUnusable
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, TEAM

BOB = "bob@harborvoice.example"
NIGHT = OPEN_AT - timedelta(hours=1) - CLOSED_AT


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def written(desk: Office, number: int, text: str = "", *, tenant: str = "acme-dental", subject: str = "") -> int:
    """Have a customer write; return the ticket."""
    raw = mail(
        f"Person {number} <p{number}@{tenant}.example>",
        text or f"How do I set up extension {number}?",
        subject=subject or f"Extension {number}",
        message_id=f"q{number}@{tenant}.example",
    )
    ticket = desk.receive(raw).ticket
    desk.let_pass(timedelta(0))
    assert ticket is not None
    return ticket


def lists(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in of(desk, agent) if re.search(r"wait|open ticket", str(sent.mail["Subject"]))]


def relays(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in of(desk, agent) if str(sent.mail["Subject"]).startswith("[")]


def of(desk: Office, agent: str) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == agent]


def numbered(one: Sent) -> list[str]:
    """Return the first line of each number."""
    return re.findall(r"(?m)^\d+\. .*$", one.text)


class TestAtOpening:
    def test_a_few_come_as_they_are(self, night: Office) -> None:
        for number in range(3):
            written(night, number)
        night.let_pass(NIGHT)
        assert (len(relays(night)), lists(night)) == (3, [])

    def test_many_come_as_one_list(self, night: Office) -> None:
        for number in range(5):
            written(night, number)
        assert of(night, DANA) == []
        night.let_pass(NIGHT)
        [one] = of(night, DANA)
        assert str(one.mail["Subject"]) == "5 wait for an answer"
        assert [line.partition(" · ")[0] for line in numbered(one)] == [f"{n + 1}. Person {n}" for n in range(5)]
        assert '"How do I set up extension 3?"' in one.text

    def test_several_mails_of_one_ticket_are_no_many(self, night: Office) -> None:
        written(night, 1)
        for number in range(4):
            again = mail(
                "Person 1 <p1@acme-dental.example>",
                f"And what of number {number}?",
                subject="Re: Extension 1",
                fields=("In-Reply-To: <q1@acme-dental.example>",),
            )
            night.receive(again)
        night.let_pass(NIGHT)
        assert lists(night) == []

    def test_an_outage_stays_a_mail_of_its_own_and_leads_the_list(self, night: Office) -> None:
        for number in range(4):
            written(night, number)
        written(night, 9, "All phones are down, nobody can call us!", subject="Phones dead")
        assert len(relays(night)) == 1
        night.let_pass(NIGHT)
        [one] = lists(night)
        assert str(one.mail["Subject"]) == "5 wait for an answer: 1 critical, 1 overdue"
        assert "Phones dead" in numbered(one)[0]

    def test_what_comes_after_it_comes_at_once(self, night: Office) -> None:
        for number in range(5):
            written(night, number)
        night.let_pass(NIGHT)
        night.now = OPEN_AT
        written(night, 6)
        assert [len(lists(night)), len(relays(night))] == [1, 1]

    def test_what_was_answered_at_night_is_named_and_waits_no_more(self, night: Office) -> None:
        answered = written(night, 0)
        for number in range(1, 5):
            written(night, number)
        night.answer(answered)
        night.let_pass(NIGHT)
        [one] = lists(night)
        assert len(numbered(one)) == 4
        assert re.search(rf"(?m)^- Person 0 .*\[{answered}\], by Bob Lind\s*$", one.text)

    def test_what_is_closed_waits_no_more(self, night: Office) -> None:
        for number in range(5):
            written(night, number)
        night.do(verb="close", ticket=1001)
        night.let_pass(NIGHT)
        assert len(numbered(lists(night)[0])) == 4


class TestABurst:
    def test_the_eleventh_is_a_list_and_the_rest_gathers(self, desk: Office) -> None:
        for number in range(10):
            written(desk, number)
        assert (len(relays(desk)), lists(desk)) == (10, [])
        for number in range(10, 14):
            written(desk, number)
        assert (len(relays(desk)), len(lists(desk))) == (10, 1)
        written(desk, 99, "All phones are down, nobody can call us!")
        assert "Critical" in str(relays(desk)[10].mail["Subject"]), "an outage waits for nobody"
        desk.let_pass(timedelta(minutes=5))
        assert (len(relays(desk)), [len(numbered(one)) for one in lists(desk)]) == (11, [11, 15])
        desk.let_pass(timedelta(hours=3))
        written(desk, 100)
        assert (len(relays(desk)), len(lists(desk))) == (12, 2)

    def test_while_it_lasts_the_lists_come_at_longer_intervals(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handing, "_MOST_IN_A_BURST", 2)
        for number in range(24):
            written(desk, number)
            desk.let_pass(timedelta(minutes=2))
        assert len(relays(desk)) == 2
        between = [later.at - former.at for former, later in pairwise(lists(desk))]
        assert between == sorted(between)
        assert timedelta(minutes=5) <= between[0] < between[-1] <= timedelta(minutes=30)

    def test_outages_of_everybody_are_few_mails_too(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(handing, "_MOST_IN_A_BURST", 2)
        for number in range(8):
            written(desk, number, "All phones are down, nobody can call us!")
        desk.let_pass(timedelta(minutes=1))
        assert (len(relays(desk)), [len(numbered(one)) for one in lists(desk)]) == (2, [3, 8])

    def test_a_backlog_is_few_mails_and_some_lines(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "_MOST_LINES", 4)
        for number in range(12):
            desk.accept(mail(f"P <p{number}@acme-dental.example>", "Hello?", subject=f"Extension {number}"))
        while desk.processor.step():
            pass
        desk.let_pass(timedelta(0))
        [one] = of(desk, DANA)
        assert (len(numbered(one)), "And 8 more" in one.text) == (4, True)

    def test_while_no_mail_leaves_what_waits_gathers(self, desk: Office) -> None:
        people = [f"p{number}@acme-dental.example" for number in range(14)]
        trouble = RelayUnusable("535 5.7.8 authentication failed", 535, refused_us=True)
        desk.refusing = dict.fromkeys((DANA, "team@harborvoice.example", *people), trouble)
        for person in people:
            desk.receive(mail(person, "How do I set it up?", subject=person))
        for _ in range(3):
            desk.now += timedelta(minutes=5)
            desk.here.database.writer.write(lambda conn: tick(conn, desk.here.desk, desk.now))
        assert (desk.sent, desk.one("SELECT count(*) FROM outbox WHERE kind IN ('relay', 'list')")) == ([], 0)
        desk.refusing.clear()
        desk.courier.resume()
        desk.deliver()
        desk.let_pass(timedelta(minutes=1))
        assert (relays(desk), [len(numbered(one)) for one in lists(desk)]) == ([], [14])


class TestWhose:
    def test_each_sees_his_own_tenants_only(self, night: Office) -> None:
        for number in range(5):
            written(night, number, tenant="acme-dental", subject="Secret of Acme")
            written(night, 10 + number, tenant="bolt", subject="Secret of Bolt")
        night.answer(1001)
        night.let_pass(NIGHT)
        [one] = lists(night, BOB)
        seen = one.raw.decode() + one.text + str(one.mail["Subject"])
        assert len(numbered(one)) == 5
        assert "Acme" not in seen
        assert "acme-dental" not in seen
        assert len(numbered(lists(night)[0])) == 9
