"""What somebody wrote newly, as HTML: their emphasis, lists, tables, links and pasted pictures.

No class name, no id and no language says where a mail program begins to quote. The text does: `reply_text` is what
was newly written, found by all that `quoting` knows, and the lines of the HTML that say the same words, in the same
order, quoted or not, are the same text. They are written anew by `cleanhtml`, all other lines are left out: what
is quoted, signatures, the lines of commands that were taken off the text.

The result is read again as text. Unless that says the words of `reply_text` and no others, there is none, and the
caller writes HTML from the text. So nothing can be seen in the HTML that does not stand in the text, and an
address stands behind a link only if it stands in the text.

Pictures have no words. They stay between lines that stay; above and below them only where the text has a place for
them, or nothing says that they belong to a signature. Only PNG, JPEG, GIF and WebP that are in the message are shown,
without what they tell of where and with what they were made.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailbot.reading.fields import headers
from mailbot.reading.fields.address import canonical, mailboxes
from mailbot.reading.model import Picture
from mailbot.reading.parts import structure
from mailbot.reading.parts.body import Body, decoded
from mailbot.reading.parts.metadata import without_metadata
from mailbot.reading.parts.raster import raster
from mailbot.reading.parts.structure import Part
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.quotation.signature import is_delimiter
from mailbot.reading.text import htmltext
from mailbot.reading.text.cleanhtml import Shown, rewritten
from mailbot.reading.text.htmltext import Line, bare_address, is_emoji, same_address

_MOST_PICTURES = 50
_SMALLEST_PICTURE = 3
_HASH = 24
# Letters and digits, and what says something without any: currencies, the sign of a command, emoji.
_SAYS = re.compile(r"[^\W_]+|[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff#$€£¥%]")
_QUOTED = "\0"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
_BESIDE = re.compile(r"<((?:https?://|mailto:|tel:|sip:|callto:)[^<>\s]{0,2000})>")
_LOOK_BACK = 1_000
_PLACE = re.compile(
    r"\[(?:image: [^\[\]\n]{0,300}|cid:[^\[\]\s]{1,300}"
    r"|[^\[\]\n]{0,300}\b(?:AI-generated content may be incorrect|KI-generierte Inhalte können fehlerhaft sein)\.?)\]"
)
_DATA = re.compile(rb"(?i)\bdata:(image/[a-z]{3,4});base64,([a-z0-9+/=%\s]*)")
_WITHIN = ".within@picture"
_AROUND = "<>()[]{},.;:!?\"'*_"
_SIGNATURE = re.compile(r"(?i)signature|moz-cite-prefix|gmail_attr|divRplyFwdMsg|appendonsend")


@dataclass(frozen=True, slots=True)
class WrittenHtml:
    """Clean HTML, and the pictures that it shows under their own Content-IDs."""

    html: str
    pictures: tuple[Picture, ...] = ()


def written_html(raw: bytes, reply_text: str, own: Collection[str] = ()) -> WrittenHtml | None:
    """Return the HTML of the message that says `reply_text`; None where there is none that says exactly that.

    `reply_text` is the message's, or what is left of it, such as without the commands of its first lines. Links to
    write to the message's own From, or to an address in `own`, are only words. Never raises (but MemoryError), and
    takes time linear in the length.
    """
    try:
        return _written(raw, reply_text, own)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - any defect of ours: the text says the same
        return None


def _written(raw: bytes, reply_text: str, own: Collection[str]) -> WrittenHtml | None:
    section = headers.split(raw)
    root, _ = structure.read_tree(raw, section)
    parts = list(_shown(root))
    within: dict[str, tuple[str, bytes]] = {}
    html = [decoded(part, _unpacked(part.octets(), within), Body()) for part in parts if part.type == "text/html"]
    parser = htmltext.parsed("\n".join(html)) if html else None
    if parser is None or parser.body is None:
        return None
    wanted_text = _without_described(reply_text, parser)
    wanted = _said(wanted_text)
    froms = {canonical(box.address) for box in mailboxes(section.first("from"))}
    _unlink(parser, wanted_text, froms | {canonical(address) for address in own})
    places = _may_stand_alone(root, reply_text)
    choice = _Choice(wanted, _pictures(parser) if places else frozenset())
    choice.choose(htmltext.lines(parser.body))
    if choice.said < len(wanted):
        return None
    album = _Album(root, within)
    clean = rewritten(parser.body, choice.leaves({node.mem_id for node in parser.css("br")}), album.show)
    if _said(htmltext.render(clean)) != wanted or not (wanted or album.shown):
        return None
    return WrittenHtml(clean, tuple(album.shown.values()))


def _shown(root: Part) -> Iterator[Part]:
    """Return the parts that a reader of HTML sees as text, in their order."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children and part.type == "multipart/alternative":
            forms = [child for child in part.children if any(leaf.type == "text/html" for leaf in child.leaves())]
            waiting += forms[-1:]
        elif part.children:
            waiting += reversed(part.children)
        elif part.disposition != "attachment" and not (part.filename and part.disposition != "inline"):
            yield part


