"""Templates to the three texts of a mail: subject, text part, HTML part. The only door to Jinja2.

A mail is three files, `<audience>-<event>.subject.j2`, `.text.j2` and `.html.j2`; its sentences
come from `phrases/<language>.toml`, so that a translation stands in one place for all three. The
operator's folder overrides the shipped one file by file, and a phrase catalogue phrase by phrase.

Templates are the operator's word, facts are not: a fact appears literally, whatever it holds,
because values are never compiled, HTML is escaped on its own, and templates run in Jinja's
sandbox. A name that does not exist is an error (`check` finds it at start), never an empty space.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from mailbot.errors import Problem
from mailbot.render.among import ToldFacts
from mailbot.render.facts import (
    AnsweredBy,
    AnswerFacts,
    AskedTicket,
    AskFacts,
    Attached,
    CallBack,
    Day,
    DigestFacts,
    EscalatedBy,
    Facts,
    Former,
    Happening,
    NoticeFacts,
    NoticeItem,
    OpenRequest,
    Person,
    Piece,
    RelayFacts,
    WeekFacts,
)
from mailbot.render.filters import environment
from mailbot.render.phrases import LANGUAGES, phrases
from mailbot.render.policies import Change, PolicyFacts
from mailbot.render.public.facts import AnyPublicFacts
from mailbot.render.wording import Wording

__all__ = [
    "LANGUAGES",
    "NAMES",
    "WEB_PAGES",
    "AnswerFacts",
    "AnsweredBy",
    "AskFacts",
    "AskedTicket",
    "Attached",
    "CallBack",
    "Change",
    "Day",
    "DigestFacts",
    "EscalatedBy",
    "Facts",
    "Former",
    "Happening",
    "NoticeFacts",
    "NoticeItem",
    "OpenRequest",
    "Person",
    "Piece",
    "PolicyFacts",
    "RelayFacts",
    "Rendered",
    "Templates",
    "ToldFacts",
    "WebFacts",
    "WebPage",
    "WeekFacts",
    "render",
    "web_page",
]

NAMES = (
    "customer-acknowledgement",
    "customer-after-hours",
    "customer-emergency",
    "customer-incident",
    "customer-policy",
    "customer-reminder",
    "customer-seen",
    "customer-survey",
    "customer-waiting",
    "customer-week",
    "team-ask",
    "team-digest",
    "team-list",
    "team-notice",
    "team-page",
    "team-relay",
    "team-returned",
    "team-told",
    "team-vendor",
    "vendor-case",
)
"""The mails there are."""
WEB_PAGES = ("policy-page", "site-article", "site-help", "site-missing", "site-month", "site-status")
"""The web pages there are: HTML alone, each whole in itself."""

WebFacts = PolicyFacts | AnyPublicFacts
"""What web pages may speak of."""

_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Rendered:
    """The texts of one mail; `subject` is one line, `text` ends with a line end.

    `problem` says why the operator's own templates could not be used, "" when they were.
    """

    subject: str
    text: str
    html: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WebPage:
    """The HTML of a web page; `problem` as with `Rendered`."""

    html: str
    problem: str = ""


class Templates:
    """The shipped templates and phrases, overridden by those in the operator's folder.

    Files are read once; make a new one to read them again. Raise FileNotFoundError when the shipped
    ones are missing. `fallback` are the shipped ones alone, None where there are no others.
    """

    def __init__(self, folder: Path | None) -> None:
        """Take the operator's folder, None for none; it may be missing or hold only some files."""
        self.folders = tuple(path for path in (folder, _shipped()) if path is not None)
        self.fallback = None if folder is None else Templates(None)
        self.environment = environment(self.folders, inline=True)
        self._wording = lru_cache(maxsize=256)(self._new_wording)
        self._phrases: dict[str, Mapping[str, str]] = {}

    def wording(self, language: str, country: str, zone: ZoneInfo) -> Wording:
        """Return the formats of a language; one without a catalogue is answered in English."""
        return self._wording(language if language in LANGUAGES else "en", country, zone)

    def source(self, name: str) -> str:
        """Return a file that is no template as it is, the operator's own where he has it."""
        return next(path for path in (folder / name for folder in self.folders) if path.is_file()).read_text("utf-8")

    def _new_wording(self, language: str, country: str, zone: ZoneInfo) -> Wording:
        if language not in self._phrases:
            self._phrases[language] = MappingProxyType(phrases(self.folders, language))
        return Wording(language, country, zone, self._phrases[language])

    def check(self) -> tuple[Problem, ...]:
        """Return what is wrong with the operator's templates and phrases, by file and line.

        Every mail is rendered in every language with several sets of sample facts, which takes a second; for a folder
        without a file nothing has to be.
        """
        from mailbot.render.checking import check  # noqa: PLC0415 - only a start needs it

        return check(self)


