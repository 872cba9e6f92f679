"""Times of day at which something happened to calls, in what people write: with their day where it is said, and a zone.

Times by which somebody can be called back, and those of opening hours and appointments, are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_CLOCK = re.compile(
    r"(?i)(?<![\d.:,/+-])(?:(?P<h>[01]?\d|2[0-3])(?P<sep>[:h.])(?P<m>[0-5]\d)(?::[0-5]\d)?(?![\d:%/]|\.\d)"
    r"|(?P<alone>[01]?\d|2[0-3])(?= ?(?:[ap]\.?m\b|uhr\b)))"
    r"(?: ?(?P<half>[ap])\.?m(?:\b\.?|(?=et\b)))?(?P<uhr> ?uhr\b)?"
    r"(?: ?(?P<zone>(?:utc|gmt)(?:[+-]\d{1,2})?|e[sd]?t|c[sd]t|m[sd]t|p[sd]t|ces?t|bst|wes?t|mez|mesz)\b)?"
)
_HAPPENED = re.compile(
    r"(?i)\b(?:calls?|called|calling|dial\w*|rang|tried|try|test\w*|fail\w*|dropp?\w*|register\w*|down|since|outage"
    r"|error|happen\w*|stopp?\w*|started|not work\w*|fehl\w*"
    r"|anruf\w*|angerufen|versuch\w*|seit|ausfall|gew[äa]hlt|getestet|abgebrochen|st[öo]rung"
    r"|appel\w*|essay\w*|depuis|[ée]chou\w*|panne|coup[ée]\w*|llam\w*|intent\w*|desde|fall[óo]\w*|cort\w*|prob\w*"
    r"|lig\w*|tent\w*|falh\w*|chamad\w*|caiu|test[áa]mos)\b"
)
_NOT_THEN = re.compile(
    r"(?i)\b(?:(?:call|phone|ring|reach) (?:me|us|you|him|her|them)|call ?back|can (?:be )?(?:call|reach)\w*"
    r"|available|until|till|opens?|opening|office hours|business hours|hours are"
    r"|meeting|appointment|lunch|sent:|wrote|shift|visit|technician|tomorrow|please|bitte|erreich\w*|[öo]ffnungs\w*"
    r"|ge[öo]ffnet|termin|r[üu]ckruf|zur[üu]ckrufen|rufen sie|morgen(?! ?(?:um )?\d.*(?:angerufen|versucht))"
    r"|joignable|disponible|rendez-vous|ouvert\w*|demain|rappel\w*|horaires?|hasta|horario|abiert\w*|cita"
    r"|ll[áa]me\w*|at[ée]|reuni[ãa]o|aberto|hor[áa]rio|ligue\w*|amanh[ãa]|si'l vous|por favor)\b"
)
_TODAY = re.compile(
    r"(?i)\b(?:today|this (?:morning|afternoon|evening)|tonight|just now|heute|aujourd.hui|ce (?:matin|soir)"
    r"|cet apr[èe]s-midi|hoy|esta (?:ma[ñn]ana|tarde|noche|manh[ãa]|noite)|hoje)\b"
)
_YESTERDAY = re.compile(r"(?i)\b(?:yesterday|last night|gestern|hier|ayer|anoche|ontem)\b")
_MONTHS = (
    "jan|feb|f[ée]v|mar|m[äa]r|apr|avr|abr|ma[iyo]|jun|juin|jul|juil|aug|ago|ao[ûu]t|sep|set|oct|okt|out|nov|dec|dez"
    "|d[ée]c|dic"
)
_DATE = re.compile(
    rf"(?i)\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|\d{{1,2}}\.\d{{1,2}}\.(?:\d{{2,4}})?(?!\d)"
    rf"|(?:{_MONTHS})[a-zçéû]*\.? \d{{1,2}}(?!\d|:)(?:,? \d{{4}})?"
    rf"|\d{{1,2}}\.? (?:de )?(?:{_MONTHS})[a-zçéû]*\.?(?: (?:de )?\d{{4}})?)"
)
_SENTENCES = re.compile(r"(?:(?<=[a-zäöüß)])|(?<=[:h][0-5]\d))[.!?]\s+(?=[A-ZÄÖÜÉÀ¿¡])|;")
_HALVES = 12


def times_in(line: str, at: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Yield the times of day at which something happened, written by somebody of that zone at that instant.

    Each is written "2026-11-23 09:15 (America/New_York)"; a date as it was said, and none where none was.
    """
    for sentence in _SENTENCES.split(line):
        if _HAPPENED.search(sentence) and not _NOT_THEN.search(sentence):
            day = _day(sentence, at.astimezone(zone))
            for found in _CLOCK.finditer(sentence):
                time = _time(found)
                if time:
                    named = (found["zone"] or "").upper() or zone.key
                    yield f"{day} {time} ({named})".strip()


def _time(found: re.Match[str]) -> str:
    hour, half = int(found["h"] or found["alone"]), (found["half"] or "").casefold()
    if found["sep"] == "." and not (found["uhr"] or half):
        return ""
    if half and not 1 <= hour <= _HALVES:
        return ""
    if half:
        hour = hour % _HALVES + (_HALVES if half == "p" else 0)
    return f"{hour:02}:{found['m'] or '00'}"


def _day(sentence: str, local: datetime) -> str:
    date = _DATE.search(sentence)
    if date:
        return date[0]
    if _YESTERDAY.search(sentence):
        return str(local.date() - timedelta(days=1))
    return str(local.date()) if _TODAY.search(sentence) else ""
