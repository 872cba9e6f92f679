"""Only what an agent replies to a relay reaches customers: the same reply to any other mail of ours is our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from mailbot.deciding import promises
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
[[agent.pager]]
mail = "{DANA}"
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
[relay]
host = "smtp.harborvoice.example"
plus_addressing = "yes"
"""
WORDS = "The router was replaced this morning, and all is well again."
DIFFICULT = "Can you look at this? She is difficult."
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


def silent(desk: Office) -> None:
    """Have Jane answered, and say nothing for some days."""
    question(desk)
    desk.receive(reply(made_from("team-relay", desk), "It is done."))
    desk.let_pass(timedelta(days=5))


def outage(desk: Office) -> None:
    """Have Dana paged."""
    at_night(desk, "All phones are down, nobody can call us!")


def seen(desk: Office) -> None:
    """Have Jane told that Dana has seen it."""
    outage(desk)
    desk.receive(reply(made_from("team-relay", desk), "#ok"))


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


def promised(desk: Office) -> None:
    """Have Jane told what she is promised."""
    rules = desk.here.desk.rules
    version = promises.version(promises.told(promises.promises(rules, rules.tenant_by_id("acme"))))
    desk.do(verb="policy", tellings=[["acme", JANE, version]])
    desk.let_pass(timedelta(0))


def ended(desk: Office) -> None:
    """Have a ticket answered and closed."""
    question(desk)
    desk.receive(reply(made_from("team-relay", desk), "#close\nIt is done."))
    desk.let_pass(timedelta(hours=2))


def with_a_vendor(desk: Office) -> None:
    """Have a ticket filed with a vendor."""
    question(desk)
    desk.do(verb="vendor", ticket=1001, vendor="carrier", text="Please look.", agent="dana", confirmed=True)
    desk.deliver()


def answered_by_a_vendor(desk: Office) -> None:
    """Have a vendor answer about a case."""
    with_a_vendor(desk)
    case = made_from("vendor-case", desk)
    refers = (f"In-Reply-To: <{case.message_id}>",)
    desk.receive(mail("Kim <noc@carrier.example>", "It is mended.", fields=refers, message_id="n1@carrier.example"))
    desk.let_pass(timedelta(0))


def in_an_incident(desk: Office) -> None:
    """Have Jane told of an incident that Dana opens."""
    question(desk)
    wanted = {"step": "open", "tickets": "1001", "text": "Music fails"}
    desk.do(verb="incident", **wanted, agent="dana", confirmed=True)
    desk.deliver()


