"""The whole desk as an operator runs it: the real daemon between a real IMAP server and a relay that records."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest

from mailbot import config
from mailbot.errors import MailbotError
from mailbot.service.daemon import Daemon
from mailbot.store.lock import FolderLock
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot, running
from tests.servers.smtp import Mail, Relay

pytestmark = pytest.mark.dovecot

TEAM = "team@example.com"
TOKEN = re.compile(r"<([a-z2-7]{39})\.[0-9a-f]+[a-z]@example\.com>")
NUMBERS = count(1)
NOTIFY = f'[notify]\naddresses = ["{TEAM}"]\ngroup_for = "1s"\n'


@pytest.fixture(scope="module")
def imap() -> Iterator[Dovecot]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with Relay() as taking:
        yield taking


@pytest.fixture(scope="module")
def desk(imap: Dovecot, relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One daemon that reads two mailboxes; the tests share it and each sends mail of its own."""
    rules = rules_for(dovecot=imap, relay=relay, more=NOTIFY)
    rules += rules[rules.index("[[mailbox]]") : rules.index("[relay]")].replace(imap.user, "sales@example.com").replace(
        "[[mailbox]]", '[[mailbox]]\nid = "sales"'
    )  # fmt: skip
    with Desk(tmp_path_factory.mktemp("desk"), rules, {"IMAP_PASSWORD": imap.password}) as here:
        here.wait_until_started()
        here.wait_for(lambda: here.count("SELECT count(*) FROM cursor") == 2, "the first contact with both mailboxes")
        yield here


def question(number: int, *fields: str, text: str = "The hold music is too loud.", to: str = "") -> bytes:
    """Return a mail of a customer who has written nothing else."""
    return "\r\n".join((
        f"From: Person {number} <p{number}@acme-dental.example>",
        f"To: {to or 'support@example.com'}",
        f"Subject: Question {number}",
        f"Message-ID: <q{next(NUMBERS)}.{number}@acme-dental.example>",
        "Date: Mon, 23 Nov 2026 10:00:00 +0000",
        *fields,
        "",
        f"{text} ({number})",
        "",
    )).encode()  # fmt: skip


def read(mail: Mail) -> EmailMessage:
    return message_from_bytes(mail.raw, policy=policy.default)


def to_customer(relay: Relay, number: int) -> list[Mail]:
    """Return what left to that person."""
    return [mail for mail in relay.mails if mail.recipients == (f"p{number}@acme-dental.example",)]


def told(relay: Relay, word: str) -> list[Mail]:
    """Return the mails to the team in which this stands."""
    return [mail for mail in relay.mails if mail.recipients == (TEAM,) and word in read(mail).as_string()]


def reading(rules: str, user: str) -> str:
    """Return these rules for another mailbox of that server, so that the shared daemon does not see its mail."""
    return rules.replace('user = "support@example.com"', f'user = "{user}"')


def ticket_of(desk: Desk, number: int) -> int:
    return desk.count("SELECT id FROM ticket WHERE requester = ?", f"p{number}@acme-dental.example")


def answered(desk: Desk, imap: Dovecot, relay: Relay, number: int, *, user: str = "") -> Mail:
    """Let a customer ask; return the answer once it has left."""
    imap.append(question(number), user=user)
    desk.wait_for(lambda: len(to_customer(relay, number)) == 1, "the answer")
    return to_customer(relay, number)[0]


def test_a_mail_is_answered_and_told_within_seconds(desk: Desk, imap: Dovecot, relay: Relay) -> None:
    asked = question(100)
    began = time.monotonic()
    imap.append(asked)
    desk.wait_for(lambda: bool(to_customer(relay, 100) and told(relay, "Question 100")), "answer and notice")
    assert time.monotonic() - began < 15
    [answer], [notice] = to_customer(relay, 100), told(relay, "Question 100")
    for mail in (answer, notice):
        assert mail.reverse_path == ""
        assert len(mail.recipients) == 1
        assert TOKEN.fullmatch(read(mail)["Message-ID"])
    shown = read(answer)
    assert shown["In-Reply-To"] == message_from_bytes(asked)["Message-ID"]
    assert shown["Auto-Submitted"] == "auto-replied"
    assert shown["To"].addresses[0].addr_spec == "p100@acme-dental.example"
    assert shown["From"].addresses[0].addr_spec == "support@example.com"
    assert shown["Cc"] is None
    assert shown["Bcc"] is None
    # Not known of this provider, so not used.
    assert shown["Reply-To"] is None
    # The customer is not shown what the customer wrote, nor anybody of ours.
    assert b"hold music" not in answer.raw
    assert TEAM.encode() not in answer.raw


