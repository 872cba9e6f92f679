"""Who is called when something critical comes out of hours, and who after him."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.servers.commands import run
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, mail, office
from tests.service.test_relays import DANA, asked, relays, reply
from tests.service.test_together import BOB
from tests.service.test_unbidden import FORWARDED, wrote

CLEO = "cleo@harborvoice.example"
DOWN = "All our phones are down, nobody can call us!"
MINUTES = timedelta(minutes=1)
TEAM = "".join(
    f'[[agent]]\nid = "{name}"\nname = "{name.title()}"\naddresses = ["{name}@harborvoice.example"]\n'
    for name in ("dana", "bob", "cleo")
)
# Saturday, 21 November 2026 is in the week of whoever has it from Monday, the 16th.
ROTA = '[oncall]\nrota = ["bob", "dana", "cleo"]\nsince = "2026-11-16"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as opened:
        yield opened


def called(desk: Office) -> list[str]:
    """Return who was handed the outage, in their order, with how many minutes after it came."""
    handed = [
        sent for sent in desk.sent if "phones are down" in sent.text and "A reply to this mail goes to" in sent.text
    ]
    return [f"{sent.recipient.partition('@')[0]} {(sent.at - CLOSED_AT) // MINUTES}" for sent in handed]


def test_one_after_the_other_is_called_until_somebody_answers(desk: Office) -> None:
    ticket = asked(desk, text=DOWN)
    desk.let_pass(15 * MINUTES)
    assert called(desk) == ["bob 0", "dana 10"]
    steps = [text for (text,) in desk.rows("SELECT text FROM entry WHERE ticket_id = ? AND kind = 'change'", ticket)]
    assert "nobody has seen it: Dana is called" in steps
    desk.let_pass(timedelta(hours=2))
    assert called(desk) == ["bob 0", "dana 10", "cleo 20"]


@pytest.mark.parametrize("words", ["#take", "#called", "We are on it.", "#wait carrier until 2 dec", "#close"])
def test_whoever_takes_it_or_answers_stops_the_calls(desk: Office, words: str) -> None:
    asked(desk, text=DOWN)
    desk.let_pass(5 * MINUTES)
    desk.receive(reply(relays(desk, BOB)[0], words, sender=BOB))
    desk.let_pass(timedelta(hours=3))
    assert called(desk) == ["bob 0"]


def test_who_is_away_is_passed_over(desk: Office) -> None:
    desk.do(verb="away", until="2026-11-23T14:00:00+00:00", agent="bob")
    asked(desk, text=DOWN)
    desk.let_pass(timedelta(hours=1))
    assert called(desk) == ["dana 0", "cleo 10"]


def test_what_is_not_critical_waits_for_the_morning(desk: Office) -> None:
    asked(desk)
    desk.let_pass(timedelta(hours=3))
    assert [sent for sent in desk.sent if not sent.for_team and sent.recipient.endswith("harborvoice.example")] == []


def test_in_hours_everybody_gets_it_at_once(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=OPEN_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(timedelta(hours=1))
        for agent in (DANA, BOB, CLEO):
            assert len([one for one in relays(desk, agent) if "phones are down" in one.text]) == 1


def test_a_rise_at_night_calls_as_well(desk: Office) -> None:
    asked(desk)
    desk.let_pass(30 * MINUTES)
    fields = ("In-Reply-To: <q1@acme-dental.example>",)
    desk.receive(mail("Jane Roe <jane@acme-dental.example>", DOWN, fields=fields, message_id="r@acme-dental.example"))
    desk.let_pass(15 * MINUTES)
    assert called(desk) == ["bob 30", "dana 40"]


def test_an_outage_that_whoever_is_on_call_passes_on_alarms_the_others(tmp_path: Path) -> None:
    """It waits for his yes, and nobody is called after him."""
    rota = ROTA.replace('"bob", "dana"', '"dana", "bob"')
    with office(tmp_path, rules=RULES + TEAM + rota, at=CLOSED_AT) as desk:
        outage = FORWARDED.replace("Voicemail emails do not arrive since Friday", "All our phones are down")
        wrote(desk, f"#for raj@bolt.example{outage}", subject="Fwd: Dead")
        for agent in (BOB, CLEO):
            assert [str(one.mail["Subject"])[:10] for one in relays(desk, agent)] == ["Critical: "]


def test_a_restart_calls_nobody_twice(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as desk:
        asked(desk, text=DOWN)
        desk.let_pass(12 * MINUTES)
        assert called(desk) == ["bob 0", "dana 10"]
        later = desk.now
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=later) as desk:
        desk.let_pass(30 * MINUTES)
        assert called(desk) == ["cleo 20"]


def test_the_command_shows_the_weeks_to_come(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES + TEAM + ROTA)
    shown = run(tmp_path, "oncall", "--weeks", "3").out
    assert [name for name in ("Bob", "Dana", "Cleo") if name not in shown] == []
    rows = run(tmp_path, "oncall", "--json").rows
    assert all(one["end_at"] == two["start_at"] for one, two in pairwise(rows))
    first = datetime.fromisoformat(rows[0]["start_at"])
    weeks = (first - datetime(2026, 11, 16, 14, tzinfo=UTC)) / timedelta(days=7)
    assert rows[0]["agent"] == ("bob", "dana", "cleo")[round(weeks) % 3]
    (tmp_path / "rules.toml").write_text(RULES + TEAM)
    assert "Nobody takes turns" in run(tmp_path, "oncall").out


def test_who_is_no_agent_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES + TEAM + ROTA.replace('"bob"', '"bbo"'))
    told = run(tmp_path, "check").out + run(tmp_path, "check").err
    assert 'there is no agent "bbo"' in told
    assert "did you mean bob?" in told
