"""Changed rules and templates come into force while the real daemon runs, whole or not at all."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path
from socket import gethostname

import pytest

from mailbot.service import control
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot, running
from tests.servers.ports import free_port
from tests.servers.smtp import Mail, Relay

TEAM = "team@example.com"
NUMBERS = count(1)
MORE = f"""[notify]
addresses = ["{TEAM}"]
group_for = "0s"
[listen]
lmtp = "127.0.0.1:0"
"""
BOLT = '[[tenant]]\nid = "bolt"\nname = "Bolt Bakery"\ndomains = ["bolt.example"]\n'


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with Relay() as taking:
        yield taking


@pytest.fixture(scope="module")
def started(relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk(tmp_path_factory.mktemp("desk"), rules_for(relay=relay, more=MORE)) as here:
        here.wait_until_started()
        yield here


@pytest.fixture
def desk(started: Desk) -> Iterator[Desk]:
    """The daemon that the tests share, afterwards with its first rules again."""
    yield started
    shutil.rmtree(started.folder / "templates", ignore_errors=True)
    change(started, started.rules)
    control.ask(started.folder / "data", {"verb": "reload"})


def change(desk: Desk, rules: str, **templates: str) -> None:
    """Write the operator's files anew, as an editor does."""
    for name, content in templates.items():
        path = desk.folder / "templates" / name.replace("__", "/").replace("_toml", ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (desk.folder / "rules.toml").write_text(rules)


def events(desk: Desk, verb: str) -> list[dict[str, object]]:
    """Return the log's lines with that verb."""
    lines = (json.loads(line) for line in desk.said().splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == verb]


def until(desk: Desk, verb: str, act: Callable[[], object]) -> dict[str, object]:
    """Do something; return the line that the log has about it."""
    # What was logged before may still be on its way to the file.
    began = datetime.now(UTC).isoformat()

    def since() -> list[dict[str, object]]:
        return [line for line in events(desk, verb) if str(line["timestamp"]).replace("Z", "+00:00") > began]

    act()
    desk.wait_for(lambda: bool(since()), verb)
    return since()[-1]


def look(desk: Desk, rules: str) -> None:
    """Write the rules anew and have the daemon look at them at once."""
    change(desk, rules)
    assert desk.process is not None
    desk.process.send_signal(signal.SIGHUP)


def ask(desk: Desk, sender: str, text: str = "The hold music is too loud.", *fields: str) -> str:
    """Let somebody write; return the sender's address."""
    number = next(NUMBERS)
    address = sender.format(number)
    raw = "\r\n".join((
        f"From: {address}", "To: support@example.com", f"Subject: Question {number}",
        f"Message-ID: <q{number}@customer.example>", *fields, "", f"{text} ({number})", "",
    ))  # fmt: skip
    request = {"verb": "accept", "raw": base64.b64encode(raw.encode()).decode(), "recipients": []}
    assert control.ask(desk.folder / "data", request) is not None
    return address


def answer(desk: Desk, relay: Relay, sender: str, *fields: str) -> Mail:
    """Let somebody write; return the answer."""
    address = ask(desk, sender, "The hold music is too loud.", *fields)
    desk.wait_for(lambda: bool(to(relay, address)), "the answer")
    return to(relay, address)[0]


def to(relay: Relay, address: str) -> list[Mail]:
    return [mail for mail in relay.mails if mail.recipients == (address,)]


def told(relay: Relay, words: str) -> list[str]:
    """Return the mails to the team with these words, as text."""
    texts = [message_from_bytes(mail.raw, policy=policy.default) for mail in to(relay, TEAM)]
    bodies = [f"{text['Subject']}\n{text.get_body(('plain',)).get_content()}" for text in texts]  # type: ignore[union-attr]
    return [body for body in bodies if words in " ".join(body.split())]


def tenant_of(desk: Desk, address: str) -> str | None:
    desk.wait_for(lambda: desk.count("SELECT count(*) FROM ticket WHERE requester = ?", address) == 1, "the ticket")
    [(tenant,)] = desk.rows("SELECT tenant FROM ticket WHERE requester = ?", address)
    return None if tenant is None else str(tenant)


def test_changed_rules_templates_and_phrases_count_within_seconds(desk: Desk, relay: Relay) -> None:
    assert b"Thank you" in answer(desk, relay, "p{}@acme-dental.example").raw
    line = until(
        desk,
        "rules-in-force",
        lambda: change(
            desk,
            desk.rules.replace("Harbor Voice", "Pier Phones") + BOLT,
            **{
                "customer-acknowledgement.subject.j2": "Your question {{ reference }}",
                "phrases__en_toml": '[acknowledgement]\nthanks = "Good to hear from you."\n',
            },
        ),
    )
    assert 'partner.brand = "Pier Phones"' in str(line["changed"])
    mail = message_from_bytes(answer(desk, relay, "p{}@bolt.example").raw, policy=policy.default)
    assert str(mail["Subject"]).startswith("Your question ")
    assert "Pier Phones" in str(mail["From"])
    assert "Good to hear from you." in mail.as_string()
    for path in (desk.folder / "templates").rglob("*"):
        path.unlink() if path.is_file() else None


def test_a_mistake_leaves_the_former_rules_in_force_and_is_told_once(desk: Desk, relay: Relay) -> None:
    bad = desk.rules.replace("Harbor Voice", "Pier Phones") + '[[tenant]]\nid = "bolt"\ndomans = ["bolt.example"]\n'
    line = until(desk, "rules-refused", lambda: change(desk, bad, **{"customer-emergency.text.j2": "{{ nobody }}"}))
    assert "tenant[bolt].domans: unknown key (did you mean domains?)" in str(line["problems"])
    assert 'customer-emergency.text.j2:1: "nobody" is undefined' in str(line["problems"])
    assert "Harbor Voice" in str(message_from_bytes(answer(desk, relay, "p{}@acme-dental.example").raw)["From"])
    desk.wait_for(lambda: bool(told(relay, "domans")), "the team to be told")
    [notice] = told(relay, "domans")
    assert "the former ones stay in force" in notice
    assert "mailbot check" in notice
    assert f"Commands are typed in {desk.folder} on {gethostname()}." in " ".join(notice.split())
    # The same state again says nothing more.
    os.utime(desk.folder / "rules.toml")
    refused = desk.command("reload", check=False)
    assert refused.returncode == 65
    assert b"domans" in refused.stderr
    assert b"goes on as before" in refused.stderr
    until(desk, "rules-refused", (desk.folder / "templates" / "customer-emergency.text.j2").unlink)
    until(desk, "rules-in-force", lambda: change(desk, bad.replace("domans", "name = 'Bolt'\ndomains")))
    desk.wait_for(lambda: bool(told(relay, "Your changed rules and templates are in force")), "the end to be told")
    assert len(told(relay, '"nobody" is undefined')) == 1
    assert len(events(desk, "rules-refused")) == 2


def test_an_expression_that_is_slow_on_mail_is_told_until_it_is_mended(desk: Desk, relay: Relay) -> None:
    slow = f"{desk.rules}\n[[severity.low.rule]]\nid = \"slow\"\nregex = '(x|xx)+y'\n"
    where = f"rules.toml:{slow.count(chr(10))}"
    until(desk, "rules-in-force", lambda: change(desk, slow))
    line = until(desk, "pattern-slow", lambda: ask(desk, "p{}@acme-dental.example", "Sorry " + "x" * 60))
    assert line["patterns"] == [f"the regex of slow took longer than 0.1 s ({where})"]
    desk.wait_for(lambda: bool(told(relay, where)), "the team to be told")
    status = {
        row["part"]: row for row in map(json.loads, desk.command("status", "--json", check=False).stdout.splitlines())
    }
    assert (status["rules"]["light"], where in status["rules"]["text"]) == ("yellow", True)
    until(desk, "rules-in-force", lambda: change(desk, desk.rules))
    assert not desk.rows("SELECT 1 FROM fact WHERE name = 'condition.patterns'")


def test_a_changed_table_of_tenants_counts_and_a_mistake_in_it_changes_nothing(desk: Desk) -> None:
    table = desk.folder / "tenants.csv"
    try:
        until(desk, "rules-in-force", lambda: table.write_text("Id;Name;Domains\nbolt;Bolt Bakery;bolt.example\n"))
        assert tenant_of(desk, ask(desk, "p{}@bolt.example")) == "bolt"
        line = until(desk, "rules-refused", lambda: table.write_text("Id;Nam;Domains\nbolt;Bolt Bakery;bolt.example\n"))
        assert 'tenants.csv:1: column B: unknown column \\"Nam\\"' in json.dumps(line["problems"])
        assert tenant_of(desk, ask(desk, "p{}@bolt.example")) == "bolt"
    finally:
        until(desk, "rules-in-force", table.unlink)
    assert tenant_of(desk, ask(desk, "p{}@bolt.example")) is None


def test_the_next_mail_leaves_by_the_new_relay(desk: Desk, relay: Relay) -> None:
    with Relay() as other:
        change(desk, desk.rules.replace(f"port = {relay.port}", f"port = {other.port}"))
        assert desk.command("reload").stdout == b"the rules and templates are in force\n"
        answer(desk, other, "p{}@acme-dental.example")


def test_a_door_moves_and_one_that_cannot_open_changes_nothing(desk: Desk, relay: Relay) -> None:
    port = free_port()
    moved = desk.rules.replace('lmtp = "127.0.0.1:0"', f'lmtp = "127.0.0.1:{port}"')
    until(desk, "rules-in-force", lambda: look(desk, moved))
    with smtplib.LMTP("127.0.0.1", port, timeout=10) as door:
        door.noop()
    taken = moved.replace(str(port), str(relay.port)).replace("Harbor Voice", "Pier Phones")
    line = until(desk, "rules-refused", lambda: look(desk, taken))
    assert "cannot listen on" in str(line["problems"])
    with smtplib.LMTP("127.0.0.1", port, timeout=10) as door:
        door.noop()
    assert "Harbor Voice" in str(message_from_bytes(answer(desk, relay, "p{}@acme-dental.example").raw)["From"])


def test_a_tenant_may_go_while_its_tickets_are_open(desk: Desk, relay: Relay) -> None:
    until(desk, "rules-in-force", lambda: look(desk, desk.rules + BOLT))
    first = message_from_bytes(answer(desk, relay, "p{}@bolt.example").raw)
    address = str(first["To"])
    assert tenant_of(desk, address) == "bolt"
    [(ticket,)] = desk.rows("SELECT id FROM ticket WHERE requester = ?", address)
    until(desk, "rules-in-force", lambda: look(desk, desk.rules))
    ask(desk, address, "All phones are down, nobody can call us!", f"In-Reply-To: {first['Message-ID']}")
    texts = "SELECT count(*) FROM entry WHERE kind = 'customer' AND from_address = ?"
    desk.wait_for(lambda: desk.count(texts, address) == 2, "the reply")
    assert desk.count("SELECT count(*) FROM arrival WHERE state = 'quarantined'") == 0
    assert b'"bolt"' in desk.command("show", str(ticket), "--json").stdout
    assert b"is high" in desk.command("set", str(ticket), "--severity", "high").stdout
    assert b"closed" in desk.command("close", str(ticket)).stdout


def test_what_only_a_start_can_change_is_said_and_the_rest_counts(desk: Desk, relay: Relay) -> None:
    other = desk.rules.replace("[partner]\n", '[partner]\nid = "other"\n').replace("Harbor Voice", "Pier Phones")
    line = until(desk, "rules-in-force", lambda: look(desk, other))
    assert "partner.id" in str(line["at_next_start"])
    desk.wait_for(lambda: bool(told(relay, 'partner.id = "other" counts from the next start')), "the team to be told")
    assert "Pier Phones" in str(message_from_bytes(answer(desk, relay, "p{}@acme-dental.example").raw)["From"])
    assert desk.rows("SELECT DISTINCT partner FROM ticket") == [("partner",)]


def test_sighup_looks_at_once_also_at_a_file_that_seems_unchanged(desk: Desk) -> None:
    assert desk.process is not None
    process, file = desk.process, desk.folder / "rules.toml"

    def act() -> None:
        before = file.stat()
        change(desk, desk.rules.replace("Harbor Voice", "Quay Telecom"))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert file.stat().st_size == before.st_size
        process.send_signal(signal.SIGHUP)

    until(desk, "rules-in-force", act)
    assert process.poll() is None


def test_without_a_daemon_nothing_is_to_reload(tmp_path: Path) -> None:
    Desk(tmp_path, rules_for(more=MORE))
    done = Desk(tmp_path, rules_for(more=MORE)).command("reload")
    assert b"no desk runs here" in done.stdout


@pytest.mark.dovecot
def test_another_mailbox_is_watched_and_the_former_one_is_not(relay: Relay, tmp_path: Path) -> None:
    with running() as imap, Desk(tmp_path, _of(imap, relay), {"IMAP_PASSWORD": imap.password}) as desk:
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        other = desk.rules.replace('user = "support@example.com"', 'user = "sales@example.com"')
        until(desk, "rules-in-force", lambda: look(desk, other.replace("[[mailbox]]", '[[mailbox]]\nid = "sales"')))
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 2, "the first contact with the other")
        for user, number in (("support@example.com", 1), ("sales@example.com", 2)):
            imap.append(
                f"From: r{number}@acme-dental.example\r\nTo: {user}\r\nSubject: Hello\r\n"
                f"Message-ID: <r{number}@acme-dental.example>\r\n\r\nHow do I add a phone?\r\n".encode(),
                user=user,
            )
        desk.wait_for(lambda: bool(to(relay, "r2@acme-dental.example")), "the answer")
        assert desk.count("SELECT count(*) FROM arrival") == 1
        # A change that does not concern the mailbox leaves the connection as it is.
        signed_in = imap.log().count("Login:")
        until(desk, "rules-in-force", lambda: look(desk, (desk.folder / "rules.toml").read_text() + BOLT))
        imap.append(
            b"From: r3@bolt.example\r\nTo: sales@example.com\r\nSubject: Hello\r\n"
            b"Message-ID: <r3@bolt.example>\r\n\r\nHow do I add a phone?\r\n",
            user="sales@example.com",
        )
        assert tenant_of(desk, "r3@bolt.example") == "bolt"
        assert imap.log().count("Login:") == signed_in + 1  # that of `append`
        assert desk.stop() == 0


