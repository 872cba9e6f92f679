"""Whether two customers write of the same trouble, or ask the same question, in whichever languages they do.

Each is reduced to what counts of it (its `Gist`): the senses of its words (`senses`), which are the same in five
languages, also of those by which a rule of severity or common issue hit; the issue itself; and its further words of
weight, such as names of products and error codes. What an office calls itself, courtesies and small words say nothing
of a matter. Two are as alike as the senses that both have are many of those that either has, each by its weight; a word
of weight that both have brings them nearer, and one that only one has sets nobody apart. Nothing here asks anything
else: the same texts are as alike always.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import pairwise
from math import sqrt
from operator import or_

from mailbot.deciding.classify import bare_subject
from mailbot.deciding.likeness.said import is_courtesy, unsigned
from mailbot.deciding.likeness.sense import Role, Sense
from mailbot.deciding.likeness.senses import (
    BY_RULE,
    DENIED,
    IMPLIED,
    NEEDLESS,
    NOT,
    ONE,
    PART_OF,
    SENSES,
    TOGETHER,
    WELL,
)
from mailbot.deciding.likeness.small import is_small
from mailbot.deciding.phrases import Hit, PhraseBook, Walk
from mailbot.deciding.words import clean, comparable_words, legible, sentences
from mailbot.rules import Playbook

ALIKE = 0.6
"""From so alike on two are of the same matter."""
_LONGEST = 4_000
_COMMA = re.compile(r"[,:](?=\s)|(?<=\s)[-\u2013\u2014]+(?=\s)")
_MOST_WORDS = 40
_SHORTEST = 3
_TELLS = 1.0
_AROUND = ".,;:!?\"'()[]<>*_\u201c\u201d\u201e\u00ab\u00bb\u2026"
_PLAYBOOK = 1.0
_DIFFERENT = 0.6
_OF_ONE_OR_MANY = 0.85
_ANOTHER_TROUBLE = 0.85
_NO_TROUBLE = 0.85
_TELLING, _PLAIN = 2.0, 3.0
# What two share that weighs less, such as that something fails or is down, says little of the matter.
_LEAST = 2.0
_FEWEST_SHARED = 2
_EACH_WORD = 0.12
_MOST_BY_WORDS = 0.3
_BY_WORDS_ALONE = 0.9


@dataclass(frozen=True, slots=True)
class Gist:
    """What counts of a text: bits of its `senses`, its further `words` of weight as they are compared, its playbook.

    `spelled` are those words as they were written, each with the compared one before it.
    """

    senses: int
    words: frozenset[str] = frozenset()
    playbook: Playbook | None = None
    spelled: tuple[tuple[str, str], ...] = ()

    @property
    def ails(self) -> bool:
        """Whether it tells of a trouble, and does not only ask or wish."""
        return _ails(self.senses)

    @property
    def things(self) -> int:
        """The bits of what it is about."""
        return self.senses & _bits(Role.THING)

    @property
    def local(self) -> bool:
        """Whether it tells of one phone or person, or of a cause at the sender's, and of no others."""
        return bool(self.senses & _bits_of(("one alone", "own cause"))) and not self.wide

    @property
    def wide(self) -> bool:
        """Whether it tells of many who are concerned."""
        return bool(self.senses & _bit("many"))


def gist(
    subject: str,
    text: str,
    playbook: Playbook | None = None,
    without: Collection[str] = (),
    rules: Iterable[str] = (),
) -> Gist:
    """Return what counts of a text and its subject; of the names `without`, such as the customer's, no word does.

    `rules` are the ids of those of severity and common issue that hit: what they say in any language counts, too.
    """
    return _gist(subject, text[:_LONGEST], playbook, frozenset(without), frozenset(rules))


