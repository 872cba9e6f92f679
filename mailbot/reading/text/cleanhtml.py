"""Chosen words and pictures of an HTML body as HTML that can be sent on.

Two steps that do not trust each other. The first writes the chosen leaves of the tree anew, inside those of their
elements that a person means by what they write: emphasis, lists, tables, links. It knows a few elements and fewer
attributes, and makes each style from a fixed vocabulary; all else is left out, whatever it is. The second is nh3,
which reads that with a parser of its own and lets nothing pass that is not on its list.

Classes, ids, comments, scripts, forms, remote pictures and what mail programs note for themselves have no way through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote

import nh3
from selectolax.lexbor import LexborNode

from mailbot.reading.text import styles
from mailbot.reading.text.htmltext import is_emoji, is_indentation, visit

MAX_DEPTH = 100
_WIDEST = 600
_MOST_SPANNED = 100
_SPACES = re.compile(r"[ \t\n\r\f]+")
_DIGITS = re.compile(r"\d{1,4}")
_CONTENT_ID = re.compile(r"(?i)\s*cid:(.{1,300})")
_SAFE_LINK = re.compile(r"(?i)(?:https?://|mailto:|tel:)[^\s<>\"]+")

QUOTE = "margin:0 0 0 8px;padding:0 0 0 8px;border-left:2px solid #cccccc"
_INDENTED = "margin-left:32px"
_LISTED = "margin-left:32px;text-indent:-16px"
_CELL = "border:1px solid #999999;padding:4px 8px"
_TABLE = "border-collapse:collapse"
_PICTURE = "max-width:100%;height:auto"
_PREFORMATTED = "white-space:pre-wrap"

# What becomes of the elements that mean something; all others are left out, and what is in them stays.
_ELEMENTS = {name: name for name in ("b", "i", "u", "s", "code", "sub", "sup", "small", "p", "div", "pre", "caption")}
_ELEMENTS |= {name: name for name in ("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "td", "th")}
_ELEMENTS |= {f"h{level}": f"h{level}" for level in range(1, 7)}
_ELEMENTS |= {
    "strong": "b",
    "em": "i",
    "cite": "i",
    "var": "i",
    "ins": "u",
    "strike": "s",
    "del": "s",
    "tfoot": "tbody",
}
_ELEMENTS |= dict.fromkeys(("tt", "kbd", "samp"), "code") | dict.fromkeys(("span", "font", "big", "mark"), "span")
_ELEMENTS |= dict.fromkeys(("section", "article", "header", "footer", "center", "address", "main", "nav"), "div")
_ELEMENTS |= dict.fromkeys(("aside", "fieldset", "figure", "figcaption", "form", "legend", "option"), "div")
_CELLS = {"td", "th"}
_DIRECTIONS = {"ltr", "rtl", "auto"}
_NUMBERINGS = {"1", "a", "A", "i", "I"}

_GATE = nh3.Cleaner(
    tags={*_ELEMENTS.values(), "a", "blockquote", "br", "hr", "img"},
    attributes={
        "*": {"style", "dir"},
        "a": {"href"},
        "img": {"src", "alt", "width"},
        "ol": {"start", "type"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    clean_content_tags={"script", "style", "template", "textarea", "title", "noscript", "iframe", "object"},
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    filter_style_properties={
        *("font-weight", "font-style", "text-decoration", "color", "background-color", "white-space"),
        *(
            "margin",
            "margin-left",
            "text-indent",
            "padding",
            "border",
            "border-left",
            "border-collapse",
            "max-width",
            "height",
        ),
    },
    url_relative="deny",
    link_rel=None,
)

_PUBLISHED = nh3.Cleaner(
    tags={
        *("h2", "h3", "h4", "h5", "h6", "p", "blockquote", "pre", "ul", "ol", "li", "hr", "br", "img"),
        *("a", "b", "strong", "i", "em", "s", "code", "table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        **{f"h{level}": {"id"} for level in range(2, 7)},
        "a": {"href", "title"},
        "img": {"src", "alt", "title"},
        "ol": {"start"},
    },
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as it is to be shown: by its own Content-ID, so many pixels wide."""

    content_id: str
    width: int


class TooDeepError(ValueError):
    """Elements lie in each other beyond what anybody writes."""


