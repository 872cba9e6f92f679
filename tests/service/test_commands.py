"""What an operator types: words, exit codes, and what stands in the log afterwards, with and without a daemon."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mailbot.desk.refusing import RefusedError
from mailbot.errors import MailbotError
from mailbot.health import Part
from mailbot.intake.files import StoredMessage, messages_in
from mailbot.service.control import ControlServer, ask
from mailbot.service.ingest import Ingest
from mailbot.store import cursors
from mailbot.store.database import open_database
from mailbot.store.lock import FolderLock
from tests.servers.commands import run
from tests.servers.daemon import Desk, at_work, rules_for

RULES = rules_for(more='[listen]\nsmtp = "127.0.0.1:0"\n[notify]\naddresses = ["team@example.com"]\n')
NUMBERS = count(1)
# Escape, bell, NUL, C1's CSI, overrides and isolates of direction, line separators, zero-width, a lone surrogate.
UNWANTED = "\x1b\x07\x00\x9b\x85\u202e\u2066\u200f\u2028\u200b\ufeff\udc9b"


@pytest.fixture(scope="module", params=["alone", "beside a daemon"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A folder to work in, with a daemon and without; the tests share it and each takes in mail of its own."""
    with at_work(tmp_path_factory.mktemp("desk"), RULES, beside_a_daemon=request.param != "alone") as here:
        yield here


def mail(number: int, *, sender: str = "", subject: str = "", text: str = "") -> bytes:
    """Return a message that no other test has."""
    return (
        f"From: {sender or f'Person {number} <p{number}@acme-dental.example>'}\r\nTo: support@example.com\r\n"
        f"Subject: {subject or f'Question {number}'}\r\nMessage-ID: <q{number}@acme-dental.example>\r\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text or f'The hold music is too loud ({number}).'}\r\n"
    ).encode()


def taken(desk: Desk, raw: bytes, *words: str) -> int:
    """Pipe a mail in; return the number of its ticket, once it has one."""
    done = run(desk.folder, "ingest", "-", *words, stdin=raw)
    assert (done.code, done.out, done.err) == (0, "", "")
    message_id = raw.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
    found = "SELECT ticket_id FROM entry WHERE message_id = ?"
    desk.wait_for(lambda: desk.count(found, message_id) > 0, "the mail to be decided on")
    return desk.count(found, message_id)


def new_ticket(desk: Desk) -> tuple[int, int]:
    """Take in a mail of its own; return its own number and its ticket's."""
    number = next(NUMBERS)
    return number, taken(desk, mail(number))


