"""Files packed into the text itself: uuencode and yEnc, from programs older than MIME or newer than sense."""

from __future__ import annotations

import re

from mailbot.reading.structure import uudecode

_BEGIN = re.compile(r"^begin(?:-base64)? [0-7]{3,4} (\S[^\n]{0,200})\n", re.MULTILINE)
_UU_BODY = re.compile(r"(?:[!-`][ -`]{0,90}[ \t]*\n|[ `]?[ \t]*\n)*?end[ \t]*(?:\n|\Z)")
_YENC = re.compile(r"^=ybegin [^\n]{0,200}?name=([^\n]{1,200})\n", re.MULTILINE)
_YENC_END = re.compile(r"^=yend[^\n]*(?:\n|\Z)", re.MULTILINE)
_MAX_FILES = 50
_ESCAPE = ord("=")


def unpack(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text without packed files, and the files as (name, octets)."""
    files: list[tuple[str, bytes]] = []
    if "begin" not in text:
        return text, files
    out: list[str] = []
    position = 0
    while len(files) < _MAX_FILES:
        begin = _BEGIN.search(text, position)
        if begin is None:
            break
        end = text.find("\nend", begin.end() - 1)
        if end == -1:
            break
        out.append(text[position : begin.start()])
        files.append((begin[1].strip(), uudecode(text[begin.end() : end].encode("ascii", "replace"))))
        position = text.find("\n", end + 1) + 1 or len(text)
    text = "".join(out) + text[position:]
    begin = _YENC.search(text)
    end_mark = _YENC_END.search(text, begin.end()) if begin else None
    if begin and end_mark:
        coded = text[begin.end() : end_mark.start()].encode("cp1252", "replace")
        files.append((begin[1].strip(), _yenc(coded)))
        text = text[: begin.start()] + text[end_mark.end() :]
    return text, files


def _yenc(coded: bytes) -> bytes:
    """Undo yEnc: every octet is shifted by 42, those after `=` by another 64."""
    lines = [line for line in coded.split(b"\n") if not line.startswith(b"=y")]
    out = bytearray()
    escaped = False
    for octet in b"".join(lines).replace(b"\r", b""):
        if octet == _ESCAPE and not escaped:
            escaped = True
            continue
        out.append((octet - (106 if escaped else 42)) & 0xFF)
        escaped = False
    return bytes(out)
