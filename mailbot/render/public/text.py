"""The text of an article: Markdown (CommonMark, with tables and what is struck out) to clean HTML. The only door to it.

HTML that stands in a text is shown as it was typed. A link to another article is written as its file, "voicemail.md",
and so is a picture that lies beside the articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mailbot.reading.text.cleanhtml import published
from mailbot.rules.articles import is_picture

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_FILE = re.compile(r"(?P<article>[A-Za-z0-9][A-Za-z0-9._-]*)\.md(?P<place>#.*)?")
_TOP, _LOWEST = 2, 6
_DESCRIBED = 155
_SPACES = re.compile(r"\s+")
_SENTENCES = re.compile(r".*[.!?](?= )")
_MARKS, _ENDS, _CLOSING = " ,:;–-", (".", "?", "!", "…"), '"”“’»)'


@dataclass(frozen=True, slots=True)
class Body:
    """An article's text as clean HTML, as plain words, and in a sentence or two for who lists it, "" for none.

    `pictures` are the files beside the articles that it shows.
    """

    html: str
    plain: str
    description: str
    pictures: tuple[str, ...] = ()


def body(text: str, address_of: Callable[[str], str], shown_at: Callable[[str], str] = str) -> Body:
    """Return the text of an article; `address_of` says where the article of an id is read, "" for nowhere.

    `shown_at` says where a picture that lies beside the articles is. The highest heading is of the second level, below
    the title. A link to an article that is read nowhere is its words.
    """
    tokens = _MARKDOWN.parse(text)
    _below_the_title(tokens)
    pictures = tuple(dict.fromkeys(_pictures(tokens)))
    for token in tokens:
        token.children = token.children and list(_linked(token.children, address_of, shown_at))
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Body(published(html), " ".join(_plain(tokens)), _described(tokens), pictures)


def anchor(words: str) -> str:
    """Return the words as the name of a place in a page: small letters, digits and dashes, in any script."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in unicodedata.normalize("NFC", words).casefold())
    return re.sub(r"-{2,}", "-", kept).strip("-") or "-"


def _below_the_title(tokens: list[Token]) -> None:
    """Move the headings to where they belong under the title, and name them so that one can link to each."""
    opened = [(place, token) for place, token in enumerate(tokens) if token.type == "heading_open"]
    if not opened:
        return
    down = _TOP - min(int(token.tag[1:]) for _, token in opened)
    names: dict[str, int] = {}
    for place, token in opened:
        level = min(int(token.tag[1:]) + down, _LOWEST)
        name = anchor(" ".join(_plain(tokens[place + 1 : place + 2])))
        names[name] = names.get(name, 0) + 1
        token.attrSet("id", name if names[name] == 1 else f"{name}-{names[name]}")
        token.tag = f"h{level}"
    for token in tokens:
        if token.type == "heading_close":
            token.tag = f"h{min(int(token.tag[1:]) + down, _LOWEST)}"


def _pictures(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        for child in token.children or ():
            if is_picture(source := _source_of(child)):
                yield source


def _source_of(token: Token) -> str:
    return str(token.attrGet("src") or "") if token.type == "image" else ""


def _linked(
    children: Iterable[Token], address_of: Callable[[str], str], shown_at: Callable[[str], str]
) -> Iterator[Token]:
    """Yield what a paragraph is made of, with links to articles and pictures as those to where they are published."""
    dropped = False
    for child in children:
        if (found := _article_of(child)) is not None:
            address = address_of(found["article"])
            dropped = not address
            child.attrSet("href", address + (found["place"] or ""))
        if child.type in {"link_open", "link_close"} and dropped:
            # Links do not lie in each other.
            dropped = child.type == "link_open"
            continue
        if is_picture(source := _source_of(child)):
            child.attrSet("src", shown_at(source))
        yield child


def _article_of(token: Token) -> re.Match[str] | None:
    return _FILE.fullmatch(str(token.attrGet("href") or "")) if token.type == "link_open" else None


def _plain(tokens: Iterable[Token]) -> Iterator[str]:
    """Yield the words of these tokens, without what marks them up."""
    for token in tokens:
        if token.type == "inline":
            said = "".join(" " if one.type.endswith("break") else one.content for one in token.children or ())
            yield _SPACES.sub(" ", said).strip()
        elif token.type in {"fence", "code_block"}:
            yield _SPACES.sub(" ", token.content).strip()


def _described(tokens: list[Token]) -> str:
    """Return the sentences with which the first paragraph begins, as many as fit; a long one is cut at a word."""
    first = next((place for place, token in enumerate(tokens) if token.type == "paragraph_open"), None)
    said = "" if first is None else " ".join(_plain(tokens[first + 1 : first + 2]))
    if len(said) <= _DESCRIBED:
        return _sentence(said)
    whole = _SENTENCES.match(said[: _DESCRIBED + 1])
    return whole[0].rstrip() if whole else said[:_DESCRIBED].rsplit(" ", 1)[0].rstrip(",;:.–-") + "…"


def _sentence(said: str) -> str:
    """Return the words with a full stop, also in place of the mark that leads to a list; "" for none."""
    words = said.rstrip(_MARKS)
    return words if not words or words.rstrip(_CLOSING).endswith(_ENDS) else f"{words}."
