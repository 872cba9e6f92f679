"""From the outbox to the relay: a real store, a real relay, and every result marked as it was."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import Connection, select

from mailbot.delivery import courier as courier_module
from mailbot.delivery import pace as pace_module
from mailbot.delivery.courier import Courier, Reports
from mailbot.delivery.lines import Outcome
from mailbot.delivery.pace import HOLD_PAUSES
from mailbot.delivery.submission import Submission
from mailbot.delivery.transport import Accepted
from mailbot.errors import MailbotError, SlowDown, StoreFull
from mailbot.health import Part
from mailbot.rules import Secret, SignIn
from mailbot.store import conditions, outbox, standing
from mailbot.store.conditions import Condition
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience, NewMail, OutboxState, UnsentMail
from mailbot.store.tables import OUTBOX
from tests.servers.smtp import Relay, certificate

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PARTNER = "partner"
TO = "ann@example.net"


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


class Desk:
    """A store, a courier and what it reported."""

    def __init__(self, database: Database, relay: Relay, trust: ssl.SSLContext | None = None, **more: object) -> None:
        self.database = database
        self.clock = Clock()
        self.failed: list[UnsentMail] = []
        self.outages: list[tuple[Condition, standing.Delay | None]] = []
        self.part = Part("relay", self.clock)
        self.passwords = {"PASSWORD": "right"}
        self.submission = Submission(
            relay.rules(**{"final_reply_timeout": timedelta(milliseconds=200)} | more),
            self._secret,
            "example.com",
            trust=trust,
        )
        self.courier = Courier(
            database,
            [self.submission],
            PARTNER,
            self.clock,
            lambda: 0.0,
            reports=Reports(self._on_failed, self._on_outage),
            part=self.part,
        )

    def _secret(self, wanted: Secret) -> str:
        return self.passwords[wanted.env]

    def _on_failed(self, conn: Connection, mail: UnsentMail) -> None:
        # Told within the very transaction: the row is marked already, and only there.
        assert conn.execute(select(OUTBOX.c.state).where(OUTBOX.c.id == mail.id)).scalar() == mail.state
        self.failed.append(mail)

    def _on_outage(self, _conn: Connection, outage: Condition, over: standing.Delay | None) -> None:
        self.outages.append((outage, over))

    def conditions(self) -> tuple[Condition, ...]:
        with self.database.read() as conn:
            return conditions.current(conn, PARTNER)

    def queue(self, key: str = "a", recipient: str = TO, **more: object) -> int:
        mail = NewMail(
            key=key,
            kind="acknowledgement",
            audience=Audience.CUSTOMER,
            recipient=recipient,
            message_id=f"{key}@example.com",
            raw=f"To: {recipient}\r\nMessage-ID: <{key}@example.com>\r\n\r\nOn it.\r\n".encode(),
        )
        mail = replace(mail, **more)  # type: ignore[arg-type]
        number = self.database.writer.write(lambda conn: outbox.queue(conn, PARTNER, mail, self.clock()))
        assert number is not None
        return number

    def deliver_all(self) -> int:
        delivered = 0
        while self.courier.deliver_once():
            delivered += 1
        return delivered

    def row(self, number: int) -> tuple[OutboxState, int | None, str, int, datetime | None]:
        with self.database.read() as conn:
            row = conn.execute(select(OUTBOX).where(OUTBOX.c.id == number)).one()
        return OutboxState(row.state), row.reply_code, row.reply_text, row.attempts, row.next_attempt_at

    def state(self, number: int) -> OutboxState:
        return self.row(number)[0]

    def after_the_pause(self) -> None:
        """Let the pause for the whole queue, which is measured by the machine's own clock, be over."""
        self.clock.at += self.courier.held_for
        self.courier._pace._held_until_s = 0.0


@contextmanager
def desk(folder: Path, relay: Relay, trust: ssl.SSLContext | None = None, **more: object) -> Iterator[Desk]:
    with relay, open_database(folder / "mailbot.db") as database:
        made = Desk(database, relay, trust, **more)
        try:
            yield made
        finally:
            made.submission.close()