class TestWorkingOnTickets:
    def test_a_ticket_from_arrival_to_its_end(self, desk: Desk) -> None:
        number, ticket = new_ticket(desk)
        listed = run(desk.folder, "tickets", "--state", "open", "--search", f"Question {number}")
        assert listed.code == 0
        assert f"#{ticket}" in listed.out
        assert f"Question {number}" in listed.out
        for words, said in [
            (("note", "Called her, 17:00"), f"noted on #{ticket}"),
            (("close", "--reason", "solved by phone"), f"#{ticket} is closed"),
            (("close",), f"#{ticket} was closed already"),
            (("reopen",), f"#{ticket} is open again"),
            (("reopen",), f"#{ticket} was open already"),
            (("set", "--severity", "high", "--tenant", "acme"), f"#{ticket} belongs to acme and is high"),
            (("severity", "critical"), f"#{ticket} is critical"),
            (("severity", "high"), f"#{ticket} is high"),
            (("playbook", "register"), f"#{ticket} is taken for"),
            (("set", "--spam"), f"#{ticket} is spam and closed"),
        ]:
            done = run(desk.folder, words[0], str(ticket), *words[1:])
            assert (done.code, said in done.out) == (0, True), done
        assert "is open again, no spam" in " ".join(run(desk.folder, "undo").out.split())
        assert run(desk.folder, "spam", str(ticket)).code == 0
        shown = run(desk.folder, "show", str(ticket)).out
        for words_shown in ("Called her, 17:00", "closed: solved by phone", "open again", "severity is now high"):
            assert words_shown in shown
        [row] = run(desk.folder, "show", str(ticket), "--json").rows
        assert (row["state"], row["severity"], row["tenant"]) == ("closed", "high", "acme")
        assert "spam" in row["flags"]
        kinds = [entry["kind"] for entry in row["entries"]]
        assert kinds == ["change", "customer", "note", *["change"] * 9]

    def test_many_tickets_are_closed_at_once_and_a_wrong_number_keeps_none_open(self, desk: Desk) -> None:
        (_, first), (_, second) = new_ticket(desk), new_ticket(desk)
        done = run(desk.folder, "close", str(first), "999999", f"#{second}", "--reason", "solved by phone")
        assert done.code == 65
        assert done.out.splitlines() == [f"#{first} is closed", f"#{second} is closed"]
        assert "999999" in done.err
        assert run(desk.folder, "reopen", str(first), str(second)).out.count("is open again") == 2

    def test_a_new_severity_counts_from_the_arrival(self, desk: Desk) -> None:
        _, ticket = new_ticket(desk)
        run(desk.folder, "set", str(ticket), "--severity", "critical")
        [row] = run(desk.folder, "show", str(ticket), "--json").rows
        opened, due = (datetime.fromisoformat(row[name]) for name in ("opened_at", "response_due_at"))
        assert due - opened == timedelta(minutes=15)

    def test_why_tells_what_was_decided_by_number_id_and_address(self, desk: Desk) -> None:
        number, ticket = new_ticket(desk)
        for asked in (str(ticket), f"#{ticket}", f"<q{number}@acme-dental.example>", f"P{number}@acme-dental.example"):
            done = run(desk.folder, "why", asked)
            assert done.code == 0
            assert "belongs to Acme Dental" in done.out, asked
            [found] = run(desk.folder, "why", asked, "--json").rows
            assert [entry["ticket_id"] for entry in found["entries"] if entry["kind"] == "customer"] == [ticket]

    def test_every_listing_is_one_json_object_a_line(self, desk: Desk, tmp_path: Path) -> None:
        taken(desk, mail(next(NUMBERS)), "--answer")
        _, ticket = new_ticket(desk)
        source = tmp_path / "a.eml"
        source.write_bytes(mail(next(NUMBERS)))
        for words in (
            ("tickets",),
            ("show", str(ticket)),
            ("why", str(ticket)),
            ("outbox", "list"),
            ("parse", str(source), str(source)),
            ("classify", str(source)),
        ):
            done = run(desk.folder, *words, "--json")
            assert done.code == 0
            assert done.rows, words
            assert all(isinstance(row, dict) for row in done.rows)


