"""P9: what comes back is tied to the exact mail, and our people hear which address, and why; by Debian's Postfix."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.ports import free_port
from tests.servers.postfix import Postfix
from tests.servers.smtp import Relay

ANN = "person1@acme-dental.example"
MADE_UP = f"""\
From: Mail Delivery System <MAILER-DAEMON@elsewhere.example>
To: support@example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

{ANN} cannot be reached.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; elsewhere.example

Final-Recipient: rfc822; {ANN}
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

From: support@example.com
To: {ANN}
Message-ID: <aeaqaaad5efwnv5zsps2k6x2wkr6ip4xdcp5gyq.1a@example.com>
Subject: Your question

--b--
""".replace("\n", "\r\n")


@pytest.mark.postfix
@pytest.mark.slow
def test_a_bounce_of_postfix_is_tied_to_the_mail_that_came_back_and_to_no_other(tmp_path: Path) -> None:
    lmtp = free_port()
    with Relay(recipients={ANN: "550 5.1.1 no such person here"}) as outside:
        routes = {"example.com": f"lmtp:inet:127.0.0.1:{lmtp}"}
        routes |= dict.fromkeys(("acme-dental.example", "harbor.example"), f"smtp:[127.0.0.1]:{outside.port}")
        with Postfix(routes) as postfix:
            rules = rules_for() + (
                f'[relay]\nhost = "127.0.0.1"\nport = {postfix.port}\nnull_reverse_path = "no"\n'
                f'[listen]\nlmtp = "127.0.0.1:{lmtp}"\n'
                '[notify]\naddresses = ["dana@harbor.example"]\ngroup_for = "0s"\n'
            )
            trusted = {"SSL_CERT_FILE": str(postfix.certificate.chain)}
            with Desk(tmp_path / "desk", rules, trusted) as desk:
                desk.wait_until_started()
                with smtplib.LMTP("127.0.0.1", lmtp) as door:
                    door.sendmail("", ["support@example.com"], MADE_UP.encode())
                bounces = "SELECT count(*) FROM entry WHERE kind = 'bounce'"
                desk.wait_for(lambda: desk.count(bounces) == 1, "the forgery")
                for raw in numbered(range(2)):
                    desk.command("ingest", "-", "--answer", stdin=raw)
                returned = "SELECT recipient, bounced FROM outbox WHERE bounced IS NOT NULL"
                desk.wait_for(lambda: desk.rows(returned) != [], "the bounce to be tied", seconds=60)
                [(recipient, bounced)] = desk.rows(returned)
                assert recipient == ANN
                assert "5.1.1" in bounced
                assert "no such person here" in bounced
                [(text, ticket)] = desk.rows("SELECT text, ticket_id FROM notice WHERE kind = 'bounced'")
                assert ANN in text
                assert "no such person here" in text
                [(requester,)] = desk.rows("SELECT requester FROM ticket WHERE id = ?", ticket)
                assert requester == ANN
                told = b"person1@acme-dental.example"
                desk.wait_for(
                    lambda: any(b"came back" in mail.raw and told in mail.raw for mail in outside.mails),
                    "our people to be told",
                    seconds=60,
                )
                assert desk.count(f"{bounces} AND ticket_id IS NULL") == 1
