"""Replies to a relay that have nothing for the customer, or may have: no empty mail is sent, and no words are lost."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.clients.composing import Paragraph, Person, Received, Words, Written
from tests.clients.programs import AT, PROGRAMS, SCREEN
from tests.service.office import RULES, Office, Sent, mail, office, passed
from tests.service.test_relays import DANA, TEAM, asked, quoted, relays, to_customer

PNG = (Path(__file__).parent.parent / "reading" / "written" / "screen.png").read_bytes()
SIGNATURES = {
    "name": "Dana Ortiz",
    "number": "Dana Ortiz\nHarbor Voice\n+1 646 555 0190",
    "firm": "Dana Ortiz\nHarbor Voice Support Team\nwww.harborvoice.example",
    "farewell": "Best wishes\nDana Ortiz\nHarbor Voice\n+1 646 555 0190",
}

PERSON = Person("Dana Ortiz", DANA, "+1 212 555 0190", AT)
SLOGAN = "Dana Ortiz\nHarbor Voice – your friendly telephone people since 1999\nHarbor Voice Inc.\n+1 646 555 0190"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


class Case:
    """One question of Jane's, and what Dana replies to the relay of it."""

    def __init__(self, desk: Office, number: int = 1) -> None:
        self.desk = desk
        self.ticket = asked(desk, subject=f"Question {number}", message_id=f"q{number}@acme-dental.example")
        self.relay = relays(desk)[-1]
        self.left = len(to_customer(desk))
        self.asked = len(_asked(desk))

    def reply(self, body: str | EmailMessage, *, verdict: str = "pass") -> Sent:
        """Receive it, and return the newest mail."""
        if isinstance(body, str):
            fields = (f"In-Reply-To: <{self.relay.message_id}>",)
            raw = mail(f"Dana <{DANA}>", body + quoted(self.relay), verdict=verdict, fields=fields)
        else:
            body["From"], body["To"], body["Subject"] = (
                f"Dana <{DANA}>",
                "support@harborvoice.example",
                "Re: A question",
            )
            body["In-Reply-To"] = f"<{self.relay.message_id}>"
            raw = passed(DANA, verdict).encode() + b"\r\n" + body.as_bytes()
        self.desk.receive(raw)
        return self.desk.sent[-1]

    def say(self, word: str) -> None:
        question = self.questions[-1]
        self.desk.receive(
            mail(f"Dana <{DANA}>", word + quoted(question), fields=(f"In-Reply-To: <{question.message_id}>",))
        )
        self.desk.processor.step()
        self.desk.deliver()

    @property
    def sent(self) -> list[Sent]:
        return to_customer(self.desk)[self.left :]

    @property
    def questions(self) -> list[Sent]:
        return _asked(self.desk)[self.asked :]

    @property
    def state(self) -> str:
        return str(self.desk.one("SELECT state FROM ticket WHERE id = ?", self.ticket))


def _asked(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if "Reply with one word" in sent.text]


def with_file(text: str) -> EmailMessage:
    made = EmailMessage()
    made.set_content(text)
    made.add_attachment(b"%PDF-1.7 plan", maintype="application", subtype="pdf", filename="plan.pdf")
    return made


def with_picture(text: str) -> EmailMessage:
    """Return a mail that has the words and a picture below, as Apple Mail and Thunderbird write it."""
    made = EmailMessage()
    made.set_content(text)
    made.add_alternative(f'<p>{text}</p><p><img src="cid:p1@phone.example"></p>', subtype="html")
    made.get_payload()[1].add_related(PNG, maintype="image", subtype="png", cid="<p1@phone.example>")  # type: ignore[union-attr, index]
    return made


def encrypted() -> EmailMessage:
    made = EmailMessage()
    made["Content-Type"] = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
    made["Content-Transfer-Encoding"] = "base64"
    made.set_payload(b64encode(b"0\x82" + b"x" * 50).decode())
    return made


