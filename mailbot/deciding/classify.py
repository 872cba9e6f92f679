"""What a message is about: how severe it is, and whether it is one of the common issues.

Severity is what happened to how many people, and not how urgent it sounds. A rule hits
where one of its states stands near one of its scopes: in the same sentence, or in the
sentence beside it when one of the two is short. `unless` phrases in these sentences take
the hit back, and those of the severity's `unless_anywhere` ("not urgent", "works again") do
so wherever they stand. What speaks against a hit counts for nothing behind a negation, and
anywhere in the message when it is only awaited ("not working again", "until it works again").

Only newly written text counts: the subject without its automatic prefixes as a sentence of
its own, and the reply text. The worst severity that hits is the severity, none is normal.
A playbook is given only when a single one hits: a wrong one misleads more than none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

import regex

from mailbot.deciding.effects import Evidence
from mailbot.deciding.phrases import PhraseBook, Sentence, clean, comparable, first_word, sentences
from mailbot.reading.model import Message
from mailbot.rules import SEVERITIES, PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules
from mailbot.rules.same import Same

PATTERN_SECONDS = 0.1
SHORT_SENTENCE = 8

# "not solved", "since last week": the phrase does not say what it says elsewhere. Two words of room.
_TURNED_BY = frozenset(
    word
    for words in (
        "not never no without since",
        "nicht nie ohne seit",
        "pas jamais sans depuis",
        "nunca sin desde",
        "nao sem",
    )
    for word in words.split()
)
# "does not ring on my phone" is still about mine alone; "not only my phone" is not.
_WHOSE = frozenset("my mein meinem meine mon ma mi meu minha".split())
_ONLY = frozenset("only just nur seulement solo so apenas".split())
# "until it works again", "please get us back online": wanted or awaited, not so yet; for what counts anywhere.
_AWAITED_BY = frozenset(
    word
    for words in (
        "until till when once soon get make need needs must should will bring want if",
        "bis wann sobald wenn damit muss mussen soll sollte",
        "quand jusqu faut doit",
        "cuando hasta necesitamos necesito",
        "quando ate precisamos preciso",
    )
    for word in words.split()
)
# What may stand around the down word without being somebody else's: quotation marks, emphasis, brackets; never ">".
_AROUND = " \t\"'*_()[]\u201c\u201d\u201e\u00ab\u00bb"
_PREFIX = regex.compile(
    r"\s*(?:(?P<reply>re|aw|antw|antwort|sv|vs|odp|r|rif|res|ref)|fwd?|wg|rv|enc|tr|doorst)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*:|\s*\[(?:extern|external|ext)\]",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Classification:
    """The verdict and the rules it rests on; `playbook` None means none is sure.

    Evidence of where "regex" names a rule that was skipped because of its pattern.
    """

    severity: Severity
    playbook: Playbook | None
    evidence: tuple[Evidence, ...] = ()


class _Part(Enum):
    STATE = auto()
    SCOPE = auto()
    UNLESS = auto()
    ANYWHERE = auto()


# A rule by its number, or all rules of a severity or playbook.
_Key = int | Severity | Playbook
_Owner = tuple[_Key, _Part]


@dataclass(frozen=True, slots=True)
class _Rule:
    about: Severity | Playbook
    rule: PhraseRule
    needs_scope: bool
    pattern: regex.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Matcher:
    """The rules made ready: phrases in one book, patterns compiled, those that are none reported."""

    rules: tuple[_Rule, ...]
    book: PhraseBook[_Owner]
    patterns: dict[regex.Pattern[str], tuple[int, ...]]
    unusable: tuple[Evidence, ...]


@dataclass(slots=True)
class _Found:
    """What stands in one sentence: by rule the words of its first state and scope, and whom the sentence rules out."""

    words: int
    where: str
    states: dict[int, str] = field(default_factory=dict)
    scopes: dict[int, str] = field(default_factory=dict)
    ruled_out: set[_Key] = field(default_factory=set)
    ruled_out_anywhere: set[_Key] = field(default_factory=set)


@lru_cache(maxsize=4)
def _matcher(same: Same[Rules]) -> _Matcher:
    book: PhraseBook[_Owner] = PhraseBook()
    prepared: list[_Rule] = []
    unusable: list[Evidence] = []
    tables: Iterable[tuple[Severity | Playbook, SeverityRules | PlaybookRules]] = (
        *same.object.severity.items(),
        *same.object.playbook.items(),
    )
    for about, table in tables:
        for phrase in table.unless:
            book.add(phrase, (about, _Part.UNLESS))
        for phrase in table.unless_anywhere:
            book.add(phrase, (about, _Part.ANYWHERE))
        for rule in table.rule:
            if rule.disabled:
                continue
            pattern = _compiled(rule, unusable)
            for part, phrases in (
                (_Part.STATE, rule.state),
                (_Part.SCOPE, rule.scope),
                (_Part.UNLESS, rule.unless),
            ):
                for phrase in phrases:
                    book.add(phrase, (len(prepared), part))
            prepared.append(_Rule(about, rule, bool(rule.scope), pattern))
    patterns: dict[regex.Pattern[str], tuple[int, ...]] = {}
    for key, made in enumerate(prepared):
        if made.pattern is not None:
            patterns[made.pattern] = (*patterns.get(made.pattern, ()), key)
    return _Matcher(tuple(prepared), book, patterns, tuple(unusable))


def _compiled(rule: PhraseRule, unusable: list[Evidence]) -> regex.Pattern[str] | None:
    """Return the rule's pattern ready for use, None when it has none, or one that is none and now among `unusable`."""
    if not rule.regex:
        return None
    try:
        return regex.compile(rule.regex, regex.IGNORECASE)
    except regex.error as error:
        unusable.append(Evidence(rule.id, "regex", f"skipped, no valid pattern: {error}"))
        return None


