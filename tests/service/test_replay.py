"""Past mail on a virtual clock: the daemon's own decisions, at the times when the mail came, and the same each time."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.servers.daemon import Desk

RULES = """[partner]
brand = "Harbor Voice"
address = "support@example.com"
zone = "America/New_York"
emergency_number = "+1 212 555 0100"
[notify]
addresses = ["team@example.com"]
[listen]
authserv_ids = ["mx.example.com"]
[[tenant]]
id = "acme"
name = "Acme Dental"
domains = ["acme-dental.example"]
emergency_number = "+1 212 555 0111"
"""


def past(number: int, arrived: str, text: str, *, sender: str = "jane@acme-dental.example", date: str = "") -> bytes:
    """Return a message that once arrived at that instant; its own Date may say something else."""
    return (
        f"Received: from out.example by mx.example.com; {arrived}\r\n"
        f"From: {sender}\r\nTo: support@example.com\r\nSubject: Past {number}\r\n"
        f"Message-ID: <past-{number}@acme-dental.example>\r\nDate: {date or arrived}\r\n\r\n{text}\r\n"
    ).encode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "last-month"
    folder.mkdir()
    # Out of order on purpose, and with a Date that lies.
    mails = {
        "b-monday": past(2, "Mon, 23 Nov 2026 10:00:00 -0500", "How do I add an extension?"),
        "a-saturday": past(1, "Sat, 21 Nov 2026 23:40:00 -0500", "All phones are dead, nobody can call."),
        "c-tuesday": past(3, "Tue, 24 Nov 2026 09:30:00 -0500", "Thanks!", date="Fri, 01 Jan 1999 00:00:00 +0000"),
        "d-stranger": past(4, "Tue, 24 Nov 2026 10:00:00 -0500", "Hello", sender="who@elsewhere.example"),
    }
    for name, raw in mails.items():
        (folder / f"{name}.eml").write_bytes(raw)
    return folder


def replayed(
    desk: Desk, source: Path, name: str, *options: str, alone: bool = False
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return the tickets and the mails of one replay, which may be `alone` in a process of its own."""
    log, sent = desk.folder / f"{name}.db", desk.folder / name
    rules = desk.folder / "rules.toml"
    run = desk.program if alone else desk.command
    done = run("replay", str(source), "--rules", str(rules), "--into", str(log), "--sent", str(sent), *options)
    assert done.returncode == 0, done.stderr.decode()
    listed = desk.command("tickets", "--log", str(log), "--json").stdout.splitlines()
    shown = [json.loads(line) for line in listed]
    first = shown[0]["id"]
    assert json.loads(desk.command("show", str(first), "--json", "--log", str(log)).stdout) == shown[0]
    return shown, {path.name: path.read_bytes() for path in sorted(sent.iterdir())}


def test_two_runs_give_the_same_tickets_and_mails(tmp_path: Path, source: Path) -> None:
    desk = Desk(tmp_path / "desk", RULES)
    assert replayed(desk, source, "one", alone=True) == replayed(desk, source, "two", alone=True)


def test_each_message_is_decided_at_its_own_time(tmp_path: Path, source: Path) -> None:
    shown, sent = replayed(Desk(tmp_path / "desk", RULES), source, "one")
    by_subject = {ticket["subject"]: ticket for ticket in shown}
    assert by_subject["Past 1"]["opened_at"] == "2026-11-22T04:40:00Z"
    assert by_subject["Past 1"]["severity"] == "critical"
    assert [mail["kind"] for mail in by_subject["Past 1"]["mails"] if mail["audience"] == "customer"] == ["emergency"]
    assert [mail["kind"] for mail in by_subject["Past 2"]["mails"] if mail["audience"] == "customer"] == [
        "acknowledgement"
    ]
    # The Received field counts, not what the sender's clock claimed.
    assert by_subject["Past 3"]["opened_at"] == "2026-11-24T14:30:00Z"
    # Nobody knows this sender, and nothing proves the address.
    assert [mail for mail in by_subject["Past 4"]["mails"] if mail["audience"] == "customer"] == []
    dates = [message_from_bytes(raw, policy=policy.default)["Date"].datetime for raw in sent.values()]
    assert dates == sorted(dates)
    assert dates[0].isoformat() == "2026-11-22T04:40:00+00:00"


