"""What a message is about: how severe it is, and whether it is one of the common issues.

Severity is what happened to how many people, and not how urgent it sounds. A rule hits
where one of its states stands near one of its scopes: in the same sentence, or in the
sentence beside it when one of the two is short. `unless` phrases in these sentences take
the hit back, and those of the severity's `unless_anywhere` ("not urgent", "works again") do
so wherever they stand. What speaks against a hit counts for nothing behind a negation, and
anywhere in the message when it is only awaited ("not working again", "until it works again").

Only newly written text counts: the subject without its automatic prefixes as a sentence of
its own, and the reply text as far as it is text. The worst severity that hits is the severity, none is normal.
A playbook is given only when a single one hits: a wrong one misleads more than none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import regex

from mailbot.deciding.effects import Evidence
from mailbot.deciding.matcher import Found, Matcher, Part, Rule, matcher_of
from mailbot.deciding.passedon import forwarded_words
from mailbot.deciding.patterns import SECONDS
from mailbot.deciding.words import clean, comparable, comparable_words, first_word, legible, sentences, starts
from mailbot.reading.model import Message
from mailbot.rules import SEVERITIES, Playbook, Rules, Severity, Tenant
from mailbot.rules.same import Same

# So many slow ones take as much of the time that a message may take as they ever may.
_MOST_SLOW = 5
TOO_SLOW = f"skipped, took longer than {SECONDS} s"
"""How the evidence of a rule begins whose regex took too long."""
SHORT_SENTENCE = 8

# What may stand around the down word without being somebody else's: quotation marks, emphasis, brackets; never ">".
_AROUND = " \t\"'*_()[]\u201c\u201d\u201e\u00ab\u00bb"
_PREFIX = regex.compile(
    r"\s*(?:(?P<reply>re|aw|antw|antwort|sv|vs|odp|r|rif|res|ref)|fwd?|wg|rv|enc|tr|doorst)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*:|\s*\[(?:extern|external|ext)\]",
    regex.IGNORECASE,
)
_WORD_SO_FAR = regex.compile(r"(?r)\w{0,40}")  # backwards


@dataclass(frozen=True, slots=True)
class Classification:
    """The verdict and the rules it rests on; `playbook` None means none is sure.

    Evidence of where "regex" names a rule that was skipped because of its pattern.
    """

    severity: Severity
    playbook: Playbook | None
    evidence: tuple[Evidence, ...] = ()


def _find_patterns(
    matcher: Matcher, text: str, of_text: list[Found], scopes: int, timed_out: dict[Rule, Evidence]
) -> None:
    """Add what the rules' patterns find in one text to the states of its sentences, and who took too long.

    A rule that needs a scope is looked at only when the message has one: it could not hit without. Behind many that
    took too long none is looked for.
    """
    begins: list[int] = []
    for pattern, sharing in matcher.patterns.items():
        keys = sharing & (scopes | matcher.scopeless)
        if not keys or not of_text or any(keys & rule.key for rule in timed_out):
            continue
        if len(timed_out) >= _MOST_SLOW:
            words = "skipped, as others took too long"
            timed_out |= {rule: Evidence(rule.id, "regex", words) for rule in matcher.among(keys)}
            continue
        try:
            for match in pattern.finditer(text, timeout=SECONDS):
                begins = begins or starts((found.sentence for found in of_text), text)
                found = of_text[max(0, bisect_right(begins, match.start()) - 1)]
                if new := keys & ~found.states:
                    found.add_state(new, _quoted(text, *match.span()))
        except TimeoutError:
            timed_out |= {rule: Evidence(rule.id, "regex", _too_slow(rule)) for rule in matcher.among(keys)}


def _too_slow(rule: Rule) -> str:
    return f"{TOO_SLOW} ({rule.pattern_place})" if rule.pattern_place else TOO_SLOW


def _quoted(text: str, start: int, end: int) -> str:
    """Return what a pattern found as it was written, on one line and from the beginning of its first word."""
    word = _WORD_SO_FAR.match(text, endpos=start)
    return " ".join(text[word.start() if word else start : end].split())[:100]


def meetings(matcher: Matcher, all_found: list[Found]) -> Iterator[tuple[Rule, Found, list[Found] | None]]:
    """Yield the rules whose words stand near each other, whatever speaks against them.

    Each comes with the sentence of its state and those of its scope, None where it needs none.
    """
    for before, found, after in zip([None, *all_found], all_found, [*all_found[1:], None], strict=False):
        if not found.states:
            continue
        around = [found, *(beside for beside in (before, after) if beside is not None and _belong(found, beside))]
        may_hit = matcher.scopeless
        for one in around:
            may_hit |= one.scopes
        for rule in found.in_order(found.states & may_hit):
            if rule.key & matcher.scopeless:
                yield rule, found, None
            else:
                yield rule, found, [one for one in around if rule.key & one.scopes]


def _near(matcher: Matcher, all_found: list[Found]) -> Iterator[tuple[Rule, Found, Found | None]]:
    """Yield rules that hit, the sentence of their state and that of their scope, None where they need none."""
    for rule, found, having in meetings(matcher, all_found):
        if found.ruled_out(rule.out, Part.UNLESS):
            continue
        if having is None:
            yield rule, found, None
        elif (scope := next((one for one in having if not one.ruled_out(rule.out, Part.UNLESS)), None)) is not None:
            yield rule, found, scope


def _belong(found: Found, beside: Found) -> bool:
    """Return whether two neighbours are short enough for one to say what the other is about."""
    return min(len(found.sentence.words), len(beside.sentence.words)) <= SHORT_SENTENCE


def _new_subject(message: Message) -> str:
    """Return the subject without what mail programs put before it ("AW: Fwd:", "[EXTERN]"); "" for a reply's.

    A reply repeats what was written when the thread began; without words of its own it still counts.
    """
    rest, is_reply = _without_prefixes(message.subject)
    is_reply = is_reply and bool(message.in_reply_to or message.references)
    return "" if is_reply and message.reply_text.strip() else rest


def subject_words(subject: str) -> tuple[str, ...]:
    """Return the words of a subject as they are compared, without what mail programs put before it."""
    return comparable_words(_without_prefixes(subject)[0])


def bare_subject(subject: str) -> str:
    """Return the cleaned subject without what mail programs put before it."""
    return " ".join(_without_prefixes(subject)[0].split())


def is_reply_by_subject(message: Message) -> bool:
    """Return whether the subject begins as a reply's does, in any language that mail programs speak."""
    return _without_prefixes(message.subject)[1]


