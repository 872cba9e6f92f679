"""What templates may use: the sandbox that they run in, and the filters that write a fact as its reader writes it.

HTML is escaped on its own, and a name that does not exist is an error. Styles are written into the HTML's attributes
once per template, when it is loaded. Filters that take an instant, a size or a span say it by the reader's language,
country and zone, which the template has as `wording` and must not set.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, UndefinedError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from mailbot.render import digests, lists, notices, offers, policies
from mailbot.render.facts import Former
from mailbot.render.inlining import inlined
from mailbot.render.public.facts import Place
from mailbot.render.waiting import ListLine
from mailbot.render.wording import Wording, heading, own_name, services_number, tel

T = TypeVar("T")
S = TypeVar("S")

_STYLES = "mail.css"
_WEB_PAGES = ("policy-page", "site")
"""How the names of the templates of web pages begin."""


class _Loader(FileSystemLoader):
    """Reads templates, and writes the styles into the HTML ones; browsers read the style sheets of web pages."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, fresh = super().get_source(environment, template)
        if template.endswith(".html.j2") and not template.startswith(_WEB_PAGES):
            styles, _, _ = super().get_source(environment, _STYLES)
            source = inlined(source, styles, filename)
        return source, filename, fresh


def environment(folders: tuple[Path, ...], *, inline: bool) -> ImmutableSandboxedEnvironment:
    """Return the environment; without `inline`, lines in errors are those of the files."""
    loader = _Loader if inline else FileSystemLoader
    made = ImmutableSandboxedEnvironment(
        loader=loader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or not name.endswith((".text.j2", ".subject.j2", ".json.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.globals = {"say": _say}
    made.filters |= {
        "by": _moment("by"),
        "at": _moment("at"),
        "whole_day": _worded(Wording.whole_day),
        "date": _worded(Wording.date),
        "stamp": _worded_now(Wording.stamp),
        "opening": _worded(Wording.hours),
        "tel": _tel,
        "services": services_number,
        "due": _worded_now(Wording.due),
        "size": _worded(Wording.size),
        "file_size": _worded(Wording.file_size),
        "duration": _worded(Wording.duration),
        "full_date": _worded(Wording.full_date),
        "weekly_by": _weekly("by"),
        "weekly_at": _weekly("at"),
        "within": _worded(policies.within),
        "lasting": _worded(policies.lasting),
        "closing": _worded(policies.closing),
        "changed": _changed,
        "quoted": _quoted,
        "unbroken": _unbroken,
        "breakable": _breakable,
        "headline": notices.headline,
        "former": _former,
        "solved_link": offers.solved_link,
        "reached": notices.reached,
        "relay_subject": notices.relay_subject,
        "summary": notices.summary,
        "notice_subject": notices.subject,
        "cautions": notices.cautions,
        "command": notices.command,
        "from_line": notices.from_line,
        "one_line": notices.one_line,
        "with_commands": notices.with_commands,
        "passage": notices.passage,
        "beginning": notices.beginning,
        "flowing": notices.flowing,
        "written_bars": digests.written_bars,
        "list_summary": lists.summary,
        "list_heading": lists.heading,
        "person": lists.person,
        "standing": _standing,
        "glimpse": lists.glimpse,
        "holder": lists.holder,
        "mrkdwn": _mrkdwn,
        "tojson": _json,
        "instant": _worded(Wording.instant),
        "month": _worded(Wording.month),
        "href": _href,
        "address": _address,
        "ld": htmlsafe_json_dumps,
        "digest": _digest,
        "rfc3339": _rfc3339,
        "tongue": own_name,
        "heading": _heading,
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


def _worded(say: Callable[[Wording, T], S]) -> Callable[[Context, T], S]:
    """Return the filter that says a value as the reader's wording does."""

    @pass_context
    def said(context: Context, value: T) -> S:
        return say(_wording_of(context), value)

    return said


def _worded_now(say: Callable[[Wording, datetime, datetime], str]) -> Callable[[Context, datetime], str]:
    """Return the filter that says an instant as the reader's wording does at the instant of the mail."""

    @pass_context
    def said(context: Context, at: datetime) -> str:
        return say(_wording_of(context), at, context["now"])

    return said


def _moment(manner: str) -> Callable[..., str]:
    @pass_context
    def moment(context: Context, at: datetime) -> str:
        named = bool(context.get("name_zone", False))
        return _wording_of(context).moment(at, context["now"], manner, name_zone=named)

    return moment


def _weekly(manner: str) -> Callable[..., str]:
    @pass_context
    def weekly(context: Context, at: datetime) -> str:
        return _wording_of(context).weekly(at, manner, name_zone=bool(context.get("name_zone", False)))

    return weekly


@pass_context
def _changed(context: Context, one: policies.Change) -> str:
    return policies.change(_wording_of(context), one, context["promised"])


@pass_context
def _tel(context: Context, number: str) -> str:
    return tel(number, context["country"])


@pass_context
def _former(context: Context, ticket: Former) -> str:
    """Return how an earlier ticket stands: "closed, Mon, Nov 23, answered by Dana"."""
    answered = f", answered by {notices.one_line(', '.join(ticket.answered_by))}" if ticket.answered_by else ""
    return f"{'open' if ticket.is_open else 'closed'}, {_wording_of(context).day(ticket.at, context['now'])}{answered}"


@pass_context
def _standing(context: Context, line: ListLine) -> str:
    return lists.standing(line, context["now"], _wording_of(context))


def _heading(words: str) -> str:
    """Return the words with a capital letter; escaped ones stay so."""
    return type(words)(heading(words))


@pass_context
def _href(context: Context, page: str) -> str:
    return _place_of(context).href(page)


@pass_context
def _address(context: Context, page: str) -> str:
    return _place_of(context).address(page)


def _place_of(context: Context) -> Place:
    place = context["place"]
    if not isinstance(place, Place):
        raise UndefinedError("a template must not set the name place")
    return place


def _digest(text: str) -> str:
    """Return the source by which a policy allows this style or script alone (CSP 3, hash-source)."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _rfc3339(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _quoted(text: str) -> str:
    """Return the text as a quotation, "> " before each line."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip("\n").splitlines())


def _breakable(text: str) -> str:
    """Return the text as HTML in which a line may end behind an @."""
    return Markup("@<wbr>").join(text.split("@"))


def _json(value: object) -> str:
    """Return the value as JSON; a name that is undefined is an error, as it is anywhere else."""
    return json.dumps(str(value) if isinstance(value, Undefined) else value)


def _mrkdwn(text: str) -> str:
    """Return the text with what Slack takes for marks written as it asks ("Formatting message text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unbroken(number: str) -> str:
    """Return the text so that no line ends within it."""
    return number.replace(" ", "\xa0")
