"""What a mail says as MIME parts (RFC 2045, 2046, 2183, 2387): text, HTML, its pictures, files.

    mixed
        alternative
            text/plain
            related
                text/html
                the pictures that it shows
        the files

A multipart with a single part is left out. Files are encoded piece by piece while they are written, so that a
large one costs no more memory than its place in the mail. Their names are those that `clean_name` leaves of
what was given, and their types nothing that a mail program would take apart.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from mailbot.deciding.compose.fields import UnwritableMail, is_message_id, parameter, text_field
from mailbot.errors import quoted
from mailbot.reading.model import File, Picture
from mailbot.reading.parts.filenames import EXTENSIONS, clean_name, plain_name, unique

_LINE = 78
_LONGEST_LINE = 998
_BASE64_LINE = 76
_BLOCK = 57 << 10  # octets; 57 give a line
_TEXT_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
_NEEDS_QP = re.compile(rb"(?:^|\n)From |[ \t]\r")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_TAKEN_APART = ("multipart/", "message/")
_ANY = "application/octet-stream"
_MESSAGE = "message/rfc822"


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says: its Subject field, and its forms, plainest first, encoded with their header fields.

    The last form is the one that shows the pictures.
    """

    subject: str
    parts: tuple[bytes, ...]
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()


def content_of(
    subject: str,
    text: str,
    html: str | None = None,
    *,
    pictures: Iterable[Picture] = (),
    files: Iterable[File] = (),
) -> Content:
    """Return what a mail is to say, its texts encoded; without `html` it is text alone, and shows no pictures."""
    parts = (_text("plain", text),) if html is None else (_text("plain", text), _text("html", html))
    return Content(text_field("Subject", subject), parts, () if html is None else tuple(pictures), tuple(files))


def written_body(content: Content, seed: str) -> Iterator[bytes]:
    """Return the body of a mail in pieces, from its Content-Type field on; `seed` decides the boundaries.

    Raise UnwritableMail for a Content-ID that is none.
    """
    unencoded = [file.octets for file in content.files if file.type == _MESSAGE]
    boundaries = _boundaries(seed, (*content.parts, *unencoded))
    forms: list[Iterable[bytes]] = [[part] for part in content.parts]
    if content.pictures:
        shown = [forms[-1], *map(_picture, content.pictures)]
        forms[-1] = _multipart("related", next(boundaries), shown, root="text/html")
    body = forms[0] if len(forms) == 1 else _multipart("alternative", next(boundaries), forms)
    if content.files:
        body = _multipart("mixed", next(boundaries), [body, *_files(content.files)])
    yield from body


def _boundaries(seed: str, octets: Sequence[bytes]) -> Iterator[bytes]:
    """Return boundaries that stand nowhere in these octets; base64 has none of their characters at the start."""
    while True:
        boundary = b"=_" + sha256(seed.encode("ascii")).hexdigest()[:32].encode("ascii")
        if not any(boundary in one for one in octets):
            yield boundary
        seed += "+"


def _multipart(subtype: str, boundary: bytes, parts: Iterable[Iterable[bytes]], root: str = "") -> Iterator[bytes]:
    """Return the parts as a multipart (RFC 2046 section 5.1); `root` is the type of the first (RFC 2387)."""
    given = parameter("boundary", boundary.decode("ascii")) + (parameter("type", root) if root else "")
    yield f"Content-Type: multipart/{subtype}{given}\r\n".encode("ascii")
    for part in parts:
        yield b"\r\n--" + boundary + b"\r\n"
        yield from part
    yield b"\r\n--" + boundary + b"--\r\n"


def _text(subtype: str, text: str) -> bytes:
    """Return a text part with its header fields: 7bit where that is safe, else quoted-printable.

    The text ends with one line end; other control characters than tab and line end are left out.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    octets = (
        lines.encode("utf-8", "replace").translate(None, _TEXT_CONTROLS).rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    )
    encoding = "7bit"
    if not octets.isascii() or _NEEDS_QP.search(octets) or max(map(len, octets.split(b"\r\n"))) > _LINE:
        encoding = "quoted-printable"
        octets = b2a_qp(octets, quotetabs=False, istext=True)
        if b"From " in octets:
            # Mailbox files and some gateways write ">" before a line that starts so; the break keeps it under 76.
            octets = re.sub(rb"(^|\n)From ", rb"\1=46rom =\r\n", octets)
    charset = "us-ascii" if encoding == "7bit" else "utf-8"
    fields = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return fields.encode("ascii") + octets


def _picture(picture: Picture) -> Iterator[bytes]:
    """Return a picture that HTML shows; its name tells its type and nothing else."""
    if not is_message_id(picture.content_id):
        raise UnwritableMail(f"{quoted(picture.content_id)} is no Content-ID")
    kind = _safe_type(picture.type)
    yield _fields(kind, "base64", "inline", plain_name(kind))
    yield f"Content-ID: <{picture.content_id}>\r\n\r\n".encode("ascii")
    yield from _base64(picture.octets)


def _files(files: Iterable[File]) -> Iterator[Iterable[bytes]]:
    names: set[str] = set()
    for file in files:
        kind = _safe_type(file.type)
        given = clean_name(file.name.encode("utf-8", "replace").decode("utf-8"))
        name = given or unique(plain_name(kind), names)
        names.add(name)
        yield _file(name, kind, file.octets)


def _file(name: str, kind: str, octets: bytes) -> Iterator[bytes]:
    """Return a file; a message as such if it can stand as it is: encoded it must not be (RFC 2046 section 5.2.1)."""
    if kind == _MESSAGE and _is_on_the_wire(octets):
        yield _fields(kind, "7bit", "attachment", name) + b"\r\n"
        yield octets
        return
    if kind == _MESSAGE:
        kind = _ANY
        name += "" if name.lower().endswith(EXTENSIONS[_MESSAGE]) else EXTENSIONS[_MESSAGE]
    yield _fields(kind, "base64", "attachment", name) + b"\r\n"
    yield from _base64(octets)


def _fields(kind: str, encoding: str, disposition: str, name: str) -> bytes:
    return (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n"
        f"Content-Disposition: {disposition}{parameter('filename', name)}\r\n"
    ).encode("ascii")


def _safe_type(kind: str) -> str:
    """Return the media type in lower case; what is none, or would be taken apart, is any octets."""
    kind = kind.lower()
    if kind != _MESSAGE and (not _TYPE.fullmatch(kind) or kind.startswith(_TAKEN_APART)):
        return _ANY
    return kind


def _is_on_the_wire(octets: bytes) -> bool:
    """Whether octets may stand in a mail as they are: ASCII without NUL, CRLF only, no line over 998 octets."""
    if not octets.isascii() or b"\0" in octets:
        return False
    if not octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n"):
        return False
    start = 0
    while len(octets) - start > _LONGEST_LINE:
        start = octets.rfind(b"\n", start, start + _LONGEST_LINE + 2) + 1
        if not start:
            return False
    return True


def _base64(octets: bytes) -> Iterator[bytes]:
    """Return the octets in lines of 76 characters, the most that RFC 2045 section 6.8 allows, a block at a time."""
    view = memoryview(octets)
    for start in range(0, len(view), _BLOCK):
        block = b2a_base64(view[start : start + _BLOCK], newline=False)
        yield b"\r\n".join([block[at : at + _BASE64_LINE] for at in range(0, len(block), _BASE64_LINE)])
        yield b"\r\n"
