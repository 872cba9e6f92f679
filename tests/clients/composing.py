"""What mail programs have in common when they answer: what they were sent, what is typed, and MIME by hand.

Each program has a module that writes the octets it would send. The standard library reads what was received and
writes nothing: structure, encodings and folding are the programs' habits, and those are what is wanted here.
"""

from __future__ import annotations

import email
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr, parsedate_to_datetime
from functools import cached_property
from html import escape
from quopri import encodestring
from textwrap import fill
from typing import Protocol

from selectolax.lexbor import LexborHTMLParser, LexborNode

BORDER = "mx.harborvoice.example"


@dataclass(frozen=True)
class Words:
    """Words of one look; `url` makes them a link."""

    text: str
    bold: bool = False
    url: str = ""


Line = tuple[Words, ...]


@dataclass(frozen=True)
class Paragraph:
    words: Line


@dataclass(frozen=True)
class Bullets:
    items: tuple[Line, ...]


@dataclass(frozen=True)
class Pasted:
    """A picture that was pasted between the words."""

    name: str
    octets: bytes
    width: int
    height: int


Block = Paragraph | Bullets | Pasted


@dataclass(frozen=True)
class File:
    name: str
    type: str
    octets: bytes


@dataclass(frozen=True)
class Written:
    """What a person types: to whom else it goes, what is attached, and what stands below which quoted line."""

    blocks: tuple[Block, ...]
    files: tuple[File, ...] = ()
    cc: str = ""
    between: tuple[tuple[str, str], ...] = ()

    @property
    def pictures(self) -> tuple[Pasted, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Pasted))

    def copies(self, field: str = "Cc") -> list[str]:
        return [f"{field}: {self.cc}"] if self.cc else []


@dataclass(frozen=True)
class Person:
    """Who answers. `phone` stands in the signature, and is nobody's business."""

    name: str
    address: str
    phone: str
    at: datetime

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def mailbox(self) -> str:
        return f"{named(self.name)} <{self.address}>"

    @property
    def date(self) -> str:
        return format_datetime(self.at)


@dataclass(frozen=True)
class Received:
    """A mail as it lies in the mailbox of whoever answers it."""

    raw: bytes

    @cached_property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=policy.default)

    @property
    def sender(self) -> tuple[str, str]:
        return parseaddr(str(self.mail["From"]))

    @property
    def to(self) -> tuple[str, str]:
        return parseaddr(str(self.mail["To"]))

    @property
    def answer_to(self) -> str:
        """Where a reply goes: Reply-To counts, and the name of From stands beside it."""
        name, address = parseaddr(str(self.mail["Reply-To"] or self.mail["From"]))
        shown = name or self.sender[0]
        return f"{named(shown)} <{address}>" if shown else address

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])

    @property
    def references(self) -> str:
        return " ".join([*str(self.mail["References"] or "").split(), self.message_id])

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    def reply_subject(self, mark: str = "Re: ") -> str:
        return encoded(self.subject if self.subject.lower().startswith("re:") else mark + self.subject)

    @property
    def at(self) -> datetime:
        return parsedate_to_datetime(str(self.mail["Date"]))

    @property
    def text(self) -> str:
        body = self.mail.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body else as_text(self.html)

    @property
    def html(self) -> str:
        """Its HTML; of a plain mail what a program makes of it."""
        body = self.mail.get_body(("html",))
        return str(body.get_content()) if body else escape(self.text).replace("\n", "<br>\n")

    @property
    def body_html(self) -> str:
        """What stands in the body element, which is what programs quote."""
        found = re.search(r"(?is)<body[^>]*>(.*)</body>", self.html)
        return found[1] if found else self.html


class Program(Protocol):
    """A mail program: the octets that it hands to its provider."""

    def __call__(self, received: Received, written: Written, by: Person) -> bytes: ...


def beside(words: str, url: str) -> str:
    """Write the address of a link beside its words, unless they say it."""
    return words if not url or _bare(url) == words else f"{words} <{url}>"


def attached(words: str, url: str) -> str:
    """Write the address of a link behind its words without a space, as Exchange does."""
    return f"{words}<{url}>" if url else words


def below(words: str, url: str) -> str:
    """Write the address of a link on a line of its own, as Gmail mostly does."""
    return words if not url or _bare(url) == words else f"{words}\n<{url}>"


def _bare(url: str) -> str:
    return url.removeprefix("mailto:").removeprefix("tel:")


