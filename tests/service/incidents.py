"""A desk with an incident: who writes, and what the agent answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.service.office import RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, asked, relays
from tests.service.test_together import TEAM

JANE = "Jane Roe <jane@acme-dental.example>"
MAX = "Max Kern <max@bolt.example>"
SARA = "Sara Poe <sara@crown.example>"
FAILS = "Our outgoing calls fail since this morning: nobody here can call out."
ADDRESS = {JANE: "jane@acme-dental.example", MAX: "max@bolt.example", SARA: "sara@crown.example"}
CUSTOMERS = """
[[tenant]]
id = "crown"
name = "Crown Hotels"
domains = ["crown.example"]
language = "de"
zone = "Europe/Berlin"
"""
SITE = "https://status.harborvoice.example"
# What the radar makes of several who write alike is another matter.
NO_RADAR = "[radar]\ntenants = 0\n"
WITH_PAGE = RULES.replace("zone =", f'status_page = "{SITE}"\nzone =', 1)
CALLED = """
[[agent]]
id = "kim"
name = "Kim Osei"
addresses = ["kim@harborvoice.example"]
[[agent.pager]]
mail = "kim@pager.example"
"""
MINUTE = timedelta(minutes=1)


@contextmanager
def desk_of(folder: Path, more: str = "", **how: Any) -> Iterator[Office]:
    with office(folder, rules=WITH_PAGE + NO_RADAR + TEAM + CUSTOMERS + more, **how) as opened:
        yield opened


def wrote(desk: Office, sender: str, text: str = FAILS, **more: Any) -> int:
    """Have a customer write; return the ticket."""
    desk.now += MINUTE
    name = ADDRESS.get(sender, sender)
    return asked(desk, sender, text, message_id=f"q{desk.now:%d%H%M}@{name.rpartition('@')[2]}", **more)


def to_desk(desk: Office, text: str, *, answers: Sent | None = None, sender: str = f"Dana <{DANA}>") -> None:
    """Have an agent write to us, in answer to a mail of ours or to none, and let what follows happen."""
    desk.now += MINUTE
    fields = (f"In-Reply-To: <{answers.message_id}>",) if answers else ()
    subject = f"Re: {answers.mail['Subject']}" if answers else "hello"
    desk.receive(mail(sender, text, subject=subject, message_id=f"a{desk.now:%d%H%M}@phone.example", fields=fields))
    settle(desk)


def settle(desk: Office) -> None:
    while desk.processor.step():
        desk.deliver()
    desk.let_pass(timedelta(0))


def asks(desk: Office, agent: str = DANA) -> Sent:
    """Return the last mail to an agent, in which he is asked."""
    return relays(desk, agent)[-1]


def told(desk: Office, customer: str) -> list[Sent]:
    """Return what a customer got that is no automatic mail."""
    sent = (one for one in desk.sent if one.recipient == ADDRESS[customer])
    return [one for one in sent if not one.mail["Auto-Submitted"]]


def opened(desk: Office, text: str = "#incident open Outgoing calls fail\nWe look into it.") -> None:
    """Have Dana open an incident in reply to her last relay, and send what she is shown."""
    to_desk(desk, text, answers=relays(desk, DANA)[-1])
    to_desk(desk, "send", answers=asks(desk))