def test_the_reply_to_that_answer_joins_by_its_message_id_alone(desk: Desk, imap: Dovecot, relay: Relay) -> None:
    answer = answered(desk, imap, relay, 101)
    ticket = ticket_of(desk, 101)
    imap.append(question(101, f"In-Reply-To: {read(answer)['Message-ID']}", text="Thank you, one more thing."))
    joined = "SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'customer'"
    desk.wait_for(lambda: desk.count(joined, ticket) == 2, "the reply to join")
    assert desk.count("SELECT count(*) FROM ticket WHERE requester LIKE 'p101@%'") == 1


def test_a_bounce_of_the_answer_is_tied_to_it_and_told(desk: Desk, imap: Dovecot, relay: Relay) -> None:
    answer = answered(desk, imap, relay, 102)
    ticket = ticket_of(desk, 102)
    imap.append(returned(answer, "p102@acme-dental.example"))
    desk.wait_for(lambda: bool(told(relay, "mailbox is full")), "the team to be told")
    assert desk.count("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'bounce'", ticket) == 1
    [(bounced,)] = desk.rows("SELECT bounced FROM outbox WHERE ticket_id = ? AND audience = 'customer'", ticket)
    assert "5.2.2" in bounced
    assert len(to_customer(relay, 102)) == 1
    assert not [mail for mail in relay.mails if "daemon" in mail.recipients[0].lower()]


def returned(mail: Mail, recipient: str) -> bytes:
    """Return a delivery notice about that mail (RFC 3464)."""
    head = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: support@example.com\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=b"\r\n\r\n'
        "--=b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--=b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        "Diagnostic-Code: smtp; 552 5.2.2 mailbox is full\r\n\r\n--=b\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    return head.encode() + mail.raw + b"\r\n--=b--\r\n"


def test_equal_copies_in_two_mailboxes_are_one_entry_and_one_answer(desk: Desk, imap: Dovecot, relay: Relay) -> None:
    raw = question(103)
    imap.append(b"Delivered-To: support@example.com\r\n" + raw)
    imap.append(b"Delivered-To: sales@example.com\r\n" + raw, user="sales@example.com")
    both = "SELECT count(*) FROM arrival WHERE state = 'done' AND from_address LIKE 'p103@%'"
    desk.wait_for(lambda: desk.count(both) == 2, "both copies")
    desk.wait_for(lambda: bool(to_customer(relay, 103)), "the answer")
    assert desk.count("SELECT count(*) FROM entry WHERE from_address LIKE 'p103@%'") == 1
    assert len(to_customer(relay, 103)) == 1


def test_a_burst_is_told_in_few_mails_that_name_every_ticket(desk: Desk, imap: Dovecot, relay: Relay) -> None:
    before = len(relay.mails)
    numbers = range(200, 230)
    imap.append_all(question(number) for number in numbers)
    subjects = [f"Question {number}" for number in numbers]
    desk.wait_for(lambda: all(told(relay, subject) for subject in subjects), "every ticket to be told")
    notices = [mail for mail in relay.mails[before:] if mail.recipients == (TEAM,)]
    assert len(notices) <= 8
    assert all(mail.reverse_path == "" for mail in notices)


def test_a_relay_that_was_down_gets_each_mail_once(desk: Desk, imap: Dovecot, relay: Relay) -> None:
    relay.stop()
    imap.append(question(104))
    desk.wait_for(lambda: '"relay-unusable"' in desk.said(), "the trouble to be said")
    assert to_customer(relay, 104) == []
    relay.start()
    desk.wait_for(lambda: bool(to_customer(relay, 104) and told(relay, "Question 104")), "both mails", seconds=40)
    desk.wait_for(lambda: '"relay-works-again"' in desk.said(), "the end of the trouble to be said")
    assert len(to_customer(relay, 104)) == 1


