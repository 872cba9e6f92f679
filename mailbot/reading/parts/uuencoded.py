"""Files packed into the text itself: uuencode and yEnc, from programs older than MIME or newer than sense."""

from __future__ import annotations

import re

from mailbot.reading.parts.structure import uudecode

_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} (\S[^\r\n]{0,200})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*(?:\r?\n|\r|\Z)", re.MULTILINE)
_YENC = re.compile(rb"^=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,200})\r?\n", re.MULTILINE)
_YENC_END = re.compile(rb"^=yend[^\r\n]*(?:\r?\n|\Z)", re.MULTILINE)
_LINE_ENDS = re.compile(rb"[\r\n]+")
_MAX_FILES = 50
_ESCAPE = ord("=")


def unpack(octets: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return the text without packed files, and the files as (name, octets)."""
    files: list[tuple[str, bytes]] = []
    out: list[bytes] = []
    position = 0
    while len(files) < _MAX_FILES and (begin := _next(octets, position)):
        end = (_YENC_END if begin.re is _YENC else _END).search(octets, begin.end())
        if end is None:
            break
        packed = octets[begin.end() : end.start()]
        name = begin[1].decode("utf-8", "replace").strip()
        files.append((name, _yenc(packed) if begin.re is _YENC else uudecode(packed)))
        out.append(octets[position : begin.start()])
        position = end.end()
    return b"".join([*out, octets[position:]]), files


def _next(octets: bytes, position: int) -> re.Match[bytes] | None:
    """Return the next start of a packed file."""
    if octets.find(b"begin", position) == -1:
        return None
    return _BEGIN.search(octets, position) or _YENC.search(octets, position)


def _yenc(coded: bytes) -> bytes:
    """Undo yEnc: every octet is shifted by 42, those after `=` by another 64."""
    out = bytearray()
    escaped = False
    for octet in b"".join(line for line in _LINE_ENDS.split(coded) if not line.startswith(b"=y")):
        if octet == _ESCAPE and not escaped:
            escaped = True
            continue
        out.append((octet - (106 if escaped else 42)) & 0xFF)
        escaped = False
    return bytes(out)