# Text of HTML, as the programs make it for quoting


@dataclass(frozen=True)
class Dialect:
    """How a program writes HTML as text."""

    cell: str = "\n"
    bold: str = ""
    link: Callable[[str, str], str] = lambda words, _url: words
    between: str = "\n"
    bullet: str = "* "
    hidden: bool = False


_UNSEEN = frozenset("style title head script -comment".split())
_BLOCKS = frozenset("p div table tr li ul ol h1 h2 h3 h4 blockquote body".split())
_APART = frozenset("p ul ol table h1 h2 h3 h4".split())


def as_text(html: str, dialect: Dialect = Dialect()) -> str:
    """Return the words of HTML as this program quotes them in its plain text."""
    body = LexborHTMLParser(html).body
    assert body is not None
    text = "".join(_text_of(body, dialect))
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip(" ") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _text_of(node: LexborNode, dialect: Dialect) -> Iterator[str]:
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            pre = "pre-wrap" in ((node.attributes or {}).get("style") or "")
            yield child.text_content or "" if pre else re.sub(r"\s+", " ", child.text_content or "")
        elif tag == "br":
            yield "\n"
        elif tag in _UNSEEN or (not dialect.hidden and "display: none" in (child.attributes.get("style") or "")):
            continue
        else:
            yield from _element_text(child, tag, dialect)


def _element_text(node: LexborNode, tag: str, dialect: Dialect) -> Iterator[str]:
    inner = "".join(_text_of(node, dialect))
    if tag == "a":
        yield dialect.link(inner, node.attributes.get("href") or "")
    elif tag in {"b", "strong"} and inner.strip():
        yield f"{dialect.bold}{inner}{dialect.bold}"
    elif tag in {"td", "th"}:
        yield inner + dialect.cell
    elif tag in _BLOCKS:
        mark = dialect.bullet if tag == "li" else ""
        yield f"\n{mark}{inner}\n" + (dialect.between[1:] if tag in _APART else "")
    else:
        yield inner


def prefixed(text: str, mark: str = "> ") -> str:
    """Put a mark before each line; what is quoted already gets no space between the marks."""
    return "\n".join((mark.rstrip() if not line or line.startswith(">") else mark) + line for line in text.split("\n"))


def wrapped(text: str, width: int = 76) -> str:
    """Wrap each line, as programs do that send no format=flowed."""
    lines = (
        line if len(line) <= width else fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )
    return "\n".join(lines)


def with_answers(quoted: str, between: Iterable[tuple[str, str]]) -> str:
    """Put answers below the quoted lines that hold certain words."""
    for words, answer in between:
        lines = quoted.split("\n")
        number = next(number for number, line in enumerate(lines) if words in line and line.startswith(">"))
        while number + 1 < len(lines) and lines[number + 1].strip("> "):
            number += 1
        quoted = "\n".join([*lines[: number + 1], "", answer, "", *lines[number + 1 :]])
    return quoted


# MIME


@dataclass(frozen=True)
class Part:
    """A part as it stands in the mail: its fields, and its octets encoded."""

    fields: tuple[str, ...]
    body: bytes

    def octets(self) -> bytes:
        return "\r\n".join(self.fields).encode() + b"\r\n\r\n" + self.body


def text_part(text: str, kind: str, encoding: str = "quoted-printable", fields: tuple[str, ...] = ()) -> Part:
    """Return a part of text; `kind` is its whole Content-Type."""
    octets = text.replace("\r\n", "\n").encode()
    match encoding:
        case "quoted-printable":
            body = encodestring(octets).replace(b"\n", b"\r\n")
        case "base64":
            body = base64_lines(octets.replace(b"\n", b"\r\n"))
        case _:
            body = octets.replace(b"\n", b"\r\n")
    return Part((f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *fields), body)


def base64_lines(octets: bytes) -> bytes:
    written = b64encode(octets)
    return b"\r\n".join(written[at : at + 76] for at in range(0, len(written), 76)) + b"\r\n"


def file_part(octets: bytes, *fields: str) -> Part:
    return Part((*fields, "Content-Transfer-Encoding: base64"), base64_lines(octets))


def pasted_part(picture: Pasted, content_id: str, *fields: str) -> Part:
    """Return a picture as a part that the HTML shows."""
    return file_part(
        picture.octets,
        f'Content-Type: image/png; name="{picture.name}"',
        f'Content-Disposition: inline; filename="{picture.name}"',
        f"Content-ID: <{content_id}>",
        *fields,
    )


