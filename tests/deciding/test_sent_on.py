"""What an agent writes in any mail program, sent on: read whole by the customer, and telling nothing of the mailbox."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.deciding.compose import File, OutgoingMail, compose, content_of
from mailbot.deciding.compose.markup import html_of
from mailbot.reading.message import read
from mailbot.reading.model import Mailbox, Role
from mailbot.reading.quotation.writtenhtml import without_places, written_html

FOLDER = Path(__file__).parent.parent / "reading" / "written"
MESSAGES = sorted(FOLDER.glob("*.eml"))
AT = datetime(2026, 11, 26, 8, 45, tzinfo=UTC)


def sent_on(raw: bytes, text: str, *, formatted: bool) -> bytes:
    """The customer's mail, with the agent's HTML or with HTML made from the text."""
    found = written_html(raw, [text]).by_text.get(text) if formatted else None
    html, pictures = (found.html, found.pictures) if found else (html_of(without_places(text)), ())
    content = content_of(
        "Re: [1042] No tone on two phones",
        without_places(text),
        html,
        pictures=pictures,
        files=(File("plan.pdf", "application/pdf", b"%PDF-1.7"),),
    )
    support = Mailbox("Dana · Acme Voice", "support@acme.example")
    return compose(OutgoingMail(support, Mailbox("Jane", "jane@dental.example"), content, "r2y.7@acme.example", AT))


def spoken(text: str) -> str:
    """The letters of a text without what stands in the place of a picture or behind a link to write to somebody."""
    text = re.sub(r"\[(?:picture|image: |cid:|A screenshot)[^\]]*\]|<mailto:[^>]*>", "", text)
    return "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize("formatted", [True, False])
@pytest.mark.parametrize("path", MESSAGES, ids=[path.stem for path in MESSAGES])
def test_an_answer_is_read_as_it_was_written(path: Path, *, formatted: bool) -> None:
    raw = path.read_bytes()
    text = read(raw).reply_text.removeprefix("#called\n")
    mail = sent_on(raw, text, formatted=formatted)
    assert spoken(read(mail).text) == spoken(text)
    pictures = [one for one in read(mail).attachments if one.role is Role.PICTURE]
    pasted = [one for one in read(raw).attachments if one.name != "logo.png"] if formatted else []
    assert [one.sha256 for one in pictures] == [one.sha256 for one in pasted]
    assert [one.name for one in read(mail).attachments if one.role is Role.FILE] == ["plan.pdf"]


@pytest.mark.parametrize("formatted", [True, False])
@pytest.mark.parametrize("path", MESSAGES, ids=[path.stem for path in MESSAGES])
def test_no_octet_of_an_answer_tells_the_agent_s_mailbox(path: Path, *, formatted: bool) -> None:
    raw = path.read_bytes()
    mail = sent_on(raw, read(raw).reply_text.removeprefix("#called\n"), formatted=formatted)
    message = email.message_from_bytes(mail, policy=email.policy.default)
    decoded = [mail.decode("ascii"), *map(str, message.values())]
    for part in message.walk():
        assert isinstance(part, EmailMessage)
        decoded += [*map(str, part.values()), "" if part.is_multipart() else str(part.get_content())]
    for trace in (
        "agents.example",
        "dana@",
        "r1x",
        "image001",
        "Screenshot",
        "IMG_4711",
        "Outlook",
        "aka.ms",
        "#called",
    ):
        assert not [piece for piece in decoded if trace in piece]