def _without_prefixes(subject: str) -> tuple[str, bool]:
    """Return the cleaned subject without its automatic prefixes, and whether one of them was a reply's."""
    subject = clean(subject)
    start, is_reply = 0, False
    while prefix := _PREFIX.match(subject, start):
        start, is_reply = prefix.end(), is_reply or prefix["reply"] is not None
    return subject[start:], is_reply


@dataclass(frozen=True, slots=True)
class Judged:
    """All rules that hit, by what they are about, and the sentences that were looked through.

    `skipped` tells of rules that were not looked for because of their pattern.
    """

    matcher: Matcher
    sentences: list[Found]
    evidence: dict[Severity | Playbook, dict[str, Evidence]]
    skipped: tuple[Evidence, ...]

    def verdict(self) -> Classification:
        """Return the worst severity that was hit, and the playbook if only one was."""
        severity = next((severity for severity in SEVERITIES if severity in self.evidence), Severity.NORMAL)
        playbooks = [playbook for playbook in Playbook if playbook in self.evidence]
        playbook = playbooks[0] if len(playbooks) == 1 else None
        why = [*self.evidence.get(severity, {}).values(), *(self.evidence[playbook].values() if playbook else ())]
        return Classification(severity, playbook, (*why, *self.skipped))


def texts_of(message: Message) -> tuple[tuple[str, str], ...]:
    """Return what counts of a message, cleaned: where it stands and what it says.

    It stands in the "subject", in the "text" or, where the sender only passes it on, in the "forwarded text".
    """
    own = ("subject", _new_subject(message)), ("text", clean(legible(message.reply_text)))
    forwarded = forwarded_words(message)
    return (*own, ("forwarded text", clean(legible(forwarded)))) if forwarded else own


def judge(message: Message, rules: Rules, tenant: Tenant | None = None) -> Judged:
    """Return which of the rules hit, with the tenant's own words; the same arguments give the same answer."""
    matcher = matcher_of(Same(rules))
    own = matcher.own_book(tenant)
    timed_out: dict[Rule, Evidence] = {}
    texts = [
        (written, [Found(matcher, sentence, where, own) for sentence in sentences(written)])
        for where, written in texts_of(message)
    ]
    all_found = list(chain.from_iterable(of_text for _, of_text in texts))
    scopes = 0
    for found in all_found:
        scopes |= found.scopes
    for written, of_text in texts:
        _find_patterns(matcher, written, of_text, scopes, timed_out)
    hits = list(_near(matcher, all_found))
    about, out = 0, 0
    for rule, _, _ in hits:
        about |= rule.out
    for found in all_found:
        out |= found.ruled_out(about & ~out, Part.ANYWHERE)
    evidence: dict[Severity | Playbook, dict[str, Evidence]] = {}
    for rule, found, scope in hits:
        if not rule.out & out and rule.id not in evidence.setdefault(rule.about, {}):
            evidence[rule.about][rule.id] = Evidence(rule.id, found.where, words_of(rule, found, scope))
    return Judged(matcher, all_found, evidence, (*matcher.unusable, *timed_out.values()))


def classify(message: Message, rules: Rules, tenant: Tenant | None = None) -> Classification:
    """Return what the message is about by `rules` and the tenant's own words; nothing raises.

    `evidence` names every rule that hit for the severity and for the playbook, and every
    rule that was skipped because of its regex.
    """
    return judge(message, rules, tenant).verdict()


def words_of(rule: Rule, found: Found, scope: Found | None) -> str:
    """Return the words that a hit rests on."""
    state = found.words(rule, Part.STATE)
    if scope is None:
        return state
    words = scope.words(rule, Part.SCOPE)
    return state if scope is found and words in state else f"{words} … {state}"


def wants_critical(message: Message, rules: Rules) -> bool:
    """Return whether the first line of what was newly written is the down word.

    Punctuation may follow it ("Down - all phones"), and anything at all where it stands in
    capitals ("DOWN since nine"); "Down payment" is not meant.
    """
    down = tuple(word for written in rules.answers.down_word.split() for word in comparable(written))
    lines = (clean(line) for line in message.reply_text.splitlines())
    line = next((line for line in lines if line.strip()), "")
    if not down or first_word(line) != down[0]:
        return False
    first = next(sentences(line), None)
    if first is None or first.words[: len(down)] != down:
        return False
    start, end = first.span(0, len(down))
    if line[:start].strip(_AROUND + "-"):
        return False
    rest = line[end:].lstrip(_AROUND)
    return not rest or not rest[0].isalnum() or line[start:end].isupper()
