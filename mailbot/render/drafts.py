"""The file of an article that is a draft: its head (TOML) and its text (Markdown), to be finished by one of us.

It is made of our own sentences, in the reader's language, and of words that may be said to others (`figures.drafting`).
The steps that our people take stand in the head as a comment: they are written for these, and readers see none of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from mailbot.figures.drafting import Draft
from mailbot.render.wording import Wording
from mailbot.rules.links import pieces

_INSTEAD = "…"


def title(draft: Draft, wording: Wording) -> str:
    """Return the title, in the language of the wording."""
    return wording.phrase("draft.title", {"words": _words(draft, wording, 1)})


def text(draft: Draft, wording: Wording) -> str:
    """Return the text below the head: steps for who asks how something is done, checks for who has a trouble."""
    heading, steps = ("do", ("first", "then", "last")) if draft.asks else ("check", ("first", "last"))
    lines = (
        wording.phrase("draft.intro", {"words": _words(draft, wording)}),
        "",
        f"## {wording.phrase(f'draft.{heading}', {})}",
        "",
        *(f"{at}. {wording.phrase(f'draft.{heading}_{step}', {})}" for at, step in enumerate(steps, 1)),
        *(("", wording.phrase("draft.end", {})) if draft.asks else ()),
    )
    return "\n".join(lines)


def file(draft: Draft, wording: Wording, why: str, steps: Iterable[str] = ()) -> str:
    """Return the whole file; `why` says in a line from what it was made, `steps` are the playbook's."""
    return "\n".join(("+++", *_head(draft, wording, why, steps), "+++", text(draft, wording), ""))


def _head(draft: Draft, wording: Wording, why: str, steps: Iterable[str]) -> Iterator[str]:
    yield f"# {why}"
    yield "# It is offered to nobody, and published nowhere, until you take the line with draft out."
    for number, step in enumerate(steps, 1):
        if number == 1:
            yield "# What your people check, to be said anew for readers:"
        yield f"# {number}. {''.join(words for words, _ in pieces(step))}"
    yield f"title = {_quoted(title(draft, wording))}"
    yield f"topic = {_quoted(wording.phrase('draft.topic', {}))}"
    if draft.playbook:
        yield f"playbook = {_quoted(draft.playbook)}"
    if draft.keywords or not draft.playbook:
        yield "# Mail that has one of these phrases is offered it; one word alone would fit too much."
        yield f"keywords = [{', '.join(map(_quoted, draft.keywords))}]"
    yield f"language = {_quoted(draft.language)}"
    yield "draft = true"


def _words(draft: Draft, wording: Wording, most: int = 6) -> str:
    """Return what it is about: in English by names of ours first, in other languages by customers' common words."""
    named = draft.about if wording.language == "en" else ()
    words = (word for word in draft.words if not any(word.lower() in name.lower() for name in named))
    return ", ".join([*named, *words][:most]) or _INSTEAD


def _quoted(value: str) -> str:
    """Return a basic string of TOML; JSON's are such."""
    return json.dumps(value, ensure_ascii=False)
