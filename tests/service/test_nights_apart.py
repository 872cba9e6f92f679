"""Histories with an answering service on the rota: it never sees a word of what was not its night's.

Every message has a word of its own. A word may reach the service if it wrote it itself, or if it stands in a ticket of
which somebody wrote words that read critical in the same night, or so shortly before that it was called in it, or
earlier, if none of us had done anything about it when the desk closed; what a customer wrote in such a ticket later
counts for that, too. What mailbot decides is not asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_nights import NIGHT, ROTA, TEAM
from tests.service.test_relays import DANA, quoted

CUSTOMERS = ("jane@acme-dental.example", "tom@acme-dental.example", "raj@bolt.example")
NEW_YORK = ZoneInfo("America/New_York")
TEXTS = ("How do I add an extension?", "All our phones are dead, nobody can call in or out!", "Thank you!")
CRITICAL = TEXTS[1]
ORDERS = ("", "", "#close", "#take", "#note for us", "#called we spoke", "#show", "#why", "#open", "#mine", "#undo")
ALONE = (*ORDERS, "#new for raj@bolt.example", "#for raj@bolt.example", "#why raj@bolt.example", "#help")


@dataclass(frozen=True)
class Step:
    """One thing that happens; `pick` chooses among what there is at that time."""

    kind: str
    who: str = CUSTOMERS[0]
    text: str = TEXTS[0]
    order: str = ""
    pick: int = 0
    minutes: int = 0


_CUSTOMERS = st.builds(
    Step,
    kind=st.sampled_from(["new", "again"]),
    who=st.sampled_from(CUSTOMERS),
    text=st.sampled_from(TEXTS),
    pick=st.integers(0, 9),
)
_SERVICE = st.builds(Step, kind=st.just("service"), order=st.sampled_from(ORDERS), pick=st.integers(0, 9))
_ALONE = st.builds(Step, kind=st.just("alone"), order=st.sampled_from(ALONE), pick=st.integers(0, 9))
_DANA = st.builds(Step, kind=st.just("dana"), order=st.sampled_from(ORDERS), pick=st.integers(0, 9))
_TIME = st.builds(Step, kind=st.just("wait"), minutes=st.sampled_from([1, 12, 30, 600, 1440, 3000]))
HISTORIES = st.lists(
    st.one_of(_CUSTOMERS, _CUSTOMERS, _SERVICE, _SERVICE, _ALONE, _DANA, _TIME, _TIME), min_size=10, max_size=25
)


def night_of(at: datetime) -> datetime | None:
    """Return when the desk closed before that instant, None while it is open: 9:00 to 17:30 but for the weekend."""
    here = at.astimezone(NEW_YORK)
    if here.weekday() < 5 and (9, 0) <= (here.hour, here.minute) < (17, 30):
        return None
    day = here.date() if (here.hour, here.minute) >= (17, 30) else here.date() - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, 17, 30, tzinfo=NEW_YORK)


@dataclass
class World:
    """The desk, the ticket of each word, when somebody wrote critical words in a ticket, and anything in it since."""

    desk: Office
    tickets: dict[str, int | None] = field(default_factory=dict)
    critical: list[tuple[int, datetime]] = field(default_factory=list)
    since: list[tuple[int, datetime]] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def play(self, step: Step) -> None:
        match step.kind:
            case "wait":
                self.desk.let_pass(timedelta(minutes=step.minutes))
            case "new" | "again":
                self._customer(step)
            case "alone":
                word = self._word()
                self._receive(NIGHT, f"{step.order}\nHello {word}", f"Call {step.pick}")
                self.tickets[word] = None
            case _:
                self._agent(step, NIGHT if step.kind == "service" else DANA)
        self.desk.processor.step()
        self.desk.let_pass(timedelta(seconds=1))

    def _word(self) -> str:
        return f"canary{next(self.numbers)}x"

    def _receive(self, sender: str, text: str, subject: str, *fields: str) -> int | None:
        message_id = f"{next(self.numbers)}@sender.example"
        self.ids.append((sender, message_id))
        raw = mail(sender, text, subject=subject, message_id=message_id, fields=fields)
        return self.desk.receive(raw).ticket

    def _customer(self, step: Step) -> None:
        mine = [one for sender, one in self.ids if sender == step.who]
        refers = (f"In-Reply-To: <{mine[step.pick % len(mine)]}>",) if mine and step.kind == "again" else ()
        word = self._word()
        ticket = self._receive(step.who, f"{step.text}\n{word}", "Re: x" if refers else word, *refers)
        self.tickets[word] = ticket
        if ticket is not None and step.text == CRITICAL:
            self.critical.append((ticket, self.desk.now))
        if ticket is not None and any(one == ticket for one, _at in self.critical):
            self.since.append((ticket, self.desk.now))

    def _agent(self, step: Step, agent: str) -> None:
        got = [one for one in self.desk.sent if one.recipient == agent and "A reply to this mail goes to" in one.text]
        if not got:
            return
        relay, word = got[step.pick % len(got)], self._word()
        ticket = self.desk.one("SELECT ticket_id FROM outbox WHERE message_id = ?", relay.message_id)
        text = f"{step.order}\nHello {word}{quoted(relay)}"
        self._receive(agent, text, f"Re: {relay.mail['Subject']}", f"In-Reply-To: <{relay.message_id}>")
        self.tickets[word] = None if agent == NIGHT else ticket

    def may_see(self, ticket: int | None, sent: Sent) -> bool:
        """Return whether the service may get words of a ticket then; its own words, of None, always."""
        if ticket is None:
            return True
        night = night_of(sent.at)
        if night is None:
            return False
        tonight = [at for one, at in self.critical if one == ticket and night - timedelta(minutes=10) <= at <= sent.at]
        before = [at for one, at in self.since if one == ticket and at <= night]
        return bool(tonight) or any(not self._done_between(ticket, at, night) for at in before)

    def _done_between(self, ticket: int, since: datetime, until: datetime) -> bool:
        """Return whether one of us answered a ticket, or changed it, in that time: then nobody is called at its end."""
        done = self.desk.rows(
            "SELECT recorded_at FROM entry WHERE ticket_id = ? AND author = 'dana' AND kind IN ('agent', 'change')",
            ticket,
        )
        return any(since < datetime.fromisoformat(at) <= until for (at,) in done)


_EXAMPLES = (settings.default or settings()).max_examples


@settings(max_examples=_EXAMPLES // 20, phases=[Phase.explicit, Phase.generate])
@given(HISTORIES, st.sampled_from([OPEN_AT, CLOSED_AT]))
def test_the_service_sees_only_what_it_was_called_for(history: list[Step], at: datetime) -> None:
    _play(history, at)


@pytest.mark.slow
@settings(max_examples=_EXAMPLES // 2, phases=[Phase.explicit, Phase.generate])
@given(HISTORIES, st.sampled_from([OPEN_AT, CLOSED_AT]))
def test_in_many_histories_it_sees_only_what_it_was_called_for(history: list[Step], at: datetime) -> None:
    _play(history, at)


def _play(history: list[Step], at: datetime) -> None:
    with TemporaryDirectory() as folder, office(Path(folder), rules=RULES + TEAM + ROTA, at=at) as desk:
        world = World(desk)
        for step in (Step("new", text=CRITICAL), *history):
            world.play(step)
        desk.let_pass(timedelta(days=2))
        for sent in desk.sent:
            if sent.recipient == NIGHT:
                seen = re.findall(r"canary\d+x", f"{sent.mail['Subject']}\n{sent.text}")
                assert [word for word in seen if not world.may_see(world.tickets.get(word, 0), sent)] == []
