"""What is thanks and nothing else, in five languages; anything more is a message that somebody must read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.settling.thanks import is_thanks
from mailbot.reading.model import Attachment, Mailbox, Message, Role

JANE = Mailbox("Jane Park", "jane@acme-dental.example")


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "thank you",
        "Thank you so much for your quick help.",
        "Great, thanks!",
        "Hi Dana, thanks!",
        "Hi Dana,\n\nthat fixed it, many thanks.\n\nJane",
        "Perfect. Thanks a lot!\nHave a great weekend\nKind regards\nJane Park",
        "Works now - thanks!",
        "Much appreciated.",
        "Vielen Dank!",
        "Super, danke für die schnelle Hilfe!\n\nMit freundlichen Grüßen\nJane",
        "Danke schön, funktioniert wieder.",
        "Merci beaucoup !",
        "Merci pour votre aide. Bonne journée",
        "¡Muchas gracias!",
        "Perfecto, gracias por su ayuda",
        "Gracias por su respuesta. Buen día",
        "Gracias de nuevo. Que tenga un buen día",
        "Muito obrigada!",
        "Sehr geehrte Damen und Herren,\n\nvielen Dank.\n\nMit freundlichen Gr\u00fc\u00dfen\nJane Park",
        "Guten Tag Frau Berger,\n\ndanke!\n\nLG Jane",
        "Good morning Mr. Lind,\n\nthank you.\n\nYours sincerely\nJane",
        "Dear Sir or Madam, many thanks",
        "Madame, Monsieur,\n\nMerci.\n\nCordialement\nJane Park",
        "Hi Northwind team, thanks!",
        "Thanks for asking, all good",
        "Thanks!\n\nJane Park\nOffice Manager | Acme Dental\nTel. +1 212 555 0142 ext. 5\nwww.acme-dental.example",
        "\U0001f44d\n\nJane Park\n+1 212 555 0142",
        "\U0001f44d\U0001f3fb",
        "\U0001f64f",
    ],
)
def test_thanks(text: str) -> None:
    assert is_thanks(Message(reply_text=text, sender=JANE))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK",
        "Works now.",
        "Thanks, but it still does not work.",
        "Thanks anyway",
        "Thanks. When will you call?",
        "Thanks, please also add an extension.",
        "No thanks",
        "Thanks for nothing",
        "Thanks! The other phone is dead.",
        "Thanks. All phones are down",
        "Danke, aber es geht nicht.",
        "Nein danke",
        "Merci, mais non",
        "Thank you for your order of 12 phones",
        "Thanks.\nAll Phones Down",
        "Thanks.\nDOWN",
        "Thanks, Tuesday",
        "Thanks. Yes",
        "Thanks! Cancel",
        "Danke. Nein",
        "Great, thanks. Both",
        "Hi please call. Thanks, Jane",
        "Hi not working. Thanks",
        "Hi Phones Down. Thanks",
        "Thanks\nJane\nThe other phone is dead\n+1 212 555 0142",
        "Thanks\nJane\ncall me on +1 212 555 0142",
        "Thanks\nJane\nThe door phone as well",
        "Hello still waiting, thank you",
        "Thanks " * 60,
    ],
)
def test_more_than_thanks(text: str) -> None:
    assert not is_thanks(Message(reply_text=text, sender=JANE))


def test_with_a_file_it_is_more() -> None:
    file = Attachment("log.txt", "text/plain", 3, "00")
    assert not is_thanks(Message(reply_text="Thanks!", attachments=(file,)))
    logo = replace(file, role=Role.PICTURE)
    assert is_thanks(Message(reply_text="Thanks!", attachments=(logo,)))


@given(st.text(max_size=400))
def test_any_text_is_decided_on(text: str) -> None:
    assert is_thanks(Message(reply_text=text)) in {True, False}
