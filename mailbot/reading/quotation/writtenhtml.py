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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailbot.reading.fields import headers
from mailbot.reading.fields.address import canonical, mailboxes
from mailbot.reading.model import Picture
from mailbot.reading.parts import structure
from mailbot.reading.parts.body import Body, decoded
from mailbot.reading.parts.structure import Part
from mailbot.reading.quotation.album import MOST_PICTURES, Album, unpacked
from mailbot.reading.quotation.choosing import Choice, Stands
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.text import htmltext
from mailbot.reading.text.cleanhtml import content_id, rewritten
from mailbot.reading.text.htmltext import Line, bare_address, is_emoji, same_address

# Letters and digits, and what says something without any: currencies, the sign of a command, emoji.
_SAYS = re.compile(r"[^\W_]+|[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff#$€£¥%]")
_QUOTED = "\0"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
_BESIDE = re.compile(r"<((?:https?://|mailto:|tel:|sip:|callto:)[^<>\s]{0,2000})>")
_LOOK_BACK = 1_000
PLACE = "[picture]"
"""What `without_places` leaves in the place of a picture."""
_PLACE = re.compile(
    r"\[(?:image: [^\[\]\n]{0,300}|cid:[^\[\]\s]{1,300}"
    r"|[^\[\]\n]{0,300}\b(?:AI-generated content may be incorrect|KI-generierte Inhalte können fehlerhaft sein)\.?)\]"
)
_AROUND = "<>()[]{},.;:!?\"'*_"
_MARKED = re.compile(r"(?i)signature")
_SIGNATURE = re.compile(r"(?i)signature|moz-cite-prefix|gmail_attr|divRplyFwdMsg|appendonsend")


@dataclass(frozen=True, slots=True)
class WrittenHtml:
    """Clean HTML, the pictures that it shows under their own Content-IDs, and which of the page's places these are.

    `lost` are the places among the words of pictures that cannot be shown.
    """

    html: str
    pictures: tuple[Picture, ...] = ()
    places: tuple[int, ...] = field(default=(), compare=False)
    lost: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class End:
    """The places of pictures right `below` some words, `signed` below them, and `loose` below a quotation there."""

    below: tuple[int, ...] = ()
    signed: tuple[int, ...] = ()
    loose: tuple[int, ...] = ()


@dataclass(slots=True)
class WrittenPage:
    """The HTML by the text that it says; for each place of a picture in the HTML of the mail the picture's digest.

    The digest is that of the octets that the mail brought. Places are numbered from 0, also those in quotations.
    `ends` are by the pieces of a text that stand between quoted lines; `digests` are those of pictures by Content-ID.
    """

    by_text: dict[str, WrittenHtml] = field(default_factory=dict)
    placed: tuple[str, ...] = ()
    ends: dict[tuple[str, ...], End] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def written_html(
    raw: bytes, texts: Iterable[str], replies: Sequence[Sequence[str]] = (), own: Collection[str] = ()
) -> WrittenPage:
    """Return the HTML of the message by the text that it says; nothing for a text that none says exactly.

    Each of `texts` is the message's reply_text, or what is left of it, such as without the commands of its first lines.
    Each of `replies` is what stands between its quoted lines, in their order; below a piece without HTML none has any.
    Links to write to the message's own From, or to an address in `own`, are only words. Never raises (but
    MemoryError), and takes time linear in the length for each text and each reply, however many pieces that has.
    """
    found = WrittenPage()
    with _defects_as_none():
        page = _Page.of(raw, own)
        if page is None:
            return found
        found.placed = tuple(digest for _, digest in page.places)
        for text in texts:
            with _defects_as_none():
                found.by_text |= page.saying(text)
        with _defects_as_none():
            found.by_text = {**page.between(replies), **found.by_text}
        found.ends, found.digests = page.ends, page.album.digests
    return found


@contextmanager
def _defects_as_none() -> Iterator[None]:
    """Whatever defect of ours there is: the text says the same."""
    try:
        yield
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001, S110 - see the contract
        pass


