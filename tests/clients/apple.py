"""Apple Mail on the Mac and on the iPhone."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from tests.clients.composing import (
    Block,
    Bullets,
    Dialect,
    File,
    Paragraph,
    Part,
    Pasted,
    Person,
    Received,
    Written,
    as_text,
    beside,
    encoded,
    file_part,
    html_words,
    message,
    multipart,
    prefixed,
    text_part,
    typed_text,
)

_SPACE = "\u202f"
_DIALECT = Dialect(cell="\t", bullet="", link=beside)


def mac(received: Received, written: Written, by: Person) -> bytes:
    """Answer above; the signature has no mark; a file stands inside the alternative, beside the HTML."""
    at, (name, address) = received.at, received.sender
    day = f"On {at.day} {at:%b %Y, at %H:%M}, {name}"
    cid = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"
    typed = "<div><br></div>".join(_html(block, cid) for block in written.blocks)
    head = (
        '<html aria-label="message body"><head><meta http-equiv="content-type" content="text/html; charset=utf-8">'
        "</head>"
    )
    before = (
        f'{head}<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
        f"{typed}<div><br></div>"
    )
    after = (
        f'<div><br id="lineBreakAtBeginningOfSignature"><div>{by.name}</div><div>{by.phone}</div>'
        f'<div><a href="mailto:{by.address}">{by.address}</a></div>'
        f'<div><br><blockquote type="cite"><div>{escape(day)} &lt;{address}&gt; wrote:</div>'
        f'<br class="Apple-interchange-newline"><div>{_quoted_html(received)}</div></blockquote></div><br></div>'
        f"</body></html>"
    )
    text = typed_text(written, bullet="")
    text += f"\n\n{by.name}\n{by.phone}\n{by.address}\n"
    text += "\n" + prefixed(f"{day} <{address}> wrote:\n\n{as_text(received.html, _DIALECT)}") + "\n\n"
    kind = "text/html;\r\n\tcharset=utf-8"
    if written.files:
        first = _related(written, text_part(before + "</body></html>", kind), "0002", cid)
        last = text_part(head + "<body>" + after, kind)
        shown = multipart("mixed", "Apple-Mail=_0A1B2C3D-0003", first, *map(_file, written.files), last)
    else:
        shown = _related(written, text_part(before + after, kind), "0002", cid)
    plain = text_part(text, "text/plain;\r\n\tcharset=utf-8")
    body = multipart("alternative", "Apple-Mail=_0A1B2C3D-0001", plain, shown)
    fields = [
        f"From: {by.mailbox}",
        f"Message-Id: <3E1A{by.at:%H%M}-4D6F-4B1C-9C7E@{by.domain}>",
        "Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3864.200.51\\))",
        f"Subject: {received.reply_subject()}",
        f"Date: {by.date}",
        f"In-Reply-To: {received.message_id}",
        *written.copies(),
        f"To: {received.answer_to}",
        f"References: {received.references}",
        "X-Mailer: Apple Mail (2.3864.200.51)",
        "X-Universally-Unique-Identifier: 9C1D7A2B",
    ]
    return message(fields, body)


def iphone(received: Received, written: Written, by: Person) -> bytes:
    """Answer above, and the telephone says what it is."""
    at, (name, address) = received.at, received.sender
    day = f"On {at:%b} {at.day}, {at:%Y}, at {at:%I:%M}{_SPACE}{at:%p}, {name}".replace("at 0", "at ")
    cid = "A1B2C3D4-0001-L0-001"
    typed = '<div dir="ltr"><br></div>'.join(
        _html(block, cid).replace("<div>", '<div dir="ltr">') for block in written.blocks
    )
    html = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
        f'<body dir="auto"><div dir="ltr"></div>{typed}'
        '<div dir="ltr"><br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div></div>'
        f'<div dir="ltr"><br><blockquote type="cite">{escape(day)} &lt;{address}&gt; wrote:<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff{_quoted_html(received)}</div></blockquote></body></html>'
    )
    text = typed_text(written, bullet="")
    text += "\n\nSent from my iPhone\n\n"
    text += prefixed(f"{day} <{address}> wrote:\n\n\ufeff\n{as_text(received.html, _DIALECT)}") + "\n"
    shown = _related(written, text_part(html, "text/html;\r\n\tcharset=utf-8"), "iphone2", cid)
    plain = text_part(text, "text/plain;\r\n\tcharset=utf-8")
    body = multipart("alternative", "Apple-Mail-0A1B-iphone1", plain, shown)
    body = multipart("mixed", "Apple-Mail-0A1B-iphone3", body, *map(_file, written.files))
    fields = [
        f"From: {by.mailbox}",
        "Mime-Version: 1.0 (1.0)",
        f"Subject: {received.reply_subject()}",
        f"Date: {by.date}",
        f"Message-Id: <F00D{by.at:%H%M}-4D6F-4B1C@{by.domain}>",
        f"References: {received.references}",
        *written.copies(),
        f"In-Reply-To: {received.message_id}",
        f"To: {received.answer_to}",
        "X-Mailer: iPhone Mail (22G86)",
    ]
    return message(fields, body)


def _related(written: Written, html: Part, number: str, cid: str) -> Part:
    pictures = [
        file_part(
            picture.octets,
            f'Content-Type: image/png;\r\n\tname="{picture.name}";\r\n\tx-apple-part-url="{cid}"',
            f'Content-Disposition: inline;\r\n\tfilename="{picture.name}"',
            f"Content-Id: <{cid}>",
        )
        for picture in written.pictures
    ]
    return multipart("related", f"Apple-Mail=_0A1B2C3D-{number}", html, *pictures, more='type="text/html";\r\n\t')


def _file(file: File) -> Part:
    """A PDF is shown between the words, and its name is encoded as RFC 2231 says and as programs read it."""
    shown = "inline" if file.type == "application/pdf" else "attachment"
    return file_part(
        file.octets,
        f'Content-Type: {file.type};\r\n\tx-unix-mode=0644;\r\n\tname="{encoded(file.name)}"',
        f"Content-Disposition: {shown};\r\n\tfilename*=utf-8''{quote(file.name, safe='')}",
    )


def _html(block: Block, cid: str) -> str:
    match block:
        case Paragraph(words):
            return f"<div>{html_words(words)}</div>"
        case Bullets(items):
            rows = "".join(f"<li>{html_words(item)}</li>" for item in items)
            return f'<div><ul class="MailOutline">{rows}</ul></div>'
        case Pasted():
            return (
                f'<div><img alt="{block.name}" src="cid:{cid}" apple-inline="yes" width="{block.width}" '
                f'height="{block.height}"></div>'
            )


def _quoted_html(received: Received) -> str:
    """Safari's engine keeps a style sheet of the quoted mail within the quotation."""
    style = re.search(r"(?is)<style.*?</style>", received.html)
    return (style[0] if style else "") + received.body_html.strip()
