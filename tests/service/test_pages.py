"""Who is paged about an outage at night, by which pager, when, and with which words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot.deciding.paging import MOST_CHARACTERS
from mailbot.store import restoring
from mailbot.store.packing import decompress
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, mail, office
from tests.service.test_relays import asked, relays, reply
from tests.service.test_together import BOB

DOWN = "All our phones are down, nobody can call us!"
MINUTES = timedelta(minutes=1)
PAGERS = {
    "dana": '[[agent.pager]]\ncommand = ["true"]\n[[agent.pager]]\nmail = "5550190@sms.example"\n',
    "bob": '[[agent.pager]]\nwebhook = "https://ntfy.example/bob"\nform = "ntfy"\n',
    "cleo": "",
}
TEAM = "".join(
    f'[[agent]]\nid = "{name}"\nname = "{name.title()}"\naddresses = ["{name}@harborvoice.example"]\n{pagers}'
    for name, pagers in PAGERS.items()
)
# Saturday, 21 November 2026 is in the week of whoever has it from Monday, the 16th.
ROTA = '[oncall]\nrota = ["dana", "bob", "cleo"]\nsince = "2026-11-16"\n'
RAJ, SAM = "Raj <raj@bolt.example>", "Sam <sam@harbor.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as opened:
        yield opened


def pages(desk: Office, since: datetime = CLOSED_AT) -> list[str]:
    """Return which pagers were rung, with how many minutes after the outage came."""
    rung = desk.rows("SELECT agent, pager, at FROM listing WHERE kind = 'page' ORDER BY id")
    return [f"{agent}/{pager} {round((datetime.fromisoformat(at) - since) / MINUTES)}" for agent, pager, at in rung]


def words(desk: Office) -> list[str]:
    """Return what the pages say that went to no mail address."""
    rows = desk.rows("SELECT packed FROM outbox WHERE kind = 'page' AND audience = 'pager' ORDER BY id")
    return [json.loads(decompress(packed))["text"] for (packed,) in rows]


def steps(desk: Office, ticket: int) -> list[str]:
    rows = desk.rows("SELECT text FROM entry WHERE ticket_id = ? AND author = 'mailbot' ORDER BY id", ticket)
    return [text for (text,) in rows]


def test_each_pager_of_the_first_and_then_the_next_person(desk: Office) -> None:
    ticket = asked(desk, text=DOWN)
    desk.let_pass(25 * MINUTES)
    assert pages(desk) == ["dana/1 0", "dana/2 3", "bob/1 10"]
    assert len(relays(desk, BOB)) >= 1
    assert steps(desk, ticket)[1:] == [
        "Dana was paged by command",
        "Dana was paged by mail",
        "nobody has seen it: Bob is called",
        "Bob was paged by ntfy",
        "nobody has seen it: Cleo is called",
    ]


def test_a_page_names_the_customer_the_words_and_the_number(desk: Office) -> None:
    asked(desk, text=DOWN)
    assert words(desk) == ["Acme Dental: phones are down. Call +1 212 555 0142"]


def test_it_tells_the_words_of_what_is_critical_and_no_others(desk: Office) -> None:
    asked(desk, text="Nobody can call us! The voicemail messages are not sent to my email any more.")
    assert words(desk) == ["Acme Dental: Nobody ... can call. Call +1 212 555 0142"]


def test_a_clock_that_is_set_back_silences_no_pager(desk: Office) -> None:
    asked(desk, text=DOWN)
    desk.now -= timedelta(hours=2)
    asked(desk, RAJ, DOWN, message_id="r@bolt.example")
    assert pages(desk) == ["dana/1 0", "dana/1 -120"]


def test_of_nobody_knows_whom_it_names_the_domain(desk: Office) -> None:
    asked(desk, "Sam <sam@harbor.example>", "DOWN! call 212 555 0177", message_id="s@harbor.example")
    assert words(desk) == ["harbor.example: DOWN. Call 212 555 0177"]


def test_several_in_one_spell_are_one_page(desk: Office) -> None:
    asked(desk, text=DOWN)
    for number, sender in enumerate((RAJ, SAM)):
        desk.let_pass(timedelta(seconds=10))
        asked(desk, sender, DOWN, message_id=f"m{number}@bolt.example")
    desk.let_pass(2 * MINUTES)
    assert pages(desk) == ["dana/1 0", "dana/1 1"]
    told = "3 outages: Acme Dental, Bolt Logistics, harbor.example. Acme Dental: phones are down. Call +1 212 555 0142"
    assert words(desk)[1] == told
    assert all(len(one) <= MOST_CHARACTERS for one in words(desk))
    # Her other pager tells of all at once.
    desk.let_pass(60 * MINUTES)
    assert pages(desk)[2:] == ["dana/2 3", "bob/1 10", "bob/1 11"]
    # Bob's second page waited for its minute; each ticket says once that he is called.
    tickets = [number for (number,) in desk.rows("SELECT id FROM ticket")]
    assert [steps(desk, one).count("nobody has seen it: Bob is called") for one in tickets] == [1, 1, 1]


def test_all_pagers_of_one_bear_the_key_of_the_spell(tmp_path: Path) -> None:
    """So that what gathers alarms by their key shows one, whichever pager told of it first."""
    two = '[[agent.pager]]\nwebhook = "https://alarms.example/{0}"\n'
    agent = RULES + TEAM.split("[[agent.pager]]")[0] + "".join(two.format(number) for number in (1, 2))
    with office(tmp_path, rules=agent, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(9 * MINUTES)
        assert pages(desk) == ["dana/1 0", "dana/2 3"]
        packed = desk.rows("SELECT packed FROM outbox WHERE audience = 'pager'")
        assert len({json.loads(decompress(one))["key"] for (one,) in packed}) == 1


def test_of_several_it_begins_with_one_whose_customer_can_be_called(desk: Office) -> None:
    asked(desk, text=DOWN)
    asked(desk, RAJ, DOWN, message_id="m0@bolt.example")
    desk.let_pass(2 * MINUTES)
    told = "2 outages: Acme Dental, Bolt Logistics. Acme Dental: phones are down. Call +1 212 555 0142"
    assert words(desk)[-1] == told


def test_what_was_told_is_not_told_again_by_a_page_of_its_own(desk: Office) -> None:
    """The second outage joins the next page of each pager, and so does the first in its list."""
    asked(desk, text=DOWN)
    desk.let_pass(5 * MINUTES)
    asked(desk, RAJ, DOWN, message_id="r@bolt.example")
    desk.let_pass(60 * MINUTES)
    assert pages(desk) == ["dana/1 0", "dana/2 3", "dana/1 5", "dana/2 8", "bob/1 10", "bob/1 15"]
    keys = {
        json.loads(decompress(one))["key"] for (one,) in desk.rows("SELECT packed FROM outbox WHERE audience = 'pager'")
    }
    assert len(keys) == 2, "one of Dana's spell, one of Bob's"


@pytest.mark.parametrize("answer", ["#take", "We are on it.", "#called"])
def test_taking_or_answering_stops_the_pages(desk: Office, answer: str) -> None:
    asked(desk, text=DOWN)
    desk.let_pass(1 * MINUTES)
    desk.receive(reply(relays(desk)[0], answer))
    desk.let_pass(timedelta(hours=2))
    assert pages(desk) == ["dana/1 0"]


def test_who_is_away_is_passed_over(desk: Office) -> None:
    desk.do(verb="away", until="2026-11-23T14:00:00+00:00", agent="dana")
    asked(desk, text=DOWN)
    desk.let_pass(timedelta(hours=1))
    assert pages(desk) == ["bob/1 0"]


def test_without_turns_all_who_have_pagers_are_paged(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(timedelta(hours=1))
        assert pages(desk) == ["dana/1 0", "bob/1 0", "dana/2 3"]


def test_who_answers_from_the_shared_mailbox_is_paged_as_well(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA + '[team]\nanswer = "mailbox"\n', at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(timedelta(hours=1))
        assert pages(desk) == ["dana/1 0", "dana/2 3", "bob/1 10"]
        assert relays(desk) == []


def test_nobody_is_paged_in_hours_until_we_close(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=OPEN_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(timedelta(hours=12))
        # From Monday at 10:00 to 17:30; it is Bob's week since 9:00.
        assert pages(desk, OPEN_AT) == ["bob/1 450", "dana/1 470", "dana/2 473"]


@pytest.mark.parametrize("text", ["How do I change the hold music?", "My phone cannot make calls since yesterday."])
def test_nobody_is_paged_about_less(desk: Office, text: str) -> None:
    asked(desk, text=text)
    desk.let_pass(timedelta(hours=12))
    assert pages(desk) == []


def test_a_restart_pages_nobody_twice(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(4 * MINUTES)
        later = desk.now
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=later) as desk:
        desk.let_pass(60 * MINUTES)
        assert pages(desk) == ["dana/1 0", "dana/2 3", "bob/1 10"]


def test_after_a_restore_nobody_is_paged_who_may_have_been(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        made_at, restored_at = desk.now, CLOSED_AT + 12 * MINUTES
        desk.here.database.writer.write(lambda conn: restoring.settle(conn, made_at, restored_at))
        desk.here.desk = replace(desk.here.desk, restored_at=restored_at)
        desk.now = restored_at
        desk.let_pass(60 * MINUTES)
        assert pages(desk) == ["dana/1 0"]
        assert [one.at for one in relays(desk, "cleo@harborvoice.example")] == [CLOSED_AT + 20 * MINUTES]
        assert desk.rows("SELECT DISTINCT state FROM outbox WHERE audience = 'pager'") == [("unclear",)]


@pytest.mark.parametrize("seen", [True, False])
def test_a_ticket_that_another_goes_on_as_pages_with_its_words_unless_it_was_seen(desk: Office, *, seen: bool) -> None:
    first = asked(desk, text=DOWN)
    second = asked(desk, text="And the fax is slow.", message_id="f@acme-dental.example", subject="Fax")
    if seen:
        desk.do(verb="ok", ticket=first, agent="dana")
    desk.let_pass(MINUTES)
    desk.do(verb="merge", ticket=first, into=second)
    desk.let_pass(30 * MINUTES)
    assert pages(desk) == ["dana/1 0"] if seen else pages(desk)[:2] == ["dana/1 0", "dana/1 1"]
    assert set(words(desk)) == {"Acme Dental: phones are down. Call +1 212 555 0142"}
    assert not desk.rows("SELECT id FROM outbox WHERE kind = 'page-seen'")


def test_what_became_another_customers_is_named_to_nobody_who_is_not_called_for_it(tmp_path: Path) -> None:
    team = TEAM.replace('"dana@harborvoice.example"]\n', '"dana@harborvoice.example"]\ntenants = ["acme"]\n')
    with office(tmp_path, rules=RULES + team + ROTA, at=CLOSED_AT) as desk:
        first = asked(desk, text=DOWN)
        desk.do(verb="set", ticket=first, tenant="bolt", confirmed=True)
        desk.let_pass(MINUTES)
        asked(desk, text=f"Now here. {DOWN}", message_id="h@acme-dental.example", subject="Branch")
        desk.let_pass(MINUTES)
        for ticket in (first, first + 1):
            desk.do(verb="close", ticket=ticket)
        desk.let_pass(20 * MINUTES)
        rows = desk.rows("SELECT packed FROM outbox WHERE recipient = 'dana/1' ORDER BY id")
        said = [json.loads(decompress(packed))["text"] for (packed,) in rows]
        assert said[1:] == ["Acme Dental: phones are down. Call +1 212 555 0142", "Acme Dental: closed"]
        assert not [one for one in said if "Bolt" in one]


def test_who_was_not_called_in_time_has_his_time_to_answer(desk: Office) -> None:
    """Nothing was done for an hour: the next one is not called in the same minute."""
    desk.accept(mail("Jane Roe <jane@acme-dental.example>", DOWN))
    desk.now += 60 * MINUTES
    [processed] = desk.processor.step()
    assert processed is not None
    desk.let_pass(timedelta(hours=1))
    assert pages(desk) == ["dana/1 60", "dana/2 63", "bob/1 70"]


def test_what_is_forged_pages_nobody_whom_no_relay_would_reach(desk: Office) -> None:
    desk.receive(mail("Sam <sam@harbor.example>", DOWN, verdict="fail"))
    desk.receive(mail("Monitor <noreply@acme-dental.example>", DOWN, fields=("Auto-Submitted: auto-generated",)))
    desk.let_pass(timedelta(hours=1))
    assert pages(desk) == []


def test_a_question_after_the_answer_pages_anew(desk: Office) -> None:
    asked(desk, text=DOWN)
    desk.let_pass(1 * MINUTES)
    desk.receive(reply(relays(desk)[0], "We are on it."))
    desk.let_pass(60 * MINUTES)
    fields = ("In-Reply-To: <q1@acme-dental.example>",)
    desk.receive(mail("Jane Roe <jane@acme-dental.example>", DOWN, fields=fields, message_id="r@acme-dental.example"))
    desk.let_pass(15 * MINUTES)
    assert pages(desk) == ["dana/1 0", "dana/1 61", "dana/2 64", "bob/1 71"]
