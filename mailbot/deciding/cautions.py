"""Requests by which accounts and numbers are taken over: a PIN, a password, a number that is to go.

What was asked so by somebody of whom nothing proves that he is who he says is done after a call back only; agents read
that above all else. A word too many costs them a glance, a word too few a customer's number.
"""

from __future__ import annotations

from functools import lru_cache

from mailbot.deciding.phrases import PhraseBook
from mailbot.deciding.words import clean, legible, sentences
from mailbot.rules import Rules
from mailbot.rules.same import Same


def takeover_words(texts: tuple[str, ...], rules: Rules) -> str:
    """Return the first words in these texts that such a request has, "" where none of them has any."""
    book = _book(Same(rules))
    for text in texts:
        for sentence in sentences(clean(legible(text))):
            for hit in book.walk(sentence.words).hits(1):
                return sentence.quote(hit.start, hit.end)
    return ""


@lru_cache(maxsize=4)
def _book(same: Same[Rules]) -> PhraseBook:
    book = PhraseBook()
    for phrase in same.object.caution.words:
        book.add(phrase, 1)
    return book
