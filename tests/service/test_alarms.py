"""What endangers mail is paged to whoever is called, once, and once when it is over; a restart changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from mailbot.deciding.paging import Page
from mailbot.delivery.transport import Accepted
from mailbot.errors import StoreDamaged, StoreFull, TransientFailure
from mailbot.health import Board, Part
from mailbot.service.alarms import Alarms
from mailbot.service.live import Live
from mailbot.service.status import Disk, Seen
from mailbot.store import conditions, cursors
from mailbot.store.conditions import Condition
from mailbot.store.cursors import Cursor
from mailbot.store.packing import decompress
from mailbot.store.standing import standing
from tests.servers.daemon import Desk, rules_for
from tests.servers.receiver import Receiver, without_proxies
from tests.servers.smtp import Relay
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, mail, office
from tests.service.test_oncall import ROTA, TEAM

SECONDS = timedelta(seconds=1)
BOX = """[[mailbox]]
id = "support"
host = "imap.harborvoice.example"
sign_in = { user = "support", password = { env = "NO_PASSWORD" } }
"""
PAGERS = TEAM.replace(
    'addresses = ["dana@harborvoice.example"]\n',
    'addresses = ["dana@harborvoice.example"]\npager = [{ command = ["true"] }, { mail = "49151@sms.example" }]\n',
).replace(
    'addresses = ["cleo@harborvoice.example"]\n',
    'addresses = ["cleo@harborvoice.example"]\npager = [{ command = ["true"] }]\n',
)


class Taken:
    """A pager that takes what cannot be written down."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, Page]] = []

    def submit(self, _reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        self.pages.append((recipient, Page.from_json(raw)))
        return Accepted(200, "taken")

    def rest(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


class Watched:
    """A desk whose watch looks when the test says so."""

    def __init__(self, desk: Office) -> None:
        self.desk = desk
        self.board = Board(lambda: desk.now)
        self.free = 2**40
        self.direct = Taken()
        self.started_at = desk.now
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart."""
        part = Part("alarms", lambda: self.desk.now)
        self.watch = Alarms(self.desk.here, self.look, lambda: self.desk.now, self.direct, part)

    def look(self) -> Seen:
        here, now = self.desk.here, self.desk.now
        with here.database.read() as conn:
            stands = standing(conn, here.desk.partner)
        live = Live(7, "1", here.desk.partner, self.started_at, now, {}, self.board.states())
        return Seen(now, Disk(0, 0, self.free), here.desk.rules, stands, live, last_backup_at=now)

    def let_pass(self, span: timedelta) -> None:
        until = self.desk.now + span
        while self.desk.now < until:
            self.watch.step()
            self.desk.now += 10 * SECONDS
            self.desk.deliver()

    def told(self) -> list[tuple[str, str]]:
        """Return the pages in their order: to whom, and what they say."""
        rows = self.desk.rows("SELECT recipient, packed, audience FROM outbox WHERE kind = 'page' ORDER BY id")
        return [
            (to, Page.from_json(decompress(packed)).text if audience == "pager" else "a mail")
            for to, packed, audience in rows
        ]

    def condition(self, part: str, *, is_over: bool = False) -> None:
        def work(conn: Connection) -> None:
            if is_over:
                conditions.end(conn, self.desk.here.desk.partner, part)
            else:
                wrong = Condition(part, self.desk.now, "a reason with words of a server", told=True)
                conditions.put(conn, self.desk.here.desk.partner, wrong)

        self.desk.here.database.writer.write(work)


@contextmanager
def watched(folder: Path, at: datetime = CLOSED_AT, rules: str = RULES + PAGERS + ROTA + BOX) -> Iterator[Watched]:
    with office(folder, rules=rules, at=at) as desk:
        yield Watched(desk)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path, rules=RULES + PAGERS + ROTA.replace('"bob", "dana"', '"dana", "bob"') + BOX) as made:
        made.let_pass(60 * SECONDS)
        assert made.told() == []
        yield made


def test_that_no_mail_leaves_is_paged_by_each_pager_of_whoever_is_called_and_so_is_its_end(watch: Watched) -> None:
    """There is no second relay, so a mail about it would only leave with the others."""
    watch.condition(conditions.RELAY)
    watch.let_pass(120 * SECONDS)
    text = "mailbot of Harbor Voice: no mail leaves since 11:41 PM"
    assert watch.told() == [("dana/1", text), ("49151@sms.example", "a mail")]
    watch.let_pass(3600 * SECONDS)
    assert len(watch.told()) == 2
    watch.condition(conditions.RELAY, is_over=True)
    watch.let_pass(120 * SECONDS)
    assert watch.told()[2:] == [
        ("dana/1", text.replace("Harbor Voice: ", "Harbor Voice: over: ")),
        ("49151@sms.example", "a mail"),
    ]


def test_a_restart_pages_nothing_twice_and_knows_what_it_has_to_end(watch: Watched) -> None:
    watch.condition(conditions.RELAY)
    watch.let_pass(120 * SECONDS)
    watch.start()
    watch.let_pass(300 * SECONDS)
    assert len(watch.told()) == 2
    watch.start()
    watch.condition(conditions.RELAY, is_over=True)
    watch.let_pass(120 * SECONDS)
    assert "over" in watch.told()[2][1]


def test_a_mailbox_may_be_away_for_a_quarter_of_an_hour(watch: Watched) -> None:
    here = watch.desk.here
    seen_at = watch.desk.now

    def work(conn: Connection) -> None:
        cursors.put_cursor(conn, here.desk.partner, Cursor("support", "INBOX", 1, 0, seen_at))
        cursors.watched(conn, here.desk.partner, "support/INBOX", seen_at, tolerance=60 * SECONDS)

    here.database.writer.write(work)
    part = watch.board.part("imap support/INBOX")
    part.troubled("the server does not let us sign in: s3cr3t words", "mend the password")
    watch.let_pass(14 * 60 * SECONDS)
    assert watch.told() == []
    watch.let_pass(4 * 60 * SECONDS)
    [(to, text), _] = watch.told()
    assert to == "dana/1"
    assert text.startswith("mailbot of Harbor Voice: mailbox support/INBOX cannot be read since ")
    part.well()
    here.database.writer.write(
        lambda conn: cursors.watched(
            conn, here.desk.partner, "support/INBOX", watch.desk.now, tolerance=timedelta(days=1)
        )
    )
    watch.let_pass(120 * SECONDS)
    assert "over" in watch.told()[2][1]


def test_what_waits_after_an_outage_of_ours_is_worked_off_before_anybody_is_woken(watch: Watched) -> None:
    desk = watch.desk
    desk.accept(mail("Jane Roe <jane@acme-dental.example>", "How do I change the music?"), received_at=desk.now)
    desk.now += timedelta(hours=8)
    watch.started_at = desk.now
    watch.start()
    watch.let_pass(5 * 60 * SECONDS)
    assert watch.told() == []
    watch.let_pass(120 * SECONDS)
    assert watch.told()[0][1].startswith("mailbot of Harbor Voice: mail waits undecided since ")
    # Another start does not make it over.
    watch.started_at = desk.now
    watch.start()
    watch.let_pass(180 * SECONDS)
    assert len(watch.told()) == 2
    desk.processor.step()
    watch.let_pass(120 * SECONDS)
    assert "over: mail waits undecided" in watch.told()[2][1]


def test_a_full_disk_is_paged_while_there_is_room_and_without_the_log_where_there_is_none(
    watch: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.free = 1_000_000

    def full(_work: object) -> None:
        raise StoreFull("there is no room on the disk")

    with monkeypatch.context() as patched:
        patched.setattr(watch.desk.here.database.writer, "write", full)
        watch.let_pass(300 * SECONDS)
    text = "mailbot of Harbor Voice: hardly any room is left on the disk"
    assert [(to, page.text) for to, page in watch.direct.pages] == [("dana/1", text)]
    assert watch.told() == []
    watch.free = 2**40
    watch.let_pass(120 * SECONDS)
    assert "over" in watch.told()[0][1]


def test_what_no_pager_took_without_the_log_is_tried_again(watch: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.free = 1_000_000
    submit, tries = watch.direct.submit, []

    def full(_work: object) -> None:
        raise StoreFull("there is no room on the disk")

    def refuse_twice(reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        tries.append(recipient)
        if len(tries) <= 2:
            raise TransientFailure("no line is free")
        return submit(reverse_path, recipient, raw)

    monkeypatch.setattr(watch.direct, "submit", refuse_twice)
    with monkeypatch.context() as patched:
        patched.setattr(watch.desk.here.database.writer, "write", full)
        watch.let_pass(300 * SECONDS)
    assert (tries, len(watch.direct.pages)) == (["dana/1"] * 3, 1)


def test_what_began_long_ago_is_told_with_its_day(watch: Watched) -> None:
    watch.condition(conditions.RELAY)
    watch.desk.now += timedelta(hours=13)
    watch.start()
    watch.let_pass(120 * SECONDS)
    assert watch.told()[0] == ("dana/1", "mailbot of Harbor Voice: no mail leaves since Sat, Nov 21, 11:41 PM")


def test_damaged_rows_are_paged_each_time_and_that_they_are_long_ago_is_not(watch: Watched) -> None:
    watch.condition(conditions.DAMAGE)
    watch.let_pass(300 * SECONDS)
    watch.condition(conditions.DAMAGE)
    watch.let_pass(300 * SECONDS)
    watch.condition(conditions.DAMAGE, is_over=True)
    watch.let_pass(300 * SECONDS)
    text = "mailbot of Harbor Voice: rows of its log are damaged"
    assert [one for one in watch.told() if one[0] == "dana/1"] == [("dana/1", text)] * 2


def test_a_step_of_the_clock_that_fails_is_paged(watch: Watched) -> None:
    watch.condition(f"{conditions.STEP}telling")
    watch.let_pass(120 * SECONDS)
    assert "what is due by the clock cannot be done (telling)" in watch.told()[0][1]


def test_changed_rules_that_cannot_be_used_wake_nobody(watch: Watched) -> None:
    watch.condition("rules")
    watch.condition(conditions.PATTERNS)
    watch.condition(conditions.FALLBACK)
    watch.let_pass(300 * SECONDS)
    assert watch.told() == []


@pytest.mark.parametrize(
    ("at", "rota", "heard"),
    [
        # On call is who has no pager: whoever has one and is there hears of it.
        (CLOSED_AT, ROTA, ["dana/1", "cleo/1"]),
        (CLOSED_AT, ROTA.replace('"bob", "dana", "cleo"', '"cleo", "dana"'), ["cleo/1"]),
        (CLOSED_AT, "", ["dana/1", "cleo/1"]),
        (OPEN_AT, ROTA, ["dana/1", "cleo/1"]),
    ],
)
def test_who_hears_of_it(tmp_path: Path, at: datetime, rota: str, heard: list[str]) -> None:
    with watched(tmp_path, at, RULES + PAGERS + rota) as made:
        made.condition(conditions.RELAY)
        made.let_pass(120 * SECONDS)
        assert [to for to, _ in made.told() if to != "49151@sms.example"] == heard


def test_an_answering_service_hears_nothing_of_mailbot(tmp_path: Path) -> None:
    night = PAGERS.replace('name = "Cleo"\n', 'name = "Cleo"\noutsourced = true\n')
    with watched(tmp_path, rules=RULES + night + '[oncall]\nrota = ["cleo", "bob"]\nsince = "2026-11-16"\n') as made:
        made.condition(conditions.RELAY)
        made.let_pass(120 * SECONDS)
        assert [to for to, _ in made.told()] == ["dana/1", "49151@sms.example"]


def test_who_is_away_hears_nothing(tmp_path: Path) -> None:
    with watched(tmp_path, rules=RULES + PAGERS) as made:
        made.desk.do(verb="away", until="2026-11-23T14:00:00+00:00", agent="dana")
        made.condition(conditions.RELAY)
        made.let_pass(120 * SECONDS)
        assert [to for to, _ in made.told()] == ["cleo/1"]


def test_what_nobody_could_hear_is_told_once_somebody_is_there(tmp_path: Path) -> None:
    with watched(tmp_path, rules=RULES + PAGERS) as made:
        for agent in ("dana", "cleo"):
            made.desk.do(verb="away", until=(made.desk.now + timedelta(minutes=5)).isoformat(), agent=agent)
        made.condition(conditions.RELAY)
        made.let_pass(4 * 60 * SECONDS)
        assert made.told() == []
        made.let_pass(3 * 60 * SECONDS)
        assert [to for to, _ in made.told()] == ["dana/1", "49151@sms.example", "cleo/1"]


def test_a_row_that_cannot_be_read_does_not_end_the_desk(watch: Watched) -> None:
    """The watch is no more than a watch; whoever meets the row takes it out of the way."""
    stop = threading.Event()

    def look() -> Seen:
        stop.set()
        raise StoreDamaged("stored octets are not those that were stored")

    watch.watch._look = look
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailbot.service.alarms.LOOK_SECONDS", 0.01)
        watch.watch.run(stop, threading.Event())
    assert watch.told() == []


def test_without_a_pager_nothing_is_looked_at(tmp_path: Path) -> None:
    with watched(tmp_path, rules=RULES + TEAM + ROTA) as made:
        made.condition(conditions.RELAY)
        made.watch._look = lambda: pytest.fail("looked")
        made.let_pass(120 * SECONDS)
        assert made.told() == []


@pytest.mark.slow
def test_the_running_desk_pages_that_no_mail_leaves_and_that_it_does_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes more than a minute until that is paged, and another one until it is over."""
    without_proxies(monkeypatch)
    with Receiver() as receiver, Relay() as relay:

        def alarms() -> list[dict[str, Any]]:
            return [one.said for one in receiver.posted if one.said["kind"] == "alarm"]

        relay.stop()
        dana = '[[agent]]\nid = "dana"\nname = "Dana"\naddresses = ["dana@example.com"]\n'
        more = f'{dana}[[agent.pager]]\nwebhook = "{receiver.url()}"\n[listen]\nsmtp = "127.0.0.1:0"\n'
        with Desk(tmp_path / "desk", rules_for(relay=relay, more=more)) as desk:
            desk.wait_until_started()
            assert desk.command("oncall", "test", check=False).returncode == 75
            desk.wait_for(lambda: len(alarms()) == 1, "the alarm", 180)
            assert "no mail leaves since" in alarms()[0]["text"]
            relay.start()
            desk.command("reload")
            assert desk.command("oncall", "test").returncode == 0
            desk.wait_for(lambda: len(alarms()) == 2, "its end", 180)
            assert "over: no mail leaves" in alarms()[1]["text"]
            assert (alarms()[1]["over"], alarms()[1]["key"]) == (True, alarms()[0]["key"])
