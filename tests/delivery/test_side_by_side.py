"""Several connections to a real relay: faster, and still at most once, in order, and one failure at a time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from mailbot.delivery import pace
from mailbot.delivery.courier import Courier, Duty, Reports
from mailbot.delivery.submission import Submission
from mailbot.errors import StoreBroken
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.rules import Secret, SignIn
from mailbot.store import conditions, mending, outbox, standing
from mailbot.store.conditions import Condition
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience, NewMail, OutboxState, UnsentMail
from mailbot.store.tables import OUTBOX
from tests.servers.smtp import Relay
from tests.servers.smtp import Stage as RelayStage

PARTNER = "partner"
PASSWORD = SignIn(user="support", password=Secret(env="PASSWORD"))


def now() -> datetime:
    return datetime.now(UTC)


class Idle(Part):
    """The part of a courier that finds nothing to do; `looked` is set each time that it has looked."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        super().__init__(name, now)
        self.looked = threading.Event()

    def beat(self, within: float = BEAT_WITHIN_SECONDS) -> None:
        super().beat(within)
        self.looked.set()


class Side:
    """A store and couriers on real relays, each in its thread."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.password = "right"
        self.failed: list[UnsentMail] = []
        self.outages: list[tuple[Condition, standing.Delay | None]] = []
        self.errors: list[BaseException] = []

    def courier(
        self, relay: Relay, connections: int = 4, duty: Duty | None = None, part: Part | None = None, **more: object
    ) -> Courier:
        transports = [
            Submission(
                relay.rules(**more), lambda _: self.password, "example.com", before_final=self.database.require_ours
            )
            for _ in range(connections)
        ]
        reports = Reports(
            lambda _, mail: self.failed.append(mail), lambda _, outage, over: self.outages.append((outage, over))
        )
        return Courier(self.database, transports, PARTNER, now, lambda: 0.0, reports=reports, duty=duty, part=part)

    @contextmanager
    def running(self, *couriers: Courier, stop: threading.Event | None = None) -> Iterator[None]:
        stop, threads, wakes = stop or threading.Event(), [], []

        def run(courier: Courier, wake: threading.Event) -> None:
            try:
                courier.run(stop, wake)
            except BaseException as error:  # noqa: BLE001 - for the test to see
                self.errors.append(error)

        for courier in couriers:
            wakes.append(threading.Event())
            self.database.writer.subscribe(wakes[-1].set)
            threads.append(threading.Thread(target=run, args=(courier, wakes[-1])))
            threads[-1].start()
        try:
            yield
        finally:
            stop.set()
            for wake in wakes:
                wake.set()
            for thread in threads:
                thread.join(20)
                assert not thread.is_alive()

    def queue(
        self,
        *keys: str,
        recipient: str = "{}@example.net",
        audience: Audience = Audience.CUSTOMER,
        may_repeat: bool = False,
    ) -> None:
        def work(conn: Connection) -> None:
            for key in keys:
                to = recipient.format(key)
                mail = NewMail(
                    key=key,
                    kind="acknowledgement",
                    audience=audience,
                    recipient=to,
                    may_repeat=may_repeat,
                    message_id=f"{key}@example.com",
                    raw=f"To: {to}\r\nMessage-ID: <{key}@example.com>\r\n\r\nOn it.\r\n".encode(),
                )
                outbox.queue(conn, PARTNER, mail, now())

        self.database.writer.write(work)

    def states(self) -> Counter[str]:
        with self.database.read() as conn:
            rows = conn.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)).all()
        return Counter(dict(map(tuple, rows)))

    def conditions(self) -> list[str]:
        with self.database.read() as conn:
            return [one.part for one in conditions.current(conn, PARTNER)]

    def until(self, state: str, count: int) -> None:
        deadline = time.monotonic() + 30
        while self.states()[state] < count:
            assert not self.errors, self.errors
            assert time.monotonic() < deadline, self.states()
            time.sleep(0.01)

    def until_seen(self, first: Courier, idle: Idle) -> None:
        """Wait until that courier waits for its relay, and the idle one has looked since and found nothing to do."""
        deadline = time.monotonic() + 30
        while not first.held_for:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        # The look that ends first may have begun before.
        for _ in range(2):
            idle.looked.clear()
            self.database.writer.write(lambda _conn: None)
            assert idle.looked.wait(30)

    def until_conditions(self, expected: list[str]) -> None:
        deadline = time.monotonic() + 30
        while (found := self.conditions()) != expected:
            assert not self.errors, self.errors
            assert time.monotonic() < deadline, found
            time.sleep(0.01)


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    with open_database(tmp_path / "mailbot.db") as database:
        yield Side(database)


def slowly(relay: Relay, seconds: float) -> Counter[str]:
    """Let each final reply take a while; return what is seen: how many mails were under way at most."""
    seen: Counter[str] = Counter()
    lock = threading.Lock()

    def wait(stage: str) -> None:
        if stage != "FINAL":
            return
        with lock:
            seen["now"] += 1
            seen["most"] = max(seen["most"], seen["now"])
        time.sleep(seconds)
        with lock:
            seen["now"] -= 1

    relay.pause = wait
    return seen


def test_mails_leave_side_by_side_and_each_once(side: Side) -> None:
    keys = [f"m{number}" for number in range(40)]
    with Relay() as relay:
        seen = slowly(relay, 0.05)
        side.queue(*keys)
        with side.running(side.courier(relay, 4)):
            side.until("sent", 40)
        assert relay.connections == 4
        assert seen["most"] == 4
    assert Counter(mail.recipients[0] for mail in relay.mails) == Counter(f"{key}@example.net" for key in keys)


def test_two_mails_to_one_recipient_keep_their_order(side: Side) -> None:
    with Relay() as relay:
        slowly(relay, 0.02)
        for number in range(6):
            side.queue(f"first{number}", f"second{number}", recipient=f"{number}@example.net")
        with side.running(side.courier(relay, 4)):
            side.until("sent", 12)
    for number in range(6):
        ours = [mail.raw for mail in relay.mails if mail.recipients == (f"{number}@example.net",)]
        assert [b"first" in raw for raw in ours] == [True, False]


def test_two_mails_to_one_recipient_keep_their_order_while_a_former_courier_still_finishes(side: Side) -> None:
    only_finish, reply = threading.Event(), threading.Event()
    with Relay(pause=lambda stage: stage != "FINAL" or reply.wait(20)) as relay, Relay() as other:
        side.queue("first", recipient="ann@example.net")
        with side.running(side.courier(relay, 4), stop=only_finish):
            side.until("submitting", 1)
            only_finish.set()
            side.queue("second", recipient="ann@example.net")
            with side.running(side.courier(other, 4)):
                side.queue("bob")
                side.until("sent", 1)
                assert side.states() == {"sent": 1, "submitting": 1, "queued": 1}
                reply.set()
                side.until("sent", 3)
        assert [mail.recipients for mail in relay.mails] == [("ann@example.net",)]
        assert [mail.recipients for mail in other.mails] == [("bob@example.net",), ("ann@example.net",)]


def test_a_quiet_desk_keeps_one_connection(side: Side) -> None:
    with Relay() as relay, side.running(side.courier(relay, 4)):
        for number in range(5):
            side.queue(f"m{number}")
            relay.wait_for(number + 1)
            side.until("sent", number + 1)
        assert relay.connections == 1


def test_a_relay_that_takes_two_connections_gets_two_and_the_queue_never_waits(side: Side) -> None:
    with Relay(most_connections=2) as relay:
        slowly(relay, 0.02)
        side.queue(*(f"m{number}" for number in range(40)))
        with side.running(side.courier(relay, 4)):
            side.until("sent", 40)
    assert side.conditions() == []
    assert side.failed == []
    assert len(relay.mails) == 40


def test_a_wrong_password_is_tried_once_and_not_by_every_connection(side: Side) -> None:
    """F11: the queue is held, nothing is marked failed, and it goes on by itself when the password works again."""
    with Relay(users={"support": "right"}) as relay:
        side.password = "wrong"
        side.queue(*(f"m{number}" for number in range(8)))
        courier = side.courier(relay, 4, sign_in=PASSWORD)
        with side.running(courier):
            side.until_conditions(["relay"])
            # None is under way any more, and none begins.
            side.until(OutboxState.QUEUED, 8)
            assert courier.held_for > timedelta(seconds=30)
            assert sum(command.startswith("AUTH") for command in relay.commands) == 1
            side.password = "right"
            courier.resume()
            side.until("sent", 8)
    assert side.conditions() == []
    assert side.failed == []


def test_a_relay_that_dies_under_way_leaves_all_in_order_when_it_is_back(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "HOLD_PAUSES", (timedelta(milliseconds=100),))
    with Relay() as relay:
        slowly(relay, 0.05)
        side.queue(*(f"m{number}" for number in range(30)), may_repeat=True)
        with side.running(side.courier(relay, 4)):
            relay.wait_for(8)
            relay.stop()
            side.until_conditions(["relay"])
            relay.start()
            # What was under way without a final reply waits a minute for its repeat.
            deadline = time.monotonic() + 20
            while side.states()["sent"] < 22:
                assert time.monotonic() < deadline, side.states()
                time.sleep(0.02)
            side.until_conditions([])
    assert side.failed == []
    assert side.states()["queued"] + side.states()["sent"] + side.states()["deferred"] == 30
    assert max(Counter(mail.raw for mail in relay.mails).values()) == 1


def test_stopping_waits_for_what_is_under_way(side: Side) -> None:
    with Relay() as relay:
        slowly(relay, 0.3)
        side.queue(*(f"m{number}" for number in range(8)))
        with side.running(side.courier(relay, 4)):
            while not relay.mails:
                time.sleep(0.005)
        states = side.states()
    assert states["submitting"] == 0
    assert states["sent"] == len(relay.mails) < 8


def test_who_was_taken_over_sends_nothing_more_even_what_it_had_claimed(side: Side, tmp_path: Path) -> None:
    """F38: the mail is claimed, its text is with the relay, and then another opens the store."""
    asked, go_on = threading.Event(), threading.Event()
    with Relay() as relay:

        def wait(stage: RelayStage) -> None:
            if stage == "DATA":
                asked.set()
                assert go_on.wait(20)

        relay.pause = wait
        side.queue("a", "b")
        courier = side.courier(relay, 1)
        with side.running(courier):
            assert asked.wait(20)
            with open_database(tmp_path / "mailbot.db") as other:
                other.writer.write(partial(mending.recover, partner=PARTNER, now=now()))
                go_on.set()
                deadline = time.monotonic() + 20
                while not side.errors:
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
        assert relay.mails == []
    assert [type(error) for error in side.errors] == [StoreBroken]


# --- a second relay for our own people ------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
def test_the_second_relay_takes_what_is_for_our_own_people_while_the_first_is_known_to_be_away(
    side: Side, *, told: bool
) -> None:
    with Relay() as relay, Relay() as second:
        duty = Duty(conditions.FALLBACK, Audience.TEAM, while_down=conditions.RELAY)
        relay.stop()
        outage = Condition("relay", now() - timedelta(minutes=1 if told else 0), "away")
        side.database.writer.write(lambda conn: conditions.put(conn, PARTNER, outage))
        side.queue("customer")
        side.queue("dana", audience=Audience.TEAM)
        first, idle = side.courier(relay, 4), Idle("fallback", now)
        with side.running(first, side.courier(second, 1, duty, idle)):
            if told:
                second.wait_for(1)
                side.until("sent", 1)
                assert [(outage.told, over) for outage, over in side.outages] == [(True, None)]
            else:
                side.until_seen(first, idle)
            assert side.conditions() == ["relay"]
            relay.start()
            first.resume()
            side.until("sent", 2)
        assert [mail.recipients[0] for mail in second.mails] == (["dana@example.net"] if told else [])
        assert relay.mails[-1].recipients == ("customer@example.net",) if told else len(relay.mails) == 2
    assert side.conditions() == []


def test_what_the_first_relay_still_has_is_not_overtaken_over_the_second(side: Side) -> None:
    reply = threading.Event()
    with Relay(pause=lambda stage: stage != "FINAL" or reply.wait(20)) as relay, Relay() as second:
        duty = Duty(conditions.FALLBACK, Audience.TEAM, while_down=conditions.RELAY)
        side.queue("one", recipient="dana@example.net", audience=Audience.TEAM)
        with side.running(side.courier(relay, 1)):
            side.until("submitting", 1)
            outage = Condition("relay", now() - timedelta(minutes=1), "away", told=True)
            side.database.writer.write(lambda conn: conditions.put(conn, PARTNER, outage))
            with side.running(side.courier(second, 1, duty)):
                side.queue("two", recipient="dana@example.net", audience=Audience.TEAM)
                side.queue("eve", audience=Audience.TEAM)
                second.wait_for(1)
                side.until("sent", 1)
                assert side.states() == {"sent": 1, "submitting": 1, "queued": 1}
                reply.set()
                side.until("sent", 3)
        assert relay.mails[0].recipients == ("dana@example.net",)
        assert second.mails[0].recipients == ("eve@example.net",)
