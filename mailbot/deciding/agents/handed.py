"""The files of a customer's message that agents get with it: of kinds that can be opened without fear, if they fit.

What may run, or show what somebody else has on the network, is named and not brought: programs, scripts, HTML, drawings
with scripts in them, macros, archives, mails, invitations. So are files that are not of the kind that their name says.
The shared mailbox has them all.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.reading.model import Attachment, File, Message, Place, Role

_MOST_OCTETS = 10 << 20
_MOST_FILES = 30
_SMALLEST_PICTURE = 4 << 10
_BEGINNING = 1 << 10
_ZIP = (b"PK\x03\x04",)
_MACROS = (b"vbaProject", b"vbaData", b"activeX")
_BOX = (b"ftyp",)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

# What a name ends with: the type, and how such a file begins, nothing for words.
_KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "png": ("image/png", (b"\x89PNG",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "webp": ("image/webp", (b"RIFF",)),
    "bmp": ("image/bmp", (b"BM",)),
    "tif": ("image/tiff", (b"II*\0", b"MM\0*")),
    "heic": ("image/heic", _BOX),
    "pdf": ("application/pdf", (b"%PDF-",)),
    "txt": ("text/plain", ()),
    "wav": ("audio/wav", (b"RIFF",)),
    "mp3": ("audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "ogg": ("audio/ogg", (b"OggS",)),
    "amr": ("audio/amr", (b"#!AMR",)),
    "m4a": ("audio/mp4", _BOX),
    "mp4": ("video/mp4", _BOX),
    "mov": ("video/quicktime", _BOX),
    "docx": (f"{_OFFICE}wordprocessingml.document", _ZIP),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", _ZIP),
    "pptx": (f"{_OFFICE}presentationml.presentation", _ZIP),
    "odt": (f"{_OPEN}text", _ZIP),
    "ods": (f"{_OPEN}spreadsheet", _ZIP),
    "pcap": ("application/vnd.tcpdump.pcap", (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a")),
}
_SAME = {"jpeg": "jpg", "tiff": "tif", "heif": "heic", "csv": "txt", "log": "txt", "ini": "txt", "cfg": "txt"}
_SAME |= {"conf": "txt", "md": "txt", "json": "txt", "pcapng": "pcap", "m4v": "mp4", "3gp": "mp4", "oga": "ogg"}


@dataclass(frozen=True, slots=True)
class Handed:
    """A file of a message: its cleaned name, its size, and where in the message it stands, None to name it only."""

    name: str
    place: Place | None = None
    size: int = 0


def handed(message: Message, limit_octets: int) -> tuple[Handed, ...]:
    """Return the files of a message: those that go along, together of half that size at the most, have a place."""
    room = min(_MOST_OCTETS, limit_octets // 2)
    found: list[Handed] = []
    for one in message.attachments:
        goes = one.place is not None and _may_go(one) and one.size <= room
        if goes:
            room -= one.size
        if (goes or one.role is Role.FILE) and len(found) < _MOST_FILES:
            found.append(Handed(one.name, one.place if goes else None, one.size))
    return tuple(found)


def opened(raw: bytes, files: Iterable[Handed]) -> Iterator[File]:
    """Yield the files out of the message's octets; those that are not what their names say are left out."""
    for one in files:
        if one.place is None:
            continue
        octets = _decoded(raw[one.place.start : one.place.end], one.place.encoding)
        kind = _KINDS.get(_ending(one.name))
        if kind is not None and octets is not None and _is(octets, *kind):
            yield File(one.name, kind[0], octets)


def _may_go(one: Attachment) -> bool:
    if one.role is Role.PICTURE:
        return one.size >= _SMALLEST_PICTURE and _ending(one.name) in _KINDS
    return one.role is Role.FILE and _ending(one.name) in _KINDS


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return _SAME.get(ending, ending)


def _is(octets: bytes, kind: str, begins: tuple[bytes, ...]) -> bool:
    if kind == "text/plain":
        return b"\0" not in octets and not octets.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if begins is _ZIP:
        return octets.startswith(_ZIP) and not any(part in octets for part in _MACROS)
    if begins is _BOX:
        return octets[4:8] in _BOX
    if kind == "application/pdf":
        return begins[0] in octets[:_BEGINNING]
    return octets.startswith(begins)


def _decoded(octets: bytes, encoding: str) -> bytes | None:
    if encoding == "quoted-printable":
        return a2b_qp(octets)
    if encoding == "base64":
        try:
            return a2b_base64(octets)
        except Error:
            return None
    return octets
