"""What a subject is about, apart from what changes each time that a system writes it.

Monitors, phone systems and cron jobs write "PROBLEM: web1 is DOWN (3 min)" and later "RECOVERY: web1 is UP
after 9 min". Both are of one topic, "web": words without digits, and without the words that say how things
stand. Which of several things of a topic is meant, its `thing` tells: it keeps the digits of names and addresses
("web1", "extension 101", "10.0.0.7") and leaves out dates, times, and numbers that measure or count something.

A subject tells of recovery only where nothing in it says the contrary: no word of trouble ("Restored backup
failed"), no negation ("no longer reachable"); of "OK -> CRITICAL" the second counts. An alarm that is taken for a
recovery would go unread, a recovery that is taken for an alarm is told once too often.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from mailbot.deciding.words import clean, comparable_words, compared

_LONGEST_SUBJECT = 400
_LONGEST_TEXT = 20_000
_MOST_WORDS = 40
# Nagios, Zabbix, Icinga, Alertmanager, Grafana, CloudWatch, PRTG, UptimeRobot, Pingdom, Healthchecks, Monit and phone
# systems write these, and their like in German, Spanish, French and Portuguese.
_ILL = compared(
    """
    down critical crit failed failing fails fail failure unreachable offline degraded outage unhealthy lost unregistered
    disconnected timeout breached exceeded firing fired triggered alarming alerting dead stopped
    ausgefallen ausfall kritisch gestort fehlgeschlagen
    caido caida fallo fallido critico inalcanzable
    panne echec echoue critique hors injoignable
    queda falha falhou indisponivel
    """
)
# Said of an alarm and of its end alike.
_EITHER = compared(
    """
    problem warning warn alert alerts alarm trigger error errors incident open opened unknown closed online normal back
    green success successful storung fehler warnung alerta problema error alerte probleme
    """
)
_WELL = compared(
    """
    up ok okay recovered recovery recovers resolved cleared restored fixed solved reachable registered reconnected
    behoben wiederhergestellt erreichbar verfugbar gelost
    resuelto resuelta recuperado recuperada restablecido restablecida solucionado
    resolu retabli retablie retablissement
    resolvido resolvida restabelecido restabelecida recuperacao
    """
)
_GLUE = compared(
    """
    re fw fwd aw wg sv tr the a an is are was were has have been in at on of for from to after since now again still
    state status changed service host monitor notification notice
    ist war wieder seit nach der die das fur von
    es esta el la los de del desde por
    est le les du des depuis sur
    e o os do da dos das
    s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days ms
    """
)
_NEGATIONS = frozenset({"not", "no", "non", "nicht", "kein", "keine", "nao", "pas"})
_CHANGE = re.compile(r"(?:\bfrom\s+)?(\w+)\s*(?:->|=>|\u2192|\u27a1|\bto\b)\s*(\w+)", re.IGNORECASE)
_IS_UP = re.compile(r"\bUP\b|\b(?i:is|are) (?:(?i:back|now|again) )*(?i:up)\b")
_DIGITS = re.compile(r"\d+")
_NUMERIC_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
# Dates, times, quantities with their unit, and what is counted behind a state, as in "[FIRING:2]".
_MEASURED = re.compile(
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\b|\b\d{1,2}:\d\d(?::\d\d)?"
    r"|\d+(?:[.,]\d+)? ?(?:%|(?:s|secs?|seconds?|m|min|mins|minutes?|h|hrs?|hours?|d|days?|ms|[kmgt]i?b|x|times)\b)"
    r"|(?<=firing:)\d+|(?<=resolved:)\d+|(?<=alerting:)\d+|(?<=ok:)\d+",
    re.IGNORECASE,
)


def topic(subject: str, recovered: tuple[str, ...] = ()) -> str:
    """Return what a subject is about, digits apart, and state apart if it says more than that; "" for no words.

    `recovered` are further phrases of its sender that say that something works again.
    """
    words = [letters for word in _without(recovered, _words(subject)) if (letters := _DIGITS.sub("", word))]
    return " ".join([word for word in words if not _is_passing(word)] or words)


def key(words: str) -> str:
    """Return what stands for a topic or a thing in the log, where no sender's words are to be; "" for ""."""
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest() if words else ""


def thing(subject: str, recovered: tuple[str, ...] = ()) -> str:
    """Return the one thing that a subject is about: its topic, with the digits that tell it from others."""
    subject = subject[:_LONGEST_SUBJECT]
    addresses = _NUMERIC_ADDRESS.findall(subject)
    words = _without(recovered, _words(_MEASURED.sub(" ", _NUMERIC_ADDRESS.sub(" ", subject))))
    return " ".join([*(word for word in words if not _is_passing(_DIGITS.sub("", word))), *addresses])


def tells_recovery(subject: str, recovered: tuple[str, ...] = ()) -> bool:
    """Return whether a subject says that something works again."""
    words = _words(_CHANGE.sub(_only_after, subject[:_LONGEST_SUBJECT]))
    if any(word in _ILL or word in _NEGATIONS for word in words):
        return False
    if len(_without(recovered, words)) < len(words):
        return True
    # "Sign up", "backing up": it tells of a state in capitals, or behind "is".
    states = _WELL if _IS_UP.search(subject) else _WELL - {"up"}
    return any(word in states for word in words)


def alike(one: str, other: str) -> float:
    """Return how many of the words of two texts are in both, from 0 to 1; digits and state apart."""
    first, second = _letters(one), _letters(other)
    return len(first & second) / len(first | second) if first or second else 1.0


def same(one: str, other: str) -> bool:
    """Return whether two texts are the same, spaces apart."""
    return one.split() == other.split()


def _only_after(change: re.Match[str]) -> str:
    before, after = change[1].casefold(), change[2].casefold()
    states = _ILL | _WELL | _EITHER
    return change[2] if before in states and after in states else change[0]


@lru_cache(maxsize=256)
def _words(subject: str) -> tuple[str, ...]:
    return comparable_words(clean(subject[:_LONGEST_SUBJECT]))[:_MOST_WORDS]


def _without(phrases: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that are not part of any of the phrases."""
    if not phrases:
        return words
    rest = f" {' '.join(words)} "
    for phrase in map(_words, phrases):
        rest = rest.replace(f" {' '.join(phrase)} ", " ") if phrase else rest
    return tuple(rest.split())


def _is_passing(word: str) -> bool:
    return word in _ILL or word in _EITHER or word in _WELL or word in _GLUE or word in _NEGATIONS


def _letters(text: str) -> set[str]:
    words = (_DIGITS.sub("", word) for word in comparable_words(clean(text[:_LONGEST_TEXT])))
    return {word for word in words if word and not _is_passing(word)}