def packed() -> EmailMessage:
    made = EmailMessage()
    made.set_content("\n")
    made.add_attachment(
        b"\x78\x9f\x3e\x22" + bytes(40), maintype="application", subtype="ms-tnef", filename="winmail.dat"
    )
    return made


def test_what_has_no_words_and_no_file_is_not_sent_and_its_writer_told_why(desk: Office) -> None:
    cases = [(encrypted(), "encrypted"), (packed(), "winmail.dat")]
    for number, (body, why) in enumerate(cases):
        case = Case(desk, number)
        told = case.reply(body)
        assert told.recipient == DANA
        assert "The customer got nothing: it has no words of yours; " in " ".join(told.text.split())
        assert why in " ".join(told.text.split())
        assert (case.sent, case.questions) == ([], [])
        assert desk.one("SELECT first_response_at FROM ticket WHERE id = ?", case.ticket) is None


def test_a_signature_below_a_command_is_no_answer(desk: Office) -> None:
    for number, signature in enumerate(SIGNATURES.values()):
        case = Case(desk, number)
        case.reply(f"#close\n\n{signature}")
        assert (case.state, case.sent, case.questions) == ("closed", [], [])
        assert desk.one("SELECT first_response_at FROM ticket WHERE id = ?", case.ticket) is None


def test_a_signature_alone_is_asked_about(desk: Office) -> None:
    case = Case(desk)
    case.reply(SIGNATURES["farewell"])
    assert case.sent == []
    assert "it says no more than your name" in case.questions[0].text


def test_words_files_and_pictures_below_a_command_do_not_stay_behind_in_silence(desk: Office) -> None:
    bodies: list[str | EmailMessage] = [
        "#close\nCall Dana: +1 646 555 0133",
        with_file("#close"),
        with_picture("#close"),
        "#close\nThanks, see you!",
    ]
    expected = ["Call Dana", "", "[picture]", "see you"]
    for number, (body, words) in enumerate(zip(bodies, expected, strict=True)):
        case = Case(desk, number)
        case.reply(body)
        if case.state == "open":
            assert (len(case.questions), case.sent) == (1, [])
            case.say("yes")
        assert case.state == "closed"
        assert [words in sent.text for sent in case.sent] == [True]
    [file] = [
        part.get_filename() for sent in desk.sent if sent.recipient != DANA for part in sent.mail.iter_attachments()
    ]
    assert file == "plan.pdf"


ALONE = {"": (SCREEN,), "#close": (Paragraph((Words("#close"),)), SCREEN)}


@pytest.mark.parametrize("command", ALONE)
@pytest.mark.parametrize(
    "program", ["apple-iphone", "apple-mac", "gmail-web", "outlook-windows", "outlook-web", "thunderbird"]
)
def test_a_picture_alone_is_asked_about_and_sent_with_a_yes(desk: Office, program: str, command: str) -> None:
    case = Case(desk)
    typed = PROGRAMS[program].program(Received(case.relay.raw), Written(ALONE[command]), PERSON)
    desk.receive(f"{passed(DANA)}\r\n".encode() + typed)
    [question] = case.questions
    assert (case.sent, case.state) == ([], "open")
    goes = "your words and picture go to" if program == "apple-mac" and not command else "your picture goes to"
    assert f"{goes} jane@acme-dental.example" in " ".join(question.text.split())
    case.say("yes")
    [sent] = case.sent
    assert len([part for part in sent.mail.walk() if part.get_content_maintype() == "image"]) == 1
    assert case.state == ("closed" if command else "open")


def test_a_picture_alone_below_a_command_can_be_kept(desk: Office) -> None:
    case = Case(desk)
    case.reply(with_picture("#close"))
    assert "note: nobody but your own people gets it" in " ".join(case.questions[0].text.split())
    case.say("note")
    assert (case.sent, case.state) == ([], "closed")


