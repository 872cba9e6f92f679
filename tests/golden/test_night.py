"""One night from the first outage to the hand-over in the morning, as it reaches each of those whom it concerns.

Bob is on call and sleeps on, Dana sees it, a case goes to the carrier, and on Monday both are handed over what was.
Pages go to a real receiver and to a real program. Every mail that left stands in `night/`, and `night/diary.txt` says
in which order; `GOLDEN=write pytest tests/golden` writes them anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote
from zoneinfo import ZoneInfo

import pytest

from mailbot.clocks.retry import PAGE
from mailbot.delivery.courier import Courier, Duty
from mailbot.delivery.pagers import InForce, Pagers
from mailbot.store import conditions
from mailbot.store.outbox import Audience
from tests.golden.test_golden import readable
from tests.secrecy import found_in
from tests.servers.receiver import Posted, Receiver, answer
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, reply
from tests.service.test_together import BOB

FOLDER = Path(__file__).parent / "night"
MINUTES = timedelta(minutes=1)
_TRY = timedelta(seconds=2)
NOC = "noc@carrier.example"
SECRET = "whsec_" + "bmlnaHQgd2F0Y2ggb2YgdGhlIGhhcmJvdXIgdm9pY2U="
OUTAGES = {
    "Jane Roe <jane@acme-dental.example>": "All our phones are down since 11 pm, nobody can call us!\n\nJane",
    "Raj Patel <raj@bolt.example>": (
        "Our whole office is offline: no extension registers since 11:20 pm, not even extension 204."
        " User name: bolt204, server: sip.harborvoice.example.\n\nRaj, Bolt Logistics"
    ),
    "Mia Vet <mia@vet.example>": (
        "URGENT: the main number is dead, all calls fail. Please call back: 212 555 0188\n\nMia"
    ),
}


def rules(receiver: Receiver) -> str:
    """Return the rules of the desk that night; Bob is on call until Monday, and Dana after him."""
    return f"""{RULES}
