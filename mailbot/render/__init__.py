"""Templates to the three texts of a mail: subject, text part, HTML part. The only door to Jinja2.

A mail is three files, `<audience>-<event>.subject.j2`, `.text.j2` and `.html.j2`; its sentences
come from `phrases/<language>.toml`, so that a translation stands in one place for all three. The
operator's folder overrides the shipped one file by file, and a phrase catalogue phrase by phrase.

Templates are the operator's word, facts are not: a fact appears literally, whatever it holds,
because values are never compiled, HTML is escaped on its own, and templates run in Jinja's
sandbox. A name that does not exist is an error (`check` finds it at start), never an empty space.
Styles are written into the HTML's attributes once per template, when it is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailbot.errors import Problem
from mailbot.render import digests, lists, notices
from mailbot.render.among import ToldFacts
from mailbot.render.facts import (
    AnswerFacts,
    AskedTicket,
    AskFacts,
    Attached,
    CallBack,
    DigestFacts,
    Facts,
    Former,
    NoticeFacts,
    NoticeItem,
    OpenRequest,
    Person,
    Piece,
    RelayFacts,
    WeekFacts,
)
from mailbot.render.inlining import inlined
from mailbot.render.phrases import LANGUAGES, phrases
from mailbot.render.waiting import ListLine
from mailbot.render.wording import Wording, services_number, tel
from mailbot.rules import Hours

__all__ = [
    "LANGUAGES",
    "NAMES",
    "AnswerFacts",
    "AskFacts",
    "AskedTicket",
    "Attached",
    "CallBack",
    "DigestFacts",
    "Facts",
    "Former",
    "NoticeFacts",
    "NoticeItem",
    "OpenRequest",
    "Person",
    "Piece",
    "RelayFacts",
    "Rendered",
    "Templates",
    "ToldFacts",
    "WeekFacts",
    "render",
]

NAMES = (
    "customer-acknowledgement",
    "customer-after-hours",
    "customer-emergency",
    "customer-waiting",
    "customer-week",
    "team-ask",
    "team-digest",
    "team-list",
    "team-notice",
    "team-relay",
    "team-returned",
    "team-told",
)
"""The mails there are."""

_STYLES = "mail.css"
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
    # Our own people get English, with the operator's days and times.
    wording = templates.wording("en" if name.startswith("team-") else language, facts.country, zone)
    values: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(facts)}
    values["wording"] = wording
    values["language"] = wording.language
    subject = environment.get_template(f"{name}.subject.j2").render(values)
    text = environment.get_template(f"{name}.text.j2").render(values)
    values["subject_line"] = subject = _plain_spaces(" ".join(subject.split()))
    html = environment.get_template(f"{name}.html.j2").render(values)
    return Rendered(subject, _plain_spaces(_tidy(text)), html)


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


class _Loader(FileSystemLoader):
    """Reads templates, and writes the styles into the HTML ones."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, fresh = super().get_source(environment, template)
        if template.endswith(".html.j2"):
            styles, _, _ = super().get_source(environment, _STYLES)
            source = inlined(source, styles, filename)
        return source, filename, fresh


