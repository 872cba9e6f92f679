"""However many bursts, incidents, surveys and articles there were: what mail and the clock do now costs the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from mailbot.desk.mails import forgotten, radar
from mailbot.health import Part
from mailbot.service.publishing import Publisher
from mailbot.store import bursts, incidents
from tests.bench.growing import grow
from tests.service.office import OPEN_AT, RULES, Office, mail, office
from tests.service.test_together import TEAM
from tests.store.test_growth import Steps

CROWN = '[[tenant]]\nid = "crown"\nname = "Crown Hotels"\ndomains = ["crown.example"]\n'
ON = '[site]\nfolder = "site"\naddress = "https://help.harborvoice.example"\n[survey]\n'
DESK = RULES + CROWN + TEAM + ON
DOMAINS = ("acme-dental.example", "bolt.example", "crown.example")
FAILS = "Our outgoing calls fail since this morning: nobody here can call out."
LATER = OPEN_AT + timedelta(days=120)
NUMBERS = count(1)
DAY = timedelta(days=1)


def wrote(desk: Office, text: str = FAILS) -> int:
    """Have somebody new write; return the ticket."""
    number = next(NUMBERS)
    domain = DOMAINS[number % len(DOMAINS)]
    desk.now += timedelta(minutes=2)
    ticket = desk.receive(mail(f"P <p{number}@{domain}>", text, message_id=f"q{number}@{domain}")).ticket
    assert ticket is not None
    return ticket


def ended(desk: Office, ticket: int) -> None:
    """Have a ticket answered and closed, and its customer asked how satisfied they are."""
    desk.answer(ticket)
    desk.do(verb="close", ticket=ticket)
    desk.let_pass(timedelta(hours=2))


def say(desk: Office, words: str, number: int | None = None) -> int:
    """Open an incident, or say something of it; return its number."""
    partner, saying = desk.here.desk.partner, desk.here.database.writer.write
    if number is None:
        return saying(lambda conn: incidents.open_incident(conn, partner, words, None, author="dana", now=desk.now))
    saying(lambda conn: incidents.say(conn, partner, number, words, author="dana", now=desk.now))
    return number


def took_in(desk: Office, incident: int, ticket: int) -> None:
    """Have a ticket be about an incident, as far as whoever looks for those goes by it."""
    taken = "UPDATE ticket SET incident = ? WHERE id = ?"
    desk.here.database.writer.write(lambda conn: conn.exec_driver_sql(taken, (incident, ticket)))


def fill(folder: Path) -> Path:
    """Make a log with an incident that is over and its tickets, and bursts; return it."""
    with office(folder, rules=DESK) as desk:
        partner, write = desk.here.desk.partner, desk.here.database.writer.write
        tickets = [wrote(desk) for _ in range(6)]
        number = say(desk, "Outgoing calls fail")
        for ticket in tickets:
            ended(desk, ticket)
            took_in(desk, number, ticket)
        say(desk, "The carrier has found the cause.", number)
        write(lambda conn: incidents.resolve(conn, partner, number, author="dana", now=desk.now))
        for _ in range(20):
            write(lambda conn: bursts.raise_burst(conn, partner, "Calls", tickets, 3, desk.now, desk.now))
        desk.let_pass(DAY)
        return desk.log


def works(desk: Office, folder: Path) -> dict[str, Callable[[], object]]:
    """Return what is done for mail, by the clock and for the pages while an incident lasts."""
    desk.now = LATER
    known = say(desk, "Outgoing calls fail")
    took_in(desk, known, wrote(desk))
    old = wrote(desk, "How do I add an extension?")
    desk.let_pass(timedelta(minutes=1))
    keeper = Publisher(folder, desk.here, Part("site", lambda: LATER), lambda: desk.now)
    assert keeper.step()
    base, here = desk.here.database, desk.here.desk

    def look() -> None:
        wrote(desk, "How do I record a greeting?")
        base.writer.write(lambda conn: radar.look(conn, here, desk.now))

    def remind() -> None:
        base.writer.write(lambda conn: forgotten.remind(conn, here, desk.now + 2 * DAY))

    return {
        "a mail about it": lambda: wrote(desk),
        "the radar's look at another": look,
        "a burst": lambda: [wrote(desk, "The portal is down for all of us, error 502.") for _ in range(4)],
        "what follows": lambda: desk.let_pass(timedelta(minutes=1)),
        "the pages after mail": keeper.step,
        "the reminder": remind,
        "a survey": lambda: ended(desk, old),
    }


def test_what_was_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # More is not read of a log of any length; here that is as much as the short one has.
    monkeypatch.setattr(bursts, "MOST_SEEN", 3)
    monkeypatch.setattr(radar, "PAST", 3)
    small, large = tmp_path / "small", tmp_path / "large"
    log = fill(small)
    shutil.copytree(small, large)
    grow(large / log.relative_to(small), 240)
    steps = Steps(monkeypatch)

    def measured(folder: Path) -> dict[str, int]:
        with office(folder, rules=DESK, at=LATER) as desk:
            for _ in range(5):
                desk.let_pass(timedelta(0))
            # SQLite merges parts of the index of words now and then, at whichever mail.
            times = {"a mail about it": 3}
            return {
                name: min(steps.of(work) for _ in range(times.get(name, 1)))
                for name, work in works(desk, folder).items()
            }

    before, after = measured(small), measured(large)
    grown = {name: (before[name], after[name]) for name in before if after[name] > 1.1 * before[name] + 50}
    assert grown == {}