@lru_cache(maxsize=500)
def _gist(subject: str, text: str, playbook: Playbook | None, without: frozenset[str], rules: frozenset[str]) -> Gist:
    book = _book()
    cleaned = [bare_subject(subject), _COMMA.sub(". ", unsigned(clean(legible(text)), _tells_of_trouble))]
    names = {word for name in without for word in comparable_words(clean(name))}
    senses = 0
    words: dict[str, None] = {}
    for sentence in (one for each in cleaned for one in sentences(each)):
        if _is_well(sentence.words) or is_courtesy(sentence.words):
            continue
        hits = _longest(book.walk(sentence.words))
        senses |= _with(reduce(or_, (hit.owners for hit in hits), 0), TOGETHER)
        senses |= _bit("not working") if _denies(sentence.words, senses) else 0
        senses |= _bit("one alone") if _names_one(sentence.words) else 0
        within = {place for hit in hits for place in range(hit.start, hit.end)}
        words |= dict.fromkeys(
            word
            for place, word in enumerate(sentence.words)
            if place not in within and len(word) >= _SHORTEST and not is_small(word) and word not in names
        )
    for rule in rules & BY_RULE.keys():
        senses |= _bits_of(BY_RULE[rule])
    senses = _with(senses, IMPLIED)
    for bit, parts in _parts():
        if senses & bit:
            senses &= ~parts
    kept = list(words)[:_MOST_WORDS]
    written = _written(" ".join(cleaned))
    return Gist(senses, frozenset(kept), playbook, tuple((word, written.get(word, word)) for word in kept))


def _written(text: str) -> dict[str, str]:
    """Return how the words of a text are written, by how they are compared."""
    found: dict[str, str] = {}
    for run in text.split():
        words = comparable_words(run)
        if len(words) == 1:
            found.setdefault(words[0], run.strip(_AROUND))
    return found


def _longest(walk: Walk) -> list[Hit]:
    """Return what was found, without what stands within a longer phrase of its role: "hold music" is no hold."""
    found = sorted(walk.hits(walk.owners), key=lambda hit: (hit.start, -hit.end)) if walk.owners else []
    kept: list[Hit] = []
    for hit in found:
        longer = (one for one in kept if one.end >= hit.end and one[:2] != hit[:2])
        alone = hit.owners & ~reduce(or_, (_of_its_roles(one.owners) for one in longer), 0)
        if alone:
            kept.append(hit._replace(owners=alone))
    return kept


@lru_cache(maxsize=1_000)
def _of_its_roles(senses: int) -> int:
    """Return all senses that say the same kind of thing as one of these."""
    return reduce(or_, (bits for role in Role if (bits := _bits(role)) & senses), 0)


def _names_one(words: Sequence[str]) -> bool:
    """Return whether one extension is named by its number."""
    return any(one in ONE and other.isdigit() for one, other in pairwise(words))


def _tells_of_trouble(words: Sequence[str]) -> bool:
    return bool(_book().walk(words).owners & _bits(Role.TROUBLE))


def _denies(words: Sequence[str], senses: int) -> bool:
    """Return whether a clause denies something of a thing: "no recordings since Monday", and no need or knowledge."""
    if not senses & _bits(Role.THING) or senses & _bits(Role.WISH):
        return False
    return not DENIED.isdisjoint(words) and NEEDLESS.isdisjoint(words)


def _is_well(words: Sequence[str]) -> bool:
    """Return whether a clause says of something that it works, as "incoming is fine" does beside what fails."""
    return not NOT.intersection(words) and bool(_well().walk(words).owners)


def alike(one: Gist, other: Gist) -> float:
    """Return how alike two are, from 0 to 1; from `ALIKE` on they are of the same matter."""
    if not (one.senses and other.senses):
        return _by_words(one, other)
    shared = one.senses & other.senses
    if not shared:
        return 0.0
    near = _by_senses(one, other)
    near += (1 - near) * min(_MOST_BY_WORDS, _EACH_WORD * len(one.words & other.words))
    if _weight(shared) < _LEAST and len(one.words & other.words) >= _FEWEST_SHARED:
        near = max(near, _by_words(one, other))
    return near * _set_apart(one, other)


def _by_senses(one: Gist, other: Gist) -> float:
    """Return how much of what either says both say; that both have something that fails is hardly anything."""
    both, own, others = _weight(one.senses & other.senses), _weight(one.senses), _weight(other.senses)
    little = min(1.0, both / _LEAST)
    if one.playbook and other.playbook:
        own, others = own + _PLAYBOOK, others + _PLAYBOOK
        both += _PLAYBOOK if one.playbook is other.playbook else 0.0
    return little * both / sqrt(own * others)


