"""Outlook for Windows (Word writes its HTML), in a browser, and on telephones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from tests.clients.composing import (
    Block,
    Bullets,
    Dialect,
    Line,
    Paragraph,
    Part,
    Pasted,
    Person,
    Received,
    Words,
    Written,
    alternatives,
    as_text,
    attached,
    encoded,
    file_part,
    html_words,
    message,
    multipart,
    text_words,
)

_DIALECT = Dialect(cell="\n\n", between="\n\n", bullet="  *   ", link=attached)
_RULE = "_" * 32
_FONT = "font-family: Aptos, Aptos_EmbeddedFont, Aptos_MSFontService, Calibri, Helvetica, sans-serif; font-size: 12pt;"


def windows(received: Received, written: Written, by: Person) -> bytes:
    """Answer above; the signature has no mark, and a line above the header block parts it from what was received."""
    header = _header(received, f"{received.at:%A, %B} {received.at.day}, {received.at:%Y %I:%M %p}".replace(" 0", " "))
    signature: tuple[Line, ...] = (
        (Words(by.name, bold=True),),
        (Words(by.phone),),
        (Words(by.address, url=f"mailto:{by.address}"),),
    )
    pieces = [*(_word(block) for block in written.blocks), *(_normal(html_words(line)) for line in signature)]
    shown = "<br>\n".join(f"<b>{name}:</b> {escape(value)}" for name, value in header)
    html = (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>'
        '<meta http-equiv=Content-Type content="text/html; charset=utf-8">'
        '<meta name=Generator content="Microsoft Word 15 (filtered medium)"><style><!--\n'
        "@font-face\n\t{font-family:Aptos;}\np.MsoNormal, li.MsoNormal, div.MsoNormal\n\t{margin:0in;\n"
        '\tfont-size:12.0pt;\n\tfont-family:"Aptos",sans-serif;}\nspan.EmailStyle20\n\t{mso-style-type:personal-reply;}\n'
        "@page WordSection1\n\t{size:8.5in 11.0in;}\ndiv.WordSection1\n\t{page:WordSection1;}\n--></style></head>"
        '<body lang=EN-US link="#467886" vlink="#96607D" style="word-wrap:break-word"><div class=WordSection1>'
        + "\n".join(pieces)
        + _normal("&nbsp;")
        + '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f'<p class=MsoNormal><span style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif">{shown}'
        "<o:p></o:p></span></p></div></div>" + _normal("&nbsp;") + _reworded(received) + "</div></body></html>"
    )
    text = "\n\n".join(_word_text(block) for block in written.blocks)
    text += "\n\n" + "\n\n".join(text_words(line, link=attached) for line in signature)
    text += "\n\n \n\n" + "\n".join(f"{name}: {value} " for name, value in header).rstrip()
    text += "\n\n \n\n" + as_text(received.html, _DIALECT) + "\n"
    fields = [
        f"From: {by.mailbox}",
        f"To: {received.answer_to}",
        *written.copies(),
        f"References: {received.references}",
        f"In-Reply-To: {received.message_id}",
        f"Subject: {received.reply_subject('RE: ')}",
        f"Date: {by.date}",
        f"Message-ID: <0a8c01dc5e2a$3f0c5b10${by.at:%H%M}1130$@{by.domain}>",
        "MIME-Version: 1.0",
        "X-Mailer: Microsoft Outlook 16.0",
        "Thread-Index: AQHcXi4qVlZWVg0kT0a9bH1rX2c3dQ==",
        "Content-Language: en-us",
        "x-ms-exchange-organization-originalclientipaddress: 198.51.100.23",
    ]
    return message(
        fields,
        _body(written, text, html, "----=_NextPart_000_0A8D_01DC5E2A.3F0C5B10", "image001.png@01DC5E2A.3F0C5B10"),
    )


def web(received: Received, written: Written, by: Person) -> bytes:
    """Answer above; a rule and the header block below the signature."""
    sent = f"{received.at:%A, %B} {received.at.day}, {received.at:%Y %I:%M %p}".replace(" 0", " ")
    header = _header(received, sent)
    typed = "\n".join(_owa(block) for block in written.blocks)
    html = (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        '<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>\n</head>\n'
        f'<body dir="ltr">\n{typed}\n{_owa_line("<br>")}\n'
        f'<div id="Signature" class="elementToProof">\n<div>{by.name}</div>\n<div>{by.phone}</div>\n'
        f'<div><a href="mailto:{by.address}">{by.address}</a></div>\n</div>\n<div id="appendonsend"></div>\n'
        f'<hr style="display:inline-block;width:98%" tabindex="-1">\n{_block(header)}\n'
        f"<div>\n{received.body_html.strip()}\n</div>\n</body>\n</html>\n"
    )
    text = "\n\n".join(_exchange_text(block) for block in written.blocks)
    text += f"\n\n{by.name}\n{by.phone}\n{attached(by.address, f'mailto:{by.address}')}\n"
    text += _exchange_history(received, header)
    return _exchange_mail(received, written, by, text, html, "DB9P1", refers=True)


def telephone(received: Received, written: Written, by: Person) -> bytes:
    """Answer above, from iOS; the ids of what is answered are left out."""
    header = _header(
        received, f"{received.at:%A, %B} {received.at.day}, {received.at:%Y %I:%M:%S %p}".replace(" 0", " ")
    )
    typed = "\n".join(_owa(block).replace('class="elementToProof"', 'dir="ltr"') for block in written.blocks)
    html = (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n</head>\n'
        f'<body>\n{typed}\n<div id="ms-outlook-mobile-body-separator-line" data-applydefaultfontstyles="true" '
        f'style="{_FONT}"><br>\n</div>\n<div id="ms-outlook-mobile-signature" style="{_FONT}">\n'
        'Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>\n'
        f'<hr style="display:inline-block;width:98%" tabindex="-1">\n{_block(header)}\n'
        f"{received.body_html.strip()}\n</body>\n</html>\n"
    )
    text = "\n\n".join(_exchange_text(block) for block in written.blocks)
    text += f"\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{_exchange_history(received, header)}"
    return _exchange_mail(received, written, by, text, html, "VI1P2", refers=False)


def _exchange_mail(
    received: Received, written: Written, by: Person, text: str, html: str, server: str, *, refers: bool
) -> bytes:
    host = f"{server}MB0417.eurprd05.prod.{by.domain}"
    fields = [
        f"Received: from {host} ([fe80::9c1d:7a2b])\r\n by {host} with mapi id 15.20.9412.8; {by.date}",
        f"From: {by.mailbox}",
        f"To: {received.answer_to}",
        *written.copies("CC"),
        f"Subject: {received.reply_subject()}",
        f"Thread-Topic: {encoded(received.subject)}",
        "Thread-Index: AQHcXi4qVlZWVg0kT0a9bH1rX2c3dQ==",
        f"Date: {by.date}",
        f"Message-ID:\r\n <{server}MB0417{by.at:%H%M}@{host}>",
        *([f"References: {received.references}", f"In-Reply-To: {received.message_id}"] if refers else []),
        "Accept-Language: en-US",
        "Content-Language: en-US",
        f"X-MS-Has-Attach: {'yes' if written.files or written.pictures else ''}",
        "X-MS-TNEF-Correlator:",
        "x-ms-exchange-senderadcheck: 1",
        f"X-OriginatorOrg: {by.domain}",
        "X-Originating-IP: [198.51.100.23]",
        "MIME-Version: 1.0",
    ]
    return message(fields, _body(written, text, html, f"_000_{server}MB0417_", "9f3a1c2e-77aa-4d1e-8c39-51a2b9d0e6f1"))


def _body(written: Written, text: str, html: str, boundary: str, cid: str) -> Part:
    html = html.replace("cid:PICTURE", f"cid:{cid}")
    bodies = alternatives(boundary.replace("000", "002"), text, html, ' charset="utf-8"')
    pictures = [
        file_part(
            picture.octets,
            f'Content-Type: image/png; name="{picture.name}"',
            f"Content-Description: {picture.name}",
            f'Content-Disposition: inline; filename="{picture.name}"; size={len(picture.octets)}',
            f"Content-ID: <{cid}>",
        )
        for picture in written.pictures
    ]
    files = [
        file_part(
            file.octets,
            f'Content-Type: {file.type}; name="{encoded(file.name)}"',
            f"Content-Description: {encoded(file.name)}",
            f'Content-Disposition: attachment; filename="{encoded(file.name)}"; size={len(file.octets)}',
        )
        for file in written.files
    ]
    related = multipart(
        "related", boundary.replace("000", "001"), bodies, *pictures, more='type="multipart/alternative";\r\n\t'
    )
    return multipart("mixed", boundary, related, *files)


def _header(received: Received, sent: str) -> tuple[tuple[str, str], ...]:
    (name, address), (to_name, to_address) = received.sender, received.to
    return (
        ("From", f"{name} <{address}>"),
        ("Sent", sent),
        ("To", f"{to_name} <{to_address}>" if to_name else to_address),
        ("Subject", received.subject),
    )


def _block(header: tuple[tuple[str, str], ...]) -> str:
    lines = "<br>\n".join(f"<b>{name}:</b> {escape(value)}" for name, value in header)
    return (
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
        f"{lines}</font>\n<div>&nbsp;</div>\n</div>"
    )


def _exchange_history(received: Received, header: tuple[tuple[str, str], ...]) -> str:
    fields = "\n".join(f"{name}: {value}" for name, value in header)
    return f"{_RULE}\n{fields}\n\n{as_text(received.html, _DIALECT)}\n"


def _owa_line(html: str) -> str:
    return f'<div class="elementToProof" style="{_FONT} color: rgb(0, 0, 0);">\n{html}</div>'


def _owa(block: Block) -> str:
    match block:
        case Paragraph(words):
            return f"{_owa_line(html_words(words))}\n{_owa_line('<br>')}"
        case Bullets(items):
            rows = "".join(
                f'<li style="{_FONT} color: rgb(0, 0, 0); list-style-type: disc;">'
                f'<div role="presentation" class="elementToProof">{html_words(item)}</div></li>'
                for item in items
            )
            return f'<ul style="margin-top: 0px; margin-bottom: 0px;">\n{rows}</ul>\n{_owa_line("<br>")}'
        case Pasted():
            return (
                f'<div class="elementToProof"><img data-outlook-trace="F:1|T:1" src="cid:PICTURE" '
                f'alt="A screenshot of a phone  AI-generated content may be incorrect." '
                f'style="max-width: 100%; width: {block.width}px;" id="image_0"></div>\n{_owa_line("<br>")}'
            )


def _exchange_text(block: Block) -> str:
    match block:
        case Paragraph(words):
            return text_words(words, link=attached)
        case Bullets(items):
            return "\n".join(f"  *   {text_words(item, link=attached)}" for item in items)
        case Pasted():
            return "[A screenshot of a phone  AI-generated content may be incorrect.]"


def _normal(html: str) -> str:
    return f'<p class=MsoNormal><span style="font-size:11.0pt">{html}<o:p></o:p></span></p>'


def _word(block: Block) -> str:
    match block:
        case Paragraph(words):
            return _normal(html_words(words)) + _normal("&nbsp;")
        case Bullets(items):
            rows = "".join(
                f'<li class=MsoListParagraph style="margin-left:0in;mso-list:l0 level1 lfo1">'
                f'<span style="font-size:11.0pt">{html_words(item)}<o:p></o:p></span></li>'
                for item in items
            )
            return f'<ul style="margin-top:0in" type=disc>{rows}</ul>' + _normal("&nbsp;")
        case Pasted():
            return _normal(
                f'<img width={block.width} height={block.height} style="width:{block.width / 96:.4f}in;'
                f'height:{block.height / 96:.4f}in" id="Picture_x0020_1" src="cid:PICTURE">'
            ) + _normal("&nbsp;")


def _word_text(block: Block) -> str:
    match block:
        case Paragraph(words):
            return text_words(words, link=attached) + "\n\n "
        case Bullets(items):
            return "\n".join(f"*\t{text_words(item, link=attached)}" for item in items) + "\n\n "
        case Pasted():
            return "[cid:image001.png@01DC5E2A.3F0C5B10]\n\n "


def _reworded(received: Received) -> str:
    """Word writes what it quotes anew: every paragraph is MsoNormal, and no class of the author's is left."""
    return "".join(_reworded_pieces(re.sub(r"(?is)<style.*?</style>", "", received.body_html)))


def _reworded_pieces(html: str) -> Iterator[str]:
    html = re.sub(r' class="[^"]*"', "", html)
    html = re.sub(r"<p( style=\"[^\"]*\")?>", r"<p class=MsoNormal\1>", html)
    html = re.sub(r"<table ", "<table class=MsoNormalTable ", html)
    yield html.replace("</p>", "<o:p></o:p></p>")