def test_nothing_is_overwritten(tmp_path: Path, source: Path) -> None:
    """A replay into a log that is in use, or beside old mails, is refused and says what to do."""
    desk = Desk(tmp_path / "desk", RULES)
    replayed(desk, source, "one")
    rules = str(desk.folder / "rules.toml")
    again = desk.command(
        "replay", str(source), "--rules", rules, "--into", str(desk.folder / "one.db"),
        "--sent", str(desk.folder / "new"), check=False,
    )  # fmt: skip
    beside = desk.command(
        "replay", str(source), "--rules", rules, "--into", str(desk.folder / "new.db"),
        "--sent", str(desk.folder / "one"), check=False,
    )  # fmt: skip
    assert (again.returncode, beside.returncode) == (73, 73)
    assert b"exists already" in again.stderr
    assert b"not empty" in beside.stderr


TWO_MAILBOXES = """[[mailbox]]
id = "hosted"
host = "imap.example.net"
sign_in = { user = "support@example.com", password = { env = "X" } }
authserv_ids = ["mx.hosted.example"]
[[mailbox]]
id = "office"
host = "imap.example.org"
folders = ["Desk"]
sign_in = { user = "support@example.com", password = { env = "X" } }
authserv_ids = ["mx.office.example"]
"""
LISTENER = '[listen]\nauthserv_ids = ["mx.listener.example"]\n'


def verified_by(folder: Path, border: str) -> Path:
    """Return a folder with one message whose sender that border has found to be genuine."""
    folder.mkdir()
    raw = past(1, "Mon, 23 Nov 2026 10:00:00 -0500", "How do I add an extension?")
    (folder / "a.eml").write_bytes(
        f"Authentication-Results: {border}; dmarc=pass header.from=acme-dental.example\r\n".encode() + raw
    )
    return folder


BORDERS = [
    # Without a word the first mailbox counts, as it would in a run.
    (TWO_MAILBOXES, (), "mx.hosted.example", True),
    (TWO_MAILBOXES, (), "mx.office.example", False),
    (TWO_MAILBOXES, ("--mailbox", "office"), "mx.office.example", True),
    (TWO_MAILBOXES, ("--mailbox", "office"), "mx.hosted.example", False),
    # The listener's word counts where there is no mailbox.
    (TWO_MAILBOXES, (), "mx.listener.example", False),
    ("", (), "mx.listener.example", True),
    ("", (), "mx.hosted.example", False),
]


@pytest.mark.parametrize(("mailboxes", "options", "border", "genuine"), BORDERS)
def test_the_border_of_the_mailbox_vouches_as_in_a_run(
    tmp_path: Path,
    mailboxes: str,
    options: tuple[str, ...],
    border: str,
    genuine: bool,  # noqa: FBT001
) -> None:
    source = verified_by(tmp_path / "mails", border)
    desk = Desk(tmp_path / "desk", RULES.replace('[listen]\nauthserv_ids = ["mx.example.com"]\n', LISTENER) + mailboxes)
    [ticket], _ = replayed(desk, source, "one", *options)
    assert ("unverified" in ticket["flags"]) is not genuine
    [parsed] = desk.command("parse", "--json", str(source), *options).stdout.splitlines()
    assert json.loads(parsed)["authentication"]["verdict"] == ("pass" if genuine else "none")


def test_mail_of_a_mailbox_is_treated_as_fetched_from_it(tmp_path: Path) -> None:
    """Over IMAP our people see a customer's next mail in their own program: they are not told once more."""
    source = tmp_path / "mails"
    source.mkdir()
    (source / "1.eml").write_bytes(past(1, "Mon, 23 Nov 2026 10:00:00 -0500", "How do I add an extension?"))
    reply = past(2, "Mon, 23 Nov 2026 11:00:00 -0500", "It is for the new desk.")
    (source / "2.eml").write_bytes(b"In-Reply-To: <past-1@acme-dental.example>\r\n" + reply)
    hosted = Desk(tmp_path / "hosted", RULES + TWO_MAILBOXES)
    [ticket], _ = replayed(hosted, source, "one", "--mailbox", "office")
    assert len([mail for mail in ticket["mails"] if mail["audience"] == "team"]) == 1
    why = hosted.command("why", "past-1@acme-dental.example", "--log", str(hosted.folder / "one.db")).stdout.decode()
    assert "imap office Desk" in why
    [ticket], _ = replayed(Desk(tmp_path / "listening", RULES), source, "one")
    assert len([mail for mail in ticket["mails"] if mail["audience"] == "team"]) == 2


