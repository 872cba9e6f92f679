"""What happened overnight, told to each of us who begins work, once; and who is on call from now on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mailbot.store import cursors
from tests.service.office import CLOSED_AT, RULES, Office, Sent, mail, office
from tests.service.test_lists import numbered
from tests.service.test_nights import MORNING, NIGHT, ROTA, TEAM, answered, to, until
from tests.service.test_oncall import DOWN, MINUTES
from tests.service.test_relays import DANA, asked, relays, reply
from tests.service.test_together import BOB

RAJ = "Raj <raj@bolt.example>"
PAIR = f'[[agent]]\nid = "bob"\nname = "Bob Lind"\naddresses = ["{BOB}"]\ntenants = ["bolt"]\n'
EARLY = 'hours.week = { mon = ["11:00-15:00"], tue = ["09:00-15:00"] }\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + PAIR + ROTA, at=CLOSED_AT) as opened:
        yield opened


def mornings(desk: Office, agent: str = DANA) -> list[Sent]:
    return [sent for sent in to(desk, agent) if "While you were closed" in sent.text]


def test_it_says_who_was_called_and_what_was_done_and_what_is_open(desk: Office) -> None:
    asked(desk, text=DOWN)
    desk.let_pass(3 * MINUTES)
    answered(desk, "#take\n#called 23:42 She restarts the router.")
    asked(desk, RAJ, "Nothing works, all our phones are dead!", subject="Dead", message_id="r@bolt.example")
    desk.let_pass(12 * MINUTES)
    desk.receive(reply(relays(desk)[-1], "#close\nYour trunk is up again.", sender=f"Dana <{DANA}>"))
    until(desk, MORNING + MINUTES)
    [told] = mornings(desk)
    assert told.at == MORNING
    assert str(told.mail["Subject"]) == "2 outages overnight, 1 open"
    for line in (
        "While you were closed, from Fri, Nov 20, 5:30 PM to Mon, Nov 23, 9:00 AM:",
        "1. Jane Roe · Acme Dental: A question",
        "Sat, Nov 21, 11:40 PM: Night desk was called",
        "Sat, Nov 21, 11:42 PM: Night desk spoke with the customer: “She restarts the router.”",
        "2. Raj · Bolt Logistics: Dead",
        "Sat, Nov 21, 11:53 PM: Dana Ortiz was called",
        "Dana Ortiz answered: “Your trunk is up again.”",
        "Dana Ortiz closed it",
    ):
        assert line in " ".join(told.text.split()), line


def test_of_a_night_that_a_lost_log_may_have_told_of_nobody_hears_again(desk: Office) -> None:
    asked(desk, text=DOWN)
    desk.here.desk = replace(desk.here.desk, restored_at=MORNING + MINUTES)
    until(desk, MORNING + 5 * MINUTES)
    assert (mornings(desk), mornings(desk, BOB)) == ([], [])


def test_nor_do_those_who_are_told_where_there_are_no_agents(tmp_path: Path) -> None:
    with office(tmp_path, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        desk.here.desk = replace(desk.here.desk, restored_at=MORNING + MINUTES)
        until(desk, MORNING + 5 * MINUTES)
        assert [one for one in desk.notices if "while you were closed" in one.text.casefold()] == []


@pytest.mark.parametrize("damage", ["", "soon", "2026-11-23"])
def test_a_row_of_it_that_is_damaged_keeps_nobody_from_it(desk: Office, damage: str) -> None:
    asked(desk, text=DOWN)

    def write(conn: Connection) -> None:
        for name in ("morning", "morning.dana", "morning.bob"):
            cursors.set_fact(conn, desk.here.desk.partner, name, damage, desk.now)

    desk.here.database.writer.write(write)
    until(desk, MORNING + MINUTES)
    assert len(mornings(desk)) == 1


def test_each_sees_what_is_his(desk: Office) -> None:
    asked(desk, text=DOWN)
    asked(desk, RAJ, DOWN, subject="Dead", message_id="r@bolt.example")
    until(desk, MORNING)
    assert [numbered(one) for one in mornings(desk, BOB)] == [["1. Raj · Bolt Logistics: Dead"]]
    assert to(desk, NIGHT) != []
    assert mornings(desk, NIGHT) == []


def test_its_numbers_act(desk: Office) -> None:
    asked(desk, text=DOWN)
    answered(desk, "We look at it.")
    ticket = asked(desk, "Tom <tom@acme-dental.example>", "How do I park a call?", message_id="t@acme-dental.example")
    until(desk, MORNING)
    [told] = mornings(desk)
    assert [line[:2] for line in numbered(told)] == ["1.", "2."]
    desk.receive(reply(told, "2 take"))
    desk.receive(reply(told, "1 close"))
    assert desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket) == "dana"
    assert desk.one("SELECT state FROM ticket WHERE id <> ?", ticket) == "closed"


def test_with_what_waits_it_is_one_list(desk: Office) -> None:
    asked(desk, text=DOWN)
    for number in range(5):
        asked(desk, f"P{number} <p{number}@acme-dental.example>", "How?", message_id=f"p{number}@acme-dental.example")
    until(desk, MORNING + MINUTES)
    lists = [sent for sent in to(desk) if sent.recipient == DANA]
    assert lists == []
    [told] = mornings(desk)
    assert len(numbered(told)) == 6
    assert [one for one in to(desk, DANA) if one.at == MORNING and not one.is_warning] == [told]


def test_where_nothing_happened_there_is_none(desk: Office) -> None:
    asked(desk)
    until(desk, MORNING + timedelta(days=3))
    assert mornings(desk) == []


def test_who_begins_later_gets_it_then_and_who_is_away_never(tmp_path: Path) -> None:
    team = TEAM.replace(f'addresses = ["{DANA}"]\n', f'addresses = ["{DANA}"]\n{EARLY}')
    with office(tmp_path, rules=RULES + team + PAIR + ROTA, at=CLOSED_AT) as desk:
        desk.do(verb="away", until="2026-11-23T20:00:00+00:00", agent="bob")
        asked(desk, RAJ, DOWN, message_id="r@bolt.example")
        until(desk, MORNING + timedelta(days=2))
        assert [one.at for one in mornings(desk)] == [MORNING + timedelta(hours=2)]
        assert mornings(desk, BOB) == []


def test_a_restart_tells_nobody_twice(tmp_path: Path) -> None:
    rules = RULES + TEAM + ROTA
    with office(tmp_path, rules=rules, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        until(desk, MORNING + MINUTES)
        assert len(mornings(desk)) == 1
    with office(tmp_path, rules=rules, at=MORNING + 2 * MINUTES) as desk:
        desk.let_pass(timedelta(days=3))
        assert mornings(desk) == []


def test_it_comes_after_an_outage_of_ours_while_we_are_open(tmp_path: Path) -> None:
    rules = RULES + TEAM + ROTA
    with office(tmp_path, rules=rules, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
    with office(tmp_path, rules=rules, at=MORNING + timedelta(hours=5)) as desk:
        desk.let_pass(MINUTES)
        assert len(mornings(desk)) == 1


def test_what_the_service_holds_is_nobodys_in_the_morning(desk: Office) -> None:
    ticket = asked(desk, text=DOWN)
    answered(desk, "#take")
    until(desk, MORNING)
    assert desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket) == ""
    answered(desk, "It was the router.")
    assert desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket) == ""


def test_without_agents_those_who_are_told_get_a_notice(tmp_path: Path) -> None:
    with office(tmp_path, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        before = len(desk.notices)
        until(desk, MORNING + 2 * MINUTES)
        assert ["while you were closed" in one.text.casefold() for one in desk.notices[before:]] == [True]
        desk.let_pass(timedelta(days=3))
        assert sum("while you were closed" in one.text.casefold() for one in desk.notices) == 1
        # Of words only the log and the mail know, for as long as [retention] says.
        assert desk.rows("SELECT text FROM notice WHERE kind = 'overnight'") == [("",)]


class TestTurns:
    TEAM = "".join(
        f'[[agent]]\nid = "{name}"\nname = "{name.title()}"\naddresses = ["{name}@harborvoice.example"]\n'
        for name in ("dana", "bob")
    )
    ROTA = '[oncall]\nrota = ["bob", "dana"]\nsince = "2026-11-16"\n'

    def told(self, desk: Office, agent: str) -> list[str]:
        return [str(one.mail["Subject"]) for one in to(desk, agent) if "on call from now" in one.text]

    def test_whoever_begins_and_whoever_ends_are_told_once(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + self.TEAM + self.ROTA, at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            until(desk, MORNING + MINUTES)
            assert self.told(desk, DANA) == ["You are on call from now on; 1 open outage: 1 overdue"]
            assert self.told(desk, BOB) == ["Dana is on call from now on; 1 open outage: 1 overdue"]
            [begins] = [one for one in to(desk, DANA) if "on call from now" in one.text]
            assert "until Mon, Nov 30, 9:00 AM" in begins.text
            desk.receive(mail(f"Dana <{DANA}>", "1 take", fields=(f"In-Reply-To: <{begins.message_id}>",)))
            assert desk.one("SELECT assignee FROM ticket") == "dana"
        with office(tmp_path, rules=RULES + self.TEAM + self.ROTA, at=MORNING + timedelta(days=3)) as desk:
            desk.let_pass(timedelta(days=5))
            assert [len(self.told(desk, one)) for one in (DANA, BOB)] == [1, 1]

    def test_who_is_always_on_call_hears_nothing(self, tmp_path: Path) -> None:
        rules = RULES + TEAM + ROTA
        with office(tmp_path, rules=rules, at=CLOSED_AT) as desk:
            desk.let_pass(timedelta(days=21))
            assert self.told(desk, DANA) == self.told(desk, NIGHT) == []
