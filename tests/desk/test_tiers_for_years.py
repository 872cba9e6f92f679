"""Two years of tickets that the first tier has, in thirty zones, through restarts, against a count of each minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.clocks.test_weekly import ZONES
from tests.desk.test_duetimes_for_years import (
    BEGINS,
    DAY,
    ENDS,
    MINUTE,
    WORDS,
    Case,
    answers,
    opening,
    runs,
    solutions,
    written,
)
from tests.service.office import RULES, Office, office

TEAM = "".join(
    f'[[agent]]\nid = "{name}"\nname = "{name.title()}"\naddresses = ["{name}@harborvoice.example"]\ntier = {tier}\n'
    for name, tier in (("dana", 1), ("bob", 1), ("cleo", 2))
)
PRESSING = [words for words, (severity, *_) in WORDS.items() if severity in {"critical", "high"}]
# A mail holds the next one for so long, and what is told of one ticket within so long is told at once.
SHORTEST = {"critical": MINUTE, "high": 5 * MINUTE}
LONGEST, SOON = 30 * MINUTE, 5 * MINUTE


@dataclass
class Held:
    """A ticket as it was played: since when the first tier had it, without a gap (None: no more), and until when."""

    case: Case
    since: list[datetime] = field(default_factory=list)
    until: list[datetime | None] = field(default_factory=list)

    def take(self, at: datetime) -> None:
        self.since.append(at)
        self.until.append(None)

    def lose(self, at: datetime) -> None:
        self.until[-1] = at

    @property
    def severity(self) -> str:
        return WORDS[self.case.words][0]


def expected(held: Held, zone: ZoneInfo, until: datetime) -> list[datetime]:
    """Return when the second tier was to be told."""
    mails = sorted({**answers(held.case, zone), **solutions(held.case, zone)}.values())
    told: list[datetime] = []
    for since, gone in zip(held.since, held.until, strict=True):
        at = wanted(held.case, since, zone)
        if at is not None and (gone is None or at <= gone):
            told.append(mailed(at, mails, held.severity, zone))
            mails.append(at)
    return [at for at in told if at <= until]


def wanted(case: Case, since: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the time is over, or that of a warning which was to follow soon; once she asks again where it was
    answered meanwhile. None is never.
    """
    over = fifteen_minutes(case, since, zone)
    if over is None:
        return None
    before = case.answered_at is None or over <= case.answered_at
    as_planned = Case(case.ticket, case.words, case.opened_at) if before else case
    warned = {**answers(as_planned, zone), **solutions(as_planned, zone)}.values()
    at = min((one for one in warned if over < one <= over + SOON), default=over)
    return case.again_at if before and case.answered_at and case.answered_at < at else at


def fifteen_minutes(case: Case, since: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when fifteen minutes of our hours were over in which the customer waited, None for never."""
    left, at = 15.0, since
    while left > 0:
        if case.answered_at is not None and at >= case.answered_at and not (case.again_at and at >= case.again_at):
            if case.again_at is None:
                return None
            at = max(at, case.again_at)
            continue
        end = at.replace(second=0, microsecond=0) + MINUTE
        if runs(at, zone, always=False):
            left -= (end - at) / MINUTE
        at = end
    return at


def mailed(at: datetime, mails: list[datetime], severity: str, zone: ZoneInfo) -> datetime:
    """Return when a mail can tell it: when somebody is there, and after the pause of the mail before."""
    last: datetime | None = None
    pause = timedelta(0)
    for wanted in sorted({*(one for one in mails if one < at), at}):
        now = wanted
        while True:
            if last is not None and now < last + pause:
                now = last + pause
            elif severity != "critical" and not runs(now, zone, always=False):
                now = opening(now, zone)
            else:
                break
        if wanted == at:
            return now
        soon = last is not None and now - last <= max(2 * pause, SHORTEST[severity])
        pause = min(max(2 * pause, SHORTEST[severity]), LONGEST) if soon else SHORTEST[severity]
        last = now
    raise AssertionError("it is among them")


def instants(rng: random.Random) -> Iterator[datetime]:
    at = BEGINS
    while (at := at + timedelta(days=rng.randrange(90, 140), minutes=rng.randrange(1440))) < ENDS - 20 * DAY:
        yield at


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_the_second_tier_hears_once_and_at_its_minute(tmp_path: Path, zone: str) -> None:
    rng, where = random.Random(f"tiers of {zone}"), ZoneInfo(zone)
    rules = RULES.replace("America/New_York", zone) + '[clock]\nclose_after = "0s"\nremind_after = "0s"\n' + TEAM
    told = 0
    for number, at in enumerate(instants(rng)):
        with office(tmp_path, rules=rules, at=at) as desk:
            held = play(desk, number, rng)
            desk.let_pass(timedelta(minutes=rng.randrange(1, 1500)))
            later = desk.now
        # Another start, at some time within which it may be due.
        with office(tmp_path, rules=rules, at=later) as desk:
            desk.let_pass(4 * DAY)
            found = desk.rows(
                "SELECT done_at FROM due WHERE ticket_id = ? AND kind = 'tier' AND done_at IS NOT NULL ORDER BY id",
                held.case.ticket,
            )
            wanted = expected(held, where, desk.now)
            assert [datetime.fromisoformat(one) for (one,) in found] == wanted, (zone, held)
            told += len(wanted)
            desk.do(verb="close", ticket=held.case.ticket, reason="done with")
            desk.let_pass(timedelta(0))
    assert told >= 1


def play(desk: Office, number: int, rng: random.Random) -> Held:
    """Have Dana take a ticket, and perhaps pass it on, answer it, or lose it to the second tier for a while."""
    words = rng.choice(PRESSING)
    ticket = desk.receive(written(number, words)).ticket
    assert ticket is not None
    held = Held(Case(ticket, words, desk.now))
    desk.let_pass(timedelta(minutes=rng.randrange(1, 90)))
    desk.do(verb="take", ticket=ticket, agent="dana")
    held.take(desk.now)
    desk.let_pass(timedelta(minutes=rng.randrange(1, 20)))
    match rng.randrange(5):
        case 0:
            desk.do(verb="assign", ticket=ticket, to="bob", agent="dana")
        case 1:
            desk.do(verb="take", ticket=ticket, agent="cleo")
            held.lose(desk.now)
            desk.let_pass(timedelta(minutes=rng.randrange(1, 60)))
            desk.do(verb="assign", ticket=ticket, to="bob", agent="cleo")
            held.take(desk.now)
        case 2 | 3:
            desk.answer(ticket)
            held.case.answered_at = desk.now
            desk.let_pass(timedelta(minutes=rng.randrange(1, 2000)))
            desk.receive(written(number, "And the fax?", f"first{number}@acme-dental.example"))
            held.case.again_at = desk.now
        case _:
            pass
    return held