@pytest.mark.parametrize("words", ["[image: plan.png]", "", "Dana", "file"])
def test_what_has_no_words_tells_the_day_of_a_wait_once(desk: Office, words: str) -> None:
    case = Case(desk)
    command = "#wait carrier until 12 dec"
    if words == "file":
        body = with_file(command)
    else:
        body = with_picture(command)
        [plain, page] = body.iter_parts()
        plain.set_content(f"{command}\n\n{words}")
        name = "Dana" if words == "Dana" else ""
        page.get_payload()[0].set_content(  # type: ignore[union-attr, index]
            f'<p>{command}</p><p><img src="cid:p1@phone.example"></p><p>{name}</p>', subtype="html"
        )
    case.reply(body)
    case.say("yes")
    left = [sent for sent in desk.sent if sent.recipient.startswith("jane@")][1:]
    assert ["December 14" in sent.text for sent in left] == [True]


def test_a_picture_above_the_name_below_a_command_is_sent_with_a_yes(desk: Office) -> None:
    case = Case(desk)
    body = with_picture("#close")
    [plain, page] = body.iter_parts()
    plain.set_content("#close\n\nDana")
    page.get_payload()[0].set_content(  # type: ignore[union-attr, index]
        '<p>#close</p><p><img src="cid:p1@phone.example"></p><p>Dana</p>', subtype="html"
    )
    case.reply(body)
    assert len(case.questions) == 1
    case.say("yes")
    assert ([sent.text.strip() for sent in case.sent], case.state) == (["Dana"], "closed")


def test_a_file_beside_a_note_stays_with_it(desk: Office) -> None:
    case = Case(desk)
    case.reply(with_file("#note She sent this by fax."))
    assert (case.sent, case.questions) == ([], [])


def test_a_command_without_its_mark_is_asked_about(desk: Office) -> None:
    lines = [
        "note she owes us money",
        "3 note she is on holiday",
        "take",
        "1 close",
        "send",
        "called told her to press one",
    ]
    case = Case(desk)
    for number, line in enumerate(lines, 1):
        case.reply(line)
        assert (len(case.questions), case.sent) == (number, [])
    assert "looks like a command" in " ".join(case.questions[0].text.split())
    case.say("note")
    assert case.sent == []
    assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND text LIKE ?", f"%{lines[-1]}%") == 1
    case.reply("#close\nnote: the code is in the app")
    assert len(case.sent) == 1, "below a command it is words"


@pytest.mark.parametrize(
    ("line", "does"),
    [
        ("take", True),
        ("close", True),
        ("note she owes us money", True),
        ("1 close", False),
        ("send", False),
        # Whom these touch is shown before they are done.
        ("merge 1002", False),
        ("allow kim@elsewhere.example", False),
        ("tenant bolt", False),
    ],
)
def test_a_command_without_its_mark_is_done_with_a_word(desk: Office, line: str, *, does: bool) -> None:
    case = Case(desk)
    case.reply(f"{line}\n\nHello Jane, it works again.")
    [question] = case.questions
    assert ("command: what it looks like is done" in " ".join(question.text.split())) is does
    case.say("Command, please")
    if not does:
        assert (case.sent, case.state) == ([], "open")
        assert desk.one("SELECT count(*) FROM participant") == 0
    elif line == "take":
        assert desk.one("SELECT assignee FROM ticket") == "dana"
    else:
        assert (case.state == "closed") is (line == "close")
    if does and not line.startswith("note"):
        [sent] = case.sent
        assert "it works again" in sent.text
        assert line not in sent.text


def test_a_question_asks_who_wrote_only_where_that_is_in_doubt(desk: Office) -> None:
    case = Case(desk)
    for verdict, title in (("pass", "Shall this be sent?"), ("", "Did you write this?")):
        question = case.reply(f"{title} Write to {DANA} then.", verdict=verdict)
        assert title in str(question.mail["Subject"])
        assert ("If it is yours" in question.text) is (verdict == "")


