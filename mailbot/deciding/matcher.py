"""The severity and playbook rules made ready, and what they find in one sentence.

Every rule, and every severity and playbook as a whole, has a bit, its key. What a sentence says is
four sets of keys: whose state stands in it, whose scope, and whom it rules out there or anywhere.
So rules that cannot hit cost nothing: only where a state meets a scope are words looked at.

Words of a tenant's own are in a book beside, for its mail alone: their owners are those of the list that they add to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache, reduce
from operator import or_

import regex

from mailbot.deciding.effects import Evidence
from mailbot.deciding.patterns import NoPatternError, compiled
from mailbot.deciding.phrases import PhraseBook
from mailbot.deciding.words import Sentence
from mailbot.rules import PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules, Tenant
from mailbot.rules.same import Same

# "not solved", "since last week": the phrase does not say what it says elsewhere. Two words of room.
_TURNED_BY = frozenset(
    word
    for words in (
        "not never no without since nothing none nobody",
        "nicht nie ohne seit nichts nix",
        "pas jamais sans depuis rien",
        "nunca sin desde nada",
        "nao sem nada",
    )
    for word in words.split()
)
# "does not ring on my phone" is still about mine alone; "not only my phone" is not.
_WHOSE = frozenset("my mein meinem meine mon ma mi meu minha".split())
_ONLY = frozenset("only just nur seulement solo so apenas".split())
# "until it works again", "please get us back online", "your page says that it is resolved", "yesterday it was working
# again": wanted, awaited, claimed or past, not so now; for what counts anywhere.
_AWAITED_BY = frozenset(
    word
    for words in (
        "until till when once soon get make need needs must should will bring want if whether",
        "hope hopes hoping hopefully expect say says said told claims yesterday",
        "bis wann sobald wenn damit muss mussen soll sollte ob",
        "hoffe hoffen hoffentlich sagt sagte hiess angeblich gestern",
        "quand jusqu faut doit espere esperons esperant dit hier",
        "cuando hasta necesitamos necesito espero esperamos ojala dice dicen dijo dijeron ayer",
        "quando ate precisamos preciso tomara diz dizem disse disseram ontem",
    )
    for word in words.split()
)

# "Down since the move last week" tells when it began, and not that it is over.
_BEGUN_BY = frozenset("since after seit nach depuis apres desde despues apos".split())
# "We had an outage last week and now all is down": what is said of the past before it does not speak against it.
_NOW = frozenset("now today jetzt heute nun maintenant aujourd ahora hoy agora hoje".split())

# Of the words of one tenant; with a hundred such tenants they may take some 40 MB.
_MOST_OWN_STEPS = 2000


class Part(IntEnum):
    """What a phrase says for a rule; `UNLESS` within its sentence, `ANYWHERE` in the whole message."""

    STATE = 0
    SCOPE = 1
    UNLESS = 2
    ANYWHERE = 3


_PARTS = {"state": Part.STATE, "scope": Part.SCOPE, "unless": Part.UNLESS, "unless_anywhere": Part.ANYWHERE}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is looked for. Being ruled out by any key of `out`, its own and its table's, takes its hits back.

    `pattern_place` is where the operator wrote its regex, "" for a shipped one.
    """

    key: int
    out: int
    about: Severity | Playbook
    id: str
    pattern_place: str = ""


@dataclass(frozen=True, slots=True)
class Matcher:
    """All phrases in one book, patterns compiled, those that are none reported.

    `scopeless` are the keys of the rules that need no scope, `patterns` say whose they are. A phrase's
    owners in the book are a set of keys for each `Part`, one above the other, `width` bits each.
    `users` are the owners of each shared list of words.
    """

    rules: tuple[Rule, ...]
    scopeless: int
    width: int
    book: PhraseBook
    patterns: dict[regex.Pattern[str], int]
    unusable: tuple[Evidence, ...]
    users: Mapping[str, int]
    _own: dict[str, PhraseBook]

    def own_book(self, tenant: Tenant | None) -> PhraseBook | None:
        """Return the words that a tenant of these rules has besides, None for none."""
        if tenant is None or not tenant.words:
            return None
        book = self._own.get(tenant.id)
        if book is None:
            book = self._own[tenant.id] = PhraseBook(most_steps=_MOST_OWN_STEPS)
            for name, phrases in tenant.words.items():
                for phrase in phrases:
                    book.add(phrase, self.users.get(name, 0))
        return book

    def keys(self, owners: int, part: Part) -> int:
        """Return the keys for which phrases of these owners are that part."""
        return owners >> part * self.width & (1 << self.width) - 1

    def owners(self, keys: int, part: Part) -> int:
        """Return the owners of a phrase that is that part for all of these keys."""
        return keys << part * self.width

    def among(self, keys: int) -> Iterator[Rule]:
        """Yield the rules of these keys, in their order."""
        while keys:
            lowest = keys & -keys
            yield self.rules[lowest.bit_length() - 1]
            keys ^= lowest


