"""Why a message was taken for what it was: the rules that hit, and what spoke against others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.deciding.classify import Classification, Judged, judge, meetings, words_of
from mailbot.deciding.effects import Evidence
from mailbot.deciding.matcher import Found, Part, Rule
from mailbot.deciding.understanding import classified
from mailbot.reading.model import Message
from mailbot.rules import Playbook, Rules, Severity, Tenant

_ABOUT: tuple[Severity | Playbook, ...] = (*Severity, *Playbook)


@dataclass(frozen=True, slots=True)
class Beside:
    """A rule that hit and decided nothing: something worse hit, too, or another common issue."""

    about: Severity | Playbook
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A rule whose words were found, and the words that speak against them.

    Those count in the sentences of the hit or, `anywhere`, in the whole message.
    """

    about: Severity | Playbook
    evidence: Evidence
    against: str
    anywhere: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict of `classified`, and what else was found; each rule once, the worst severity first."""

    found: Classification
    beside: tuple[Beside, ...]
    ruled_out: tuple[RuledOut, ...]


def explain(message: Message, rules: Rules, tenant: Tenant | None) -> Explanation:
    """Return the verdict on the message, as the tenant's, and all that was found on the way; nothing raises."""
    found, judged = classified(message, rules, tenant), judge(message, rules, tenant)
    decided = judged.verdict()
    beside = tuple(
        Beside(about, evidence)
        for about in _ABOUT
        for evidence in judged.evidence.get(about, {}).values()
        if about not in {decided.severity, decided.playbook}
    )
    ruled_out = sorted(_ruled_out(judged), key=lambda one: _ABOUT.index(one.about))
    return Explanation(found, beside, tuple(ruled_out))


def _ruled_out(judged: Judged) -> Iterator[RuledOut]:
    told: set[tuple[Severity | Playbook, str]] = set()
    for rule, found, having in meetings(judged.matcher, judged.sentences):
        if rule.id in judged.evidence.get(rule.about, {}) or (rule.about, rule.id) in told:
            continue
        scope = having[0] if having else None
        if against := _said_near(rule, found, having):
            anywhere = False
        else:
            against, anywhere = _first(one.words_against(rule, Part.ANYWHERE) for one in judged.sentences), True
        if against:
            told.add((rule.about, rule.id))
            evidence = Evidence(rule.id, found.where, words_of(rule, found, scope))
            yield RuledOut(rule.about, evidence, against, anywhere)


def _said_near(rule: Rule, found: Found, having: Iterable[Found] | None) -> str:
    """Return the words against a rule in the sentence of its state, or in that of its scope."""
    return _first(one.words_against(rule, Part.UNLESS) for one in (found, *(having or ())))


def _first(words: Iterable[str]) -> str:
    return next(filter(None, words), "")
