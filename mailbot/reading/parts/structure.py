"""The MIME tree (RFC 2045, 2046), built from slices of the original octets.

The tree is cut top-down by each multipart's own boundary, without recursion and without
looking at single lines, so that a large attachment costs one search. Caps on depth, number of
parts and searched octets make hostile nesting cheap: what lies beyond them stays as one part
that nobody looks into. A message that is wrapped in its own signature is the only child of that wrapping (`opaque`).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from mailbot.reading.fields import headers, parameters
from mailbot.reading.fields.encodedwords import unbase64
from mailbot.reading.fields.headers import HeaderSection
from mailbot.reading.parts import opaque
from mailbot.reading.parts.opaque import Wrapping

MAX_DEPTH = 100
MAX_PARTS = 1_000
# Octets searched for boundaries, as a multiple of the message's size and at least so many.
_SEARCH_FACTOR = 20
_SEARCH_FLOOR = 16 << 20
_EDGE = re.compile(rb"(--)?[ \t]*(?=\r|\n|\Z)")
_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,100}/[!#$&^_.+a-z0-9-]{1,100}")
# RFC 8551 section 3.2.1.
_WRAPPED_NAME = "smime.p7m"
_LOOKED_AT = 2_000
_BETWEEN_WORDS = re.compile(rb"(?<=[A-Za-z.,;:!?\x80-\xff]) (?=[A-Za-z\x80-\xff])")
_UU_LINE = re.compile(rb"[^\r\n]+")


@dataclass(slots=True)
class Part:
    """One entity: its header section, media type, disposition and undecoded body.

    `filename` is as the sender wrote it, decoded; `children` is empty for what is no multipart
    or could not be cut. `opaque` marks what was left uncut because of a cap. `wrapping` tells what is around a
    message in application/pkcs7-mime, None for all else.
    """

    headers: HeaderSection
    type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    body: bytes
    depth: int = 0
    parent: str = ""
    children: list[Part] = field(default_factory=list)
    opaque: bool = False
    wrapping: Wrapping | None = None

    @property
    def charset(self) -> str:
        """Return the declared charset, empty when there is none."""
        return self.parameters.get("charset", "")

    @property
    def content_id(self) -> str:
        """Return the Content-ID without angle brackets."""
        return self.headers.first("content-id").strip("<> ") if "content-id" in self.headers else ""

    def leaves(self) -> list[Part]:
        """Return the parts below, itself included, that hold no others, in their order."""
        waiting, leaves = [self], []
        while waiting:
            part = waiting.pop()
            if part.children:
                waiting += reversed(part.children)
            else:
                leaves.append(part)
        return leaves

    def octets(self) -> bytes:
        """Return the body with its transfer encoding undone; what cannot be undone comes as it is."""
        encoding = self.headers.first("content-transfer-encoding").lower().strip(" \t;\"'")
        try:
            if encoding == "base64":
                return self.body if _is_prose(self.body) else unbase64(self.body)
            if encoding == "quoted-printable":
                return binascii.a2b_qp(self.body)
            if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
                return uudecode(self.body)
        except (binascii.Error, ValueError):
            return self.body
        return self.body


def _is_prose(octets: bytes) -> bool:
    """Return whether the first line is words, which base64 has none of: programs declare it and do not encode."""
    first = octets[:_LOOKED_AT].lstrip().partition(b"\n")[0]
    return len(_BETWEEN_WORDS.findall(first)) * 20 > len(first)


def read_part(
    raw: bytes, section: HeaderSection, *, parent: str = "", depth: int = 0, default: str = "text/plain"
) -> Part:
    """Return the entity with this header section; its body is not cut yet."""
    declared, given = parameters.parse(section.first("content-type")) if "content-type" in section else ("", {})
    declared = declared.strip().split(" ")[0].rstrip(".,:")
    if not _TYPE.fullmatch(declared):
        declared = "text/plain" if declared.startswith("text") or not declared else "application/octet-stream"
        if "content-type" not in section or not given:
            declared = default
    disposition = ""
    placed: dict[str, str] = {}
    if "content-disposition" in section:
        disposition, placed = parameters.parse(section.first("content-disposition"))
    name = placed.get("filename") or given.get("name") or given.get("filename") or placed.get("name") or ""
    body = raw[section.body_at :]
    return Part(section, declared, given, disposition, name, body, depth, parent)


def read_tree(raw: bytes, section: HeaderSection) -> tuple[Part, list[str]]:
    """Return the root with all its children, and what was wrong with the structure; never raises.

    `section` is the header section of `raw`.
    """
    root = read_part(raw, section)
    defects: list[str] = []
    budget = max(_SEARCH_FLOOR, _SEARCH_FACTOR * len(raw))
    parts = 1
    waiting = [root] if _holds_parts(root) else []
    while waiting:
        part = waiting.pop()
        budget -= len(part.body)
        if part.depth >= MAX_DEPTH or parts >= MAX_PARTS or budget < 0:
            part.opaque = True
            _note(defects, "nested too deeply or too many parts: the rest stays uncut")
            continue
        pieces, closed, whole = _pieces(part, MAX_PARTS - parts)
        if not pieces:
            if not part.wrapping:
                _note(defects, "multipart without parts")
            continue
        if not closed:
            _note(defects, "multipart without its closing boundary")
        if not whole:
            _note(defects, "nested too deeply or too many parts: the rest stays uncut")
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for piece in pieces:
            child = read_part(piece, headers.split(piece), parent=part.type, depth=part.depth + 1, default=default)
            if part.charset and not child.charset:
                # Seen in practice: the charset stands on the multipart around the text.
                child.parameters["charset"] = part.charset
            part.children.append(child)
            if _holds_parts(child):
                waiting.append(child)
        parts += len(pieces)
        part.body = b"" if part.children else part.body
    return root, defects


def _holds_parts(part: Part) -> bool:
    """Whether there are parts to look for in it. A file that somebody signed, such as a bill, stays a file."""
    name = part.filename.lower()
    if part.type in opaque.TYPES and part.parameters.get("smime-type", "").lower() != "certs-only":
        return not part.parent or name in ("", _WRAPPED_NAME)
    return part.type.startswith("multipart/") or (part.type == "application/octet-stream" and name == _WRAPPED_NAME)


def _pieces(part: Part, limit: int) -> tuple[list[bytes], bool, bool]:
    """Return what `_cut` does for a multipart; what is wrapped, noting by what, is one piece or none."""
    if part.type.startswith("multipart/"):
        boundary = _boundary(part)
        return _cut(part.body, boundary, limit) if boundary else ([], True, True)
    part.wrapping, inner = opaque.unwrap(part.octets())
    return [inner] if inner else [], True, True


def _note(defects: list[str], text: str) -> None:
    if text not in defects:
        defects.append(text)


def _boundary(part: Part) -> bytes:
    """Return the declared boundary, or the first delimiter line where none is declared."""
    declared = part.parameters.get("boundary", "").rstrip(" \t")
    if declared:
        return declared.encode("utf-8", "replace")[:200]
    found = re.match(rb"[\s]{0,200}--([^\s]{5,100})[ \t]*[\r\n]", part.body[:2_000])
    return found[1] if found else b""


def _cut(body: bytes, boundary: bytes, limit: int) -> tuple[list[bytes], bool, bool]:
    """Cut at the delimiter lines (RFC 2046 section 5.1.1).

    Return the pieces, whether the closing delimiter was there, and whether all is cut: when `limit` pieces are reached,
    the last holds all the rest.
    """
    delimiter = b"--" + boundary
    pieces: list[bytes] = []
    start: int | None = None
    position = body.find(delimiter)
    while position != -1:
        after = position + len(delimiter)
        edge = _EDGE.match(body, after)
        if (position and body[position - 1] not in b"\r\n") or edge is None:
            position = body.find(delimiter, after)
            continue
        if start is not None:
            if len(pieces) >= limit - 1:
                return [*pieces, body[start:]], False, False
            pieces.append(_without_last_line_end(body, start, position))
        start = _next_line(body, edge.end())
        if edge[1]:
            return pieces, True, True
        position = body.find(delimiter, start)
    if start is not None and start <= len(body):
        pieces.append(body[start:])
    return pieces, False, True


def _without_last_line_end(body: bytes, start: int, end: int) -> bytes:
    """The line end before a delimiter belongs to the delimiter."""
    if end > start and body[end - 1 : end] == b"\n":
        end -= 1
    if end > start and body[end - 1 : end] == b"\r":
        end -= 1
    return body[start:end]


def _next_line(body: bytes, position: int) -> int:
    if body[position : position + 2] == b"\r\n":
        return position + 2
    return position + 1 if body[position : position + 1] in (b"\r", b"\n") else position


def uudecode(body: bytes) -> bytes:
    """Undo uuencode from the line after `begin`; damaged lines give what can be read."""
    out: list[bytes] = []
    for found in _UU_LINE.finditer(body):
        line = found[0]
        if line.startswith(b"begin "):
            continue
        if line.rstrip() == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that pad wrongly: take as many octets as the first character promises.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                continue
    return b"".join(out)