@dataclass(slots=True)
class _Page:
    """The HTML of a message, which is parsed once, and laid out anew only where other links of it are kept."""

    parser: LexborHTMLParser
    body: LexborNode
    album: Album
    own: frozenset[str]
    links: list[tuple[LexborNode, str]]
    breaks: frozenset[int]
    described: tuple[str, ...]
    pictures: frozenset[int]
    marked: frozenset[int]
    places: list[tuple[int, str]]
    has_places: bool
    ends: dict[tuple[str, ...], End] = field(default_factory=dict)
    laid_out: tuple[frozenset[int], list[tuple[Line, str]]] | None = None

    @classmethod
    def of(cls, raw: bytes, own: Collection[str]) -> _Page | None:
        """Return the page, None where there is no HTML that can be read."""
        section = headers.split(raw)
        root, _ = structure.read_tree(raw, section)
        within: dict[str, tuple[str, bytes]] = {}
        parts = [part for part in _shown(root) if part.type == "text/html"]
        html = [decoded(part, unpacked(part.octets(), within), Body()) for part in parts]
        parser = htmltext.parsed("\n".join(html)) if html else None
        if parser is None or parser.body is None:
            return None
        private = {canonical(box.address) for box in mailboxes(section.first("from"))} | set(map(canonical, own))
        links = [(link, link.attributes["href"] or "") for link in parser.css("a") if "href" in link.attributes]
        album = Album(root, within)
        return cls(
            parser,
            parser.body,
            album,
            frozenset(private),
            links,
            frozenset(node.mem_id for node in parser.css("br")),
            tuple(_described(parser)),
            _pictures(parser),
            _marked(parser),
            _places(parser, album),
            _has_places(root),
        )

    def saying(self, text: str) -> dict[str, WrittenHtml]:
        """Return the HTML that says this text, wherever it stands; for no words that of pictures beside a quotation."""
        choice, lines = self._choice(text), self._lines(text)
        if not choice.choose(lines):
            return {}
        if not choice.wanted and not choice.taken:
            choice = self._choice(text)
            choice.choose(lines, 1 + max((n for n, (line, _) in enumerate(lines) if line.quotes), default=-1))
        self.ends[(text,)] = self._end(choice, lines)
        return self._written({text: choice})

    def between(self, replies: Sequence[Sequence[str]]) -> dict[str, WrittenHtml]:
        """Return the HTML of what stands between quoted lines, each piece below the one before it."""
        lines = self._lines("\n".join(piece for reply in replies[:1] for piece in reply))
        chosen: dict[tuple[int, str], Choice] = {}
        found: dict[str, WrittenHtml] = {}
        for reply in replies:
            start, choice = 0, None
            new: dict[str, Choice] = {}
            for piece in reply:
                choice = chosen.get((start, piece))
                if choice is None:
                    choice = chosen[start, piece] = self._choice(piece)
                    choice.choose(lines, start)
                    if choice.is_whole:
                        new.setdefault(piece, choice)
                if not choice.is_whole:
                    break
                start = choice.end
            if choice is not None and choice.is_whole:
                self.ends.setdefault(tuple(reply), self._end(choice, lines))
            found = {**self._written(new), **found} if new else found
        return found

    def _end(self, choice: Choice, lines: Sequence[tuple[Line, str]]) -> End:
        found = choice.standing(lines, self.marked)
        return End(*(tuple(n for n, (node, _) in enumerate(self.places) if found.get(node) is one) for one in Stands))

    def _choice(self, text: str) -> Choice:
        """Return what is to be chosen for a text.

        Gmail and Outlook write into the plain text where each picture is: then the text has places for its own.
        """
        may_stand_alone = bool(_PLACE.search(text)) or not self.has_places
        wanted = _said(_without_described(text, self.described))
        return Choice(wanted, self.pictures if may_stand_alone else frozenset())

    def _written(self, chosen: Mapping[str, Choice]) -> dict[str, WrittenHtml]:
        """Return the HTML of choices that lie behind one another, without those that do not say what they should."""
        pages = rewritten(self.body, [one.leaves(self.breaks) for one in chosen.values()], self.album.show)
        found = {}
        for (text, choice), clean in zip(chosen.items(), pages, strict=True):
            pictures = self.album.shown_in(clean)
            if _said(htmltext.render(clean)) != choice.wanted or not (choice.wanted or pictures):
                continue
            leaves = choice.leaves(self.breaks) if self.places else frozenset()
            seen = {self.album.digests[picture.content_id] for picture in pictures}
            among = [(n, digest in seen) for n, (node, digest) in enumerate(self.places) if (node, 0) in leaves]
            places, lost = (tuple(n for n, is_seen in among if is_seen is wanted) for wanted in (True, False))
            found[text] = WrittenHtml(clean, pictures, places, lost)
        return found

    def _lines(self, text: str) -> list[tuple[Line, str]]:
        """Return the lines and the letters that they say, with the addresses of those links that stand in the text."""
        text = _without_described(text, self.described)
        said = {bare_address(piece.strip(_AROUND)) for piece in re.split(r"[\s<>]+", text)}
        kept = frozenset(n for n, (link, href) in enumerate(self.links) if _is_kept(link, href.strip(), said, self.own))
        if self.laid_out is None or self.laid_out[0] != kept:
            for number, (link, href) in enumerate(self.links):
                if number in kept:
                    link.attrs["href"] = href
                elif "href" in link.attributes:
                    del link.attrs["href"]
            lines = htmltext.lines(self.body)
            said_by = (_said(f"> {line.text}" if line.quotes else line.text) for line in lines)
            self.laid_out = kept, list(zip(lines, said_by, strict=True))
        return self.laid_out[1]


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
    return _PLACE.sub(PLACE, text)


