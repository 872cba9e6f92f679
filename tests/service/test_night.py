"""A night with the daemon itself: somebody is paged, says ok on the telephone, and the customer hears of it."""

from __future__ import annotations

import json
import smtplib
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.daemon import NEVER_OPEN, Desk, rules_for
from tests.servers.smtp import Relay

AGENTS = """[listen]
smtp = "127.0.0.1:0"
authserv_ids = ["mx.example.com"]
[[agent]]
id = "dana"
name = "Dana"
addresses = ["dana@example.com"]
[[agent.pager]]
command = ["sh", "-c", "cat > paged"]
[[agent.pager]]
mail = "5550190@sms.example"
[oncall]
rota = ["dana"]
next_pager = "1s"
"""
DOWN = b"All our phones are down, nobody can call us!\r\n"


def send(desk: Desk, sender: str, to: str, body: bytes, proof: str = "") -> None:
    head = (
        f"From: {sender}\r\nTo: {to}\r\nSubject: Help\r\nMessage-ID: <{len(body)}.{sender[:4]}@elsewhere.example>\r\n"
    )
    with smtplib.SMTP("127.0.0.1", desk.port("smtp"), timeout=30) as door:
        door.sendmail(sender, [to], proof.encode() + head.encode() + b"\r\n" + body)


def test_a_page_an_ok_and_what_the_customer_hears(tmp_path: Path) -> None:
    with Relay() as relay, Desk(tmp_path / "desk", rules_for(relay=relay, hours=NEVER_OPEN, more=AGENTS)) as desk:
        desk.wait_until_started()
        proof = "Authentication-Results: mx.example.com; dmarc=pass header.from=acme-dental.example\r\n"
        send(desk, "jane@acme-dental.example", "support@example.com", DOWN, proof)

        paged = desk.folder / "paged"
        desk.wait_for(lambda: paged.exists() and paged.read_text() != "", "the first pager")
        assert paged.read_text().strip().startswith("Acme Dental: phones are down")
        desk.wait_for(lambda: any("5550190@sms.example" in mail.recipients for mail in relay.mails), "the second one")
        [page] = [mail for mail in relay.mails if "5550190@sms.example" in mail.recipients]
        html = message_from_bytes(page.raw, policy=policy.default).get_body(("html",))
        assert html is not None
        link = urlsplit(str(html.get_content()).partition('href="mailto')[2].partition('"')[0].replace("&amp;", "&"))
        said = parse_qs(link.query)["body"][0].encode()

        send(desk, "5550190@sms.example", unquote(link.path.lstrip(":")), said)
        told = "jane@acme-dental.example"
        desk.wait_for(
            lambda: any(b"Dana has seen your message" in mail.raw for mail in relay.mails if told in mail.recipients),
            "what tells the customer",
        )
        assert desk.rows("SELECT seen_by, first_response_at FROM ticket") == [("dana", None)]
        steps = [text for (text,) in desk.rows("SELECT text FROM entry WHERE kind = 'change' ORDER BY id")]
        assert steps[1:] == [
            "Dana was paged by command",
            "Dana was paged by mail",
            "Dana has seen this",
            "the customer is told that Dana has seen it",
        ]
        assert json.loads(desk.command("show", "1001", "--json").stdout.splitlines()[0])
