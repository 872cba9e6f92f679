"""What our people are told when several tenants write of one trouble, and how "open" makes an incident of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from mailbot.desk.mails import duty
from mailbot.desk.mails.incidentmails import what_is_wrong
from mailbot.store import bursts
from mailbot.store.soundness import set_aside
from tests.service.incidents import settle
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, TEAM, reply

MINUTES = timedelta(minutes=1)
CARL = '[[tenant]]\nid = "carl"\nname = "Carl Legal"\ndomains = ["carl.example"]\nlanguage = "de"\n'
DORA = '[[tenant]]\nid = "dora"\nname = "Dora Tours"\ndomains = ["dora.example"]\n'
EVE = '[[tenant]]\nid = "eve"\nname = "Eve Bakery"\ndomains = ["eve.example"]\n'
JANE, RAJ, KARL = "Jane Roe <jane@acme-dental.example>", "Raj <raj@bolt.example>", "Karl <karl@carl.example>"
DORI, EVA = "Dori <dori@dora.example>", "Eva <eva@eve.example>"
BUSY = "We cannot make any outgoing calls, every number gives a fast busy. The code word is zebra."
RING = "Nobody here can call out right now. Dialing any outside number ends in a busy tone."
WAHL = "Ausgehende Anrufe funktionieren bei uns nicht, bei jeder Nummer ist besetzt."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + CARL + DORA + EVE + TEAM) as opened:
        yield opened


def written(desk: Office, sender: str, text: str, after: timedelta = 4 * MINUTES) -> None:
    address = sender.partition("<")[2].rstrip(">")
    desk.receive(mail(sender, text, message_id=f"{desk.now:%d%H%M}.{address}"))
    desk.let_pass(after)


def of_one_trouble(desk: Office) -> None:
    for sender, text in ((JANE, BUSY), (RAJ, RING), (KARL, WAHL)):
        written(desk, sender, text)


def sighted(desk: Office, recipient: str = DANA) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == recipient and "what looks like one trouble" in plain(sent)]


def answered(desk: Office, to: Sent, text: str) -> None:
    desk.now += MINUTES
    desk.receive(reply(to, text))
    settle(desk)


def plain(sent: Sent) -> str:
    return " ".join(sent.text.split())


def asked_about(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == DANA and "it would open an incident" in plain(sent)]


def test_three_tenants_with_one_trouble_are_told_of_once(desk: Office) -> None:
    of_one_trouble(desk)
    desk.let_pass(30 * MINUTES)
    [told] = sighted(desk)
    assert str(told.mail["Subject"]).startswith("3 customers in 8 minutes: outgoing calls, busy tone")
    assert [line for line in told.text.splitlines() if line[:2] in {"1.", "2.", "3."}] == [
        "1. Jane Roe · Acme Dental: A question",
        "2. Raj · Bolt Logistics: A question",
        "3. Karl · Carl Legal: A question",
    ]
    assert "Common to them: outgoing calls, busy tone." in plain(told)
    assert "Proposed incident: Outgoing calls fail" in plain(told)
    assert "We noticed it today at 10:08 AM, and are working on it: Outgoing calls fail." in plain(told)


def test_what_it_wrote_down_is_sound_at_the_next_start(desk: Office) -> None:
    of_one_trouble(desk)
    assert desk.rows("SELECT tickets FROM burst") == [("[1001,1002,1003]",)]
    partner = desk.here.desk.partner
    assert desk.here.database.writer.write(lambda conn: set_aside(conn, partner, desk.now)) == []


def test_all_its_mails_are_one_thread_and_more_tenants_are_told_sparsely(desk: Office) -> None:
    of_one_trouble(desk)
    written(desk, DORI, BUSY)
    assert len(sighted(desk)) == 1
    written(desk, EVA, RING)
    desk.let_pass(12 * MINUTES)
    first, more = sighted(desk)
    assert str(more.mail["Subject"]).startswith("Now 5 customers in 16 minutes")
    assert "when you were told of it, it was 3" in plain(more)
    assert more.at - first.at >= 10 * MINUTES
    assert first.mail["References"] == more.mail["References"] == "<radar.1@harborvoice.example>"
    written(desk, "Tom <tom@acme-dental.example>", BUSY)
    desk.let_pass(60 * MINUTES)
    assert len(sighted(desk)) == 2


def test_the_same_again_on_another_day_is_told_anew(desk: Office) -> None:
    of_one_trouble(desk)
    desk.let_pass(timedelta(days=1))
    of_one_trouble(desk)
    assert len(sighted(desk)) == 2


def test_other_troubles_and_fewer_tenants_are_not_told_of(desk: Office) -> None:
    written(desk, JANE, BUSY)
    written(desk, "Tom <tom@acme-dental.example>", RING)
    written(desk, RAJ, "Our fax does not go out, every page fails.")
    written(desk, KARL, WAHL)
    desk.let_pass(20 * MINUTES)
    assert sighted(desk) == []


def test_who_acts_for_some_customers_and_a_service_learn_nothing_of_all(desk: Office) -> None:
    of_one_trouble(desk)
    assert sighted(desk, "bob@harborvoice.example") == []


@pytest.mark.parametrize(("says", "title", "told"), [
    ("open", "Outgoing calls fail", 3),
    ("Open.\n\nOur carrier is at it.", "Outgoing calls fail", 3),
    ("open calls to the outside fail", "calls to the outside fail", 3),
    ("1 3 open", "Outgoing calls fail", 2),
])  # fmt: skip
def test_open_makes_an_incident_of_it_once_its_reader_says_send(desk: Office, says: str, title: str, told: int) -> None:
    of_one_trouble(desk)
    [list_] = sighted(desk)
    before = len(desk.sent)
    answered(desk, list_, says)
    assert desk.rows("SELECT id FROM incident") == []
    [shown] = asked_about(desk)
    assert "Anrufe nach außen schlagen fehl" in shown.text or "open calls" in says
    answered(desk, shown, "send")
    assert desk.one("SELECT title FROM incident") == title
    assert desk.one("SELECT count(*) FROM ticket WHERE incident = 1") == told
    mails = [sent for sent in desk.sent[before:] if sent.recipient.endswith((".example",)) and sent.recipient != DANA]
    customers = {sent.recipient: sent for sent in mails if "harborvoice" not in sent.recipient}
    assert len(customers) == told
    for sent in customers.values():
        assert "zebra" not in sent.text
        assert "Karl" not in sent.text
        assert "Raj" not in sent.text


def test_what_is_no_open_opens_nothing_and_its_writer_is_told_the_word(desk: Office) -> None:
    of_one_trouble(desk)
    answered(desk, sighted(desk)[0], "open tomorrow")
    assert asked_about(desk) == []
    assert any('"open" opens the incident' in plain(sent) for sent in desk.sent if sent.recipient == DANA)


def test_who_was_counted_since_it_was_told_is_named_to_whoever_accepts_it(desk: Office) -> None:
    of_one_trouble(desk)
    written(desk, DORI, BUSY)
    answered(desk, sighted(desk)[0], "open")
    [shown] = asked_about(desk)
    assert "Dori at Dora Tours (#1004) wrote of the same since: “#incident add #1004” afterwards" in plain(shown)
    answered(desk, shown, "send")
    desk.now += MINUTES
    desk.receive(mail(f"Dana <{DANA}>", "#incident add #1004", message_id="add@phone.example"))
    settle(desk)
    answered(desk, [sent for sent in desk.sent if sent.recipient == DANA and "send: do it" in sent.text][-1], "send")
    assert desk.one("SELECT count(*) FROM ticket WHERE incident = 1") == 4


def test_once_it_is_an_incident_nothing_more_is_told_of_it(desk: Office) -> None:
    of_one_trouble(desk)
    answered(desk, sighted(desk)[0], "open")
    answered(desk, asked_about(desk)[0], "send")
    for sender in (DORI, EVA):
        written(desk, sender, BUSY)
    desk.let_pass(20 * MINUTES)
    assert len(sighted(desk)) == 1


def test_where_nobody_answers_by_mail_a_notice_tells_of_it(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + CARL) as desk:
        of_one_trouble(desk)
        desk.let_pass(10 * MINUTES)
        told = [sent for sent in desk.sent if sent.for_team and "customers in 8 minutes" in sent.text]
        assert len(told) == 1
        assert 'mailbot incident open "Outgoing calls fail" --tickets 1001,1002,1003' in " ".join(told[0].text.split())


def test_at_night_who_is_on_call_is_told(tmp_path: Path) -> None:
    cora = '[[agent]]\nid = "cora"\nname = "Cora"\naddresses = ["cora@harborvoice.example"]\n'
    rota = '[oncall]\nrota = ["cora", "dana"]\n'
    with office(tmp_path, rules=RULES + CARL + TEAM + cora + rota, at=CLOSED_AT) as desk:
        of_one_trouble(desk)
        assert sum(len(sighted(desk, one)) for one in (DANA, "cora@harborvoice.example")) == 1


@pytest.mark.parametrize("radar", ["[radar]\ntenants = 0\n", "[radar]\ntenants = 4\n", '[radar]\nwithin = "5m"\n'])
def test_the_settings_say_when(tmp_path: Path, radar: str) -> None:
    with office(tmp_path, rules=RULES + CARL + DORA + TEAM + radar) as desk:
        of_one_trouble(desk)
        desk.let_pass(10 * MINUTES)
        assert sighted(desk) == []


def test_what_was_there_before_the_first_look_and_what_comes_late_is_no_news(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + CARL + TEAM, at=OPEN_AT) as desk:
        for sender, text in ((JANE, BUSY), (RAJ, RING), (KARL, WAHL)):
            address = sender.partition("<")[2].rstrip(">")
            desk.receive(mail(sender, text, message_id=f"late.{address}"), received_at=OPEN_AT - timedelta(hours=5))
        desk.let_pass(10 * MINUTES)
        assert sighted(desk) == []


def test_a_title_of_ours_reaches_each_in_his_language_and_words_of_an_agent_as_they_are(desk: Office) -> None:
    theirs = desk.here.desk.rules.locale(desk.here.desk.rules.tenant_by_id("carl"))
    assert what_is_wrong(desk.here.desk, "Calls are cut off", None, theirs) == "Gespräche brechen ab"
    assert what_is_wrong(desk.here.desk, "Calls are odd", None, theirs) == "Calls are odd"


def test_at_night_who_is_on_call_and_away_is_passed_over(tmp_path: Path) -> None:
    cora = '[[agent]]\nid = "cora"\nname = "Cora"\naddresses = ["cora@harborvoice.example"]\n'
    rota = '[oncall]\nrota = ["cora", "dana"]\n'
    with office(tmp_path, rules=RULES + CARL + TEAM + cora + rota, at=CLOSED_AT) as desk:
        called, other = (one.id for one in duty.on_call(desk.here.desk, desk.here.desk.rules.agent, desk.now))
        desk.do(verb="order", line="#away until mon", agent=called)
        of_one_trouble(desk)
        assert [len(sighted(desk, f"{one}@harborvoice.example")) for one in (called, other)] == [0, 1]


@pytest.mark.parametrize("spam", [range(1001, 1006), range(1004, 1006)], ids=["all of it", "what it grew by"])
def test_what_was_spam_is_not_told_of_again(desk: Office, spam: Sequence[int]) -> None:
    of_one_trouble(desk)
    for sender in (DORI, EVA):
        written(desk, sender, BUSY, after=MINUTES)
    for ticket in spam:
        desk.do(verb="set", ticket=ticket, spam=True)
    desk.let_pass(20 * MINUTES)
    assert len(sighted(desk)) == 1
    assert desk.rows("SELECT text FROM notice WHERE kind = 'damaged'") == []


def test_however_long_it_goes_on_only_its_newest_tickets_are_looked_at(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_one_trouble(desk)
    looked_at: list[int] = []

    def opened_of(conn: Connection, partner: str, tickets: Sequence[int]) -> list[bursts.Opened]:
        looked_at.append(len(tickets))
        return found_of(conn, partner, tickets)

    found_of = bursts.opened_of
    monkeypatch.setattr(bursts, "opened_of", opened_of)
    monkeypatch.setattr(bursts, "MOST_SEEN", 3)
    for text in (BUSY, RING, BUSY):
        written(desk, "Tom <tom@acme-dental.example>", text, after=MINUTES)
    assert looked_at
    assert max(looked_at) == 3


def test_of_what_was_opened_long_before_nothing_is_read(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for sender in (DORI, JANE, RAJ):
        written(desk, sender, "How do I record a greeting?", timedelta(hours=2))
    read: list[list[int]] = []
    opened = bursts.opened

    def counted(*at: Any, **more: Any) -> list[bursts.Opened]:
        found = opened(*at, **more)
        read.append([one.ticket for one in found])
        return found

    monkeypatch.setattr(bursts, "opened", counted)
    written(desk, KARL, WAHL)
    written(desk, EVA, RING)
    [(newest,)] = desk.rows("SELECT max(id) FROM ticket")
    assert read == [[newest - 1], [newest - 1, newest]]
