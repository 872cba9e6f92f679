"""Two years of the weekly mail in thirty zones: through restarts, jumps of the clock, and a relay that fails."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.delivery.transport import Accepted
from mailbot.desk.mails import dueweek
from mailbot.errors import TransientFailure, UnclearResult
from mailbot.figures.weeks import Week
from tests.clocks.test_weekly import ZONES
from tests.desk.weekly import PAT, READ_BY_ONE, READ_BY_TWO, SAM
from tests.service.office import RULES, Office, mail, office

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=731)
READERS = (PAT, SAM)
# By less than the days between two mails, so that each week has a time at which the desk is up after it is due.
JUMPS = tuple(timedelta(hours=hours) for hours in (0, 0, 0, 1, 30, 100, -1, -30, -100))
FAR = tuple(timedelta(days=days) for days in (0, 0, 0, 5, 9, 23, 70, 400, -5, -9, -23, -70, -2000))
FIRST = Week.parse("2026-W02")


class Relay:
    """A relay that takes most mail, puts some off, and of some does not say whether it took it."""

    def __init__(self, desk: Office, rng: random.Random, taken: list[tuple[str, str, str]]) -> None:
        self.desk, self.rng, self.taken = desk, rng, taken
        self.unclear = 0

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        fate = self.rng.random()
        if fate < 0.1:
            raise TransientFailure("451 later")
        sent = len(self.desk.sent)
        accepted = Office.submit(self.desk, reverse_path, recipient, raw)
        [one] = self.desk.sent[sent:]
        subject = str(one.mail["Subject"])
        if subject.startswith("Week "):
            self.taken.append((recipient, f"{one.at:%G}-{subject}", one.message_id))
            if fate < 0.2:
                self.unclear += 1
                raise UnclearResult("no final reply")
        return accepted


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_none_is_missed_and_one_goes_twice_only_after_an_unclear_result(tmp_path: Path, zone: str) -> None:
    rules = RULES.replace("America/New_York", zone) + READ_BY_TWO
    rng, now, unclear = random.Random(zone), BEGINS, 0
    taken: list[tuple[str, str, str]] = []
    mailed: list[tuple[str, ...]] = []
    with office(tmp_path, rules=rules, at=now) as desk:
        desk.let_pass(timedelta(hours=1))
    while now < ENDS:
        with office(tmp_path, rules=rules, at=now) as desk:
            relay = Relay(desk, rng, taken)
            desk.submit = relay.submit  # type: ignore[method-assign]
            desk.let_pass(timedelta(hours=rng.randrange(24, 24 * 40)))
            now, unclear = desk.now + rng.choice(JUMPS), unclear + relay.unclear
            mailed = desk.rows("SELECT recipient, key, message_id, state FROM outbox WHERE kind = ?", dueweek.KIND)
    weeks = {(recipient, key.split(":")[1]) for recipient, key, _, _ in mailed}
    first, last = min(week for _, week in weeks), max(week for _, week in weeks)
    assert len(mailed) == len(weeks), "one mail for each week and reader"
    assert weeks == {(reader, week) for reader in READERS for week in between(first, last)}, "none is missing"
    assert len(weeks) >= 2 * 100
    ids = Counter(message_id for _, _, message_id in taken)
    assert set(ids) >= {message_id for _, _, message_id, state in mailed if state == "sent"}
    assert max(ids.values()) == 2, "some did go twice, none more often"
    assert sum(number - 1 for number in ids.values()) <= unclear
    assert len({(recipient, subject) for recipient, subject, _ in taken}) == len(ids), "a repeat has the same id"
    for _, key, message_id, state in mailed:
        taken_twice = state == "unclear" and ids[message_id] == 2
        assert state == "sent" or taken_twice or key.split(":")[1] == last, "all have left but the last ones"


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES[::3])
def test_a_clock_that_is_far_wrong_for_days_costs_no_week_and_repeats_none_that_was_right(
    tmp_path: Path, zone: str
) -> None:
    rules = RULES.replace("America/New_York", zone) + READ_BY_ONE
    rng, true, wrong = random.Random(f"far {zone}"), BEGINS, timedelta()
    due, wanted = set[Week](), set[Week]()
    spans = [timedelta(days=14), *(timedelta(hours=rng.randrange(1, 24 * 20)) for _ in range(60))]
    for number, span in enumerate(spans):
        with office(tmp_path, rules=rules, at=true + wrong) as desk:
            desk.let_pass(timedelta())
            if rng.random() < 0.6:
                words = f"How do I add extension {number}?"
                desk.receive(mail("Jane <jane@acme-dental.example>", words, message_id=f"{number}@acme.example"))
            desk.let_pass(span)
            for week, at in due_between(true + wrong, desk.now, ZoneInfo(zone)):
                due.add(week)
                if not any(later > week and later.ends(ZoneInfo(zone)) <= at for later in due):
                    wanted.add(week)
            true, wrong = true + span, rng.choice(FAR)
    with office(tmp_path, rules=rules, at=BEGINS) as desk:
        keys = [key.split(":")[1] for (key,) in desk.rows("SELECT key FROM outbox WHERE kind = ?", dueweek.KIND)]
        logged = desk.rows("SELECT id, recorded_at FROM entry")
    weeks = Counter(key for key in keys if "c" not in key)
    assert set(weeks.values()) == {1}, "each that is told is told once"
    assert set(weeks) <= set(map(str, due)), "and was the last one that was due"
    assert set(weeks) >= set(map(str, wanted)), "and each is that no later one, which was over, had made old"
    corrected = [key.split("c") for key in keys if "c" in key]
    assert corrected, "some were"
    for week, entry in corrected:
        since, until = (at(ZoneInfo(zone)).isoformat() for at in (Week.parse(week).begins, Week.parse(week).ends))
        assert any(number > int(entry) and since <= recorded < until for number, recorded in logged), "with reason"


def due_between(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[Week, datetime]]:
    """Yield the weeks whose mail a desk writes that is up for so long, and when: the last one, then each as it comes.

    None before the first.
    """
    monday = Week.of(since, zone).back(1).monday
    while (at := datetime.combine(monday, time(8), zone)) <= until:
        week, monday = Week(monday).back(1), monday + timedelta(days=7)
        if datetime.combine(monday, time(8), zone) > since and week >= FIRST:
            yield week, max(at, since)


def between(first: str, last: str) -> list[str]:
    week, found = Week.parse(last), [last]
    while str(week) != first:
        week = week.back(1)
        found.append(str(week))
    return found


def test_the_zones_are_thirty_and_have_both_changes_of_the_clock() -> None:
    assert len(set(ZONES)) == 30
    changing = {zone for zone in ZONES if len({offset(zone, month) for month in range(1, 13)}) > 1}
    assert len(changing) >= 15


def offset(zone: str, month: int) -> timedelta | None:
    return datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset()