class TestExitCodes:
    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            # 64: the call is wrong
            (("bogus",), 64, "bogus"),
            (("close", "abc"), 64, "no number"),
            (("close", "0"), 64, "no number"),
            (("show", "99999999999999999999"), 64, "no number"),
            (("note", "1001"), 64, "Missing"),
            (("tickets", "--state", "done"), 64, "open, closed"),
            (("tickets", "--severity", "urgent"), 64, "critical, high, normal, low"),
            (("set", "1001", "--severity", "urgent"), 64, "critical, high, normal, low"),
            (("set", "1001"), 64, "--tenant, --severity, --playbook or --spam"),
            (("outbox", "list", "--state", "lost"), 64, "held, queued"),
            (("outbox", "release"), 64, "--all"),
            (("why", "a@b.example", "--on", "2999-01-01"), 64, "still to come"),
            # 65: there is no such thing
            (("show", "77"), 65, "mailbot tickets"),
            (("why", "77"), 65, "there is no ticket #77"),
            (("close", "77"), 65, "mailbot tickets"),
            (("reopen", "77"), 65, "mailbot tickets"),
            (("note", "77", "x"), 65, "mailbot tickets"),
            (("set", "77", "--severity", "low"), 65, "mailbot tickets"),
            (("outbox", "show", "777"), 65, "mailbot outbox list"),
            (("outbox", "release", "777"), 65, "mailbot outbox list"),
            (("outbox", "drop", "777"), 65, "mailbot outbox list"),
            (("outbox", "drop", "99999999999999999999"), 64, "no number"),
            # 66: no such file
            (("parse", "nothing.eml"), 66, "nothing.eml"),
            (("classify", "nothing.eml"), 66, "nothing.eml"),
            (("ingest", "nothing.eml"), 66, "nothing.eml"),
            (("tickets", "--log", "nothing.db"), 66, "nothing.db"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
    )
    def test_each_no_has_its_code_and_says_what_to_do(
        self, desk: Desk, words: Sequence[str], code: int, said: str
    ) -> None:
        if not desk.log.exists():
            new_ticket(desk)
        done = run(desk.folder, *words)
        assert (done.code, done.out) == (code, "")
        # What is to be typed can be typed as it stands.
        assert said.replace("mailbot ", f"mailbot -C {desk.folder} ") in done.err

    def test_an_unknown_tenant_is_refused_with_those_that_there_are(self, desk: Desk) -> None:
        _, ticket = new_ticket(desk)
        done = run(desk.folder, "set", str(ticket), "--tenant", "zebra")
        assert (done.code, "acme" in done.err) == (65, True)

    def test_a_mail_that_left_or_was_dropped_cannot_be_released(self, desk: Desk) -> None:
        number = next(NUMBERS)
        ticket = taken(desk, mail(number), "--answer")
        rows = run(desk.folder, "outbox", "list", "--json").rows
        [mail_id] = [row["id"] for row in rows if row["ticket_id"] == ticket and row["kind"] != "notice"]
        done = run(desk.folder, "outbox", "release", str(mail_id))
        assert (done.code, f"outgoing mail {mail_id} is " in done.err) == (65, True)

    def test_an_outgoing_mail_is_shown_as_people_read_it_and_as_it_leaves(self, desk: Desk, tmp_path: Path) -> None:
        number = next(NUMBERS)
        ticket = taken(desk, mail(number), "--answer")
        rows = run(desk.folder, "outbox", "list", "--json").rows
        [row] = [row for row in rows if row["ticket_id"] == ticket and row["kind"] != "notice"]
        mail_id = str(row["id"])
        shown = run(desk.folder, "outbox", "show", mail_id).out
        assert f"p{number}@acme-dental.example" in shown
        assert f"[{ticket}] We have your message" in shown
        assert "│ Hello," in shown
        assert run(desk.folder, "outbox", "show", mail_id, "--json").rows == [row]
        octets = run(desk.folder, "outbox", "show", mail_id, "--raw").stdout
        assert message_from_bytes(octets)["Message-ID"] == f"<{row['message_id']}>"
        assert octets.count(b"\r\n") == octets.count(b"\n")
        page = tmp_path / "mail.html"
        assert str(page) in run(desk.folder, "outbox", "show", mail_id, "--html", str(page)).out
        assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

    def test_what_can_be_done_with_a_held_mail_is_said(self, tmp_path: Path) -> None:
        here = Desk(tmp_path / "held", RULES + '[answers]\noutgoing = "hold"\n')
        taken(here, mail(1), "--answer")
        shown = run(here.folder, "outbox", "show", "1").out
        assert "held" in shown
        mailbot = f"mailbot -C {here.folder}"
        assert f"Next: {mailbot} outbox release 1 · {mailbot} outbox drop 1" in " ".join(shown.split())

    def test_without_a_log_the_next_step_is_named(self, tmp_path: Path) -> None:
        for words in (("tickets",), ("show", "1001"), ("why", "1001"), ("outbox", "list"), ("outbox", "show", "1")):
            done = run(tmp_path, *words)
            assert (done.code, f"`mailbot -C {tmp_path} run`" in done.err) == (66, True)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_in_use_is_said_with_the_process(self, tmp_path: Path) -> None:
        here = Desk(tmp_path, RULES)
        _, ticket = new_ticket(here)
        with FolderLock(here.folder / "data"):
            done = run(here.folder, "close", str(ticket))
        assert (done.code, str(os.getpid()) in done.err) == (75, True)
        assert run(here.folder, "close", str(ticket)).code == 0

    def test_broken_rules_are_listed_whole(self, tmp_path: Path) -> None:
        (tmp_path / "rules.toml").write_text(
            '[partner]\nbrand = "Harbor Voice"\nzone = "America/New_Yrok"\n[answers]\nmax_age = "soon"\nholdd = 1\n'
        )
        (tmp_path / "a.eml").write_bytes(mail(1))
        for words in (
            ("check",),
            ("run",),
            ("tickets",),
            ("show", "1001"),
            ("close", "1001"),
            ("ingest", str(tmp_path / "a.eml")),
            ("parse", str(tmp_path / "a.eml")),
            ("classify", str(tmp_path / "a.eml")),
            ("outbox", "list"),
        ):
            done = run(tmp_path, *words)
            assert done.code == 78, (words, done)
            for place in ("rules.toml:3: error: partner.zone", "rules.toml:5: error: answers.max_age", "rules.toml:6"):
                assert place in done.err, (words, place, done.err)
        assert not (tmp_path / "data").exists()

    def test_shipped_rules_are_enough_to_read_and_classify(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(mail(1, text="All our phones are dead, nobody can call."))
        assert "hold" not in run(tmp_path, "parse", str(tmp_path / "a.eml")).err
        [row] = run(tmp_path, "classify", "--json", str(tmp_path / "a.eml")).rows
        assert row["severity"] == "critical"
        assert run(tmp_path, "parse", str(tmp_path)).code == 0
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.eml"]


class TestIngest:
    @pytest.mark.parametrize(
        ("sender", "stored"),
        [
            ("jane@acme-dental.example", "jane@acme-dental.example"),
            ("<jane@acme-dental.example>", "jane@acme-dental.example"),
            # The null reverse-path, as MTAs write it
            ("", ""),
            ("<>", ""),
            ("MAILER-DAEMON", ""),
        ],
    )
    def test_a_pipe_brings_its_envelope(self, desk: Desk, sender: str, stored: str) -> None:
        number = next(NUMBERS)
        taken(
            desk, mail(number), "--sender", sender, "--recipient", "support+x@example.com", "--recipient", "b@c.example"
        )
        found = desk.rows("SELECT reverse_path, recipients FROM arrival ORDER BY id DESC LIMIT 1")
        assert (found[0][0], json.loads(found[0][1])) == (stored, ["support+x@example.com", "b@c.example"])

    def test_nobody_hears_of_it_unless_told_to_answer(self, desk: Desk) -> None:
        ticket = taken(desk, mail(next(NUMBERS), text="All our phones are dead, nobody can call."))
        assert desk.count("SELECT count(*) FROM outbox WHERE ticket_id = ?", ticket) == 0
        assert desk.count("SELECT count(*) FROM notice WHERE ticket_id = ?", ticket) == 0
        loud = taken(desk, mail(next(NUMBERS)), "--answer")
        assert desk.count("SELECT count(*) FROM outbox WHERE ticket_id = ? AND audience = 'customer'", loud) == 1
        assert desk.count("SELECT count(*) FROM notice WHERE ticket_id = ?", loud) == 1

    def test_files_folders_and_mboxes_are_taken_in_and_told_one_by_one(self, desk: Desk, tmp_path: Path) -> None:
        numbers = [next(NUMBERS) for _ in range(3)]
        (tmp_path / "one.eml").write_bytes(mail(numbers[0]))
        box = b"".join(b"From x@y.example Mon Nov 23 10:00:00 2026\n" + mail(number) + b"\n" for number in numbers[1:])
        (tmp_path / "two.mbox").write_bytes(box)
        done = run(desk.folder, "ingest", str(tmp_path))
        assert done.code == 0
        assert len(done.out.splitlines()) == 3
        ids = [f"q{number}@acme-dental.example" for number in numbers]
        found = "SELECT count(DISTINCT ticket_id) FROM entry WHERE message_id IN (?, ?, ?)"
        desk.wait_for(lambda: desk.count(found, *ids) == 3, "three tickets")

    def test_what_is_too_large_for_good_goes_back(self, tmp_path: Path) -> None:
        here = Desk(tmp_path, RULES + "[limits]\nmessage_bytes = 2000\n")
        done = run(here.folder, "ingest", "-", stdin=mail(1) + b"x" * 2000)
        assert (done.code, "2000 octets" in done.err) == (65, True)
        (tmp_path / "a.eml").write_bytes(mail(1) + b"x" * 2000)
        (tmp_path / "b.eml").write_bytes(mail(2))
        done = run(here.folder, "ingest", str(tmp_path))
        assert (done.code, "a.eml" in done.err, "b.eml" in done.out) == (65, True, True)
        assert here.count("SELECT count(*) FROM arrival") == 1

    def test_whatever_may_pass_keeps_the_mail_with_the_mta(self, tmp_path: Path) -> None:
        """75 for each: Postfix, Exim and the like send a mail back for any other code."""
        here = Desk(tmp_path / "locked", RULES)
        with FolderLock(here.folder / "data"):
            locked = run(here.folder, "ingest", "-", stdin=mail(1))
        assert (locked.code, str(os.getpid()) in locked.err) == (75, True)
        assert here.rows("SELECT 1") == []

        unwritable = Desk(tmp_path / "unwritable", RULES)
        # What a read-only file system and a wrong owner look like, for root as well.
        (unwritable.folder / "data").write_text("")
        assert run(unwritable.folder, "ingest", "-", stdin=mail(1)).code == 75

        broken = Desk(tmp_path / "broken", RULES + "nonsense = 1\n")
        done = run(broken.folder, "ingest", "-", stdin=mail(1))
        assert (done.code, "nonsense" in done.err) == (75, True)
        assert run(tmp_path / "none", "ingest", "-", stdin=mail(1)).code == 75

        assert run(here.folder, "ingest", "-", stdin=mail(1)).code == 0

    def test_a_daemon_that_ends_meanwhile_took_nothing(self, tmp_path: Path) -> None:
        here = Desk(tmp_path, RULES)
        (tmp_path / "data").mkdir()
        daemon = ControlServer(tmp_path / "data", lambda _request: "x", Part("control", lambda: datetime.now(UTC)))
        with Ingest(tmp_path, lambda: datetime.now(UTC), (None, ()), answer=False) as taking:
            daemon.stop()
            with pytest.raises(MailbotError, match="not taken in"):
                taking.take(StoredMessage("-", mail(1)))
        assert here.rows("SELECT 1") == []


def test_the_daemon_says_what_a_yes_is_to(tmp_path: Path) -> None:
    def refuses(_request: Mapping[str, Any]) -> str:
        raise RefusedError("it would tell 2 people", {"step": "open", "tickets": [1001]})

    daemon = ControlServer(tmp_path, refuses, Part("control", lambda: datetime.now(UTC)))
    try:
        with pytest.raises(RefusedError, match="it would tell 2 people") as refused:
            ask(tmp_path, {"verb": "incident"})
    finally:
        daemon.stop()
    assert refused.value.shown == {"step": "open", "tickets": [1001]}


class TestRaw:
    ODD = b"From: a@acme-dental.example\nMessage-ID: <odd@x>\r\n\r\nFrom me\r\x00\xff\xfe\n>From you\r\n\xc3"

    def test_one_message_comes_back_bit_for_bit(self, desk: Desk) -> None:
        raw = self.ODD.replace(b"odd@x", b"odd%d@x" % next(NUMBERS))
        ticket = taken(desk, raw)
        assert run(desk.folder, "show", str(ticket), "--raw").stdout == raw

    def test_several_come_back_as_an_mbox_that_reads_as_the_same(self, desk: Desk, tmp_path: Path) -> None:
        number = next(NUMBERS)
        sender = f"p{number}@acme-dental.example"
        first = mail(number) + b"From now on\rFrom here\r\n>From there"
        ticket = taken(desk, first)
        token = f"In-Reply-To: <q{number}@acme-dental.example>\r\n".encode()
        second = token + mail(next(NUMBERS), sender=sender)
        assert taken(desk, second) == ticket
        box = tmp_path / "box.mbox"
        box.write_bytes(run(desk.folder, "show", str(ticket), "--raw").stdout)
        assert [found.raw.rstrip(b"\n") for found in messages_in([box])] == [first, second.rstrip(b"\n")]


class TestWatching:
    """What `why` says to somebody whose mail never came: whether we were there."""

    # Midnight in New York.
    DAY = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)

    def test_watched_all_the_time_or_with_its_gaps(self, tmp_path: Path) -> None:
        here = Desk(tmp_path, RULES)
        new_ticket(here)
        asked = ("why", "nobody@elsewhere.example", "--on", "2026-11-20")
        assert "No mailbox has been watched yet" in run(here.folder, *asked).out
        with open_database(here.log) as database:
            note = partial(cursors.watched, partner="partner", mailbox="support/INBOX", tolerance=timedelta(hours=9))

            def watched(*hours: float) -> None:
                for at in (self.DAY + timedelta(hours=hour) for hour in hours):
                    database.writer.write(partial(note, at=at))

            watched(-1, 5, 9)
            gap = run(here.folder, *asked).out
            assert "Nothing arrived from nobody@elsewhere.example" in gap
            assert "support/INBOX was not watched from Fri 20 Nov 09:00 to Sat 21 Nov 00:00" in gap
            watched(17, 25)
            assert "support/INBOX was watched all the time" in run(here.folder, *asked).out

    def test_the_daemon_notes_its_own_door(self, tmp_path: Path) -> None:
        with Desk(tmp_path, RULES) as here:
            here.wait_until_started()
            here.wait_for(lambda: here.count("SELECT count(*) FROM watch") == 1, "the first note")
            said = run(here.folder, "why", "nobody@elsewhere.example").out
            assert "smtp was not watched from" in said

    def test_what_is_asked_for_by_its_message_id_is_said_to_be_no_message(self, desk: Desk) -> None:
        new_ticket(desk)
        for asked in ("<nope@x.example>", "nope"):
            done = run(desk.folder, "why", asked)
            assert (done.code, f"No message has the Message-ID {asked}." in done.out) == (0, True)
            assert "Nothing arrived from" not in done.out

    @pytest.mark.parametrize(("day", "said"), [("yesterday", "is no day"), ("2999-01-01", "still to come")])
    def test_a_day_that_is_none_is_told_in_plain_words(self, tmp_path: Path, day: str, said: str) -> None:
        for words in (("why", "jane@acme-dental.example", "--on", day), ("run", "--since", day)):
            done = run(tmp_path, *words)
            assert done.code == 64
            assert said in done.err


