"""What a person sees of a message, and what is kept as files.

The text is chosen once: of alternatives the plain one, unless it is empty; of several inline
texts all, in order. A forwarded message (message/rfc822) is a file, never part of the text: its
words are somebody else's. Whatever is not shown is an attachment with a cleaned name, its size,
digest and role; nothing is decrypted, unpacked or fetched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace

from mailbot.reading.fields import headers
from mailbot.reading.model import Attachment, Invitation, Place, Protection, Role
from mailbot.reading.parts import armour, invitation, pictures, protection, tnef, uuencoded
from mailbot.reading.parts.filenames import EXTENSIONS, clean_name, plain_name, unique
from mailbot.reading.parts.structure import Part
from mailbot.reading.text import charsets, flowed, htmltext

MAX_TEXT = 1 << 20
_MAX_ATTACHMENTS = 500
_MAX_INVITATIONS = 10
_PLAIN_ENCODINGS = {"", "7bit", "8bit", "binary"}
_FEW_OCTETS = 50
# A plain text that says "You need HTML to read this", in whatever language, instead of saying it.
_FEW_WORDS = 150
_FEW_WORDS_OCTETS = 15_000
_TELLS_OF_HTML = re.compile(rb"(?i)html(?!\w)")
_WORD = re.compile(r"\w+")
_META_CHARSET = re.compile(rb"""(?i)<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_.:-]{1,40})""")
_SHOWN_TEXT = {"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown"}
_PICTURE_NAME = re.compile(r"(?i)[\w-]{1,60}\.(?:png|jpe?g|gif|bmp|tiff?|webp|emf|wmf)")
_ENRICHED = re.compile(r"<(?:<|/?[A-Za-z][A-Za-z0-9-]{0,60}>)")
_ENRICHED_PARAMETER = re.compile(r"(?is)<param>.{0,200}?</param>")


@dataclass(slots=True)
class Body:
    """`text` is shown; `machine` are parts for programs (RFC 6522).

    `pictures` are the Content-IDs that its HTML shows; `packed` is the text in a winmail.dat. Up to `placed` the places
    of files in `raw`, the message's octets, are known.
    """

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    machine: list[Part] = field(default_factory=list)
    calendar: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    charset: str = ""
    protection: Protection = field(default_factory=Protection)
    invitations: list[Invitation] = field(default_factory=list)
    pictures: frozenset[str] = frozenset()
    packed: str = ""
    raw: bytes = b""
    placed: int = 0


def read_body(root: Part, raw: bytes = b"") -> Body:
    """Choose the text and list the files, with their places in the message if its octets are given; never raises."""
    body = Body(pictures=pictures.referenced(root), raw=raw)
    texts: list[str] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        _note_kind(part, body)
        if part.children:
            waiting += reversed(_children_to_show(part))
        elif _is_text(part, root):
            texts += _shown(part, body)
        else:
            _attach(part, body)
    if body.protection.encrypted or body.protection.unreadable:
        body.defects.append("encrypted or signed so that it cannot be read")
    body.text = _tidy("\n".join(text for text in texts if text.strip()) or body.packed)
    if len(body.text) > MAX_TEXT:
        body.text = body.text[:MAX_TEXT]
        body.defects.append("text too long: the rest is left out")
    return body


def _note_kind(part: Part, body: Body) -> None:
    """Remember parts that later readers need, and how the message is protected."""
    if part.type.startswith("message/") or part.type == "text/rfc822-headers":
        body.machine.append(part)
    elif part.type == "text/calendar":
        body.calendar.append(part)
    body.protection = protection.seen(part, body.protection)


def _children_to_show(part: Part) -> list[Part]:
    """Of alternatives keep the one to show, and the files beside it; of anything else keep all."""
    if part.type != "multipart/alternative":
        return part.children
    plain = next((p for p in part.children if p.type == "text/plain" and not _is_file(p)), None)
    if plain is not None and (_is_blank(plain) or _stands_for_html(plain, part)):
        plain = None
    if plain is None:
        plain = next((p for p in part.children if _holds_html(p)), None) or next(
            (p for p in part.children if p.type == "text/plain"), None
        )
    if plain is None:
        return part.children
    files: list[Part] = []
    for child in part.children:
        if child is not plain and child.children:
            # The pictures of a form that is not shown are still files of this message.
            files += [leaf for leaf in child.leaves() if leaf.type not in _SHOWN_TEXT or _is_file(leaf)]
        elif child is not plain and _is_beside(child):
            files.append(child)
    return [plain, *files]


def _is_blank(part: Part) -> bool:
    """Whether there is nothing to see: a few programs send an empty plain text beside the real HTML."""
    octets = part.octets().strip()
    return not octets or (len(octets) < _FEW_OCTETS and not charsets.decode(octets, part.charset)[0].strip())


def _stands_for_html(plain: Part, part: Part) -> bool:
    """Whether the plain text, against RFC 2046 section 5.1.4, only points to the HTML beside it.

    It is short, speaks of HTML, and has less than a third of its words.
    """
    octets = plain.octets()
    if len(octets) > _FEW_WORDS_OCTETS or not _TELLS_OF_HTML.search(octets):
        return False
    words = len(_WORD.findall(charsets.decode(octets, plain.charset)[0]))
    html = next((leaf for leaf in part.leaves() if leaf.type == "text/html" and not _is_file(leaf)), None)
    if html is None or words > _FEW_WORDS:
        return False
    shown = charsets.decode(html.octets()[:MAX_TEXT], html.charset)[0]
    return len(_WORD.findall(htmltext.render(shown))) > 3 * words


def _holds_html(part: Part) -> bool:
    return any(leaf.type == "text/html" for leaf in part.leaves())


def _is_beside(part: Part) -> bool:
    """A leaf of the alternatives that is a file rather than another form of the text."""
    return not part.children and ((part.type not in _SHOWN_TEXT and part.type != "text/x-amp-html") or _is_file(part))


def _is_file(part: Part) -> bool:
    return part.disposition == "attachment" or (bool(part.filename) and part.disposition != "inline")


def _is_text(part: Part, root: Part) -> bool:
    """Whether the part belongs to the text that is shown."""
    if part.type.startswith("multipart/"):
        # Declared multipart, but no boundary: what stands there is all the text there is.
        return not part.opaque
    if part.type not in _SHOWN_TEXT or part.disposition == "attachment":
        return False
    if part is root:
        return True
    return not part.filename or (part.disposition == "inline" and part.parent == "multipart/alternative")


def _shown(part: Part, body: Body) -> list[str]:
    """Return the text of one part as it is shown; files packed into it become attachments."""
    octets = part.octets()
    packed: list[tuple[str, bytes]] = []
    if part.type == "text/plain":
        octets, packed = uuencoded.unpack(octets)
    for name, file in packed:
        _add(body, clean_name(name) or plain_name("application/octet-stream"), "application/octet-stream", file)
    text = decoded(part, octets, body)
    if part.type == "text/html":
        return [_bared(htmltext.render(text), body)]
    if part.type in ("text/enriched", "text/richtext"):
        return [_ENRICHED.sub("", _ENRICHED_PARAMETER.sub("", text))]
    if part.parameters.get("format", "").lower() == "flowed":
        text = flowed.join(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return [_bared(text, body)]


def _bared(text: str, body: Body) -> str:
    """Return the text without the armour of PGP; sealed blocks become attachments."""
    bared = armour.bare(text)
    for block in bared.sealed:
        _add(body, plain_name(protection.SEALED_BLOCK), protection.SEALED_BLOCK, block.encode(), Role.ENCRYPTED)
        body.protection = replace(body.protection, encrypted=protection.PGP)
    if bared.signed:
        body.protection = replace(body.protection, signed=protection.PGP)
    return bared.text


def decoded(part: Part, octets: bytes, body: Body) -> str:
    """Return the octets of a text part as text with LF at line ends; what is odd is noted in `body`."""
    charset = part.charset
    if part.type == "text/html" and not charset:
        meta = _META_CHARSET.search(octets[:4_096])
        charset = meta[1].decode("ascii") if meta else ""
    text, exact = charsets.decode(octets[: 4 * MAX_TEXT], charset)
    body.charset = body.charset or charset
    if not exact and "charset guessed" not in body.defects:
        body.defects.append("charset guessed")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _attach(part: Part, body: Body) -> None:
    octets = part.body if part.type.startswith("message/") and not _is_encoded(part) else part.octets()
    name = clean_name(part.filename) or _titled(part, octets) or plain_name(part.type)
    if part.type in tnef.TYPES or part.filename.lower() == tnef.NAME:
        parcel = tnef.read(octets)
        body.packed = body.packed or parcel.text.replace("\r\n", "\n").replace("\r", "\n")
        inside = tuple(filter(None, map(clean_name, parcel.names)))
        _add(body, name, part.type, octets, Role.PACKED, inside)
    else:
        _add(body, name, part.type, octets, _role(part, body, octets), place=_place(part, body))


def _place(part: Part, body: Body) -> Place | None:
    """Return where the part stands, behind those before it; octets that are the same are the same file."""
    start = body.raw.find(part.body, body.placed) if part.body and body.raw else -1
    if start < 0:
        return None
    body.placed = start + len(part.body)
    encoding = part.headers.first("content-transfer-encoding").lower().strip(" \t;\"'")
    if encoding not in ("base64", "quoted-printable"):
        # Other encodings are undone nowhere else.
        return Place(start, body.placed) if encoding in _PLAIN_ENCODINGS else None
    return Place(start, body.placed, encoding)


def _role(part: Part, body: Body, octets: bytes) -> Role:
    if part.type in invitation.TYPES and (found := invitation.read(octets, part.charset)):
        if found not in body.invitations and len(body.invitations) < _MAX_INVITATIONS:
            body.invitations.append(found)
        return Role.INVITATION
    if part.type == "message/rfc822" and part.parent != "multipart/report":
        return Role.FORWARDED
    return Role.PICTURE if pictures.is_in_text(part, body.pictures) else protection.role(part)


def _titled(part: Part, octets: bytes) -> str:
    """Name a part that has no file name: a message after its subject, anything else, such as a report, as described.

    Nearly all descriptions of messages are the same few words of programs ("Undelivered Message"). Outlook writes
    a picture's name into its Content-ID.
    """
    if part.type == "message/rfc822" and (name := _subject_name(octets)):
        return name
    local, at, _ = part.content_id.partition("@")
    return _described(part) or (clean_name(local) if at and _PICTURE_NAME.fullmatch(local) else "")


def _described(part: Part) -> str:
    """Name a part after its Content-Description (RFC 2045 section 8)."""
    description = (
        clean_name(part.headers.text("content-description")[:80]) if "content-description" in part.headers else ""
    )
    extension = EXTENSIONS.get(part.type, "")
    return (
        description if not description or description.endswith(extension) or not extension else description + extension
    )


def _is_encoded(part: Part) -> bool:
    return part.headers.first("content-transfer-encoding").lower() in ("base64", "quoted-printable")


def _subject_name(octets: bytes) -> str:
    """Name a forwarded message after its subject."""
    subject = headers.split(octets[:65_536]).text("subject")
    return clean_name(f"{subject}.eml") if subject else ""


def _add(
    body: Body,
    name: str,
    kind: str,
    octets: bytes,
    role: Role = Role.FILE,
    inside: tuple[str, ...] = (),
    place: Place | None = None,
) -> None:
    if len(body.attachments) >= _MAX_ATTACHMENTS:
        if "too many attachments" not in body.defects:
            body.defects.append("too many attachments")
        return
    name = unique(name, {attachment.name for attachment in body.attachments})
    digest = hashlib.sha256(octets).hexdigest()
    body.attachments.append(Attachment(name, kind, len(octets), digest, role, inside, place))


def _tidy(text: str) -> str:
    """Drop trailing white space of lines and empty lines at both ends."""
    if "\u2028" in text or "\u2029" in text:
        text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
