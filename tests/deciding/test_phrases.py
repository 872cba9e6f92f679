"""Phrases: what they are found in, and that time grows with the text alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.phrases import PASSED_OVER, PhraseBook
from mailbot.deciding.words import clean, sentences


def found(phrase: str, text: str) -> list[str]:
    """Return the words in `text` that `phrase` is found in, as written."""
    book: PhraseBook = PhraseBook()
    book.add(phrase, 1)
    return [
        sentence.quote(hit.start, hit.end)
        for sentence in sentences(clean(text))
        for hit in book.walk(sentence.words).hits(1)
    ]


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("all phones", "ALL PHONES", ["ALL PHONES"]),  # case
        ("down", "it slows the download", []),  # whole words only
        ("drop*", "calls dropped", ["dropped"]),  # any ending
        ("drop*", "a raindrop", []),  # but not any beginning
        ("call* drop*", "the calls are dropped", []),  # words follow each other
        ("call* drop*", "the caller dropped", ["caller dropped"]),
        ("not working", "not currently working", ["not currently working"]),  # small words are passed over
        ("cambiar musica", "cambiar nuestra música", ["cambiar nuestra música"]),  # in any spelling
        ("not working", "not my way of working", []),  # others are not
        ("none of our phones", "none of our 25 phones", ["none of our 25 phones"]),  # so are numbers
        ("still down", "still down", ["still down"]),  # a small word in a phrase has to be there
        ("still down", "down", []),
        ("down", "dówn", ["dówn"]),  # accents in the text …
        ("hôtel", "hotel", ["hotel"]),  # … and in the phrase
        ("down", "d\u200bo\u200dw\u2060n", ["down"]),  # zero-width characters
        ("down", "\u202edown\u202c", ["down"]),  # bidi controls
        ("down", "ＤＯＷＮ", ["DOWN"]),  # full width
        ("down", "dоwn", ["dоwn"]),  # a Cyrillic o
        ("down", "do" + "\u0301" * 5000 + "wn", ["d\u00f3\u0301wn"]),  # a flood of accents
        ("straße", "STRASSE", ["STRASSE"]),
        ("können nicht", "koennen nicht", ["koennen nicht"]),  # keyboards without umlauts
        ("können nicht", "konnen nicht", ["konnen nicht"]),
        ("can't call", "cannot call", ["cannot call"]),  # the spellings of a negation
        ("can't call", "can not call", ["can not call"]),
        ("can't call", "cant call", ["cant call"]),
        ("can't call", "can\u2019t call", ["can't call"]),  # a curly apostrophe
        ("e-mail*", "no emails", ["emails"]),
        ("email", "no E-Mail", ["E-Mail"]),
        ("n'arrive", "il n\u2019arrive pas", ["n'arrive"]),
        ("dial tone", "dial\ntone", []),  # a short line ends a sentence
        ("", "anything", []),
        ("*", "anything", []),
        ("...", "anything", []),
    ],
)
def test_words_that_are_the_same(phrase: str, text: str, words: list[str]) -> None:
    assert found(phrase, text) == words


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_and_any_phrase(text: str, phrase: str) -> None:
    assert found(phrase, text) == found(phrase, text)


# The words of phrases and texts in the model: common ones, small ones, and beginnings of each other.
WORDS = st.sampled_from(("phone", "phones", "pho", "down", "not", "the", "our", "all", "still", "7", "x"))
ENDINGS = st.sampled_from(("", "", "*"))
PHRASES = st.lists(st.tuples(WORDS, ENDINGS), min_size=1, max_size=4)


def hits_of(phrase: list[tuple[str, str]], words: tuple[str, ...]) -> set[tuple[int, int]]:
    """Return start and end of every way to read the phrase in the words, as the model has it."""

    def ends(left: list[tuple[str, str]], at: int, passed: int) -> Iterator[int]:
        if not left:
            yield at
        elif at < len(words):
            word, ending = left[0]
            if words[at] == word or (ending and words[at].startswith(word)):
                yield from ends(left[1:], at + 1, 0)
            if passed < 2 and len(left) < len(phrase) and (words[at] in PASSED_OVER or words[at].isdigit()):
                yield from ends(left, at + 1, passed + 1)

    return {(start, end) for start in range(len(words)) for end in ends(phrase, start, 0)}


@given(st.lists(PHRASES, min_size=1, max_size=8), st.lists(st.lists(WORDS, max_size=12).map(tuple), max_size=4))
def test_all_phrases_are_found_where_the_model_finds_each(
    phrases: list[list[tuple[str, str]]], texts: list[tuple[str, ...]]
) -> None:
    book = PhraseBook()
    for number, phrase in enumerate(phrases):
        book.add(" ".join(word + ending for word, ending in phrase), 1 << number)
    for words in texts:
        walk = book.walk(words)
        expected = [hits_of(phrase, words) for phrase in phrases]
        assert walk.owners == sum(1 << number for number, hits in enumerate(expected) if hits)
        for number, hits in enumerate(expected):
            got = [(hit.start, hit.end) for hit in walk.hits(1 << number)]
            assert sorted(set(got)) == sorted(hits)
            assert got == sorted(got)


def test_what_was_looked_up_is_kept_within_bounds() -> None:
    book = PhraseBook()
    book.add("phones down", 1)
    for number in range(200_000):
        book.walk((f"word{number}",))
    assert book.steps_kept <= 60_000
    assert book.walk(("phones", "down")).owners == 1


def test_a_small_book_keeps_less() -> None:
    book = PhraseBook(most_steps=100)
    book.add("phones down", 1)
    for number in range(5000):
        book.walk((f"word{number}", f"phones{number}"))
    assert book.steps_kept <= 110
    assert book.walk(("phones", "down")).owners == 1


def test_two_books_are_read_as_one() -> None:
    one, other = PhraseBook(), PhraseBook()
    one.add("phones down", 1)
    one.add("down", 2)
    other.add("down*", 4)
    other.add("our phones", 1)
    words = ("our", "phones", "down")
    walk = one.walk(words).beside(other.walk(words))
    assert walk.owners == 7
    assert [(hit.start, hit.end) for hit in walk.hits(7)] == [(0, 2), (1, 3), (2, 3), (2, 3)]
    assert [(hit.start, hit.end, hit.owners) for hit in walk.hits(4)] == [(2, 3, 4)]


def _seconds(book: PhraseBook, text: str) -> float:
    start = time.process_time()
    for sentence in sentences(clean(text)):
        book.walk(sentence.words).hits(-1)
    return time.process_time() - start


@pytest.mark.parametrize(
    "text",
    [
        "the phones are down again " * 8000,  # hits everywhere
        "a" * 200_000,  # one word
        "a" + "\u0301\u0316" * 100_000,  # marks whose order normalisation would sort
        "the " * 50_000,  # small words only
        "but " * 50_000,
        "\n" * 200_000,
        " \t" * 100_000,
        "." * 200_000,
        "' " * 100_000,
        "e-mail" * 33_000,
    ],
)
def test_200_kilobytes_take_less_than_a_second(text: str) -> None:
    book: PhraseBook = PhraseBook()
    for phrase in ("phones are down", "the phones the", "a*", "the phones", "down again", "but but"):
        book.add(phrase, 1)
    assert _seconds(book, text) < 1


def test_time_does_not_grow_with_the_number_of_phrases() -> None:
    small: PhraseBook = PhraseBook()
    large: PhraseBook = PhraseBook()
    small.add("phones down", 1)
    for number in range(5000):
        large.add(f"phones word{number} word{number * 7}", 1)
        large.add(f"other{number} thing{number}*", 2)
    text = "our phones are really down and nobody in the office can call " * 500
    _seconds(small, text)
    assert min(_seconds(large, text) for _ in range(3)) < 3 * min(_seconds(small, text) for _ in range(3)) + 0.02
