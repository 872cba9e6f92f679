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


def replayed(desk: Desk, source: Path, name: str) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return the tickets and the mails of one replay."""
    log, sent = desk.folder / f"{name}.db", desk.folder / name
    desk.command(
        "replay", str(source), "--rules", str(desk.folder / "rules.toml"), "--into", str(log), "--sent", str(sent)
    )
    listed = desk.command("tickets", "--log", str(log), "--json").stdout.splitlines()
    shown = [json.loads(line) for line in listed]
    first = shown[0]["id"]
    assert json.loads(desk.command("show", str(first), "--json", "--log", str(log)).stdout) == shown[0]
    return shown, {path.name: path.read_bytes() for path in sorted(sent.iterdir())}


def test_two_runs_give_the_same_tickets_and_mails(tmp_path: Path, source: Path) -> None:
    desk = Desk(tmp_path / "desk", RULES)
    assert replayed(desk, source, "one") == replayed(desk, source, "two")


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
    assert (again.returncode, beside.returncode) != (0, 0)
    assert b"exists already" in again.stderr
    assert b"not empty" in beside.stderr
