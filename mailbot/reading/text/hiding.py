"""What HTML mail keeps from being seen: by an attribute, an inline style, or a class that its style sheet hides.

Preheaders, notes for trackers and instructions for machines are written so; a person sees none of them.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from mailbot.reading.text import styles

_HIDDEN = re.compile(
    r"(?i)display\s*:\s*none(?![\w-])|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)|(?<![\w-])color\s*:\s*transparent(?![\w-])"
    r"|(?<![\w-])(?:left|top|text-indent)\s*:\s*-(?:[5-9]\d\d|\d{4,6})(?![\d%])|clip(?:-path)?\s*:\s*(?:inset\(\s*(?:50|100)%|rect\(\s*0)"
)
_OF_CLASS = re.compile(r"\s*\w*\.([\w-]+)\s*")
_MEDIA = re.compile(r"(?i)@[a-z-]{1,30}\b[^{};]{0,500}\{(?:[^{}]{0,5000}\{[^{}]{0,5000}\}){0,500}[^{}]{0,5000}\}")
_LONGEST_SHEET, _MOST_SHEETS = 100_000, 10
_CLOSED = re.compile(r"(?i)(?<![\w-])(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)")


def is_hidden(attributes: dict[str, str | None], classes: frozenset[str]) -> bool:
    """Return whether an element with these attributes is not seen; `classes` are those that its mail hides."""
    if "hidden" in attributes:
        return True
    if classes and not classes.isdisjoint((attributes.get("class") or "").split()):
        return True
    style = attributes.get("style")
    return style is not None and _hides(style)


def _hides(style: str) -> bool:
    """Return whether such a style keeps what it is given to from being seen."""
    if _HIDDEN.search(style) or ("overflow" in style and _CLOSED.search(style) and "hidden" in style):
        return True
    if "color" not in style or "background" not in style:
        return False
    given = styles.declarations(style)
    written = styles.colour(given.get("color", ""))
    ground = styles.colour(given.get("background-color") or given.get("background", ""))
    return written is not None and written == ground


def hidden_classes(root: LexborNode) -> frozenset[str]:
    """Return the classes that a style sheet of the mail hides on whatever screen."""
    whole = root
    while whole.parent is not None:
        whole = whole.parent
    sheets = (node.text(deep=True)[:_LONGEST_SHEET] for node in whole.css("style")[:_MOST_SHEETS])
    rules = (rule.rpartition("{") for sheet in sheets for rule in _without_media(sheet).split("}"))
    hiding = (selectors for selectors, _, style in rules if _hides(style[: styles.MOST]))
    selectors = (_OF_CLASS.fullmatch(selector) for several in hiding for selector in several.split(","))
    return frozenset(found[1] for found in selectors if found)


def _without_media(sheet: str) -> str:
    """Return a style sheet without comments, and without what holds only on some screens."""
    first, *others = sheet.replace("<!--", " ").replace("-->", " ").split("/*")
    return _MEDIA.sub(" ", " ".join((first, *(other.partition("*/")[2] for other in others))))
