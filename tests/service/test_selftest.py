"""`mailbot check --connect` on a real mailbox: what it finds out and says in plain words, and the daemon then does."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailbot import config
from mailbot.desk import Provider
from mailbot.desk.keylookup import KeyLookup
from mailbot.errors import Problem
from mailbot.service.folder import opened
from mailbot.service.selftest import connect
from tests.servers.commands import run
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot, running
from tests.servers.nameserver import NameServer
from tests.servers.receiver import Receiver, without_proxies
from tests.servers.smtp import Mail, Relay, Stage, certificate

pytestmark = pytest.mark.dovecot


@dataclass
class Provided(Relay):
    """A relay whose provider also has our mailbox: our own mail is delivered into it.

    Without `plus` the provider knows no sub-addresses and loses such mail; without `null` it
    refuses the null reverse-path.
    """

    mailbox: Dovecot | None = None
    plus: bool = True
    null: bool = True

    def keep(self, mail: Mail) -> None:
        [recipient] = mail.recipients
        if self.mailbox is not None and recipient.endswith("@example.com") and (self.plus or "+" not in recipient):
            with smtplib.LMTP("127.0.0.1", self.mailbox.lmtp_port, timeout=10) as lmtp:
                lmtp.sendmail(mail.reverse_path, [recipient], mail.raw)
        super().keep(mail)

    def reply_for(self, stage: Stage, recipient: str = "") -> str:
        if stage == "MAIL" and not self.null and self.commands[-1].startswith("MAIL FROM:<>"):
            return "553 5.1.7 a sender address is required"
        return super().reply_for(stage, recipient)


@pytest.fixture(scope="module")
def imap() -> Iterator[Dovecot]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def _password(imap: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", imap.password)


@pytest.fixture
def provider(imap: Dovecot) -> Iterator[Callable[..., Provided]]:
    started: list[Provided] = []

    def start(*, plus: bool = True, null: bool = True) -> Provided:
        relay = Provided(mailbox=imap, plus=plus, null=null)
        relay.start()
        started.append(relay)
        return relay

    yield start
    for relay in started:
        relay.stop()


def tried(folder: Path, rules: str, *, wait_seconds: float = 10) -> tuple[list[str], list[Problem], Provider]:
    """Try every connection; return what was said, what is wrong, and what the next start uses."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.toml").write_text(rules)
    loaded = config.load(folder)
    said: list[str] = []
    problems = connect(folder, loaded, lambda: datetime.now(UTC), said.append, wait_seconds=wait_seconds)
    with opened(folder, loaded, writes_mail=False) as here:
        return said, list(problems), here.desk.provider


def test_what_comes_back_is_used_by_the_daemon_from_its_next_start(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path
) -> None:
    relay = provider()
    desk = Desk(tmp_path, rules_for(dovecot=imap, relay=relay), {"IMAP_PASSWORD": imap.password})
    with desk:
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        done = run(tmp_path, "check", "--connect")
        assert done.code == 0, done.err
        assert "a mail to a sub-address (plus address) came back: used from the next start" in done.err
        assert "a mail with the null reverse-path came back: used from the next start" in done.err
        # Seen by the daemon, too, who knows its own mail: no ticket, no answer.
        own = "SELECT count(*) FROM entry WHERE event = 'own'"
        desk.wait_for(lambda: desk.count(own) == 2, "the test mails to be filed")
        assert desk.count("SELECT count(*) FROM ticket") == 0
        assert desk.stop() == 0
        desk.start()
        desk.wait_until_started(times=2)
        imap.append(
            b"From: Jane <jane@acme-dental.example>\r\nTo: support@example.com\r\nSubject: Hello\r\n"
            b"Message-ID: <hello@acme-dental.example>\r\n\r\nHow do I add a phone?\r\n"
        )
        [answer] = [mail for mail in relay.wait_for(3, 30) if mail.recipients == ("jane@acme-dental.example",)]
    shown = message_from_bytes(answer.raw, policy=policy.default)
    token = str(shown["Message-ID"]).strip("<>").partition(".")[0]
    assert shown["Reply-To"].addresses[0].addr_spec == f"support+{token}@example.com"
    assert answer.reverse_path == ""