def test_mail_beyond_the_limit_comes_as_its_header_as_in_a_run(tmp_path: Path) -> None:
    source = tmp_path / "mails"
    source.mkdir()
    large = past(1, "Mon, 23 Nov 2026 10:00:00 -0500", "Pictures of the desk phone\r\n" + "x" * 3000)
    (source / "a.eml").write_bytes(large)
    (source / "b.eml").write_bytes(large.replace(b"\r\n", b"\n").replace(b"past-1", b"past-2"))
    shown, _ = replayed(
        Desk(tmp_path / "desk", RULES + TWO_MAILBOXES + "[limits]\nmessage_bytes = 2000\n"), source, "one"
    )
    entries = [entry for ticket in shown for entry in ticket["entries"] if entry["kind"] == "customer"]
    assert [("oversize" in entry["flags"], "Pictures" in entry["text"]) for entry in entries] == [(True, False)] * 2


def test_a_mailbox_that_is_not_there_is_named_with_those_that_are(tmp_path: Path, source: Path) -> None:
    desk = Desk(tmp_path / "desk", RULES + TWO_MAILBOXES)
    words = (
        "--rules",
        str(desk.folder / "rules.toml"),
        "--into",
        str(desk.folder / "a.db"),
        "--sent",
        str(desk.folder / "a"),
    )
    for command in (("replay", str(source), *words), ("parse", str(source)), ("classify", str(source))):
        done = desk.command(*command, "--mailbox", "offce", check=False)
        assert done.returncode == 64, done.stderr
        assert b"hosted, office" in done.stderr
    assert not (desk.folder / "a.db").exists()
    assert not (desk.folder / "a").exists()


def test_answers_that_the_rules_hold_are_shown(tmp_path: Path, source: Path) -> None:
    """A replay is there to show them; only a run keeps them back."""
    _, sent = replayed(Desk(tmp_path / "sending", RULES), source, "one")
    holding = Desk(tmp_path / "holding", RULES + '[answers]\noutgoing = "hold"\n')
    shown, also_sent = replayed(holding, source, "one")
    assert sorted(also_sent) == sorted(sent)
    assert any("jane@acme-dental.example" in name for name in also_sent)
    assert {mail["state"] for ticket in shown for mail in ticket["mails"]} == {"sent"}
    done = holding.command(
        "replay", str(source), "--rules", str(holding.folder / "rules.toml"),
        "--into", str(holding.folder / "two.db"), "--sent", str(holding.folder / "two"),
    )  # fmt: skip
    assert b"would wait" in done.stdout


def undated(number: int, received: str = "", date: str = "") -> bytes:
    """Return a message that may not say when it arrived."""
    fields = (f"Received: from out.example by mx.example.com; {received}\r\n" if received else "") + (
        f"Date: {date}\r\n" if date else ""
    )
    return (
        fields.encode()
        + (
            f"From: p{number}@acme-dental.example\r\nTo: support@example.com\r\nSubject: Past {number}\r\n"
            f"Message-ID: <past-{number}@acme-dental.example>\r\n\r\nHow do I add an extension? ({number})\r\n"
        ).encode()
    )


TIMES = [
    # The first message says nothing: it arrives with the next that does.
    ([("", ""), ("Mon, 23 Nov 2026 10:00:00 +0000", "")], ["2026-11-23T10:00:00Z"] * 2),
    # A later one arrives with the one before it.
    ([("Mon, 23 Nov 2026 10:00:00 +0000", ""), ("", "")], ["2026-11-23T10:00:00Z"] * 2),
    # Nobody says anything.
    ([("", ""), ("", "")], ["2000-01-01T00:00:00Z"] * 2),
    # A server's clock that never was set, and a Date that is believable.
    ([("Thu, 01 Jan 1970 00:00:00 +0000", "Mon, 23 Nov 2026 10:00:00 +0000")], ["2026-11-23T10:00:00Z"]),
    # Dates beyond all calendars, by people who want to stay on top of the list.
    (
        [
            ("Fri, 31 Dec 9999 23:59:59 +0000", "Fri, 31 Dec 9999 23:59:59 -0800"),
            ("Mon, 23 Nov 2026 10:00:00 +0000", ""),
            ("", "Mon, 01 Jan 1900 00:00:00 +1400"),
            ("", "Sun, 99 Jan 0000 00:00:00 +0000"),
        ],
        ["2026-11-23T10:00:00Z"] * 4,
    ),
]


