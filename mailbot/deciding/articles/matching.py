"""Which of the operator's articles answer a message: precise before complete, two at most.

A wrong article tells the customer that nobody read what they wrote; none costs nothing. So an article's phrases count
only in the subject and the first sentences of what was newly written, one phrase of `unless` there takes the article
out, and an outage draws none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from mailbot.deciding.classify import Classification, texts_of
from mailbot.deciding.phrases import PhraseBook
from mailbot.deciding.words import Sentence, sentences
from mailbot.reading.model import Message
from mailbot.rules import Article, Rules, Severity
from mailbot.rules.same import Same

MOST_OFFERED = 2
_MOST_CHARACTERS = 5_000
_MOST_SENTENCES = 12


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The articles that can be offered; in the book the bit of each, and above all of them that of what rules it out.

    Translations of one article share what rules them out.
    """

    articles: tuple[Article, ...]
    book: PhraseBook

    def out(self, numbers: int) -> int:
        """Return the bits of what rules out the articles of these bits."""
        return numbers << len(self.articles)


@lru_cache(maxsize=4)
def _shelf_of(same: Same[Rules]) -> _Shelf:
    rules = same.object
    articles = tuple(one for one in rules.articles if not one.draft and rules.article_url(one))
    shelf = _Shelf(articles, PhraseBook())
    names = [article.name for article in articles]
    translations: dict[str, int] = {}
    for number, name in enumerate(names):
        translations[name] = translations.get(name, 0) | 1 << number
    for number, article in enumerate(articles):
        for phrase in article.keywords:
            shelf.book.add(phrase, 1 << number)
        for phrase in article.unless:
            shelf.book.add(phrase, shelf.out(translations[names[number]]))
    return shelf


def answering(message: Message, about: Classification, rules: Rules, language: str) -> tuple[Article, ...]:
    """Return the articles to offer to the writer of a message, the best first, in that language where it has them.

    None is a draft, and each has an address where it is read. An article whose phrases are found comes before one that
    is only of the same common issue.
    """
    shelf = _shelf_of(Same(rules)) if rules.articles else None
    if shelf is None or not shelf.articles or about.severity is Severity.CRITICAL:
        return ()
    subject, text = (list(islice(sentences(said[:_MOST_CHARACTERS]), _MOST_SENTENCES)) for said in _said(message))
    in_subject, in_text = _owners(shelf, subject), _owners(shelf, text)
    found: dict[str, tuple[tuple[int, int], int]] = {}
    for number, article in enumerate(shelf.articles):
        score = ((in_subject >> number & 1) * 2 + (in_text >> number & 1), -number)
        is_meant = bool(score[0]) or (not article.keywords and article.playbook is not None)
        is_of_issue = article.playbook in {None, about.playbook}
        if is_meant and is_of_issue and not (in_subject | in_text) & shelf.out(1 << number):
            found[article.name] = max(found.get(article.name, (score, number)), (score, number))
    best = sorted(found.values(), reverse=True)[:MOST_OFFERED]
    return tuple(_in_language(shelf.articles, number, language) for _, number in best)


def _said(message: Message) -> tuple[str, str]:
    """Return the subject and what was newly written; what the sender passes on is not the sender's question."""
    (_, subject), (_, text), *_ = texts_of(message)
    return subject, text


def _owners(shelf: _Shelf, said: Sequence[Sentence]) -> int:
    owners = 0
    for sentence in said:
        owners |= shelf.book.walk(sentence.words).owners
    return owners


def _in_language(articles: Sequence[Article], number: int, language: str) -> Article:
    """Return the article of that number in a language, as it was found where it has not that language."""
    article = articles[number]
    same = (one for one in articles if one.name == article.name and one.language == language)
    return next(same, article)
