"""`mailbot status`: what is green and what is red, with the next step, beside a running daemon and without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Connection

from mailbot.cli.operating import print_board
from mailbot.deciding.context import Source
from mailbot.health import Board
from mailbot.rules import Mailbox, Partner, Rules, Tenant
from mailbot.service.live import Live
from mailbot.service.status import Disk, Light, PartStatus, Seen, judge
from mailbot.store import conditions, cursors, outbox, quarantine, spool
from mailbot.store.conditions import Condition
from mailbot.store.cursors import Cursor
from mailbot.store.database import Database, open_database
from mailbot.store.standing import standing
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Relay

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PARTNER = "partner"
MAILBOX = {"host": "imap.example.com", "sign_in": {"user": "support", "password": {"env": "P"}}}
RULES = Rules(partner=Partner(address="support@example.com"), mailbox=(Mailbox.model_validate(MAILBOX),))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "log.db") as opened:
        yield opened


def live(board: Board | None = None) -> Live:
    states = board.states() if board else ()
    return Live(7, "1", PARTNER, NOW - timedelta(days=1), NOW - timedelta(hours=1), {}, states)


def seen(database: Database, **changes: Any) -> dict[str, PartStatus]:
    with database.read() as conn:
        found = standing(conn, PARTNER)
    values: dict[str, Any] = {
        "now": NOW,
        "disk": Disk(0, 0, 2**40),
        "rules": RULES,
        "standing": found,
        "live": live(),
        "last_backup_at": NOW - timedelta(days=1),
    }
    return {status.part: status for status in judge(Seen(**values | changes))}


def lit(light: Light, statuses: dict[str, PartStatus]) -> dict[str, PartStatus]:
    for status in statuses.values():
        assert status.light == "green" or status.next_step, f"{status.part} is {status.light} and says no next step"
    return {name: status for name, status in statuses.items() if status.light is light}


red, yellow = partial(lit, Light.RED), partial(lit, Light.YELLOW)


def arrive(database: Database, number: int, at: datetime) -> int:
    new = spool.NewArrival(Source.IMAP, at, b"Subject: %d\r\n\r\n" % number, mailbox="support", folder="INBOX")
    arrival = database.writer.write(lambda conn: spool.accept(conn, PARTNER, new, at))
    assert arrival is not None
    return arrival


def queue(database: Database, key: str, at: datetime, **more: Any) -> int:
    mail = outbox.NewMail(key, "acknowledgement", outbox.Audience.CUSTOMER, "a@b.example", f"{key}@x", b"x", **more)
    number = database.writer.write(lambda conn: outbox.queue(conn, PARTNER, mail, at))
    assert number is not None
    return number


def watched(database: Database, at: datetime, error: str = "") -> None:
    def work(conn: Connection) -> None:
        cursors.put_cursor(conn, PARTNER, Cursor("support", "INBOX", 1, 0, at, error=error))
        cursors.watched(conn, PARTNER, "support/INBOX", at, tolerance=timedelta(minutes=5))

    database.writer.write(work)


def watching() -> Board:
    board = Board(lambda: NOW - timedelta(minutes=10))
    board.part("imap support/INBOX")
    return board


def test_a_quiet_desk_is_green_all_over(database: Database) -> None:
    watched(database, NOW - timedelta(minutes=1))
    found = seen(database, live=live(watching()))
    assert red(found) | yellow(found) == {}
    assert list(found) == [
        *("daemon", "log", "mailbox support/INBOX", "processor", "quarantine"),
        *("relay", "outbox", "agents", "rules", "backup", "clock"),
    ]


def test_whether_customers_know_what_is_promised_is_a_quiet_line(database: Database) -> None:
    rules = RULES.model_copy(update={"tenant": (Tenant(id="acme", name="Acme", addresses=("jane@acme.example",)),)})
    status = seen(database, rules=rules)["policy"]
    assert (status.light, status.next_step) == ("green", "`mailbot policy --send`")


def test_a_mailbox_in_trouble_says_since_when_and_why(database: Database) -> None:
    watched(database, NOW - timedelta(minutes=12), error="the server said no")
    board = watching()
    board.part("imap support/INBOX").troubled("the password is wrong", "change it")
    status = red(seen(database, live=live(board)))["mailbox support/INBOX"]
    assert status.text == "cannot be read since 14:50: the password is wrong"
    assert (status.next_step, status.since) == ("change it", NOW - timedelta(minutes=10))
    asleep = red(seen(database, live=None))["mailbox support/INBOX"]
    assert asleep.text == "could not be read: the server said no"


def test_a_mailbox_that_nobody_looks_at_is_red(database: Database) -> None:
    watched(database, NOW - timedelta(hours=1))
    assert red(seen(database, live=live(watching())))["mailbox support/INBOX"].text == "was last looked at 14:00"


def test_mail_that_waits_too_long_is_red(database: Database) -> None:
    watched(database, NOW)
    arrive(database, 1, NOW - timedelta(minutes=2))
    queue(database, "a", NOW - timedelta(minutes=50))
    found = seen(database, live=live(watching()))
    assert red(found) == {}
    assert found["processor"].facts["waiting"] == 1
    assert found["relay"].facts["queued"] == 1
    later = red(seen(database, live=live(watching()), now=NOW + timedelta(minutes=10, seconds=1)))
    assert set(later) == {"processor", "relay"}
    assert later["processor"].since == NOW - timedelta(minutes=2)
    assert later["relay"].since == NOW - timedelta(minutes=50)


def test_a_relay_in_trouble_is_known_without_the_daemon(database: Database) -> None:
    kept = Condition("relay", NOW - timedelta(hours=2), "535 the password is wrong", "change the password")
    other = Condition("templates", NOW - timedelta(hours=1), "answer.txt cannot be used", "mend it")
    for one in (kept, other):
        database.writer.write(partial(conditions.put, partner=PARTNER, condition=one))
    found = red(seen(database, live=None))
    assert "535 the password is wrong" in found["relay"].text
    assert (found["relay"].since, found["relay"].next_step) == (kept.since, "change the password")
    assert found["templates"].next_step == "mend it", "what has no line of its own gets one"


def test_mail_that_needs_people(database: Database) -> None:
    watched(database, NOW)
    queue(database, "held", NOW, held=True)
    forged, broken = arrive(database, 1, NOW), arrive(database, 2, NOW)
    database.writer.write(lambda conn: quarantine.quarantine(conn, forged, "forged", now=NOW))
    found = seen(database, live=live(watching()))
    assert red(found) | yellow(found) == {}, "what is held on purpose and forged mail are no fault"
    assert found["outbox"].text == "1 held"
    assert "outbox list --state held" in found["outbox"].next_step
    assert "outbox release" in found["outbox"].next_step
    database.writer.write(lambda conn: quarantine.quarantine(conn, broken, "failed", now=NOW))
    number = queue(database, "bad", NOW)

    def fail(conn: Connection) -> None:
        outbox.claim(conn, PARTNER, NOW)
        outbox.mark_failed(conn, number, now=NOW, code=550, text="no such user")

    database.writer.write(fail)
    found = seen(database, live=live(watching()))
    assert red(found) == {}, "of single mails our people are told"
    assert set(yellow(found)) == {"quarantine", "outbox"}
    assert "outbox list --state failed" in found["outbox"].next_step


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        ({"live": None}, "daemon", "does not run"),
        ({"disk": Disk(0, 0, 1000)}, "log", "no mail is taken in"),
        ({"mistakes": ("rules.toml",) * 2, "live": None}, "rules", "rules.toml has 2 to mend"),
        ({"now": NOW - timedelta(minutes=2)}, "clock", "something was recorded 15:00"),
    ],
)
def test_what_else_is_red(database: Database, changes: dict[str, Any], part: str, words: str) -> None:
    watched(database, NOW)
    assert words in red(seen(database, **{"live": live(watching())} | changes))[part].text


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        ({"mistakes": ("articles/a.md",)}, "rules", "articles/a.md has 1 to mend; those of 14:00 stay in force"),
        ({"mistakes": ("rules.toml",) * 2}, "rules", "rules.toml has 2 to mend; those of 14:00 stay in force"),
        ({"last_backup_at": NOW - timedelta(days=9)}, "backup", "the last one is of 14 Nov 15:00"),
    ],
)
def test_what_else_is_yellow(database: Database, changes: dict[str, Any], part: str, words: str) -> None:
    watched(database, NOW)
    found = seen(database, **{"live": live(watching())} | changes)
    assert red(found) == {}
    assert words in yellow(found)[part].text


def test_the_first_backup_is_asked_for_at_once_and_missed_once_it_is_overdue(database: Database) -> None:
    watched(database, NOW)
    assert "mailbot backup" in seen(database, last_backup_at=None)["backup"].next_step
    arrive(database, 1, NOW - timedelta(days=7))
    for days, light in ((0, "green"), (2, "yellow"), (400, "yellow")):
        status = seen(database, last_backup_at=None, now=NOW + timedelta(days=days))["backup"]
        assert (status.light, status.text) == (light, "none is known yet")
        assert "mailbot backup" in status.next_step


def test_a_second_relay_in_trouble_is_yellow_for_customers_mail_does_not_go_there(database: Database) -> None:
    watched(database, NOW)
    kept = Condition("fallback", NOW - timedelta(hours=2), "535 the password is wrong", "change the password")
    database.writer.write(lambda conn: conditions.put(conn, PARTNER, kept))
    found = seen(database, live=live(watching()))
    assert (red(found), set(yellow(found))) == ({}, {"fallback"})


def test_a_part_that_hangs_makes_the_daemon_red(database: Database) -> None:
    board = watching()
    board.part("processor").beat(-1)
    assert "hangs: processor" in red(seen(database, live=live(board)))["daemon"].text


def test_the_table_fits_the_terminal_and_cuts_no_sentence(database: Database) -> None:
    watched(database, NOW)
    board = watching()
    trouble = "imap.example.com refuses to sign in support@example.com: [AUTHENTICATIONFAILED] " + "see there " * 9
    board.part("imap support/INBOX").troubled(
        trouble, "Google takes no account password here: `mailbot check --connect --and-what-is-longer-than-a-line`"
    )
    shown = StringIO()
    terminal = Console(file=shown, width=80, force_terminal=True, color_system=None)
    print_board(list(seen(database, live=live(board)).values()), terminal)
    lines = shown.getvalue().splitlines()
    assert max(len(line) for line in lines if "`" not in line) <= 80
    assert any("check --connect --and-what-is-longer-than-a-line`" in line for line in lines)
    # What is broken over lines, put together again.
    assert trouble.replace(" ", "") in "".join("".join(lines).split())


def test_what_a_daemon_says_survives_the_socket() -> None:
    board = watching()
    board.part("relay").troubled("down", "wait")
    said = live(board)
    assert Live.from_json(json.loads(json.dumps(said.as_json()))) == said


def test_beside_a_daemon_and_after_it(tmp_path: Path, dovecot: Dovecot) -> None:
    with Relay() as relay:
        rules = rules_for(dovecot=dovecot, relay=relay, more='[listen]\nsmtp = "127.0.0.1:0"\n')
        with Desk(tmp_path, rules, {"IMAP_PASSWORD": dovecot.password}) as desk:
            desk.wait_until_started()
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM watch WHERE mailbox LIKE '%/%'") == 1, "a look")
            done = desk.command("status", "--json", check=False)
            running = {row["part"]: row for row in map(json.loads, done.stdout.splitlines())}
            assert [part for part, row in running.items() if row["light"] != "green"] == []
            assert done.returncode == 0
            assert desk.process is not None
            assert running["daemon"]["facts"]["pid"] == desk.process.pid
            assert "is watched" in running["mailbox support/INBOX"]["text"]
            assert running["listener"]["facts"]["ports"]["smtp"] > 0
            (tmp_path / "rules.toml").write_text(rules + "\n[partnr]\n")
            broken = desk.command("status", "--json", check=False)
            rows = {row["part"]: row for row in map(json.loads, broken.stdout.splitlines())}
            assert "stay in force" in rows["rules"]["text"]
            assert "is watched" in rows["mailbox support/INBOX"]["text"], "the rest is seen although the rules are not"
            (tmp_path / "rules.toml").write_text(rules)
        done = desk.command("status", check=False)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 69
    assert any("daemon" in line and "RED" in line and "does not run" in line for line in lines)
    assert any("mailbox support/INBOX" in line and "green" in line for line in lines)


def test_pagers_have_a_line_of_their_own_where_there_are_any(database: Database) -> None:
    assert conditions.PAGERS not in seen(database)
    pager = {"webhook": "https://hooks.slack.example/s3cr3t", "form": "slack"}
    dana = {"id": "dana", "name": "Dana", "pager": [{"mail": "1@sms.example"}, pager, {"command": ["true"]}]}
    bob = {"id": "bob", "name": "Bob", "pager": [{"mail": "2@sms.example"}]}
    rules = Rules.model_validate({"agent": [dana, bob]})
    line = seen(database, rules=rules)[conditions.PAGERS]
    assert (line.light, line.text) == (Light.GREEN, "dana by Slack and command")
    board = Board(lambda: NOW)
    board.part(conditions.PAGERS).troubled("dana/2: it answered 410", "`mailbot oncall test` tries each")
    line = seen(database, rules=rules, live=live(board))[conditions.PAGERS]
    assert line.light is Light.YELLOW
    assert line.text == "a page did not leave, since 15:00: dana/2: it answered 410"
    assert line.next_step == "`mailbot oncall test` tries each"


def test_pages_are_no_mails_that_wait(database: Database) -> None:
    page = outbox.NewMail("k", "page", outbox.Audience.PAGER, "dana/1", "k@telecom.example", b"{}")

    old = NOW - timedelta(hours=2)
    write = database.writer.write
    number = write(lambda conn: outbox.queue(conn, PARTNER, page, old))
    assert number is not None
    assert seen(database)["relay"].text == "has taken no mail yet; nothing waits"
    write(lambda conn: outbox.claim(conn, PARTNER, NOW, audience=outbox.Audience.PAGER))
    write(lambda conn: outbox.mark_failed(conn, number, now=NOW))
    assert seen(database)["outbox"].text == "nothing held, failed or unclear"
