"""Mail for which nobody vouches, at the real desk: a signature that holds draws the answer, a broken one none."""

import smtplib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from mailbot.desk.keylookup import LIMIT_SECONDS
from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.nameserver import NameServer
from tests.servers.smtp import Relay
from tests.signing import key, name_of, signed

DOMAIN = "shop.example"
LISTEN = '[listen]\nsmtp = "127.0.0.1:0"\n'


@pytest.fixture
def dns() -> Iterator[NameServer]:
    with NameServer({name_of(DOMAIN): [key().record]}) as server:
        yield server


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def desk(tmp_path: Path, dns: NameServer, relay: Relay) -> Iterator[Desk]:
    with Desk(tmp_path, rules_for(relay=relay, dns=dns, more=LISTEN)) as desk:
        desk.wait_until_started()
        yield desk


def _mail(person: str, domain: str = DOMAIN) -> bytes:
    return (
        f"From: <{person}@{domain}>\r\nTo: support@example.com\r\nSubject: Question of {person}\r\n"
        f"Date: {format_datetime(datetime.now(UTC))}\r\nMessage-ID: <{person}@{domain}>\r\n\r\n"
        f"Can we have one more phone, please? Yours, {person}\r\n"
    ).encode()


def _send(desk: Desk, *messages: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", desk.port("smtp"), timeout=30) as door:
        for raw in messages:
            door.sendmail("envelope@relay.example", ["support@example.com"], raw)


def _decided(desk: Desk, number: int) -> None:
    desk.wait_for(lambda: desk.count("SELECT count(*) FROM ticket") >= number, f"{number} tickets")


def _answered(relay: Relay) -> set[str]:
    return {recipient for mail in relay.mails for recipient in mail.recipients}


def test_an_unknown_sender_is_answered_when_the_signature_holds(desk: Desk, relay: Relay) -> None:
    broken = signed(_mail("bob"), DOMAIN).replace(b"one more", b"ten more")
    claims = b"Authentication-Results: mailbot; dkim=pass header.d=shop.example\r\n" + _mail("carl")
    lost = signed(_mail("dora", "nowhere.example"), "nowhere.example")
    _send(desk, broken, claims, lost, signed(_mail("jane"), DOMAIN))
    _decided(desk, 4)
    desk.wait_for(lambda: "jane@shop.example" in _answered(relay), "the answer")
    # Answers leave in the order of their decisions, so nobody before her is still to be answered.
    assert _answered(relay) == {"jane@shop.example"}
    why = {
        person: desk.command("why", f"{person}@{domain}").stdout.decode()
        for person, domain in (("jane", DOMAIN), ("bob", DOMAIN), ("carl", DOMAIN), ("dora", "nowhere.example"))
    }
    assert "dkim=pass by shop.example with its key mail, verified by mailbot" in " ".join(why["jane"].split())
    assert "dkim signature that does not hold" in " ".join(why["bob"].split())
    assert "no DKIM signature" in " ".join(why["carl"].split())
    assert "there is no key mail._domainkey.nowhere.example" in " ".join(why["dora"].split())


def test_name_servers_that_never_answer_delay_other_mail_for_one_limit(
    desk: Desk, dns: NameServer, relay: Relay
) -> None:
    dns.everything_silent = True
    strangers = [signed(_mail("jane", f"shop{number}.example"), f"shop{number}.example") for number in range(20)]
    began = time.monotonic()
    _send(desk, *strangers, *numbered(range(1)))
    desk.wait_for(lambda: "person0@acme-dental.example" in _answered(relay), "the answer to a customer")
    # One after the other they would take twenty limits. They may come in two batches, and the machine may be busy.
    assert time.monotonic() - began < 8 * LIMIT_SECONDS
    _decided(desk, 21)
    assert _answered(relay) == {"person0@acme-dental.example"}
    why = desk.command("why", "jane@shop7.example").stdout.decode()
    assert "the key mail._domainkey.shop7.example could not be looked up" in " ".join(why.split())
    assert '"dkim-keys-unanswered"' in desk.said()


def test_where_the_border_is_named_or_it_is_switched_off_nobody_asks_for_keys(
    tmp_path: Path, dns: NameServer, relay: Relay
) -> None:
    named = rules_for(relay=relay, dns=dns, more=LISTEN + 'authserv_ids = ["mx.example.com"]\n')
    switched_off = rules_for(relay=relay, dns=dns, more=LISTEN).replace("[dkim]\n", "[dkim]\nverify = false\n")
    with ExitStack() as stack:
        for name, rules in (("named", named), ("off", switched_off)):
            desk = stack.enter_context(Desk(tmp_path / name, rules))
            desk.wait_until_started()
            _send(desk, signed(_mail("jane"), DOMAIN), *numbered(range(1)))
            desk.wait_for(lambda: "person0@acme-dental.example" in _answered(relay), "the answer to a customer")
            _decided(desk, 2)
            relay.mails.clear()
    assert dns.asked == []