def rewritten(
    root: LexborNode, parts: Sequence[Collection[tuple[int, int]]], picture: Callable[[str], Shown | None]
) -> list[str]:
    """Return each of these parts, leaves of the tree as `htmltext.lines` names them, as clean HTML of its own.

    The parts lie behind one another in the tree. `picture` says how to show the picture with that Content-ID, None for
    not at all. Raise TooDeepError. Takes time linear in the tree, however many parts there are.
    """
    writer = _Writer({leaf: number for number, part in enumerate(parts) for leaf in part}, len(parts), picture)
    visit(root, writer)
    return [_GATE.clean("".join(out)) for out in writer.parts]


def published(html: str) -> str:
    """Return the HTML of a text of the operator's as it may stand in a web page: nothing that acts, no style."""
    return _PUBLISHED.clean(html)


def content_id(attributes: dict[str, str | None]) -> str:
    """Return the Content-ID of the part that a picture shows (RFC 2392), "" for one that is not in the message."""
    found = _CONTENT_ID.match(attributes.get("src") or "")
    return unquote(found[1]).strip() if found else ""


@dataclass(slots=True)
class _Frame:
    """An element that was entered: its tags, "" for one that is left out; `held` stands before its first leaf."""

    opening: str
    closing: str
    cell: bool = False
    bullet: bool = False
    held: str = ""