def test_a_due_mail_leaves_and_is_marked_sent_with_the_relays_words(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        number = here.queue(reverse_path="")
        assert here.deliver_all() == 1
        assert here.row(number)[:4] == (OutboxState.SENT, 250, "2.0.0 taken", 1)
        assert here.deliver_all() == 0
    [mail] = relay.mails
    assert (mail.reverse_path, mail.recipients) == ("", (TO,))
    assert b"Message-ID: <a@example.com>\r\n" in mail.raw


def test_nothing_due_writes_nothing(tmp_path: Path) -> None:
    """A step that wrote would wake itself, by the commit that wakes all."""
    with desk(tmp_path, Relay(replies={"RCPT": ["450 4.2.0 later"]})) as here:
        here.queue()
        assert here.courier.deliver_once()
        commits = here.database.writer.commits
        assert not here.courier.deliver_once()
        assert here.database.writer.commits == commits


def test_the_claim_is_committed_before_the_first_octet_leaves(tmp_path: Path) -> None:
    seen: list[OutboxState] = []

    class Looking:
        def submit(self, *_mail: object) -> Accepted:
            seen.append(here.state(1))
            return Accepted(250, "ok")

        def rest(self) -> None: ...

        def close(self) -> None: ...

    with desk(tmp_path, Relay()) as here:
        here.queue()
        here.courier._transports = [Looking()]
        here.deliver_all()
        assert seen == [OutboxState.SUBMITTING]
        assert here.state(1) is OutboxState.SENT


def test_a_result_and_the_next_claim_are_one_commit(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        numbers = [here.queue(str(number)) for number in range(4)]
        commits = here.database.writer.commits
        with running(here):
            while here.state(numbers[-1]) is not OutboxState.SENT:
                time.sleep(0.005)
        assert [here.state(number) for number in numbers] == [OutboxState.SENT] * 4
        # The first claim, and what became of each.
        assert here.database.writer.commits == commits + 1 + 4


def test_each_mail_of_a_run_is_claimed_in_the_log_when_it_leaves_and_no_other_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        numbers = [here.queue(str(number)) for number in range(3)]
        seen: list[list[OutboxState]] = []
        really = here.submission.submit

        def look(reverse_path: str, recipient: str, raw: bytes) -> Accepted:
            seen.append([here.state(number) for number in numbers])
            return really(reverse_path, recipient, raw)

        monkeypatch.setattr(here.submission, "submit", look)
        with running(here):
            while here.state(numbers[-1]) is not OutboxState.SENT:
                time.sleep(0.005)
        sent, now, queued = OutboxState.SENT, OutboxState.SUBMITTING, OutboxState.QUEUED
        assert seen == [[now, queued, queued], [sent, now, queued], [sent, sent, now]]


def test_urgent_mail_overtakes(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        for key in ("one", "two"):
            here.queue(key)
        here.courier.deliver_once()
        here.queue("urgent", priority=0)
        here.deliver_all()
    ids = [mail.raw.partition(b"<")[2].partition(b"@")[0] for mail in relay.mails]
    assert ids == [b"one", b"urgent", b"two"]


def test_a_4yz_is_retried_with_growing_pauses_and_arrives_once(tmp_path: Path) -> None:
    """F9: greylisting."""
    relay = Relay(replies={"RCPT": ["450 4.2.0 greylisted"] * 2})
    with desk(tmp_path, relay) as here:
        number = here.queue()
        here.deliver_all()
        state, code, text, attempts, again_at = here.row(number)
        assert (state, code, attempts, again_at) == (OutboxState.DEFERRED, 450, 1, START + timedelta(minutes=1))
        assert text == "450 4.2.0 greylisted"
        assert here.deliver_all() == 0
        here.clock.at += timedelta(minutes=1)
        here.deliver_all()
        assert here.row(number)[4] == here.clock.at + timedelta(minutes=5)
        here.clock.at += timedelta(minutes=5)
        here.deliver_all()
        assert here.state(number) is OutboxState.SENT
    assert len(relay.mails) == 1
    assert here.failed == []


@pytest.mark.parametrize(
    "words",
    [
        "450 4.2.0 {}: Recipient address rejected: Greylisted, see http://postgrey.example/",
        "451 4.7.1 Greylisting in action, please come back in 00:15:00",
        "451 4.7.500 Server busy. Greylisted for 15 minutes",
    ],
)
def test_greylisting_for_a_quarter_of_an_hour_delays_that_mail_and_no_other(tmp_path: Path, words: str) -> None:
    """F9: it arrives once, with the first attempt after the quarter of an hour."""
    relay = Relay(recipients={TO: words.format(TO)})
    with desk(tmp_path, relay) as here:
        delayed, other = here.queue("delayed"), here.queue("other", "bob@example.net")
        attempts = 0
        while here.state(delayed) is not OutboxState.SENT:
            if here.clock.at >= START + timedelta(minutes=15):
                relay.recipients.clear()
            here.deliver_all()
            attempts += 1
            assert here.state(other) is OutboxState.SENT, "at once"
            assert not here.courier.held_for
            assert here.clock.at < START + timedelta(minutes=30)
            here.clock.at = here.row(delayed)[4] or here.clock.at
        assert here.clock.at - START == timedelta(minutes=21)
        assert attempts == here.row(delayed)[3] == 4
        assert [mail.recipients for mail in relay.mails] == [("bob@example.net",), (TO,)]
        assert (here.failed, here.outages, here.conditions()) == ([], [], ())


def test_after_five_days_of_4yz_the_mail_has_failed_and_somebody_is_told(tmp_path: Path) -> None:
    relay = Relay(replies={"RCPT": "450 4.2.0 never"})
    with desk(tmp_path, relay) as here:
        number = here.queue()
        while here.deliver_all():
            assert here.clock.at < START + timedelta(days=6)
            here.clock.at = here.row(number)[4] or here.clock.at
        assert here.state(number) is OutboxState.FAILED
        assert here.clock.at == START + timedelta(days=5)
        assert [mail.id for mail in here.failed] == [number]


def test_one_refused_recipient_of_three(tmp_path: Path) -> None:
    """F10."""
    relay = Relay(recipients={"no@example.net": "550 5.1.1 no such mailbox"})
    with desk(tmp_path, relay) as here:
        numbers = [here.queue(name, f"{name}@example.net") for name in ("ann", "no", "bob")]
        here.deliver_all()
        assert [here.state(number) for number in numbers] == [OutboxState.SENT, OutboxState.FAILED, OutboxState.SENT]
        assert here.row(numbers[1])[1:3] == (550, "550 5.1.1 no such mailbox")
        assert [mail.recipient for mail in here.failed] == ["no@example.net"]
        here.clock.at += timedelta(days=9)
        assert here.deliver_all() == 0
    assert len(relay.mails) == 2


def test_when_telling_fails_the_failure_is_not_marked_either(tmp_path: Path) -> None:
    def cannot(_conn: Connection, _mail: UnsentMail) -> None:
        raise MailbotError("no notice can be written")

    with desk(tmp_path, Relay(replies={"RCPT": "550 5.1.1 no"})) as here:
        number = here.queue()
        here.courier._marker._on_failed = cannot
        with pytest.raises(MailbotError, match="no notice"):
            here.deliver_all()
        assert here.state(number) is OutboxState.SUBMITTING


@pytest.mark.parametrize(("may_repeat", "arrivals", "last"), [(True, 2, "unclear"), (False, 1, "unclear")])
def test_without_a_final_reply_only_what_may_repeat_goes_once_more(
    tmp_path: Path, *, may_repeat: bool, arrivals: int, last: str
) -> None:
    """F6, F7: the same octets with the same Message-ID, and never a third time."""
    relay = Relay(silent=True)
    with desk(tmp_path, relay) as here:
        number = here.queue(may_repeat=may_repeat)
        for _ in range(4):
            here.deliver_all()
            here.clock.at += timedelta(hours=5)
        assert here.state(number) == last
        assert [(mail.id, mail.state) for mail in here.failed] == [(number, OutboxState.UNCLEAR)], "told once"
    assert len(relay.mails) == arrivals
    assert len({mail.raw for mail in relay.mails}) == 1


def test_a_repeat_that_is_answered_is_sent(tmp_path: Path) -> None:
    relay = Relay(replies={"FINAL": ["close"]})
    with desk(tmp_path, relay) as here:
        number = here.queue(may_repeat=True)
        here.deliver_all()
        assert here.row(number)[0] is OutboxState.QUEUED
        assert here.row(number)[4] == START + timedelta(minutes=1)
        here.clock.at += timedelta(minutes=1)
        here.deliver_all()
        assert here.state(number) is OutboxState.SENT
    assert len(relay.mails) == 2


def test_a_refused_sign_in_holds_the_queue_and_is_reported_once(tmp_path: Path) -> None:
    """F11: nothing fails, no attempt is counted, the pauses grow, and the right password ends it."""
    relay = Relay(users={"support": "right"})
    with desk(tmp_path, relay, sign_in=SignIn(user="support", password=Secret(env="PASSWORD"))) as here:
        here.passwords["PASSWORD"] = "wrong"
        numbers = [here.queue(key) for key in ("a", "b")]
        pauses = []
        for _ in range(5):
            assert here.deliver_all() == 1
            pauses.append(here.courier.held_for)
            for number in numbers:
                assert here.row(number)[0] is OutboxState.QUEUED
                assert here.row(number)[3] == 0
            assert len(here.outages) == (len(pauses) > 1), "told at the second attempt, a minute later"
            here.after_the_pause()
        assert [round(pause.total_seconds()) for pause in pauses] == [60, 300, 900, 900, 900]
        [(outage, over)] = here.outages
        assert (outage.since, over) == (START, None), "told once, when it had lasted a minute"
        assert outage.reason.startswith("535")
        [known] = here.conditions()
        assert (known.part, known.since) == ("relay", START)
        assert "password" in known.next_step
        assert "535" in here.part.state().trouble
        assert "password" in here.part.state().next_step
        here.passwords["PASSWORD"] = "right"
        here.courier.resume()
        assert here.deliver_all() == 2
        assert [here.state(number) for number in numbers] == [OutboxState.SENT] * 2
        assert [over for _, over in here.outages[1:]] == [standing.Delay(waited=2, expired=0)]
        assert here.conditions() == ()
        assert here.part.state().is_well
    assert here.failed == []


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_an_expired_certificate_holds_the_queue_and_is_told_once_by_its_name(
    tmp_path: Path, tls: Literal["implicit", "starttls"]
) -> None:
    """F13: no octet of a mail leaves, nothing fails, and a renewed certificate ends it."""
    folders = [tmp_path / name for name in ("expired", "renewed")]
    for folder in folders:
        folder.mkdir()
    expired, renewed = certificate(folders[0], expired=True), certificate(folders[1])
    trust = expired.trust()
    trust.load_verify_locations(renewed.chain)
    relay = Relay(tls=tls, certificate=expired)
    with desk(tmp_path, relay, trust) as here:
        numbers = [here.queue(key) for key in ("a", "b")]
        for _ in range(6):
            assert here.deliver_all() == 1
            here.after_the_pause()
        assert [here.row(number)[0::3] for number in numbers] == [(OutboxState.QUEUED, 0)] * 2, "no attempt is counted"
        [known] = here.conditions()
        assert known.reason == "the relay's certificate cannot be trusted: certificate has expired"
        assert here.part.state().trouble == known.reason
        assert [(outage.reason, over) for outage, over in here.outages] == [(known.reason, None)], "told once"
        assert not any(command.startswith(("AUTH", "MAIL")) for command in relay.commands)
        relay.stop()
        relay.certificate = renewed
        relay.start()
        assert here.deliver_all() == 2
        assert [here.state(number) for number in numbers] == [OutboxState.SENT] * 2
        assert all(mail.encrypted for mail in relay.mails)
        assert [over for _, over in here.outages[1:]] == [standing.Delay(waited=2, expired=0)]
    assert here.failed == []


def test_a_relay_whose_name_cannot_be_resolved_gets_everything_once_it_can(tmp_path: Path) -> None:
    """F45: a name that no name server knows (RFC 6761 section 6.4) is no reason to fail a mail."""
    relay = Relay()
    with desk(tmp_path, relay, host="smtp.harborvoice.invalid") as here:
        number = here.queue()
        for _ in range(3):
            assert here.deliver_all() == 1
            assert here.courier.held_for
            here.after_the_pause()
        assert here.row(number)[0::3] == (OutboxState.QUEUED, 0)
        [known] = here.conditions()
        assert known.reason.startswith("the relay's host name cannot be resolved: ")
        assert "check --connect" in known.next_step
        found = Submission(relay.rules(), here._secret, "example.com")
        here.courier._transports = [found]
        assert here.deliver_all() == 1
        found.close()
        assert here.state(number) is OutboxState.SENT
    assert here.failed == []


def test_a_relay_that_is_away_gets_everything_when_it_is_back(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        relay.stop()
        numbers = [here.queue(key) for key in ("a", "b")]
        assert here.deliver_all() == 1
        assert here.courier.held_for <= HOLD_PAUSES[0]
        relay.start()
        here.after_the_pause()
        assert here.deliver_all() == 2
        assert [here.state(number) for number in numbers] == [OutboxState.SENT] * 2
        assert here.row(numbers[0])[3] == 1


def test_a_mail_that_is_refused_before_the_relay_is_asked_says_nothing_about_the_relay(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        relay.stop()
        good = here.queue("good")
        here.deliver_all()
        here.after_the_pause()
        bad = here.queue("bad", raw=b"Subject: bare\n\r\n", priority=0)
        here.courier.deliver_once()
        assert here.state(bad) is OutboxState.FAILED
        assert here.state(good) is OutboxState.QUEUED
        assert [known.part for known in here.conditions()] == ["relay"]
        assert not here.part.state().is_well


@pytest.mark.parametrize("reply", ["421 4.3.2 too busy", "450 4.7.1 too much mail, slow down"])
def test_a_relay_that_asks_for_patience_gets_it_and_urgent_mail_goes_first(tmp_path: Path, reply: str) -> None:
    """F12."""
    relay = Relay(replies={"MAIL": [reply]})
    with desk(tmp_path, relay) as here:
        numbers = [here.queue(key) for key in ("a", "b")]
        assert here.deliver_all() == 1
        assert here.courier.held_for
        assert here.state(numbers[0]) is OutboxState.DEFERRED
        urgent = here.queue("urgent", priority=0)
        here.after_the_pause()
        here.courier.deliver_once()
        assert here.state(urgent) is OutboxState.SENT
        assert here.outages == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_outage_ends_with_the_first_mail_that_is_taken_whatever_ends_beside_it(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        for key in ("a", "b", "c"):
            here.queue(key, f"{key}@example.net")
        claimed = here.courier._turn((), 1)
        [first, second] = [*claimed, *here.database.writer.write(lambda conn: outbox.claim(conn, PARTNER, START, 1))]
        results = Outcome(first, SlowDown("450 4.7.1 slow down"), 0.0), Outcome(second, Accepted(250, "taken"), 0.0)
        here.courier._turn([results[number] for number in order], 0)
        here.after_the_pause()
        assert here.courier.deliver_once()
        assert here.conditions() == ()


def test_an_expired_mail_never_leaves(tmp_path: Path) -> None:
    relay = Relay(replies={"MAIL": ["451 4.3.0 later"]})
    with desk(tmp_path, relay) as here:
        deferred = here.queue(expires_at=START + timedelta(seconds=90))
        here.deliver_all()
        late = here.queue("b", expires_at=START)
        here.clock.at += timedelta(minutes=2)
        here.deliver_all()
        assert [here.state(number) for number in (deferred, late)] == [OutboxState.EXPIRED] * 2
        assert sorted((mail.id, mail.state) for mail in here.failed) == [
            (deferred, OutboxState.EXPIRED),
            (late, OutboxState.EXPIRED),
        ]
    assert relay.mails == []


def test_that_a_mail_expired_is_told_when_it_does_not_at_its_next_attempt(tmp_path: Path) -> None:
    relay = Relay(replies={"MAIL": "451 4.3.0 later"})
    with desk(tmp_path, relay) as here:
        number = here.queue(expires_at=START + timedelta(hours=2, seconds=1))
        for _ in range(60):
            here.deliver_all()
            here.clock.at += timedelta(minutes=2)
            if here.clock.at - START >= timedelta(hours=1, minutes=56):
                break
        assert here.state(number) is OutboxState.DEFERRED
        next_attempt_at = here.row(number)[4]
        here.clock.at = START + timedelta(hours=2, seconds=1)
        assert next_attempt_at is not None
        assert next_attempt_at > here.clock.at
        here.deliver_all()
        assert [(mail.id, mail.state) for mail in here.failed] == [(number, OutboxState.EXPIRED)]


def test_a_mail_that_cannot_be_sent_does_not_stop_the_others(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        bad = here.queue("bad", raw=b"Subject: bare\n\r\n", priority=0)
        good = here.queue("good")
        here.deliver_all()
        assert here.state(bad) is OutboxState.FAILED
        assert here.state(good) is OutboxState.SENT
        assert [mail.id for mail in here.failed] == [bad]


def test_a_full_disk_does_not_make_the_courier_forget_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "_STORE_PAUSE", timedelta(milliseconds=1))
    marks = outbox.mark_sent
    refusals = [StoreFull("no room")] * 3

    def sometimes_full(conn: Connection, *args: object, **more: object) -> None:
        if refusals:
            raise refusals.pop()
        marks(conn, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "mark_sent", sometimes_full)
    relay = Relay()
    with desk(tmp_path, relay) as here:
        number = here.queue()
        here.deliver_all()
        assert here.state(number) is OutboxState.SENT
    assert len(relay.mails) == 1


# --- the loop -------------------------------------------------------------------------------------------------------


@contextmanager
def running(here: Desk) -> Iterator[None]:
    stop, wake = threading.Event(), threading.Event()
    here.database.writer.subscribe(wake.set)
    thread = threading.Thread(target=here.courier.run, args=(stop, wake))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        wake.set()
        thread.join(10)
        assert not thread.is_alive()


def test_a_commit_wakes_the_courier_at_once(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here, running(here):
        for number in range(5):
            time.sleep(0.02)
            began_s = time.monotonic()
            here.queue(str(number))
            relay.wait_for(number + 1)
            assert time.monotonic() - began_s < 1


def test_the_loop_sleeps_when_nothing_is_due(tmp_path: Path) -> None:
    with desk(tmp_path, Relay(replies={"RCPT": ["450 4.2.0 later"]})) as here, running(here):
        number = here.queue()
        while here.state(number) is not OutboxState.DEFERRED:
            time.sleep(0.005)
        time.sleep(0.1)
        began_s = time.thread_time()
        process_s = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - process_s < 0.25
        assert time.thread_time() - began_s < 0.25


def test_the_loop_stops_during_a_pause_for_the_relay(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        relay.stop()
        here.queue()
        with running(here):
            while not here.conditions():
                time.sleep(0.005)
        relay.start()


def test_resuming_ends_a_pause_of_the_running_loop(tmp_path: Path) -> None:
    relay = Relay()
    with desk(tmp_path, relay) as here:
        relay.stop()
        here.queue()
        with running(here):
            while not here.conditions():
                time.sleep(0.005)
            relay.start()
            here.courier.resume()
            relay.wait_for(1, timeout_s=HOLD_PAUSES[0].total_seconds() / 2)


def test_the_loop_goes_on_by_itself_after_a_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "HOLD_PAUSES", (timedelta(milliseconds=100),))
    relay = Relay()
    with desk(tmp_path, relay) as here:
        here.clock = Clock()
        monkeypatch.setattr(here.courier, "_now", lambda: datetime.now(UTC))
        relay.stop()
        here.queue()
        with running(here):
            while not here.conditions():
                time.sleep(0.005)
            relay.start()
            relay.wait_for(1)


def test_an_outage_counts_from_when_the_relay_refused_and_not_from_when_the_store_was_free(tmp_path: Path) -> None:
    relay = Relay(users={"support": "right"})
    with desk(tmp_path, relay, sign_in=SignIn(user="support", password=Secret(env="PASSWORD"))) as here:
        here.passwords["PASSWORD"] = "wrong"
        here.queue()
        heard = threading.current_thread()
        # The store, which writes in a thread of its own, gets to it half a minute later.
        here.courier._now = lambda: START if threading.current_thread() is heard else START + timedelta(seconds=30)
        here.deliver_all()
        [known] = here.conditions()
        assert known.since == START