def _is_turned(sentence: Sentence, start: int, part: _Part) -> bool:
    """Return whether the words before say that the phrase at `start` is not so, or is only awaited."""
    before = sentence.words[max(0, start - 5) : start]
    if sentence.words[start] in _WHOSE and _ONLY.isdisjoint(before[-1:]):
        return False
    return not _TURNED_BY.isdisjoint(before[-2:]) or (part is _Part.ANYWHERE and not _AWAITED_BY.isdisjoint(before))


def _found_by_phrases(matcher: _Matcher, sentence: Sentence, where: str) -> _Found:
    """Return what the rules' phrases find in a sentence."""
    found = _Found(len(sentence.words), where)
    for hit in matcher.book.hits(sentence):
        words = sentence.quote(hit.start, hit.end)
        for key, part in hit.owners:
            if part is _Part.STATE and isinstance(key, int):
                found.states.setdefault(key, words)
            elif part is _Part.SCOPE and isinstance(key, int):
                found.scopes.setdefault(key, words)
            else:
                ruled_out = found.ruled_out if part is _Part.UNLESS else found.ruled_out_anywhere
                if key not in ruled_out and not _is_turned(sentence, hit.start, part):
                    ruled_out.add(key)
    return found


def _find_patterns(
    matcher: _Matcher,
    text: str,
    of_text: list[tuple[Sentence, _Found]],
    scopes: set[int],
    timed_out: dict[int, Evidence],
) -> None:
    """Add what the rules' patterns find in one text to the states of its sentences, and who took too long.

    A rule that needs a scope is looked at only when the message has one: it could not hit without.
    """
    starts = [sentence.spans[0][0] for sentence, _ in of_text]
    for pattern, sharing in matcher.patterns.items():
        keys = [key for key in sharing if key in scopes or not matcher.rules[key].needs_scope]
        if not keys or not starts or not timed_out.keys().isdisjoint(keys):
            continue
        try:
            for match in pattern.finditer(text, timeout=PATTERN_SECONDS):
                _, found = of_text[max(0, bisect_right(starts, match.start()) - 1)]
                for key in keys:
                    found.states.setdefault(key, " ".join(match[0].split())[:100])
        except TimeoutError:
            words = f"skipped, took longer than {PATTERN_SECONDS} s"
            timed_out |= {key: Evidence(matcher.rules[key].rule.id, "regex", words) for key in keys}


