"""Only what an agent replies to a relay reaches customers: the same reply to any other mail of ours is our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.errors import PermanentFailure
from mailbot.render import NAMES, Templates
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office

JANE = "jane@acme-dental.example"
DANA = "dana@harborvoice.example"
BOB = "bob@harborvoice.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
[relay]
host = "smtp.harborvoice.example"
plus_addressing = "yes"
"""
WORDS = "The router was replaced this morning, and all is well again."
SHIPPED = Path(__file__).parent.parent.parent / "templates"
MAILS = sorted(path.name.removesuffix(".subject.j2") for path in SHIPPED.glob("*.subject.j2"))


def question(desk: Office, text: str = "How do I change the music?") -> None:
    desk.receive(mail(f"Jane Roe <{JANE}>", text, message_id="q1@acme-dental.example"))
    desk.let_pass(timedelta(0))


def at_night(desk: Office, text: str) -> None:
    desk.now = CLOSED_AT
    question(desk, text)


def unproven(desk: Office) -> None:
    """Have the desk ask Dana whether a mail is hers."""
    question(desk)
    relay = made_from("team-relay", desk)
    desk.receive(reply(relay, "An answer that nothing proves.", verdict=""))


def answered_by_bob(desk: Office) -> None:
    """Have Bob answer Jane, of which Dana is told."""
    question(desk)
    raw = mail(f'"Bob Lind" <{SUPPORT}>', "Like this.", fields=("In-Reply-To: <q1@acme-dental.example>",), verdict="")
    desk.receive(raw.replace(f"To: {SUPPORT}".encode(), f"To: {JANE}".encode()), sent=True)
    desk.let_pass(timedelta(0))


def refused(desk: Office) -> None:
    """Have the relay refuse what Dana answers."""
    question(desk)
    desk.refusing[JANE] = PermanentFailure("550 5.1.1 no such user", 550)
    desk.receive(reply(made_from("team-relay", desk), "An answer that does not arrive."))
    desk.refusing.clear()


def waiting(desk: Office) -> None:
    """Have Jane told until when her ticket waits."""
    question(desk)
    desk.receive(reply(made_from("team-relay", desk), "#wait carrier until 2 dec"))


def after_a_night(desk: Office) -> None:
    """Have a dozen questions wait until the morning."""
    desk.now = CLOSED_AT
    for number in range(12):
        text = f"How do I change the music of line {number}?"
        desk.receive(
            mail(f"Jane Roe <{JANE}>", text, subject=f"Music {number}", message_id=f"m{number}@acme-dental.example")
        )
    desk.let_pass(timedelta(days=2))


def a_week_later(desk: Office) -> None:
    """Have the week's figures mailed."""
    question(desk)
    desk.let_pass(timedelta(days=8))


# How each mail comes to be sent. A template that is added fails here until it is listed.
SCENES: dict[str, Callable[[Office], None]] = {
    "customer-acknowledgement": question,
    "customer-after-hours": lambda desk: at_night(desk, "How do I change the music?"),
    "customer-emergency": lambda desk: at_night(desk, "All phones are down, nobody can call us!"),
    "customer-waiting": waiting,
    "customer-week": a_week_later,
    "team-ask": unproven,
    "team-digest": a_week_later,
    "team-list": after_a_night,
    "team-notice": question,
    "team-relay": question,
    "team-returned": refused,
    "team-told": answered_by_bob,
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """A desk whose mails say which template they are made from, and which tells Dana everything as well."""
    own = tmp_path / "own"
    own.mkdir()
    for name in MAILS:
        text = (SHIPPED / f"{name}.text.j2").read_text("utf-8")
        (own / f"{name}.text.j2").write_text(f"{text}\nmade from {name}\n", "utf-8")
    rules = RULES.replace('["team@harborvoice.example"]', f'["team@harborvoice.example", "{DANA}"]') + TEAM
    rules = rules.replace('id = "acme"\n', f'id = "acme"\ndigest = ["{JANE}"]\n')
    with office(tmp_path / "desk", rules=rules, at=OPEN_AT) as opened:
        opened.here.desk = replace(opened.here.desk, templates=Templates(own))
        yield opened


def made_from(name: str, desk: Office) -> Sent:
    """Return the newest mail made from that template."""
    found = [sent for sent in desk.sent if f"made from {name}" in sent.text.splitlines() and sent.recipient != BOB]
    return found[-1]


def reply(answered: Sent, text: str = WORDS, *, verdict: str = "pass") -> bytes:
    """Return Dana's reply to it, with everything that it bears in its address, its ids and its quotation."""
    quoted = "\n".join(f"> {line}".rstrip() for line in answered.text.splitlines())
    return mail(
        f"Dana <{DANA}>",
        f"{text}\n\nOn Mon, Nov 23, 2026 at 10:00 AM Harbor Voice <{SUPPORT}> wrote:\n{quoted}\n",
        subject=f"Re: {answered.mail['Subject']}",
        verdict=verdict,
        message_id=f"{len(text)}@phone.example",
        fields=(f"In-Reply-To: <{answered.message_id}>", f"References: <{answered.message_id}>"),
        replaces={"To": str(answered.mail["Reply-To"] or answered.mail["From"])},
    )


def test_every_mail_there_is_has_its_scene() -> None:
    assert sorted(SCENES) == MAILS == sorted(NAMES)


@pytest.mark.parametrize("name", MAILS)
def test_only_the_reply_to_a_relay_reaches_the_customer(desk: Office, name: str) -> None:
    SCENES[name](desk)
    answered, left = made_from(name, desk), len(desk.sent)
    before = desk.one("SELECT count(*) FROM entry WHERE kind = 'agent'")
    processed = desk.receive(reply(answered))
    desk.let_pass(timedelta(hours=1))
    outside = [sent for sent in desk.sent[left:] if sent.recipient not in {DANA, BOB, "team@harborvoice.example"}]
    assert [sent.recipient for sent in outside] == ([JANE] if name == "team-relay" else [])
    assert desk.one("SELECT count(*) FROM entry WHERE kind = 'agent'") == before + (name == "team-relay")
    # Nothing is lost: the words stand in the log, or she is told that nothing came of them.
    kept = desk.one("SELECT count(*) FROM entry WHERE text LIKE ?", f"%{WORDS}%") > 0
    told = any(sent.recipient == DANA for sent in desk.sent[left:])
    assert kept or told
    assert desk.one("SELECT reasons FROM arrival WHERE id = ?", processed.arrival)