def _unpacked(html: bytes, within: dict[str, tuple[str, bytes]]) -> bytes:
    """Return the HTML without pictures that stand in it (RFC 2397): it names them, and they come into `within`."""
    if b"data:" not in html:
        return html

    def take(found: re.Match[bytes]) -> bytes:
        name = f"{len(within)}{_WITHIN}"
        with suppress(ValueError):
            within[name] = (found[1].decode("ascii").lower(), b64decode(unquote_to_bytes(found[2])))
        return b"cid:" + name.encode("ascii")

    return _DATA.sub(take, html)


def _said(text: str) -> str:
    """Return the letters of a text without what parts them, those of quoted lines marked.

    Programs wrap lines anew, also within an address, and part cells by whatever they like. The address of a link
    that its words say counts once.
    """
    found: list[str] = []
    for line in _said_once(_UNSEEN.sub("", text)).split("\n"):
        letters = "".join(_SAYS.findall(line))
        found.append(_QUOTED.join(["", *letters]) if is_quoted(line) else letters)
    return "".join(found)


def _said_once(text: str) -> str:
    """Leave out what Outlook writes behind a link: its address again, `<mailto:…>`, `<tel:…>`."""
    pieces, at = [], 0
    for found in _BESIDE.finditer(text):
        if found[1].startswith("http"):
            before = text[max(at, found.start() - _LOOK_BACK) : found.start()].split()
            if not before or not same_address(before[-1].lstrip(_AROUND), found[1]):
                continue
        pieces.append(text[at : found.start()])
        at = found.end()
    return " ".join([*pieces, text[at:]])


def without_places(text: str) -> str:
    """Return a text without what Gmail and Outlook write in the place of a picture: a name, an id, a guess."""
    return _PLACE.sub("[picture]", text)


def _without_described(text: str, parser: LexborHTMLParser) -> str:
    """Leave out what stands in a text in the place of pictures, also what they are said to show."""
    text = _PLACE.sub(" ", text)
    for image in parser.css("img")[:_MOST_PICTURES]:
        alt = (image.attributes.get("alt") or "").strip()
        if alt and not is_emoji(image.attributes):
            text = text.replace(f"[{alt}]", " ")
    return text


def _may_stand_alone(root: Part, reply_text: str) -> bool:
    """Whether pictures may belong to the text that have none of its lines above or below.

    Gmail and Outlook write into the plain text where each picture is: then the text has places for its own.
    """
    plain = (part.octets() for part in root.leaves() if part.type == "text/plain")
    return bool(_PLACE.search(reply_text)) or not any(b"[image: " in octets or b"[cid:" in octets for octets in plain)


def _unlink(parser: LexborHTMLParser, text: str, own: Collection[str]) -> None:
    """Take away the address of each link that does not stand in the text, or is one of our own people's."""
    said = {bare_address(piece.strip(_AROUND)) for piece in re.split(r"[\s<>]+", text)}
    for link in parser.css("a"):
        href = (link.attributes.get("href") or "").strip()
        scheme, _, address = href.partition(":")
        if scheme.lower() == "mailto":
            kept = canonical(address.partition("?")[0]) not in own and bare_address(address) in said
        elif scheme.lower() == "tel":
            digits = "".join(filter(str.isdigit, address))
            kept = bool(digits) and digits[-6:] in "".join(filter(str.isdigit, link.text()))
        else:
            kept = bare_address(href.rstrip(_AROUND)) in said and len(href) <= htmltext.MAX_LINK
        if not kept and "href" in link.attributes:
            del link.attrs["href"]


