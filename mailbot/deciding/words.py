"""The words of a customer's sentences, in the form in which they are compared.

Words are compared without case, accents, invisible characters and disguises, so that
"Dówn", "DOWN" in full width and "do\u200bwn" are all "down", and "can't", "cant" and "cannot" are all
"can not". A sentence ends at its punctuation, at the end of a line that was not merely
wrapped, before a "but", or after `LONGEST_SENTENCE` words.

A text is read run by run of what stands between spaces: mails use the same few thousand of them,
so each is taken apart once. Where a word stands is worked out only when somebody asks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import regex

LONGEST_SENTENCE = 50

_TOO_MANY_MARKS = regex.compile(r"(\p{M}{2})\p{M}+")
_MARKS = regex.compile(r"\p{M}+")
_INVISIBLE = regex.compile(r"[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]+")
# Beyond Latin letters, the euro and typographic punctuation, or a soft hyphen: where marks and the invisible begin.
_UNUSUAL = re.compile("[^\x00-\xac\xae-\u02ff\u2010-\u2027\u20ac]")
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u00b4\u0060\u2032"
_WORD = regex.compile(r"e-mail\w*|[^\W_]+(?:'[^\W_]+)*", regex.IGNORECASE)
# Within a run: a point counts at its end, or before what closes a quotation ("4.30" and "U.S." are no ends).
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_STRAY_CONTROLS = 1
_UNTYPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_LETTERS = re.compile(r"(?:[^\W\d_]| )+")
_LONG_RUN = re.compile(r"(?<!\S)\S{40,}")
# From a small letter to a capital: every tenth character or so by chance, hardly any in words and paths.
_JUMP = re.compile("[a-z\u00df-\u00f6\u00f8-\u00ff][A-Z\u00c0-\u00d6\u00d8-\u00de]")
_JUMP_EVERY = 30
_MUCH = 10_000
_END = re.compile(r"[.!?\u2026](?=[\"')\]]|\Z)|[\u3002\uff01\uff1f;]")
_BUT = re.compile(r"but|aber|mais|pero|mas|porem|porém|jedoch|however", re.IGNORECASE)
# Information separators are spaces to str.split and none to Unicode.
_NO_SPACES = dict.fromkeys(range(0x1C, 0x20), "\x00")
_HAS_SEPARATORS = re.compile("[\x1c-\x1f]")
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
_LONGEST_KEPT, _MOST_KEPT = 60, 20_000


def legible(text: str) -> str:
    """Return `text` without what are octets of a program or a picture, read as characters.

    About a tenth of those are control characters, which nobody types. A wrong charset gives none, so its lines stay.
    In their seven-bit forms letters change to capitals as chance would have it. Where there is much of either and
    little else, what is left must look written: a person's words before a picture do, the rest of the picture does not.
    """
    rest = text
    if _CONTROL.search(text):
        rest = "\n".join(
            line for line in text.split("\n") if len(_CONTROL.findall(line)) <= max(_STRAY_CONTROLS, len(line) // 20)
        )
    if _LONG_RUN.search(rest):
        rest = _LONG_RUN.sub(_unless_chance, rest)
    if len(text) - len(rest) > max(len(rest), _MUCH):
        rest = "\n".join(filter(_looks_written, rest.split("\n")))
    return rest


def _looks_written(line: str) -> bool:
    """Return whether a line is mostly letters and spaces, with no character that none can type."""
    letters = sum(map(len, _LETTERS.findall(line)))
    return letters * 10 >= len(line) * 7 and not _UNTYPED.search(line) and len(_JUMP.findall(line)) <= len(line) // 20


def _unless_chance(run: re.Match[str]) -> str:
    found = run[0]
    return " " if len(_JUMP.findall(found)) * _JUMP_EVERY > len(found) and "://" not in found else found


def clean(text: str) -> str:
    """Return `text` in its compatibility form (NFKC), without invisible, bidi and excess combining characters."""
    if text.isascii():
        return text
    if _UNUSUAL.search(text):
        # Reordering a long run of marks takes normalisation quadratic time, so floods go first.
        few_marks = _TOO_MANY_MARKS.sub(r"\1", _INVISIBLE.sub("", text))
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", few_marks))
    else:
        text = unicodedata.normalize("NFKC", text)
    for mark in _APOSTROPHES:
        text = text.replace(mark, "'")
    return text


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


def comparable_words(text: str) -> tuple[str, ...]:
    """Return all words of an already cleaned text as they are compared."""
    return tuple(word for found in _WORD.finditer(text) for word in comparable(found[0]))


def first_word(text: str) -> str:
    """Return the first word of an already cleaned text as it is compared, "" when it has none."""
    return next((word for found in _WORD.finditer(text) for word in comparable(found[0])), "")


class Sentence(NamedTuple):
    """The words of one sentence as they are compared.

    It begins in the line that begins at the place `line` of `text`, after `before` words of that line.
    """

    words: tuple[str, ...]
    text: str
    line: int
    before: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the text the words from `start` to before `end` begin and end."""
        first, last = self.before + start, self.before + end - 1
        begin = passed = 0
        for found in _WORD.finditer(self.text, self.line):
            if passed <= first:
                begin = found.start()
            passed += len(comparable(found[0]))
            if passed > last:
                return begin, found.end()
        raise IndexError(end)

    def quote(self, start: int, end: int) -> str:
        """Return the words from `start` to before `end` as they were written, on one line."""
        begin, stop = self.span(start, end)
        return " ".join(self.text[begin:stop].split())


