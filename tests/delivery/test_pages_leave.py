"""From the outbox to the receivers: each page once, in its order, in time, and nobody's receiver holds up another's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from mailbot.clocks.retry import PAGE
from mailbot.deciding.paging import Page, PageKind
from mailbot.delivery.courier import Courier, Duty, Reports
from mailbot.delivery.pagers import InForce, Pagers
from mailbot.health import Part
from mailbot.render import Templates
from mailbot.rules import Agent, Pager, Rules, WebAddress
from mailbot.store import conditions, mending, outbox
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience, NewMail, OutboxState, UnsentMail
from mailbot.store.tables import OUTBOX
from tests.servers.receiver import Receiver, answer, drop, hang, without_proxies

START = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)
PARTNER = "partner"
TEMPLATES = Templates(None)
LASTS = timedelta(minutes=30)


@dataclass
class Desk:
    """A store with pages for Dana and Bob, whose pagers are paths of one receiver."""

    database: Database
    receiver: Receiver
    folder: Path
    now: datetime = START
    failed: list[UnsentMail] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.part = Part("pagers", lambda: self.now)
        self.courier = self.new_courier()

    def new_courier(self, lines: int = 4) -> Courier:
        agents = tuple(
            Agent(id=who, name=who.title(), pager=(Pager(webhook=WebAddress(url=self.receiver.url(f"/{who}"))),))
            for who in ("dana", "bob")
        )
        in_force = InForce(Rules(agent=agents), TEMPLATES, self.folder)
        return Courier(
            self.database,
            [Pagers(lambda: in_force, lambda: self.now, answer_within=20.0)] * lines,
            PARTNER,
            lambda: self.now,
            lambda: 0.0,
            reports=Reports(failed=self._on_failed),
            duty=Duty(conditions.PAGERS, Audience.PAGER, apart=True, schedule=PAGE),
            part=self.part,
        )

    def _on_failed(self, _conn: Connection, mail: UnsentMail) -> None:
        self.failed.append(mail)

    def page(self, text: str, to: str = "dana/1") -> int:
        page = Page(PageKind.OUTAGE, text, "spell", self.now, id=text)
        mail = NewMail(
            key=f"{text}:{to}",
            kind="page",
            audience=Audience.PAGER,
            recipient=to,
            message_id=f"{text}.{to}@telecom.example",
            raw=page.to_json(),
            may_repeat=True,
            expires_at=self.now + LASTS,
        )
        number = self.database.writer.write(lambda conn: outbox.queue(conn, PARTNER, mail, self.now))
        assert number is not None
        return number

    def deliver(self) -> None:
        while self.courier.deliver_once():
            pass

    def state(self, number: int) -> OutboxState:
        with self.database.read() as conn:
            return OutboxState(conn.execute(select(OUTBOX.c.state).where(OUTBOX.c.id == number)).scalar_one())

    def got(self, path: str = "/dana") -> list[str]:
        return [posted.said["text"] for posted in self.receiver.at(path)]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have the courier run as the daemon does."""
        stop, wake = threading.Event(), threading.Event()
        self.database.writer.subscribe(wake.set)
        thread = threading.Thread(target=self.courier.run, args=(stop, wake), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            self.receiver.done.set()
            wake.set()
            thread.join(20)
            assert not thread.is_alive()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    without_proxies(monkeypatch)
    with Receiver() as receiver, open_database(tmp_path / "tickets.db") as database:
        yield Desk(database, receiver, tmp_path)


def test_a_receiver_that_says_nothing_holds_up_no_other(desk: Desk) -> None:
    """Nor does it where none has ever taken a page."""
    desk.receiver.answers("/dana", hang)
    with desk.running():
        desk.page("first")
        desk.page("second")
        began = time.monotonic()
        for number in range(3):
            desk.page(f"b{number}", "bob/1")
            while len(desk.got("/bob")) <= number:
                assert time.monotonic() - began < 15, "Bob waits for Dana's receiver"
                time.sleep(0.01)
        assert desk.got() == ["first"]


def test_it_is_tried_again_within_seconds_and_under_the_same_id(desk: Desk) -> None:
    desk.receiver.answers("/dana", answer(503), answer(429), answer(200))
    number = desk.page("first")
    desk.deliver()
    assert desk.state(number) is OutboxState.DEFERRED
    assert (desk.part.state().trouble, desk.part.state().next_step) == (
        "dana/1: 127.0.0.1 answered 503 Said",
        "`mailbot oncall test` tries each, and says what to mend",
    )
    for seconds in (10, 30):
        desk.now += timedelta(seconds=seconds - 1)
        desk.deliver()
        desk.now += timedelta(seconds=1)
        desk.deliver()
    assert desk.state(number) is OutboxState.SENT
    assert [posted.fields["webhook-id"] for posted in desk.receiver.posted] == ["first"] * 3
    stamps = [int(posted.fields["webhook-timestamp"]) for posted in desk.receiver.posted]
    assert stamps == [int(START.timestamp()) + seconds for seconds in (0, 10, 40)]
    assert desk.part.state().is_well
    assert desk.failed == []


def test_pages_of_one_pager_leave_in_their_order(desk: Desk) -> None:
    desk.receiver.answers("/dana", answer(503), answer(200))
    desk.page("first")
    desk.deliver()
    desk.page("second")
    desk.page("b", "bob/1")
    desk.deliver()
    assert (desk.got(), desk.got("/bob")) == (["first"], ["b"])
    desk.now += timedelta(seconds=10)
    desk.deliver()
    assert desk.got() == ["first", "first", "second"]


def test_a_page_comes_in_time_or_not_at_all(desk: Desk) -> None:
    desk.receiver.answers("/dana", answer(503))
    number = desk.page("first")
    while desk.state(number) in {OutboxState.QUEUED, OutboxState.DEFERRED}:
        desk.deliver()
        desk.now += timedelta(seconds=10)
        desk.courier.deliver_once()
    assert START + LASTS <= desk.now <= START + LASTS + timedelta(seconds=20)
    assert desk.state(number) in {OutboxState.EXPIRED, OutboxState.FAILED}
    assert [mail.recipient for mail in desk.failed] == ["dana/1"]
    sent = len(desk.receiver.posted)
    desk.receiver.answers("/dana", answer(200))
    desk.now += timedelta(hours=3)
    desk.deliver()
    assert len(desk.receiver.posted) == sent


def test_what_is_refused_for_good_is_told_at_once(desk: Desk) -> None:
    desk.receiver.answers("/dana", answer(410))
    number = desk.page("first")
    desk.deliver()
    assert desk.state(number) is OutboxState.FAILED
    assert [mail.recipient for mail in desk.failed] == ["dana/1"]
    assert len(desk.receiver.posted) == 1


def test_a_receiver_that_gives_no_answer_gets_it_once_more_and_not_again(desk: Desk) -> None:
    desk.receiver.answers("/dana", drop)
    number = desk.page("first")
    for _ in range(10):
        desk.deliver()
        desk.now += timedelta(minutes=1)
    assert [posted.fields["webhook-id"] for posted in desk.receiver.posted] == ["first"] * 2
    assert desk.state(number) is OutboxState.UNCLEAR
    assert [mail.state for mail in desk.failed] == [OutboxState.UNCLEAR]


def test_a_daemon_that_is_lost_between_claim_and_result_repeats_it_once(desk: Desk) -> None:
    number = desk.page("first")
    for _ in range(3):
        # It leaves, and the process is gone before that is written down.
        claimed = desk.database.writer.write(
            lambda conn: outbox.claim(conn, PARTNER, desk.now, audience=Audience.PAGER)
        )
        for mail in claimed:
            desk.new_courier()._transports[0].submit(*mail.envelope, mail.raw)
        desk.database.writer.write(lambda conn: mending.recover(conn, PARTNER, desk.now))
        desk.now += timedelta(minutes=1)
    assert [posted.fields["webhook-id"] for posted in desk.receiver.posted] == ["first"] * 2
    assert desk.state(number) is OutboxState.UNCLEAR


def test_a_pager_that_is_in_the_rules_no_more_is_told(desk: Desk) -> None:
    number = desk.page("first", "cleo/1")
    desk.deliver()
    assert desk.state(number) is OutboxState.FAILED
    assert [mail.recipient for mail in desk.failed] == ["cleo/1"]
