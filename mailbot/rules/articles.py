"""Articles: what customers can read themselves, a link or a text of the operator's own."""

from __future__ import annotations

import re
from typing import get_args

from mailbot.rules.links import PageAddress
from mailbot.rules.recognising import Playbook, Table
from mailbot.rules.values import Id, Language, Line, Switch

_PICTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*\.(?:png|jpe?g|gif|webp|avif)", re.IGNORECASE)
_LANGUAGE = re.compile(rf"[.-]({'|'.join(get_args(Language))})")


class Heading(Table):
    """What the head of an article's file says.

    `topic` is the heading that it stands under. It answers mail that has one of the phrases of `keywords`, written as
    a rule's `state`, and none of `unless`, and is about its `playbook`, where it names one; one without keywords
    answers all mail about its playbook. A `draft` is offered to nobody, and published nowhere.
    """

    title: Line
    topic: Line
    keywords: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    playbook: Playbook | None = None
    language: Language = "en"
    link: PageAddress = ""
    draft: Switch = False


class Article(Heading):
    """One article in one language: either `link` or `text` (Markdown) is not empty. `id` is its file's name."""

    id: Id
    text: str = ""

    @property
    def name(self) -> str:
        """What its translations are called as well: the id without the language at its end, if there is one."""
        return parted_id(self.id)[0]


def is_picture(source: str) -> bool:
    """Return whether a picture in a text is a file beside the articles, "pad.png" or "phones/pad.png"."""
    return _PICTURE.fullmatch(source) is not None and ".." not in source.split("/")


def parted_id(article: str) -> tuple[str, str]:
    """Return the name of an article's id and the language at its end: "voicemail.de" is ("voicemail", "de")."""
    found = _LANGUAGE.fullmatch(article[-3:])
    return (article[:-3], found[1]) if found and article[:-3] else (article, "")
