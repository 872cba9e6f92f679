"""Three hundred and more replies to a survey, as mail programs write them, in five languages: the right vote or none.

Each quotes the survey with its scale, and has a signature with digits; some are notes of absence, of which none votes.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import pytest

from mailbot import config
from mailbot.deciding.satisfaction.votes import Vote, vote_in
from mailbot.deciding.understanding import classified
from mailbot.reading.message import read
from mailbot.reading.model import Border, Envelope, Message
from tests.clients import android, apple, gmail, outlook, thunderbird
from tests.clients.composing import Paragraph, Person, Program, Received, Words, Written

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es", "pt")
AT = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
JANE = Person("Jane Roe", "jane@acme-dental.example", "+1 212 555 0142 ext. 5", AT)
NONE = 0
# What stands above a quotation of plain text, and in front of each header of one, in each language.
ATTRIBUTIONS = {
    "en": "On Mon, Nov 23, 2026 at 5:00 PM Northwind Voice <support@northwind.example> wrote:",
    "de": "Am 23.11.2026 um 17:00 schrieb Northwind Voice <support@northwind.example>:",
    "fr": "Le lun. 23 nov. 2026 à 17:00, Northwind Voice <support@northwind.example> a écrit :",
    "es": "El lun, 23 nov 2026 a las 17:00, Northwind Voice (<support@northwind.example>) escribió:",
    "pt": "Em seg., 23 de nov. de 2026 às 17:00, Northwind Voice <support@northwind.example> escreveu:",
}
HEADERS = {
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "es": ("De", "Enviado", "Para", "Asunto"),
    "pt": ("De", "Enviado", "Para", "Assunto"),
}
ABSENT = {
    "en": ("Automatic reply", "I am out of the office until 5 January. In urgent cases call 212 555 0142."),
    "de": ("Automatische Antwort", "5\n\nIch bin bis 5. Januar nicht im Büro."),
    "fr": ("Réponse automatique", "Je suis absente du bureau jusqu'au 5 janvier."),
    "es": ("Respuesta automática", "5\n\nEstoy fuera de la oficina hasta el 5 de enero."),
    "pt": ("Resposta automática", "Estou de férias até 5 de janeiro."),
}


@dataclass(frozen=True)
class Case:
    """A reply as it came, the vote that it is, and who wrote it how, for a failure's name."""

    raw: bytes
    vote: int
    name: str


def survey(language: str) -> Received:
    return Received((HERE.parent / "golden" / f"survey.{language}.eml").read_bytes())


def mail(language: str, body: str, subject: str = "", fields: tuple[str, ...] = ()) -> bytes:
    received = survey(language)
    lines = [
        f"From: {JANE.mailbox}",
        f"To: {received.answer_to}",
        f"Subject: {subject or received.reply_subject()}",
        f"In-Reply-To: {received.message_id}",
        "Date: Tue, 24 Nov 2026 09:05:00 +0000",
        "Message-ID: <v1@acme-dental.example>",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        *fields,
    ]
    return "\r\n".join([*lines, "", *body.split("\n"), ""]).encode()


def quoted(language: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in survey(language).text.splitlines())


def above(language: str, text: str) -> bytes:
    """Return a reply above a quotation, as Gmail and Apple Mail write plain text in that language."""
    return mail(language, f"{text}\n\n{ATTRIBUTIONS[language]}\n\n{quoted(language)}")


def below(language: str, text: str) -> bytes:
    """Return a reply below the quotation."""
    return mail(language, f"{ATTRIBUTIONS[language]}\n{quoted(language)}\n\n{text}")


def in_outlook(language: str, text: str) -> bytes:
    """Return a reply above the header of what is answered, without a mark in front of its lines."""
    values = ("Northwind Voice <support@northwind.example>", "Monday, 23 November 2026 17:00", JANE.mailbox, "[1042]")
    head = "\n".join(f"{name}: {value}" for name, value in zip(HEADERS[language], values, strict=True))
    signature = f"{JANE.name}\n{JANE.phone}"
    return mail(language, f"{text}\n\n{signature}\n\n{'_' * 32}\n{head}\n\n{survey(language).text}")