def _of(imap: Dovecot, relay: Relay) -> str:
    # A folder of sent mail that is not there yet is looked for at each SIGHUP, by a connection of its own.
    return rules_for(dovecot=imap, relay=relay, more=MORE).replace("[[mailbox]]", '[[mailbox]]\nsent = ""')


def test_a_new_article_is_noticed_and_one_with_a_mistake_is_told(desk: Desk) -> None:
    article = desk.folder / "articles" / "voicemail.md"
    article.parent.mkdir()
    text = '+++\ntitle = "Voicemail"\ntopic = "Voicemail"\n+++\nDial 200.\n'
    try:
        line = until(desk, "rules-in-force", lambda: article.write_text(text))
        assert line["changed"] == ["article voicemail"]
        refused = until(desk, "rules-refused", lambda: article.write_text(text.replace("topic", "topics")))
        assert "articles/voicemail.md:3: topics: unknown key (did you mean topic?)" in str(refused["problems"])
    finally:
        shutil.rmtree(article.parent)


def test_public_pages_are_written_once_a_folder_is_named_and_with_each_article(desk: Desk) -> None:
    article, site = desk.folder / "articles" / "voicemail.md", desk.folder / "site"
    article.parent.mkdir()
    try:
        until(desk, "site-written", lambda: look(desk, desk.rules + '[site]\nfolder = "site"\n'))
        assert "All is well" in (site / "en" / "status.html").read_text()
        text = '+++\ntitle = "Voicemail"\ntopic = "Voicemail"\n+++\nDial 200.\n'
        line = until(desk, "site-written", lambda: article.write_text(text))
        assert "Dial 200." in (site / "en" / "articles" / "voicemail.html").read_text()
        assert line["folder"] == str(site)
        until(desk, "site-written", article.unlink)
        assert not (site / "en" / "articles").exists()
    finally:
        shutil.rmtree(article.parent)
        shutil.rmtree(site)