class TestBelowTheLineOfReference:
    """What is typed at the end of a mail that a link began stands where its program puts a signature."""

    @staticmethod
    def begun(desk: Office, of: Sent, words: str, below: str) -> Sent:
        reference = of.text.split()[-1]
        desk.receive(
            mail(f"Dana <{DANA}>", f"{words}\n\n-- \nRef: {reference}\n{below}", message_id="tapped@phone.example")
        )
        while desk.processor.step():
            desk.deliver()
        return desk.sent[-1]

    @pytest.mark.parametrize("command", ["#close", "#take"])
    def test_words_are_asked_about_and_sent_on_yes(self, desk: Office, command: str) -> None:
        case = Case(desk)
        words = "Hello Jane, it is fixed. Please try again."
        question = self.begun(desk, case.relay, command, f"{words}\n\nBest wishes\nDana\n\nSent from my iPhone")
        assert "words stand below" in question.text
        assert words in question.text
        assert desk.one("SELECT state FROM ticket") == "open"
        case.say("yes")
        answer = to_customer(desk)[-1].text
        assert words in answer
        assert "iPhone" not in answer
        assert "Ref:" not in answer

    def test_words_about_a_call_are_kept(self, desk: Office) -> None:
        case = Case(desk)
        self.begun(desk, case.relay, "#called", "the router is back\n\nSent from my iPhone")
        kept = desk.rows("SELECT text FROM entry WHERE text LIKE '%the router is back%'")
        assert [text for (text,) in kept if "iPhone" not in text] != []
        assert len(to_customer(desk)) == case.left

    @pytest.mark.parametrize("below", ["", "Sent from my iPhone", SLOGAN, *SIGNATURES.values()])
    def test_a_signature_stops_no_command(self, desk: Office, below: str) -> None:
        case = Case(desk)
        self.begun(desk, case.relay, "#close", below)
        assert desk.one("SELECT state FROM ticket") == "closed"
        assert len(to_customer(desk)) == case.left

    @pytest.mark.parametrize("between", [f"{SLOGAN}\n\n", "Dana,\n"])
    def test_words_below_the_name_are_asked_about(self, desk: Office, between: str) -> None:
        """A customer may have the agent's first name."""
        case = Case(desk)
        question = self.begun(desk, case.relay, "#close", f"{between}Please tell her that it works again.")
        assert "words stand below" in question.text

    @pytest.mark.parametrize("below", ["but change 'done' into 'nearly done'", "Dana\nNo, it is only nearly done."])
    def test_a_yes_sends_nothing_that_words_below_it_change(self, desk: Office, below: str) -> None:
        case = Case(desk)
        question = case.reply("Hello Jane, done.", verdict="")
        told = self.begun(desk, question, "yes", below)
        assert "Your mail waits on" in told.text
        assert len(to_customer(desk)) == case.left
        case.say("yes")
        assert "Hello Jane, done." in to_customer(desk)[-1].text

    @pytest.mark.parametrize("below", ["Dana Ortiz\n+1 646 555 0190\n\nSent from my iPhone", SLOGAN])
    def test_a_signature_below_a_yes_changes_nothing(self, desk: Office, below: str) -> None:
        case = Case(desk)
        question = case.reply("Hello Jane, done.", verdict="")
        self.begun(desk, question, "yes", below)
        assert "Hello Jane, done." in to_customer(desk)[-1].text


@pytest.mark.parametrize(
    ("charset", "text", "left"),
    [
        ("utf-7", "Gr+APwA3w-e, all is well.", 0),
        ("x-nonsense", "Dial +1 646 555 0190 - all is well.", 1),
        ("utf-8", "Type +AB12- to leave.", 1),
    ],
)
def test_garbled_letters_are_asked_about(desk: Office, charset: str, text: str, left: int) -> None:
    case = Case(desk)
    fields = (f"In-Reply-To: <{case.relay.message_id}>",)
    desk.receive(mail(f"Dana <{DANA}>", text, fields=fields, content_type=f"text/plain; charset={charset}"))
    assert (len(case.sent), len(case.questions)) == (left, 1 - left)