class _Writer:
    """Writes leaves into their parts, and an element only once there is a leaf of the part in it."""

    def __init__(
        self, leaves: Mapping[tuple[int, int], int], parts: int, picture: Callable[[str], Shown | None]
    ) -> None:
        self.parts: list[list[str]] = [[] for _ in range(parts)]
        self._part = 0
        self._leaves = leaves
        self._picture = picture
        self._frames: list[_Frame] = []
        self._opened = 0
        self._depth = 0
        self._preformatted = 0
        self._bullets = 0
        self._framed: list[bool] = []

    def enter(self, node: LexborNode) -> bool:
        """Write a leaf, or note an element."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node)
            return False
        if tag in ("br", "hr", "img"):
            if (node.mem_id, 0) in self._leaves:
                self._mark(tag, node.attributes, self._leaves[node.mem_id, 0])
            return False
        if tag.startswith(("-", "!")):
            return False
        if tag == "pre":
            self._preformatted += 1
        elif tag == "table":
            self._framed.append((node.attributes.get("border") or "0") != "0")
        frame = self._frame(tag, node.attributes)
        self._depth += bool(frame.opening)
        self._bullets += frame.bullet
        if self._depth > MAX_DEPTH:
            raise TooDeepError
        self._frames.append(frame)
        return True

    def leave(self, node: LexborNode) -> None:
        """Close an element; a cell without leaves keeps its place in the row."""
        tag = node.tag
        if tag == "pre":
            self._preformatted -= 1
        elif tag == "table":
            self._framed.pop()
        frame = self._frames.pop()
        self._depth -= bool(frame.opening)
        self._bullets -= frame.bullet
        if self._opened > len(self._frames):
            self._opened = len(self._frames)
            self.parts[self._part].append(frame.closing)
        elif frame.cell and self._frames:
            if self._opened == len(self._frames):
                self.parts[self._part].append(frame.opening + frame.closing)
            else:
                self._frames[-1].held += frame.opening + frame.closing

    def _write(self, markup: str, part: int) -> None:
        if part != self._part:
            self._turn_to(part)
        out = self.parts[part]
        for frame in self._frames[self._opened :]:
            out += (frame.opening, frame.held)
        self._opened = len(self._frames)
        out.append(markup)

    def _turn_to(self, part: int) -> None:
        """Close in this part what is open, to be opened anew in the other."""
        self.parts[self._part] += [frame.closing for frame in reversed(self._frames[: self._opened])]
        for frame in self._frames[: self._opened]:
            frame.held = ""
        self._opened, self._part = 0, part

    def _text(self, node: LexborNode) -> None:
        if not self._preformatted:
            if (part := self._leaves.get((node.mem_id, 0))) is not None:
                text = _SPACES.sub(" ", node.text_content or "")
                self._write(escape(_bullet(text) if self._bullets else text, quote=False), part)
            return
        chosen: dict[int, list[str]] = {}
        for number, piece in enumerate((node.text_content or "").split("\n")):
            if (part := self._leaves.get((node.mem_id, number))) is not None:
                chosen.setdefault(part, []).append(piece)
        for part, pieces in chosen.items():
            self._write(escape("\n".join(pieces), quote=False), part)

    def _mark(self, tag: str, attributes: dict[str, str | None], part: int) -> None:
        if tag != "img":
            self._write(f"<{tag}>", part)
        elif is_emoji(attributes):
            self._write(escape((attributes.get("alt") or "").strip(), quote=False), part)
        elif (named := content_id(attributes)) and (shown := self._picture(named)):
            width = min(shown.width, _width(attributes) or shown.width, _WIDEST)
            self._write(f'<img src="cid:{escape(shown.content_id)}" alt="" width="{width}" style="{_PICTURE}">', part)

    def _frame(self, tag: str, attributes: dict[str, str | None]) -> _Frame:
        if tag == "a":
            return _link(attributes)
        given = styles.declarations(attributes.get("style"))
        if tag == "blockquote":
            if is_indentation(attributes):
                return _Frame(f'<div style="{_INDENTED}">', "</div>")
            return _Frame(f'<blockquote style="{QUOTE}">', "</blockquote>")
        name = _ELEMENTS.get(tag, "")
        if name == "p" and (styles.is_tight(given) or _is_of_a_program(attributes)):
            name = "div"
        if name == "b" and styles.is_normal(given):
            name = "span"
        meant = self._meant(name, tag, attributes, given)
        if not name or (name == "span" and not meant):
            return _Frame("", "", bullet=given.get("mso-list") == "ignore")
        return _Frame(f"<{name}{meant}>", f"</{name}>", cell=name in _CELLS)

    def _meant(self, name: str, tag: str, attributes: dict[str, str | None], given: dict[str, str]) -> str:
        """Return the attributes of an element that mean something."""
        if tag == "font" and attributes.get("color"):
            given.setdefault("color", str(attributes["color"]).lower())
        if tag == "mark":
            given.setdefault("background-color", "yellow")
        looks = styles.letters(given)
        written = ""
        if name == "table":
            looks = [_TABLE]
        elif name in _CELLS:
            looks += [_CELL] if styles.is_framed(given) or (self._framed and self._framed[-1]) else []
            written = _number("colspan", attributes, _MOST_SPANNED) + _number("rowspan", attributes, _MOST_SPANNED)
        elif name == "ol":
            written = _number("start", attributes)
            written += f' type="{attributes["type"]}"' if attributes.get("type") in _NUMBERINGS else ""
        elif name == "pre":
            looks.append(_PREFORMATTED)
        elif tag == "p" and given.get("mso-list"):
            looks.append(_LISTED)
        if (direction := (attributes.get("dir") or "").lower()) in _DIRECTIONS - {"ltr"}:
            written += f' dir="{direction}"'
        return f'{written} style="{";".join(looks)}"' if looks else written


def _bullet(text: str) -> str:
    """Return what Word puts before an item, with a font of symbols and spaces for a tab, as any font shows it."""
    return re.sub(r"[ \xa0]+", "\xa0", text.translate({ord("·"): "•", ord("§"): "•"}))


def _link(attributes: dict[str, str | None]) -> _Frame:
    href = (attributes.get("href") or "").strip()
    return _Frame(f'<a href="{escape(href)}">', "</a>") if _SAFE_LINK.fullmatch(href) else _Frame("", "")


def _is_of_a_program(attributes: dict[str, str | None]) -> bool:
    """Whether a paragraph is one of Outlook's or Apple Mail's: their style sheets take the distance away."""
    return (attributes.get("class") or "").startswith(("Mso", "xMso", "x_Mso", "p1", "p2", "p3"))


def _number(name: str, attributes: dict[str, str | None], most: int = 9_999) -> str:
    value = (attributes.get(name) or "").strip()
    return f' {name}="{int(value)}"' if _DIGITS.fullmatch(value) and 1 < int(value) <= most else ""


def _width(attributes: dict[str, str | None]) -> int:
    """Return the width in pixels that a picture is to have, 0 where nobody says."""
    value = (attributes.get("width") or "").strip().removesuffix("px")
    if not _DIGITS.fullmatch(value):
        value = styles.declarations(attributes.get("style")).get("width", "").removesuffix("px")
    return int(value) if _DIGITS.fullmatch(value) else 0
