"""Two years of promised times and calls in thirty zones, through restarts, against a count of each minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.clocks.test_weekly import ZONES
from tests.service.office import RULES, Office, mail, office

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=731)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# What is written, and what is promised to it: minutes, and whether they run at night.
WORDS = {
    "All our phones are down, nobody can call us!": ("critical", 15, 240, True),
    "I cannot make any calls from my phone, it is dead.": ("high", 60, 1440, False),
    "How do I change the hold music?": ("normal", 240, None, False),
}
OPENS, CLOSES = 9 * 60, 17 * 60 + 30
# Ann and Bob take turns, with two pagers and one: each step by its place and pager, and after how many minutes.
STEPS = {0: 0, 1: 3, 10: 10, 11: 13}
CALLED = '[team]\nanswer = "mailbox"\n[oncall]\nrota = ["ann", "bob"]\n' + "".join(
    f'[[agent]]\nid = "{name}"\nname = "{name}"\naddresses = ["{name}@harborvoice.example"]\n'
    + "".join(f'[[agent.pager]]\nmail = "{name}{number}@sms.example"\n' for number in range(pagers))
    for name, pagers in (("ann", 2), ("bob", 1))
)
Key = tuple[int | datetime, str, int]


@dataclass
class Case:
    """A ticket as it was played: when it was opened, answered, and asked about again (None: not)."""

    ticket: int
    words: str
    opened_at: datetime
    answered_at: datetime | None = None
    again_at: datetime | None = None


def runs(at: datetime, zone: ZoneInfo, *, always: bool) -> bool:
    """Whether the clock runs in the minute that begins then, by what the clock on the wall shows."""
    local = at.astimezone(zone)
    return always or (local.weekday() < 5 and OPENS <= local.hour * 60 + local.minute < CLOSES)


def after(since: datetime, minutes: float, zone: ZoneInfo, *, always: bool) -> datetime:
    """Return when so many minutes have run, counted one by one."""
    at = since
    while minutes > 0:
        whole = at.replace(second=0, microsecond=0) + MINUTE
        passed = (whole - at) / MINUTE
        if runs(at, zone, always=always):
            if passed >= minutes:
                return at + minutes * MINUTE
            minutes -= passed
        at = whole
    return at


def opening(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first minute from then on in which we are open."""
    while not runs(at, zone, always=False):
        at = at.replace(second=0, microsecond=0) + MINUTE
    return at


def expected(case: Case, zone: ZoneInfo, until: datetime) -> dict[Key, datetime]:
    """Return what was to be done of a ticket, and when."""
    found = {**answers(case, zone), **solutions(case, zone), **calls(case, zone)}
    if case.answered_at:
        for kind, days in (("reminder", 4), ("closing", 7)):
            at = opening(case.answered_at + days * DAY, zone)
            if not (case.again_at and at > case.again_at):
                found[0, kind, 0] = at
    return {key: at for key, at in found.items() if at <= until}


def calls(case: Case, zone: ZoneInfo) -> dict[Key, datetime]:
    """Return when each step of the calls is due, out of hours and from each closing on, until there is an answer."""
    found: dict[Key, datetime] = {}
    for since, answered_at in asked(case) if WORDS[case.words][0] == "critical" else ():
        closed = [] if runs(since, zone, always=False) else [since]
        closing = opening(since, zone)
        while runs(closing, zone, always=False):
            closing += MINUTE
        for begins in (*closed, closing):
            steps = {step: begins + minutes * MINUTE for step, minutes in STEPS.items()}
            found |= {
                (begins, "call", step): at for step, at in steps.items() if answered_at is None or at <= answered_at
            }
    return found


def asked(case: Case) -> list[tuple[datetime, datetime | None]]:
    """Return when something was asked, and answered."""
    return [(case.opened_at, case.answered_at)] + ([(case.again_at, None)] if case.again_at else [])


def answers(case: Case, zone: ZoneInfo) -> dict[Key, datetime]:
    """Return when shares of the time to each answer are over before it is given; in the same instant they are told."""
    _, response, _, always = WORDS[case.words]
    found: dict[Key, tuple[datetime, datetime | None]] = {
        (number, "answer", share): (after(since, response * share / 100, zone, always=always), answered_at)
        for number, (since, answered_at) in enumerate(asked(case))
        for share in (50, 80, 100)
    }
    return {key: at for key, (at, answered_at) in found.items() if answered_at is None or at <= answered_at}


