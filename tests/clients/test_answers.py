"""Agents answer with the programs that they use, on a real mailbox and a real relay: what the customer receives, whole.

One desk works for all programs; each has a customer, an agent and a domain of its own. A change that is meant is
written with `GOLDEN=write pytest tests/clients`; read what git shows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.clients.composing import BORDER, Received, over
from tests.clients.programs import PROGRAMS
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot, running
from tests.servers.smtp import Mail, Relay

FOLDER = Path(__file__).parent / "received"
SUPPORT = "support@harborvoice.example"
QUESTION = (
    "Hello,\n\nhow do I change the music that callers hear while they wait?\n\n"
    "And can the phone in the lobby ring longer?\n\nThank you\nJane Roe\n"
)
WAYS = {"relay": "Hold music", "mailbox": "A new handset", "copy": "Holiday hours", "blind": "Fax to mail"}

# What a mail of a person's of the desk's may hold, beside what tells what its body is.
FIELDS = set(
    "from to cc subject date message-id in-reply-to references reply-to content-language mime-version content-type"
    " content-transfer-encoding".split()
)
TRACES = (
    "iPhone",
    "Outlook",
    "aka.ms",
    "K-9",
    "Galaxy",
    "Thunderbird",
    "gmail_",
    "Mso",
    "moz-",
    "Original message",
    "Ref:",
    "wrote:",
    "A reply to",
)

pytestmark = pytest.mark.dovecot


@dataclass
class Ran:
    """What came of all of it: the mails that left, by recipient, and the answers as the programs wrote them."""

    desk: Desk
    relay: Relay
    answers: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def sent_to(self, address: str) -> list[Mail]:
        return [mail for mail in self.relay.mails if mail.recipients == (address,)]

    def ticket(self, name: str, way: str) -> int:
        [(ticket,)] = self.desk.rows(
            "SELECT id FROM ticket WHERE requester = ? AND subject = ?", customer(name), WAYS[way]
        )
        return int(ticket)

    def reply(self, name: str) -> Mail:
        """Return the one mail that the customer got from a person."""
        [mail] = [mail for mail in self.sent_to(customer(name)) if not read(mail.raw)["Auto-Submitted"]]
        return mail


def customer(name: str) -> str:
    return f"jane@{name}.example"


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def leaves(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.walk() if not part.is_multipart()]


def asked(name: str, way: str, *, more: str = "", text: str = QUESTION, number: int = 1) -> bytes:
    """Return a mail of the customer's as it arrives."""
    lines = (
        f"Authentication-Results: {BORDER}; dmarc=pass header.from={name}.example",
        f"From: Jane Roe <{customer(name)}>",
        f"To: Harbor Voice <{SUPPORT}>",
        f"Subject: {'Re: ' if more else ''}{WAYS[way]}",
        "Date: Mon, 23 Nov 2026 15:00:00 +0000",
        f"Message-ID: <{way}-{number}@{name}.example>",
        *([more] if more else []),
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
    )
    return "\r\n".join(lines).replace("\n", "\r\n").replace("\r\r", "\r").encode()


def rules(dovecot: Dovecot, relay: Relay) -> str:
    text = rules_for(dovecot=dovecot, relay=relay).replace("support@example.com", SUPPORT)
    text = text.replace('tls = "none"', f'tls = "none"\nauthserv_ids = ["{BORDER}"]', 1)
    for name, used in PROGRAMS.items():
        person = used.person(name)
        text += f'[[tenant]]\nid = "{name}"\nname = "Acme Dental"\ndomains = ["{name}.example"]\n'
        text += f'[[agent]]\nid = "{name}"\nname = "{person.name}"\naddresses = ["{person.address}"]\n'
        text += f'tenants = ["{name}"]\n'
    return text


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Let customers ask, agents answer in each of the ways, and customers answer what they got."""
    with running(user=SUPPORT, sent="Sent") as dovecot, Relay() as relay:
        secret = {"IMAP_PASSWORD": dovecot.password}
        with Desk(tmp_path_factory.mktemp("clients"), rules(dovecot, relay), secret) as desk:
            ran = Ran(desk, relay)
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 2, "both folders to be opened")
            tickets = len(PROGRAMS) * len(WAYS)
            dovecot.append_all(asked(name, way) for name in PROGRAMS for way in WAYS)
            handed_on = "SELECT count(*) FROM outbox WHERE kind = 'relay' AND state = 'sent'"
            desk.wait_for(lambda: desk.count(handed_on) == tickets, "the agents to be told")
            _answer(ran, dovecot)
            taken = "SELECT count(*) FROM arrival WHERE state != 'waiting'"
            desk.wait_for(lambda: desk.count(taken) == 2 * tickets, "all answers to be read")
            left = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'submitting', 'deferred')"
            desk.wait_for(lambda: desk.count(left) == 0, "all mail to leave")
            answered = 0
            for name in PROGRAMS:
                got = [mail for mail in ran.sent_to(customer(name)) if not read(mail.raw)["Auto-Submitted"]]
                if got:
                    refers = f"In-Reply-To: {read(got[0].raw)['Message-ID']}"
                    dovecot.append(asked(name, "relay", more=refers, text="Thank you, and which format?\n", number=2))
                    answered += 1
            desk.wait_for(lambda: desk.count(taken) == 2 * tickets + answered, "the customers' answers to be read")
            yield ran


def _answer(ran: Ran, dovecot: Dovecot) -> None:
    """Have each agent answer each of his customer's mails."""
    for name, used in PROGRAMS.items():
        person = used.person(name)
        [relay] = [m for m in ran.sent_to(person.address) if WAYS["relay"] in str(read(m.raw)["Subject"])]
        own = replace(person, name="Harbor Voice", address=SUPPORT)
        copied = replace(used.written, cc=f"Harbor Voice <{SUPPORT}>")
        ran.answers = {
            **ran.answers,
            (name, "relay"): used.program(Received(relay.raw), used.written, person),
            (name, "mailbox"): used.program(Received(asked(name, "mailbox")), used.written, own),
            (name, "copy"): used.program(Received(asked(name, "copy")), copied, person),
            (name, "blind"): used.program(Received(asked(name, "blind")), used.written, person),
        }
        for way in ("relay", "copy", "blind"):
            raw = over(ran.answers[name, way], person, host=used.host, trace=used.trace)
            dovecot.deliver(raw, to=SUPPORT, reverse_path=person.address)
        dovecot.append(ran.answers[name, "mailbox"], folder="Sent", flags=(rb"\Seen",))


