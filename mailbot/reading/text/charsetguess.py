"""Which charset a text without a declared one is in, where its octets leave little doubt.

Western text has single octets beyond ASCII among letters; Chinese, Japanese, Korean and Cyrillic text
has long runs of them. Only such runs are looked at, and each charset has one plain mark: kana for
Japanese, the range of lead octets and the commonest characters for Korean against Chinese, the range of
small letters for the two Cyrillic ones. Rows of one octet are no such runs: Western text draws lines with
dashes and dots, and indents with no-break spaces.

Turkish text differs from Western text in six octets only. It has the one of the undotted i, another of the six,
and no letter that is not Turkish: Icelandic, which has the same octets, does not go without its accents.
"""

from __future__ import annotations

import re

_SAMPLE = 20_000
_RUN = re.compile(rb"[\x80-\xff]+")
_EUC_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
_SJIS_KANA = re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]")
_BIG5_PAIR = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_FEWEST = 6
# By frequency in running text; which of the two languages a few characters are in, the lead octets leave open.
_HANGUL = frozenset(
    one.encode("cp949") for one in "이다는의가에하고을로지한니기사요세습은도를리인서어시자해나안일그수있대아주라정"
)
_HANZI = frozenset(
    one.encode("gb18030")
    for one in "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于"
    "着下自之年过发后作里用道行所然家事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心"
    "本前开但因只从想实日者意无力与长把机民第公此已工使"
)
_TURKISH_LETTERS = frozenset("ÂÇĞÎİÖŞÛÜâçğîıöşûü".encode("cp1254"))
_ONLY_TURKISH = frozenset("ĞİŞğış".encode("cp1254"))
_UNDOTTED = 0xFD
_FEWEST_TURKISH = 3


def guess(octets: bytes) -> str | None:
    """Return Python's name of the charset, None when it may well be a Western one."""
    sample = octets[:_SAMPLE]
    runs = [run for run in _RUN.findall(sample) if len(run) == 1 or len(set(run)) > 1]
    high = b"".join(runs)
    long_runs = sum(len(run) for run in runs if len(run) > 3)  # noqa: PLR2004 - two characters and more
    if len(high) < _FEWEST or long_runs < 0.6 * len(high):
        return _shifted(sample, high) or _turkish(high)
    if sum(len(run) for run in runs if len(run) % 2 == 0) > 0.9 * len(high):
        return _paired(high)
    return _shifted(sample, high) or _cyrillic(high)


def _paired(high: bytes) -> str | None:
    """EUC-JP, EUC-KR and GBK: all characters are pairs of high octets."""
    pairs = len(high) // 2
    if len(_EUC_KANA.findall(high)) > 0.3 * pairs and _decodes(high, "euc_jp"):
        return "euc_jp"
    if sum(1 for lead in high[::2] if lead > 0xA0) < 0.8 * pairs:  # noqa: PLR2004 - below the rows of these charsets
        return None
    beyond_hangul = sum(1 for lead in high[::2] if lead > 0xC8)  # noqa: PLR2004 - the last row of hangul
    if beyond_hangul < 0.05 * pairs and _is_rather_korean(high) and _decodes(high, "cp949"):
        return "cp949"
    return "gb18030" if _decodes(high, "gb18030") else None


def _is_rather_korean(high: bytes) -> bool:
    characters = [high[at : at + 2] for at in range(0, len(high), 2)]
    return sum(one in _HANGUL for one in characters) >= sum(one in _HANZI for one in characters)


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


def _turkish(high: bytes) -> str | None:
    letters = [octet for octet in high if octet >= 0xC0]  # noqa: PLR2004 - below are signs
    only = [octet for octet in letters if octet in _ONLY_TURKISH]
    if len(only) < _FEWEST_TURKISH or _UNDOTTED not in only or len(set(only)) == 1:
        return None
    return "cp1254" if _TURKISH_LETTERS.issuperset(letters) else None


def _decodes(octets: bytes, charset: str) -> bool:
    try:
        octets.decode(charset)
    except UnicodeDecodeError as error:
        return error.start > len(octets) - 4
    return True
