"""Telephone numbers in what people write: to recognise a known one, and to find whom to call back.

Recognising takes any run of digits that might be a number, for it is compared with known ones.
Calling back is stricter, because a wrong number costs an agent minutes at night: dates, addresses of
machines, fax numbers and the numbers of orders and tickets are not offered, and what the sender
asks to be called on, or has in the signature, comes before a number that is merely mentioned, and
what the sender has dialled in vain comes last of all.
Mailers wrap plain text at any space, also within a number: what stands on both sides of a line end is
one number where it makes one together and what comes first cannot be dialled alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMPARED_DIGITS = 9
_MOST_CHARACTERS = 20_000
_LONGEST_LINE = 1_000
_LABEL = 40

_DIGIT_RUN = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d){6,14}")
_DIALLED = re.compile(
    r"(?<![\w@#/=+.:-])(?:\+|\(\+?)?\d(?:[ \t\xa0().\-/\u2010-\u2013]{0,3}\d){6,14}"
    r"(?:[ \t,]{1,2}(?:ext\.?|x)[ \t]?\d{1,6})?(?![\w@]|[./:-]\d)",
    re.IGNORECASE,
)
_WRAPPED = re.compile(
    r"(?<![\w@#/=+.:-])(?<!\d[ \t\xa0().\-/\u2010-\u2013])"
    r"(?P<first>(?:\+|\(\+?)?\d[\d \t\xa0().\-/\u2010-\u2013]{0,20})\r?\n[ \t\xa0]*"
    r"(?P<rest>\(?\d(?:[ \t\xa0().\-/\u2010-\u2013]{0,3}\d){1,13})(?![\w@]|[./:-]\d)"
)
_NORTH_AMERICAN = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")
_LOCAL = 7
_WITH_AREA = 10
_INTERNATIONAL = range(9, 16)
_WITH_TRUNK_PREFIX = range(9, 13)
_DATE_OR_ADDRESS = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}\b|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d\b|\d{1,3}(?:\.\d{1,3}){3}$"
)
_NOT_TO_CALL = re.compile(
    r"(?i)\b(?:fax|telefax|téléfax|order|invoice|ticket|case|reference|ref|serial|mac|imei|iccid|account|acct|iban|vat"
    r"|rechnung\w*|auftrag\w*|kunden\w*|bestell\w*|vorgang\w*|commande|facture|factura|pedido)"
    r"[ \t]*(?:no|nr|n°|nº|number|nummer|numéro|id)?[ \t.:#]*$"
)
_ASKED = re.compile(
    r"(?i)\b(?:call|phone|telephone|tel|cell|mobile|reach|ring|text me|direct|handy|mobil|telefon\w*|rufen|ruf"
    r"|rückruf\w*|erreich\w*|appel\w*|joindre|joignable|portable|tél|téléphone|llam\w*|móvil|tfno|teléfono"
    r"|lig(?:ar|ue|uem)|celular|telemóvel|contacto|contact)\b"
)
_TRIED = re.compile(
    r"(?i)\b(?:dial(?:s|l?ed|l?ing)?|gewählt(?:e|en)?|wählen?|wähle|compos(?:er|ons|ant|e|é)|marc(?:ar|amos|ando|o)"
    r"|disc(?:ar|amos|ando|o)"
    r"|(?:when|if|each time|every time|cannot|can't|can not|could not|couldn't|tr(?:y|ied|ying) to|unable to|nobody can"
    r"|no one can) (?:(?:i|we|you|they|customers?|callers?|people|one) )?(?:try to )?(?:call|calls|called|reach|ring"
    r"|rang|phone)|call(?:s|ing) to)"
    r"(?: out)?(?: to)?(?: (?:the|this|that|a|another|your)(?: \w+)?)?(?: (?:number|line))?[ \t:,(\"]*$"
)


def compared_digits(number: str) -> str:
    """Return the last nine digits: the same number with and without its country code."""
    return re.sub(r"\D", "", number)[-_COMPARED_DIGITS:]


def digit_runs(text: str) -> Iterator[str]:
    """Yield whatever may be a telephone number, as it is written, in the first 20,000 characters."""
    return (found[0] for found in _DIGIT_RUN.finditer(text[:_MOST_CHARACTERS]))


def to_call_back(reply: str, signature: str) -> tuple[str, ...]:
    """Return the numbers on which the writer can be called, as written, best first, each once.

    `reply` are the newly written words, `signature` what stands below them. Numbers that are merely
    mentioned count only where no other is found: they may be the very lines that are dead.
    """
    asked: list[str] = []
    mentioned: list[str] = []
    tried: list[str] = []
    for before, number in numbers_written(reply):
        (tried if _TRIED.search(before) else asked if _ASKED.search(before) else mentioned).append(number)
    signed = [number for _, number in numbers_written(signature)]
    found: dict[str, str] = {}
    for number in asked + signed or mentioned or tried:
        found.setdefault(compared_digits(number), number)
    return tuple(found.values())


def numbers_written(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number that could be dialled, after the words before it on its line."""
    for line in _WRAPPED.sub(_unwrapped, text[:_MOST_CHARACTERS]).splitlines():
        end = 0
        for found in _DIALLED.finditer(line[:_LONGEST_LINE]):
            before, number, end = line[end : found.start()], found[0].strip(), found.end()
            excluded = _DATE_OR_ADDRESS.match(number) or _NOT_TO_CALL.search(before[-_LABEL:])
            if not excluded and _is_written_to_be_dialled(number):
                yield before, number


def _unwrapped(found: re.Match[str]) -> str:
    """Return what stands on both sides of a line end as one number, or as it was."""
    first, rest = found["first"].rstrip(), found["rest"]
    return first + ("" if first.endswith("-") else " ") + rest if _is_one_number(first, rest) else found[0]


def _is_one_number(first: str, rest: str) -> bool:
    """Return whether `first`, too short to be dialled by itself, becomes a number by `rest`."""
    begun, digits = re.sub(r"\D", "", first), re.sub(r"\D", "", first + rest)
    if "+" in first and not begun.startswith("1"):
        lengths = _INTERNATIONAL
    elif digits.startswith("0"):
        lengths = _WITH_TRUNK_PREFIX
    elif _NORTH_AMERICAN.fullmatch(digits):
        national = begun.removeprefix("1")
        return len(national) < (_LOCAL if national == begun else _WITH_AREA)
    else:
        return False
    both_are_whole = len(begun) >= _LOCAL and len(digits) - len(begun) >= _LOCAL
    return len(digits) in lengths and len(begun) < lengths.start and not both_are_whole


def _is_written_to_be_dialled(number: str) -> bool:
    """Return whether the digits are grouped or begin as numbers do; a bare run may be anything."""
    digits = re.sub(r"\D", "", number)
    return number.startswith(("+", "(", "0")) or digits != number or len(digits) in {10, 11}
