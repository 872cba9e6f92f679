"""Values with parameters: Content-Type and Content-Disposition (RFC 2045, 2183, 2231).

One linear pass. Names cut into numbered pieces and percent-encoded (RFC 2231) are put together
also where pieces are missing or the charset stands in the wrong one; encoded words in quoted
values, which RFC 2047 forbids and most programs write, are decoded.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from mailbot.reading.fields.encodedwords import decode_words, one_line
from mailbot.reading.text.charsets import decode

_PARAMETER = re.compile(
    r"""[;\s]*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)(?:"|\Z)|([^;]*))""",
    re.DOTALL,
)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\[^\\]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,4}")
_MAX_VALUE = 16_384
_MAX_PARAMETERS = 200


def parse(value: str) -> tuple[str, dict[str, str]]:
    """Return the value before the first semicolon in lower case, and its parameters by lower-case name.

    Of a parameter given twice the first counts. Never raises.
    """
    value = value[:_MAX_VALUE]
    main, _, rest = value.partition(";")
    if "=" in main and "/" not in main:
        # "Content-Type: charset=utf-8": the type itself is missing.
        main, rest = "", value
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(rest)):
        if count >= _MAX_PARAMETERS:
            break
        name = found[1].lower()
        text = _unquoted(found[2]) if found[2] is not None else _bare(found[3])
        if "*" in name:
            _add_piece(pieces, name, text)
        else:
            plain.setdefault(name, decode_words(text) if "=?" in text else one_line(text))
    for name, parts in pieces.items():
        joined = one_line(_join(parts))
        if joined:
            plain[name] = joined
    return main.strip().lower(), plain


def _unquoted(text: str) -> str:
    """Undo quoted pairs, except in a Windows path, whose backslashes old programs did not escape."""
    return text if _WINDOWS_PATH.match(text) else _ESCAPE.sub(r"\1", text)


def _bare(text: str) -> str:
    """An unquoted value ends at white space unless an encoded word or a file name with spaces stands there."""
    return text.strip().strip("\"'") if text.strip()[:1] in "\"'" else text.strip()


def _add_piece(pieces: dict[str, list[tuple[int, bool, str]]], name: str, text: str) -> None:
    """File `name*`, `name*0` or `name*0*` under its base name."""
    base, _, tail = name.partition("*")
    encoded = tail.endswith("*") or not tail
    number = tail.rstrip("*")
    pieces.setdefault(base, []).append((int(number) if _NUMBER.fullmatch(number) else 0, encoded, text))


def _join(parts: list[tuple[int, bool, str]]) -> str:
    """Put the pieces of RFC 2231 section 3 and 4 together."""
    octets, charset = b"", ""
    for position, (_, encoded, text) in enumerate(sorted(parts, key=lambda part: part[0])):
        piece = text
        if encoded and position == 0 and piece.count("'") >= 2:  # noqa: PLR2004 - charset'language'value
            charset, _, piece = piece.split("'", 2)
        octets += unquote_to_bytes(piece) if encoded else piece.encode("utf-8", "replace")
    text = decode(octets, charset)[0]
    return decode_words(text) if "=?" in text else text