def environment(folders: tuple[Path, ...], *, inline: bool) -> ImmutableSandboxedEnvironment:
    """Return the environment; without `inline`, lines in errors are those of the files."""
    loader = _Loader if inline else FileSystemLoader
    made = ImmutableSandboxedEnvironment(
        loader=loader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or not name.endswith((".text.j2", ".subject.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.globals = {"say": _say}
    made.filters |= {
        "by": _moment("by"),
        "at": _moment("at"),
        "whole_day": _whole_day,
        "date": _date,
        "stamp": _stamp,
        "opening": _opening,
        "tel": _tel,
        "services": services_number,
        "due": _due,
        "day": _day,
        "clock": _clock,
        "size": _size,
        "file_size": _file_size,
        "duration": _duration,
        "quoted": _quoted,
        "unbroken": _unbroken,
        "breakable": _breakable,
        "headline": notices.headline,
        "former": _former,
        "reached": notices.reached,
        "relay_subject": notices.relay_subject,
        "summary": notices.summary,
        "notice_subject": notices.subject,
        "cautions": notices.cautions,
        "command": notices.command,
        "from_line": notices.from_line,
        "one_line": notices.one_line,
        "passage": notices.passage,
        "beginning": notices.beginning,
        "flowing": notices.flowing,
        "written_bars": digests.written_bars,
        "list_summary": lists.summary,
        "person": lists.person,
        "standing": _standing,
        "glimpse": lists.glimpse,
        "holder": lists.holder,
    }
    return made


def _wording_of(context: Context) -> Wording:
    wording = context["wording"]
    if not isinstance(wording, Wording):
        raise UndefinedError("a template must not set the name wording")
    return wording


@pass_context
def _say(context: Context, key: str, **values: object) -> str:
    """Return a phrase; in HTML it is escaped, and so are its values unless they are HTML already."""
    wording = _wording_of(context)
    if not values:
        return wording.said(key, Markup.escape if context.eval_ctx.autoescape else str)
    if context.eval_ctx.autoescape:
        return Markup(  # noqa: S704 - the phrase is only marked after each of its parts was escaped
            wording.phrase(key, {name: str(escape(value)) for name, value in values.items()}, _escaped)
        )
    return wording.phrase(key, {name: str(value) for name, value in values.items()})


def _escaped(text: str) -> str:
    """Return the text escaped for HTML."""
    return str(escape(text))


def _moment(manner: str) -> Callable[..., str]:
    @pass_context
    def moment(context: Context, at: datetime) -> str:
        named = bool(context.get("name_zone", False))
        return _wording_of(context).moment(at, context["now"], manner, name_zone=named)

    return moment


@pass_context
def _date(context: Context, at: datetime) -> str:
    return _wording_of(context).date(at)


@pass_context
def _whole_day(context: Context, at: datetime) -> str:
    return _wording_of(context).whole_day(at)


@pass_context
def _stamp(context: Context, at: datetime) -> str:
    return _wording_of(context).stamp(at)


@pass_context
def _opening(context: Context, hours: Hours) -> tuple[str, ...]:
    return _wording_of(context).hours(hours)


@pass_context
def _tel(context: Context, number: str) -> str:
    return tel(number, context["country"])


@pass_context
def _due(context: Context, at: datetime) -> str:
    return _wording_of(context).due(at, context["now"])


@pass_context
def _day(context: Context, at: datetime) -> str:
    return _wording_of(context).day(at, context["now"])


@pass_context
def _clock(context: Context, at: datetime) -> str:
    return _wording_of(context).time(at)


@pass_context
def _file_size(context: Context, octets: int) -> str:
    return _wording_of(context).file_size(octets)


@pass_context
def _size(context: Context, octets: int) -> str:
    return _wording_of(context).size(octets)


@pass_context
def _duration(context: Context, length: timedelta) -> str:
    return _wording_of(context).duration(length)


@pass_context
def _former(context: Context, ticket: Former) -> str:
    """Return how an earlier ticket stands: "closed, Mon, Nov 23, answered by Dana"."""
    answered = f", answered by {notices.one_line(', '.join(ticket.answered_by))}" if ticket.answered_by else ""
    return f"{'open' if ticket.is_open else 'closed'}, {_wording_of(context).day(ticket.at, context['now'])}{answered}"


@pass_context
def _standing(context: Context, line: ListLine) -> str:
    return lists.standing(line, context["now"], _wording_of(context))


def _quoted(text: str) -> str:
    """Return the text as a quotation, "> " before each line."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip("\n").splitlines())


def _breakable(text: str) -> str:
    """Return the text as HTML in which a line may end behind an @."""
    return Markup("@<wbr>").join(text.split("@"))


def _unbroken(number: str) -> str:
    """Return the text so that no line ends within it."""
    return number.replace(" ", "\xa0")
