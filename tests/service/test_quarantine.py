"""What is kept apart can be found, read and decided anew."""

from __future__ import annotations

from pathlib import Path

from tests.servers.daemon import Desk

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
