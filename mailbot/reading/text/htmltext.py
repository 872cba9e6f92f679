"""HTML mail as text: what a person would see, laid out with line breaks.

Hidden text is left out (preheaders, tracking notes, instructions for machines), blocks, tables
and lists get their own lines, and a link's address stands beside its words where the two differ.
Quoted mail is marked with "> " so that the quote stripper sees it as it sees plain text.
Size and nesting are capped before parsing, because the parser's time grows with the square of the
nesting; beyond the cap tags are simply cut out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Protocol

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailbot.reading.text.hiding import hidden_classes, is_hidden

MAX_HTML = 1 << 20
MAX_NESTING = 1_500
_MANY_TAGS = 1_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,30})[^<>]*(/?)>")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_VOID = {"br", "img", "hr", "meta", "link", "input", "area", "base", "col", "embed", "source", "track", "wbr", "o:p"}
_SKIPPED = {"script", "style", "head", "title", "template", "noscript", "object", "textarea", "svg", "math"}
_SKIPPED |= {"iframe", "button", "map", "audio", "video", "canvas", "-comment", "!doctype", "-undef"}
_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "table",
    "tr",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "li",
    "pre",
}
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "center", "form", "address", "main", "nav", "aside"}
_BLOCKS |= {"fieldset", "figure", "body", "html", "tbody", "thead", "tfoot", "caption", "hr", "legend", "option"}
_SPACED = {"p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
# MJML, with which many companies make their mail, writes 0 around everything and the true size around each text.
_FONT_SIZE = re.compile(
    r"(?i)font-size\s*:\s*(?:(\d*\.?\d+)(px|pt|pc|rem|em|ex|cm|mm|in|vw|vh|%)?|(?:xx?-)?(?:small|large)|medium)"
)
_RELATIVE = {"em", "ex", "%"}
_INDENT_ONLY = re.compile(r"(?i)border(?:-left)?\s*:\s*(?:none|0)")
_WEB = re.compile(r"(?i)https?://")
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{4000,}")
_MANY_ATTRIBUTES = 300
MAX_LINK = 1_000
# Dingbats, symbols and what came after them; the longest are families and flags, joined from several characters.
_EMOJI_FROM = "\u2600"
_LONGEST_EMOJI = 16
_LONGEST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is laid out, its quote marks apart, and the leaves that it consists of: texts, pictures, breaks.

    A leaf is the `mem_id` of its node and, of a preformatted text, the number of the line in it.
    """

    text: str
    quotes: int
    leaves: tuple[tuple[int, int], ...]


def render(html: str) -> str:
    """Return the text of an HTML body; never raises, and takes time linear in the length."""
    parser = parsed(html)
    if parser is None:
        return _without_tags(html[:MAX_HTML])
    return _laid_out(parser.body).text()


def parsed(html: str) -> LexborHTMLParser | None:
    """Return the tree of an HTML body, cut to the size that is read; None for what is nested absurdly."""
    html = _LONG_TAG.sub(_few_attributes, html[:MAX_HTML])
    if html.count("<") > _MANY_TAGS and _nesting(html) > MAX_NESTING:
        return None
    return LexborHTMLParser(html)


def lines(root: LexborNode | None) -> list[Line]:
    """Return the lines of a text with what they consist of; what is hidden is in none."""
    return [Line(text.strip(), quotes, tuple(leaves)) for text, quotes, leaves in _laid_out(root).consisting]


class Visitor(Protocol):
    """What is told of the nodes of a tree in their order."""

    def enter(self, node: LexborNode) -> bool:
        """Start a node; return whether to go into it."""

    def leave(self, node: LexborNode) -> None:
        """End a node that was gone into."""


def visit(root: LexborNode, visitor: Visitor) -> None:
    """Show the visitor this node and all below, without recursion."""
    # Comparing nodes themselves would compare their whole HTML.
    top = root.mem_id
    node: LexborNode | None = root
    while node is not None:
        entered = visitor.enter(node)
        following = node.child if entered else None
        while following is None and node is not None:
            if entered:
                visitor.leave(node)
            if node.mem_id == top:
                return
            following = node.next
            if following is None:
                node = node.parent
                entered = True
        node = following


