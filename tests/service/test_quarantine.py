"""What is kept apart can be found, read and decided anew."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers.daemon import Desk
from tests.service.office import mail, office

RULES = """[partner]
brand = "Harbor Voice"
address = "support@example.com"
zone = "America/New_York"
emergency_number = "+1 212 555 0100"
[listen]
smtp = "127.0.0.1:0"
authserv_ids = ["mx.example.com"]
"""
FORGED = (
    b"Authentication-Results: mx.example.com; dmarc=fail header.from=customer.example\r\n"
    b"From: Ann <ann@customer.example>\r\nTo: support@example.com\r\nSubject: Our main number\r\n"
    b"Message-ID: <forged@customer.example>\r\n\r\nPlease forward it.\r\n"
)
LISTED = '[[tenant]]\nid = "customer"\nname = "Customer"\ndomains = ["customer.example"]\n'


def test_a_message_in_quarantine_is_found_read_and_decided_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path, RULES)
    desk.command("ingest", "-", stdin=FORGED)
    [row] = desk.rows("SELECT id, cause FROM arrival WHERE state = 'quarantined'")
    number = str(row[0])
    assert row[1] == "authentication-failed"
    listed = desk.command("quarantine", "list").stdout.decode()
    assert number in listed
    assert "ann@customer.example" in listed
    assert b"Please forward it." in desk.command("quarantine", "show", number).stdout
    assert desk.command("quarantine", "show", number, "--raw").stdout == FORGED
    assert desk.command("quarantine", "retry", "999", check=False).returncode == 65
    # Listing the sender makes it a ticket, flagged as it must be.
    (tmp_path / "rules.toml").write_text(RULES + LISTED)
    desk.command("quarantine", "retry", number)
    desk.command("ingest", "-", stdin=FORGED.replace(b"forged@", b"another@"))
    assert desk.rows("SELECT flags FROM ticket") == [('["authentication-failed"]',)] * 2
    assert desk.command("quarantine", "list").stdout.decode().strip() == "Nothing is in quarantine."


def test_a_dropped_message_is_gone_from_the_list_and_its_copies_stay_quiet(tmp_path: Path) -> None:
    desk = Desk(tmp_path, RULES)
    desk.command("ingest", "-", stdin=FORGED)
    number = str(desk.count("SELECT id FROM arrival"))
    assert b"is dropped" in desk.command("quarantine", "drop", number, "--reason", "phishing").stdout
    again = desk.command("quarantine", "drop", number, check=False)
    assert (again.returncode, f"mailbot -C {tmp_path} quarantine list".encode() in again.stderr) == (65, True)
    desk.command("ingest", "-", stdin=b"Received: from elsewhere.example by mx.example.com\r\n" + FORGED)
    assert desk.command("quarantine", "list").stdout == b"Nothing is in quarantine.\n"
    assert desk.rows("SELECT state, count(DISTINCT entry_id) FROM arrival") == [("done", 1)]
    why = desk.command("why", "forged@customer.example").stdout.decode()
    assert "dropped from quarantine (authentication-failed): phishing" in why
    assert "kept apart before" in why


@pytest.mark.parametrize(
    "raw",
    [
        mail("director@bank.example", "Please pay.", verdict="fail", message_id="pay@bank.example"),
        # Nothing to tell two of them apart by but the octets
        mail("director@bank.example", "Please pay.", verdict="fail"),
        # Not readable at all
        b"",
    ],
    ids=["forged", "without an id", "empty"],
)
def test_a_quarantined_message_that_comes_again_is_listed_and_told_once(tmp_path: Path, raw: bytes) -> None:
    with office(tmp_path) as desk:
        for hop in range(3):
            trace = f"Received: from h{hop}.example by mx.harborvoice.example\r\n".encode() if raw else b""
            desk.receive(trace + raw, uidvalidity=hop, uid=1)
        assert desk.one("SELECT count(*) FROM arrival WHERE state = 'quarantined'") == 1
        assert desk.one("SELECT count(*) FROM arrival WHERE state = 'done'") == 2
        assert desk.one("SELECT count(DISTINCT entry_id) FROM arrival") == 1
        assert desk.one("SELECT count(*) FROM entry") == 1
        assert desk.one("SELECT count(*) FROM notice") == 1


def test_a_copy_that_proves_who_sent_it_is_no_copy(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        for verdict in ("fail", "pass"):
            raw = mail("ann@customer.example", "Our main number", verdict=verdict, message_id="one@customer.example")
            desk.receive(raw)
        assert desk.one("SELECT count(*) FROM ticket") == 1


def test_the_notice_names_the_command_that_shows_the_message(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.receive(mail("director@bank.example", "Please pay.", verdict="fail"))
        number = desk.one("SELECT id FROM arrival")
        desk.let_pass(timedelta(hours=1))
        [told] = desk.notices
        assert f"mailbot quarantine show {number}" in told.text
