"""That an article solved it is said in exact words, in five languages; anything more is for somebody to read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mailbot.deciding.settling.solved import solved_by
from mailbot.reading.model import Attachment, Mailbox, Message
from mailbot.rules import Article

JANE = Mailbox("Jane Park", "jane@acme-dental.example")
FIRST = Article(id="one.en", title="How to add an extension, in brief", topic="t", text="words")
OTHER = Article(id="two.en", title="Voicemail", topic="t", text="words")
PHRASES = Path(__file__).parents[3] / "templates" / "phrases"


def said(text: str, *articles: Article, **more: object) -> str | None:
    message = Message(reply_text=text, sender=JANE, **more)  # type: ignore[arg-type]
    return solved_by(message, articles or (FIRST, OTHER))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt"])
def test_what_our_own_links_begin_a_mail_with_is_understood(language: str) -> None:
    words = tomllib.loads((PHRASES / f"{language}.toml").read_text())["offer"]["solved"]
    assert said(f"{words}: {FIRST.title}") == FIRST.id
    assert said(f"{words}: {OTHER.title}\r\n\r\nJane Park") == OTHER.id
    assert said(words) == ""


@pytest.mark.parametrize(
    "text",
    [
        "That solved it!",
        "This has solved the problem, thank you.",
        "Hi,\n\nsolved.\n\nKind regards\nJane",
        "That fixed it for me",
        "That solved my issue",
        "It worked, thanks",
        "Got it working now, thank you",
        "Solved thanks",
        "Dear Support Team,\n\nThat solved my problem.\n\nYours faithfully\nJane Park",
        "It worked!\n\nJane Park\nOffice Manager\nAcme Dental\nT 212 555 0142",
        "Hat geklappt, danke!",
        "Ya est\u00e1 resuelto, gracias",
        "Deu certo!",
        "Issue solved, thanks",
        "Damit ist es erledigt, danke!",
        "Das war die Lösung.",
        "Problème résolu, merci",
        "Problema resuelto. Gracias",
        "Resolvido, obrigada!",
    ],
)
def test_people_say_it_in_words_of_their_own(text: str) -> None:
    assert said(text) == ""


def test_a_title_that_was_broken_into_lines_is_found() -> None:
    assert said("That solved it: How to add an\nextension, in brief") == FIRST.id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks!",
        "That did not solve it",
        "That solved it?",
        "That solved it, but the other phone is dead",
        "That solved it. Please also change the greeting.",
        "It is not solved",
        "It worked for one phone",
        "It worked until yesterday",
        "has it worked",
        "Solved, no thanks to you",
        "Hat leider nicht funktioniert",
        "\u00c7a n'a pas march\u00e9",
        "No funcion\u00f3",
        "N\u00e3o funcionou",
        "Nothing is solved",
        "Das hat es nicht gelöst",
        "Das hat es",
        "How to add an extension, in brief",
        "That solved it: How to add a printer",
        "That solved it. " + "x" * 400,
    ],
)
def test_anything_else_is_a_message_like_others(text: str) -> None:
    assert said(text) is None


def test_who_sends_a_file_along_has_more_to_say() -> None:
    files = (Attachment("a.pdf", "application/pdf", 9, "0" * 64),)
    assert said("That solved it", attachments=files) is None
    assert said("That solved it", forwarded_text="See below.") is None
