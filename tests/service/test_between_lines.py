"""Answers between the lines of a relay, in HTML: the customer gets them as they were formatted, with her lines quoted.

A change that is meant is written with `GOLDEN=write pytest tests/service/test_between_lines.py`; read what git shows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.clients import between, outlook
from tests.clients.between import Answer
from tests.clients.composing import Block, Paragraph, Pasted, Person, Program, Received, Words, Written
from tests.clients.programs import AT, SCREEN, STEPS
from tests.service.office import RULES, Office, Sent, mail, office, passed
from tests.service.test_relays import DANA, JANE, TEAM, questions, relays, to_customer

FOLDER = Path(__file__).parent.parent / "clients" / "between_lines"
QUESTION = (
    "Hello,\n\nhow do I change the music that callers hear while they wait?\n\n"
    "And can the phone in the lobby ring longer?\n\nThank you\nJane Roe"
)
PAGE = "https://help.harborvoice.example/ring"
ANSWERS = (
    Answer("change the music", (Paragraph((Words("Under "), Words("Settings", bold=True), Words(", so:"))), STEPS)),
    Answer("ring longer", (Paragraph((Words("Yes, see "), Words("our page", url=PAGE), Words(" for it."))), SCREEN)),
)
LOGO = Pasted("logo.png", (FOLDER.parent.parent / "reading" / "written" / "logo.png").read_bytes(), 120, 40)
PLAIN = (ANSWERS[0], Answer("ring longer", ANSWERS[1].blocks[:1]))
PERSON = Person("Dana Ortiz", DANA, "+1 212 555 0190", AT)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        opened.receive(mail(JANE, QUESTION, subject="Hold music", message_id="q1@acme-dental.example"))
        opened.let_pass(timedelta(0))
        yield opened


def answered(desk: Office, raw: bytes) -> None:
    desk.receive(f"{passed(DANA)}\r\n".encode() + raw)


def relay(desk: Office) -> Received:
    [sent] = relays(desk)
    return Received(sent.raw)


def html(sent: Sent) -> str:
    page = sent.mail.get_body(("html",))
    assert page is not None
    return str(page.get_content())


def changed(raw: bytes, kind: str, change: Callable[[str], str]) -> bytes:
    """Return a mail with its text of that kind changed."""
    whole = message_from_bytes(raw, policy=policy.default)
    [part] = [part for part in whole.walk() if part.get_content_type() == f"text/{kind}"]
    before = part.get_content()
    assert change(before) != before
    part.set_content(change(before), subtype=kind)
    return whole.as_bytes(policy=policy.SMTP)


@pytest.mark.parametrize("program", between.DIALECTS)
def test_the_customer_gets_the_answers_as_they_were_formatted(desk: Office, program: str) -> None:
    answered(desk, between.between(program, relay(desk), ANSWERS, PERSON))
    [got] = to_customer(desk)
    shown, path = f"{got.text}\n{html(got)}".replace("\r\n", "\n"), FOLDER / f"{program}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(shown)
    assert shown == path.read_text()
    assert [part.get_content_type() for part in got.mail.walk()][-1] == "image/png"
    whole = got.raw.decode() + shown
    for secret in (DANA, "0190", "Ref:", "A reply to", "wrote:", "From", "gmail_"):
        assert secret not in whole.replace("From: =?", "").replace("From: Dana", "").replace("\nFrom:", "\n")


@pytest.mark.parametrize("program", between.DIALECTS)
def test_what_is_not_seen_between_the_lines_stays_behind(desk: Office, program: str) -> None:
    raw = between.between(program, relay(desk), PLAIN, PERSON)
    secret = '<div style="display:none">Raj of Bolt pays late</div><span style="font-size:0">4711</span>'
    raw = changed(raw, "html", lambda page: page.replace("Yes, see ", f"{secret}Yes, see "))
    answered(desk, raw.replace(PAGE.encode() + b'"', b'https://evil.example/"'))
    [got] = to_customer(desk)
    assert html(got).count("<blockquote") == 2
    assert "Yes, see" in html(got)
    assert not any(word in html(got) + got.text for word in ("Raj", "4711", "evil"))


def test_html_that_does_not_say_what_the_text_says_is_written_from_the_text(desk: Office) -> None:
    short = Answer("ring longer", (Paragraph((Words("Yes."),)),))
    raw = between.between("thunderbird", relay(desk), (ANSWERS[0], short), PERSON)
    answered(desk, changed(raw, "html", lambda page: page.replace("Yes.", "No.")))
    [got] = to_customer(desk)
    assert "<p>Yes.</p>" in html(got)
    assert "No." not in html(got)
    assert html(got).count("<blockquote") == 2


def test_a_picture_that_cannot_be_placed_is_asked_about(desk: Office) -> None:
    raw = between.between("gmail", relay(desk), ANSWERS, PERSON)
    answered(desk, changed(raw, "html", lambda page: page.replace("<img ", '<img class="gmail_signature" ')))
    assert to_customer(desk) == []
    assert "pictures cannot be told from those of a signature" in " ".join(questions(desk)[0].text.split())


@pytest.mark.parametrize("program", [outlook.windows, outlook.web, outlook.telephone], ids=lambda one: one.__name__)
@pytest.mark.parametrize("answers", [True, False])
def test_an_answer_within_a_quotation_without_marks_is_asked_about(
    desk: Office,
    program: Program,
    answers: bool,  # noqa: FBT001 - a case
) -> None:
    raw = program(relay(desk), Written((Paragraph((Words("Hello Jane, my answers are below."),)),)), PERSON)
    line = "callers hear while they wait?"
    if answers:
        raw = changed(raw, "plain", lambda text: text.replace(line, f"{line}\nUnder Settings, Sounds."))
        raw = changed(raw, "html", lambda page: page.replace(line, f"{line}<br>Under Settings, Sounds."))
    answered(desk, raw)
    assert len(to_customer(desk)) == (not answers)
    asked = " ".join(" ".join(one.text.split()) for one in questions(desk))
    assert ("would leave out what you wrote there" in asked) == answers


@pytest.mark.parametrize("program", [outlook.windows, outlook.telephone], ids=lambda one: one.__name__)
def test_a_choice_among_her_words_is_no_line_of_hers(desk: Office, program: Program) -> None:
    raw = program(relay(desk), Written((Paragraph((Words("Hello Jane, my answer is below."),)),)), PERSON)
    line = "And can the phone in the lobby ring longer?"
    raw = changed(raw, "plain", lambda text: text.replace(line, f"{line}\nLonger."))
    answered(desk, changed(raw, "html", lambda page: page.replace(line, f"{line}<br>Longer.")))
    assert to_customer(desk) == []
    assert 'would leave out what you wrote there, "Longer."' in " ".join(questions(desk)[0].text.split())


def said(words: str) -> Paragraph:
    return Paragraph((Words(words),))


@pytest.mark.parametrize("program", between.DIALECTS)
def test_each_picture_stands_in_its_own_answer(desk: Office, program: str) -> None:
    answers = (Answer("change the music", (said("So:"), SCREEN)), Answer("ring longer", (said("And so:"), LOGO)))
    answered(desk, between.between(program, relay(desk), answers, PERSON))
    [got] = to_customer(desk)
    first, second = html(got).split("And so:")
    assert [part.count("<img ") for part in (first, second)] == [1, 1]
    shown = re.findall(r'src="cid:([^"]+)"', html(got))
    octets = {part["Content-ID"].strip("<>"): part.get_content() for part in got.mail.walk() if part["Content-ID"]}
    assert [octets[one] for one in shown] == [SCREEN.octets, LOGO.octets]


IMG = '<img src="cid:logo@dana" width="120">'
SIGNATURES = {
    "two hyphens": ("-- \nDana Ortiz", f"<div>-- <br>Dana Ortiz<br>{IMG}</div>"),
    "marked": ("-- \nDana Ortiz", f'<div class="moz-signature">-- <br>Dana Ortiz<br>{IMG}</div>'),
    "marked, a logo alone": ("", f'<br><div class="gmail_signature"><div>{IMG}</div></div>'),
    "a number": ("Dana Ortiz\n+1 212 555 0199", f"<p>Dana Ortiz</p><p>+1 212 555 0199</p><p>{IMG}</p>"),
}


def with_logo(raw: bytes, plain: str, page: str) -> bytes:
    """Return a mail with another signature, in which the logo stands."""
    whole = message_from_bytes(raw, policy=policy.default)
    for part in [part for part in whole.walk() if part.get_content_maintype() == "text"]:
        before = part.get_content().replace("\r\n", "\n")
        if part.get_content_subtype() == "html":
            part.set_content(re.sub(r"<div>-- <br>Dana.*?</div>", page, before), subtype="html")
            part.add_related(LOGO.octets, "image", "png", cid="<logo@dana>", filename="logo.png", disposition="inline")
        else:
            part.set_content(before.partition("\n-- \nDana")[0] + f"\n{plain}\n")
    return whole.as_bytes(policy=policy.SMTP)


@pytest.mark.parametrize("program", between.DIALECTS)
@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_logo_of_a_signature_stays_behind_and_is_not_asked_about(
    desk: Office, program: str, signature: str
) -> None:
    # Programs that write no line of hyphens put a signature above the quotation, or right below the last answer.
    answers, shown = (PLAIN, []) if signature == "a number" else (ANSWERS, [SCREEN.octets])
    answered(desk, with_logo(between.between(program, relay(desk), answers, PERSON), *SIGNATURES[signature]))
    [got] = to_customer(desk)
    assert [part.get_content() for part in got.mail.walk() if part["Content-ID"]] == shown
    assert "0199" not in got.text + html(got)


@pytest.mark.parametrize("program", ["apple", "thunderbird"])
@pytest.mark.parametrize("signature", ["two hyphens", "a number"])
def test_a_last_answer_that_is_a_picture_alone_is_no_logo(desk: Office, program: str, signature: str) -> None:
    answers = (ANSWERS[0], Answer("ring longer", (SCREEN,)))
    answered(desk, with_logo(between.between(program, relay(desk), answers, PERSON), *SIGNATURES[signature]))
    assert to_customer(desk) == []
    assert "pictures cannot be told from those of a signature" in " ".join(questions(desk)[0].text.split())


@pytest.mark.parametrize("program", ["apple", "thunderbird"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((said("Under Settings."),), (SCREEN,)),
        ((said("See:"), SCREEN), (said("See:"), LOGO)),
        ((said("See:"),), (said("See:"), SCREEN)),
        ((said("See:"), SCREEN), (said("See:"),)),
        ((said("See:"), SCREEN), (said("See:"), SCREEN)),
        ((said("So:"), SCREEN), (SCREEN,)),
    ],
    ids=["alone", "two below the same words", "below the second", "below the first", "twice", "again, alone"],
)
def test_a_picture_that_may_be_another_answers_is_asked_about(
    desk: Office, program: str, first: tuple[Block, ...], second: tuple[Block, ...]
) -> None:
    last = Answer("Thank you", (said("You are welcome."),))
    answers = (Answer("change the music", first), Answer("ring longer", second), last)
    answered(desk, between.between(program, relay(desk), answers, PERSON))
    assert to_customer(desk) == []
    assert "pictures cannot be told from those of a signature" in " ".join(questions(desk)[0].text.split())
