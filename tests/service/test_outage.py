"""When no mail can leave: it is known, told once by a way that works, and told again when it is over."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.tick import tick
from mailbot.errors import DeliveryFailure, RelayUnusable, SlowDown
from mailbot.store import conditions
from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.dovecot import running
from tests.servers.smtp import Relay
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, mail, office

JANE, TEAM = "jane@acme-dental.example", "team@harborvoice.example"
DEAD = "All our phones are dead, nobody can call in or out!"
REFUSED = RelayUnusable("535 5.7.8 authentication failed", 535, refused_us=True)
_EVERY = timedelta(minutes=5)
SAID = {"reload": b"tried again now: relay", "check --connect": b"tries again at once: relay"}
SLOW = SlowDown("450 4.7.1 your daily limit is reached", 450)


def away(desk: Office, trouble: DeliveryFailure, span: timedelta, *, every: timedelta = _EVERY) -> None:
    """Let the relay be of no use for a while; it is tried again and again."""
    desk.refusing = {JANE: trouble, TEAM: trouble}
    for _ in range(span // every):
        desk.now += every
        desk.here.database.writer.write(lambda conn: tick(conn, desk.here.desk, desk.now))
        desk.courier.resume()
        desk.deliver()


def back(desk: Office) -> None:
    desk.refusing.clear()
    desk.courier.resume()
    desk.deliver()
    desk.let_pass(timedelta(minutes=1))


def text(desk: Office) -> str:
    return " ".join(" ".join(notice.text.split()) for notice in desk.notices)


def test_the_end_of_an_outage_is_told_with_what_it_did_to_customers(tmp_path: Path) -> None:
    """F11, P8: nothing is marked failed, and one mail tells it all."""
    trouble = REFUSED
    with office(tmp_path, at=OPEN_AT) as desk:
        desk.refusing = {JANE: trouble, TEAM: trouble}
        desk.receive(mail(JANE, "How do I add an extension?"))
        began = desk.now.astimezone(desk.here.desk.rules.partner.zone)
        away(desk, trouble, timedelta(minutes=35))
        with desk.here.database.read() as conn:
            [known] = conditions.current(conn, desk.here.desk.partner)
        assert (known.part, known.told, known.reason) == ("relay", True, trouble.diagnostic)
        assert desk.sent == []
        back(desk)
        assert len(desk.answers) == 1
        since, until = (f"{at:%a, %b %d, %-I:%M %p}" for at in (began, began + timedelta(minutes=35)))
        told = f"no mail could leave from {since} to {until} ({trouble.diagnostic}); 1 mail to customers waited"
        assert f"{told}, 0 expired." in text(desk)
        assert desk.one("SELECT count(*) FROM outbox WHERE state NOT IN ('sent')") == 0
        with desk.here.database.read() as conn:
            assert conditions.current(conn, desk.here.desk.partner) == ()


def test_a_quota_that_is_used_up_for_half_an_hour_fails_no_mail_and_is_told(tmp_path: Path) -> None:
    """F12."""
    with office(tmp_path, at=OPEN_AT) as desk:
        desk.refusing = {JANE: SLOW, TEAM: SLOW}
        desk.receive(mail(JANE, "How do I add an extension?"))
        away(desk, SLOW, timedelta(minutes=35))
        assert desk.sent == []
        desk.refusing.clear()
        desk.courier.resume()
        desk.let_pass(timedelta(hours=1))
        assert len(desk.answers) == 1
        assert "1 mail to customers waited, 0 expired." in text(desk)


def test_an_emergency_answer_expires_during_an_outage_instead_of_arriving_late(tmp_path: Path) -> None:
    """P8."""
    with office(tmp_path, at=CLOSED_AT) as desk:
        desk.refusing = {JANE: REFUSED, TEAM: REFUSED}
        desk.receive(mail(JANE, DEAD))
        away(desk, REFUSED, timedelta(days=2, hours=14), every=timedelta(hours=1))
        back(desk)
        assert desk.answers == []
        assert "0 mails to customers waited, 1 expired." in text(desk)
        assert "could not leave in time" in text(desk)


def test_what_is_to_be_told_during_an_outage_gathers_into_one_mail_more(tmp_path: Path) -> None:
    """P20: the end of an outage is no storm of old notices."""
    with office(tmp_path, at=OPEN_AT) as desk:
        desk.refusing = {JANE: REFUSED, TEAM: REFUSED}
        for number in range(4):
            desk.receive(mail(JANE, f"How do I add extension {number}?", message_id=f"q{number}@acme-dental.example"))
            away(desk, REFUSED, timedelta(minutes=30))
        back(desk)
        desk.let_pass(timedelta(hours=2))
        assert len(desk.notices) == 2
        assert desk.one("SELECT count(*) FROM notice WHERE outbox_key IS NULL") == 0


def test_a_short_trouble_is_told_to_nobody(tmp_path: Path) -> None:
    with office(tmp_path, at=OPEN_AT) as desk:
        desk.refusing = {JANE: SLOW, TEAM: SLOW}
        desk.receive(mail(JANE, "How do I add an extension?"))
        desk.now += timedelta(seconds=30)
        back(desk)
        desk.let_pass(timedelta(hours=1))
        assert "no mail could leave" not in text(desk)


def test_with_a_second_relay_our_people_hear_of_it_at_once(tmp_path: Path) -> None:
    rules = RULES + '\n[relay.fallback]\nhost = "smtp.other.example"\n'
    with office(tmp_path, rules=rules, at=OPEN_AT) as desk:
        desk.refusing = {JANE: REFUSED, TEAM: REFUSED}
        desk.receive(mail(JANE, "How do I add an extension?"))
        away(desk, REFUSED, timedelta(minutes=10))
        [(urgent, said)] = desk.rows("SELECT urgent, text FROM notice WHERE kind = 'relay-down'")
        assert urgent
        assert "535 5.7.8" in said
        assert "mend the user, password or token" in said


def secret(folder: Path, words: str) -> Path:
    """Make a folder with a file that holds a password."""
    folder.mkdir()
    password = folder / "password"
    password.write_text(f"{words}\n")
    password.chmod(0o600)
    return password


@pytest.mark.parametrize("act", ["the file of the secret", "reload", "check --connect", "outbox retry"])
def test_what_waits_after_a_refused_sign_in_leaves_at_once_when_it_is_mended(tmp_path: Path, act: str) -> None:
    folder = tmp_path / "desk"
    password = secret(folder, "old")
    with Relay(users={"support": "old"}) as relay:
        relay.replies["RCPT"] = ["450 4.2.0 later"]
        rules = rules_for(more='[listen]\nlmtp = "127.0.0.1:0"\n') + (
            f'[relay]\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n'
            'sign_in = { user = "support", password = { file = "password" } }\n'
        )
        with Desk(folder, rules) as desk:
            desk.wait_until_started()
            deferred, waiting = numbered(range(2))
            desk.command("ingest", "-", "--answer", stdin=deferred)
            desk.wait_for(lambda: desk.rows("SELECT state FROM outbox") == [("deferred",)], "it to be put off")
            # The provider has changed the password and closed all connections: nothing leaves for a minute.
            relay.users["support"] = "new"
            relay.stop()
            relay.start()
            desk.command("ingest", "-", "--answer", stdin=waiting)
            known = "SELECT value FROM fact WHERE name = 'condition.relay'"
            desk.wait_for(lambda: any("535" in value for (value,) in desk.rows(known)), "the outage to be known")
            assert relay.mails == []
            began_s = time.monotonic()
            if act == "the file of the secret":
                password.write_text("new\n")
            else:
                relay.users["support"] = "old"
                said = desk.command(*act.split(), *(["1"] if act == "outbox retry" else []))
                assert SAID.get(act, b"") in said.stdout + said.stderr
            relay.wait_for(2 if act == "outbox retry" else 1, timeout_s=30)
            assert time.monotonic() - began_s < 30
            desk.wait_for(lambda: desk.rows(known) == [], "the outage to be over")


@pytest.mark.dovecot
@pytest.mark.parametrize("act", ["the file of the secret", "reload"])
def test_a_mailbox_whose_password_is_mended_is_read_at_once(tmp_path: Path, act: str) -> None:
    folder = tmp_path / "desk"
    password = secret(folder, "wrong")
    with running() as imap:
        rules = rules_for(dovecot=imap).replace('env = "IMAP_PASSWORD"', 'file = "password"')
        with Desk(folder, rules) as desk:
            desk.wait_for(lambda: '"mailbox-trouble"' in desk.said(), "the refusal")
            # The next attempt is 22 seconds away at least.
            password.write_text(f"{imap.password}\n")
            if act == "reload":
                desk.command("reload")
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact", seconds=15)


@pytest.mark.slow
def test_the_daemon_tells_over_the_second_relay_and_resumes_by_itself(tmp_path: Path) -> None:
    """F11 with real relays: a password was changed; customers' answers wait, our people are told once."""
    with Relay(users={"support": "new"}) as relay, Relay() as second:
        rules = rules_for() + (
            f'[relay]\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n'
            'sign_in = { user = "support", password = { file = "password" } }\n'
            f'[relay.fallback]\nhost = "127.0.0.1"\nport = {second.port}\ntls = "none"\n'
            '[notify]\naddresses = ["dana@harborvoice.example"]\n'
            '[listen]\nlmtp = "127.0.0.1:0"\n'
        )
        folder = tmp_path / "desk"
        folder.mkdir()
        password = folder / "password"
        password.write_text("old\n")
        password.chmod(0o600)
        with Desk(folder, rules) as desk:
            desk.wait_until_started()
            for raw in numbered(range(3)):
                desk.command("ingest", "-", "--answer", stdin=raw)
            found = "SELECT count(*) FROM fact WHERE name = 'condition.relay'"
            desk.wait_for(lambda: desk.count(found) == 1, "the outage to be known")
            # The second attempt, a minute later, tells it.
            desk.wait_for(lambda: b"535" in b"".join(mail.raw for mail in second.mails), "it to be told", seconds=150)
            assert {mail.recipients for mail in second.mails} == {("dana@harborvoice.example",)}
            assert relay.mails == []
            assert desk.count("SELECT count(*) FROM outbox WHERE state = 'queued' AND audience = 'customer'") == 3
            password.write_text("new\n")
            began_s = time.monotonic()
            desk.stop()
            desk.start()
            relay.wait_for(3, timeout_s=60)
            assert time.monotonic() - began_s < 60
            desk.wait_for(lambda: desk.count(found) == 0, "the outage to be over")
            told = "SELECT count(*) FROM notice WHERE kind = 'relay-down'"
            assert desk.count(told) == 1
            assert desk.count("SELECT count(*) FROM outbox WHERE state IN ('failed', 'expired', 'unclear')") == 0
