"""Own hostile messages, at least three for each row H29 to H68 of what mailbot must survive.

Each says what may follow: whether it may open a ticket, and whether its sender may get an answer. What holds for
all of them (nobody else gets mail, the next message is a ticket in time, nothing is lost) is not said again.
Addresses at `victim.example` are people who never wrote; not one mail may reach them.
"""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

import io
import zipfile
from base64 import b64encode, encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

VICTIM = "victim.example"
_JANE = b"jane@acme-dental.example"


@dataclass(frozen=True, slots=True)
class Case:
    """One message; `tickets` and `answered`: False for never, True for always, None for either."""

    row: str
    name: str
    raw: bytes
    tickets: bool | None = None
    answered: bool | None = None


def _mail(*fields: bytes, body: bytes = b"The phone in reception rings by itself.", sender: bytes = _JANE) -> bytes:
    """Return a usual mail but for what is given; two that differ in anything have different ids."""
    number = b"%x" % crc32(b"\n".join((*fields, body, sender)))
    usual = {b"from": b"From: " + sender, b"to": b"To: support@example.com", b"subject": b"Subject: A question"}
    usual[b"message-id"] = b"Message-ID: <" + number + b"@acme-dental.example>"
    given = {field.partition(b":")[0].strip().lower() for field in fields}
    head = [field for name, field in usual.items() if name not in given]
    return b"\r\n".join([*head, *fields]) + b"\r\n\r\n" + body + b"\r\n"


def _multipart(*parts: bytes, boundary: bytes = b"b", kind: bytes = b"mixed", closed: bool = True) -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return _mail(
        b"MIME-Version: 1.0",
        b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"',
        body=body + (b"--" + boundary + b"--" if closed else b""),
    )


def _file(name: bytes, octets: bytes = b"x", kind: bytes = b"application/octet-stream") -> bytes:
    return _multipart(
        b"\r\nPlease look at the file.",
        b"Content-Type: " + kind + b"\r\nContent-Disposition: attachment; filename=" + name
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encodebytes(octets).replace(b"\n", b"\r\n"),
    )  # fmt: skip


def _zip(name: str, octets: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, octets)
    return made.getvalue()


