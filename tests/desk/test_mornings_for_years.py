"""Two years of mornings and of turns on call in thirty zones, through restarts, against a count of each minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.clocks.test_weekly import ZONES
from tests.desk.test_duetimes_for_years import BEGINS, DAY, ENDS, MINUTE, runs
from tests.service.office import RULES, Office, mail, office

DOWN = "All our phones are down, nobody can call us!"
DANA, BOB = "dana@harborvoice.example", "bob@harborvoice.example"
# Bob works on fewer hours than the desk.
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
hours.week = {{ mon = ["11:00-15:00"], tue = ["11:00-15:00"], thu = ["07:00-15:00"] }}
[oncall]
rota = ["dana", "bob"]
since = "2026-01-05"
"""
_FORGOTTEN = timedelta(days=5)
HIS = {0: (11 * 60, 15 * 60), 1: (11 * 60, 15 * 60), 3: (7 * 60, 15 * 60)}


def works(agent: str, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the agent is at work in the minute that begins then, by what the clock on the wall shows."""
    if agent == DANA:
        return runs(at, zone, always=False)
    local = at.astimezone(zone)
    begins, ends = HIS.get(local.weekday(), (0, 0))
    return begins <= local.hour * 60 + local.minute < ends


def turn_of(at: datetime, zone: ZoneInfo) -> str:
    """Return whose week it is, which begins on Monday when the clock on the wall shows 9:00."""
    local = at.astimezone(zone)
    day = local.date() - timedelta(days=(local.hour, local.minute) < (9, 0))
    return (DANA, BOB)[(day - BEGINS.date()).days // 7 % 2]


@dataclass
class Model:
    """What is to be told, minute by minute; `up` says that mailbot runs."""

    zone: ZoneInfo
    outages: set[datetime] = field(default_factory=set)
    told: list[tuple[str, str, datetime]] = field(default_factory=list)
    turn: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    waiting: set[str] = field(default_factory=set)
    was_open: bool = False

    def minute(self, at: datetime, *, up: bool) -> None:
        """Go on by the minute that begins then."""
        is_open = runs(at, self.zone, always=False)
        if is_open and not self.was_open:
            night = [one for one in self.outages if self.closed_at is None or one >= self.closed_at]
            self.waiting = {DANA, BOB} if night else set()
        if self.was_open and not is_open:
            self.waiting, self.closed_at, self.outages = set(), at, set()
        self.was_open = is_open
        if not up:
            return
        for agent in sorted(self.waiting):
            if works(agent, at, self.zone):
                self.told.append((agent, "morning", at))
                self.waiting.discard(agent)
        if (turn := turn_of(at, self.zone)) != self.turn:
            self.told += [(agent, "turn", at) for agent in (DANA, BOB) if self.turn]
            self.turn = turn


def spans(rng: random.Random) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans in which mailbot runs, with others of hours and of weeks between them."""
    at = BEGINS + timedelta(days=1, minutes=rng.randrange(1440))
    while at < ENDS - 30 * DAY:
        for _ in range(rng.randrange(1, 4)):
            until = at + timedelta(minutes=rng.randrange(60, 4 * 1440))
            yield at, until
            at = until + timedelta(minutes=rng.choice([0, 0, 7, 90, 400]))
        at += timedelta(days=rng.randrange(90, 180), minutes=rng.randrange(1440))


def happened(desk: Office) -> list[tuple[str, str, datetime]]:
    """Return what was told to whom, and when."""
    kinds = {"While you were closed": "morning", "on call from now": "turn"}
    return [
        (sent.recipient, kind, sent.at)
        for sent in desk.sent
        for words, kind in kinds.items()
        if words in " ".join(sent.text.split())
    ]


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_each_is_handed_over_once_and_at_its_minute(tmp_path: Path, zone: str) -> None:
    rng, model = random.Random(zone), Model(ZoneInfo(zone))
    rules = RULES.replace("America/New_York", zone) + TEAM
    found: list[tuple[str, str, datetime]] = []
    at = BEGINS
    number = 0
    for start, until in spans(rng):
        if start - at > _FORGOTTEN:
            # What happened weeks ago is in no morning.
            at, model.outages, model.waiting = start - _FORGOTTEN, set(), set()
        while at < start:
            model.minute(at, up=False)
            at += MINUTE
        with ExitStack() as stack:
            desk = stack.enter_context(office(tmp_path, rules=rules, at=start))
            desk.let_pass(timedelta(0))
            model.minute(at, up=True)
            while (next_at := at + timedelta(minutes=rng.randrange(30, 2000))) < until:
                desk.let_pass(next_at - desk.now)
                while at < next_at:
                    at += MINUTE
                    model.minute(at, up=True)
                number += 1
                desk.receive(mail(f"P{number} <p{number}@bolt.example>", DOWN, message_id=f"q{number}@bolt.example"))
                desk.do(verb="close", ticket=1000 + number, reason="done with", author="op")
                if not runs(at, model.zone, always=False):
                    model.outages.add(at)
            desk.let_pass(until - desk.now)
            while at < until:
                at += MINUTE
                model.minute(at, up=True)
            at += MINUTE
            found += happened(desk)
    assert sorted(found) == sorted(model.told)
    assert {kind for _, kind, _ in found} == {"morning", "turn"}
