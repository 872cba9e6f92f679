"""Which charset a text without a declared one is in, where its octets leave little doubt.

Western text has single octets beyond ASCII among letters; Chinese, Japanese, Korean and Cyrillic text
has long runs of them. Only such runs are looked at, and each charset has one plain mark: kana for
Japanese, the range of lead octets for Korean against Chinese, the range of small letters for
the two Cyrillic ones.
"""

from __future__ import annotations

import re

_SAMPLE = 20_000
_RUN = re.compile(rb"[\x80-\xff]+")
_EUC_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
_SJIS_KANA = re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]")
_BIG5_PAIR = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_FEWEST = 6


def guess(octets: bytes) -> str | None:
    """Return Python's name of the charset, None when it may well be a Western one."""
    sample = octets[:_SAMPLE]
    runs = _RUN.findall(sample)
    high = b"".join(runs)
    long_runs = sum(len(run) for run in runs if len(run) > 3)  # noqa: PLR2004 - two characters and more
    if len(high) < _FEWEST or long_runs < 0.6 * len(high):
        return _shifted(sample, high)
    if sum(len(run) for run in runs if len(run) % 2 == 0) > 0.9 * len(high):
        return _paired(high)
    return _shifted(sample, high) or _cyrillic(high)


def _paired(high: bytes) -> str | None:
    """EUC-JP, EUC-KR and GBK: all characters are pairs of high octets."""
    pairs = len(high) // 2
    if len(_EUC_KANA.findall(high)) > 0.3 * pairs and _decodes(high, "euc_jp"):
        return "euc_jp"
    beyond_hangul = sum(1 for lead in high[::2] if lead > 0xC8)  # noqa: PLR2004 - the last row of hangul
    if beyond_hangul < 0.05 * pairs and _decodes(high, "cp949"):
        return "cp949"
    return "gb18030" if _decodes(high, "gb18030") else None


def _shifted(sample: bytes, high: bytes) -> str | None:
    """Shift_JIS and Big5: the second octet may be an ASCII one."""
    if 2 * len(_SJIS_KANA.findall(sample)) > 0.5 * len(high) >= _FEWEST / 2 and _decodes(sample, "cp932"):
        return "cp932"
    if 2 * len(_BIG5_PAIR.findall(sample)) > 1.1 * len(high) >= _FEWEST and _decodes(sample, "big5hkscs"):
        return "big5hkscs"
    return None


def _cyrillic(high: bytes) -> str | None:
    small = sum(1 for octet in high if octet >= 0xE0)  # noqa: PLR2004 - small letters of windows-1251
    letters = sum(1 for octet in high if octet >= 0xC0)  # noqa: PLR2004 - letters of both
    if letters < 0.9 * len(high):
        return None
    return "cp1251" if small > letters / 2 else "koi8_r"


def _decodes(octets: bytes, charset: str) -> bool:
    try:
        octets.decode(charset)
    except UnicodeDecodeError as error:
        return error.start > len(octets) - 4
    return True
