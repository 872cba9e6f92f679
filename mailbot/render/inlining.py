"""Styles into attributes, in a template that is not HTML yet.

Mail clients drop or rewrite style sheets, so each element carries its own style. Doing this
in the template costs once what doing it in each mail would cost every time. The HTML parser must
not meet Jinja's marks where HTML allows no text (between the rows of a table it would move
them out), so each stands in as a comment there, and as a plain word inside a tag.
"""

from __future__ import annotations

import re

from css_inline import CSSInliner

_MARK = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_STAND_IN = re.compile(r"<!--jj(\d+)jj-->|jj(\d+)jj")
_WHOLE = re.compile(r"<html[\s>]", re.IGNORECASE)


def inlined(template: str, styles: str) -> str:
    """Return the template with the rules of `styles` in its elements' style attributes.

    A `<style data-css-inline="keep">` stays as it is: media queries live there. Nothing is loaded.
    """
    marks: list[str] = []

    def stand_in(found: re.Match[str]) -> str:
        marks.append(found[0])
        word = f"jj{len(marks) - 1}jj"
        before = _MARK.sub("", template[: found.start()])
        inside_tag = before.rfind("<") > before.rfind(">")
        return word if inside_tag or found[0].startswith("{{") else f"<!--{word}-->"

    def mark(found: re.Match[str]) -> str:
        return marks[int(found[1] or found[2])]

    html = _MARK.sub(stand_in, template)
    inliner = CSSInliner(
        keep_style_tags=True, load_remote_stylesheets=False, extra_css=styles if _WHOLE.search(html) else None
    )
    html = inliner.inline(html) if _WHOLE.search(html) else inliner.inline_fragment(html, styles)
    return _STAND_IN.sub(mark, html)
