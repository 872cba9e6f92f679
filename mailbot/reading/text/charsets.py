"""Octets to text: the declared charset, then UTF-8, then windows-1252, then replacement marks.

Senders name charsets wrongly in a few well-known ways: iso-8859-1 for windows-1252, gb2312 for
GBK, and so on. Each such name is read as the superset that mail programs use. UTF-7 is never
decoded, because it hides ASCII from every check that looks at octets, and names of codecs that
are no charsets (base64, rot13, idna ...) count as unknown.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from mailbot.reading.text import charsetguess

_NAME = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,39}")
_SUPERSETS = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "cp-850": "cp850",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
}
_NO_CHARSETS = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "palmos", "utf-7"}
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_ESCAPED_JIS = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SPACE = 0x20
_HALF_ROW = 0x5F
_DELETE_GAP = 0x60


@lru_cache(maxsize=256)
def codec_name(charset: str) -> str | None:
    """Return Python's name for a declared charset, None when there is no such charset or it is not to be used."""
    name = charset.strip().strip("\"'").lower()
    if not _NAME.fullmatch(name):
        return None
    name = _SUPERSETS.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if info.name in _NO_CHARSETS or not getattr(info, "_is_text_encoding", True):
        return None
    return info.name


def decode(octets: bytes, charset: str = "") -> tuple[str, bool]:
    """Return the text and whether it is exact: False when octets had to be guessed or replaced.

    Never raises, and the text holds no surrogates.
    """
    if octets.isascii() and b"\x1b" not in octets and b"\x00" not in octets:
        return _plain_ascii(octets, charset)
    if _ESCAPED_JIS.search(octets) and (not charset or charset.lower().startswith(("iso-2022", "us-ascii"))):
        return _iso_2022_jp(octets)
    name = codec_name(charset) if charset else None
    if name and name.startswith("utf-16") and b"\x00" not in octets:
        name = None
    if name and name not in ("ascii", "utf-8"):
        text = _strict(octets, name)
        if text is not None:
            return text, True
    return _undeclared(octets, name)


def decode_field(octets: bytes, charset: str) -> str:
    """Return the text of a header field with raw eight-bit octets: as UTF-8 (RFC 6532 section 3.2), else as `charset`.

    That is the body's. Where it is a Western one, which many programs name without looking, octets that are clearly
    of another outweigh it.
    """
    text = _strict(octets, "utf-8")
    if text is not None:
        return text
    guessed = charsetguess.guess(octets) if codec_name(charset) == "cp1252" else None
    return octets.decode(guessed, "replace") if guessed else decode(octets, charset)[0]


def _plain_ascii(octets: bytes, charset: str) -> tuple[str, bool]:
    """Decode seven-bit octets without NUL; of the charsets in use only HZ gives them another meaning."""
    name = codec_name(charset) if charset else "ascii"
    if name == "hz":
        text = _strict(octets, name)
        if text is not None:
            return text, True
    return octets.decode("ascii"), name is not None or charset.lower() in ("", "unknown-8bit")


def _strict(octets: bytes, name: str) -> str | None:
    """Decode without any replacement; None when that fails or leaves surrogates."""
    try:
        text = octets.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None
    return None if _SURROGATES.search(text) else text


def _undeclared(octets: bytes, name: str | None) -> tuple[str, bool]:
    """Go down the ladder below the declared charset."""
    text = _strict(octets, "utf-8")
    if text is not None:
        return text, name in ("utf-8", "ascii", None)
    if name and name not in ("ascii", "utf-8"):
        # Right charset, damaged octets: one bad character in a Japanese mail must not turn all of it to Latin.
        damaged = octets.decode(name, "replace")
        if damaged.count("\ufffd") <= max(2, len(damaged) // 20):
            return _SURROGATES.sub("\ufffd", damaged), False
    damaged = octets.decode("utf-8", "replace")
    if name == "utf-8" and (_cut_short(octets) or _mostly_right(damaged)):
        return damaged, False
    guessed = charsetguess.guess(octets) if name in (None, "ascii") else None
    if guessed:
        return octets.decode(guessed, "replace"), False
    if _mostly_right(damaged):
        return damaged, False
    return octets.decode("cp1252", "replace"), False


def _mostly_right(damaged: str) -> bool:
    """Whether UTF-8 is the right charset of a damaged text: more good characters beyond ASCII than bad ones."""
    good = sum(map(len, _BEYOND_ASCII.findall(damaged)))
    bad = damaged.count("\ufffd")
    return good - bad >= bad > 0


def _cut_short(octets: bytes) -> bool:
    """Whether the only damage to UTF-8 is a character cut in the middle at the very end."""
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(octets) - 3 and error.reason == "unexpected end of data"
    return False


def _iso_2022_jp(octets: bytes) -> tuple[str, bool]:
    """Decode ISO-2022-JP as mail programs do: with the NEC and IBM rows that only windows-31j knows."""
    text = _strict(octets, "iso2022_jp_2")
    if text is not None:
        return text, True
    out: list[str] = []
    double = False
    position = 0
    for mark in _ESCAPED_JIS.finditer(octets):
        out.append(_jis_run(octets[position : mark.start()], double=double))
        double = mark.group().startswith(b"\x1b$")
        position = mark.end()
    out.append(_jis_run(octets[position:], double=double))
    return "".join(out), False


def _jis_run(octets: bytes, *, double: bool) -> str:
    """Decode one run between escapes; rows of pairs become Shift_JIS, whose codec knows NEC's and IBM's rows."""
    if not double:
        return octets.decode("cp932", "replace")
    pairs = bytes(octet & 0x7F for octet in octets if octet > _SPACE)
    return b"".join(map(_shift_jis, pairs[::2], pairs[1::2])).decode("cp932", "replace")


def _shift_jis(row: int, cell: int) -> bytes:
    """Fold two rows of 94 cells into one row of 188."""
    lead = (row - 0x21) // 2 + (0x81 if row < _HALF_ROW else 0xC1)
    trail = cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < _DELETE_GAP else 0x20)
    return bytes((lead, trail))
