"""Finding the operator's phrases in a customer's sentences.

Words are compared without case, accents, invisible characters and disguises, so that
"Dówn", "DOWN" in full width and "do\u200bwn" are all "down", and "can't", "cant" and "cannot" are all
"can not". A sentence ends at its punctuation, at the end of a line that was not merely
wrapped, before a "but", or after `LONGEST_SENTENCE` words. A phrase is words that follow
each other; up to two small words of `PASSED_OVER`, or numbers, may stand between them. All phrases are
looked up at once, word by word in nested dicts: the time a mail takes grows with its
length and not with the number of rules.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import regex

Owner = TypeVar("Owner")

LONGEST_SENTENCE = 50

PASSED_OVER = frozenset(
    word
    for words in (
        "a an the any of our at all still currently completely totally entirely really actually simply suddenly",
        "also just even being been their properly correctly constantly",
        "der die das den dem ein eine einen unser unsere unseren unserer unserem noch immer derzeit aktuell momentan",
        "gerade leider komplett vollig ganz total auch einfach plotzlich mehr uberhaupt richtig standig",
        "le la les l un une des de d nos notre toujours encore actuellement completement totalement vraiment plus",
        "du tout correctement",
        "el los las una unos unas nuestro nuestra nuestros nuestras aun todavia actualmente totalmente ya",
        "correctamente",
        "o os as um uma nosso nossa nossos nossas ainda atualmente completamente mais corretamente",
    )
    for word in words.split()
)
_MOST_PASSED_OVER = 2

_TOO_MANY_MARKS = regex.compile(r"(\p{M}{2})\p{M}+")
_MARKS = regex.compile(r"\p{M}+")
_INVISIBLE = regex.compile(r"[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]+")
# Beyond Latin letters, the euro and typographic punctuation, or a soft hyphen: where marks and the invisible begin.
_UNUSUAL = regex.compile("[^\x00-\xac\xae-\u02ff\u2010-\u2027\u20ac]")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4\u0060\u2032", "'"))
_WORD = regex.compile(r"e-mail\w*|[^\W_]+(?:'[^\W_]+)*", regex.IGNORECASE)
_SPACES = regex.compile(r"[^\S\n]+")
_BORDER = regex.compile(
    r"[.!?\u2026](?=[\s\"')\]]|$)|[\u3002\uff01\uff1f;]|\n\s*\n|\n(?=[ \t]*(?:[-*\u2022>]|\d+[.)])[ \t])|\n"
    r"|,?\s(?=(?:but|aber|mais|pero|mas|porem|porém|jedoch|however)\s)",
    regex.IGNORECASE,
)
# Mail programs wrap plain text at 72 to 78 columns; a line this long went on in the next one.
_WRAPPED_AT = 55

_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb"
    "\u03bf\u03b1\u03b9\u03bd\u03c1\u03ba\u03c5\u0131\u0261\u0251\u043a\u043c\u0442\u043d\u0432",
    "aeopcyxijsdqwhoaivpkuigakmthb",
)
_SPELLED_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("recie", "recei"))
_LATIN = regex.compile(r"[\p{Latin}\d]*")
_NEGATED = {"cant": "can", "wont": "will", "shant": "shall", "cannot": "can"} | {
    f"{verb}nt": verb
    for verb in (
        *("do", "does", "did", "is", "are", "was", "were"),
        *("has", "have", "had", "could", "would", "should"),
    )
}
_LONGEST_WORD = 40


def clean(text: str) -> str:
    """Return `text` in its compatibility form (NFKC), without invisible, bidi and excess combining characters."""
    if text.isascii():
        return text
    if not _UNUSUAL.search(text):
        return unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    # Reordering a long run of marks takes normalisation quadratic time, so floods go first.
    few_marks = _TOO_MANY_MARKS.sub(r"\1", _INVISIBLE.sub("", text))
    normal = unicodedata.normalize("NFKC", few_marks)
    return _INVISIBLE.sub("", normal).translate(_APOSTROPHES)


def _bare(word: str) -> str:
    """Return one word without case, accents and look-alikes; German ae, oe, ue as their umlauts' base letter."""
    if not word.isascii():
        word = _MARKS.sub("", unicodedata.normalize("NFKD", word.casefold()))
        latin = word.translate(_LOOK_ALIKES)
        word = latin if _LATIN.fullmatch(latin) else word
    word = word.casefold()
    for spelled_out, base in _SPELLED_OUT:
        word = word.replace(spelled_out, base)
    return word


@lru_cache(maxsize=20_000)
def _comparable(surface: str) -> tuple[str, ...]:
    words = surface.replace("-", "").split("'")
    if len(words) > 1 and words[-1].casefold() == "t":  # can't, isn't
        words = ["".join(words)]
    comparable: list[str] = []
    for word in map(str.casefold, words):
        verb = _NEGATED.get(word)
        comparable += [_bare(verb), "not"] if verb else [_bare(word)]
    return tuple(word for word in comparable if word)


