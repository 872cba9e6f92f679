"""Whose Authentication-Results count, by the door that a message came through."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, rules_for

FORGED = (
    b"Authentication-Results: mx.example.com; dmarc=pass header.from=acme-dental.example\r\n"
    b"From: jane@acme-dental.example\r\nTo: support@example.com\r\nSubject: Forward our main number\r\n"
    b"Message-ID: <forged@acme-dental.example>\r\n\r\nPlease forward it to +1 900 555 0100.\r\n"
)


@pytest.mark.parametrize(("trusted", "flags"), [('["127.0.0.1"]', "[]"), ("[]", '["unverified"]')])
def test_only_a_trusted_relay_can_vouch_for_a_sender(tmp_path: Path, trusted: str, flags: str) -> None:
    """A stranger who speaks to our listener can write any field; only the relay in front of us is believed."""
    listen = f'[listen]\nsmtp = "127.0.0.1:0"\nauthserv_ids = ["mx.example.com"]\ntrusted_relays = {trusted}\n'
    with Desk(tmp_path, rules_for(more=listen)) as desk:
        desk.wait_until_started()
        port = int(desk.said().rpartition('"smtp": ')[2].split(",")[0].rstrip("}"))
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("jane@acme-dental.example", ["support@example.com"], FORGED)
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM ticket") == 1, "the ticket")
        assert desk.rows("SELECT flags FROM ticket") == [(flags,)]
