"""Where in a template something went wrong, and what was meant, in the operator's words."""

from __future__ import annotations

import re
import traceback
from dataclasses import fields
from pathlib import Path

from jinja2 import Environment

from mailbot.errors import Problem
from mailbot.render import Templates
from mailbot.render.catalogues import nearest_phrase
from mailbot.render.facts import AnswerFacts, NoticeFacts, RelayFacts
from mailbot.render.pages import NoJsonError, PageFacts
from mailbot.render.phrases import phrases
from mailbot.rules.nearest import did_you_mean

_QUOTES = "put each value through the filter tojson, without quotes of your own"


def render_problem(name: str, error: Exception, templates: Templates, language: str) -> Problem:
    """Return the problem at the innermost line of a template that the error passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).parent in templates.folders:
            hint = _nearest_name(error) or _nearest_phrase(error, templates.folders, language)
            return Problem(frame.filename, "", in_our_quotes(str(error)), line=frame.lineno, hint=hint)
    where = next((str(one / name) for one in templates.folders if (one / name).is_file()), name)
    hint = (
        "put each value through the filter tojson, without quotes of your own" if isinstance(error, NoJsonError) else ""
    )
    return Problem(where, "", in_our_quotes(str(error)), hint=hint)


def in_our_quotes(text: str) -> str:
    """Return the template engine's words with names quoted as our sentences do."""
    return re.sub(r"(?<!\w)'([^'\s]+)'(?!\w)", r'"\1"', text)


def _nearest_name(error: Exception) -> str:
    """Return a question with the nearest name that mails know, for a name that is undefined; else ""."""
    found = re.fullmatch(r"'(\w+)' is undefined", str(error))
    known = {field.name for kind in (AnswerFacts, NoticeFacts, RelayFacts, PageFacts) for field in fields(kind)}
    return did_you_mean(found[1], known) if found else ""


def _nearest_phrase(error: Exception, folders: tuple[Path, ...], language: str) -> str:
    """Return a question with the nearest phrase that there is, for one that there is not; else ""."""
    found = re.match(r'there is no phrase "([^"]+)"', str(error))
    return nearest_phrase(found[1], phrases(folders, language)) if found else ""


def nearest_filter(text: str, plain: Environment) -> str:
    """Return a question with the nearest filter or test, for words that say there is none of a name; else ""."""
    found = re.match(r'No (?:filter|test) named "(\w+)"', text)
    return did_you_mean(found[1], (*plain.filters, *plain.tests)) if found else ""