def _nested(depth: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return b"From: " + _JANE + b"\r\n" + opening + b"Content-Type: text/plain\r\n\r\ndeep words\r\n"


def _received(number: int) -> tuple[bytes, ...]:
    return tuple(b"Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000" for _ in range(number))


def _html(markup: bytes) -> bytes:
    return _mail(b"MIME-Version: 1.0", b"Content-Type: text/html; charset=utf-8", body=markup)


def _identity() -> Iterator[Case]:
    for name, field in {
        "empty": b"Message-ID: <>",
        "malformed": b"Message-ID: <a b c",
        "8 kB": b"Message-ID: <" + b"a" * 8_000 + b"@acme-dental.example>",
    }.items():
        yield Case("H29", name, _mail(field), tickets=True)
    bare = _mail(b"Message-ID: x", body=b"Nobody gave this an id.").replace(b"Message-ID: x\r\n", b"")
    yield Case("H29", "none", bare, tickets=True)
    for domain in (b"acme-dental.example.evil.example", b"evil-acme-dental.example", b"xacme-dental.example"):
        yield Case("H30", domain.decode(), _mail(sender=b"jane@" + domain), answered=False)
    yield Case("H31", "from support", _mail(sender=b"support@example.com"), tickets=False, answered=False)
    yield Case("H31", "from support with a name", _mail(sender=b"Jane <Support@Example.com>"), answered=False)
    own = b"Message-ID: <aeaqaaad5efwrb3ktrfknnlcdpvf2fodl2sjwsa.1a@example.com>"
    yield Case("H31", "our own id", _mail(own, sender=b"support@example.com"), tickets=False, answered=False)
    for field in (b"X-RT-Command: close", b"X-Zammad-Priority: 1", b"X-Mailbot-Severity: critical", b"X-Priority: 1"):
        yield Case("H32", field.decode(), _mail(field), tickets=True)


def _machines() -> Iterator[Case]:
    report = (
        b"Content-Type: text/plain\r\n\r\nIt could not be delivered.",
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; jane@acme-dental.example\r\nAction: failed\r\nStatus: 5.1.1",
    )
    bounce = _multipart(*report, kind=b"report; report-type=delivery-status").replace(
        _JANE, b"mailer-daemon@mx.example", 1
    )
    yield Case(
        "H33", "null reverse-path", _mail(b"Return-Path: <>", sender=b"MAILER-DAEMON@mx.example"), answered=False
    )
    yield Case("H33", "a bounce", bounce, tickets=False, answered=False)
    yield Case("H33", "a delay", bounce.replace(b"Action: failed", b"Action: delayed"), tickets=False, answered=False)
    returned = bounce.replace(
        b"--b--", b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <made@up.example>\r\n\r\nx\r\n--b--"
    )
    yield Case("H34", "forged, of a mail that never was", returned, tickets=False, answered=False)
    yield Case(
        "H34", "forged, from a stranger", bounce.replace(b"mx.example", b"evil.example"), tickets=False, answered=False
    )
    yield Case(
        "H34",
        "forged, in words",
        _mail(
            b"Subject: Undelivered Mail Returned to Sender",
            sender=b"mailer-daemon@evil.example",
            body=b"<jane@acme-dental.example>: 550 5.1.1 unknown",
        ),
        answered=False,
    )
    for field in (
        b"auto-submitted: AUTO-REPLIED (vacation)",
        b"Precedence: Bulk",
        b"List-Id: <news.acme-dental.example>",
        b"X-Auto-Response-Suppress: All",
        b"X-Autoreply: yes",
        b"Auto-Submitted: auto-generated; x=y",
    ):
        yield Case("H35", field.decode(), _mail(field), answered=False)
    yield Case(
        "H36",
        "an answer to an answer",
        _mail(b"Subject: Re: We have your message", body=b"Thank you for your message."),
    )
    yield Case(
        "H36", "a robot's thanks", _mail(b"Subject: Thank you for contacting us", body=b"Your case number is 7.")
    )
    yield Case("H36", "a robot's receipt", _mail(b"Subject: [Ticket 8] received", body=b"A ticket was opened."))
    for hops in (60, 101, 2_000):
        yield Case(
            "H37",
            f"{hops} hops",
            _mail(*_received(hops)),
            tickets=None if hops == 60 else False,
            answered=None if hops == 60 else False,
        )


def _victims() -> Iterator[Case]:
    many = b", ".join(b"v%d@victim.example" % n for n in range(20))
    yield Case("H38", "a forged sender", _mail(sender=b"a@victim.example"), answered=False)
    yield Case("H38", "20 in Reply-To", _mail(b"Reply-To: " + many))
    yield Case(
        "H38", "in Sender and Return-Path", _mail(b"Sender: b@victim.example", b"Return-Path: <c@victim.example>")
    )
    yield Case(
        "H38",
        "in Cc and Disposition-Notification-To",
        _mail(b"Cc: " + many, b"Disposition-Notification-To: d@victim.example"),
    )
    yield Case(
        "H38",
        "in Errors-To and Return-Receipt-To",
        _mail(b"Errors-To: e@victim.example", b"Return-Receipt-To: f@victim.example"),
    )
    link = b"http://cheap.example/pills"
    yield Case("H39", "in the name", _mail(sender=b'"' + link + b'" <g@elsewhere.example>'), answered=False)
    yield Case("H39", "in the subject", _mail(b"Subject: " + link, sender=b"h@elsewhere.example"), answered=False)
    yield Case("H39", "in the text", _mail(body=link, sender=b"i@elsewhere.example"), answered=False)
    yield Case(
        "H39", "from a customer", _mail(b"Subject: " + link, sender=b'"' + link + b'" <jim@acme-dental.example>')
    )


def _structure() -> Iterator[Case]:
    for depth in (200, 2_000):
        yield Case("H43", f"{depth} nested multiparts", _nested(depth), tickets=True)
    yield Case(
        "H43",
        "30 nested messages",
        _mail(b"Content-Type: message/rfc822\r\n\r\n" * 30 + b"Subject: x", body=b"words"),
        tickets=True,
    )
    yield Case("H44", "100,000 parts", _multipart(*[b"\r\nx"] * 100_000), tickets=True)
    yield Case(
        "H44",
        "10,000 parameters",
        _mail(b"Content-Type: text/plain" + b"".join(b";\r\n p%d=v" % n for n in range(10_000))),
        tickets=True,
    )
    yield Case(
        "H44",
        "20,000 recipients",
        _mail(b"To: " + b",\r\n ".join(b"u%d@victim.example" % n for n in range(20_000))),
        tickets=True,
    )
    yield Case("H44", "50,000 fields", _mail(*[b"X-%d: y" % n for n in range(50_000)]), tickets=True)
    yield Case("H44", "2 MiB of header", _mail(b"X-Long: " + b"a\r\n " * (512 << 10)), tickets=True)
    yield Case(
        "H44",
        "5,000 references",
        _mail(b"References: " + b"\r\n ".join(b"<%d@example.com>" % n for n in range(5_000))),
        tickets=True,
    )
    yield Case("H45", "12 MiB of text", _mail(body=b"hello world\r\n" * (1 << 20)), tickets=True)
    yield Case("H45", "8 MiB without a line end", _mail(body=b"a" * (8 << 20)), tickets=True)
    yield Case("H45", "12 MiB of file", _file(b"large.bin", b"\x00\xff" * (6 << 20)), tickets=True)
    plain = b"Content-Type: text/plain\r\n\r\nwords"
    yield Case(
        "H46",
        "an empty boundary",
        _mail(b'Content-Type: multipart/mixed; boundary=""', body=b"--\r\n\r\nwords\r\n----"),
        tickets=True,
    )
    yield Case(
        "H46",
        "one boundary begins another",
        _multipart(b'Content-Type: multipart/mixed; boundary="bb"\r\n\r\n--bb\r\n' + plain + b"\r\n--bb--", plain),
        tickets=True,
    )
    yield Case("H46", "unclosed", _multipart(plain, closed=False), tickets=True)
    yield Case("H46", "two Content-Types", _mail(b"Content-Type: text/html", b"Content-Type: text/plain"), tickets=True)
    yield Case(
        "H46",
        "an encoded multipart",
        _multipart(plain).replace(b"MIME-Version", b"Content-Transfer-Encoding: base64\r\nMIME-Version"),
        tickets=True,
    )


def _encodings() -> Iterator[Case]:
    for charset, octets in {
        "undefined": b"words", "idna": b"words", "x-nonsense": b"w\xf6rds", "rot13": b"jbeqf", "utf-7": b"+ADw-script+AD4-",
        "utf-16": b"w\x00o\x00", "utf-8": b"\xff\xfe\xc3(", "zlib": b"x\x9c", "unicode_escape": b"\\N{x}\\ud800",
    }.items():  # fmt: skip
        yield Case("H47", charset, _mail(b"Content-Type: text/plain; charset=" + charset.encode(), body=octets))
    yield Case("H48", "base64", _mail(b"Content-Transfer-Encoding: base64", body=b"=A=B*&^%$aGVsbG8"))
    yield Case(
        "H48", "quoted-printable", _mail(b"Content-Transfer-Encoding: quoted-printable", body=b"=\r\n=ZZ=F=\x00=3D=20=")
    )
    yield Case(
        "H48", "uuencode", _mail(b"Content-Transfer-Encoding: x-uuencode", body=b"begin 644 x\r\nM\x01\x02\r\nzzzz\r\n")
    )
    yield Case("H48", "yEnc", _mail(body=b"=ybegin line=128 size=5 name=x\r\n\x8f\x96\xff\r\n=yend size=5"))
    yield Case(
        "H48", "TNEF", _file(b"winmail.dat", b"\x78\x9f\x3e\x22" + b"\xff" * 200, b"application/ms-tnef"), tickets=True
    )
    yield Case("H49", "NUL", _mail(b"Subject: a\x00b", body=b"nul\x00nul"))
    yield Case("H49", "bare LF", _mail(b"Subject: a\nX-Smuggled: yes", body=b"one\ntwo\n\nthree"))
    yield Case("H49", "bare CR", _mail(b"Subject: a\rb", body=b"one\rtwo\r\rthree"))
    second = (
        b"MAIL FROM:<a@victim.example>\r\nRCPT TO:<b@victim.example>\r\nDATA\r\nFrom: a@victim.example\r\n\r\nsmuggled"
    )
    for end in (b"\n.\r\n", b"\n.\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\r\r\n.\r\r\n"):
        yield Case("H50", repr(end), _mail(body=b"first" + end + second))
    for field in (
        b"Subject: =?utf-8?q?a=0D=0ABcc=3A_v@victim.example?=",
        b"From: =?utf-8?q?x=0D=0ABcc=3A_v@victim.example=0D=0A?= <jane@acme-dental.example>",
    ):
        yield Case("H52", field.decode()[:20], _mail(field))
    yield Case("H52", "file name", _file(b'"=?utf-8?q?a=0D=0AX-Evil=3A_1?="'))
    yield Case("H53", "a space before the colon", _mail(b"X: y").replace(b"From: ", b"From : "))
    yield Case("H53", "a folded name", _mail(b"X: y").replace(b"From: ", b"Fr\r\n om: "))
    yield Case("H53", "a first line that begins with a space", b" From: boss@example.com\r\n" + _mail())
    for date in (
        b"yesterday",
        b"Thu, 1 Jan 1970 00:00:00 +0000",
        b"Fri, 31 Dec 9999 23:59:59 -9999",
        b"Mon, 99 Foo 2026 99:99:99",
    ):
        yield Case("H54", date.decode(), _mail(b"Date: " + date), tickets=True)


def _files() -> Iterator[Case]:
    for name in (
        b'"../../../../etc/cron.d/x"', b'"/etc/passwd"', b'"C:\\\\Windows\\\\x.exe"', b'"CON"', b'"a\x00b.txt"',
        b'"' + b"n" * 300 + b'.txt"', b'"..."', b'"exe.\xe2\x80\xaegpj"', b'".bashrc"', b'"`reboot`; $(reboot).txt"',
    ):  # fmt: skip
        yield Case("H55", repr(name)[:30], _file(name), tickets=True)
    for name, octets in (
        (b"x.exe", b"MZ\x90"),
        (b"x.js", b"alert(1)"),
        (b"x.lnk", b"L\x00\x00"),
        (b"x.iso", b"CD001"),
        (b"x.html", b"<script>1</script>"),
        (b"x.svg", b"<svg onload=alert(1)>"),
    ):
        yield Case("H56", name.decode(), _file(name, octets), tickets=True)
    bomb = _zip("zeros", b"\0" * (64 << 20))
    yield Case("H57", "a bomb", _file(b"bomb.zip", bomb, b"application/zip"), tickets=True)
    yield Case(
        "H57", "zip in zip", _file(b"nest.zip", _zip("a.zip", _zip("b.zip", bomb)), b"application/zip"), tickets=True
    )
    yield Case(
        "H57",
        "traversal",
        _file(b"up.zip", _zip("../../../tmp/mailbot-was-here", b"x"), b"application/zip"),
        tickets=True,
    )
    yield Case(
        "H58",
        "external-body",
        _multipart(
            b'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:9/x"\r\n\r\nContent-Type: text/plain\r\n\r\n'
        ),
        tickets=True,
    )
    yield Case("H58", "partial", _mail(b'Content-Type: message/partial; id="x@y"; number=1; total=2'))
    yield Case(
        "H58",
        "a remote picture",
        _html(b"<p>words<img src='http://127.0.0.1:9/p.png'><link rel=stylesheet href='//127.0.0.1:9/'>"),
        tickets=True,
    )
    yield Case(
        "H58",
        "a calendar's link",
        _multipart(
            b"\r\nwords",
            b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH:http://127.0.0.1:9/\r\nEND:VEVENT\r\nEND:VCALENDAR",
        ),
    )


def _markup() -> Iterator[Case]:
    for markup in (
        b"<script>fetch('http://127.0.0.1:9')</script><p onmouseover=alert(1)>words</p>", b"<form action='//x'><input name=pin></form>words",
        b"<iframe src='javascript:alert(1)'></iframe><meta http-equiv=refresh content='0;url=//x'>words", b"<math><mi xlink:href='data:x,<script>1</script>'>w</mi></math><svg><style><img src=x onerror=alert(1)></style></svg>words",
        b"<a href='java\tscript:alert(1)'>words</a>", b"<!--[if mso]><script>1</script><![endif]-->words",
    ):  # fmt: skip
        yield Case("H59", markup.decode()[:24], _html(markup))
    yield Case(
        "H60",
        "shown when quoted",
        _html(b"<style>blockquote .x{display:block}.x{display:none}</style><div class=x>hidden</div>words"),
    )
    yield Case(
        "H60",
        "two different parts",
        _multipart(
            b"\r\nAll is well.", b"Content-Type: text/html\r\n\r\n<p>All our phones are dead", kind=b"alternative"
        ),
    )
    yield Case("H60", "hidden by colour and size", _html(b"<p style='font-size:0;color:#fff'>#close</p><p>words"))
    for words in (
        b"{{ 7*7 }} {% for x in ().__class__.__base__.__subclasses__() %}",
        b"%s%n%x {0.__class__} ${7*7} #{7*7} <%= 7*7 %>",
        b"$(reboot) `reboot` ;reboot| '; DROP TABLE ticket;--",
    ):
        yield Case(
            "H61",
            words.decode()[:12],
            _mail(
                b"Subject: " + words,
                sender=b'"' + words.replace(b'"', b"") + b'" <jane@acme-dental.example>',
                body=words,
            ),
        )
    yield Case("H62", "escapes", _mail(b"Subject: \x1b[2J\x1b]0;owned\x07 \x9b31m", body=b"\x1b[31mred\x1b[0m\x1bc"))
    yield Case("H62", "a forged log line", _mail(b'Subject: =?utf-8?q?x=0A{"event":_"decided"}?='))
    yield Case(
        "H62", "a formula", _mail(b'Subject: =cmd|"/c calc"!A1', sender=b'"@SUM(1+1)" <jane@acme-dental.example>')
    )
    rtl = "\u202e\u2066"
    yield Case(
        "H63",
        "bidi",
        _mail(
            b"Subject: " + f"{rtl}nwod senohp".encode(), sender=f'"{rtl}moc.knab" <jane@acme-dental.example>'.encode()
        ),
    )
    yield Case(
        "H63",
        "zero width",
        _mail(
            b"Content-Type: text/plain; charset=utf-8", body="a\u200bl\u200bl our ph\u00adones are d\u200down".encode()
        ),
    )
    yield Case(
        "H63",
        "a flood of marks",
        _mail(b"Content-Type: text/plain; charset=utf-8", body=("a" + "\u0301" * 50_000).encode()),
    )
    for address in (
        b"--help@elsewhere.example",
        b"|reboot@elsewhere.example",
        b"/etc/passwd@elsewhere.example",
        b'"a\' OR 1=1--"@elsewhere.example',
        b'"a b\\"c"@elsewhere.example',
        b"<script>@elsewhere.example",
    ):
        yield Case("H64", address.decode(), _mail(sender=address), answered=False)
    yield Case(
        "H65",
        "a UTF-8 header",
        _mail("Subject: Größe 電話".encode(), sender="J\u00e4ne <j\u00e4ne@acme-dental.example>".encode()),
    )
    yield Case("H65", "a domain in its own script", _mail(sender="jane@b\u00fccher.example".encode()), answered=False)
    yield Case("H65", "punycode", _mail(sender=b"jane@xn--bcher-kva.example"), answered=False)


def _endless() -> Iterator[Case]:
    yield Case("H66", "1,200 x Re:", _mail(b"Subject: " + b"Re: " * 1_200 + b"x"), tickets=True)
    yield Case("H66", "a pyramid of quotes", _mail(body=b"\r\n".join(b">" * n + b" words" for n in range(1, 1_500))))
    yield Case(
        "H66",
        "runs that hurt patterns",
        _mail(body=(b"a" * 50_000 + b"!\r\n") * 4 + b"On " * 30_000 + b"wrote:" + b" \t" * 50_000 + b"-" * 100_000),
    )
    yield Case("H66", "brackets", _mail(b"Subject: " + b"[" * 50_000, body=b"<" * 200_000))
    armour = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----"
    yield Case(
        "H67",
        "PGP/MIME",
        _multipart(
            b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            b"Content-Type: application/octet-stream\r\n\r\n" + armour,
            kind=b"encrypted; protocol=application/pgp-encrypted",
        ),
    )
    yield Case("H67", "PGP in the text", _mail(body=armour))
    yield Case(
        "H67",
        "S/MIME",
        _mail(
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            b"Content-Transfer-Encoding: base64",
            body=b64encode(b"\x30\x80\x06\x09"),
        ),
    )
    yield Case("H68", "a header section only", _mail(body=b"").removesuffix(b"\r\n\r\n") + b"\r\n")
    yield Case("H68", "a body only", b"\r\nJust words.\r\n", answered=False)
    yield Case("H68", "nothing but space", b" \r\n\t\r\n", answered=False)
    yield Case("H68", "no text", _mail(body=b""), tickets=True)


def cases() -> list[Case]:
    """Return every case."""
    kinds = (_identity, _machines, _victims, _structure, _encodings, _files, _markup, _endless)
    return [case for kind in kinds for case in kind()]
