"""What an article says that is to answer a repeated question: common words, by which no customer is known. Pure.

What customers wrote is never quoted: the draft has words of theirs one by one, or two at most, and only those that
`deciding.sayable` lets others read. Its sentences are ours, and so are most phrases by which mail will be found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailbot.deciding.likeness.sense import Role
from mailbot.deciding.likeness.senses import SENSES
from mailbot.deciding.likeness.small import is_small
from mailbot.deciding.sayable import Sayable, Written
from mailbot.deciding.words import clean, comparable_words, compared
from mailbot.figures.questions import Asked, Repeat, telling
from mailbot.rules import Playbook

_MOST_WORDS = 5
_MOST_KEYWORDS = 6
_MOST_IN_KEY = 2
_OFTEN = 3
_BY_NAME = {one.name: one for one in SENSES}
# Small words that mails of every length have, and that tell one language from the others.
_OF_LANGUAGE = {
    "en": compared("the and is are of to we our how you with this that for have can"),
    "de": compared("der die das und ist wir unsere wie nicht mit ein eine ich sie bei kann konnen"),
    "fr": compared("le les des et est nous notre nos comment vous une pour dans avec je sur pouvez"),
    "es": compared("el los las y es nuestro nuestra como una por con para en se puedo podemos hola"),
    "pt": compared("os as e nosso nossa como uma por com para em nao posso podemos ola do da"),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a draft is made of: its `key`, the language, the words it is about, and phrases by which mail is found.

    `key` and `about` are names of ours, `about` in English; `words` are customers' own, each said by several, and
    `keywords` such words or phrases of ours. Of a common issue it has the `playbook`. All but `key` may be empty. Who
    it is for `asks` how something is done, or tells of a trouble.
    """

    key: str
    language: str
    about: tuple[str, ...]
    words: tuple[str, ...]
    keywords: tuple[str, ...]
    playbook: Playbook | None = None
    asks: bool = True

    def numbered(self, number: int) -> Draft:
        """Return the same with that number behind its key."""
        return replace(self, key=f"{self.key}-{number}")


def draft(repeat: Repeat, sayable: Sayable, names: Mapping[str, str], language: str = "en") -> Draft:
    """Return what an article about a repeated question begins with.

    `names` are the tenants', by id; `language` is that of who writes none that we know.
    """
    spoken = {one.ticket: language_of(f"{one.subject}\n{telling(one)}") for one in repeat.asked}
    known = Counter(filter(None, spoken.values())).most_common(1)
    language = known[0][0] if known else language
    among = [one for one in repeat.asked if spoken[one.ticket] == language] or repeat.asked
    written = tuple(_written(among, names))
    phrases = tuple(_phrases_said(repeat.about, written))
    often = len({one.customer for one in written}) / _OFTEN
    ours, others = [], []
    spelled = {_bare(one.surface): one.surface.lower() for one in sayable.common(written)}
    for one in sayable.common(written):
        if any(_is_in(phrase, _bare(one.surface)) for phrase in phrases):
            ours.append(one.surface)
        elif one.customers >= often and _tells(one.surface):
            others.append(one.surface)
    pairs = [one.surface.lower() for one in sayable.pairs(written) if all(map(_tells, one.surface.split(" ")))]
    return Draft(
        key_of(repeat),
        language,
        repeat.about,
        tuple(_naming_nobody(repeat.about, (*ours, *others), sayable))[:_MOST_WORDS],
        tuple(_keywords(pairs, [_spelled(phrase, spelled) for phrase in phrases]))[:_MOST_KEYWORDS],
        repeat.playbook,
        repeat.asks,
    )


def key_of(repeat: Repeat) -> str:
    """Return what a repeated question is called on a command line and as a file: by names of ours alone."""
    if repeat.playbook:
        return repeat.playbook.replace("_", "-")
    things = [name for name in repeat.about if _BY_NAME[name].role is Role.THING] or repeat.about
    slug = re.sub(r"[^a-z0-9]+", "-", " ".join(things[:_MOST_IN_KEY]).lower()).strip("-")
    return slug or f"question-{repeat.tickets[0]}"


def language_of(text: str) -> str:
    """Return in which of our languages most small words of a text are, "" for none or several."""
    words = Counter(comparable_words(clean(text)))
    counted = {language: sum(words[word] for word in small) for language, small in _OF_LANGUAGE.items()}
    best = max(counted, key=lambda one: counted[one])
    others = max(number for language, number in counted.items() if language != best)
    return best if counted[best] > others else ""


def _written(asked: Iterable[Asked], names: Mapping[str, str]) -> Iterator[Written]:
    for one in asked:
        # What nobody lists is one customer, so that its words need others beside it.
        named = (names.get(one.tenant or "", ""), one.tenant or "", one.requester_name, one.requester)
        yield Written(one.tenant or "", f"{one.subject}\n{telling(one)}", named, one.proven)


def _naming_nobody(about: Sequence[str], words: Iterable[str], sayable: Sayable) -> Iterator[str]:
    """Yield the words, without any that makes a name of somebody beside those before it."""
    line = [name for name in about if sayable.may_stand(name)]
    for word in words:
        if sayable.may_stand(", ".join((*line[-2:], word))):
            line.append(word)
            yield word


def _phrases_said(about: Sequence[str], written: Iterable[Written]) -> Iterator[str]:
    """Yield phrases of ours, of the things that it is about, which customers used."""
    texts = [_bare(one.text) for one in written]
    for sense in (_BY_NAME[name] for name in about):
        if sense.role is Role.THING:
            yield from (phrase for phrase in sense.phrases if any(_is_in(phrase, text) for text in texts))


def _keywords(pairs: Sequence[str], phrases: Sequence[str]) -> Iterator[str]:
    """Yield phrases of several words; single ones only where there are no others."""
    several = dict.fromkeys((*pairs, *(phrase for phrase in phrases if " " in phrase)))
    yield from several or phrases


def _spelled(phrase: str, spelled: Mapping[str, str]) -> str:
    """Return a phrase of ours, which has no accents, as customers spell its words."""
    return " ".join(spelled.get(word, word) for word in phrase.split(" "))


def _is_in(phrase: str, text: str) -> bool:
    """Return whether a phrase stands in a text in comparable form."""
    end = "" if phrase.endswith("*") else r"\b"
    return re.search(rf"\b{re.escape(_bare(phrase.rstrip('*')))}{end}", text) is not None


def _bare(text: str) -> str:
    return " ".join(comparable_words(clean(text)))


def _tells(surface: str) -> bool:
    return not any(map(is_small, comparable_words(surface)))
