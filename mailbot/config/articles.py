"""articles/*.md: what customers can read themselves, a file for each article and language.

A file begins with a head, TOML between two lines of "+++", and goes on with a text in Markdown, unless the head names a
link. Its name without ".md" is the article's id. Names that begin with a dot or "_" are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

from mailbot.config.explaining import typed
from mailbot.config.merging import Finding, Merged, Source, source_of, text_of
from mailbot.config.words import phrases_of
from mailbot.errors import ConfigError, Problem
from mailbot.rules import Rules
from mailbot.rules.articles import Article, Heading, is_picture, parted_id
from mailbot.rules.nearest import did_you_mean
from mailbot.rules.values import Language, sluglike

ARTICLES_FOLDER = "articles"

_FENCE = "+++"
_SHOWN = re.compile(r"!\[[^\]]*\]\(<?(?P<picture>[^\s()<>]+)")
_LINK = re.compile(r"\]\(<?(?P<article>[A-Za-z0-9][A-Za-z0-9._-]*)\.md(?:#[^\s)>]*)?>?(?:\s[^)]*)?\)")
_ENDING = re.compile(r"\.(?P<ending>[a-z]{2})\Z")
_HOW = 'write it as "+++", title = "…", topic = "…", "+++", and the text below'


def article_files(folder: Path) -> list[Path]:
    """Return the files of the articles in an operator's folder, by name; empty where there are none."""
    return sorted(path for path in (folder / ARTICLES_FOLDER).glob("*.md") if path.name[0] not in "._")


def read_articles(
    folder: Path, rules: Rules | None, merged: Merged | None
) -> tuple[tuple[Article, ...], list[Problem]]:
    """Return the articles of a folder and everything that is wrong with them.

    `rules` say which language is the desk's, and with `merged`, where they come from, which lists of words there are.
    With None nobody knows, and only the form is looked at.
    """
    articles: dict[tuple[str, str], Article] = {}
    problems: list[Problem] = []
    for path in article_files(folder):
        try:
            article, more = _read(path, rules, merged)
        except ConfigError as error:
            problems += error.problems
            continue
        problems += more
        if article is not None:
            first = articles.setdefault((article.name.casefold(), article.language), article)
            problems += () if first is article else [_twin(first, path.name)]
    found = tuple(articles.values())
    return found, [*problems, *_unknown_languages(found), *_dead_links(folder, found)]


def starter_articles(folder: Path) -> tuple[Article, ...]:
    """Return the articles that are shipped in that folder, as they answer mail once they are copied."""
    none = Merged.of(source_of("", ""))
    read = (_read(path, Rules(), none)[0] for path in sorted(folder.glob("*.md")))
    return tuple(article for article in read if article is not None)


def _read(path: Path, rules: Rules | None, merged: Merged | None) -> tuple[Article | None, list[Problem]]:
    """Return the article of a file, None where its name or its head is none, and its problems. Raise ConfigError."""
    name = f"{ARTICLES_FOLDER}/{path.name}"
    source, text = _parted(name, text_of(path, name))
    here = Merged.of(source)
    head, problems = typed(Heading, here)
    language = parted_id(path.stem)[1]
    try:
        sluglike(path.stem)
    except ValueError as error:
        return None, [*problems, Problem(name, "", f"the name of the file is no id: {error}", hint="rename it")]
    if "language" not in source.values:
        ours = rules.partner.language if rules else "en"
        head = head.model_copy(update={"language": language or ours})
    findings = list(_findings(head, text, language))
    if rules is not None and merged is not None:
        phrases = {key: phrases_of(getattr(head, key), key, rules.words, merged) for key in ("keywords", "unless")}
        findings += [found for _, wrong in phrases.values() for found in wrong]
        head = head.model_copy(update={key: said for key, (said, _) in phrases.items()})
    problems += here.problems(findings)
    return (None if problems else Article(id=path.stem, text=text, **dict(head))), problems


def _parted(name: str, written: str) -> tuple[Source, str]:
    """Return the head, its lines counted as in the file, and the text; raise ConfigError where there is no head."""
    lines = written.split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE]
    if fences[:1] != [0]:
        raise ConfigError((Problem(name, "", 'the file does not begin with a line "+++"', 1, _HOW),))
    if len(fences) == 1:
        raise ConfigError((Problem(name, "", 'the head has no end: there is no second line "+++"', 1, _HOW),))
    end = fences[1]
    return source_of(name, "\n".join(["", *lines[1:end], ""])), "\n".join(lines[end + 1 :]).strip()


def _findings(head: Heading, text: str, language: str) -> Iterator[Finding]:
    if head.link and text:
        hint = "take the link out, or the text below"
        yield Finding(("link",), "an article is either a link or a text, and this one is both", hint)
    if not head.link and not text:
        hint = 'write link = "https://…", or the text below the second "+++"'
        yield Finding(("link",), "the article has neither a link nor a text", hint)
    if language and head.language != language:
        said = f'the name of the file ends with the language "{language}", and here stands "{head.language}"'
        yield Finding(("language",), said, "leave it out, or rename the file")
    for key in ("title", "topic"):
        if not getattr(head, key):
            yield Finding((key,), "is empty")


def _unknown_languages(articles: Iterable[Article]) -> Iterator[Problem]:
    """Yield a warning for each name that ends as with a language, "voicemail.it", and with none that there is."""
    known = ", ".join(get_args(Language))
    for one in articles:
        if (found := _ENDING.search(one.id)) and not parted_id(one.id)[1]:
            text = f'".{found["ending"]}" is none of the languages {known}: the article counts as "{one.language}"'
            hint = "leave it out of the name, or write the article in one of them"
            yield Problem(f"{ARTICLES_FOLDER}/{one.id}.md", "", text, hint=hint, warning=True)


def _dead_links(folder: Path, articles: Iterable[Article]) -> Iterator[Problem]:
    """Yield a warning for each link to an article, that nobody can read: its words stand without it."""
    articles = tuple(articles)
    known = {name.casefold() for one in articles if not one.draft for name in (one.id, one.name)}
    for article in articles:
        name = f"{ARTICLES_FOLDER}/{article.id}.md"
        lines = (
            text_of(folder / name, name).split("\n")
            if _LINK.search(article.text) or _SHOWN.search(article.text)
            else ()
        )
        for number, line in enumerate(lines, 1):
            yield from _missing_pictures(folder, name, line, number)
            for found in _LINK.finditer(line):
                named = found["article"]
                if not {named.casefold(), parted_id(named)[0].casefold()} & known:
                    hint = did_you_mean(named, [one.id for one in articles if not one.draft]) or "take the link out"
                    yield Problem(name, "", f"there is no article {named}.md to link to", number, hint, warning=True)


def _missing_pictures(folder: Path, name: str, line: str, number: int) -> Iterator[Problem]:
    for found in _SHOWN.finditer(line):
        shown = found["picture"]
        if is_picture(shown) and not (folder / ARTICLES_FOLDER / shown).is_file():
            hint = f"put it into {ARTICLES_FOLDER}/"
            yield Problem(name, "", f"there is no picture {shown} beside the articles", number, hint, warning=True)


def _twin(other: Article, file: str) -> Problem:
    """Return the problem of a file where another article is the same one in the same language."""
    text = f'{other.id}.md is the article "{other.name}" in the same language'
    return Problem(f"{ARTICLES_FOLDER}/{file}", "", text, hint="give one of them a name of its own")