class TestHolidays:
    def test_a_calendar_without_any_names_the_table_or_the_region(self, tmp_path: Path) -> None:
        (tmp_path / "rules.toml").write_text('[partner]\nid = "p"\n')
        assert "name a region in [partner.hours]" in run(tmp_path, "holidays").out
        (tmp_path / "rules.toml").write_text('[partner.hours]\nregion = "US"\n')
        assert "Independence Day" in run(tmp_path, "holidays", "--year", "2027").out
        assert run(tmp_path, "holidays", "--year", "99").code == 64

    def test_an_agents_own_hours_name_the_holidays_that_they_keep(self, tmp_path: Path) -> None:
        agent = '[[agent]]\nid = "dana"\nname = "Dana Ortiz"\naddresses = ["dana@example.com"]\n'
        closed = '[partner]\naddress = "support@example.com"\n[partner.hours]\nregion = "US"\nclosed = ["2027-12-24"]\n'
        week = 'hours.week = { mon = ["08:00-16:00"] }\n'
        (tmp_path / "rules.toml").write_text(closed + agent)
        listed = run(tmp_path, "agents").out
        assert "dana@example.com" in listed
        assert "own hours" not in listed
        (tmp_path / "rules.toml").write_text(closed + agent + week)
        told = " ".join(run(tmp_path, "agents").out.split())
        assert "Dana Ortiz's own hours keep the holidays of US and 1 closed day: mailbot holidays" in told
        hers = run(tmp_path, "holidays", "--year", "2027").out.partition("Dana Ortiz")[2]
        assert "Independence Day" in hers
        assert "24 Dec 2027" in hers


