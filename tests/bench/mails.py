"""Seeded mails like those of a support desk: plain, HTML, replies, files, machines; the same for the same seed."""

from __future__ import annotations

import random
from base64 import encodebytes
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

_WORDS = (
    "the phone in reception rings but nobody hears anything could you please have a look at it we need "
    "an extension for our new colleague voicemail number call transfer queue hold music office upstairs "
    "since this morning customers tell us that they cannot reach us and thank you for your help"
).split()
_TEXTS = {
    "utf-8": "Grüße aus Köln, à bientôt",
    "iso-8859-1": "Viele Grüße, très bien",
    "windows-1252": "“quoted” – dash",
    "us-ascii": "Regards",
}
# Desktop mail programs put some kilobytes of styles before a few lines of text.
_STYLE = "".join(
    f"p.Mso{name}, li.Mso{name}, div.Mso{name} {{margin:0cm; font-size:11.0pt; font-family:'Calibri',sans-serif;}}\r\n"
    for name in ("Normal", "Title", "List", "Quote", "Footer", "Header") * 10
)


def mails(number: int, *, attachments: bool, seed: int = 1) -> Iterator[bytes]:
    """Yield so many messages; 40 % answer an earlier one, 5 % come from machines. Each seed has people of its own."""
    chance = random.Random(seed)
    at = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    for index in range(number):
        at += timedelta(seconds=chance.randint(1, 90))
        yield _mail(chance, f"{seed}-", index, at, with_files=attachments and chance.random() < 0.15)


def _mail(chance: random.Random, series: str, index: int, at: datetime, *, with_files: bool) -> bytes:
    charset = chance.choice(list(_TEXTS))
    text = "\r\n\r\n".join(" ".join(chance.choices(_WORDS, k=chance.randint(20, 60))) for _ in range(4))
    text += "\r\n\r\n" + _TEXTS[charset]
    head = (
        f"Received: from out.example by mx.example.com with ESMTPS; {format_datetime(at)}\r\n"
        f"From: Person {index} <person{series}{index}@acme-dental.example>\r\nTo: support@example.com\r\n"
        f"Subject: {' '.join(chance.choices(_WORDS, k=5))}\r\n"
        f"Message-ID: <bench-{series}{index}@acme-dental.example>\r\n"
        f"Date: {format_datetime(at)}\r\nMIME-Version: 1.0\r\n"
    )
    if index and chance.random() < 0.4:
        earlier = chance.randrange(index)
        head += f"In-Reply-To: <bench-{series}{earlier}@acme-dental.example>\r\n"
        text += f"\r\n\r\nOn Mon, Nov 23, 2026 at 9:00 Support <support@example.com> wrote:\r\n> {text[:200]}\r\n"
    if chance.random() < 0.05:
        head += "Auto-Submitted: auto-replied\r\n"
    plain = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    if chance.random() < 0.35 and not with_files:
        return (head + plain).encode(charset, "replace")
    lines = "".join(
        f"<p class=MsoNormal><span style='font-size:11.0pt'>{line}</span></p>\r\n" for line in text.split("\r\n")
    )
    body = f"<html><head><style>{_STYLE}</style></head><body><div class=WordSection1>{lines}</div></body></html>"
    html = f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    parts = [plain, html]
    kind = "alternative"
    if with_files:
        kind = "mixed"
        octets = encodebytes(chance.randbytes(chance.randint(100_000, 900_000))).decode().replace("\n", "\r\n")
        parts.append(
            'Content-Type: application/pdf; name="bill.pdf"\r\nContent-Disposition: attachment; filename="bill.pdf"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{octets}"
        )
    inner = "".join(f"--b0undary\r\n{part}" for part in parts) + "--b0undary--\r\n"
    return (head + f'Content-Type: multipart/{kind}; boundary="b0undary"\r\n\r\n{inner}').encode(charset, "replace")