@lru_cache(maxsize=4)
def matcher_of(same: Same[Rules]) -> Matcher:
    """Return the severity and playbook rules made ready; once for the same Rules."""
    tables: list[tuple[Severity | Playbook, SeverityRules | PlaybookRules]] = [
        *same.object.severity.items(),
        *same.object.playbook.items(),
    ]
    enabled = [(about, rule) for about, table in tables for rule in table.rule if not rule.disabled]
    abouts = {about: 1 << len(enabled) + at for at, (about, _) in enumerate(tables)}
    places = same.object.pattern_places
    rules = [
        Rule(1 << at, 1 << at | abouts[about], about, rule.id, places.get((about, rule.id), ""))
        for at, (about, rule) in enumerate(enabled)
    ]
    width = len(enabled) + len(abouts)
    book = PhraseBook()

    def add(key: int, part: Part, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            book.add(phrase, key << part * width)

    for about, table in tables:
        add(abouts[about], Part.UNLESS, table.unless)
        add(abouts[about], Part.ANYWHERE, table.unless_anywhere)
    uses = same.object.uses_of_lists
    # A scope may consist of a list that is empty but for tenants' own words.
    scoped = {(use.about, use.rule) for users in uses.values() for use in users if use.key == "scope"}
    scopeless = 0
    patterns: dict[regex.Pattern[str], int] = {}
    unusable: list[Evidence] = []
    for ready, (_, rule) in zip(rules, enabled, strict=True):
        add(ready.key, Part.STATE, rule.state)
        add(ready.key, Part.SCOPE, rule.scope)
        add(ready.key, Part.UNLESS, rule.unless)
        scopeless |= 0 if rule.scope or (ready.about, rule.id) in scoped else ready.key
        if (pattern := _compiled(rule, unusable)) is not None:
            patterns[pattern] = patterns.get(pattern, 0) | ready.key
    keys = {(rule.about, rule.id): rule.key for rule in rules} | {(about, ""): key for about, key in abouts.items()}
    owners = {
        name: reduce(or_, (keys.get((use.about, use.rule), 0) << _PARTS[use.key] * width for use in users), 0)
        for name, users in uses.items()
    }
    return Matcher(tuple(rules), scopeless, width, book, patterns, tuple(unusable), owners, {})


def _compiled(rule: PhraseRule, unusable: list[Evidence]) -> regex.Pattern[str] | None:
    """Return the rule's pattern ready for use, None when it has none, or one that is none and now among `unusable`."""
    if not rule.regex:
        return None
    try:
        return compiled(rule.regex)
    except NoPatternError as error:
        unusable.append(Evidence(rule.id, "regex", f"skipped, no valid pattern: {error}"))
        return None


class Found:
    """What stands in one sentence of the subject or the text (`where`).

    `states` and `scopes` are the keys of the rules that have theirs here, by phrases or by patterns.
    """

    __slots__ = ("_by_pattern", "_matcher", "_walk", "scopes", "sentence", "states", "where")

    def __init__(self, matcher: Matcher, sentence: Sentence, where: str, own: PhraseBook | None = None) -> None:
        """Look for the phrases of all, and for those in `own`."""
        self.sentence = sentence
        self.where = where
        self._matcher = matcher
        self._walk = matcher.book.walk(sentence.words)
        if own is not None:
            self._walk = self._walk.beside(own.walk(sentence.words))
        self.states = matcher.keys(self._walk.owners, Part.STATE)
        self.scopes = matcher.keys(self._walk.owners, Part.SCOPE)
        self._by_pattern: list[tuple[int, str]] = []

    def add_state(self, keys: int, words: str) -> None:
        """Let rules that have no state here have these words, which a pattern of theirs found."""
        self.states |= keys
        self._by_pattern.append((keys, words))

    def in_order(self, keys: int) -> Iterator[Rule]:
        """Yield the rules of these keys by where their first state stands, those by pattern last."""
        if not keys:
            return
        hits = self._walk.hits(self._matcher.owners(keys, Part.STATE))
        by_phrase = [self._matcher.keys(hit.owners, Part.STATE) for hit in hits]
        for found in (*by_phrase, *(found for found, _ in self._by_pattern)):
            yield from self._matcher.among(found & keys)
            keys &= ~found

    def words(self, rule: Rule, part: Part) -> str:
        """Return the words of the rule's first state or scope here, "" when there are none."""
        for hit in self._walk.hits(self._matcher.owners(rule.key, part)):
            return self.sentence.quote(hit.start, hit.end)
        return next((words for keys, words in self._by_pattern if part is Part.STATE and keys & rule.key), "")

    def ruled_out(self, keys: int, part: Part) -> int:
        """Return which of these keys the sentence rules out: by `UNLESS` here and beside it, or `ANYWHERE`."""
        asked = self._matcher.owners(keys, part)
        if not self._walk.owners & asked:
            return 0
        out = 0
        for hit in self._walk.hits(asked):
            if hit.owners & asked & ~out and not (self._is_turned(hit.start, part) or self._is_past(hit.end, keys)):
                out |= hit.owners & asked
        return self._matcher.keys(out, part)

    def words_against(self, rule: Rule, part: Part) -> str:
        """Return the words here that rule it out, as `ruled_out` has it; "" when none do."""
        asked = self._matcher.owners(rule.out, part)
        hits = self._walk.hits(asked) if self._walk.owners & asked else []
        against = (
            self.sentence.quote(hit.start, hit.end)
            for hit in hits
            if not (self._is_turned(hit.start, part) or self._is_past(hit.end, rule.out))
        )
        return next(against, "")

    def _is_past(self, end: int, keys: int) -> bool:
        """Return whether the words behind the phrase that ends there say that it is otherwise now."""
        words = self.sentence.words
        now = next((place for place in range(end, len(words)) if words[place] in _NOW), None)
        if now is None:
            return False
        return any(hit.start > now for hit in self._walk.hits(self._matcher.owners(keys, Part.STATE)))

    def _is_turned(self, start: int, part: Part) -> bool:
        """Return whether the words before say that the phrase at `start` is not so, or is only awaited."""
        words = self.sentence.words
        before = words[max(0, start - 5) : start]
        if words[start] in _WHOSE and _ONLY.isdisjoint(before[-1:]):
            return False
        turned = not _BEGUN_BY.isdisjoint(before) or not _TURNED_BY.isdisjoint(before[-2:])
        return turned or (part is Part.ANYWHERE and not _AWAITED_BY.isdisjoint(before))