def _by_words(one: Gist, other: Gist) -> float:
    """Return how alike two are by their further words alone."""
    most = sqrt(len(one.words) * len(other.words))
    return _BY_WORDS_ALONE * len(one.words & other.words) / most if most else 0.0


def _set_apart(one: Gist, other: Gist) -> float:
    """Return by how much two are less alike as they are about other things or troubles, or as only one tells of any."""
    apart = 1.0
    if _are_apart(one.things, other.things) or (one.playbook and other.playbook and one.playbook is not other.playbook):
        apart *= _DIFFERENT
    if one.ails != other.ails:
        apart *= _NO_TROUBLE
    if _are_apart(one.senses & _telling(Role.TROUBLE, _TELLING), other.senses & _telling(Role.TROUBLE, _TELLING)):
        apart *= _ANOTHER_TROUBLE
    if one.local != other.local:
        apart *= _OF_ONE_OR_MANY
    return apart


def _are_apart(one: int, other: int) -> bool:
    """Return whether both say something, and nothing of it is the same."""
    return bool(one and other and not one & other)


def common(gists: Iterable[Gist]) -> tuple[str, ...]:
    """Return what most of them have in common: names of senses, the weightiest first, then further words as written."""
    counted = list(gists)
    most = max(2, (len(counted) + 1) // 2)
    found = [one for bit, one in _numbered() if sum(bool(each.senses & bit) for each in counted) >= most]
    found.sort(key=lambda one: -one.weight)
    names = [one.name for one in found]
    implied = {meant for whole, meant in IMPLIED if set(whole) <= set(names)}
    implied |= {one.name for one in found if one.weight < _TELLS} if found and found[0].weight >= _TELLS else set()
    often = Counter(word for each in counted for word in each.words)
    further = sorted((word for word, times in often.items() if times >= most), key=lambda word: (-often[word], word))
    written = {word: spelled for each in reversed(counted) for word, spelled in each.spelled}
    return (*(name for name in names if name not in implied), *(written.get(word, word) for word in further))


@cache
def _numbered() -> tuple[tuple[int, Sense], ...]:
    return tuple((1 << number, one) for number, one in enumerate(SENSES))


@cache
def _book() -> PhraseBook:
    book = PhraseBook()
    for bit, sense in _numbered():
        for phrase in sense.phrases:
            book.add(phrase, bit)
    return book


@cache
def _well() -> PhraseBook:
    book = PhraseBook()
    for phrase in WELL:
        book.add(phrase, 1)
    return book


def _with(senses: int, meanings: tuple[tuple[tuple[str, ...], str], ...]) -> int:
    """Return the senses with those that are meant where all of some are."""
    for bits, meant in _meant(meanings):
        if senses & bits == bits:
            senses |= meant
    return senses


@cache
def _meant(meanings: tuple[tuple[tuple[str, ...], str], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((_bits_of(names), _bit(meant)) for names, meant in meanings)


@cache
def _parts() -> tuple[tuple[int, int], ...]:
    return tuple((_bit(name), _bits_of(parts)) for name, parts in PART_OF.items())


@cache
def _bits_of(names: tuple[str, ...]) -> int:
    return reduce(or_, map(_bit, names))


@cache
def _bits(role: Role) -> int:
    return sum(bit for bit, one in _numbered() if one.role is role)


@lru_cache(maxsize=10_000)
def _ails(senses: int) -> bool:
    """Return whether these tell of a trouble: "no" is none beside what is cancelled or is to cost something."""
    troubles, wishes = senses & _bits(Role.TROUBLE), senses & _bits(Role.WISH)
    if troubles == _bit("not working") and wishes & _telling(Role.WISH, _PLAIN):
        return False
    return bool(troubles) or bool(senses & _bit("many") and not wishes)


@cache
def _telling(role: Role, least: float) -> int:
    """Return the bits of what is not said of whatever fails, or is wished."""
    return sum(bit for bit, one in _numbered() if one.role is role and one.weight >= least)


@cache
def _bit(name: str) -> int:
    return next(bit for bit, one in _numbered() if one.name == name)


@lru_cache(maxsize=10_000)
def _weight(senses: int) -> float:
    return sum(one.weight for bit, one in _numbered() if senses & bit)