[[tenant]]
id = "vet"
name = "Paws Vet Clinic"
domains = ["vet.example"]
phone_numbers = ["+1 212 555 0188"]
emergency_number = "+1 212 555 0133"
[[agent]]
id = "bob"
name = "Bob Reyes"
addresses = ["{BOB}"]
[[agent.pager]]
webhook = "{receiver.url("/harbor-bob")}"
form = "ntfy"
[[agent.pager]]
command = ["./ring.sh"]
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent.pager]]
webhook = "{receiver.url("/dana")}"
secret = {{ file = "signing" }}
[oncall]
rota = ["bob", "dana"]
since = "2026-11-16"
[[vendor]]
id = "carrier"
name = "Carrier NOC"
addresses = ["{NOC}"]
account = "account 20417"
"""


@dataclass
class Night:
    """The desk that night, its receiver of pages, and what its program was called with."""

    desk: Office
    receiver: Receiver
    folder: Path
    posted_at: list[datetime] = field(default_factory=list)
    rung_at: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        here, desk = self.desk.here, self.desk
        in_force = InForce(here.desk.rules, here.desk.templates, self.folder)
        duty = Duty(conditions.PAGERS, Audience.PAGER, apart=True, schedule=PAGE)
        pagers = [Pagers(lambda: in_force, lambda: desk.now)]
        courier = Courier(here.database, pagers, here.desk.partner, lambda: desk.now, lambda: 0.0, duty=duty)
        mails = desk.courier.deliver_once

        def both() -> None:
            while mails() or courier.deliver_once():
                pass
            self.posted_at += [desk.now] * (len(self.receiver.posted) - len(self.posted_at))
            self.rung_at += [desk.now] * (len(self.rung) - len(self.rung_at))

        desk.deliver = both  # type: ignore[method-assign]

    def wait(self, span: timedelta) -> None:
        """Let time pass in the steps in which a page is tried again."""
        for _ in range(int(span / _TRY)):
            self.desk.let_pass(_TRY)
            self.desk.deliver()

    @property
    def rung(self) -> list[str]:
        """What the program was called with, a line each time."""
        path = self.folder / "rung"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def write(self, sender: str, text: str, subject: str = "Help", **more: str) -> int | None:
        """Have a customer write."""
        number = len(self.desk.rows("SELECT id FROM arrival")) + 1
        fields = (f"In-Reply-To: <{more['to']}>",) if "to" in more else ()
        raw = mail(sender, text, subject=subject, message_id=f"m{number}@{domain(sender)}", fields=fields)
        return self._received(raw)

    def answer(self, sent: Sent, words: str, agent: str = DANA) -> None:
        """Have an agent answer a mail of ours from the telephone."""
        self._received(reply(sent, words, sender=agent))

    def ok(self, page: Posted) -> None:
        """Have a tap on OK in a page make the mail that says so."""
        link = page.said["ok"]
        assert link.startswith("mailto:")
        to, _, fields = link.removeprefix("mailto:").partition("?")
        said = {name: values[0] for name, values in parse_qs(fields).items()}
        self._received(mail(DANA, said["body"], subject=said["subject"], message_id="ok@phone.example"), unquote(to))

    def _received(self, raw: bytes, to: str = "") -> int | None:
        ticket = self.desk.receive(raw, **({"to": to} if to else {})).ticket
        while self.desk.processor.step():
            self.desk.deliver()
        self.desk.let_pass(timedelta(seconds=2))
        return ticket

    def sent_to(self, address: str, words: str = "") -> list[Sent]:
        """Return what left to an address, with those words in it."""
        return [one for one in self.desk.sent if one.recipient == address and words in " ".join(one.text.split())]


def domain(sender: str) -> str:
    return sender.rpartition("@")[2].rstrip(">")


@contextmanager
def night(folder: Path) -> Iterator[Night]:
    """Open the desk on Saturday, at 23:40 in New York."""
    program = folder / "ring.sh"
    program.write_text('#!/bin/sh\nread line; echo "$MAILBOT_PAGE_TO: $line" >> rung\n', encoding="utf-8")
    program.chmod(0o700)
    (folder / "signing").write_text(SECRET + "\n", encoding="utf-8")
    (folder / "signing").chmod(0o600)
    with Receiver() as receiver, office(folder, rules=rules(receiver), at=CLOSED_AT) as desk:
        yield Night(desk, receiver, folder)


def until_monday(at: Night) -> None:
    """Let the night pass as it did."""
    desk = at.desk
    # The receiver is busy for the first page; the second try is the one that rings.
    at.receiver.answers("/", answer(503), answer(200, "{}"))
    for sender, text in OUTAGES.items():
        at.write(sender, text)
        at.wait(timedelta(seconds=18))
    desk.let_pass(12 * MINUTES)
    at.ok(at.receiver.at("/dana")[-1])
    desk.let_pass(3 * MINUTES)
    of_acme, of_bolt, of_vet = (at.sent_to(DANA, f"goes to {name}")[-1] for name in ("Jane", "Raj", "Mia"))
    at.answer(of_acme, "Hello Jane,\n\nthe fault is in our centre, and we are on it. You will hear from me by 1 am.")
    desk.let_pass(2 * MINUTES)
    at.answer(of_bolt, "#vendor\nNothing of them registers. Please look at your edge in New York.")
    at.answer(at.sent_to(DANA, "This goes to Carrier NOC")[-1], "send")
    desk.let_pass(5 * MINUTES)
    at.answer(of_vet, "#called told Mia that we are on it")
    desk.let_pass(40 * MINUTES)
    case = at.sent_to(NOC)[-1]
    at.write(
        f"Kim <{NOC}>",
        "An edge in New York was down and is back since 0:35. Phones register again within minutes.\n\nKim",
        f"Re: {case.mail['Subject']}",
        to=case.message_id,
    )
    desk.let_pass(10 * MINUTES)
    at.answer(of_bolt, "Hello Raj,\n\nyour phones are back. Please restart those that still show no line.")
    at.answer(of_acme, "Hello Jane,\n\nall of it works again since 0:35.")
    desk.let_pass(OPEN_AT + timedelta(hours=1) - desk.now)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with night(tmp_path_factory.mktemp("night")) as at:
        until_monday(at)
        yield at


def diary(at: Night) -> str:
    """Return what left in its order: when, by which way, to whom, and its subject or its words."""
    zone = ZoneInfo("America/New_York")
    lines = [(one.at, "mail", one.recipient, str(one.mail["Subject"])) for one in at.desk.sent]
    for when, posted in zip(at.posted_at, at.receiver.posted, strict=True):
        lines.append((when, "webhook", posted.path, posted.said.get("text") or posted.said["message"]))
    for when, said in zip(at.rung_at, at.rung, strict=True):
        who, _, text = said.partition(": ")
        lines.append((when, "program", who, text))
    lines.sort(key=lambda line: line[0])
    return "".join(f"{when.astimezone(zone):%a %H:%M:%S}  {way:8} {to:28} {said}\n" for when, way, to, said in lines)


def test_a_page_that_was_refused_comes_again_as_the_same_one(past: Night) -> None:
    first, second, *_ = past.receiver.at("/")
    assert first.body == second.body
    assert first.fields["webhook-id"] == second.fields["webhook-id"]
    assert 8 <= (past.posted_at[1] - past.posted_at[0]).total_seconds() <= 12


def test_danas_pages_are_signed_and_short(past: Night) -> None:
    pages = past.receiver.at("/dana")
    assert all(one.is_signed_by(SECRET) for one in pages)
    assert [len(one.said["text"]) <= 140 for one in pages] == [True] * len(pages)
    assert [one.said["kind"] for one in pages] == ["outage", "outage", "seen", "seen"]
    assert len({one.said["key"] for one in pages}) == 1


def test_each_customer_is_told_once_by_the_desk_and_answered_by_dana(past: Night) -> None:
    for sender, answers in zip(OUTAGES, (2, 1, 0), strict=True):
        got = past.sent_to(sender.rpartition("<")[2].rstrip(">"))
        by_machine = [one for one in got if one.mail["Auto-Submitted"]]
        assert len(by_machine) == 2, "the emergency number, and that Dana has seen it"
        assert len(got) - len(by_machine) == answers


def test_neither_side_of_the_case_sees_the_other(past: Night) -> None:
    [case] = past.sent_to(NOC)
    assert found_in(case.raw, ("bolt", "raj", "acme", "vet.example"), case.reverse_path) == []
    for sender in OUTAGES:
        for one in past.sent_to(sender.rpartition("<")[2].rstrip(">")):
            assert found_in(one.raw, (NOC, "carrier"), one.reverse_path) == []


def test_nothing_of_it_is_due_any_more(past: Night) -> None:
    left = past.desk.rows("SELECT kind, due_at FROM due WHERE done_at IS NULL ORDER BY due_at")
    assert {kind for kind, _ in left} <= {"reminder", "closing", "resolution"}
    assert past.desk.rows("SELECT id FROM outbox WHERE state NOT IN ('sent')") == []


def test_the_diary_of_the_night(past: Night) -> None:
    path = FOLDER / "diary.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(diary(past), encoding="utf-8")
    assert diary(past) == path.read_text(encoding="utf-8")


def test_every_mail_of_the_night(past: Night) -> None:
    if os.environ.get("GOLDEN") == "write":
        for path in FOLDER.glob("*.eml"):
            path.unlink()
        for number, sent in enumerate(past.desk.sent, 1):
            (FOLDER / f"{number:02}-{sent.recipient.partition('@')[0]}.eml").write_bytes(sent.raw)
    reviewed = sorted(FOLDER.glob("*.eml"))
    assert len(reviewed) == len(past.desk.sent)
    for path, sent in zip(reviewed, past.desk.sent, strict=True):
        assert readable(sent.raw) == readable(path.read_bytes()), path.name
        assert sent.raw == path.read_bytes(), path.name
