"""K-9 and Samsung's own program."""

from __future__ import annotations

from html import escape

from tests.clients.composing import (
    Block,
    Bullets,
    Dialect,
    Paragraph,
    Part,
    Pasted,
    Person,
    Received,
    Written,
    alternatives,
    as_text,
    encoded,
    file_part,
    html_words,
    message,
    multipart,
    prefixed,
    typed_text,
)

_DIALECT = Dialect(cell=" ", bullet="* ", link=lambda words, _url: words)


def k9(received: Received, written: Written, by: Person) -> bytes:
    """Answer above; only text can be typed, and pictures are files."""
    name, address = received.sender
    on = f"On {received.at.day} {received.at:%B %Y %H:%M:%S} UTC, {name} <{address}> wrote:"
    typed = typed_text(written, bullet="- ")
    signature = "-- \nSent from my Android device with K-9 Mail. Please excuse my brevity."
    text = f"{typed}\n{signature}\n\n{on}\n{prefixed(received.text.rstrip(), '>')}\n"
    html = (
        f"<!DOCTYPE html><html><body>{_break(typed)}<br><div class='k9mail-signature'>{_break(signature)}</div><br><br>"
        f'<div class="gmail_quote"><div dir="auto">{escape(on)}</div><blockquote class="gmail_quote" '
        'style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;">'
        f"{received.body_html.strip()}</blockquote></div></body></html>"
    )
    body = alternatives("----X9MFOPC8VAUAT", text, html, "\r\n charset=utf-8")
    fields = [
        f"Date: {by.date}",
        f"From: {by.mailbox}",
        f"To: {received.answer_to}",
        *written.copies("CC"),
        f"Subject: {received.reply_subject()}",
        "User-Agent: K-9 Mail for Android",
        f"In-Reply-To: {received.message_id}",
        f"References: {received.references}",
        f"Message-ID: <2B7C{by.at:%H%M}-55AA@{by.domain}>",
        "MIME-Version: 1.0",
        "Autocrypt: addr=" + by.address + "; keydata=\r\n mDMEXample",
    ]
    return message(fields, multipart("mixed", "----X9MFOPC8VAUAT2", body, *_files(written)))


def samsung(received: Received, written: Written, by: Person) -> bytes:
    """Answer above; a line of its own parts it from the header block."""
    (name, address), (_, to) = received.sender, received.to
    header = (
        ("From", f"{name} <{address}>"),
        ("Date", f"{received.at:%m/%d/%y  %I:%M %p}  (GMT+00:00)"),
        ("To", to),
        ("Subject", received.subject),
    )
    fields_text = " ".join(f"{key}: {value}" for key, value in header)
    text = typed_text(written, bullet="- ")
    text += (
        f"\nSent from my Galaxy\n-------- Original message --------{fields_text} {as_text(received.html, _DIALECT)}\n"
    )
    typed = '<div dir="auto"><br></div>'.join(_html(block) for block in written.blocks)
    shown = "<br>".join(f"{key}: {escape(value)}" for key, value in header)
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head>'
        f'<body dir="auto">{typed}<div dir="auto"><br></div>'
        '<div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">'
        'Sent from my Galaxy</div></div><div dir="auto"><br></div>'
        '<div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000">'
        f"<div>-------- Original message --------</div><div>{shown}</div><div><br></div></div>"
        f"{received.body_html.strip()}</body></html>"
    )
    bodies = alternatives("--_com.samsung.android.email_1", text, html, " charset=utf-8", "base64")
    pictures = [
        file_part(
            picture.octets,
            f'Content-Type: image/png;\r\n name="{picture.name}"',
            f'Content-Disposition: inline;\r\n filename="{picture.name}"',
            "Content-ID: <sp_0@samsung>",
        )
        for picture in written.pictures
    ]
    body = multipart("related", "--_com.samsung.android.email_2", bodies, *pictures)
    fields = [
        f"Date: {by.date}",
        f"Subject: {received.reply_subject()}",
        f"Message-ID: <u1s9qq{by.at:%H%M}.17641512@email.android.com>",
        "X-Android-Message-ID: <u1s9qq.17641512@email.android.com>",
        f"In-Reply-To: {received.message_id}",
        f"References: {received.references}",
        "Importance: normal",
        f"From: {by.mailbox}",
        f"To: {received.answer_to}",
        *written.copies(),
        "MIME-Version: 1.0",
    ]
    return message(fields, multipart("mixed", "--_com.samsung.android.email_3", body, *_files(written)))


def _files(written: Written) -> list[Part]:
    return [
        file_part(
            file.octets,
            f'Content-Type: {file.type};\r\n name="{encoded(file.name)}"',
            f'Content-Disposition: attachment;\r\n filename="{encoded(file.name)}";\r\n size={len(file.octets)}',
        )
        for file in written.files
    ]


def _break(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _html(block: Block) -> str:
    match block:
        case Paragraph(words):
            return f'<div dir="auto">{html_words(words)}</div>'
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{html_words(item)}</li>" for item in items) + "</ul>"
        case Pasted():
            return f'<div dir="auto"><img src="cid:sp_0@samsung" width="{block.width}" height="{block.height}"></div>'