def words_beside(text: str) -> str:
    """Return what a text says beside the places of pictures, "" for nothing."""
    return without_places(text).replace(PLACE, "").strip()


def _described(parser: LexborHTMLParser) -> Iterator[str]:
    """Yield what pictures are said to show."""
    for image in parser.css("img")[:MOST_PICTURES]:
        alt = (image.attributes.get("alt") or "").strip()
        if alt and not is_emoji(image.attributes):
            yield alt


def _without_described(text: str, described: Iterable[str]) -> str:
    """Leave out what stands in a text in the place of pictures, also what they are said to show."""
    text = _PLACE.sub(" ", text)
    for alt in described:
        text = text.replace(f"[{alt}]", " ")
    return text


def _has_places(root: Part) -> bool:
    """Whether the plain text has places for pictures."""
    plain = (part.octets() for part in root.leaves() if part.type == "text/plain")
    return any(b"[image: " in octets or b"[cid:" in octets for octets in plain)


def _is_kept(link: LexborNode, href: str, said: Collection[str], own: Collection[str]) -> bool:
    """Whether the address of a link stands in the text, and is none of our own people's."""
    scheme, _, address = href.partition(":")
    if scheme.lower() == "mailto":
        kept = canonical(address.partition("?")[0]) not in own and bare_address(address) in said
    elif scheme.lower() == "tel":
        digits = "".join(filter(str.isdigit, address))
        kept = bool(digits) and digits[-6:] in "".join(filter(str.isdigit, link.text()))
    else:
        kept = bare_address(href.rstrip(_AROUND)) in said and len(href) <= htmltext.MAX_LINK
    return kept


def _pictures(parser: LexborHTMLParser) -> frozenset[int]:
    """Return the pictures that stand neither in a signature nor in a quotation, as far as mail programs mark these."""
    found = set()
    for image in parser.css("img")[:MOST_PICTURES]:
        node: LexborNode | None = image
        while node is not None and not _is_apart(node):
            node = node.parent
        if node is None and not is_emoji(image.attributes):
            found.add(image.mem_id)
    return frozenset(found)


def _marked(parser: LexborHTMLParser) -> frozenset[int]:
    """Return the pictures that stand in what a mail program marks as a signature."""
    found = set()
    for image in parser.css("img")[:MOST_PICTURES]:
        node = image.parent
        while node is not None and not any(map(_MARKED.search, _marks(node))):
            node = node.parent
        if node is not None:
            found.add(image.mem_id)
    return frozenset(found)


def _places(parser: LexborHTMLParser, album: Album) -> list[tuple[int, str]]:
    """Return where pictures of the message are shown, with the digest of each."""
    images = ((image.mem_id, image.attributes) for image in parser.css("img"))
    found = ((node, album.digest(content_id(given))) for node, given in images if not is_emoji(given))
    return [(node, digest) for node, digest in found if digest]


def _is_apart(node: LexborNode) -> bool:
    marks = _marks(node)
    # Gmail's own quotation is a <blockquote>; its <div> of that name holds what is typed between two of them as well.
    return any(map(_SIGNATURE.search, marks)) or (node.tag == "blockquote" and "gmail_quote" in marks[0])


def _marks(node: LexborNode) -> list[str]:
    return [(node.attributes.get(name) or "")[:500] for name in ("class", "id", "data-smartmail")]