def test_whether_keys_of_signatures_can_be_found_where_they_are_needed(
    imap: Dovecot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("mailbot.service.selftest.KeyLookup", lambda: KeyLookup(limit_seconds=0.5))
    with NameServer() as dns:
        said, problems, _ = tried(tmp_path / "well", rules_for(dovecot=imap, dns=dns))
        assert "dkim: DNS answers, so that signatures of senders can be verified" in said
        assert [problem for problem in problems if problem.key == "dkim"] == []
        dns.everything_silent = True
        _, problems, _ = tried(tmp_path / "silent", rules_for(dovecot=imap, dns=dns))
        [problem] = [problem for problem in problems if problem.key == "dkim"]
        assert problem.warning
        assert "unknown senders get no answer" in problem.text
        asked = len(dns.asked)
        vouched = rules_for(dovecot=imap, dns=dns).replace('tls = "none"', 'tls = "none"\nprovider = "gmail"')
        said, problems, _ = tried(tmp_path / "vouched", vouched)
        assert not [sentence for sentence in said if "dkim" in sentence]
        assert len(dns.asked) == asked


def test_whether_pagers_can_be_reached_is_said_without_ringing(
    imap: Dovecot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_proxies(monkeypatch)
    with Receiver() as gone:
        missing = gone.url("/s3cr3t")
    with Receiver() as receiver:
        pagers = "".join(f'[[agent.pager]]\nwebhook = "{url}"\n' for url in (receiver.url(), missing))
        dana = '[[agent]]\nid = "dana"\nname = "Dana"\naddresses = ["dana@example.com"]\n'
        said, problems, _ = tried(tmp_path / "desk", rules_for(dovecot=imap, more=dana + pagers))
    assert "agent[dana].pager[#1]: 127.0.0.1 can be reached" in said
    [problem] = [problem for problem in problems if "pager" in problem.key]
    assert (problem.key, problem.warning) == ("agent[dana].pager[#2]", False)
    assert problem.text == "127.0.0.1 cannot be reached: Connection refused"
    assert "mailbot oncall test" in problem.hint
    assert receiver.posted == []


def test_a_relay_that_refuses_the_null_reverse_path(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path
) -> None:
    relay = provider(null=False)
    said, problems, found = tried(tmp_path, rules_for(dovecot=imap, relay=relay))
    assert found == Provider(plus_addressing=True, null_reverse_path=False)
    [problem] = [problem for problem in problems if "null reverse-path" in problem.text]
    assert problem.warning
    assert any("waiting up to" in sentence for sentence in said)
    assert "automatic mail carries the support address" in problem.text
    assert any("sub-address" in sentence and "used from the next start" in sentence for sentence in said)


def test_a_mailbox_that_knows_no_plus_addresses(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path
) -> None:
    relay = provider(plus=False)
    said, problems, found = tried(tmp_path, rules_for(dovecot=imap, relay=relay), wait_seconds=2)
    assert found == Provider(plus_addressing=False, null_reverse_path=True)
    [problem] = [problem for problem in problems if "sub-address" in problem.text]
    assert problem.warning
    assert "the reply token travels in the Message-ID only" in problem.text
    assert "spam folder" in problem.hint
    assert any("null reverse-path" in sentence for sentence in said)


def test_what_is_waited_for_is_said_while_it_is_waited_for(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path
) -> None:
    (tmp_path / "rules.toml").write_text(rules_for(dovecot=imap, relay=provider(plus=False)))
    heard: list[str] = []
    loaded = config.load(tmp_path)
    connect(tmp_path, loaded, lambda: datetime.now(UTC), heard.append, under_way=heard.append, wait_seconds=2)
    assert heard[0].startswith("signing in to ")
    assert heard[1].startswith("mailbox support: signed in"), "what works is said in between"
    assert any(re.fullmatch(r"1 of 2 test mails have arrived; \d s left", text) for text in heard)


def test_a_wrong_password_is_said_with_the_next_step(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = provider()
    monkeypatch.setenv("IMAP_PASSWORD", "not this one")
    Desk(tmp_path, rules_for(dovecot=imap, relay=relay))
    done = run(tmp_path, "check", "--connect")
    assert done.code == 78
    assert "mailbox support" in done.err
    assert "password" in done.err
    assert "not this one" not in done.err
    assert "none sent" in done.err
    assert relay.mails == []


def test_a_mailbox_that_works_counts_though_one_of_a_similar_name_does_not(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path
) -> None:
    """The trouble of "support-old" is none of "support", whose mail shows what the provider takes."""
    broken = f"""[[mailbox]]
id = "support-old"
host = "127.0.0.1"
port = {imap.imap_port}
tls = "none"
folders = ["Nowhere"]
sign_in = {{ user = "{imap.user}", password = {{ env = "IMAP_PASSWORD" }} }}
"""
    relay = provider()
    said, problems, found = tried(tmp_path, rules_for(dovecot=imap, relay=relay, more=broken))
    assert {problem.key for problem in problems if not problem.warning} == {"mailbox support-old"}
    assert len(relay.mails) == 2
    assert len([sentence for sentence in said if "used from the next start" in sentence]) == 2
    assert found == Provider(plus_addressing=True, null_reverse_path=True)


def test_a_relay_that_refuses_the_sign_in_or_is_not_there(
    imap: Dovecot, provider: Callable[..., Provided], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = provider()
    relay.users["support@example.com"] = "right"
    monkeypatch.setenv("RELAY_PASSWORD", "wrong-kettle")
    sign_in = 'sign_in = { user = "support@example.com", password = { env = "RELAY_PASSWORD" } }\n'
    Desk(tmp_path, rules_for(dovecot=imap, relay=relay, more=sign_in))
    refused = run(tmp_path, "check", "--connect")
    assert refused.code == 78
    assert "check sign_in under [relay]" in refused.err
    assert "wrong-kettle" not in refused.err
    relay.stop()
    gone = run(tmp_path, "check", "--connect")
    relay.start()
    assert gone.code == 78
    assert "check host, port and tls under [relay]" in gone.err
    assert "Traceback" not in refused.err + gone.err


def test_a_relay_whose_certificate_has_expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = certificate(tmp_path, expired=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(used.chain))
    with Relay(tls="starttls", certificate=used) as relay:
        rules = rules_for(more='[listen]\nlmtp = "127.0.0.1:0"\n')
        Desk(tmp_path, f'{rules}[relay]\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "starttls"\n')
        refused = run(tmp_path, "check", "--connect")
    assert refused.code == 78
    said = " ".join(refused.err.split())
    assert "certificate has expired" in said
    assert "have the certificate of 127.0.0.1 renewed" in said
