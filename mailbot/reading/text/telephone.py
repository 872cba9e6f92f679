"""Telephone numbers in what people write: to recognise a known one, and to find whom to call back.

Recognising takes any run of digits that might be a number, for it is compared with known ones.
Calling back is stricter, because a wrong number costs an agent minutes at night: dates, addresses of
machines, fax numbers and the numbers of orders and tickets are not offered, nor is a number that is
merely mentioned: it may be the very line that is dead, one that was dialled in vain, or one to be
ported. The sender's own are those that he asks to be called on, and those that he signs with.
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
    r"|rückruf\w*|erreich\w*|appel\w*|joindre|joignable|portable|tél|téléphone|ll[aá]m\w*|móvil|tfno|teléfono"
    r"|lig(?:ar|ue|uem)|celular|telemóvel|contacto|contact|i am on|i'm on|ich bin unter|my number|meine nummer"
    r"|mon numéro|mi número|meu número)\b"
)
# What a number is about, and not whose it is: the last of it before a number counts.
_CONCERNED = re.compile(
    r"(?i)\b(?:port(?:s|ing|ed|er|ar|age)?|portier\w*|portabili\w*|transf[eé]r\w*|move|moving|bring|bringing|keep"
    r"|take over|mitnehmen|mitbringen|übernehmen|behalten|umziehen|garder|conserv\w*|traer|trazer|manter)\b"
    r"|(?<!\bon )(?<!\bat )(?<!\bunter )(?<!\bsur )(?<!\bau )(?<!\ben )(?<!\bal )(?<!\bno )"
    r"\b(?:our|the|this|these|those|unser(?:e[nrms]?)?|die|diese[nr]?|das|notre|nos|le|la|les|cette|ces"
    r"|nuestr[oa]s?|el|los|las|est[ea]s?|noss[oa]s?|[oa]s?)(?: \w+){0,2} "
    r"(?:numbers?|lines?|dids?|phones?|telephones?|(?:ruf)?nummern?|telefone?|anschl[uü]ss\w*|num[ée]ros?|lignes?"
    r"|t[ée]l[ée]phones?|n[úu]meros?|l[íi]neas?|linhas?|tel[ée]fonos?|telefones?)\b"
)
_SENTENCE = re.compile(r"(?<!\b[Tt]el)[.!?;]\s+(?=[A-ZÀ-Ý¿¡])")
_NEAR = 120
_WORDS_OF_A_SIGNATURE = 5
_TRIED = re.compile(
    r"(?i)\b(?:dial(?:s|l?ed|l?ing)?|gewählt(?:e|en)?|wählen?|wähle|compos(?:er|ons|ant|e|é)|marc(?:ar|amos|ando|o)"
    r"|disc(?:ar|amos|ando|o)"
    r"|(?:when|if|each time|every time|cannot|can't|can not|could not|couldn't|tr(?:y|ied|ying) to|unable to|nobody can"
    r"|no one can) (?:(?:i|we|you|they|customers?|callers?|people|one) )?(?:try to )?(?:call|calls|called|reach|ring"
    r"|rang|phone)|call(?:s|ing) to|(?:i|we|they) (?:always )?call"
    r"|(?:anrufe?n?|(?:wir|ich) rufen?|rufen wir|rufe ich|appels?|(?:nous |on |j'|j’)appel\w+"
    r"|llamadas?|llam(?:amos|o|ando)|ao ligar|chamadas?|liga[çc]\w+|ligamos)"
    r"(?: (?:an|zu|nach|bei|die|vers|au|aux|le|la|al?|el|para|ao?|o))*(?: (?:ruf)?nummer| n[uú]m[eé]ro)?)"
    r"(?: out)?(?: to)?(?: (?:the|this|that|a|another|your)(?: \w+)?)?(?: (?:number|line))?[ \t:,(\"]*$"
)


def compared_digits(number: str) -> str:
    """Return the last nine digits: the same number with and without its country code."""
    return re.sub(r"\D", "", number)[-_COMPARED_DIGITS:]


def digit_runs(text: str) -> Iterator[str]:
    """Yield whatever may be a telephone number, as it is written, in the first 20,000 characters."""
    return (found[0] for found in _DIGIT_RUN.finditer(text[:_MOST_CHARACTERS]))


def to_call_back(reply: str, signature: str) -> tuple[str, ...]:
    """Return the numbers that the writer gives as his own, as written, best first, each once.

    `reply` are the newly written words, `signature` what stands below them.
    """
    asked = [number for before, number in numbers_written(reply) if _is_own(before)]
    signed = [number for part in (_undersigned(reply), signature) for _, number in numbers_written(part)]
    found: dict[str, str] = {}
    for number in asked + signed:
        found.setdefault(compared_digits(number), number)
    return tuple(found.values())


def _is_own(before: str) -> bool:
    """Return whether the words before a number say that the writer can be called on it."""
    words = _SENTENCE.split(before[-_NEAR:])[-1]
    if _TRIED.search(words):
        return False
    asked, concerned = (max((found.end() for found in one.finditer(words)), default=-1) for one in (_ASKED, _CONCERNED))
    return asked > concerned


def _undersigned(reply: str) -> str:
    """Return the lines with a number among the last ones, where these are a name and what belongs to it, else ""."""
    above, _, last = reply.rstrip()[-_MOST_CHARACTERS:].replace("\r\n", "\n").rpartition("\n\n")
    lines = [line.strip() for line in _WRAPPED.sub(_unwrapped, last).splitlines()]
    numbered = [line for line in lines if any(numbers_written(line))]
    is_named = lines[:1] != numbered[:1] or (len(lines) == 1 and above.strip() != "")
    if not is_named or not all(map(_may_be_of_a_signature, lines)):
        return ""
    return "\n".join(numbered)


def _may_be_of_a_signature(line: str) -> bool:
    """Return whether a line is short, leads to nothing, and ends with its number where it has one."""
    ends = [line.endswith(number) for _, number in numbers_written(line)]
    is_short = len(re.findall(r"[^\W\d]+", line)) <= _WORDS_OF_A_SIGNATURE
    return is_short and ends in ([], [True]) and not line.endswith(":") and not _CONCERNED.search(line)


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
