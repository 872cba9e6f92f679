"""A page as its receiver wants it: JSON, by a template for each kind of receiver, `page-<form>.json.j2`.

The operator's folder overrides them like the templates of mails. Every value goes through the filter `tojson`. What
comes out is read and written anew, so that what leaves is JSON, whatever the template did.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, get_args

from jinja2 import Environment

from mailbot.render import Templates
from mailbot.rules.people import Form

FORMS: tuple[Form, ...] = get_args(Form)
"""The kinds of receivers there are."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page may say.

    `kind` is outage, seen, alarm or test, `title` a few words for it, `text` its one line. `key` is the same for all
    pages of one spell, `over` says that it is at its end. `ok` is a mailto: link that says it was seen, "" for none.
    `at` is when it was written (RFC 3339). `to` is the agent's name. `credential` is what the receiver asks for, "" for
    nothing; `topic` is that of ntfy.
    """

    kind: str
    title: str
    text: str
    key: str
    at: str
    brand: str
    to: str = ""
    ok: str = ""
    over: bool = False
    topic: str = ""
    credential: str = ""


class NoJsonError(ValueError):
    """A template has made something else than one JSON object of a page."""


def page_octets(templates: Templates, form: str, facts: PageFacts) -> tuple[bytes, str]:
    """Return what to post to a receiver of that form, and why the operator's template was not used, "" if it was."""
    try:
        return octets_in(templates.environment, form, facts), ""
    except Exception as error:
        if templates.fallback is None:
            raise
        octets, _ = page_octets(templates.fallback, form, facts)
        return octets, f"page-{form}: {type(error).__name__}: {error}"


def octets_in(environment: Environment, form: str, facts: PageFacts) -> bytes:
    """Return what to post, with the templates as this environment compiles them; raise NoJsonError."""
    values: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(facts)}
    text = environment.get_template(f"page-{form}.json.j2").render(values)
    try:
        said = json.loads(text)
    except ValueError as error:
        raise NoJsonError(f"this makes no JSON of a page: {error}") from None
    if not isinstance(said, dict):
        raise NoJsonError("this makes no JSON object of a page")
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
