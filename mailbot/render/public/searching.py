"""What the search of the articles knows: a script that holds their words, so that no server is asked."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable

from mailbot.render.public.facts import Entry
from mailbot.rules.articles import Article

_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """Return the text as it is compared: small letters without accents, as `folded` in site-search.js."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(letter)
    )


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared, each once, in their order."""
    return tuple(dict.fromkeys(_WORD.findall(folded(text))))


def index(articles: Iterable[tuple[Article, Entry, str]]) -> str:
    """Return the script of articles, each with where it is listed and its plain text.

    Each is its page, title, topic, description and web site, and the words of its title, of its keywords, of its topic
    and of its text.
    """
    rows = [
        [
            *(entry.page, article.title, article.topic, entry.description, entry.elsewhere),
            *(" ".join(words(said)) for said in (article.title, _said(article.keywords), article.topic, plain)),
        ]
        for article, entry, plain in articles
    ]
    listed = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f"var helpArticles = [\n{listed}\n];\n"


def _said(keywords: Iterable[str]) -> str:
    """Return the words of phrases of the rules: "phone|phones ring*" without its marks."""
    return " ".join(re.sub(r"[|*]", " ", phrase) for phrase in keywords)
