"""The matcher: what counts as the same words, where sentences end, and that time grows with the text alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.phrases import PhraseBook, clean, comparable, sentences


def found(phrase: str, text: str) -> list[str]:
    """Return the words in `text` that `phrase` is found in, as written."""
    book: PhraseBook[int] = PhraseBook()
    book.add(phrase, 1)
    return [sentence.quote(hit.start, hit.end) for sentence in sentences(clean(text)) for hit in book.hits(sentence)]


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


@pytest.mark.parametrize(
    ("text", "first_words"),
    [
        ("All down. Please help!", ["All down", "Please help"]),
        ("Call 555-0100 at 9.30 now", ["Call 555-0100 at 9.30 now"]),  # points inside a word
        ("Hello\n\nAll down", ["Hello", "All down"]),
        ("- phones\n- internet", ["phones", "internet"]),
        # A line of a mail that was wrapped at 72 columns goes on in the next line.
        ("we have been trying since early this morning to get any dial tone\nat all", None),
        ("It was down but it works", ["It was down", "but it works"]),
        ("?!", []),
        ("", []),
    ],
)
def test_sentences(text: str, first_words: list[str] | None) -> None:
    read = [sentence.quote(0, len(sentence.words)) for sentence in sentences(text)]
    assert read == ([" ".join(text.split())] if first_words is None else first_words)


def test_a_sentence_without_an_end_is_cut() -> None:
    lengths = [len(sentence.words) for sentence in sentences("word " * 120)]
    assert lengths == [50, 50, 20]


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_and_any_phrase(text: str, phrase: str) -> None:
    assert found(phrase, text) == found(phrase, text)


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_for_comparison(text: str) -> None:
    once = clean(text)
    assert [s.words for s in sentences(clean(once))] == [s.words for s in sentences(once)]


@given(st.text(min_size=1, max_size=30))
def test_comparable_words_are_never_empty(word: str) -> None:
    assert all(comparable(word))


def _seconds(book: PhraseBook[int], text: str) -> float:
    start = time.perf_counter()
    for sentence in sentences(clean(text)):
        for _ in book.hits(sentence):
            pass
    return time.perf_counter() - start


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
    book: PhraseBook[int] = PhraseBook()
    for number, phrase in enumerate(("phones are down", "the phones the", "a*", "the phones", "down again", "but but")):
        book.add(phrase, number)
    assert _seconds(book, text) < 1


def test_time_does_not_grow_with_the_number_of_phrases() -> None:
    small: PhraseBook[int] = PhraseBook()
    large: PhraseBook[int] = PhraseBook()
    small.add("phones down", 0)
    for number in range(5000):
        large.add(f"phones word{number} word{number * 7}", number)
        large.add(f"other{number} thing{number}*", number)
    text = "our phones are really down and nobody in the office can call " * 500
    _seconds(small, text)
    assert min(_seconds(large, text) for _ in range(3)) < 3 * min(_seconds(small, text) for _ in range(3)) + 0.02