def test_a_second_daemon_is_refused_at_once(desk: Desk) -> None:
    assert desk.process is not None
    began = time.monotonic()
    second = desk.program("run")
    assert time.monotonic() - began < 15
    assert second.returncode == 75
    assert str(desk.process.pid).encode() in second.stderr
    assert b"end that one first" in second.stderr
    assert b"Traceback" not in second.stderr
    assert desk.process.poll() is None


def test_plus_addresses_carry_the_ticket_where_the_operator_says_so(
    imap: Dovecot, relay: Relay, tmp_path: Path
) -> None:
    user = "plus@example.com"
    rules = reading(rules_for(dovecot=imap, relay=relay, more='plus_addressing = "yes"\n'), user)
    with Desk(tmp_path, rules, {"IMAP_PASSWORD": imap.password}) as desk:
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        answer = read(answered(desk, imap, relay, 105, user=user))
        back = answer["Reply-To"].addresses[0].addr_spec
        token = TOKEN.fullmatch(answer["Message-ID"])
        assert token is not None
        assert back == f"support+{token[1]}@example.com"
        ticket = ticket_of(desk, 105)
        # Some phones thread by the subject alone; others write the address in capitals.
        imap.append(question(105, text="Thank you.", to=back.upper()), user=user)
        joined = "SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'customer'"
        desk.wait_for(lambda: desk.count(joined, ticket) == 2, "the reply to join")
        # The same address in somebody else's hands opens nothing.
        imap.append(question(106, text="Let me in.", to=back), user=user)
        desk.wait_for(lambda: ticket_of(desk, 106) > 0, "the other mail")
        assert ticket_of(desk, 106) != ticket
        assert desk.stop() == 0


def test_held_answers_leave_when_they_are_released_even_hours_later(
    imap: Dovecot, relay: Relay, tmp_path: Path
) -> None:
    user = "held@example.com"
    rules = rules_for(dovecot=imap, relay=relay, more=NOTIFY + '[answers]\noutgoing = "hold"\n')
    rules = reading(rules, user)
    desk = Desk(tmp_path, rules, {"IMAP_PASSWORD": imap.password})
    with desk:
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        for number in (107, 108):
            imap.append(question(number), user=user)
        desk.wait_for(lambda: bool(told(relay, "Question 107") and told(relay, "Question 108")), "the team to be told")
        assert desk.count("SELECT count(*) FROM outbox WHERE state = 'held'") == 2
        began = time.monotonic()
        assert desk.stop() == 0
        assert time.monotonic() - began < 10
        assert not to_customer(relay, 107) + to_customer(relay, 108)
        _age(desk.log)
        desk.start()
        desk.wait_until_started(times=2)
        kept, dropped = (
            desk.count("SELECT id FROM outbox WHERE state = 'held' AND recipient LIKE ?", f"p{number}@%")
            for number in (107, 108)
        )
        assert b"dropped" in desk.command("outbox", "drop", str(dropped)).stdout
        assert b"released" in desk.command("outbox", "release", str(kept)).stdout
        desk.wait_for(lambda: bool(to_customer(relay, 107)), "the released answer")
        assert desk.command("outbox", "release", "--all").stdout == b"nothing is held\n"
        assert to_customer(relay, 108) == []


def _age(log: Path) -> None:
    """Let everything in the outbox have been there for five hours."""
    with closing(sqlite3.connect(log)) as database:
        for column in ("created_at", "expires_at"):
            earlier = f"strftime('%Y-%m-%dT%H:%M:%f000+00:00', {column}, '-5 hours')"
            database.execute(f"UPDATE outbox SET {column} = {earlier}")  # noqa: S608 - names of our own
        database.commit()


def test_a_door_that_cannot_be_opened_ends_the_start_and_frees_the_folder(tmp_path: Path) -> None:
    with Relay() as taken:
        (tmp_path / "rules.toml").write_text(rules_for(more=f'[listen]\nsmtp = "127.0.0.1:{taken.port}"\n'))
        with pytest.raises(MailbotError, match="another program using that port"):
            Daemon(tmp_path, config.load(tmp_path)).run()
    with FolderLock(tmp_path / "data"):
        pass