def steady(raw: bytes) -> bytes:
    """Return a mail with what differs from run to run put in its kind's name."""
    raw = re.sub(rb"(?m)^Date: .*?\r$", b"Date: (now)\r", raw)
    for number, unique in enumerate(dict.fromkeys(re.findall(rb"[a-z2-7]{39}\.[0-9a-f]+[a-z0-9]*(?=@)", raw)), 1):
        raw = raw.replace(unique, b"(unique-%d)" % number)
    boundaries = dict.fromkeys(re.findall(rb'boundary="(=_[0-9a-f]+)"', raw))
    for number, boundary in enumerate(boundaries, 1):
        raw = raw.replace(boundary, b"=_boundary%d" % number)
    return raw


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_customer_receives_the_mail_that_was_reviewed(ran: Ran, name: str) -> None:
    path = FOLDER / f"{name}.eml"
    received = steady(ran.reply(name).raw)
    if os.environ.get("GOLDEN") == "write":
        path.write_bytes(received)
    assert received.decode().splitlines() == path.read_bytes().decode().splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_the_desks_own_mail_in_her_conversation(ran: Ran, name: str) -> None:
    reply = ran.reply(name)
    mail = read(reply.raw)
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == (
        "Dana Ortiz · Harbor Voice",
        SUPPORT,
    )
    assert (str(mail["Subject"]), str(mail["In-Reply-To"])) == ("Re: Hold music", f"<relay-1@{name}.example>")
    assert f"<relay-1@{name}.example>" in str(mail["References"])
    assert {field.lower() for field in mail} <= FIELDS
    assert reply.reverse_path == SUPPORT


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_tells_of_the_agent_or_what_he_uses(ran: Ran, name: str) -> None:
    reply, used = ran.reply(name), PROGRAMS[name]
    seen = reply.raw.decode() + "".join(str(part.get_content()) for part in leaves(read(reply.raw)))
    for secret in (used.person(name).address, "agents.example", "198.51.100", "192.168", "555 0190", *TRACES):
        assert secret not in seen


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_agents_answer_and_the_first_one(ran: Ran, name: str, way: str) -> None:
    ticket = ran.ticket(name, way)
    entries = ran.desk.rows("SELECT kind, reply_text FROM entry WHERE ticket_id = ? AND kind = 'agent'", ticket)
    assert [("40" in text or "Upload" in text or "Settings" in text) for _, text in entries] == [True]
    answered = "SELECT count(*) FROM ticket WHERE id = ? AND first_response_at IS NOT NULL"
    assert ran.desk.count(answered, ticket) == 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_her_answer_finds_the_ticket(ran: Ran, name: str) -> None:
    customers = "SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'customer'"
    assert ran.desk.count(customers, ran.ticket(name, "relay")) == 2
    assert ran.desk.count("SELECT count(*) FROM ticket WHERE requester = ?", customer(name)) == len(WAYS)


def test_what_has_reached_her_already_is_not_sent_again(ran: Ran) -> None:
    assert ran.desk.count("SELECT count(*) FROM outbox WHERE kind = 'reply'") == len(PROGRAMS)


def test_every_reviewed_mail_is_still_received() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(PROGRAMS)