def tapped(language: str, text: str) -> bytes:
    """Return what a link of the survey began: nothing is quoted, and a signature stands below."""
    return mail(language, f"{text}\n\n-- \n{JANE.name}\n{JANE.phone}").replace(b"In-Reply-To", b"X-Unused")


def by(program: Program) -> Callable[[str, str], bytes]:
    def written(language: str, text: str) -> bytes:
        blocks = tuple(Paragraph((Words(line),)) for line in text.split("\n") if line)
        return program(survey(language), Written(blocks), JANE)

    return written


PROGRAMS: dict[str, Callable[[str, str], bytes]] = {
    "gmail": by(gmail.web),
    "gmail on android": by(gmail.android),
    "outlook": by(outlook.windows),
    "outlook on the web": by(outlook.web),
    "outlook on a telephone": by(outlook.telephone),
    "apple mail": by(apple.mac),
    "iphone": by(apple.iphone),
    "thunderbird": by(thunderbird.below),
    "k-9": by(android.k9),
    "samsung": by(android.samsung),
    "text above": above,
    "text below": below,
    "outlook as text": in_outlook,
    "a link": tapped,
}


def cases() -> Iterator[Case]:
    """Yield each text by two programs, and as text above a quotation in its language."""
    programs = cycle(PROGRAMS.items())
    texts = tomllib.loads((HERE / "votes.toml").read_text("utf-8"))
    for language in LANGUAGES:
        for text, vote in texts[language]["votes"]:
            for name, write in (next(programs), next(programs)):
                yield Case(write(language, text), vote, f"{language}, {name}: {text!r}")
        subject, note = ABSENT[language]
        for fields in (("Auto-Submitted: auto-replied",), ("X-Autoreply: yes",), ()):
            yield Case(mail(language, note, f"{subject}: [1042]", fields), NONE, f"{language}, absent {fields}")


@pytest.fixture(scope="module")
def replies() -> list[tuple[Case, Message]]:
    return [(one, read(one.raw, Envelope(), Border())) for one in cases()]


def vote_of(message: Message) -> int:
    """Return the vote that counts, from whom was asked: no machine's."""
    read = None if message.automatic.kind is not None else vote_in(message)
    return read.mark if read else NONE


def test_there_are_enough_of_each(replies: list[tuple[Case, Message]]) -> None:
    found = Counter(one.vote for one, _ in replies)
    assert len(replies) >= 300
    assert set(found) == {0, 1, 2, 3, 4, 5}
    assert found[NONE] >= 100


def test_each_is_the_right_vote_or_none(replies: list[tuple[Case, Message]]) -> None:
    wrong = [
        f"{one.name} is {one.vote}, read as {vote_of(message)}"
        for one, message in replies
        if vote_of(message) != one.vote
    ]
    assert wrong == []


def test_words_are_told_without_greeting_signature_and_quotation(replies: list[tuple[Case, Message]]) -> None:
    read = [(one, vote) for one, message in replies if vote_of(message) and (vote := vote_in(message))]
    wrong = [
        f"{one.name}: {vote.comment!r}"
        for one, vote in read
        if any(told in vote.comment for told in ("555", "Jane Roe", "scale", "Skala", "échelle", "escala", "\n>"))
    ]
    assert wrong == []
    assert {vote.comment for one, vote in read if "'2\\n\\nIl a fallu" in one.name} == {"Il a fallu trois appels."}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_a_link_begins_reads_like_trouble(language: str) -> None:
    rules = config.load(None)
    subject = f"{survey(language).subject} 2"
    assert classified(Message(subject=subject, reply_text="2"), rules, None).evidence == ()
    message = read(tapped(language, "2"), Envelope(), Border())
    assert classified(message, rules, None).evidence == ()
    assert vote_in(Message(subject=f"Re: {subject}")) == Vote(2)
