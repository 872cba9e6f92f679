"""Thunderbird: below the quotation in HTML, and between its lines in plain text."""

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
    as_text,
    attached_part,
    beside,
    html_words,
    message,
    multipart,
    pasted_part,
    prefixed,
    text_part,
    typed_text,
    with_answers,
)

_DIALECT = Dialect(cell="\t", bold="*", bullet="  * ", link=beside)


def below(received: Received, written: Written, by: Person) -> bytes:
    """Answer below the quotation, as Thunderbird begins a reply, in HTML."""
    name = received.sender[0]
    typed = "\n    ".join(_html(block) for block in written.blocks)
    html = (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">\n'
        f"  </head>\n  <body>\n"
        f'    <div class="moz-cite-prefix">{_on(received)}, {escape(name)} wrote:<br>\n    </div>\n'
        f'    <blockquote type="cite" cite="mid:{received.message_id.strip("<>")}">\n'
        f"      {received.body_html.strip()}\n    </blockquote>\n    {typed}\n"
        f'    <div class="moz-signature">-- <br>\n      {by.name}<br>\n      {by.phone}<br>\n'
        f'      <a class="moz-txt-link-abbreviated" href="mailto:{by.address}">{by.address}</a></div>\n'
        "  </body>\n</html>\n"
    )
    text = f"{_on(received)}, {name} wrote:\n{prefixed(as_text(received.html, _DIALECT))}\n\n"
    text += _flowed(typed_text(written, bullet="  * ", bold="*"))
    text += f"\n\n-- \n{by.name}\n{by.phone}\n{by.address}\n"
    plain = text_part(text, "text/plain; charset=UTF-8; format=flowed", "8bit")
    cid = f"part1.kX9y8Z7w.AbCdEf@{by.domain}"
    pictures = [pasted_part(picture, cid) for picture in written.pictures]
    page = text_part(html.replace("cid:PICTURE", f"cid:{cid}"), "text/html; charset=UTF-8", "8bit")
    shown = multipart("related", "------------0kX1y2Z4", page, *pictures)
    return _mail(received, written, by, multipart("alternative", "------------0kX1y2Z3", plain, shown))


def between(received: Received, written: Written, by: Person) -> bytes:
    """Answer between the quoted lines, in plain text; what is typed besides stands at the end."""
    quoted = with_answers(prefixed(received.text.rstrip("\n")), written.between)
    text = f"{_on(received)}, {received.sender[0]} wrote:\n{quoted}\n\n"
    text += _flowed(typed_text(written, bullet="  * ", bold="*"))
    text += f"\n\n-- \n{by.name}\n{by.phone}\n{by.address}\n"
    return _mail(received, written, by, text_part(text, "text/plain; charset=UTF-8; format=flowed", "8bit"))


def _on(received: Received) -> str:
    return f"On {received.at.month}/{received.at.day}/{received.at:%y %H:%M}"


def _flowed(text: str) -> str:
    """Break at spaces that stay, before column 72 (RFC 3676), and stuff what would look quoted."""
    out = []
    for line in text.split("\n"):
        words, row = line.split(" "), ""
        for number, word in enumerate(words):
            if row and len(row) + len(word) > 71:
                out.append(row)
                row = ""
            row += word + (" " if number < len(words) - 1 else "")
        out.append(f" {row}" if row.startswith((">", " ", "From ")) else row)
    return "\n".join(out)


def _mail(received: Received, written: Written, by: Person, body: Part) -> bytes:
    fields = [
        f"Message-ID: <8d7f{by.at:%H%M}-6c5b-4a39@{by.domain}>",
        f"Date: {by.date}",
        "MIME-Version: 1.0",
        "User-Agent: Mozilla Thunderbird",
        f"Subject: {received.reply_subject()}",
        f"To: {received.answer_to}",
        *written.copies(),
        f"References: {received.references}",
        "Content-Language: en-US, de-DE",
        f"From: {by.mailbox}",
        f"Organization: {by.name}'s desk",
        f"In-Reply-To: {received.message_id}",
    ]
    return message(fields, multipart("mixed", "------------0kX1y2Z5", body, *map(attached_part, written.files)))


def _html(block: Block) -> str:
    match block:
        case Paragraph(words):
            return f"<p>{html_words(words)}</p>"
        case Bullets(items):
            return "<ul>\n" + "".join(f"      <li>{html_words(item)}</li>\n" for item in items) + "    </ul>"
        case Pasted():
            return (
                f'<p><img moz-do-not-send="false"\n        src="cid:PICTURE" alt="" width="{block.width}"\n'
                f'        height="{block.height}"></p>'
            )