def _laid_out(root: LexborNode | None) -> _Writer:
    writer = _Writer(hidden_classes(root) if root is not None else frozenset())
    if root is not None:
        visit(root, writer)
    writer.break_line()
    return writer


class _Writer:
    """Collects lines; quote depth and list state follow the nodes entered and left."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self.hidden = hidden
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.blank = False
        self.preformatted = 0
        self.lists: list[int] = []
        self.links: list[tuple[str, int, int]] = []
        self.unseen = False
        self.sizes: list[tuple[int, bool]] = []
        self.leaves: list[tuple[int, int]] = []
        self.consisting: list[tuple[str, int, list[tuple[int, int]]]] = []

    def enter(self, node: LexborNode) -> bool:
        """Start a node; return whether its children count."""
        tag = node.tag or ""
        if tag == "-text":
            self.write(node.text_content or "", node.mem_id)
            return False
        if tag in _SKIPPED:
            return False
        attributes = node.attributes
        if attributes and is_hidden(attributes, self.hidden):
            return False
        if tag in ("br", "hr", "img"):
            self.mark(tag, attributes, node.mem_id)
            return False
        if attributes:
            self.size(node.mem_id, tag, attributes)
        if tag in _BLOCKS:
            self.open_block(tag, attributes)
        elif tag in ("td", "th"):
            self.cell()
        elif tag == "a":
            self.links.append((attributes.get("href") or "", len(self.lines), len(self.line)))
        return True

    def size(self, node: int, tag: str, attributes: dict[str, str | None]) -> None:
        """Note where letters have no size, and where they have one again."""
        unseen = self.unseen
        for found in _FONT_SIZE.finditer(attributes.get("style") or ""):
            number, unit = found[1], (found[2] or "").lower()
            if number is not None and (float(number) == 0 or (float(number) <= 1 and unit in ("px", "pt"))):
                unseen = True
            elif unit not in _RELATIVE:
                unseen = False
        if tag == "font" and "size" in attributes:
            unseen = False
        if unseen != self.unseen:
            self.sizes.append((node, self.unseen))
            self.unseen = unseen

    def open_block(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.break_line()
        self.blank = self.blank or tag in _SPACED
        if tag == "blockquote" and not is_indentation(attributes):
            self.quotes += 1
        elif tag == "pre":
            self.preformatted += 1
        elif tag in ("ul", "ol"):
            self.lists.append(_first_number(attributes) - 1 if tag == "ol" else -1)
            self.blank = self.blank and len(self.lists) == 1
        elif tag == "li":
            self.bullet()

    def leave(self, node: LexborNode) -> None:
        """End a node that was entered."""
        tag = node.tag or ""
        if self.sizes and self.sizes[-1][0] == node.mem_id:
            self.unseen = self.sizes.pop()[1]
        if tag == "a" and self.links:
            self.close_link()
        if tag not in _BLOCKS:
            return
        self.break_line()
        self.blank = self.blank or tag in _SPACED
        if tag == "blockquote" and not is_indentation(node.attributes):
            self.quotes = max(0, self.quotes - 1)
        elif tag == "pre":
            self.preformatted -= 1
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()

    def write(self, text: str, node: int) -> None:
        if self.unseen:
            return
        if self.preformatted:
            first, *rest = text.split("\n")
            self.line.append(first)
            self.leaves.append((node, 0))
            for number, more in enumerate(rest, 1):
                self.break_line(force=True)
                self.line.append(more)
                self.leaves.append((node, number))
            return
        text = _SPACES.sub(" ", text)
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            self.line.append(text)
            self.leaves.append((node, 0))

    def mark(self, tag: str, attributes: dict[str, str | None], node: int) -> None:
        """Write what has no words: a break, a rule, a picture; of pictures only emoji have a text."""
        if tag == "hr":
            self.break_line()
            self.line.append("-" * 20)
        elif tag == "img" and is_emoji(attributes):
            self.line.append((attributes.get("alt") or "").strip())
        self.leaves.append((node, 0))
        if tag != "img":
            self.break_line(force=tag == "br")

    def cell(self) -> None:
        """Part the cells of a row by a space."""
        if self.line and not self.line[-1].endswith(" "):
            self.line.append(" ")

    def bullet(self) -> None:
        if not self.lists or self.lists[-1] < 0:
            mark = "* "
        else:
            self.lists[-1] += 1
            mark = f"{self.lists[-1]}. "
        self.line.append("  " * max(0, min(len(self.lists), 10) - 1) + mark)

    def close_link(self) -> None:
        """Add the address of a link whose words do not already say it."""
        href, line_number, pieces = self.links.pop()
        if not _WEB.match(href) or len(href) > MAX_LINK or line_number != len(self.lines):
            return
        words = "".join(self.line[pieces:]).strip()
        if words and not same_address(words, href):
            self.line.append(f" <{href}>")

    def break_line(self, *, force: bool = False) -> None:
        """End the line; an empty one counts only when forced (br) or asked for between blocks."""
        text = "".join(self.line).rstrip().replace("\xa0", " ")
        self.line = []
        if self.leaves:
            self.consisting.append((text, self.quotes, self.leaves))
            self.leaves = []
        if not text.strip() and not force:
            return
        mark = ">" * self.quotes
        if self.blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(mark)
        self.blank = False
        self.lines.append(f"{mark} {text}".rstrip() if mark else text)

    def text(self) -> str:
        """Return all lines, with no more than two empty ones in a row."""
        out: list[str] = []
        empty = 0
        for line in self.lines:
            empty = 0 if line.strip() else empty + 1
            if empty <= 2:  # noqa: PLR2004 - see the contract
                out.append(line)
        return "\n".join(out).strip("\n")


def _first_number(attributes: dict[str, str | None]) -> int:
    start = (attributes.get("start") or "").strip()
    return int(start) if start.isascii() and start.isdigit() and len(start) <= _LONGEST_NUMBER and int(start) else 1


def is_emoji(attributes: dict[str, str | None]) -> bool:
    """Whether a picture stands for an emoji: Gmail shows its own pictures of them."""
    alt = (attributes.get("alt") or "").strip()
    return 0 < len(alt) <= _LONGEST_EMOJI and alt[0] >= _EMOJI_FROM and not any(map(str.isalnum, alt))


def is_indentation(attributes: dict[str, str | None]) -> bool:
    """Gmail's and Outlook's indent button writes a blockquote, too."""
    style = attributes.get("style") or ""
    cited = attributes.get("type") == "cite" or "quote" in (attributes.get("class") or "")
    return bool(_INDENT_ONLY.search(style)) and not cited


def same_address(words: str, href: str) -> bool:
    """Whether the words of a link are its address."""
    return bare_address(words) == bare_address(href)


def bare_address(text: str) -> str:
    """Return an address as people write it, without scheme, www and the slash at its end."""
    return re.sub(r"(?i)^(?:https?://)?(?:www\.)?", "", text.strip()).rstrip("/").lower()


def _few_attributes(tag: re.Match[str]) -> str:
    """Drop the attributes of a tag that has absurdly many: the parser compares each with all others."""
    text = tag[0]
    return (
        text if len(text.split()) < _MANY_ATTRIBUTES and text.count("=") < _MANY_ATTRIBUTES else text.split(None, 1)[0]
    )


def _nesting(html: str) -> int:
    """Return the deepest count of tags opened and not closed."""
    depth = deepest = 0
    for tag in _TAG.finditer(html):
        if tag[3] or tag[2].lower() in _VOID:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _without_tags(html: str) -> str:
    html = re.sub(r"(?i)<(?:br|/p|/div|/tr)\b[^<>]*>", "\n", html)
    return unescape(_ANY_TAG.sub("", html)).replace("\x00", "").strip()