def attached_part(file: File, *fields: str) -> Part:
    """Return a file as a part of its own."""
    return file_part(
        file.octets,
        f'Content-Type: {file.type}; name="{encoded(file.name)}"',
        f'Content-Disposition: attachment; filename="{encoded(file.name)}"',
        *fields,
    )


def alternatives(boundary: str, text: str, html: str, charset: str, encoding: str = "quoted-printable") -> Part:
    """Return text and HTML; `charset` is what stands behind their types."""
    plain, page = (
        text_part(words, f"text/{kind};{charset}", encoding) for words, kind in ((text, "plain"), (html, "html"))
    )
    return multipart("alternative", boundary, plain, page)


def multipart(kind: str, boundary: str, *parts: Part, more: str = "") -> Part:
    """Return parts together; one alone stays alone."""
    if len(parts) == 1:
        return parts[0]
    pieces = [b"--" + boundary.encode() + b"\r\n" + part.octets() + b"\r\n" for part in parts]
    field = f'Content-Type: multipart/{kind};\r\n\t{more}boundary="{boundary}"'
    return Part((field,), b"".join(pieces) + b"--" + boundary.encode() + b"--\r\n")


def message(fields: Iterable[str], body: Part) -> bytes:
    """Return a whole mail of these fields and its body."""
    return "\r\n".join([*fields, *body.fields]).encode() + b"\r\n\r\n" + body.body


def encoded(text: str) -> str:
    """Return unstructured words as a field holds them."""
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=70).encode().replace("\n", "\r\n")


def named(name: str) -> str:
    """Return a display name as a field holds it."""
    if not name.isascii():
        return encoded(name)
    return name if re.fullmatch(r"[\w .-]+", name) and "." not in name else '"' + name.replace('"', r"\"") + '"'


# The way


def over(raw: bytes, by: Person, *, host: str, trace: tuple[str, ...] = ()) -> bytes:
    """Return the mail as the border hands it to the mailbox: the agent's provider signed it, the border vouches.

    `host` is the server that the provider sends from, `trace` what the provider wrote above the program's fields.
    """
    fields = [
        (
            f"Received: from {host} ({host} [203.0.113.25])\r\n\tby {BORDER} (Postfix) with ESMTPS id 4Xk2s1\r\n"
            f"\tfor <support@harborvoice.example>; {by.date}"
        ),
        (
            f"Authentication-Results: {BORDER};\r\n\tdkim=pass header.d={by.domain} header.s=s1 header.b=Ab3dEf;\r\n"
            f"\tspf=pass smtp.mailfrom={by.address};\r\n"
            f"\tdmarc=pass (policy=none) header.from={by.domain}"
        ),
        (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={by.domain}; s=s1;\r\n"
            "\th=from:to:subject:date:message-id; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
            "\tb=Ab3dEfGh1jKlMn0pQrStUvWxYz"
        ),
        *trace,
    ]
    return "\r\n".join(fields).encode() + b"\r\n" + raw


def html_words(words: Line) -> str:
    """Return words as HTML of the plainest kind."""
    return "".join(_html_piece(piece) for piece in words)


def _html_piece(piece: Words) -> str:
    shown = escape(piece.text, quote=False)
    if piece.url:
        shown = f'<a href="{escape(piece.url)}">{shown}</a>'
    return f"<b>{shown}</b>" if piece.bold else shown


def text_words(words: Line, *, bold: str = "", link: Callable[[str, str], str] | None = None) -> str:
    """Return words as text."""
    pieces = []
    for piece in words:
        shown = link(piece.text, piece.url) if link and piece.url else piece.text
        pieces.append(f"{bold}{shown}{bold}" if piece.bold else shown)
    return "".join(pieces)


def typed_text(
    written: Written, *, bullet: str, bold: str = "", link: Callable[[str, str], str] = beside, pasted: str = ""
) -> str:
    """Return what is typed as a program's plain text; `pasted` stands for a picture, with its name in braces."""

    def text(block: Block) -> str:
        match block:
            case Paragraph(words):
                return text_words(words, bold=bold, link=link)
            case Bullets(items):
                return "\n".join(bullet + text_words(item, bold=bold, link=link) for item in items)
            case Pasted():
                return pasted.format(block.name)

    return "\n\n".join(map(text, written.blocks))
