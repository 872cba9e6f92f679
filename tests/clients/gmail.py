"""Gmail in a browser and on Android."""

from __future__ import annotations

import re
from html import escape

from tests.clients.composing import (
    Block,
    Bullets,
    Dialect,
    Paragraph,
    Pasted,
    Person,
    Received,
    Written,
    alternatives,
    as_text,
    attached_part,
    below,
    html_words,
    message,
    multipart,
    pasted_part,
    prefixed,
    typed_text,
    wrapped,
)

_SPACE = "\u202f"
_DIALECT = Dialect(bold="*", link=below, hidden=True, bullet="   - ")
_QUOTE = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"


def web(received: Received, written: Written, by: Person) -> bytes:
    """Answer above the quotation, with the signature between."""
    at = received.at
    day = f"On {at:%a, %b} {at.day}, {at:%Y} at {at:%I:%M}{_SPACE}{at:%p}".replace("at 0", "at ")
    name, address = received.sender
    typed = "<div><br></div>".join(_html(block) for block in written.blocks)
    signature = (
        f'<div><br></div><span class="gmail_signature_prefix">-- </span><br>'
        f'<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">'
        f"<b>{by.name}</b> | {by.phone}<br>"
        f'<a href="mailto:{by.address}" target="_blank">{by.address}</a></div></div>'
    )
    html = (
        f'<div dir="ltr">{typed}{signature}</div><br>'
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f'{day} {escape(name)} &lt;<a href="mailto:{address}">{address}</a>&gt; wrote:<br></div>'
        f'<blockquote class="gmail_quote" style="{_QUOTE}">{_quoted_html(received)}</blockquote></div>\n'
    )
    text = wrapped(typed_text(written, bullet="   - ", bold="*", link=below, pasted="[image: {}]"))
    text += f"\n\n-- \n*{by.name}* | {by.phone}\n{by.address}"
    text += f"\n\n\n{day} {name} <{address}>\nwrote:\n\n{prefixed(wrapped(as_text(received.html, _DIALECT), 74))}\n"
    return _mail(received, written, by, text, html, "web")


def android(received: Received, written: Written, by: Person) -> bytes:
    """Answer above the quotation, with no signature."""
    at = received.at
    day = f"On {at:%a, %b} {at.day}, {at:%Y}, {at:%I:%M}{_SPACE}{at:%p}".replace(", 0", ", ")
    name, address = received.sender
    typed = '<div dir="auto"><br></div>'.join(
        _html(block).replace("<div>", '<div dir="auto">') for block in written.blocks
    )
    html = (
        f'<div dir="auto">{typed}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{day} {escape(name)} &lt;<a href="mailto:{address}">{address}</a>&gt; '
        f'wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;'
        f'padding-left:1ex">{_quoted_html(received)}</blockquote></div>\n'
    )
    text = wrapped(typed_text(written, bullet="   - ", bold="*", link=below, pasted="[image: {}]"))
    text += f"\n\n{day} {name} <{address}>\nwrote:\n\n{prefixed(wrapped(as_text(received.html, _DIALECT), 74))}\n"
    return _mail(received, written, by, text, html, "android")


def _mail(received: Received, written: Written, by: Person, text: str, html: str, key: str) -> bytes:
    fields = [
        "MIME-Version: 1.0",
        f"References: {received.references}",
        f"In-Reply-To: {received.message_id}",
        f"From: {by.mailbox}",
        f"Date: {by.date}",
        f"X-Gm-Features: AWmQ_bk{key}",
        f"Message-ID: <CAF{key}{by.at:%H%M}+ZxYw@mail.{by.domain}>",
        f"Subject: {received.reply_subject()}",
        f"To: {received.answer_to}",
        *written.copies(),
    ]
    bodies = alternatives(f"000000000000{key}01", text, html, ' charset="UTF-8"')
    pictures = [pasted_part(one, "ii_mb1x2y3z0", "X-Attachment-Id: ii_mb1x2y3z0") for one in written.pictures]
    body = multipart("related", f"000000000000{key}02", bodies, *pictures)
    files = [attached_part(file, "Content-ID: <f_mb1x2y3z1>", "X-Attachment-Id: f_mb1x2y3z1") for file in written.files]
    return message(fields, multipart("mixed", f"000000000000{key}03", body, *files))


def _html(block: Block) -> str:
    match block:
        case Paragraph(words):
            return f"<div>{html_words(words).replace('<a ', '<a target=' + chr(34) + '_blank' + chr(34) + ' ')}</div>"
        case Bullets(items):
            return "<div><ul>" + "".join(f"<li>{html_words(item)}</li>" for item in items) + "</ul></div>"
        case Pasted():
            return (
                f'<div><img src="cid:ii_mb1x2y3z0" alt="{block.name}" width="{block.width}" height="{block.height}" '
                f'style="margin-right:0px"><br></div>'
            )


def _quoted_html(received: Received) -> str:
    """Gmail keeps the styles of elements, renames classes, and leaves style sheets behind."""
    body = re.sub(r"(?is)<style.*?</style>", "", received.body_html)
    return "<div>" + re.sub(r'class="([\w-]+)"', r'class="m_-8237\1"', body).strip() + "</div>"