def _pictures(parser: LexborHTMLParser) -> frozenset[int]:
    """Return the pictures that stand neither in a signature nor in a quotation, as far as mail programs mark these."""
    found = set()
    for image in parser.css("img")[:_MOST_PICTURES]:
        node: LexborNode | None = image
        while node is not None and not _is_apart(node):
            node = node.parent
        if node is None and not is_emoji(image.attributes):
            found.add(image.mem_id)
    return frozenset(found)


def _is_apart(node: LexborNode) -> bool:
    marks = [(node.attributes.get(name) or "")[:500] for name in ("class", "id", "data-smartmail")]
    # Gmail's own quotation is a <blockquote>; its <div> of that name holds what is typed between two of them as well.
    return any(map(_SIGNATURE.search, marks)) or (node.tag == "blockquote" and "gmail_quote" in marks[0])


@dataclass(slots=True)
class _Choice:
    """The lines taken so far, those without words since the last with words, and whether that was taken."""

    wanted: str
    pictures: frozenset[int]
    taken: list[Line] = field(default_factory=list)
    between: list[Line] = field(default_factory=list)
    said: int = 0
    goes_on: bool = False

    def choose(self, lines: Iterable[Line]) -> None:
        """Take the lines that say the wanted words, and what stands between them."""
        for line in lines:
            letters = _said(f"> {line.text}" if line.quotes else line.text)
            if not letters:
                self.between.append(line)
            elif self.said == len(self.wanted):
                break
            else:
                self._look_at(line, letters)
        if self.goes_on or not self.wanted:
            self.taken += self._below()

    def leaves(self, breaks: Collection[int]) -> frozenset[tuple[int, int]]:
        """Return the leaves of the lines taken, without a break at the end."""
        found = {leaf for line in self.taken[:-1] for leaf in line.leaves}
        return frozenset(found.union(leaf for line in self.taken[-1:] for leaf in line.leaves if leaf[0] not in breaks))

    def _look_at(self, line: Line, letters: str) -> None:
        """Take the line if it goes on with what is wanted."""
        if self.wanted.startswith(letters, self.said):
            self.taken += [*(self.between if self.goes_on else self._pictured(line.quotes)), line]
            self.said += len(letters)
            self.goes_on = True
        else:
            self.goes_on = False
        self.between = []

    def _pictured(self, quotes: int) -> list[Line]:
        """Return the lines with pictures of their own right above a line that is quoted as they are."""
        return [line for line in self.between if line.quotes == quotes and self._has_picture(line)]

    def _below(self) -> list[Line]:
        """Return the lines down to the last picture before a signature."""
        end = 0
        for number, line in enumerate(self.between, 1):
            if line.quotes or is_delimiter(line.text) or line.text:
                break
            if self._has_picture(line):
                end = number
        return self.between[:end]

    def _has_picture(self, line: Line) -> bool:
        return any(node in self.pictures for node, _ in line.leaves)


class _Album:
    """The pictures of a message by the Content-IDs of their parts, and those of them that are shown."""

    def __init__(self, root: Part, within: Mapping[str, tuple[str, bytes]]) -> None:
        self._within = within
        self._parts: dict[str, Part] = {}
        for part in root.leaves():
            if part.type.startswith("image/") and part.content_id:
                self._parts.setdefault(part.content_id, part)
        self._known: dict[str, Shown | None] = {}
        self.shown: dict[str, Picture] = {}

    def show(self, named: str) -> Shown | None:
        """Return how to show the picture with this Content-ID; None for what is none, or too small to be seen."""
        if named not in self._known and len(self._known) < _MOST_PICTURES:
            self._known[named] = self._look_up(named)
        return self._known.get(named)

    def _look_up(self, named: str) -> Shown | None:
        part = self._parts.get(named)
        kind, octets = (part.type, part.octets()) if part else self._within.get(named, ("", b""))
        found, bare = raster(kind, octets), without_metadata(octets)
        if found is None or bare is None or max(found.width, found.height) <= _SMALLEST_PICTURE:
            return None
        octets = bare
        own = f"{sha256(octets).hexdigest()[:_HASH]}@picture"
        self.shown[own] = Picture(own, found.type, octets)
        return Shown(own, found.width)
