"""What other rules would have made of mail that came: for whoever tries a keyword before it counts.

Two sets of rules that differ in phrases only give different verdicts only where such a phrase stands, so
nothing is judged where none does. What became of a ticket is what its log says; what would have become
of it is what a mail of it would have changed by the verdict of the tried rules in the place of the present ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mailbot.deciding.classify import Classification, texts_of
from mailbot.deciding.matcher import Part, matcher_of
from mailbot.deciding.phrases import PhraseBook
from mailbot.deciding.systems import system_of
from mailbot.deciding.understanding import classified, worst_of
from mailbot.deciding.words import clean, comparable_words, sentences
from mailbot.reading.model import Message
from mailbot.rules import Playbook, PlaybookRules, Rules, Severity, SeverityRules, Tenant
from mailbot.rules.same import Same

_Phrase = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a message is about by the present rules and by the tried ones, and the words of the phrase as they stand."""

    present: Classification
    tried: Classification
    words: str


class Trial:
    """The present rules, and others to be tried in their place."""

    def __init__(self, present: Rules, tried: Rules) -> None:
        self._present = present
        self._tried = tried
        self._book = PhraseBook()
        new = set(_phrases(tried)) - set(_phrases(present))
        for phrase in {phrase for _, _, phrase in new}:
            self._book.add(phrase, 1)
        self.differs = bool(new)

    def verdicts(self, message: Message, tenant_ids: Collection[str] = ()) -> Verdicts | None:
        """Return both verdicts on a message in which a phrase stands that only the tried rules know; else None.

        The tenants are those whose own words count in it; of several, those of the one by which it is worst.
        """
        words = self._words(message)
        if not words:
            return None
        present, tried = (
            classified(message, rules, _whose_words(message, rules, tenant_ids))
            for rules in (self._present, self._tried)
        )
        if system_of(message, self._present) is not None:
            # How severe its mail is, its rule says.
            tried = replace(tried, severity=present.severity)
        return Verdicts(present, tried, words)

    def _words(self, message: Message) -> str:
        for _, text in texts_of(message):
            for sentence in sentences(text):
                for hit in self._book.walk(sentence.words).hits(1):
                    return sentence.quote(hit.start, hit.end)
        return ""


def _whose_words(message: Message, rules: Rules, tenant_ids: Collection[str]) -> Tenant | None:
    tenants = tuple(filter(None, map(rules.tenant_by_id, tenant_ids)))
    return tenants[0] if len(tenants) == 1 else worst_of(message, rules, tenants)


def _phrases(rules: Rules) -> Iterator[_Phrase]:
    """Yield every phrase with what or whom it is for and its place."""
    for about, table in _tables(rules):
        for place in ("unless", "unless_anywhere"):
            yield from ((about, place, phrase) for phrase in getattr(table, place))
        for rule in table.rule:
            for place in ("state", "scope", "unless"):
                yield from ((about, f"{rule.id}.{place}", phrase) for phrase in getattr(rule, place))
    for tenant in rules.tenant:
        for name in tenant.words.keys() & rules.uses_of_lists.keys():
            yield from ((tenant.id, f"words.{name}", phrase) for phrase in tenant.words[name])


def _tables(rules: Rules) -> list[tuple[Severity | Playbook, SeverityRules | PlaybookRules]]:
    return [*rules.severity.items(), *rules.playbook.items()]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a mail would have changed on its ticket: `was` is what it was then, `becomes` what it would have been."""

    was: Severity
    becomes: Severity
    playbook_was: str | None = None
    playbook_becomes: str | None = None

    @property
    def is_any(self) -> bool:
        """Whether anything would have been different."""
        return (self.was, self.playbook_was) != (self.becomes, self.playbook_becomes)


@dataclass(slots=True)
class Standing:
    """A ticket as its log goes on, entry by entry; `is_new` until its first mail has come."""

    severity: Severity = Severity.NORMAL
    playbook: str | None = None
    is_new: bool = True

    def changed(self, change: Mapping[str, Any]) -> None:
        """Take in what an entry set."""
        self.severity = Severity(change.get("severity", self.severity))
        self.playbook = change.get("playbook", self.playbook)

    def effect(self, verdicts: Verdicts) -> Effect:
        """Return what the ticket's next mail would have changed; a severity rises by a reply and never falls."""
        present, tried = verdicts.present.severity, verdicts.tried.severity
        if present == tried:
            was = becomes = self.severity
        elif self.is_new:
            # It is what the rules of that day made of this mail.
            was = self.severity
            becomes = tried if (tried.rank < was.rank) == (tried.rank < present.rank) else was
        else:
            was, becomes = _worse(self.severity, present), _worse(self.severity, tried)
        before = after = self.playbook if self.is_new else None
        if self.is_new and verdicts.present.playbook != verdicts.tried.playbook:
            after = str(verdicts.tried.playbook) if verdicts.tried.playbook else None
        return Effect(was, becomes, before, after)


def _worse(one: Severity, other: Severity) -> Severity:
    return one if one.rank <= other.rank else other


@dataclass(frozen=True, slots=True)
class Known:
    """A rule that looks for a phrase already: by itself, or near such words as `scope`, "" for by itself."""

    rule: str
    about: Severity | Playbook
    scope: str


def known(phrase: str, rules: Rules) -> tuple[Known, ...]:
    """Return the rules in force that look for this phrase or for words of it, each once."""
    matcher = matcher_of(Same(rules))
    owners = matcher.book.walk(comparable_words(clean(phrase))).owners
    scopes = {
        (about, rule.id): rule.scope[0] if rule.scope else "" for about, table in _tables(rules) for rule in table.rule
    }
    found = matcher.among(matcher.keys(owners, Part.STATE))
    return tuple(Known(rule.id, rule.about, scopes[rule.about, rule.id]) for rule in found)


def is_findable(phrase: str) -> bool:
    """Return whether a phrase has any word that could stand in a mail."""
    return bool(comparable_words(clean(phrase)))
