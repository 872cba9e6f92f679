"""What counts as the same word, and where sentences end: checked against the whole rule said in one pattern."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.deciding.words import LONGEST_SENTENCE, clean, comparable, comparable_words, sentences, starts


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


BORDER = regex.compile(
    r"[.!?\u2026](?=[\s\"')\]]|$)|[\u3002\uff01\uff1f;]|\n\s*\n|\n"
    r"|,?\s(?=(?:but|aber|mais|pero|mas|porem|porém|jedoch|however)\s)",
    regex.IGNORECASE,
)


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every sentence, as the model has it."""
    start = line = 0
    for border in BORDER.finditer(text):
        wrapped = border[0] == "\n" and border.start() - line >= 55
        if "\n" in border[0]:
            line = border.end()
        if not wrapped:
            yield start, border.start()
            start = border.end()
    yield start, len(text)


RUNS = st.sampled_from(
    (
        *("phones", "our", "down", "Can't", "e-mail", "but", "BUT", "mais", "however", "9.30", "U.S.", "--", "…", "42"),
        *(
            '"down."',
            "(down.)",
            "a;b",
            ".but",
            "down.Next",
            "l'appel",
            "ok.",
            "why?",
            "no!",
            "\u3002",
            "x" * 70,
            "'",
            ".",
        ),
    )
)
SPACES = st.sampled_from(
    (*" " * 8, "  ", "\n", "\n", " \n", "\n ", "\n\n", "\n \n", "\t", ",\n", ", ", "\xa0", "\u2028", "\x1c", "")
)
TEXTS = st.lists(st.tuples(RUNS, SPACES), max_size=40).map(lambda parts: "".join(run + space for run, space in parts))
LINE = "This line is as long as those that mail programs wrap when they"


@given(st.one_of(TEXTS, st.text(max_size=200)))
@example(f"{LINE}\nbut this")
@example(f"{LINE},\nbut this")
@example(f"{LINE}\n but this")
@example(f"{LINE}\nbut")
@example("no but")
def test_sentences_end_where_the_model_ends_them(text: str) -> None:
    text = clean(text)
    got = list(sentences(text))
    model = [(start, words) for start, end in pieces(text) if (words := comparable_words(text[start:end]))]
    cut = [words[at : at + LONGEST_SENTENCE] for _, words in model for at in range(0, len(words), LONGEST_SENTENCE)]
    assert [sentence.words for sentence in got] == cut
    for sentence, begin in zip(got, starts(got, text), strict=True):
        length = len(sentence.words)
        assert comparable_words(sentence.quote(0, length)) == sentence.words
        assert sentence.words[length // 2] in comparable_words(sentence.quote(length // 2, length // 2 + 1))
        assert sentence.span(0, 1)[0] == begin
    assert all(start <= begin for (start, _), begin in zip(model, starts(got, text), strict=len(cut) == len(model)))


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_for_comparison(text: str) -> None:
    once = clean(text)
    assert [s.words for s in sentences(clean(once))] == [s.words for s in sentences(once)]


@given(st.text(min_size=1, max_size=30))
def test_comparable_words_are_never_empty(word: str) -> None:
    assert all(comparable(word))