# How each mail comes to be sent. A template that is added fails here until it is listed.
SCENES: dict[str, Callable[[Office], None]] = {
    "customer-acknowledgement": question,
    "customer-after-hours": lambda desk: at_night(desk, "How do I change the music?"),
    "customer-emergency": lambda desk: at_night(desk, "All phones are down, nobody can call us!"),
    "customer-incident": in_an_incident,
    "customer-policy": promised,
    "customer-reminder": silent,
    "customer-seen": seen,
    "customer-survey": ended,
    "customer-waiting": waiting,
    "customer-week": a_week_later,
    "team-ask": unproven,
    "team-digest": a_week_later,
    "team-list": after_a_night,
    "team-notice": question,
    "team-page": outage,
    "team-relay": question,
    "team-returned": refused,
    "team-told": answered_by_bob,
    "team-vendor": answered_by_a_vendor,
    "vendor-case": with_a_vendor,
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
    rules += '[[vendor]]\nid = "carrier"\nname = "Carrier"\naddresses = ["noc@carrier.example"]\n'
    rules += "[survey]\n"
    with office(tmp_path / "desk", rules=rules, at=OPEN_AT) as opened:
        opened.here.desk = replace(opened.here.desk, templates=Templates(own))
        yield opened


def made_from(name: str, desk: Office) -> Sent:
    """Return the newest mail made from that template."""
    found = [sent for sent in desk.sent if f"made from {name}" in sent.text.splitlines() and sent.recipient != BOB]
    return found[-1]


def reply(answered: Sent, text: str = WORDS, *, verdict: str = "pass", to: str = "", copy: str = "") -> bytes:
    """Return Dana's reply to it, with everything that it bears in its address, its ids and its quotation.

    `to` stands in To in place of the address to which a reply goes.
    """
    quoted = "\n".join(f"> {line}".rstrip() for line in answered.text.splitlines())
    return mail(
        f"Dana <{DANA}>",
        f"{text}\n\nOn Mon, Nov 23, 2026 at 10:00 AM Harbor Voice <{SUPPORT}> wrote:\n{quoted}\n",
        subject=f"Re: {answered.mail['Subject']}",
        verdict=verdict,
        message_id=f"{abs(hash((text, to, copy))):x}@phone.example",
        fields=(f"In-Reply-To: <{answered.message_id}>", f"References: <{answered.message_id}>"),
        replaces={"To": to or _answers_go_to(answered)} | ({"Cc": copy} if copy else {}),
    )


def forward(relay: Sent, *, to: str, copy: str = "", by: str = "gmail", text: str = DIFFICULT) -> bytes:
    """Return Dana's mail that passes a relay on to somebody, as that program writes it."""
    head = (
        f"From: {relay.mail['From']}\nDate: Mon, Nov 23, 2026 at 10:00 AM\nSubject: {relay.mail['Subject']}\nTo: {DANA}"
    )
    below = {
        "gmail": f"---------- Forwarded message ---------\n{head}\n\n\n{relay.text}",
        "apple": "Begin forwarded message:\n\n"
        + "\n".join(f"> {line}" for line in f"{head}\n\n{relay.text}".split("\n")),
        "outlook": f"________________________________\n{head}\n\n{relay.text}",
    }[by]
    return mail(
        f"Dana <{DANA}>",
        f"{text}\n\n{below}\n",
        subject=f"Fwd: {relay.mail['Subject']}",
        message_id=f"{abs(hash((by, to, copy, text))):x}@phone.example",
        fields=(f"References: <{relay.message_id}>",),
        replaces={"To": to} | ({"Cc": copy} if copy else {}),
    )


def _answers_go_to(answered: Sent) -> str:
    return str(answered.mail["Reply-To"] or answered.mail["From"])


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


class TestToWhomItIsAddressed:
    """A mail that bears a relay's token and is not addressed to the desk alone may not be meant for the customer."""

    CARRIER = "NOC <noc@carrier.example>"

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Office]:
        with office(tmp_path, rules=RULES + TEAM, at=OPEN_AT) as opened:
            question(opened)
            yield opened

    @pytest.fixture
    def relay(self, desk: Office) -> Sent:
        return next(sent for sent in desk.sent if sent.recipient == DANA)

    def to_jane(self, desk: Office) -> list[str]:
        return [sent.text for sent in desk.sent if sent.recipient == JANE and not sent.mail["Auto-Submitted"]]

    def questions(self, desk: Office) -> list[Sent]:
        return [sent for sent in desk.sent if "Shall this be sent?" in str(sent.mail["Subject"])]

    def answer(self, desk: Office, word: str) -> None:
        desk.receive(reply(self.questions(desk)[-1], word))
        desk.processor.step()
        desk.deliver()

    def test_what_goes_to_others_is_written_down_and_not_sent(self, desk: Office, relay: Sent) -> None:
        left, number = len(desk.sent), 0
        copies = (SUPPORT, "", _answers_go_to(relay))
        for to, copy in product((f"Bob <{BOB}>", self.CARRIER, f"{self.CARRIER}, {BOB}"), copies):
            desk.receive(reply(relay, DIFFICULT, to=to, copy=copy))
            for by in ("gmail", "apple", "outlook"):
                desk.receive(forward(relay, to=to, copy=copy, by=by))
            number += 4
        desk.let_pass(timedelta(hours=1))
        assert {sent.recipient for sent in desk.sent[left:]} <= {"team@harborvoice.example"}
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND text LIKE ?", f"%{DIFFICULT}%") == number
        assert desk.one("SELECT first_response_at FROM ticket") is None, "her clock runs on"

    def test_its_commands_are_done_if_it_is_proven(self, desk: Office, relay: Sent) -> None:
        desk.receive(reply(relay, f"#close\n{DIFFICULT}", to=BOB, copy=SUPPORT, verdict=""))
        assert desk.one("SELECT state FROM ticket") == "open"
        assert "It was not done" in " ".join(desk.sent[-1].text.split())
        desk.receive(reply(relay, f"#assign bob\n{DIFFICULT}", to=BOB, copy=SUPPORT))
        assert desk.one("SELECT assignee FROM ticket") == "bob"
        assert self.to_jane(desk) == []

    def test_what_may_not_be_meant_for_her_is_asked_about(self, desk: Office, relay: Sent) -> None:
        back = _answers_go_to(relay)
        mails = [
            reply(relay, to=f"{back}, {BOB}"),
            reply(relay, to=f"{SUPPORT}, noc@carrier.example"),
            reply(relay, to="kim@acme-dental.example, noc@carrier.example, " + SUPPORT),
            reply(relay, to=DANA, copy=SUPPORT),
            reply(relay, to="undisclosed-recipients:;"),
            forward(relay, to=SUPPORT),
            forward(relay, to=SUPPORT, by="apple"),
            forward(relay, to=back, by="outlook", copy=BOB),
        ]
        for number, raw in enumerate(mails, 1):
            desk.receive(raw)
            assert (len(self.to_jane(desk)), len(self.questions(desk))) == (0, number)
        assert "note: nobody but your own people gets it" in self.questions(desk)[-1].text
        self.answer(desk, "yes")
        assert len(self.to_jane(desk)) == 1

    def test_note_keeps_it(self, desk: Office, relay: Sent) -> None:
        desk.receive(reply(relay, to=f"{SUPPORT}, {BOB}"))
        self.answer(desk, "note")
        desk.let_pass(timedelta(hours=1))
        assert self.to_jane(desk) == []
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND text LIKE ?", f"%{WORDS}%") == 1

    def test_note_does_the_commands_and_says_so(self, desk: Office, relay: Sent) -> None:
        desk.receive(reply(relay, f"#close\n{DIFFICULT}", to=f"{SUPPORT}, {BOB}"))
        assert "#close: close the ticket" in self.questions(desk)[-1].text
        self.answer(desk, "note")
        desk.let_pass(timedelta(hours=1))
        assert (desk.one("SELECT state FROM ticket"), self.to_jane(desk)) == ("closed", [])
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND text LIKE ?", f"%{DIFFICULT}%") == 1
        [told] = [sent for sent in desk.sent if "Done, and a note" in str(sent.mail["Subject"])]
        assert (told.recipient, "✓ #close: done" in told.text) == (DANA, True)

    def test_note_tells_her_the_day_of_a_wait_and_says_no_other(self, desk: Office, relay: Sent) -> None:
        desk.receive(reply(relay, f"#wait carrier until 2 dec\n{DIFFICULT}", to=f"{SUPPORT}, {BOB}"))
        self.answer(desk, "note")
        [day] = [sent for sent in desk.sent if sent.recipient == JANE and "December 2" in sent.text]
        assert DIFFICULT not in day.text
        [told] = [sent for sent in desk.sent if "Done, and a note" in str(sent.mail["Subject"])]
        assert "kept as a note in #1001; the customer got none of them." in " ".join(told.text.split())

    def test_what_somebody_answers_to_what_she_passed_on_can_be_kept(self, desk: Office, relay: Sent) -> None:
        """The carrier quotes the relay, with us in copy; his address never counts as hers."""
        raw = reply(relay, "It is mended.", to=DANA, copy=SUPPORT).replace(
            f"Dana <{DANA}>".encode(), b"Tom <tom@carrier.example>"
        )
        desk.receive(raw.replace(b"header.from=harborvoice.example", b"header.from=carrier.example"))
        assert "add:" not in self.questions(desk)[-1].text
        self.answer(desk, "note")
        assert self.to_jane(desk) == []
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND text LIKE '%It is mended.%'") == 1

    def test_an_answer_may_have_others_in_copy(self, desk: Office, relay: Sent) -> None:
        kim = f"{SUPPORT}, kim@acme-dental.example"
        ways = [("", BOB), ("", "noc@carrier.example"), (f"{SUPPORT}, {DANA}", ""), (kim, "")]
        for number, (to, copy) in enumerate(ways, 1):
            desk.receive(reply(relay, to=to, copy=copy))
            assert len(self.to_jane(desk)) == number