@pytest.mark.parametrize("words", [("close", "1"), ("note", "1", "x"), ("outbox", "release", "1")])
def test_where_there_is_no_log_a_change_makes_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    done = run(tmp_path, *words)
    assert done.code == 66
    assert "there is no ticket log" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["rules.toml"]


def test_status_finds_what_check_finds_where_there_are_no_rules(tmp_path: Path) -> None:
    errors = [row for row in run(tmp_path, "check", "--json").rows if not row["warning"]]
    [rules] = [row for row in run(tmp_path, "status", "--json").rows if row["part"] == "rules"]
    assert rules["light"] == "red"
    assert rules["facts"]["mistakes"] == len(errors) > 0


def test_status_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", "status")
    assert done.code == 78
    assert "there is no such folder" in done.err


@pytest.mark.parametrize(("user", "said"), [("nosuch", "no user nosuch"), ("root", "as root"), ("nobody", "")])
def test_a_unit_says_what_speaks_against_its_user(tmp_path: Path, user: str, said: str) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    done = run(tmp_path, "unit", "--user", user)
    assert f"User={user}" in done.out
    assert said in done.err if said else not done.err


class TestTerminal:
    def test_no_character_of_a_mail_can_steer_the_terminal(self, desk: Desk, tmp_path: Path) -> None:
        number = next(NUMBERS)
        word = "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in UNWANTED.encode("utf-8", "surrogatepass")) + "?="
        sender = f"{word} <p{number}@acme-dental.example>"
        nasty = mail(number, sender=sender, subject=f"[red]x[/] {word} :bell: \\").replace(
            b"The hold", UNWANTED.encode("utf-8", "surrogatepass") + b" [link=https://x.example]The hold[/link] \\\\"
        )
        ticket = taken(desk, nasty, "--answer")
        # Whoever wrote that is not answered; there is to be a mail that can be shown.
        taken(desk, mail(next(NUMBERS)), "--answer")
        path = tmp_path / os.fsdecode(b"\x1b[31m\xff.eml")
        path.write_bytes(nasty)
        for words in (
            ("tickets", "--search", "hold music"),
            ("show", str(ticket)),
            ("why", str(ticket)),
            ("why", "\x1b]0;x\x07@y.example"),
            ("outbox", "list"),
            ("outbox", "show", "1"),
            ("parse", str(path)),
            ("classify", str(path)),
            ("ingest", str(path)),
            ("ingest", str(path) + "x"),
        ):
            for more in ((), ("--json",)) if words[0] != "ingest" else ((),):
                done = run(desk.folder, *words, *more)
                printed = done.out + done.err
                assert printed
                steering = {char for char in printed if not (char.isprintable() or char == "\n")}
                assert steering == set(), (words, more)
        shown = run(desk.folder, "show", str(ticket)).out
        assert "[red]x[/]" in shown
        assert ":bell: \\\n" in shown
        assert "[link=https://x.example]The hold[/link] \\\\" in shown

    @pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash for PIPESTATUS")
    def test_a_reader_that_stops_early_is_no_failure(self, desk: Desk) -> None:
        new_ticket(desk)
        script = f'{sys.executable} -m mailbot -C "$1" tickets --json | true; echo ${{PIPESTATUS[0]}}'
        done = subprocess.run(["bash", "-c", script, "bash", str(desk.folder)], capture_output=True, check=True)
        assert (done.stdout.split(), done.stderr) == ([b"0"], b"")