def render(templates: Templates, name: str, facts: Facts, language: str, zone: ZoneInfo) -> Rendered:
    """Return the mail `name`, such as "customer-acknowledgement", for a reader of that language and zone.

    Where the operator's own templates fail, the shipped ones are used and `problem` says so: a
    customer at night needs the number more than the operator's words.
    """
    try:
        return render_in(templates, templates.environment, name, facts, language, zone)
    except Exception as error:
        if templates.fallback is None:
            raise
        shipped = render(templates.fallback, name, facts, language, zone)
        return replace(shipped, problem=f"{name}: {type(error).__name__}: {error}")


def render_in(
    templates: Templates,
    environment: Environment,
    name: str,
    facts: Facts,
    language: str,
    zone: ZoneInfo,
) -> Rendered:
    """Do as `render` does, with the templates as this environment compiles them."""
    # Our own people and vendors get English, with the operator's days and times.
    is_ours = name.startswith(("team-", "vendor-"))
    wording = templates.wording("en" if is_ours else language, facts.country, zone)
    values = _values(facts, wording)
    subject = environment.get_template(f"{name}.subject.j2").render(values)
    text = environment.get_template(f"{name}.text.j2").render(values)
    values["subject_line"] = subject = _plain_spaces(" ".join(subject.split()))
    html = environment.get_template(f"{name}.html.j2").render(values)
    return Rendered(subject, _plain_spaces(_tidy(text)), html)


def web_page(templates: Templates, name: str, facts: WebFacts, language: str, zone: ZoneInfo) -> WebPage:
    """Return the web page `name` for a reader of that language and zone, of the shipped templates as `render` does."""
    try:
        return WebPage(web_page_in(templates, templates.environment, name, facts, language, zone))
    except Exception as error:
        if templates.fallback is None:
            raise
        shipped = web_page(templates.fallback, name, facts, language, zone)
        return replace(shipped, problem=f"{name}: {type(error).__name__}: {error}")


def web_page_in(
    templates: Templates, environment: Environment, name: str, facts: WebFacts, language: str, zone: ZoneInfo
) -> str:
    """Return the page as `web_page` does, with the templates as this environment compiles them."""
    values = _values(facts, templates.wording(language, facts.country, zone))
    return environment.get_template(f"{name}.html.j2").render(values)


def _values(facts: Facts | WebFacts, wording: Wording) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return values | {"wording": wording, "language": wording.language}


def _plain_spaces(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def _tidy(text: str) -> str:
    """Return the text wrapped, with at most one empty line in a row and none at its ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.extend(_wrapped(line.rstrip()) if len(line) > _WIDTH else (line.rstrip(),))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _wrapped(line: str) -> list[str]:
    """Return a long line as several; quotations stay as they are, words and no-break spaces whole."""
    if line.startswith(">"):
        return [line]
    indent = line[: len(line) - len(line.lstrip(" "))]
    first, *words = line.lstrip(" ").split(" ")
    lines = [indent + first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(indent + word)
        else:
            lines[-1] += " " + word
    return lines


def _shipped() -> Path:
    """Return the folder of the shipped templates: in the wheel, else in the source tree."""
    package = Path(__file__).parent.parent
    wheel = package / "data" / "templates"
    for folder in (wheel, package.parent / "templates"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("mailbot's own templates are missing; install it again")
