"""Plain text as HTML that shows the same: where nobody's own HTML may be sent on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

from mailbot.reading.text.cleanhtml import QUOTE

_DEEPEST = 5
_MARKS = re.compile(r"(?:[ \t]{0,3}>)+ ?")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_LONGEST_ADDRESS = 2_000
_NOT_AT_END = ".,;:!?'*_"
_INDENT = re.compile(r"^[ \t]+| {2,}")


# Programs without a font of their own would show a serif; no colours, so that each shows its own, dark or light.
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45"


def page_of(html: str) -> str:
    """Return a person's words in HTML as a page that any mail program shows legibly, without adornment."""
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f'</head><body><div style="{_FONT}">{html}</div></body></html>\n'
    )


def html_of(text: str) -> str:
    """Return the text as paragraphs, its "> " lines as quotations, web addresses as links; all else is escaped."""
    out: list[str] = []
    depth = 0
    for level, lines in groupby(map(_unmarked, text.split("\n")), key=lambda line: line[0]):
        paragraphs = list(_paragraphs([words for _, words in lines]))
        if not paragraphs:
            continue
        out += [f'<blockquote style="{QUOTE}">'] * (level - depth)
        out += ["</blockquote>"] * (depth - level)
        depth = level
        out += [f"<p>{'<br>'.join(map(_line, paragraph))}</p>" for paragraph in paragraphs]
    return "".join([*out, "</blockquote>" * depth])


def _unmarked(line: str) -> tuple[int, str]:
    """Return how deeply a line is quoted, and the line without its marks."""
    marks = _MARKS.match(line)
    return (min(marks[0].count(">"), _DEEPEST), line[marks.end() :]) if marks else (0, line)


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    for worded, group in groupby(lines, key=lambda line: bool(line.strip())):
        if worded:
            yield list(group)


def _line(line: str) -> str:
    pieces, at = [], 0
    for found in _ADDRESS.finditer(line):
        address = _without_end(found[0])
        if len(address) <= _LONGEST_ADDRESS:
            pieces += [_words(line[at : found.start()]), f'<a href="{escape(address)}">{escape(address)}</a>']
            at = found.start() + len(address)
    return "".join([*pieces, _words(line[at:])])


def _words(text: str) -> str:
    """Escape, and keep the spaces that HTML would make one of."""
    return _INDENT.sub(lambda spaces: "\xa0" * len(spaces[0].expandtabs(4)), escape(text, quote=False))


def _without_end(address: str) -> str:
    """Return the address without what belongs to the sentence around it."""
    brackets = ("" if "(" in address else ")") + ("" if "[" in address else "]")
    return address.rstrip(_NOT_AT_END + brackets)