def _near(matcher: _Matcher, all_found: list[_Found]) -> Iterable[tuple[int, _Found, str]]:
    """Yield rules that hit: index, sentence and words."""
    for before, found, after in zip([None, *all_found], all_found, [*all_found[1:], None], strict=False):
        for key, state in found.states.items():
            prepared = matcher.rules[key]
            out: set[_Key] = {key, prepared.about}
            if not out.isdisjoint(found.ruled_out):
                continue
            if not prepared.needs_scope:
                yield key, found, state
            elif scope := found.scopes.get(key):
                yield key, found, state if scope in state else f"{scope} … {state}"
            else:
                for beside in (before, after):
                    if (
                        beside is not None
                        and min(beside.words, found.words) <= SHORT_SENTENCE
                        and out.isdisjoint(beside.ruled_out)
                        and (scope := beside.scopes.get(key))
                    ):
                        yield key, found, f"{scope} … {state}"
                        break


def _new_subject(message: Message) -> str:
    """Return the subject without what mail programs put before it ("AW: Fwd:", "[EXTERN]"); "" for a reply's.

    A reply repeats what was written when the thread began; without words of its own it still counts.
    """
    subject = clean(message.subject)
    start, is_reply = 0, False
    while prefix := _PREFIX.match(subject, start):
        start, is_reply = prefix.end(), is_reply or prefix["reply"] is not None
    is_reply = is_reply and bool(message.in_reply_to or message.references)
    return "" if is_reply and message.reply_text.strip() else subject[start:]


def classify(message: Message, rules: Rules) -> Classification:
    """Return what the message is about by `rules`; the same arguments give the same answer, and nothing raises.

    `evidence` names every rule that hit for the severity and for the playbook, and every
    rule that was skipped because of its regex.
    """
    matcher = _matcher(Same(rules))
    timed_out: dict[int, Evidence] = {}
    texts = [
        (written, [(sentence, _found_by_phrases(matcher, sentence, where)) for sentence in sentences(written)])
        for where, written in (("subject", _new_subject(message)), ("text", clean(message.reply_text)))
    ]
    all_found = [found for _, of_text in texts for _, found in of_text]
    scopes = {key for found in all_found for key in found.scopes}
    for written, of_text in texts:
        _find_patterns(matcher, written, of_text, scopes, timed_out)
    ruled_out = {key for found in all_found for key in found.ruled_out_anywhere}
    evidence: dict[Severity | Playbook, dict[str, Evidence]] = {}
    for key, found, words in _near(matcher, all_found):
        about, rule = matcher.rules[key].about, matcher.rules[key].rule.id
        if about not in ruled_out:
            evidence.setdefault(about, {}).setdefault(rule, Evidence(rule, found.where, words))
    severity = next((severity for severity in SEVERITIES if severity in evidence), Severity.NORMAL)
    playbooks = [playbook for playbook in Playbook if playbook in evidence]
    playbook = playbooks[0] if len(playbooks) == 1 else None
    why = [*evidence.get(severity, {}).values(), *(evidence[playbook].values() if playbook else ())]
    return Classification(severity, playbook, (*why, *matcher.unusable, *timed_out.values()))


def wants_critical(message: Message, rules: Rules) -> bool:
    """Return whether the first line of what was newly written is the down word.

    Punctuation may follow it ("Down - all phones"), and anything at all where it stands in
    capitals ("DOWN since nine"); "Down payment" is not meant.
    """
    down = [word for written in rules.answers.down_word.split() for word in comparable(written)]
    lines = (clean(line) for line in message.reply_text.splitlines())
    line = next((line for line in lines if line.strip()), "")
    if not down or first_word(line) != down[0]:
        return False
    first = next(sentences(line), None)
    if first is None or list(first.words[: len(down)]) != down:
        return False
    start, end = first.spans[0][0], first.spans[len(down) - 1][1]
    if line[:start].strip(_AROUND + "-"):
        return False
    rest = line[end:].lstrip(_AROUND)
    return not rest or not rest[0].isalnum() or line[start:end].isupper()