def starts(all_of_text: Iterable[Sentence], text: str) -> list[int]:
    """Return where each of all the sentences of a text begins; in time that grows with the text alone."""
    found = _WORD.finditer(text)
    begins = [word.start() for word in found for _ in comparable(word[0])]
    lengths = (len(sentence.words) for sentence in all_of_text)
    return [begins[first] for first in accumulate(lengths, initial=0) if first < len(begins)]


class _Runs(dict[str, tuple[tuple[str, ...], ...]]):
    """The words of each run of what stands between spaces; a sentence ends between one tuple and the next.

    A "but" begins with an empty one, because a sentence ends before it.
    """

    def __missing__(self, run: str) -> tuple[tuple[str, ...], ...]:
        pieces = tuple(map(comparable_words, _END.split(run)))
        if _BUT.fullmatch(run):
            pieces = ((), *pieces)
        if len(run) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[run] = pieces
        return pieces


_RUNS = _Runs()


def compared(words: str) -> frozenset[str]:
    """Return the words of a list of ours as those of a text are compared with them: "nuestro" is spelled otherwise."""
    return frozenset(comparable_words(clean(words)))


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of an already cleaned text that have any words."""
    for words, line, before in _sentences(text):
        for start in range(0, len(words), LONGEST_SENTENCE):
            yield Sentence(tuple(words[start : start + LONGEST_SENTENCE]), text, line, before + start)


def _sentences(text: str) -> Iterator[tuple[list[str], int, int]]:
    """Yield the words of each sentence, if any, the place of its line, and how many words of the line stand before."""
    if _HAS_SEPARATORS.search(text):
        text = text.translate(_NO_SPACES)
    words: list[str] = []
    former = ""
    line_at = place = before = 0
    for line in text.split("\n"):
        runs = line.split()
        if words and (len(former) < _WRAPPED_AT or not runs):
            yield words, place, before
            words = []
        read = list(map(_RUNS.__getitem__, runs))
        if not words:
            place, before = line_at, 0
        elif _BUT.fullmatch(runs[0]) and not (line[0].isspace() or former.endswith(",")):
            read[0] = read[0][1:]  # where a line was wrapped, only a comma or a space makes it a "but"
        if line_at + len(line) == len(text) and runs and _BUT.fullmatch(runs[-1]) and not line[-1].isspace():
            read[-1] = read[-1][-1:]  # nor is it one at the end of the text
        passed = -len(words)
        for pieces in read:
            words += pieces[0]
            if len(pieces) == 1:
                continue
            for piece in pieces[1:]:
                yield words, place, before
                passed += len(words)
                words, place, before = [*piece], line_at, passed
        line_at += len(line) + 1
        former = line
    yield words, place, before
