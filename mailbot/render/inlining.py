"""Styles into attributes, in a template that is not HTML yet.

Mail clients drop or rewrite style sheets, so each element carries its own style. Doing this
in the template costs once what doing it in each mail would cost every time. The HTML parser must
not meet Jinja's marks where HTML allows no text (between the rows of a table it would move
them out), so each stands in as a comment there, and as a plain word inside a tag or a title.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from css_inline import CSSInliner

_MARK = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_STAND_IN = re.compile(r"<!--jj(\d+)jj-->|jj(\d+)jj")
_WHOLE = re.compile(r"<html[\s>]", re.IGNORECASE)
_ENDED = re.compile(r"<(title|style)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<([a-z][a-z0-9]*)", re.IGNORECASE)
_IMPLIED = frozenset({"html", "head", "body", "tbody"})
_BEGUN = re.compile(r"<(?:title|style)\b", re.IGNORECASE)


class MisplacedError(ValueError):
    """The HTML parser moved or dropped a tag or a mark of Jinja's that stands where HTML allows none.

    `line` counts from 1.
    """

    def __init__(self, what: str, file: str, line: int) -> None:
        """Keep the place."""
        super().__init__(f"{what} stands where HTML does not allow it, such as a table's row outside of a table")
        self.file = file
        self.line = line


def inlined(template: str, styles: str, file: str = "") -> str:
    """Return the template with the rules of `styles` in its elements' style attributes.

    A `<style data-css-inline="keep">` stays: media queries live there. Nothing is loaded. Raise
    MisplacedError, naming `file`, rather than return a template that does something else than before.
    """
    marks: list[re.Match[str]] = []

    def stand_in(found: re.Match[str]) -> str:
        marks.append(found)
        word = f"jj{len(marks) - 1}jj"
        before = _ENDED.sub("", _MARK.sub("", template[: found.start()]))
        in_tag = before.rfind("<") > before.rfind(">")
        return word if in_tag or _BEGUN.search(before) else f"<!--{word}-->"

    html = _MARK.sub(stand_in, template)
    whole = _WHOLE.search(html) is not None
    inliner = CSSInliner(keep_style_tags=True, load_remote_stylesheets=False, extra_css=styles if whole else None)
    html = inliner.inline(html) if whole else inliner.inline_fragment(html, styles)
    html = html.replace(' data-css-inline="keep"', "")
    order = [int(found[1] or found[2]) for found in _STAND_IN.finditer(html)]
    for place, mark in enumerate(marks):
        if order[place : place + 1] != [place]:
            raise MisplacedError(mark[0], file, template.count("\n", 0, mark.start()) + 1)
    lost = Counter(_tags(template)) - Counter(_tags(html))
    if lost:
        tag = next(iter(lost))
        raise MisplacedError(f"<{tag}>", file, template.count("\n", 0, template.find(f"<{tag}")) + 1)
    return _STAND_IN.sub(lambda found: marks[int(found[1] or found[2])][0], html)


def _tags(html: str) -> Iterator[str]:
    return (name for name in map(str.lower, _TAG.findall(html)) if name not in _IMPLIED)