def solutions(case: Case, zone: ZoneInfo) -> dict[Key, datetime]:
    """Return when shares of the time to the end are over; it stands while the customer has our answer."""
    _, _, resolution, always = WORDS[case.words]
    found: dict[Key, datetime] = {}
    for share in (50, 80, 100) if resolution else ():
        need = (resolution or 0) * share / 100
        before = need if case.answered_at is None else ran(case.opened_at, case.answered_at, zone, always=always)
        if need <= before or case.answered_at is None:
            found[0, "resolution", share] = after(case.opened_at, need, zone, always=always)
        elif case.again_at:
            found[0, "resolution", share] = after(case.again_at, need - before, zone, always=always)
    return found


def ran(since: datetime, until: datetime, zone: ZoneInfo, *, always: bool) -> float:
    minutes, at = 0.0, since
    while at < until:
        whole = min(at.replace(second=0, microsecond=0) + MINUTE, until)
        minutes += (whole - at) / MINUTE if runs(at, zone, always=always) else 0
        at = whole
    return minutes


def written(number: int, words: str, follows: str = "") -> bytes:
    """Return a mail of a customer of her own."""
    fields = (f"In-Reply-To: <{follows}>",) if follows else ()
    return mail(
        f"P{number} <p{number}@acme-dental.example>",
        words,
        subject=f"{'Re: ' if follows else ''}Question {number}",
        message_id=f"{'again' if follows else 'first'}{number}@acme-dental.example",
        fields=fields,
    )


def instants(rng: random.Random) -> Iterator[datetime]:
    """Yield the instants at which tickets are opened, some weeks apart, and some on the days on which clocks change."""
    at = BEGINS
    while (at := at + timedelta(days=rng.randrange(15, 40), minutes=rng.randrange(1440))) < ENDS - 20 * DAY:
        yield at


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_each_thing_is_done_once_and_at_its_minute(tmp_path: Path, zone: str) -> None:
    rng, where = random.Random(zone), ZoneInfo(zone)
    rules = RULES.replace("America/New_York", zone) + '[severity.normal]\nresolution = "best effort"\n' + CALLED
    played: list[Case] = []
    due: dict[int, list[tuple[str, int, datetime, datetime]]] = {}
    for number, at in enumerate(instants(rng)):
        with office(tmp_path, rules=rules, at=at) as desk:
            case = play(desk, number, rng)
            played.append(case)
            desk.let_pass(timedelta(hours=rng.randrange(1, 300)))
            later = desk.now
        # Another start, at some time within which something may be due.
        with office(tmp_path, rules=rules, at=later) as desk:
            desk.let_pass(at + 20 * DAY - later if rng.random() < 0.5 else timedelta(0))
            until = desk.now
            rows = desk.rows(
                "SELECT kind, share, about, done_at FROM due WHERE ticket_id = ? AND done_at IS NOT NULL", case.ticket
            )
            due[case.ticket] = [
                (kind, share, datetime.fromisoformat(about), datetime.fromisoformat(at))
                for kind, share, about, at in rows
            ]
            desk.do(verb="close", ticket=case.ticket, reason="done with")
            desk.let_pass(timedelta(0))
        wanted = expected(case, where, until)
        again = case.again_at or until
        done: dict[Key, datetime] = {
            (about if kind == "call" else int(kind == "answer" and about >= again), kind, share): at
            for kind, share, about, at in due[case.ticket]
        }
        assert len(done) == len(due[case.ticket]), "each once"
        assert done == wanted, (zone, case)
    assert len(played) >= 20


def play(desk: Office, number: int, rng: random.Random) -> Case:
    """Have a customer write, somebody answer perhaps, and the customer write again perhaps."""
    words = rng.choice(list(WORDS))
    ticket = desk.receive(written(number, words)).ticket
    assert ticket is not None
    assert desk.one("SELECT severity FROM ticket WHERE id = ?", ticket) == WORDS[words][0]
    case = Case(ticket, words, desk.now)
    if rng.random() < 0.7:
        desk.let_pass(timedelta(minutes=rng.randrange(1, 2000)))
        desk.answer(ticket)
        case.answered_at = desk.now
        if rng.random() < 0.5:
            desk.let_pass(timedelta(minutes=rng.randrange(1, 5 * 1440)))
            desk.receive(written(number, "And the fax?", f"first{number}@acme-dental.example"))
            case.again_at = desk.now
    return case
