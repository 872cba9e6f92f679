"""Answers between the quoted lines in HTML, where programs close the quotation and open it anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tests.clients import apple, gmail, thunderbird
from tests.clients.composing import (
    Block,
    Pasted,
    Person,
    Received,
    Written,
    alternatives,
    as_text,
    message,
    multipart,
    pasted_part,
    prefixed,
    typed_text,
    wrapped,
)

_CONTAINER = '<div class="gmail_quote gmail_quote_container">'
_EMPTY = {"br", "wbr", "img", "hr", "meta"}


@dataclass(frozen=True)
class Answer:
    """What is typed below the quoted line that holds these words."""

    words: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Dialect:
    """How a program opens and closes a quotation, writes a block, and puts what it quotes into words."""

    opened: str
    closed: str
    block: Callable[[Block], str]
    quoted: Callable[[Received], str]
    intro: Callable[[Received], tuple[str, str]]
    text: Callable[[str], str]
    typed: dict[str, Any] = field(default_factory=dict)
    after: str = "<div><br></div>"


def _gmail_intro(received: Received) -> tuple[str, str]:
    at, (name, address) = received.at, received.sender
    day = f"On {at:%a, %b} {at.day}, {at:%Y} at {at:%I:%M}\u202f{at:%p}".replace("at 0", "at ")
    link = f'<a href="mailto:{address}">{address}</a>'
    html = f'<div dir="ltr" class="gmail_attr">{day} {escape(name)} &lt;{link}&gt; wrote:<br></div>'
    return html, f"{day} {name} <{address}>\nwrote:"


def _apple_intro(received: Received) -> tuple[str, str]:
    at, (name, address) = received.at, received.sender
    day = f"On {at.day} {at:%b %Y, at %H:%M}, {name}"
    return f"<div>{escape(day)} &lt;{address}&gt; wrote:</div><br>", f"> {day} <{address}> wrote:"


def _thunderbird_intro(received: Received) -> tuple[str, str]:
    day = f"On {received.at.month}/{received.at.day}/{received.at:%y %H:%M}, {received.sender[0]} wrote:"
    return f'<div class="moz-cite-prefix">{escape(day)}<br></div>', day


DIALECTS = {
    "gmail": Dialect(
        f'<blockquote class="gmail_quote" style="{gmail._QUOTE}">',
        "</blockquote>",
        gmail._html,
        gmail._quoted_html,
        _gmail_intro,
        lambda html: wrapped(as_text(html, gmail._DIALECT), 74),
        {"bullet": "   - ", "bold": "*", "pasted": "[image: {}]"},
    ),
    "apple": Dialect(
        '<blockquote type="cite">',
        "</blockquote>",
        lambda block: apple._html(block, "CID"),
        apple._quoted_html,
        _apple_intro,
        lambda html: as_text(html, apple._DIALECT),
        {"bullet": ""},
    ),
    "thunderbird": Dialect(
        '<blockquote type="cite" cite="mid:x">',
        "</blockquote>",
        thunderbird._html,
        lambda received: received.body_html.strip(),
        _thunderbird_intro,
        lambda html: as_text(html, thunderbird._DIALECT),
        {"bullet": "  * ", "bold": "*"},
        "<p><br></p>",
    ),
}


def between(program: str, received: Received, answers: tuple[Answer, ...], by: Person) -> bytes:
    """Return the reply: each answer below the line that it answers, a signature below all of it."""
    dialect = DIALECTS[program]
    pieces = list(_pieces(dialect.quoted(received), [one.words for one in answers]))
    intro, intro_text = dialect.intro(received)
    html, text = [intro], [intro_text, ""]
    pictures: list[Pasted] = []
    for number, piece in enumerate(pieces):
        html.append(f"{dialect.opened}{piece}{dialect.closed}")
        text.append(prefixed(dialect.text(piece)))
        if number < len(answers):
            blocks = answers[number].blocks
            html += [dialect.after, *map(dialect.block, blocks), dialect.after]
            written = Written(blocks)
            pictures += written.pictures
            text += ["", typed_text(written, **dialect.typed), ""]
    html.append(f'<div>-- <br>{by.name}<br>{by.phone}<br><a href="mailto:{by.address}">{by.address}</a></div>')
    text.append(f"\n-- \n{by.name}\n{by.phone}\n{by.address}\n")
    if program == "gmail":
        html = ['<div dir="ltr"><div dir="ltr"><br></div><br>', _CONTAINER, *html, "</div></div>"]
    page = f"<html><body>{''.join(html)}</body></html>"
    count = iter(range(len(pictures)))
    page = re.sub(r"cid:(?:PICTURE|CID|ii_mb1x2y3z0)", lambda _: f"cid:shot{next(count)}@agents", page)
    bodies = alternatives("between1", "\n".join(text), page, ' charset="UTF-8"')
    shown = [pasted_part(picture, f"shot{number}@agents") for number, picture in enumerate(pictures)]
    fields = [
        f"From: {by.mailbox}",
        f"Date: {by.date}",
        f"Message-ID: <between-{program}-{by.at:%H%M}@{by.domain}>",
        f"Subject: {received.reply_subject()}",
        f"To: {received.answer_to}",
        f"In-Reply-To: {received.message_id}",
        f"References: {received.references}",
        "MIME-Version: 1.0",
    ]
    return message(fields, multipart("related", "between2", bodies, *shown))


def _pieces(html: str, words: list[str]) -> Iterator[str]:
    """Yield the HTML parted behind each line that holds some words, every element closed and opened anew there."""
    for one in words:
        start = html.rindex(one)
        end = min(at for at in (html.find("\n", start), html.find("<", start)) if at >= 0)
        tags: list[str] = []
        for tag in re.finditer(r"<(/?)(\w+)[^>]*>", html[:end]):
            if tag[1]:
                tags.pop()
            elif tag[2] not in _EMPTY:
                tags.append(tag[0])
        yield html[:end] + "".join(f"</{re.split(r'[ >]', tag[1:])[0]}>" for tag in reversed(tags))
        html = "".join(tags) + html[end:].lstrip("\n")
    yield html