def comparable(surface: str) -> tuple[str, ...]:
    """Return the words, as they are compared, of one word as it was written: "Can't" is ("can", "not")."""
    return _comparable(surface[:_LONGEST_WORD])


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of one sentence as compared, and the cleaned text they stand in.

    `spans[i]` is where in `text` the i-th word stands; the two words of "can't" share one.
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def quote(self, start: int, end: int) -> str:
        """Return the words from `start` to before `end` as they were written, on one line."""
        return " ".join(self.text[self.spans[start][0] : self.spans[end - 1][1]].split())


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every sentence of a cleaned text."""
    start = line = 0
    for border in _BORDER.finditer(text):
        if border[0] == "\n":
            wrapped = border.start() - line >= _WRAPPED_AT
            line = border.end()
            if wrapped:
                continue
        elif "\n" in border[0]:
            line = border.end()
        yield start, border.start()
        start = border.end()
    yield start, len(text)


def first_word(text: str) -> str:
    """Return the first word of an already cleaned text as it is compared, "" when it has none."""
    return next((word for found in _WORD.finditer(text) for word in comparable(found[0])), "")


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of an already cleaned text that have any words."""
    for start, end in _pieces(text):
        words: list[str] = []
        spans: list[tuple[int, int]] = []
        for found in _WORD.finditer(text, start, end):
            compared = comparable(found[0])
            words += compared
            spans += (found.span(),) * len(compared)
        for first in range(0, len(words), LONGEST_SENTENCE):
            part = slice(first, first + LONGEST_SENTENCE)
            yield Sentence(text, tuple(words[part]), tuple(spans[part]))


@dataclass(frozen=True, slots=True)
class Hit(Generic[Owner]):
    """A phrase found: its words from `start` to before `end`, and all to whom the phrase belongs."""

    owners: tuple[Owner, ...]
    start: int
    end: int


class _Node(Generic[Owner]):
    """The phrases that go on from here: by the whole next word, by its beginning; and those that end here."""

    __slots__ = ("beginnings", "ends", "lengths", "owners", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node[Owner]] = {}
        self.beginnings: dict[str, _Node[Owner]] = {}
        self.lengths: tuple[int, ...] = ()
        self.owners: tuple[Owner, ...] = ()
        self.ends = True

    def grow(self, word: str, *, any_ending: bool) -> _Node[Owner]:
        self.ends = False
        if not any_ending:
            return self.words.setdefault(word, _Node())
        node = self.beginnings.setdefault(word, _Node())
        self.lengths = tuple(sorted({len(beginning) for beginning in self.beginnings}))
        return node

    def after(self, word: str) -> list[_Node[Owner]]:
        nodes = [node] if (node := self.words.get(word)) else []
        for length in self.lengths:
            if length > len(word):
                break
            if node := self.beginnings.get(word[:length]):
                nodes.append(node)
        return nodes


class PhraseBook(Generic[Owner]):
    """All phrases of all rules, each belonging to an owner, to be looked up together."""

    def __init__(self) -> None:
        self._root: _Node[Owner] = _Node()
        # Most words begin no phrase, and mails use the same few thousand.
        self._begun_by = lru_cache(maxsize=20_000)(self._root.after)

    def add(self, phrase: str, owner: Owner) -> None:
        """Add a phrase; `*` at a word's end stands for any ending. One without words is never found."""
        node = self._root
        for written in clean(phrase).split():
            words = [word for found in _WORD.finditer(written) for word in comparable(found[0])]
            for word in words:
                any_ending = written.endswith("*") and word is words[-1]
                node = node.grow(word, any_ending=any_ending)
        if node is not self._root:
            node.owners += (owner,)
        self._begun_by.cache_clear()

    def hits(self, sentence: Sentence) -> Iterator[Hit[Owner]]:
        """Yield what is found, by first word."""
        words = sentence.words
        for start, first in enumerate(words):
            begun = self._begun_by(first)
            if not begun:
                continue
            # Where phrases stand after each word, and how many small words ago they got there.
            waiting = dict.fromkeys(begun, 0)
            at = start + 1
            while waiting:
                for node, passed in waiting.items():
                    if node.owners and not passed:
                        yield Hit(node.owners, start, at)
                if at == len(words):
                    break
                word = words[at]
                waiting = {node: passed for node, passed in waiting.items() if not node.ends}
                following = {child: 0 for node in waiting for child in node.after(word)}
                if waiting and (word in PASSED_OVER or word.isdigit()):
                    for node, passed in waiting.items():
                        if passed < _MOST_PASSED_OVER:
                            following.setdefault(node, passed + 1)
                waiting = following
                at += 1
