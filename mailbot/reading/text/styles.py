"""The little of inline styles that a person means: bold, slanted, struck, coloured, framed.

Everything else is how a mail program or a brand looks, or could hide words and fetch things. What is returned is
made anew from a fixed vocabulary, so that no octet of a foreign style gets anywhere.
"""

from __future__ import annotations

import re

MOST = 2_000
_BOLD_FROM = 600
_GREY = 40
# As a share of white: letters must stand out against a white page, and a highlight against black letters.
_DARKEST_HIGHLIGHT, _LIGHTEST_HIGHLIGHT = 0.6, 0.97
_LIGHTEST_LETTERS = 0.65
_OPAQUE_FROM = 0.5
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/]\s*([\d.]{1,6}))?\s*\)")
_NAME = re.compile(r"\b[a-z]+\b")
_NAMES = {
    "red": 0xFF0000,
    "darkred": 0x8B0000,
    "maroon": 0x800000,
    "crimson": 0xDC143C,
    "orange": 0xFFA500,
    "yellow": 0xFFFF00,
    "green": 0x008000,
    "lime": 0x00FF00,
    "darkgreen": 0x006400,
    "teal": 0x008080,
    "cyan": 0x00FFFF,
    "aqua": 0x00FFFF,
    "blue": 0x0000FF,
    "navy": 0x000080,
    "darkblue": 0x00008B,
    "purple": 0x800080,
    "magenta": 0xFF00FF,
    "fuchsia": 0xFF00FF,
    "white": 0xFFFFFF,
    "black": 0x000000,
}
_NO_FRAME = re.compile(r"none|hidden|(?:^|\s)0(?:px|pt|em)?(?:\s|$)")
_NO_MARGIN = re.compile(r"^0(?:\.0+)?[a-z%]{0,3}(?:\s|$)")


def declarations(style: str | None) -> dict[str, str]:
    """Return the properties of a style attribute in lower case; of each the last, nothing of an absurdly long one."""
    found = {}
    if style and len(style) <= MOST:
        for declaration in style.lower().split(";"):
            name, colon, value = declaration.partition(":")
            if colon:
                found[name.strip()] = value.replace("!important", "").strip()
    return found


def letters(given: dict[str, str]) -> list[str]:
    """Return how letters are to look that are in such a style: bold, slanted, underlined, struck, their colours."""
    if not given:
        return []
    meant = []
    weight = given.get("font-weight", "")
    if weight in ("bold", "bolder") or (weight.isdecimal() and _BOLD_FROM <= int(weight[:4]) <= 1_000):  # noqa: PLR2004 - CSS's own limit
        meant.append("font-weight:bold")
    if given.get("font-style", "") in ("italic", "oblique"):
        meant.append("font-style:italic")
    lines = given.get("text-decoration-line") or given.get("text-decoration", "")
    meant += [f"text-decoration:{line}" for line in ("underline", "line-through") if line in lines][:1]
    highlight = colour(given.get("background-color") or given.get("background", ""))
    if (
        highlight is not None
        and _DARKEST_HIGHLIGHT <= _light(highlight) <= _LIGHTEST_HIGHLIGHT
        and _is_vivid(highlight)
    ):
        return [*meant, f"background-color:#{highlight:06x}", "color:#000000"]
    written = colour(given.get("color", ""))
    if written is not None and _is_vivid(written) and _light(written) <= _LIGHTEST_LETTERS:
        meant.append(f"color:#{written:06x}")
    return meant


def is_normal(given: dict[str, str]) -> bool:
    """Whether letters in it are not bold, whatever their element: Google Docs wraps all it copies so."""
    return given.get("font-weight", "") in ("normal", "400")


def is_framed(given: dict[str, str]) -> bool:
    """Whether a cell has a line around it, or at a side."""
    sides = (given.get(f"border{side}", "") for side in ("", "-top", "-right", "-bottom", "-left"))
    return any(side and not _NO_FRAME.search(side) for side in sides)


def is_tight(given: dict[str, str]) -> bool:
    """Whether a paragraph keeps no distance, as those of mail programs do that write an empty one in its place."""
    margin = given.get("margin") or given.get("margin-top") or given.get("margin-bottom") or ""
    return bool(_NO_MARGIN.match(margin))


def colour(value: str) -> int | None:
    """Return a colour as red, green and blue; None for none, a transparent or an unknown one."""
    value = value.lower()[:200]
    if found := _HEX.search(value):
        digits = found[1]
        return int(digits if len(digits) == 6 else "".join(digit * 2 for digit in digits), 16)  # noqa: PLR2004 - #rrggbb
    if found := _RGB.search(value):
        if found[4] and float(found[4].rstrip(".") or 0) < _OPAQUE_FROM:
            return None
        red, green, blue = (min(int(part), 255) for part in found.groups()[:3])
        return red << 16 | green << 8 | blue
    return next((_NAMES[word] for word in _NAME.findall(value) if word in _NAMES), None)


def _parts(colour: int) -> tuple[int, int, int]:
    return colour >> 16, colour >> 8 & 255, colour & 255


def _light(colour: int) -> float:
    """Return how light a colour looks, from 0 to 1 (ITU-R BT.601)."""
    red, green, blue = _parts(colour)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def _is_vivid(colour: int) -> bool:
    """Whether it is a colour rather than a shade of grey, which is how all text looks."""
    return max(_parts(colour)) - min(_parts(colour)) >= _GREY