@pytest.mark.parametrize(("times", "opened_at"), TIMES)
def test_times_that_are_missing_or_none_stop_nothing(
    tmp_path: Path, times: list[tuple[str, str]], opened_at: list[str]
) -> None:
    source = tmp_path / "mails"
    source.mkdir()
    for number, (received, date) in enumerate(times, 1):
        (source / f"{number}.eml").write_bytes(undated(number, received, date))
    shown, _ = replayed(Desk(tmp_path / "desk", RULES), source, "one")
    assert [(ticket["subject"], ticket["opened_at"]) for ticket in sorted(shown, key=lambda one: one["id"])] == [
        (f"Past {number}", at) for number, at in enumerate(opened_at, 1)
    ]


def test_an_mbox_that_bears_the_time_of_its_export_is_replayed_when_its_mails_came(tmp_path: Path) -> None:
    mbox = tmp_path / "export.mbox"
    exported = b"From - Wed Dec 30 12:00:00 2026\n"
    dated = past(1, "Mon, 23 Nov 2026 10:00:00 +0000", "All phones are dead, nobody can call.")
    mbox.write_bytes(exported + dated + b"\n" + exported + undated(2))
    desk = Desk(tmp_path / "desk", RULES)
    shown, sent = replayed(desk, mbox, "one")
    assert {ticket["subject"]: ticket["opened_at"] for ticket in shown} == {
        "Past 1": "2026-11-23T10:00:00Z",
        "Past 2": "2026-12-30T12:00:00Z",
    }
    listed = desk.command("outbox", "list", "--log", str(desk.folder / "one.db"), "--json").stdout.splitlines()
    assert len(listed) == len(sent)


def test_the_outcome_is_told_by_severity_and_kind(tmp_path: Path, source: Path) -> None:
    desk = Desk(tmp_path / "desk", RULES)
    rules, log, sent = (str(desk.folder / name) for name in ("rules.toml", "one.db", "sent"))
    said = desk.command("replay", str(source), "--rules", rules, "--into", log, "--sent", sent).stdout.decode()
    assert "Tickets opened: 4 (1 critical, 3 normal)" in said
    assert f"Mails written to {sent}: {len([*Path(sent).iterdir()])} (" in said
    assert f"mailbot -C {desk.folder} tickets --log {log}" in said
    assert "No customer would be answered" not in said


def test_what_keeps_every_answer_back_is_said(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path / "desk", '[partner]\naddress = "support@example.com"\n[notify]\naddresses = ["t@example.com"]\n'
    )
    (tmp_path / "mail.eml").write_bytes(undated(1))
    rules, log, sent = (str(desk.folder / name) for name in ("rules.toml", "one.db", "sent"))
    done = desk.command("replay", str(tmp_path / "mail.eml"), "--rules", rules, "--into", log, "--sent", sent)
    assert "they are listed under [[tenant]]" in " ".join(done.stdout.decode().split())


def test_rules_that_are_not_there_are_called_a_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", "")
    (tmp_path / "mail.eml").write_bytes(undated(1))
    rules, log, sent = (str(tmp_path / name) for name in ("rulez.toml", "one.db", "sent"))
    words = (str(tmp_path / "mail.eml"), "--rules", rules, "--into", log, "--sent", sent)
    done = desk.command("replay", *words, check=False)
    assert (done.returncode, b"there is no such file" in done.stderr) == (78, True)


def test_a_file_name_or_mbox_line_of_no_sane_time_stops_nothing(tmp_path: Path) -> None:
    mails = tmp_path / "mails"
    for name in ("new", "cur"):
        (mails / "box" / name).mkdir(parents=True)
    (mails / "box" / "new" / "99999999999.M1.host").write_bytes(undated(1))
    (mails / "z.mbox").write_bytes(
        b"From a@example.net Fri Dec 31 23:59:59 9999\n" + undated(2, date="Mon, 23 Nov 2026 10:00:00 +0000")
    )
    shown, _ = replayed(Desk(tmp_path / "desk", RULES), mails, "one")
    assert {ticket["subject"]: ticket["opened_at"] for ticket in shown} == dict.fromkeys(
        ("Past 1", "Past 2"), "2026-11-23T10:00:00Z"
    )
